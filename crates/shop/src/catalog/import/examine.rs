//! Examining one file: what its tags say, whether its samples are whole, what they are, and whether it can be sold. The
//! first part may run in another process (`examiner`). No SQL.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use audio::master::Reader;
use audio::provenance::Provenance;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Reason;
use crate::catalog::cover;
use crate::catalog::kept::KeptTags;
use crate::catalog::names;
use crate::catalog::types::MasterFacts;

/// Bytes of a file at the most.
pub const MAX_FILE_BYTES: u64 = 16 << 30;
/// Characters of a title at the most.
pub const MAX_TITLE_CHARS: usize = 1_000;
/// Bytes that are hashed at once.
const HASH_BYTES: usize = 1 << 20;

/// What is known of a file that was imported before, by its path.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub bytes: u64,
    pub modified_us: i64,
    pub file_sha256: String,
    pub folder_cover: Option<String>,
    pub release_id: String,
    pub track_id: String,
    pub master: MasterFacts,
    /// `None` when it was imported before anybody asked.
    pub provenance: Option<Provenance>,
}

/// A file that can be sold.
#[derive(Debug, Clone)]
pub(super) struct Examined {
    pub file_sha256: String,
    pub tags: KeptTags,
    /// SHA-256 of the picture in it, which is a cover's id.
    pub picture: Option<String>,
    pub warnings: Vec<String>,
    pub facts: MasterFacts,
    pub provenance: Provenance,
    /// What else a new master needs; `None` for bytes that were examined in an earlier run.
    pub measured: Option<Measured>,
}

/// What is seen of a file by looking at it alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub file_sha256: String,
    pub(in crate::catalog) tags: KeptTags,
    /// SHA-256 of the picture in it.
    pub picture: Option<String>,
    pub warnings: Vec<String>,
    /// `None` for bytes whose hash was known already: their samples are not decoded again.
    pub samples: Option<Sampled>,
}

/// What all samples of a file say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sampled {
    pub facts: MasterFacts,
    #[serde(with = "ProvenanceWords")]
    pub provenance: Provenance,
    pub measured: Measured,
}

/// The words in which one process tells another of a provenance.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Provenance")]
struct ProvenanceWords {
    lossy_percent: u8,
    upsampled_percent: u8,
    padded_percent: u8,
    cutoff_hz: Option<u32>,
    real_bits: u8,
}

/// What the samples are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub file_bytes: u64,
    pub container: String,
    pub samples_md5: String,
    pub loudness_clufs: Option<i32>,
    pub peak_millionths: i64,
    pub loudness_blocks: Vec<u8>,
    pub waveform: Vec<u8>,
}

/// Why a file cannot be sold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub reason: Reason,
    pub message: String,
}

impl From<audio::Error> for Refused {
    fn from(error: audio::Error) -> Refused {
        let reason = match &error {
            audio::Error::Truncated(_) => Reason::Truncated,
            audio::Error::NotLossless(_) => Reason::NotLossless,
            audio::Error::Md5Mismatch => Reason::Md5Mismatch,
            audio::Error::Limit { .. } => Reason::Limit,
            _ => Reason::Unreadable,
        };
        Refused { reason, message: error.to_string() }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused { reason: Reason::Unreadable, message: format!("the file cannot be read: {error}") }
    }
}

/// Whether what was seen of a file can be sold.
pub(super) fn decided(seen: Result<Seen, Refused>, known: Option<&Known>) -> Result<Examined, Refused> {
    let Seen { file_sha256, tags, picture, mut warnings, samples } = seen?;
    let tags = checked(tags, &mut warnings)?;
    let before = known.and_then(|known| Some((known.master.clone(), known.provenance?)));
    let (facts, provenance, measured) = match (samples, before) {
        (Some(Sampled { facts, provenance, measured }), _) => (facts, provenance, Some(measured)),
        (None, Some((facts, provenance))) => (facts, provenance, None),
        (None, None) => return Err(unparsed()),
    };
    Ok(Examined { file_sha256, tags, picture, warnings, facts, provenance, measured })
}

/// Looks at a file. `progress` is called with the part that is done, in thousandths.
pub(super) fn look(path: &Path, known_sha256: Option<&str>, progress: &mut dyn FnMut(u64)) -> Result<Seen, Refused> {
    let seen = catch_unwind(AssertUnwindSafe(|| see(path, known_sha256, progress)));
    seen.unwrap_or_else(|_| Err(unparsed()))
}

fn unparsed() -> Refused {
    Refused { reason: Reason::Unreadable, message: "the file cannot be parsed".into() }
}

fn see(path: &Path, known_sha256: Option<&str>, progress: &mut dyn FnMut(u64)) -> Result<Seen, Refused> {
    let file_bytes = std::fs::metadata(path)?.len();
    if file_bytes > MAX_FILE_BYTES {
        return Err(audio::Error::Limit { name: "MAX_FILE_BYTES", limit: MAX_FILE_BYTES }.into());
    }
    // Says best what is wrong with a file that is no master at all.
    drop(audio::master::open(reader(path)?)?);
    let audio::tags::ReadTags { mut tags, warnings } = audio::tags::read(reader(path)?)?;
    let picture = tags.picture.take().map(|picture| cover::id_of(&picture.data));
    let tags = KeptTags::from(tags);
    let file_sha256 = file_sha256(path)?;
    if known_sha256 == Some(file_sha256.as_str()) {
        progress(1_000);
        return Ok(Seen { file_sha256, tags, picture, warnings, samples: None });
    }
    let found = audio::master::examine(reader(path)?, &mut |done, all| progress(done * 1_000 / all.max(1)))?;
    let spec = found.info.spec;
    let facts = MasterFacts {
        id: hex::encode(found.master_id),
        rate_hz: spec.rate_hz,
        channels: spec.channels,
        bits: spec.bits,
        float: spec.float,
        length_frames: found.info.length_frames,
    };
    let measured = Measured {
        file_bytes,
        container: found.info.container.to_string(),
        samples_md5: hex::encode(found.md5),
        loudness_clufs: found.loudness.integrated_clufs(),
        peak_millionths: found.loudness.true_peak_millionths,
        loudness_blocks: found.loudness.histogram.to_bytes(),
        waveform: found.waveform,
    };
    let samples = Sampled { facts, provenance: found.provenance, measured };
    Ok(Seen { file_sha256, tags, picture, warnings, samples: Some(samples) })
}

fn reader(path: &Path) -> io::Result<Reader> {
    Ok(Box::new(BufReader::with_capacity(64 << 10, File::open(path)?)))
}

/// Refuses what cannot be sold and mends what makes no sense.
fn checked(mut tags: KeptTags, warnings: &mut Vec<String>) -> Result<KeptTags, Refused> {
    let title = tags.title.as_deref().map(str::trim).unwrap_or("");
    if title.is_empty() {
        return Err(Refused { reason: Reason::NoTitle, message: "the file has no TITLE tag".into() });
    }
    let longest = [Some(title), tags.album.as_deref(), tags.label.as_deref()].into_iter().flatten();
    if longest.chain(tags.artists.iter().map(|c| c.name.as_str())).any(|text| text.chars().count() > MAX_TITLE_CHARS) {
        return Err(audio::Error::Limit { name: "MAX_TITLE_CHARS", limit: MAX_TITLE_CHARS as u64 }.into());
    }
    if let Some(text) = tags.isrc.take() {
        tags.isrc = names::isrc(&text);
        if tags.isrc.is_none() {
            warnings.push(format!("{text:?} is no ISRC"));
        }
    }
    for (what, number, most) in
        [("track", &mut tags.track_number, super::MAX_NUMBER), ("disc", &mut tags.disc_number, super::MAX_MEDIUM)]
    {
        if let Some(wrong) = number.filter(|n| !(1..=most).contains(n)) {
            *number = None;
            warnings.push(format!("{wrong} is no number of a {what}"));
        }
    }
    Ok(tags)
}

/// SHA-256 of a file's bytes, in hex.
pub(super) fn file_sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; HASH_BYTES]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}
