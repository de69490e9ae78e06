//! Reading the catalogue for pages and the API: plain functions over a snapshot. A release takes four statements and a
//! list two, whatever its length. Nothing here writes.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::genres::{Genre, GenreCount, GenreTree};
use super::types::{
    Artist, Credit, MasterFacts, Medium, Named, NamedCount, Release, ReleaseCard, ReleaseFilter, Totals, Track,
    TrackPage, composers_of,
};
use crate::db::{DbError, Row, Tx, Value};
use crate::page::Page;
use crate::params;

/// Tags of releases that are read at once.
const TAGS_AT_ONCE: i64 = 20_000;
/// Sorts after every id.
const AFTER_ALL_IDS: &str = "~";

const CARD: &str = "r.id, r.title, r.credit, r.release_date, r.cover_id, r.state, r.created_us";

const TRACK: &str = "t.id, t.release_id, t.medium, t.number, t.title, t.credit, t.composers, t.state, c.isrc, \
     m.id, m.rate_hz, m.channels, m.bits, m.is_float, m.length_frames";

const TRACK_SOURCE: &str = "tracks t JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id";

/// Releases that an artist, `$3`, is credited on, as a whole or for a track.
const OF_ARTIST: &str = "SELECT release_id FROM release_artists WHERE artist_id = $3
     UNION SELECT t.release_id FROM track_artists a JOIN tracks t ON t.id = a.track_id
     WHERE a.artist_id = $3 AND t.state = 'on_sale'";

/// A release with its media and tracks, on sale or withdrawn.
pub(super) fn release(tx: &mut Tx, id: &str) -> Result<Option<Release>, DbError> {
    let sql = format!(
        "SELECT {CARD}, l.id, l.name, r.gtin, r.catalog_number, r.mbid, r.original_date, r.copyright, r.language,
                r.album_gain_cdb, r.album_peak_millionths, r.updated_us
         FROM releases r LEFT JOIN labels l ON l.id = r.label_id WHERE r.id = $1"
    );
    let Some(row) = tx.row(&sql, params![id])? else { return Ok(None) };
    let mut release = release_of(&row)?;
    let mut names = credits_of_release(tx, id)?;
    release.card.artists = names.remove("").unwrap_or_default();
    release.media = media(tx, id, release.card.on_sale, &mut names)?;
    release.genres = genres_of_release(tx, id)?;
    Ok(Some(release))
}

fn release_of(row: &Row) -> Result<Release, DbError> {
    let label = match (row.get::<Option<String>>(7)?, row.get::<Option<String>>(8)?) {
        (Some(id), Some(name)) => Some(Named { id, name }),
        _ => None,
    };
    Ok(Release {
        card: card_of(row)?,
        label,
        genres: Vec::new(),
        media: Vec::new(),
        gtin: row.get(9)?,
        catalog_number: row.get(10)?,
        mbid: row.get(11)?,
        original_date: row.get(12)?,
        copyright: row.get(13)?,
        language: row.get(14)?,
        album_gain_cdb: row.get(15)?,
        album_peak_millionths: row.get(16)?,
        updated_us: row.get(17)?,
    })
}

fn card_of(row: &Row) -> Result<ReleaseCard, DbError> {
    Ok(ReleaseCard {
        id: row.get(0)?,
        title: row.get(1)?,
        credit: row.get(2)?,
        artists: Vec::new(),
        date: row.get(3)?,
        cover: row.get(4)?,
        on_sale: row.get::<String>(5)? == "on_sale",
        created_us: row.get(6)?,
    })
}

/// Credits of a release (under "") and of its tracks (under their ids).
fn credits_of_release(tx: &mut Tx, id: &str) -> Result<HashMap<String, Vec<Credit>>, DbError> {
    let rows = tx.rows(
        "SELECT '' AS of_track, place, artist_id, name, join_phrase FROM release_artists WHERE release_id = $1
         UNION ALL
         SELECT a.track_id, a.place, a.artist_id, a.name, a.join_phrase
         FROM tracks t JOIN track_artists a ON a.track_id = t.id WHERE t.release_id = $1
         ORDER BY 1, 2",
        params![id],
    )?;
    gather_credits(&rows)
}

/// Rows of (owner, place, artist, name, join), in order of place.
fn gather_credits(rows: &[Row]) -> Result<HashMap<String, Vec<Credit>>, DbError> {
    let mut found: HashMap<String, Vec<Credit>> = HashMap::new();
    for row in rows {
        let credit = Credit { artist_id: row.get(2)?, name: row.get(3)?, join: row.get(4)? };
        found.entry(row.get(0)?).or_default().push(credit);
    }
    Ok(found)
}

/// Media with tracks. Of a release on sale only the tracks on sale; of a withdrawn one all.
fn media(
    tx: &mut Tx,
    release: &str,
    on_sale: bool,
    names: &mut HashMap<String, Vec<Credit>>,
) -> Result<Vec<Medium>, DbError> {
    let sql = format!(
        "SELECT {TRACK}, d.title FROM {TRACK_SOURCE}
         LEFT JOIN media d ON d.release_id = t.release_id AND d.number = t.medium
         WHERE t.release_id = $1 ORDER BY t.medium, t.number"
    );
    let mut media: Vec<Medium> = Vec::new();
    for row in tx.rows(&sql, params![release])? {
        let mut track = track_of(&row)?;
        if on_sale && !track.on_sale {
            continue;
        }
        track.artists = names.remove(&track.id).unwrap_or_default();
        match media.last_mut() {
            Some(medium) if medium.number == track.medium => medium.tracks.push(track),
            _ => media.push(Medium { number: track.medium, title: row.get(15)?, tracks: vec![track] }),
        }
    }
    Ok(media)
}

/// A track out of the columns `TRACK`, without its artists.
fn track_of(row: &Row) -> Result<Track, DbError> {
    Ok(Track {
        id: row.get(0)?,
        release_id: row.get(1)?,
        medium: row.get(2)?,
        number: row.get(3)?,
        title: row.get(4)?,
        credit: row.get(5)?,
        artists: Vec::new(),
        composers: composers_of(&row.get::<String>(6)?),
        isrc: row.get(8)?,
        master: master_of(row, 9)?,
        on_sale: row.get::<String>(7)? == "on_sale",
    })
}

/// The facts of a master out of id, rate, channels, bits, float, length from column `at` on.
pub(super) fn master_of(row: &Row, at: usize) -> Result<MasterFacts, DbError> {
    Ok(MasterFacts {
        id: row.get(at)?,
        rate_hz: row.get(at + 1)?,
        channels: row.get(at + 2)?,
        bits: row.get(at + 3)?,
        float: row.get(at + 4)?,
        length_frames: row.get(at + 5)?,
    })
}

fn genres_of_release(tx: &mut Tx, id: &str) -> Result<Vec<Named>, DbError> {
    let sql = "SELECT g.id, g.name FROM release_genres r JOIN genres g ON g.id = r.genre_id
               WHERE r.release_id = $1 ORDER BY r.place";
    tx.rows(sql, params![id])?.iter().map(named_of).collect()
}

fn named_of(row: &Row) -> Result<Named, DbError> {
    Ok(Named { id: row.get(0)?, name: row.get(1)? })
}

fn named_count_of(row: &Row) -> Result<NamedCount, DbError> {
    Ok(NamedCount { id: row.get(0)?, name: row.get(1)?, releases: row.get(2)? })
}

/// Tracks by id in the order of `ids`, with their releases; unknown ones are left out.
pub(super) fn tracks(tx: &mut Tx, ids: &[String]) -> Result<Vec<TrackPage>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = list(ids);
    let sql = format!("SELECT {TRACK} FROM {TRACK_SOURCE} WHERE t.id IN ({places})");
    let rows = tx.rows(&sql, &values)?;
    let mut found: Vec<Track> = rows.iter().map(track_of).collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT track_id, place, artist_id, name, join_phrase FROM track_artists WHERE track_id IN ({places})
         ORDER BY 1, 2"
    );
    let mut names = gather_credits(&tx.rows(&sql, &values)?)?;
    for track in &mut found {
        track.artists = names.remove(&track.id).unwrap_or_default();
    }
    let releases: Vec<String> = found.iter().map(|track| track.release_id.clone()).collect();
    let releases: HashMap<String, ReleaseCard> =
        cards(tx, &releases)?.into_iter().map(|card| (card.id.clone(), card)).collect();
    let mut found: HashMap<String, Track> = found.into_iter().map(|track| (track.id.clone(), track)).collect();
    let pages = ids.iter().filter_map(|id| {
        let track = found.remove(id)?;
        let release = releases.get(&track.release_id)?.clone();
        Some(TrackPage { track, release })
    });
    Ok(pages.collect())
}

/// Releases by id in the order of `ids`, on sale or not; unknown ones are left out.
pub(super) fn cards(tx: &mut Tx, ids: &[String]) -> Result<Vec<ReleaseCard>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = list(ids);
    let sql = format!("SELECT {CARD} FROM releases r WHERE r.id IN ({places})");
    let found = tx.rows(&sql, &values)?.iter().map(card_of).collect::<Result<Vec<_>, _>>()?;
    let found = with_credits(tx, found)?;
    let mut found: HashMap<String, ReleaseCard> = found.into_iter().map(|card| (card.id.clone(), card)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The masters of the tracks on sale of each of these releases.
pub(super) fn masters(tx: &mut Tx, ids: &[String]) -> Result<HashMap<String, Vec<MasterFacts>>, DbError> {
    let mut masters: HashMap<String, Vec<MasterFacts>> = HashMap::new();
    if ids.is_empty() {
        return Ok(masters);
    }
    let (places, values) = list(ids);
    let sql = format!(
        "SELECT t.release_id, m.id, m.rate_hz, m.channels, m.bits, m.is_float, m.length_frames FROM {TRACK_SOURCE}
         WHERE t.release_id IN ({places}) AND t.state = 'on_sale'"
    );
    for row in tx.rows(&sql, &values)? {
        masters.entry(row.get(0)?).or_default().push(master_of(&row, 1)?);
    }
    Ok(masters)
}

/// A page of releases on sale, newest first; `after` is the id of the last one seen.
pub(super) fn releases(
    tx: &mut Tx,
    filter: &ReleaseFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ReleaseCard>, DbError> {
    // CROSS: SQLite would look through all releases for those of a genre or an artist.
    let (from, of, id) = match filter {
        ReleaseFilter::All => ("releases r".to_owned(), "r.id < $1", None),
        ReleaseFilter::Genre(id) => return releases_tagged(tx, std::slice::from_ref(id), after, limit),
        ReleaseFilter::Label(id) => ("releases r".to_owned(), "r.label_id = $3 AND r.id < $1", Some(id)),
        ReleaseFilter::Artist(id) => {
            (format!("({OF_ARTIST}) x CROSS JOIN releases r"), "r.id = x.release_id AND r.id < $1", Some(id))
        }
    };
    let sql = format!("SELECT {CARD} FROM {from} WHERE r.state = 'on_sale' AND {of} ORDER BY r.id DESC LIMIT $2");
    let mut values = vec![Value::from(after.unwrap_or(AFTER_ALL_IDS)), Value::from(i64::from(limit) + 1)];
    values.extend(id.map(Value::from));
    let found = tx.rows(&sql, &values)?.iter().map(card_of).collect::<Result<Vec<_>, _>>()?;
    let page = Page::cut(found, limit, |card| card.id.clone());
    Ok(Page { items: with_credits(tx, page.items)?, next: page.next })
}

/// A page of releases on sale that have one of these tags, newest first. Of each tag only those are looked at that may stand on the
/// page: a genre of many tags and releases takes as long as a small one.
pub(super) fn releases_tagged(
    tx: &mut Tx,
    tags: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ReleaseCard>, DbError> {
    let wanted = limit as usize + 1;
    let mut newest = BTreeSet::new();
    for tag in tags {
        let from = if newest.len() == wanted { newest.first().cloned() } else { None };
        let rows = tx.rows(
            "SELECT x.release_id FROM release_genres x CROSS JOIN releases r
             WHERE r.id = x.release_id AND x.genre_id = $1 AND x.release_id < $2 AND x.release_id > $3 AND r.state = 'on_sale'
             ORDER BY x.release_id DESC LIMIT $4",
            params![tag, after.unwrap_or(AFTER_ALL_IDS), from.unwrap_or_default(), wanted as i64],
        )?;
        for row in &rows {
            newest.insert(row.get::<String>(0)?);
        }
        while newest.len() > wanted {
            newest.pop_first();
        }
    }
    let page = Page::cut(newest.into_iter().rev().collect(), limit, Clone::clone);
    Ok(Page { items: cards(tx, &page.items)?, next: page.next })
}

fn with_credits(tx: &mut Tx, mut cards: Vec<ReleaseCard>) -> Result<Vec<ReleaseCard>, DbError> {
    if cards.is_empty() {
        return Ok(cards);
    }
    let ids: Vec<String> = cards.iter().map(|card| card.id.clone()).collect();
    let (places, values) = list(&ids);
    let sql = format!(
        "SELECT release_id, place, artist_id, name, join_phrase FROM release_artists WHERE release_id IN ({places})
         ORDER BY 1, 2"
    );
    let mut names = gather_credits(&tx.rows(&sql, &values)?)?;
    for card in &mut cards {
        card.artists = names.remove(&card.id).unwrap_or_default();
    }
    Ok(cards)
}

/// `$1, $2, …` and the values that belong there.
fn list(ids: &[String]) -> (String, Vec<Value>) {
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    (places.join(", "), ids.iter().map(Value::from).collect())
}

/// Artists by id, unknown ones left out.
pub(super) fn artists(tx: &mut Tx, ids: &[String]) -> Result<Vec<Artist>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = list(ids);
    let rows = tx.rows(&format!("SELECT id, name, sort_name, mbid FROM artists WHERE id IN ({places})"), &values)?;
    let artist =
        |row: &Row| Ok(Artist { id: row.get(0)?, name: row.get(1)?, sort_name: row.get(2)?, mbid: row.get(3)? });
    rows.iter().map(artist).collect()
}

/// Genres with something on sale, the fullest first: a release counts once in each genre that one of its tags is within. Read in
/// parts, since there may be many.
pub(super) fn genres(tx: &mut Tx, tree: &GenreTree, limit: u32) -> Result<Vec<GenreCount>, DbError> {
    let (mut counts, mut tagged) = (HashMap::<String, u64>::new(), HashMap::<String, Vec<String>>::new());
    let (mut last, mut counted) = ((String::new(), String::new()), HashSet::<String>::new());
    loop {
        let rows = tx.rows(
            "SELECT x.release_id, x.genre_id FROM release_genres x CROSS JOIN releases r
             WHERE r.id = x.release_id AND r.state = 'on_sale' AND (x.release_id, x.genre_id) > ($1, $2)
             ORDER BY x.release_id, x.genre_id LIMIT $3",
            params![&last.0, &last.1, TAGS_AT_ONCE],
        )?;
        for row in &rows {
            let (release, tag): (String, String) = (row.get(0)?, row.get(1)?);
            if release != last.0 {
                counted.clear();
            }
            for id in tagged.entry(tag.clone()).or_insert_with(|| tree.counted_as(&tag)) {
                if !counted.contains(id.as_str()) {
                    counted.insert(id.clone());
                    *counts.entry(id.clone()).or_default() += 1;
                }
            }
            last = (release, tag);
        }
        if (rows.len() as i64) < TAGS_AT_ONCE {
            return fullest(tx, tree, counts, limit);
        }
    }
}

fn fullest(
    tx: &mut Tx,
    tree: &GenreTree,
    counts: HashMap<String, u64>,
    limit: u32,
) -> Result<Vec<GenreCount>, DbError> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(limit as usize);
    let others: Vec<String> = counts.iter().map(|(id, _)| id).filter(|id| tree.find(id).is_none()).cloned().collect();
    let mut names = names(tx, "SELECT id, name FROM genres WHERE id IN", &others)?;
    let genre = |(id, releases): (String, u64)| {
        let other = names.remove(&id).map(|name| Genre::of_tag(id.clone(), name));
        Some(GenreCount { genre: tree.find(&id).cloned().or(other)?, releases })
    };
    Ok(counts.into_iter().filter_map(genre).collect())
}

/// A page of labels with something on sale, by name; `after` is the name key of the last one seen.
pub(super) fn labels(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<NamedCount>, DbError> {
    let sql = "SELECT l.id, l.name,
                   (SELECT count(*) FROM releases r WHERE r.label_id = l.id AND r.state = 'on_sale'), l.name_key
               FROM labels l WHERE l.name_key > $1
                   AND EXISTS (SELECT 1 FROM releases r WHERE r.label_id = l.id AND r.state = 'on_sale')
               ORDER BY l.name_key LIMIT $2";
    let rows = tx.rows(sql, params![after.unwrap_or(""), i64::from(limit) + 1])?;
    let found = rows.iter().map(|row| Ok((named_count_of(row)?, row.get::<String>(3)?)));
    let found = found.collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(found, limit, |(_, key)| key.clone()).map(|(label, _)| label))
}

/// A label by id.
pub(super) fn label(tx: &mut Tx, id: &str) -> Result<Option<Named>, DbError> {
    tx.row("SELECT id, name FROM labels WHERE id = $1", params![id])?.as_ref().map(named_of).transpose()
}

/// How much is on sale.
pub(super) fn totals(tx: &mut Tx) -> Result<Totals, DbError> {
    let sql = "SELECT (SELECT count(*) FROM releases WHERE state = 'on_sale'),
                      (SELECT count(*) FROM tracks t JOIN releases r ON r.id = t.release_id
                       WHERE t.state = 'on_sale' AND r.state = 'on_sale')";
    match tx.row(sql, &[])? {
        Some(row) => Ok(Totals { releases: row.get(0)?, tracks: row.get(1)? }),
        None => Ok(Totals::default()),
    }
}

/// The names of genres or labels by their ids; unknown ones are left out.
pub(super) fn names(tx: &mut Tx, sql: &str, ids: &[String]) -> Result<HashMap<String, String>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (places, values) = list(ids);
    let rows = tx.rows(&format!("{sql} ({places})"), &values)?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
