//! The change sequence, and taking a release off sale. Numbers are given out under a lock on one row, in the transaction
//! that changes the catalogue: they are in the order of commit and have no gaps, so whoever has read up to one has missed
//! nothing before it.

use std::collections::BTreeSet;

use crate::db::{DbError, Insert, Tx};
use crate::params;

/// Whether a release or track can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    OnSale,
    /// It cannot; those who own it keep it.
    Withdrawn,
}

impl Standing {
    /// As the database writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::OnSale => "on_sale",
            Standing::Withdrawn => "withdrawn",
        }
    }
}

/// Makes this transaction the only one that changes the catalogue until it ends.
pub(super) fn lock(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute("UPDATE counters SET value = value WHERE name = 'catalog_changes'", &[]).map(drop)
}

/// Notes that a release changed; returns the change's number.
pub(super) fn note(tx: &mut Tx, release_id: &str, at_us: i64) -> Result<i64, DbError> {
    let row = tx.row("UPDATE counters SET value = value + 1 WHERE name = 'catalog_changes' RETURNING value", &[])?;
    let seq: i64 = row.ok_or_else(|| DbError::Failed("the counter catalog_changes is missing".into()))?.get(0)?;
    let sql = "INSERT INTO catalog_changes (seq, release_id, at_us) VALUES ($1, $2, $3)";
    tx.execute(sql, params![seq, release_id, at_us])?;
    Ok(seq)
}

static CHANGE: Insert = Insert::into("INSERT INTO catalog_changes (seq, release_id, at_us)");

/// Notes that each of these releases changed.
pub(super) fn note_many<'a>(
    tx: &mut Tx,
    releases: impl ExactSizeIterator<Item = &'a str>,
    at_us: i64,
) -> Result<(), DbError> {
    let count = i64::try_from(releases.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE counters SET value = value + $1 WHERE name = 'catalog_changes' RETURNING value";
    let row = tx.row(sql, params![count])?;
    let last: i64 = row.ok_or_else(|| DbError::Failed("the counter catalog_changes is missing".into()))?.get(0)?;
    for (seq, release) in (last - count + 1..).zip(releases) {
        tx.later(&CHANGE, params![seq, release, at_us].to_vec())?;
    }
    Ok(())
}

/// Has whoever follows the catalogue look at these releases again, though nothing of theirs is written here.
pub(crate) fn note_all(tx: &mut Tx, releases: &BTreeSet<&str>, at_us: i64) -> Result<(), DbError> {
    note_many(tx, releases.iter().copied(), at_us)
}

/// Takes a release off sale. `None` when there is no such release, else whether anything changed.
pub fn withdraw(tx: &mut Tx, release_id: &str, now_us: i64) -> Result<Option<bool>, DbError> {
    set_standing(tx, release_id, Standing::Withdrawn, now_us)
}

/// Puts a release back on sale. `None` when there is no such release, else whether anything changed.
pub fn restore(tx: &mut Tx, release_id: &str, now_us: i64) -> Result<Option<bool>, DbError> {
    set_standing(tx, release_id, Standing::OnSale, now_us)
}

/// Only the release's own state changes: a track withdrawn by itself stays so when its release comes back.
pub(super) fn set_standing(
    tx: &mut Tx,
    release_id: &str,
    standing: Standing,
    now_us: i64,
) -> Result<Option<bool>, DbError> {
    lock(tx)?;
    let Some(row) = tx.row("SELECT state FROM releases WHERE id = $1", params![release_id])? else { return Ok(None) };
    if row.get::<String>(0)? == standing.as_str() {
        return Ok(Some(false));
    }
    let sql = "UPDATE releases SET state = $2, updated_us = $3 WHERE id = $1";
    tx.execute(sql, params![release_id, standing.as_str(), now_us])?;
    note(tx, release_id, now_us)?;
    Ok(Some(true))
}
