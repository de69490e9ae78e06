//! What the catalogue says now of what was found: title, credit, cover. What left the shop since is left out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Found, Kind};
use crate::db::{DbError, Row, Tx, Value};

/// Something found, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// The release of a release or track.
    pub release_id: Option<String>,
    /// Title, or the name of an artist or label.
    pub title: String,
    /// Who is credited; empty for an artist or label.
    pub credit: String,
    /// The cover's id.
    pub cover: Option<String>,
}

/// Hits that are kept in a half of [`KeptHits`]: some megabytes.
const MAX_KEPT: usize = 20_000;

/// What was said lately of what was found, until something is written that everybody is shown: with every letter that is typed
/// mostly the same is found again. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct KeptHits {
    kept: Arc<Mutex<Halves>>,
}

/// When the young are too many they become the old, and the old are forgotten.
#[derive(Default)]
struct Halves {
    seen: u64,
    young: HashMap<Found, Hit>,
    old: HashMap<Found, Hit>,
}

impl Halves {
    fn put(&mut self, found: Found, hit: Hit) {
        self.young.insert(found, hit);
        if self.young.len() >= MAX_KEPT {
            self.old = std::mem::take(&mut self.young);
        }
    }

    fn get(&mut self, found: &Found) -> Option<Hit> {
        if let Some(hit) = self.young.get(found) {
            return Some(hit.clone());
        }
        let (found, hit) = self.old.remove_entry(found)?;
        self.put(found, hit.clone());
        Some(hit)
    }
}

impl KeptHits {
    /// What is kept of these, in the same order, if it was read when the database was as `seen`.
    pub(crate) fn of(&self, found: &[Found], seen: u64) -> Vec<Option<Hit>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.seen != seen {
            *kept = Halves { seen, ..Halves::default() };
        }
        found.iter().map(|found| kept.get(found)).collect()
    }

    /// Keeps what was read after the database had been `seen`.
    pub(crate) fn keep(&self, read: &HashMap<Found, Hit>, seen: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.seen == seen {
            read.iter().for_each(|(found, hit)| kept.put(found.clone(), hit.clone()));
        }
    }
}

/// What the catalogue says of what was found; one statement for each kind.
pub(crate) fn hits(tx: &mut Tx, found: &[Found]) -> Result<HashMap<Found, Hit>, DbError> {
    let mut known = HashMap::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Found> = found.iter().filter(|found| found.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let (mut conditions, mut values) = (Vec::new(), Vec::<Value>::new());
        for found in of_kind {
            values.push((&found.owner).into());
            let mut condition =
                format!("({} = ${}", if kind == Kind::Track { "t.release_id" } else { "id" }, values.len());
            if kind == Kind::Track {
                values.extend([Value::from(found.medium as i64), Value::from(found.number as i64)]);
                condition += &format!(" AND t.medium = ${} AND t.number = ${}", values.len() - 1, values.len());
            }
            conditions.push(condition + ")");
        }
        for row in &tx.rows(&format!("{} ({})", said_of(kind), conditions.join(" OR ")), &values)? {
            let (owner, medium, number) = (row.get(0)?, row.get(1)?, row.get(2)?);
            known.insert(Found { kind, owner, medium, number }, hit(kind, row)?);
        }
    }
    Ok(known)
}

fn said_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Artist => "SELECT id, 0, 0, id, name, '', NULL FROM artists WHERE",
        Kind::Label => "SELECT id, 0, 0, id, name, '', NULL FROM labels WHERE",
        Kind::Release => "SELECT id, 0, 0, id, title, credit, cover_id FROM releases WHERE state = 'on_sale' AND",
        // CROSS: SQLite would look through all releases on sale.
        Kind::Track => {
            "SELECT r.id, t.medium, t.number, t.id, t.title, t.credit, r.cover_id
             FROM tracks t CROSS JOIN releases r
             WHERE r.id = t.release_id AND t.state = 'on_sale' AND r.state = 'on_sale' AND"
        }
    }
}

fn hit(kind: Kind, row: &Row) -> Result<Hit, DbError> {
    let is_released = matches!(kind, Kind::Release | Kind::Track);
    Ok(Hit {
        kind,
        id: row.get(3)?,
        release_id: if is_released { Some(row.get(0)?) } else { None },
        title: row.get(4)?,
        credit: row.get(5)?,
        cover: if is_released { row.get(6)? } else { None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(number: u64) -> Found {
        Found { kind: Kind::Track, owner: "release".to_owned(), medium: 1, number }
    }

    fn said(number: u64) -> HashMap<Found, Hit> {
        let hit = Hit {
            kind: Kind::Track,
            id: number.to_string(),
            release_id: None,
            title: String::new(),
            credit: String::new(),
            cover: None,
        };
        HashMap::from([(found(number), hit)])
    }

    #[test]
    fn what_was_said_is_kept_until_something_is_written() {
        let kept = KeptHits::default();
        assert_eq!(kept.of(&[found(1)], 7), [None]);
        kept.keep(&said(1), 7);
        let both = kept.of(&[found(2), found(1)], 7);
        assert_eq!(both, [None, said(1).remove(&found(1))]);
        assert_eq!(kept.of(&[found(1)], 8), [None]);
        kept.keep(&said(1), 7);
        assert_eq!(kept.of(&[found(1)], 8), [None], "it was read before the write");
    }

    #[test]
    fn however_much_is_found_what_is_kept_stays_bounded_and_what_is_found_again_stays() {
        let kept = KeptHits::default();
        kept.of(&[], 1);
        kept.keep(&said(0), 1);
        for number in 1..3 * MAX_KEPT as u64 {
            kept.keep(&said(number), 1);
            assert!(kept.of(&[found(0)], 1)[0].is_some());
        }
        assert_eq!(kept.of(&[found(1)], 1), [None]);
        let kept = kept.kept.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * MAX_KEPT);
    }
}
