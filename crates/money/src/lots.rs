//! What is left of each top-up. Purchased credit is spent first in, first out, so what a listener still has belongs to his
//! newest top-ups. Pure arithmetic: no accounts, no postings.

use crate::Micros;
use crate::price::part;

/// What one top-up brought in, and what was taken out of it by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// What it added to the balance.
    pub credited: Micros,
    /// What was given back to its payer, or is on its way.
    pub refunded: Micros,
    /// What disputes have frozen or taken.
    pub disputed: Micros,
}

impl Lot {
    /// The most that can be left of it: never less than nothing.
    fn whole(&self) -> Micros {
        let out = self.refunded.0.saturating_add(self.disputed.0);
        Micros(self.credited.0.saturating_sub(out).max(0))
    }
}

/// What is left of each of `lots`, which stand in the order in which they came in, when `free` purchased credit is left in
/// all. The sum never exceeds `free`; what free credit has no lot (it came another way) belongs to none of them.
///
/// ```
/// use money::{Micros, lots::{Lot, left}};
/// let lot = |credited| Lot { credited: Micros(credited), refunded: Micros(0), disputed: Micros(0) };
/// // 10 and 25 came in, 13 were spent: all of the first and 3 of the second.
/// assert_eq!(left(&[lot(10), lot(25)], Micros(22)), [Micros(0), Micros(22)]);
/// ```
pub fn left(lots: &[Lot], free: Micros) -> Vec<Micros> {
    let mut rest = free.max(Micros::ZERO);
    let mut left: Vec<Micros> = lots
        .iter()
        .rev()
        .map(|lot| {
            let here = lot.whole().min(rest);
            rest = Micros(rest.0 - here.0);
            here
        })
        .collect();
    left.reverse();
    left
}

/// How a refund of `amount` is paid when its top-up of `credited` came with a `bonus` of promotional credit of which `promotional`
/// is left: the bonus goes back in the same proportion; what of it was spent already is taken off the money. `None` when the amounts make no sense.
pub fn refund(amount: Micros, credited: Micros, bonus: Micros, promotional: Micros) -> Option<RefundParts> {
    if amount <= Micros::ZERO || amount > credited || bonus < Micros::ZERO || promotional < Micros::ZERO {
        return None;
    }
    let bonus_back = part(bonus, u64::try_from(amount.0).ok()?, u64::try_from(credited.0).ok()?)?;
    let from_promotional = bonus_back.min(promotional);
    let kept = bonus_back.minus(from_promotional)?.min(amount);
    Some(RefundParts { taken: amount, paid: amount.minus(kept)?, from_promotional, kept })
}

/// The parts of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundParts {
    /// Leaves the purchased credit.
    pub taken: Micros,
    /// Goes to the payer.
    pub paid: Micros,
    /// Leaves the promotional credit.
    pub from_promotional: Micros,
    /// Stays with the shop, for the part of the bonus that was spent: `taken` less `paid`.
    pub kept: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lot(credited: i64, refunded: i64, disputed: i64) -> Lot {
        Lot { credited: Micros(credited), refunded: Micros(refunded), disputed: Micros(disputed) }
    }

    #[test]
    fn the_oldest_money_is_spent_first() {
        for (lots, free, expected) in [
            (vec![lot(10, 0, 0), lot(25, 0, 0)], 35, vec![10, 25]),
            (vec![lot(10, 0, 0), lot(25, 0, 0)], 31, vec![6, 25]),
            (vec![lot(10, 0, 0), lot(25, 0, 0)], 3, vec![0, 3]),
            // Half of the newest was given back: it cannot be given back again.
            (vec![lot(10, 0, 0), lot(25, 12, 0)], 20, vec![7, 13]),
            // The first is frozen: what is free belongs to the others.
            (vec![lot(10, 0, 6), lot(10, 0, 0)], 10, vec![0, 10]),
            // Credit that came from elsewhere belongs to no top-up.
            (vec![lot(10, 0, 0)], 90, vec![10]),
            (vec![], 5, vec![]),
            (vec![lot(10, 8, 8)], 5, vec![0]),
            (vec![lot(10, 0, 0)], -1, vec![0]),
        ] {
            let found: Vec<i64> = left(&lots, Micros(free)).iter().map(|l| l.0).collect();
            assert_eq!(found, expected, "{lots:?} with {free}");
        }
    }

    #[test]
    fn a_bonus_goes_back_with_the_money_it_came_with() {
        let parts = |amount, promotional| {
            refund(Micros(amount), Micros(100), Micros(5), Micros(promotional))
                .map(|p| (p.paid.0, p.from_promotional.0, p.kept.0))
        };
        assert_eq!(parts(100, 5), Some((100, 5, 0)));
        assert_eq!(parts(100, 2), Some((97, 2, 3)), "three of the bonus were spent");
        assert_eq!(parts(50, 5), Some((50, 2, 0)), "half a bonus, half to even");
        assert_eq!(parts(0, 5), None);
        assert_eq!(parts(101, 5), None);
        assert_eq!(refund(Micros(1), Micros(1), Micros(0), Micros(0)).map(|p| p.paid), Some(Micros(1)));
    }

    proptest! {
        #[test]
        fn no_more_is_left_than_there_is(
            lots in prop::collection::vec((0..1_000i64, 0..1_000i64, 0..1_000i64), 0..12), free in 0..5_000i64
        ) {
            let lots: Vec<Lot> = lots.into_iter().map(|(c, r, d)| lot(c, r, d)).collect();
            let found = left(&lots, Micros(free));
            prop_assert!(Micros::sum(found.iter().copied()).unwrap() <= Micros(free));
            for (left, lot) in found.iter().zip(&lots) {
                prop_assert!(*left >= Micros::ZERO && *left <= lot.whole());
            }
        }

        #[test]
        fn a_refund_pays_what_leaves_the_balance_and_keeps_no_more_than_the_bonus(
            amount in 1..10_000i64, more in 0..10_000i64, bonus in 0..2_000i64, promotional in 0..2_000i64
        ) {
            let p = refund(Micros(amount), Micros(amount + more), Micros(bonus), Micros(promotional)).unwrap();
            prop_assert_eq!(p.paid.0 + p.kept.0, p.taken.0);
            prop_assert!(p.paid >= Micros::ZERO && p.from_promotional.0 + p.kept.0 <= bonus);
        }
    }
}
