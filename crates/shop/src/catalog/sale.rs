//! What other nouns need inside their own transactions: tracks for an order, and what a rendition's head is made of.

use std::collections::HashMap;

use audio::pcm::StreamInfo;
use audio::tags::{ReplayGain, Tags};

use super::artists::Of;
use super::kept::KeptTags;
use super::names;
use super::read::master_of;
use super::types::{CoverObject, ForSale, HeadInputs, composers_of};
use crate::db::{DbError, Query, Row, Tx, list_of, list_sql};
use crate::params;

/// Tracks that one statement asks for.
const TRACKS_AT_ONCE: usize = 64;

const FOR_SALE: &str = "SELECT t.id, t.release_id, t.title, t.medium, t.number, m.samples_md5,
            m.id, m.rate_hz, m.channels, m.bits, m.is_float, m.length_frames, t.credit, r.title,
            r.label_id, t.recording_id, r.release_date, b.name, c.isrc
     FROM tracks t JOIN releases r ON r.id = t.release_id
     JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
     LEFT JOIN labels b ON b.id = r.label_id
     WHERE t.state = 'on_sale' AND r.state = 'on_sale'";

impl ForSale {
    /// The master's samples as an encoder's plan wants to know them.
    pub(crate) fn stream(&self) -> audio::Result<StreamInfo> {
        let md5 = hex::decode(&self.samples_md5).ok().and_then(|bytes| bytes.try_into().ok());
        let md5 = md5.ok_or_else(|| audio::Error::Malformed("the master's MD5 is not on record".into()))?;
        Ok(StreamInfo { spec: self.master.spec(), length_frames: self.master.length_frames, md5 })
    }
}

/// Of these tracks those that can be bought, by their ids; one that is withdrawn is not among them.
pub(crate) fn tracks_for_sale(tx: &mut Tx, ids: &[&str]) -> Result<HashMap<String, ForSale>, DbError> {
    let mut found = HashMap::new();
    for query in tracks_queries(ids) {
        for row in tx.ask(&query)?.iter() {
            let track = for_sale_of(row)?;
            found.insert(track.track_id.clone(), track);
        }
    }
    Ok(found)
}

/// What [`tracks_for_sale`] asks for.
pub(crate) fn tracks_queries(ids: &[&str]) -> Vec<Query> {
    let query = |ids: &[&str]| Query::new(format!("{FOR_SALE} AND t.id IN ({})", list_sql(ids.len())), &list_of(ids));
    ids.chunks(TRACKS_AT_ONCE).map(query).collect()
}

/// A track that was bought once, whether it still can be or not.
pub(crate) fn track_sold(tx: &mut Tx, id: &str) -> Result<Option<ForSale>, DbError> {
    let anyway = FOR_SALE.replace("WHERE t.state = 'on_sale' AND r.state = 'on_sale'", "WHERE t.id = $1");
    tx.row(&anyway, params![id])?.as_ref().map(for_sale_of).transpose()
}

/// The tracks of a release that can be bought, in order; empty when there are none or it is withdrawn.
pub(crate) fn tracks_of_release(tx: &mut Tx, release_id: &str) -> Result<Vec<ForSale>, DbError> {
    tx.ask(&release_query(release_id))?.iter().map(for_sale_of).collect()
}

/// What [`tracks_of_release`] asks for.
pub(crate) fn release_query(release_id: &str) -> Query {
    Query::new(format!("{FOR_SALE} AND t.release_id = $1 ORDER BY t.medium, t.number"), params![release_id])
}

fn for_sale_of(row: &Row) -> Result<ForSale, DbError> {
    Ok(ForSale {
        track_id: row.get(0)?,
        release_id: row.get(1)?,
        title: row.get(2)?,
        medium: row.get(3)?,
        number: row.get(4)?,
        samples_md5: row.get(5)?,
        master: master_of(row, 6)?,
        credit: row.get(12)?,
        release_title: row.get(13)?,
        label_id: row.get(14)?,
        recording_id: row.get(15)?,
        release_date: row.get(16)?,
        label: row.get(17)?,
        isrc: row.get(18)?,
    })
}

/// What was sold with a track, as far as rights are concerned; withdrawn tracks too.
#[derive(Clone)]
pub(crate) struct Sold {
    pub recording_id: String,
    pub isrc: Option<String>,
    pub release_id: String,
    pub label_id: Option<String>,
}

/// The recording behind a track, and where it was published.
pub(crate) fn sold(tx: &mut Tx, track_id: &str) -> Result<Option<Sold>, DbError> {
    let row = tx.row(
        "SELECT c.id, c.isrc, r.id, r.label_id FROM tracks t JOIN releases r ON r.id = t.release_id
         JOIN recordings c ON c.id = t.recording_id WHERE t.id = $1",
        params![track_id],
    )?;
    let sold = |row: Row| {
        Ok(Sold { recording_id: row.get(0)?, isrc: row.get(1)?, release_id: row.get(2)?, label_id: row.get(3)? })
    };
    row.map(sold).transpose()
}

/// The id of a label by its name, however it is spelt.
pub(crate) fn label_named(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    let row = tx.row("SELECT id FROM labels WHERE name_key = $1", params![names::key(name)])?;
    row.map(|row| row.get(0)).transpose()
}

/// Whether a recording with this ISRC is in the catalogue.
pub(crate) fn has_isrc(tx: &mut Tx, isrc: &str) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM recordings WHERE isrc = $1 LIMIT 1", params![isrc])?.is_some())
}

/// Whether there is or was such a release.
pub(crate) fn has_release(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM releases WHERE id = $1", params![id])?.is_some())
}

/// What the head of a rendition of this track is made of; withdrawn tracks too, since their owners keep them.
pub(crate) fn head_inputs(tx: &mut Tx, track_id: &str) -> Result<Option<HeadInputs>, DbError> {
    let row = tx.row(
        "SELECT t.tags, t.title, t.medium, t.number, t.composers, t.mb_track_id, c.isrc, c.mbid,
                m.loudness_clufs, m.peak_millionths, r.album_gain_cdb, r.album_peak_millionths,
                r.title, l.name, r.catalog_number, r.gtin, r.release_date, r.original_date,
                v.object_key, v.mime, v.width, v.height, r.id
         FROM tracks t JOIN releases r ON r.id = t.release_id
         JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
         LEFT JOIN labels l ON l.id = r.label_id LEFT JOIN covers v ON v.id = r.cover_id
         WHERE t.id = $1",
        params![track_id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let mut tags = tags_of(&row)?;
    tags.artists = credits(tx, Of::Track, track_id)?;
    tags.album_artists = credits(tx, Of::Release, &row.get::<String>(22)?)?;
    Ok(Some(HeadInputs { tags, cover: cover_of(&row)? }))
}

/// The columns over what the file said: a correction in the catalogue reaches every file.
fn tags_of(row: &Row) -> Result<Tags, DbError> {
    let mut tags = KeptTags::from_json(&row.get::<String>(0)?)?.into_tags();
    tags.title = Some(row.get(1)?);
    tags.disc_number = Some(row.get(2)?);
    tags.track_number = Some(row.get(3)?);
    tags.composers = composers_of(&row.get::<String>(4)?);
    tags.mb_track_id = row.get(5)?;
    tags.isrc = row.get(6)?;
    tags.mb_recording_id = row.get(7)?;
    tags.replay_gain = ReplayGain {
        track_gain_cdb: row.get::<Option<i32>>(8)?.map(|clufs| audio::loudness::REFERENCE_CLUFS - clufs),
        track_peak_millionths: Some(row.get(9)?),
        album_gain_cdb: row.get(10)?,
        album_peak_millionths: row.get(11)?,
    };
    tags.album = Some(row.get(12)?);
    tags.label = row.get(13)?;
    tags.catalog_number = row.get(14)?;
    tags.barcode = row.get(15)?;
    tags.date = row.get(16)?;
    tags.original_date = row.get(17)?;
    Ok(tags)
}

fn cover_of(row: &Row) -> Result<Option<CoverObject>, DbError> {
    let Some(object_key) = row.get::<Option<String>>(18)? else { return Ok(None) };
    Ok(Some(CoverObject { object_key, mime: row.get(19)?, width: row.get(20)?, height: row.get(21)? }))
}

/// Who is credited on a release or a track.
pub(super) fn credits(tx: &mut Tx, of: Of, owner: &str) -> Result<Vec<audio::tags::Credit>, DbError> {
    let (table, column) = of.table();
    let sql = format!(
        "SELECT a.name, a.join_phrase, a.sort_name, n.mbid FROM {table} a JOIN artists n ON n.id = a.artist_id
         WHERE a.{column} = $1 ORDER BY a.place"
    );
    let credit = |row: &Row| {
        Ok(audio::tags::Credit { name: row.get(0)?, join: row.get(1)?, sort: row.get(2)?, mbid: row.get(3)? })
    };
    tx.rows(&sql, params![owner])?.iter().map(credit).collect()
}
