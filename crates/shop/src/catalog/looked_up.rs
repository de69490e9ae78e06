//! Releases as operators look them up, on sale or not. Reads only.

use std::collections::HashMap;

use super::read::cards;
use super::types::ReleaseCard;
use crate::db::{DbError, Row, Tx, Value, list_of, list_sql};
use crate::page::{MAX_LIMIT, Page, before_id, limit as page_limit};
use crate::params;

/// Which releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All, the latest first.
    All,
    /// Those on sale (or withdrawn), the latest first.
    OnSale(bool),
    /// Those with this id or GTIN.
    Numbered(String),
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
