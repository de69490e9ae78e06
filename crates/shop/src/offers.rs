//! In which classes of formats a release is sold: in all, unless an operator says otherwise. Owner of the table
//! `release_formats`. No prices.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use audio::codec::Class;
use audio::format::{Format, FormatInfo};
use audio::pcm::{Spec, StreamInfo};

use crate::catalog::{MasterFacts, Release};
use crate::db::{Db, DbError, Query, Row, Tx, list_of, list_sql};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::params;
use crate::tariffs::floors::exists;

/// Every class there is.
pub const CLASSES: [Class; 3] = [Class::Lossy, Class::Lossless, Class::Hires];

/// What a release is sold in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFormats {
    /// The operator's name for it.
    pub id: String,
    /// The release's id.
    pub release_id: String,
    /// At least one.
    pub classes: Vec<Class>,
}

/// Releases that one statement asks for.
const RELEASES_AT_ONCE: usize = 64;

const COLUMNS: &str = "id, release_id, lossy, lossless, hires";

/// All of them by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ReleaseFormats>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM release_formats WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let all = rows.iter().map(row_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(all, limit, |formats| formats.id.clone()))
}

/// One of them.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<ReleaseFormats>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM release_formats WHERE id = $1");
    tx.row(&sql, params![id])?.as_ref().map(row_of).transpose()
}

/// The classes that releases are sold in, by the releases' ids.
pub(crate) fn classes_of(tx: &mut Tx, releases: &BTreeSet<&str>) -> Result<HashMap<String, Vec<Class>>, DbError> {
    let mut classes: HashMap<String, Vec<Class>> =
        releases.iter().map(|id| ((*id).to_owned(), CLASSES.to_vec())).collect();
    for query in classes_queries(releases) {
        for row in tx.ask(&query)?.iter() {
            let formats = row_of(row)?;
            classes.insert(formats.release_id, formats.classes);
        }
    }
    Ok(classes)
}

/// What [`classes_of`] asks for.
pub(crate) fn classes_queries(releases: &BTreeSet<&str>) -> Vec<Query> {
    let query = |ids: &[&str]| {
        let sql = format!("SELECT {COLUMNS} FROM release_formats WHERE release_id IN ({})", list_sql(ids.len()));
        Query::new(sql, &list_of(ids))
    };
    let ids: Vec<&str> = releases.iter().copied().collect();
    ids.chunks(RELEASES_AT_ONCE).map(query).collect()
}

/// The same outside of a transaction.
pub async fn classes(db: &Db, release_id: &str) -> Result<Vec<Class>, DbError> {
    Ok(classes_by_id(db, vec![release_id.to_owned()]).await?.remove(release_id).unwrap_or_default())
}

/// The same of several releases, by their ids.
pub async fn classes_by_id(db: &Db, releases: Vec<String>) -> Result<HashMap<String, Vec<Class>>, DbError> {
    db.read(move |tx| classes_of(tx, &releases.iter().map(String::as_str).collect())).await
}

/// The formats that a release is sold in: every one that at least one of its masters fits, and in which no track's copy
/// would be of a class that it is not sold in.
pub fn formats_of(release: &Release, classes: &[Class]) -> Vec<FormatInfo> {
    formats_of_masters(release.tracks().map(|track| &track.master), classes)
}

/// The same of some masters of one release.
pub fn formats_of_masters<'a>(masters: impl Iterator<Item = &'a MasterFacts>, classes: &[Class]) -> Vec<FormatInfo> {
    let mut specs: Vec<Spec> = Vec::new();
    for master in masters {
        if !specs.contains(&master.spec()) {
            specs.push(master.spec());
        }
    }
    let fitting: Vec<Arc<Vec<Fitting>>> = specs.into_iter().map(fitting).collect();
    let is_sold = |info: &FormatInfo| {
        let of_format = |fitting: &Arc<Vec<Fitting>>| fitting.iter().find(|one| one.0 == info.format).map(|one| one.1);
        let mut made = fitting.iter().filter_map(of_format).peekable();
        made.peek().is_some() && made.all(|class| classes.contains(&class))
    };
    audio::format::all().into_iter().filter(is_sold).collect()
}

/// Whether a track of a release that is sold in these classes can be had in a format.
pub fn fits(master: &MasterFacts, format: Format, classes: &[Class]) -> bool {
    let stream = StreamInfo { spec: master.spec(), length_frames: master.length_frames, md5: [0; 16] };
    audio::encode::plan(format, &stream).is_ok_and(|plan| classes.contains(&plan.class))
}

/// A format, and the class that a copy in it is of.
type Fitting = (Format, Class);

/// Kinds of masters that are remembered: more than a catalogue of sane files has.
const MAX_KNOWN_SPECS: usize = 200;

/// The formats that a master of this shape fits. To try each of them takes longer than the rest of a page.
fn fitting(spec: Spec) -> Arc<Vec<Fitting>> {
    static KNOWN: LazyLock<Mutex<HashMap<Spec, Arc<Vec<Fitting>>>>> = LazyLock::new(Mutex::default);
    let known = |of: &HashMap<Spec, Arc<Vec<Fitting>>>| of.get(&spec).cloned();
    if let Some(known) = known(&KNOWN.lock().unwrap_or_else(PoisonError::into_inner)) {
        return known;
    }
    // Of a second: how long a master is decides nothing, as long as it is not empty.
    let stream = StreamInfo { spec, length_frames: u64::from(spec.rate_hz), md5: [0; 16] };
    let plan = |info: FormatInfo| audio::encode::plan(info.format, &stream).ok().map(|plan| (info.format, plan.class));
    let found = Arc::new(audio::format::all().into_iter().filter_map(plan).collect::<Vec<_>>());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MAX_KNOWN_SPECS {
        known.clear();
    }
    known.insert(spec, found.clone());
    found
}

/// Makes one, or replaces the one of its id. What was bought before stays.
pub fn put(tx: &mut Tx, formats: &ReleaseFormats) -> Result<(), Refused> {
    check_id(&formats.id)?;
    exists(tx, "release", "releases", &formats.release_id)?;
    if formats.classes.is_empty() {
        return Err(Refused::field("classes", "name one class at least; to sell nothing, withdraw the release"));
    }
    let other = tx.row(
        "SELECT id FROM release_formats WHERE release_id = $1 AND id <> $2",
        params![&formats.release_id, &formats.id],
    )?;
    if let Some(other) = other {
        return Err(Refused::conflict("release", format!("{:?} is for this release already", other.get::<String>(0)?)));
    }
    let [lossy, lossless, hires] = CLASSES.map(|class| i64::from(formats.classes.contains(&class)));
    tx.execute(
        "INSERT INTO release_formats (id, release_id, lossy, lossless, hires) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET release_id = excluded.release_id, lossy = excluded.lossy,
             lossless = excluded.lossless, hires = excluded.hires",
        params![&formats.id, &formats.release_id, lossy, lossless, hires],
    )?;
    Ok(())
}

/// Sells the release in all classes again; says whether it was not.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM release_formats WHERE id = $1", params![id])? > 0)
}

fn row_of(row: &Row) -> Result<ReleaseFormats, DbError> {
    let sold = [row.get::<i64>(2)?, row.get(3)?, row.get(4)?];
    let classes = CLASSES.into_iter().zip(sold).filter(|(_, sold)| *sold != 0).map(|(class, _)| class).collect();
    Ok(ReleaseFormats { id: row.get(0)?, release_id: row.get(1)?, classes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{Item, OrderError};
    use crate::test_support::{TestShop, block_on, on_both_engines};

    #[test]
    fn a_release_is_quoted_only_in_the_classes_that_it_is_sold_in() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                let quote =
                    async |item: Item, format: &str| shop.orders.quote(vec![item], format.parse().unwrap()).await;
                let (release, track) = (Item::Release("r".into()), Item::Track("t1".into()));
                let lossy = ReleaseFormats { id: "r".into(), release_id: "r".into(), classes: vec![Class::Lossy] };
                shop.db.write(move |tx| put(tx, &lossy)).await.unwrap();
                for item in [release.clone(), track] {
                    assert!(quote(item.clone(), "mp3:cbr:320").await.is_ok());
                    let refused = quote(item, "flac:lossless:5").await;
                    assert!(matches!(refused, Err(OrderError::DoesNotFit { why, .. }) if why.contains("lossless")));
                }
                let whole = shop.catalog.release("r").await.unwrap().unwrap();
                let sold = formats_of(&whole, &classes(&shop.db, "r").await.unwrap());
                assert!(!sold.is_empty() && sold.iter().all(|info| info.class == Class::Lossy));
                shop.db.write(|tx| remove(tx, "r")).await.unwrap();
                assert!(quote(release, "flac:lossless:5").await.is_ok());
            });
        });
    }

    #[test]
    fn what_fits_no_master_of_a_release_is_not_offered_and_what_fits_some_is() {
        let master = |bits| MasterFacts {
            id: String::new(),
            rate_hz: 44_100,
            channels: 2,
            bits,
            float: false,
            length_frames: 441_000,
        };
        let (cd, better) = (master(16), master(24));
        let wav: Format = "wav:pcm:24".parse().unwrap();
        let offers = |masters: &[&MasterFacts]| {
            formats_of_masters(masters.iter().copied(), &CLASSES).iter().any(|info| info.format == wav)
        };
        assert!(!offers(&[&cd]) && offers(&[&cd, &better]));
        assert!(!fits(&cd, wav, &CLASSES) && fits(&better, wav, &CLASSES) && !fits(&better, wav, &[Class::Lossy]));
        let sold = formats_of_masters([&cd].into_iter(), &CLASSES);
        assert!(sold.len() > 20 && sold.iter().all(|info| fits(&cd, info.format, &CLASSES)), "all that is left fits");
    }

    #[test]
    fn no_class_at_all_and_two_words_on_one_release_are_refused() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                let put = async |id: &str, release: &str, classes: &[Class]| {
                    let formats =
                        ReleaseFormats { id: id.into(), release_id: release.into(), classes: classes.to_vec() };
                    shop.db.write(move |tx| put(tx, &formats)).await
                };
                assert!(matches!(put("a", "r", &[]).await, Err(Refused::Field { field, .. }) if field == "classes"));
                assert!(
                    matches!(put("a", "x", &CLASSES).await, Err(Refused::Field { field, .. }) if field == "release")
                );
                put("a", "r", &[Class::Lossy]).await.unwrap();
                assert!(
                    matches!(put("b", "r", &CLASSES).await, Err(Refused::Conflict { field, .. }) if field == "release")
                );
            });
        });
    }
}
