//! Discounts: how they add up, and where they stop. Who gets which, the shop knows.
//!
//! **The rule.** Every discount that fits is a part of the list price. The parts are added, whatever their order, and their sum
//! stops at one third off ([`CAP_PPM`]). Floors are no matter of this rule: they win afterwards, in [`crate::price::Terms`].

use crate::Micros;

/// The most that all discounts together take off the list price: one third, in parts per million.
pub const CAP_PPM: u32 = 333_333;

/// What discounts come to together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Together {
    /// Their plain sum, in parts per million.
    pub asked_ppm: u32,
    /// What is taken off.
    pub given_ppm: u32,
}

/// Adds discounts up.
///
/// ```
/// use money::discount::{CAP_PPM, together};
/// assert_eq!(together([100_000, 50_000]).given_ppm, 150_000);
/// assert_eq!(together([300_000, 50_000]).given_ppm, CAP_PPM);
/// ```
pub fn together(parts_ppm: impl IntoIterator<Item = u32>) -> Together {
    let asked_ppm = parts_ppm.into_iter().fold(0u32, u32::saturating_add);
    Together { asked_ppm, given_ppm: asked_ppm.min(CAP_PPM) }
}

/// A step of a ladder: who has spent so much gets so much off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// From this sum on.
    pub spent: Micros,
    /// In parts per million of the list price.
    pub discount_ppm: u32,
}

/// The highest rung of a ladder that `spent` reaches. Only that one counts.
pub fn reached(ladder: &[Rung], spent: Micros) -> Option<&Rung> {
    ladder.iter().filter(|rung| rung.spent <= spent).max_by_key(|rung| rung.spent)
}

/// `total` in parts by weight, in their order: each cumulative sum is rounded half to even, so the parts sum exactly to the
/// whole. `None` when nothing weighs anything, or the total is negative.
pub fn by_weight(total: Micros, weights: &[u64]) -> Option<Vec<Micros>> {
    if weights.is_empty() {
        return None;
    }
    let all = weights.iter().try_fold(0u64, |sum, weight| sum.checked_add(*weight))?;
    let (mut sum, mut before, mut parts) = (0u64, Micros::ZERO, Vec::with_capacity(weights.len()));
    for weight in weights {
        sum += weight;
        let upto = crate::price::part(total, sum, all)?;
        parts.push(upto.minus(before)?);
        before = upto;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::Terms;
    use proptest::prelude::*;

    #[test]
    fn discounts_add_up_and_stop_at_one_third() {
        for (parts, asked, given) in [
            (vec![], 0, 0),
            (vec![100_000], 100_000, 100_000),
            (vec![100_000, 50_000, 30_000], 180_000, 180_000),
            (vec![333_333], 333_333, 333_333),
            (vec![333_334], 333_334, 333_333),
            (vec![200_000, 200_000], 400_000, 333_333),
            (vec![u32::MAX, u32::MAX], u32::MAX, 333_333),
        ] {
            assert_eq!(together(parts.clone()), Together { asked_ppm: asked, given_ppm: given }, "{parts:?}");
        }
    }

    #[test]
    fn only_the_highest_rung_that_is_reached_counts() {
        let rung = |spent, discount_ppm| Rung { spent: Micros(spent), discount_ppm };
        let ladder = [rung(100, 50_000), rung(500, 100_000)];
        for (spent, discount) in [
            (0, None),
            (99, None),
            (100, Some(50_000)),
            (499, Some(50_000)),
            (500, Some(100_000)),
            (i64::MAX, Some(100_000)),
        ] {
            assert_eq!(reached(&ladder, Micros(spent)).map(|rung| rung.discount_ppm), discount, "{spent}");
        }
        assert_eq!(reached(&[], Micros(1)), None);
    }

    proptest! {
        #[test]
        fn a_price_is_never_above_list_nor_below_its_floor_and_the_cap_holds(
            bytes in 0u64..2_000_000_000,
            per_mb in 0i64..1_000_000,
            parts in prop::collection::vec(0u32..400_000, 0..6),
            floor_per_track in 0i64..2_000_000,
            floor_per_mb in 0i64..100_000,
        ) {
            let given = together(parts).given_ppm;
            let (floor_per_track, floor_per_mb) = (Micros(floor_per_track), Micros(floor_per_mb));
            let terms = Terms { per_mb: Micros(per_mb), discount_ppm: given, floor_per_track, floor_per_mb, ..Terms::default() };
            let price = terms.price(bytes).unwrap();
            let floor = floor_per_track.max(crate::price::of_bytes(bytes, floor_per_mb).unwrap());
            prop_assert!(price.gross >= floor);
            prop_assert!(price.gross <= price.list.max(floor));
            // A third, to the micro that rounding may take.
            prop_assert!(3 * i128::from(price.discount.0) <= i128::from(price.list.0) + 3);
            prop_assert!(price.gross == floor || price.gross == Micros(price.list.0 - price.discount.0));
        }

        #[test]
        fn the_order_of_discounts_is_no_matter(mut parts in prop::collection::vec(0u32..400_000, 0..6)) {
            let sum = together(parts.clone());
            parts.reverse();
            prop_assert_eq!(together(parts), sum);
        }

        #[test]
        fn parts_by_weight_sum_to_the_whole(total in 0i64..10_000_000_000, weights in prop::collection::vec(1u64..9_999_999, 1..40)) {
            let parts = by_weight(Micros(total), &weights).unwrap();
            prop_assert_eq!(Micros::sum(parts.iter().copied()), Some(Micros(total)));
            prop_assert!(parts.iter().all(|part| part.0 >= 0));
        }
    }

    #[test]
    fn what_weighs_nothing_has_no_parts() {
        assert_eq!(by_weight(Micros(5), &[]), None);
        assert_eq!(by_weight(Micros(5), &[0, 0]), None);
        assert_eq!(by_weight(Micros(-5), &[1]), None);
        assert_eq!(by_weight(Micros(100), &[1, 1, 1]), Some(vec![Micros(33), Micros(34), Micros(33)]));
    }
}
