//! WavPack (Conifer Software, "WavPack 4 & 5 Binary File / Block Format") by an encoder of our own: blocks of half a
//! second that decode alone, integers and floats, up to eight channels, tags behind them (APEv2).

mod bits;
mod words;
mod decorrelate;
mod floats;
mod block;

use block::{Channels, File, Learned, Place};
use decorrelate::{HALF_LINE, LINE};

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::ape};
use crate::{Error, Result};

/// Blocks of one segment; what the encoder learns ends with it.
const SEGMENT_BLOCKS: u64 = 8;
/// Decoders take blocks of up to 131,072 frames.
const MAX_BLOCK_FRAMES: u64 = 96_000;
/// Frames at the start of a segment from which the encoder learns before it begins.
const LEARNING_FRAMES: usize = 8_192;
/// Changes with anything that changes the bytes.
const ENCODER: &str = "gramovar-wavpack 2";
/// Size of music relative to its PCM, in percent: quietest and loudest usual, plus room.
const EXPECTED_PERCENT: (u64, u64) = (15, 95);
/// Bytes of a block at worst beside its residuals, and of the last one with the MD5.
const BLOCK_OVERHEAD_BYTES: u64 = 128;
/// Most channels of a master.
const MAX_CHANNELS: u8 = 8;

/// In the mode's last byte: the MD5 stands in the last block.
const MD5_FOLLOWS: u8 = 8;

/// WavPack.
pub struct WavPack;

/// A mode: its terms, and how the file names it for people.
struct Mode {
    quality: &'static str,
    terms: &'static [i8],
    told: [u8; 3],
}

static MODES: [Mode; 3] = [
    Mode { quality: "default", terms: &[HALF_LINE, HALF_LINE, 2, LINE, 3], told: [0; 3] },
    Mode { quality: "fast", terms: &[HALF_LINE, LINE], told: [2, 0, 0] },
    Mode { quality: "high", terms: &[HALF_LINE, HALF_LINE, HALF_LINE, -2, 2, 3, 5, -1, LINE, 4], told: [8, 0, 0] },
];

fn mode(setting: Setting) -> Result<&'static Mode> {
    let found = MODES.iter().find(|m| m.quality == setting.quality);
    found.ok_or_else(|| Error::Unsupported(format!("quality {} of WavPack", setting.quality)))
}

/// Half a second.
fn block_frames(spec: &Spec) -> u64 {
    u64::from(spec.rate_hz / 2).clamp(1, MAX_BLOCK_FRAMES)
}

/// Which channels share a block: left and right of a pair do (WAVE_FORMAT_EXTENSIBLE's order).
fn streams(channels: u8) -> &'static [&'static [usize]] {
    match channels {
        1 => &[&[0]],
        2 => &[&[0, 1]],
        3 => &[&[0, 1], &[2]],
        4 => &[&[0, 1], &[2, 3]],
        5 => &[&[0, 1], &[2], &[3, 4]],
        6 => &[&[0, 1], &[2], &[3], &[4, 5]],
        7 => &[&[0, 1], &[2], &[3], &[4], &[5, 6]],
        _ => &[&[0, 1], &[2], &[3], &[4, 5], &[6, 7]],
    }
}

/// The channels of one stream out of interleaved samples.
fn of_stream(samples: &Samples, channels: usize, stream: &[usize]) -> Channels {
    fn pick<T: Copy>(v: &[T], channels: usize, stream: &[usize]) -> Vec<Vec<T>> {
        stream.iter().map(|&c| v.iter().skip(c).step_by(channels).copied().collect()).collect()
    }
    match samples {
        Samples::Int(v) => Channels::Ints(pick(v, channels, stream)),
        Samples::Float(v) => Channels::Floats(pick(v, channels, stream)),
    }
}

/// The first `frames` of interleaved samples.
fn beginning(samples: &Samples, count: usize) -> Samples {
    match samples {
        Samples::Int(v) => Samples::Int(v[..count.min(v.len())].to_vec()),
        Samples::Float(v) => Samples::Float(v[..count.min(v.len())].to_vec()),
    }
}

/// One block of frames, whole.
fn read_block(pcm: &mut dyn Source, from: u64, to: u64) -> Result<Samples> {
    let mut whole = Samples::empty(&pcm.spec());
    read_range(pcm, from, to, &mut |samples, _| {
        match (&mut whole, samples) {
            (Samples::Int(to), Samples::Int(from)) => to.extend_from_slice(from),
            (Samples::Float(to), Samples::Float(from)) => to.extend_from_slice(from),
            _ => return Err(Error::Encoder("samples of two kinds".into())),
        }
        Ok(())
    })?;
    Ok(whole)
}

/// The MD5 that WavPack defines is FLAC's where samples are whole, signed bytes.
fn told_md5(work: &Work) -> Option<[u8; 16]> {
    work.md5.filter(|_| matches!(work.spec.bits, 16 | 24))
}

impl Codec for WavPack {
    fn facts(&self) -> Facts {
        Facts { id: "wavpack", name: "WavPack", extension: "wv", mime: "audio/x-wavpack" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |mode: &Mode| Offer {
            setting: Setting { mode: "lossless", quality: mode.quality },
            name: match mode.quality {
                "default" => "WavPack".into(),
                other => format!("WavPack {other}"),
            },
            class: Class::Lossless,
            size: SizeKnown::Range,
            serial: false,
            starts: Starts::AtOnce,
            surround: true,
            why_not: None,
        };
        MODES.iter().map(offer).collect()
    }

    fn encoder(&self) -> String {
        ENCODER.into()
    }

    fn fit(&self, _: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
        let spec = fit_lossless(master, reduce, None)?;
        if spec.channels > MAX_CHANNELS {
            return Err(Error::Unsupported(format!("WavPack of {} channels", spec.channels)));
        }
        Ok(spec)
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        mode(work.setting)?;
        let blocks = work.length_frames.div_ceil(block_frames(&work.spec));
        let pcm_bytes = work.length_frames * u64::from(work.spec.channels) * u64::from(block::sample_bytes(&work.spec));
        let overhead = (blocks * streams(work.spec.channels).len() as u64 + 1) * BLOCK_OVERHEAD_BYTES;
        let (min, max) = EXPECTED_PERCENT;
        Ok(Layout {
            segments: blocks.div_ceil(SEGMENT_BLOCKS),
            payload: PayloadSize::Range { min: pcm_bytes * min / 100, max: pcm_bytes * max / 100 + overhead },
            body_bytes: None,
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let Mode { terms, told, .. } = mode(work.setting)?;
        let told_md5 = told_md5(work);
        let [low, middle, _] = *told;
        let mode = [low, middle, if told_md5.is_some() { MD5_FOLLOWS } else { 0 }];
        let file = File { spec: work.spec, length_frames: work.length_frames, mode };
        let channels = usize::from(work.spec.channels);
        let streams = streams(work.spec.channels);
        let mut learned: Vec<Learned> = streams.iter().map(|_| Learned::new(terms)).collect();
        let step = block_frames(&work.spec);
        let from = number * SEGMENT_BLOCKS * step;
        let to = (from + SEGMENT_BLOCKS * step).min(work.length_frames);
        for frame in (from..to).step_by(step as usize) {
            let samples = read_block(pcm, frame, (frame + step).min(to))?;
            for (i, (stream, learned)) in streams.iter().zip(&mut learned).enumerate() {
                let place = Place { frame, first_channel: i == 0, last_channel: i + 1 == streams.len() };
                if frame == from {
                    let first = beginning(&samples, LEARNING_FRAMES * channels);
                    block::write(&file, place, of_stream(&first, channels, stream), learned);
                }
                out.payload(&block::write(&file, place, of_stream(&samples, channels, stream), learned))?;
            }
        }
        match told_md5 {
            Some(md5) if to == work.length_frames => out.payload(&block::md5(&file, &md5)),
            _ => Ok(()),
        }
    }

    fn head(&self, _: &Work, _: Option<&Sizes>, _: &Tags) -> Result<Option<Vec<u8>>> {
        // The first block knows the length; tags stand behind the last.
        Ok(Some(Vec::new()))
    }

    fn tail(&self, _: &Work, tags: &Tags) -> Result<Vec<u8>> {
        ape::tag(tags)
    }
}
