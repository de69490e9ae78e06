//! Outlines of masters, for drawing: kept at import, and made later for what was imported before there were any.

use tokio::runtime::Handle;

use super::Catalog;
use crate::db::{DbError, Row, Tx};
use crate::files::Files;
use crate::params;

/// Masters without an outline that are looked up at once.
const MASTERS_AT_ONCE: u32 = 20;

/// The outline of a track's master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waveform {
    /// Whose it is: the same master always has the same.
    pub master_id: String,
    /// From its beginning to its end: 0 for silence, 255 for a full-scale sine. Empty where it could not be made.
    pub points: Vec<u8>,
}

/// Keeps an outline.
pub(super) fn keep(tx: &mut Tx, master_id: &str, points: &[u8]) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO waveforms (master_id, points) VALUES ($1, $2) ON CONFLICT (master_id) DO UPDATE SET points = $2",
        params![master_id, points.to_vec()],
    )?;
    Ok(())
}

fn of_release(tx: &mut Tx, release_id: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let rows = tx.rows(
        "SELECT t.id, w.points FROM tracks t JOIN recordings c ON c.id = t.recording_id
         JOIN waveforms w ON w.master_id = c.master_id WHERE t.release_id = $1",
        params![release_id],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

fn of_track(tx: &mut Tx, track_id: &str) -> Result<Option<Waveform>, DbError> {
    let row = tx.row(
        "SELECT w.master_id, w.points FROM tracks t JOIN releases r ON r.id = t.release_id
         JOIN recordings c ON c.id = t.recording_id JOIN waveforms w ON w.master_id = c.master_id
         WHERE t.id = $1 AND t.state = 'on_sale' AND r.state = 'on_sale'",
        params![track_id],
    )?;
    row.map(|row| Ok(Waveform { master_id: row.get(0)?, points: row.get(1)? })).transpose()
}

impl Catalog {
    /// The outlines of a release's tracks, by track; of those that have one.
    pub async fn waveforms(&self, release_id: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let release = release_id.to_owned();
        self.db.read(move |tx| of_release(tx, &release)).await
    }

    /// The outline of a track that is on sale; none where there is no such track or no outline yet.
    pub async fn waveform(&self, track_id: &str) -> Result<Option<Waveform>, DbError> {
        let track = track_id.to_owned();
        self.db.read(move |tx| of_track(tx, &track)).await
    }

    /// Makes the outlines of some masters behind `after` that have none. Returns where to go on, none at the end. A master
    /// that cannot be read gets an empty one, so that it is not tried for ever.
    pub(crate) async fn draw_missing(&self, after: &str) -> Result<Option<String>, DbError> {
        let after = after.to_owned();
        let missing = self
            .db
            .read::<_, DbError>(move |tx| {
                let rows = tx.rows(
                    "SELECT m.id, m.object_key FROM masters m WHERE m.id > $1
                     AND NOT EXISTS (SELECT 1 FROM waveforms w WHERE w.master_id = m.id) ORDER BY m.id LIMIT $2",
                    params![&after, MASTERS_AT_ONCE],
                )?;
                rows.iter()
                    .map(|row: &Row| Ok((row.get(0)?, row.get(1)?)))
                    .collect::<Result<Vec<(String, String)>, _>>()
            })
            .await?;
        let Some((last, _)) = missing.last().cloned() else { return Ok(None) };
        let (files, runtime) = (self.files.clone(), Handle::current());
        let drawn = tokio::task::spawn_blocking(move || {
            let draw = |(id, object): (String, String)| {
                let points = drawn(&files, &object, &runtime).unwrap_or_else(|error| {
                    tracing::warn!(master = id, %error, "a master has no outline");
                    Vec::new()
                });
                (id, points)
            };
            missing.into_iter().map(draw).collect::<Vec<_>>()
        });
        let drawn = drawn.await.map_err(|e| DbError::Failed(format!("drawing outlines: {e}")))?;
        self.db.write::<_, DbError>(move |tx| drawn.iter().try_for_each(|(id, points)| keep(tx, id, points))).await?;
        Ok(Some(last))
    }
}

fn drawn(files: &Files, object: &str, runtime: &Handle) -> audio::Result<Vec<u8>> {
    let reader = files.open_blocking(object, runtime).map_err(std::io::Error::other)?;
    audio::waveform::of(&mut audio::master::open(Box::new(reader))?)
}
