//! People as operators look them up. Reads only.

use super::{COLUMNS, User, Users, get, user};
use crate::clock::ID_CHARS;
use crate::db::{DbError, Row, Tx};
use crate::page::{Page, before_id, limit as page_limit};
use crate::params;

/// Stands behind every letter of an address.
const BEHIND_ALL: char = char::MAX;

impl Users {
    /// Without words everybody, the latest first; else who has this id, or those whose address begins with the words, by address.
    pub async fn look_up(&self, words: &str, after: Option<String>, limit: u32) -> Result<Page<User>, DbError> {
        let (words, limit) = (words.trim().to_lowercase(), page_limit(Some(limit)));
        self.db
            .read(move |tx| match words.as_str() {
                "" => latest(tx, after.as_deref(), limit),
                words => match get(tx, words).map(|found| found.filter(|_| words.len() == ID_CHARS))? {
                    Some(found) => Ok(Page { items: vec![found], next: None }),
                    None => by_address(tx, words, after.as_deref(), limit),
                },
            })
            .await
    }
}

fn latest(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<User>, DbError> {
    // Ids sort by time.
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id < $1 ORDER BY id DESC LIMIT $2");
    let rows = tx.rows(&sql, params![before_id(after)?, i64::from(limit) + 1])?;
    let users = rows.iter().map(user).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(users, limit, |user| user.id.clone()))
}

/// A page begins behind the id of the last one's last: an address stands in no link.
fn by_address(tx: &mut Tx, words: &str, after: Option<&str>, limit: u32) -> Result<Page<User>, DbError> {
    let from = match after {
        None => None,
        Some(id) => tx.row("SELECT email_key FROM users WHERE id = $1", params![crate::page::id_of(id)?])?,
    };
    let from = from.map(|row: Row| row.get::<String>(0)).transpose()?.unwrap_or_default();
    let bytes = tx.by_bytes();
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE email_key{bytes} >= $1 AND email_key{bytes} < $2 AND email_key{bytes} > $3
         ORDER BY email_key{bytes} LIMIT $4"
    );
    let rows = tx.rows(&sql, params![words, format!("{words}{BEHIND_ALL}"), &from, i64::from(limit) + 1])?;
    let users = rows.iter().map(user).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(users, limit, |user| user.id.clone()))
}
