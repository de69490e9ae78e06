//! One ALAC packet: channels mixed, predicted and coded, or written plainly if that is shorter. A packet knows nothing of
//! the one before.

use super::bits::Bits;
use super::lpc::Analysis;
use super::{golomb, predict};

/// Frames of a full packet.
pub const PACKET_FRAMES: usize = 4_096;
/// Bits of the mixing weights.
const MIX_BITS: u32 = 2;
/// A channel's share in the mix, in quarters.
const WHOLE_MIX: i32 = 1 << MIX_BITS;
/// Weights of the left channel that are tried, in quarters.
const MIX_WEIGHTS: [i32; 4] = [1, 2, 3, 4];
/// Frames whose differences are summed up in 32 bits.
const SUM_FRAMES: usize = 256;

const ELEMENT_MONO: u32 = 0;
const ELEMENT_PAIR: u32 = 1;
const ELEMENT_END: u32 = 7;
/// The factor of the mean's weight, in quarters: 1.
const WEIGHT_QUARTERS: u32 = 4;

/// An encoder of packets; what it holds is memory only.
pub struct Encoder {
    channels: usize,
    bits: u32,
    samples: [Vec<i32>; 2],
    errors: [Vec<i32>; 2],
    analysis: Analysis,
}

impl Encoder {
    /// For one or two channels of 16, 20 or 24 bits.
    pub fn new(channels: usize, bits: u32) -> Encoder {
        let analysis = Analysis::new(PACKET_FRAMES);
        Encoder { channels, bits, samples: Default::default(), errors: Default::default(), analysis }
    }

    /// Encodes at most `PACKET_FRAMES` interleaved frames.
    pub fn encode(&mut self, interleaved: &[i32]) -> Vec<u8> {
        let frames = interleaved.len() / self.channels;
        // 24-bit samples keep their lowest byte apart: it is noise, and the predictor's arithmetic has 32 bits.
        let low_bits = if self.bits == 24 { 8 } else { 0 };
        let plain_bits = interleaved.len() * self.bits as usize;
        let mut out = Bits::with_capacity(plain_bits / 8);
        header(&mut out, self.channels, frames, low_bits / 8, false);
        let before = out.len();
        self.split(interleaved, low_bits);
        self.compressed(&mut out, interleaved, low_bits);
        if out.len() - before >= plain_bits {
            out.clear();
            header(&mut out, self.channels, frames, 0, true);
            interleaved.iter().for_each(|&s| out.put(s as u32, self.bits));
        }
        out.put(ELEMENT_END, 3);
        out.finish()
    }

    /// Takes the channels apart, without their low bits.
    fn split(&mut self, interleaved: &[i32], low_bits: u32) {
        let [left, right] = &mut self.samples;
        left.clear();
        right.clear();
        match self.channels {
            1 => left.extend(interleaved.iter().map(|sample| sample >> low_bits)),
            _ => {
                let pairs = interleaved.as_chunks::<2>().0;
                left.extend(pairs.iter().map(|pair| pair[0] >> low_bits));
                right.extend(pairs.iter().map(|pair| pair[1] >> low_bits));
            }
        }
    }

    fn compressed(&mut self, out: &mut Bits, interleaved: &[i32], low_bits: u32) {
        let pair = self.channels == 2;
        let mix_weight = if pair { self.mix() } else { 0 };
        let channel_bits = self.bits - low_bits + u32::from(pair);
        out.put(if pair { MIX_BITS } else { 0 }, 8);
        out.put(mix_weight as u32, 8);
        for channel in 0..self.channels {
            let input = &self.samples[channel];
            let coefficients = self.analysis.coefficients(input);
            predict::residuals(input, &mut self.errors[channel], &coefficients, channel_bits);
            // Prediction mode 0, fraction bits, weight of the mean, coefficients.
            out.put(predict::COEFFICIENT_SHIFT, 8);
            out.put(WEIGHT_QUARTERS, 3);
            out.put(coefficients.len() as u32, 5);
            coefficients.iter().for_each(|&c| out.put(c as u32, 16));
        }
        if low_bits > 0 {
            interleaved.iter().for_each(|&s| out.put(s as u32, low_bits));
        }
        for errors in &self.errors[..self.channels] {
            golomb::write(out, errors, channel_bits);
        }
    }

    /// Mixes the pair with the weight whose channels look smoothest and returns the weight; 0 leaves them apart.
    fn mix(&mut self) -> i32 {
        let [left, right] = &mut self.samples;
        let weight = smoothest(left, right);
        if weight != 0 {
            for (l, r) in left.iter_mut().zip(right) {
                (*l, *r) = ((weight * *l + (WHOLE_MIX - weight) * *r) >> MIX_BITS, *l - *r);
            }
        }
        weight
    }
}

/// What stands before the channels: kind, instance tag and unused bits, a flag for a packet that isn't full with its
/// length, bytes kept apart, a flag for plain samples.
fn header(out: &mut Bits, channels: usize, frames: usize, low_bytes: u32, plain: bool) {
    let partial = frames != PACKET_FRAMES;
    out.put(if channels == 1 { ELEMENT_MONO } else { ELEMENT_PAIR }, 3);
    out.put(0, 16);
    out.put(u32::from(partial), 1);
    out.put(low_bytes, 2);
    out.put(u32::from(plain), 1);
    if partial {
        out.put(frames as u32, 32);
    }
}

/// The weight whose channels have the smallest second differences, which is about what a predictor leaves of them.
fn smoothest(left: &[i32], right: &[i32]) -> i32 {
    let (mut apart, mut side, mut mixed) = (0u64, 0u64, [0u64; MIX_WEIGHTS.len()]);
    for start in (0..left.len()).step_by(SUM_FRAMES) {
        // Blocks overlap by the two samples that a second difference reaches back.
        let block = start..(start + SUM_FRAMES + 2).min(left.len());
        let differences = second(&left[block.clone()]).zip(second(&right[block]));
        let (mut block_apart, mut block_side, mut block_mixed) = (0u32, 0u32, [0u32; MIX_WEIGHTS.len()]);
        for (l, r) in differences {
            block_apart += l.unsigned_abs() + r.unsigned_abs();
            block_side += (l - r).unsigned_abs();
            for (sum, weight) in block_mixed.iter_mut().zip(MIX_WEIGHTS) {
                *sum += (weight * l + (WHOLE_MIX - weight) * r).unsigned_abs() >> MIX_BITS;
            }
        }
        apart += u64::from(block_apart);
        side += u64::from(block_side);
        mixed.iter_mut().zip(block_mixed).for_each(|(sum, block)| *sum += u64::from(block));
    }
    let weights = MIX_WEIGHTS.into_iter().zip(mixed).map(|(weight, sum)| (side + sum, weight));
    weights.chain([(apart, 0)]).min().map_or(0, |(_, weight)| weight)
}

fn second(samples: &[i32]) -> impl Iterator<Item = i32> {
    samples.array_windows().map(|[a, b, c]| a - 2 * b + c)
}
