//! The wallet: listeners' balances and holds over the double-entry ledger. The only writer of ledger tables.

pub(crate) mod ledger;
pub(crate) mod verify;

use std::sync::Arc;

use money::ledger::{Account, Kind, Posting, Refusal};
use money::{Currency, Micros};

use self::ledger::{BookError, Event, book};
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::page::{Page, limit as page_limit};
use crate::params;
use crate::storefronts::MAIN;

/// A listener's money.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Balance {
    /// Free to be spent.
    pub balance_micros: i64,
    /// Held by orders that are being made.
    pub held_micros: i64,
    pub currency: String,
}

/// One change of a listener's free balance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WalletEntry {
    pub id: String,
    pub at_us: i64,
    /// `voucher`, `credit`, `hold`, `capture` or `give_back`.
    pub kind: String,
    /// A voucher's serial number, an order's or a line's id, an operator's reason.
    pub subject: String,
    /// Signed change of the free balance.
    pub amount_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
}

/// Why a movement was not made.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The free balance does not cover it.
    #[error("the balance is too small")]
    TooLittle,
    /// The amount is zero, negative or beyond any limit.
    #[error("the amount must be more than 0 and at most {}", money::amount::MAX_ENTERED)]
    Amount,
    /// The ledger's rules refuse it for a reason that no caller can mend.
    #[error("the ledger refused: {0}")]
    Refused(Refusal),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<BookError> for WalletError {
    fn from(error: BookError) -> WalletError {
        match error {
            BookError::Refused(Refusal::BelowFloor(_)) => WalletError::TooLittle,
            BookError::Refused(Refusal::Overflow) => WalletError::Amount,
            BookError::Refused(other) => WalletError::Refused(other),
            BookError::Db(e) => WalletError::Db(e),
        }
    }
}

/// The wallet. Cheap to clone.
#[derive(Clone)]
pub struct Wallet {
    db: Db,
    clock: Clock,
    /// Whose chain this process writes.
    writer: Arc<str>,
}

impl Wallet {
    /// A wallet that writes the chain of `writer`: one name for each node, and one for the command line.
    pub fn new(db: Db, clock: Clock, writer: &str) -> Wallet {
        Wallet { db, clock, writer: writer.into() }
    }

    /// What a user has.
    pub async fn balance(&self, user_id: &str) -> Result<Balance, DbError> {
        let user_id = user_id.to_owned();
        self.db.read(move |tx| balance(tx, &user_id)).await
    }

    /// The changes of a user's free balance, newest first.
    pub async fn entries(
        &self,
        user_id: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<WalletEntry>, DbError> {
        let account = account(Kind::Balance, user_id).id();
        let limit = page_limit(Some(limit));
        self.db.read(move |tx| entries(tx, &account, after.as_deref(), limit)).await
    }

    /// An operator gives credit. Returns the new free balance.
    pub async fn credit(&self, user_id: &str, amount: Micros, reason: &str) -> Result<Micros, WalletError> {
        if amount <= Micros::ZERO || amount > money::amount::MAX_ENTERED {
            return Err(WalletError::Amount);
        }
        let (wallet, user_id, reason) = (self.clone(), user_id.to_owned(), reason.to_owned());
        self.db
            .write(move |tx| {
                wallet.move_between(
                    tx,
                    "credit",
                    &reason,
                    (Kind::OperatorCredit, MAIN),
                    (Kind::Balance, &user_id),
                    amount,
                )?;
                Ok(Micros(balance(tx, &user_id)?.balance_micros))
            })
            .await
    }

    /// Vouchers worth `total` were issued.
    pub(crate) fn issue_vouchers(&self, tx: &mut Tx, batch: &str, total: Micros) -> Result<(), WalletError> {
        self.move_between(tx, "issue", batch, (Kind::VoucherClearing, MAIN), (Kind::VoucherLiability, MAIN), total)
    }

    /// A voucher turns into balance.
    pub(crate) fn redeem(&self, tx: &mut Tx, user_id: &str, serial: &str, amount: Micros) -> Result<(), WalletError> {
        self.move_between(tx, "voucher", serial, (Kind::VoucherLiability, MAIN), (Kind::Balance, user_id), amount)
    }

    /// An order takes `amount` out of what can be spent.
    pub(crate) fn hold(&self, tx: &mut Tx, user_id: &str, order_id: &str, amount: Micros) -> Result<(), WalletError> {
        self.move_between(tx, "hold", order_id, (Kind::Balance, user_id), (Kind::Held, user_id), amount)
    }

    /// Ends the hold of an order line: `charged` is captured, the rest goes back, in one entry.
    pub(crate) fn settle(
        &self,
        tx: &mut Tx,
        user_id: &str,
        line_id: &str,
        held: Micros,
        charged: Micros,
    ) -> Result<(), WalletError> {
        if held == Micros::ZERO {
            return Ok(());
        }
        let back = held.minus(charged).filter(|b| *b >= Micros::ZERO).ok_or(WalletError::Amount)?;
        let mut postings = vec![Posting { account: account(Kind::Held, user_id), amount: Micros(-held.0) }];
        if charged != Micros::ZERO {
            postings.push(Posting { account: account(Kind::Revenue, MAIN), amount: charged });
        }
        if back != Micros::ZERO {
            postings.push(Posting { account: account(Kind::Balance, user_id), amount: back });
        }
        let kind = if charged == Micros::ZERO { "give_back" } else { "capture" };
        book(tx, &self.clock, &self.writer, Event { kind, subject: line_id, postings })?;
        Ok(())
    }

    fn move_between(
        &self,
        tx: &mut Tx,
        kind: &str,
        subject: &str,
        from: (Kind, &str),
        to: (Kind, &str),
        amount: Micros,
    ) -> Result<(), WalletError> {
        if amount == Micros::ZERO {
            return Ok(());
        }
        let postings = vec![
            Posting { account: account(from.0, from.1), amount: Micros(-amount.0) },
            Posting { account: account(to.0, to.1), amount },
        ];
        book(tx, &self.clock, &self.writer, Event { kind, subject, postings })?;
        Ok(())
    }

    /// Covers the ledger by the root of `day`, once.
    pub async fn seal_day(&self, day: String) -> Result<(), DbError> {
        let at_us = self.clock.now_us();
        self.db.write(move |tx| ledger::seal_day(tx, &day, at_us)).await
    }
}

/// The account of an owner in the shop's currency.
pub(crate) fn account(kind: Kind, owner: &str) -> Account {
    Account { kind, owner: owner.to_owned(), currency: Currency::USD }
}

/// What a user has, within a transaction.
pub(crate) fn balance(tx: &mut Tx, user_id: &str) -> Result<Balance, DbError> {
    let mut of = |kind| -> Result<i64, DbError> {
        let row =
            tx.row("SELECT balance_micros FROM ledger_accounts WHERE id = $1", params![account(kind, user_id).id()])?;
        Ok(row.map(|r| r.get::<Option<i64>>(0)).transpose()?.flatten().unwrap_or(0))
    };
    let (balance_micros, held_micros) = (of(Kind::Balance)?, of(Kind::Held)?);
    Ok(Balance { balance_micros, held_micros, currency: Currency::USD.code().to_owned() })
}

fn entries(tx: &mut Tx, account: &str, after: Option<&str>, limit: u32) -> Result<Page<WalletEntry>, DbError> {
    let (at_us, id) = after.and_then(|a| a.split_once('-')).unwrap_or(("9223372036854775807", "~"));
    let at_us: i64 = at_us.parse().unwrap_or(i64::MAX);
    let rows = tx.rows(
        "SELECT e.id, p.at_us, e.kind, e.subject, p.amount_micros, p.total FROM (
             SELECT entry_id, at_us, amount_micros,
                 CAST(SUM(amount_micros) OVER (ORDER BY at_us, entry_id) AS BIGINT) AS total
             FROM ledger_postings WHERE account_id = $1
         ) p JOIN ledger_entries e ON e.id = p.entry_id
         WHERE (p.at_us, p.entry_id) < ($2, $3) ORDER BY p.at_us DESC, p.entry_id DESC LIMIT $4",
        params![account, at_us, id, i64::from(limit) + 1],
    )?;
    let items = rows.iter().map(|r| {
        Ok(WalletEntry {
            id: r.get(0)?,
            at_us: r.get(1)?,
            kind: r.get(2)?,
            subject: r.get(3)?,
            amount_micros: r.get(4)?,
            balance_micros: r.get(5)?,
        })
    });
    let items = items.collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, |e| format!("{}-{}", e.at_us, e.id)))
}

#[cfg(test)]
mod tests;
