//! Sizing: finding out how large a rendition becomes before anybody buys it, at the lowest priority. What is kept is its
//! numbers and where its segments begin, not its bytes.

use audio::encode::{PayloadSize, Plan};
use audio::format::Format;

use super::{ASKED_SIZE_PRIORITY, MasterFile, Renditions, SIZE, SIZE_PRIORITY, id_of, master, plan};
use crate::db::{DbError, Tx};
use crate::jobs::NewJob;
use crate::{catalog, params};

/// Changed releases that are looked at in one transaction.
const RELEASES_AT_ONCE: usize = 20;
/// Sizes that quotes may have asked for and that are not found yet; beyond it a quote keeps its range.
const MAX_ASKED_SIZES: i64 = 500;
/// Formats that can be sized ahead.
pub const MAX_SIZED_AHEAD: usize = 16;

impl Renditions {
    /// Queues the sizing of what was put on sale since the last call, in the given formats. Returns whether there may be
    /// more.
    pub(crate) async fn size_ahead(&self, formats: &[Format]) -> Result<bool, DbError> {
        let formats = &formats[..formats.len().min(MAX_SIZED_AHEAD)];
        let (renditions, formats) = (self.clone(), formats.to_vec());
        let wanted: String = formats.iter().map(|format| format!("{format} ")).collect();
        if formats.is_empty() {
            return Ok(false);
        }
        let asked = wanted.clone();
        let changed = self.db.read(move |tx| changed(tx, &asked)).await?;
        let Some(&(last, _)) = changed.last() else { return Ok(false) };
        let more = changed.len() == RELEASES_AT_ONCE;
        self.db
            .write::<_, DbError>(move |tx| {
                for (_, release) in &changed {
                    for track in catalog::tracks_of_release(tx, release)? {
                        let Some(master) = master(tx, &track.master.id)? else { continue };
                        // A format that does not fit this master is not sold of it either.
                        let plans = formats.iter().filter_map(|&format| plan(format, &master).ok());
                        plans
                            .map(|plan| renditions.size(tx, &master, &plan, SIZE_PRIORITY))
                            .collect::<Result<Vec<_>, _>>()?;
                    }
                }
                tx.execute(
                    "INSERT INTO sizing_position (formats, seq) VALUES ($1, $2)
                     ON CONFLICT (formats) DO UPDATE SET seq = excluded.seq",
                    params![&wanted, last],
                )
                .map(drop)
            })
            .await?;
        self.wake();
        Ok(more)
    }

    /// Queues the sizing of a rendition that somebody asks the exact price of, within the caller's transaction; call
    /// [`Renditions::wake`] after the commit. Returns whether its size is still to be found.
    pub(crate) fn ask_size(&self, tx: &mut Tx, master_id: &str, plan: &Plan) -> Result<bool, DbError> {
        let waiting = "SELECT CAST(count(*) AS BIGINT) FROM jobs WHERE kind = $1 AND priority = $2";
        let waiting = tx.row(waiting, params![SIZE, ASKED_SIZE_PRIORITY])?.map_or(Ok(0), |row| row.get::<i64>(0))?;
        match master(tx, master_id)? {
            Some(master) if waiting < MAX_ASKED_SIZES => self.size(tx, &master, plan, ASKED_SIZE_PRIORITY),
            _ => Ok(false),
        }
    }

    fn size(&self, tx: &mut Tx, master: &MasterFile, plan: &Plan, priority: i64) -> Result<bool, DbError> {
        // A container whose index comes first gains by it even where its size is known.
        if matches!(plan.payload, PayloadSize::Exact(_)) && plan.segment_starts().is_some() {
            return Ok(false);
        }
        let (id, now_us) = (id_of(&master.id, plan), self.clock.now_us());
        tx.execute(
            "INSERT INTO renditions (id, master_id, format, encoder, state, created_us, used_us)
             VALUES ($1, $2, $3, $4, 'queued', $5, $5) ON CONFLICT (id) DO NOTHING",
            params![&id, &master.id, plan.format.to_string(), &plan.encoder, now_us],
        )?;
        let known = super::find(tx, &id)?.is_none_or(|r| r.payload_bytes.is_some() || r.state == super::State::Failed);
        if !known {
            let payload = serde_json::Value::Null;
            self.jobs.enqueue(tx, &NewJob { kind: SIZE, key: &id, payload: &payload, owner: "", priority })?;
        }
        Ok(!known)
    }
}

/// The next releases that changed since the position that was reached with these formats.
fn changed(tx: &mut Tx, formats: &str) -> Result<Vec<(i64, String)>, DbError> {
    let row = tx.row("SELECT seq FROM sizing_position WHERE formats = $1", params![formats])?;
    let reached: i64 = row.map(|row| row.get(0)).transpose()?.unwrap_or(0);
    let rows = tx.rows(
        "SELECT seq, release_id FROM catalog_changes WHERE seq > $1 ORDER BY seq LIMIT $2",
        params![reached, RELEASES_AT_ONCE as i64],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
