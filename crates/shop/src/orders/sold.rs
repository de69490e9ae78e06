//! What was sold, as it was when it was charged: kept for papers, which must stay true whatever becomes of the catalogue, the
//! tags or the encoder.

use money::credit::Credit;

use crate::db::{DbError, Insert, Tx};
use crate::params;

static FACTS: Insert = Insert::into(
    "INSERT INTO order_line_facts (line_id, order_id, title, credit, release_title, label, isrc, payload_sha256,
             promotional_micros, voucher_micros, on_receipt)",
);

/// What a line is of.
pub(super) struct Facts {
    pub order_id: String,
    pub title: String,
    pub credit: String,
    pub release_title: String,
    pub label: Option<String>,
    pub isrc: Option<String>,
    pub payload_sha256: Option<String>,
}

/// The same for a line that stands, as the catalogue tells it now.
pub(super) fn facts_of(tx: &mut Tx, line_id: &str) -> Result<Facts, DbError> {
    let row = tx.row(
        "SELECT l.order_id, t.title, t.credit, a.title, b.name, c.isrc, r.payload_sha256
         FROM order_lines l JOIN tracks t ON t.id = l.track_id JOIN releases a ON a.id = t.release_id
         JOIN recordings c ON c.id = t.recording_id JOIN renditions r ON r.id = l.rendition_id
         LEFT JOIN labels b ON b.id = a.label_id WHERE l.id = $1",
        params![line_id],
    )?;
    let row = row.ok_or_else(|| DbError::Failed(format!("what order line {line_id} is of is gone")))?;
    Ok(Facts {
        order_id: row.get(0)?,
        title: row.get(1)?,
        credit: row.get(2)?,
        release_title: row.get(3)?,
        label: row.get(4)?,
        isrc: row.get(5)?,
        payload_sha256: row.get(6)?,
    })
}

/// Keeps what a line is of at its capture; `spent` is the credit that paid it.
pub(super) fn keep(tx: &mut Tx, line_id: &str, facts: &Facts, spent: Credit) -> Result<(), DbError> {
    let row = params![
        line_id,
        &facts.order_id,
        &facts.title,
        &facts.credit,
        &facts.release_title,
        &facts.label,
        &facts.isrc,
        &facts.payload_sha256,
        spent.promotional.0,
        spent.voucher.0,
        0
    ];
    tx.later(&FACTS, row.to_vec())
}

/// Notes that an order's charged lines stand on its receipt.
pub(crate) fn put_on_receipt(tx: &mut Tx, order_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE order_line_facts SET on_receipt = 1 WHERE order_id = $1 AND on_receipt = 0", params![order_id])?;
    Ok(())
}
