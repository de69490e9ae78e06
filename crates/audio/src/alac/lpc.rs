//! Where ALAC's predictor begins in a packet: the linear filter that would leave the least of it, found by
//! autocorrelation and the Levinson-Durbin recursion. Floats in a fixed order of operations, so the same on every machine.

use super::predict::{COEFFICIENT_SHIFT, ORDER};

/// Sums that are kept side by side, so that the loop over a packet is one over vectors.
const LANES: usize = 16;
/// Keeps the recursion stable on tones that a filter could predict without any error.
const NOISE_FLOOR: f64 = 1e-9;

/// Finds coefficients, packet after packet; holds memory only.
pub struct Analysis {
    window: Vec<f32>,
    windowed: Vec<f32>,
}

impl Analysis {
    /// For packets of usually `frames`.
    pub fn new(frames: usize) -> Analysis {
        Analysis { window: welch(frames), windowed: Vec::new() }
    }

    /// The coefficients that fit `input` best, as `predict::residuals` wants them.
    ///
    /// That predictor works on distances from the sample before its window, which is to say that its gains sum up to one;
    /// the best such filter is the best one for the differences of neighbouring samples, behind a difference.
    pub fn coefficients(&mut self, input: &[i32]) -> [i16; ORDER] {
        if self.window.len() != input.len() {
            self.window = welch(input.len());
        }
        let filter = levinson(&self.autocorrelation(input));
        let one = f64::from(1 << COEFFICIENT_SHIFT);
        std::array::from_fn(|k| {
            let before = if k == 0 { -1.0 } else { filter[k - 1] };
            ((filter[k] - before) * one).round().clamp(i16::MIN.into(), i16::MAX.into()) as i16
        })
    }

    fn autocorrelation(&mut self, input: &[i32]) -> [f64; ORDER + 1] {
        let differences = input.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) as f32);
        self.windowed.clear();
        self.windowed.extend(differences.zip(&self.window).map(|(difference, weight)| difference * weight));
        // Zeros behind it stand for what lies beyond the packet.
        let blocks = self.windowed.len().div_ceil(LANES);
        self.windowed.resize((blocks + 1) * LANES, 0.0);
        std::array::from_fn(|lag| {
            let here = self.windowed[..blocks * LANES].chunks_exact(LANES);
            let mut sums = [0f32; LANES];
            for (a, b) in here.zip(self.windowed[lag..].chunks_exact(LANES)) {
                for lane in 0..LANES {
                    sums[lane] += a[lane] * b[lane];
                }
            }
            sums.iter().map(|&sum| f64::from(sum)).sum()
        })
    }
}

/// A parabola over the packet, 0 at its ends.
fn welch(frames: usize) -> Vec<f32> {
    let half = frames as f32 / 2.0;
    let parabola = |i: usize| {
        let x = (i as f32 + 0.5 - half) / half;
        1.0 - x * x
    };
    (0..frames).map(parabola).collect()
}

/// The filter with the least error, most recent sample first; all zeros for silence.
fn levinson(correlation: &[f64; ORDER + 1]) -> [f64; ORDER] {
    let mut filter = [0.0; ORDER];
    let mut error = correlation[0] * (1.0 + NOISE_FLOOR);
    for i in 0..ORDER {
        if error <= 0.0 {
            break;
        }
        let explained: f64 = (0..i).map(|j| filter[j] * correlation[i - j]).sum();
        let reflection = (correlation[i + 1] - explained) / error;
        let before = filter;
        filter[i] = reflection;
        for j in 0..i {
            filter[j] -= reflection * before[i - 1 - j];
        }
        error *= 1.0 - reflection * reflection;
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_continued_and_silence_is_silence() {
        // Differences of a ramp are constant: the next sample is the last plus what it rose before.
        let ramp: Vec<i32> = (0..4_096).map(|i| i * 5).collect();
        let found = Analysis::new(4_096).coefficients(&ramp);
        let next: i32 = (0..ORDER as i32).map(|k| i32::from(found[k as usize]) * (ORDER as i32 - k) * 5).sum();
        let expected = (ORDER as i32 + 1) * 5;
        assert!((next / (1 << COEFFICIENT_SHIFT) - expected).abs() <= 1, "{next} {expected}");
        assert_eq!(Analysis::new(4_096).coefficients(&[0; 100]), [1 << COEFFICIENT_SHIFT, 0, 0, 0, 0, 0]);
        assert_eq!(Analysis::new(4_096).coefficients(&[7]), [1 << COEFFICIENT_SHIFT, 0, 0, 0, 0, 0]);
    }
}
