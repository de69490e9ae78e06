//! The database: SQLite or PostgreSQL behind one small face. Whatever the two engines disagree on stands in this folder.
//!
//! All writes of a process go through one writer thread with group commit: what is waiting joins one transaction, a
//! savepoint each, and nobody is answered before the commit is durable. Reads run on a few threads, each with a
//! connection of its own. Rules elsewhere are plain functions over [`Tx`].

mod value;
mod postgres;
mod sqlite;
mod migrate;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

pub use value::{FromValue, Row, Value};

/// Which engine, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file; created when absent.
    Sqlite(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// What a statement can fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// A constraint refused the row; its name where the engine tells it.
    #[error("a constraint refused the row: {0}")]
    Constraint(String),
    /// Another writer was in the way (lock, deadlock, lost connection): the same may succeed later.
    #[error("the database is busy")]
    Busy,
    /// Anything else; for the log.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// The engine behind a transaction, for the few statements that have to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A running transaction.
pub struct Tx<'a> {
    on: On<'a>,
    /// A statement of this job lost to another writer: the job deserves another run.
    busy: bool,
}

enum On<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut postgres::Connection),
}

/// Parameters of a statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}

impl Tx<'_> {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.on {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; returns how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let result = match &mut self.on {
            On::Sqlite(c) => sqlite::execute(c, sql, params),
            On::Postgres(c) => c.execute(sql, params),
        };
        self.noted(result)
    }

    /// All rows of an answer.
    pub fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let result = match &mut self.on {
            On::Sqlite(c) => sqlite::rows(c, sql, params),
            On::Postgres(c) => c.rows(sql, params),
        };
        self.noted(result)
    }

    fn noted<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        self.busy |= matches!(result, Err(DbError::Busy));
        result
    }

    fn lost_to_another(&self) -> bool {
        self.busy
    }

    /// A statement of transaction control.
    fn control(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.on {
            On::Sqlite(c) => sqlite::execute(c, sql, &[]).map(drop),
            On::Postgres(c) => Ok(c.client.batch_execute(sql)?),
        }
    }

    /// The first row of an answer, if there is one.
    pub fn row(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// ` FOR UPDATE` where rows are locked one by one; nothing on SQLite, whose writer has the whole database.
    pub fn for_update(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// ` FOR UPDATE SKIP LOCKED`, for claiming jobs; nothing on SQLite.
    pub fn for_update_skip_locked(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// A database that is open. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Db {
    workers: Arc<workers::Workers>,
}

impl Db {
    /// Opens the database, makes the tables that are missing, and starts the writer and the readers.
    pub fn open(url: &DatabaseUrl) -> Result<Db, DbError> {
        let url = url.clone();
        // The client for PostgreSQL blocks, which a thread of an async runtime may not: a thread of our own opens it.
        let opened = std::thread::spawn(move || {
            migrate::run(&url)?;
            Ok(Db { workers: Arc::new(workers::Workers::start(&url)?) })
        });
        opened.join().unwrap_or_else(|_| Err(DbError::Failed("opening the database panicked".into())))
    }

    /// Runs `job` in a read-only snapshot on a reader thread.
    pub async fn read<T, E>(&self, job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.read(job).await
    }

    /// Runs `job` on the writer thread and answers after the commit. `job` may run more than once (after a deadlock): it
    /// must not keep anything from a run but its result.
    pub async fn write<T, E>(&self, job: impl FnMut(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.write(job).await
    }
}

#[cfg(test)]
mod tests;
