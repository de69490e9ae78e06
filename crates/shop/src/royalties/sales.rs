//! The raw sales: every captured line and every correction of one, with all that statements are computed from, so that a
//! program which is not ours can compute them again.

use money::Micros;
use money::credit::Credit;

use super::Royalties;
use crate::db::{DbError, Row, Tx, Value};
use crate::page::{Page, limit as page_limit, number_and_id};
use crate::params;

/// A captured line, or what was taken back of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sale {
    /// The line's id, or the correction's.
    pub id: String,
    /// The line that is corrected; none for a sale.
    pub corrects: Option<String>,
    /// Why it was corrected.
    pub reason: Option<String>,
    pub at_us: i64,
    pub order: String,
    pub storefront: String,
    pub currency: String,
    pub territory: Option<String>,
    pub track: String,
    pub recording: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: String,
    pub label: Option<String>,
    pub release: String,
    pub release_title: String,
    pub gtin: Option<String>,
    pub format: String,
    /// 1 for a sale, -1 for one that was undone, 0 for one that was corrected in part.
    pub units: i64,
    pub bytes: i64,
    pub list: Micros,
    pub discount: Micros,
    /// Taken off for another format that the buyer had paid before.
    pub paid_before: Micros,
    pub gross: Micros,
    pub tax: Micros,
    /// What paid a sale, by kind; nothing for a correction.
    pub credit: Credit,
    pub dues: Vec<DueRow>,
}

/// What it made due to one payee under one licence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DueRow {
    pub payee: String,
    pub licence: String,
    pub shares: Option<String>,
    /// `gross` or `net`.
    pub base: String,
    pub base_micros: i64,
    pub rate_ppm: u32,
    /// The least that the licence asked of this line; 0 where no minimum applied.
    pub minimum_micros: i64,
    pub share_ppm: u32,
    pub due_micros: i64,
    /// The statement that has it, once it is closed.
    pub statement: Option<String>,
}

const OF_LINE: &str = "l.id, NULL AS corrects, NULL AS reason, l.settled_us AS at_us, l.id AS line_id, 1 AS units,
    l.charged_bytes AS bytes, l.list_micros AS list, l.discount_micros AS discount, l.charged_micros AS gross,
    l.tax_micros AS tax";
const OF_CORRECTION: &str =
    "k.id, k.line_id AS corrects, k.reason, k.at_us, k.line_id, k.units, k.bytes, k.list_micros AS list,
    k.discount_micros AS discount, k.gross_micros AS gross, k.tax_micros AS tax";

impl Royalties {
    /// What was captured and corrected from one moment until before another, by time.
    pub async fn sales(
        &self,
        (from_us, until_us): (i64, i64),
        after: Option<String>,
        limit: Option<u32>,
    ) -> Result<Page<Sale>, DbError> {
        let limit = page_limit(limit);
        self.db.read(move |tx| page(tx, (from_us, until_us), after.as_deref(), limit)).await
    }
}

fn page(tx: &mut Tx, (from_us, until_us): (i64, i64), after: Option<&str>, limit: u32) -> Result<Page<Sale>, DbError> {
    let (at_us, id) = after.map_or(Ok((i64::MIN, "")), number_and_id)?;
    let sql = format!(
        "SELECT m.id, m.corrects, m.reason, m.at_us, l.order_id, o.storefront, o.currency, l.tax_country, l.track_id,
             c.id, c.isrc, t.title, t.credit, n.name, r.id, r.title, r.gtin, l.format, m.units, m.bytes, m.list, m.discount,
             l.paid_before_micros, m.gross, m.tax, l.held_micros, l.held_promotional_micros, l.held_voucher_micros
         FROM (SELECT {OF_LINE} FROM order_lines l WHERE l.state = 'charged' AND l.settled_us >= $1 AND l.settled_us < $2
               UNION ALL SELECT {OF_CORRECTION} FROM sale_corrections k WHERE k.at_us >= $1 AND k.at_us < $2) m
         JOIN order_lines l ON l.id = m.line_id JOIN orders o ON o.id = l.order_id JOIN tracks t ON t.id = l.track_id
         JOIN recordings c ON c.id = t.recording_id JOIN releases r ON r.id = t.release_id
         LEFT JOIN labels n ON n.id = r.label_id
         WHERE (m.at_us, m.id) > ($3, $4) ORDER BY m.at_us, m.id LIMIT $5"
    );
    let rows = tx.rows(&sql, params![from_us.max(at_us), until_us, at_us, id, i64::from(limit) + 1])?;
    let sales = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut page = Page::cut(sales, limit, |sale| format!("{}-{}", sale.at_us, sale.id));
    with_dues(tx, &mut page.items)?;
    Ok(page)
}

fn read(row: &Row) -> Result<Sale, DbError> {
    let figure = |place: usize| Ok::<_, DbError>(Micros(row.get::<Option<i64>>(place)?.unwrap_or(0)));
    let corrects: Option<String> = row.get(1)?;
    let (held, promotional, voucher) = (figure(25)?, figure(26)?, figure(27)?);
    let held = Credit { promotional, voucher, purchased: Micros(held.0 - promotional.0 - voucher.0) };
    let gross = figure(23)?;
    let is_correction = corrects.is_some();
    let credit = if !is_correction { held.take(gross) } else { Some(Credit::default()) };
    Ok(Sale {
        id: row.get(0)?,
        corrects,
        reason: row.get(2)?,
        at_us: row.get(3)?,
        order: row.get(4)?,
        storefront: row.get(5)?,
        currency: row.get(6)?,
        territory: row.get(7)?,
        track: row.get(8)?,
        recording: row.get(9)?,
        isrc: row.get(10)?,
        title: row.get(11)?,
        artists: row.get(12)?,
        label: row.get(13)?,
        release: row.get(14)?,
        release_title: row.get(15)?,
        gtin: row.get(16)?,
        format: row.get(17)?,
        units: row.get(18)?,
        bytes: figure(19)?.0,
        list: figure(20)?,
        discount: figure(21)?,
        paid_before: if is_correction { Micros::ZERO } else { figure(22)? },
        gross,
        tax: figure(24)?,
        credit: credit.ok_or_else(|| DbError::Failed("a line was charged more than it held".into()))?,
        dues: vec![],
    })
}

fn with_dues(tx: &mut Tx, sales: &mut [Sale]) -> Result<(), DbError> {
    if sales.is_empty() {
        return Ok(());
    }
    let lines: Vec<Value> = sales.iter().map(|sale| Value::from(sale.corrects.as_ref().unwrap_or(&sale.id))).collect();
    let places: Vec<String> = (1..=lines.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT line_id, correction_id, payee_id, licence_id, share_id, base, base_micros, rate_ppm, minimum_micros,
             share_ppm, due_micros, statement_id
         FROM royalty_lines WHERE line_id IN ({}) ORDER BY line_id, licence_id, payee_id",
        places.join(", ")
    );
    let mut of = std::collections::HashMap::<String, Vec<DueRow>>::new();
    for row in tx.rows(&sql, &lines)? {
        let (line, correction): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        of.entry(correction.unwrap_or(line)).or_default().push(DueRow {
            payee: row.get(2)?,
            licence: row.get(3)?,
            shares: row.get(4)?,
            base: row.get(5)?,
            base_micros: row.get(6)?,
            rate_ppm: row.get(7)?,
            minimum_micros: row.get(8)?,
            share_ppm: row.get(9)?,
            due_micros: row.get(10)?,
            statement: row.get(11)?,
        });
    }
    for sale in sales {
        sale.dues = of.remove(&sale.id).unwrap_or_default();
    }
    Ok(())
}
