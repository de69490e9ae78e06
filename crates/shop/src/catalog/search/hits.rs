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
    Ok(found.iter().filter_map(|found| known.remove(found)).collect())
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
