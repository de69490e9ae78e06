//! MP3 (ISO/IEC 11172-3, 13818-3) by LAME. Constant rates are made on a grid, without bit reservoir, so that every frame
//! stands alone and the frames are those of one serial encode; average and variable rates are one serial piece.

mod ffi;
mod info;

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::id3};
use crate::{Error, Result};

/// Frames of one segment: a multiple of `PERIOD_FRAMES`.
const SEGMENT_FRAMES: u64 = 1_470;
/// Frames encoded before a segment and thrown away; also the period of the padding slot at 44.1 kHz and its kin.
const WARM_UP_FRAMES: u64 = 49;
/// MP3 frames of samples that the encoder is given beyond a segment, so that it lets go of the segment's last frame.
const LOOK_AHEAD_FRAMES: u64 = 4;
/// Samples that LAME puts before the first (ENCDELAY in its encoder.h).
const ENCODER_DELAY_FRAMES: u64 = 576;
/// Samples at the end that the decoder's overlap needs, at least.
const MIN_END_PADDING_FRAMES: u64 = 576;
/// Rates sold, in Hz: MPEG-1 and MPEG-2 (2.5 is left out: poor decoders, nobody's master).
const RATES_HZ: [u32; 6] = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/// The highest bit rate of MPEG-2, in kbit/s.
const MAX_MPEG2_KBPS: u32 = 160;

const CBR_KBPS: [&str; 7] = ["320", "256", "224", "192", "160", "128", "96"];
const VBR_LEVELS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
/// kbit/s that music takes at each VBR level. 13 orchestral tracks kept to 0.74 of the upper end; none fell below the lower.
const VBR_KBPS: [(u64, u64); 10] =
    [(100, 320), (90, 300), (75, 255), (70, 235), (60, 208), (50, 178), (45, 156), (38, 136), (35, 130), (32, 108)];

/// Allowed beyond the usual, for tracks of a few frames.
const VBR_SLACK_BYTES: u64 = 2_000;

/// MP3 with an ID3v2.4 tag.
pub struct Mp3;

/// Samples of one frame: 1,152 in MPEG-1, half of it in MPEG-2.
fn frame_frames(spec: &Spec) -> u64 {
    if spec.rate_hz >= 32_000 { 1_152 } else { 576 }
}

/// MP3 frames of the whole: delay, music and at least 576 samples of padding.
fn total_frames(work: &Work) -> u64 {
    (work.length_frames + ENCODER_DELAY_FRAMES + MIN_END_PADDING_FRAMES).div_ceil(frame_frames(&work.spec))
}

fn end_padding(work: &Work) -> u64 {
    total_frames(work) * frame_frames(&work.spec) - work.length_frames - ENCODER_DELAY_FRAMES
}

/// Bytes of so many frames of a constant rate: a slot of padding whenever the fraction adds up to a byte, none in the
/// first frame (LAME's encoder.c, `slot_lag`).
fn constant_bytes(spec: &Spec, kbps: u32, frames: u64) -> u64 {
    let per_frame = frame_frames(spec) / 8 * 1_000 * u64::from(kbps);
    let rate_hz = u64::from(spec.rate_hz);
    let fraction = per_frame % rate_hz;
    frames * (per_frame / rate_hz) + (frames.saturating_sub(1) * fraction).div_ceil(rate_hz)
}

fn rate(setting: &Setting) -> Result<ffi::Rate> {
    let number = setting.number()?;
    match setting.mode {
        "cbr" => Ok(ffi::Rate::Constant { kbps: number }),
        "abr" => Ok(ffi::Rate::Average { kbps: number }),
        "vbr" => Ok(ffi::Rate::Variable { level: number }),
        mode => Err(Error::Unsupported(format!("mode {mode} of MP3"))),
    }
}

fn offer(mode: &'static str, quality: &'static str) -> Offer {
    let constant = mode == "cbr";
    Offer {
        setting: Setting { mode, quality },
        name: match mode {
            "vbr" => format!("MP3 V{quality}"),
            "abr" => format!("MP3 {quality} kbit/s on average"),
            _ => format!("MP3 {quality} kbit/s"),
        },
        class: Class::Lossy,
        size: if constant { SizeKnown::Exact } else { SizeKnown::Range },
        serial: !constant,
        starts: Starts::AtOnce,
        surround: false,
        why_not: None,
    }
}

impl Codec for Mp3 {
    fn facts(&self) -> Facts {
        Facts { id: "mp3", name: "MP3", extension: "mp3", mime: "audio/mpeg" }
    }

    fn offers(&self) -> Vec<Offer> {
        let cbr = CBR_KBPS.iter().map(|q| offer("cbr", q));
        let vbr = VBR_LEVELS.iter().map(|q| offer("vbr", q));
        cbr.chain(vbr).chain(CBR_KBPS.iter().map(|q| offer("abr", q))).collect()
    }

    fn encoder(&self) -> String {
        format!("LAME {}", ffi::version())
    }

    fn fit(&self, setting: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        let rate_hz = nearest_lower_rate(master.rate_hz, &RATES_HZ);
        let rate_hz =
            rate_hz.ok_or_else(|| Error::Unsupported(format!("MP3 from a master of {} Hz", master.rate_hz)))?;
        if setting.mode != "vbr" && rate_hz < 32_000 && setting.number()? > MAX_MPEG2_KBPS {
            return Err(Error::Unsupported(format!("MP3 of {} kbit/s at {rate_hz} Hz", setting.quality)));
        }
        Ok(Spec { rate_hz, channels: master.channels.min(2), bits: 32, float: true })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let ms = duration_ms(&work.spec, total_frames(work) * frame_frames(&work.spec));
        let bytes = |kbps: u64| ms * kbps / 8;
        let serial = |min, max| Layout { segments: 1, payload: PayloadSize::Range { min, max }, body_bytes: None };
        Ok(match rate(&work.setting)? {
            ffi::Rate::Constant { kbps } => {
                let bytes = constant_bytes(&work.spec, kbps, total_frames(work));
                Layout {
                    segments: total_frames(work).div_ceil(SEGMENT_FRAMES),
                    payload: PayloadSize::Exact(bytes),
                    body_bytes: Some(bytes),
                }
            }
            ffi::Rate::Average { kbps } => serial(bytes(u64::from(kbps) * 3 / 4), bytes(u64::from(kbps) * 9 / 8)),
            ffi::Rate::Variable { level } => {
                let (min, max) = VBR_KBPS[level.min(9) as usize];
                serial(bytes(min) / u64::from(3 - work.spec.channels), bytes(max) + VBR_SLACK_BYTES)
            }
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let rate = rate(&work.setting)?;
        match rate {
            ffi::Rate::Constant { .. } => constant_segment(work, rate, number, pcm, out),
            _ => {
                let mut encoder = ffi::Encoder::new(&work.spec, rate)?;
                feed(&mut encoder, pcm, 0, work.length_frames, &mut |bytes| out.payload(bytes))?;
                out.payload(encoder.flush()?)
            }
        }
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let mut head = id3::tag(tags)?;
        head.extend(info::frame(work, tags)?);
        Ok(Some(head))
    }
}

/// Encodes the frames [from, to) of the source and hands on what comes out.
fn feed(
    encoder: &mut ffi::Encoder,
    pcm: &mut dyn Source,
    from: u64,
    to: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let channels = usize::from(pcm.spec().channels);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    read_range(pcm, from, to, &mut |samples, _| {
        let Samples::Float(samples) = samples else {
            return Err(Error::Encoder("LAME was given integers".into()));
        };
        left.clear();
        right.clear();
        for frame in samples.chunks_exact(channels) {
            left.push(frame[0] * 32_768.0);
            right.push(frame[channels - 1] * 32_768.0);
        }
        take(encoder.encode(&left, &right)?)
    })
}

/// One segment of the grid: warm-up frames are made and dropped, then the segment's frames are passed on.
fn constant_segment(
    work: &Work,
    rate: ffi::Rate,
    number: u64,
    pcm: &mut dyn Source,
    out: &mut dyn BodySink,
) -> Result<()> {
    let first = number * SEGMENT_FRAMES;
    let end = (first + SEGMENT_FRAMES).min(total_frames(work));
    let start = first.saturating_sub(WARM_UP_FRAMES);
    let samples = frame_frames(&work.spec);
    let feed_to = ((end + LOOK_AHEAD_FRAMES) * samples).min(work.length_frames);
    let feed_from = (start * samples).min(feed_to);
    let mut frames = Frames { pending: Vec::new(), skip: first - start, want: end - first };
    let mut encoder = ffi::Encoder::new(&work.spec, rate)?;
    feed(&mut encoder, pcm, feed_from, feed_to, &mut |bytes| frames.take(bytes, out))?;
    if feed_to == work.length_frames {
        frames.take(encoder.flush()?, out)?;
    }
    if frames.want > 0 {
        return Err(Error::Encoder(format!("LAME gave {} frames too few", frames.want)));
    }
    Ok(())
}

/// Cuts LAME's output into frames, drops the first `skip` and passes on the next `want`.
struct Frames {
    pending: Vec<u8>,
    skip: u64,
    want: u64,
}

impl Frames {
    fn take(&mut self, bytes: &[u8], out: &mut dyn BodySink) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(header) = self.pending.get(at..at + 4) {
            let length = info::frame_bytes([header[0], header[1], header[2], header[3]]);
            let length = length.ok_or_else(|| Error::Encoder("LAME wrote something that is no frame".into()))?;
            let Some(frame) = self.pending.get(at..at + length) else { break };
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.want > 0 {
                self.want -= 1;
                out.payload(frame)?;
            }
            at += length;
        }
        self.pending.drain(..at);
        Ok(())
    }
}
