//! Who gets what of one sale: a rate of a base, at least a minimum, split among holders by shares that add up to one. Pure
//! arithmetic; which licence and whose shares, `shop::rights` knows.
//!
//! **The rule for remainders.** Each holder gets his share rounded down to the micro. The micros that are left go one each to
//! those who lost the largest fraction by that, and among equals to the id that sorts first. So the parts sum exactly to the
//! whole, and neither the order in which shares were written nor anything else but the shares themselves decides.

use crate::Micros;
use crate::price::part;

/// One, in parts per million.
pub const ONE_PPM: u32 = 1_000_000;
/// Holders of one recording at the most.
pub const MAX_HOLDERS: usize = 100;

/// Why shares are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum SharesError {
    #[error("shares need at least one holder")]
    Nobody,
    #[error("at most {MAX_HOLDERS} holders share one recording")]
    TooMany,
    #[error("{0} stands twice among the holders")]
    Twice(String),
    #[error("the share of {0} is 0")]
    Nothing(String),
    #[error("the shares add up to {0} parts per million, not to {ONE_PPM}")]
    NotOne(u64),
}

/// Shares that add up to one. Kept in the order of the holders' ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares(Vec<(String, u32)>);

impl Shares {
    /// Shares of these holders, in parts per million.
    ///
    /// ```
    /// use money::Micros;
    /// use money::shares::Shares;
    /// let shares = Shares::new(vec![("b".into(), 500_000), ("a".into(), 500_000)]).unwrap();
    /// assert_eq!(shares.split(Micros(3)), [("a", Micros(2)), ("b", Micros(1))]);
    /// ```
    pub fn new(mut holders: Vec<(String, u32)>) -> Result<Shares, SharesError> {
        if holders.is_empty() {
            return Err(SharesError::Nobody);
        }
        if holders.len() > MAX_HOLDERS {
            return Err(SharesError::TooMany);
        }
        holders.sort();
        if let Some(pair) = holders.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(SharesError::Twice(pair[0].0.clone()));
        }
        if let Some((holder, _)) = holders.iter().find(|(_, ppm)| *ppm == 0) {
            return Err(SharesError::Nothing(holder.clone()));
        }
        let sum: u64 = holders.iter().map(|(_, ppm)| u64::from(*ppm)).sum();
        if sum == u64::from(ONE_PPM) { Ok(Shares(holders)) } else { Err(SharesError::NotOne(sum)) }
    }

    /// One holder has it all.
    pub fn whole(holder: &str) -> Shares {
        Shares(vec![(holder.to_owned(), ONE_PPM)])
    }

    /// The holders with their parts per million, in the order of their ids.
    pub fn holders(&self) -> &[(String, u32)] {
        &self.0
    }

    /// What each holder gets of `total`. A negative total is the mirror image of the positive one.
    pub fn split(&self, total: Micros) -> Vec<(&str, Micros)> {
        let weights: Vec<u128> = self.0.iter().map(|(_, ppm)| u128::from(*ppm)).collect();
        let parts = split_by(total, &weights);
        self.0.iter().map(|(holder, _)| holder.as_str()).zip(parts).collect()
    }
}

/// Splits by weights of which at least one is above zero, by the rule for remainders; equal fractions favour the earlier place.
fn split_by(total: Micros, weights: &[u128]) -> Vec<Micros> {
    let sum: u128 = weights.iter().sum();
    let magnitude = u128::from(total.0.unsigned_abs());
    let mut parts: Vec<u128> = weights.iter().map(|weight| magnitude * weight / sum).collect();
    let left = magnitude - parts.iter().sum::<u128>();
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_by_key(|place| (std::cmp::Reverse(magnitude * weights[*place] % sum), *place));
    for place in places.into_iter().take(left as usize) {
        parts[place] += 1;
    }
    // No part is larger than the whole, which is an i64 (the sign of i64::MIN apart, which no sum of money reaches).
    parts.into_iter().map(|part| Micros(if total.0 < 0 { -(part as i64) } else { part as i64 })).collect()
}

/// How a licence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Parts per million of the base.
    pub rate_ppm: u32,
    /// At least this is due for a track.
    pub minimum: Micros,
}

impl Rate {
    /// What is due of `base`, rounded half to even, and no less than the minimum; `None` when the base is negative.
    pub fn due(&self, base: Micros) -> Option<Micros> {
        Some(part(base, self.rate_ppm.into(), ONE_PPM.into())?.max(self.minimum))
    }
}

/// How much of `due` goes back when `all` of `whole` is refunded in sum, `before` of it having gone back already. Counted on
/// the running sum, so that after a whole refund, in however many steps, exactly `due` has gone back. `None` where more than
/// the whole is refunded, or an amount is negative.
pub fn reversed(due: Micros, whole: Micros, all: Micros, before: Micros) -> Option<Micros> {
    if all < Micros::ZERO || all > whole {
        return None;
    }
    if all == whole {
        return due.minus(before);
    }
    part(due, all.0.unsigned_abs(), whole.0.unsigned_abs())?.minus(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(holders: &[(&str, u32)]) -> Result<Shares, SharesError> {
        Shares::new(holders.iter().map(|(holder, ppm)| ((*holder).to_owned(), *ppm)).collect())
    }

    #[test]
    fn shares_that_are_not_one_are_refused_with_the_reason() {
        for (holders, refusal) in [
            (&[] as &[(&str, u32)], SharesError::Nobody),
            (&[("a", 999_999)], SharesError::NotOne(999_999)),
            (&[("a", 500_000), ("b", 500_001)], SharesError::NotOne(1_000_001)),
            (&[("a", u32::MAX), ("b", u32::MAX)], SharesError::NotOne(8_589_934_590)),
            (&[("a", 500_000), ("a", 500_000)], SharesError::Twice("a".into())),
            (&[("a", 1_000_000), ("b", 0)], SharesError::Nothing("b".into())),
        ] {
            assert_eq!(shares(holders), Err(refusal), "{holders:?}");
        }
        let many = (0..=MAX_HOLDERS).map(|n| (n.to_string(), 1)).collect();
        assert_eq!(Shares::new(many), Err(SharesError::TooMany));
    }

    #[test]
    fn remainders_go_to_the_largest_fractions_and_then_to_the_first_id() {
        type Case<'a> = (&'a [(&'a str, u32)], i64, &'a [(&'a str, i64)]);
        let cases: [Case; 7] = [
            (&[("a", 1_000_000)], 7, &[("a", 7)]),
            (&[("a", 500_000), ("b", 500_000)], 7, &[("a", 4), ("b", 3)]),
            (&[("b", 500_000), ("a", 500_000)], 7, &[("a", 4), ("b", 3)]),
            (&[("a", 333_333), ("b", 333_333), ("c", 333_334)], 100, &[("a", 33), ("b", 33), ("c", 34)]),
            (&[("a", 333_333), ("b", 333_333), ("c", 333_334)], 2, &[("a", 1), ("b", 0), ("c", 1)]),
            (&[("a", 999_999), ("b", 1)], 3, &[("a", 3), ("b", 0)]),
            (&[("a", 500_000), ("b", 500_000)], -7, &[("a", -4), ("b", -3)]),
        ];
        for (holders, total, expected) in cases {
            let shares = shares(holders).unwrap();
            let expected: Vec<(&str, Micros)> =
                expected.iter().map(|(holder, part)| (*holder, Micros(*part))).collect();
            assert_eq!(shares.split(Micros(total)), expected, "{holders:?} of {total}");
        }
    }

    /// A small generator (xorshift), so that the same cases run everywhere.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }

        fn holders(&mut self) -> Vec<(String, u32)> {
            let count = 1 + self.below(12) as u32;
            let mut left = ONE_PPM;
            let mut holders = Vec::new();
            for n in 0..count {
                let most = left - (count - n - 1);
                let ppm = if n + 1 == count { left } else { 1 + self.below(u64::from(most)) as u32 };
                left -= ppm;
                holders.push((format!("h{n}"), ppm));
                if left < count - n {
                    // The rest cannot give everybody at least one part: the last one takes it.
                    if let Some(last) = holders.last_mut() {
                        last.1 += left;
                    }
                    break;
                }
            }
            holders
        }
    }

    #[test]
    fn parts_always_sum_to_the_whole_and_do_not_depend_on_the_order() {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for _ in 0..20_000 {
            let mut holders = chance.holders();
            let total = Micros(chance.below(1 << (1 + chance.0 % 52)) as i64);
            let split = Shares::new(holders.clone()).unwrap();
            let parts = split.split(total);
            assert_eq!(Micros::sum(parts.iter().map(|(_, part)| *part)), Some(total), "{holders:?} of {total:?}");
            for ((holder, ppm), (_, part)) in split.holders().iter().zip(&parts) {
                let exact = i128::from(total.0) * i128::from(*ppm);
                let got = i128::from(part.0) * i128::from(ONE_PPM);
                assert!((exact - got).abs() < i128::from(ONE_PPM), "{holder} is a micro or more off in {holders:?}");
            }
            let mirrored = split.split(Micros(-total.0));
            assert!(parts.iter().zip(&mirrored).all(|((_, part), (_, back))| part.0 == -back.0));
            for place in (1..holders.len()).rev() {
                holders.swap(place, chance.below(place as u64 + 1) as usize);
            }
            let shuffled = Shares::new(holders).unwrap();
            assert_eq!(shuffled.split(total), parts);
        }
    }

    #[test]
    fn dues_round_half_to_even_and_keep_their_minimum() {
        for (base, rate_ppm, minimum, due) in [
            (1_000_000, 150_000, 0, Some(150_000)),
            (10, 150_000, 0, Some(2)),
            (30, 150_000, 0, Some(4)),
            (11, 150_000, 0, Some(2)),
            (0, 150_000, 50_000, Some(50_000)),
            (0, 150_000, 0, Some(0)),
            (100_000, 150_000, 50_000, Some(50_000)),
            (1_000_000, 1_000_000, 50_000, Some(1_000_000)),
            (i64::MAX, 1_000_000, 0, Some(i64::MAX)),
            (-1, 150_000, 50_000, None),
        ] {
            let rate = Rate { rate_ppm, minimum: Micros(minimum) };
            assert_eq!(rate.due(Micros(base)), due.map(Micros), "{base} at {rate_ppm}");
        }
    }

    #[test]
    fn refunds_in_any_steps_take_back_exactly_what_was_due() {
        let mut chance = Chance(77);
        for _ in 0..5_000 {
            let whole = 1 + chance.below(10_000_000) as i64;
            let due = chance.below(whole as u64 + 1) as i64;
            let (mut part, mut before) = (0i64, 0i64);
            while part < whole {
                part += 1 + chance.below((whole - part) as u64) as i64;
                let back = reversed(Micros(due), Micros(whole), Micros(part), Micros(before)).unwrap();
                assert!(back >= Micros::ZERO, "a refund never makes more due");
                before += back.0;
            }
            assert_eq!(before, due);
        }
        assert_eq!(reversed(Micros(5), Micros(10), Micros(11), Micros(0)), None);
        assert_eq!(reversed(Micros(5), Micros(10), Micros(-1), Micros(0)), None);
        // A minimum that was due for nothing paid goes back with the whole.
        assert_eq!(reversed(Micros(5), Micros(0), Micros(0), Micros(0)), Some(Micros(5)));
    }
}
