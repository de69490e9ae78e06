//! Defects: a listener says that a file is bad. It is checked without a human, made anew where it was bad, and then its price
//! is credited at once. Owner of the table `defects`.

use money::Micros;
use serde_json::Value as Json;

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::jobs::{Job, JobError, Jobs, NewJob, Verdict as JobVerdict};
use crate::params;
use crate::receipts::{self, TakenBack};
use crate::renditions::check::Verdict;
use crate::renditions::{DownloadError, Renditions};
use crate::wallet::{TakeBack, Wallet, WalletError};

/// The kind of job that checks a file; its key is the report's id.
pub(crate) const CHECK: &str = "check_file";
/// Someone waits for it, but others wait for what they paid.
const PRIORITY: i64 = 20;
/// Reports of one listener within [`WINDOW_US`]: each may cost a whole encode.
pub const MAX_REPORTS: i64 = 20;
/// See [`MAX_REPORTS`].
pub const WINDOW_US: i64 = 24 * 3_600 * 1_000_000;

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file is being checked.
    Checking,
    /// The file is as it was made, and as it would be made again.
    Fine,
    /// The file was bad and is made anew.
    Mended,
    /// The file was bad and cannot be made anew.
    Lost,
    /// It could not be told.
    Unclear,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] = [State::Checking, State::Fine, State::Mended, State::Lost, State::Unclear];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Checking => "checking",
            State::Fine => "fine",
            State::Mended => "mended",
            State::Lost => "lost",
            State::Unclear => "unclear",
        }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Report {
    pub id: String,
    pub line_id: String,
    pub state: State,
    /// What came back to the balance.
    pub credited_micros: i64,
    pub reported_us: i64,
    pub decided_us: Option<i64>,
}

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DefectError {
    /// No such bought file of this user.
    #[error("there is no such file")]
    Unknown,
    /// It is still in the making, or its money went back already.
    #[error("this file is not ready")]
    NotReady,
    /// Too many reports.
    #[error("too many reports: try again in {retry_after_s} seconds")]
    TooMany {
        /// Seconds.
        retry_after_s: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The reports. Cheap to clone.
#[derive(Clone)]
pub struct Defects {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    wallet: Wallet,
    renditions: Renditions,
}

const COLUMNS: &str = "id, line_id, state, credited_micros, reported_us, decided_us";

impl Defects {
    /// Reports over their parts.
    pub fn new(db: Db, clock: Clock, jobs: Jobs, wallet: Wallet, renditions: Renditions) -> Defects {
        Defects { db, clock, jobs, wallet, renditions }
    }

    /// A user says that the file of an order line is bad. While it is being checked, the same again is the same report.
    pub async fn report(&self, user_id: &str, line_id: &str) -> Result<Report, DefectError> {
        let (defects, user, line) = (self.clone(), user_id.to_owned(), line_id.to_owned());
        let report = self.db.write(move |tx| defects.report_in(tx, &user, &line)).await?;
        self.jobs.wake();
        Ok(report)
    }

    fn report_in(&self, tx: &mut Tx, user_id: &str, line_id: &str) -> Result<Report, DefectError> {
        let line = tx.row(
            "SELECT l.state FROM order_lines l JOIN orders o ON o.id = l.order_id
             JOIN entitlements e ON e.order_line_id = l.id
             WHERE l.id = $1 AND o.user_id = $2 AND e.revoked_us IS NULL",
            params![line_id, user_id],
        )?;
        if line.ok_or(DefectError::Unknown)?.get::<String>(0)? != "charged" {
            return Err(DefectError::NotReady);
        }
        if let Some(last) = last_of(tx, line_id)?.filter(|report| report.state == State::Checking) {
            return Ok(last);
        }
        let now_us = self.clock.now_us();
        may_report(tx, user_id, now_us)?;
        let id = self.clock.new_id();
        tx.execute(
            "INSERT INTO defects (id, line_id, user_id, state, credited_micros, reported_us)
             VALUES ($1, $2, $3, 'checking', 0, $4)",
            params![&id, line_id, user_id, now_us],
        )?;
        let job = NewJob { kind: CHECK, key: &id, payload: &Json::Null, owner: user_id, priority: PRIORITY };
        self.jobs.enqueue(tx, &job)?;
        let (line_id, reported_us) = (line_id.to_owned(), now_us);
        Ok(Report { id, line_id, state: State::Checking, credited_micros: 0, reported_us, decided_us: None })
    }

    /// The latest report of each of these lines of a user, as far as there are any: at most
    /// [`crate::page::MAX_LIMIT`] lines at once.
    pub async fn of_lines(&self, user_id: &str, mut lines: Vec<String>) -> Result<Vec<Report>, DbError> {
        lines.truncate(crate::page::MAX_LIMIT as usize);
        let user = user_id.to_owned();
        self.db
            .read(move |tx| {
                let reports = lines.iter().map(|line| last_of_user(tx, &user, line));
                Ok(reports.collect::<Result<Vec<_>, DbError>>()?.into_iter().flatten().collect())
            })
            .await
    }

    /// Does a job: checks the file, and decides.
    pub(crate) async fn run_job(&self, job: &Job) -> Result<(), JobError> {
        let id = job.key.clone();
        let reported = self.db.read(move |tx| reported(tx, &id)).await?;
        let checked = match &reported {
            None => Ok(None),
            Some((rendition, user)) => self.renditions.check(rendition, user).await.map(Some),
        };
        let (defects, job) = (self.clone(), job.clone());
        self.db.write(move |tx| defects.decide(tx, &job, &checked)).await
    }

    fn decide(&self, tx: &mut Tx, job: &Job, checked: &Result<Option<Verdict>, DownloadError>) -> Result<(), JobError> {
        let state = match checked {
            Ok(None) => return self.jobs.done(tx, job),
            Ok(Some(Verdict::Right)) => State::Fine,
            Ok(Some(Verdict::Mended)) => State::Mended,
            Ok(Some(Verdict::Lost)) => State::Lost,
            Err(e) => {
                tracing::warn!(report = job.key, error = %e, "a reported file could not be checked");
                if let JobVerdict::Again { .. } = self.jobs.failed(tx, job, &e.to_string(), true)? {
                    return Ok(());
                }
                return Ok(self.close(tx, &job.key, State::Unclear, Micros::ZERO)?);
            }
        };
        let was_bad = matches!(state, State::Mended | State::Lost);
        let credited = if was_bad { self.credit(tx, &job.key)? } else { Micros::ZERO };
        if was_bad {
            tracing::error!(report = job.key, state = state.as_str(), %credited, "a sold file was bad");
        }
        self.close(tx, &job.key, state, credited)?;
        self.jobs.done(tx, job)
    }

    fn close(&self, tx: &mut Tx, id: &str, state: State, credited: Micros) -> Result<(), DbError> {
        tx.execute(
            "UPDATE defects SET state = $1, credited_micros = $2, decided_us = $3 WHERE id = $4 AND state = 'checking'",
            params![state.as_str(), credited.0, self.clock.now_us(), id],
        )?;
        Ok(())
    }

    /// Gives the price of a bad file back to the kinds of credit it came from: what of it did not go back already, by an
    /// earlier report or by hand. The shop bears it; what is due to others for the sale stays theirs.
    fn credit(&self, tx: &mut Tx, report_id: &str) -> Result<Micros, DbError> {
        let row = tx.row("SELECT line_id, user_id FROM defects WHERE id = $1", params![report_id])?;
        let Some(row) = row else { return Ok(Micros::ZERO) };
        let (line_id, user_id): (String, String) = (row.get(0)?, row.get(1)?);
        let failed = |e: WalletError| match e {
            WalletError::Db(e) => e,
            other => DbError::Failed(format!("crediting line {line_id}: {other}")),
        };
        let Some(captured) = self.wallet.captured(tx, &user_id, &line_id).map_err(failed)? else {
            return Ok(Micros::ZERO);
        };
        let gross = captured.left().map_err(failed)?;
        if gross == Micros::ZERO {
            return Ok(gross);
        }
        let part = captured.part(gross).map_err(failed)?;
        let (credit, tax) = (part.paid, part.tax);
        let back = TakeBack { user_id: &user_id, line_id: &line_id, credit, tax, payables: &[] };
        if let Some(entry) = self.wallet.take_back(tx, &back).map_err(failed)? {
            let (promotional, voucher, reason) = (credit.promotional, credit.voucher, "bad_file".to_owned());
            receipts::take_back(
                tx,
                &self.clock,
                &entry,
                &TakenBack { line_id, gross, tax, promotional, voucher, reason },
            )?;
        }
        Ok(gross)
    }
}

fn may_report(tx: &mut Tx, user_id: &str, now_us: i64) -> Result<(), DefectError> {
    let since = now_us - WINDOW_US;
    let row = tx.row(
        "SELECT CAST(count(*) AS BIGINT), COALESCE(min(reported_us), 0) FROM defects
         WHERE user_id = $1 AND reported_us > $2",
        params![user_id, since],
    )?;
    let row = row.ok_or_else(|| DbError::Failed("a count is missing".into()))?;
    if row.get::<i64>(0)? < MAX_REPORTS {
        return Ok(());
    }
    let left_us = u64::try_from(row.get::<i64>(1)? - since).unwrap_or(0);
    Err(DefectError::TooMany { retry_after_s: left_us.div_ceil(1_000_000).max(1) })
}

/// The rendition and the user of a report that is still open.
fn reported(tx: &mut Tx, id: &str) -> Result<Option<(String, String)>, DbError> {
    let row = tx.row(
        "SELECT l.rendition_id, d.user_id FROM defects d JOIN order_lines l ON l.id = d.line_id
         WHERE d.id = $1 AND d.state = 'checking'",
        params![id],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

fn last_of(tx: &mut Tx, line_id: &str) -> Result<Option<Report>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM defects WHERE line_id = $1 ORDER BY id DESC LIMIT 1");
    tx.row(&sql, params![line_id])?.as_ref().map(of_row).transpose()
}

fn last_of_user(tx: &mut Tx, user_id: &str, line_id: &str) -> Result<Option<Report>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM defects WHERE line_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT 1");
    tx.row(&sql, params![line_id, user_id])?.as_ref().map(of_row).transpose()
}

fn of_row(row: &Row) -> Result<Report, DbError> {
    let state: String = row.get(2)?;
    let known = State::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(Report {
        id: row.get(0)?,
        line_id: row.get(1)?,
        state: known.ok_or_else(|| DbError::Failed(format!("a report is in the state {state:?}")))?,
        credited_micros: row.get(3)?,
        reported_us: row.get(4)?,
        decided_us: row.get(5)?,
    })
}

#[cfg(test)]
mod tests;
