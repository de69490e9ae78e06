//! Wish lists: releases that somebody means to buy. Owner of the table `wishes`.

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::params;

/// Releases on one wish list.
pub const MAX_WISHES: i64 = 500;

/// Why a wish was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WishError {
    /// There is no such release on sale.
    #[error("there is no such release on sale")]
    Unknown,
    /// The list is full.
    #[error("a wish list holds {MAX_WISHES} releases")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The wish lists. Cheap to clone.
#[derive(Clone)]
pub struct Wishes {
    db: Db,
    clock: Clock,
}

impl Wishes {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> Wishes {
        Wishes { db, clock }
    }

    /// Releases that somebody wishes for, the latest wish first: all of them, since a list is short.
    pub async fn of(&self, user: &str) -> Result<Vec<String>, DbError> {
        let user = user.to_owned();
        self.db
            .look(move |tx| {
                let sql = "SELECT release_id FROM wishes WHERE user_id = $1 ORDER BY at_us DESC, release_id LIMIT $2";
                tx.rows(sql, params![&user, MAX_WISHES])?.iter().map(|row| row.get(0)).collect()
            })
            .await
    }

    /// Whether somebody wishes for a release.
    pub async fn has(&self, user: &str, release: &str) -> Result<bool, DbError> {
        let (user, release) = (user.to_owned(), release.to_owned());
        self.db
            .look(move |tx| {
                let sql = "SELECT 1 FROM wishes WHERE user_id = $1 AND release_id = $2";
                Ok(tx.row(sql, params![&user, &release])?.is_some())
            })
            .await
    }

    /// Wishes for a release; a second time changes nothing.
    pub async fn add(&self, user: &str, release: &str) -> Result<(), WishError> {
        let (user, release, now_us) = (user.to_owned(), release.to_owned(), self.clock.now_us());
        self.db
            .write(move |tx| {
                let sql = "SELECT 1 FROM releases WHERE id = $1 AND state = 'on_sale'";
                tx.row(sql, params![&release])?.ok_or(WishError::Unknown)?;
                let row = tx.row("SELECT count(*) FROM wishes WHERE user_id = $1", params![&user])?;
                if row.map_or(Ok(0), |row| row.get::<i64>(0))? >= MAX_WISHES {
                    return Err(WishError::Full);
                }
                tx.execute(
                    "INSERT INTO wishes (user_id, release_id, at_us) VALUES ($1, $2, $3)
                     ON CONFLICT (user_id, release_id) DO NOTHING",
                    params![&user, &release, now_us],
                )?;
                Ok(())
            })
            .await
    }

    /// Takes a wish back; says whether there was one.
    pub async fn remove(&self, user: &str, release: &str) -> Result<bool, DbError> {
        let (user, release) = (user.to_owned(), release.to_owned());
        self.db
            .write(move |tx| {
                let sql = "DELETE FROM wishes WHERE user_id = $1 AND release_id = $2";
                Ok(tx.execute(sql, params![&user, &release])? > 0)
            })
            .await
    }
}

/// Forgets somebody's wishes.
pub(crate) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM wishes WHERE user_id = $1", params![user_id]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    #[test]
    fn a_wish_is_kept_once_until_it_is_taken_back() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                shop.wishes.add("a", "r").await.unwrap();
                shop.wishes.add("a", "r").await.unwrap();
                assert_eq!(shop.wishes.of("a").await.unwrap(), ["r"]);
                assert!(shop.wishes.has("a", "r").await.unwrap() && !shop.wishes.has("b", "r").await.unwrap());
                assert!(matches!(shop.wishes.add("a", "none").await, Err(WishError::Unknown)));
                assert!(shop.wishes.remove("a", "r").await.unwrap() && !shop.wishes.remove("a", "r").await.unwrap());
            });
        });
    }
}
