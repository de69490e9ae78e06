//! What vouchers and gifts move. The postings stand in `money::vouchers`.

use money::Micros;
use money::ledger::Posting;
use money::vouchers::Books;

use super::ledger::Event;
use super::{Wallet, WalletError};
use crate::db::Tx;

/// Why vouchers are worth nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    Stopped,
    Expired,
}

impl Wallet {
    /// Vouchers worth `total` were issued, with this tax in them if they are single-purpose ones.
    pub(crate) fn issue_vouchers(
        &self,
        tx: &mut Tx,
        books: Books,
        batch: &str,
        (total, tax): (Micros, Micros),
    ) -> Result<(), WalletError> {
        self.moved(tx, "issue", batch, books.issued(total, tax))
    }

    /// Vouchers worth `total` were stopped or expired; `subject` is the batch, or a code's serial number.
    pub(crate) fn withdraw_vouchers(
        &self,
        tx: &mut Tx,
        books: Books,
        (why, subject): (Withdrawn, &str),
        (total, tax): (Micros, Micros),
    ) -> Result<(), WalletError> {
        match why {
            Withdrawn::Stopped => self.moved(tx, "stop", subject, books.stopped(total, tax)),
            Withdrawn::Expired => self.moved(tx, "expire", subject, books.expired(total, tax)),
        }
    }

    /// A voucher turns into credit: voucher credit, or purchased credit where it may be refunded in money. Returns the entry's
    /// id; none for a voucher that is worth nothing.
    pub(crate) fn redeem(
        &self,
        tx: &mut Tx,
        books: Books,
        user_id: &str,
        serial: &str,
        (amount, refundable_in_money): (Micros, bool),
    ) -> Result<Option<String>, WalletError> {
        let postings = books.redeemed(user_id, amount, refundable_in_money);
        if postings.is_empty() {
            return Ok(None);
        }
        self.book(tx, Event { kind: "voucher", subject: serial, corrects: None, postings }).map(Some)
    }

    /// A voucher for a release turns into promotional credit for its price; `worth`: the most it could cost, and the tax in
    /// that which was declared before.
    pub(crate) fn redeem_release(
        &self,
        tx: &mut Tx,
        books: Books,
        user_id: &str,
        serial: &str,
        worth: (Micros, Micros),
        price: Micros,
    ) -> Result<(), WalletError> {
        let postings = books.release_redeemed(user_id, worth, price).ok_or(WalletError::Amount)?;
        self.moved(tx, "release_voucher", serial, postings)
    }

    /// The tax of a charged line was declared before, with the voucher that paid it.
    pub(crate) fn tax_was_prepaid(
        &self,
        tx: &mut Tx,
        books: Books,
        line_id: &str,
        tax: Micros,
    ) -> Result<(), WalletError> {
        self.moved(tx, "voucher_tax", line_id, books.tax_was_prepaid(tax))
    }

    /// A listener pays for a gift with purchased credit.
    pub(crate) fn buy_gift(
        &self,
        tx: &mut Tx,
        books: Books,
        user_id: &str,
        gift: &str,
        amount: Micros,
    ) -> Result<(), WalletError> {
        self.moved(tx, "gift", gift, books.gift_bought(user_id, amount))
    }

    /// He gets it back.
    pub(crate) fn return_gift(
        &self,
        tx: &mut Tx,
        books: Books,
        user_id: &str,
        gift: &str,
        amount: Micros,
    ) -> Result<(), WalletError> {
        self.moved(tx, "gift_back", gift, books.gift_returned(user_id, amount))
    }

    fn moved(&self, tx: &mut Tx, kind: &str, subject: &str, postings: Vec<Posting>) -> Result<(), WalletError> {
        if postings.is_empty() {
            return Ok(());
        }
        self.book(tx, Event { kind, subject, corrects: None, postings })?;
        Ok(())
    }
}
