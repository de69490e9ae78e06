//! A reader of bits, least significant first.

use crate::{Error, Result};

/// Bits of a slice.
pub struct Bits<'a> {
    rest: &'a [u8],
    pending: u64,
    pending_bits: u32,
}

impl<'a> Bits<'a> {
    /// From the first bit of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits { rest: bytes, pending: 0, pending_bits: 0 }
    }

    /// The next `bits` (at most 32) as a number. `Malformed` past the end.
    #[inline]
    pub fn take(&mut self, bits: u32) -> Result<u32> {
        while self.pending_bits < bits {
            let (&byte, rest) = self
                .rest
                .split_first()
                .ok_or_else(|| Error::Malformed("a WavPack block ends inside its samples".into()))?;
            self.rest = rest;
            self.pending |= u64::from(byte) << self.pending_bits;
            self.pending_bits += 8;
        }
        let taken = self.pending & ((1 << bits) - 1);
        self.pending >>= bits;
        self.pending_bits -= bits;
        Ok(taken as u32)
    }

    /// Whether the next bit is set.
    #[inline]
    pub fn one(&mut self) -> Result<bool> {
        Ok(self.take(1)? != 0)
    }
}
