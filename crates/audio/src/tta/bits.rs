//! A writer of bits, least significant first, and the checksum that ends everything in a True Audio file.

/// The bytes with their checksum behind them.
pub fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

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

    /// Appends so many ones and a zero.
    #[inline]
    pub fn unary(&mut self, mut ones: u32) {
        while ones > 31 {
            self.put(u32::MAX, 32);
            ones -= 32;
        }
        self.put((1 << ones) - 1, ones + 1);
    }

    /// Whole bytes written.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, the last filled up with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        let rest = self.pending_bits.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.pending.to_le_bytes()[..rest]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, checked};

    #[test]
    fn the_checksum_of_the_usual_nine_digits_is_the_usual_one() {
        assert_eq!(checked(b"123456789".to_vec())[9..], 0xCBF4_3926u32.to_le_bytes());
    }

    #[test]
    fn bits_come_out_in_order_across_words_and_are_filled_with_zeros() {
        let mut bits = Bits::default();
        bits.put(0b101, 3);
        bits.put(0xDEAD_BEEF, 32);
        bits.unary(2);
        assert_eq!(bits.finish(), [0x7D, 0xF7, 0x6D, 0xF5, 0x1E]);
        let mut bits = Bits::default();
        bits.unary(31);
        bits.unary(64);
        bits.unary(0);
        let ones = |n: usize| vec![0xFF; n];
        assert_eq!(bits.finish(), [ones(3), vec![0x7F], ones(8), vec![0]].concat());
    }
}
