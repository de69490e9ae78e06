//! A tariff: what a megabyte of audio payload costs in a storefront, for a class of formats and a tier of releases, period
//! after period. Owner of the tables `tariffs` and `tariff_periods`.

use audio::codec::Class;
use money::Micros;

use crate::clock::moment_of;
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::params;
use crate::storefronts;

/// Two cents a megabyte, until an operator sets another price.
pub const DEFAULT_PRICE_PER_MB: Micros = Micros(20_000);
/// The highest price per megabyte that can be set.
pub const MAX_PRICE_PER_MB: Micros = Micros(1_000 * money::amount::PER_UNIT);
/// Periods of one tariff.
pub const MAX_PERIODS: usize = 1_000;
/// The general tariff of the main storefront, unless it was declared under another id.
pub const STANDARD: &str = "standard";

/// How old a release is to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Out for a short time.
    New,
    /// Everything else.
    Catalogue,
    /// Given away, because somebody decided so.
    Free,
}

impl Tier {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::New => "new",
            Tier::Catalogue => "catalogue",
            Tier::Free => "free",
        }
    }
}

impl std::str::FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Tier, String> {
        [Tier::New, Tier::Catalogue, Tier::Free]
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no tier: it is new, catalogue or free"))
    }
}

/// The class of that name.
pub fn class_of(text: &str) -> Result<Class, String> {
    [Class::Lossy, Class::Lossless, Class::Hires]
        .into_iter()
        .find(|class| class.as_str() == text)
        .ok_or_else(|| format!("{text:?} is no class of formats: it is lossy, lossless or hires"))
}

/// What a megabyte costs, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// None: since always.
    pub from_us: Option<i64>,
    /// The first instant after it; none: for good.
    pub until_us: Option<i64>,
    /// For 1,000,000 bytes.
    pub price_per_mb: Micros,
}

impl Period {
    fn holds_at(&self, at_us: i64) -> bool {
        self.from_us.is_none_or(|from| from <= at_us) && self.until_us.is_none_or(|until| at_us < until)
    }
}

/// A tariff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// The operator's name for it.
    pub id: String,
    /// Where it holds.
    pub storefront: String,
    /// None: for every class of formats.
    pub class: Option<Class>,
    /// None: for every tier of releases.
    pub tier: Option<Tier>,
    /// In order, without a hole.
    pub periods: Vec<Period>,
}

impl Tariff {
    /// Whether it is the storefront's tariff for all that no other names.
    pub fn is_general(&self) -> bool {
        self.class.is_none() && self.tier.is_none()
    }

    /// How much it says of what it is for: the tariff that says most holds, and a tier says more than a class.
    fn weight(&self) -> u8 {
        2 * u8::from(self.tier.is_some()) + u8::from(self.class.is_some())
    }

    fn price_at(&self, at_us: i64) -> Option<Micros> {
        self.periods.iter().find(|period| period.holds_at(at_us)).map(|period| period.price_per_mb)
    }

    /// Refuses what cannot be a tariff, whatever stands beside it. `now_us`: a general tariff leaves no moment from now on
    /// without a price.
    pub fn check(&self, now_us: i64) -> Result<(), Refused> {
        check_id(&self.id)?;
        let (Some(first), Some(last)) = (self.periods.first(), self.periods.last()) else {
            return Err(Refused::field("periods", "a tariff has at least one period"));
        };
        if self.periods.len() > MAX_PERIODS {
            return Err(Refused::field("periods", format!("a tariff has at most {MAX_PERIODS} periods")));
        }
        for (n, period) in self.periods.iter().enumerate() {
            check_price(&format!("periods[{n}].price_per_mb_micros"), period.price_per_mb)?;
            if let (Some(from), Some(until)) = (period.from_us, period.until_us)
                && until <= from
            {
                return Err(Refused::field(format!("periods[{n}].until"), "a period ends after it begins"));
            }
        }
        self.periods.windows(2).enumerate().try_for_each(|(n, pair)| follows(n + 1, &pair[0], &pair[1]))?;
        if !self.is_general() {
            return Ok(());
        }
        if let Some(from) = first.from_us.filter(|from| *from > now_us) {
            let reason = format!("nothing would have a price until {}: begin now or earlier", moment_of(from));
            return Err(Refused::field("periods[0].from", reason));
        }
        if let Some(until) = last.until_us {
            let reason = format!("nothing would have a price after {}: leave the last end out", moment_of(until));
            return Err(Refused::field(format!("periods[{}].until", self.periods.len() - 1), reason));
        }
        Ok(())
    }
}

/// Refuses a price per megabyte that no tariff can have.
pub(super) fn check_price(field: &str, price: Micros) -> Result<(), Refused> {
    if price < Micros::ZERO || price > MAX_PRICE_PER_MB {
        return Err(Refused::field(field, format!("a price per megabyte is between 0 and {MAX_PRICE_PER_MB}")));
    }
    Ok(())
}

/// Refuses period `n` unless it begins where the one before it ends.
fn follows(n: usize, before: &Period, period: &Period) -> Result<(), Refused> {
    let Some(until) = before.until_us else {
        let reason = "only the last period has no end, and another follows";
        return Err(Refused::field(format!("periods[{}].until", n - 1), reason));
    };
    let Some(from) = period.from_us else {
        return Err(Refused::field(format!("periods[{n}].from"), "only the first period has no beginning"));
    };
    let (ends, begins) = (moment_of(until), moment_of(from));
    match from.cmp(&until) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            let reason = format!("a hole in time: the period before ends at {ends}, and this one begins at {begins}");
            Err(Refused::field(format!("periods[{n}].from"), reason))
        }
        std::cmp::Ordering::Less => {
            let reason = format!("it overlaps: the period before ends at {ends}, and this one begins at {begins}");
            Err(Refused::field(format!("periods[{n}].from"), reason))
        }
    }
}

/// The tariffs of a storefront that are in force at an instant.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    prices: Vec<(Option<Class>, Option<Tier>, u8, Micros)>,
}

impl InForce {
    /// Those of `tariffs` that hold at `at_us`.
    pub fn at<'t>(tariffs: impl IntoIterator<Item = &'t Tariff>, at_us: i64) -> InForce {
        let price = |t: &Tariff| Some((t.class, t.tier, t.weight(), t.price_at(at_us)?));
        let mut prices: Vec<_> = tariffs.into_iter().filter_map(price).collect();
        prices.sort_by_key(|(_, _, weight, _)| std::cmp::Reverse(*weight));
        InForce { prices }
    }

    /// What a megabyte costs. What is free costs nothing unless a tariff names the tier.
    pub fn price_per_mb(&self, class: Class, tier: Tier) -> Micros {
        let fits = |(c, t, ..): &&(Option<Class>, Option<Tier>, u8, Micros)| {
            c.is_none_or(|c| c == class) && t.map_or(tier != Tier::Free, |t| t == tier)
        };
        let default = if tier == Tier::Free { Micros::ZERO } else { DEFAULT_PRICE_PER_MB };
        self.prices.iter().find(fits).map_or(default, |(.., price)| *price)
    }
}

const COLUMNS: &str = "t.id, t.storefront, t.class, t.tier, p.from_us, p.until_us, p.price_per_mb_micros";
const TABLES: &str = "tariffs t JOIN tariff_periods p ON p.tariff_id = t.id";

/// The tariffs of a storefront.
fn of_storefront(tx: &mut Tx, storefront: &str) -> Result<Vec<Tariff>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE t.storefront = $1 ORDER BY t.id, p.place");
    gathered(&tx.rows(&sql, params![storefront])?)
}

/// All of them.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<Tariff>, DbError> {
    gathered(&tx.rows(&format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY t.id, p.place"), &[])?)
}

/// One tariff.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Tariff>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE t.id = $1 ORDER BY p.place");
    Ok(gathered(&tx.rows(&sql, params![id])?)?.pop())
}

/// Tariffs by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Tariff>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE t.id IN (SELECT id FROM tariffs WHERE id > $1 ORDER BY id LIMIT $2) ORDER BY t.id, p.place"
    );
    let tariffs = gathered(&tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?)?;
    Ok(Page::cut(tariffs, limit, |tariff| tariff.id.clone()))
}

/// Makes a tariff or replaces the one of this id. Orders placed before keep their prices.
pub(super) fn put(tx: &mut Tx, tariff: &Tariff, now_us: i64) -> Result<(), Refused> {
    tariff.check(now_us)?;
    if storefronts::get(tx, &tariff.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", tariff.storefront)));
    }
    if let Some(standing) = find(tx, &tariff.id)?
        && standing.is_general()
        && !(tariff.is_general() && tariff.storefront == standing.storefront)
    {
        let reason =
            format!("{} is the general tariff of {:?}, which cannot do without", tariff.id, standing.storefront);
        return Err(Refused::conflict(if tariff.class.is_some() { "class" } else { "tier" }, reason));
    }
    let (class, tier) = (tariff.class.map_or("", Class::as_str), tariff.tier.map_or("", Tier::as_str));
    let other = tx.row(
        "SELECT id FROM tariffs WHERE storefront = $1 AND class = $2 AND tier = $3 AND id <> $4",
        params![&tariff.storefront, class, tier, &tariff.id],
    )?;
    if let Some(other) = other {
        let reason = format!("the tariff {:?} is for the same class and tier already", other.get::<String>(0)?);
        return Err(Refused::conflict("id", reason));
    }
    tx.execute(
        "INSERT INTO tariffs (id, storefront, class, tier) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, class = excluded.class, tier = excluded.tier",
        params![&tariff.id, &tariff.storefront, class, tier],
    )?;
    tx.execute("DELETE FROM tariff_periods WHERE tariff_id = $1", params![&tariff.id])?;
    for (place, period) in tariff.periods.iter().enumerate() {
        tx.execute(
            "INSERT INTO tariff_periods (tariff_id, place, from_us, until_us, price_per_mb_micros)
             VALUES ($1, $2, $3, $4, $5)",
            params![&tariff.id, place as i64, period.from_us, period.until_us, period.price_per_mb.0],
        )?;
    }
    Ok(())
}

/// Removes a tariff; says whether there was one. A storefront's general tariff stays.
pub(super) fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    let Some(tariff) = find(tx, id)? else { return Ok(false) };
    if tariff.is_general() {
        return Err(Refused::conflict("id", "a storefront cannot do without its general tariff: replace it instead"));
    }
    tx.execute("DELETE FROM tariff_periods WHERE tariff_id = $1", params![id])?;
    tx.execute("DELETE FROM tariffs WHERE id = $1", params![id])?;
    Ok(true)
}

/// Sets the general price of a storefront from `now_us` on.
pub(super) fn set_general(tx: &mut Tx, storefront: &str, price: Micros, now_us: i64) -> Result<(), Refused> {
    check_price("price_per_mb", price)?;
    let standing = of_storefront(tx, storefront)?.into_iter().find(Tariff::is_general);
    let mut tariff = standing.unwrap_or_else(|| Tariff {
        id: if storefront == storefronts::MAIN { STANDARD.to_owned() } else { format!("{STANDARD}-{storefront}") },
        storefront: storefront.to_owned(),
        class: None,
        tier: None,
        periods: vec![Period { from_us: None, until_us: None, price_per_mb: DEFAULT_PRICE_PER_MB }],
    });
    tariff.periods.retain(|period| period.from_us.is_none_or(|from| from < now_us));
    if let Some(last) = tariff.periods.last_mut() {
        last.until_us = Some(now_us);
    }
    let from_us = (!tariff.periods.is_empty()).then_some(now_us);
    tariff.periods.push(Period { from_us, until_us: None, price_per_mb: price });
    put(tx, &tariff, now_us)
}

/// Rows of [`COLUMNS`], a tariff's beside each other.
fn gathered(rows: &[Row]) -> Result<Vec<Tariff>, DbError> {
    let mut tariffs = Vec::<Tariff>::new();
    for row in rows {
        let id: String = row.get(0)?;
        if tariffs.last().is_none_or(|tariff| tariff.id != id) {
            tariffs.push(tariff_of(row, id)?);
        }
        let period = Period { from_us: row.get(4)?, until_us: row.get(5)?, price_per_mb: Micros(row.get(6)?) };
        if let Some(tariff) = tariffs.last_mut() {
            tariff.periods.push(period);
        }
    }
    Ok(tariffs)
}

fn tariff_of(row: &Row, id: String) -> Result<Tariff, DbError> {
    let (class, tier): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(Tariff {
        id,
        storefront: row.get(1)?,
        class: (!class.is_empty()).then(|| class_of(&class)).transpose().map_err(DbError::Failed)?,
        tier: (!tier.is_empty()).then(|| tier.parse()).transpose().map_err(DbError::Failed)?,
        periods: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_US: i64 = 1_700_000_000_000_000;

    fn tariff(periods: &[(Option<i64>, Option<i64>, i64)]) -> Tariff {
        let period = |(from, until, price): &(Option<i64>, Option<i64>, i64)| Period {
            from_us: from.map(|s| NOW_US + s),
            until_us: until.map(|s| NOW_US + s),
            price_per_mb: Micros(*price),
        };
        let periods = periods.iter().map(period).collect();
        Tariff { id: "a".into(), storefront: "main".into(), class: None, tier: None, periods }
    }

    fn refused_field(tariff: &Tariff) -> String {
        match tariff.check(NOW_US) {
            Ok(()) => String::new(),
            Err(Refused::Field { field, .. }) => field,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_tariff_with_a_hole_in_time_is_refused_with_the_field() {
        type Periods<'a> = &'a [(Option<i64>, Option<i64>, i64)];
        let cases: [(Periods, &str); 11] = [
            (&[(None, None, 5)], ""),
            (&[(Some(-9), Some(4), 5), (Some(4), None, 6)], ""),
            (&[(Some(-9), Some(4), 5), (Some(5), None, 6)], "periods[1].from"),
            (&[(Some(-9), Some(4), 5), (Some(3), None, 6)], "periods[1].from"),
            (&[(Some(-9), None, 5), (Some(3), None, 6)], "periods[0].until"),
            (&[(None, Some(4), 5), (None, None, 6)], "periods[1].from"),
            (&[(Some(4), Some(4), 5), (Some(4), None, 6)], "periods[0].until"),
            (&[(Some(1), None, 5)], "periods[0].from"),
            (&[(None, Some(9), 5)], "periods[0].until"),
            (&[(None, None, -1)], "periods[0].price_per_mb_micros"),
            (&[], "periods"),
        ];
        for (periods, field) in cases {
            assert_eq!(refused_field(&tariff(periods)), field, "{periods:?}");
        }
        // What is not for everything may begin and end: outside of it the general tariff holds.
        let hires = Tariff { class: Some(Class::Hires), ..tariff(&[(Some(1), Some(9), 5)]) };
        assert_eq!(refused_field(&hires), "");
        assert_eq!(refused_field(&Tariff { id: "A".into(), ..hires }), "id");
    }

    #[test]
    fn the_tariff_that_says_most_holds() {
        let of = |class, tier, price| Tariff { class, tier, ..tariff(&[(None, None, price)]) };
        let all = [
            of(None, None, 1),
            of(Some(Class::Hires), None, 2),
            of(None, Some(Tier::New), 3),
            of(Some(Class::Hires), Some(Tier::New), 4),
            Tariff { class: Some(Class::Lossless), ..tariff(&[(Some(1), None, 9)]) },
        ];
        let at = InForce::at(&all, NOW_US);
        for (class, tier, price) in [
            (Class::Lossy, Tier::Catalogue, 1),
            (Class::Hires, Tier::Catalogue, 2),
            (Class::Lossy, Tier::New, 3),
            (Class::Hires, Tier::New, 4),
            (Class::Lossless, Tier::Catalogue, 1),
            (Class::Hires, Tier::Free, 0),
        ] {
            assert_eq!(at.price_per_mb(class, tier), Micros(price), "{class:?} {tier:?}");
        }
        assert_eq!(InForce::at(&all, NOW_US + 1).price_per_mb(Class::Lossless, Tier::Catalogue), Micros(9));
        assert_eq!(InForce::default().price_per_mb(Class::Lossy, Tier::New), DEFAULT_PRICE_PER_MB);
    }
}
