//! Masters: opening a lossless file by its content, decoding with exact seeking, and what is read out of a file at
//! opening. The containers live in the files beside this one; how a whole file is examined lives in `examine`.

mod pcm_file;
mod aiff;
mod examine;
mod witness;
mod packets;
mod stream;
mod flac;
mod mp4;
mod wav;
pub(crate) mod wavpack;
mod by_program;

use std::fmt;

pub use crate::input::{ReadSeek, Reader};
use crate::ogg_flac;
use crate::pcm::{Samples, Source, Spec};
use crate::sniff::{Form, Found, find_master};
pub use crate::sniff::{HEAD_BYTES, looks_like_audio};
use crate::{Error, Result};

pub use examine::{Examined, examine, md5};
pub use witness::Witness;

/// Most channels of a master.
pub const MAX_CHANNELS: u8 = 8;
/// Lowest sample rate of a master.
pub const MIN_RATE_HZ: u32 = 8_000;
/// Highest sample rate of a master.
pub const MAX_RATE_HZ: u32 = 384_000;
/// Most bits of an integer sample in a codec.
pub const MAX_BITS: u8 = 24;
/// Most bits of an integer sample in a file of plain samples.
pub const MAX_PCM_BITS: u8 = 32;
/// Longest master: a day at the highest rate.
pub const MAX_LENGTH_FRAMES: u64 = 24 * 3_600 * MAX_RATE_HZ as u64;
/// Most frames that one `read` returns, whatever it is asked for.
pub const MAX_BLOCK_FRAMES: usize = 65_536;

/// The kinds of lossless file that a master can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// Native FLAC (RFC 9639).
    Flac,
    /// FLAC in Ogg.
    OggFlac,
    /// RIFF/WAVE, RF64 or BW64 with integer or float PCM.
    Wav,
    /// AIFF or AIFF-C with integer or float PCM.
    Aiff,
    /// Apple Lossless in MP4.
    Alac,
    /// WavPack, lossless.
    WavPack,
    /// Monkey's Audio, decoded by FFmpeg.
    MonkeysAudio,
    /// True Audio, decoded by FFmpeg.
    TrueAudio,
}

impl Container {
    /// A stable text: `flac`, `oga`, `wav`, `aiff`, `alac`, `wavpack`, `ape` or `tta`.
    pub fn as_str(self) -> &'static str {
        match self {
            Container::Flac => "flac",
            Container::OggFlac => "oga",
            Container::Wav => "wav",
            Container::Aiff => "aiff",
            Container::Alac => "alac",
            Container::WavPack => "wavpack",
            Container::MonkeysAudio => "ape",
            Container::TrueAudio => "tta",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a master says about itself when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The kind of file.
    pub container: Container,
    /// The shape of the samples, with the bits that are really used.
    pub spec: Spec,
    /// Frames of music, without priming and padding.
    pub length_frames: u64,
    /// The MD5 of the samples that a FLAC carries, if it carries one.
    pub flac_md5: Option<[u8; 16]>,
}

/// An open master.
pub struct Master {
    info: Info,
    frames: Frames,
}

/// Where the samples come from: bytes that are samples already, or packets to decode.
enum Frames {
    Plain(pcm_file::PcmFile),
    Packets(Box<packets::PacketReader>),
    Blocks(Box<wavpack::BlockReader>),
    Program(Box<by_program::ProgramReader>),
}

impl Master {
    /// What the file says about itself.
    pub fn info(&self) -> &Info {
        &self.info
    }
}

impl Source for Master {
    fn spec(&self) -> Spec {
        self.info.spec
    }

    fn length_frames(&self) -> u64 {
        self.info.length_frames
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let frame = frame.min(self.info.length_frames);
        match &mut self.frames {
            Frames::Plain(file) => file.seek(frame),
            Frames::Packets(reader) => reader.seek(frame),
            Frames::Blocks(reader) => reader.seek(frame),
            Frames::Program(reader) => reader.seek(frame),
        }
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let max_frames = max_frames.min(MAX_BLOCK_FRAMES);
        match &mut self.frames {
            Frames::Plain(file) => file.read(out, max_frames),
            Frames::Packets(reader) => reader.read(out, max_frames),
            Frames::Blocks(reader) => reader.read(out, max_frames),
            Frames::Program(reader) => reader.read(out, max_frames),
        }
    }
}

/// Opens a master, whatever its name. What it is shows in its bytes only.
///
/// Errors: `Truncated` for an empty or cut file, `Malformed` for anything that is not audio or breaks its container's
/// rules, `NotLossless` for lossy audio, `Unsupported` for audio that is not read here, `Limit` for absurd shapes.
pub fn open(mut reader: Reader) -> Result<Master> {
    let Found { form, start, file_bytes } = find_master(&mut reader)?;
    let master = match form {
        Form::Flac => flac::open(reader, start, file_bytes, Container::Flac)?,
        Form::OggFlac => {
            let (native, native_bytes) = ogg_flac::native(reader, file_bytes)?;
            flac::open(native, 0, native_bytes, Container::OggFlac)?
        }
        Form::Wav => wav::open(reader, start, file_bytes)?,
        Form::Aiff => aiff::open(reader, start, file_bytes)?,
        Form::Mp4 => mp4::open(reader, file_bytes)?,
        Form::WavPack => wavpack::open(reader, start, file_bytes)?,
        Form::MonkeysAudio => by_program::open(reader, start, Container::MonkeysAudio)?,
        Form::TrueAudio => by_program::open(reader, start, Container::TrueAudio)?,
    };
    if master.info.length_frames == 0 {
        return Err(Error::Malformed("it holds no samples".into()));
    }
    Ok(master)
}

/// Refuses a shape outside the limits. `bits` and `channels` as the file states them, before they are narrowed.
fn check_spec(rate_hz: u64, channels: u64, bits: u64, float: bool) -> Result<Spec> {
    if rate_hz == 0 || channels == 0 || bits == 0 {
        return Err(Error::Malformed("rate, channels or bits per sample are zero".into()));
    }
    if rate_hz < u64::from(MIN_RATE_HZ) {
        return Err(Error::Limit { name: "MIN_RATE_HZ", limit: MIN_RATE_HZ.into() });
    }
    if rate_hz > u64::from(MAX_RATE_HZ) {
        return Err(Error::Limit { name: "MAX_RATE_HZ", limit: MAX_RATE_HZ.into() });
    }
    if channels > u64::from(MAX_CHANNELS) {
        return Err(Error::Limit { name: "MAX_CHANNELS", limit: MAX_CHANNELS.into() });
    }
    if !float && bits > u64::from(MAX_BITS) {
        return Err(Error::Limit { name: "MAX_BITS", limit: MAX_BITS.into() });
    }
    if float && bits != 32 {
        return Err(Error::Unsupported(format!("floating point samples of {bits} bits")));
    }
    Ok(Spec { rate_hz: rate_hz as u32, channels: channels as u8, bits: bits as u8, float })
}

/// The same for a file of plain samples, which may be as deep as they are kept here.
fn check_pcm_spec(rate_hz: u64, channels: u64, bits: u64, float: bool) -> Result<Spec> {
    if !float && bits > u64::from(MAX_PCM_BITS) {
        return Err(Error::Limit { name: "MAX_PCM_BITS", limit: MAX_PCM_BITS.into() });
    }
    let spec = check_spec(rate_hz, channels, if float { bits } else { bits.min(MAX_BITS.into()) }, float)?;
    Ok(Spec { bits: bits as u8, ..spec })
}

/// Refuses a length over the limit.
fn check_length(length_frames: u64) -> Result<u64> {
    if length_frames > MAX_LENGTH_FRAMES {
        return Err(Error::Limit { name: "MAX_LENGTH_FRAMES", limit: MAX_LENGTH_FRAMES });
    }
    Ok(length_frames)
}

#[cfg(test)]
mod tests;
