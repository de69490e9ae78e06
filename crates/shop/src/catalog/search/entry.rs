//! What of the catalogue goes into the index: an entry per release, track and artist. Read from the database here, and
//! nowhere written.

use std::collections::BTreeSet;

use super::Kind;
use crate::catalog::read;
use crate::catalog::types::Release;
use crate::db::{DbError, Tx};
use crate::params;

/// Lets the tracks of a release stand in their order behind its time.
const TRACKS_IN_ORDER: u64 = 100_000;

/// A line of the index.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub kind: Kind,
    pub id: String,
    /// The release of a release or track.
    pub release: Option<String>,
    /// Artists credited on a release and its tracks (at the release only).
    pub artists: Vec<String>,
    pub title: String,
    pub credit: String,
    pub cover: Option<String>,
    /// What is searched.
    pub text: Vec<String>,
    pub codes: Vec<String>,
    /// Higher comes first.
    pub rank: u64,
}

/// The entries of a release: none when it is gone or withdrawn.
pub(super) fn of_release(tx: &mut Tx, id: &str) -> Result<Vec<Entry>, DbError> {
    match read::release(tx, id)? {
        Some(release) if release.card.on_sale => Ok(entries(&release)),
        _ => Ok(Vec::new()),
    }
}

fn entries(release: &Release) -> Vec<Entry> {
    let card = &release.card;
    let artists: BTreeSet<&str> =
        card.artists.iter().chain(release.tracks().flat_map(|t| &t.artists)).map(|c| c.artist_id.as_str()).collect();
    let label = release.label.iter().map(|label| label.name.clone());
    let newest = u64::try_from(card.created_us).unwrap_or(0);
    let whole = Entry {
        kind: Kind::Release,
        id: card.id.clone(),
        release: Some(card.id.clone()),
        artists: artists.into_iter().map(str::to_owned).collect(),
        title: card.title.clone(),
        credit: card.credit.clone(),
        cover: card.cover.clone(),
        text: [card.title.clone(), card.credit.clone()].into_iter().chain(label).collect(),
        codes: release.gtin.iter().chain(&release.catalog_number).cloned().collect(),
        rank: Kind::Release.rank(newest),
    };
    let tracks = release.tracks().enumerate().map(|(place, track)| Entry {
        kind: Kind::Track,
        id: track.id.clone(),
        release: Some(card.id.clone()),
        artists: Vec::new(),
        title: track.title.clone(),
        credit: track.credit.clone(),
        cover: card.cover.clone(),
        text: [track.title.clone(), track.credit.clone(), card.title.clone()]
            .into_iter()
            .chain(track.composers.iter().cloned())
            .collect(),
        codes: track.isrc.iter().cloned().collect(),
        rank: Kind::Track.rank(newest.saturating_sub((place as u64).min(TRACKS_IN_ORDER))),
    });
    std::iter::once(whole).chain(tracks).collect()
}

/// The entry of an artist: none when nothing of his is on sale.
pub(super) fn of_artist(tx: &mut Tx, id: &str) -> Result<Option<Entry>, DbError> {
    let row = tx.row(
        "SELECT a.name, a.sort_name, a.created_us FROM artists a WHERE a.id = $1 AND (
            EXISTS (SELECT 1 FROM release_artists x JOIN releases r ON r.id = x.release_id
                    WHERE x.artist_id = a.id AND r.state = 'on_sale')
            OR EXISTS (SELECT 1 FROM track_artists x JOIN tracks t ON t.id = x.track_id
                       JOIN releases r ON r.id = t.release_id
                       WHERE x.artist_id = a.id AND t.state = 'on_sale' AND r.state = 'on_sale'))",
        params![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let name: String = row.get(0)?;
    Ok(Some(Entry {
        kind: Kind::Artist,
        id: id.to_owned(),
        release: None,
        artists: Vec::new(),
        title: name.clone(),
        credit: String::new(),
        cover: None,
        text: vec![name, row.get(1)?],
        codes: Vec::new(),
        rank: Kind::Artist.rank(row.get(2)?),
    }))
}
