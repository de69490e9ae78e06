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
    /// The account of the tax in single-purpose vouchers that are open.
    pub fn prepaid_tax(&self) -> Account {
        self.account(Kind::TaxPrepaid, self.storefront)
    }

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

    /// Vouchers worth `total` were made. `tax` is what single-purpose ones among it have in them: it is due from now on
    /// (Directive 2006/112/EC, article 30b (1)).
    pub fn issued(&self, total: Micros, tax: Micros) -> Vec<Posting> {
        let store = self.storefront;
        let mut postings = self.between((Kind::VoucherClearing, store), (Kind::VoucherLiability, store), total);
        postings.extend(self.between((Kind::TaxPrepaid, store), (Kind::Tax, store), tax));
        postings
    }

    /// Vouchers worth `total` were stopped: they were never sold, so nothing is owed for them, and no tax.
    pub fn stopped(&self, total: Micros, tax: Micros) -> Vec<Posting> {
        let store = self.storefront;
        let mut postings = self.between((Kind::VoucherLiability, store), (Kind::VoucherClearing, store), total);
        postings.extend(self.between((Kind::Tax, store), (Kind::TaxPrepaid, store), tax));
        postings
    }

    /// Vouchers worth `total` expired: nothing is owed for them any more, but the tax in them stays due.
    pub fn expired(&self, total: Micros, tax: Micros) -> Vec<Posting> {
        let store = self.storefront;
        let mut postings = self.between((Kind::VoucherLiability, store), (Kind::VoucherClearing, store), total);
        postings.extend(self.tax_used(tax));
        postings
    }

    /// Nobody will redeem a voucher any more that had this tax in it: it is a loss, but for what its sale will have in it.
    fn tax_used(&self, tax: Micros) -> Vec<Posting> {
        self.between((Kind::WriteOff, self.storefront), (Kind::TaxPrepaid, self.storefront), tax)
    }

    /// A sale with this tax in it was paid with a single-purpose voucher: it is not due a second time.
    pub fn tax_was_prepaid(&self, tax: Micros) -> Vec<Posting> {
        self.between((Kind::Tax, self.storefront), (Kind::WriteOff, self.storefront), tax)
    }

    /// A voucher became credit of a user: purchased credit where its batch may be refunded in money, else voucher credit.
    pub fn redeemed(&self, user: &str, amount: Micros, refundable_in_money: bool) -> Vec<Posting> {
        let kind = if refundable_in_money { Kind::Balance } else { Kind::Voucher };
        self.between((Kind::VoucherLiability, self.storefront), (kind, user), amount)
    }

    /// A voucher for a release that was worth at most `most` became promotional credit for its price; what it did not cost
    /// is no longer owed. `tax`: what was declared as it was made. `None` when the price is higher, or nothing was owed.
    pub fn release_redeemed(&self, user: &str, (most, tax): (Micros, Micros), price: Micros) -> Option<Vec<Posting>> {
        let rest = most.minus(price).filter(|rest| *rest >= Micros::ZERO)?;
        if price < Micros::ZERO || most <= Micros::ZERO {
            return None;
        }
        let owed = self.posting(Kind::VoucherLiability, self.storefront, Micros(-most.0));
        let given = self.posting(Kind::Promotional, user, price);
        let kept = self.posting(Kind::VoucherClearing, self.storefront, rest);
        Some([owed, given, kept].into_iter().flatten().chain(self.tax_used(tax)).collect())
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
        let made = BOOKS.issued(Micros(30), Micros::ZERO);
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
        expect(&[made, BOOKS.stopped(Micros(30), Micros::ZERO)], &[user]);
    }

    #[test]
    fn a_voucher_for_a_release_costs_its_price_and_no_more() {
        for (price, rest) in [(8, 2), (10, 0), (0, 10)] {
            let redeemed = BOOKS.release_redeemed("u", (Micros(10), Micros::ZERO), Micros(price)).unwrap();
            let mut expected = vec![("balance:u", 100), ("promotional:u", price), ("voucher_clearing:main", rest - 10)];
            expected.retain(|(_, amount)| *amount != 0);
            expect(&[BOOKS.issued(Micros(10), Micros::ZERO), redeemed], &expected);
        }
        for (most, price) in [(10, 11), (10, -1), (0, 0), (-1, -1), (i64::MIN, 1)] {
            assert_eq!(
                BOOKS.release_redeemed("u", (Micros(most), Micros::ZERO), Micros(price)),
                None,
                "{price} of {most}"
            );
        }
    }

    #[test]
    fn the_tax_of_a_single_purpose_voucher_is_due_once_and_from_the_beginning() {
        let (user, made) = (("balance:u", 100), BOOKS.issued(Micros(119), Micros(19)));
        let owed = ("voucher_liability:main", 119);
        let clearing = ("voucher_clearing:main", -119);
        expect(std::slice::from_ref(&made), &[user, owed, clearing, ("tax:main", 19), ("tax_prepaid:main", -19)]);
        expect(&[made.clone(), BOOKS.stopped(Micros(119), Micros(19))], &[user]);
        let lost = [user, ("write_off:main", -19), ("tax:main", 19)];
        expect(&[made.clone(), BOOKS.expired(Micros(119), Micros(19))], &lost);
        // Redeemed for a sale of 60 with a tax of 10: 19 stay due, and the 9 that nobody got anything for are a loss.
        let redeemed = BOOKS.release_redeemed("u", (Micros(119), Micros(19)), Micros(60)).unwrap();
        let sale = [(Kind::Promotional, "u", -60), (Kind::Revenue, "main", 50), (Kind::Tax, "main", 10)];
        let sale = sale.into_iter().filter_map(|(kind, owner, n)| BOOKS.posting(kind, owner, Micros(n))).collect();
        expect(
            &[made, redeemed, sale, BOOKS.tax_was_prepaid(Micros(10))],
            &[user, ("write_off:main", -9), ("voucher_clearing:main", -60), ("revenue:main", 50), ("tax:main", 19)],
        );
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
