//! Licences: declaring, reading, taking back, and which are in force. No arithmetic of dues.

use std::sync::Arc;

use money::Micros;
use money::shares::ONE_PPM;

use super::checks::{check_party_id, day_end_us, day_us};
use super::payees::{of_storefront, storefront_currency};
use super::types::{Base, Licence, LicenceKind};
use crate::clock::day_of;
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::{catalog, params};

/// The highest minimum for a track.
pub(crate) const MAX_MINIMUM: Micros = Micros(1_000 * money::amount::PER_UNIT);
/// Since always, and for ever.
const ALWAYS_US: (i64, i64) = (i64::MIN, i64::MAX);

/// Characters of a licence's name and of its number.
pub const MAX_NAME_CHARS: usize = 200;

const COLUMNS: &str =
    "l.id, l.storefront, l.kind, l.payee_id, l.base, l.rate_ppm, l.minimum_micros, l.minimum_when_free,
    l.to_holders, l.label_text, l.licensee_party_id, l.from_us, l.until_us, l.label_id, l.name, l.number";

/// A licence with the label's id.
pub(super) struct InForce {
    pub licence: Licence,
    pub label_id: Option<String>,
    from_us: i64,
    until_us: i64,
}

impl InForce {
    /// Whether it is in force at a moment.
    pub(super) fn holds_at(&self, at_us: i64) -> bool {
        self.from_us <= at_us && at_us < self.until_us
    }
}

/// All licences by their ids.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Licence>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM licences l WHERE l.id > $1 ORDER BY l.id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let licences = rows.iter().map(|row| Ok(read(row)?.licence)).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(licences, limit, |licence| licence.id.clone()))
}

/// One licence.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Licence>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM licences l WHERE l.id = $1"), params![id])?;
    Ok(row.as_ref().map(read).transpose()?.map(|found| found.licence))
}

/// Takes a licence back: from now on nothing is due under it. Says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM licences WHERE id = $1", params![id])? > 0)
}

fn check_figures(licence: &Licence) -> Result<(), Refused> {
    for (field, text) in [("name", &licence.name), ("number", &licence.number)] {
        if text.chars().count() > MAX_NAME_CHARS || text.chars().any(char::is_control) {
            return Err(Refused::field(field, format!("it is one line of at most {MAX_NAME_CHARS} characters")));
        }
    }
    if licence.rate_ppm > ONE_PPM {
        return Err(Refused::field("rate_ppm", "a rate is at most 1000000 parts per million"));
    }
    if licence.minimum < Micros::ZERO || licence.minimum > MAX_MINIMUM {
        return Err(Refused::field("minimum_micros", format!("a minimum is between 0 and {MAX_MINIMUM}")));
    }
    if licence.kind == LicenceKind::Society && licence.label.is_some() {
        return Err(Refused::field("label", "a society's licence covers every label; a direct deal is over one"));
    }
    Ok(())
}

fn period_us(licence: &Licence) -> Result<(i64, i64), Refused> {
    let from = licence.valid_from.as_deref().map(|day| day_us("valid_from", day)).transpose()?;
    let until = licence.valid_until.as_deref().map(|day| day_end_us("valid_until", day)).transpose()?;
    let period = (from.unwrap_or(ALWAYS_US.0), until.unwrap_or(ALWAYS_US.1));
    if period.0 < period.1 { Ok(period) } else { Err(Refused::field("valid_until", "it ends before it begins")) }
}

/// Declares a licence, or replaces what was declared under its id; sales so far keep what they made due.
pub fn put(tx: &mut Tx, licence: &Licence, now_us: i64) -> Result<(), Refused> {
    check_id(&licence.id)?;
    check_party_id("licensee_party_id", licence.licensee_party_id.as_deref())?;
    check_figures(licence)?;
    let period = period_us(licence)?;
    storefront_currency(tx, &licence.storefront)?;
    of_storefront(tx, "payee", &licence.payee, &licence.storefront)?;
    let label_id = match &licence.label {
        Some(name) => Some(label(tx, name)?),
        None => None,
    };
    check_beside(tx, licence, label_id.as_deref(), period)?;
    tx.execute(
        "INSERT INTO licences (id, storefront, kind, payee_id, base, rate_ppm, minimum_micros, minimum_when_free, to_holders,
             label_id, label_text, licensee_party_id, from_us, until_us, created_us, name, number)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, kind = excluded.kind,
             payee_id = excluded.payee_id, base = excluded.base, rate_ppm = excluded.rate_ppm,
             minimum_micros = excluded.minimum_micros, minimum_when_free = excluded.minimum_when_free,
             to_holders = excluded.to_holders, label_id = excluded.label_id, label_text = excluded.label_text,
             licensee_party_id = excluded.licensee_party_id, from_us = excluded.from_us, until_us = excluded.until_us,
             name = excluded.name, number = excluded.number",
        params![
            &licence.id,
            &licence.storefront,
            licence.kind.as_str(),
            &licence.payee,
            licence.base.as_str(),
            licence.rate_ppm,
            licence.minimum.0,
            licence.minimum_when_free,
            licence.to_holders,
            &label_id,
            &licence.label,
            &licence.licensee_party_id,
            period.0,
            period.1,
            now_us,
            &licence.name,
            &licence.number
        ],
    )?;
    Ok(())
}

/// A label by its name, or a refusal of the field.
pub(super) fn label(tx: &mut Tx, name: &str) -> Result<String, Refused> {
    let found = catalog::label_named(tx, name)?;
    found.ok_or_else(|| Refused::field("label", format!("nothing in the catalogue is by a label {name:?}")))
}

/// Two licences that would both claim the same part of a sale are refused, and so are rates that take more than all of it.
fn check_beside(tx: &mut Tx, licence: &Licence, label_id: Option<&str>, period: (i64, i64)) -> Result<(), Refused> {
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS} FROM licences l WHERE l.storefront = $1 AND l.kind = $2 AND l.id <> $3
             AND l.from_us < $5 AND l.until_us > $4"
        ),
        params![&licence.storefront, licence.kind.as_str(), &licence.id, period.0, period.1],
    )?;
    let beside = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let clash = beside.iter().find(|other| match licence.kind {
        LicenceKind::Society => other.licence.payee == licence.payee,
        LicenceKind::Direct => other.label_id.as_deref() == label_id,
    });
    if let Some(other) = clash {
        let field = if licence.kind == LicenceKind::Society { "payee" } else { "label" };
        return Err(Refused::field(
            field,
            format!("the licence {:?} covers the same at the same time", other.licence.id),
        ));
    }
    let rates: u64 = beside.iter().map(|other| u64::from(other.licence.rate_ppm)).sum();
    if licence.kind == LicenceKind::Society && rates + u64::from(licence.rate_ppm) > u64::from(ONE_PPM) {
        return Err(Refused::field("rate_ppm", "with the other societies' rates this is more than the whole price"));
    }
    Ok(())
}

/// All licences of a storefront by their ids, whenever they are in force; read once in a transaction.
pub(super) fn of_storefront_ever(tx: &mut Tx, storefront: &str) -> Result<Arc<Vec<InForce>>, DbError> {
    tx.once("licences", format!("licences of {storefront}"), |tx| {
        let sql = format!("SELECT {COLUMNS} FROM licences l WHERE l.storefront = $1 ORDER BY l.id");
        tx.rows(&sql, params![storefront])?.iter().map(read).collect()
    })
}

/// The licences that a storefront sells under at a moment, each with its payee's name: what everybody may know.
pub fn public(tx: &mut Tx, storefront: &str, at_us: i64) -> Result<Vec<(Licence, String)>, DbError> {
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS}, p.name FROM licences l JOIN payees p ON p.id = l.payee_id
             WHERE l.storefront = $1 AND l.from_us <= $2 AND l.until_us > $2 ORDER BY l.kind DESC, l.id"
        ),
        params![storefront, at_us],
    )?;
    rows.iter().map(|row| Ok((read(row)?.licence, row.get(16)?))).collect()
}

fn read(row: &Row) -> Result<InForce, DbError> {
    let (kind, base): (String, String) = (row.get(2)?, row.get(4)?);
    let (from_us, until_us): (i64, i64) = (row.get(11)?, row.get(12)?);
    let licence = Licence {
        id: row.get(0)?,
        storefront: row.get(1)?,
        name: row.get(14)?,
        number: row.get(15)?,
        kind: LicenceKind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a licence of kind {kind:?}")))?,
        payee: row.get(3)?,
        base: Base::of_name(&base).ok_or_else(|| DbError::Failed(format!("a licence on {base:?}")))?,
        rate_ppm: row.get(5)?,
        minimum: Micros(row.get(6)?),
        minimum_when_free: row.get(7)?,
        to_holders: row.get(8)?,
        label: row.get(9)?,
        licensee_party_id: row.get(10)?,
        valid_from: (from_us != ALWAYS_US.0).then(|| day_of(from_us)),
        valid_until: (until_us != ALWAYS_US.1).then(|| day_of(until_us - 1)),
    };
    Ok(InForce { licence, label_id: row.get(13)?, from_us, until_us })
}
