//! A body in the making: encoder threads write its segments, in any order where their places are known beforehand, and
//! any number of downloads follow. What is made next, `pool` decides.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard};

use audio::encode::{Block, Runs, Tally};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

/// Bytes that are read back at once to add them up.
const ADD_UP_BYTES: usize = 256 << 10;
/// Segments that may be made ahead where places are only known one after the other: their bytes wait in memory.
const MAX_LOOK_AHEAD_SEGMENTS: u64 = 4;

/// Why a delivery cannot go on. Whoever is sending must abort, so that nobody takes a part for the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The encoder gave up on the master; trying again will not help.
    #[error("the encoder failed: {0}")]
    Encoder(String),
    /// Disk, object store or process; trying again may help.
    #[error("reading or writing failed: {0}")]
    Io(String),
    /// Other bytes came out than the last time, so what was known of them is void; trying again may help.
    #[error("segment {segment} came out with {bytes} bytes instead of {expected}")]
    Changed {
        /// Of the grid.
        segment: u64,
        /// Now.
        bytes: u64,
        /// Before.
        expected: u64,
    },
}

impl Broken {
    pub(crate) fn no_head() -> Broken {
        Broken::Io("what the file's head needs is not on record".into())
    }

    pub(super) fn stopped() -> Broken {
        Broken::Io("the encode was stopped".into())
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Io(error.to_string())
    }
}

/// What a finished encode knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub payload_bytes: u64,
    pub payload_sha256: String,
    pub body_bytes: u64,
    pub body_sha256: String,
    pub body_crc32: u32,
    pub index: Vec<u8>,
}

/// A segment of the grid.
#[derive(Default)]
struct Segment {
    claimed: bool,
    /// Bytes in the file.
    written: u64,
    /// All of them are in the file.
    whole: bool,
    /// Its bytes, made before its place was known.
    waiting: Option<Vec<u8>>,
    runs: Runs,
    packets: Vec<u32>,
}

struct State {
    /// Where segments begin, as far as that is known; with the end of the last one when all is known.
    starts: Vec<u64>,
    segments: Vec<Segment>,
    /// All segments before this one are whole.
    front: usize,
    written: u64,
    /// The byte that each follower waits for or reads next.
    followers: BTreeMap<u64, u64>,
    next_follower: u64,
    end: Option<Result<Arc<Made>, Broken>>,
}

impl State {
    fn all_known(&self) -> bool {
        self.starts.len() > self.segments.len()
    }

    /// The segment that holds a byte: `None` while that isn't known, and beyond the end.
    fn segment_of(&self, offset: u64) -> Option<usize> {
        let after = self.starts.partition_point(|&start| start <= offset);
        let last_known = after == self.starts.len();
        // The segment at the front has no known end: whatever lies in it or beyond is looked for there.
        (after > 0 && !(last_known && self.all_known())).then(|| after - 1)
    }

    /// Bytes that are there from `offset` on, without a gap.
    fn there(&self, offset: u64) -> u64 {
        let Some(mut n) = self.segment_of(offset) else { return 0 };
        let mut end = offset;
        while n < self.segments.len() && n < self.starts.len() {
            end = end.max(self.starts[n] + self.segments[n].written);
            if !self.segments[n].whole {
                break;
            }
            n += 1;
        }
        end - offset
    }

    /// The first segment from `from` on that nobody makes yet.
    fn unclaimed(&self, from: usize) -> Option<usize> {
        let limit = if self.all_known() { u64::MAX } else { self.front as u64 + MAX_LOOK_AHEAD_SEGMENTS };
        let found = (from..self.segments.len()).find(|&n| !self.segments[n].claimed)?;
        ((found as u64) < limit).then_some(found)
    }

    /// What to make next: what a follower waits for, then what comes after the place where one reads, then the rest.
    fn wanted(&self) -> Option<Wanted> {
        let places = self.followers.values();
        let next = places.filter_map(|&offset| {
            let here = self.segment_of(offset)?;
            let segment = self.unclaimed(here)?;
            let starves = segment == here && self.there(offset) == 0;
            Some((!starves, segment - here, segment))
        });
        match next.min() {
            Some((fed, _, segment)) => Some(Wanted { segment: segment as u64, starves: !fed }),
            None => self.unclaimed(self.front).map(|segment| Wanted { segment: segment as u64, starves: false }),
        }
    }
}

/// A segment that should be made next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub segment: u64,
    /// A download stands still for it.
    pub starves: bool,
}

/// Adds the body up in order, behind those who write it in any order.
#[derive(Default)]
struct Sums {
    tally: Tally,
    hash: Sha256,
    crc: crc32fast::Hasher,
    /// The next segment to add.
    next: usize,
}

/// A spool file that grows.
pub(crate) struct Growing {
    /// Kept open, so that followers go on reading after the file has moved into the object store.
    pub(super) file: Arc<File>,
    /// The final length, where it is known beforehand.
    announced: Option<u64>,
    expected_bytes: u64,
    state: Mutex<State>,
    sums: Mutex<Sums>,
    changed: watch::Sender<()>,
}

impl Growing {
    /// A body of so many segments, of which nothing is there yet. `starts`: where they begin and the last one ends, where
    /// that is known. `expected_bytes` is for the progress alone.
    pub(super) fn new(file: File, segments: u64, starts: Option<Vec<u64>>, expected_bytes: u64) -> Growing {
        let announced = starts.as_ref().and_then(|starts| starts.last().copied());
        let state = State {
            starts: starts.unwrap_or_else(|| vec![0]),
            segments: (0..segments).map(|_| Segment::default()).collect(),
            front: 0,
            written: 0,
            followers: BTreeMap::new(),
            next_follower: 0,
            end: None,
        };
        Growing {
            file: Arc::new(file),
            announced,
            expected_bytes,
            state: Mutex::new(state),
            sums: Mutex::default(),
            changed: watch::channel(()).0,
        }
    }

    /// The same, where the length alone is known beforehand.
    pub(super) fn announcing(self, body_bytes: Option<u64>) -> Growing {
        Growing { announced: self.announced.or(body_bytes), ..self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Takes the next segment for the caller to make.
    pub(super) fn claim(&self) -> Option<u64> {
        let mut state = self.lock();
        let wanted = state.wanted()?;
        state.segments[wanted.segment as usize].claimed = true;
        Some(wanted.segment)
    }

    /// What [`Growing::claim`] would take now.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        self.lock().wanted()
    }

    /// Whether anybody follows.
    pub(super) fn is_followed(&self) -> bool {
        !self.lock().followers.is_empty()
    }

    /// For the one who claimed a segment: where its bytes go.
    pub(super) fn writer(&self, segment: u64) -> Writer<'_> {
        Writer { growing: self, segment: segment as usize, written: 0, held: Vec::new(), runs: Runs::default() }
    }

    /// Where a segment begins, if that is known by now.
    fn start_of(&self, segment: usize) -> Option<u64> {
        self.lock().starts.get(segment).copied()
    }

    fn wrote(&self, segment: usize, bytes: u64) {
        let mut state = self.lock();
        state.segments[segment].written += bytes;
        state.written += bytes;
        drop(state);
        self.changed.send_replace(());
    }

    /// Moves the front over what is whole; what waited for its place goes into the file.
    fn advance(&self) -> Result<(), Broken> {
        loop {
            let (segment, start, bytes) = {
                let mut state = self.lock();
                while state.front < state.segments.len() && state.segments[state.front].whole {
                    let end = state.starts[state.front] + state.segments[state.front].written;
                    state.front += 1;
                    if state.starts.len() == state.front {
                        state.starts.push(end);
                    }
                }
                let front = state.front;
                match state.segments.get_mut(front).and_then(|segment| segment.waiting.take()) {
                    Some(bytes) => (front, state.starts[front], bytes),
                    None => break,
                }
            };
            self.file.write_all_at(&bytes, start)?;
            self.wrote(segment, bytes.len() as u64);
            self.lock().segments[segment].whole = true;
        }
        self.changed.send_replace(());
        Ok(())
    }

    /// Adds up what is whole by now; the numbers of the body, for the one who added its last segment.
    fn add_up(&self) -> Result<Option<Made>, Broken> {
        let mut sums = self.sums.lock().unwrap_or_else(|e| e.into_inner());
        let before = sums.next;
        let mut piece = vec![0; ADD_UP_BYTES];
        loop {
            let (start, length, runs, packets) = {
                let mut state = self.lock();
                let n = sums.next;
                let start = state.starts.get(n).copied();
                match (state.segments.get_mut(n).filter(|segment| segment.whole), start) {
                    (Some(segment), Some(start)) => {
                        let (runs, packets) = (std::mem::take(&mut segment.runs), std::mem::take(&mut segment.packets));
                        (start, segment.written, runs, packets)
                    }
                    _ => break,
                }
            };
            let mut at = 0;
            while at < length {
                let piece = &mut piece[..(length - at).min(ADD_UP_BYTES as u64) as usize];
                self.file.read_exact_at(piece, start + at)?;
                sums.hash.update(&*piece);
                sums.crc.update(piece);
                sums.tally.add(piece, &runs, at);
                at += piece.len() as u64;
            }
            sums.tally.end_segment(packets);
            sums.next += 1;
        }
        let total = self.lock().segments.len();
        if sums.next < total || before == total {
            return Ok(None);
        }
        let sums = std::mem::replace(&mut *sums, Sums { next: total, ..Sums::default() });
        let encoded = sums.tally.finish();
        Ok(Some(Made {
            payload_bytes: encoded.payload_bytes,
            payload_sha256: hex::encode(encoded.payload_sha256),
            body_bytes: encoded.body_bytes,
            body_sha256: hex::encode(sums.hash.finalize()),
            body_crc32: sums.crc.finalize(),
            index: encoded.index,
        }))
    }

    /// No more bytes come: it is whole, or it broke.
    pub(super) fn end(&self, how: Result<Arc<Made>, Broken>) {
        self.lock().end = Some(how);
        self.changed.send_replace(());
    }

    /// Hundredths done.
    pub(crate) fn percent(&self) -> u8 {
        (self.lock().written.saturating_mul(100) / self.expected_bytes.max(1)).min(99) as u8
    }

    /// Final length, once known.
    pub(super) fn total(&self) -> Option<u64> {
        let state = self.lock();
        let known = state.starts.last().filter(|_| state.all_known());
        known.copied().or(self.announced)
    }

    /// Waits for the end.
    pub(crate) async fn finished(&self) -> Result<Arc<Made>, Broken> {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(end) = self.lock().end.clone() {
                return end;
            }
            changed.changed().await.map_err(|_| Broken::stopped())?;
        }
    }

    /// A follower: what it waits for is made first.
    pub(super) fn follow(self: &Arc<Growing>) -> Follower {
        let mut state = self.lock();
        let id = state.next_follower;
        state.next_follower += 1;
        Follower { growing: self.clone(), id }
    }
}

/// The writer of one segment: straight into the file where its place is known, into memory until it is.
pub(super) struct Writer<'a> {
    growing: &'a Growing,
    segment: usize,
    written: u64,
    held: Vec<u8>,
    runs: Runs,
}

impl Writer<'_> {
    /// The next bytes of the segment.
    pub(super) fn write(&mut self, block: &Block) -> io::Result<()> {
        self.runs.extend(&block.runs);
        let Some(start) = self.growing.start_of(self.segment) else {
            self.held.extend_from_slice(&block.bytes);
            return Ok(());
        };
        let held = std::mem::take(&mut self.held);
        for bytes in [&held, &block.bytes] {
            self.growing.file.write_all_at(bytes, start + self.written)?;
            self.written += bytes.len() as u64;
        }
        self.growing.wrote(self.segment, (held.len() + block.bytes.len()) as u64);
        Ok(())
    }

    /// The segment is whole. Gives the numbers of the body to the one whose segment was the last.
    pub(super) fn finish(self, packets: Vec<u32>) -> Result<Option<Made>, Broken> {
        let (growing, n) = (self.growing, self.segment);
        {
            let mut state = growing.lock();
            let bytes = self.written + self.held.len() as u64;
            if let (Some(&start), Some(&end)) = (state.starts.get(n), state.starts.get(n + 1))
                && end - start != bytes
            {
                return Err(Broken::Changed { segment: n as u64, bytes, expected: end - start });
            }
            let segment = &mut state.segments[n];
            (segment.runs, segment.packets) = (self.runs, packets);
            if self.written > 0 {
                segment.whole = true;
            } else {
                segment.waiting = Some(self.held);
            }
        }
        growing.advance()?;
        growing.add_up()
    }
}

/// Somebody who reads a body while it is made.
pub(super) struct Follower {
    growing: Arc<Growing>,
    id: u64,
}

impl Follower {
    /// Waits until the byte at `offset` exists (`None`) or is known not to (the body's length).
    pub(super) async fn reach(&self, offset: u64) -> Result<Option<u64>, Broken> {
        let mut changed = self.growing.changed.subscribe();
        loop {
            {
                let mut state = self.growing.lock();
                state.followers.insert(self.id, offset);
                if state.there(offset) > 0 {
                    return Ok(None);
                }
                match &state.end {
                    Some(Ok(made)) => return Ok(Some(made.body_bytes)),
                    Some(Err(broken)) => return Err(broken.clone()),
                    None if state.all_known() && state.starts.last().is_some_and(|&end| offset >= end) => {
                        return Ok(state.starts.last().copied());
                    }
                    None => (),
                }
            }
            changed.changed().await.map_err(|_| Broken::stopped())?;
        }
    }

    /// Bytes that are there from `offset` on.
    pub(super) fn there(&self, offset: u64) -> u64 {
        self.growing.lock().there(offset)
    }

    /// Where they are.
    pub(super) fn file(&self) -> Arc<File> {
        self.growing.file.clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.growing.lock().followers.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const SEGMENTS: [&[u8]; 4] = [b"one", b"", b"three", b"four"];
    const WHOLE: &[u8] = b"onethreefour";

    fn body(starts: Option<Vec<u64>>) -> Arc<Growing> {
        Arc::new(Growing::new(tempfile::tempfile().unwrap(), 4, starts, 100))
    }

    fn known() -> Option<Vec<u64>> {
        Some(vec![0, 3, 3, 8, 12])
    }

    fn make(body: &Growing, segment: usize) -> Result<Option<Made>, Broken> {
        let mut writer = body.writer(segment as u64);
        for byte in SEGMENTS[segment] {
            writer.write(&Block { bytes: vec![*byte], ..Block::default() }).unwrap();
        }
        writer.finish(vec![])
    }

    #[test]
    fn segments_made_in_any_order_give_the_same_body() {
        for starts in [None, known()] {
            for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
                let body = body(starts.clone());
                while body.claim().is_some() {}
                let made: Vec<Made> = order.iter().filter_map(|&n| make(&body, n).unwrap()).collect();
                let [made] = made.as_slice() else { panic!("the body was ended {} times", made.len()) };
                assert_eq!(made.body_sha256, hex::encode(Sha256::digest(WHOLE)), "{order:?}");
                assert_eq!(made.body_bytes, 12);
                assert_eq!(audio::encode::segment_offsets(&made.index).unwrap(), known().unwrap());
                let mut bytes = vec![0; 12];
                body.file.read_exact_at(&mut bytes, 0).unwrap();
                assert_eq!(bytes, WHOLE);
            }
        }
    }

    #[test]
    fn a_follower_in_the_middle_gets_its_bytes_before_the_beginning_is_made() {
        let body = body(known());
        let follower = body.follow();
        assert!(follower.reach(9).now_or_never().is_none());
        assert_eq!(body.wanted(), Some(Wanted { segment: 3, starves: true }));
        assert_eq!(body.claim(), Some(3));
        make(&body, 3).unwrap();
        assert_eq!((follower.reach(9).now_or_never(), follower.there(9)), (Some(Ok(None)), 3));
        drop(follower);
        // It has left: the rest is made from the front.
        assert_eq!(body.wanted(), Some(Wanted { segment: 0, starves: false }));
    }

    #[test]
    fn what_lies_beyond_a_known_end_is_told_without_waiting() {
        assert_eq!(body(known()).follow().reach(12).now_or_never(), Some(Ok(Some(12))));
    }

    #[test]
    fn a_segment_of_another_length_than_before_is_refused() {
        let body = body(Some(vec![0, 3, 4, 9, 13]));
        while body.claim().is_some() {}
        make(&body, 0).unwrap();
        assert_eq!(make(&body, 1), Err(Broken::Changed { segment: 1, bytes: 0, expected: 1 }));
    }

    #[test]
    fn without_known_places_only_a_few_segments_are_made_ahead() {
        let body = Growing::new(tempfile::tempfile().unwrap(), 100, None, 100);
        assert_eq!(std::iter::from_fn(|| body.claim()).count() as u64, MAX_LOOK_AHEAD_SEGMENTS);
    }
}
