//! Formats as the shop shows them, and the engine alone, file to file.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use audio::encode::{self, Chunk, Encoded, Plan};
use audio::master::Witness;
use audio::pcm::{Source, StreamInfo};
use audio::tags::Picture;
use sha2::{Digest, Sha256};

pub use audio::codec::{Class, SizeKnown, Starts};
pub use audio::format::{Format, FormatError, FormatInfo};

/// Bytes that a finished body is copied in at once.
const COPY_BYTES: usize = 256 << 10;

/// Every format there is, in the order in which people are shown them.
pub fn list() -> Vec<FormatInfo> {
    audio::format::all()
}

/// What `encode_file` made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EncodedFile {
    /// Audio payload: what the shop would charge.
    pub bytes: u64,
    pub file_bytes: u64,
    pub sha256: String,
    pub payload_sha256: String,
}

/// Why a file was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeFileError {
    /// The input is no master, or the format does not fit it.
    #[error("{0}")]
    Input(#[from] audio::Error),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Encodes a master into a file with its tags and cover. `output` appears only when it is complete. `progress` gets the
/// bytes of the body so far and how many are expected.
///
/// What a FLAC states of its samples is believed for as long as they are encoded, and checked as they are: nothing is decoded
/// twice. Loudness, where the tags have none, is measured in the same way.
pub fn encode_file(
    input: &Path,
    output: &Path,
    format: Format,
    threads: usize,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<EncodedFile, EncodeFileError> {
    let threads = threads.max(1);
    let info = audio::master::open(reader(input)?)?.info().clone();
    let mut tags = audio::tags::read(reader(input)?)?.tags;
    let md5 = match info.flac_md5 {
        Some(md5) => md5,
        None => audio::master::md5(reader(input)?)?,
    };
    let plan = encode::plan(format, &StreamInfo { spec: info.spec, length_frames: info.length_frames, md5 })?;
    let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let body = tempfile::NamedTempFile::new_in(folder)?;
    let witness = Witness::new(&info, tags.replay_gain.track_gain_cdb.is_none())?;
    let picture = tags.picture.take();
    let (picture, encoded) = both(
        threads == 1,
        || picture.and_then(embeddable),
        || encode_body(&plan, input, &witness, threads, body.as_file(), progress),
    )?;
    let encoded = encoded?;
    tags.picture = picture;
    if let Some(loudness) = witness.finish(audio::master::open(reader(input)?)?)? {
        tags.replay_gain = audio::loudness::replay_gain(&loudness, None);
    }
    let head = encode::head(&plan, Some(&encoded.index), &tags)?;
    let head = head.ok_or_else(|| audio::Error::Encoder("no head after the encode".into()))?;
    let (file_bytes, sha256) = assemble(&head, body.path(), &encode::tail(&plan, &tags)?, folder, output)?;
    Ok(EncodedFile {
        bytes: encoded.payload_bytes,
        file_bytes,
        sha256,
        payload_sha256: hex::encode(encoded.payload_sha256),
    })
}

/// Does one thing on a thread of its own beside another, or before it where there is but one.
fn both<A: Send, B>(
    alone: bool,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> Result<(A, B), EncodeFileError> {
    if alone {
        return Ok((first(), second()));
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        Ok((first.join().map_err(|_| audio::Error::Encoder("the thread beside it panicked".into()))?, second))
    })
}

fn reader(input: &Path) -> io::Result<audio::master::Reader> {
    Ok(Box::new(BufReader::new(File::open(input)?)))
}

fn embeddable(picture: Picture) -> Option<Picture> {
    crate::catalog::embeddable(picture).inspect_err(|why| tracing::warn!("the cover was left out: {why}")).ok()
}

fn encode_body(
    plan: &Plan,
    input: &Path,
    witness: &Arc<Witness>,
    threads: usize,
    body: &File,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Encoded, EncodeFileError> {
    let open = || -> audio::Result<Box<dyn Source>> { Ok(witness.watch(audio::master::open(reader(input)?)?)) };
    let expected = match plan.payload {
        encode::PayloadSize::Exact(bytes) => bytes,
        encode::PayloadSize::Range { min, max } => min / 2 + max / 2,
    };
    let (mut done, mut writer) = (0, io::BufWriter::new(body));
    let encoded = encode::encode(plan, &open, threads, &mut |chunk: Chunk| {
        done += chunk.bytes.len() as u64;
        progress(done, expected.max(done));
        Ok(writer.write_all(&chunk.bytes)?)
    })?;
    writer.flush()?;
    Ok(encoded)
}

/// Head, body and tail as one file that appears whole. Returns its length and SHA-256.
fn assemble(head: &[u8], body: &Path, tail: &[u8], folder: &Path, output: &Path) -> io::Result<(u64, String)> {
    let whole = tempfile::NamedTempFile::new_in(folder)?;
    let (length, sha256) = {
        let mut writer = Hashing {
            inner: io::BufWriter::with_capacity(COPY_BYTES, whole.as_file()),
            hash: Sha256::new(),
            length: 0,
        };
        writer.write_all(head)?;
        io::copy(&mut BufReader::with_capacity(COPY_BYTES, File::open(body)?), &mut writer)?;
        writer.write_all(tail)?;
        writer.flush()?;
        (writer.length, hex::encode(writer.hash.finalize()))
    };
    whole.as_file().sync_all()?;
    readable(whole.path())?;
    whole.persist(output).map_err(|e| e.error)?;
    Ok((length, sha256))
}

/// A temporary file is for its owner alone; what was asked for is a file like any other.
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

/// Counts and hashes what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    length: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.length += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
