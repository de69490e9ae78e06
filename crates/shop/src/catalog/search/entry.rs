//! What of the catalogue goes into the index: an entry per release, track, artist and label. Read from the database here, some
//! hundred at a time, and nowhere written.

use std::collections::{BTreeSet, HashMap};

use audio::provenance::MARK_PERCENT;

use super::{Kind, Quality};
use crate::catalog::types::composers_of;
use crate::db::{DbError, Row, Tx, Value};

/// Ids of which one statement asks.
pub(super) const IDS_AT_ONCE: usize = 200;

/// A line of the index.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub kind: Kind,
    pub id: String,
    /// The release of a release or track.
    pub release: Option<String>,
    /// Artists credited on a release and its tracks (at the release only).
    pub artists: Vec<String>,
    /// The label of a release or of a track's release.
    pub label: Option<String>,
    /// Title or name.
    pub title: String,
    /// Where a track stands on its release: medium and number.
    pub place: (u64, u64),
    /// What is searched.
    pub text: Vec<String>,
    /// What is searched by whole words and longer beginnings only.
    pub beside: Vec<String>,
    /// The name of its label, by which it is found behind what is named so.
    pub label_name: Option<String>,
    pub codes: Vec<String>,
    /// What it can be narrowed down by; nothing for artists and labels.
    pub facets: Facets,
    /// Higher comes first.
    pub rank: u64,
}

/// What releases and tracks are narrowed down by.
#[derive(Debug, Clone, Default)]
pub(super) struct Facets {
    pub genres: Vec<String>,
    pub language: Option<String>,
    pub year: Option<u64>,
    pub quality: Option<Quality>,
    /// Of all tracks of a release.
    pub length_s: u64,
}

/// `($1, $2, …)` and what stands there.
fn listed(ids: &[String]) -> (String, Vec<Value>) {
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    (format!("({})", places.join(", ")), ids.iter().map(Value::from).collect())
}

/// The entries of releases: none of one that is gone or withdrawn.
pub(super) fn of_releases(tx: &mut Tx, ids: &[String]) -> Result<Vec<Entry>, DbError> {
    let mut entries = Vec::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let mut tracks = tracks(tx, some)?;
        let mut artists = pairs(tx, ARTISTS, some)?;
        let mut genres = pairs(tx, GENRES, some)?;
        let (places, values) = listed(some);
        let rows = tx.rows(
            &format!(
                "SELECT r.id, r.title, r.credit, r.created_us, l.id, l.name, r.gtin, r.catalog_number,
                     r.release_date, r.language, p.level
                 FROM releases r LEFT JOIN labels l ON l.id = r.label_id
                 LEFT JOIN popularity p ON p.kind = 'release' AND p.id = r.id
                 WHERE r.state = 'on_sale' AND r.id IN {places} ORDER BY r.id"
            ),
            &values,
        )?;
        for row in &rows {
            let id: String = row.get(0)?;
            let tracks = tracks.remove(&id).unwrap_or_default();
            let (artists, genres) = (artists.remove(&id).unwrap_or_default(), genres.remove(&id).unwrap_or_default());
            entries.extend(of_release(row, tracks, artists, genres)?);
        }
    }
    Ok(entries)
}

const ARTISTS: &str = "SELECT release_id, artist_id FROM release_artists WHERE release_id IN {}
    UNION SELECT t.release_id, a.artist_id FROM tracks t JOIN track_artists a ON a.track_id = t.id
    WHERE t.state = 'on_sale' AND t.release_id IN {}";
const GENRES: &str =
    "SELECT release_id, genre_id FROM release_genres WHERE release_id IN {} ORDER BY release_id, place";

fn pairs(tx: &mut Tx, sql: &str, ids: &[String]) -> Result<HashMap<String, Vec<String>>, DbError> {
    let (places, values) = listed(ids);
    let mut found = HashMap::<String, Vec<String>>::new();
    for row in tx.rows(&sql.replace("{}", &places), &values)? {
        found.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(found)
}

/// A track as its row says.
struct TrackRow {
    id: String,
    title: String,
    credit: String,
    composers: Vec<String>,
    isrc: Option<String>,
    quality: Quality,
    length_s: u64,
    level: u64,
    /// Medium and number.
    place: (u64, u64),
}

/// The tracks on sale of these releases, in order.
fn tracks(tx: &mut Tx, ids: &[String]) -> Result<HashMap<String, Vec<TrackRow>>, DbError> {
    let (places, values) = listed(ids);
    let rows = tx.rows(
        &format!(
            "SELECT t.release_id, t.id, t.title, t.credit, t.composers, c.isrc, m.rate_hz, m.bits, m.length_frames,
                 v.lossy_percent, p.level, t.medium, t.number
             FROM tracks t JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
             LEFT JOIN master_provenance v ON v.master_id = m.id
             LEFT JOIN popularity p ON p.kind = 'track' AND p.id = t.id
             WHERE t.state = 'on_sale' AND t.release_id IN {places} ORDER BY t.release_id, t.medium, t.number"
        ),
        &values,
    )?;
    let mut found = HashMap::<String, Vec<TrackRow>>::new();
    for row in &rows {
        let (rate_hz, bits, length_frames): (u64, u32, u64) = (row.get(6)?, row.get(7)?, row.get(8)?);
        let is_lossy = row.get::<Option<u8>>(9)?.is_some_and(|percent| percent >= MARK_PERCENT);
        let track = TrackRow {
            id: row.get(1)?,
            title: row.get(2)?,
            credit: row.get(3)?,
            composers: composers_of(&row.get::<String>(4)?),
            isrc: row.get(5)?,
            quality: Quality::of(is_lossy, rate_hz, bits),
            length_s: length_frames.div_ceil(rate_hz.max(1)),
            level: level_of(row, 10)?,
            place: (row.get(11)?, row.get(12)?),
        };
        found.entry(row.get(0)?).or_default().push(track);
    }
    Ok(found)
}

fn level_of(row: &Row, at: usize) -> Result<u64, DbError> {
    Ok(row.get::<Option<u64>>(at)?.unwrap_or(0))
}

fn of_release(
    row: &Row,
    tracks: Vec<TrackRow>,
    artists: Vec<String>,
    genres: Vec<String>,
) -> Result<Vec<Entry>, DbError> {
    let (id, title, credit): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let created_us: i64 = row.get(3)?;
    let (label, label_name): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let codes = [row.get::<Option<String>>(6)?, row.get::<Option<String>>(7)?];
    let date: Option<String> = row.get(8)?;
    let facets = Facets {
        genres,
        language: row.get(9)?,
        year: date.and_then(|date| date.get(..4)?.parse().ok()),
        // A release is as good as its best track.
        quality: tracks.iter().map(|track| track.quality).max(),
        length_s: tracks.iter().map(|track| track.length_s).sum(),
    };
    let whole = Entry {
        kind: Kind::Release,
        id: id.clone(),
        release: Some(id.clone()),
        artists,
        label: label.clone(),
        title: title.clone(),
        place: (0, 0),
        text: vec![title.clone(), credit],
        beside: Vec::new(),
        label_name,
        codes: codes.into_iter().flatten().collect(),
        facets: facets.clone(),
        rank: Kind::Release.rank(level_of(row, 10)?, created_us),
    };
    let tracks = tracks.into_iter().map(|track| Entry {
        kind: Kind::Track,
        id: track.id,
        release: Some(id.clone()),
        artists: Vec::new(),
        label: label.clone(),
        place: track.place,
        text: [track.title.clone(), track.credit].into_iter().chain(track.composers).collect(),
        beside: vec![title.clone()],
        label_name: None,
        title: track.title,
        codes: track.isrc.into_iter().collect(),
        facets: Facets { quality: Some(track.quality), length_s: track.length_s, ..facets.clone() },
        rank: Kind::Track.rank(track.level, created_us),
    });
    Ok(std::iter::once(whole).chain(tracks).collect())
}

/// The entries of artists: none of one of whom nothing is on sale.
pub(super) fn of_artists(tx: &mut Tx, ids: &[String]) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT a.id, a.name, a.created_us, p.level, a.sort_name FROM artists a
         LEFT JOIN popularity p ON p.kind = 'artist' AND p.id = a.id
         WHERE a.id IN {} AND (
            EXISTS (SELECT 1 FROM release_artists x JOIN releases r ON r.id = x.release_id
                    WHERE x.artist_id = a.id AND r.state = 'on_sale')
            OR EXISTS (SELECT 1 FROM track_artists x JOIN tracks t ON t.id = x.track_id
                       JOIN releases r ON r.id = t.release_id
                       WHERE x.artist_id = a.id AND t.state = 'on_sale' AND r.state = 'on_sale'))";
    of_named(tx, sql, Kind::Artist, ids, |row| Ok(vec![row.get(1)?, row.get(4)?]))
}

/// The entries of labels: none of one of which nothing is on sale.
pub(super) fn of_labels(tx: &mut Tx, ids: &[String]) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT l.id, l.name, l.created_us, p.level FROM labels l
         LEFT JOIN popularity p ON p.kind = 'label' AND p.id = l.id
         WHERE l.id IN {} AND EXISTS (SELECT 1 FROM releases r WHERE r.label_id = l.id AND r.state = 'on_sale')";
    of_named(tx, sql, Kind::Label, ids, |row| Ok(vec![row.get(1)?]))
}

fn of_named(
    tx: &mut Tx,
    sql: &str,
    kind: Kind,
    ids: &[String],
    text: impl Fn(&Row) -> Result<Vec<String>, DbError>,
) -> Result<Vec<Entry>, DbError> {
    let mut entries = Vec::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let (places, values) = listed(some);
        for row in tx.rows(&sql.replace("{}", &places), &values)? {
            entries.push(Entry {
                kind,
                id: row.get(0)?,
                release: None,
                artists: Vec::new(),
                label: None,
                title: row.get(1)?,
                place: (0, 0),
                text: text(&row)?,
                beside: Vec::new(),
                label_name: None,
                codes: Vec::new(),
                facets: Facets::default(),
                rank: kind.rank(level_of(&row, 3)?, row.get(2)?),
            });
        }
    }
    Ok(entries)
}

/// A page of ids of a table, in order, those after one.
pub(super) fn ids_after(tx: &mut Tx, kind: Kind, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let sql = match kind {
        Kind::Artist => "SELECT id FROM artists WHERE id > $1 ORDER BY id LIMIT $2",
        Kind::Label => "SELECT id FROM labels WHERE id > $1 ORDER BY id LIMIT $2",
        _ => "SELECT id FROM releases WHERE state = 'on_sale' AND id > $1 ORDER BY id LIMIT $2",
    };
    tx.rows(sql, crate::params![after, limit])?.iter().map(|row| row.get(0)).collect()
}

/// The artists and labels that releases name, to be looked at again with them.
pub(super) fn named_in(entries: &[Entry]) -> [BTreeSet<String>; 2] {
    let releases = || entries.iter().filter(|entry| entry.kind == Kind::Release);
    [
        releases().flat_map(|entry| entry.artists.iter().cloned()).collect(),
        releases().filter_map(|entry| entry.label.clone()).collect(),
    ]
}
