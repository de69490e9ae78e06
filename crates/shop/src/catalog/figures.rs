//! How much is on sale, and of which genres: what pages show of the whole catalogue. Counted once for each state of the catalogue
//! and kept in memory; where counting takes long, the last count is shown while the next one is made.

use std::sync::{Arc, Mutex, PoisonError};

use super::MAX_GENRES;
use super::genres::{self, GenreCount};
use super::read;
use super::types::Totals;
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};

/// A count that takes longer than this is not waited for where there is an older one.
const SLOW_US: i64 = 30_000;
/// A slow count is made again only so many times its own length later.
const REST: i64 = 20;

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub totals: Totals,
    pub genres: Arc<Vec<GenreCount>>,
}

struct Kept {
    counted: Counted,
    /// The change of the catalogue that it takes in.
    seq: i64,
    took_us: i64,
    at_us: i64,
}

/// The last count, shared by all clones of the catalogue.
#[derive(Clone, Default)]
pub(super) struct Figures {
    kept: Arc<Mutex<Option<Kept>>>,
    /// Whoever counts.
    counting: Arc<tokio::sync::Mutex<()>>,
}

impl Figures {
    /// What is on sale now, or was a moment ago.
    pub(super) async fn get(&self, db: &Db, clock: &Clock) -> Result<Counted, DbError> {
        let seq = db.look(last_change).await?;
        if let Some(counted) = self.fresh(seq) {
            return Ok(counted);
        }
        let Some((counted, is_due)) = self.stale(clock.now_us()) else {
            let _alone = self.counting.lock().await;
            // Somebody else may have counted meanwhile.
            return match self.fresh(seq) {
                Some(counted) => Ok(counted),
                None => self.count(db, clock).await,
            };
        };
        if is_due && let Ok(alone) = self.counting.clone().try_lock_owned() {
            let (figures, db, clock) = (self.clone(), db.clone(), clock.clone());
            tokio::spawn(async move {
                let _alone = alone;
                if let Err(e) = figures.count(&db, &clock).await {
                    tracing::warn!(error = %e, "the catalogue was not counted");
                }
            });
        }
        Ok(counted)
    }

    fn fresh(&self, seq: i64) -> Option<Counted> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.seq == seq).map(|kept| kept.counted.clone())
    }

    /// The last count where it is slow to make another, and whether that is due.
    fn stale(&self, now_us: i64) -> Option<(Counted, bool)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().filter(|kept| kept.took_us > SLOW_US)?;
        Some((kept.counted.clone(), now_us - kept.at_us > kept.took_us * REST))
    }

    async fn count(&self, db: &Db, clock: &Clock) -> Result<Counted, DbError> {
        let begun_us = clock.now_us();
        let read = db.read::<_, DbError>(|tx| {
            let (seq, totals) = (last_change(tx)?, read::totals(tx)?);
            let tree = genres::tree(tx)?;
            Ok((seq, Counted { totals, genres: Arc::new(read::genres(tx, &tree, MAX_GENRES)?) }))
        });
        let (seq, counted) = read.await?;
        let at_us = clock.now_us();
        let kept = Kept { counted: counted.clone(), seq, took_us: at_us - begun_us, at_us };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(counted)
    }
}

fn last_change(tx: &mut Tx) -> Result<i64, DbError> {
    // Of the catalogue, and of the tree that its genres are counted by.
    let sql = "SELECT CAST(SUM(value) AS BIGINT) FROM counters WHERE name IN ('catalog_changes', 'genre_tree')";
    let row = tx.row(sql, &[])?;
    row.map_or(Ok(0), |row| row.get(0))
}
