//! Chunks: walking the IFF family (RIFF, RF64, FORM), which WAV and AIFF share. What a chunk means lives with its format.

use std::io::{Read, Seek, SeekFrom};

use crate::input::{ReadSeek, Reader};
use crate::{Error, Result};

/// Most chunks that are looked at in one file.
const MAX_CHUNKS: usize = 10_000;
/// Most bytes of a chunk's body that are read; the chunks that describe samples have at most a few dozen.
const MAX_BODY_BYTES: u64 = 1_024;

/// How chunk lengths are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// A chunk: its name, where its body starts, and the length that it states.
pub(crate) struct Chunk {
    pub id: [u8; 4],
    pub body_offset: u64,
    pub stated_bytes: u32,
}

impl Chunk {
    /// The first bytes of the body: what the chunk states, at most 1,024, `Truncated` when the file ends before.
    pub fn body(&self, reader: &mut Reader) -> Result<Vec<u8>> {
        reader.seek(SeekFrom::Start(self.body_offset))?;
        let bytes = u64::from(self.stated_bytes).min(MAX_BODY_BYTES);
        let mut body = Vec::new();
        reader.take(bytes).read_to_end(&mut body)?;
        if (body.len() as u64) < bytes {
            return Err(Error::Truncated(format!("it ends inside the chunk {}", self.id.escape_ascii())));
        }
        Ok(body)
    }
}

/// A length that stands in `ds64` instead (EBU Tech 3306 section 4), or that a program wrote which could not know it.
pub(crate) const UNKNOWN_BYTES: u32 = u32::MAX;
/// Where `ds64` says how long `data` is.
const LONG_DATA: std::ops::Range<usize> = 8..16;

/// All chunks of the form whose header starts at `start`. Ends at a chunk header that the file has no room for; a last
/// chunk that runs over the end is listed as it states itself.
pub(crate) fn chunks(reader: &mut dyn ReadSeek, start: u64, file_bytes: u64, order: ByteOrder) -> Result<Vec<Chunk>> {
    let (mut found, mut long_data_bytes) = (Vec::new(), None);
    let mut offset = start + 12;
    while offset.saturating_add(8) <= file_bytes {
        if found.len() == MAX_CHUNKS {
            return Err(Error::Limit { name: "MAX_CHUNKS", limit: MAX_CHUNKS as u64 });
        }
        let mut header = [0; 8];
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(&mut header)?;
        let (id, length) = header.split_at(4);
        let length = [length[0], length[1], length[2], length[3]];
        let stated_bytes = match order {
            ByteOrder::Little => u32::from_le_bytes(length),
            ByteOrder::Big => u32::from_be_bytes(length),
        };
        found.push(Chunk { id: [id[0], id[1], id[2], id[3]], body_offset: offset + 8, stated_bytes });
        if id == b"ds64" && stated_bytes as usize >= LONG_DATA.end && offset + 24 <= file_bytes {
            let mut body = [0; LONG_DATA.end];
            reader.read_exact(&mut body)?;
            long_data_bytes = body[LONG_DATA].try_into().ok().map(u64::from_le_bytes);
        }
        let bytes = match long_data_bytes {
            Some(long) if id == b"data" && stated_bytes == UNKNOWN_BYTES => long,
            _ => stated_bytes.into(),
        };
        offset = offset.saturating_add(8).saturating_add(bytes).saturating_add(bytes & 1);
    }
    Ok(found)
}
