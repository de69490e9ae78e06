//! Resampling by a windowed sinc that is evaluated at absolute output positions: no state, so any output frame can be
//! had alone and is always the same. Quality: pass band to 91 % of the lower Nyquist frequency, aliases and images
//! below −120 dB outside the transition band, linear phase, no delay.

use crate::dots::{LANES, dots};
use crate::pcm::{Samples, Source, Spec};
use crate::{Error, Result};

/// Zero crossings of the sinc on each side of its centre, counted at the lower of the two rates.
const HALF_WIDTH_CROSSINGS: f64 = 64.0;
/// Shape of the Kaiser window: 120 dB of stop band.
const KAISER_BETA: f64 = 12.26;
/// The −6 dB point relative to the lower Nyquist frequency: half the transition band below it.
const CUTOFF: f64 = 0.97;
/// Filter phases that are held in memory; 44.1 → 48 kHz takes 160.
pub const MAX_RESAMPLER_PHASES: u32 = 1_280;
/// Taps of one phase; 192 → 44.1 kHz takes 560.
const MAX_RESAMPLER_TAPS: usize = 2_048;
/// Input frames that are read at once.
const INPUT_BLOCK_FRAMES: usize = 4_096;

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Taps of one phase: the sinc's crossings on both sides, in input frames.
fn taps(in_hz: u32, out_hz: u32) -> usize {
    let input_per_crossing = (f64::from(in_hz) / f64::from(out_hz)).max(1.0);
    (2.0 * HALF_WIDTH_CROSSINGS * input_per_crossing).ceil() as usize / LANES * LANES + LANES
}

/// Whether the ratio of two rates can be held: both belong to a ladder of usual rates.
pub fn check_rates(in_hz: u32, out_hz: u32) -> Result<()> {
    if in_hz == out_hz {
        return Ok(());
    }
    let phases = out_hz / greatest_common_divisor(in_hz, out_hz).max(1);
    if phases > MAX_RESAMPLER_PHASES || phases == 0 || taps(in_hz, out_hz) > MAX_RESAMPLER_TAPS {
        return Err(Error::Unsupported(format!("resampling from {in_hz} to {out_hz} Hz")));
    }
    Ok(())
}

/// A float source at another rate. Frame `n` of it is the input at the time n/out_hz.
pub struct Resampler {
    source: Box<dyn Source>,
    spec: Spec,
    length_frames: u64,
    /// Output frames in one period, which is `step` input frames long.
    phases: u64,
    step: u64,
    /// `taps` coefficients for each phase.
    filter: Vec<f32>,
    taps: usize,
    /// Next output frame.
    at: u64,
    /// Input by channel, mirrored at the ends; the first frame held is `held_from`.
    held: Vec<Vec<f32>>,
    held_from: i64,
    block: Samples,
    input_at: Option<u64>,
}

impl Resampler {
    /// `source` must give floats.
    pub fn new(source: Box<dyn Source>, out_hz: u32) -> Result<Resampler> {
        let from = source.spec();
        check_rates(from.rate_hz, out_hz)?;
        let common = greatest_common_divisor(from.rate_hz, out_hz);
        let (phases, step) = (u64::from(out_hz / common), u64::from(from.rate_hz / common));
        let taps = taps(from.rate_hz, out_hz);
        let (n, i, o) = (u128::from(source.length_frames()), u128::from(from.rate_hz), u128::from(out_hz));
        Ok(Resampler {
            length_frames: ((n * o * 2 + i) / (i * 2)) as u64,
            spec: Spec { rate_hz: out_hz, ..from },
            filter: filter(phases, step, taps),
            phases,
            step,
            taps,
            at: 0,
            held: vec![Vec::new(); from.channels as usize],
            held_from: 0,
            block: Samples::Float(Vec::new()),
            input_at: None,
            source,
        })
    }

    /// First input frame that output frame `n` needs.
    fn first_input(&self, n: u64) -> i64 {
        // Below 2^63: lengths are limited to 2^35 frames and steps to 2^20.
        (n * self.step / self.phases) as i64 - self.taps as i64 / 2 + 1
    }

    /// Makes the input frames [from, to) available in `held`, mirrored about the first and last frame outside the stream.
    fn hold(&mut self, from: i64, to: i64) -> Result<()> {
        let have_to = self.held_from + self.held[0].len() as i64;
        if from < self.held_from || from > have_to || self.held[0].is_empty() {
            self.held.iter_mut().for_each(Vec::clear);
            self.held_from = from;
        } else {
            let drop = (from - self.held_from) as usize;
            self.held.iter_mut().for_each(|c| drop_front(c, drop));
            self.held_from = from;
        }
        while self.held_from + (self.held[0].len() as i64) < to {
            let next = self.held_from + self.held[0].len() as i64;
            self.extend(next, to)?;
        }
        Ok(())
    }

    /// Appends at least one frame from `next` on.
    fn extend(&mut self, next: i64, to: i64) -> Result<()> {
        let length = self.source.length_frames() as i64;
        if next < 0 {
            return self.mirror(0, next, to.min(0));
        }
        if next >= length {
            return self.mirror(length - 1, next, to);
        }
        if self.input_at != Some(next as u64) {
            self.source.seek(next as u64)?;
        }
        let want = ((to - next) as usize).max(INPUT_BLOCK_FRAMES);
        let frames = self.source.read(&mut self.block, want)?;
        if frames == 0 {
            return Err(Error::Truncated("the master ends before its length".into()));
        }
        self.input_at = Some(next as u64 + frames as u64);
        self.append_block();
        Ok(())
    }

    fn append_block(&mut self) {
        let channels = self.held.len();
        if let Samples::Float(block) = &self.block {
            for (c, held) in self.held.iter_mut().enumerate() {
                held.extend(block.iter().skip(c).step_by(channels));
            }
        }
    }

    /// Frames outside the stream: the point reflection about the frame `edge`, which keeps value and slope, so that no
    /// step is filtered into the first and last frames.
    fn mirror(&mut self, edge: i64, next: i64, to: i64) -> Result<()> {
        let length = self.source.length_frames() as i64;
        let inside = |k: i64| (2 * edge - k).clamp(0, length - 1);
        let (a, b) = (inside(next), inside(to - 1));
        let lowest = a.min(b).min(edge);
        let frames = (a.max(b).max(edge) - lowest + 1) as usize;
        self.source.seek(lowest as u64)?;
        self.input_at = None;
        let mut around: Vec<f32> = Vec::new();
        let channels = self.held.len();
        while around.len() < frames * channels {
            let got = self.source.read(&mut self.block, frames - around.len() / channels)?;
            match &self.block {
                Samples::Float(v) if got > 0 => around.extend_from_slice(v),
                _ => return Err(Error::Truncated("the master ends before its length".into())),
            }
        }
        for k in next..to {
            for (c, held) in self.held.iter_mut().enumerate() {
                let sample = |frame: i64| around[(frame - lowest) as usize * channels + c];
                held.push(2.0 * sample(edge) - sample(inside(k)));
            }
        }
        Ok(())
    }
}

fn drop_front(v: &mut Vec<f32>, n: usize) {
    v.drain(..n.min(v.len()));
}

impl Source for Resampler {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        self.length_frames
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = frame.min(self.length_frames);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let frames = (self.length_frames - self.at).min(max_frames as u64).min(INPUT_BLOCK_FRAMES as u64);
        let out = out.floats_mut();
        if frames == 0 {
            return Ok(0);
        }
        let last = self.first_input(self.at + frames - 1);
        self.hold(self.first_input(self.at), last + self.taps as i64)?;
        for n in self.at..self.at + frames {
            let start = (self.first_input(n) - self.held_from) as usize;
            let phase = (n * self.step % self.phases) as usize;
            let coefficients = &self.filter[phase * self.taps..][..self.taps];
            let inputs = |channel: usize| &self.held[channel][start..start + self.taps];
            for first in (0..self.held.len()).step_by(2) {
                let [one, other] = dots(coefficients, inputs(first), inputs((first + 1).min(self.held.len() - 1)));
                out.extend([one, other].iter().take(self.held.len() - first));
            }
        }
        self.at += frames;
        Ok(frames as usize)
    }
}

/// Coefficients for every phase: tap `t` of phase `p` weighs the input frame `t − taps/2 + 1` from the one at or before
/// the output's time. Each phase sums to one, so that a constant stays the same constant.
fn filter(phases: u64, step: u64, taps: usize) -> Vec<f32> {
    let ratio = (phases as f64 / step as f64).min(1.0) * CUTOFF;
    let half = taps as f64 / 2.0;
    let mut all = Vec::with_capacity(phases as usize * taps);
    for phase in 0..phases {
        let fraction = phase as f64 / phases as f64;
        let weight = |t: usize| {
            let x = t as f64 - half + 1.0 - fraction;
            ratio * sinc(x * ratio) * kaiser(x / half)
        };
        let row: Vec<f64> = (0..taps).map(weight).collect();
        let sum: f64 = row.iter().sum();
        all.extend(row.iter().map(|w| (w / sum) as f32));
    }
    all
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel_i0(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel_i0(KAISER_BETA) }
}

/// The modified Bessel function of the first kind, order 0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}
