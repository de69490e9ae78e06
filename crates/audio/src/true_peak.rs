//! True peak (ITU-R BS.1770-4, annex 2): the highest level between the samples too, by interpolation. Passages that cannot
//! reach the peak found so far are not interpolated, which is most of any music.

use std::f32::consts::SQRT_2;
use std::f64::consts::PI;

/// Rates from here on are doubled, not quadrupled, and from twice this on taken as they are.
const DOUBLED_FROM_HZ: u32 = 96_000;
/// Length of the interpolating filter at the higher rate, in samples.
const FILTER_SAMPLES: usize = 48;
/// Samples that are looked at together.
const GROUP: usize = 16;

/// Follows the peak over all channels.
pub struct TruePeak {
    /// A filter for each position between two samples, most recent sample first.
    phases: Vec<Vec<f32>>,
    /// How much more than its loudest sample an interpolated value can be.
    overshoot: f32,
    /// Samples of each channel that stay: what a filter reaches back to, and a group before that.
    kept: usize,
    channels: Vec<Vec<f32>>,
    peak: f32,
}

impl TruePeak {
    /// Ready for so many channels.
    pub fn new(channels: u8, rate_hz: u32) -> TruePeak {
        let factor = match rate_hz {
            ..DOUBLED_FROM_HZ => 4,
            _ if rate_hz < 2 * DOUBLED_FROM_HZ => 2,
            _ => 1,
        };
        // The phase that falls on the samples gives the samples.
        let phases: Vec<Vec<f32>> = (1..factor).map(|phase| filter(factor, phase)).collect();
        let gains = phases.iter().map(|phase| phase.iter().map(|gain| gain.abs()).sum());
        // A little more, for what rounding adds.
        let overshoot = gains.fold(SQRT_2, f32::max) * 1.001;
        let kept = FILTER_SAMPLES / factor + GROUP;
        TruePeak { phases, overshoot, kept, channels: vec![vec![0.0; kept]; channels.into()], peak: 0.0 }
    }

    /// Looks at whole frames of interleaved samples, which `scaled` brings to a full scale of ±1.0.
    pub fn add<T: Copy>(&mut self, samples: &[T], scaled: impl Fn(T) -> f32) {
        let count = self.channels.len();
        for number in 0..count {
            self.channels[number].extend(samples.chunks_exact(count).map(|frame| scaled(frame[number])));
            self.look(number);
        }
    }

    /// The peak of everything that was added. What lies beyond the last sample is not taken for silence.
    pub fn finish(mut self) -> f32 {
        for number in 0..self.channels.len() {
            self.look_at(number, self.channels[number].len() - GROUP, f32::INFINITY);
        }
        self.peak
    }

    /// Looks at all whole groups of a channel's waiting samples; those that stay were looked at.
    fn look(&mut self, number: usize) {
        // The filters reach back over at most two groups. What stayed from the last call was not weighed here.
        let mut before = [f32::INFINITY; 2];
        let mut at = self.kept;
        while at + GROUP <= self.channels[number].len() {
            let loudest = self.look_at(number, at, before[0].max(before[1]));
            before = [loudest, before[0]];
            at += GROUP;
        }
        self.channels[number].drain(..at - self.kept);
    }

    /// Looks at one group, before which the loudest sample was `before`, and returns its loudest sample.
    fn look_at(&mut self, number: usize, at: usize, before: f32) -> f32 {
        let reach = self.phases.first().map_or(0, Vec::len);
        let span = &self.channels[number][at - reach..at + GROUP];
        let loudest = span[reach..].iter().fold(0.0, |loudest: f32, sample| loudest.max(sample.abs()));
        self.peak = self.peak.max(loudest);
        if loudest.max(before) * self.overshoot > self.peak {
            self.peak = self.phases.iter().fold(self.peak, |peak, phase| peak.max(interpolated(phase, span)));
        }
        loudest
    }
}

/// The highest level of one phase over the last `GROUP` samples of `span`.
fn interpolated(phase: &[f32], span: &[f32]) -> f32 {
    let first = span.len() - GROUP;
    let mut sums = [0f32; GROUP];
    for (tap, gain) in phase.iter().enumerate() {
        for (sum, sample) in sums.iter_mut().zip(&span[first - tap..]) {
            *sum += sample * gain;
        }
    }
    sums.iter().fold(0.0, |peak, sum| peak.max(sum.abs()))
}

/// One phase of a sinc in a Hann window.
fn filter(factor: usize, phase: usize) -> Vec<f32> {
    let tap = |j: usize| {
        let window = 0.5 * (1.0 - (2.0 * PI * j as f64 / FILTER_SAMPLES as f64).cos());
        let x = (j as f64 - FILTER_SAMPLES as f64 / 2.0) * PI / factor as f64;
        (window * x.sin() / x) as f32
    };
    (phase..FILTER_SAMPLES).step_by(factor).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels of a tone that is loud in the middle only, at `phase` between samples.
    fn tone(rate_hz: u32, hz: f64, level: f32) -> Vec<f32> {
        let sample = |i: usize| {
            let swell = if (4_000..6_000).contains(&i) { level } else { level * 0.3 };
            swell * (2.0 * PI * (hz * i as f64 / f64::from(rate_hz)) + PI / 4.0).sin() as f32
        };
        (0..20_000).flat_map(|i| [sample(i), sample(i) * 0.9]).collect()
    }

    fn measured(rate_hz: u32, samples: &[f32], block: usize) -> f32 {
        let mut meter = TruePeak::new(2, rate_hz);
        samples.chunks(2 * block).for_each(|block| meter.add(block, |sample| sample));
        meter.finish()
    }

    #[test]
    fn a_tone_between_the_samples_is_found_at_its_level() {
        for rate_hz in [44_100, 48_000, 96_000] {
            let samples = tone(rate_hz, f64::from(rate_hz) / 4.0, 0.5);
            let (peak, highest) =
                (measured(rate_hz, &samples, 1_000), samples.iter().fold(0f32, |a, b| a.max(b.abs())));
            assert!(highest < 0.36 && (peak - 0.5).abs() < 0.02, "{rate_hz} Hz: {peak}");
        }
    }

    #[test]
    fn it_agrees_with_ebur128_however_the_samples_come() {
        for rate_hz in [44_100, 48_000, 96_000, 192_000] {
            let samples = tone(rate_hz, 3_567.8, 0.7);
            let mut reference = ebur128::EbuR128::new(2, rate_hz, ebur128::Mode::TRUE_PEAK).unwrap();
            reference.add_frames_f32(&samples).unwrap();
            let theirs = (0..2).map(|channel| reference.true_peak(channel).unwrap()).fold(0.0, f64::max);
            for block in [1, 7, 16, 333, 20_000] {
                let ours = measured(rate_hz, &samples, block);
                assert!((f64::from(ours) - theirs).abs() < 1e-6, "{rate_hz} Hz, {block}: {ours} {theirs}");
            }
        }
    }
}
