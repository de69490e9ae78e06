//! Floats from the integers of a block and the bitstream of what those lack.

use super::bits::Bits;
use crate::{Error, Result};

const SHIFT_ONES: u8 = 1;
const SHIFT_SAME: u8 = 2;
const SHIFT_SENT: u8 = 4;
const ZEROS_SENT: u8 = 8;
const NEGATIVE_ZEROS: u8 = 0x10;
/// Flags of what stands in the second bitstream.
const NEEDS_REST: u8 = SHIFT_SAME | SHIFT_SENT | ZEROS_SENT | 0x20;
const EXCEPTION_VALUE: u32 = 1 << 24;
const IMPLIED_ONE: u32 = 1 << 23;
const MANTISSA_BITS: u32 = 23;
/// From this exponent on the exponents of small numbers are told.
const TOLD_EXPONENTS: u32 = 25;

/// How the floats of a block were made integers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Info {
    flags: u8,
    shift: u32,
    max_exponent: u32,
}

impl Info {
    /// From the body of a block's float information.
    pub fn parse(body: &[u8]) -> Result<Info> {
        match *body {
            [flags, shift, max_exponent, _] if shift < 32 => {
                Ok(Info { flags, shift: u32::from(shift), max_exponent: u32::from(max_exponent) })
            }
            _ => Err(Error::Malformed("a WavPack block's float information".into())),
        }
    }

    fn float(&self, value: i32, rest: &mut Bits) -> Result<u32> {
        if value == 0 {
            return self.small(rest);
        }
        let sign = u32::from(value < 0) << 31;
        let mut mantissa = value.unsigned_abs().wrapping_shl(self.shift);
        if mantissa == EXCEPTION_VALUE {
            let told = if rest.one()? { rest.take(MANTISSA_BITS)? } else { 0 };
            return Ok(sign | 0xFF << MANTISSA_BITS | told);
        }
        if mantissa > EXCEPTION_VALUE {
            return Err(Error::Malformed("a float in a WavPack block".into()));
        }
        let (mut exponent, mut shift) = (self.max_exponent, 0);
        while exponent > 0 && mantissa & IMPLIED_ONE == 0 {
            exponent -= 1;
            if exponent > 0 {
                shift += 1;
                mantissa <<= 1;
            }
        }
        if shift > 0 {
            let ones = (1u32 << shift) - 1;
            if self.flags & SHIFT_ONES != 0 || self.flags & SHIFT_SAME != 0 && rest.one()? {
                mantissa |= ones;
            } else if self.flags & SHIFT_SENT != 0 {
                mantissa |= rest.take(shift)? & ones;
            }
        }
        Ok(sign | exponent << MANTISSA_BITS | mantissa & (IMPLIED_ONE - 1))
    }

    /// What became the integer 0: nothing, or a number too small for it.
    fn small(&self, rest: &mut Bits) -> Result<u32> {
        if self.flags & ZEROS_SENT == 0 {
            return Ok(0);
        }
        if rest.one()? {
            let mut float = rest.take(MANTISSA_BITS)?;
            if self.max_exponent >= TOLD_EXPONENTS {
                float |= rest.take(8)? << MANTISSA_BITS;
            }
            return Ok(float | rest.take(1)? << 31);
        }
        Ok(if self.flags & NEGATIVE_ZEROS != 0 { rest.take(1)? << 31 } else { 0 })
    }

    /// The bits of all floats, in the order of the integers. `rest` begins with the checksum.
    pub fn floats(&self, values: impl Iterator<Item = i32>, rest: &[u8]) -> Result<Vec<f32>> {
        let (crc_told, bits) = match rest.split_at_checked(4) {
            Some((crc, bits)) => (Some(u32::from_le_bytes([crc[0], crc[1], crc[2], crc[3]])), bits),
            None if self.flags & NEEDS_REST != 0 => {
                return Err(Error::NotLossless("WavPack floats without their lower bits".into()));
            }
            None => (None, rest),
        };
        let (mut bits, mut crc, mut floats) = (Bits::new(bits), u32::MAX, Vec::new());
        for value in values {
            let float = self.float(value, &mut bits)?;
            let sum = (float & (IMPLIED_ONE - 1)) * 9 + (float >> MANTISSA_BITS & 0xFF) * 3 + (float >> 31);
            crc = crc.wrapping_mul(27).wrapping_add(sum);
            floats.push(f32::from_bits(float));
        }
        if crc_told.is_some_and(|told| told != crc) {
            return Err(Error::Malformed("the floats of a WavPack block do not match its checksum".into()));
        }
        Ok(floats)
    }
}
