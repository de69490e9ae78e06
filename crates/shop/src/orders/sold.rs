//! What was sold, as it was when it was charged: kept for papers, which must stay true whatever becomes of the catalogue, the
//! tags or the encoder.

use money::credit::Credit;

use crate::db::{DbError, Tx};
use crate::params;

/// Keeps what a line is of at its capture; `spent` is the credit that paid it.
pub(super) fn keep(tx: &mut Tx, line_id: &str, spent: Credit) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO order_line_facts (line_id, order_id, title, credit, release_title, label, isrc, payload_sha256,
             promotional_micros, voucher_micros, on_receipt)
         SELECT l.id, l.order_id, t.title, t.credit, a.title, b.name, c.isrc, r.payload_sha256,
             CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0
         FROM order_lines l JOIN tracks t ON t.id = l.track_id JOIN releases a ON a.id = t.release_id
         JOIN recordings c ON c.id = t.recording_id JOIN renditions r ON r.id = l.rendition_id
         LEFT JOIN labels b ON b.id = a.label_id WHERE l.id = $1",
        params![line_id, spent.promotional.0, spent.voucher.0],
    )?;
    Ok(())
}

/// Notes that an order's charged lines stand on its receipt.
pub(crate) fn put_on_receipt(tx: &mut Tx, order_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE order_line_facts SET on_receipt = 1 WHERE order_id = $1 AND on_receipt = 0", params![order_id])?;
    Ok(())
}
