//! One frame of True Audio: each channel's difference to the next, predicted, and what is left in adaptive Rice codes of
//! two levels. Nothing is known from the frame before.

use super::bits::{Bits, checked};
use super::predict::Predictor;
use crate::{Error, Result};

/// A click after silence is written in unary, up to megabytes of it; no music makes a frame of so many bytes.
const MAX_FRAME_BYTES: usize = 16 << 20;
/// Low bits at the start of a frame.
const FIRST_LOW_BITS: u32 = 10;

/// Low bits of a Rice code, which follow a running mean of 16 values. Of samples of 24 bits that mean is below 2^26, so
/// there are never more than 25 low bits, which is what FFmpeg reads.
#[derive(Debug)]
struct Level {
    low_bits: u32,
    sum: u32,
}

impl Level {
    fn new() -> Level {
        Level { low_bits: FIRST_LOW_BITS, sum: 16 << FIRST_LOW_BITS }
    }

    #[inline]
    fn learn(&mut self, value: u32) {
        self.sum = self.sum.wrapping_add(value).wrapping_sub(self.sum >> 4);
        if self.low_bits > 0 && self.sum < 16 << self.low_bits {
            self.low_bits -= 1;
        } else if self.sum > 16 << (self.low_bits + 1) {
            self.low_bits += 1;
        }
    }
}

/// What is known of a channel.
struct Channel {
    predictor: Predictor,
    /// Of small values; of what is left of others.
    levels: [Level; 2],
}

impl Channel {
    fn new(bits: u8) -> Channel {
        Channel { predictor: Predictor::new(bits), levels: [Level::new(), Level::new()] }
    }

    #[inline]
    fn write(&mut self, sample: i32, out: &mut Bits) {
        let residual = self.predictor.residual(sample);
        // Zero, then one up, one down, two up, …
        let value = if residual > 0 {
            (residual as u32).wrapping_mul(2).wrapping_sub(1)
        } else {
            (residual as u32).wrapping_mul(2).wrapping_neg()
        };
        let [small, large] = &mut self.levels;
        let low_bits = small.low_bits;
        small.learn(value);
        if value >> low_bits == 0 {
            out.unary(0);
            out.put(value, low_bits);
        } else {
            let value = value - (1 << low_bits);
            let low_bits = large.low_bits;
            large.learn(value);
            out.unary(1 + (value >> low_bits));
            out.put(value & ((1 << low_bits) - 1), low_bits);
        }
    }
}

/// A frame of interleaved samples of 16 or 24 bits, with its checksum.
///
/// Errors: `Limit` for samples that are no music and would make an absurd file.
pub fn encode(samples: &[i32], channels: usize, bits: u8) -> Result<Vec<u8>> {
    let mut states: Vec<Channel> = (0..channels).map(|_| Channel::new(bits)).collect();
    let mut out = Bits::default();
    for frame in samples.chunks_exact(channels) {
        let mut difference = 0;
        for (i, state) in states.iter_mut().enumerate() {
            let value = match frame.get(i + 1) {
                Some(next) => {
                    difference = next - frame[i];
                    difference
                }
                // Half way back to the channel before; a lone channel stays as it is.
                None => frame[i] - difference / 2,
            };
            state.write(value, &mut out);
        }
        if out.len_bytes() > MAX_FRAME_BYTES {
            return Err(Error::Limit { name: "MAX_FRAME_BYTES", limit: MAX_FRAME_BYTES as u64 });
        }
    }
    Ok(checked(out.finish()))
}
