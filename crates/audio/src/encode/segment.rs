//! One segment of a body by itself, and adding up segments in order. Knows no threads.

use sha2::{Digest, Sha256};

use super::{Class, Encoded, Open, Plan, index, prepare};
use crate::codec::{BodySink, Sizes};
use crate::pcm::Source;
use crate::{Error, Result};

/// The first block of a segment is handed out at this size, so that the first bytes are fast.
const FIRST_BLOCK_BYTES: usize = 2 << 10;
/// Every later block: small enough for a download in the middle not to wait for seconds of music behind its place.
const BLOCK_BYTES: usize = 16 << 10;

/// Which bytes of a body are payload and which only frame it: lengths of one and the other in turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(Vec<(bool, u64)>);

impl Runs {
    fn push(&mut self, payload: bool, bytes: u64) {
        match self.0.last_mut() {
            Some((kind, length)) if *kind == payload => *length += bytes,
            _ => self.0.push((payload, bytes)),
        }
    }

    /// Goes on with what another block holds.
    pub fn extend(&mut self, other: &Runs) {
        other.0.iter().for_each(|&(payload, bytes)| self.push(payload, bytes));
    }
}

/// Some bytes of a segment, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The bytes; never empty.
    pub bytes: Vec<u8>,
    /// What they are.
    pub runs: Runs,
}

/// A master that is open for making segments of one plan, each by itself and in any order.
pub struct Segments {
    plan: Plan,
    pcm: Box<dyn Source>,
}

impl Segments {
    /// Opens the master.
    pub fn open(plan: &Plan, open: &Open) -> Result<Segments> {
        Ok(Segments { plan: plan.clone(), pcm: prepare::prepare(open()?, &plan.spec, plan.class != Class::Lossy)? })
    }

    /// Makes segment `number` and calls `take` with its bytes as they come; returns the sizes of its packets, where the
    /// container's index needs them. An error of `take` ends the segment and is returned.
    pub fn make(&mut self, number: u64, take: &mut dyn FnMut(Block) -> Result<()>) -> Result<Vec<u32>> {
        let mut writer = Writer { take, block: Block::default(), packets: Vec::new(), full_bytes: FIRST_BLOCK_BYTES };
        self.plan.codec().encode_segment(self.plan.work(), number, self.pcm.as_mut(), &mut writer)?;
        writer.hand_out()?;
        Ok(writer.packets)
    }
}

/// Gathers what a codec writes into blocks.
struct Writer<'a> {
    take: &'a mut dyn FnMut(Block) -> Result<()>,
    block: Block,
    packets: Vec<u32>,
    full_bytes: usize,
}

impl Writer<'_> {
    fn write(&mut self, bytes: &[u8], payload: bool) -> Result<()> {
        self.block.bytes.extend_from_slice(bytes);
        self.block.runs.push(payload, bytes.len() as u64);
        if self.block.bytes.len() >= self.full_bytes { self.hand_out() } else { Ok(()) }
    }

    fn hand_out(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.block);
        if block.bytes.is_empty() {
            return Ok(());
        }
        self.full_bytes = BLOCK_BYTES;
        (self.take)(block)
    }
}

impl BodySink for Writer<'_> {
    fn payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(bytes, true)
    }

    fn framing(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(bytes, false)
    }

    fn packet(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| Error::Encoder("a packet over 4 GiB".into()))?;
        self.packets.push(length);
        self.write(bytes, true)
    }
}

/// Adds up a body: its bytes in order, segment by segment.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    hash: Sha256,
    payload_bytes: u64,
    body_bytes: u64,
    segment_bytes: u64,
    sizes: Sizes,
}

impl Tally {
    /// The next bytes of the segment, of which `runs` says what they are from the byte `at` of the runs on.
    pub fn add(&mut self, bytes: &[u8], runs: &Runs, at: u64) {
        let (mut skip, mut rest) = (at, bytes);
        for &(payload, length) in &runs.0 {
            let here = length.saturating_sub(skip).min(rest.len() as u64);
            skip = skip.saturating_sub(length);
            let (run, after) = rest.split_at(here as usize);
            if payload {
                self.hash.update(run);
                self.payload_bytes += here;
            }
            rest = after;
        }
        self.segment_bytes += bytes.len() as u64;
    }

    /// The segment is whole.
    pub fn end_segment(&mut self, packets: Vec<u32>) {
        self.body_bytes += self.segment_bytes;
        self.sizes.segment_bytes.push(std::mem::take(&mut self.segment_bytes));
        self.sizes.packet_bytes.extend(packets);
    }

    /// What is known of the whole body.
    pub fn finish(self) -> Encoded {
        Encoded {
            payload_bytes: self.payload_bytes,
            payload_sha256: self.hash.finalize().into(),
            body_bytes: self.body_bytes,
            index: index::write(&self.sizes),
        }
    }
}
