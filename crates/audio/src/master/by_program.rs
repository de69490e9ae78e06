//! Masters that FFmpeg decodes: Monkey's Audio and True Audio. Their headers are read here; the samples come from a child
//! process under limits, which runs forwards: a seek backwards starts it anew, one forwards skips what it decodes.

use std::io::{Read, Seek, SeekFrom};

use super::{Container, Frames, Info, Master, Reader, check_length, check_spec};
use crate::pcm::{Samples, Spec};
use crate::programs::{Limits, Program, Stream};
use crate::{Error, Result};

/// Bytes of a header that are looked at.
const HEADER_BYTES: u64 = 4_096;
/// Bytes of a sample as the program hands it over, its bits at the top.
const SAMPLE_BYTES: u64 = 4;
/// Frames that are skipped at once.
const SKIP_FRAMES: usize = 16_384;
/// Seconds of CPU that the program gets, beside one for each ten seconds of music.
const MIN_CPU_S: u64 = 60;
/// Seconds that it may think before it writes.
const IDLE_S: u64 = 60;
/// Monkey's Audio since version 3.98 has a descriptor before its header.
const APE_WITH_DESCRIPTOR: u16 = 3_980;

/// What a header says.
struct Said {
    rate_hz: u32,
    channels: u16,
    bits: u16,
    length_frames: u64,
}

/// A file that a program decodes, positioned at a frame.
pub(super) struct ProgramReader {
    format: &'static str,
    spec: Spec,
    length_frames: u64,
    /// The file, while no program reads it.
    idle: Option<Reader>,
    stream: Option<Stream>,
    /// The frame that the program gives next.
    stream_frame: u64,
    next_frame: u64,
    bytes: Vec<u8>,
}

/// Opens a Monkey's Audio or True Audio file that begins at byte `start`, behind an ID3v2 tag.
pub(super) fn open(mut reader: Reader, start: u64, container: Container) -> Result<Master> {
    let mut head = Vec::new();
    reader.seek(SeekFrom::Start(start))?;
    reader.by_ref().take(HEADER_BYTES).read_to_end(&mut head)?;
    let (format, decoder, said) = match container {
        Container::MonkeysAudio => ("ape", "decoder ape", ape(&head)),
        _ => ("tta", "decoder tta", tta(&head)),
    };
    let said = said.ok_or_else(|| Error::Truncated("it ends inside its header".into()))?;
    let spec = check_spec(said.rate_hz.into(), said.channels.into(), said.bits.into(), false)?;
    let length_frames = check_length(said.length_frames)?;
    Program::Ffmpeg.able(decoder).map_err(|why| Error::Unsupported(format!("{container} masters: {why}")))?;
    let reader = ProgramReader {
        format,
        spec,
        length_frames,
        idle: Some(reader),
        stream: None,
        stream_frame: 0,
        next_frame: 0,
        bytes: Vec::new(),
    };
    let info = Info { container, spec, length_frames, flac_md5: None };
    Ok(Master { info, frames: Frames::Program(Box::new(reader)) })
}

fn u16_at(head: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?]))
}

fn u32_at(head: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16_at(head, at)?) | u32::from(u16_at(head, at + 2)?) << 16)
}

/// Monkey's Audio: all frames but the last have the same number of blocks (its word for what is called a frame here).
fn ape(head: &[u8]) -> Option<Said> {
    let version = u16_at(head, 4)?;
    if version >= APE_WITH_DESCRIPTOR {
        let at = u32_at(head, 8)? as usize;
        let (blocks, last, frames) = (u32_at(head, at + 4)?, u32_at(head, at + 8)?, u32_at(head, at + 12)?);
        let length_frames = u64::from(frames.saturating_sub(1)) * u64::from(blocks) + u64::from(last);
        let (bits, channels) = (u16_at(head, at + 16)?, u16_at(head, at + 18)?);
        return Some(Said { rate_hz: u32_at(head, at + 20)?, channels, bits, length_frames });
    }
    let (level, flags) = (u16_at(head, 6)?, u16_at(head, 8)?);
    let blocks: u64 = match version {
        3_950.. => 73_728 * 4,
        3_900.. => 73_728,
        3_800.. if level == 4_000 => 73_728,
        _ => 9_216,
    };
    let bits = match flags {
        flags if flags & 1 != 0 => 8,
        flags if flags & 8 != 0 => 24,
        _ => 16,
    };
    let (frames, last) = (u32_at(head, 24)?, u32_at(head, 28)?);
    let length_frames = u64::from(frames.saturating_sub(1)) * blocks + u64::from(last);
    Some(Said { rate_hz: u32_at(head, 12)?, channels: u16_at(head, 10)?, bits, length_frames })
}

/// True Audio, version 1.
fn tta(head: &[u8]) -> Option<Said> {
    let (channels, bits) = (u16_at(head, 6)?, u16_at(head, 8)?);
    Some(Said { rate_hz: u32_at(head, 10)?, channels, bits, length_frames: u32_at(head, 14)?.into() })
}

impl ProgramReader {
    pub fn seek(&mut self, frame: u64) -> Result<()> {
        self.next_frame = frame;
        Ok(())
    }

    pub fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let frames = (self.length_frames - self.next_frame).min(max_frames as u64) as usize;
        let samples = out.ints_mut();
        if frames == 0 {
            return Ok(0);
        }
        self.reach(self.next_frame)?;
        self.take(frames)?;
        let shift = 32 - u32::from(self.spec.bits);
        samples.extend(self.bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) >> shift));
        self.next_frame += frames as u64;
        Ok(frames)
    }

    fn frame_bytes(&self) -> u64 {
        SAMPLE_BYTES * u64::from(self.spec.channels)
    }

    /// Makes the program give `frame` next.
    fn reach(&mut self, frame: u64) -> Result<()> {
        if self.stream.is_none() || frame < self.stream_frame {
            if let Some(stream) = self.stream.take() {
                self.idle = Some(stream.end()?);
            }
            self.start()?;
        }
        while self.stream_frame < frame {
            self.take((frame - self.stream_frame).min(SKIP_FRAMES as u64) as usize)?;
        }
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        let reader = self.idle.take().ok_or_else(|| Error::Malformed("it could not be read before".into()))?;
        let args = [
            ["-v", "error", "-xerror", "-err_detect", "crccheck+explode", "-protocol_whitelist", "pipe"].as_slice(),
            &["-f", self.format, "-i", "pipe:0", "-map", "0:a:0", "-threads", "1", "-c:a", "pcm_s32le"],
            &["-f", "s32le", "pipe:1"],
        ]
        .concat();
        let limits = Limits {
            cpu_s: MIN_CPU_S + self.length_frames / u64::from(self.spec.rate_hz) / 10,
            idle_s: IDLE_S,
            output_bytes: self.length_frames * self.frame_bytes(),
        };
        self.stream = Some(Stream::start(Program::Ffmpeg.name(), &args, limits, reader)?);
        self.stream_frame = 0;
        Ok(())
    }

    fn take(&mut self, frames: usize) -> Result<()> {
        self.bytes.resize(frames * self.frame_bytes() as usize, 0);
        let stream = self.stream.as_mut().ok_or_else(|| Error::Malformed("nothing decodes it".into()))?;
        stream.read_exact(&mut self.bytes)?;
        self.stream_frame += frames as u64;
        Ok(())
    }
}
