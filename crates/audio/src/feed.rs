//! Samples on their way into a program.

use std::io::Write;

use crate::codec::{container_bits, read_range};
use crate::pcm::{Samples, Source, Spec};
use crate::{Error, Result};

/// Bytes of a RIFF header with a plain format chunk.
const WAV_HEADER_BYTES: u64 = 44;

/// Writes a whole source as plain PCM: integers in whole bytes filled from the top, floats in 32 bits, little endian.
pub(crate) fn write_pcm(pcm: &mut dyn Source, length_frames: u64, to: &mut dyn Write) -> Result<()> {
    let spec = pcm.spec();
    let bytes = usize::from(container_bits(spec.bits) / 8);
    let shift = container_bits(spec.bits) - spec.bits;
    let mut block = Vec::new();
    read_range(pcm, 0, length_frames, &mut |samples, _| {
        block.clear();
        match samples {
            Samples::Int(v) => v.iter().for_each(|s| block.extend_from_slice(&(s << shift).to_le_bytes()[..bytes])),
            Samples::Float(v) => v.iter().for_each(|s| block.extend_from_slice(&s.to_le_bytes())),
        }
        Ok(to.write_all(&block)?)
    })
}

/// Bytes of one frame as [`write_pcm`] writes it.
pub(crate) fn frame_bytes(spec: &Spec) -> u64 {
    u64::from(container_bits(spec.bits) / 8) * u64::from(spec.channels)
}

/// Writes a whole source of integers as a WAV file.
///
/// Errors: `Limit` for more than RIFF can count.
pub(crate) fn write_wav(pcm: &mut dyn Source, length_frames: u64, to: &mut dyn Write) -> Result<()> {
    let spec = pcm.spec();
    let data_bytes = length_frames * frame_bytes(&spec);
    let over = |_| Error::Limit { name: "MAX_RIFF_BYTES", limit: u64::from(u32::MAX) };
    let riff_bytes = u32::try_from(data_bytes + WAV_HEADER_BYTES - 8).map_err(over)?;
    let mut header = b"RIFF".to_vec();
    header.extend(riff_bytes.to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    header.extend(u16::from(spec.channels).to_le_bytes());
    header.extend(spec.rate_hz.to_le_bytes());
    header.extend((u64::from(spec.rate_hz) * frame_bytes(&spec)).to_le_bytes()[..4].iter());
    header.extend((frame_bytes(&spec) as u16).to_le_bytes());
    header.extend(u16::from(container_bits(spec.bits)).to_le_bytes());
    header.extend(b"data");
    header.extend((data_bytes as u32).to_le_bytes());
    to.write_all(&header)?;
    write_pcm(pcm, length_frames, to)
}
