//! The driver: encoder threads take segments of the grid in order, the caller's thread hands out their bytes in order.
//! What lies between is bounded in bytes; nothing here knows a codec.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};

use super::segment::{Block, Segments, Tally};
use super::{Chunk, Encoded, Open, Plan};
use crate::{Error, Result};

/// Bytes made ahead of the segment that is being handed out.
pub const MAX_LOOK_AHEAD_BYTES: usize = 4 << 20;
/// Bytes of the segment being handed out that may wait for the sink.
const MAX_WAITING_BYTES: usize = 1 << 20;
/// More threads than this are no use to one track.
const MAX_THREADS: usize = 64;

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
    let mut tally = Tally::default();
    for segment in 0..shared.plan.segments {
        let packets = loop {
            match next(shared, segment) {
                Next::Block(block) => {
                    tally.add(&block.bytes, &block.runs, 0);
                    sink(Chunk { bytes: block.bytes, segment })?;
                }
                Next::Done(packets) => break packets?,
            }
        };
        tally.end_segment(packets);
    }
    Ok(tally.finish())
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
    let mut master = None;
    loop {
        let number = {
            let mut state = shared.lock();
            if state.stopped || state.next_to_claim >= shared.plan.segments {
                return;
            }
            state.next_to_claim += 1;
            state.next_to_claim - 1
        };
        let made = catch_unwind(AssertUnwindSafe(|| make(shared, number, &mut master)));
        let done = made.unwrap_or_else(|_| Err(Error::Encoder("it panicked".into())));
        let failed = done.is_err();
        shared.lock().segments.entry(number).or_default().done = Some(done);
        shared.changed.notify_all();
        if failed {
            return;
        }
    }
}

/// Encodes one segment; the master is opened once per thread.
fn make(shared: &Shared, number: u64, master: &mut Option<Segments>) -> Result<Vec<u32>> {
    let master = match master {
        Some(master) => master,
        None => master.insert(Segments::open(shared.plan, shared.open)?),
    };
    master.make(number, &mut |block| send(shared, number, block))
}

/// Passes a block on, and waits where too much is waiting already.
fn send(shared: &Shared, number: u64, block: Block) -> Result<()> {
    let mut state = shared.lock();
    loop {
        if state.stopped {
            return Err(Error::Encoder("stopped".into()));
        }
        let current = state.current == number;
        let ahead_bytes = state.ahead_bytes;
        let segment = state.segments.entry(number).or_default();
        let room = if current { segment.waiting_bytes < MAX_WAITING_BYTES } else { ahead_bytes < MAX_LOOK_AHEAD_BYTES };
        if room {
            segment.waiting_bytes += block.bytes.len();
            let bytes = block.bytes.len();
            segment.blocks.push_back(block);
            if !current {
                state.ahead_bytes += bytes;
            }
            shared.changed.notify_all();
            return Ok(());
        }
        state = shared.wait(state);
    }
}
