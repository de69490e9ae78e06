//! Chance that is the same for the same seed, on every machine. Not for secrets.

/// A generator (SplitMix64: a counter whose steps are mixed).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The generator of one thing among many: `of` says which sort of thing, `number` which of them.
    pub(super) fn new(seed: u64, of: u64, number: u64) -> Chance {
        let mut chance = Chance(seed);
        for part in [of, number] {
            chance = Chance(chance.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        chance
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `bound`, which is above 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number from 0 up to but not 1.
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A place below `bound`, after Zipf's law with exponent 1: the first twice as often as the second.
    pub(super) fn zipf(&mut self, bound: usize) -> usize {
        let place = (bound as f64 + 1.0).powf(self.part());
        (place as usize).saturating_sub(1).min(bound.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_others() {
        let numbers = |seed| {
            let mut chance = Chance::new(seed, 1, 2);
            (0..50).map(|_| chance.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn the_first_place_of_zipf_comes_far_more_often_than_the_tenth_and_none_is_out_of_bounds() {
        let mut chance = Chance::new(1, 1, 1);
        let mut counts = vec![0; 1_000];
        (0..100_000).for_each(|_| counts[chance.zipf(1_000)] += 1);
        assert!(counts[0] > 5 * counts[9] && counts[9] > 5 * counts[99], "{:?}", &counts[..10]);
        assert_eq!(chance.zipf(1), 0);
    }
}
