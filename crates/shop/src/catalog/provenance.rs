//! What masters' samples say about their past: kept at import, read by the operator. What it means says `audio::provenance`.

use audio::provenance::{MARK_PERCENT, Provenance};

use super::types::Marked;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// Marked tracks that a list holds at the most.
pub const MAX_MARKED: u32 = 10_000;

/// The columns of `master_provenance` that [`provenance_of`] reads, under the name `p`.
pub(super) const COLUMNS: &str = "p.lossy_percent, p.upsampled_percent, p.padded_percent, p.cutoff_hz, p.real_bits";

/// Keeps what was found; a later finding, by a better judge, takes the place of an earlier one.
pub(super) fn keep(tx: &mut Tx, master_id: &str, found: &Provenance) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO master_provenance (master_id, lossy_percent, upsampled_percent, padded_percent, cutoff_hz, real_bits)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (master_id) DO UPDATE SET lossy_percent = $2, upsampled_percent = $3, padded_percent = $4,
             cutoff_hz = $5, real_bits = $6",
        params![
            master_id,
            found.lossy_percent,
            found.upsampled_percent,
            found.padded_percent,
            found.cutoff_hz,
            found.real_bits
        ],
    )?;
    Ok(())
}

/// What was found, out of [`COLUMNS`] from place `at`; `None` for a master that was not looked at.
pub(super) fn provenance_of(row: &Row, at: usize) -> Result<Option<Provenance>, DbError> {
    let Some(lossy_percent) = row.get::<Option<u8>>(at)? else { return Ok(None) };
    Ok(Some(Provenance {
        lossy_percent,
        upsampled_percent: row.get(at + 1)?,
        padded_percent: row.get(at + 2)?,
        cutoff_hz: row.get(at + 3)?,
        real_bits: row.get(at + 4)?,
    }))
}

/// Tracks on sale whose masters are worth a look, the surest findings first.
pub(super) fn marked(tx: &mut Tx, limit: u32) -> Result<Vec<Marked>, DbError> {
    let sql = format!(
        "SELECT t.id, t.release_id, t.credit, t.title, r.title, p.master_id, {COLUMNS}
         FROM master_provenance p JOIN recordings c ON c.master_id = p.master_id
         JOIN tracks t ON t.recording_id = c.id JOIN releases r ON r.id = t.release_id
         WHERE (p.lossy_percent >= $1 OR p.upsampled_percent >= $1 OR p.padded_percent >= $1)
             AND t.state = 'on_sale' AND r.state = 'on_sale'
         ORDER BY p.padded_percent + p.upsampled_percent + p.lossy_percent DESC, t.release_id, t.medium, t.number
         LIMIT $2"
    );
    let marked = |row: &Row| {
        let provenance = provenance_of(row, 6)?;
        let provenance = provenance.ok_or_else(|| DbError::Failed("a marked master has no finding".into()))?;
        Ok(Marked {
            track_id: row.get(0)?,
            release_id: row.get(1)?,
            artist: row.get(2)?,
            title: row.get(3)?,
            release: row.get(4)?,
            master_id: row.get(5)?,
            provenance,
        })
    };
    tx.rows(&sql, params![MARK_PERCENT, limit])?.iter().map(marked).collect()
}
