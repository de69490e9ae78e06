//! The stream that symphonia reads from: a part of a file, behind a few bytes of our own. Knows nothing of any format.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

use symphonia::core::io::MediaSource;

use super::Reader;

/// `head`, then the file's bytes from `start` to `end`.
pub(super) struct Stream {
    head: Vec<u8>,
    /// Behind a mutex only because symphonia asks for `Sync`; it is never locked.
    file: Mutex<Reader>,
    start: u64,
    end: u64,
    position: u64,
}

impl Stream {
    pub fn new(head: Vec<u8>, file: Reader, start: u64, end: u64) -> Stream {
        Stream { head, file: Mutex::new(file), start, end, position: 0 }
    }

    fn len(&self) -> u64 {
        self.head.len() as u64 + (self.end - self.start)
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head_bytes = self.head.len() as u64;
        let left = self.len().saturating_sub(self.position);
        let read = if self.position < head_bytes {
            (&self.head[self.position as usize..]).read(out)?
        } else {
            let wanted = left.min(out.len() as u64) as usize;
            let file = self.file.get_mut().map_err(|_| io::Error::other("the reader is poisoned"))?;
            file.seek(SeekFrom::Start(self.start + self.position - head_bytes))?;
            file.read(&mut out[..wanted])?
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.len().checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl MediaSource for Stream {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len())
    }
}
