//! What is special about one release: its tier, and a price that its weight does not change. Owner of the tables
//! `release_prices` and `release_fixed_prices`.

use audio::codec::Class;
use money::Micros;

use super::floors::{MAX_FLOOR_PER_TRACK, exists};
use super::tariff::{Tier, class_of};
use crate::clock::{day_of, moment_from};
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::params;

/// Days for which a release is new, from the day it came out.
pub const NEW_FOR_DAYS: i64 = 90;
/// The highest fixed price.
pub const MAX_FIXED: Micros = MAX_FLOOR_PER_TRACK;
const DAY_US: i64 = 86_400_000_000;

/// What is special about a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePrice {
    /// The operator's name for it.
    pub id: String,
    /// Where it holds.
    pub storefront: String,
    /// The release's id.
    pub release_id: String,
    /// None: by its age.
    pub tier: Option<Tier>,
    /// At most one for each class, and one for all others.
    pub fixed: Vec<FixedPrice>,
}

/// A price whatever the weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedPrice {
    /// None: every class that no other names.
    pub class: Option<Class>,
    /// Of the whole release.
    pub release: Micros,
    /// Of a single track; none: by its weight.
    pub track: Option<Micros>,
}

impl ReleasePrice {
    /// The fixed price in a class.
    pub fn fixed_for(&self, class: Class) -> Option<&FixedPrice> {
        let named = self.fixed.iter().find(|fixed| fixed.class == Some(class));
        named.or_else(|| self.fixed.iter().find(|fixed| fixed.class.is_none()))
    }
}

/// The tier of a release by its age. A date that is not whole counts as its first day; without one it is catalogue.
pub fn tier_by_age(release_date: Option<&str>, now_us: i64) -> Tier {
    let whole = release_date.map(|date| format!("{date}{}", &"0000-01-01"[date.len().clamp(4, 10)..]));
    let out_us = whole.as_deref().and_then(moment_from);
    let today_us = moment_from(&day_of(now_us)).unwrap_or(now_us);
    match out_us {
        Some(out_us) if out_us > today_us - NEW_FOR_DAYS * DAY_US => Tier::New,
        _ => Tier::Catalogue,
    }
}

const COLUMNS: &str = "p.id, p.storefront, p.release_id, p.tier, f.class, f.release_micros, f.track_micros";
const TABLES: &str = "release_prices p LEFT JOIN release_fixed_prices f ON f.release_price_id = p.id";

/// Them by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ReleasePrice>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE p.id IN (SELECT id FROM release_prices WHERE id > $1 ORDER BY id LIMIT $2) ORDER BY p.id, f.place"
    );
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    Ok(Page::cut(gathered(&rows)?, limit, |price| price.id.clone()))
}

/// All of them.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<ReleasePrice>, DbError> {
    gathered(&tx.rows(&format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY p.id, f.place"), &[])?)
}

/// One of them.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<ReleasePrice>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.id = $1 ORDER BY f.place");
    Ok(gathered(&tx.rows(&sql, params![id])?)?.pop())
}

/// Makes one, or replaces the one of its id.
pub(super) fn put(tx: &mut Tx, price: &ReleasePrice) -> Result<(), Refused> {
    check(price)?;
    exists(tx, "storefront", "storefronts", &price.storefront)?;
    exists(tx, "release", "releases", &price.release_id)?;
    let other = tx.row(
        "SELECT id FROM release_prices WHERE storefront = $1 AND release_id = $2 AND id <> $3",
        params![&price.storefront, &price.release_id, &price.id],
    )?;
    if let Some(other) = other {
        return Err(Refused::conflict("release", format!("{:?} is for this release already", other.get::<String>(0)?)));
    }
    let tier = price.tier.map_or("", Tier::as_str);
    tx.execute(
        "INSERT INTO release_prices (id, storefront, release_id, tier) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, release_id = excluded.release_id,
             tier = excluded.tier",
        params![&price.id, &price.storefront, &price.release_id, tier],
    )?;
    tx.execute("DELETE FROM release_fixed_prices WHERE release_price_id = $1", params![&price.id])?;
    for (place, fixed) in price.fixed.iter().enumerate() {
        let class = fixed.class.map_or("", Class::as_str);
        tx.execute(
            "INSERT INTO release_fixed_prices (release_price_id, place, class, release_micros, track_micros)
             VALUES ($1, $2, $3, $4, $5)",
            params![&price.id, place as i64, class, fixed.release.0, fixed.track.map(|track| track.0)],
        )?;
    }
    Ok(())
}

fn check(price: &ReleasePrice) -> Result<(), Refused> {
    check_id(&price.id)?;
    if price.tier.is_none() && price.fixed.is_empty() {
        return Err(Refused::field("fixed", "it says neither a tier nor a price"));
    }
    for (n, fixed) in price.fixed.iter().enumerate() {
        let fits = |price: Micros| price >= Micros::ZERO && price <= MAX_FIXED;
        if !fits(fixed.release) {
            let reason = format!("a fixed price is between 0 and {MAX_FIXED}");
            return Err(Refused::field(format!("fixed[{n}].release_micros"), reason));
        }
        if fixed.track.is_some_and(|track| !fits(track)) {
            let reason = format!("a fixed price is between 0 and {MAX_FIXED}");
            return Err(Refused::field(format!("fixed[{n}].track_micros"), reason));
        }
        if price.fixed[..n].iter().any(|other| other.class == fixed.class) {
            return Err(Refused::field(format!("fixed[{n}].class"), "there is a price for this class already"));
        }
    }
    Ok(())
}

/// Removes one; says whether there was one.
pub(super) fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    tx.execute("DELETE FROM release_fixed_prices WHERE release_price_id = $1", params![id])?;
    Ok(tx.execute("DELETE FROM release_prices WHERE id = $1", params![id])? > 0)
}

fn gathered(rows: &[Row]) -> Result<Vec<ReleasePrice>, DbError> {
    let mut prices = Vec::<ReleasePrice>::new();
    for row in rows {
        let id: String = row.get(0)?;
        if prices.last().is_none_or(|price| price.id != id) {
            let tier: String = row.get(3)?;
            let tier = (!tier.is_empty()).then(|| tier.parse()).transpose().map_err(DbError::Failed)?;
            let (storefront, release_id) = (row.get(1)?, row.get(2)?);
            prices.push(ReleasePrice { id, storefront, release_id, tier, fixed: Vec::new() });
        }
        if let (Some(class), Some(price)) = (row.get::<Option<String>>(4)?, prices.last_mut()) {
            let class = (!class.is_empty()).then(|| class_of(&class)).transpose().map_err(DbError::Failed)?;
            let track = row.get::<Option<i64>>(6)?.map(Micros);
            price.fixed.push(FixedPrice { class, release: Micros(row.get(5)?), track });
        }
    }
    Ok(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_new_for_ninety_days_from_the_day_it_came_out() {
        let now_us = moment_from("2026-11-21T12:00:00Z").unwrap();
        for (date, tier) in [
            (Some("2026-11-21"), Tier::New),
            (Some("2026-12-24"), Tier::New),
            (Some("2026-08-24"), Tier::New),
            (Some("2026-08-23"), Tier::Catalogue),
            (Some("2026-11"), Tier::New),
            (Some("2026"), Tier::Catalogue),
            (Some("1900"), Tier::Catalogue),
            (Some("19"), Tier::Catalogue),
            (Some("long ago and far away"), Tier::Catalogue),
            (Some("жжжжж"), Tier::Catalogue),
            (Some(""), Tier::Catalogue),
            (None, Tier::Catalogue),
        ] {
            assert_eq!(tier_by_age(date, now_us), tier, "{date:?}");
        }
    }
}
