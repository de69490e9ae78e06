//! Frames of layer III (11172-3 §2.4.1, 13818-3 §2.4.1): headers, lengths, and which bytes of a frame nothing refers to.

use crate::pcm::Spec;

/// Bit rates by index, kbit/s.
const MPEG1_KBPS: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_KBPS: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG1_RATES_HZ: [u32; 3] = [44_100, 48_000, 32_000];

/// Bytes of a header.
pub const HEADER_BYTES: usize = 4;
/// Bits of the side information of one granule of one channel, and those of its first field, part2_3_length.
const MPEG1_GRANULE_BITS: usize = 59;
const MPEG2_GRANULE_BITS: usize = 63;
const LENGTH_BITS: usize = 12;

/// The words of a frame header that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    mpeg1: bool,
    mono: bool,
    kbps: u32,
    rate_hz: u32,
    padding: bool,
}

fn index_of<T: PartialEq>(table: &[T], value: &T) -> u8 {
    table.iter().position(|v| v == value).unwrap_or(0) as u8
}

impl Header {
    /// A frame of such samples without padding.
    pub fn new(spec: &Spec, kbps: u32) -> Header {
        Header { mpeg1: is_mpeg1(spec), mono: spec.channels == 1, kbps, rate_hz: spec.rate_hz, padding: false }
    }

    /// The header that a frame begins with; `None` if none does.
    pub fn parse(frame: &[u8]) -> Option<Header> {
        let &[sync, version, rates, mode] = frame.first_chunk()?;
        if sync != 0xFF || version & 0xE6 != 0xE2 || version >> 3 & 3 < 2 {
            return None;
        }
        let mpeg1 = version >> 3 & 3 == 3;
        let kbps = *bit_rates(mpeg1).get(usize::from(rates >> 4)).filter(|&&k| k > 0)?;
        let rate_hz = MPEG1_RATES_HZ.get(usize::from(rates >> 2 & 3))? / if mpeg1 { 1 } else { 2 };
        Some(Header { mpeg1, mono: mode >> 6 == 3, kbps, rate_hz, padding: rates & 2 != 0 })
    }

    /// Bytes of the frame.
    pub fn frame_bytes(&self) -> usize {
        let factor = if self.mpeg1 { 144_000 } else { 72_000 };
        (factor * self.kbps / self.rate_hz) as usize + usize::from(self.padding)
    }

    /// Bytes of the side information after the header.
    pub fn side_info_bytes(&self) -> usize {
        match (self.mpeg1, self.mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        }
    }

    /// Joint stereo or mono, "original", no checksum.
    pub fn bytes(&self) -> [u8; HEADER_BYTES] {
        let base_rate_hz = self.rate_hz * if self.mpeg1 { 1 } else { 2 };
        [
            0xFF,
            if self.mpeg1 { 0xFB } else { 0xF3 },
            index_of(bit_rates(self.mpeg1), &self.kbps) << 4 | index_of(&MPEG1_RATES_HZ, &base_rate_hz) << 2,
            if self.mono { 0xC4 } else { 0x44 },
        ]
    }
}

fn bit_rates(mpeg1: bool) -> &'static [u32; 15] {
    if mpeg1 { &MPEG1_KBPS } else { &MPEG2_KBPS }
}

/// Whether such samples are coded by MPEG-1; otherwise MPEG-2.
pub fn is_mpeg1(spec: &Spec) -> bool {
    spec.rate_hz >= 32_000
}

/// The frame at the lowest bit rate that holds what is its own: for the last frame before a cut, whose remaining bytes no
/// later frame will use. A frame that is none comes back as it is.
pub fn without_slack(frame: &[u8]) -> Vec<u8> {
    let mut short = frame.to_vec();
    let Some(header) = Header::parse(frame) else { return short };
    let Some(side_info) = frame.get(HEADER_BYTES..HEADER_BYTES + header.side_info_bytes()) else { return short };
    let needed = HEADER_BYTES + side_info.len() + own_bytes(&header, side_info);
    let fits = |&&kbps: &&u32| kbps > 0 && Header { kbps, ..header }.frame_bytes() >= needed;
    if let Some(&kbps) = bit_rates(header.mpeg1).iter().find(fits) {
        let lower = Header { kbps, ..header };
        short[2] = index_of(bit_rates(header.mpeg1), &kbps) << 4 | short[2] & 0x0F;
        short.truncate(lower.frame_bytes());
    }
    short
}

/// Bytes of main data that lie in the frame itself, not in the ones before it.
fn own_bytes(header: &Header, side_info: &[u8]) -> usize {
    let bits = |from: usize, count: usize| {
        let bit = |i: usize| usize::from(side_info[i / 8] >> (7 - i % 8) & 1);
        (from..from + count).fold(0, |number, i| number << 1 | bit(i))
    };
    // main_data_begin, private bits and, in MPEG-1, scfsi stand before the granules.
    let (begin, first, parts, part_bits) = match (header.mpeg1, header.mono) {
        (true, false) => (bits(0, 9), 9 + 3 + 8, 4, MPEG1_GRANULE_BITS),
        (true, true) => (bits(0, 9), 9 + 5 + 4, 2, MPEG1_GRANULE_BITS),
        (false, false) => (bits(0, 8), 8 + 2, 2, MPEG2_GRANULE_BITS),
        (false, true) => (bits(0, 8), 8 + 1, 1, MPEG2_GRANULE_BITS),
    };
    let used_bits: usize = (0..parts).map(|n| bits(first + n * part_bits, LENGTH_BITS)).sum();
    used_bits.div_ceil(8).saturating_sub(begin)
}
