//! The driver: encoder threads take segments of the grid in order, the caller's thread hands out their bytes in order.
//! What lies between is bounded in bytes; nothing here knows a codec.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};

use sha2::{Digest, Sha256};

use super::{Chunk, Encoded, Open, Plan, index, prepare};
use crate::codec::{BodySink, Sizes};
use crate::{Error, Result};

/// Bytes made ahead of the segment that is being handed out.
pub const MAX_LOOK_AHEAD_BYTES: usize = 16 << 20;
/// Bytes of the segment being handed out that may wait for the sink.
const MAX_WAITING_BYTES: usize = 1 << 20;
/// The first chunk of all is handed out at this size, so that the first bytes are fast.
const FIRST_CHUNK_BYTES: usize = 2 << 10;
/// Every later chunk.
const CHUNK_BYTES: usize = 64 << 10;
/// More threads than this are no use to one track.
const MAX_THREADS: usize = 64;

/// Body bytes and which of them are payload: (is payload, length) in turn.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    runs: Vec<(bool, usize)>,
}

/// A segment that is being made: its blocks, and its packets' sizes once it is done.
#[derive(Default)]
struct Segment {
    blocks: VecDeque<Block>,
    waiting_bytes: usize,
    done: Option<Result<Vec<u32>>>,
}

#[derive(Default)]
struct State {
    segments: BTreeMap<u64, Segment>,
    /// The segment that is being handed out.
    current: u64,
    next_to_claim: u64,
    ahead_bytes: usize,
    stopped: bool,
}

struct Shared<'a> {
    plan: &'a Plan,
    open: &'a Open<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned lock only means that another thread panicked between two consistent states.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn wait<'s>(&self, guard: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(guard).unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// See [`super::encode`].
pub fn run(plan: &Plan, open: &Open, threads: usize, sink: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<Encoded> {
    let threads = threads.clamp(1, MAX_THREADS).min(plan.segments.max(1) as usize);
    let shared = Shared { plan, open, state: Mutex::default(), changed: Condvar::new() };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&shared));
        }
        // However handing out ends, by a panic of the sink too, the encoder threads must end.
        let _stop = StopOnDrop(&shared);
        hand_out(&shared, sink)
    })
}

struct StopOnDrop<'a, 'b>(&'a Shared<'b>);

impl Drop for StopOnDrop<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

/// The caller's side: every segment in order, every block of it in order.
fn hand_out(shared: &Shared, sink: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<Encoded> {
    let mut hash = Sha256::new();
    let (mut payload_bytes, mut body_bytes) = (0, 0);
    let mut sizes = Sizes::default();
    for segment in 0..shared.plan.segments {
        let from = body_bytes;
        let packets = loop {
            match next(shared, segment) {
                Next::Block(block) => {
                    body_bytes += block.bytes.len() as u64;
                    payload_bytes += hash_payload(&mut hash, &block);
                    sink(Chunk { bytes: block.bytes, segment })?;
                }
                Next::Done(packets) => break packets?,
            }
        };
        sizes.segment_bytes.push(body_bytes - from);
        sizes.packet_bytes.extend(packets);
    }
    Ok(Encoded { payload_bytes, payload_sha256: hash.finalize().into(), body_bytes, index: index::write(&sizes) })
}

fn hash_payload(hash: &mut Sha256, block: &Block) -> u64 {
    let (mut at, mut payload_bytes) = (0, 0);
    for &(payload, length) in &block.runs {
        if payload {
            hash.update(&block.bytes[at..at + length]);
            payload_bytes += length as u64;
        }
        at += length;
    }
    payload_bytes
}

enum Next {
    Block(Block),
    Done(Result<Vec<u32>>),
}

/// Waits for the next block of the current segment, or for its end.
fn next(shared: &Shared, number: u64) -> Next {
    let mut state = shared.lock();
    loop {
        let segment = state.segments.entry(number).or_default();
        if let Some(block) = segment.blocks.pop_front() {
            segment.waiting_bytes -= block.bytes.len();
            shared.changed.notify_all();
            return Next::Block(block);
        }
        if let Some(done) = segment.done.take() {
            state.segments.remove(&number);
            state.current = number + 1;
            let ahead = state.segments.get(&state.current).map_or(0, |s| s.waiting_bytes);
            state.ahead_bytes -= ahead;
            shared.changed.notify_all();
            return Next::Done(done);
        }
        state = shared.wait(state);
    }
}

/// An encoder thread: one segment after the other until none is left.
fn work(shared: &Shared) {
    let mut pcm = None;
    loop {
        let number = {
            let mut state = shared.lock();
            if state.stopped || state.next_to_claim >= shared.plan.segments {
                return;
            }
            state.next_to_claim += 1;
            state.next_to_claim - 1
        };
        let made = catch_unwind(AssertUnwindSafe(|| make(shared, number, &mut pcm)));
        let done = made.unwrap_or_else(|_| Err(Error::Encoder("it panicked".into())));
        let failed = done.is_err();
        shared.lock().segments.entry(number).or_default().done = Some(done);
        shared.changed.notify_all();
        if failed {
            return;
        }
    }
}

/// Encodes one segment; the source is opened once per thread.
fn make(shared: &Shared, number: u64, pcm: &mut Option<Box<dyn crate::pcm::Source>>) -> Result<Vec<u32>> {
    let plan = shared.plan;
    if pcm.is_none() {
        *pcm = Some(prepare::prepare((shared.open)()?, &plan.spec)?);
    }
    let mut writer = Writer { shared, number, block: Block::default(), packets: Vec::new(), sent: false };
    if let Some(pcm) = pcm {
        plan.codec().encode_segment(plan.work(), number, pcm.as_mut(), &mut writer)?;
    }
    writer.send()?;
    Ok(writer.packets)
}

/// Gathers what a codec writes into blocks and waits where too much is waiting already.
struct Writer<'a, 'b> {
    shared: &'a Shared<'b>,
    number: u64,
    block: Block,
    packets: Vec<u32>,
    sent: bool,
}

impl Writer<'_, '_> {
    fn write(&mut self, bytes: &[u8], payload: bool) -> Result<()> {
        self.block.bytes.extend_from_slice(bytes);
        match self.block.runs.last_mut() {
            Some((kind, length)) if *kind == payload => *length += bytes.len(),
            _ => self.block.runs.push((payload, bytes.len())),
        }
        let full = if self.number == 0 && !self.sent { FIRST_CHUNK_BYTES } else { CHUNK_BYTES };
        if self.block.bytes.len() >= full { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.block);
        if block.bytes.is_empty() {
            return Ok(());
        }
        self.sent = true;
        let mut state = self.shared.lock();
        loop {
            if state.stopped {
                return Err(Error::Encoder("stopped".into()));
            }
            let current = state.current == self.number;
            let ahead_bytes = state.ahead_bytes;
            let segment = state.segments.entry(self.number).or_default();
            let room =
                if current { segment.waiting_bytes < MAX_WAITING_BYTES } else { ahead_bytes < MAX_LOOK_AHEAD_BYTES };
            if room {
                segment.waiting_bytes += block.bytes.len();
                if !current {
                    state.ahead_bytes += block.bytes.len();
                }
                let block_for = state.segments.entry(self.number).or_default();
                block_for.blocks.push_back(block);
                self.shared.changed.notify_all();
                return Ok(());
            }
            state = self.shared.wait(state);
        }
    }
}

impl BodySink for Writer<'_, '_> {
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
