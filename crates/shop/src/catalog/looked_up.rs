//! Releases as operators look them up, on sale or not. Reads only.

use std::collections::HashMap;

use super::read::cards;
use super::search::words::{code, fold};
use super::types::ReleaseCard;
use crate::db::{DbError, Row, Tx, Value, list_of, list_sql};
use crate::page::{MAX_LIMIT, Page, before_id, limit as page_limit};
use crate::params;

/// Withdrawn releases whose titles a page looks through. They are few, and no index of ours holds them; where they are not, the
/// page after it goes on.
const LOOKED_THROUGH: u32 = 10_000;

/// Which releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All, the latest first.
    All,
    /// Those on sale (or withdrawn), the latest first.
    OnSale(bool),
    /// Those with this id or GTIN.
    Numbered(String),
    /// Withdrawn ones, the latest first: each of these words begins a word of the title or of who is credited, or they are the
    /// label's number.
    Withdrawn(String),
    /// These, in this order; at most [`MAX_LIMIT`].
    Ids(Vec<String>),
}

/// A release in an operator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelease {
    /// As everybody sees it.
    pub card: ReleaseCard,
    /// The number on its sleeve.
    pub gtin: Option<String>,
    /// Its label's number.
    pub catalog_number: Option<String>,
}

pub(super) fn releases(
    tx: &mut Tx,
    wanted: &Wanted,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ListedRelease>, DbError> {
    let limit = page_limit(Some(limit));
    let page = match wanted {
        Wanted::All => latest(tx, None, after, limit)?,
        Wanted::OnSale(on_sale) => latest(tx, Some(if *on_sale { "on_sale" } else { "withdrawn" }), after, limit)?,
        Wanted::Numbered(number) => Page { items: numbered(tx, number, limit)?, next: None },
        Wanted::Withdrawn(words) => withdrawn(tx, words, (after, limit), LOOKED_THROUGH)?,
        Wanted::Ids(ids) => Page { items: ids.iter().take(MAX_LIMIT as usize).cloned().collect(), next: None },
    };
    Ok(Page { items: listed(tx, &page.items)?, next: page.next })
}

fn latest(tx: &mut Tx, state: Option<&str>, after: Option<&str>, limit: u32) -> Result<Page<String>, DbError> {
    let mut values = params![before_id(after)?, i64::from(limit) + 1].to_vec();
    values.extend(state.map(Value::from));
    let of_state = if state.is_some() { "state = $3 AND" } else { "" };
    let sql = format!("SELECT id FROM releases WHERE {of_state} id < $1 ORDER BY id DESC LIMIT $2");
    let ids = tx.rows(&sql, &values)?.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(Page::cut(ids, limit, String::clone))
}

/// Goes through at most so many. A page may hold fewer than `limit`, even none, and have a next one.
pub(super) fn withdrawn(
    tx: &mut Tx,
    words: &str,
    (after, limit): (Option<&str>, u32),
    at_once: u32,
) -> Result<Page<String>, DbError> {
    let sql = "SELECT id, title, credit, catalog_number FROM releases WHERE state = 'withdrawn' AND id < $1
         ORDER BY id DESC LIMIT $2";
    let (asked, number) = (fold(words).collect::<Vec<_>>(), code(words));
    let rows = tx.rows(sql, params![before_id(after)?, i64::from(at_once)])?;
    let (mut found, mut last) = (Vec::new(), None);
    for (n, row) in rows.iter().enumerate() {
        let (id, title, credit): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_number = row.get::<Option<String>>(3)?.is_some_and(|known| !number.is_empty() && code(&known) == number);
        let said: Vec<String> = fold(&title).chain(fold(&credit)).collect();
        let begins_one = |word: &String| said.iter().any(|other| other.starts_with(word.as_str()));
        if is_number || (!asked.is_empty() && asked.iter().all(begins_one)) {
            found.push(id.clone());
        }
        let is_last = n + 1 == rows.len();
        if found.len() == limit as usize || is_last {
            last = Some(id).filter(|_| !is_last || n + 1 == at_once as usize);
            break;
        }
    }
    Ok(Page { items: found, next: last })
}

fn numbered(tx: &mut Tx, number: &str, limit: u32) -> Result<Vec<String>, DbError> {
    let sql =
        "SELECT id FROM releases WHERE id = $1 UNION SELECT id FROM releases WHERE gtin = $1 ORDER BY 1 DESC LIMIT $2";
    tx.rows(sql, params![number, i64::from(limit)])?.iter().map(|row| row.get(0)).collect()
}

fn listed(tx: &mut Tx, ids: &[String]) -> Result<Vec<ListedRelease>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
    let sql = format!("SELECT id, gtin, catalog_number FROM releases WHERE id IN ({})", list_sql(texts.len()));
    let numbers = |row: &Row| Ok::<_, DbError>((row.get::<String>(0)?, (row.get(1)?, row.get(2)?)));
    let mut numbers: HashMap<String, (Option<String>, Option<String>)> =
        tx.rows(&sql, &list_of(&texts))?.iter().map(numbers).collect::<Result<_, _>>()?;
    let one = |card: ReleaseCard| {
        let (gtin, catalog_number) = numbers.remove(&card.id).unwrap_or_default();
        ListedRelease { card, gtin, catalog_number }
    };
    Ok(cards(tx, ids)?.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    const TITLES: [(&str, &str, Option<&str>); 5] = [
        ("Времена года", "Чайковский", Some("МЕЛ 10-0042")),
        ("Зимняя сказка", "Ёлка", None),
        ("Winter Songs, Vol. 2", "Choir", Some("WS-2")),
        ("Les Éclairs", "Massenet", None),
        ("Midwinter", "Nobody at all", None),
    ];

    async fn found(test: &TestShop, words: &str) -> Vec<String> {
        let page = test.shop.catalog.look_up(Wanted::Withdrawn(words.to_owned()), None, 50).await.unwrap();
        assert_eq!(page.next, None);
        assert!(page.items.iter().all(|release| !release.card.on_sale));
        page.items.into_iter().map(|release| release.card.title).collect()
    }

    #[test]
    fn a_withdrawn_release_is_found_by_beginnings_of_its_words_and_by_its_labels_number() {
        on_both_engines(|_, url| {
            block_on(async {
                let test = TestShop::open(&url).await;
                let ids: Vec<String> = (0..TITLES.len()).map(|n| format!("{n:026}")).collect();
                let rows = ids.clone();
                let insert = move |tx: &mut Tx| {
                    for (id, (title, credit, number)) in rows.iter().zip(TITLES) {
                        tx.execute(
                            "INSERT INTO releases (id, import_key, title, credit, catalog_number, state, created_us, updated_us)
                             VALUES ($1, $1, $2, $3, $4, 'on_sale', 0, 0)",
                            params![id, title, credit, number.map(str::to_owned)],
                        )?;
                    }
                    Ok::<_, DbError>(())
                };
                test.shop.db.write(insert).await.unwrap();
                assert_eq!(found(&test, "winter").await, [""; 0], "it is on sale");
                for id in &ids {
                    assert_eq!(test.shop.catalog.withdraw(id).await.unwrap(), Some(true));
                }
                for (words, titles) in [
                    ("winter", vec!["Winter Songs, Vol. 2"]),
                    ("SONGS wint", vec!["Winter Songs, Vol. 2"]),
                    ("ВРЕМЕНА", vec!["Времена года"]),
                    ("чайковский год", vec!["Времена года"]),
                    ("елка", vec!["Зимняя сказка"]),
                    ("eclair", vec!["Les Éclairs"]),
                    ("мел 100042", vec!["Времена года"]),
                    ("ws2", vec!["Winter Songs, Vol. 2"]),
                    ("n", vec!["Midwinter"]),
                    ("winter massenet", vec![]),
                    ("%", vec![]),
                    ("album", vec![]),
                ] {
                    assert_eq!(found(&test, words).await, titles, "{words}");
                }
                let restored = test.shop.catalog.restore(&ids[2]).await.unwrap();
                assert_eq!((restored, found(&test, "winter").await.len()), (Some(true), 0));
                // Two looked through at once, one on a page: nothing is left out, nothing comes twice.
                let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
                loop {
                    let from: Option<String> = after.take();
                    let read = move |tx: &mut Tx| withdrawn(tx, "m", (from.as_deref(), 1), 2);
                    let page = test.shop.db.read(read).await.unwrap();
                    seen.extend(page.items);
                    pages += 1;
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!((seen, pages), (vec![ids[4].clone(), ids[3].clone()], 4));
            });
        });
    }
}
