//! Counting: from sales to units, from units to places and levels. What did not change is not written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{KEPT_PLACES, Kind, Period};
use crate::catalog::{self, GenreTree};
use crate::db::{Db, DbError, Insert, Tx};
use crate::params;

/// Levels that are written in one transaction.
pub(super) const LEVELS_AT_ONCE: usize = 2_000;
/// Releases whose genres, artists or labels are asked for at once.
const RELEASES_AT_ONCE: usize = 200;
/// The level of what nobody buys.
const NO_LEVEL: i64 = 0;

static PLACE: Insert =
    Insert::into("INSERT INTO chart_places (period, kind, genre_id, place, release_id, track_id, units)");
static LEVEL: Insert = Insert {
    into: "INSERT INTO popularity (kind, id, level)",
    on_conflict: "ON CONFLICT (kind, id) DO UPDATE SET level = excluded.level",
    last_of: None,
};

/// What was sold in a period.
#[derive(Default)]
pub(super) struct Sold {
    /// Units of each track, with its release.
    tracks: Vec<(String, String, u64)>,
    /// Units of each release.
    releases: HashMap<String, u64>,
    /// The genres of each of these releases, with all that these are within.
    genres: HashMap<String, BTreeSet<String>>,
}

/// Counts the sales since a moment, of what is on sale.
pub(super) fn sold(tx: &mut Tx, tree: &GenreTree, from_us: i64) -> Result<Sold, DbError> {
    let rows = tx.rows(
        "SELECT l.track_id, t.release_id, COUNT(DISTINCT o.user_id) FROM order_lines l
         JOIN orders o ON o.id = l.order_id JOIN tracks t ON t.id = l.track_id JOIN releases r ON r.id = t.release_id
         WHERE l.state = 'charged' AND l.settled_us >= $1 AND l.charged_micros > 0
             AND t.state = 'on_sale' AND r.state = 'on_sale'
             AND NOT EXISTS (SELECT 1 FROM sale_corrections k WHERE k.line_id = l.id AND k.units < 0)
         GROUP BY l.track_id, t.release_id",
        params![from_us],
    )?;
    let mut found = Sold::default();
    for row in &rows {
        let (track, release, units): (String, String, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        *found.releases.entry(release.clone()).or_default() += units;
        found.tracks.push((track, release, units));
    }
    let releases: Vec<String> = found.releases.keys().cloned().collect();
    let sql = "SELECT release_id, genre_id FROM release_genres WHERE release_id IN";
    for (release, tag) in related(tx, sql, &releases)? {
        found.genres.entry(release).or_default().extend(tree.counted_as(&tag));
    }
    Ok(found)
}

/// Pairs that a statement ending in `IN` finds for these ids.
fn related(tx: &mut Tx, sql: &str, ids: &[String]) -> Result<Vec<(String, String)>, DbError> {
    let mut found = Vec::new();
    for some in ids.chunks(RELEASES_AT_ONCE) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let values: Vec<_> = some.iter().map(crate::db::Value::from).collect();
        for row in tx.rows(&format!("{sql} ({})", places.join(", ")), &values)? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// Of a chart: its kind and genre (empty: of all).
type Head = (Kind, String);
/// Release, track (empty for a release), units.
type Place = (String, String, u64);

/// A chart as it shall be.
pub(super) struct Chart {
    head: Head,
    places: Vec<Place>,
}

/// The charts of a period that are not as they are kept.
pub(super) async fn changed(db: &Db, period: Period, sold: Arc<Sold>) -> Result<Vec<Chart>, DbError> {
    db.read(move |tx| {
        let mut wanted = charts(&sold);
        let mut kept = BTreeMap::<Head, Vec<Place>>::new();
        let sql = "SELECT kind, genre_id, release_id, track_id, units FROM chart_places WHERE period = $1
                   ORDER BY kind, genre_id, place";
        for row in tx.rows(sql, params![period.as_str()])? {
            let kind = Kind::of_name(&row.get::<String>(0)?);
            let kind = kind.ok_or_else(|| DbError::Failed("a chart is of no kind".into()))?;
            kept.entry((kind, row.get(1)?)).or_default().push((row.get(2)?, row.get(3)?, row.get(4)?));
        }
        for head in kept.keys() {
            wanted.entry(head.clone()).or_default();
        }
        let differs = |(head, places): &(Head, Vec<Place>)| kept.get(head).map_or(&[][..], Vec::as_slice) != places;
        Ok(wanted.into_iter().filter(differs).map(|(head, places)| Chart { head, places }).collect())
    })
    .await
}

/// The first places of all charts.
fn charts(sold: &Sold) -> BTreeMap<Head, Vec<Place>> {
    let mut charts = BTreeMap::<Head, Vec<Place>>::new();
    let mut add = |kind, release: &str, track: &str, units| {
        let none = BTreeSet::new();
        let genres = sold.genres.get(release).unwrap_or(&none);
        for genre in genres.iter().map(String::as_str).chain([""]) {
            let place = (release.to_owned(), track.to_owned(), units);
            charts.entry((kind, genre.to_owned())).or_default().push(place);
        }
    };
    sold.releases.iter().for_each(|(release, units)| add(Kind::Release, release, "", *units));
    sold.tracks.iter().for_each(|(track, release, units)| add(Kind::Track, release, track, *units));
    for places in charts.values_mut() {
        // Of those that sold equally often the newest first; they share their place all the same.
        places.sort_unstable_by(|a, b| b.2.cmp(&a.2).then_with(|| b.0.cmp(&a.0)).then_with(|| a.1.cmp(&b.1)));
        places.truncate(KEPT_PLACES);
    }
    charts
}

/// Writes a chart anew.
pub(super) fn write_chart(tx: &mut Tx, period: Period, chart: &Chart) -> Result<(), DbError> {
    let (kind, genre) = &chart.head;
    tx.execute(
        "DELETE FROM chart_places WHERE period = $1 AND kind = $2 AND genre_id = $3",
        params![period.as_str(), kind.as_str(), genre],
    )?;
    for (place, (release, track, units)) in chart.places.iter().enumerate() {
        let row = params![period.as_str(), kind.as_str(), genre, place as i64, release, track, *units as i64];
        tx.later(&PLACE, row.to_vec())?;
    }
    Ok(())
}

/// A thing that has another level now, and the release that has to be looked at again for it.
#[derive(Clone)]
pub(super) struct Raised {
    kind: &'static str,
    id: String,
    level: i64,
    release: String,
}

/// The step of popularity of so many units: two steps for each doubling.
pub(super) fn level(units: u64) -> i64 {
    let octave = i64::from((units + 1).ilog2());
    let half = (units + 1) * 2 >= 3 << octave;
    octave * 2 + i64::from(half)
}

/// What has another level than is kept.
pub(super) fn levels(tx: &mut Tx, sold: &Sold) -> Result<Vec<Raised>, DbError> {
    let releases: Vec<String> = sold.releases.keys().cloned().collect();
    let mut units = HashMap::<(&'static str, String), (u64, String)>::new();
    let mut add = |kind, id: String, release: &str, sum: u64| {
        units.entry((kind, id)).or_insert_with(|| (0, release.to_owned())).0 += sum;
    };
    let of = |release: &str| sold.releases.get(release).copied().unwrap_or(0);
    for (track, release, sum) in &sold.tracks {
        add("track", track.clone(), release, *sum);
    }
    sold.releases.iter().for_each(|(release, sum)| add("release", release.clone(), release, *sum));
    let sql = "SELECT DISTINCT release_id, artist_id FROM release_artists WHERE release_id IN";
    for (release, artist) in related(tx, sql, &releases)? {
        add("artist", artist, &release, of(&release));
    }
    let sql = "SELECT id, label_id FROM releases WHERE label_id IS NOT NULL AND id IN";
    for (release, label) in related(tx, sql, &releases)? {
        add("label", label, &release, of(&release));
    }
    let mut kept = HashMap::<(String, String), i64>::new();
    for row in tx.rows("SELECT kind, id, level FROM popularity", &[])? {
        kept.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    let mut raised = Vec::new();
    for ((kind, id), (sum, release)) in units {
        let level = level(sum);
        if kept.remove(&(kind.to_owned(), id.clone())) != Some(level) {
            raised.push(Raised { kind, id, level, release });
        }
    }
    raised.extend(fallen(tx, kept)?);
    // The same things in the same order, whatever order they were counted in.
    raised.sort_unstable_by(|a, b| (&a.release, a.kind, &a.id).cmp(&(&b.release, b.kind, &b.id)));
    Ok(raised)
}

/// What is kept as popular and sells no more: it was given back, or is not on sale. Of what left the catalogue nothing is to be
/// looked at.
fn fallen(tx: &mut Tx, kept: HashMap<(String, String), i64>) -> Result<Vec<Raised>, DbError> {
    let mut by_kind = HashMap::<String, Vec<String>>::new();
    for ((kind, id), level) in kept {
        if level != NO_LEVEL {
            by_kind.entry(kind).or_default().push(id);
        }
    }
    let mut fallen = Vec::new();
    for (kind, sql) in RELEASE_OF {
        let ids = by_kind.remove(kind).unwrap_or_default();
        for (id, release) in related(tx, sql, &ids)? {
            fallen.push(Raised { kind, id, level: NO_LEVEL, release });
        }
    }
    Ok(fallen)
}

/// A release of each kind of thing, with which the search looks at it again.
const RELEASE_OF: [(&str, &str); 4] = [
    ("release", "SELECT id, id FROM releases WHERE id IN"),
    ("track", "SELECT id, release_id FROM tracks WHERE id IN"),
    (
        "artist",
        "SELECT a.id, (SELECT MIN(x.release_id) FROM release_artists x WHERE x.artist_id = a.id) FROM artists a
         WHERE EXISTS (SELECT 1 FROM release_artists x WHERE x.artist_id = a.id) AND a.id IN",
    ),
    (
        "label",
        "SELECT l.id, (SELECT MIN(r.id) FROM releases r WHERE r.label_id = l.id) FROM labels l
         WHERE EXISTS (SELECT 1 FROM releases r WHERE r.label_id = l.id) AND l.id IN",
    ),
];

/// Keeps levels, and has the search look at what has them.
pub(super) fn write_levels(tx: &mut Tx, raised: &[Raised], now_us: i64) -> Result<(), DbError> {
    let releases: BTreeSet<&str> = raised.iter().map(|raised| raised.release.as_str()).collect();
    catalog::note_all(tx, &releases, now_us)?;
    for raised in raised {
        tx.later(&LEVEL, params![raised.kind, &raised.id, raised.level].to_vec())?;
    }
    Ok(())
}
