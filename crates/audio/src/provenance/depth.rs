//! How many bits of the samples carry something: the distance between neighbouring values that occur. Padding 16 bits to 24
//! leaves only every 256th value, and a change of volume on the way only every 200th or so.

use crate::pcm::{Samples, Spec};

/// Values from −2^15 to 2^15 − 1 are watched; loud ones are too rare to fill their neighbourhood.
const WATCHED: i32 = 1 << 15;
const WORDS: usize = 2 * WATCHED as usize / 64;
/// Fewer different values or samples prove nothing.
const MIN_VALUES: u32 = 64;
const MIN_SAMPLES: u64 = 10_000;
/// Bits of an integer that a float can hold; a float master that uses fewer came from integers.
const FLOAT_BITS: u8 = 24;

/// Watches which values occur.
pub(super) struct Depth {
    bits: u8,
    /// A bit for each value that occurred.
    seen: Vec<u64>,
    samples: u64,
    /// All samples, bit by bit.
    union: i32,
    /// A float that is no 24-bit integer has occurred.
    fine: bool,
}

impl Depth {
    pub(super) fn new(spec: &Spec) -> Depth {
        let bits = if spec.float { FLOAT_BITS } else { spec.bits };
        Depth { bits, seen: vec![0; WORDS], samples: 0, union: 0, fine: false }
    }

    pub(super) fn add(&mut self, block: &Samples) {
        match block {
            Samples::Int(samples) => samples.iter().for_each(|s| self.see(*s)),
            Samples::Float(samples) if !self.fine => {
                let scale = (1u32 << (FLOAT_BITS - 1)) as f32;
                self.fine = samples.iter().any(|s| (s * scale).fract() != 0.0 || s.abs() > 1.0);
                samples.iter().for_each(|s| self.see((s * scale) as i32));
            }
            Samples::Float(_) => {}
        }
    }

    fn see(&mut self, sample: i32) {
        self.union |= sample;
        if (-WATCHED..WATCHED).contains(&sample) && sample != 0 {
            self.samples += 1;
            let at = (sample + WATCHED) as usize;
            self.seen[at / 64] |= 1 << (at % 64);
        }
    }

    /// The bits that carry something; those of the master where nothing else was found.
    pub(super) fn finish(self) -> u8 {
        if self.fine || self.union == 0 {
            return self.bits;
        }
        let low = (self.union.trailing_zeros() as u8).min(self.bits - 1);
        self.bits - low.max(self.smallest_gap().map_or(0, |gap| gap.ilog2() as u8))
    }

    /// The smallest distance of two values that occurred, where enough of them did.
    fn smallest_gap(&self) -> Option<u32> {
        let values: u32 = self.seen.iter().map(|word| word.count_ones()).sum();
        if values < MIN_VALUES || self.samples < MIN_SAMPLES {
            return None;
        }
        let (mut last, mut gap) = (None, u32::MAX);
        for (word, bits) in self.seen.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let at = word as u32 * 64 + bits.trailing_zeros();
                gap = last.map_or(gap, |last| gap.min(at - last));
                last = Some(at);
                bits &= bits - 1;
            }
        }
        Some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(bits: u8, samples: Vec<i32>) -> u8 {
        let mut depth = Depth::new(&Spec { rate_hz: 44_100, channels: 1, bits, float: false });
        depth.add(&Samples::Int(samples));
        depth.finish()
    }

    /// Noise of 16 bits, quiet enough to be watched in 24.
    fn noise() -> impl Iterator<Item = i32> {
        let mut seed = 1u32;
        (0..60_000).map(move |_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as i32 - 128
        })
    }

    #[test]
    fn padding_is_seen_and_so_is_a_change_of_volume_behind_it() {
        assert_eq!(depth(24, noise().map(|s| s << 8).collect()), 16);
        assert_eq!(depth(24, noise().map(|s| (f64::from(s) * 256.0 * 0.8).round() as i32).collect()), 17);
        assert_eq!(depth(24, noise().map(|s| s << 4).collect()), 20);
    }

    #[test]
    fn full_depth_silence_and_few_samples_are_left_alone() {
        assert_eq!(depth(24, noise().zip(noise().skip(7)).map(|(a, b)| a * 256 + b).collect()), 24);
        assert_eq!(depth(16, noise().collect()), 16);
        assert_eq!(depth(24, vec![0; 50_000]), 24);
        assert_eq!(depth(24, (0..50_000).map(|n| [0, 1_000, 2_001][n % 3]).collect()), 24);
    }

    #[test]
    fn floats_made_of_integers_show_it() {
        let spec = Spec { rate_hz: 44_100, channels: 1, bits: 32, float: true };
        let mut integers = Depth::new(&spec);
        integers.add(&Samples::Float(noise().map(|s| s as f32 / 32_768.0).collect()));
        assert_eq!(integers.finish(), 16);
        let mut fine = Depth::new(&spec);
        fine.add(&Samples::Float(noise().map(|s| s as f32 / 32_771.0).collect()));
        assert_eq!(fine.finish(), 24);
    }
}
