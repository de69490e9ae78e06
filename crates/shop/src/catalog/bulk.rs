//! Many releases at once, made rather than read from files: for catalogues to try a shop with. The masters and covers that they
//! name are there already. Rows are only ever added; a release that is there stays as it is.

use std::collections::BTreeMap;

use audio::loudness::{Histogram, Loudness};

use super::artists::credit_text;
use super::kept::KeptTags;
use super::{changes, names};
use crate::db::{DbError, Insert, Tx, Value};
use crate::params;

static ARTIST: Insert = Insert::into("INSERT INTO artists (id, name, sort_name, name_key, created_us)");
static LABEL: Insert = Insert::into("INSERT INTO labels (id, name, name_key, created_us)");
static GENRE: Insert =
    Insert { into: "INSERT INTO genres (id, name)", on_conflict: "ON CONFLICT (id) DO NOTHING", last_of: Some(0) };
static RELEASE: Insert = Insert::into(
    "INSERT INTO releases (id, import_key, title, credit, label_id, catalog_number, gtin, release_date, original_date,
         copyright, language, cover_id, album_gain_cdb, album_peak_millionths, state, created_us, updated_us)",
);
static RELEASE_ARTIST: Insert =
    Insert::into("INSERT INTO release_artists (release_id, place, artist_id, name, join_phrase, sort_name)");
static RELEASE_GENRE: Insert = Insert::into("INSERT INTO release_genres (release_id, genre_id, place)");
static MEDIUM: Insert = Insert::into("INSERT INTO media (release_id, number, title)");
static RECORDING: Insert = Insert::into("INSERT INTO recordings (id, isrc, master_id, created_us)");
static TRACK: Insert = Insert::into(
    "INSERT INTO tracks (id, release_id, medium, number, title, credit, recording_id, composers, tags, state, created_us,
         updated_us)",
);
static TRACK_ARTIST: Insert =
    Insert::into("INSERT INTO track_artists (track_id, place, artist_id, name, join_phrase, sort_name)");

/// An artist or a label to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(crate) struct BulkNamed {
    pub id: String,
    pub name: String,
    pub sort_name: String,
    pub created_us: i64,
}

/// An artist in a credit.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(crate) struct BulkCredit {
    pub artist_id: String,
    pub name: String,
    pub join: &'static str,
    pub sort_name: String,
}

/// A release to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(crate) struct BulkRelease {
    pub id: String,
    pub import_key: String,
    pub title: String,
    pub credits: Vec<BulkCredit>,
    pub label_id: String,
    pub catalog_number: String,
    pub gtin: String,
    pub date: String,
    pub original_date: Option<String>,
    pub copyright: String,
    pub language: &'static str,
    pub cover_id: String,
    pub genres: Vec<&'static str>,
    pub created_us: i64,
    pub tracks: Vec<BulkTrack>,
}

/// A track of it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(crate) struct BulkTrack {
    pub id: String,
    pub recording_id: String,
    pub isrc: String,
    pub master_id: String,
    pub medium: u32,
    pub number: u32,
    pub title: String,
    /// Empty where they are those of the release.
    pub credits: Vec<BulkCredit>,
    pub composers: Vec<String>,
}

/// Whether a release was made from this key.
pub(crate) fn has_key(tx: &mut Tx, import_key: &str) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM releases WHERE import_key = $1", params![import_key])?.is_some())
}

/// Makes artists; returns whom each name means, since one of that name may be there.
pub(crate) fn artists(tx: &mut Tx, wanted: &[BulkNamed]) -> Result<Vec<String>, DbError> {
    let known =
        |tx: &mut Tx, key: &str| tx.row("SELECT id FROM artists WHERE name_key = $1 ORDER BY id LIMIT 1", params![key]);
    named(tx, wanted, known, |key, one| {
        (&ARTIST, params![&one.id, &one.name, &one.sort_name, key, one.created_us].to_vec())
    })
}

/// Makes labels; returns which each name means.
pub(crate) fn labels(tx: &mut Tx, wanted: &[BulkNamed]) -> Result<Vec<String>, DbError> {
    let known = |tx: &mut Tx, key: &str| tx.row("SELECT id FROM labels WHERE name_key = $1", params![key]);
    named(tx, wanted, known, |key, one| (&LABEL, params![&one.id, &one.name, key, one.created_us].to_vec()))
}

fn named(
    tx: &mut Tx,
    wanted: &[BulkNamed],
    known: impl Fn(&mut Tx, &str) -> Result<Option<crate::db::Row>, DbError>,
    row: impl Fn(&str, &BulkNamed) -> (&'static Insert, Vec<Value>),
) -> Result<Vec<String>, DbError> {
    let (mut ids, mut fresh) = (Vec::with_capacity(wanted.len()), BTreeMap::<String, &BulkNamed>::new());
    // All looks come before the first row is given: a look would have those that wait written one by one.
    for one in wanted {
        let key = names::key(&one.name);
        let id = match known(tx, &key)? {
            Some(row) => row.get(0)?,
            None => fresh.entry(key).or_insert(one).id.clone(),
        };
        ids.push(id);
    }
    for (key, one) in fresh {
        let (insert, row) = row(&key, one);
        tx.later(insert, row)?;
    }
    Ok(ids)
}

/// Loudness and peak of whole releases, by the masters that they are made of: few shapes for many releases.
pub(crate) struct Gains {
    masters: BTreeMap<String, Loudness>,
    known: BTreeMap<Vec<String>, (Option<i32>, i64)>,
}

impl Gains {
    /// Over these masters.
    pub(crate) fn of(tx: &mut Tx, masters: &[String]) -> Result<Gains, DbError> {
        let mut found = BTreeMap::new();
        for id in masters {
            let row = tx.row("SELECT loudness_blocks, peak_millionths FROM masters WHERE id = $1", params![id])?;
            let row = row.ok_or_else(|| DbError::Failed(format!("there is no master {id}")))?;
            let histogram =
                Histogram::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|e| DbError::Failed(e.to_string()))?;
            found.insert(id.clone(), Loudness { histogram, true_peak_millionths: row.get(1)? });
        }
        Ok(Gains { masters: found, known: BTreeMap::new() })
    }

    fn album(&mut self, tracks: &[BulkTrack]) -> (Option<i32>, i64) {
        let mut shape: Vec<String> = tracks.iter().map(|track| track.master_id.clone()).collect();
        shape.sort_unstable();
        if let Some(known) = self.known.get(&shape) {
            return *known;
        }
        let parts: Vec<Loudness> = shape.iter().filter_map(|id| self.masters.get(id).cloned()).collect();
        let album = audio::loudness::album(&parts);
        *self.known.entry(shape).or_insert((album.gain_cdb(), album.true_peak_millionths))
    }
}

/// Makes releases with all that belongs to them, and notes each as a change of the catalogue.
pub(crate) fn releases(tx: &mut Tx, wanted: &[BulkRelease], gains: &mut Gains, now_us: i64) -> Result<(), DbError> {
    for release in wanted {
        write_release(tx, release, gains)?;
        for track in &release.tracks {
            write_track(tx, release, track)?;
        }
    }
    changes::note_many(tx, wanted.iter().map(|release| release.id.as_str()), now_us)
}

fn write_release(tx: &mut Tx, release: &BulkRelease, gains: &mut Gains) -> Result<(), DbError> {
    let (gain, peak) = gains.album(&release.tracks);
    let row = params![
        &release.id,
        &release.import_key,
        &release.title,
        text(&release.credits),
        &release.label_id,
        &release.catalog_number,
        &release.gtin,
        &release.date,
        &release.original_date,
        &release.copyright,
        release.language,
        &release.cover_id,
        gain,
        peak,
        "on_sale",
        release.created_us,
        release.created_us,
    ];
    tx.later(&RELEASE, row.to_vec())?;
    for (place, credit) in release.credits.iter().enumerate() {
        tx.later(&RELEASE_ARTIST, credit_row(&release.id, place, credit))?;
    }
    for (place, name) in release.genres.iter().enumerate() {
        let id = names::genre_id(name);
        tx.later(&GENRE, params![&id, *name].to_vec())?;
        tx.later(&RELEASE_GENRE, params![&release.id, &id, place as i64].to_vec())?;
    }
    let media = release.tracks.iter().map(|track| track.medium).max().unwrap_or(0);
    for number in 1..=media {
        tx.later(&MEDIUM, params![&release.id, number, None::<String>].to_vec())?;
    }
    Ok(())
}

fn write_track(tx: &mut Tx, release: &BulkRelease, track: &BulkTrack) -> Result<(), DbError> {
    let credits = if track.credits.is_empty() { &release.credits } else { &track.credits };
    // What the columns say needs not be said twice.
    let tags = KeptTags {
        track_total: u32::try_from(release.tracks.iter().filter(|other| other.medium == track.medium).count()).ok(),
        genres: release.genres.iter().map(|name| (*name).to_owned()).collect(),
        ..KeptTags::default()
    };
    let recording = params![&track.recording_id, &track.isrc, &track.master_id, release.created_us];
    tx.later(&RECORDING, recording.to_vec())?;
    let row = params![
        &track.id,
        &release.id,
        track.medium,
        track.number,
        &track.title,
        text(credits),
        &track.recording_id,
        track.composers.join("\n"),
        tags.to_json()?,
        "on_sale",
        release.created_us,
        release.created_us,
    ];
    tx.later(&TRACK, row.to_vec())?;
    for (place, credit) in credits.iter().enumerate() {
        tx.later(&TRACK_ARTIST, credit_row(&track.id, place, credit))?;
    }
    Ok(())
}

fn credit_row(owner: &str, place: usize, credit: &BulkCredit) -> Vec<Value> {
    params![owner, place as i64, &credit.artist_id, &credit.name, credit.join, &credit.sort_name].to_vec()
}

/// The credit as it reads, put together as an import does.
fn text(credits: &[BulkCredit]) -> String {
    let said = |credit: &BulkCredit| audio::tags::Credit {
        name: credit.name.clone(),
        join: credit.join.to_owned(),
        sort: None,
        mbid: None,
    };
    credit_text(&credits.iter().map(said).collect::<Vec<_>>())
}
