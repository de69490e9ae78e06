//! The operator's table of rates.

use std::sync::Arc;

use money::tax::Rate;

use super::{MAX_NOTE_CHARS, countries, short};
use crate::clock;
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::geoip::Country;
use crate::page::Page;
use crate::{params, storefronts};

/// A rate as the operator declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRate {
    /// His name for it.
    pub id: String,
    /// Where it is charged.
    pub storefront: String,
    /// Of the buyer: ISO 3166-1 alpha-2.
    pub country: String,
    /// Its first day, `YYYY-MM-DD`, UTC.
    pub from_day: String,
    /// Parts per million of the price without tax.
    pub rate_ppm: u32,
    /// For himself.
    pub note: String,
}

const COLUMNS: &str = "id, storefront, country, from_day, rate_ppm, note";

fn of_row(row: &Row) -> Result<TaxRate, DbError> {
    Ok(TaxRate {
        id: row.get(0)?,
        storefront: row.get(1)?,
        country: row.get(2)?,
        from_day: row.get(3)?,
        rate_ppm: row.get(4)?,
        note: row.get(5)?,
    })
}

/// Rates by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<TaxRate>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM tax_rates WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let rates = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rates, limit, |rate| rate.id.clone()))
}

/// One rate.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<TaxRate>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM tax_rates WHERE id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Makes a rate or replaces the one of this id, unless something was sold under it: then a new one has to follow it.
pub fn put(tx: &mut Tx, rate: &TaxRate, now_us: i64) -> Result<(), Refused> {
    check(tx, rate)?;
    let noted = |standing: TaxRate| TaxRate { note: rate.note.clone(), ..standing };
    if find(tx, &rate.id)?.is_some_and(|standing| noted(standing) != *rate) {
        unused(tx, &rate.id)?;
    }
    let other = tx.row(
        "SELECT id FROM tax_rates WHERE storefront = $1 AND country = $2 AND from_day = $3 AND id <> $4",
        params![&rate.storefront, &rate.country, &rate.from_day, &rate.id],
    )?;
    if let Some(other) = other {
        let reason = format!("the rate {:?} is for the same country from the same day", other.get::<String>(0)?);
        return Err(Refused::conflict("from", reason));
    }
    tx.execute(
        "INSERT INTO tax_rates (id, storefront, country, from_day, rate_ppm, note, created_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, country = excluded.country,
             from_day = excluded.from_day, rate_ppm = excluded.rate_ppm, note = excluded.note",
        params![&rate.id, &rate.storefront, &rate.country, &rate.from_day, rate.rate_ppm, &rate.note, now_us],
    )?;
    Ok(())
}

/// Removes a rate that nothing was sold under; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    unused(tx, id)?;
    tx.execute("DELETE FROM tax_rates WHERE id = $1", params![id])?;
    Ok(true)
}

fn check(tx: &mut Tx, rate: &TaxRate) -> Result<(), Refused> {
    check_id(&rate.id)?;
    countries::read("country", &rate.country)?;
    let is_day = rate.from_day.len() == 10 && clock::moment_from(&rate.from_day).is_some();
    if !is_day {
        return Err(Refused::field("from", format!("{:?} is no day: write it like 2026-12-01", rate.from_day)));
    }
    if rate.rate_ppm > money::price::PPM {
        return Err(Refused::field("rate_ppm", "a rate is at most 1000000 parts per million, the whole price"));
    }
    short("note", &rate.note, MAX_NOTE_CHARS)?;
    if storefronts::get(tx, &rate.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", rate.storefront)));
    }
    Ok(())
}

fn unused(tx: &mut Tx, id: &str) -> Result<(), Refused> {
    match tx.row("SELECT order_id FROM order_places WHERE rate_id = $1 LIMIT 1", params![id])? {
        None => Ok(()),
        Some(_) => Err(Refused::conflict(
            "id",
            "something was sold under this rate, so it stays as it is: declare another one from a later day",
        )),
    }
}

/// The rates of a storefront in one country, read once in a transaction.
pub(super) fn of_country(tx: &mut Tx, storefront: &str, country: Country) -> Result<Arc<Vec<Rate<Country>>>, DbError> {
    tx.once("tax_rates", format!("tax of {storefront} in {country}"), |tx| read_of_country(tx, storefront, country))
}

fn read_of_country(tx: &mut Tx, storefront: &str, country: Country) -> Result<Vec<Rate<Country>>, DbError> {
    let rows = tx.rows(
        "SELECT id, from_day, rate_ppm FROM tax_rates WHERE storefront = $1 AND country = $2",
        params![storefront, country.code()],
    )?;
    rows.iter().map(|r| Ok(Rate { id: r.get(0)?, country, from_day: r.get(1)?, ppm: r.get(2)? })).collect()
}
