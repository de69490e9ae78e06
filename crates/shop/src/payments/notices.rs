//! What operators are to be told by mail: written with what causes it, gone when the letters are queued. No texts here.

use money::Micros;

use super::Payments;
use super::topup::TopUp;
use crate::db::{DbError, Tx};
use crate::mail::{Letter, Mail};
use crate::params;

/// Notices that are sent at once.
const AT_ONCE: i64 = 50;

/// What an operator has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// A bank asks about a payment; no money has moved.
    Inquiry,
    /// A payment is disputed: answer at the provider.
    DisputeOpen,
    /// A dispute was won.
    DisputeWon,
    /// A dispute was lost.
    DisputeLost,
    /// A second payment arrived for one top-up; it was posted as another.
    SecondPayment,
    /// Money arrived in a currency that was not asked for; it is not posted.
    WrongCurrency,
    /// A refund came to nothing, and the credit is back.
    RefundFailed,
    /// A refund waits for a person to send it.
    RefundByHand,
    /// The provider gave money back that nobody asked for here.
    GivenBackElsewhere,
    /// A card was used beyond its limits; the money goes back.
    CardRefused,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [NoticeKind; 10] = [
        NoticeKind::Inquiry,
        NoticeKind::DisputeOpen,
        NoticeKind::DisputeWon,
        NoticeKind::DisputeLost,
        NoticeKind::SecondPayment,
        NoticeKind::WrongCurrency,
        NoticeKind::RefundFailed,
        NoticeKind::RefundByHand,
        NoticeKind::GivenBackElsewhere,
        NoticeKind::CardRefused,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Inquiry => "inquiry",
            NoticeKind::DisputeOpen => "dispute_open",
            NoticeKind::DisputeWon => "dispute_won",
            NoticeKind::DisputeLost => "dispute_lost",
            NoticeKind::SecondPayment => "second_payment",
            NoticeKind::WrongCurrency => "wrong_currency",
            NoticeKind::RefundFailed => "refund_failed",
            NoticeKind::RefundByHand => "refund_by_hand",
            NoticeKind::GivenBackElsewhere => "given_back_elsewhere",
            NoticeKind::CardRefused => "card_refused",
        }
    }

    fn of_name(name: &str) -> Option<NoticeKind> {
        NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something that operators are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Notice {
    pub kind: NoticeKind,
    pub topup_id: String,
    /// Whose top-up it is.
    pub email: String,
    pub amount_micros: i64,
    pub currency: String,
    /// The provider's name for the dispute or refund, or its reason.
    pub detail: String,
}

impl Payments {
    pub(super) fn note(
        &self,
        tx: &mut Tx,
        kind: NoticeKind,
        topup: &TopUp,
        (amount, detail): (Micros, &str),
    ) -> Result<(), DbError> {
        tx.execute(
            "INSERT INTO topup_notices (id, kind, topup_id, amount_micros, detail, created_us) VALUES ($1, $2, $3, $4, $5, $6)",
            params![self.clock.new_id(), kind.as_str(), &topup.id, amount.0, detail, self.clock.now_us()],
        )?;
        Ok(())
    }

    /// Queues a letter to every operator for each notice, as `letter` writes it in the operator's language; each once.
    pub async fn send_notices(
        &self,
        mail: &Mail,
        letter: impl Fn(&str, &Notice) -> Letter + Send + Clone + 'static,
    ) -> Result<u64, DbError> {
        let queue = mail.clone();
        let sent = self.db.write(move |tx| send(tx, &queue, &letter)).await?;
        if sent > 0 {
            mail.wake();
        }
        Ok(sent)
    }

    /// Whether anything waits to be told.
    pub async fn has_notices(&self) -> Result<bool, DbError> {
        self.db.read(|tx| Ok(tx.row("SELECT id FROM topup_notices LIMIT 1", &[])?.is_some())).await
    }
}

fn send(tx: &mut Tx, mail: &Mail, letter: &impl Fn(&str, &Notice) -> Letter) -> Result<u64, DbError> {
    let sql = format!(
        "SELECT n.id, n.kind, n.topup_id, n.amount_micros, n.detail, t.currency, u.email FROM topup_notices n
         JOIN topups t ON t.id = n.topup_id JOIN users u ON u.id = t.user_id ORDER BY n.id LIMIT $1{}",
        if tx.for_update().is_empty() { "" } else { " FOR UPDATE OF n SKIP LOCKED" }
    );
    let rows = tx.rows(&sql, params![AT_ONCE])?;
    if rows.is_empty() {
        return Ok(0);
    }
    let operators = tx.rows("SELECT email, language FROM users WHERE role = 'operator' ORDER BY id", &[])?;
    for row in &rows {
        let (id, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let kind = NoticeKind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a notice of kind {kind}")))?;
        let notice = Notice {
            kind,
            topup_id: row.get(2)?,
            amount_micros: row.get(3)?,
            detail: row.get(4)?,
            currency: row.get(5)?,
            email: row.get(6)?,
        };
        if operators.is_empty() {
            tracing::warn!(kind = kind.as_str(), topup = notice.topup_id, "there is no operator to be told");
        }
        for operator in &operators {
            let (email, language): (String, String) = (operator.get(0)?, operator.get(1)?);
            mail.enqueue(tx, &email, &letter(&language, &notice))?;
        }
        tx.execute("DELETE FROM topup_notices WHERE id = $1", params![id])?;
    }
    Ok(rows.len() as u64)
}
