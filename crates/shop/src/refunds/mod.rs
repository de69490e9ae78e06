//! Refunds: an operator gives the price of a sold line back, or a part of it, to the credit that paid it. What is due to
//! others for the sale goes back with it and a credit note follows. What the buyer may download stays his as long as he paid
//! something for it; with the whole price the right to it goes back. Owner of the table `line_refunds`.

use money::Micros;
use money::credit::Credit;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::declared::Refused;
use crate::orders;
use crate::params;
use crate::receipts::{self, TakenBack};
use crate::rights::{self, Correction};
use crate::wallet::{Wallet, WalletError};

/// Characters of a refund's own name.
pub const MAX_KEY_CHARS: usize = 200;
/// Characters of why something went back.
pub const MAX_REASON_CHARS: usize = 200;
/// What stands on a credit note where nobody says why.
pub const NO_REASON: &str = "refund";

/// What went back of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LineRefund {
    pub line_id: String,
    /// To which kinds of credit.
    pub credit: Credit,
    /// What of the line's price has not gone back by now.
    pub left: Micros,
    /// It stood already under its key.
    pub repeated: bool,
}

/// Why nothing went back.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LineRefundError {
    #[error("no such order line was charged")]
    NotCharged,
    #[error("of this line {left} can still go back")]
    TooLarge { left: Micros },
    #[error("the Idempotency-Key belongs to another refund")]
    KeyReused,
    #[error("an Idempotency-Key has 1 to {MAX_KEY_CHARS} characters")]
    KeyTooLong,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the ledger refused: {0}")]
    Ledger(WalletError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WalletError> for LineRefundError {
    fn from(error: WalletError) -> LineRefundError {
        match error {
            WalletError::Db(e) => LineRefundError::Db(e),
            other => LineRefundError::Ledger(other),
        }
    }
}

/// The refunds. Cheap to clone.
#[derive(Clone)]
pub struct Refunds {
    db: Db,
    clock: Clock,
    wallet: Wallet,
}

impl Refunds {
    /// Refunds over their parts.
    pub fn new(db: Db, clock: Clock, wallet: Wallet) -> Refunds {
        Refunds { db, clock, wallet }
    }

    /// Gives `amount` of what a line was charged back, or all that is left of it. `reason` is for its buyer and stands on the
    /// credit note. The same key again finds the same refund.
    pub async fn refund(
        &self,
        key: &str,
        line_id: &str,
        amount: Option<Micros>,
        reason: &str,
    ) -> Result<LineRefund, LineRefundError> {
        let (key, reason) = (key.trim().to_owned(), reason.trim().to_owned());
        if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
            return Err(LineRefundError::KeyTooLong);
        }
        if reason.chars().count() > MAX_REASON_CHARS || reason.chars().any(char::is_control) {
            let why = format!("at most {MAX_REASON_CHARS} characters in one line");
            return Err(Refused::field("reason", why).into());
        }
        if amount.is_some_and(|amount| amount <= Micros::ZERO) {
            return Err(Refused::field("amount_micros", "an amount is more than zero").into());
        }
        let (refunds, line) = (self.clone(), line_id.to_owned());
        self.db.write(move |tx| refunds.refund_in(tx, &key, &line, amount, &reason)).await
    }

    fn refund_in(
        &self,
        tx: &mut Tx,
        key: &str,
        line_id: &str,
        amount: Option<Micros>,
        reason: &str,
    ) -> Result<LineRefund, LineRefundError> {
        let row = tx.row(
            "SELECT o.user_id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.id = $1 AND l.state = 'charged'",
            params![line_id],
        )?;
        let user_id: String = row.ok_or(LineRefundError::NotCharged)?.get(0)?;
        // This locks the buyer's money, so that the same key sent twice at once meets here.
        let captured = self.wallet.captured(tx, &user_id, line_id)?.ok_or(LineRefundError::NotCharged)?;
        let left = captured.left()?;
        if let Some(standing) = standing(tx, key, line_id, amount, left)? {
            return Ok(standing);
        }
        let amount = amount.unwrap_or(left);
        if amount > left || left == Micros::ZERO {
            return Err(LineRefundError::TooLarge { left });
        }
        let tax = captured.part(amount)?.tax;
        let correction = Correction { line: line_id, gross: amount, tax, reason: NO_REASON };
        let payables = rights::reverse(tx, &self.clock, &correction)?.ok_or(LineRefundError::TooLarge { left })?;
        let (credit, entry) = self.wallet.refund(tx, line_id, &captured, amount, Some(&payables))?;
        let (promotional, voucher) = (credit.promotional, credit.voucher);
        let reason = if reason.is_empty() { NO_REASON } else { reason }.to_owned();
        let back = TakenBack { line_id: line_id.to_owned(), gross: amount, tax, promotional, voucher, reason };
        receipts::take_back(tx, &self.clock, &entry, &back)?;
        let row = LineRefund { line_id: line_id.to_owned(), credit, left: Micros(left.0 - amount.0), repeated: false };
        self.keep(tx, key, &entry, &row)?;
        if row.left == Micros::ZERO {
            orders::revoke(tx, line_id, self.clock.now_us())?;
        }
        Ok(row)
    }

    fn keep(&self, tx: &mut Tx, key: &str, entry: &str, refund: &LineRefund) -> Result<(), DbError> {
        let Credit { promotional, voucher, purchased } = refund.credit;
        tx.execute(
            "INSERT INTO line_refunds (idempotency_key, line_id, entry_id, promotional_micros, voucher_micros,
                 purchased_micros, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![key, &refund.line_id, entry, promotional.0, voucher.0, purchased.0, self.clock.now_us()],
        )?;
        Ok(())
    }
}

/// The refund that stands under a key; `left` is what can still go back.
fn standing(
    tx: &mut Tx,
    key: &str,
    line_id: &str,
    amount: Option<Micros>,
    left: Micros,
) -> Result<Option<LineRefund>, LineRefundError> {
    let row = tx.row(
        "SELECT line_id, promotional_micros, voucher_micros, purchased_micros FROM line_refunds WHERE idempotency_key = $1",
        params![key],
    )?;
    let Some(row) = row else { return Ok(None) };
    let credit =
        Credit { promotional: Micros(row.get(1)?), voucher: Micros(row.get(2)?), purchased: Micros(row.get(3)?) };
    let same = row.get::<String>(0)? == line_id && amount.is_none_or(|amount| credit.total() == Some(amount));
    match same {
        true => Ok(Some(LineRefund { line_id: line_id.to_owned(), credit, left, repeated: true })),
        false => Err(LineRefundError::KeyReused),
    }
}

#[cfg(test)]
mod tests;
