//! Credit by its kind: given, from vouchers, purchased; and which is spent first.

use crate::Micros;

/// An amount of credit, by kind. No part is negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Credit {
    /// Given by the shop; never refunded in money.
    pub promotional: Micros,
    /// From vouchers that are not refundable in money, or moved here from another listener's balance.
    pub voucher: Micros,
    /// Purchased; what is unspent goes back to where it came from on request.
    pub purchased: Micros,
}

impl Credit {
    /// All of it; `None` on overflow.
    pub fn total(self) -> Option<Micros> {
        Micros::sum([self.promotional, self.voucher, self.purchased])
    }

    /// The part that pays `amount`: promotional credit first, then vouchers', then purchased. `None` when there is too little
    /// or the amount is negative.
    ///
    /// ```
    /// use money::{Micros, credit::Credit};
    /// let has = Credit { promotional: Micros(3), voucher: Micros(4), purchased: Micros(5) };
    /// assert_eq!(has.take(Micros(8)), Some(Credit { promotional: Micros(3), voucher: Micros(4), purchased: Micros(1) }));
    /// assert_eq!(has.take(Micros(13)), None);
    /// ```
    pub fn take(self, amount: Micros) -> Option<Credit> {
        let promotional = self.promotional.min(amount);
        let rest = amount.minus(promotional)?;
        let voucher = self.voucher.min(rest);
        let purchased = rest.minus(voucher)?;
        let enough = amount >= Micros::ZERO && purchased <= self.purchased;
        enough.then_some(Credit { promotional, voucher, purchased })
    }

    /// What it is for somebody else whom it is given to: spendable, but never refunded in money, which goes back only to
    /// where it came from. `None` on overflow.
    pub fn moved_to_another(self) -> Option<Credit> {
        let voucher = self.voucher.plus(self.purchased)?;
        Some(Credit { promotional: self.promotional, voucher, purchased: Micros::ZERO })
    }

    /// What is left without `other`, kind by kind; `None` when a kind has less.
    pub fn minus(self, other: Credit) -> Option<Credit> {
        let part = |has: Micros, gone: Micros| has.minus(gone).filter(|left| *left >= Micros::ZERO);
        Some(Credit {
            promotional: part(self.promotional, other.promotional)?,
            voucher: part(self.voucher, other.voucher)?,
            purchased: part(self.purchased, other.purchased)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_taken_and_what_is_left_are_the_whole(p in 0i64..99, v in 0i64..99, b in 0i64..99, amount in -5i64..300) {
            let has = Credit { promotional: Micros(p), voucher: Micros(v), purchased: Micros(b) };
            match has.take(Micros(amount)) {
                Some(taken) => {
                    prop_assert_eq!(taken.total(), Some(Micros(amount)));
                    prop_assert_eq!(has.minus(taken).unwrap().total(), Some(Micros(p + v + b - amount)));
                    prop_assert!(taken.purchased == Micros::ZERO || (taken.promotional.0, taken.voucher.0) == (p, v));
                }
                None => prop_assert!(amount < 0 || amount > p + v + b),
            }
        }
    }
}
