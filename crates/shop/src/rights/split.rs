//! What a captured line makes due to whom, and what a correction takes back: the rows that statements are made of.
//! The rules of arithmetic stand in `money::shares`; the wallet books what is returned here in the sale's own entry.
//!
//! - A direct deal over the recording's label goes before one over all labels, and any of them before the societies', which
//!   apply all at once.
//! - A minimum is due once for each track and buyer: not again when a track is upgraded or downloaded anew, and for a track
//!   of the free tier only where the licence says so.
//! - A track that its buyer owns already in this format is no sale: it makes nothing due and no row.

use std::collections::BTreeMap;

use money::Micros;
use money::shares::{Rate, Shares, reversed};

use super::licences::of_storefront_ever;
use super::shares::of_sold;
use super::types::{Base, Licence, LicenceKind};
use crate::catalog::{self, Sold};
use crate::clock::Clock;
use crate::db::{DbError, Insert, Row, Tx};
use crate::params;

/// A row of a sale under one licence.
static DUE: Insert = Insert::into(
    "INSERT INTO royalty_lines (id, line_id, payee_id, storefront, currency, recording_id, territory, licence_id,
                 share_id, base, base_micros, rate_ppm, minimum_micros, share_ppm, due_micros, at_us)",
);

/// A line at its capture.
pub(crate) struct Sale<'a> {
    pub line: &'a str,
    /// Of what, and where.
    pub at: &'a Where,
    /// What is charged, tax included, whichever credit pays it.
    pub gross: Micros,
    /// The tax in it.
    pub tax: Micros,
    /// What was taken off since its buyer paid for the track before.
    pub paid_before: Micros,
}

/// What a buyer has of a track before he buys it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing.
    Nothing,
    /// It, in another format.
    OtherFormat,
    /// It, in this very format.
    SameFormat,
}

/// Where a line was sold, and what.
pub(crate) struct Where {
    pub storefront: String,
    pub currency: String,
    /// The country whose tax is in it.
    pub territory: Option<String>,
    pub sold: Sold,
}

/// What is due to one payee.
pub type Due = (String, Micros);

/// What is taken back of a captured line.
#[derive(Debug, Clone, Copy)]
pub struct Correction<'a> {
    /// The line.
    pub line: &'a str,
    /// What goes back to the buyer now, tax included.
    pub gross: Micros,
    /// The tax in it.
    pub tax: Micros,
    /// In a few words: why.
    pub reason: &'a str,
}

/// Writes what a sale makes due, and returns it summed by payee; nothing where no licence is in force. Amounts above zero only.
pub(crate) fn split(tx: &mut Tx, clock: &Clock, sale: &Sale) -> Result<Vec<Due>, DbError> {
    let (at, at_us) = (sale.at, clock.now_us());
    let all = of_storefront_ever(tx, &at.storefront)?;
    let licences = || all.iter().filter(|one| one.holds_at(at_us));
    let direct = |label: Option<&str>| {
        let mut deals = licences().filter(|one| one.licence.kind == LicenceKind::Direct);
        deals.find(|one| one.label_id.as_deref() == label)
    };
    let of_label = at.sold.label_id.as_deref().and_then(|label| direct(Some(label)));
    let chosen: Vec<&Licence> = match of_label.or_else(|| direct(None)) {
        Some(deal) => vec![&deal.licence],
        None => {
            let societies = licences().filter(|one| one.licence.kind == LicenceKind::Society);
            societies.map(|one| &one.licence).collect()
        }
    };
    let before = before(tx, sale, chosen.iter().any(|licence| licence.minimum > Micros::ZERO))?;
    if before == Before::SameFormat {
        return Ok(vec![]);
    }
    let mut dues = BTreeMap::new();
    for licence in chosen {
        for (payee, due) in under(tx, clock, at_us, (sale, before), licence)? {
            *dues.entry(payee).or_insert(0i64) += due.0;
        }
    }
    Ok(dues.into_iter().filter(|(_, due)| *due > 0).map(|(payee, due)| (payee, Micros(due))).collect())
}

/// What the buyer had of the track. Looked up only where it matters: for what costs nothing, and for a minimum.
fn before(tx: &mut Tx, sale: &Sale, has_minimum: bool) -> Result<Before, DbError> {
    if sale.gross > Micros::ZERO && sale.paid_before > Micros::ZERO {
        return Ok(Before::OtherFormat);
    }
    if sale.gross > Micros::ZERO && !has_minimum {
        return Ok(Before::Nothing);
    }
    let rows = tx.rows(
        "SELECT DISTINCT CASE WHEN e.format = l.format THEN 1 ELSE 0 END FROM order_lines l
         JOIN orders b ON b.id = l.order_id
         JOIN entitlements e ON e.user_id = b.user_id AND e.track_id = l.track_id AND e.order_line_id <> l.id
         JOIN order_lines o ON o.id = e.order_line_id AND o.state = 'charged'
         WHERE l.id = $1 AND e.revoked_us IS NULL",
        params![sale.line],
    )?;
    let formats = rows.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, DbError>>()?;
    Ok(match formats.into_iter().max() {
        None => Before::Nothing,
        // Whoever pays for a file that he has pays for no new unit only if it is free.
        Some(1) if sale.gross == Micros::ZERO => Before::SameFormat,
        Some(_) => Before::OtherFormat,
    })
}

/// Where a line that stands was sold, and what.
pub(crate) fn where_sold(tx: &mut Tx, line: &str) -> Result<Where, DbError> {
    let row = tx.row(
        "SELECT o.storefront, o.currency, l.tax_country, l.track_id FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.id = $1",
        params![line],
    )?;
    let row = row.ok_or_else(|| DbError::Failed(format!("order line {line} is captured and is not there")))?;
    let sold = catalog::sold(tx, &row.get::<String>(3)?)?;
    let sold = sold.ok_or_else(|| DbError::Failed(format!("the track of order line {line} is gone")))?;
    Ok(Where { storefront: row.get(0)?, currency: row.get(1)?, territory: row.get(2)?, sold })
}

/// The rows of a sale under one licence.
fn under(
    tx: &mut Tx,
    clock: &Clock,
    at_us: i64,
    (sale, before): (&Sale, Before),
    licence: &Licence,
) -> Result<Vec<Due>, DbError> {
    let at = sale.at;
    let base = match licence.base {
        Base::Gross => sale.gross,
        Base::Net => Micros(sale.gross.0 - sale.tax.0),
    };
    let is_free = sale.gross == Micros::ZERO;
    let with_minimum = before == Before::Nothing && (!is_free || licence.minimum_when_free);
    let minimum = if with_minimum { licence.minimum } else { Micros::ZERO };
    let due = Rate { rate_ppm: licence.rate_ppm, minimum }.due(base);
    let due = due.ok_or_else(|| DbError::Failed(format!("line {} has a negative base", sale.line)))?;
    let found = if licence.to_holders { of_sold(tx, &at.storefront, &at.sold)? } else { None };
    let (share_id, shares) = found.map_or_else(|| (None, Shares::whole(&licence.payee)), |(id, s)| (Some(id), s));
    let parts = shares.split(due);
    for ((payee, share_ppm), (_, part)) in shares.holders().iter().zip(&parts) {
        tx.later(
            &DUE,
            params![
                clock.new_id(),
                sale.line,
                payee,
                &at.storefront,
                &at.currency,
                &at.sold.recording_id,
                &at.territory,
                &licence.id,
                &share_id,
                licence.base.as_str(),
                base.0,
                licence.rate_ppm,
                minimum.0,
                *share_ppm,
                part.0,
                at_us
            ]
            .to_vec(),
        )?;
    }
    Ok(parts.into_iter().map(|(payee, part)| (payee.to_owned(), part)).collect())
}

/// Writes what a refund or credit of a captured line takes back: of each payee his due in proportion, so that after the whole
/// price went back nothing is due. Returns what leaves each payable, above zero; the caller books it in the refund's own entry.
/// `None` when more would go back than was charged, or the line was never charged.
pub fn reverse(tx: &mut Tx, clock: &Clock, correction: &Correction) -> Result<Option<Vec<Due>>, DbError> {
    let row = tx.row(
        &format!(
            "SELECT charged_micros, tax_micros, list_micros, discount_micros, charged_bytes FROM order_lines
             WHERE id = $1 AND state = 'charged'{}",
            tx.for_update()
        ),
        params![correction.line],
    )?;
    let Some(row) = row else { return Ok(None) };
    let whole = Figures::read(&row)?;
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(-gross_micros), 0) AS BIGINT), CAST(COALESCE(SUM(-tax_micros), 0) AS BIGINT),
             CAST(COALESCE(SUM(-list_micros), 0) AS BIGINT), CAST(COALESCE(SUM(-discount_micros), 0) AS BIGINT),
             CAST(COALESCE(SUM(-bytes), 0) AS BIGINT), CAST(COALESCE(SUM(units), 0) AS BIGINT)
         FROM sale_corrections WHERE line_id = $1",
        params![correction.line],
    )?;
    let row = row.ok_or_else(|| DbError::Failed("a sum without a row".into()))?;
    let before = Figures::read(&row)?;
    let (all, taxes) = (Micros(before.gross.0 + correction.gross.0), before.tax.0 + correction.tax.0);
    let undone_before: i64 = row.get(5)?;
    let nothing = correction.gross == Micros::ZERO && whole.gross > Micros::ZERO;
    let beyond = correction.gross < Micros::ZERO || correction.tax < Micros::ZERO || taxes > whole.tax.0;
    if nothing || beyond || undone_before < 0 {
        return Ok(None);
    }
    let part = |figure: fn(&Figures) -> Micros| reversed(figure(&whole), whole.gross, all, figure(&before));
    let (Some(list), Some(discount), Some(bytes)) = (part(|f| f.list), part(|f| f.discount), part(|f| f.bytes)) else {
        return Ok(None);
    };
    let (id, at_us) = (clock.new_id(), clock.now_us());
    tx.execute(
        "INSERT INTO sale_corrections (id, line_id, at_us, units, bytes, list_micros, discount_micros, gross_micros,
             tax_micros, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            &id,
            correction.line,
            at_us,
            if all == whole.gross { -1i64 } else { 0 },
            -bytes.0,
            -list.0,
            -discount.0,
            -correction.gross.0,
            -correction.tax.0,
            correction.reason
        ],
    )?;
    take_back(tx, clock, &id, correction, (whole.gross, all), at_us).map(Some)
}

/// The signed rows of a correction, one for each row of the sale.
fn take_back(
    tx: &mut Tx,
    clock: &Clock,
    correction_id: &str,
    correction: &Correction,
    (whole, all): (Micros, Micros),
    at_us: i64,
) -> Result<Vec<Due>, DbError> {
    let rows = tx.rows(
        "SELECT s.id, s.payee_id, s.due_micros, s.base, CAST(COALESCE((SELECT SUM(-r.due_micros) FROM royalty_lines r
             WHERE r.line_id = s.line_id AND r.correction_id IS NOT NULL AND r.payee_id = s.payee_id
                 AND r.licence_id = s.licence_id), 0) AS BIGINT)
         FROM royalty_lines s WHERE s.line_id = $1 AND s.correction_id IS NULL ORDER BY s.id",
        params![correction.line],
    )?;
    let mut backs = BTreeMap::new();
    for row in &rows {
        let (sale_id, payee, base): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let back = reversed(Micros(row.get(2)?), whole, all, Micros(row.get(4)?))
            .ok_or_else(|| DbError::Failed(format!("more goes back of line {} than was sold", correction.line)))?;
        let base_back =
            if base == Base::Net.as_str() { correction.gross.0 - correction.tax.0 } else { correction.gross.0 };
        tx.execute(
            "INSERT INTO royalty_lines (id, line_id, correction_id, payee_id, storefront, currency, recording_id, territory,
                 licence_id, share_id, base, base_micros, rate_ppm, minimum_micros, share_ppm, due_micros, at_us)
             SELECT $1, line_id, $2, payee_id, storefront, currency, recording_id, territory, licence_id, share_id, base,
                 $3, rate_ppm, minimum_micros, share_ppm, $4, $5 FROM royalty_lines WHERE id = $6",
            params![clock.new_id(), correction_id, -base_back, -back.0, at_us, &sale_id],
        )?;
        *backs.entry(payee).or_insert(0i64) += back.0;
    }
    Ok(backs.into_iter().filter(|(_, back)| *back > 0).map(|(payee, back)| (payee, Micros(back))).collect())
}

/// What a line, or all corrections of one, come to.
struct Figures {
    gross: Micros,
    tax: Micros,
    list: Micros,
    discount: Micros,
    bytes: Micros,
}

impl Figures {
    fn read(row: &Row) -> Result<Figures, DbError> {
        let figure = |place| Ok::<_, DbError>(Micros(row.get::<Option<i64>>(place)?.unwrap_or(0)));
        Ok(Figures { gross: figure(0)?, tax: figure(1)?, list: figure(2)?, discount: figure(3)?, bytes: figure(4)? })
    }
}

/// The payees to whom something happened before `until_us` that no statement holds yet, with the sum.
pub(crate) fn open_payees(tx: &mut Tx, until_us: i64) -> Result<Vec<(String, Micros)>, DbError> {
    let rows = tx.rows(
        "SELECT payee_id, CAST(SUM(due_micros) AS BIGINT) FROM royalty_lines WHERE statement_id IS NULL AND at_us < $1
         GROUP BY payee_id ORDER BY payee_id",
        params![until_us],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, Micros(row.get(1)?)))).collect()
}

/// Puts all of a payee's rows before `until_us` that are in no statement into this one.
pub(crate) fn claim(tx: &mut Tx, statement_id: &str, payee_id: &str, until_us: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE royalty_lines SET statement_id = $1 WHERE statement_id IS NULL AND payee_id = $2 AND at_us < $3",
        params![statement_id, payee_id, until_us],
    )
}

/// Recomputes every row from the sale it stands for; a sentence for each difference, and what the rows make due in sum to each
/// payee.
pub(crate) fn recompute(tx: &mut Tx) -> Result<(Vec<String>, BTreeMap<String, Micros>), DbError> {
    let rows = tx.rows(
        "SELECT s.line_id, s.licence_id, s.payee_id, s.base, s.base_micros, s.rate_ppm, s.minimum_micros, s.share_ppm,
             s.due_micros, s.correction_id, l.charged_micros, l.tax_micros, k.gross_micros, k.tax_micros
         FROM royalty_lines s JOIN order_lines l ON l.id = s.line_id LEFT JOIN sale_corrections k ON k.id = s.correction_id
         ORDER BY s.line_id, s.licence_id, s.correction_id, s.payee_id",
        &[],
    )?;
    let mut differences = Vec::new();
    let mut sums = BTreeMap::<String, Micros>::new();
    for row in &rows {
        let sum = sums.entry(row.get(2)?).or_default();
        sum.0 += row.get::<i64>(8)?;
        let of = |place: usize| Ok::<_, DbError>(row.get::<Option<i64>>(place)?.unwrap_or(0));
        let (gross, tax) =
            if row.get::<Option<String>>(9)?.is_some() { (of(12)?, of(13)?) } else { (of(10)?, of(11)?) };
        let base = if row.get::<String>(3)? == Base::Net.as_str() { gross - tax } else { gross };
        if base != row.get::<i64>(4)? {
            let line: String = row.get(0)?;
            differences
                .push(format!("order line {line} counts {base} for royalties, its row says {}", row.get::<i64>(4)?));
        }
    }
    let key = |row: &Row| -> Result<(String, String, Option<String>), DbError> {
        Ok((row.get(0)?, row.get(1)?, row.get(9)?))
    };
    for sale in rows.chunk_by(|a, b| matches!((key(a), key(b)), (Ok(a), Ok(b)) if a == b)) {
        differences.extend(of_one_sale(sale)?);
    }
    Ok((differences, sums))
}

/// The rows of one sale under one licence, against rate, minimum and shares.
fn of_one_sale(rows: &[Row]) -> Result<Option<String>, DbError> {
    let Some(first) = rows.first() else { return Ok(None) };
    if first.get::<Option<String>>(9)?.is_some() {
        return Ok(None);
    }
    let line: String = first.get(0)?;
    let due = Rate { rate_ppm: first.get(5)?, minimum: Micros(first.get(6)?) }.due(Micros(first.get(4)?));
    let parts = rows.iter().map(|row| Ok((row.get(2)?, row.get(7)?))).collect::<Result<Vec<_>, DbError>>()?;
    let Ok(shares) = Shares::new(parts) else {
        return Ok(Some(format!("order line {line} was split by shares that do not add up")));
    };
    let split = due.map(|due| shares.split(due)).unwrap_or_default();
    let dues = rows.iter().map(|row| row.get::<i64>(8)).collect::<Result<Vec<_>, _>>()?;
    let same = dues.len() == split.len() && dues.iter().zip(&split).all(|(stored, (_, part))| *stored == part.0);
    Ok((!same).then(|| format!("order line {line} makes something else due than its rows say")))
}
