//! The durable queue: work that must happen although the process may die. Owner of the table `jobs`.
//!
//! A job is queued in the transaction that wants it and ends in the transaction that did it. What a job does stands with
//! its noun; who runs it, in `work`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx, Value};
use crate::params;

/// How often a job may fail before it is given up.
pub const MAX_ATTEMPTS: i64 = 5;
/// How often its worker may vanish (a crash, a lost lease) before a job is [`Job::hopeless`].
pub const MAX_LOST: i64 = 50;
/// The wait after a first failure; doubled with each one.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(5);
/// The longest wait between two attempts.
pub const MAX_BACKOFF: Duration = Duration::from_secs(600);
/// Characters kept of what a failure said.
const MAX_ERROR_CHARS: usize = 500;

/// What a queue operation can fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JobError {
    /// The lease ended and the job belongs to somebody else, or to nobody: what was done must be rolled back.
    #[error("the job's lease was lost")]
    LeaseLost,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Work to be queued.
#[derive(Clone)]
pub struct NewJob<'a> {
    /// What sort of work; names the noun that does it.
    pub kind: &'a str,
    /// Names the work within its kind: a second job of the same key is the same job.
    pub key: &'a str,
    /// What the work needs to know.
    pub payload: &'a Json,
    /// For whom; owners share the workers fairly.
    pub owner: &'a str,
    /// Lower runs first among the jobs of owners who have equally many running.
    pub priority: i64,
}

/// A job that has been claimed.
#[derive(Clone)]
pub struct Job {
    /// Changes when a job that was given up is queued anew.
    pub id: String,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::key`].
    pub key: String,
    /// See [`NewJob::payload`].
    pub payload: Json,
    /// See [`NewJob::owner`].
    pub owner: String,
    /// How often it has failed so far.
    pub attempts: i64,
    lost: i64,
    worker: String,
}

// A payload may carry a secret (the link in a letter): it stays out of logs.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job {} {} {} (attempt {})", self.id, self.kind, self.key, self.attempts + 1)
    }
}

impl Job {
    /// Whether so many workers vanished with this job that it must be suspected of killing them: it should be reported as
    /// failed, without another run.
    pub fn hopeless(&self) -> bool {
        self.lost >= MAX_LOST
    }
}

/// What became of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It will be run again, not before this time.
    Again {
        /// Microseconds since 1970 UTC.
        at_us: i64,
    },
    /// It was given up: whoever waits for it must be told in the same transaction.
    GivenUp,
}

/// How many jobs of a kind are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// See [`NewJob::kind`].
    pub kind: String,
    /// `queued`, `running` or `failed`.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    clock: Clock,
    waker: Arc<watch::Sender<()>>,
}

impl Jobs {
    /// The queue in this database.
    pub fn new(db: Db, clock: Clock) -> Jobs {
        Jobs { db, clock, waker: Arc::new(watch::channel(()).0) }
    }

    /// Queues a job within the caller's transaction; [`Jobs::wake`] is to be called after the commit. A job of the same
    /// kind and key that waits or runs is left alone (but may move forward); one that was given up is queued anew.
    /// Returns whether there is now work that was not there before.
    pub fn enqueue(&self, tx: &mut Tx, job: &NewJob) -> Result<bool, DbError> {
        self.enqueue_at(tx, job, self.clock.now_us())
    }

    /// The same, for work that is not to begin before `run_at_us`.
    pub fn enqueue_at(&self, tx: &mut Tx, job: &NewJob, run_at_us: i64) -> Result<bool, DbError> {
        let now_us = self.clock.now_us();
        let fresh = tx.execute(
            "INSERT INTO jobs (id, kind, job_key, payload, owner, priority, state, attempts, lost, run_at_us, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, 0, $7, $8)
             ON CONFLICT (kind, job_key) DO UPDATE SET id = excluded.id, payload = excluded.payload,
                 owner = excluded.owner, priority = excluded.priority, state = 'queued', attempts = 0, lost = 0,
                 run_at_us = excluded.run_at_us, last_error = NULL, created_us = excluded.created_us
             WHERE jobs.state = 'failed'",
            params![
                self.clock.new_id(),
                job.kind,
                job.key,
                job.payload.to_string(),
                job.owner,
                job.priority,
                run_at_us,
                now_us
            ],
        )?;
        if fresh == 0 {
            tx.execute(
                "UPDATE jobs SET priority = $3 WHERE kind = $1 AND job_key = $2 AND state = 'queued' AND priority > $3",
                params![job.kind, job.key, job.priority],
            )?;
        }
        Ok(fresh > 0)
    }

    /// Lets the workers of this process look for work now. A worker elsewhere finds it at its next look.
    pub fn wake(&self) {
        self.waker.send_replace(());
    }

    /// Changes whenever there may be new work. A worker marks it as seen, looks, and waits for the next change: nothing
    /// that was queued in between is missed.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.waker.subscribe()
    }

    /// Claims the next job of one of `kinds` for `worker` until `lease` is over; `None` when nothing is due.
    ///
    /// Fair between owners: first whoever has the fewest jobs running, then by priority, then by age. A lease that ended
    /// makes a job claimable again.
    pub async fn claim(&self, kinds: &[&str], worker: &str, lease: Duration) -> Result<Option<Job>, DbError> {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let (worker, clock) = (worker.to_owned(), self.clock.clone());
        self.db.write(move |tx| claim(tx, &kinds, &worker, clock.now_us(), lease)).await
    }

    /// Makes the lease end `lease` from now. [`JobError::LeaseLost`] tells the worker to stop.
    pub async fn extend(&self, job: &Job, lease: Duration) -> Result<(), JobError> {
        let (job, until_us) = (job.clone(), self.clock.now_us() + micros(lease));
        self.db
            .write(move |tx| {
                let mut params = held(&job);
                params.push(until_us.into());
                let sql = format!("UPDATE jobs SET lease_until_us = $5 WHERE {HELD}");
                ours(tx.execute(&sql, &params)?)
            })
            .await
    }

    /// Ends a job that did its work, in the transaction that did it: both are there or neither.
    pub fn done(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        ours(tx.execute(&format!("DELETE FROM jobs WHERE {HELD}"), &held(job))?)
    }

    /// Notes that a job failed. With `retry` it runs again after a while, up to [`MAX_ATTEMPTS`] in all.
    pub fn failed(&self, tx: &mut Tx, job: &Job, error: &str, retry: bool) -> Result<Verdict, JobError> {
        let attempts = job.attempts + 1;
        let again = retry && attempts < MAX_ATTEMPTS;
        let at_us = self.clock.now_us() + micros(backoff(attempts));
        let error: String = error.chars().take(MAX_ERROR_CHARS).collect();
        let mut params = held(job);
        params.extend([
            Value::from(if again { "queued" } else { "failed" }),
            attempts.into(),
            at_us.into(),
            error.into(),
        ]);
        let sql = format!(
            "UPDATE jobs SET state = $5, attempts = $6, run_at_us = $7, last_error = $8, lease_until_us = NULL,
                 leased_by = NULL
             WHERE {HELD}"
        );
        ours(tx.execute(&sql, &params)?)?;
        Ok(if again { Verdict::Again { at_us } } else { Verdict::GivenUp })
    }

    /// Frees what an earlier process under this worker's name had claimed. To be called at start-up, before the first
    /// claim; a name belongs to one living process. Returns how many jobs were freed.
    pub async fn release_leases(&self, worker: &str) -> Result<u64, DbError> {
        let worker = worker.to_owned();
        self.db
            .write(move |tx| {
                tx.execute(
                    "UPDATE jobs SET state = 'queued', lost = lost + 1, lease_until_us = NULL, leased_by = NULL
                     WHERE state = 'running' AND leased_by = $1",
                    params![&worker],
                )
            })
            .await
    }

    /// How many jobs there are, by kind and state.
    pub async fn counts(&self) -> Result<Vec<Count>, DbError> {
        self.db
            .read(|tx| {
                let rows = tx.rows(
                    "SELECT kind, state, CAST(count(*) AS BIGINT) FROM jobs GROUP BY kind, state ORDER BY kind, state",
                    &[],
                )?;
                rows.iter().map(|r| Ok(Count { kind: r.get(0)?, state: r.get(1)?, count: r.get(2)? })).collect()
            })
            .await
    }
}

/// Holds while the claim that made `$1..$4` ([`held`]) is the last one: each loss and each failure changes a counter.
const HELD: &str = "id = $1 AND state = 'running' AND leased_by = $2 AND attempts = $3 AND lost = $4";

fn held(job: &Job) -> Vec<Value> {
    vec![(&job.id).into(), (&job.worker).into(), job.attempts.into(), job.lost.into()]
}

fn ours(changed: u64) -> Result<(), JobError> {
    if changed == 1 { Ok(()) } else { Err(JobError::LeaseLost) }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_BACKOFF * 2u32.pow(doublings)).min(MAX_BACKOFF)
}

fn claim(tx: &mut Tx, kinds: &[String], worker: &str, now_us: i64, lease: Duration) -> Result<Option<Job>, DbError> {
    if kinds.is_empty() {
        return Ok(None);
    }
    let places: Vec<String> = (0..kinds.len()).map(|i| format!("${}", i + 4)).collect();
    let sql = format!(
        "UPDATE jobs SET state = 'running', lease_until_us = $2, leased_by = $3,
             lost = lost + CASE WHEN state = 'running' THEN 1 ELSE 0 END
         WHERE id = (
             SELECT due.id FROM jobs AS due
             WHERE due.kind IN ({})
                 AND ((due.state = 'queued' AND due.run_at_us <= $1)
                     OR (due.state = 'running' AND due.lease_until_us <= $1))
             ORDER BY (SELECT count(*) FROM jobs AS busy
                       WHERE busy.owner = due.owner AND busy.state = 'running' AND busy.lease_until_us > $1),
                 due.priority, due.run_at_us, due.id
             LIMIT 1{})
         RETURNING id, kind, job_key, payload, owner, attempts, lost",
        places.join(", "),
        tx.for_update_skip_locked(),
    );
    let mut params = vec![Value::from(now_us), (now_us + micros(lease)).into(), worker.into()];
    params.extend(kinds.iter().map(Value::from));
    tx.row(&sql, &params)?.map(|row| job(&row, worker)).transpose()
}

fn job(row: &Row, worker: &str) -> Result<Job, DbError> {
    let payload: String = row.get(3)?;
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        key: row.get(2)?,
        payload: serde_json::from_str(&payload).map_err(|e| DbError::Failed(format!("a job's payload: {e}")))?,
        owner: row.get(4)?,
        attempts: row.get(5)?,
        lost: row.get(6)?,
        worker: worker.to_owned(),
    })
}

#[cfg(test)]
mod tests;
