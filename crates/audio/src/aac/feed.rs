//! What the encoder is fed with: whole packets of 16-bit samples. Before the first frame and after the last one stands the
//! mirrored music, so that the encoder meets no step at the ends of a track; a decoder cuts it off.

use super::PACKET_FRAMES;
use crate::codec::read_range;
use crate::pcm::{Samples, Source};
use crate::{Error, Result};

/// Calls `take` with each packet of samples of the frames [from, to), counted from the music's first frame; `to − from` is
/// a whole number of packets.
pub fn each_packet(pcm: &mut dyn Source, from: i64, to: i64, take: &mut dyn FnMut(&[i16]) -> Result<()>) -> Result<()> {
    let length = pcm.length_frames() as i64;
    let packet = PACKET_FRAMES as usize * usize::from(pcm.spec().channels);
    let mut pending = mirrored(pcm, from, to.min(0))?;
    let shift = 16u8.saturating_sub(pcm.spec().bits);
    let (first, last) = (from.clamp(0, length) as u64, to.clamp(0, length) as u64);
    read_range(pcm, first, last, &mut |samples, _| {
        push(&mut pending, samples, shift)?;
        let whole = pending.len() / packet * packet;
        pending[..whole].chunks_exact(packet).try_for_each(&mut *take)?;
        pending.drain(..whole);
        Ok(())
    })?;
    pending.extend(mirrored(pcm, from.max(length), to)?);
    pending.chunks_exact(packet).try_for_each(take)
}

fn push(pending: &mut Vec<i16>, samples: &Samples, shift: u8) -> Result<()> {
    let Samples::Int(samples) = samples else {
        return Err(Error::Encoder("fdk-aac was given floats".into()));
    };
    pending.extend(samples.iter().map(|&s| (s << shift) as i16));
    Ok(())
}

/// The frames [from, to), none of which the music has.
fn mirrored(pcm: &mut dyn Source, from: i64, to: i64) -> Result<Vec<i16>> {
    if to <= from {
        return Ok(Vec::new());
    }
    let (length, channels) = (pcm.length_frames() as i64, usize::from(pcm.spec().channels));
    let inside = |frame: i64| {
        let period = (2 * (length - 1)).max(1);
        let at = frame.rem_euclid(period);
        if at < length { at } else { period - at }
    };
    let wanted: Vec<i64> = (from..to).map(inside).collect();
    let (low, high) = wanted.iter().fold((length, 0), |(low, high), &at| (low.min(at), high.max(at)));
    let mut edge = Vec::new();
    let shift = 16u8.saturating_sub(pcm.spec().bits);
    read_range(pcm, low as u64, high as u64 + 1, &mut |samples, _| push(&mut edge, samples, shift))?;
    let frames = wanted.iter().flat_map(|&at| {
        let start = (at - low) as usize * channels;
        edge[start..start + channels].iter().copied()
    });
    Ok(frames.collect())
}
