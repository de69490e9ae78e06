//! What the catalogue says now of what was found: title, credit, cover. What left the shop since is left out.

use std::collections::HashMap;

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

/// What was found, in the same order; one statement for each kind.
pub(crate) fn hits(tx: &mut Tx, found: &[Found]) -> Result<Vec<Hit>, DbError> {
    let mut known = HashMap::new();
    for kind in Kind::ALL {
        let ids: Vec<Value> = found.iter().filter(|found| found.kind == kind).map(|found| (&found.id).into()).collect();
        if ids.is_empty() {
            continue;
        }
        let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
        for row in &tx.rows(&format!("{} ({})", said_of(kind), places.join(", ")), &ids)? {
            let hit = hit(kind, row)?;
            known.insert((kind, hit.id.clone()), hit);
        }
    }
    Ok(found.iter().filter_map(|found| known.remove(&(found.kind, found.id.clone()))).collect())
}

fn said_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Artist => "SELECT id, NULL, name, '', NULL FROM artists WHERE id IN",
        Kind::Label => "SELECT id, NULL, name, '', NULL FROM labels WHERE id IN",
        Kind::Release => "SELECT id, id, title, credit, cover_id FROM releases WHERE state = 'on_sale' AND id IN",
        Kind::Track => {
            "SELECT t.id, r.id, t.title, t.credit, r.cover_id FROM tracks t JOIN releases r ON r.id = t.release_id
             WHERE t.state = 'on_sale' AND r.state = 'on_sale' AND t.id IN"
        }
    }
}

fn hit(kind: Kind, row: &Row) -> Result<Hit, DbError> {
    let release_id = if matches!(kind, Kind::Artist | Kind::Label) { None } else { Some(row.get(1)?) };
    let cover = if release_id.is_some() { row.get(4)? } else { None };
    Ok(Hit { kind, id: row.get(0)?, release_id, title: row.get(2)?, credit: row.get(3)?, cover })
}
