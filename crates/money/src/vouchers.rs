//! What vouchers and gifts move in the books, as postings. A voucher is owed from the moment it is made: its other side is
//! the clearing account, which says what vouchers were given for. No codes, no time.

use crate::ledger::{Account, Kind, Posting};
use crate::{Currency, Micros};

/// Whose books: a storefront's, in its currency.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Books<'a> {
    pub storefront: &'a str,
    pub currency: Currency,
}

impl Books<'_> {
    /// The account of what is owed for vouchers.
    pub fn liability(&self) -> Account {
        self.account(Kind::VoucherLiability, self.storefront)
    }

    fn account(&self, kind: Kind, owner: &str) -> Account {
        Account { kind, owner: owner.to_owned(), currency: self.currency }
    }

    fn posting(&self, kind: Kind, owner: &str, amount: Micros) -> Option<Posting> {
        (amount != Micros::ZERO).then(|| Posting { account: self.account(kind, owner), amount })
    }

    fn between(&self, from: (Kind, &str), to: (Kind, &str), amount: Micros) -> Vec<Posting> {
        let negative = Micros(amount.0.wrapping_neg());
        [self.posting(from.0, from.1, negative), self.posting(to.0, to.1, amount)].into_iter().flatten().collect()
    }

    /// Vouchers worth `total` were made.
    pub fn issued(&self, total: Micros) -> Vec<Posting> {
        self.between((Kind::VoucherClearing, self.storefront), (Kind::VoucherLiability, self.storefront), total)
    }

    /// Vouchers worth `total` were stopped or expired: nothing is owed for them any more.
    pub fn withdrawn(&self, total: Micros) -> Vec<Posting> {
        self.between((Kind::VoucherLiability, self.storefront), (Kind::VoucherClearing, self.storefront), total)
    }

    /// A voucher became credit of a user: purchased credit where its batch may be refunded in money, else voucher credit.
    pub fn redeemed(&self, user: &str, amount: Micros, refundable_in_money: bool) -> Vec<Posting> {
        let kind = if refundable_in_money { Kind::Balance } else { Kind::Voucher };
        self.between((Kind::VoucherLiability, self.storefront), (kind, user), amount)
    }

    /// A voucher for a release that was worth at most `most` became promotional credit for its price; what it did not cost
    /// is no longer owed. `None` when the price is higher, or nothing was owed.
    pub fn release_redeemed(&self, user: &str, most: Micros, price: Micros) -> Option<Vec<Posting>> {
        let rest = most.minus(price).filter(|rest| *rest >= Micros::ZERO)?;
        if price < Micros::ZERO || most <= Micros::ZERO {
            return None;
        }
        let owed = self.posting(Kind::VoucherLiability, self.storefront, Micros(-most.0));
        let given = self.posting(Kind::Promotional, user, price);
        let kept = self.posting(Kind::VoucherClearing, self.storefront, rest);
        Some([owed, given, kept].into_iter().flatten().collect())
    }

    /// A listener paid for a voucher with purchased credit.
    pub fn gift_bought(&self, user: &str, amount: Micros) -> Vec<Posting> {
        self.between((Kind::Balance, user), (Kind::VoucherLiability, self.storefront), amount)
    }

    /// He gets it back, since it was not sent.
    pub fn gift_returned(&self, user: &str, amount: Micros) -> Vec<Posting> {
        self.between((Kind::VoucherLiability, self.storefront), (Kind::Balance, user), amount)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ledger::check;

    const BOOKS: Books = Books { storefront: "main", currency: Currency::USD };

    /// Applies entries to empty books in which user `u` has 100 of purchased credit.
    fn after(entries: &[Vec<Posting>]) -> Vec<(String, i64)> {
        let mut balances = BTreeMap::from([(BOOKS.account(Kind::Balance, "u"), Micros(100))]);
        for entry in entries {
            check(entry, |account| balances.get(account).copied()).unwrap();
            for posting in entry {
                let balance = balances.entry(posting.account.clone()).or_default();
                *balance = balance.plus(posting.amount).unwrap();
            }
        }
        let written = balances.iter().filter(|(_, balance)| **balance != Micros::ZERO);
        written.map(|(account, balance)| (account.id().replace(":USD", ""), balance.0)).collect()
    }

    fn expect(entries: &[Vec<Posting>], expected: &[(&str, i64)]) {
        let expected: Vec<(String, i64)> = expected.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect();
        assert_eq!(after(entries), expected);
    }

    #[test]
    fn a_voucher_is_owed_until_it_is_redeemed_stopped_or_expired() {
        let made = BOOKS.issued(Micros(30));
        let user = ("balance:u", 100);
        expect(std::slice::from_ref(&made), &[user, ("voucher_liability:main", 30), ("voucher_clearing:main", -30)]);
        expect(
            &[made.clone(), BOOKS.redeemed("u", Micros(10), false)],
            &[user, ("voucher:u", 10), ("voucher_liability:main", 20), ("voucher_clearing:main", -30)],
        );
        expect(
            &[made.clone(), BOOKS.redeemed("u", Micros(30), true)],
            &[("balance:u", 130), ("voucher_clearing:main", -30)],
        );
        expect(&[made, BOOKS.withdrawn(Micros(30))], &[user]);
    }

    #[test]
    fn a_voucher_for_a_release_costs_its_price_and_no_more() {
        for (price, rest) in [(8, 2), (10, 0), (0, 10)] {
            let redeemed = BOOKS.release_redeemed("u", Micros(10), Micros(price)).unwrap();
            let mut expected = vec![("balance:u", 100), ("promotional:u", price), ("voucher_clearing:main", rest - 10)];
            expected.retain(|(_, amount)| *amount != 0);
            expect(&[BOOKS.issued(Micros(10)), redeemed], &expected);
        }
        for (most, price) in [(10, 11), (10, -1), (0, 0), (-1, -1), (i64::MIN, 1)] {
            assert_eq!(BOOKS.release_redeemed("u", Micros(most), Micros(price)), None, "{price} of {most}");
        }
    }

    #[test]
    fn a_gift_is_paid_from_purchased_credit_and_comes_back_as_such() {
        let bought = BOOKS.gift_bought("u", Micros(40));
        expect(std::slice::from_ref(&bought), &[("balance:u", 60), ("voucher_liability:main", 40)]);
        expect(&[bought.clone(), BOOKS.gift_returned("u", Micros(40))], &[("balance:u", 100)]);
        expect(&[bought, BOOKS.redeemed("v", Micros(40), false)], &[("balance:u", 60), ("voucher:v", 40)]);
        assert!(check(&BOOKS.gift_bought("u", Micros(101)), |_| Some(Micros(100))).is_err());
    }
}
