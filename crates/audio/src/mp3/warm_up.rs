//! How long an encoder of a constant rate must have listened before a segment, so that its frames are those of an encoder
//! that heard all that came before. LAME forgets all but one thing within 49 frames: its threshold in quiet, which follows
//! loudness up at once and falls slowly, so that after a sudden fall of the music it remembers up to 147 frames.

use std::f32::consts::TAU;

use super::PADDING_PERIOD_FRAMES;
use crate::Result;
use crate::codec::read_range;
use crate::pcm::{Samples, Source};

/// The usual warm-up; a multiple of the padding's period.
const USUAL_FRAMES: u64 = PADDING_PERIOD_FRAMES;
/// After so many frames the threshold has fallen over its whole range.
const LONGEST_FRAMES: u64 = 3 * PADDING_PERIOD_FRAMES;
/// Frames at the end that don't count: LAME's psychoacoustics run ahead of its frames.
const UNCOUNTED_FRAMES: usize = 3;

/// Samples of a spectrum and of the step between two (LAME's BLKSIZE and granule).
const WINDOW: usize = 1_024;
const GRANULE: usize = 576;
/// Power that LAME calls loudness 1, on a scale of ±1.0 (`VO_SCALE` in its psymodel.h).
const LOUDNESS_1: f32 = (14_752.0 / 32_768.0) * (14_752.0 / 32_768.0) * (WINDOW / 2) as f32;

/// Frames of warm-up before frame `first`; each frame is `frame_frames` samples long.
pub fn frames(pcm: &mut dyn Source, first: u64, frame_frames: u64) -> Result<u64> {
    if first <= LONGEST_FRAMES {
        return Ok(first);
    }
    let to = (first * frame_frames).min(pcm.length_frames());
    let from = ((first - LONGEST_FRAMES) * frame_frames).min(to);
    let samples = paired(pcm, from, to, (LONGEST_FRAMES * frame_frames) as usize)?;
    let loudness = loudness(&samples, pcm.spec().rate_hz, frame_frames as usize);
    Ok(if settles(&loudness) { USUAL_FRAMES } else { LONGEST_FRAMES })
}

/// Left as the real part, right as the imaginary one: one transform gives the power of both. Silence after the end, and for
/// what is no sound.
fn paired(pcm: &mut dyn Source, from: u64, to: u64, length: usize) -> Result<Vec<(f32, f32)>> {
    let channels = usize::from(pcm.spec().channels);
    let mut samples = Vec::with_capacity(length);
    let sound = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
    read_range(pcm, from, to, &mut |block, _| {
        if let Samples::Float(block) = block {
            samples.extend(block.chunks_exact(channels).map(|s| (sound(s[0]), sound(s[channels - 1]))));
        }
        Ok(())
    })?;
    samples.resize(length, (0.0, 0.0));
    Ok(samples)
}

/// Loudness of each frame as LAME measures it (psymodel.c, `psycho_loudness_approx`): of its loudest granule, the power of
/// the spectrum weighted by the threshold in quiet.
fn loudness(samples: &[(f32, f32)], rate_hz: u32, frame_frames: usize) -> Vec<f32> {
    let weights = weights(rate_hz);
    let angle = |n: f32| TAU * n / WINDOW as f32;
    let blackman = |n: f32| 0.42 - 0.5 * angle(n).cos() + 0.08 * (2.0 * angle(n)).cos();
    let window: Vec<f32> = (0..WINDOW).map(|n| blackman(n as f32 + 0.5)).collect();
    let turns: Vec<(f32, f32)> = (0..WINDOW / 2).map(|n| (angle(n as f32).cos(), -angle(n as f32).sin())).collect();
    let mut lines = vec![(0.0, 0.0); WINDOW];
    let mut granule = |at: usize| {
        lines.fill((0.0, 0.0));
        let windowed = samples[at..].iter().zip(&window);
        lines.iter_mut().zip(windowed).for_each(|(line, (s, w))| *line = (s.0 * w, s.1 * w));
        transform(&mut lines, &turns);
        let power = |n: usize| lines[n].0 * lines[n].0 + lines[n].1 * lines[n].1;
        // Half for the mean of two channels, half because each power stands at two lines.
        let weighted = weights.iter().enumerate().map(|(n, w)| w * (power(n) + power((WINDOW - n) % WINDOW)));
        weighted.sum::<f32>() / (4.0 * LOUDNESS_1)
    };
    let frame = |from: usize| (from..from + frame_frames).step_by(GRANULE).map(&mut granule).fold(0.0, f32::max);
    (0..samples.len()).step_by(frame_frames).map(frame).collect()
}

/// Weight of each line: the inverse of the threshold in quiet (util.c, `ATHformula_GB`), in sum 1.
fn weights(rate_hz: u32) -> Vec<f32> {
    let weight = |line: usize| {
        let khz = ((line + 1) as f32 * rate_hz as f32 / WINDOW as f32 / 1_000.0).clamp(0.1, 24.0);
        let db = 3.64 * khz.powf(-0.8) - 6.8 * (-0.6 * (khz - 3.4).powi(2)).exp()
            + 6.0 * (-0.15 * (khz - 8.7).powi(2)).exp()
            + 0.000_76 * khz.powi(4);
        10f32.powf(-db / 10.0)
    };
    let weights: Vec<f32> = (0..WINDOW / 2).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// Fourier transform in place; `turns` holds the first half of the roots of unity.
fn transform(lines: &mut [(f32, f32)], turns: &[(f32, f32)]) {
    let shift = usize::BITS - lines.len().trailing_zeros();
    for n in 0..lines.len() {
        let mirrored = n.reverse_bits() >> shift;
        if n < mirrored {
            lines.swap(n, mirrored);
        }
    }
    let mut half = 1;
    while half < lines.len() {
        let step = turns.len() / half;
        for block in lines.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), turn) in low.iter_mut().zip(high).zip(turns.iter().step_by(step)) {
                let turned = (b.0 * turn.0 - b.1 * turn.1, b.0 * turn.1 + b.1 * turn.0);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

/// LAME's factor of the threshold in quiet, and what it may rise to (encoder.c, `adjust_ATH`).
#[derive(Clone, Copy)]
struct Threshold {
    factor: f32,
    limit: f32,
}

impl Threshold {
    /// Of a fresh encoder.
    const FRESH: Threshold = Threshold { factor: 0.01, limit: 1.0 };
    const LOWEST: Threshold = Threshold { factor: 0.000_625, limit: 0.000_625 };
    const HIGHEST: Threshold = Threshold { factor: 1.0, limit: 1.0 };
    /// A little slower than LAME's 0.925, so that a fall as fast as that is not taken for one that it follows.
    const FALL: f32 = 0.93;

    fn hear(self, loudness: f32) -> Threshold {
        let limit = (31.98 * loudness + 0.000_625).min(1.0);
        let factor = if self.factor >= limit {
            (self.factor * (Self::FALL + (1.0 - Self::FALL) * limit)).max(limit)
        } else {
            self.factor.max(self.limit.min(limit))
        };
        Threshold { factor, limit }
    }
}

/// Two thresholds this near are one.
const SAME: f32 = 1.001;

/// Whether a fresh encoder that hears the last `USUAL_FRAMES` ends with the threshold of one that heard everything,
/// wherever that one stood at the beginning.
fn settles(loudness: &[f32]) -> bool {
    let counted = &loudness[..loudness.len().saturating_sub(UNCOUNTED_FRAMES)];
    let heard = &loudness[loudness.len().saturating_sub(USUAL_FRAMES as usize).min(counted.len())..counted.len()];
    let after = |from: Threshold, loudness: &[f32]| loudness.iter().fold(from, |t, &l| t.hear(l)).factor;
    let ends = [after(Threshold::HIGHEST, counted), after(Threshold::LOWEST, counted), after(Threshold::FRESH, heard)];
    ends.iter().copied().fold(0.0, f32::max) <= SAME * ends.iter().copied().fold(1.0, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_music_is_soon_forgotten_and_a_sudden_fall_is_not() {
        let frames = LONGEST_FRAMES as i32;
        let fade = |a_frame: f32| (0..frames).map(|n| 0.03 * a_frame.powi(n)).collect::<Vec<f32>>();
        assert!(settles(&fade(1.0)));
        assert!(settles(&fade(0.95)));
        let fall = |quiet: i32| (0..frames).map(|n| if n < frames - quiet { 0.03 } else { 1e-4 }).collect::<Vec<f32>>();
        assert!(!settles(&fall(60)));
        assert!(settles(&fall(100)));
    }

    #[test]
    fn full_scale_noise_has_a_loudness_near_1_and_a_low_tone_little() {
        let mut seed = 5u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        let noise: Vec<(f32, f32)> = (0..11_520).map(|_| (noise(), noise())).collect();
        let tone: Vec<(f32, f32)> = (0..11_520).map(|n| (TAU * n as f32 / 400.0).sin()).map(|s| (s, s)).collect();
        let mean = |samples: &[(f32, f32)]| loudness(samples, 44_100, 1_152)[..8].iter().sum::<f32>() / 8.0;
        assert!((0.3..1.5).contains(&mean(&noise)), "{}", mean(&noise));
        assert!(mean(&tone) < 0.2, "{}", mean(&tone));
    }
}
