//! The catalogue in outline, for machines that want to know every page there is: ids in order, in parts. Finding where the
//! parts begin walks an index; nothing is counted.

use super::Catalog;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// What has a page each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outline {
    /// Releases on sale.
    Releases,
    /// Artists with a release on sale.
    Artists,
    /// Labels with a release on sale.
    Labels,
}

impl Outline {
    /// All of them.
    pub const ALL: [Outline; 3] = [Outline::Releases, Outline::Artists, Outline::Labels];

    /// As addresses write it.
    pub fn name(self) -> &'static str {
        match self {
            Outline::Releases => "releases",
            Outline::Artists => "artists",
            Outline::Labels => "labels",
        }
    }

    /// The rows that parts are cut of: an index has them in order.
    fn all(self) -> &'static str {
        match self {
            Outline::Releases => "releases o WHERE o.state = 'on_sale' AND",
            Outline::Artists => "artists o WHERE",
            Outline::Labels => "labels o WHERE",
        }
    }

    /// When a page changed last, and whether there is something to see.
    fn seen(self) -> (&'static str, &'static str) {
        match self {
            Outline::Releases => ("o.updated_us", ""),
            Outline::Artists => (
                "o.created_us",
                "AND EXISTS (SELECT 1 FROM release_artists x JOIN releases r ON r.id = x.release_id
                             WHERE x.artist_id = o.id AND r.state = 'on_sale')",
            ),
            Outline::Labels => (
                "o.created_us",
                "AND EXISTS (SELECT 1 FROM releases r WHERE r.label_id = o.id AND r.state = 'on_sale')",
            ),
        }
    }
}

impl Catalog {
    /// The ids after which the parts begin; the first one begins after "".
    pub async fn parts(&self, of: Outline, step: u32) -> Result<Vec<String>, DbError> {
        self.db.read(move |tx| parts(tx, of, step)).await
    }

    /// A part: ids with the moment they changed last.
    pub async fn part(&self, of: Outline, after: &str, step: u32) -> Result<Vec<(String, i64)>, DbError> {
        let after = after.to_owned();
        self.db.read(move |tx| part(tx, of, &after, step)).await
    }
}

fn parts(tx: &mut Tx, of: Outline, step: u32) -> Result<Vec<String>, DbError> {
    let sql = format!("SELECT o.id FROM {} o.id > $1 ORDER BY o.id LIMIT 2 OFFSET $2", of.all());
    let mut starts = Vec::new();
    let mut after = String::new();
    loop {
        // The last one of this part, and whether one follows.
        let rows = tx.rows(&sql, params![&after, i64::from(step.max(1)) - 1])?;
        starts.push(after);
        match rows.as_slice() {
            [last, _] => after = last.get(0)?,
            _ => return Ok(starts),
        }
    }
}

fn part(tx: &mut Tx, of: Outline, after: &str, step: u32) -> Result<Vec<(String, i64)>, DbError> {
    let (changed, seen) = of.seen();
    // Cut first, then looked through: a part is the same rows whatever of them is on sale.
    let sql = format!(
        "SELECT o.id, {changed} FROM {} o.id > $1 AND o.id <= (SELECT MAX(p.id) FROM
             (SELECT o.id FROM {} o.id > $1 ORDER BY o.id LIMIT $2) p) {seen} ORDER BY o.id",
        of.all(),
        of.all()
    );
    let rows = tx.rows(&sql, params![after, i64::from(step)])?;
    rows.iter().map(|row: &Row| Ok((row.get(0)?, row.get(1)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, on_both_engines};

    #[test]
    fn the_parts_together_are_everything_once() {
        on_both_engines(|db, _| {
            block_on(async {
                db.write::<_, DbError>(|tx| {
                    for n in 1..=7 {
                        let (id, key) = (format!("r{n}"), format!("k{n}"));
                        let state = if n == 4 { "withdrawn" } else { "on_sale" };
                        tx.execute(
                            "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
                             VALUES ($1, $2, 'T', 'C', $3, 0, 5)",
                            params![id, key, state],
                        )?;
                    }
                    Ok(())
                })
                .await
                .unwrap();
                for (step, count) in [(1, 6), (2, 3), (3, 2), (4, 2), (6, 1), (100, 1)] {
                    let (starts, all) = db
                        .read::<_, DbError>(move |tx| {
                            let starts = parts(tx, Outline::Releases, step)?;
                            let mut all = Vec::new();
                            for after in &starts {
                                all.extend(part(tx, Outline::Releases, after, step)?);
                            }
                            Ok((starts, all))
                        })
                        .await
                        .unwrap();
                    let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
                    assert_eq!(
                        (starts.len(), ids.as_slice()),
                        (count, ["r1", "r2", "r3", "r5", "r6", "r7"].as_slice())
                    );
                }
            });
        });
    }
}
