//! Examining a master: one pass over all its samples for everything that an import wants to know about them.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::{Info, Master, Reader, open};
use crate::loudness::{Loudness, Meter};
use crate::pcm::{Samples, Source, Spec};
use crate::provenance::{Provenance, Watch};
use crate::waveform::Outline;
use crate::{Error, Result};

/// Frames per step, and so the finest step of `progress`.
const STEP_FRAMES: usize = 32_768;
/// Opens the bytes that the identity of a master is the hash of; names their version.
const IDENTITY_PREFIX: &[u8] = b"gramovar master 1\n";

/// What one pass over a master found.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// What the file says about itself; all of it was found to be true.
    pub info: Info,
    /// SHA-256 over `gramovar master 1\n`, rate (u32), bits (u8), float (u8), channels (u8), length (u64) and all samples
    /// as in `md5`; numbers little-endian. The same audio has the same identity in every container.
    pub master_id: [u8; 32],
    /// MD5 over all samples in turn, little-endian, in the whole bytes that their bits need (RFC 9639 section 8.2).
    pub md5: [u8; 16],
    /// Loudness and true peak.
    pub loudness: Loudness,
    /// What the samples say about where they came from.
    pub provenance: Provenance,
    /// How loud it is from its beginning to its end, for drawing.
    pub waveform: Vec<u8>,
}

/// Opens a master and decodes all of it once. `progress` is called with the frames done and the frames in all.
///
/// Errors: those of [`open`], `Truncated` when it holds fewer frames than it says, `Md5Mismatch` when a FLAC's samples
/// are not those that its signature was made of, `Malformed` when a frame is damaged.
pub fn examine(reader: Reader, progress: &mut dyn FnMut(u64, u64)) -> Result<Examined> {
    let mut master = open(reader)?;
    let spec = master.spec();
    let mut sha256 = Sha256::new();
    sha256.update(identity_head(&spec, master.length_frames()));
    let mut md5 = Md5::new();
    let mut meter = Meter::new(&spec)?;
    let mut watch = Watch::new(&spec);
    let mut outline = Outline::new(&spec, master.length_frames());
    let mut bytes = Vec::new();
    each_block(&mut master, progress, &mut |block| {
        pack(block, spec.bits, &mut bytes);
        sha256.update(&bytes);
        md5.update(&bytes);
        watch.add(block);
        outline.add(block);
        meter.add(block)
    })?;
    let (info, md5) = (master.info().clone(), checked(master.info(), md5)?);
    let (loudness, provenance) = (meter.finish()?, watch.finish());
    Ok(Examined { info, master_id: sha256.finalize().into(), md5, loudness, provenance, waveform: outline.finish() })
}

/// The MD5 alone, for a master that states none. Errors as in [`examine`].
pub fn md5(reader: Reader) -> Result<[u8; 16]> {
    let mut master = open(reader)?;
    let spec = master.spec();
    let (mut md5, mut bytes) = (Md5::new(), Vec::new());
    each_block(&mut master, &mut |_, _| (), &mut |block| {
        pack(block, spec.bits, &mut bytes);
        md5.update(&bytes);
        Ok(())
    })?;
    checked(master.info(), md5)
}

/// Reads a master from its first frame to its last.
fn each_block(
    master: &mut Master,
    progress: &mut dyn FnMut(u64, u64),
    take: &mut dyn FnMut(&Samples) -> Result<()>,
) -> Result<()> {
    let length_frames = master.length_frames();
    let (mut block, mut done_frames) = (Samples::empty(&master.spec()), 0);
    loop {
        let frames = master.read(&mut block, STEP_FRAMES)?;
        if frames == 0 {
            break;
        }
        take(&block)?;
        done_frames += frames as u64;
        progress(done_frames, length_frames);
    }
    if done_frames != length_frames {
        return Err(Error::Truncated(format!("{done_frames} of {length_frames} frames are there")));
    }
    Ok(())
}

/// The MD5, if it is the one that the master states or it states none.
pub(super) fn checked(info: &Info, md5: Md5) -> Result<[u8; 16]> {
    let md5: [u8; 16] = md5.finalize().into();
    match info.flac_md5 {
        Some(stated) if stated != md5 => Err(Error::Md5Mismatch),
        _ => Ok(md5),
    }
}

fn identity_head(spec: &Spec, length_frames: u64) -> Vec<u8> {
    let mut head = IDENTITY_PREFIX.to_vec();
    head.extend_from_slice(&spec.rate_hz.to_le_bytes());
    head.extend_from_slice(&[spec.bits, spec.float.into(), spec.channels]);
    head.extend_from_slice(&length_frames.to_le_bytes());
    head
}

/// The samples as the bytes that are hashed.
pub(super) fn pack(block: &Samples, bits: u8, bytes: &mut Vec<u8>) {
    bytes.clear();
    match (block, bits.div_ceil(8)) {
        (Samples::Float(samples), _) => samples.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes())),
        (Samples::Int(samples), 1) => bytes.extend(samples.iter().map(|s| *s as u8)),
        (Samples::Int(samples), 2) => samples.iter().for_each(|s| bytes.extend_from_slice(&(*s as i16).to_le_bytes())),
        (Samples::Int(samples), 3) => samples.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes()[..3])),
        (Samples::Int(samples), _) => samples.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes())),
    }
}
