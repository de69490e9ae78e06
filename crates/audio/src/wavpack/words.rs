//! WavPack's entropy code: each residual is placed between three running medians, by a unary number of zones and the
//! offset within the zone; two neighbours share the bits of their unary numbers; runs of zeros are counted.

use super::bits::Bits;
use crate::master::wavpack::logs;

/// Medians of one channel, in sixteenths.
pub type Medians = [u32; 3];

/// How slowly each median moves: a share of 1/128, 1/64, 1/32.
const DIVISORS: Medians = [128, 64, 32];
/// Longer unary numbers are escaped.
const MAX_ONES: u32 = 16;

/// An encoder of residuals of one or two channels that take turns.
pub struct Words {
    medians: [Medians; 2],
    bits: Bits,
    /// Zeros of a run that isn't written yet.
    zeros: u32,
    /// Ones that wait for the next residual to say whether one more follows.
    ones: u32,
    /// A zero that ends the ones, kept back while the next residual may use it.
    zero_held: bool,
    /// Offset and sign of the last residual, behind the unary number.
    rest: u32,
    rest_bits: u32,
}

/// `value` in plain binary but for its leading one, behind its length in ones.
fn put_counted(bits: &mut Bits, value: u32) {
    let length = 32 - value.leading_zeros();
    bits.put(((1u64 << length) - 1) as u32, length);
    bits.put(0, 1);
    if length > 1 {
        bits.put(value & ((1 << (length - 1)) - 1), length - 1);
    }
}

#[inline]
fn raise(medians: &mut Medians, which: usize) {
    medians[which] += (medians[which] + DIVISORS[which]) / DIVISORS[which] * 5;
}

#[inline]
fn lower(medians: &mut Medians, which: usize) {
    medians[which] -= (medians[which] + DIVISORS[which] - 2) / DIVISORS[which] * 2;
}

impl Words {
    /// Starts from medians that a decoder was told.
    pub fn new(medians: [Medians; 2]) -> Words {
        Words { medians, bits: Bits::default(), zeros: 0, ones: 0, zero_held: false, rest: 0, rest_bits: 0 }
    }

    /// Appends the next residual of a channel.
    #[inline]
    pub fn put(&mut self, channel: usize, residual: i32) {
        if self.medians[0][0] < 2 && self.medians[1][0] < 2 && !self.zero_held && self.in_run(residual) {
            return;
        }
        let magnitude = (residual ^ (residual >> 31)) as u32;
        let (zone, offset, width) = place(&mut self.medians[channel], magnitude);
        if self.zero_held {
            self.ones += u32::from(zone > 0);
            self.flush();
            self.zero_held = zone > 0;
            self.ones = zone.saturating_sub(1) * 2;
        } else {
            self.zero_held = true;
            self.ones = zone * 2;
        }
        self.put_rest(offset, width, residual < 0);
        if !self.zero_held {
            self.flush();
        }
    }

    /// Where both medians are next to nothing, zeros are counted. Whether the residual was a zero and is done with.
    fn in_run(&mut self, residual: i32) -> bool {
        if residual == 0 {
            if self.zeros == 0 {
                self.medians = Default::default();
            }
            self.zeros += 1;
            return true;
        }
        if self.zeros > 0 {
            self.flush();
        } else {
            self.bits.put(0, 1);
        }
        false
    }

    /// An offset below `width` in as few bits as its truncated binary code has, and the sign.
    #[inline]
    fn put_rest(&mut self, offset: u32, width: u32, negative: bool) {
        let length = 32 - (width - 1).leading_zeros();
        let short = (1u32 << length) - width;
        let sign = u32::from(negative);
        if length == 0 {
            (self.rest, self.rest_bits) = (sign, 1);
        } else if offset < short {
            (self.rest, self.rest_bits) = (offset | sign << (length - 1), length);
        } else {
            let code = offset + short;
            let turned = code >> 1 | (code & 1) << (length - 1);
            (self.rest, self.rest_bits) = (turned | sign << length, length + 1);
        }
    }

    #[inline]
    fn flush(&mut self) {
        if self.zeros > 0 {
            put_counted(&mut self.bits, self.zeros);
            self.zeros = 0;
        }
        if self.ones >= MAX_ONES {
            self.bits.put((1 << MAX_ONES) - 1, MAX_ONES + 1);
            let more = self.ones - MAX_ONES;
            if more > 0 {
                put_counted(&mut self.bits, more)
            } else {
                self.bits.put(0, 1)
            }
            self.zero_held = false;
        } else if self.ones > 0 {
            self.bits.put((1 << self.ones) - 1, self.ones);
        }
        self.ones = 0;
        if self.zero_held {
            self.bits.put(0, 1);
            self.zero_held = false;
        }
        self.bits.put(self.rest, self.rest_bits);
        (self.rest, self.rest_bits) = (0, 0);
    }

    /// The bitstream, and the medians as they are now.
    pub fn finish(mut self) -> (Vec<u8>, [Medians; 2]) {
        self.flush();
        (self.bits.finish(), self.medians)
    }
}

/// The zone that a magnitude falls into, its offset there and the zone's width; the medians learn of it.
#[inline]
fn place(medians: &mut Medians, magnitude: u32) -> (u32, u32, u32) {
    let widths = medians.map(|m| (m >> 4) + 1);
    if magnitude < widths[0] {
        lower(medians, 0);
        return (0, magnitude, widths[0]);
    }
    raise(medians, 0);
    let above = magnitude - widths[0];
    if above < widths[1] {
        lower(medians, 1);
        return (1, above, widths[1]);
    }
    raise(medians, 1);
    let above = above - widths[1];
    if above < widths[2] {
        lower(medians, 2);
        return (2, above, widths[2]);
    }
    raise(medians, 2);
    (2 + above / widths[2], above % widths[2], widths[2])
}

/// The medians as a block keeps them, and what a decoder makes of that.
pub fn stored(medians: &[Medians]) -> (Vec<u8>, [Medians; 2]) {
    let codes = |m: &u32| logs::code((*m).min(i32::MAX as u32) as i32);
    let bytes = medians.iter().flatten().flat_map(|m| codes(m).to_le_bytes()).collect();
    let mut restored = [Medians::default(); 2];
    for (to, from) in restored.iter_mut().zip(medians) {
        *to = from.map(|m| logs::value(codes(&m)) as u32);
    }
    (bytes, restored)
}
