//! Reading statements, their papers, and the figures that a rights holder sees of them.

use money::Micros;

use super::lines::{self, Line};
use super::{Royalties, RoyaltyError};
use crate::db::{DbError, Row, Tx};
use crate::page::{Page, limit as page_limit};
use crate::{params, rights};

/// A closed month of a payee.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Statement {
    pub id: String,
    pub payee: String,
    pub payee_name: String,
    pub storefront: String,
    pub period: String,
    pub currency: String,
    /// What was owed from earlier statements when this one was made.
    pub brought_micros: i64,
    /// What it says is due.
    pub due_micros: i64,
    pub closed_us: i64,
    pub files: Vec<StatementFile>,
}

/// A paper of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct StatementFile {
    pub kind: FileKind,
    pub name: String,
    pub object_key: String,
    pub file_bytes: u64,
    pub sha256: String,
}

/// What papers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// For spreadsheets.
    Csv,
    /// For people.
    Pdf,
    /// The DDEX sales report.
    Dsr,
}

impl FileKind {
    /// As the database and addresses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            FileKind::Csv => "csv",
            FileKind::Pdf => "pdf",
            FileKind::Dsr => "dsr",
        }
    }

    /// The one of that name.
    pub fn of_name(name: &str) -> Option<FileKind> {
        [FileKind::Csv, FileKind::Pdf, FileKind::Dsr].into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its media type.
    pub fn mime(self) -> &'static str {
        match self {
            FileKind::Csv => "text/csv; charset=utf-8",
            FileKind::Pdf => "application/pdf",
            FileKind::Dsr => "text/tab-separated-values; charset=utf-8",
        }
    }
}

/// Units and what is due of them, for one month, territory or format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sum {
    /// `2026-10`, `DE` (empty where it is not known), `mp3:cbr:320`.
    pub of: String,
    pub units: i64,
    pub due_micros: i64,
}

const SELECT: &str =
    "SELECT s.id, s.payee_id, p.name, p.storefront, s.period, s.currency, s.brought_micros, s.due_micros,
    s.closed_us FROM statements s JOIN payees p ON p.id = s.payee_id";

impl Royalties {
    /// Statements, the newest first; of these payees alone, if any are named.
    pub async fn statements(
        &self,
        payees: Option<Vec<String>>,
        after: Option<String>,
        limit: Option<u32>,
    ) -> Result<Page<Statement>, DbError> {
        let limit = page_limit(limit);
        self.db.read(move |tx| page(tx, payees, after.as_deref(), limit)).await
    }

    /// A statement.
    pub async fn statement(&self, id: &str) -> Result<Option<Statement>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| find(tx, &id)).await
    }

    /// The lines of a statement, by artists and title.
    pub async fn statement_lines(&self, id: &str) -> Result<Vec<Line>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| lines::of_statement(tx, &id)).await
    }

    /// The bytes of a statement's paper.
    pub async fn statement_file(&self, file: &StatementFile) -> Result<bytes::Bytes, RoyaltyError> {
        Ok(self.files.get(&file.object_key).await?)
    }

    /// What a payee's sales came to by day (`YYYY-MM-DD` cut to months by the caller), territory and format, closed or not.
    pub async fn sums(&self, payee_id: &str) -> Result<[Vec<Sum>; 3], DbError> {
        let payee_id = payee_id.to_owned();
        self.db.read(move |tx| sums(tx, &payee_id)).await
    }

    /// What the ledger owes a payee now.
    pub async fn owed(&self, payee_id: &str) -> Result<Micros, DbError> {
        let payee_id = payee_id.to_owned();
        self.db
            .read(move |tx| match rights::payees::find(tx, &payee_id)? {
                Some(payee) => crate::wallet::payouts::owed(tx, &payee.id, &payee.currency),
                None => Ok(Micros::ZERO),
            })
            .await
    }
}

fn page(tx: &mut Tx, payees: Option<Vec<String>>, after: Option<&str>, limit: u32) -> Result<Page<Statement>, DbError> {
    let named = payees.is_some();
    let mut values = params![after.unwrap_or("~"), i64::from(limit) + 1].to_vec();
    let places: Vec<String> = (3..).map(|n| format!("${n}")).take(payees.as_ref().map_or(0, Vec::len)).collect();
    values.extend(payees.into_iter().flatten().map(crate::db::Value::from));
    let of = match (named, places.is_empty()) {
        (false, _) => String::new(),
        (true, true) => return Ok(Page { items: vec![], next: None }),
        (true, false) => format!(" AND s.payee_id IN ({})", places.join(", ")),
    };
    // Ids begin with the period.
    let rows = tx.rows(&format!("{SELECT} WHERE s.id < $1{of} ORDER BY s.id DESC LIMIT $2"), &values)?;
    let mut statements = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for statement in &mut statements {
        statement.files = files(tx, &statement.id)?;
    }
    Ok(Page::cut(statements, limit, |statement| statement.id.clone()))
}

/// A statement within somebody's transaction.
pub(super) fn find(tx: &mut Tx, id: &str) -> Result<Option<Statement>, DbError> {
    let row = tx.row(&format!("{SELECT} WHERE s.id = $1"), params![id])?;
    let Some(mut statement) = row.as_ref().map(read).transpose()? else { return Ok(None) };
    statement.files = files(tx, id)?;
    Ok(Some(statement))
}

/// The statements of a period, by payee.
pub(super) fn of_period(tx: &mut Tx, period: &str) -> Result<Vec<Statement>, DbError> {
    let rows = tx.rows(&format!("{SELECT} WHERE s.period = $1 ORDER BY s.payee_id"), params![period])?;
    let mut statements = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for statement in &mut statements {
        statement.files = files(tx, &statement.id)?;
    }
    Ok(statements)
}

fn read(row: &Row) -> Result<Statement, DbError> {
    Ok(Statement {
        id: row.get(0)?,
        payee: row.get(1)?,
        payee_name: row.get(2)?,
        storefront: row.get(3)?,
        period: row.get(4)?,
        currency: row.get(5)?,
        brought_micros: row.get(6)?,
        due_micros: row.get(7)?,
        closed_us: row.get(8)?,
        files: vec![],
    })
}

fn files(tx: &mut Tx, id: &str) -> Result<Vec<StatementFile>, DbError> {
    let rows = tx.rows(
        "SELECT kind, name, object_key, file_bytes, sha256 FROM statement_files WHERE statement_id = $1 ORDER BY kind",
        params![id],
    )?;
    let file = |row: &Row| {
        let kind: String = row.get(0)?;
        let kind = FileKind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a paper of kind {kind:?}")))?;
        let (name, object_key, file_bytes, sha256) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(StatementFile { kind, name, object_key, file_bytes, sha256 })
    };
    rows.iter().map(file).collect()
}

/// Microseconds of a day, for sums by day.
const DAY_US: i64 = 86_400_000_000;

fn sums(tx: &mut Tx, payee_id: &str) -> Result<[Vec<Sum>; 3], DbError> {
    let units =
        "CAST(SUM(CASE WHEN k.id IS NULL THEN 1 ELSE k.units END) AS BIGINT), CAST(SUM(s.due_micros) AS BIGINT)";
    let tables =
        "royalty_lines s JOIN order_lines l ON l.id = s.line_id LEFT JOIN sale_corrections k ON k.id = s.correction_id";
    let mut by = |key: &str| {
        tx.rows(&format!("SELECT {key}, {units} FROM {tables} WHERE s.payee_id = $1 GROUP BY {key}"), params![payee_id])
    };
    let days = by(&format!("s.at_us / {DAY_US}"))?;
    let (territories, formats) = (by("s.territory")?, by("l.format")?);
    let sum = |of: String, row: &Row| Ok::<_, DbError>(Sum { of, units: row.get(1)?, due_micros: row.get(2)? });
    let mut by_month = std::collections::BTreeMap::<String, Sum>::new();
    for row in &days {
        let month = crate::clock::day_of(row.get::<i64>(0)? * DAY_US).get(..7).unwrap_or_default().to_owned();
        let day = sum(month.clone(), row)?;
        let of_month = by_month.entry(month.clone()).or_insert(Sum { of: month, units: 0, due_micros: 0 });
        of_month.units += day.units;
        of_month.due_micros += day.due_micros;
    }
    let named = |row: &Row| sum(row.get::<Option<String>>(0)?.unwrap_or_default(), row);
    let largest_first = |rows: &[Row]| -> Result<Vec<Sum>, DbError> {
        let mut sums = rows.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        sums.sort_by(|a, b| (b.due_micros, &a.of).cmp(&(a.due_micros, &b.of)));
        Ok(sums)
    };
    Ok([by_month.into_values().collect(), largest_first(&territories)?, largest_first(&formats)?])
}
