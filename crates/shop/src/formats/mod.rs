//! Formats as the shop shows them, and the engine alone, file to file.

mod nameless;
mod spooled;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use audio::encode::{self, Chunk, Encoded, Plan};
use audio::master::Witness;
use audio::pcm::{Source, StreamInfo};
use audio::tags::Picture;
use sha2::{Digest, Sha256};

pub use audio::codec::{Class, SizeKnown, Starts};
pub use audio::format::{Format, FormatError, FormatInfo};

use nameless::{Nameless, folder_of};
pub use spooled::Spooled;

/// Bytes that are hashed at once.
const HASH_BYTES: usize = 256 << 10;

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
    /// Of the whole file, where it was asked for.
    pub sha256: Option<String>,
    pub payload_sha256: String,
}

/// Where an encoded file goes.
pub enum Output<'a> {
    /// Into a file, which appears only when it is complete.
    File(&'a Path),
    /// Out, once it is complete.
    Stream(&'a mut dyn Write),
}

/// Why a file was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeFileError {
    /// The input is no master, or the format does not fit it.
    #[error("{}", reason(.0))]
    Input(#[from] audio::Error),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What the system says of a file needs no word of its own before it.
fn reason(error: &audio::Error) -> String {
    match error {
        audio::Error::Io(e) => e.to_string(),
        other => other.to_string(),
    }
}

/// What a name alone asks for, before what is on offer first with its extension.
const USUAL: [&str; 3] = ["mp3:vbr:0", "flac:lossless:5", "opus:vbr:128"];

/// Other names of extensions.
const ALIASES: [(&str, &str); 4] = [("aif", "aiff"), ("aifc", "aiff"), ("oga", "ogg"), ("mp4", "m4a")];

/// The usual format of files with such a name; where a lossless one comes in several depths, the one that keeps all of the
/// master's bits. None for an extension that no format has.
pub fn usual(input: &Path, output: &Path) -> Result<Option<Format>, EncodeFileError> {
    let Some(extension) = output.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase) else {
        return Ok(None);
    };
    let extension =
        ALIASES.iter().find(|(alias, _)| *alias == extension).map_or(extension.as_str(), |(_, usual)| usual);
    let usual = USUAL.iter().filter_map(|usual| usual.parse().ok()).find(|usual: &Format| {
        let info = usual.info();
        info.available && info.extension == extension
    });
    if usual.is_some() {
        return Ok(usual);
    }
    let fitting = || audio::format::with_extension(extension).into_iter().filter(|info| info.available);
    let Some(first) = fitting().next() else { return Ok(None) };
    if first.class == Class::Lossy {
        return Ok(Some(first.format));
    }
    let info = audio::master::open(opened(input)?)?.info().clone();
    let master = StreamInfo { spec: info.spec, length_frames: info.length_frames, md5: [0; 16] };
    let kept = |format: &FormatInfo| {
        let plan = encode::plan(format.format, &master);
        plan.is_ok_and(|plan| (plan.spec.bits, plan.spec.float) == (info.spec.bits, info.spec.float))
    };
    Ok(Some(fitting().find(kept).unwrap_or(first).format))
}

/// Encodes a master into a file with its tags and cover. `progress` gets the
/// bytes of the body so far and how many are expected.
///
/// What a FLAC states of its samples is believed for as long as they are encoded, and checked as they are: nothing is decoded
/// twice. Loudness, where the tags have none, is measured in the same way. `hashed`: whether the file's SHA-256 is wanted.
pub fn encode_file(
    input: &Path,
    output: Output,
    format: Format,
    threads: usize,
    hashed: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<EncodedFile, EncodeFileError> {
    let threads = threads.max(1);
    let info = audio::master::open(opened(input)?)?.info().clone();
    let folder = match &output {
        Output::File(path) => {
            refuse_output(input, path)?;
            folder_of(path).to_owned()
        }
        Output::Stream(_) => tempfile::env::temp_dir(),
    };
    let mut tags = audio::tags::read(opened(input)?)?.tags;
    let md5 = match info.flac_md5 {
        Some(md5) => md5,
        None => audio::master::md5(opened(input)?)?,
    };
    let plan = encode::plan(format, &StreamInfo { spec: info.spec, length_frames: info.length_frames, md5 })?;
    let mut body = tempfile::tempfile_in(&folder)?;
    let witness = Witness::new(&info, tags.replay_gain.track_gain_cdb.is_none())?;
    // Before the encode and not beside it: a large picture takes as much memory as an encoder may.
    tags.picture = tags.picture.take().and_then(embeddable);
    let encoded = encode_body(&plan, input, &witness, threads, &body, progress)?;
    if let Some(loudness) = witness.finish(audio::master::open(opened(input)?)?)? {
        tags.replay_gain = audio::loudness::replay_gain(&loudness, None);
    }
    let head = encode::head(&plan, Some(&encoded.index), &tags)?;
    let head = head.ok_or_else(|| audio::Error::Encoder("no head after the encode".into()))?;
    let tail = encode::tail(&plan, &tags)?;
    let mut whole = assemble(&head, &mut body, &tail, &folder)?;
    let sha256 = hashed.then(|| sha256_of(whole.file())).transpose()?;
    match output {
        Output::File(path) => whole.keep_as(path)?,
        Output::Stream(to) => {
            whole.file().rewind()?;
            io::copy(whole.file(), to)?;
            to.flush()?;
        }
    }
    Ok(EncodedFile {
        bytes: encoded.payload_bytes,
        file_bytes: head.len() as u64 + encoded.body_bytes + tail.len() as u64,
        sha256,
        payload_sha256: hex::encode(encoded.payload_sha256),
    })
}

/// The input, whose failings are its own and not the output's.
fn opened(input: &Path) -> audio::Result<audio::master::Reader> {
    Ok(reader(input)?)
}

/// A master is never written over, and only files are: not devices, pipes or folders.
fn refuse_output(input: &Path, output: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let there = match std::fs::metadata(output) {
        Ok(there) => there,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    let own = std::fs::metadata(input)?;
    if (own.dev(), own.ino()) == (there.dev(), there.ino()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is the input itself"));
    }
    if !there.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is something that is no file"));
    }
    Ok(())
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
    let mut unwritten = None;
    let encoded = encode::encode(plan, &open, threads, &mut |chunk: Chunk| {
        done += chunk.bytes.len() as u64;
        progress(done, expected.max(done));
        writer.write_all(&chunk.bytes).map_err(|e| {
            unwritten = Some(e);
            audio::Error::Encoder("its bytes could not be written".into())
        })
    });
    if let Some(e) = unwritten {
        return Err(e.into());
    }
    writer.flush()?;
    Ok(encoded?)
}

/// Head, body and tail as one file, which has no name yet. The body is copied within the system.
fn assemble(head: &[u8], body: &mut File, tail: &[u8], folder: &Path) -> io::Result<Nameless> {
    let mut whole = Nameless::new_in(folder)?;
    whole.file().write_all(head)?;
    body.rewind()?;
    io::copy(body, whole.file())?;
    whole.file().write_all(tail)?;
    Ok(whole)
}

fn sha256_of(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; HASH_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}
