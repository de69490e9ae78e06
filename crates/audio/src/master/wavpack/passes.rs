//! WavPack's decorrelation, undone: each pass turns residuals back into what went into it.

use super::logs;
use crate::{Error, Result};

/// Most passes of a block.
const MAX_PASSES: usize = 16;
const MAX_LOOK_BACK: i8 = 8;
const MAX_CROSS_WEIGHT: i32 = 1_024;

/// One pass as its block describes it; a mono block uses the first of each pair.
#[derive(Debug, Clone, Default)]
pub struct Pass {
    term: i8,
    delta: i32,
    weights: [i32; 2],
    /// Samples before the block, in the order in which they are looked back on.
    history: [[i32; MAX_LOOK_BACK as usize]; 2],
}

fn broken(what: &str) -> Error {
    Error::Malformed(format!("a WavPack block with {what}"))
}

/// The passes that a block's terms name, in the order in which they were done.
pub fn terms(body: &[u8], channels: usize) -> Result<Vec<Pass>> {
    if body.len() > MAX_PASSES {
        return Err(broken("too many terms"));
    }
    let pass = |&byte: &u8| {
        let (term, delta) = ((byte & 0x1F) as i8 - 5, i32::from(byte >> 5));
        match term {
            1..=MAX_LOOK_BACK | 17 | 18 => Ok(Pass { term, delta, ..Pass::default() }),
            -3..=-1 if channels == 2 => Ok(Pass { term, delta, ..Pass::default() }),
            _ => Err(broken("an unknown term")),
        }
    };
    body.iter().map(pass).collect()
}

/// A weight as a block keeps it.
fn weight(stored: u8) -> i32 {
    let weight = i32::from(stored as i8) * 8;
    if weight > 0 { weight + ((weight + 64) >> 7) } else { weight }
}

/// Reads the weights of the first passes; the others begin with none.
pub fn read_weights(passes: &mut [Pass], body: &[u8], channels: usize) -> Result<()> {
    if body.len() / channels > passes.len() {
        return Err(broken("too many weights"));
    }
    for (pass, stored) in passes.iter_mut().zip(body.chunks_exact(channels)) {
        pass.weights = [weight(stored[0]), weight(stored[channels - 1])];
    }
    Ok(())
}

/// Reads the samples before the block for as many passes as they are told for.
pub fn read_history(passes: &mut [Pass], body: &[u8], channels: usize) -> Result<()> {
    let mut values = body.chunks_exact(2).map(|b| logs::value(i16::from_le_bytes([b[0], b[1]])));
    for pass in passes {
        let count = if pass.term > MAX_LOOK_BACK { 2 } else { pass.term.max(1) as usize };
        // Lines tell one channel after the other, all else frame by frame.
        let by_channel = pass.term > MAX_LOOK_BACK;
        for i in 0..count * channels {
            let (at, channel) = if by_channel { (i % 2, i / 2) } else { (i / channels, i % channels) };
            match values.next() {
                Some(value) => pass.history[channel][at] = value,
                None if i == 0 => return Ok(()),
                None => return Err(broken("a history that is cut off")),
            }
        }
    }
    Ok(())
}

#[inline(always)]
fn weighted(weight: i32, sample: i32) -> i32 {
    ((i64::from(weight) * i64::from(sample) + 512) >> 10) as i32
}

#[inline(always)]
fn restored<const CROSS: bool>(weight: &mut i32, delta: i32, from: i32, residual: i32) -> i32 {
    let sample = residual.wrapping_add(weighted(*weight, from));
    if from != 0 && residual != 0 {
        *weight += if (from ^ residual) < 0 { -delta } else { delta };
        if CROSS {
            *weight = (*weight).clamp(-MAX_CROSS_WEIGHT, MAX_CROSS_WEIGHT);
        }
    }
    sample
}

impl Pass {
    /// Undoes the pass over one or two channels of one length.
    pub fn undo(&self, channels: &mut [Vec<i32>]) {
        match (self.term, channels) {
            (-1, [left, right]) => self.undo_cross(left, right, [0, 1]),
            (-2, [left, right]) => self.undo_cross(right, left, [1, 0]),
            (-3, [left, right]) => self.undo_both(left, right),
            (term, channels) => {
                for (channel, samples) in channels.iter_mut().enumerate() {
                    match term {
                        17 => self.undo_line(channel, samples, |[a, b]| a.wrapping_mul(2).wrapping_sub(b)),
                        18 => self.undo_line(channel, samples, |[a, b]| a.wrapping_mul(3).wrapping_sub(b) >> 1),
                        _ => self.undo_back(channel, samples),
                    }
                }
            }
        }
    }

    fn undo_line(&self, channel: usize, samples: &mut [i32], line: impl Fn([i32; 2]) -> i32) {
        let mut weight = self.weights[channel];
        let mut last = [self.history[channel][0], self.history[channel][1]];
        for sample in samples {
            *sample = restored::<false>(&mut weight, self.delta, line(last), *sample);
            last = [*sample, last[0]];
        }
    }

    fn undo_back(&self, channel: usize, samples: &mut [i32]) {
        let mut weight = self.weights[channel];
        let mut ring = self.history[channel];
        let look_back = self.term.clamp(1, MAX_LOOK_BACK) as usize;
        let mut at = 0;
        for sample in samples {
            *sample = restored::<false>(&mut weight, self.delta, ring[at], *sample);
            ring[at] = *sample;
            at = if at + 1 == look_back { 0 } else { at + 1 };
        }
    }

    /// The first channel from the second's last sample, the second from the first's of the same frame.
    fn undo_cross(&self, first: &mut [i32], second: &mut [i32], which: [usize; 2]) {
        let [mut weight_1, mut weight_2] = which.map(|c| self.weights[c]);
        let mut last = self.history[which[0]][0];
        for (a, b) in first.iter_mut().zip(second) {
            *a = restored::<true>(&mut weight_1, self.delta, last, *a);
            *b = restored::<true>(&mut weight_2, self.delta, *a, *b);
            last = *b;
        }
    }

    /// Each channel from the other's last sample.
    fn undo_both(&self, left: &mut [i32], right: &mut [i32]) {
        let [mut weight_l, mut weight_r] = self.weights;
        let [mut from_l, mut from_r] = [self.history[0][0], self.history[1][0]];
        for (l, r) in left.iter_mut().zip(right) {
            *l = restored::<true>(&mut weight_l, self.delta, from_l, *l);
            *r = restored::<true>(&mut weight_r, self.delta, from_r, *r);
            (from_l, from_r) = (*r, *l);
        }
    }
}
