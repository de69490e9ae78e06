//! One WavPack block, read: its header, what it tells a decoder, and its one or two channels of samples.

use super::bits::Bits;
use super::floats;
use super::logs;
use super::passes::{self, Pass};
use super::words::{Medians, Words};
use crate::pcm::Samples;
use crate::{Error, Result};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 32;
/// The header's length field doesn't count its own first eight.
const UNCOUNTED_BYTES: u64 = 8;
/// Longest block that is read; the format's own encoder never writes one over a megabyte.
pub const MAX_BLOCK_BYTES: u64 = 4 << 20;
/// Most frames of a block that are read.
pub const MAX_BLOCK_FRAMES: u32 = 1 << 18;

const FLAG_MONO: u32 = 1 << 2;
const FLAG_HYBRID: u32 = 1 << 3;
const FLAG_JOINT: u32 = 1 << 4;
const FLAG_FLOAT: u32 = 1 << 7;
const FLAG_FIRST: u32 = 1 << 11;
const FLAG_LAST: u32 = 1 << 12;
const FLAG_EQUAL: u32 = 1 << 30;
const FLAG_DSD: u32 = 1 << 31;

/// Rates that a header has a number for; any other is spelt out.
pub(crate) const RATES_HZ: [u32; 15] = [
    6_000, 8_000, 9_600, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000,
    192_000,
];

/// A block's header.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Bytes of the whole block.
    pub block_bytes: u64,
    /// First frame.
    pub frame: u64,
    /// Frames; 0 for a block without samples.
    pub frames: u32,
    flags: u32,
    crc: u32,
}

fn broken(what: &str) -> Error {
    Error::Malformed(format!("a WavPack block {what}"))
}

impl Header {
    /// Reads a header; `None` for bytes that are none.
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Option<Header>> {
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if !bytes.starts_with(b"wvpk") {
            return Ok(None);
        }
        let block_bytes = u64::from(number(4)) + UNCOUNTED_BYTES;
        let header = Header {
            block_bytes,
            frame: u64::from(number(16)) | u64::from(bytes[10]) << 32,
            frames: number(20),
            flags: number(24),
            crc: number(28),
        };
        if !(0x402..=0x410).contains(&u16::from_le_bytes([bytes[8], bytes[9]])) {
            return Err(Error::Unsupported("WavPack of another version".into()));
        }
        if !(HEADER_BYTES as u64..=MAX_BLOCK_BYTES).contains(&block_bytes) || header.frames > MAX_BLOCK_FRAMES {
            return Err(Error::Limit { name: "MAX_BLOCK_BYTES", limit: MAX_BLOCK_BYTES });
        }
        header.check()
    }

    fn check(self) -> Result<Option<Header>> {
        if self.frames > 0 && self.flags & FLAG_DSD != 0 {
            return Err(Error::Unsupported("DSD in WavPack".into()));
        }
        if self.frames > 0 && self.flags & FLAG_HYBRID != 0 {
            return Err(Error::NotLossless("WavPack in hybrid mode".into()));
        }
        Ok(Some(self))
    }

    /// It holds the first channels of its frames.
    pub fn first(&self) -> bool {
        self.flags & FLAG_FIRST != 0
    }

    /// It holds the last channels of its frames.
    pub fn last(&self) -> bool {
        self.flags & FLAG_LAST != 0
    }

    /// One or two.
    pub fn channels(&self) -> usize {
        if self.flags & FLAG_MONO != 0 { 1 } else { 2 }
    }

    /// Whether the samples are floats.
    pub fn float(&self) -> bool {
        self.flags & FLAG_FLOAT != 0
    }

    /// Bits of a sample.
    pub fn bits(&self) -> u64 {
        u64::from(((self.flags & 3) + 1) * 8).saturating_sub(u64::from(self.flags >> 13 & 31))
    }

    /// The rate, if the header itself says it.
    pub fn rate_hz(&self) -> Option<u32> {
        RATES_HZ.get((self.flags >> 23 & 15) as usize).copied()
    }
}

/// What a block tells besides its header.
#[derive(Default)]
pub struct Told<'a> {
    terms: &'a [u8],
    weights: &'a [u8],
    history: &'a [u8],
    medians: &'a [u8],
    floats: &'a [u8],
    wasted: &'a [u8],
    residuals: &'a [u8],
    rest_of_floats: &'a [u8],
    /// Channels of the whole, where they are more than this block has.
    pub channels: Option<u8>,
    /// The rate, where the header has no number for it.
    pub rate_hz: Option<u32>,
}

impl<'a> Told<'a> {
    /// Reads the sub-blocks of a block's body.
    pub fn parse(mut body: &'a [u8]) -> Result<Told<'a>> {
        let mut told = Told::default();
        while let [id, words, rest @ ..] = body {
            let (mut bytes, mut rest) = (usize::from(*words) * 2, rest);
            if id & 0x80 != 0 {
                let (more, after) = rest.split_at_checked(2).ok_or_else(|| broken("that is cut off"))?;
                bytes += (usize::from(more[0]) << 9) + (usize::from(more[1]) << 17);
                rest = after;
            }
            let (value, after) = rest.split_at_checked(bytes).ok_or_else(|| broken("that is cut off"))?;
            let value = if id & 0x40 != 0 { value.split_last().map_or(value, |(_, most)| most) } else { value };
            told.take(id & 0x3F, value);
            body = after;
        }
        Ok(told)
    }

    fn take(&mut self, id: u8, value: &'a [u8]) {
        match id {
            0x02 => self.terms = value,
            0x03 => self.weights = value,
            0x04 => self.history = value,
            0x05 => self.medians = value,
            0x08 => self.floats = value,
            0x09 => self.wasted = value,
            0x0A => self.residuals = value,
            0x0C => self.rest_of_floats = value,
            // Six bytes or more count from 0 and go beyond 255.
            0x0D => self.channels = value.first().map(|&n| if value.len() < 6 { n } else { n.saturating_add(1) }),
            0x27 if value.len() >= 3 => {
                self.rate_hz =
                    Some(u32::from_le_bytes([value[0], value[1], value[2], value.get(3).copied().unwrap_or(0)]));
            }
            _ => {}
        }
    }
}

/// The samples of a block, one block of samples for each of its channels.
pub fn decode(header: &Header, told: &Told) -> Result<Vec<Samples>> {
    let equal = header.flags & FLAG_EQUAL != 0;
    let coded = if equal { 1 } else { header.channels() };
    let mut channels = residuals(header, told, coded)?;
    let mut passes = passes::terms(told.terms, coded)?;
    passes::read_weights(&mut passes, told.weights, coded)?;
    passes::read_history(&mut passes, told.history, coded)?;
    passes.iter().rev().for_each(|pass: &Pass| pass.undo(&mut channels));
    if let ([side, middle], true) = (&mut channels[..], header.flags & FLAG_JOINT != 0) {
        for (s, m) in side.iter_mut().zip(middle) {
            *m = m.wrapping_sub(*s >> 1);
            *s = s.wrapping_add(*m);
        }
    }
    if checksum(&channels) != header.crc {
        return Err(broken("whose samples do not match its checksum"));
    }
    let mut made = if header.float() { floats(told, &channels)? } else { integers(told, channels)? };
    if equal && header.channels() == 2 {
        made.extend(made.clone());
    }
    Ok(made)
}

fn residuals(header: &Header, told: &Told, coded: usize) -> Result<Vec<Vec<i32>>> {
    let values: Vec<u32> =
        told.medians.chunks_exact(2).map(|b| logs::value(i16::from_le_bytes([b[0], b[1]])) as u32).collect();
    if values.len() != 3 * coded {
        return Err(broken("without its medians"));
    }
    let mut medians = [Medians::default(); 2];
    for (to, from) in medians.iter_mut().zip(values.chunks_exact(3)) {
        to.copy_from_slice(from);
    }
    let mut words = Words::new(medians, Bits::new(told.residuals));
    let mut channels = vec![Vec::with_capacity(header.frames as usize); coded];
    for _ in 0..header.frames {
        for (channel, samples) in channels.iter_mut().enumerate() {
            samples.push(words.next(channel)?);
        }
    }
    Ok(channels)
}

/// The checksum of a block's samples.
pub(crate) fn checksum(channels: &[Vec<i32>]) -> u32 {
    let add = |crc: u32, factor: u32, sample: u32| crc.wrapping_mul(factor).wrapping_add(sample);
    match channels {
        [left, right] => left
            .iter()
            .zip(right)
            .fold(u32::MAX, |crc, (&l, &r)| add(crc, 9, (l as u32).wrapping_mul(3).wrapping_add(r as u32))),
        _ => channels.iter().flatten().fold(u32::MAX, |crc, &s| add(crc, 3, s as u32)),
    }
}

fn floats(told: &Told, channels: &[Vec<i32>]) -> Result<Vec<Samples>> {
    let info = floats::Info::parse(told.floats)?;
    let frames = channels.first().map_or(0, Vec::len);
    let values = (0..frames).flat_map(|frame| channels.iter().map(move |c| c[frame]));
    let floats = info.floats(values, told.rest_of_floats)?;
    let of = |channel: usize| floats.iter().skip(channel).step_by(channels.len()).copied().collect();
    Ok((0..channels.len()).map(|channel| Samples::Float(of(channel))).collect())
}

/// Puts back low bits that all samples of the block share: zeros, ones, or copies of the lowest that differs.
fn integers(told: &Told, mut channels: Vec<Vec<i32>>) -> Result<Vec<Samples>> {
    if let &[sent, zeros, ones, copies] = told.wasted {
        if sent != 0 {
            return Err(Error::Unsupported("integers of more than 24 bits in WavPack".into()));
        }
        let (zeros, ones, copies) = (u32::from(zeros & 31), u32::from(ones & 31), u32::from(copies & 31));
        for sample in channels.iter_mut().flatten() {
            let value = *sample;
            *sample = if zeros > 0 {
                value.wrapping_shl(zeros)
            } else if ones > 0 {
                value.wrapping_add(1).wrapping_shl(ones).wrapping_sub(1)
            } else {
                value.wrapping_add(value & 1).wrapping_shl(copies).wrapping_sub(value & 1)
            };
        }
    }
    Ok(channels.into_iter().map(Samples::Int).collect())
}
