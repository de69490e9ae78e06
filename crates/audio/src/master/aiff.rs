//! AIFF (1989) and AIFF-C (1991) headers, down to where the samples lie.

use super::pcm_file::{Encoding, Layout, PcmFile};
use super::{Container, Frames, Info, Master, Reader, check_length, check_pcm_spec};
use crate::chunks::{ByteOrder, chunks};
use crate::pcm::Spec;
use crate::{Error, Result};

/// Bytes of the two fields (offset and block size) before the samples in `SSND`.
const SOUND_HEADER_BYTES: u64 = 8;

pub(super) fn open(mut reader: Reader, start: u64, file_bytes: u64) -> Result<Master> {
    let chunks = chunks(&mut reader, start, file_bytes, ByteOrder::Big)?;
    let find = |id: &[u8; 4]| chunks.iter().find(|chunk| &chunk.id == id);
    let missing = |id: &str| match chunks.len() {
        0 => Error::Truncated("it ends after its first header".into()),
        _ => Error::Malformed(format!("the chunk `{id}` is missing")),
    };
    let common = find(b"COMM").ok_or_else(|| missing("COMM"))?.body(&mut reader)?;
    let Common { spec, stated_frames, encoding, sample_bytes } = Common::parse(&common)?;
    let sound = find(b"SSND").ok_or_else(|| missing("SSND"))?;
    let skipped_bytes = match sound.body(&mut reader)?.get(..4) {
        Some(b) => u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])),
        None => return Err(Error::Malformed("the chunk `SSND` is too short".into())),
    };
    let data_offset = sound.body_offset + SOUND_HEADER_BYTES + skipped_bytes;
    let data_bytes = u64::from(sound.stated_bytes).saturating_sub(SOUND_HEADER_BYTES + skipped_bytes);
    let frame_bytes = sample_bytes as u64 * u64::from(spec.channels);
    let length_frames = check_length(stated_frames)?;
    if length_frames * frame_bytes > data_bytes {
        return Err(Error::Malformed(format!("{length_frames} frames do not fit its sound chunk")));
    }
    let present_frames = file_bytes.saturating_sub(data_offset) / frame_bytes;
    if length_frames > present_frames {
        return Err(Error::Truncated(format!("{present_frames} of {length_frames} frames are there")));
    }
    let layout = Layout { data_offset, length_frames, spec, encoding, sample_bytes };
    let info = Info { container: Container::Aiff, spec, length_frames, flac_md5: None };
    Ok(Master { info, frames: Frames::Plain(PcmFile::new(reader, layout)?) })
}

/// What the `COMM` chunk says.
struct Common {
    spec: Spec,
    stated_frames: u64,
    encoding: Encoding,
    sample_bytes: usize,
}

impl Common {
    fn parse(body: &[u8]) -> Result<Common> {
        let Some(fixed) = body.get(..18) else {
            return Err(Error::Malformed("the chunk `COMM` is too short".into()));
        };
        let channels = u16::from_be_bytes([fixed[0], fixed[1]]);
        let stated_frames = u32::from_be_bytes([fixed[2], fixed[3], fixed[4], fixed[5]]);
        let bits = u16::from_be_bytes([fixed[6], fixed[7]]);
        let rate_hz = whole_hz(&fixed[8..18])?;
        let compression = body.get(18..22).unwrap_or(b"NONE");
        let (encoding, float) = encoding_of(compression, bits)?;
        let bits = if float { 32 } else { bits };
        let spec = check_pcm_spec(rate_hz, channels.into(), bits.into(), float)?;
        let sample_bytes = usize::from(bits.div_ceil(8));
        Ok(Common { spec, stated_frames: stated_frames.into(), encoding, sample_bytes })
    }
}

/// How samples of the AIFF-C type `compression` are written, and whether they are floats.
fn encoding_of(compression: &[u8], bits: u16) -> Result<(Encoding, bool)> {
    match compression {
        b"NONE" | b"none" | b"twos" | b"in24" | b"in32" => Ok((Encoding::SignedBig, false)),
        b"sowt" | b"42ni" | b"23ni" => Ok((Encoding::SignedLittle, false)),
        b"raw " if bits == 8 => Ok((Encoding::Unsigned8, false)),
        b"fl32" | b"FL32" => Ok((Encoding::FloatBig, true)),
        b"alaw" | b"ALAW" => Err(Error::NotLossless("A-law in AIFF-C".into())),
        b"ulaw" | b"ULAW" => Err(Error::NotLossless("mu-law in AIFF-C".into())),
        b"ima4" => Err(Error::NotLossless("IMA ADPCM in AIFF-C".into())),
        b"MAC3" | b"MAC6" => Err(Error::NotLossless("MACE in AIFF-C".into())),
        b"QDMC" | b"QDM2" => Err(Error::NotLossless("QDesign in AIFF-C".into())),
        _ => Err(Error::Unsupported(format!("AIFF-C of the type {}", compression.escape_ascii()))),
    }
}

/// The whole number in an 80-bit extended float (IEEE 754-1985, big-endian, explicit leading bit).
fn whole_hz(extended: &[u8]) -> Result<u64> {
    let refused = || Error::Malformed("the sample rate is not a whole number".into());
    let exponent = i32::from(u16::from_be_bytes([extended[0], extended[1]])) - 16_383;
    let mantissa = extended[2..10].iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    if mantissa == 0 {
        return Ok(0);
    }
    if !(0..=63).contains(&exponent) {
        return Err(refused());
    }
    let shift = 63 - exponent as u32;
    let hz = mantissa >> shift;
    if hz << shift != mantissa {
        return Err(refused());
    }
    Ok(hz)
}
