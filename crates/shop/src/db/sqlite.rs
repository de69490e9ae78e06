//! SQLite: opening, and running one statement.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::kept::Batch;
use super::{DbError, Row, Value};

/// How long a statement waits for another process's write before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Pages of the write-ahead log before a commit copies them into the database: 64 MiB. Pages that many commits change are
/// copied once.
const CHECKPOINT_PAGES: i64 = 16_384;
/// Prepared statements kept per connection.
const STATEMENT_CACHE: usize = 256;
/// Which table refers to which.
pub(super) const FOREIGN_KEYS: &str = "SELECT m.name, f.\"table\" FROM sqlite_master m
     JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";

pub(super) fn open(path: &Path, read_only: bool) -> Result<Connection, DbError> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE;
    if !read_only {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Or a statement that a partial index might serve is compiled anew for every value that is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if read_only {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(connection)
}

/// The portable text in SQLite's words: `$1` is `?1`.
fn local(sql: &str) -> String {
    sql.replace('$', "?")
}

pub(super) fn execute(connection: &Connection, sql: &str, params: &[Value]) -> Result<u64, DbError> {
    let mut statement = connection.prepare_cached(&local(sql))?;
    Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
}

/// A statement costs no round trip here: row by row.
pub(super) fn insert(connection: &Connection, batch: &Batch) -> Result<(), DbError> {
    let Some(first) = batch.rows.first() else { return Ok(()) };
    let places: Vec<String> = (1..=first.len()).map(|n| format!("?{n}")).collect();
    let sql = format!("{} VALUES ({}) {}", batch.insert.into, places.join(", "), batch.insert.on_conflict);
    let mut statement = connection.prepare_cached(&sql)?;
    for row in &batch.rows {
        statement.execute(rusqlite::params_from_iter(row))?;
    }
    Ok(())
}

pub(super) fn rows(connection: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
    let mut statement = connection.prepare_cached(&local(sql))?;
    let columns = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(params))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..columns).map(|i| value(row.get_ref(i)?)).collect::<Result<_, DbError>>()?;
        rows.push(Row(values));
    }
    Ok(rows)
}

fn value(value: ValueRef<'_>) -> Result<Value, DbError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(v) => Value::Int(v),
        ValueRef::Text(v) => Value::Text(String::from_utf8_lossy(v).into_owned()),
        ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
        ValueRef::Real(v) => return Err(DbError::Failed(format!("the answer holds a float ({v})"))),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> DbError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DbError::Busy,
            Some(ErrorCode::ConstraintViolation) => DbError::Constraint(error.to_string()),
            _ => DbError::Failed(error.to_string()),
        }
    }
}
