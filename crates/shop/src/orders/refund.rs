//! Refunds: what was charged for a line goes back to the credit that paid it. What the buyer may download stays his.

use money::Micros;
use money::credit::Credit;

use super::{OrderError, Orders};
use crate::db::Tx;
use crate::params;
use crate::rights::{self, Correction};
use crate::wallet::WalletError;

impl Orders {
    /// Gives `amount` of what a line was charged back, or all that is left of it. Returns to which kinds of credit.
    pub async fn refund(&self, line_id: &str, amount: Option<Micros>) -> Result<Credit, OrderError> {
        let (orders, line) = (self.clone(), line_id.to_owned());
        self.db.write(move |tx| orders.refund_in(tx, &line, amount)).await
    }

    fn refund_in(&self, tx: &mut Tx, line_id: &str, amount: Option<Micros>) -> Result<Credit, OrderError> {
        let row = tx.row(
            "SELECT o.user_id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.id = $1 AND l.state = 'charged'",
            params![line_id],
        )?;
        let user_id: String = row.ok_or(OrderError::NotCharged)?.get(0)?;
        let captured = self.wallet.captured(tx, &user_id, line_id)?.ok_or(OrderError::NotCharged)?;
        let amount = match amount {
            Some(amount) => amount,
            None => captured.left()?,
        };
        let tax = captured.part(amount).map_err(refused)?.tax;
        let correction = Correction { line: line_id, gross: amount, tax, reason: "refund" };
        let payables = rights::reverse(tx, &self.clock, &correction)?.ok_or(OrderError::RefundTooLarge)?;
        self.wallet.refund(tx, line_id, &captured, amount, Some(&payables)).map_err(refused)
    }
}

fn refused(error: WalletError) -> OrderError {
    match error {
        WalletError::Amount => OrderError::RefundTooLarge,
        other => other.into(),
    }
}
