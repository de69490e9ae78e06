//! Objects (masters, covers, renditions, previews) behind one narrow face over `object_store`: a local folder or S3.
//!
//! An object is written whole or not at all and never changed. Nothing here knows what is in it.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

/// Bytes fetched at once when an object on S3 is read piece by piece.
const REMOTE_READ_BYTES: u64 = 1 << 20;
/// Bytes of one part of an upload.
const PART_BYTES: usize = 8 << 20;
/// Parts of an upload that are under way at once.
const PARTS_AT_ONCE: usize = 4;

/// Where objects live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesUrl {
    /// A local folder; created when absent.
    Folder(PathBuf),
    /// An S3 bucket and a prefix within it.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// Put before every key; may be empty.
        prefix: String,
        /// Another endpoint than Amazon's.
        endpoint: Option<String>,
        /// The region; `us-east-1` where the endpoint has none.
        region: String,
        /// Access key id and secret; without them the machine's own role is asked.
        credentials: Option<(String, String)>,
    },
}

/// What can go wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no such object.
    #[error("no object {0}")]
    Absent(String),
    /// The store failed; for the log.
    #[error("the object store failed: {0}")]
    Failed(String),
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> FilesError {
        match error {
            object_store::Error::NotFound { path, .. } => FilesError::Absent(path),
            other => FilesError::Failed(other.to_string()),
        }
    }
}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> FilesError {
        FilesError::Failed(error.to_string())
    }
}

/// The object store. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    /// The folder, when objects are local files: they can then be read without the store.
    folder: Option<PathBuf>,
}

/// Bytes that can be read from anywhere, on a blocking thread.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl Files {
    /// Opens the store. A folder is made when absent; S3 is not asked until it is needed.
    pub fn open(url: &FilesUrl) -> Result<Files, FilesError> {
        match url {
            FilesUrl::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                Ok(Files { store: Arc::new(store), prefix: String::new(), folder: Some(folder.clone()) })
            }
            FilesUrl::S3 { bucket, prefix, endpoint, region, credentials } => {
                let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_region(region);
                if let Some(endpoint) = endpoint {
                    builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
                }
                if let Some((id, secret)) = credentials {
                    builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                }
                let prefix = prefix.trim_matches('/').to_owned();
                Ok(Files { store: Arc::new(builder.build()?), prefix, folder: None })
            }
        }
    }

    fn key(&self, name: &str) -> Key {
        if self.prefix.is_empty() { Key::from(name) } else { Key::from(format!("{}/{name}", self.prefix)) }
    }

    /// Writes a small object from memory. The same name again replaces it whole.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), FilesError> {
        self.store.put(&self.key(name), bytes.into()).await?;
        Ok(())
    }

    /// Writes an object from a local file, part by part.
    pub async fn put_file(&self, name: &str, from: &Path) -> Result<(), FilesError> {
        let mut file = tokio::fs::File::open(from).await?;
        let mut upload =
            WriteMultipart::new_with_chunk_size(self.store.put_multipart(&self.key(name)).await?, PART_BYTES);
        let mut buffer = vec![0; PART_BYTES];
        loop {
            let read = match file.read(&mut buffer).await {
                Ok(read) => read,
                Err(e) => {
                    upload.abort().await?;
                    return Err(e.into());
                }
            };
            if read == 0 {
                break;
            }
            upload.wait_for_capacity(PARTS_AT_ONCE).await?;
            upload.write(&buffer[..read]);
        }
        upload.finish().await?;
        Ok(())
    }

    /// Makes a finished local file an object; the file is gone afterwards. Within one file system nothing is copied.
    pub async fn adopt(&self, name: &str, from: &Path) -> Result<(), FilesError> {
        let Some(to) = self.local_path(name) else {
            self.put_file(name, from).await?;
            return Ok(tokio::fs::remove_file(from).await?);
        };
        let from = from.to_owned();
        let moved = tokio::task::spawn_blocking(move || {
            std::fs::File::open(&from)?.sync_all()?;
            let folder = to.parent().ok_or_else(|| io::Error::other("an object's name has no folder"))?;
            std::fs::create_dir_all(folder)?;
            if std::fs::rename(&from, &to).is_err() {
                // Another file system: copy beside the target, then rename, so that the object appears whole.
                let beside = to.with_extension("moving");
                std::fs::copy(&from, &beside)?;
                std::fs::File::open(&beside)?.sync_all()?;
                std::fs::rename(&beside, &to)?;
                std::fs::remove_file(&from)?;
            }
            std::fs::File::open(folder)?.sync_all()
        });
        Ok(moved.await.map_err(io::Error::other)??)
    }

    /// The whole of a small object.
    pub async fn get(&self, name: &str) -> Result<Bytes, FilesError> {
        Ok(self.store.get(&self.key(name)).await?.bytes().await?)
    }

    /// Bytes `from..to` of an object as a stream.
    pub async fn stream(
        &self,
        name: &str,
        from: u64,
        to: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, FilesError>>, FilesError> {
        let options = object_store::GetOptions { range: Some((from..to).into()), ..Default::default() };
        let found = self.store.get_opts(&self.key(name), options).await?;
        Ok(found.into_stream().map(|piece| piece.map_err(FilesError::from)).boxed())
    }

    /// Length in bytes; `None` when there is no such object.
    pub async fn length(&self, name: &str) -> Result<Option<u64>, FilesError> {
        match self.store.head(&self.key(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes an object; absent is fine.
    pub async fn delete(&self, name: &str) -> Result<(), FilesError> {
        match self.store.delete(&self.key(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Where the object lies as a local file, if it does.
    pub fn local_path(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Opens an object for reading from anywhere. Call it, and read, on a blocking thread.
    pub fn open_blocking(&self, name: &str, runtime: &Handle) -> Result<Box<dyn ReadSeek>, FilesError> {
        if let Some(path) = self.local_path(name) {
            return match std::fs::File::open(&path) {
                Ok(file) => Ok(Box::new(io::BufReader::with_capacity(64 << 10, file))),
                Err(e) if e.kind() == io::ErrorKind::NotFound => Err(FilesError::Absent(name.to_owned())),
                Err(e) => Err(e.into()),
            };
        }
        let key = self.key(name);
        let length = runtime.block_on(self.store.head(&key))?.size;
        let remote =
            Remote { store: self.store.clone(), runtime: runtime.clone(), key, length, at: 0, held: (0, Bytes::new()) };
        Ok(Box::new(remote))
    }
}

/// An object on S3, read a piece at a time.
struct Remote {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    key: Key,
    length: u64,
    at: u64,
    /// The piece in memory and where it begins.
    held: (u64, Bytes),
}

impl Read for Remote {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || out.is_empty() {
            return Ok(0);
        }
        let (from, piece) = &self.held;
        if self.at < *from || self.at >= from + piece.len() as u64 {
            let to = (self.at + REMOTE_READ_BYTES).min(self.length);
            let piece =
                self.runtime.block_on(self.store.get_range(&self.key, self.at..to)).map_err(io::Error::other)?;
            self.held = (self.at, piece);
        }
        let (from, piece) = &self.held;
        let rest = &piece[(self.at - from) as usize..];
        let n = rest.len().min(out.len());
        if n == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the object store sent nothing"));
        }
        out[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Remote {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.length.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, stores};

    #[test]
    fn an_object_comes_back_whole_in_parts_and_from_anywhere() {
        let content: Vec<u8> = (0..20_000_000u32).map(|n| (n * 7 % 251) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        std::fs::write(&source, &content).unwrap();
        for files in stores(&folder.path().join("objects")) {
            block_on(async {
                files.put_file("a/b", &source).await.unwrap();
                assert_eq!(files.length("a/b").await.unwrap(), Some(content.len() as u64));
                assert_eq!(files.get("a/b").await.unwrap(), content);
                let pieces: Vec<_> = files.stream("a/b", 5, 3_000_000).await.unwrap().collect().await;
                let middle: Vec<u8> = pieces.into_iter().flat_map(|p| p.unwrap()).collect();
                assert!(middle == content[5..3_000_000]);

                let runtime = Handle::current();
                let (files, expected) = (files.clone(), content[9_999_999..10_000_099].to_vec());
                let read = tokio::task::spawn_blocking(move || {
                    let mut object = files.open_blocking("a/b", &runtime).unwrap();
                    object.seek(SeekFrom::Start(9_999_999)).unwrap();
                    let mut read = vec![0; 100];
                    object.read_exact(&mut read).unwrap();
                    read
                });
                assert_eq!(read.await.unwrap(), expected);
            });
        }
    }

    #[test]
    fn an_absent_object_is_told_from_a_failure_and_may_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        for files in stores(folder.path()) {
            block_on(async {
                assert!(matches!(files.get("none").await, Err(FilesError::Absent(_))));
                assert_eq!(files.length("none").await.unwrap(), None);
                files.delete("none").await.unwrap();
                files.put("some", Bytes::from_static(b"x")).await.unwrap();
                files.delete("some").await.unwrap();
                assert_eq!(files.length("some").await.unwrap(), None);
            });
        }
    }
}
