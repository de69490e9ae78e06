//! FLAC (RFC 9639) by libFLAC, segment by segment: each segment is encoded by itself and its frames are given the numbers
//! that they have in the whole, which makes the stream the one that a single encoder would have written.

mod crc;
mod ffi;

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::vorbis};
use crate::{Error, Result};

/// Blocks of one segment, before rounding to libFLAC's own period.
const SEGMENT_BLOCKS: u64 = 64;
/// RFC 9639 §8.2: channels that a stream can have.
const MAX_CHANNELS: u8 = 8;
/// RFC 9639 §8.2: 20 bits of rate.
const MAX_RATE_HZ: u32 = (1 << 20) - 1;
/// Frame numbers have 31 bits.
const MAX_FRAME_NUMBER: u64 = (1 << 31) - 1;
/// STREAMINFO keeps the length in 36 bits.
const MAX_TOTAL_FRAMES: u64 = (1 << 36) - 1;
/// Sizes of music relative to its PCM, in percent: fewer are rare, more are rarer (docs/benchmarks/sizes.md).
const MIN_PERCENT: u64 = 15;
const MAX_PERCENT: u64 = 93;
/// The same for the levels without a real search, and for samples of more than 16 bits, whose lowest are noise.
const MAX_PERCENT_QUICK: u64 = 100;
const MAX_PERCENT_DEEP: u64 = 96;
const QUICK_LEVELS: u32 = 3;
/// Bytes of a frame at worst beside its verbatim samples.
const FRAME_OVERHEAD_BYTES: u64 = 64;

const LEVELS: [&str; 9] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

const BLOCK_STREAMINFO: u8 = 0;
const BLOCK_COMMENT: u8 = 4;
const BLOCK_PICTURE: u8 = 6;
const LAST_BLOCK: u8 = 0x80;

/// FLAC in its own container.
pub struct Flac;

/// Samples per block that libFLAC's levels use.
fn block_frames(level: u32) -> u64 {
    if level < 3 { 1152 } else { 4096 }
}

/// Blocks per segment: levels 1 and 4 decide on mid/side once per 0.4 s, so a segment is a whole number of these periods.
fn segment_blocks(work: &Work, level: u32) -> u64 {
    let blocks_of_0_4_s = f64::from(work.spec.rate_hz) * 0.4 / block_frames(level) as f64;
    let period = (blocks_of_0_4_s + 0.5).max(1.0) as u64;
    if period >= SEGMENT_BLOCKS { period } else { SEGMENT_BLOCKS - SEGMENT_BLOCKS % period }
}

impl Codec for Flac {
    fn facts(&self) -> Facts {
        Facts { id: "flac", name: "FLAC", extension: "flac", mime: "audio/flac" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |quality| Offer {
            setting: Setting { mode: "lossless", quality },
            name: format!("FLAC level {quality}"),
            class: Class::Lossless,
            size: SizeKnown::Range,
            serial: false,
            starts: Starts::AtOnce,
            surround: true,
            why_not: None,
        };
        LEVELS.map(offer).to_vec()
    }

    fn encoder(&self) -> String {
        format!("libFLAC {}", ffi::version())
    }

    fn fit(&self, _: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
        let spec = fit_lossless(master, reduce, None)?;
        if spec.float {
            return Err(Error::Unsupported("floats in FLAC; reduce the master to 24 bits (@RATE/24)".into()));
        }
        if spec.channels > MAX_CHANNELS || spec.rate_hz > MAX_RATE_HZ || spec.bits < 4 {
            return Err(Error::Unsupported(format!(
                "{} channels, {} Hz, {} bits in FLAC",
                spec.channels, spec.rate_hz, spec.bits
            )));
        }
        Ok(spec)
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let level = work.setting.number()?;
        let blocks = work.length_frames.div_ceil(block_frames(level));
        if blocks > MAX_FRAME_NUMBER || work.length_frames > MAX_TOTAL_FRAMES {
            return Err(Error::Limit { name: "MAX_FRAME_NUMBER", limit: MAX_FRAME_NUMBER });
        }
        let pcm_bytes = work.length_frames * u64::from(work.spec.channels) * u64::from(work.spec.bits) / 8;
        let max = match work.spec.bits {
            _ if level < QUICK_LEVELS => MAX_PERCENT_QUICK,
            17.. => MAX_PERCENT_DEEP,
            _ => MAX_PERCENT,
        };
        Ok(Layout {
            segments: blocks.div_ceil(segment_blocks(work, level)),
            payload: PayloadSize::Range {
                min: pcm_bytes * MIN_PERCENT / 100,
                max: pcm_bytes * max / 100 + blocks * FRAME_OVERHEAD_BYTES,
            },
            body_bytes: None,
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let level = work.setting.number()?;
        let blocks = segment_blocks(work, level);
        let from = number * blocks * block_frames(level);
        let to = (from + blocks * block_frames(level)).min(work.length_frames);
        let mut encoder = ffi::Encoder::new(&work.spec, level, block_frames(level) as u32)?;
        let mut frame_number = number * blocks;
        let mut send = |frames: Vec<Vec<u8>>, out: &mut dyn BodySink| {
            frames.into_iter().try_for_each(|frame| {
                frame_number += 1;
                out.payload(&if number == 0 { frame } else { renumbered(&frame, frame_number - 1)? })
            })
        };
        read_range(pcm, from, to, &mut |samples, frames| match samples {
            Samples::Int(v) => send(encoder.process(v, frames, work.spec.channels as usize)?, out),
            Samples::Float(_) => Err(Error::Encoder("libFLAC was given floats".into())),
        })?;
        send(encoder.finish()?, out)
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let mut head = b"fLaC".to_vec();
        block(&mut head, BLOCK_STREAMINFO, &stream_info(work)?);
        let last = if tags.picture.is_none() { LAST_BLOCK } else { 0 };
        let vendor = format!("gramovar, {}", self.encoder());
        block(&mut head, BLOCK_COMMENT | last, &vorbis::comment(tags, &vendor, vorbis::Gain::ReplayGain)?);
        if let Some(picture) = &tags.picture {
            block(&mut head, BLOCK_PICTURE | LAST_BLOCK, &vorbis::picture(picture));
        }
        Ok(Some(head))
    }
}

/// A metadata block (§8.1). Comments and pictures are limited far below its 24 bits of length.
fn block(head: &mut Vec<u8>, kind: u8, body: &[u8]) {
    head.push(kind);
    head.extend(&(body.len() as u32).to_be_bytes()[1..]);
    head.extend(body);
}

/// STREAMINFO (§8.2). Frame sizes are left unknown (0): the head must not depend on a finished encode. The MD5 is the
/// master's, or zero (unknown) where the samples were changed.
fn stream_info(work: &Work) -> Result<Vec<u8>> {
    let block_frames = (block_frames(work.setting.number()?) as u16).to_be_bytes();
    let mut info = [block_frames, block_frames].concat();
    info.extend([0; 6]);
    let packed = u64::from(work.spec.rate_hz) << 44
        | u64::from(work.spec.channels - 1) << 41
        | u64::from(work.spec.bits - 1) << 36
        | work.length_frames;
    info.extend(packed.to_be_bytes());
    info.extend(work.md5.unwrap_or_default());
    Ok(info)
}

/// The same frame with another number in its header, both checksums made anew (§9.1, §9.3).
fn renumbered(frame: &[u8], number: u64) -> Result<Vec<u8>> {
    let malformed = || Error::Encoder("libFLAC wrote a frame that this build does not understand".into());
    let (&code, &first) = frame.get(2).zip(frame.get(4)).ok_or_else(malformed)?;
    let number_bytes = match first {
        0x00..=0x7F => 1,
        0xC0..=0xFE => first.leading_ones() as usize,
        _ => return Err(malformed()),
    };
    let block_bytes = match code >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let rate_bytes = match code & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let header = 4 + number_bytes..4 + number_bytes + block_bytes + rate_bytes;
    if frame.len() < header.end + 3 {
        return Err(malformed());
    }
    let mut out = Vec::with_capacity(frame.len() + 5);
    out.extend(&frame[..4]);
    coded_number(&mut out, number);
    out.extend(&frame[header.clone()]);
    out.push(crc::crc8(&out));
    out.extend(&frame[header.end + 1..frame.len() - 2]);
    out.extend(crc::crc16(&out).to_be_bytes());
    Ok(out)
}

/// The number of a frame in the manner of UTF-8, up to 31 bits (§9.1.5).
fn coded_number(out: &mut Vec<u8>, number: u64) {
    if number < 0x80 {
        out.push(number as u8);
        return;
    }
    let bits = 64 - number.leading_zeros();
    // A sequence of n bytes holds 5n + 1 bits.
    let more = (2..=6).find(|n| bits <= 5 * n + 1).unwrap_or(6) - 1;
    let lead = (0xFFu32 << (7 - more)) as u8;
    out.push(lead | (number >> (6 * more)) as u8);
    out.extend((0..more).rev().map(|i| 0x80 | (number >> (6 * i)) as u8 & 0x3F));
}

#[cfg(test)]
mod tests {
    use super::coded_number;

    #[test]
    fn frame_numbers_are_coded_as_utf8_where_utf8_goes() {
        for number in [0u32, 1, 127, 128, 2047, 2048, 65_535, 65_536, 1_114_111 - 2048] {
            let mut coded = Vec::new();
            coded_number(&mut coded, u64::from(number));
            if let Some(c) = char::from_u32(number) {
                assert_eq!(coded, c.to_string().as_bytes(), "{number}");
            }
        }
        let mut coded = Vec::new();
        coded_number(&mut coded, (1 << 31) - 1);
        assert_eq!(coded, [0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]);
    }
}
