//! Payment volume: what listeners paid in, what went back to them and what they spent, by month and by the country that the
//! money came from. Computed from the ledger at each question, so that its sums are those of the accounts at the providers.
//! Owns no table and books nothing.

use std::collections::BTreeMap;

use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::params;
use crate::royalties::Period;

/// Months that are looked at when nobody says.
pub const MONTHS: u32 = 12;
/// Months that are looked at at the most.
pub const MAX_MONTHS: u32 = 60;

/// Money that moved. What went back is positive too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many payments arrived.
    pub payments: u64,
    /// What arrived.
    pub paid_in: Micros,
    /// What went back to those who had paid it.
    pub refunded: Micros,
    /// What disputes took away, less what they gave back: below zero in a month that gave back more.
    pub disputed: Micros,
}

impl Moved {
    /// What is left of it.
    pub fn net(&self) -> Micros {
        Micros(self.paid_in.0 - self.refunded.0 - self.disputed.0)
    }

    fn add(&mut self, other: &Moved) {
        self.payments += other.payments;
        self.paid_in.0 += other.paid_in.0;
        self.refunded.0 += other.refunded.0;
        self.disputed.0 += other.disputed.0;
    }
}

/// A month of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthVolume {
    /// Which.
    pub month: Period,
    /// Over all providers.
    pub moved: Moved,
    /// What its buyers were charged, less what they got back, whichever credit paid it.
    pub spent: Micros,
    /// By provider.
    pub providers: BTreeMap<String, Moved>,
}

/// What came from one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryVolume {
    /// Two capital letters; none where it is not known.
    pub country: Option<String>,
    /// Over all months.
    pub moved: Moved,
    /// Over all months.
    pub spent: Micros,
    /// Every month that was asked for, the first one first.
    pub months: Vec<MonthVolume>,
}

/// The volume of a storefront in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Which storefront.
    pub storefront: String,
    /// ISO 4217.
    pub currency: String,
    /// Over all countries.
    pub moved: Moved,
    /// Over all countries.
    pub spent: Micros,
    /// The one with the most money first.
    pub countries: Vec<CountryVolume>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeReport {
    /// The first and the last month.
    pub from: Period,
    /// Included.
    pub until: Period,
    /// By storefront and currency.
    pub volumes: Vec<Volume>,
}

/// The report. Cheap to clone.
#[derive(Clone)]
pub struct PaymentVolume {
    db: Db,
    clock: Clock,
}

impl PaymentVolume {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> PaymentVolume {
        PaymentVolume { db, clock }
    }

    /// So many months up to `until` (the month that runs, where none is named), that one included.
    pub async fn report(&self, until: Option<Period>, months: Option<u32>) -> Result<VolumeReport, DbError> {
        let now = || Period::of(self.clock.now_us()).ok_or_else(|| DbError::Failed("the clock is astray".to_owned()));
        let until = until.map_or_else(now, Ok)?;
        let count = months.unwrap_or(MONTHS).clamp(1, MAX_MONTHS);
        let mut all: Vec<Period> = std::iter::successors(Some(until), |m| m.before_if()).take(count as usize).collect();
        all.reverse();
        self.db.read(move |tx| report(tx, &all)).await
    }
}

/// Storefront and currency, country, month.
type Cells = BTreeMap<(String, String), BTreeMap<Option<String>, Vec<MonthVolume>>>;

fn report(tx: &mut Tx, months: &[Period]) -> Result<VolumeReport, DbError> {
    let (Some(from), Some(until)) = (months.first(), months.last()) else {
        return Err(DbError::Failed("a report of no month".to_owned()));
    };
    let mut cells = Cells::new();
    for (place, month) in months.iter().enumerate() {
        for row in paid(tx, *month)? {
            let (provider, moved) = moved_of(&row)?;
            let cell = cell_of(&mut cells, months, &row, place)?;
            cell.moved.add(&moved);
            cell.providers.entry(provider).or_default().add(&moved);
        }
        for row in spent(tx, *month)? {
            cell_of(&mut cells, months, &row, place)?.spent.0 += row.get::<i64>(3)?;
        }
    }
    let volumes = cells.into_iter().map(|((storefront, currency), countries)| volume(storefront, currency, countries));
    Ok(VolumeReport { from: *from, until: *until, volumes: volumes.collect() })
}

/// What moved at the providers in a month. A payer is where his card was issued, or else where he was when he began to pay:
/// what he says of himself later does not change the past. A voucher's credit did not come in here, so money that is sent
/// for it did not go back here either.
fn paid(tx: &mut Tx, month: Period) -> Result<Vec<Row>, DbError> {
    tx.rows(
        "SELECT t.storefront, a.currency, COALESCE(t.card_country, t.country), t.provider, e.kind,
             CAST(SUM(p.amount_micros) AS BIGINT), CAST(COUNT(*) AS BIGINT)
         FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id JOIN ledger_entries e ON e.id = p.entry_id
         LEFT JOIN topup_refunds r ON e.kind = 'refund_paid' AND r.id = e.subject
         LEFT JOIN topup_disputes d ON e.kind = 'dispute' AND d.id = e.subject AND a.owner LIKE '%.' || d.provider
         JOIN topups t ON t.id = COALESCE(r.topup_id, d.topup_id, e.subject)
         WHERE a.kind = 'top_up_clearing' AND p.at_us >= $1 AND p.at_us < $2 AND t.provider <> 'voucher'
         GROUP BY t.storefront, a.currency, COALESCE(t.card_country, t.country), t.provider, e.kind",
        params![month.begins_us(), month.ends_us()],
    )
}

/// What lines were charged in a month, less what was given back of lines: that is what shop, state and payees had of them.
fn spent(tx: &mut Tx, month: Period) -> Result<Vec<Row>, DbError> {
    tx.rows(
        "SELECT o.storefront, a.currency, b.country, CAST(SUM(p.amount_micros) AS BIGINT)
         FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id
         JOIN ledger_entries e ON e.id = p.entry_id AND e.kind IN ('capture', 'refund')
         JOIN order_lines l ON l.id = e.subject JOIN orders o ON o.id = l.order_id
         LEFT JOIN order_places b ON b.order_id = o.id
         WHERE a.kind IN ('revenue', 'tax', 'payable') AND p.at_us >= $1 AND p.at_us < $2
         GROUP BY o.storefront, a.currency, b.country",
        params![month.begins_us(), month.ends_us()],
    )
}

/// An account at a provider falls when money arrives there.
fn moved_of(row: &Row) -> Result<(String, Moved), DbError> {
    let (provider, kind): (String, String) = (row.get(3)?, row.get(4)?);
    let (amount, count): (i64, i64) = (row.get(5)?, row.get(6)?);
    let moved = match kind.as_str() {
        "top_up" | "top_up_refused" => {
            Moved { paid_in: Micros(-amount), payments: count.unsigned_abs(), ..Moved::default() }
        }
        "dispute" => Moved { disputed: Micros(amount), ..Moved::default() },
        _ => Moved { refunded: Micros(amount), ..Moved::default() },
    };
    Ok((provider, moved))
}

fn cell_of<'a>(
    cells: &'a mut Cells,
    months: &[Period],
    row: &Row,
    place: usize,
) -> Result<&'a mut MonthVolume, DbError> {
    let (of, country): ((String, String), Option<String>) = ((row.get(0)?, row.get(1)?), row.get(2)?);
    let empty = |month: &Period| MonthVolume {
        month: *month,
        moved: Moved::default(),
        spent: Micros::ZERO,
        providers: BTreeMap::new(),
    };
    let country = cells.entry(of).or_default().entry(country);
    let row = country.or_insert_with(|| months.iter().map(empty).collect());
    row.get_mut(place).ok_or_else(|| DbError::Failed("a month beyond the report".to_owned()))
}

fn volume(storefront: String, currency: String, countries: BTreeMap<Option<String>, Vec<MonthVolume>>) -> Volume {
    let mut countries: Vec<CountryVolume> = countries
        .into_iter()
        .map(|(country, months)| {
            let mut moved = Moved::default();
            months.iter().for_each(|month| moved.add(&month.moved));
            let spent = Micros(months.iter().map(|month| month.spent.0).sum());
            CountryVolume { country, moved, spent, months }
        })
        .collect();
    countries.sort_by_key(|c| (std::cmp::Reverse((c.moved.paid_in, c.spent)), c.country.clone()));
    let mut moved = Moved::default();
    countries.iter().for_each(|country| moved.add(&country.moved));
    let spent = Micros(countries.iter().map(|country| country.spent.0).sum());
    Volume { storefront, currency, moved, spent, countries }
}

#[cfg(test)]
mod tests;
