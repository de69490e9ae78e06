//! Checking a master while somebody else reads it: an encoder's threads decode every frame anyhow, so their blocks are
//! hashed and measured in passing, in the master's order, and nothing is decoded twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use md5::{Digest, Md5};

use super::examine::{checked, pack};
use super::{Info, Master};
use crate::loudness::{Loudness, Meter};
use crate::pcm::{Samples, Source, Spec};
use crate::{Error, Result};

/// Samples that wait for those before them; more are let go, and read again in the end.
const MAX_WAITING_SAMPLES: usize = 3 << 19;
/// Frames read at once of what nobody read.
const STEP_FRAMES: usize = 32_768;

/// Sees the frames of a master go by.
pub struct Witness {
    info: Info,
    /// Whether there is anything to find out.
    curious: bool,
    waiting: Mutex<Waiting>,
    /// Held by whichever thread is measuring; the others leave their blocks and go on.
    seen: Mutex<Seen>,
}

/// Blocks by their first frame.
#[derive(Default)]
struct Waiting {
    blocks: BTreeMap<u64, Samples>,
    samples: usize,
    /// Frames before this one were measured.
    next: u64,
}

struct Seen {
    md5: Option<Md5>,
    meter: Option<Meter>,
    packed: Vec<u8>,
    /// The first thing that went wrong; it is told in the end.
    failed: Option<Error>,
}

/// A master whose reading is witnessed.
struct Watched {
    master: Master,
    at: u64,
    witness: Arc<Witness>,
}

impl Witness {
    /// For a master of which `info` is known: compares the MD5 with what it states, and measures loudness if wanted.
    pub fn new(info: &Info, loudness: bool) -> Result<Arc<Witness>> {
        let meter = loudness.then(|| Meter::new(&info.spec)).transpose()?;
        let seen = Seen { md5: info.flac_md5.map(|_| Md5::new()), meter, packed: Vec::new(), failed: None };
        let curious = seen.md5.is_some() || seen.meter.is_some();
        Ok(Arc::new(Witness { info: info.clone(), curious, waiting: Mutex::default(), seen: Mutex::new(seen) }))
    }

    /// The master as a source that is witnessed. There may be many of one master.
    pub fn watch(self: &Arc<Witness>, master: Master) -> Box<dyn Source> {
        Box::new(Watched { master, at: 0, witness: self.clone() })
    }

    /// Reads from `master` what nobody read, and returns the loudness if it was wanted.
    ///
    /// Errors: `Md5Mismatch` when the samples are not those that a FLAC states, `Truncated` when some are missing.
    pub fn finish(&self, mut master: Master) -> Result<Option<Loudness>> {
        let mut seen = lock(&self.seen);
        if self.curious {
            self.measure(&mut seen);
            let mut block = Samples::empty(&self.info.spec);
            let from = lock(&self.waiting).next;
            let mut at = from;
            master.seek(from)?;
            while at < self.info.length_frames {
                let frames = master.read(&mut block, STEP_FRAMES)?;
                if frames == 0 {
                    let all = self.info.length_frames;
                    return Err(Error::Truncated(format!("{at} of {all} frames are there")));
                }
                seen.add(&block, &self.info.spec);
                at += frames as u64;
            }
        }
        if let Some(error) = seen.failed.take() {
            return Err(error);
        }
        if let Some(md5) = seen.md5.take() {
            checked(&self.info, md5)?;
        }
        seen.meter.take().map(Meter::finish).transpose()
    }

    /// Leaves a block that begins at frame `at`, and measures what is due unless another thread does.
    fn take(&self, at: u64, block: &Samples, frames: usize) {
        if !self.curious {
            return;
        }
        let mut waiting = lock(&self.waiting);
        let new = at + frames as u64 > waiting.next && !waiting.blocks.contains_key(&at);
        if !new || (at > waiting.next && waiting.samples > MAX_WAITING_SAMPLES) {
            return;
        }
        waiting.samples += block.len();
        waiting.blocks.insert(at, block.clone());
        let due = at <= waiting.next;
        drop(waiting);
        if !due {
            return;
        }
        match self.seen.try_lock() {
            Ok(mut seen) => self.measure(&mut seen),
            Err(TryLockError::Poisoned(poisoned)) => self.measure(&mut poisoned.into_inner()),
            // Whoever measures finds this block, or the next to come by does, or `finish`.
            Err(TryLockError::WouldBlock) => (),
        }
    }

    /// Measures all blocks that follow on one another.
    fn measure(&self, seen: &mut Seen) {
        loop {
            let mut waiting = lock(&self.waiting);
            let Some(entry) = waiting.blocks.first_entry() else { return };
            let (at, block) = entry.remove_entry();
            if at > waiting.next {
                waiting.blocks.insert(at, block);
                return;
            }
            waiting.samples -= block.len();
            let channels = usize::from(self.info.spec.channels);
            let known = (waiting.next - at) as usize * channels;
            if known < block.len() {
                waiting.next = at + (block.len() / channels) as u64;
                drop(waiting);
                seen.add(&without(block, known), &self.info.spec);
            }
        }
    }
}

impl Seen {
    fn add(&mut self, block: &Samples, spec: &Spec) {
        if let Some(md5) = &mut self.md5 {
            pack(block, spec.bits, &mut self.packed);
            md5.update(&self.packed);
        }
        if let Some(Err(error)) = self.meter.as_mut().map(|meter| meter.add(block)) {
            self.failed.get_or_insert(error);
        }
    }
}

/// A block without its first samples.
fn without(block: Samples, first: usize) -> Samples {
    match block {
        block if first == 0 => block,
        Samples::Int(samples) => Samples::Int(samples[first..].to_vec()),
        Samples::Float(samples) => Samples::Float(samples[first..].to_vec()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What another thread's panic left undone shows as another MD5; its own error is the one that is told.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Source for Watched {
    fn spec(&self) -> Spec {
        self.master.spec()
    }

    fn length_frames(&self) -> u64 {
        self.master.length_frames()
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = frame.min(self.master.length_frames());
        self.master.seek(frame)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let frames = self.master.read(out, max_frames)?;
        self.witness.take(self.at, out, frames);
        self.at += frames as u64;
        Ok(frames)
    }
}
