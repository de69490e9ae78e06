//! What stands around every page of a storefront: its name, the licences it sells under, and the notice that closes it. Owner
//! of the table `notices`. Every page wants it, so it is read only when something was written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::declared::{Refused, check_words, kept_words, words_of};
use crate::page::Page;
use crate::params;
use crate::storefronts::{self, Storefront};

/// Characters of a notice's message.
pub const MAX_MESSAGE_CHARS: usize = 2_000;
/// Seconds after which visitors are told to come back, when nobody says.
pub const RETRY_AFTER_S: u32 = 600;
/// The longest such wait: a day.
pub const MAX_RETRY_AFTER_S: u32 = 86_400;
/// Licences that are named around every page; the page of licences has all.
const LICENCES_NAMED: i64 = 3;
/// How long what was read is taken to hold while nothing is written: licences begin and end by the clock.
const TRUST_US: i64 = 1_000_000;

/// A storefront is closed for maintenance. Downloads go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which one.
    pub storefront: String,
    /// What visitors read, by language.
    pub messages: BTreeMap<String, String>,
    /// When they are to come back, in seconds.
    pub retry_after_s: u32,
    /// Since when.
    pub since_us: i64,
}

/// A licence as it is named around a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLicence {
    /// What it is called; empty: by its society.
    pub name: String,
    /// Its number; may be empty.
    pub number: String,
    /// Who gave it.
    pub society: String,
}

/// What a page knows of its storefront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The storefront itself.
    pub storefront: Storefront,
    /// It is closed.
    pub notice: Option<Notice>,
    /// Societies' licences in force, at most a few.
    pub licences: Vec<NamedLicence>,
}

/// Reads what stands around pages. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    db: Db,
    clock: Clock,
    last: Arc<Mutex<Option<Read>>>,
}

/// What was read last.
struct Read {
    around: Arc<Around>,
    seen: u64,
    until_us: i64,
}

impl Front {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> Front {
        Front { db, clock, last: Default::default() }
    }

    /// What stands around the pages of a storefront.
    pub async fn around(&self, storefront: &str) -> Result<Arc<Around>, DbError> {
        let (seen, now_us) = (self.db.seen(), self.clock.now_us());
        if let Some(around) = self.last_read(storefront, seen, now_us) {
            return Ok(around);
        }
        let name = storefront.to_owned();
        let around = Arc::new(self.db.look(move |tx| around(tx, &name, now_us)).await?);
        let read = Read { around: around.clone(), seen, until_us: now_us + TRUST_US };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(around)
    }

    fn last_read(&self, storefront: &str, seen: u64, now_us: i64) -> Option<Arc<Around>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let holds =
            |read: &&Read| read.seen == seen && now_us < read.until_us && read.around.storefront.id == storefront;
        last.as_ref().filter(holds).map(|read| read.around.clone())
    }

    /// The notice that closes a storefront, if it is closed.
    pub async fn notice(&self, storefront: &str) -> Result<Option<Notice>, DbError> {
        Ok(self.around(storefront).await?.notice.clone())
    }
}

fn around(tx: &mut Tx, storefront: &str, now_us: i64) -> Result<Around, DbError> {
    let row = tx.row(
        "SELECT s.id, s.name, s.currency, s.accent, n.storefront, n.messages, n.retry_after_s, n.since_us
         FROM storefronts s LEFT JOIN notices n ON n.storefront = s.id WHERE s.id = $1",
        params![storefront],
    )?;
    let row = row.ok_or_else(|| DbError::Failed(format!("the storefront {storefront:?} is gone")))?;
    let is_closed = row.get::<Option<String>>(4)?.is_some();
    Ok(Around {
        notice: if is_closed { Some(notice_of(&row, 4)?) } else { None },
        storefront: Storefront { id: row.get(0)?, name: row.get(1)?, currency: row.get(2)?, accent: row.get(3)? },
        licences: named_licences(tx, storefront, now_us)?,
    })
}

fn named_licences(tx: &mut Tx, storefront: &str, now_us: i64) -> Result<Vec<NamedLicence>, DbError> {
    let rows = tx.rows(
        "SELECT l.name, l.number, p.name FROM licences l JOIN payees p ON p.id = l.payee_id
         WHERE l.storefront = $1 AND l.kind = 'society' AND l.from_us <= $2 AND l.until_us > $2 ORDER BY l.id LIMIT $3",
        params![storefront, now_us, LICENCES_NAMED],
    )?;
    let licence = |row: &Row| Ok(NamedLicence { name: row.get(0)?, number: row.get(1)?, society: row.get(2)? });
    rows.iter().map(licence).collect()
}

const COLUMNS: &str = "storefront, messages, retry_after_s, since_us";

fn notice_of(row: &Row, at: usize) -> Result<Notice, DbError> {
    Ok(Notice {
        storefront: row.get(at)?,
        messages: words_of(&row.get::<String>(at + 1)?)?,
        retry_after_s: row.get(at + 2)?,
        since_us: row.get(at + 3)?,
    })
}

/// The notice of a storefront.
pub fn find(tx: &mut Tx, storefront: &str) -> Result<Option<Notice>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM notices WHERE storefront = $1"), params![storefront])?;
    row.map(|row| notice_of(&row, 0)).transpose()
}

/// Storefronts that are closed.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Notice>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE storefront > $1 ORDER BY storefront LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let found = rows.iter().map(|row| notice_of(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(found, limit, |notice| notice.storefront.clone()))
}

/// Closes a storefront, or changes what its notice says.
pub fn put(tx: &mut Tx, notice: &Notice) -> Result<(), Refused> {
    check_words("messages", &notice.messages, MAX_MESSAGE_CHARS)?;
    if !(1..=MAX_RETRY_AFTER_S).contains(&notice.retry_after_s) {
        return Err(Refused::field("retry_after_s", format!("it is between 1 and {MAX_RETRY_AFTER_S} seconds")));
    }
    if storefronts::get(tx, &notice.storefront)?.is_none() {
        return Err(Refused::field("id", format!("there is no storefront {:?}", notice.storefront)));
    }
    tx.execute(
        "INSERT INTO notices (storefront, messages, retry_after_s, since_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (storefront) DO UPDATE SET messages = excluded.messages, retry_after_s = excluded.retry_after_s",
        params![&notice.storefront, kept_words(&notice.messages)?, notice.retry_after_s, notice.since_us],
    )?;
    Ok(())
}

/// Opens a storefront again; says whether it was closed.
pub fn remove(tx: &mut Tx, storefront: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM notices WHERE storefront = $1", params![storefront])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefronts::{MAIN, Storefronts};
    use crate::test_support::{block_on, on_both_engines};

    fn notice(message: &str, retry_after_s: u32) -> Notice {
        let messages = BTreeMap::from([("en".to_owned(), message.to_owned())]);
        Notice { storefront: MAIN.to_owned(), messages, retry_after_s, since_us: 7 }
    }

    #[test]
    fn a_notice_closes_a_storefront_until_it_is_taken_away() {
        on_both_engines(|db, _| {
            block_on(async {
                Storefronts::open(db.clone(), Clock::system()).await.unwrap();
                let front = Front::new(db.clone(), Clock::system());
                assert_eq!(front.around(MAIN).await.unwrap().notice, None);
                let up = notice("Back at noon.", 60);
                let wanted = up.clone();
                db.write(move |tx| put(tx, &wanted)).await.unwrap();
                assert_eq!(front.around(MAIN).await.unwrap().notice, Some(up.clone()));
                db.write(|tx| put(tx, &Notice { since_us: 9, ..notice("Later.", 120) })).await.unwrap();
                let now = front.notice(MAIN).await.unwrap().unwrap();
                assert_eq!((now.since_us, now.retry_after_s), (7, 120), "it is closed since it was closed first");
                assert!(db.write(|tx| remove(tx, MAIN)).await.unwrap());
                assert_eq!(front.notice(MAIN).await.unwrap(), None);
            });
        });
    }

    #[test]
    fn a_notice_without_words_or_with_an_endless_wait_is_refused_by_its_field() {
        on_both_engines(|db, _| {
            block_on(async {
                Storefronts::open(db.clone(), Clock::system()).await.unwrap();
                for (wrong, field) in [
                    (notice(" ", 60), "messages.en"),
                    (notice(&"x".repeat(MAX_MESSAGE_CHARS + 1), 60), "messages.en"),
                    (notice("x", 0), "retry_after_s"),
                    (notice("x", MAX_RETRY_AFTER_S + 1), "retry_after_s"),
                    (Notice { storefront: "nowhere".into(), ..notice("x", 60) }, "id"),
                ] {
                    let refused = db.write(move |tx| put(tx, &wrong)).await.unwrap_err();
                    assert!(matches!(&refused, Refused::Field { field: named, .. } if named == field), "{refused}");
                }
            });
        });
    }
}
