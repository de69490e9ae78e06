//! In which classes of formats a release is sold: in all, unless an operator says otherwise. Owner of the table
//! `release_formats`. No prices.

use std::collections::{BTreeSet, HashMap};

use audio::codec::Class;
use audio::format::FormatInfo;
use audio::pcm::StreamInfo;

use crate::catalog::Release;
use crate::db::{Db, DbError, Row, Tx, list_of, list_sql};
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
    let ids: Vec<&str> = releases.iter().copied().collect();
    for ids in ids.chunks(RELEASES_AT_ONCE) {
        let sql = format!("SELECT {COLUMNS} FROM release_formats WHERE release_id IN ({})", list_sql(ids.len()));
        for row in tx.rows(&sql, &list_of(ids))? {
            let formats = row_of(&row)?;
            classes.insert(formats.release_id, formats.classes);
        }
    }
    Ok(classes)
}

/// The same outside of a transaction.
pub async fn classes(db: &Db, release_id: &str) -> Result<Vec<Class>, DbError> {
    let release = release_id.to_owned();
    let mut classes = db.read(move |tx| classes_of(tx, &BTreeSet::from([release.as_str()]))).await?;
    Ok(classes.remove(release_id).unwrap_or_default())
}

/// The formats that a release is sold in: every one of which no track's copy would be of another class.
pub fn formats_of(release: &Release, classes: &[Class]) -> Vec<FormatInfo> {
    let all = audio::format::all();
    if classes.len() == CLASSES.len() {
        return all;
    }
    let mut specs: Vec<StreamInfo> = Vec::new();
    for track in release.tracks() {
        let stream = StreamInfo { spec: track.master.spec(), length_frames: track.master.length_frames, md5: [0; 16] };
        if !specs.iter().any(|known| known.spec == stream.spec) {
            specs.push(stream);
        }
    }
    // What fits no master is refused for that reason, elsewhere.
    let is_sold = |info: &FormatInfo| {
        let plans = specs.iter().filter_map(|stream| audio::encode::plan(info.format, stream).ok());
        let made: Vec<Class> = plans.map(|plan| plan.class).collect();
        if made.is_empty() { classes.contains(&info.class) } else { made.iter().all(|class| classes.contains(class)) }
    };
    all.into_iter().filter(is_sold).collect()
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
