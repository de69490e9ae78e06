//! What was bought together: for each release the others that its buyers own too, counted from orders now and then by whichever
//! node's turn it is. Owner of the tables `bought_together` and `bought_together_counted`. Pages only read the outcome.

use std::collections::HashMap;

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::params;

/// How often it is counted.
pub const EVERY_US: i64 = 3_600_000_000;
/// Others that are kept for a release.
pub const MAX_OTHERS: usize = 12;
/// Buyers in common from which on two releases count as bought together.
pub const MIN_BUYERS: u32 = 2;
/// Releases of one buyer that count: his latest.
const RELEASES_OF_A_BUYER: usize = 50;
/// Buyers read at once.
const BUYERS_AT_ONCE: i64 = 500;
/// Pairs held at once; beyond it what was seen once is forgotten.
const MAX_PAIRS: usize = 4_000_000;
/// Rows written in one transaction.
const ROWS_AT_ONCE: usize = 500;

/// What is bought together. Cheap to clone.
#[derive(Clone)]
pub struct Together {
    db: Db,
    clock: Clock,
}

type Pairs = HashMap<(u32, u32), u32>;

impl Together {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> Together {
        Together { db, clock }
    }

    /// Releases on sale that buyers of this one own too, those with most buyers first.
    pub async fn with(&self, release: &str) -> Result<Vec<String>, DbError> {
        let release = release.to_owned();
        self.db
            .look(move |tx| {
                let rows = tx.rows(
                    // CROSS: SQLite would begin with all releases that are on sale.
                    "SELECT b.other_id FROM bought_together b CROSS JOIN releases r
                     WHERE r.id = b.other_id AND b.release_id = $1 AND r.state = 'on_sale' ORDER BY b.buyers DESC, b.other_id DESC LIMIT $2",
                    params![&release, MAX_OTHERS as i64],
                )?;
                rows.iter().map(|row| row.get(0)).collect()
            })
            .await
    }

    /// Counts, if an hour has gone by and no other node does it; says whether it did.
    pub async fn count_if_due(&self) -> Result<bool, DbError> {
        let now_us = self.clock.now_us();
        let claimed = self
            .db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "UPDATE bought_together_counted SET counted_us = $1 WHERE name = 'all' AND counted_us <= $2",
                    params![now_us, now_us - EVERY_US],
                )
            })
            .await?;
        if claimed == 0 {
            return Ok(false);
        }
        self.count().await?;
        Ok(true)
    }

    async fn count(&self) -> Result<(), DbError> {
        let (mut ids, mut pairs) = (Ids::default(), Pairs::new());
        let mut after = String::new();
        loop {
            let from = after.clone();
            let bought = self.db.look(move |tx| bought(tx, &from)).await?;
            let Some((last, _)) = bought.last() else { break };
            after.clone_from(last);
            for (_, releases) in &bought {
                add(&mut pairs, &releases.iter().map(|id| ids.number(id)).collect::<Vec<_>>());
            }
            if pairs.len() > MAX_PAIRS {
                pairs.retain(|_, buyers| *buyers > 1);
            }
        }
        self.keep(best(&ids, pairs)).await
    }

    /// Writes what was counted release by release, and drops what no longer is.
    async fn keep(&self, best: Vec<(String, Vec<(String, u32)>)>) -> Result<(), DbError> {
        let mut batch = Vec::new();
        let mut rows = 0;
        let mut from = String::new();
        for (release, others) in best {
            rows += others.len();
            batch.push((release, others));
            if rows >= ROWS_AT_ONCE {
                from = self.replace(from, std::mem::take(&mut batch), false).await?;
                rows = 0;
            }
        }
        self.replace(from, batch, true).await.map(drop)
    }

    /// Replaces everything after `from` up to the last release of the batch, or up to the end.
    async fn replace(
        &self,
        from: String,
        batch: Vec<(String, Vec<(String, u32)>)>,
        is_last: bool,
    ) -> Result<String, DbError> {
        let until = batch.last().map_or_else(|| from.clone(), |(release, _)| release.clone());
        let told = until.clone();
        self.db
            .write::<_, DbError>(move |tx| {
                let end = if is_last { "~" } else { until.as_str() };
                let sql = "DELETE FROM bought_together WHERE release_id > $1 AND release_id <= $2";
                tx.execute(sql, params![&from, end])?;
                for (release, others) in &batch {
                    for (other, buyers) in others {
                        tx.execute(
                            "INSERT INTO bought_together (release_id, other_id, buyers) VALUES ($1, $2, $3)",
                            params![release, other, *buyers],
                        )?;
                    }
                }
                Ok(())
            })
            .await?;
        Ok(told)
    }
}

/// Numbers for ids: pairs of them take an eighth of the space.
#[derive(Default)]
struct Ids {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Ids {
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(id.to_owned());
        self.numbers.insert(id.to_owned(), number);
        number
    }
}

/// The next buyers with what they own: the latest releases of each, each once.
fn bought(tx: &mut Tx, after: &str) -> Result<Vec<(String, Vec<String>)>, DbError> {
    let rows = tx.rows(
        "SELECT e.user_id, t.release_id FROM entitlements e JOIN tracks t ON t.id = e.track_id
         WHERE e.revoked_us IS NULL AND e.user_id > $1 AND e.user_id <= (SELECT COALESCE(MAX(u.id), '') FROM
             (SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2) u)
         GROUP BY e.user_id, t.release_id ORDER BY e.user_id, MAX(e.granted_us) DESC, t.release_id",
        params![after, BUYERS_AT_ONCE],
    )?;
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for row in &rows {
        let (user, release): (String, String) = (row.get(0)?, row.get(1)?);
        match found.last_mut() {
            Some((last, releases)) if *last == user => {
                if releases.len() < RELEASES_OF_A_BUYER {
                    releases.push(release);
                }
            }
            _ => found.push((user, vec![release])),
        }
    }
    // The last of these users may own nothing: the walk goes on behind him all the same.
    let sql = "SELECT MAX(u.id) FROM (SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2) u";
    let last: Option<String> = tx.row(sql, params![after, BUYERS_AT_ONCE])?.map_or(Ok(None), |row: Row| row.get(0))?;
    if let Some(last) = last.filter(|last| found.last().is_none_or(|(user, _)| user != last)) {
        found.push((last, Vec::new()));
    }
    Ok(found)
}

fn add(pairs: &mut Pairs, releases: &[u32]) {
    for (n, one) in releases.iter().enumerate() {
        for other in &releases[n + 1..] {
            *pairs.entry((*one.min(other), *one.max(other))).or_default() += 1;
        }
    }
}

/// For each release, by id, the others with most buyers in common.
fn best(ids: &Ids, pairs: Pairs) -> Vec<(String, Vec<(String, u32)>)> {
    let mut others: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
    for ((one, other), buyers) in pairs.into_iter().filter(|(_, buyers)| *buyers >= MIN_BUYERS) {
        others.entry(one).or_default().push((buyers, other));
        others.entry(other).or_default().push((buyers, one));
    }
    let name = |number: u32| ids.names[number as usize].clone();
    let mut best: Vec<(String, Vec<(String, u32)>)> = others
        .into_iter()
        .map(|(release, mut others)| {
            others.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| name(b.1).cmp(&name(a.1))));
            others.truncate(MAX_OTHERS);
            (name(release), others.into_iter().map(|(buyers, other)| (name(other), buyers)).collect())
        })
        .collect();
    best.sort();
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    #[test]
    fn the_best_are_those_with_most_buyers_and_one_buyer_is_none() {
        let mut ids = Ids::default();
        let mut pairs = Pairs::new();
        for basket in [["a", "b", "c"], ["a", "b", "d"], ["a", "c", "b"]] {
            add(&mut pairs, &basket.map(|id| ids.number(id)));
        }
        let best = best(&ids, pairs);
        let of = |id: &str| best.iter().find(|(release, _)| release == id).map(|(_, others)| others.clone());
        assert_eq!(of("a").unwrap(), [("b".to_owned(), 3), ("c".to_owned(), 2)]);
        assert_eq!(of("d"), None);
    }

    #[test]
    fn it_is_counted_once_an_hour_from_what_people_own() {
        on_both_engines(|db, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                shop.db
                    .write::<_, DbError>(|tx| {
                        tx.execute(
                            "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
                             VALUES ('s', 's', 'S', 'C', 'on_sale', 0, 0)",
                            &[],
                        )?;
                        tx.execute("UPDATE tracks SET release_id = 's' WHERE id = 't3'", &[])
                    })
                    .await
                    .unwrap();
                for user in ["a", "b"] {
                    let code = shop.vouchers.create(money::Micros(90_000_000), 1).await.unwrap().remove(0);
                    let home = std::net::IpAddr::from([127, 0, 0, 1]);
                    shop.redemptions.redeem(user, home, &code, None).await.unwrap();
                    let items = ["t1", "t3"].map(|track| crate::orders::Item::Track(track.into()));
                    let wish = crate::orders::Wish::new(items.into(), "wav:pcm:16".parse().unwrap());
                    shop.orders.place_wish(user, "key", wish).await.unwrap();
                }
                let (clock, hand) = Clock::by_hand(10 * EVERY_US);
                let together = Together::new(db, clock);
                assert!(together.count_if_due().await.unwrap() && !together.count_if_due().await.unwrap());
                assert_eq!(together.with("r").await.unwrap(), ["s"]);
                assert_eq!(together.with("s").await.unwrap(), ["r"]);
                hand.advance(std::time::Duration::from_secs(3_601));
                assert!(together.count_if_due().await.unwrap(), "again after an hour, to the same end");
                assert_eq!(together.with("r").await.unwrap(), ["s"]);
            });
        });
    }
}
