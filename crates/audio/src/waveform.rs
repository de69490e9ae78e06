//! The outline of a master: how loud it is from its beginning to its end, in few points, for drawing.

use crate::Result;
use crate::pcm::{Samples, Source, Spec};

/// Points of an outline, a byte each.
pub const POINTS: usize = 400;
/// Frames read at once.
const STEP_FRAMES: usize = 32_768;
/// A full-scale sine is the loudest that a point can say.
const SINE_POWER: f64 = 0.5;

/// Adds samples up, in order, into the points of an outline.
pub struct Outline {
    length_frames: u64,
    channels: usize,
    scale: f64,
    at_frame: u64,
    powers: Vec<f64>,
    frames: Vec<u64>,
}

impl Outline {
    /// Of a master of this shape and length.
    pub fn new(spec: &Spec, length_frames: u64) -> Outline {
        let full = if spec.float { 1.0 } else { f64::from(2.0_f32.powi(i32::from(spec.bits) - 1)) };
        Outline {
            length_frames: length_frames.max(1),
            channels: usize::from(spec.channels).max(1),
            scale: 1.0 / full,
            at_frame: 0,
            powers: vec![0.0; POINTS],
            frames: vec![0; POINTS],
        }
    }

    /// The next samples.
    pub fn add(&mut self, block: &Samples) {
        match block {
            Samples::Int(samples) => self.add_frames(samples, f64::from),
            Samples::Float(samples) => self.add_frames(samples, f64::from),
        }
    }

    fn add_frames<S: Copy>(&mut self, samples: &[S], value: impl Fn(S) -> f64) {
        let (mut rest, channels) = (samples, self.channels);
        while rest.len() >= channels {
            let point = ((self.at_frame * POINTS as u64 / self.length_frames) as usize).min(POINTS - 1);
            // The first frame of the next point.
            let end = ((point as u64 + 1) * self.length_frames).div_ceil(POINTS as u64);
            let left = usize::try_from(end.saturating_sub(self.at_frame).max(1)).unwrap_or(usize::MAX);
            let frames = (rest.len() / channels).min(left);
            let (these, others) = rest.split_at(frames * channels);
            let power: f64 = these.iter().map(|s| (value(*s) * self.scale).powi(2)).sum();
            self.powers[point] += power / channels as f64;
            self.frames[point] += frames as u64;
            self.at_frame += frames as u64;
            rest = others;
        }
    }

    /// The points: 0 for silence, 255 for a full-scale sine or louder.
    pub fn finish(self) -> Vec<u8> {
        let point = |(power, frames): (f64, u64)| {
            let mean = power / frames.max(1) as f64;
            ((mean / SINE_POWER).sqrt() * 255.0).round().min(255.0) as u8
        };
        self.powers.into_iter().zip(self.frames).map(point).collect()
    }
}

/// The outline of a whole source, read from where it stands.
pub fn of(source: &mut dyn Source) -> Result<Vec<u8>> {
    let spec = source.spec();
    let (mut outline, mut block) = (Outline::new(&spec, source.length_frames()), Samples::empty(&spec));
    while source.read(&mut block, STEP_FRAMES)? > 0 {
        outline.add(&block);
    }
    Ok(outline.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };

    #[test]
    fn silence_is_nothing_and_a_loud_tone_is_everything() {
        let frames = 40_000;
        let tone = |at: u64| {
            if at < frames / 2 {
                0
            } else {
                (f64::from(at as u32 * 7 % 628) / 100.0).sin().mul_add(32_767.0, 0.0) as i32
            }
        };
        let samples: Vec<i32> = (0..frames).flat_map(|at| [tone(at), tone(at)]).collect();
        let mut outline = Outline::new(&SPEC, frames);
        // In blocks that end anywhere.
        for block in samples.chunks(2 * 777) {
            outline.add(&Samples::Int(block.to_vec()));
        }
        let points = outline.finish();
        assert_eq!(points.len(), POINTS);
        assert!(points[..POINTS / 2].iter().all(|point| *point == 0));
        assert!(points[POINTS / 2..].iter().all(|point| *point > 200), "{points:?}");
    }

    #[test]
    fn a_master_of_a_few_frames_has_an_outline_too() {
        let mut outline = Outline::new(&SPEC, 3);
        outline.add(&Samples::Int(vec![100; 6]));
        assert_eq!(outline.finish().iter().filter(|point| **point > 0).count(), 3);
    }
}
