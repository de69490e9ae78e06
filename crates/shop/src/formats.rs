//! Formats as the shop shows them, and the engine alone, file to file.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use audio::encode::{self, Chunk};
use audio::pcm::{Source, StreamInfo};
use sha2::{Digest, Sha256};

pub use audio::codec::{Class, SizeKnown, Starts};
pub use audio::format::{Format, FormatError, FormatInfo};

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
pub fn encode_file(
    input: &Path,
    output: &Path,
    format: Format,
    threads: usize,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<EncodedFile, EncodeFileError> {
    let reader = || -> io::Result<audio::master::Reader> { Ok(Box::new(BufReader::new(File::open(input)?))) };
    let examined = audio::master::examine(reader()?, &mut |_, _| ())?;
    let mut tags = audio::tags::read(reader()?)?.tags;
    if tags.replay_gain.track_gain_cdb.is_none() {
        tags.replay_gain = audio::loudness::replay_gain(&examined.loudness, None);
    }
    tags.picture = tags.picture.and_then(|picture| {
        let fitted = crate::catalog::embeddable(picture);
        fitted.inspect_err(|why| tracing::warn!("the cover was left out: {why}")).ok()
    });
    let info = &examined.info;
    let stream = StreamInfo { spec: info.spec, length_frames: info.length_frames, md5: examined.md5 };
    let plan = encode::plan(format, &stream)?;
    let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let body = tempfile::NamedTempFile::new_in(folder)?;
    let open = || -> audio::Result<Box<dyn Source>> {
        let reader: audio::master::Reader = Box::new(BufReader::new(File::open(input)?));
        Ok(Box::new(audio::master::open(reader)?))
    };
    let expected = match plan.payload {
        encode::PayloadSize::Exact(bytes) => bytes,
        encode::PayloadSize::Range { min, max } => min / 2 + max / 2,
    };
    let (mut done, mut writer) = (0, io::BufWriter::new(body.as_file()));
    let encoded = encode::encode(&plan, &open, threads.max(1), &mut |chunk: Chunk| {
        done += chunk.bytes.len() as u64;
        progress(done, expected.max(done));
        Ok(writer.write_all(&chunk.bytes)?)
    })?;
    writer.flush()?;
    drop(writer);
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

/// Head, body and tail as one file that appears whole. Returns its length and SHA-256.
fn assemble(head: &[u8], body: &Path, tail: &[u8], folder: &Path, output: &Path) -> io::Result<(u64, String)> {
    let whole = tempfile::NamedTempFile::new_in(folder)?;
    let (length, sha256) = {
        let mut writer = Hashing { inner: io::BufWriter::new(whole.as_file()), hash: Sha256::new(), length: 0 };
        writer.write_all(head)?;
        io::copy(&mut BufReader::new(File::open(body)?), &mut writer)?;
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
