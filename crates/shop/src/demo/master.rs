//! From played sound to finished tracks: level, joins of a gapless release, dither and whole numbers. Knows no music.

use super::perform::Uneven;
use super::synth::{self, Instruments, Setting};
use super::{DemoError, DemoRelease, Sink};

/// No sample is louder than this (dBFS).
pub const PEAK_DBFS: f64 = -1.0;
/// Where the loudness of a track comes to lie (mean power, quiet passages left out; dBFS), unless its peaks forbid it.
const LOUDNESS_DBFS: f64 = -19.5;
const BLOCK_S: f64 = 0.4;
const SILENCE_DBFS: f64 = -60.0;
/// How many frames before the new piece begins each track of a gapless release ends: odd, and never on a beat.
const CUTS_BEFORE_FRAMES: [usize; 4] = [1237, 2011, 743, 1613];

/// Loudness and peak of what has been heard so far, both as ratios to full scale.
#[derive(Default)]
struct Meter {
    peak: f64,
    blocks: Vec<f64>,
}

impl Meter {
    fn hear(&mut self, samples: &[f32], rate_hz: u32) {
        let block = (BLOCK_S * f64::from(rate_hz)) as usize * 2;
        for part in samples.chunks(block) {
            let power = part.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / part.len() as f64;
            self.blocks.push(power);
            self.peak = part.iter().fold(self.peak, |peak, s| peak.max(f64::from(s.abs())));
        }
    }

    /// The factor that brings it to `LOUDNESS_DBFS + level_db`, or to the peak allowed if that is less.
    fn gain(&self, level_db: f64) -> f64 {
        let mean = |blocks: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = blocks.fold((0.0, 0), |(sum, count), power| (sum + power, count + 1));
            if count == 0 { 0.0 } else { sum / f64::from(count) }
        };
        let floor = 10f64.powf(SILENCE_DBFS / 10.0) * self.peak * self.peak;
        let sounding = mean(&mut self.blocks.iter().copied().filter(|power| *power > floor));
        let loud = mean(&mut self.blocks.iter().copied().filter(|power| *power > sounding / 10.0));
        if loud <= 0.0 || self.peak <= 0.0 {
            return 0.0;
        }
        let wanted = 10f64.powf((LOUDNESS_DBFS + level_db) / 20.0) / loud.sqrt();
        wanted.min(10f64.powf(PEAK_DBFS / 20.0) / self.peak)
    }
}

/// Renders each track by itself, at its own level.
pub fn render_apart(
    release: &DemoRelease,
    instruments: &Instruments,
    sink: &mut Sink<'_>,
    progress: &mut dyn FnMut(f32),
) -> Result<(), DemoError> {
    let total = release.total_frames()? as f32;
    let mut done = 0;
    for (index, track) in release.tracks.iter().enumerate() {
        let piece = (track.piece)()?;
        let seed = track.seed();
        let mut count = |frames: usize| {
            done += frames;
            progress((done as f32 / total).min(1.0));
        };
        let samples = synth::play(&piece, instruments, release.rate_hz, seed, Setting::Alone, &mut count)?;
        let mut meter = Meter::default();
        meter.hear(&samples, release.rate_hz);
        let gain = meter.gain(piece.level_db);
        sink(index, whole_numbers(samples, gain, release.bits, seed)).map_err(DemoError::Sink)?;
    }
    Ok(())
}

/// Renders the release as one stretch of sound, once to measure it and once to hand it out, cut into tracks.
pub fn render_joined(
    release: &DemoRelease,
    instruments: &Instruments,
    sink: &mut Sink<'_>,
    progress: &mut dyn FnMut(f32),
) -> Result<(), DemoError> {
    let total = release.total_frames()? as f32 * 2.0;
    let mut done = 0;
    let mut count = |frames: usize| {
        done += frames;
        progress((done as f32 / total).min(1.0));
    };
    let mut meter = Meter::default();
    each_joined(release, instruments, &mut count, &mut |_, samples| {
        meter.hear(&samples, release.rate_hz);
        Ok(())
    })?;
    let gain = meter.gain(0.0);
    each_joined(release, instruments, &mut count, &mut |index, samples| {
        let seed = release.tracks[index].seed();
        sink(index, whole_numbers(samples, gain, release.bits, seed)).map_err(DemoError::Sink)
    })
}

/// Plays the pieces one after the other, each beginning while the last one still rings, and hands out the tracks:
/// every cut lies some odd number of frames before the next piece begins.
fn each_joined(
    release: &DemoRelease,
    instruments: &Instruments,
    count: &mut dyn FnMut(usize),
    hand_out: &mut dyn FnMut(usize, Vec<f32>) -> Result<(), DemoError>,
) -> Result<(), DemoError> {
    let mut carried: Vec<f32> = Vec::new();
    // Where in `carried` the next piece begins.
    let mut begin_frames = 0;
    for (index, track) in release.tracks.iter().enumerate() {
        let piece = (track.piece)()?;
        let (music, _) = synth::lengths_frames(&piece, release.rate_hz, Setting::Joined);
        let last = index + 1 == release.tracks.len();
        let mut samples = synth::play(&piece, instruments, release.rate_hz, track.seed(), Setting::Joined, count)?;
        let level = 10f32.powf(piece.level_db as f32 / 20.0);
        samples.iter_mut().for_each(|sample| *sample *= level);
        if last {
            synth::fade_out(&mut samples, release.rate_hz as usize * 2);
        }
        mix_in(&mut carried, &samples, begin_frames);
        if last {
            return hand_out(index, carried);
        }
        let cut = begin_frames + music - CUTS_BEFORE_FRAMES[index % CUTS_BEFORE_FRAMES.len()];
        let rest = carried.split_off(cut * 2);
        hand_out(index, std::mem::replace(&mut carried, rest))?;
        begin_frames = CUTS_BEFORE_FRAMES[index % CUTS_BEFORE_FRAMES.len()];
    }
    Ok(())
}

fn mix_in(into: &mut Vec<f32>, samples: &[f32], at_frames: usize) {
    into.resize(into.len().max(at_frames * 2 + samples.len()), 0.0);
    for (sum, sample) in into[at_frames * 2..].iter_mut().zip(samples) {
        *sum += *sample;
    }
}

/// Full-scale whole numbers of `bits`, with triangular dither of one step.
fn whole_numbers(samples: Vec<f32>, gain: f64, bits: u32, seed: u32) -> Vec<i32> {
    let full = f64::from((1i32 << (bits - 1)) - 1);
    let mut noise = Uneven::new(seed ^ 0x5EED);
    let limit = full as i32;
    samples
        .into_iter()
        .map(|sample| {
            let dither = noise.next() - noise.next();
            ((f64::from(sample) * gain * full + dither).round() as i32).clamp(-limit, limit)
        })
        .collect()
}

/// Frames of each track, as they will be handed out.
pub fn track_frames(release: &DemoRelease) -> Result<Vec<usize>, DemoError> {
    let mut frames = Vec::new();
    let mut carried = 0;
    for (index, track) in release.tracks.iter().enumerate() {
        let piece = (track.piece)()?;
        if !release.gapless {
            frames.push(synth::lengths_frames(&piece, release.rate_hz, Setting::Alone).1);
            continue;
        }
        let (music, with_tail) = synth::lengths_frames(&piece, release.rate_hz, Setting::Joined);
        let cut = CUTS_BEFORE_FRAMES[index % CUTS_BEFORE_FRAMES.len()];
        let last = index + 1 == release.tracks.len();
        frames.push(carried + if last { with_tail } else { music - cut });
        carried = cut;
    }
    Ok(frames)
}
