//! A writer of bits, least significant first, as WavPack's bitstreams want them.

/// Bits in a growing buffer.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, right-justified; fewer than 32.
    pending: u64,
    pending_bits: u32,
}

impl Bits {
    /// Appends the low `bits` (at most 32) of `value`, whose other bits are zero.
    #[inline]
    pub fn put(&mut self, value: u32, bits: u32) {
        self.pending |= u64::from(value) << self.pending_bits;
        self.pending_bits += bits;
        if self.pending_bits >= 32 {
            self.bytes.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.pending_bits -= 32;
        }
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.pending_bits == 0
    }

    /// The bytes, an even number of them, filled up with ones.
    pub fn finish(mut self) -> Vec<u8> {
        while self.pending_bits > 0 {
            let filled = self.pending as u32 | u32::MAX.checked_shl(self.pending_bits).unwrap_or(0);
            self.bytes.push(filled as u8);
            self.pending >>= 8;
            self.pending_bits = self.pending_bits.saturating_sub(8);
        }
        if self.bytes.len() % 2 == 1 {
            self.bytes.push(0xFF);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bits_come_out_in_order_across_words_and_are_filled_with_ones() {
        let mut bits = Bits::default();
        bits.put(0b101, 3);
        bits.put(0xDEAD_BEEF, 32);
        bits.put(0, 2);
        assert_eq!(bits.finish(), [0x7D, 0xF7, 0x6D, 0xF5, 0xE6, 0xFF]);
    }
}
