//! Corrections: what goes back of a sale to whom. A part that is given back is taken from tax and payables in proportion and
//! returns to the kinds of credit that paid; what was given back before counts, so that parts add up to the whole exactly.

use crate::Micros;
use crate::credit::Credit;
use crate::price::part;

/// What a sale brought, or a part of it that goes back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sale {
    /// The credit that paid it.
    pub paid: Credit,
    /// The tax in it.
    pub tax: Micros,
    /// What is due of it, by payee; none twice.
    pub payables: Vec<(String, Micros)>,
}

impl Sale {
    /// What the buyer paid; `None` on overflow.
    pub fn charged(&self) -> Option<Micros> {
        self.paid.total()
    }

    /// What the shop has of it: below zero where minimums made more due than was charged.
    pub fn earned(&self) -> Option<Micros> {
        let due = Micros::sum(self.payables.iter().map(|(_, due)| *due))?;
        self.charged()?.minus(self.tax)?.minus(due)
    }

    /// The part that goes back when `amount` does, after `before` went back already; `None` when that is more than was
    /// charged, or nothing. Each share is the rounded part of both amounts together less that of the first alone.
    ///
    /// ```
    /// use money::{Micros, correction::Sale, credit::Credit};
    /// let paid = Credit { promotional: Micros(30), purchased: Micros(70), ..Credit::default() };
    /// let sale = Sale { paid, tax: Micros(10), payables: vec![("society".into(), Micros(15))] };
    /// let half = sale.part(Micros(0), Micros(50)).unwrap();
    /// assert_eq!((half.paid.promotional, half.paid.purchased, half.tax), (Micros(15), Micros(35), Micros(5)));
    /// ```
    pub fn part(&self, before: Micros, amount: Micros) -> Option<Sale> {
        let whole = self.charged()?;
        let after = before.plus(amount)?;
        if amount <= Micros::ZERO || before < Micros::ZERO || after > whole {
            return None;
        }
        let share = |of: Micros| -> Option<Micros> {
            let upto = |back: Micros| part(of, u64::try_from(back.0).ok()?, u64::try_from(whole.0).ok()?);
            upto(after)?.minus(upto(before)?)
        };
        let payables = self.payables.iter().map(|(payee, due)| Some((payee.clone(), share(*due)?)));
        Some(Sale {
            paid: self.paid_upto(after)?.minus(self.paid_upto(before)?)?,
            tax: share(self.tax)?,
            payables: payables.collect::<Option<_>>()?,
        })
    }

    /// Of what credit the first `back` is: each kind's part of what the kinds before it left, so that none gets more than it
    /// paid and none of them ever shrinks while `back` grows.
    fn paid_upto(&self, back: Micros) -> Option<Credit> {
        let of = |kind: Micros, back: Micros, whole: Micros| match whole {
            Micros::ZERO => Some(Micros::ZERO),
            whole => part(kind, u64::try_from(back.0).ok()?, u64::try_from(whole.0).ok()?),
        };
        let whole = self.charged()?;
        let promotional = of(self.paid.promotional, back, whole)?;
        let (rest, rest_whole) = (back.minus(promotional)?, whole.minus(self.paid.promotional)?);
        let voucher = of(self.paid.voucher, rest, rest_whole)?;
        Some(Credit { promotional, voucher, purchased: rest.minus(voucher)? })
    }
}

/// What has expired of a promotional credit: what is left of it beyond what was given since the time from which it still
/// counts. The oldest is spent first.
pub fn expired(left: Micros, given_since: Micros) -> Micros {
    Micros(left.0.saturating_sub(given_since.0.max(0)).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sale(promotional: i64, voucher: i64, purchased: i64, tax: i64, due: &[i64]) -> Sale {
        let paid = Credit { promotional: Micros(promotional), voucher: Micros(voucher), purchased: Micros(purchased) };
        let payables = due.iter().enumerate().map(|(n, due)| (format!("p{n}"), Micros(*due))).collect();
        Sale { paid, tax: Micros(tax), payables }
    }

    #[test]
    fn a_part_goes_back_in_proportion_and_the_whole_exactly() {
        let of = sale(1, 1, 1, 1, &[1]);
        for (before, amount, paid, tax, due) in
            [(0, 3, (1, 1, 1), 1, 1), (0, 1, (0, 0, 1), 0, 0), (1, 1, (1, 0, 0), 1, 1), (2, 1, (0, 1, 0), 0, 0)]
        {
            let part = of.part(Micros(before), Micros(amount)).unwrap();
            let kinds = (part.paid.promotional.0, part.paid.voucher.0, part.paid.purchased.0);
            assert_eq!((kinds, part.tax.0, part.payables[0].1.0), (paid, tax, due), "{before} then {amount}");
        }
        for (before, amount) in [(0, 4), (3, 1), (0, 0), (0, -1), (-1, 1), (i64::MAX, 1)] {
            assert_eq!(of.part(Micros(before), Micros(amount)), None, "{before} then {amount}");
        }
        // A minimum above the price: the shop bore it, and gets it back.
        assert_eq!(sale(0, 0, 10, 0, &[15]).part(Micros(0), Micros(10)).unwrap().earned(), Some(Micros(-5)));
    }

    #[test]
    fn what_was_given_lately_outlives_what_was_given_before() {
        for (left, given_since, gone) in [(10, 0, 10), (10, 4, 6), (10, 10, 0), (3, 10, 0), (0, 0, 0), (5, -1, 5)] {
            assert_eq!(expired(Micros(left), Micros(given_since)), Micros(gone), "{left} with {given_since} since");
        }
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_sale(
            (p, v, b) in (0i64..50, 0i64..50, 0i64..50),
            (tax, due) in (0i64..60, prop::collection::vec(0i64..60, 0..3)),
            cuts in prop::collection::vec(1i64..40, 1..20)
        ) {
            let of = sale(p, v, b, tax, &due);
            let whole = of.charged().unwrap().0;
            let (mut before, mut sum) = (0, sale(0, 0, 0, 0, &vec![0; due.len()]));
            for cut in cuts.into_iter().chain([i64::MAX]) {
                let amount = cut.min(whole - before);
                if amount == 0 { continue; }
                let part = of.part(Micros(before), Micros(amount)).unwrap();
                prop_assert_eq!(part.charged(), Some(Micros(amount)));
                let kinds = [part.paid.promotional, part.paid.voucher, part.paid.purchased, part.tax];
                prop_assert!(kinds.iter().all(|kind| *kind >= Micros::ZERO));
                sum.paid.promotional.0 += part.paid.promotional.0;
                sum.paid.voucher.0 += part.paid.voucher.0;
                sum.paid.purchased.0 += part.paid.purchased.0;
                sum.tax.0 += part.tax.0;
                sum.payables.iter_mut().zip(part.payables).for_each(|(all, one)| all.1.0 += one.1.0);
                before += amount;
            }
            if whole > 0 { prop_assert_eq!(sum, of); }
        }
    }
}
