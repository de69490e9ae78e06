//! What is owed to payees, and what of it was paid.

use money::Micros;
use money::ledger::{Account, Kind, Posting};

use super::ledger::Event;
use super::{Wallet, WalletError};
use crate::db::{DbError, Tx};
use crate::params;

impl Wallet {
    /// A payee was paid. Whether so much is owed, the caller has asked under a lock.
    pub(crate) fn pay_out(
        &self,
        tx: &mut Tx,
        payout_id: &str,
        (payee_id, storefront): (&str, &str),
        currency: &str,
        amount: Micros,
    ) -> Result<(), WalletError> {
        let of = |kind, owner| account(kind, owner, currency);
        let postings = vec![
            Posting { account: of(Kind::Payable, payee_id)?, amount: Micros(-amount.0) },
            Posting { account: of(Kind::Paid, storefront)?, amount },
        ];
        self.book(tx, Event { kind: "payout", subject: payout_id, corrects: None, postings })?;
        Ok(())
    }
}

/// What the ledger owes a payee.
pub(crate) fn owed(tx: &mut Tx, payee_id: &str, currency: &str) -> Result<Micros, DbError> {
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) FROM ledger_postings WHERE account_id = $1",
        params![account(Kind::Payable, payee_id, currency)?.id()],
    )?;
    Ok(Micros(row.map(|row| row.get(0)).transpose()?.unwrap_or(0)))
}

fn account(kind: Kind, owner: &str, currency: &str) -> Result<Account, DbError> {
    let currency = currency.parse().map_err(|e| DbError::Failed(format!("a stored currency: {e}")))?;
    Ok(Account { kind, owner: owner.to_owned(), currency })
}
