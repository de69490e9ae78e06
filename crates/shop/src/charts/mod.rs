//! Charts and popularity: what sells, counted from the lines that were charged. Owner of `chart_places`, `popularity` and
//! `charts_counted`. Pages read places; nothing here is counted while somebody waits.
//!
//! A unit is one listener who bought a track in a period, in whichever formats; a release has the units of its tracks. What was
//! given back whole, and what cost nothing, is no sale.

mod count;

#[cfg(test)]
mod tests;

use crate::catalog::{Catalog, Genre, ReleaseCard, TrackPage};
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::params;

/// Places of a chart at the most.
pub const MAX_PLACES: u32 = 100;
/// Places beyond those that are asked for: some may be withdrawn before they are counted again.
const SPARE: u32 = 50;
/// Places that are kept.
const KEPT_PLACES: usize = (MAX_PLACES + SPARE) as usize;
/// Sales of the last day and week are counted again after so long, those of all time after so long.
const RECENT_EVERY_US: i64 = 60_000_000;
const ALL_EVERY_US: i64 = 300_000_000;

/// Over which time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// The last 24 hours.
    Day,
    /// The last seven days.
    Week,
    /// Since the first sale.
    All,
}

impl Period {
    /// All, the shortest first.
    pub const ALL: [Period; 3] = [Period::Day, Period::Week, Period::All];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Week => "week",
            Period::All => "all",
        }
    }

    /// The period of that name.
    pub fn of_name(name: &str) -> Option<Period> {
        Period::ALL.into_iter().find(|period| period.as_str() == name)
    }

    /// When it began, seen from `now_us`.
    fn begun_us(self, now_us: i64) -> i64 {
        const DAY_US: i64 = 86_400_000_000;
        match self {
            Period::Day => now_us - DAY_US,
            Period::Week => now_us - 7 * DAY_US,
            Period::All => i64::MIN,
        }
    }
}

/// What a chart ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Release,
    Track,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Release, Kind::Track];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Release => "release",
            Kind::Track => "track",
        }
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Which chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Over which time.
    pub period: Period,
    /// Of one genre and those within it, by its id; none: of all.
    pub genre: Option<String>,
}

/// Something with its place: those that sold equally often share one, and the next stands as far behind as they are many.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Placed<T> {
    pub place: u32,
    pub units: u64,
    pub item: T,
}

/// The charts. Cheap to clone.
#[derive(Clone)]
pub struct Charts {
    db: Db,
    clock: Clock,
    catalog: Catalog,
}

impl Charts {
    /// Over this database.
    pub fn new(db: Db, clock: Clock, catalog: Catalog) -> Charts {
        Charts { db, clock, catalog }
    }

    /// The releases that sell best, at most [`MAX_PLACES`]; withdrawn ones are passed over.
    pub async fn releases(&self, which: Which, limit: u32) -> Result<Vec<Placed<ReleaseCard>>, DbError> {
        let kept = self.kept(Kind::Release, which, limit).await?;
        let cards = self.catalog.cards(kept.iter().map(|kept| kept.id.clone()).collect()).await?;
        let on_sale = cards.into_iter().filter(|card| card.on_sale).map(|card| (card.id.clone(), card)).collect();
        Ok(placed(kept, on_sale, limit))
    }

    /// The tracks that sell best; see [`Charts::releases`].
    pub async fn tracks(&self, which: Which, limit: u32) -> Result<Vec<Placed<TrackPage>>, DbError> {
        let kept = self.kept(Kind::Track, which, limit).await?;
        let tracks = self.catalog.tracks(kept.iter().map(|kept| kept.id.clone()).collect()).await?;
        let on_sale = tracks.into_iter().filter(|found| found.track.on_sale && found.release.on_sale);
        let on_sale = on_sale.map(|found| (found.track.id.clone(), found)).collect();
        Ok(placed(kept, on_sale, limit))
    }

    /// Genres that have a chart of a kind over a period, by id.
    pub async fn genres(&self, kind: Kind, period: Period) -> Result<Vec<Genre>, DbError> {
        let ids = self.db.read::<_, DbError>(move |tx| {
            let rows = tx.rows(
                "SELECT genre_id FROM chart_places WHERE period = $1 AND kind = $2 AND place = 0 AND genre_id <> ''
                 ORDER BY genre_id",
                params![period.as_str(), kind.as_str()],
            )?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()
        });
        self.catalog.genres_named(ids.await?).await
    }

    async fn kept(&self, kind: Kind, mut which: Which, limit: u32) -> Result<Vec<Kept>, DbError> {
        if let Some(id) = &mut which.genre
            && let Some(genre) = self.catalog.genre_tree().await?.find(id)
        {
            id.clone_from(&genre.id);
        }
        self.db.read(move |tx| kept(tx, kind, &which, limit.min(MAX_PLACES) + SPARE)).await
    }

    /// Counts what is due: at most once within the time that a count holds, whichever node asks. Returns whether it did.
    pub(crate) async fn count_due(&self) -> Result<bool, DbError> {
        let recent = self.claim("recent", RECENT_EVERY_US).await?;
        let all = self.claim("all", ALL_EVERY_US).await?;
        if !recent && !all {
            return Ok(false);
        }
        let periods = Period::ALL.into_iter().filter(|period| if *period == Period::All { all } else { recent });
        self.count(periods.collect()).await?;
        Ok(true)
    }

    /// Counts all periods now.
    pub async fn count_now(&self) -> Result<(), DbError> {
        self.count(Period::ALL.to_vec()).await
    }

    async fn count(&self, periods: Vec<Period>) -> Result<(), DbError> {
        let (now_us, tree) = (self.clock.now_us(), self.catalog.genre_tree().await?);
        for period in periods {
            let of_tree = tree.clone();
            let sold = self.db.read(move |tx| count::sold(tx, &of_tree, period.begun_us(now_us))).await?;
            let sold = std::sync::Arc::new(sold);
            for some in count::changed(&self.db, period, sold.clone()).await? {
                let some = std::sync::Arc::new(some);
                self.db.write(move |tx| count::write_chart(tx, period, &some)).await?;
            }
            if period == Period::All {
                self.raise(sold).await?;
            }
        }
        Ok(())
    }

    /// Writes how popular things are, where that changed, some at a time; the search hears of it as of a change.
    async fn raise(&self, sold: std::sync::Arc<count::Sold>) -> Result<(), DbError> {
        let changes = self.db.read(move |tx| count::levels(tx, &sold)).await?;
        for some in changes.chunks(count::LEVELS_AT_ONCE) {
            let (some, now_us) = (some.to_vec(), self.clock.now_us());
            self.db.write(move |tx| count::write_levels(tx, &some, now_us)).await?;
        }
        Ok(())
    }

    async fn claim(&self, what: &'static str, every_us: i64) -> Result<bool, DbError> {
        let now_us = self.clock.now_us();
        let due = self.db.read::<_, DbError>(move |tx| {
            let sql = "SELECT 1 FROM charts_counted WHERE period = $1 AND counted_us < $2";
            Ok(tx.row(sql, params![what, now_us - every_us])?.is_some())
        });
        if !due.await? {
            return Ok(false);
        }
        let claimed = self.db.write::<_, DbError>(move |tx| {
            let sql = "UPDATE charts_counted SET counted_us = $2 WHERE period = $1 AND counted_us < $3";
            tx.execute(sql, params![what, now_us, now_us - every_us])
        });
        Ok(claimed.await? > 0)
    }
}

/// A place as it is kept.
struct Kept {
    id: String,
    units: u64,
}

fn kept(tx: &mut Tx, kind: Kind, which: &Which, limit: u32) -> Result<Vec<Kept>, DbError> {
    let rows = tx.rows(
        "SELECT release_id, track_id, units FROM chart_places WHERE period = $1 AND kind = $2 AND genre_id = $3
         ORDER BY place LIMIT $4",
        params![which.period.as_str(), kind.as_str(), which.genre.as_deref().unwrap_or(""), limit],
    )?;
    let kept = rows.iter().map(|row| {
        let id = if kind == Kind::Release { row.get(0)? } else { row.get(1)? };
        Ok(Kept { id, units: row.get(2)? })
    });
    kept.collect()
}

/// Gives those that are on sale their places.
fn placed<T>(kept: Vec<Kept>, mut on_sale: std::collections::HashMap<String, T>, limit: u32) -> Vec<Placed<T>> {
    let mut chart: Vec<Placed<T>> = Vec::new();
    for Kept { id, units } in kept {
        let Some(item) = on_sale.remove(&id) else { continue };
        if chart.len() >= limit.min(MAX_PLACES) as usize {
            break;
        }
        let shared = chart.last().filter(|last| last.units == units).map(|last| last.place);
        let place = shared.unwrap_or(chart.len() as u32 + 1);
        chart.push(Placed { place, units, item });
    }
    chart
}
