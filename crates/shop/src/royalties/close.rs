//! Closing a month: what no statement holds yet and was captured before the month's end goes into one statement for each
//! payee, for good. Then its papers are made and kept, and never made again.
//!
//! What is captured in a month after it was closed is in no statement yet, so it falls into the next one that is closed. The
//! month that runs may be closed; one that has not begun only when that is asked for.

use bytes::Bytes;
use money::Micros;
use sha2::{Digest, Sha256};

use super::dsr::Report;
use super::lines::{self, Line, Sold};
use super::paper::{Words, statement_pdf};
use super::period::Period;
use super::read::{FileKind, Statement, find, of_period};
use super::{Royalties, RoyaltyError, csv};
use crate::db::{DbError, Tx};
use crate::rights::{self, Payee};
use crate::wallet::payouts::owed;
use crate::{params, storefronts, users};

/// What closing a month came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// One for each payee; of a trial, those that would be made, without papers.
    pub statements: Vec<Statement>,
    /// It was closed before: nothing was changed.
    pub was_closed: bool,
    /// The month runs on: what is captured from now on falls into the next.
    pub is_running: bool,
}

/// A paper, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Made {
    pub name: String,
    pub bytes: Bytes,
}

/// What the papers of a statement are made of.
struct Contents {
    statement: Statement,
    payee: Payee,
    language: String,
    storefront_name: String,
    sender: Option<String>,
    lines: Vec<Line>,
    sold: Vec<Sold>,
}

impl Royalties {
    /// What closing would come to. Changes nothing.
    pub async fn would_close(&self, period: Period, is_early: bool) -> Result<Closing, RoyaltyError> {
        let now_us = self.clock.now_us();
        self.db.read(move |tx| trial(tx, period, is_early, now_us)).await
    }

    /// Closes a month, once, and makes the papers of its statements, once. `words` gives the words of a language.
    pub async fn close(
        &self,
        period: Period,
        is_early: bool,
        words: impl Fn(&str) -> Words,
    ) -> Result<Closing, RoyaltyError> {
        let now_us = self.clock.now_us();
        let was_closed = self.db.write(move |tx| close(tx, period, is_early, now_us)).await?;
        let wanted = self.db.read(move |tx| of_period(tx, &period.to_string())).await?;
        for statement in wanted.iter().filter(|statement| statement.files.is_empty()) {
            self.make_papers(period, &statement.id, &words).await?;
        }
        let statements = self.db.read(move |tx| of_period(tx, &period.to_string())).await?;
        Ok(Closing { statements, was_closed, is_running: period.ends_us() > now_us })
    }

    /// The papers of a statement as they were kept.
    pub async fn papers(&self, statement: &Statement) -> Result<Vec<Made>, RoyaltyError> {
        let mut made = Vec::new();
        for file in &statement.files {
            made.push(Made { name: file.name.clone(), bytes: self.statement_file(file).await? });
        }
        Ok(made)
    }

    async fn make_papers(&self, period: Period, id: &str, words: &impl Fn(&str) -> Words) -> Result<(), RoyaltyError> {
        let wanted = id.to_owned();
        let contents = self.db.read(move |tx| contents(tx, &wanted)).await?;
        let words = words(&contents.language);
        let made = tokio::task::spawn_blocking(move || papers(period, &contents, &words));
        let made = made.await.map_err(|e| DbError::Failed(format!("a paper: {e}")))??;
        let mut rows = Vec::new();
        for (kind, name, bytes) in made {
            let key = format!("statements/{id}/{name}");
            let (length, sha256) = (bytes.len() as i64, hex::encode(Sha256::digest(&bytes)));
            self.files.put(&key, bytes.into()).await?;
            rows.push((kind, name, key, length, sha256));
        }
        let id = id.to_owned();
        self.db.write(move |tx| rows.iter().try_for_each(|row| keep(tx, &id, row)).map_err(RoyaltyError::Db)).await
    }
}

type FileRow = (FileKind, String, String, i64, String);

/// Another process may have been as quick; its papers are the same.
fn keep(tx: &mut Tx, id: &str, (kind, name, key, length, sha256): &FileRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO statement_files (statement_id, kind, name, object_key, file_bytes, sha256)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (statement_id, kind) DO NOTHING",
        params![id, kind.as_str(), name, key, *length, sha256],
    )?;
    Ok(())
}

/// When the month was closed, if it was.
fn closed(tx: &mut Tx, period: Period) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM royalty_periods WHERE period = $1", params![period.to_string()])?.is_some())
}

/// Up to when what was captured falls into the month; refused where it cannot be closed.
fn until_us(tx: &mut Tx, period: Period, is_early: bool, now_us: i64) -> Result<i64, RoyaltyError> {
    let sql = "SELECT period FROM royalty_periods WHERE period > $1 ORDER BY period LIMIT 1";
    if let Some(later) = tx.row(sql, params![period.to_string()])? {
        return Err(RoyaltyError::TooLate { period, later: later.get(0)? });
    }
    if period.begins_us() > now_us && !is_early {
        return Err(RoyaltyError::NotBegun(period));
    }
    Ok(period.ends_us().min(now_us))
}

fn trial(tx: &mut Tx, period: Period, is_early: bool, now_us: i64) -> Result<Closing, RoyaltyError> {
    let is_running = period.ends_us() > now_us;
    if closed(tx, period)? {
        return Ok(Closing { statements: of_period(tx, &period.to_string())?, was_closed: true, is_running });
    }
    let until_us = until_us(tx, period, is_early, now_us)?;
    let mut statements = Vec::new();
    for (payee, due) in rights::open_payees(tx, until_us)? {
        statements.push(drafted(tx, period, &payee, due, now_us)?);
    }
    Ok(Closing { statements, was_closed: false, is_running })
}

/// True when the month was closed before.
fn close(tx: &mut Tx, period: Period, is_early: bool, now_us: i64) -> Result<bool, RoyaltyError> {
    if closed(tx, period)? {
        return Ok(true);
    }
    let until_us = until_us(tx, period, is_early, now_us)?;
    let made = tx.execute(
        "INSERT INTO royalty_periods (period, until_us, closed_us) VALUES ($1, $2, $3) ON CONFLICT (period) DO NOTHING",
        params![period.to_string(), until_us, now_us],
    )?;
    if made == 0 {
        return Ok(true);
    }
    for (payee, due) in rights::open_payees(tx, until_us)? {
        let statement = drafted(tx, period, &payee, due, now_us)?;
        tx.execute(
            "INSERT INTO statements (id, payee_id, period, currency, brought_micros, due_micros, closed_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![
                &statement.id,
                &statement.payee,
                &statement.period,
                &statement.currency,
                statement.brought_micros,
                statement.due_micros,
                now_us
            ],
        )?;
        rights::claim(tx, &statement.id, &payee, until_us)?;
        check(tx, &statement)?;
    }
    Ok(false)
}

fn drafted(tx: &mut Tx, period: Period, payee_id: &str, due: Micros, now_us: i64) -> Result<Statement, RoyaltyError> {
    let payee = rights::payees::find(tx, payee_id)?.ok_or_else(|| RoyaltyError::UnknownPayee(payee_id.to_owned()))?;
    let brought = stated(tx, payee_id)?.0 - paid(tx, payee_id)?.0;
    Ok(Statement {
        id: format!("{period}-{payee_id}"),
        payee: payee.id,
        payee_name: payee.name,
        storefront: payee.storefront,
        period: period.to_string(),
        currency: payee.currency,
        brought_micros: brought,
        due_micros: due.0,
        closed_us: now_us,
        files: vec![],
    })
}

/// What all closed statements of a payee say is due.
pub(super) fn stated(tx: &mut Tx, payee_id: &str) -> Result<Micros, DbError> {
    sum(tx, "SELECT CAST(COALESCE(SUM(due_micros), 0) AS BIGINT) FROM statements WHERE payee_id = $1", payee_id)
}

/// What was paid to a payee.
pub(super) fn paid(tx: &mut Tx, payee_id: &str) -> Result<Micros, DbError> {
    sum(tx, "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) FROM payouts WHERE payee_id = $1", payee_id)
}

fn sum(tx: &mut Tx, sql: &str, payee_id: &str) -> Result<Micros, DbError> {
    Ok(Micros(tx.row(sql, params![payee_id])?.map(|row| row.get(0)).transpose()?.unwrap_or(0)))
}

/// The payable account holds what statements say, what is not closed yet, and nothing else but what was paid; and the rows of
/// this statement are what it says. To the micro, or the month stays open.
fn check(tx: &mut Tx, statement: &Statement) -> Result<(), RoyaltyError> {
    let payee = &statement.payee;
    let open = "SELECT CAST(COALESCE(SUM(due_micros), 0) AS BIGINT) FROM royalty_lines WHERE payee_id = $1 AND statement_id IS NULL";
    let expected = stated(tx, payee)?.0 + sum(tx, open, payee)?.0 - paid(tx, payee)?.0;
    let of_rows = "SELECT CAST(COALESCE(SUM(due_micros), 0) AS BIGINT) FROM royalty_lines WHERE statement_id = $1";
    let is_whole = sum(tx, of_rows, &statement.id)?.0 == statement.due_micros;
    let is_booked = owed(tx, payee, &statement.currency)?.0 == expected;
    if is_whole && is_booked { Ok(()) } else { Err(RoyaltyError::Differs(payee.clone())) }
}

fn contents(tx: &mut Tx, id: &str) -> Result<Contents, RoyaltyError> {
    let statement = find(tx, id)?.ok_or_else(|| DbError::Failed(format!("the statement {id} vanished")))?;
    let payee = rights::payees::find(tx, &statement.payee)?;
    let payee = payee.ok_or_else(|| RoyaltyError::UnknownPayee(statement.payee.clone()))?;
    let reader = match &payee.email {
        Some(email) => users::get_by_email(tx, email)?,
        None => None,
    };
    let storefront = storefronts::get(tx, &statement.storefront)?;
    let sender = "SELECT MIN(licensee_party_id) FROM licences WHERE storefront = $1";
    Ok(Contents {
        language: reader.map_or_else(|| "en".to_owned(), |user| user.language),
        storefront_name: storefront.map(|storefront| storefront.name).unwrap_or_default(),
        sender: tx.row(sender, params![&statement.storefront])?.map(|row| row.get(0)).transpose()?.flatten(),
        lines: lines::of_statement(tx, id)?,
        sold: lines::sold(tx, id)?,
        statement,
        payee,
    })
}

type Paper = (FileKind, String, Vec<u8>);

fn papers(period: Period, of: &Contents, words: &Words) -> Result<Vec<Paper>, RoyaltyError> {
    let report = Report {
        statement: &of.statement,
        payee: &of.payee,
        period,
        storefront_name: &of.storefront_name,
        sender: of.sender.as_deref(),
        lines: &of.lines,
        sold: &of.sold,
    };
    let pdf = statement_pdf(words, &of.statement, &of.payee, &of.storefront_name, &of.lines)?;
    Ok(vec![
        (FileKind::Csv, format!("{}.csv", of.statement.id), csv::statement_csv(&of.statement, &of.lines).into_bytes()),
        (FileKind::Pdf, format!("{}.pdf", of.statement.id), pdf),
        (FileKind::Dsr, report.file_name(), report.text().into_bytes()),
    ])
}
