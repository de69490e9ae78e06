//! WAV: RIFF, RF64 (EBU Tech 3306) and BW64 headers, down to where the samples lie.

use super::pcm_file::{Encoding, Layout, PcmFile, loose_encoding};
use super::{Container, Frames, Info, MAX_BITS, MAX_PCM_BITS, Master, Reader, check_length, check_pcm_spec};
use crate::chunks::{ByteOrder, Chunk, UNKNOWN_BYTES, chunks};
use crate::pcm::Spec;
use crate::{Error, Result};

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
/// The last 14 bytes of every sub-format GUID whose first two are a plain format tag.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Bytes of a sample that may have room to spare.
const LOOSE_BYTES: usize = 4;

pub(super) fn open(mut reader: Reader, start: u64, file_bytes: u64) -> Result<Master> {
    let chunks = chunks(&mut reader, start, file_bytes, ByteOrder::Little)?;
    let find = |id: &[u8; 4]| chunks.iter().find(|chunk| &chunk.id == id);
    let format = find(b"fmt ").ok_or_else(|| missing(&chunks, "fmt"))?.body(&mut reader)?;
    let format = Format::parse(&format)?;
    let data = find(b"data").ok_or_else(|| missing(&chunks, "data"))?;
    let data_bytes = match find(b"ds64") {
        Some(sizes) if data.stated_bytes == UNKNOWN_BYTES => Some(long_data_bytes(&sizes.body(&mut reader)?)?),
        _ if data.stated_bytes == UNKNOWN_BYTES => None,
        _ => Some(data.stated_bytes.into()),
    };
    let present_bytes = file_bytes - data.body_offset;
    let data_bytes = data_bytes.unwrap_or(present_bytes);
    if data_bytes > present_bytes {
        return Err(Error::Truncated(format!("{present_bytes} of {data_bytes} bytes of samples are there")));
    }
    let frame_bytes = format.sample_bytes as u64 * u64::from(format.spec.channels);
    let length_frames = check_length(data_bytes / frame_bytes)?;
    let Format { mut spec, mut encoding, sample_bytes } = format;
    if !spec.float && sample_bytes == LOOSE_BYTES && spec.bits <= MAX_BITS {
        encoding = loose_encoding(&mut reader, data.body_offset, data_bytes, spec.bits)?;
        spec.bits = if encoding == Encoding::SignedLittle { MAX_PCM_BITS } else { spec.bits };
    }
    let layout = Layout { data_offset: data.body_offset, length_frames, spec, encoding, sample_bytes };
    let info = Info { container: Container::Wav, spec, length_frames, flac_md5: None };
    Ok(Master { info, frames: Frames::Plain(PcmFile::new(reader, layout)?) })
}

/// A file without a chunk that it must have: cut off when its last chunk runs to the very end, damaged otherwise.
fn missing(chunks: &[Chunk], id: &str) -> Error {
    if chunks.is_empty() {
        return Error::Truncated("it ends after its first header".into());
    }
    Error::Malformed(format!("the chunk `{id}` is missing"))
}

/// The length of the data chunk out of `ds64` (EBU Tech 3306 section 4).
fn long_data_bytes(body: &[u8]) -> Result<u64> {
    match body.get(8..16).map(<[u8; 8]>::try_from) {
        Some(Ok(bytes)) => Ok(u64::from_le_bytes(bytes)),
        _ => Err(Error::Malformed("the chunk `ds64` is too short".into())),
    }
}

/// What the `fmt ` chunk says.
struct Format {
    spec: Spec,
    encoding: Encoding,
    sample_bytes: usize,
}

impl Format {
    fn parse(body: &[u8]) -> Result<Format> {
        let u16_at = |offset: usize| match body.get(offset..offset + 2) {
            Some(b) => Ok(u16::from_le_bytes([b[0], b[1]])),
            None => Err(Error::Malformed("the chunk `fmt` is too short".into())),
        };
        let rate_hz = u64::from(u16_at(4)?) | u64::from(u16_at(6)?) << 16;
        let (channels, block_bytes, stored_bits) = (u16_at(2)?, u16_at(12)?, u16_at(14)?);
        let (mut tag, mut bits) = (u16_at(0)?, stored_bits);
        if tag == FORMAT_EXTENSIBLE {
            let valid_bits = u16_at(18)?;
            bits = if valid_bits == 0 { stored_bits } else { valid_bits };
            tag = u16_at(24)?;
            if body.get(26..40) != Some(&GUID_TAIL) {
                return Err(Error::Unsupported("a WAV of an unknown sub-format".into()));
            }
        }
        let float = lossless_is_float(tag)?;
        let spec = check_pcm_spec(rate_hz, channels.into(), bits.into(), float)?;
        let mut sample_bytes = usize::from(stored_bits.div_ceil(8));
        if stored_bits == MAX_BITS.into() && usize::from(block_bytes) == LOOSE_BYTES * usize::from(channels) {
            // Some programs write 24 bits into four bytes and do not count the fourth.
            sample_bytes = LOOSE_BYTES;
        }
        if block_bytes as usize != sample_bytes * usize::from(channels) || bits > stored_bits {
            return Err(Error::Malformed("frame size, channels and bits per sample contradict each other".into()));
        }
        let encoding = match (float, sample_bytes) {
            (true, _) => Encoding::FloatLittle,
            (false, 1) => Encoding::Unsigned8,
            (false, 2..=4) => Encoding::SignedLittle,
            _ => return Err(Error::Unsupported(format!("samples of {stored_bits} bits"))),
        };
        Ok(Format { spec, encoding, sample_bytes })
    }
}

/// Whether samples of the format `tag` are floats; refuses what is not plain PCM (RFC 2361 lists the tags).
fn lossless_is_float(tag: u16) -> Result<bool> {
    let name = match tag {
        FORMAT_PCM => return Ok(false),
        FORMAT_FLOAT => return Ok(true),
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MP2",
        0x0055 => "MP3",
        0x0092 => "AC-3",
        0x00ff | 0x1600 | 0x1610 => "AAC",
        0x0160..=0x0162 => "Windows Media Audio",
        0x0270 => "ATRAC3",
        0x674f..=0x6771 => "Ogg Vorbis",
        _ => return Err(Error::Unsupported(format!("WAV of the format {tag:#06x}"))),
    };
    Err(Error::NotLossless(format!("{name} in WAV")))
}
