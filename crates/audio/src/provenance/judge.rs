//! From what was measured to how sure one can be: the weights were fitted to music of known origin (docs/decisions.md). Pure.

use super::spectrum::{EVEN_DB, Spectrum, TOP_BINS, drops};

/// Fewer loud blocks say nothing; about two seconds.
const MIN_BLOCKS: u64 = 20;
/// Where lossy encoders end their spectrum: the lowest seen in music, and just under where converters' filters begin.
const LOSSY_HZ: (f64, f64) = (10_000.0, 20_600.0);
/// No verdict on lossy origin below this half of the rate: encoders cut where the rate ends anyway.
const MIN_LOSSY_NYQUIST_HZ: f64 = 21_900.0;
/// Ends within so many bins of one another are the same.
const SAME_BINS: usize = 3;
/// Weights of a logistic model: the part of blocks that end at one frequency, of those that end steeply anywhere, and the
/// depth of the average's fall.
const BIAS: f32 = -2.4;
const SAME_END: (f32, f32) = (1.8, 0.5);
const ANY_END: f32 = 4.0;
const FALL: (f32, f32) = (2.5, 25.0);
/// A model is never quite sure.
const MAX_PERCENT: f32 = 97.0;
/// Falls of the average, in dB, that leave it open whether a rate was raised, and that settle it.
const UPSAMPLED_DB: (f32, f32) = (9.0, 24.0);
/// The part of half the rate below which music of a raised rate ends; closer to it ends every filter.
const UPSAMPLED_PART: f64 = 0.93;
/// Rates above this are looked at for having been raised.
const MAX_PLAIN_HZ: f64 = 48_500.0;
/// From this confidence on the end of the spectrum is worth naming.
const NAMED_PERCENT: u8 = 50;

/// A steep end of the average spectrum, with nothing but an even floor above.
#[derive(Debug, Clone, Copy, Default)]
struct Fall {
    bin: usize,
    db: f32,
}

/// What the spectrum says: percentages and where it ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub lossy_percent: u8,
    pub upsampled_percent: u8,
    pub cutoff_hz: Option<u32>,
}

pub(super) fn judge(spectrum: &Spectrum) -> Verdict {
    if spectrum.blocks < MIN_BLOCKS {
        return Verdict::default();
    }
    let (lossy_percent, lossy_bin) = lossy(spectrum).unwrap_or_default();
    let (upsampled_percent, upsampled_bin) = upsampled(spectrum).unwrap_or_default();
    let bin = if upsampled_percent > lossy_percent { upsampled_bin } else { lossy_bin };
    let named = lossy_percent.max(upsampled_percent) >= NAMED_PERCENT;
    let cutoff_hz = named.then(|| (bin as f64 * spectrum.bin_hz).round() as u32);
    Verdict { lossy_percent, upsampled_percent, cutoff_hz }
}

/// How sure it is that an encoder cut the spectrum, and at which bin.
fn lossy(spectrum: &Spectrum) -> Option<(u8, usize)> {
    if nyquist_hz(spectrum) < MIN_LOSSY_NYQUIST_HZ {
        return None;
    }
    let range = (LOSSY_HZ.0 / spectrum.bin_hz) as usize..(LOSSY_HZ.1 / spectrum.bin_hz) as usize;
    let same = |bin: usize| spectrum.edges[bin - SAME_BINS..=bin + SAME_BINS].iter().sum::<f32>();
    let end = range.clone().max_by(|a, b| same(*a).total_cmp(&same(*b)))?;
    let any: f32 = spectrum.edges[range.clone()].iter().sum();
    let fall = steepest_fall(spectrum, range);
    let score = BIAS + SAME_END.0 * same(end).min(SAME_END.1) + ANY_END * any + FALL.0 * (fall.db.min(FALL.1) / FALL.1);
    let percent = 100.0 / (1.0 + (-score).exp());
    Some((percent.min(MAX_PERCENT) as u8, end))
}

/// How sure it is that the rate was raised, and the bin where the music ends.
fn upsampled(spectrum: &Spectrum) -> Option<(u8, usize)> {
    if 2.0 * nyquist_hz(spectrum) < MAX_PLAIN_HZ {
        return None;
    }
    let bins = |hz: f64| (hz / spectrum.bin_hz) as usize;
    let fall = steepest_fall(spectrum, bins(LOSSY_HZ.0)..bins(nyquist_hz(spectrum) * UPSAMPLED_PART));
    let (open_db, settled_db) = UPSAMPLED_DB;
    let sure = ((fall.db - open_db) / (settled_db - open_db)).clamp(0.0, 1.0);
    // From "as likely as not" upwards; less is no finding.
    let percent = if sure > 0.0 { 50.0 + sure * (MAX_PERCENT - 50.0) } else { 0.0 };
    Some((percent as u8, fall.bin))
}

fn nyquist_hz(spectrum: &Spectrum) -> f64 {
    spectrum.bin_hz * spectrum.level_db.len() as f64
}

fn steepest_fall(spectrum: &Spectrum, range: std::ops::Range<usize>) -> Fall {
    let levels = &spectrum.level_db;
    let top = levels.len() - TOP_BINS;
    let floor = levels[top..].iter().sum::<f32>() / TOP_BINS as f32;
    let falls = drops(levels);
    let (mut above, mut steepest) = (0.0, Fall::default());
    for bin in (range.start..top).rev() {
        above += levels[bin];
        let even = above / (top - bin) as f32 <= floor + EVEN_DB || falls[bin] <= 0.0;
        if range.contains(&bin) && even && falls[bin] > steepest.db {
            steepest = Fall { bin, db: falls[bin] };
        }
    }
    steepest
}
