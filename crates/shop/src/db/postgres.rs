//! PostgreSQL: connecting, and running statements; where several do not wait for each other's answers, one behind the other without
//! a way to and fro for each.

use std::collections::HashMap;
use std::error::Error;

use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};

use super::ahead::for_many;
use super::kept::{Batch, Insert, Schema};
use super::{DbError, Row, Value};

/// Prepared statements kept per connection; the cache is emptied when it is full.
const STATEMENT_CACHE: usize = 512;
/// Which table refers to which.
pub(super) const FOREIGN_KEYS: &str = "SELECT c.relname, p.relname FROM pg_constraint k
     JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid WHERE k.contype = 'f'";

/// The type of each column, as a cast names it.
pub(super) const COLUMN_TYPES: &str = "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = current_schema()";

/// Statements on their way at once.
const MAX_UNDER_WAY: usize = 16;

/// A connection. It belongs to one thread and blocks it; its own small runtime moves the bytes while it does.
pub(super) struct Connection {
    client: Client,
    runtime: Runtime,
    statements: HashMap<String, Statement>,
    pub(super) used: Use,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The same few statements in quick succession, none of which gains from a plan for its parameters: they are planned once.
    Orders,
    /// Anything.
    Reads,
}

pub(super) fn open(url: &str, used: Use) -> Result<Connection, DbError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| DbError::Failed(format!("no runtime for a connection: {e}")))?;
    let (client, bytes) = runtime.block_on(tokio_postgres::connect(url, NoTls))?;
    // What ends it every statement under way is told as well.
    drop(runtime.spawn(bytes));
    let mut connection = Connection { client, runtime, statements: HashMap::new(), used };
    connection.batch("SET synchronous_commit = on; SET TIME ZONE 'UTC'; SET client_min_messages = warning")?;
    if used == Use::Orders {
        connection.batch("SET plan_cache_mode = force_generic_plan")?;
    }
    Ok(connection)
}

impl Connection {
    /// Whether it was lost.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Statements without parameters or answers.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement, DbError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENT_CACHE {
            self.statements.clear();
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepared(sql)?;
        Ok(self.runtime.block_on(self.client.execute(&statement, &borrowed(params)))?)
    }

    /// Many rows in one statement for each batch, an array for each column. The first that is refused says why; those behind it
    /// could only say that the transaction is over.
    pub(super) fn insert(&mut self, batches: &[Batch], schema: &Schema) -> Result<(), DbError> {
        for batches in batches.chunks(MAX_UNDER_WAY) {
            let mut inserts = Vec::new();
            for batch in batches {
                inserts.push((self.prepared(&insert_sql(batch.insert, schema)?)?, columns(&batch.rows)));
            }
            let inserts = inserts.iter().map(|(statement, columns)| self.client.execute_raw(statement, columns));
            self.runtime.block_on(join_all(inserts)).into_iter().collect::<Result<Vec<u64>, _>>()?;
        }
        Ok(())
    }

    pub(super) fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql)?;
        let found = self.runtime.block_on(self.client.query(&statement, &borrowed(params)))?;
        found.iter().map(|row| row_from(row, 0)).collect()
    }

    /// The rows of a SELECT for each of many sets of parameters.
    pub(super) fn rows_for_many(&mut self, sql: &str, many: &[Vec<Value>]) -> Result<Vec<Vec<Row>>, DbError> {
        let one = self.prepared(sql)?;
        if let [alone] = many {
            return Ok(vec![self.rows(sql, alone)?]);
        }
        let types: Vec<&str> = one.params().iter().map(Type::name).collect();
        let statement = self.prepared(&for_many(sql, &types))?;
        let columns = columns(many);
        let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
        let mut answers: Vec<Vec<Row>> = many.iter().map(|_| Vec::new()).collect();
        for row in self.runtime.block_on(self.client.query(&statement, &params))? {
            let number: i64 = row.try_get(0)?;
            let answer = usize::try_from(number - 1).ok().and_then(|place| answers.get_mut(place));
            answer.ok_or_else(|| DbError::Failed("an answer to no question".to_owned()))?.push(row_from(&row, 1)?);
        }
        Ok(answers)
    }
}

/// A row's values from the column `first` on.
fn row_from(row: &tokio_postgres::Row, first: usize) -> Result<Row, DbError> {
    (first..row.len()).map(|i| Ok(row.try_get::<_, Value>(i)?)).collect::<Result<_, DbError>>().map(Row)
}

fn insert_sql(insert: &Insert, schema: &Schema) -> Result<String, DbError> {
    let mut arrays = Vec::new();
    for (place, column) in insert.columns().enumerate() {
        let named = (insert.table().to_owned(), column.to_owned());
        let sort = schema.types.get(&named).ok_or_else(|| DbError::Failed(format!("there is no column {named:?}")))?;
        arrays.push(format!("${}::{sort}[]", place + 1));
    }
    Ok(format!("{} SELECT * FROM unnest({}) {}", insert.into, arrays.join(", "), insert.on_conflict))
}

/// One column of many rows, as an array.
#[derive(Debug)]
struct Column<'a> {
    rows: &'a [Vec<Value>],
    place: usize,
}

/// The columns of rows of the same width.
fn columns(rows: &[Vec<Value>]) -> Vec<Column<'_>> {
    (0..rows.first().map_or(0, Vec::len)).map(|place| Column { rows, place }).collect()
}

impl ToSql for Column<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let cells: Vec<&Value> = self.rows.iter().filter_map(|row| row.get(self.place)).collect();
        cells.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Vec<&Value> as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(v) if *ty == Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
            Value::Int(v) => v.to_sql(&Type::INT8, out),
            Value::Text(v) => v.to_sql(ty, out),
            Value::Bytes(v) => v.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Bytes(Vec::<u8>::from_sql(ty, raw)?),
            _ => Value::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::NAME, Type::BYTEA].contains(ty)
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> DbError {
        use tokio_postgres::error::SqlState;
        let Some(db) = error.as_db_error() else {
            return if error.is_closed() { DbError::Busy } else { DbError::Failed(format!("{error:?}")) };
        };
        let code = db.code();
        if [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(code) {
            DbError::Busy
        } else if code.code().starts_with("23") {
            DbError::Constraint(db.constraint().unwrap_or(db.message()).to_owned())
        } else {
            DbError::Failed(db.to_string())
        }
    }
}
