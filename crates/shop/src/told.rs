//! What listeners are to be told by mail about their money: written with what causes it, gone when the letters are queued. No
//! texts here. Owner of the table `listener_notices`.

use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::mail::{Letter, Mail};
use crate::params;

/// Notices that become letters at once.
const AT_ONCE: i64 = 50;

/// What a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldKind {
    /// Money of a top-up was sent back to its payer.
    RefundSent,
    /// It could not be sent: it is on the balance again.
    RefundFailed,
    /// Something of an order's price went back to the balance.
    CreditNote,
}

impl ToldKind {
    /// All kinds.
    pub const ALL: [ToldKind; 3] = [ToldKind::RefundSent, ToldKind::RefundFailed, ToldKind::CreditNote];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            ToldKind::RefundSent => "refund_sent",
            ToldKind::RefundFailed => "refund_failed",
            ToldKind::CreditNote => "credit_note",
        }
    }
}

/// Something that a listener is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ToldNotice {
    pub kind: ToldKind,
    /// The language of his letters.
    pub language: String,
    pub amount_micros: i64,
    /// The top-up's or the order's id.
    pub subject: String,
    /// Why, in somebody's words; or `bad_file` or `refund`.
    pub detail: String,
}

/// Writes down that a user is to be told of this, with the transaction that does it.
pub(crate) fn note(
    tx: &mut Tx,
    clock: &Clock,
    (user_id, kind): (&str, ToldKind),
    amount: Micros,
    (subject, detail): (&str, &str),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO listener_notices (id, user_id, kind, amount_micros, subject, detail, created_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![clock.new_id(), user_id, kind.as_str(), amount.0, subject, detail, clock.now_us()],
    )?;
    Ok(())
}

/// Queues a letter for each notice, as `letter` writes it; each once. Returns how many.
pub async fn tell(
    db: &Db,
    mail: &Mail,
    letter: impl Fn(&ToldNotice) -> Letter + Send + Clone + 'static,
) -> Result<u64, DbError> {
    let waits = db.read::<_, DbError>(|tx| Ok(tx.row("SELECT id FROM listener_notices LIMIT 1", &[])?.is_some()));
    if !waits.await? {
        return Ok(0);
    }
    let queue = mail.clone();
    let sent = db.write(move |tx| send(tx, &queue, &letter)).await?;
    mail.wake();
    Ok(sent)
}

fn send(tx: &mut Tx, mail: &Mail, letter: &impl Fn(&ToldNotice) -> Letter) -> Result<u64, DbError> {
    let sql = format!(
        "SELECT n.id, n.kind, n.amount_micros, n.subject, n.detail, u.language, u.email FROM listener_notices n
         JOIN users u ON u.id = n.user_id ORDER BY n.id LIMIT $1{}",
        if tx.for_update().is_empty() { "" } else { " FOR UPDATE OF n SKIP LOCKED" }
    );
    let rows = tx.rows(&sql, params![AT_ONCE])?;
    for row in &rows {
        let (id, name, email): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(6)?);
        let kind = ToldKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        let notice = ToldNotice {
            kind: kind.ok_or_else(|| DbError::Failed(format!("a listener is to be told of {name}")))?,
            amount_micros: row.get(2)?,
            subject: row.get(3)?,
            detail: row.get(4)?,
            language: row.get(5)?,
        };
        mail.enqueue(tx, &email, &letter(&notice))?;
        tx.execute("DELETE FROM listener_notices WHERE id = $1", params![id])?;
    }
    Ok(rows.len() as u64)
}
