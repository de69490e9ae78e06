//! The power spectrum of a block of real samples: a radix-2 transform of half its length. Knows nothing of music.

use std::f32::consts::TAU;

/// Everything that does not change from block to block of one length.
pub(super) struct Fft {
    length: usize,
    window: Vec<f32>,
    /// e^(−2πi·k/length), k < length / 2: real and imaginary parts.
    twiddles: Vec<(f32, f32)>,
    work: Vec<(f32, f32)>,
}

impl Fft {
    /// For blocks of `length` samples, a power of two of at least 4.
    pub(super) fn new(length: usize) -> Fft {
        let angle = |k: usize| TAU * k as f32 / length as f32;
        Fft {
            length,
            window: (0..length).map(|n| 0.5 - 0.5 * angle(n).cos()).collect(),
            twiddles: (0..length / 2).map(|k| (angle(k).cos(), -angle(k).sin())).collect(),
            work: vec![(0.0, 0.0); length / 2],
        }
    }

    /// The sum of the squared window: white noise of variance v has this times v in every bin.
    pub(super) fn window_energy(&self) -> f32 {
        self.window.iter().map(|w| w * w).sum()
    }

    /// |X|² of the windowed block (Hann) for bins 0 to length / 2 − 1 into `power`.
    pub(super) fn power(&mut self, block: &[f32], power: &mut Vec<f32>) {
        let half = self.length / 2;
        let shift = usize::BITS - half.trailing_zeros();
        for n in 0..half {
            let at = if half > 1 { n.reverse_bits() >> shift } else { n };
            self.work[at] = (block[2 * n] * self.window[2 * n], block[2 * n + 1] * self.window[2 * n + 1]);
        }
        self.butterflies();
        power.clear();
        power.extend((0..half).map(|k| self.bin(k)));
    }

    fn butterflies(&mut self) {
        let half = self.work.len();
        let mut size = 2;
        while size <= half {
            let stride = self.length / size;
            for group in self.work.chunks_exact_mut(size) {
                let (low, high) = group.split_at_mut(size / 2);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let (c, s) = self.twiddles[k * stride];
                    let t = (b.0 * c - b.1 * s, b.0 * s + b.1 * c);
                    (*a, *b) = ((a.0 + t.0, a.1 + t.1), (a.0 - t.0, a.1 - t.1));
                }
            }
            size *= 2;
        }
    }

    /// One bin of the real transform out of the complex one of even and odd samples.
    fn bin(&self, k: usize) -> f32 {
        let (z, m) = (self.work[k], self.work[(self.work.len() - k) % self.work.len()]);
        let even = (0.5 * (z.0 + m.0), 0.5 * (z.1 - m.1));
        let odd = (0.5 * (z.1 + m.1), 0.5 * (m.0 - z.0));
        let (c, s) = self.twiddles[k];
        let x = (even.0 + odd.0 * c - odd.1 * s, even.1 + odd.0 * s + odd.1 * c);
        x.0 * x.0 + x.1 * x.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_sum_that_defines_it() {
        let mut seed = 1u32;
        let block: Vec<f32> = (0..64)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed as f32 / u32::MAX as f32 - 0.5
            })
            .collect();
        let mut power = Vec::new();
        Fft::new(64).power(&block, &mut power);
        assert_eq!(power.len(), 32);
        for (k, found) in power.iter().enumerate() {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, x) in block.iter().enumerate() {
                let window = 0.5 - 0.5 * (TAU * n as f32 / 64.0).cos();
                let angle = TAU * (k * n % 64) as f32 / 64.0;
                re += x * window * angle.cos();
                im -= x * window * angle.sin();
            }
            let wanted = re * re + im * im;
            assert!((found - wanted).abs() < 1e-4 * wanted.max(1e-2), "bin {k}: {found}, {wanted}");
        }
    }
}
