//! Ogg pages (RFC 3533). Header packets always take the same number of pages, whatever the tags, so that the pages of the
//! audio have numbers that depend on the audio alone. And what Vorbis and Opus share: the order of channels.

use crate::codec::BodySink;
use crate::{Error, Result};

/// Pages of the header packets after the first (comment, and Vorbis' setup).
pub const COMMENT_PAGES: u32 = 10;
/// Number of the first page with audio: one page of identification before the comment pages.
pub const FIRST_AUDIO_PAGE: u32 = 1 + COMMENT_PAGES;
/// Lacing values of one page.
pub const MAX_LACING_VALUES: usize = 255;
/// Bytes of a page header without its lacing values.
pub const PAGE_HEADER_BYTES: u64 = 27;

const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;
/// Granule position of a page on which no packet ends.
const NO_POSITION: u64 = u64::MAX;

static CRC: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 != 0 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
}

fn crc(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |crc, byte| crc << 8 ^ CRC[usize::from((crc >> 24) as u8 ^ byte)])
}

/// Lacing values that a packet takes.
pub fn lacing_values(packet_bytes: usize) -> usize {
    packet_bytes / 255 + 1
}

fn lacing(packet_bytes: usize) -> impl Iterator<Item = u8> {
    std::iter::repeat_n(255, packet_bytes / 255).chain([(packet_bytes % 255) as u8])
}

/// Header and lacing values of a page with such a body, its checksum included (RFC 3533 §6).
fn header(flags: u8, granule: u64, serial: u32, number: u32, lacing: &[u8], body: &[u8]) -> Vec<u8> {
    let mut header = b"OggS\0".to_vec();
    header.push(flags);
    header.extend(granule.to_le_bytes());
    header.extend(serial.to_le_bytes());
    header.extend(number.to_le_bytes());
    header.extend([0; 4]);
    header.push(lacing.len() as u8);
    header.extend(lacing);
    let sum = crc(crc(0, &header), body);
    header[22..26].copy_from_slice(&sum.to_le_bytes());
    header
}

/// The pages of all header packets: the first alone on the first page, the others spread over `COMMENT_PAGES` pages.
pub fn header_pages(serial: u32, identification: &[u8], others: &[Vec<u8>]) -> Result<Vec<u8>> {
    let first_lacing: Vec<u8> = lacing(identification.len()).collect();
    let mut out = header(FIRST, 0, serial, 0, &first_lacing, identification);
    out.extend(identification);
    let body: Vec<u8> = others.concat();
    let lacing: Vec<u8> = others.iter().flat_map(|p| lacing(p.len())).collect();
    let pages = COMMENT_PAGES as usize;
    if lacing.len() < pages || lacing.len() > pages * MAX_LACING_VALUES {
        return Err(Error::Limit { name: "COMMENT_PAGES", limit: u64::from(COMMENT_PAGES) });
    }
    let (mut at, mut inside_packet) = (0, false);
    for page in 0..pages {
        let values = &lacing[lacing.len() * page / pages..lacing.len() * (page + 1) / pages];
        let bytes: usize = values.iter().map(|&v| usize::from(v)).sum();
        let granule = if values.iter().any(|&v| v < 255) { 0 } else { NO_POSITION };
        let flags = if inside_packet { CONTINUED } else { 0 };
        let part = &body[at..at + bytes];
        out.extend(header(flags, granule, serial, page as u32 + 1, values, part));
        out.extend(part);
        at += bytes;
        inside_packet = values.last() == Some(&255);
    }
    Ok(out)
}

/// For each channel of a Vorbis stream the place of that channel in WAVE_FORMAT_EXTENSIBLE order (Vorbis I §4.3.9;
/// RFC 7845 §5.1.1.2 takes the same order for Opus). Empty: the order of so many channels is not defined.
pub fn channel_order(channels: u8) -> &'static [usize] {
    match channels {
        1 => &[0],
        2 => &[0, 1],
        // Left, centre, right; then the rears or the sides, the rears, and the LFE last.
        3 => &[0, 2, 1],
        4 => &[0, 1, 2, 3],
        5 => &[0, 2, 1, 3, 4],
        6 => &[0, 2, 1, 4, 5, 3],
        7 => &[0, 2, 1, 5, 6, 4, 3],
        8 => &[0, 2, 1, 6, 7, 4, 5, 3],
        _ => &[],
    }
}

/// Gathers whole packets into one page and writes it.
pub struct Page {
    serial: u32,
    number: u32,
    lacing: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    /// An empty page; `number` counts audio pages from 0.
    pub fn new(serial: u32, number: u32) -> Page {
        Page { serial, number: FIRST_AUDIO_PAGE + number, lacing: Vec::new(), body: Vec::new() }
    }

    /// Whether a packet still fits.
    pub fn fits(&self, packet_bytes: usize) -> bool {
        self.lacing.len() + lacing_values(packet_bytes) <= MAX_LACING_VALUES
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.lacing.is_empty()
    }

    /// Adds a packet that fits.
    pub fn push(&mut self, packet: &[u8]) {
        self.lacing.extend(lacing(packet.len()));
        self.body.extend_from_slice(packet);
    }

    /// Writes the page and begins the next. `granule` is the position after its last packet.
    pub fn write(&mut self, granule: u64, last: bool, out: &mut dyn BodySink) -> Result<()> {
        if self.lacing.len() > MAX_LACING_VALUES {
            return Err(Error::Encoder("a packet too long for one Ogg page".into()));
        }
        let flags = if last { LAST } else { 0 };
        out.framing(&header(flags, granule, self.serial, self.number, &self.lacing, &self.body))?;
        out.payload(&self.body)?;
        self.number += 1;
        self.lacing.clear();
        self.body.clear();
        Ok(())
    }
}

/// Gathers packets for a known number of pages: packets may go on from one of these pages to the next.
pub struct Pages {
    serial: u32,
    number: u32,
    lacing: Vec<u8>,
    body: Vec<u8>,
    /// Lacing values up to the end of each packet, and the position after it.
    ends: Vec<(usize, u64)>,
}

impl Pages {
    /// No packets yet; `number` counts audio pages from 0.
    pub fn new(serial: u32, number: u32) -> Pages {
        Pages { serial, number: FIRST_AUDIO_PAGE + number, lacing: Vec::new(), body: Vec::new(), ends: Vec::new() }
    }

    /// Adds a packet; `granule` is the position after it.
    pub fn push(&mut self, packet: &[u8], granule: u64) {
        self.lacing.extend(lacing(packet.len()));
        self.body.extend_from_slice(packet);
        self.ends.push((self.lacing.len(), granule));
    }

    /// Writes what was gathered as so many pages of about the same number of lacing values; the last ones of a stream
    /// may be fewer.
    pub fn write(&mut self, pages: usize, last: bool, out: &mut dyn BodySink) -> Result<()> {
        let values = self.lacing.len();
        let pages = if last { pages.min(values) } else { pages };
        if values < pages || values > pages * MAX_LACING_VALUES {
            return Err(Error::Encoder(format!("{values} lacing values for {pages} Ogg pages")));
        }
        let mut byte = 0;
        for page in 0..pages {
            let (from, to) = (values * page / pages, values * (page + 1) / pages);
            let lacing = &self.lacing[from..to];
            let body = &self.body[byte..byte + lacing.iter().map(|&v| usize::from(v)).sum::<usize>()];
            let ended = self.ends.iter().rfind(|(end, _)| (from + 1..=to).contains(end));
            let granule = ended.map_or(NO_POSITION, |&(_, granule)| granule);
            let continued = from > 0 && self.lacing[from - 1] == 255;
            let flags = if continued { CONTINUED } else { 0 } | if last && page + 1 == pages { LAST } else { 0 };
            out.framing(&header(flags, granule, self.serial, self.number, lacing, body))?;
            out.payload(body)?;
            byte += body.len();
            self.number += 1;
        }
        self.lacing.clear();
        self.body.clear();
        self.ends.clear();
        Ok(())
    }
}
