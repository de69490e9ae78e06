//! WavPack as a master (Conifer Software, "WavPack 4 & 5 Binary File / Block Format"): lossless integers and floats, by a
//! decoder of our own. Blocks say which frames they hold and decode alone, so seeking is exact.

mod bits;
mod floats;
pub(crate) mod logs;
mod passes;
mod words;
pub(crate) mod block;

use std::io::{Read, Seek, SeekFrom};

use block::{HEADER_BYTES, Header, Told};

use super::{Container, Frames, Info, Master, Reader, check_length, check_spec};
use crate::pcm::{Samples, Spec};
use crate::{Error, Result};

/// Groups of blocks (one for all channels of the same frames) of a file.
pub const MAX_BLOCKS: usize = 1 << 21;

/// The blocks of all channels of the same frames.
#[derive(Debug, Clone, Copy)]
struct Group {
    offset: u64,
    frame: u64,
}

/// A WavPack file, positioned at a frame.
pub(super) struct BlockReader {
    reader: Reader,
    spec: Spec,
    length_frames: u64,
    groups: Vec<Group>,
    /// The group that `samples` holds, one block of samples for each channel.
    held: Option<usize>,
    samples: Vec<Samples>,
    next_frame: u64,
}

fn malformed(what: &str) -> Error {
    Error::Malformed(what.into())
}

/// Opens a WavPack file whose first block begins at `start`.
pub(super) fn open(mut reader: Reader, start: u64, file_bytes: u64) -> Result<Master> {
    let (groups, length_frames) = index(&mut reader, start, file_bytes)?;
    let first = groups.first().ok_or_else(|| malformed("a WavPack file without samples"))?;
    let spec = spec(&mut reader, first.offset)?;
    let reader = BlockReader { reader, spec, length_frames, groups, held: None, samples: Vec::new(), next_frame: 0 };
    let info = Info { container: Container::WavPack, spec, length_frames, flac_md5: None };
    Ok(Master { info, frames: Frames::Blocks(Box::new(reader)) })
}

fn header_at(reader: &mut Reader, offset: u64) -> Result<Option<Header>> {
    let mut bytes = [0; HEADER_BYTES];
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(&mut bytes)?;
    Header::parse(&bytes)
}

/// Walks over all headers: where the groups are, and how many frames they hold. Tags end the walk.
fn index(reader: &mut Reader, start: u64, file_bytes: u64) -> Result<(Vec<Group>, u64)> {
    let (mut groups, mut offset, mut next_frame) = (Vec::new(), start, 0u64);
    while offset + HEADER_BYTES as u64 <= file_bytes {
        let Some(header) = header_at(reader, offset)? else { break };
        if offset + header.block_bytes > file_bytes {
            return Err(Error::Truncated("it ends inside a WavPack block".into()));
        }
        if header.frames > 0 && header.first() {
            // A file may be cut out of a longer one: its first block says where it begins.
            let begins = groups.first().map_or(header.frame, |g: &Group| g.frame);
            if header.frame != begins + next_frame || groups.len() >= MAX_BLOCKS {
                return Err(malformed("WavPack blocks that do not follow each other"));
            }
            groups.push(Group { offset, frame: header.frame });
            next_frame += u64::from(header.frames);
        }
        offset += header.block_bytes;
    }
    check_total(reader, start, next_frame)?;
    let begins = groups.first().map_or(0, |g| g.frame);
    groups.iter_mut().for_each(|g| g.frame -= begins);
    Ok((groups, check_length(next_frame)?))
}

/// The first block says how many frames there are, if the program that wrote it knew.
fn check_total(reader: &mut Reader, start: u64, found_frames: u64) -> Result<()> {
    let mut bytes = [0; HEADER_BYTES];
    reader.seek(SeekFrom::Start(start))?;
    reader.read_exact(&mut bytes)?;
    let low = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    let total = (u64::from(low) | u64::from(bytes[11]) << 32).saturating_sub(u64::from(bytes[11]));
    if low != u32::MAX && found_frames < total {
        return Err(Error::Truncated(format!("it holds {found_frames} frames of {total}")));
    }
    Ok(())
}

fn spec(reader: &mut Reader, offset: u64) -> Result<Spec> {
    let (header, body) = block_at(reader, offset)?;
    let told = Told::parse(&body)?;
    let rate_hz = header.rate_hz().or(told.rate_hz).ok_or_else(|| malformed("a WavPack file without its rate"))?;
    let channels = match told.channels {
        Some(channels) if !header.last() => usize::from(channels),
        _ => header.channels(),
    };
    let bits = if header.float() { 32 } else { header.bits() };
    check_spec(u64::from(rate_hz), channels as u64, bits, header.float())
}

fn block_at(reader: &mut Reader, offset: u64) -> Result<(Header, Vec<u8>)> {
    let header = header_at(reader, offset)?.ok_or_else(|| malformed("no WavPack block where one was"))?;
    let mut body = vec![0; header.block_bytes as usize - HEADER_BYTES];
    reader.read_exact(&mut body)?;
    Ok((header, body))
}

impl BlockReader {
    pub fn seek(&mut self, frame: u64) -> Result<()> {
        self.next_frame = frame;
        Ok(())
    }

    pub fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        out.clear();
        if self.next_frame >= self.length_frames {
            return Ok(0);
        }
        let number = self.groups.partition_point(|g| g.frame <= self.next_frame) - 1;
        if self.held != Some(number) {
            self.held = None;
            self.samples = self.decode(self.groups[number])?;
            self.held = Some(number);
        }
        let from = (self.next_frame - self.groups[number].frame) as usize;
        let held = self.samples.first().map_or(0, Samples::len);
        let frames = held.saturating_sub(from).min(max_frames);
        if frames == 0 {
            return Err(malformed("a WavPack block of fewer frames than it says"));
        }
        interleave(&self.samples, from, frames, self.spec.float, out)?;
        self.next_frame += frames as u64;
        Ok(frames)
    }

    /// All channels of a group, which must be of one shape.
    fn decode(&mut self, group: Group) -> Result<Vec<Samples>> {
        let (mut offset, mut channels) = (group.offset, Vec::new());
        loop {
            let (header, body) = block_at(&mut self.reader, offset)?;
            let bits = if header.float() { 32 } else { header.bits() };
            if bits != u64::from(self.spec.bits) || header.float() != self.spec.float {
                return Err(malformed("WavPack blocks of different shapes"));
            }
            channels.extend(block::decode(&header, &Told::parse(&body)?)?);
            if header.last() || channels.len() >= usize::from(self.spec.channels) {
                break;
            }
            offset += header.block_bytes;
        }
        let frames = channels.first().map_or(0, Samples::len);
        if channels.len() != usize::from(self.spec.channels) || channels.iter().any(|c| c.len() != frames) {
            return Err(malformed("WavPack blocks of different channels"));
        }
        self.check_range(&channels)?;
        Ok(channels)
    }

    /// A sample beyond its bits, or a float that is no number, must not reach an encoder.
    fn check_range(&self, channels: &[Samples]) -> Result<()> {
        let most = 1i64 << (self.spec.bits - 1);
        let sane = channels.iter().all(|channel| match channel {
            Samples::Int(v) => v.iter().all(|&s| (-most..most).contains(&i64::from(s))),
            Samples::Float(v) => v.iter().all(|f| f.is_finite()),
        });
        if sane { Ok(()) } else { Err(malformed("a sample in a WavPack block is out of its range")) }
    }
}

fn interleave(channels: &[Samples], from: usize, frames: usize, float: bool, out: &mut Samples) -> Result<()> {
    let mixed = || malformed("WavPack blocks of two kinds of samples");
    if float {
        let channels: Option<Vec<&[f32]>> = channels
            .iter()
            .map(|c| if let Samples::Float(v) = c { v.get(from..from + frames) } else { None })
            .collect();
        let channels = channels.ok_or_else(mixed)?;
        out.floats_mut().extend((0..frames).flat_map(|frame| channels.iter().map(move |c| c[frame])));
    } else {
        let channels: Option<Vec<&[i32]>> =
            channels.iter().map(|c| if let Samples::Int(v) = c { v.get(from..from + frames) } else { None }).collect();
        let channels = channels.ok_or_else(mixed)?;
        out.ints_mut().extend((0..frames).flat_map(|frame| channels.iter().map(move |c| c[frame])));
    }
    Ok(())
}
