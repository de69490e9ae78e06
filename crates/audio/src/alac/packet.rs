//! One ALAC packet: channels mixed, predicted and coded in the cheapest of a few ways, or written plainly if none is cheap.

use super::bits::Bits;
use super::{golomb, predict};

/// Frames of a full packet.
pub const PACKET_FRAMES: usize = 4_096;
/// Bits of the mixing weights, and so the range of `mix_weight`.
const MIX_BITS: u32 = 2;
const MAX_MIX_WEIGHT: i32 = 4;

const ELEMENT_MONO: u32 = 0;
const ELEMENT_PAIR: u32 = 1;
const ELEMENT_END: u32 = 7;
/// The factor of the mean's weight, in quarters: 1.
const WEIGHT_QUARTERS: u32 = 4;

/// What the predictors of one channel have learned so far, one per length.
struct Channel {
    short: [i16; 4],
    long: [i16; 8],
}

/// An encoder of packets; what it learned only makes later packets smaller, each packet decodes alone.
pub struct Encoder {
    channels: usize,
    bits: u32,
    learned: Vec<Channel>,
    samples: [Vec<i32>; 2],
    mixed: [Vec<i32>; 2],
    errors: Vec<i32>,
    coded: [Bits; 2],
}

/// A channel in its cheapest form: the coefficients it begins with and the coded errors.
struct Coded {
    coefficients: Vec<i16>,
    bits: Bits,
}

impl Encoder {
    /// For one or two channels of 16, 20 or 24 bits.
    pub fn new(channels: usize, bits: u32) -> Encoder {
        let channel = || Channel { short: predict::start(), long: predict::start() };
        Encoder {
            channels,
            bits,
            learned: (0..channels).map(|_| channel()).collect(),
            samples: Default::default(),
            mixed: Default::default(),
            errors: Vec::new(),
            coded: Default::default(),
        }
    }

    /// Encodes at most `PACKET_FRAMES` interleaved frames.
    pub fn encode(&mut self, interleaved: &[i32]) -> Vec<u8> {
        let frames = interleaved.len() / self.channels;
        // 24-bit samples keep their lowest byte apart: it is noise, and the predictor's arithmetic has 32 bits.
        let low_bits = if self.bits == 24 { 8 } else { 0 };
        for channel in 0..self.channels {
            let of_channel = interleaved.iter().skip(channel).step_by(self.channels);
            self.samples[channel].clear();
            self.samples[channel].extend(of_channel.map(|s| s >> low_bits));
        }
        let mut out = Bits::default();
        out.put(if self.channels == 1 { ELEMENT_MONO } else { ELEMENT_PAIR }, 3);
        // Instance tag and unused header.
        out.put(0, 16);
        let plain_bits = interleaved.len() * self.bits as usize;
        let mut element = Bits::default();
        self.compressed(&mut element, interleaved, frames, low_bits);
        if element.len() < plain_bits {
            flags(&mut out, frames, low_bits / 8, false);
            out.append(&element);
        } else {
            flags(&mut out, frames, 0, true);
            interleaved.iter().for_each(|&s| out.put(s as u32, self.bits));
        }
        out.put(ELEMENT_END, 3);
        out.finish()
    }

    fn compressed(&mut self, out: &mut Bits, interleaved: &[i32], frames: usize, low_bits: u32) {
        let mix_weight = if self.channels == 2 { self.mix() } else { 0 };
        let channel_bits = self.bits - low_bits + u32::from(self.channels == 2);
        out.put(if self.channels == 2 { MIX_BITS } else { 0 }, 8);
        out.put(mix_weight as u32, 8);
        let coded: Vec<Coded> = (0..self.channels).map(|c| self.cheapest(c, frames, channel_bits)).collect();
        for channel in &coded {
            // Prediction mode 0, fraction bits, weight of the mean, coefficients.
            out.put(predict::COEFFICIENT_SHIFT, 8);
            out.put(WEIGHT_QUARTERS, 3);
            out.put(channel.coefficients.len() as u32, 5);
            channel.coefficients.iter().for_each(|&c| out.put(c as u32, 16));
        }
        if low_bits > 0 {
            interleaved.iter().for_each(|&s| out.put(s as u32, low_bits));
        }
        for channel in coded {
            out.append(&channel.bits);
        }
    }

    /// Mixes the pair with the weight whose channels look smoothest and returns the weight; 0 leaves them apart.
    fn mix(&mut self) -> i32 {
        let [left, right] = &self.samples;
        let apart = roughness(left.iter().copied()) + roughness(right.iter().copied());
        let side = || left.iter().zip(right).map(|(l, r)| l - r);
        let rough_side = roughness(side());
        let mix = |weight: i32| {
            left.iter().zip(right).map(move |(l, r)| (weight * l + (MAX_MIX_WEIGHT - weight) * r) >> MIX_BITS)
        };
        let weights = (1..=MAX_MIX_WEIGHT).map(|w| (rough_side + roughness(mix(w)), w));
        let (_, weight) = weights.chain([(apart, 0)]).min().unwrap_or((apart, 0));
        let [u, v] = &mut self.mixed;
        u.clear();
        v.clear();
        if weight == 0 {
            u.extend(left);
            v.extend(right);
        } else {
            u.extend(mix(weight));
            v.extend(side());
        }
        weight
    }

    /// Predicts and codes a channel with both filters and keeps the shorter result.
    fn cheapest(&mut self, channel: usize, frames: usize, channel_bits: u32) -> Coded {
        let input = if self.channels == 2 { &self.mixed[channel] } else { &self.samples[channel] };
        let input = &input[..frames];
        let learned = &mut self.learned[channel];
        let (short, long) = (learned.short.to_vec(), learned.long.to_vec());
        let [short_bits, long_bits] = &mut self.coded;
        short_bits.clear();
        long_bits.clear();
        predict::residuals(input, &mut self.errors, &mut learned.short, channel_bits);
        golomb::write(short_bits, &self.errors, channel_bits);
        predict::residuals(input, &mut self.errors, &mut learned.long, channel_bits);
        golomb::write(long_bits, &self.errors, channel_bits);
        if short_bits.len() + 16 * short.len() <= long_bits.len() + 16 * long.len() {
            Coded { coefficients: short, bits: short_bits.clone() }
        } else {
            Coded { coefficients: long, bits: long_bits.clone() }
        }
    }
}

/// Partial flag, bytes kept apart, plain flag, and the length of a packet that isn't full.
fn flags(out: &mut Bits, frames: usize, low_bytes: u32, plain: bool) {
    let partial = frames != PACKET_FRAMES;
    out.put(u32::from(partial), 1);
    out.put(low_bytes, 2);
    out.put(u32::from(plain), 1);
    if partial {
        out.put(frames as u32, 32);
    }
}

/// The sum of second differences: how much a short predictor would leave.
fn roughness(samples: impl Iterator<Item = i32>) -> u64 {
    let (mut before, mut last, mut sum) = (0i32, 0i32, 0u64);
    for sample in samples {
        sum += u64::from((sample - 2 * last + before).unsigned_abs());
        (before, last) = (last, sample);
    }
    sum
}
