//! The operator's texts, in versions: the highest of a kind is the one in force.

use std::collections::BTreeMap;

use super::Kind;
use crate::db::{DbError, Query, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::{params, storefronts};

/// Characters of a text.
pub const MAX_TEXT_CHARS: usize = 4_000;
/// Languages of a text.
pub const MAX_LANGUAGES: usize = 50;
/// The highest version.
pub const MAX_VERSION: u32 = 1_000_000;

/// A text to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// The operator's name for it.
    pub id: String,
    /// Where it is asked for.
    pub storefront: String,
    /// What it is about.
    pub kind: Kind,
    /// From 1. Who agreed to an earlier one is asked again.
    pub version: u32,
    /// By language: `en`, `ru`.
    pub texts: BTreeMap<String, String>,
}

impl ConsentText {
    /// The text in a language, or in English, or in whichever there is; with the language it is in.
    pub fn in_language(&self, language: &str) -> (&str, &str) {
        let wanted = self.texts.get_key_value(language).or_else(|| self.texts.get_key_value("en"));
        wanted.or_else(|| self.texts.iter().next()).map_or(("", ""), |(language, text)| (language, text))
    }
}

pub(super) const COLUMNS: &str = "t.id, t.storefront, t.kind, t.version, t.texts";

pub(super) fn of_row(row: &Row) -> Result<ConsentText, DbError> {
    let (kind, texts): (String, String) = (row.get(2)?, row.get(4)?);
    Ok(ConsentText {
        id: row.get(0)?,
        storefront: row.get(1)?,
        kind: Kind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a consent is of the kind {kind:?}")))?,
        version: row.get(3)?,
        texts: serde_json::from_str(&texts).map_err(|e| DbError::Failed(format!("a stored consent text: {e}")))?,
    })
}

/// Texts by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ConsentText>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM consent_texts t WHERE t.id > $1 ORDER BY t.id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let texts = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(texts, limit, |text| text.id.clone()))
}

/// One text.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<ConsentText>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM consent_texts t WHERE t.id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Makes a text or replaces the one of this id, unless somebody agreed to it: then a new version has to follow it.
pub fn put(tx: &mut Tx, text: &ConsentText, now_us: i64) -> Result<(), Refused> {
    check(tx, text)?;
    if find(tx, &text.id)?.is_some_and(|standing| standing != *text) {
        nobody_agreed(tx, &text.id)?;
    }
    let other = tx.row(
        "SELECT id FROM consent_texts WHERE storefront = $1 AND kind = $2 AND version = $3 AND id <> $4",
        params![&text.storefront, text.kind.name(), text.version, &text.id],
    )?;
    if let Some(other) = other {
        let reason = format!("the text {:?} is this version already", other.get::<String>(0)?);
        return Err(Refused::conflict("version", reason));
    }
    let texts = serde_json::to_string(&text.texts).map_err(|e| DbError::Failed(e.to_string()))?;
    tx.execute(
        "INSERT INTO consent_texts (id, storefront, kind, version, texts, created_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, kind = excluded.kind,
             version = excluded.version, texts = excluded.texts, created_us = excluded.created_us",
        params![&text.id, &text.storefront, text.kind.name(), text.version, &texts, now_us],
    )?;
    Ok(())
}

/// Removes a text that nobody agreed to; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    nobody_agreed(tx, id)?;
    Ok(tx.execute("DELETE FROM consent_texts WHERE id = $1", params![id])? > 0)
}

fn nobody_agreed(tx: &mut Tx, id: &str) -> Result<(), Refused> {
    match tx.row("SELECT id FROM consents WHERE text_id = $1 LIMIT 1", params![id])? {
        None => Ok(()),
        Some(_) => Err(Refused::conflict(
            "id",
            "somebody agreed to this text, so it stays as it is: declare a higher version under another id",
        )),
    }
}

fn check(tx: &mut Tx, text: &ConsentText) -> Result<(), Refused> {
    check_id(&text.id)?;
    if !(1..=MAX_VERSION).contains(&text.version) {
        return Err(Refused::field("version", format!("a version is a number from 1 to {MAX_VERSION}")));
    }
    if text.texts.is_empty() || text.texts.len() > MAX_LANGUAGES {
        return Err(Refused::field("texts", format!("a text stands in 1 to {MAX_LANGUAGES} languages")));
    }
    for (language, words) in &text.texts {
        let field = format!("texts.{language}");
        let is_language =
            (2..=8).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_language {
            return Err(Refused::field(field, "no language is written like this: en, ru"));
        }
        if words.trim().is_empty() || words.chars().count() > MAX_TEXT_CHARS {
            return Err(Refused::field(field, format!("a text has 1 to {MAX_TEXT_CHARS} characters")));
        }
    }
    if storefronts::get(tx, &text.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", text.storefront)));
    }
    Ok(())
}

/// The texts in force, one of a kind.
const IN_FORCE: &str = "t.storefront = $1 AND NOT EXISTS (
    SELECT 1 FROM consent_texts n WHERE n.storefront = t.storefront AND n.kind = t.kind AND n.version > t.version)";

/// The text of each kind that is in force in a storefront.
pub(super) fn in_force(tx: &mut Tx, storefront: &str) -> Result<Vec<ConsentText>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM consent_texts t WHERE {IN_FORCE} ORDER BY t.kind");
    let rows = tx.rows(&sql, params![storefront])?;
    rows.iter().map(of_row).collect()
}

/// Out of the rows of [`in_force_without_query`].
pub(super) fn in_force_without(rows: &[Row]) -> Result<Vec<ConsentText>, DbError> {
    rows.iter().map(of_row).collect()
}

/// Asks for those of them that a user has not agreed to; `here`: the country that a consent about it has to be for.
pub(super) fn in_force_without_query(storefront: &str, user_id: &str, here: &str) -> Query {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_texts t WHERE {IN_FORCE} AND NOT EXISTS (
             SELECT 1 FROM consents c WHERE c.user_id = $2 AND c.text_id = t.id
                 AND c.country = CASE t.kind WHEN 'lawful_country' THEN CAST($3 AS TEXT) ELSE '' END)
         ORDER BY t.kind"
    );
    Query::new(sql, params![storefront, user_id, here])
}
