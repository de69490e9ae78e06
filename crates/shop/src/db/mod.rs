//! The database: SQLite or PostgreSQL behind one small face. Whatever the two engines disagree on stands in this folder.
//!
//! All writes of a process go through one writer thread with group commit: what is waiting joins one transaction, a
//! savepoint each, and nobody is answered before the commit is durable. Reads run on a few threads, each with a
//! connection of its own. Rules elsewhere are plain functions over [`Tx`].

mod value;
mod seen;
mod ahead;
mod kept;
mod postgres;
mod sqlite;
mod migrate;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

pub use ahead::{Query, Rows};
pub use kept::Insert;
pub use seen::{LOOK_AROUND, TRUST};
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
    /// A list was to go on where none does.
    #[error("no list goes on there")]
    NoSuchPlace,
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
    kept: kept::Kept,
    answers: ahead::Answers,
    pace: Pace,
    /// Something was written that pages show to everybody.
    is_public: bool,
}

/// What jobs of one sort look up together when several of them share a commit, or a reader's turn, before the first of them
/// runs. Only a help: a job may run without it, and asks for itself then.
pub struct Prepare {
    /// Reads for these subjects, and tells the transaction by [`Tx::know`].
    pub look: fn(&mut Tx, &[Subject]) -> Result<(), DbError>,
}

/// What a write is about.
pub type Subject = Arc<dyn std::any::Any + Send + Sync>;

/// When a transaction inserts what is given to [`Tx::later`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Never: it only reads.
    Reads,
    /// Together with the rows of other jobs, at the end or before a statement that names the table.
    Together,
    /// At once, so that a job can be undone alone.
    AtOnce,
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

/// A table `v` of as many pairs of texts, `column1` and `column2`, for a FROM: with [`values_of`] as the parameters. Few lengths
/// make few statements.
pub fn values_sql(pairs: usize) -> String {
    let rows: Vec<String> =
        (0..pairs.next_power_of_two()).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
    format!("(VALUES {}) v", rows.join(", "))
}

/// The parameters of [`values_sql`]: the last pair fills it up, so an answer may tell of it more than once.
pub fn values_of(pairs: &[(&str, &str)]) -> Vec<Value> {
    let filling = pairs.last().into_iter().cycle();
    let all = pairs.iter().chain(filling).take(pairs.len().next_power_of_two());
    all.flat_map(|(one, other)| [Value::from(*one), Value::from(*other)]).collect()
}

/// The places of so many texts of an `IN (…)`, with [`list_of`] as the parameters. Few lengths make few statements.
pub fn list_sql(texts: usize) -> String {
    (1..=texts.next_power_of_two()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The parameters of [`list_sql`]: the last one fills it up.
pub fn list_of(texts: &[&str]) -> Vec<Value> {
    let filling = texts.last().into_iter().cycle();
    texts.iter().chain(filling).take(texts.len().next_power_of_two()).map(|text| Value::from(*text)).collect()
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
        self.insert_before(sql)?;
        let result = match &mut self.on {
            On::Sqlite(c) => sqlite::execute(c, sql, params),
            On::Postgres(c) => c.execute(sql, params),
        };
        // A statement that failed may have done anything.
        if !matches!(result, Ok(0)) {
            self.answers.forget();
            self.kept.note_write(sql);
            self.is_public |= seen::is_public(sql);
        }
        self.noted(result)
    }

    /// Inserts a row, at the latest before the next statement that names its table, together with the rows of other writes.
    /// A row that the database refuses fails the job all the same.
    pub fn later(&mut self, insert: &'static Insert, row: Vec<Value>) -> Result<(), DbError> {
        if self.pace == Pace::Reads {
            return Err(DbError::Failed("a snapshot writes nothing".to_owned()));
        }
        self.is_public |= seen::is_public(insert.into);
        self.answers.forget();
        self.kept.push(insert, row);
        if self.pace == Pace::AtOnce { self.insert_pending() } else { Ok(()) }
    }

    /// Remembers what this transaction knows of a row that it has locked or made, until its end or until the job is undone.
    pub fn know(&mut self, key: String, row: Vec<Value>) {
        self.kept.know(key, Row(row));
    }

    /// What [`Tx::know`] was told under this key.
    pub fn known(&self, key: &str) -> Option<&Row> {
        self.kept.known(key)
    }

    /// What `read` makes of a table that hardly ever changes: once in a transaction, and again after this transaction wrote the
    /// table. `name` names what is read, and for whom.
    pub fn once<T: Send + Sync + 'static>(
        &mut self,
        table: &'static str,
        name: String,
        read: impl FnOnce(&mut Self) -> Result<T, DbError>,
    ) -> Result<Arc<T>, DbError> {
        if let Some(Ok(kept)) = self.kept.memo(&name).map(Arc::downcast) {
            return Ok(kept);
        }
        let fresh = Arc::new(read(self)?);
        self.kept.keep_memo(table, name, fresh.clone());
        Ok(fresh)
    }

    fn insert_before(&mut self, sql: &str) -> Result<(), DbError> {
        if self.kept.concerns(sql) { self.insert_pending() } else { Ok(()) }
    }

    fn insert_pending(&mut self) -> Result<(), DbError> {
        let schema = self.kept.schema();
        let batches = self.kept.take();
        let result = match &mut self.on {
            On::Sqlite(c) => batches.iter().try_for_each(|batch| sqlite::insert(c, batch)),
            On::Postgres(c) => c.insert(&batches, &schema),
        };
        self.noted(result)
    }

    /// All rows of an answer.
    pub fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.insert_before(sql)?;
        self.rows_beside_pending(sql, params)
    }

    /// The same where the caller vouches that no row which waits by [`Tx::later`] could be in the answer, nor change it.
    pub fn rows_beside_pending(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let result = match &mut self.on {
            On::Sqlite(c) => sqlite::rows(c, sql, params),
            On::Postgres(c) => c.rows(sql, params),
        };
        // Whatever returns rows without being a SELECT writes them, too.
        if result.is_err() || !sql.trim_start().starts_with("SELECT") {
            self.answers.forget();
            self.kept.note_write(sql);
            self.is_public |= seen::is_public(sql);
        }
        self.noted(result)
    }

    /// The rows of a query: what was asked for by [`Tx::ask_ahead`] and not written since is answered from memory.
    pub fn ask(&mut self, query: &Query) -> Result<Rows, DbError> {
        match self.answers.get(query) {
            Some(rows) => Ok(rows),
            None => self.rows(query.sql(), query.params()).map(Rows::new),
        }
    }

    /// Asks for many queries at once, where that is cheaper than one by one: on PostgreSQL, where each is a way to another
    /// process. Only a help.
    pub fn ask_ahead(&mut self, queries: impl IntoIterator<Item = Query>) -> Result<(), DbError> {
        let result = match &mut self.on {
            On::Sqlite(_) => Ok(()),
            On::Postgres(c) => self.answers.ask(queries, |sql, all| c.rows_for_many(sql, all)),
        };
        self.noted(result)
    }

    /// Whether a query needs no way any more.
    #[cfg(test)]
    pub(crate) fn is_answered(&self, query: &Query) -> bool {
        self.answers.get(query).is_some()
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
            On::Postgres(c) => c.batch(sql),
        }
    }

    /// The first row of an answer, if there is one.
    pub fn row(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// The names of the triggers that are in force.
    pub fn triggers(&mut self) -> Result<Vec<String>, DbError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            Engine::Postgres => "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
        };
        self.rows(sql, &[])?.iter().map(|row| row.get(0)).collect()
    }

    /// ` FOR UPDATE` where rows are locked one by one; nothing on SQLite, whose writer has the whole database.
    pub fn for_update(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// ` COLLATE "C"` where texts are compared byte by byte; nothing on SQLite, which always does.
    pub fn by_bytes(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " COLLATE \"C\"",
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
        self.workers.read(true, job).await
    }

    /// Runs `job` on a reader thread without a snapshot: each statement sees the newest state, which two round trips less pay
    /// for. For a look whose result is checked again, or is one statement's.
    pub async fn look<T, E>(&self, job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.read(false, job).await
    }

    /// The same for a look that can be prepared together with its like.
    pub async fn look_prepared<T, E>(
        &self,
        prepare: &'static Prepare,
        subject: Subject,
        job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.look((prepare, subject), job).await
    }

    /// Runs `job` on the writer thread and answers after the commit. `job` may run more than once (after a deadlock): it
    /// must not keep anything from a run but its result.
    pub async fn write<T, E>(&self, job: impl FnMut(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.write(None, job).await
    }

    /// Nobody waits for the writer thread now, nor looks ahead of a write. A write may look for itself then, instead of ahead on another thread: that is
    /// sooner done where there is nothing to share.
    pub fn is_idle(&self) -> bool {
        self.workers.is_idle()
    }

    /// The same for a write that can be prepared together with its like.
    pub async fn write_prepared<T, E>(
        &self,
        prepare: &'static Prepare,
        subject: Subject,
        job: impl FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.workers.write(Some((prepare, subject)), job).await
    }

    /// A number that grows whenever something was committed that pages show to everybody: at once for what this process
    /// writes, within [`LOOK_AROUND`] for what others write to the same SQLite file, and every [`TRUST`] on PostgreSQL, where
    /// nobody tells.
    pub fn seen(&self) -> u64 {
        self.workers.seen()
    }
}

#[cfg(test)]
mod tests;
