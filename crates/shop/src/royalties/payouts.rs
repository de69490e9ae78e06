//! Payments out: what was really paid to a payee, as entries of the ledger, never more than is owed.

use money::Micros;

use super::close::{paid, stated};
use super::{Royalties, RoyaltyError};
use crate::db::{DbError, Row, Tx};
use crate::page::{Page, before_id, limit as page_limit};
use crate::wallet::payouts::owed;
use crate::{params, rights};

/// Characters of a reference at the most.
pub const MAX_REFERENCE_CHARS: usize = 140;

/// A payment to a payee.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Payout {
    pub id: String,
    pub payee: String,
    pub amount_micros: i64,
    pub currency: String,
    /// What the bank calls it, or whatever helps to find it.
    pub reference: String,
    pub at_us: i64,
}

/// A payment, and whether it stood already under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Paid {
    pub payout: Payout,
    pub repeated: bool,
}

const COLUMNS: &str = "id, payee_id, amount_micros, currency, reference, at_us";

impl Royalties {
    /// Notes that a payee was paid: `amount`, or all that closed statements say and was not paid yet. The same key again finds
    /// the same payment.
    pub async fn pay(
        &self,
        key: &str,
        payee_id: &str,
        amount: Option<Micros>,
        reference: &str,
    ) -> Result<Paid, RoyaltyError> {
        if reference.chars().count() > MAX_REFERENCE_CHARS || reference.chars().any(char::is_control) {
            return Err(RoyaltyError::Reference);
        }
        let (this, key) = (self.clone(), key.to_owned());
        let (payee_id, reference) = (payee_id.to_owned(), reference.to_owned());
        self.db.write(move |tx| this.pay_in(tx, &key, &payee_id, amount, &reference)).await
    }

    /// Payments, the newest first; to this payee alone, if one is named.
    pub async fn payouts(
        &self,
        payee: Option<String>,
        after: Option<String>,
        limit: Option<u32>,
    ) -> Result<Page<Payout>, DbError> {
        let limit = page_limit(limit);
        self.db
            .read(move |tx| {
                let sql = format!(
                    "SELECT {COLUMNS} FROM payouts WHERE id < $1 AND payee_id = COALESCE($2, payee_id) ORDER BY id DESC LIMIT $3"
                );
                let rows = tx.rows(&sql, params![before_id(after.as_deref())?, &payee, i64::from(limit) + 1])?;
                let payouts = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(payouts, limit, |payout| payout.id.clone()))
            })
            .await
    }

    fn pay_in(
        &self,
        tx: &mut Tx,
        key: &str,
        payee_id: &str,
        amount: Option<Micros>,
        reference: &str,
    ) -> Result<Paid, RoyaltyError> {
        // Payments to one payee wait for each other, on every node.
        let lock = format!("SELECT id FROM payees WHERE id = $1{}", tx.for_update());
        tx.row(&lock, params![payee_id])?.ok_or_else(|| RoyaltyError::UnknownPayee(payee_id.to_owned()))?;
        if let Some(payout) = standing(tx, key)? {
            let same = payout.payee == payee_id && amount.is_none_or(|amount| amount.0 == payout.amount_micros);
            return if same { Ok(Paid { payout, repeated: true }) } else { Err(RoyaltyError::KeyReused) };
        }
        let payee =
            rights::payees::find(tx, payee_id)?.ok_or_else(|| RoyaltyError::UnknownPayee(payee_id.to_owned()))?;
        let owed = owed(tx, payee_id, &payee.currency)?;
        let unpaid = Micros(stated(tx, payee_id)?.0 - paid(tx, payee_id)?.0).min(owed);
        let amount = match amount {
            Some(asked) if asked <= Micros::ZERO => return Err(RoyaltyError::Amount),
            Some(asked) if asked > owed => return Err(RoyaltyError::TooMuch { owed: owed.max(Micros::ZERO), asked }),
            Some(asked) => asked,
            None if unpaid <= Micros::ZERO => return Err(RoyaltyError::NothingOwed),
            None => unpaid,
        };
        let payout = Payout {
            id: self.clock.new_id(),
            payee: payee.id,
            amount_micros: amount.0,
            currency: payee.currency,
            reference: reference.to_owned(),
            at_us: self.clock.now_us(),
        };
        insert(tx, &payout, key)?;
        self.wallet.pay_out(tx, &payout.id, (&payout.payee, &payee.storefront), &payout.currency, amount)?;
        Ok(Paid { payout, repeated: false })
    }
}

fn standing(tx: &mut Tx, key: &str) -> Result<Option<Payout>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM payouts WHERE idempotency_key = $1"), params![key])?;
    row.as_ref().map(read).transpose()
}

fn insert(tx: &mut Tx, payout: &Payout, key: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payouts (id, payee_id, idempotency_key, amount_micros, currency, reference, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            &payout.id,
            &payout.payee,
            key,
            payout.amount_micros,
            &payout.currency,
            &payout.reference,
            payout.at_us
        ],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<Payout, DbError> {
    Ok(Payout {
        id: row.get(0)?,
        payee: row.get(1)?,
        amount_micros: row.get(2)?,
        currency: row.get(3)?,
        reference: row.get(4)?,
        at_us: row.get(5)?,
    })
}
