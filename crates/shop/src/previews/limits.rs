//! What rights holders say of previews: the most that anybody hears of a label's, a release's or a recording's tracks. Owner
//! of the table `preview_limits`.

use std::collections::{HashMap, HashSet};

use super::settings::MAX_EXCERPT_S;
use crate::db::{DbError, Row, Tx, Value};
use crate::declared::{MAX_NAME_CHARS, Refused, check_id};
use crate::page::Page;
use crate::params;
use crate::tariffs::floors::{FloorFor, found};

/// A limit; of several for the same track the lowest holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLimit {
    /// The operator's name for it.
    pub id: String,
    /// Whose tracks.
    pub whose: FloorFor,
    /// Seconds; 0: they have no preview.
    pub most_s: u64,
    /// Who wishes it so, for people.
    pub note: String,
}

const COLUMNS: &str = "id, label_id, release_id, recording_id, most_s, note";

/// Limits by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<PreviewLimit>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM preview_limits WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let limits = rows.iter().map(limit_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(limits, limit, |limit| limit.id.clone()))
}

/// One of them.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<PreviewLimit>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM preview_limits WHERE id = $1");
    tx.row(&sql, params![id])?.as_ref().map(limit_of).transpose()
}

/// Makes one, or replaces the one of its id.
pub fn put(tx: &mut Tx, limit: &PreviewLimit) -> Result<(), Refused> {
    check_id(&limit.id)?;
    if limit.most_s > MAX_EXCERPT_S {
        return Err(Refused::field("most_s", format!("a limit has at most {MAX_EXCERPT_S} seconds")));
    }
    if limit.note.chars().count() > MAX_NAME_CHARS {
        return Err(Refused::field("note", format!("a note has at most {MAX_NAME_CHARS} characters")));
    }
    let (label, release, recording) = found(tx, &limit.whose)?;
    tx.execute(
        "INSERT INTO preview_limits (id, label_id, release_id, recording_id, most_s, note)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET label_id = excluded.label_id, release_id = excluded.release_id,
             recording_id = excluded.recording_id, most_s = excluded.most_s, note = excluded.note",
        params![&limit.id, label, release, recording, limit.most_s as i64, &limit.note],
    )?;
    Ok(())
}

/// Removes one; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM preview_limits WHERE id = $1", params![id])? > 0)
}

/// The most that anybody hears of the tracks of a release, by recording; those without a limit are left out.
pub(super) fn of_release(tx: &mut Tx, release_id: &str) -> Result<HashMap<String, u64>, DbError> {
    let rows = tx.rows(
        "SELECT t.recording_id, min(p.most_s) FROM tracks t JOIN releases r ON r.id = t.release_id
         JOIN preview_limits p ON p.release_id = t.release_id OR p.label_id = r.label_id
             OR p.recording_id = t.recording_id
         WHERE t.release_id = $1 GROUP BY t.recording_id",
        params![release_id],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Those of these releases that nobody hears anything of, by a limit of their own or of their label.
pub(super) fn withheld(tx: &mut Tx, releases: &HashSet<String>) -> Result<Vec<String>, DbError> {
    if releases.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=releases.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT r.id FROM releases r WHERE r.id IN ({}) AND (EXISTS (SELECT 1 FROM preview_limits p
             WHERE p.most_s = 0 AND (p.release_id = r.id OR p.label_id = r.label_id))
         OR NOT EXISTS (SELECT 1 FROM tracks t WHERE t.release_id = r.id AND t.state = 'on_sale' AND NOT EXISTS (
             SELECT 1 FROM preview_limits q WHERE q.recording_id = t.recording_id AND q.most_s = 0)))",
        places.join(", ")
    );
    let ids: Vec<Value> = releases.iter().map(Value::from).collect();
    tx.rows(&sql, &ids)?.iter().map(|row| row.get(0)).collect()
}

/// Of these tracks those of whose recording nobody hears anything.
pub(super) fn silent(tx: &mut Tx, tracks: &[String]) -> Result<HashSet<String>, DbError> {
    if tracks.is_empty() {
        return Ok(HashSet::new());
    }
    let places: Vec<String> = (1..=tracks.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT t.id FROM tracks t JOIN preview_limits p ON p.recording_id = t.recording_id
         WHERE p.most_s = 0 AND t.id IN ({})",
        places.join(", ")
    );
    let ids: Vec<Value> = tracks.iter().map(Value::from).collect();
    tx.rows(&sql, &ids)?.iter().map(|row| row.get(0)).collect()
}

/// The most that anybody hears of a track; none without a limit.
pub(super) fn of_track(tx: &mut Tx, track_id: &str) -> Result<Option<u64>, DbError> {
    let row = tx.row(
        "SELECT min(p.most_s) FROM tracks t JOIN releases r ON r.id = t.release_id
         JOIN preview_limits p ON p.release_id = t.release_id OR p.label_id = r.label_id
             OR p.recording_id = t.recording_id
         WHERE t.id = $1",
        params![track_id],
    )?;
    row.map(|row| row.get::<Option<u64>>(0)).transpose().map(Option::flatten)
}

fn limit_of(row: &Row) -> Result<PreviewLimit, DbError> {
    let whose = match (row.get::<Option<String>>(1)?, row.get::<Option<String>>(2)?, row.get::<Option<String>>(3)?) {
        (Some(label), ..) => FloorFor::Label(label),
        (_, Some(release), _) => FloorFor::Release(release),
        (.., Some(recording)) => FloorFor::Recording(recording),
        _ => return Err(DbError::Failed("a limit of previews for nothing".to_owned())),
    };
    Ok(PreviewLimit { id: row.get(0)?, whose, most_s: row.get(4)?, note: row.get(5)? })
}
