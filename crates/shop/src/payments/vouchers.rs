//! Credit that came with a voucher and may go back in money: a top-up like others, whose money was taken where the voucher was
//! sold. It goes back by hand, as transfers do.

use money::Micros;
use money::vouchers::Books;

use super::rules::VOUCHER;
use super::topup::{self, NewTopUp};
use crate::clock::Clock;
use crate::db::{DbError, Tx};
use crate::params;

/// A voucher that was redeemed.
pub(crate) struct Redeemed<'a> {
    /// Whose books carried it.
    pub books: Books<'a>,
    /// Who redeemed it.
    pub user_id: &'a str,
    pub serial: &'a str,
    pub amount: Micros,
    /// The ledger entry that turned it into credit.
    pub entry_id: &'a str,
}

/// Notes the credit of a voucher as a top-up, in the transaction that redeems it.
pub(crate) fn came_with_voucher(tx: &mut Tx, clock: &Clock, redeemed: &Redeemed) -> Result<(), DbError> {
    let (id, now_us) = (clock.new_id(), clock.now_us());
    let new = NewTopUp {
        id: &id,
        user_id: redeemed.user_id,
        storefront: redeemed.books.storefront,
        provider: VOUCHER,
        currency: redeemed.books.currency.code(),
        key: None,
        amount: redeemed.amount,
        bonus_ppm: 0,
        provider_ref: None,
        told: "",
        country: None,
        created_us: now_us,
        expires_us: now_us,
        next_look_us: now_us,
    };
    topup::insert(tx, &new)?;
    tx.execute(
        "UPDATE topups SET state = 'posted', received_micros = $2, payment_ref = $3, entry_id = $4, posted_us = $5,
             next_look_us = NULL WHERE id = $1",
        params![&id, redeemed.amount.0, redeemed.serial, redeemed.entry_id, now_us],
    )?;
    Ok(())
}
