//! WavPack blocks made out of the fuzzer's bytes: bodies whose sub-blocks are whole, and blocks of our own encoder with a
//! part that the checksum does not cover replaced.

use arbitrary::Arbitrary;

/// Bytes of a block's header.
const HEADER_BYTES: usize = 32;
/// Sub-blocks that a decoder reads and the checksum of the samples does not cover by itself.
const KINDS: [u8; 12] = [0x02, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x25, 0x26, 0x27];

/// Cuts the bytes into blocks with right lengths, so that the reader gets past their headers.
pub fn whole_blocks(bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    let (mut at, mut frame) = (0, 0u32);
    while at + HEADER_BYTES <= file.len() {
        let stated = usize::from(u16::from_le_bytes([file[at + 4], file[at + 5]]));
        let length = (stated + 8).clamp(HEADER_BYTES, file.len() - at);
        let header = &mut file[at..at + HEADER_BYTES];
        header[..4].copy_from_slice(b"wvpk");
        header[4..8].copy_from_slice(&((length - 8) as u32).to_le_bytes());
        header[8..10].copy_from_slice(&0x410u16.to_le_bytes());
        header[16..20].copy_from_slice(&frame.to_le_bytes());
        header[22..24].fill(0);
        if header[25] & 0x08 != 0 {
            frame += u32::from(u16::from_le_bytes([header[20], header[21]]));
        }
        at += length;
    }
    file
}

/// A sub-block of another body.
#[derive(Debug, Arbitrary)]
pub struct Replaced {
    kind: u8,
    body: Vec<u8>,
    /// Bits that are turned over in the header's flags.
    flags: u32,
}

impl Replaced {
    /// A file of blocks with this sub-block in the place of theirs, or as a new one.
    pub fn into(self, file: &[u8]) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        while file.get(at..at + 4) == Some(b"wvpk") {
            let length = u32::from_le_bytes([file[at + 4], file[at + 5], file[at + 6], file[at + 7]]) as usize + 8;
            out.extend(self.block(&file[at..at + length]));
            at += length;
        }
        out.extend(&file[at..]);
        out
    }

    fn block(&self, block: &[u8]) -> Vec<u8> {
        let kind = KINDS[usize::from(self.kind) % KINDS.len()];
        let mut made = block[..HEADER_BYTES].to_vec();
        made.iter_mut().skip(24).zip(self.flags.to_le_bytes()).take(4).for_each(|(byte, turned)| *byte ^= turned);
        let mut body = &block[HEADER_BYTES..];
        while let [id, ..] = body {
            let large = id & 0x80 != 0;
            let words = match (large, body) {
                (true, [_, a, b, c, ..]) => usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16,
                (_, [_, a, ..]) => usize::from(*a),
                _ => 0,
            };
            let (this, rest) = body.split_at(if large { 4 } else { 2 } + words * 2);
            if id & 0x3F != kind {
                made.extend(this);
            }
            body = rest;
        }
        let words = self.body.len().div_ceil(2).min(255);
        made.extend([kind | if self.body.len() % 2 == 1 { 0x40 } else { 0 }, words as u8]);
        made.extend(self.body.iter().copied().chain([0]).take(words * 2));
        let counted = (made.len() - 8) as u32;
        made[4..8].copy_from_slice(&counted.to_le_bytes());
        made
    }
}
