//! Artists, labels and genres as an import finds or makes them.

use audio::tags::Credit;

use super::names;
use crate::clock::Clock;
use crate::db::{DbError, Tx};
use crate::params;

/// The artist a credit means: by MusicBrainz id, else by name. A name without an id takes the first artist so called; an
/// id that is new joins the artist of that name who has none yet.
pub(super) fn artist(tx: &mut Tx, clock: &Clock, credit: &Credit) -> Result<String, DbError> {
    let key = names::key(&credit.name);
    if let Some(mbid) = &credit.mbid {
        if let Some(row) = tx.row("SELECT id FROM artists WHERE mbid = $1", params![mbid])? {
            return row.get(0);
        }
        let sql = "SELECT id FROM artists WHERE name_key = $1 AND mbid IS NULL ORDER BY id LIMIT 1";
        if let Some(row) = tx.row(sql, params![&key])? {
            let id: String = row.get(0)?;
            tx.execute("UPDATE artists SET mbid = $2 WHERE id = $1", params![&id, mbid])?;
            return Ok(id);
        }
    } else if let Some(row) = tx.row("SELECT id FROM artists WHERE name_key = $1 ORDER BY id LIMIT 1", params![&key])? {
        return row.get(0);
    }
    let id = clock.new_id();
    tx.execute(
        "INSERT INTO artists (id, name, sort_name, name_key, mbid, created_us) VALUES ($1, $2, $3, $4, $5, $6)",
        params![&id, &credit.name, credit.sort.as_ref().unwrap_or(&credit.name), key, &credit.mbid, clock.now_us()],
    )?;
    Ok(id)
}

/// The label of this name.
pub(super) fn label(tx: &mut Tx, clock: &Clock, name: &str) -> Result<String, DbError> {
    let key = names::key(name);
    if let Some(row) = tx.row("SELECT id FROM labels WHERE name_key = $1", params![&key])? {
        return row.get(0);
    }
    let id = clock.new_id();
    let sql = "INSERT INTO labels (id, name, name_key, created_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, params![&id, name, key, clock.now_us()])?;
    Ok(id)
}

/// The genre of this name.
pub(super) fn genre(tx: &mut Tx, name: &str) -> Result<String, DbError> {
    let id = names::genre_id(name);
    tx.execute("INSERT INTO genres (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", params![&id, name])?;
    Ok(id)
}

/// Who is credited, where the credits of a release or a track are kept.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Release,
    Track,
}

impl Of {
    /// The table and the column that names the owner.
    pub(super) fn table(self) -> (&'static str, &'static str) {
        match self {
            Of::Release => ("release_artists", "release_id"),
            Of::Track => ("track_artists", "track_id"),
        }
    }
}

/// Writes the credits of a release or a track anew.
pub(super) fn credit(tx: &mut Tx, clock: &Clock, of: Of, owner: &str, credits: &[Credit]) -> Result<(), DbError> {
    let (table, column) = of.table();
    tx.execute(&format!("DELETE FROM {table} WHERE {column} = $1"), params![owner])?;
    let sql = format!(
        "INSERT INTO {table} ({column}, place, artist_id, name, join_phrase, sort_name) VALUES ($1, $2, $3, $4, $5, $6)"
    );
    for (place, credit) in credits.iter().enumerate() {
        let artist = artist(tx, clock, credit)?;
        tx.execute(&sql, params![owner, place as i64, artist, &credit.name, &credit.join, &credit.sort])?;
    }
    Ok(())
}

/// The whole credit as it reads: "A feat. B".
pub(super) fn credit_text(credits: &[Credit]) -> String {
    credits.iter().flat_map(|credit| [credit.name.as_str(), credit.join.as_str()]).collect()
}
