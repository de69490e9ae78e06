//! The encoder threads of a process, and whose segment they make next. Knows no database and no files of its own.
//!
//! A segment is the unit of work, so no listener waits longer than one for another's. The order: a download that stands
//! still, then downloads, then what was paid for and nobody fetches yet, then sizing. Among equals the listener who has
//! had the least goes first.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use audio::encode::{Plan, Segments};
use audio::pcm::Source;

use super::ffi;
use super::growing::{Broken, Growing, Made};

/// How nice the one thread is that serves only downloads that stand still. The others take what the pages leave.
const URGENT_NICENESS: i32 = 5;

/// Why something is encoded, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Somebody downloads it or has paid for it.
    Bought,
    /// Somebody listens to it.
    Previewed,
    /// So that its size is known.
    Sizing,
}

impl Cause {
    /// Whether the body is wanted, and not its numbers alone.
    pub(super) fn stores(self) -> bool {
        self != Cause::Sizing
    }
}

/// Called once, on an encoder thread: must not wait.
pub(super) type Ended = Box<dyn FnOnce(Result<Made, Broken>) + Send>;

/// An encode to be done.
pub(super) struct Encode {
    pub plan: Plan,
    pub open: Box<dyn Fn() -> audio::Result<Box<dyn Source>> + Send + Sync>,
    pub growing: Arc<Growing>,
    pub ended: Ended,
}

struct Task {
    number: u64,
    plan: Plan,
    open: Arc<dyn Fn() -> audio::Result<Box<dyn Source>> + Send + Sync>,
    growing: Arc<Growing>,
    ended: Option<Ended>,
    owners: Vec<String>,
    cause: Cause,
}

/// What a thread may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Segments of grids.
    Grid,
    /// Formats that are one segment: minutes of work, which grids must not wait for.
    Serial,
    /// Only what a download stands still for.
    Urgent,
}

#[derive(Default)]
struct State {
    tasks: Vec<Task>,
    next_number: u64,
    /// Milliseconds of music that each listener with running encodes was given, on one scale for all.
    shares: HashMap<String, u64>,
    /// The share of whoever was served last: where a newcomer begins.
    now: u64,
    stopping: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

/// The threads. They end when it is dropped.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: usize,
    started: Mutex<bool>,
}

/// A segment that a thread has claimed.
struct Claim {
    task: u64,
    segment: u64,
    plan: Plan,
    open: Arc<dyn Fn() -> audio::Result<Box<dyn Source>> + Send + Sync>,
    growing: Arc<Growing>,
}

impl Pool {
    /// A pool of so many threads for grids and as many for serial formats; they start with the first encode.
    pub(super) fn new(threads: usize) -> Pool {
        Pool { shared: Arc::default(), threads: threads.max(1), started: Mutex::new(false) }
    }

    /// Takes up an encode for `owner`.
    pub(super) fn add(&self, encode: Encode, owner: &str, cause: Cause) -> std::io::Result<()> {
        self.start()?;
        let mut state = self.shared.lock();
        let number = state.next_number;
        state.next_number += 1;
        let Encode { plan, open, growing, ended } = encode;
        let task = Task { number, plan, open: open.into(), growing, ended: Some(ended), owners: vec![], cause };
        state.tasks.push(task);
        state.join(number, owner, cause);
        drop(state);
        self.shared.work.notify_all();
        Ok(())
    }

    /// One more who wants the same.
    pub(super) fn join(&self, growing: &Arc<Growing>, owner: &str, cause: Cause) {
        let mut state = self.shared.lock();
        let found = state.tasks.iter().find(|task| Arc::ptr_eq(&task.growing, growing)).map(|task| task.number);
        if let Some(number) = found {
            state.join(number, owner, cause);
        }
    }

    /// Encodes that wait or run for `owner`.
    pub(super) fn owned_by(&self, owner: &str) -> usize {
        self.shared.lock().tasks.iter().filter(|task| task.owners.iter().any(|o| o == owner)).count()
    }

    fn start(&self) -> std::io::Result<()> {
        let mut started = self.started.lock().unwrap_or_else(|e| e.into_inner());
        if *started {
            return Ok(());
        }
        let kinds = [Kind::Grid, Kind::Serial].into_iter().flat_map(|kind| std::iter::repeat_n(kind, self.threads));
        for kind in kinds.chain([Kind::Urgent]) {
            let shared = self.shared.clone();
            std::thread::Builder::new().name("encode".into()).spawn(move || run(&shared, kind))?;
        }
        *started = true;
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    fn join(&mut self, number: u64, owner: &str, cause: Cause) {
        let now = self.now;
        let share = self.shares.entry(owner.to_owned()).or_insert(now);
        // Whoever was away has not saved anything up.
        *share = (*share).max(now);
        if let Some(task) = self.tasks.iter_mut().find(|task| task.number == number) {
            task.cause = task.cause.min(cause);
            if !task.owners.iter().any(|o| o == owner) {
                task.owners.push(owner.to_owned());
            }
        }
    }

    /// The owner of a task who has had the least.
    fn cheapest<'t>(&self, task: &'t Task) -> Option<(u64, &'t String)> {
        task.owners.iter().map(|owner| (self.shares.get(owner).copied().unwrap_or(0), owner)).min()
    }

    /// Claims the segment that is to be made next by a thread of this kind.
    fn claim(&mut self, kind: Kind) -> Option<Claim> {
        let candidates = self.tasks.iter().enumerate().filter_map(|(at, task)| {
            let fits = match kind {
                Kind::Grid => !task.plan.serial,
                Kind::Serial => task.plan.serial,
                Kind::Urgent => true,
            };
            let wanted = task.growing.wanted().filter(|wanted| fits && (kind != Kind::Urgent || wanted.starves))?;
            let rank = match (wanted.starves, task.cause) {
                (true, _) => 0,
                (false, _) if task.growing.is_followed() => 1,
                (false, Cause::Bought) => 2,
                (false, Cause::Previewed) => 3,
                (false, Cause::Sizing) => 4,
            };
            Some((rank, self.cheapest(task).map_or(0, |(share, _)| share), task.number, at))
        });
        let (_, share, _, at) = candidates.min()?;
        let task = &self.tasks[at];
        let segment = task.growing.claim()?;
        let payer = self.cheapest(task).map(|(_, owner)| owner.clone());
        let claim = Claim {
            task: task.number,
            segment,
            plan: task.plan.clone(),
            open: task.open.clone(),
            growing: task.growing.clone(),
        };
        let cost_ms = segment_ms(&task.plan);
        self.now = self.now.max(share);
        if let Some(share) = payer.and_then(|owner| self.shares.get_mut(&owner)) {
            *share += cost_ms;
        }
        Some(claim)
    }

    /// Takes a task out; what was to be called at its end is for the caller.
    fn remove(&mut self, number: u64) -> Option<Ended> {
        let at = self.tasks.iter().position(|task| task.number == number)?;
        let task = self.tasks.swap_remove(at);
        let tasks = &self.tasks;
        self.shares.retain(|owner, _| tasks.iter().any(|task| task.owners.contains(owner)));
        task.ended
    }
}

/// A thread: one segment after the other.
fn run(shared: &Shared, kind: Kind) {
    let placed = if kind == Kind::Urgent { ffi::set_niceness(URGENT_NICENESS) } else { ffi::take_what_is_left() };
    if let Err(e) = placed {
        tracing::warn!(error = %e, "an encoder thread keeps its priority");
    }
    // The master of the task that was worked on last stays open.
    let mut open: Option<(u64, Segments)> = None;
    loop {
        let claim = {
            let mut state = shared.lock();
            loop {
                if state.stopping {
                    return;
                }
                if let Some(claim) = state.claim(kind) {
                    break claim;
                }
                open = None;
                state = shared.work.wait(state).unwrap_or_else(|e| e.into_inner());
            }
        };
        let made = catch_unwind(AssertUnwindSafe(|| make(&claim, &mut open)));
        let made = made.unwrap_or_else(|_| Err(Broken::Encoder("the encoder panicked".into())));
        if made.is_err() {
            open = None;
        }
        if let Some(outcome) = made.transpose() {
            let ended = shared.lock().remove(claim.task);
            if let Some(ended) = ended {
                ended(outcome);
            }
        }
        shared.work.notify_all();
    }
}

/// Milliseconds of music in a segment, about.
fn segment_ms(plan: &Plan) -> u64 {
    plan.length_frames * 1_000 / u64::from(plan.spec.rate_hz.max(1)) / plan.segments.max(1) + 1
}

/// Makes a segment; the numbers of the body if it was the last.
fn make(claim: &Claim, open: &mut Option<(u64, Segments)>) -> Result<Option<Made>, Broken> {
    if open.as_ref().is_none_or(|(task, _)| *task != claim.task) {
        *open = Some((claim.task, Segments::open(&claim.plan, &*claim.open).map_err(broken)?));
    }
    let Some((_, segments)) = open else { return Err(Broken::stopped()) };
    let mut writer = claim.growing.writer(claim.segment);
    let packets = segments.make(claim.segment, &mut |block| Ok(writer.write(&block)?)).map_err(broken)?;
    writer.finish(packets)
}

/// Disk and network may recover; anything that the encoder or decoder says of the samples will not.
fn broken(error: audio::Error) -> Broken {
    match error {
        audio::Error::Io(e) => Broken::Io(e.to_string()),
        other => Broken::Encoder(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use audio::encode;
    use audio::pcm::{Spec, StreamInfo};
    use futures_util::FutureExt;

    use super::*;

    /// Four minutes in this format.
    fn task(state: &mut State, format: &str, owner: &str, cause: Cause) -> Arc<Growing> {
        let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
        let stream = StreamInfo { spec, length_frames: 240 * 44_100, md5: [1; 16] };
        let plan = encode::plan(format.parse().unwrap(), &stream).unwrap();
        let file = tempfile::tempfile().unwrap();
        let starts = (0..=plan.segments).collect();
        let growing = Arc::new(Growing::new(file, plan.segments, Some(starts), 1));
        let number = state.next_number;
        state.next_number += 1;
        let open = Arc::new(|| Err(audio::Error::Encoder("not in this test".into())));
        let (owners, ended) = (vec![], None);
        state.tasks.push(Task { number, plan, open, growing: growing.clone(), ended, owners, cause });
        state.join(number, owner, cause);
        growing
    }

    /// Whose segments are made next.
    fn turns(state: &mut State, turns: usize) -> String {
        let mut owners = String::new();
        for _ in 0..turns {
            let claim = state.claim(Kind::Grid).unwrap();
            let task = state.tasks.iter().find(|task| task.number == claim.task).unwrap();
            owners.push_str(&task.owners[0]);
        }
        owners
    }

    #[test]
    fn ten_tracks_of_one_listener_and_one_of_another_take_turns() {
        let mut state = State::default();
        for _ in 0..10 {
            task(&mut state, "wav:pcm:16", "a", Cause::Bought);
        }
        assert_eq!(turns(&mut state, 20), "a".repeat(20));
        task(&mut state, "wav:pcm:16", "b", Cause::Bought);
        let turns = turns(&mut state, 20);
        assert_eq!(turns.matches('b').count(), 10, "{turns}");
        assert!(turns[..3].contains('b'), "{turns}");
    }

    #[test]
    fn a_standing_download_goes_before_running_ones_and_sizing_goes_last() {
        let mut state = State::default();
        task(&mut state, "wav:pcm:16", "s", Cause::Sizing);
        task(&mut state, "wav:pcm:16", "p", Cause::Bought);
        assert_eq!(turns(&mut state, 1), "p");
        let read = task(&mut state, "wav:pcm:16", "d", Cause::Bought);
        let follower = read.follow();
        assert!(follower.reach(2).now_or_never().is_none());
        assert_eq!(state.claim(Kind::Urgent).map(|claim| claim.segment), Some(2));
        // What it waits for is on the way: the others behind it are a running download's.
        assert!(state.claim(Kind::Urgent).is_none());
        assert_eq!(turns(&mut state, 2), "dd");
    }

    #[test]
    fn formats_in_one_piece_are_not_waited_for_by_the_others() {
        let mut state = State::default();
        task(&mut state, "vorbis:vbr:5", "a", Cause::Bought);
        state.tasks[0].plan.serial = true;
        assert!(state.claim(Kind::Grid).is_none());
        assert!(state.claim(Kind::Serial).is_some());
    }
}
