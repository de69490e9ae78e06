//! Encoding: what a rendition is (head, body on a fixed grid of segments, tail), what is known of it before, and making one.
//!
//! The body depends on the master's samples, the format and the encoder's build, and on nothing else: not on threads, not
//! on tags, not on where one starts. Head and tail are made from facts and tags at any time.

mod index;
mod prepare;
mod segment;
mod driver;

pub use self::segment::{Block, Runs, Segments, Tally};
pub use crate::codec::{Class, PayloadSize, SizeKnown, Starts};
pub use crate::master::MAX_LENGTH_FRAMES;
pub use crate::payload::{Payload, payload};

use crate::codec::{Codec, Layout, Sizes, Work, lossless_class, stream_serial};
use crate::format::Format;
use crate::pcm::{Source, Spec, StreamInfo};
use crate::portable::cpu_class;
use crate::tags::Tags;
use crate::{Error, Result};

/// Changes when anything in this crate changes the bytes of any rendition for the same encoder.
pub const GRID_VERSION: u32 = 3;

/// A rendition that can be made: everything that is known of it before it is made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The format.
    pub format: Format,
    /// The master it is made from.
    pub master: StreamInfo,
    /// The samples that the encoder gets; a lossy encoder's are floats, whatever the master's are.
    pub spec: Spec,
    /// Frames that a decoder of the rendition gives: round(n·out/in).
    pub length_frames: u64,
    /// Segments of the grid, each made alone.
    pub segments: u64,
    /// Name and version of the encoder and of the grid, and the class of processors; belongs into the rendition's key.
    pub encoder: String,
    /// Bytes that are charged.
    pub payload: PayloadSize,
    /// Bytes of the body, where known before encoding.
    pub body_bytes: Option<u64>,
    /// Made as one piece from the start.
    pub serial: bool,
    /// The class of this copy of this master.
    pub class: Class,
    work: Work,
}

impl Plan {
    /// The codec's own view of the work.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    pub(crate) fn codec(&self) -> &'static dyn Codec {
        self.format.implementation()
    }

    /// Where each segment begins in the body and, at last, where the last one ends: where that is known before encoding.
    pub fn segment_starts(&self) -> Option<Vec<u64>> {
        let mut starts =
            (0..self.segments).map(|n| self.codec().segment_at(&self.work, n)).collect::<Option<Vec<_>>>()?;
        starts.push(self.body_bytes?);
        Some(starts)
    }
}

/// Decides whether and how `format` is made of a master: a pure function. `Unsupported` says why a format doesn't fit.
pub fn plan(format: Format, master: &StreamInfo) -> Result<Plan> {
    check_master(master)?;
    let codec = format.implementation();
    let info = format.info();
    if let Some(why_not) = info.why_not {
        return Err(Error::Unsupported(why_not));
    }
    let spec = codec.fit(format.setting(), &master.spec, format.reduce())?;
    let length_frames = prepare::resampled_length(master.length_frames, master.spec.rate_hz, spec.rate_hz);
    if length_frames == 0 {
        return Err(Error::Unsupported(format!("a master too short for {} Hz", spec.rate_hz)));
    }
    prepare::check(&master.spec, &spec)?;
    let unchanged = spec == master.spec;
    let work = Work {
        setting: format.setting(),
        spec,
        length_frames,
        md5: unchanged.then_some(master.md5),
        stream_serial: stream_serial(master, &format.to_string()),
    };
    let Layout { segments, payload, body_bytes } = codec.layout(&work)?;
    Ok(Plan {
        format,
        master: *master,
        spec,
        length_frames,
        segments,
        encoder: format!("{} grid {GRID_VERSION} {}", codec.encoder(), cpu_class()),
        payload,
        body_bytes,
        serial: info.serial,
        class: if info.class == Class::Lossy { Class::Lossy } else { lossless_class(&spec) },
        work,
    })
}

fn check_master(master: &StreamInfo) -> Result<()> {
    if master.length_frames == 0 || master.spec.channels == 0 || master.spec.rate_hz == 0 {
        return Err(Error::Unsupported("a master without samples".into()));
    }
    if master.length_frames > MAX_LENGTH_FRAMES {
        return Err(Error::Limit { name: "MAX_LENGTH_FRAMES", limit: MAX_LENGTH_FRAMES });
    }
    Ok(())
}

/// Some bytes of the body, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; never empty.
    pub bytes: Vec<u8>,
    /// The segment that they belong to.
    pub segment: u64,
}

/// What is known of a rendition once it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Bytes that are charged.
    pub payload_bytes: u64,
    /// SHA-256 of the payload.
    pub payload_sha256: [u8; 32],
    /// Bytes of the body.
    pub body_bytes: u64,
    /// What head and tail need later, opaque.
    pub index: Vec<u8>,
}

/// Opens the master anew, for one thread.
pub type Open<'a> = dyn Fn() -> Result<Box<dyn Source>> + Sync + 'a;

/// Makes the body: calls `sink` with it, in order, as it is made, with `threads` encoder threads beside the caller's.
///
/// The bytes don't depend on `threads`. An error of the sink ends the work and is returned.
pub fn encode(plan: &Plan, open: &Open, threads: usize, sink: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<Encoded> {
    driver::run(plan, open, threads, sink)
}

/// Everything before the body. `None` only where the container's index comes first and no finished encode is at hand.
///
/// For given tags the head is the same bytes with and without `index`, except that it may be `None` without.
pub fn head(plan: &Plan, index: Option<&[u8]>, tags: &Tags) -> Result<Option<Vec<u8>>> {
    let sizes: Option<Sizes> = index.map(index::parse).transpose()?;
    plan.codec().head(&plan.work, sizes.as_ref(), tags)
}

/// Everything after the body: nothing, a pad byte, or tags that stand last.
pub fn tail(plan: &Plan, tags: &Tags) -> Result<Vec<u8>> {
    plan.codec().tail(&plan.work, tags)
}

/// Where each segment's bytes begin in the body, and at last where they end.
pub fn segment_offsets(index: &[u8]) -> Result<Vec<u64>> {
    let sizes = index::parse(index)?;
    let mut offsets = vec![0];
    let mut at = 0;
    for bytes in sizes.segment_bytes {
        at += bytes;
        offsets.push(at);
    }
    Ok(offsets)
}
