//! Fill elements (ISO/IEC 14496-3 §4.4.2.7, tables 4.11 and 4.57): a packet is made longer, to a wanted length, without
//! a change of what it decodes to.

use crate::{Error, Result};

/// Syntactic elements of three bits: fill, and the end of a packet.
const ID_FILL: u32 = 6;
const ID_END: u32 = 7;
/// Longest payload whose length fits into a fill element's four bits without their escape.
const MAX_FILL_BYTES: usize = 14;
/// Bits of an empty fill element.
const FILL_HEAD_BITS: usize = 7;
/// What the standard fills with, after a byte of extension type 0.
const FILL_BYTE: u32 = 0xA5;

/// Makes `packet` exactly `bytes` long. A packet that is longer already is refused.
pub fn fill(packet: &mut Vec<u8>, bytes: usize) -> Result<()> {
    if packet.len() == bytes {
        return Ok(());
    }
    let end = last_bit(packet).filter(|end| *end >= 3 && packet.len() < bytes);
    let end = end.ok_or_else(|| Error::Encoder(format!("a packet of {} bytes instead of {bytes}", packet.len())))?;
    // The last bit that is set closes the three of the end element; behind it is only alignment.
    let mut writer = Writer { packet, bits: end - 3 };
    writer.packet.truncate(end.div_ceil(8));
    writer.packet.resize(bytes, 0);
    let mut free_bits = bytes * 8 - end;
    while free_bits >= FILL_HEAD_BITS {
        let payload = ((free_bits - FILL_HEAD_BITS) / 8).min(MAX_FILL_BYTES);
        writer.put(ID_FILL, 3);
        writer.put(payload as u32, 4);
        for number in 0..payload {
            writer.put(if number == 0 { 0 } else { FILL_BYTE }, 8);
        }
        free_bits -= FILL_HEAD_BITS + 8 * payload;
    }
    writer.put(ID_END, 3);
    writer.put(0, free_bits);
    Ok(())
}

/// Bits up to and with the last one that is set.
fn last_bit(packet: &[u8]) -> Option<usize> {
    let last = packet.iter().rposition(|&b| b != 0)?;
    Some(last * 8 + 8 - packet[last].trailing_zeros() as usize)
}

/// Writes bits over those of a packet that is long enough.
struct Writer<'a> {
    packet: &'a mut Vec<u8>,
    bits: usize,
}

impl Writer<'_> {
    fn put(&mut self, value: u32, bits: usize) {
        for bit in (0..bits).rev() {
            let (byte, mask) = (&mut self.packet[self.bits / 8], 0x80 >> (self.bits % 8));
            if value >> bit & 1 != 0 {
                *byte |= mask
            } else {
                *byte &= !mask
            }
            self.bits += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_grows_to_any_length_and_ends_in_an_end_element() {
        for alignment in 0..8 {
            let mut short = vec![0b0101_0101, 0b1101_0111, 0];
            let bits = 16 + 3 - alignment;
            // Three bits that are set, then `alignment` zeros.
            short[1] = 0xA0;
            short[2] = 0;
            let mut writer = Writer { packet: &mut short, bits: bits - 3 };
            writer.put(ID_END, 3);
            short.truncate(bits.div_ceil(8));
            let before = short.len();
            for bytes in before..before + 40 {
                let mut packet = short.clone();
                fill(&mut packet, bytes).expect("room");
                assert_eq!(packet.len(), bytes);
                let mut reader = Reader { packet: &packet, bits: bits - 3 };
                while reader.take(3) == ID_FILL {
                    let payload = reader.take(4);
                    (0..payload).for_each(|n| assert_eq!(reader.take(8), if n == 0 { 0 } else { FILL_BYTE }));
                }
                assert_eq!(reader.bits.div_ceil(8), bytes, "the end element lies in the last byte");
                assert_eq!(packet[0], short[0], "what was there stays");
            }
        }
    }

    #[test]
    fn a_packet_that_is_too_long_or_empty_is_refused() {
        assert!(fill(&mut vec![0xE0, 0xE0], 1).is_err());
        assert!(fill(&mut vec![0, 0], 3).is_err());
    }

    struct Reader<'a> {
        packet: &'a [u8],
        bits: usize,
    }

    impl Reader<'_> {
        fn take(&mut self, bits: usize) -> u32 {
            (0..bits).fold(0, |value, _| {
                let bit = self.packet[self.bits / 8] >> (7 - self.bits % 8) & 1;
                self.bits += 1;
                value << 1 | u32::from(bit)
            })
        }
    }
}
