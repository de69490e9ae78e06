//! What the editors pick: releases in an order of their own, each with a line or two. Owner of the table `picks`.

use std::collections::BTreeMap;

use crate::db::{Db, DbError, Row, Tx};
use crate::declared::{Refused, check_id, check_words, kept_words, words_of};
use crate::page::Page;
use crate::{params, storefronts};

/// Characters of what is said of a pick.
pub const MAX_WORDS_CHARS: usize = 500;
/// Picks that are shown.
pub const MAX_SHOWN: u32 = 60;
/// The highest place.
pub const MAX_PLACE: i64 = 1_000_000;

/// A pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// The operator's name for it.
    pub id: String,
    /// Where it is shown.
    pub storefront: String,
    /// What is picked.
    pub release_id: String,
    /// The lower the earlier it stands.
    pub place: i64,
    /// Plain words by language; may be empty.
    pub words: BTreeMap<String, String>,
}

/// Reads picks. Cheap to clone.
#[derive(Clone)]
pub struct Picks {
    db: Db,
}

impl Picks {
    /// Over this database.
    pub fn new(db: Db) -> Picks {
        Picks { db }
    }

    /// Picks of a storefront that are on sale, in their order.
    pub async fn shown(&self, storefront: &str, limit: u32) -> Result<Vec<Pick>, DbError> {
        let storefront = storefront.to_owned();
        self.db
            .look(move |tx| {
                // CROSS: SQLite would look through all releases on sale.
                let sql = "SELECT p.id, p.storefront, p.release_id, p.place, p.words FROM picks p CROSS JOIN releases r
                     WHERE r.id = p.release_id AND p.storefront = $1 AND r.state = 'on_sale' ORDER BY p.place, p.id LIMIT $2";
                tx.rows(sql, params![&storefront, limit.min(MAX_SHOWN)])?.iter().map(of_row).collect()
            })
            .await
    }
}

const COLUMNS: &str = "id, storefront, release_id, place, words";

fn of_row(row: &Row) -> Result<Pick, DbError> {
    Ok(Pick {
        id: row.get(0)?,
        storefront: row.get(1)?,
        release_id: row.get(2)?,
        place: row.get(3)?,
        words: words_of(&row.get::<String>(4)?)?,
    })
}

/// Picks by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Pick>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM picks WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let picks = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(picks, limit, |pick| pick.id.clone()))
}

/// One pick.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Pick>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM picks WHERE id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Makes a pick or replaces the one of this id.
pub fn put(tx: &mut Tx, pick: &Pick, now_us: i64) -> Result<(), Refused> {
    check_id(&pick.id)?;
    if !pick.words.is_empty() {
        check_words("words", &pick.words, MAX_WORDS_CHARS)?;
    }
    if !(0..=MAX_PLACE).contains(&pick.place) {
        return Err(Refused::field("place", format!("a place is a number from 0 to {MAX_PLACE}")));
    }
    if storefronts::get(tx, &pick.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", pick.storefront)));
    }
    if tx.row("SELECT 1 FROM releases WHERE id = $1", params![&pick.release_id])?.is_none() {
        return Err(Refused::field("release", format!("there is no release {:?}", pick.release_id)));
    }
    let sql = "SELECT id FROM picks WHERE storefront = $1 AND release_id = $2 AND id <> $3";
    if let Some(other) = tx.row(sql, params![&pick.storefront, &pick.release_id, &pick.id])? {
        return Err(Refused::conflict("release", format!("it is picked as {:?} already", other.get::<String>(0)?)));
    }
    tx.execute(
        "INSERT INTO picks (id, storefront, release_id, place, words, updated_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, release_id = excluded.release_id,
             place = excluded.place, words = excluded.words, updated_us = excluded.updated_us",
        params![&pick.id, &pick.storefront, &pick.release_id, pick.place, kept_words(&pick.words)?, now_us],
    )?;
    Ok(())
}

/// Removes a pick; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM picks WHERE id = $1", params![id])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefronts::MAIN;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    #[test]
    fn a_pick_is_shown_while_its_release_is_on_sale_and_stands_once() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                let pick = |id: &str| Pick {
                    id: id.to_owned(),
                    storefront: MAIN.to_owned(),
                    release_id: "r".to_owned(),
                    place: 1,
                    words: BTreeMap::new(),
                };
                let first = pick("one");
                shop.db.write(move |tx| put(tx, &first, 0)).await.unwrap();
                let second = pick("two");
                let refused = shop.db.write(move |tx| put(tx, &second, 0)).await.unwrap_err();
                assert!(matches!(&refused, Refused::Conflict { field, .. } if field == "release"), "{refused}");
                assert_eq!(shop.picks.shown(MAIN, 9).await.unwrap().len(), 1);
                shop.catalog.withdraw("r").await.unwrap();
                assert_eq!(shop.picks.shown(MAIN, 9).await.unwrap(), []);
            });
        });
    }
}
