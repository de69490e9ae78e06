//! Promotions: discounts, and for whom, for what and when. Owner of the tables `promotions` and `promotion_uses`.

use std::collections::BTreeMap;

use money::Micros;
use money::discount::{CAP_PPM, Rung};
use serde::{Deserialize, Serialize};

use super::floors::{exists, exists_at};
use crate::catalog::{self, GenreTree};
use crate::clock::{is_zone, local_minute};
use crate::db::{DbError, Row, Tx};
use crate::declared::{MAX_NAME_CHARS, Refused, check_id};
use crate::page::Page;
use crate::params;
use crate::storefronts;

/// Promotions of the whole shop: each is looked at for every quote.
pub const MAX_PROMOTIONS: i64 = 1_000;
/// Entries of one list of a promotion: genres, labels, releases, rungs, happy hours.
pub const MAX_ENTRIES: usize = 200;
/// Characters of a code.
pub const MAX_CODE_CHARS: usize = 40;
/// By what money can come to a balance, as [`Promotion::means`] names it.
pub const MEANS: [&str; 4] = ["stripe", "transfer", "voucher", "credit"];
/// Days of the week, as [`HappyHour::days`] names them.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A discount and its conditions. All that are set must be met; within a list one of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promotion {
    /// The operator's name for it.
    pub id: String,
    /// Where it holds.
    pub storefront: String,
    /// What listeners read, by language.
    pub names: BTreeMap<String, String>,
    /// In parts per million of the list price; 0 where a ladder says it.
    pub discount_ppm: u32,
    /// Sums spent, in micros, with the discount from there on.
    pub ladder: Vec<(i64, u32)>,
    /// None: since always.
    pub from_us: Option<i64>,
    /// None: for good.
    pub until_us: Option<i64>,
    /// Ids of genres, or of tags that belong to none; what lies within a genre counts too.
    pub genres: Vec<String>,
    /// Ids of labels.
    pub labels: Vec<String>,
    /// Ids of releases.
    pub releases: Vec<String>,
    /// What the buyer types.
    pub code: Option<String>,
    /// Only who has bought nothing yet.
    pub first_order: bool,
    /// Each buyer once.
    pub once_per_user: bool,
    /// Only at these times of the week.
    pub happy_hours: Vec<HappyHour>,
    /// By what money came to the buyer's balance last ([`MEANS`]).
    pub means: Vec<String>,
}

/// A time of the week, by the clocks of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HappyHour {
    /// Out of [`DAYS`]; empty: every day.
    pub days: Vec<String>,
    /// The minute of the day it begins at.
    pub from_min: u32,
    /// The minute it ends at; at most `from_min`: on the next day.
    pub until_min: u32,
    /// A name of the IANA database: `Europe/Berlin`.
    pub time_zone: String,
}

impl HappyHour {
    /// Whether it is that time.
    pub fn holds_at(&self, at_us: i64) -> bool {
        let Some((day, minute)) = local_minute(at_us, &self.time_zone) else { return false };
        let on = |day: u8| self.days.is_empty() || self.days.iter().any(|d| d == DAYS[usize::from(day) % DAYS.len()]);
        if self.from_min < self.until_min {
            return on(day) && (self.from_min..self.until_min).contains(&minute);
        }
        // Over midnight: what is left of it belongs to the day before.
        (on(day) && minute >= self.from_min) || (on((day + 6) % 7) && minute < self.until_min)
    }
}

impl Promotion {
    /// Its ladder.
    pub fn rungs(&self) -> Vec<Rung> {
        self.ladder.iter().map(|(spent, ppm)| Rung { spent: Micros(*spent), discount_ppm: *ppm }).collect()
    }

    /// Whether its time has come and is not over.
    pub fn holds_at(&self, at_us: i64) -> bool {
        self.from_us.is_none_or(|from| from <= at_us)
            && self.until_us.is_none_or(|until| at_us < until)
            && (self.happy_hours.is_empty() || self.happy_hours.iter().any(|hour| hour.holds_at(at_us)))
    }

    /// What kind of discount it is to a reader: by its strongest condition.
    pub fn sort(&self) -> &'static str {
        match self {
            _ if !self.ladder.is_empty() => "spent",
            _ if self.code.is_some() => "code",
            _ if self.first_order => "first_order",
            _ if !self.happy_hours.is_empty() => "happy_hour",
            _ if !self.means.is_empty() => "means",
            _ => "promotion",
        }
    }

    fn check(&self) -> Result<(), Refused> {
        check_id(&self.id)?;
        self.check_discount()?;
        if let (Some(from), Some(until)) = (self.from_us, self.until_us)
            && until <= from
        {
            return Err(Refused::field("until", "a promotion ends after it begins"));
        }
        for (language, name) in &self.names {
            if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
                let reason = format!("a name has 1 to {MAX_NAME_CHARS} characters");
                return Err(Refused::field(format!("names.{language}"), reason));
            }
        }
        let lists = [("genres", self.genres.len()), ("labels", self.labels.len()), ("releases", self.releases.len())];
        let more =
            [("ladder", self.ladder.len()), ("happy_hours", self.happy_hours.len()), ("means", self.means.len())];
        if let Some((field, _)) = lists.into_iter().chain(more).find(|(_, len)| *len > MAX_ENTRIES) {
            return Err(Refused::field(field, format!("at most {MAX_ENTRIES}")));
        }
        if let Some(code) = &self.code {
            let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            if code.is_empty() || code.chars().count() > MAX_CODE_CHARS || !code.chars().all(fits) {
                let reason = format!("a code has 1 to {MAX_CODE_CHARS} letters, digits, hyphens or underscores");
                return Err(Refused::field("code", reason));
            }
        }
        self.check_hours()?;
        let unknown = self.means.iter().enumerate().find(|(_, means)| !MEANS.contains(&means.as_str()));
        unknown.map_or(Ok(()), |(n, means)| {
            let reason = format!("{means:?} is no means of payment: it is one of {}", MEANS.join(", "));
            Err(Refused::field(format!("means[{n}]"), reason))
        })
    }

    fn check_discount(&self) -> Result<(), Refused> {
        let range = |field: String, ppm: u32| {
            let reason = format!("a discount is between 1 and {CAP_PPM} parts per million: a third is the most");
            if ppm == 0 || ppm > CAP_PPM { Err(Refused::field(field, reason)) } else { Ok(()) }
        };
        if self.ladder.is_empty() {
            return range("discount_ppm".to_owned(), self.discount_ppm);
        }
        if self.discount_ppm > 0 {
            return Err(Refused::field("discount_ppm", "the ladder says the discount: leave one of them out"));
        }
        for (n, (spent, ppm)) in self.ladder.iter().enumerate() {
            range(format!("ladder[{n}].discount_ppm"), *ppm)?;
            if *spent < 0 || (n > 0 && self.ladder[n - 1].0 >= *spent) {
                let reason = "sums are not negative, and each is more than the one before";
                return Err(Refused::field(format!("ladder[{n}].spent_micros"), reason));
            }
        }
        Ok(())
    }

    fn check_hours(&self) -> Result<(), Refused> {
        const DAY_MIN: u32 = 24 * 60;
        for (n, hour) in self.happy_hours.iter().enumerate() {
            let at = |field: &str| format!("happy_hours[{n}].{field}");
            if !is_zone(&hour.time_zone) {
                let reason = format!("there is no time zone {:?}: write one like Europe/Berlin", hour.time_zone);
                return Err(Refused::field(at("time_zone"), reason));
            }
            if hour.from_min >= DAY_MIN {
                return Err(Refused::field(at("from"), "a time of the day is between 00:00 and 23:59"));
            }
            if hour.until_min > DAY_MIN || hour.until_min == hour.from_min {
                return Err(Refused::field(at("until"), "it ends at another time than it begins, at most at 24:00"));
            }
            if let Some(day) = hour.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
                let reason = format!("{day:?} is no day: it is one of {}", DAYS.join(", "));
                return Err(Refused::field(at("days"), reason));
            }
        }
        Ok(())
    }

    /// Refuses what refers to nothing.
    fn check_references(&self, tx: &mut Tx, currency: &str) -> Result<(), Refused> {
        exists(tx, "storefront", "storefronts", &self.storefront)?;
        let sells_in = storefronts::get(tx, &self.storefront)?.map(|storefront| storefront.currency);
        if let Some(sells_in) = sells_in.filter(|sells_in| sells_in != currency) {
            let reason = format!("{} sells in {sells_in}, not in {currency:?}", self.storefront);
            return Err(Refused::field("currency", reason));
        }
        // A genre is one of the tree, or a tag that nobody declared.
        let tree = if self.genres.is_empty() { GenreTree::default() } else { catalog::genre_tree(tx)? };
        for (field, what, table, ids) in [
            ("genres", "genre", "genres", &self.genres),
            ("labels", "label", "labels", &self.labels),
            ("releases", "release", "releases", &self.releases),
        ] {
            for (n, id) in ids.iter().enumerate() {
                if field == "genres" && tree.find(id).is_some() {
                    continue;
                }
                exists_at(tx, &format!("{field}[{n}]"), what, table, id)?;
            }
        }
        Ok(())
    }
}

/// A code as it is compared: in capitals, without spaces around it.
pub fn code_key(code: &str) -> String {
    code.trim().to_uppercase()
}

/// Promotions by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Promotion>, DbError> {
    let sql = "SELECT rules FROM promotions WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = tx.rows(sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let promotions = rows.iter().map(promotion_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(promotions, limit, |promotion| promotion.id.clone()))
}

/// All of them.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<Promotion>, DbError> {
    tx.rows("SELECT rules FROM promotions ORDER BY id", &[])?.iter().map(promotion_of).collect()
}

/// One of them.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Promotion>, DbError> {
    tx.row("SELECT rules FROM promotions WHERE id = $1", params![id])?.as_ref().map(promotion_of).transpose()
}

/// Makes a promotion, or replaces the one of its id. `currency`: what its amounts are in.
pub(super) fn put(tx: &mut Tx, promotion: &Promotion, currency: &str) -> Result<(), Refused> {
    promotion.check()?;
    promotion.check_references(tx, currency)?;
    let code = promotion.code.as_deref().map(code_key);
    if let Some(code) = &code {
        let sql = "SELECT id FROM promotions WHERE storefront = $1 AND code = $2 AND id <> $3";
        if let Some(other) = tx.row(sql, params![&promotion.storefront, code, &promotion.id])? {
            let reason = format!("the promotion {:?} has this code already", other.get::<String>(0)?);
            return Err(Refused::conflict("code", reason));
        }
    }
    let count = tx.row("SELECT count(*) FROM promotions WHERE id <> $1", params![&promotion.id])?;
    if count.map(|row| row.get::<i64>(0)).transpose()?.unwrap_or(0) >= MAX_PROMOTIONS {
        let reason = format!("there are {MAX_PROMOTIONS} promotions already: remove those that are over");
        return Err(Refused::conflict("id", reason));
    }
    let rules = serde_json::to_string(promotion).map_err(|e| DbError::Failed(e.to_string()))?;
    tx.execute(
        "INSERT INTO promotions (id, storefront, code, rules) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, code = excluded.code, rules = excluded.rules",
        params![&promotion.id, &promotion.storefront, code, rules],
    )?;
    Ok(())
}

/// Removes a promotion; says whether there was one. Orders placed with it keep their prices.
pub(super) fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM promotions WHERE id = $1", params![id])? > 0)
}

/// An order has a promotion.
pub(super) fn used(tx: &mut Tx, id: &str, order_id: &str, user_id: &str, at_us: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO promotion_uses (promotion_id, order_id, user_id, at_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (promotion_id, order_id) DO NOTHING",
        params![id, order_id, user_id, at_us],
    )?;
    Ok(())
}

/// Promotions that a user had before `at_us`, in orders of which something was not given back.
pub(super) fn uses_of(tx: &mut Tx, user_id: &str, at_us: i64) -> Result<Vec<String>, DbError> {
    let sql = "SELECT DISTINCT u.promotion_id FROM promotion_uses u WHERE u.user_id = $1 AND u.at_us < $2
         AND EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = u.order_id AND l.state <> 'refunded')";
    tx.rows(sql, params![user_id, at_us])?.iter().map(|row| row.get(0)).collect()
}

fn promotion_of(row: &Row) -> Result<Promotion, DbError> {
    serde_json::from_str(&row.get::<String>(0)?).map_err(|e| DbError::Failed(format!("a stored promotion: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::moment_from;

    fn hour(days: &[&str], from_min: u32, until_min: u32) -> HappyHour {
        let days = days.iter().map(|day| (*day).to_owned()).collect();
        HappyHour { days, from_min, until_min, time_zone: "Europe/Berlin".into() }
    }

    #[test]
    fn a_happy_hour_follows_the_clocks_of_its_place_over_midnight_too() {
        let evening = hour(&["sat"], 18 * 60, 20 * 60);
        let night = hour(&["sat"], 22 * 60, 2 * 60);
        // 2026-11-21 is a Saturday; Berlin is an hour ahead of UTC.
        for (at, in_evening, in_night) in [
            ("2026-11-21T16:59:59Z", false, false),
            ("2026-11-21T17:00:00Z", true, false),
            ("2026-11-21T18:59:59Z", true, false),
            ("2026-11-21T19:00:00Z", false, false),
            ("2026-11-20T17:30:00Z", false, false),
            ("2026-11-21T21:00:00Z", false, true),
            ("2026-11-22T00:59:00Z", false, true),
            ("2026-11-22T01:00:00Z", false, false),
            ("2026-11-21T00:30:00Z", false, false),
        ] {
            let at_us = moment_from(at).unwrap();
            assert_eq!((evening.holds_at(at_us), night.holds_at(at_us)), (in_evening, in_night), "{at}");
        }
        assert!(hour(&[], 0, 24 * 60).holds_at(0));
        assert!(!HappyHour { time_zone: "nowhere".into(), ..hour(&[], 0, 24 * 60) }.holds_at(0));
    }

    #[test]
    fn a_promotion_that_cannot_be_is_refused_with_the_field() {
        let fine = Promotion { id: "p".into(), storefront: "main".into(), discount_ppm: 1, ..Promotion::default() };
        assert!(fine.check().is_ok());
        let cases: [(Promotion, &str); 14] = [
            (Promotion { id: "P".into(), ..fine.clone() }, "id"),
            (Promotion { discount_ppm: 0, ..fine.clone() }, "discount_ppm"),
            (Promotion { discount_ppm: CAP_PPM + 1, ..fine.clone() }, "discount_ppm"),
            (Promotion { ladder: vec![(5, 1)], ..fine.clone() }, "discount_ppm"),
            (Promotion { discount_ppm: 0, ladder: vec![(5, 1), (5, 2)], ..fine.clone() }, "ladder[1].spent_micros"),
            (Promotion { discount_ppm: 0, ladder: vec![(-5, 1)], ..fine.clone() }, "ladder[0].spent_micros"),
            (Promotion { discount_ppm: 0, ladder: vec![(5, 0)], ..fine.clone() }, "ladder[0].discount_ppm"),
            (Promotion { from_us: Some(2), until_us: Some(2), ..fine.clone() }, "until"),
            (Promotion { names: BTreeMap::from([("en".into(), " ".into())]), ..fine.clone() }, "names.en"),
            (Promotion { code: Some("a b".into()), ..fine.clone() }, "code"),
            (Promotion { means: vec!["stripe".into(), "barter".into()], ..fine.clone() }, "means[1]"),
            (Promotion { happy_hours: vec![hour(&["Sat"], 0, 1)], ..fine.clone() }, "happy_hours[0].days"),
            (Promotion { happy_hours: vec![hour(&[], 5, 5)], ..fine.clone() }, "happy_hours[0].until"),
            (Promotion { genres: vec![String::new(); MAX_ENTRIES + 1], ..fine.clone() }, "genres"),
        ];
        for (promotion, field) in cases {
            match promotion.check() {
                Err(Refused::Field { field: refused, .. }) => assert_eq!(refused, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }
}
