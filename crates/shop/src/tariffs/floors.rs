//! Floors: the least that a rights holder lets the tracks of a label, a release or a recording be sold for. Owner of the table
//! `floors`.

use money::Micros;

use super::tariff::MAX_PRICE_PER_MB;
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::params;

/// The highest floor of one track.
pub const MAX_FLOOR_PER_TRACK: Micros = Micros(10_000 * money::amount::PER_UNIT);

/// Whose tracks a floor, or another wish of a rights holder, is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FloorFor {
    /// Of all releases of a label, by its id.
    Label(String),
    /// Of a release, by its id.
    Release(String),
    /// Of a recording, by its id or ISRC.
    Recording(String),
}

/// A floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// The operator's name for it.
    pub id: String,
    /// Whose tracks.
    pub whose: FloorFor,
    /// What the amounts are in.
    pub currency: String,
    /// For each track.
    pub per_track: Micros,
    /// For 1,000,000 bytes.
    pub per_mb: Micros,
}

const COLUMNS: &str = "id, label_id, release_id, recording_id, currency, per_track_micros, per_mb_micros";

/// Floors by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Floor>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM floors WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let floors = rows.iter().map(floor_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(floors, limit, |floor| floor.id.clone()))
}

/// All of them.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<Floor>, DbError> {
    tx.rows(&format!("SELECT {COLUMNS} FROM floors"), &[])?.iter().map(floor_of).collect()
}

/// One of them.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Floor>, DbError> {
    tx.row(&format!("SELECT {COLUMNS} FROM floors WHERE id = $1"), params![id])?.as_ref().map(floor_of).transpose()
}

/// Makes a floor, or replaces the one of its id.
pub(super) fn put(tx: &mut Tx, floor: &Floor) -> Result<(), Refused> {
    check_id(&floor.id)?;
    check_currency(tx, &floor.currency)?;
    if floor.per_track < Micros::ZERO || floor.per_track > MAX_FLOOR_PER_TRACK {
        let reason = format!("a floor of a track is between 0 and {MAX_FLOOR_PER_TRACK}");
        return Err(Refused::field("per_track_micros", reason));
    }
    if floor.per_mb < Micros::ZERO || floor.per_mb > MAX_PRICE_PER_MB {
        let reason = format!("a floor of a megabyte is between 0 and {MAX_PRICE_PER_MB}");
        return Err(Refused::field("per_mb_micros", reason));
    }
    if floor.per_track == Micros::ZERO && floor.per_mb == Micros::ZERO {
        return Err(Refused::field("per_track_micros", "a floor is for a track or for a megabyte, and more than 0"));
    }
    let (label, release, recording) = found(tx, &floor.whose)?;
    tx.execute(
        "INSERT INTO floors (id, label_id, release_id, recording_id, currency, per_track_micros, per_mb_micros)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET label_id = excluded.label_id, release_id = excluded.release_id,
             recording_id = excluded.recording_id, currency = excluded.currency,
             per_track_micros = excluded.per_track_micros, per_mb_micros = excluded.per_mb_micros",
        params![&floor.id, label, release, recording, &floor.currency, floor.per_track.0, floor.per_mb.0],
    )?;
    Ok(())
}

pub(crate) type Ids = (Option<String>, Option<String>, Option<String>);

/// The ids of label, release and recording, of which one is meant and is there.
pub(crate) fn found(tx: &mut Tx, whose: &FloorFor) -> Result<Ids, Refused> {
    match whose {
        FloorFor::Label(id) => {
            exists(tx, "label", "labels", id)?;
            Ok((Some(id.clone()), None, None))
        }
        FloorFor::Release(id) => {
            exists(tx, "release", "releases", id)?;
            Ok((None, Some(id.clone()), None))
        }
        FloorFor::Recording(id) => {
            let rows =
                tx.rows("SELECT id FROM recordings WHERE id = $1 OR isrc = $1 ORDER BY id LIMIT 2", params![id])?;
            match rows.as_slice() {
                [row] => Ok((None, None, Some(row.get(0)?))),
                [] => Err(Refused::field("recording", format!("there is no recording {id:?}"))),
                _ => Err(Refused::field(
                    "recording",
                    format!("several recordings have the ISRC {id:?}: name one by its id"),
                )),
            }
        }
    }
}

/// Refuses the id of something that is not in the catalogue.
pub(crate) fn exists(tx: &mut Tx, what: &str, table: &'static str, id: &str) -> Result<(), Refused> {
    exists_at(tx, what, what, table, id)
}

/// The same where the field has another name.
pub(super) fn exists_at(tx: &mut Tx, field: &str, what: &str, table: &'static str, id: &str) -> Result<(), Refused> {
    let row = tx.row(&format!("SELECT 1 FROM {table} WHERE id = $1"), params![id])?;
    row.map(drop).ok_or_else(|| Refused::field(field, format!("there is no {what} {id:?}")))
}

/// Refuses a currency that nothing is sold in.
fn check_currency(tx: &mut Tx, currency: &str) -> Result<(), Refused> {
    let sold = tx.row("SELECT 1 FROM storefronts WHERE currency = $1", params![currency])?;
    sold.map(drop).ok_or_else(|| Refused::field("currency", format!("no storefront sells in {currency:?}")))
}

/// Removes a floor; says whether there was one.
pub(super) fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM floors WHERE id = $1", params![id])? > 0)
}

fn floor_of(row: &Row) -> Result<Floor, DbError> {
    let whose = match (row.get::<Option<String>>(1)?, row.get::<Option<String>>(2)?, row.get::<Option<String>>(3)?) {
        (Some(label), ..) => FloorFor::Label(label),
        (_, Some(release), _) => FloorFor::Release(release),
        (.., Some(recording)) => FloorFor::Recording(recording),
        _ => return Err(DbError::Failed("a floor for nothing".to_owned())),
    };
    Ok(Floor {
        id: row.get(0)?,
        whose,
        currency: row.get(4)?,
        per_track: Micros(row.get(5)?),
        per_mb: Micros(row.get(6)?),
    })
}
