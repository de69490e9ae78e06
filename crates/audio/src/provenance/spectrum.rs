//! What is measured of a master's spectrum while it is read: an average in dB over blocks that are loud enough, and where
//! single blocks end steeply. No verdicts.

use super::fft::Fft;
use crate::pcm::{Samples, Spec};

/// Hertz between two bins, about; the length of a block follows.
const BIN_HZ: f64 = 21.6;
/// One block in so many block lengths is looked at.
const ONE_IN: usize = 2;
/// Blocks quieter than this say nothing (mean square, −60 dBFS).
const MIN_POWER: f32 = 1e-6;
/// Bins on each side of an edge whose levels are compared, and bins left out between them.
const SIDE_BINS: usize = 16;
const GAP_BINS: usize = 2;
/// Bins below half the rate whose level is taken for the floor.
pub(super) const TOP_BINS: usize = 24;
/// How even a floor is.
pub(super) const EVEN_DB: f32 = 4.0;
/// How far a block's level falls at a steep edge.
const EDGE_DB: f32 = 10.0;

/// Gathers spectra of blocks.
pub(super) struct Watcher {
    spec: Spec,
    fft: Fft,
    length: usize,
    block: Vec<f32>,
    /// Samples until the next block begins.
    skip: usize,
    power: Vec<f32>,
    sums: Vec<f32>,
    blocks: u64,
    level_db: Vec<f64>,
    edges: Vec<u32>,
    floor_db: f32,
}

/// What was gathered.
pub(super) struct Spectrum {
    /// Blocks that were loud enough.
    pub blocks: u64,
    /// Hertz between two bins.
    pub bin_hz: f64,
    /// The mean of each bin's level over all blocks, in dB over what rounding to the master's bits leaves there.
    pub level_db: Vec<f32>,
    /// The part of all blocks that end steeply at this bin.
    pub edges: Vec<f32>,
}

/// The distance of two levels: of the bins below `bin` and of those above, from sums over the levels.
fn drop_at(sums: &[f32], bin: usize) -> f32 {
    let below = sums[bin - GAP_BINS] - sums[bin - GAP_BINS - SIDE_BINS];
    let above = sums[bin + GAP_BINS + SIDE_BINS] - sums[bin + GAP_BINS];
    (below - above) / SIDE_BINS as f32
}

/// The distances at all bins of a whole spectrum; 0 where there is no room.
pub(super) fn drops(level_db: &[f32]) -> Vec<f32> {
    let mut sums = Vec::new();
    running_sums(level_db.iter().copied(), &mut sums);
    let margin = SIDE_BINS + GAP_BINS;
    let inner = margin..level_db.len().saturating_sub(margin);
    (0..level_db.len()).map(|bin| if inner.contains(&bin) { drop_at(&sums, bin) } else { 0.0 }).collect()
}

fn running_sums(levels: impl Iterator<Item = f32>, sums: &mut Vec<f32>) {
    sums.clear();
    sums.push(0.0);
    let mut sum = 0.0;
    sums.extend(levels.map(|level| {
        sum += level;
        sum
    }));
}

impl Watcher {
    pub(super) fn new(spec: &Spec) -> Watcher {
        let length = ((f64::from(spec.rate_hz) / BIN_HZ) as usize).next_power_of_two();
        let fft = Fft::new(length);
        let bits = if spec.float { 24 } else { i32::from(spec.bits) };
        // Rounding leaves a twelfth of a step's square in each channel; the mean of channels has less.
        let step = 2f32.powi(1 - bits);
        let floor = step * step / 12.0 / f32::from(spec.channels.max(1)) * fft.window_energy();
        Watcher {
            spec: *spec,
            fft,
            length,
            block: Vec::with_capacity(length),
            skip: 0,
            power: Vec::new(),
            sums: Vec::new(),
            blocks: 0,
            level_db: vec![0.0; length / 2],
            edges: vec![0; length / 2],
            floor_db: 10.0 * floor.log10(),
        }
    }

    pub(super) fn add(&mut self, samples: &Samples) {
        let channels = usize::from(self.spec.channels);
        match samples {
            Samples::Int(v) => {
                let scale = 2f32.powi(1 - i32::from(self.spec.bits)) / channels as f32;
                self.take(v.len() / channels, |frame| {
                    v[frame * channels..][..channels].iter().map(|s| *s as f32).sum::<f32>() * scale
                });
            }
            Samples::Float(v) => {
                self.take(v.len() / channels, |frame| {
                    v[frame * channels..][..channels].iter().sum::<f32>() / channels as f32
                });
            }
        }
    }

    fn take(&mut self, frames: usize, mean: impl Fn(usize) -> f32) {
        let mut at = 0;
        while at < frames {
            let skipped = self.skip.min(frames - at);
            self.skip -= skipped;
            at += skipped;
            let taken = (self.length - self.block.len()).min(frames - at);
            self.block.extend((at..at + taken).map(&mean));
            at += taken;
            if self.block.len() == self.length {
                self.block_done();
                self.block.clear();
                self.skip = self.length * (ONE_IN - 1);
            }
        }
    }

    fn block_done(&mut self) {
        let power = self.block.iter().map(|s| s * s).sum::<f32>() / self.length as f32;
        if power < MIN_POWER || !power.is_finite() {
            return;
        }
        self.blocks += 1;
        self.fft.power(&self.block, &mut self.power);
        // Silence in a bin is no deeper than a little under the floor.
        let least = 10f32.powf((self.floor_db - 6.0) / 10.0);
        self.power.iter_mut().for_each(|p| *p = 10.0 * p.max(least).log10() - self.floor_db);
        self.level_db.iter_mut().zip(&self.power).for_each(|(sum, db)| *sum += f64::from(*db));
        running_sums(self.power.iter().copied(), &mut self.sums);
        if let Some(bin) = self.end_of_block() {
            self.edges[bin] += 1;
        }
    }

    /// Where the block's content ends steeply and nothing but an even floor follows.
    fn end_of_block(&self) -> Option<usize> {
        let bins = self.power.len();
        let margin = SIDE_BINS + GAP_BINS;
        let top = bins - TOP_BINS;
        let floor = (self.sums[bins - GAP_BINS] - self.sums[top]) / (TOP_BINS - GAP_BINS) as f32;
        let mut bin = top - margin;
        while bin > margin && drop_at(&self.sums, bin) < EDGE_DB {
            let above = (self.sums[top] - self.sums[bin]) / (top - bin) as f32;
            if above > floor + EVEN_DB {
                return None;
            }
            bin -= 1;
        }
        let steepest = (bin.saturating_sub(margin).max(margin)..=bin)
            .max_by(|a, b| drop_at(&self.sums, *a).total_cmp(&drop_at(&self.sums, *b)));
        steepest.filter(|_| bin > margin)
    }

    pub(super) fn finish(self) -> Spectrum {
        let blocks = self.blocks.max(1) as f64;
        Spectrum {
            blocks: self.blocks,
            bin_hz: f64::from(self.spec.rate_hz) / self.length as f64,
            level_db: self.level_db.iter().map(|sum| (sum / blocks) as f32).collect(),
            edges: self.edges.iter().map(|count| (f64::from(*count) / blocks) as f32).collect(),
        }
    }
}
