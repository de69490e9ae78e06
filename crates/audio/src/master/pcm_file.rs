//! Samples that lie in a file as they are: what WAV and AIFF share once their headers are understood.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::Reader;
use crate::pcm::{Samples, Spec};
use crate::{Error, Result};

/// How one sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    SignedLittle,
    SignedBig,
    /// Little endian in four bytes of which the low ones hold the sample, the others nothing or its sign.
    SignedLittleLow,
    /// Little endian in four bytes of which the low bits must be zero.
    SignedLittleHigh,
    /// Offset binary of 8 bits: 128 is silence.
    Unsigned8,
    FloatLittle,
    FloatBig,
}

/// Where samples lie and what they are.
pub(super) struct Layout {
    pub data_offset: u64,
    pub length_frames: u64,
    pub spec: Spec,
    pub encoding: Encoding,
    /// Bytes of one sample; its bits are left-justified in them.
    pub sample_bytes: usize,
}

/// A file of plain samples, positioned at a frame.
pub(super) struct PcmFile {
    reader: Reader,
    layout: Layout,
    next_frame: u64,
    bytes: Vec<u8>,
}

impl PcmFile {
    pub fn new(mut reader: Reader, layout: Layout) -> Result<PcmFile> {
        reader.seek(SeekFrom::Start(layout.data_offset))?;
        Ok(PcmFile { reader, layout, next_frame: 0, bytes: Vec::new() })
    }

    pub fn seek(&mut self, frame: u64) -> Result<()> {
        self.reader.seek(SeekFrom::Start(self.layout.data_offset + frame * self.frame_bytes() as u64))?;
        self.next_frame = frame;
        Ok(())
    }

    pub fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let left = self.layout.length_frames - self.next_frame;
        let frames = left.min(max_frames as u64) as usize;
        self.bytes.resize(frames * self.frame_bytes(), 0);
        self.reader.read_exact(&mut self.bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Error::Truncated("it ends inside its samples".into()),
            _ => Error::Io(error),
        })?;
        self.next_frame += frames as u64;
        match self.layout.encoding {
            Encoding::FloatLittle => self.floats(out, f32::from_le_bytes)?,
            Encoding::FloatBig => self.floats(out, f32::from_be_bytes)?,
            Encoding::SignedLittleLow | Encoding::SignedLittleHigh => self.loose_integers(out)?,
            _ => self.integers(out),
        }
        Ok(frames)
    }

    fn frame_bytes(&self) -> usize {
        self.layout.sample_bytes * usize::from(self.layout.spec.channels)
    }

    fn floats(&self, out: &mut Samples, from_bytes: impl Fn([u8; 4]) -> f32) -> Result<()> {
        *out = reuse_floats(out);
        let Samples::Float(samples) = out else { return Ok(()) };
        samples.extend(self.bytes.chunks_exact(4).map(|b| from_bytes([b[0], b[1], b[2], b[3]])));
        if samples.iter().all(|sample| sample.is_finite()) {
            return Ok(());
        }
        Err(Error::Malformed(format!("a sample before frame {} is not a number", self.next_frame)))
    }

    fn loose_integers(&self, out: &mut Samples) -> Result<()> {
        *out = reuse_integers(out);
        let Samples::Int(samples) = out else { return Ok(()) };
        let bits = self.layout.spec.bits;
        for bytes in self.bytes.chunks_exact(4) {
            let word = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let sample =
                if self.layout.encoding == Encoding::SignedLittleHigh { high(word, bits) } else { low(word, bits) };
            samples.push(sample.ok_or_else(|| Error::Malformed(format!("a sample has more than its {bits} bits")))?);
        }
        Ok(())
    }

    fn integers(&self, out: &mut Samples) {
        *out = reuse_integers(out);
        let Samples::Int(samples) = out else { return };
        let shift = 32 - u32::from(self.layout.spec.bits);
        match (self.layout.encoding, self.layout.sample_bytes) {
            (Encoding::Unsigned8, _) => {
                samples.extend(self.bytes.iter().map(|b| i32::from_be_bytes([b ^ 0x80, 0, 0, 0]) >> shift));
            }
            (Encoding::SignedLittle, 2) => {
                samples.extend(self.bytes.chunks_exact(2).map(|b| i32::from_le_bytes([0, 0, b[0], b[1]]) >> shift));
            }
            (Encoding::SignedLittle, 3) => {
                samples.extend(self.bytes.chunks_exact(3).map(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> shift));
            }
            (Encoding::SignedLittle, bytes) => {
                samples.extend(self.bytes.chunks_exact(bytes).map(|b| left_justified(b.iter().rev()) >> shift));
            }
            (_, bytes) => samples.extend(self.bytes.chunks_exact(bytes).map(|b| left_justified(b.iter()) >> shift)),
        }
    }
}

/// A sample of so many bits at the top of a word, if nothing is below it.
fn high(word: i32, bits: u8) -> Option<i32> {
    let shift = 32 - u32::from(bits);
    let sample = word >> shift;
    (sample << shift == word).then_some(sample)
}

/// A sample of so many bits at the bottom of a word, if nothing is above it but zeros or its sign.
fn low(word: i32, bits: u8) -> Option<i32> {
    let shift = 32 - u32::from(bits);
    let sample = word << shift >> shift;
    (sample == word || (word as u32) >> bits == 0).then_some(sample)
}

/// Most bytes that are looked at to see where samples lie in their words.
const LOOKED_AT_BYTES: u64 = 1 << 20;

/// Where samples of so many bits lie in words of four bytes: at the top, as the standard has it, or at the bottom, as some
/// programs write them; in neither place those that have more bits than was said. What does not keep to what the first
/// of them do is noticed when it is read.
pub(super) fn loose_encoding(reader: &mut Reader, offset: u64, data_bytes: u64, bits: u8) -> Result<Encoding> {
    let mut bytes = Vec::new();
    reader.seek(SeekFrom::Start(offset))?;
    reader.take(data_bytes.min(LOOKED_AT_BYTES)).read_to_end(&mut bytes)?;
    let all = |lies: fn(i32, u8) -> Option<i32>| {
        bytes.chunks_exact(4).all(|b| lies(i32::from_le_bytes([b[0], b[1], b[2], b[3]]), bits).is_some())
    };
    Ok(match () {
        _ if all(high) => Encoding::SignedLittleHigh,
        _ if all(low) => Encoding::SignedLittleLow,
        _ => Encoding::SignedLittle,
    })
}

/// The bytes of a sample, most significant first, at the top of 32 bits.
fn left_justified<'a>(bytes: impl Iterator<Item = &'a u8>) -> i32 {
    let mut wide = [0; 4];
    for (slot, byte) in wide.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    i32::from_be_bytes(wide)
}

/// The block emptied, as integers, with its memory kept where it held integers before.
pub(super) fn reuse_integers(block: &mut Samples) -> Samples {
    match block {
        Samples::Int(samples) => {
            samples.clear();
            Samples::Int(std::mem::take(samples))
        }
        Samples::Float(_) => Samples::Int(Vec::new()),
    }
}

fn reuse_floats(block: &mut Samples) -> Samples {
    match block {
        Samples::Float(samples) => {
            samples.clear();
            Samples::Float(std::mem::take(samples))
        }
        Samples::Int(_) => Samples::Float(Vec::new()),
    }
}
