//! A writer of bits, most significant first.

/// Bits in a growing buffer.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, right-justified; fewer than 32.
    pending: u64,
    pending_bits: u32,
}

impl Bits {
    /// With room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Bits {
        Bits { bytes: Vec::with_capacity(bytes), pending: 0, pending_bits: 0 }
    }

    /// Appends the low `bits` (at most 32) of `value`.
    #[inline]
    pub fn put(&mut self, value: u32, bits: u32) {
        let masked = u64::from(value) & ((1 << bits) - 1);
        self.pending = self.pending << bits | masked;
        self.pending_bits += bits;
        if self.pending_bits >= 32 {
            self.pending_bits -= 32;
            let whole = (self.pending >> self.pending_bits) as u32;
            self.bytes.extend_from_slice(&whole.to_be_bytes());
        }
    }

    /// Bits written.
    pub fn len(&self) -> usize {
        self.bytes.len() * 8 + self.pending_bits as usize
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        (self.pending, self.pending_bits) = (0, 0);
    }

    /// The bytes, the last filled with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        while self.pending_bits > 0 {
            let bits = self.pending_bits.min(8);
            let byte = (self.pending >> (self.pending_bits - bits)) as u8;
            self.bytes.push(byte << (8 - bits));
            self.pending_bits -= bits;
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bits_come_out_in_order_across_words() {
        let mut bits = Bits::default();
        bits.put(1, 1);
        bits.put(0b101, 3);
        bits.put(0xDEAD_BEEF, 32);
        assert_eq!(bits.len(), 36);
        assert_eq!(bits.finish(), [0xDD, 0xEA, 0xDB, 0xEE, 0xF0]);
    }
}
