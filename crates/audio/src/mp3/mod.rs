//! MP3 (ISO/IEC 11172-3, 13818-3) by LAME, on a grid. Constant rates have no bit reservoir, so that every frame stands alone
//! and the frames are those of one serial encode; average and variable rates have a reservoir within each segment.

mod ffi;
mod frame;
mod info;
mod warm_up;
mod segment;

use crate::codec::*;
use crate::pcm::{Source, Spec};
use crate::tags::{Tags, write::id3};
use crate::{Error, Result};

/// Frames of one segment: a multiple of `PADDING_PERIOD_FRAMES`.
const SEGMENT_FRAMES: u64 = 588;
/// Constant rates at 44.1 kHz and its kin pad the same frames of every 49, so an encoder must begin at a multiple of it.
const PADDING_PERIOD_FRAMES: u64 = 49;
/// Frames encoded before a segment of average or variable rate and thrown away; `warm_up` says it for constant rates.
const WARM_UP_FRAMES: u64 = 16;
/// Changes when the same LAME is made to give other bytes.
const SEGMENTS_VERSION: u32 = 4;
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
/// What music takes of an average rate, in percent, and no more than the highest rate a frame can have.
const ABR_PERCENT: (u32, u32) = (50, 116);
const MAX_KBPS: u32 = 320;
/// kbit/s that music takes at each VBR level (docs/benchmarks/sizes.md).
const VBR_KBPS: [(u64, u64); 10] =
    [(100, 320), (90, 300), (75, 268), (70, 242), (60, 220), (50, 198), (45, 174), (38, 152), (35, 144), (32, 108)];

/// Allowed beyond the usual, for tracks of a few frames.
const VBR_SLACK_BYTES: u64 = 2_000;

/// MP3 with an ID3v2.4 tag.
pub struct Mp3;

/// Samples of one frame: 1,152 in MPEG-1, half of it in MPEG-2.
fn frame_frames(spec: &Spec) -> u64 {
    if frame::is_mpeg1(spec) { 1_152 } else { 576 }
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
        serial: false,
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
        format!("LAME {} segments {SEGMENTS_VERSION}", ffi::version())
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
        let range = |min, max| (PayloadSize::Range { min, max }, None);
        let (payload, body_bytes) = match rate(&work.setting)? {
            ffi::Rate::Constant { kbps } => {
                let bytes = constant_bytes(&work.spec, kbps, total_frames(work));
                (PayloadSize::Exact(bytes), Some(bytes))
            }
            ffi::Rate::Average { kbps } => {
                let (min, max) = (kbps * ABR_PERCENT.0 / 100, (kbps * ABR_PERCENT.1 / 100).min(MAX_KBPS));
                range(bytes(min.into()), bytes(max.into()) + VBR_SLACK_BYTES)
            }
            ffi::Rate::Variable { level } => {
                let (min, max) = VBR_KBPS[level.min(9) as usize];
                let min = least_at(work.spec.rate_hz, bytes(min) / u64::from(3 - work.spec.channels));
                range(min, bytes(max) + VBR_SLACK_BYTES)
            }
        };
        Ok(Layout { segments: total_frames(work).div_ceil(SEGMENT_FRAMES), payload, body_bytes })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        segment::encode(work, rate(&work.setting)?, number, pcm, out)
    }

    fn segment_at(&self, work: &Work, number: u64) -> Option<u64> {
        match rate(&work.setting) {
            Ok(ffi::Rate::Constant { kbps }) => {
                let frames = number.saturating_mul(SEGMENT_FRAMES).min(total_frames(work));
                Some(constant_bytes(&work.spec, kbps, frames))
            }
            _ => None,
        }
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let mut head = id3::tag(tags)?;
        head.extend(info::frame(work, tags)?);
        Ok(Some(head))
    }
}
