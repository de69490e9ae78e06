//! Floats as WavPack keeps them: a block's floats become integers of at most 25 bits on a common exponent, and what that
//! loses goes to a second bitstream, so that every bit pattern comes back, negative zeros and NaNs too.

use super::bits::Bits;

/// The exponent of infinities and NaNs.
const EXCEPTION: i32 = 255;
/// What an exception is as an integer.
const EXCEPTION_VALUE: i32 = 1 << 24;
const IMPLIED_ONE: i32 = 1 << 23;
const MANTISSA_BITS: u32 = 23;
const EXPONENT_BITS: u32 = 8;
/// From this shift on nothing of a mantissa is left.
const MAX_SHIFT: i32 = 25;
/// The exponent of ±1.0, to which the file says its floats are normalised.
const NORMAL_EXPONENT: u8 = 127;

const SHIFT_ONES: u8 = 1;
const SHIFT_SAME: u8 = 2;
const SHIFT_SENT: u8 = 4;
const ZEROS_SENT: u8 = 8;
const NEGATIVE_ZEROS: u8 = 0x10;
const EXCEPTIONS: u8 = 0x20;

/// The floats of a block as integers, channel by channel, and what a decoder needs to make floats of them again.
pub struct Integers {
    /// One vector for each channel.
    pub channels: Vec<Vec<i32>>,
    /// The body of the block's float information.
    pub info: [u8; 4],
    /// What the integers lack; empty where they lack nothing.
    pub rest: Vec<u8>,
    /// The checksum of the floats.
    pub crc: u32,
}

/// One float taken apart.
#[derive(Clone, Copy)]
struct Parts {
    mantissa: i32,
    exponent: i32,
    negative: bool,
}

fn parts(float: f32) -> Parts {
    let bits = float.to_bits();
    Parts { mantissa: (bits & 0x7F_FFFF) as i32, exponent: (bits >> 23 & 0xFF) as i32, negative: bits >> 31 != 0 }
}

impl Parts {
    /// The integer before its sign, and how many of its mantissa's bits were shifted out.
    fn integer(self, max_exponent: i32) -> (i32, i32) {
        let (value, shift) = match self.exponent {
            EXCEPTION => return (EXCEPTION_VALUE, 0),
            0 => (self.mantissa, (max_exponent - 1).max(0)),
            exponent => (IMPLIED_ONE + self.mantissa, max_exponent - exponent),
        };
        (if shift < MAX_SHIFT { value >> shift } else { 0 }, shift)
    }

    fn lost(self, shift: i32) -> i32 {
        self.mantissa & ((1i64 << shift) - 1) as i32
    }
}

/// The exponent on which the loudest float of the block has 24 bits, or one more where it would round up.
fn common_exponent(floats: impl Iterator<Item = f32>) -> i32 {
    let magnitudes = floats.map(|f| f.to_bits() & 0x7FFF_FFFF).filter(|m| m >> MANTISSA_BITS < EXCEPTION as u32);
    match magnitudes.max().unwrap_or(0) {
        m if m >> MANTISSA_BITS == 0 => 0,
        m => ((m + 0x7F_0000) >> MANTISSA_BITS) as i32,
    }
}

/// What the shifts of a block have in common.
#[derive(Default)]
struct Scan {
    flags: u8,
    any: i32,
    zeros: bool,
    ones: bool,
    mixed: bool,
}

impl Scan {
    fn take(&mut self, parts: Parts, max_exponent: i32) -> i32 {
        let (value, shift) = parts.integer(max_exponent);
        if parts.exponent == EXCEPTION {
            self.flags |= EXCEPTIONS;
        }
        if value == 0 {
            if parts.exponent != 0 || parts.mantissa != 0 {
                self.flags |= ZEROS_SENT;
            } else if parts.negative {
                self.flags |= ZEROS_SENT | NEGATIVE_ZEROS;
            }
        } else if shift > 0 {
            match parts.lost(shift) {
                0 => self.zeros = true,
                lost if lost == (1 << shift) - 1 => self.ones = true,
                _ => self.mixed = true,
            }
        }
        self.any |= value;
        if parts.negative { -value } else { value }
    }

    /// Decides how the bits that were shifted out are told; returns by how much all integers can be shifted further.
    fn decide(&mut self) -> u32 {
        match (self.mixed, self.ones, self.zeros) {
            (true, ..) => self.flags |= SHIFT_SENT,
            (_, true, true) => self.flags |= SHIFT_SAME,
            (_, true, false) => self.flags |= SHIFT_ONES,
            _ if self.any != 0 => return self.any.trailing_zeros(),
            _ => {}
        }
        0
    }

    /// Appends what the integer of a float lacks.
    fn put_rest(&self, bits: &mut Bits, parts: Parts, max_exponent: i32) {
        let (value, shift) = parts.integer(max_exponent);
        let put_mantissa = |bits: &mut Bits| {
            bits.put(1, 1);
            bits.put(parts.mantissa as u32, MANTISSA_BITS);
        };
        if parts.exponent == EXCEPTION {
            if parts.mantissa != 0 { put_mantissa(bits) } else { bits.put(0, 1) }
        }
        if value == 0 && self.flags & ZEROS_SENT != 0 {
            if parts.exponent != 0 || parts.mantissa != 0 {
                put_mantissa(bits);
                if max_exponent >= MAX_SHIFT {
                    bits.put(parts.exponent as u32, EXPONENT_BITS);
                }
                bits.put(u32::from(parts.negative), 1);
            } else {
                bits.put(0, 1);
                if self.flags & NEGATIVE_ZEROS != 0 {
                    bits.put(u32::from(parts.negative), 1);
                }
            }
        } else if value != 0 && shift > 0 {
            if self.flags & SHIFT_SENT != 0 {
                bits.put(parts.lost(shift) as u32, shift as u32);
            } else if self.flags & SHIFT_SAME != 0 {
                bits.put(parts.mantissa as u32 & 1, 1);
            }
        }
    }
}

/// Makes integers of the floats of a block, one or two channels.
pub fn integers(channels: &[Vec<f32>]) -> Integers {
    let max_exponent = common_exponent(channels.iter().flatten().copied());
    let mut scan = Scan::default();
    let take =
        |scan: &mut Scan, channel: &Vec<f32>| channel.iter().map(|&f| scan.take(parts(f), max_exponent)).collect();
    let mut made: Vec<Vec<i32>> = channels.iter().map(|channel| take(&mut scan, channel)).collect();
    let shift = scan.decide();
    made.iter_mut().flatten().for_each(|value| *value >>= shift);
    let (mut bits, mut crc) = (Bits::default(), u32::MAX);
    let frames = channels.first().map_or(0, Vec::len);
    for parts in (0..frames).flat_map(|frame| channels.iter().map(move |c| parts(c[frame]))) {
        let sum = parts.mantissa as u32 * 9 + parts.exponent as u32 * 3 + u32::from(parts.negative);
        crc = crc.wrapping_mul(27).wrapping_add(sum);
        scan.put_rest(&mut bits, parts, max_exponent);
    }
    let rest = if bits.is_empty() { Vec::new() } else { bits.finish() };
    Integers { channels: made, info: [scan.flags, shift as u8, max_exponent as u8, NORMAL_EXPONENT], rest, crc }
}
