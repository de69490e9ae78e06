//! The folder that the index lies in. Tantivy keeps a store of documents and notes there where each of them begins, though nothing
//! of ours is stored: four bytes each, a sixteenth of the index. That file lies packed; all others as they are. Nothing of what is
//! in the files is known here.

use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, FileSlice, Lock, MmapDirectory, OwnedBytes, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

/// How the name of a file ends that is packed.
const PACKED: &str = "store";
/// Bytes that are packed together; reading one of them unpacks them all.
const CHUNK_BYTES: usize = 128 << 10;
const LEVEL: u8 = 6;
/// A number at the end of a packed file.
const NUMBER_BYTES: usize = 8;

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(pub MmapDirectory);

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == PACKED)
}

impl Directory for Folder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        if !is_packed(path) {
            return self.0.get_file_handle(path);
        }
        let failed = |e| OpenReadError::wrap_io_error(e, path.to_owned());
        Ok(Arc::new(Packed::open(self.0.open_read(path)?).map_err(failed)?))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = self.0.open_write(path)?;
        if !is_packed(path) {
            return Ok(file);
        }
        Ok(BufWriter::new(Box::new(Packing { file, chunk: Vec::new(), ends: Vec::new(), packed: 0, bytes: 0 })))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.0.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.0.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.0.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.0.acquire_lock(lock)
    }

    fn watch(&self, watch_callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.0.watch(watch_callback)
    }
}

/// A file that is packed as it is written: chunks, where each ends, how many bytes there were, how many chunks.
struct Packing {
    file: WritePtr,
    chunk: Vec<u8>,
    ends: Vec<u64>,
    packed: u64,
    bytes: u64,
}

impl Packing {
    fn pack(&mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            let packed = compress_to_vec(&self.chunk, LEVEL);
            self.file.write_all(&packed)?;
            self.bytes += self.chunk.len() as u64;
            self.packed += packed.len() as u64;
            self.ends.push(self.packed);
            self.chunk.clear();
        }
        Ok(())
    }
}

impl Write for Packing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK_BYTES {
            self.pack()?;
        }
        Ok(taken)
    }

    /// What is not a whole chunk yet waits for the rest of it.
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for Packing {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.pack()?;
        let count = self.ends.len() as u64;
        for number in self.ends.iter().chain([&self.bytes, &count]) {
            self.file.write_all(&number.to_le_bytes())?;
        }
        self.file.terminate_ref(token)
    }
}

/// A packed file.
#[derive(Debug)]
struct Packed {
    file: FileSlice,
    ends: Vec<usize>,
    bytes: usize,
}

impl Packed {
    fn open(file: FileSlice) -> io::Result<Packed> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a packed file of the search index is damaged");
        let numbers = |file: &FileSlice, count: usize| -> io::Result<(FileSlice, Vec<usize>)> {
            let bytes = count.checked_mul(NUMBER_BYTES).filter(|bytes| *bytes <= file.len()).ok_or_else(damaged)?;
            let (rest, numbers) = file.clone().split_from_end(bytes);
            let numbers = numbers.read_bytes()?;
            let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
            Ok((rest, numbers.chunks(NUMBER_BYTES).map(number).collect()))
        };
        let (rest, last) = numbers(&file, 2)?;
        let (chunks, ends) = numbers(&rest, last[1])?;
        let are_whole = ends.is_sorted() && ends.last().is_none_or(|end| *end == chunks.len());
        let fits = last[0].div_ceil(CHUNK_BYTES) == ends.len();
        if are_whole && fits { Ok(Packed { file: chunks, ends, bytes: last[0] }) } else { Err(damaged()) }
    }

    fn chunk(&self, at: usize) -> io::Result<Vec<u8>> {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let packed = self.file.read_bytes_slice(begin..self.ends[at])?;
        decompress_to_vec_with_limit(&packed, CHUNK_BYTES)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))
    }
}

impl HasLen for Packed {
    fn len(&self) -> usize {
        self.bytes
    }
}

impl FileHandle for Packed {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut bytes = Vec::with_capacity(range.len());
        let mut from = range.start;
        while from < range.end {
            let at = from / CHUNK_BYTES;
            let Some(_) = self.ends.get(at) else { return Err(io::ErrorKind::UnexpectedEof.into()) };
            let chunk = self.chunk(at)?;
            let begin = at * CHUNK_BYTES;
            let until = range.end.min(begin + CHUNK_BYTES);
            bytes.extend_from_slice(chunk.get(from - begin..until - begin).ok_or(io::ErrorKind::UnexpectedEof)?);
            from = until;
        }
        Ok(OwnedBytes::new(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_is_read_as_it_was_written_and_much_smaller() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Folder(MmapDirectory::open(folder.path()).unwrap());
        let written: Vec<u8> = (0..100_000u32).flat_map(|n| (n % 2_000).to_le_bytes()).collect();
        let path = Path::new("a.store");
        let mut file = directory.open_write(path).unwrap();
        file.write_all(&written).unwrap();
        file.terminate().unwrap();
        let read = directory.open_read(path).unwrap();
        assert_eq!(read.len(), written.len());
        for range in [0..0, 0..10, 131_000..131_100, 399_990..400_000, 0..400_000, 7..300_001] {
            assert_eq!(read.read_bytes_slice(range.clone()).unwrap().as_slice(), &written[range]);
        }
        let packed = std::fs::read(folder.path().join(path)).unwrap();
        assert!(packed.len() * 10 < written.len(), "{}", packed.len());
        std::fs::write(folder.path().join("b.store"), &packed[..packed.len() - 3]).unwrap();
        std::fs::write(folder.path().join("c.store"), b"").unwrap();
        for damaged in ["b.store", "c.store"] {
            assert!(directory.open_read(Path::new(damaged)).is_err(), "{damaged}");
        }
    }

    #[test]
    fn other_files_lie_as_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Folder(MmapDirectory::open(folder.path()).unwrap());
        let mut file = directory.open_write(Path::new("a.idx")).unwrap();
        file.write_all(b"as it is").unwrap();
        file.terminate().unwrap();
        assert_eq!(std::fs::read(folder.path().join("a.idx")).unwrap(), b"as it is");
    }
}
