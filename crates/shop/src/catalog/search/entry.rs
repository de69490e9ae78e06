//! What of the catalogue goes into the index: an entry per release, track, artist and label. Read from the database here, and
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
    /// The label of a release (at the release only).
    pub label: Option<String>,
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
        label: release.label.as_ref().map(|label| label.id.clone()),
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
        label: None,
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
        text: vec![name.clone(), row.get(1)?],
        rank: Kind::Artist.rank(row.get(2)?),
        ..Entry::named(Kind::Artist, id, name)
    }))
}

/// The entry of a label: none when nothing of it is on sale.
pub(super) fn of_label(tx: &mut Tx, id: &str) -> Result<Option<Entry>, DbError> {
    let row = tx.row(
        "SELECT l.name, l.created_us FROM labels l
         WHERE l.id = $1 AND EXISTS (SELECT 1 FROM releases r WHERE r.label_id = l.id AND r.state = 'on_sale')",
        params![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let name: String = row.get(0)?;
    Ok(Some(Entry { rank: Kind::Label.rank(row.get(1)?), ..Entry::named(Kind::Label, id, name) }))
}

impl Entry {
    /// Something that has a name and no more.
    fn named(kind: Kind, id: &str, name: String) -> Entry {
        Entry {
            kind,
            id: id.to_owned(),
            release: None,
            artists: Vec::new(),
            label: None,
            text: vec![name.clone()],
            title: name,
            credit: String::new(),
            cover: None,
            codes: Vec::new(),
            rank: kind.rank(0),
        }
    }
}
