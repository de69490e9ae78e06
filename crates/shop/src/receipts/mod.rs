//! Papers: receipts of orders and credit notes, numbered without gaps for each storefront and year, signed, and checked
//! without the shop. Owner of the tables `receipts`, `receipt_serials` and
//! `credit_notes_due`. How a paper looks is not said here.
//!
//! A receipt is sealed once all lines of its order are decided: by the work of `serve` within seconds, or when somebody asks
//! for it. Its number, its text and its signature are written in one transaction that holds the row of the series, so that
//! no number is lost by a crash and none is given twice.

mod document;

use money::Micros;
use serde_json::{Value, json};

pub use self::document::FORM;
pub(crate) use self::document::TakenBack;
use self::document::{Document, Facts, canonical};
use crate::clock::{Clock, day_of};
use crate::db::{Db, DbError, Row, Tx};
use crate::signing::{self, Signature};
use crate::told::{self, ToldKind};
use crate::{orders, params, pdf};

/// What papers are signed for.
const PURPOSE: &str = "receipt";
/// Papers that the audit reads at once.
const AUDITED_AT_ONCE: i64 = 500;
/// Missing papers in a row that the audit names.
const MISSING_NAMED: usize = 100;
/// The kinds of papers.
const RECEIPT: &str = "receipt";
const CREDIT_NOTE: &str = "credit_note";
/// Orders that are sealed at one go.
const SEALED_AT_ONCE: i64 = 50;
/// Bytes of a file that is looked at as a paper.
pub const MAX_PAPER_BYTES: usize = 64 << 20;

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its id.
    pub id: String,
    /// `receipt` or `credit_note`.
    pub kind: String,
    /// `2026-000017`, a credit note's with `C` before it.
    pub number: String,
    /// The order that it is about.
    pub order_id: String,
    /// Since when.
    pub issued_us: i64,
    /// What it says, as JSON; exactly what is signed.
    pub document: String,
    /// By the shop.
    pub signature: Signature,
}

impl Paper {
    /// The document and its signature as one JSON text, which [`verify`] can check.
    pub fn envelope(&self) -> String {
        let signature = json!({
            "algorithm": "Ed25519",
            "public_key": self.signature.public_key,
            "signature": self.signature.signature,
        });
        format!("{{\"document\":{},\"signature\":{}}}", self.document, canonical(&signature))
    }
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// No such order of this user, or nothing of it was charged.
    #[error("there is no such receipt")]
    Unknown,
    /// Something of the order is still in the making.
    #[error("the receipt is made when every file of the order is")]
    NotYet,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The papers. Cheap to clone.
#[derive(Clone)]
pub struct Receipts {
    db: Db,
    clock: Clock,
}

impl Receipts {
    /// Papers over a database.
    pub fn new(db: Db, clock: Clock) -> Receipts {
        Receipts { db, clock }
    }

    /// The receipt of a user's order; sealed now if it was not yet.
    pub async fn of_order(&self, user_id: &str, order_id: &str) -> Result<Paper, ReceiptError> {
        let (clock, user, order) = (self.clock.clone(), user_id.to_owned(), order_id.to_owned());
        let owned = {
            let (user, order) = (user.clone(), order.clone());
            self.db.read(move |tx| state_of(tx, &user, &order)).await?
        };
        match owned {
            Some(State::Decided) => (),
            Some(State::Open) => return Err(ReceiptError::NotYet),
            None => return Err(ReceiptError::Unknown),
        }
        let (read, wanted) = (order.clone(), user.clone());
        let found = self.db.read(move |tx| find(tx, &wanted, RECEIPT, &read)).await?;
        if let Some(paper) = found {
            return Ok(paper);
        }
        self.db
            .write(move |tx| {
                seal(tx, &clock, &order)?;
                find(tx, &user, RECEIPT, &order)?.ok_or(ReceiptError::Unknown)
            })
            .await
    }

    /// All papers about a user's order, the first one first.
    pub async fn list(&self, user_id: &str, order_id: &str) -> Result<Vec<Paper>, DbError> {
        let (user, order) = (user_id.to_owned(), order_id.to_owned());
        self.db
            .read(move |tx| {
                let sql = format!(
                    "SELECT {COLUMNS} FROM receipts WHERE user_id = $1 AND order_id = $2 ORDER BY issued_us, id"
                );
                tx.rows(&sql, params![&user, &order])?.iter().map(of_row).collect()
            })
            .await
    }

    /// A user's paper by its id.
    pub async fn get(&self, user_id: &str, id: &str) -> Result<Option<Paper>, DbError> {
        let (user, id) = (user_id.to_owned(), id.to_owned());
        self.db
            .read(move |tx| {
                let sql = format!("SELECT {COLUMNS} FROM receipts WHERE user_id = $1 AND id = $2");
                tx.row(&sql, params![&user, &id])?.as_ref().map(of_row).transpose()
            })
            .await
    }

    /// A paper by its id, whoever it is made out to.
    pub async fn anybodys(&self, id: &str) -> Result<Option<Paper>, DbError> {
        let id = id.to_owned();
        self.db
            .read(move |tx| {
                let sql = format!("SELECT {COLUMNS} FROM receipts WHERE id = $1");
                tx.row(&sql, params![&id])?.as_ref().map(of_row).transpose()
            })
            .await
    }

    /// Seals receipts of orders that are decided, the oldest order first; says how many.
    pub(crate) async fn seal_due(&self) -> Result<usize, DbError> {
        let due = self.db.read(receipts_due).await?;
        let mut count = due.len();
        for order in due {
            let clock = self.clock.clone();
            self.db.write(move |tx| seal(tx, &clock, &order)).await?;
        }
        let notes = self.db.read(notes_due).await?;
        count += notes.len();
        for (entry, order) in notes {
            let clock = self.clock.clone();
            self.db.write(move |tx| seal_note(tx, &clock, &entry, &order)).await?;
        }
        Ok(count)
    }
}

/// Orders whose receipt can be sealed.
fn receipts_due(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(
        "SELECT DISTINCT f.order_id FROM order_line_facts f WHERE f.on_receipt = 0 AND NOT EXISTS (
             SELECT 1 FROM order_lines l WHERE l.order_id = f.order_id AND l.state = 'held')
         ORDER BY f.order_id LIMIT $1",
        params![SEALED_AT_ONCE],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Credit notes that can be sealed: their entries and orders.
fn notes_due(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.rows(
        "SELECT d.entry_id, l.order_id FROM credit_notes_due d JOIN order_lines l ON l.id = d.line_id
         WHERE NOT EXISTS (SELECT 1 FROM order_lines o WHERE o.order_id = l.order_id AND o.state = 'held')
         ORDER BY d.entry_id LIMIT $1",
        params![SEALED_AT_ONCE],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

enum State {
    Open,
    Decided,
}

fn state_of(tx: &mut Tx, user_id: &str, order_id: &str) -> Result<Option<State>, DbError> {
    let row = tx.row(
        "SELECT CAST(count(CASE WHEN l.state = 'held' THEN 1 END) AS BIGINT) FROM orders o
         JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1 AND o.user_id = $2 GROUP BY o.id",
        params![order_id, user_id],
    )?;
    row.map(|row| Ok(if row.get::<i64>(0)? > 0 { State::Open } else { State::Decided })).transpose()
}

/// Writes the receipt of an order whose lines are all decided, once.
pub(crate) fn seal(tx: &mut Tx, clock: &Clock, order_id: &str) -> Result<(), DbError> {
    let Some(facts) = Facts::read(tx, order_id)? else { return Ok(()) };
    if facts.is_empty() {
        return Ok(());
    }
    let now_us = clock.now_us();
    let series = Series::locked(tx, &facts.storefront.id, RECEIPT, now_us)?;
    if find(tx, &facts.user.id, RECEIPT, order_id)?.is_some() {
        return Ok(());
    }
    let (user, number) = (facts.user.id.clone(), series.number());
    series.write(tx, clock, (&user, order_id, order_id), &facts.receipt(number, now_us), now_us)?;
    orders::put_on_receipt(tx, order_id)
}

/// Has the paper written that takes back a part of a line's charge, with the transaction that does so, and its buyer told;
/// `entry_id` is the ledger's entry. It is sealed after the order's receipt.
pub(crate) fn take_back(tx: &mut Tx, clock: &Clock, entry_id: &str, back: &TakenBack) -> Result<(), DbError> {
    let sql = "SELECT o.user_id, o.id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.id = $1";
    if let Some(row) = tx.row(sql, params![&back.line_id])? {
        let (user, order): (String, String) = (row.get(0)?, row.get(1)?);
        told::note(tx, clock, (&user, ToldKind::CreditNote), back.gross, (&order, &back.reason))?;
    }
    tx.execute(
        "INSERT INTO credit_notes_due (entry_id, line_id, gross_micros, tax_micros, promotional_micros, voucher_micros,
             reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (entry_id) DO NOTHING",
        params![entry_id, &back.line_id, back.gross.0, back.tax.0, back.promotional.0, back.voucher.0, &back.reason],
    )?;
    Ok(())
}

/// Writes the credit note that waits under an entry, if its order is decided; its receipt comes first.
fn seal_note(tx: &mut Tx, clock: &Clock, entry_id: &str, order_id: &str) -> Result<(), DbError> {
    seal(tx, clock, order_id)?;
    let Some(facts) = Facts::read(tx, order_id)? else { return Ok(()) };
    let Some(receipt) = find(tx, &facts.user.id, RECEIPT, order_id)? else { return Ok(()) };
    let now_us = clock.now_us();
    let series = Series::locked(tx, &facts.storefront.id, CREDIT_NOTE, now_us)?;
    let row = tx.row(
        "SELECT line_id, gross_micros, tax_micros, promotional_micros, voucher_micros, reason FROM credit_notes_due
         WHERE entry_id = $1",
        params![entry_id],
    )?;
    // Another node was faster.
    let Some(row) = row else { return Ok(()) };
    let back = TakenBack {
        line_id: row.get(0)?,
        gross: Micros(row.get(1)?),
        tax: Micros(row.get(2)?),
        promotional: Micros(row.get(3)?),
        voucher: Micros(row.get(4)?),
        reason: row.get(5)?,
    };
    let (user, number) = (facts.user.id.clone(), series.number());
    if let Some(document) = facts.credit_note(number, receipt.number, &back, now_us) {
        series.write(tx, clock, (&user, order_id, entry_id), &document, now_us)?;
    }
    tx.execute("DELETE FROM credit_notes_due WHERE entry_id = $1", params![entry_id])?;
    Ok(())
}

/// A series of numbers, locked until the end of the transaction.
struct Series {
    storefront: String,
    kind: &'static str,
    year: i64,
    /// The next one.
    serial: i64,
}

impl Series {
    fn locked(tx: &mut Tx, storefront: &str, kind: &'static str, now_us: i64) -> Result<Series, DbError> {
        let year: i64 = day_of(now_us).split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default();
        tx.execute(
            "INSERT INTO receipt_serials (storefront, kind, year, last) VALUES ($1, $2, $3, 0)
             ON CONFLICT (storefront, kind, year) DO NOTHING",
            params![storefront, kind, year],
        )?;
        let lock = tx.for_update();
        let sql = format!("SELECT last FROM receipt_serials WHERE storefront = $1 AND kind = $2 AND year = $3{lock}");
        let row = tx.row(&sql, params![storefront, kind, year])?;
        let last: i64 = row.ok_or_else(|| DbError::Failed("a series of papers vanished".into()))?.get(0)?;
        Ok(Series { storefront: storefront.to_owned(), kind, year, serial: last + 1 })
    }

    fn number(&self) -> String {
        let mark = if self.kind == CREDIT_NOTE { "C" } else { "" };
        format!("{mark}{}-{:06}", self.year, self.serial)
    }

    /// Signs and writes the paper, and counts it.
    fn write(
        self,
        tx: &mut Tx,
        clock: &Clock,
        (user_id, order_id, subject): (&str, &str, &str),
        document: &Document,
        now_us: i64,
    ) -> Result<(), DbError> {
        let value = serde_json::to_value(document).map_err(|e| DbError::Failed(e.to_string()))?;
        let text = canonical(&value);
        let signature = signing::sign(tx, PURPOSE, text.as_bytes())?;
        tx.execute(
            "INSERT INTO receipts (id, kind, storefront, year, serial, order_id, user_id, subject, document, public_key,
                 signature, issued_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            params![
                clock.new_id(),
                self.kind,
                &self.storefront,
                self.year,
                self.serial,
                order_id,
                user_id,
                subject,
                &text,
                &signature.public_key,
                &signature.signature,
                now_us
            ],
        )?;
        tx.execute(
            "UPDATE receipt_serials SET last = $1 WHERE storefront = $2 AND kind = $3 AND year = $4",
            params![self.serial, &self.storefront, self.kind, self.year],
        )?;
        Ok(())
    }
}

/// For the audit: papers that the shop did not sign as they stand, and numbers that are missing.
pub(crate) fn differences(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let mut found = Vec::new();
    let mut at = (String::new(), String::new(), 0i64, 0i64);
    loop {
        let rows = tx.rows(
            "SELECT storefront, kind, year, serial, document, public_key, signature FROM receipts
             WHERE (storefront, kind, year, serial) > ($1, $2, $3, $4) ORDER BY storefront, kind, year, serial LIMIT $5",
            params![&at.0, &at.1, at.2, at.3, AUDITED_AT_ONCE],
        )?;
        for row in &rows {
            let next: (String, String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let before = if (&next.0, &next.1, next.2) == (&at.0, &at.1, at.2) { at.3 } else { 0 };
            let name = |serial| format!("{} {} {}-{serial:06}", next.0, next.1, next.2);
            found.extend((before + 1..next.3).take(MISSING_NAMED).map(|serial| format!("{} is missing", name(serial))));
            let signature = Signature { public_key: row.get(5)?, signature: row.get(6)? };
            if !signing::is_genuine(&signature, PURPOSE, row.get::<String>(4)?.as_bytes()) {
                found.push(format!("{} is not as it was signed", name(next.3)));
            }
            at = next;
        }
        if (rows.len() as i64) < AUDITED_AT_ONCE {
            break;
        }
    }
    let rows = tx.rows(
        "SELECT s.storefront, s.kind, s.year, s.last FROM receipt_serials s WHERE s.last > (SELECT COALESCE(MAX(r.serial), 0)
             FROM receipts r WHERE r.storefront = s.storefront AND r.kind = s.kind AND r.year = s.year)",
        &[],
    )?;
    for row in &rows {
        let (storefront, kind, year, last): (String, String, i64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        found.push(format!("{storefront} {kind} {year}-{last:06} is missing"));
    }
    Ok(found)
}

const COLUMNS: &str = "id, kind, year, serial, order_id, issued_us, document, public_key, signature";

fn find(tx: &mut Tx, user_id: &str, kind: &str, subject: &str) -> Result<Option<Paper>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM receipts WHERE kind = $1 AND subject = $2 AND user_id = $3");
    tx.row(&sql, params![kind, subject, user_id])?.as_ref().map(of_row).transpose()
}

fn of_row(row: &Row) -> Result<Paper, DbError> {
    let kind: String = row.get(1)?;
    let mark = if kind == CREDIT_NOTE { "C" } else { "" };
    Ok(Paper {
        id: row.get(0)?,
        number: format!("{mark}{}-{:06}", row.get::<i64>(2)?, row.get::<i64>(3)?),
        kind,
        order_id: row.get(4)?,
        issued_us: row.get(5)?,
        document: row.get(6)?,
        signature: Signature { public_key: row.get(7)?, signature: row.get(8)? },
    })
}

/// A paper whose signature is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Genuine {
    /// What was signed.
    pub document: Value,
    /// The key that it can be checked with; whose it is, the paper cannot prove.
    pub public_key: String,
}

/// Why a file is not a genuine paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum NotGenuine {
    #[error("the file is larger than any paper ({MAX_PAPER_BYTES} bytes)")]
    TooLarge,
    #[error("this PDF has no receipt in it")]
    NothingAttached,
    #[error("this is no receipt: {0}")]
    NoReceipt(String),
    #[error("the signature does not fit: something was changed after the shop signed it")]
    Changed,
    #[error("it is signed, but with another key: {0}")]
    OtherKey(String),
}

/// Checks a paper, a JSON file or a PDF, by itself: no shop is asked. With `key` (hexadecimal) only what that key signed is
/// genuine. What a PDF shows is not looked at: what is signed is the document in it, which is returned.
pub fn verify(file: &[u8], key: Option<&str>) -> Result<Genuine, NotGenuine> {
    if file.len() > MAX_PAPER_BYTES {
        return Err(NotGenuine::TooLarge);
    }
    let text = match file.starts_with(b"%PDF-") {
        true => pdf::attachment(file).ok_or(NotGenuine::NothingAttached)?,
        false => file,
    };
    let no_receipt = |why: &str| NotGenuine::NoReceipt(why.to_owned());
    let envelope: Value = serde_json::from_slice(text).map_err(|e| NotGenuine::NoReceipt(e.to_string()))?;
    let document = envelope.get("document").cloned().ok_or_else(|| no_receipt("it has no document"))?;
    if document.get("form").and_then(Value::as_str) != Some(FORM) {
        return Err(no_receipt("its document has another form"));
    }
    let part = |name: &str| {
        let found = envelope.get("signature").and_then(|signature| signature.get(name)).and_then(Value::as_str);
        found.map(str::to_ascii_lowercase).ok_or_else(|| no_receipt("it is not signed"))
    };
    let signature = Signature { public_key: part("public_key")?, signature: part("signature")? };
    if !signing::is_genuine(&signature, PURPOSE, canonical(&document).as_bytes()) {
        return Err(NotGenuine::Changed);
    }
    if key.is_some_and(|key| !key.trim().eq_ignore_ascii_case(&signature.public_key)) {
        return Err(NotGenuine::OtherKey(signature.public_key));
    }
    Ok(Genuine { document, public_key: signature.public_key })
}

#[cfg(test)]
mod tests;
