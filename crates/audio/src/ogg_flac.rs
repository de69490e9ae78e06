//! FLAC in Ogg ("Ogg Encapsulation Format for FLAC", RFC 3533 for the pages) read as the native FLAC that it holds: the
//! packets of its one stream, put together, are that file behind nine bytes. Knows nothing of what is in the packets.

use std::io::{self, Read, Seek, SeekFrom};

use crate::input::Reader;
use crate::{Error, Result};

/// Pages of a file: a day of the largest recordings has fewer.
pub const MAX_PAGES: usize = 1 << 22;
/// Bytes of a page's header before its lacing values.
const PAGE_HEADER_BYTES: u64 = 27;
/// Bytes of the first packet before the native FLAC: type, `FLAC`, version, number of header packets.
const MAPPING_BYTES: u64 = 9;
/// What the first packet begins with, up to the major version.
const MAPPING: &[u8; 6] = b"\x7fFLAC\x01";
/// Flags of a page: the first of its stream.
const FIRST: u8 = 2;

/// A part of the native file.
struct Part {
    /// Where it begins there.
    native: u64,
    /// Where it lies in the Ogg file.
    offset: u64,
}

/// The native FLAC in an Ogg file.
struct Native {
    file: Reader,
    parts: Vec<Part>,
    bytes: u64,
    at: u64,
}

/// A page's header.
struct Page {
    flags: u8,
    stream: [u8; 4],
    number: u32,
    body_offset: u64,
    body_bytes: u64,
}

/// Opens the native FLAC in an Ogg file and says how long it is.
///
/// Errors: `Malformed` for pages that are missing or no pages, `Truncated` for a page that is cut off, `Unsupported` for
/// several streams one after another, `Limit` for too many pages.
pub fn native(mut file: Reader, file_bytes: u64) -> Result<(Reader, u64)> {
    let (mut parts, mut bytes, mut offset) = (Vec::new(), 0, 0);
    let mut ours: Option<Page> = None;
    while offset < file_bytes {
        let page = page_at(&mut file, offset, file_bytes)?;
        offset = page.body_offset + page.body_bytes;
        let skipped = match &ours {
            None => MAPPING_BYTES.min(page.body_bytes),
            Some(last) if last.stream == page.stream => {
                if page.number != last.number.wrapping_add(1) {
                    return Err(Error::Malformed(format!("the Ogg page before number {} is missing", page.number)));
                }
                0
            }
            // Another stream beside it is not ours; one behind it would be lost.
            Some(_) if page.flags & FIRST != 0 && bytes > 0 && parts.len() > 1 => {
                return Err(Error::Unsupported("several streams one after another in Ogg".into()));
            }
            Some(_) => continue,
        };
        if parts.len() >= MAX_PAGES {
            return Err(Error::Limit { name: "MAX_PAGES", limit: MAX_PAGES as u64 });
        }
        parts.push(Part { native: bytes, offset: page.body_offset + skipped });
        bytes += page.body_bytes - skipped;
        ours = Some(page);
    }
    check_mapping(&mut file, parts.first().map_or(0, |first: &Part| first.offset))?;
    Ok((Box::new(Native { file, parts, bytes, at: 0 }), bytes))
}

/// `mapping_end`: where the native file begins.
fn check_mapping(file: &mut Reader, mapping_end: u64) -> Result<()> {
    let mut start = [0; MAPPING.len()];
    if mapping_end >= MAPPING_BYTES {
        file.seek(SeekFrom::Start(mapping_end - MAPPING_BYTES))?;
        file.read_exact(&mut start)?;
    }
    if &start == MAPPING {
        return Ok(());
    }
    Err(Error::Unsupported("FLAC in Ogg of another version".into()))
}

fn page_at(file: &mut Reader, offset: u64, file_bytes: u64) -> Result<Page> {
    let cut_off = || Error::Truncated("it ends inside an Ogg page".into());
    if offset + PAGE_HEADER_BYTES > file_bytes {
        return Err(cut_off());
    }
    let mut header = [0; PAGE_HEADER_BYTES as usize];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut header)?;
    if !header.starts_with(b"OggS\0") {
        return Err(Error::Malformed(format!("no Ogg page at byte {offset}")));
    }
    let mut lacing = [0; 255];
    let lacing = &mut lacing[..usize::from(header[26])];
    let body_offset = offset + PAGE_HEADER_BYTES + lacing.len() as u64;
    if body_offset > file_bytes {
        return Err(cut_off());
    }
    file.read_exact(lacing)?;
    let body_bytes = lacing.iter().map(|n| u64::from(*n)).sum();
    if body_offset + body_bytes > file_bytes {
        return Err(cut_off());
    }
    let four = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
    Ok(Page { flags: header[5], stream: four(14), number: u32::from_le_bytes(four(18)), body_offset, body_bytes })
}

impl Read for Native {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes || out.is_empty() {
            return Ok(0);
        }
        // Parts that hold nothing begin where the next one does: the last that begins here is meant.
        let number = self.parts.partition_point(|part| part.native <= self.at) - 1;
        let end = self.parts.get(number + 1).map_or(self.bytes, |next| next.native);
        let wanted = (end - self.at).min(out.len() as u64) as usize;
        let part = &self.parts[number];
        self.file.seek(SeekFrom::Start(part.offset + self.at - part.native))?;
        let read = self.file.read(&mut out[..wanted])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Native {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(delta) => self.bytes.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.at.checked_add_signed(delta),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
