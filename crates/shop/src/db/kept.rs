//! What a transaction keeps beside its statements: rows that it will insert at its end, and what it knows of rows that it
//! has locked. One round trip then serves the rows of a whole group of writes. Knows no table by name.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::Row;
use super::value::Value;

/// An insert whose outcome nobody waits for. Declared once for each statement, beside the rule that needs it.
pub struct Insert {
    /// `INSERT INTO table (column, …)`, up to the values.
    pub into: &'static str,
    /// What follows the values: `ON CONFLICT …`, or nothing.
    pub on_conflict: &'static str,
    /// The column of a row's key when a later row of the same key takes the place of an earlier one.
    pub last_of: Option<usize>,
}

impl Insert {
    /// A plain insert.
    pub const fn into(into: &'static str) -> Insert {
        Insert { into, on_conflict: "", last_of: None }
    }

    /// The table's name.
    pub(super) fn table(&self) -> &'static str {
        written(self.into).unwrap_or(self.into)
    }
}

impl Insert {
    /// The names of the columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> {
        let listed = self.into.split_once('(').map_or("", |(_, rest)| rest.trim_end().trim_end_matches(')'));
        listed.split(',').map(str::trim)
    }
}

/// What is known of the tables from the database itself.
#[derive(Default)]
pub(super) struct Schema {
    /// Which tables the rows of a table refer to.
    pub(super) parents: HashMap<String, Vec<String>>,
    /// The types of columns, by table and column; PostgreSQL alone asks for them.
    pub(super) types: HashMap<(String, String), String>,
}

impl Schema {
    /// How many tables stand between this one and those that refer to nothing.
    fn depth(&self, table: &str, bound: usize) -> usize {
        let parents = self.parents.get(table).into_iter().flatten().filter(|parent| *parent != table);
        if bound == 0 { 0 } else { parents.map(|parent| 1 + self.depth(parent, bound - 1)).max().unwrap_or(0) }
    }
}

/// Tables that refer to each other in a row, at most.
const MAX_DEPTH: usize = 8;

/// The table that a statement writes.
fn written(sql: &str) -> Option<&str> {
    let sql = sql.trim_start();
    let named = ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().find_map(|verb| sql.strip_prefix(verb))?;
    named.trim_start().split([' ', '(', '\n']).next()
}

/// Rows of one insert, in the order in which they were given.
pub(super) struct Batch {
    pub(super) insert: &'static Insert,
    pub(super) rows: Vec<Vec<Value>>,
}

pub(super) type Memo = Arc<dyn Any + Send + Sync>;

#[derive(Default)]
pub(super) struct Kept {
    schema: Arc<Schema>,
    pending: Vec<(&'static Insert, Vec<Value>)>,
    known: HashMap<String, Row>,
    /// What was read of whole tables, by a name: the table, and what was made of it.
    memos: HashMap<String, (&'static str, Memo)>,
    /// What `known` said before, for a job that is undone.
    before: Vec<(String, Option<Row>)>,
    /// Rows that were pending when the running job began.
    of_earlier: usize,
    /// The running job changed something that only the database can undo.
    wrote: bool,
}

impl Kept {
    pub(super) fn new(schema: Arc<Schema>) -> Kept {
        Kept { schema, ..Kept::default() }
    }

    /// A job begins: what it keeps from now on can be dropped by [`Kept::drop_job`].
    pub(super) fn begin_job(&mut self) {
        self.before.clear();
        self.of_earlier = self.pending.len();
        self.wrote = false;
    }

    /// Forgets what the running job kept.
    pub(super) fn drop_job(&mut self) {
        self.pending.truncate(self.of_earlier);
        self.memos.clear();
        while let Some((key, row)) = self.before.pop() {
            match row {
                Some(row) => self.known.insert(key, row),
                None => self.known.remove(&key),
            };
        }
    }

    /// A statement other than a SELECT has run.
    pub(super) fn note_write(&mut self, sql: &str) {
        self.wrote = true;
        self.forget_memos(sql);
    }

    /// What was read of the tables that a statement may write is read again.
    fn forget_memos(&mut self, sql: &str) {
        if !self.memos.is_empty() {
            self.memos.retain(|_, (table, _)| !sql.contains(*table));
        }
    }

    pub(super) fn memo(&self, name: &str) -> Option<Memo> {
        self.memos.get(name).map(|(_, memo)| memo.clone())
    }

    pub(super) fn keep_memo(&mut self, table: &'static str, name: String, memo: Memo) {
        self.memos.insert(name, (table, memo));
    }

    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    pub(super) fn push(&mut self, insert: &'static Insert, row: Vec<Value>) {
        self.forget_memos(insert.into);
        self.pending.push((insert, row));
    }

    pub(super) fn know(&mut self, key: String, row: Row) {
        let before = self.known.insert(key.clone(), row);
        self.before.push((key, before));
    }

    pub(super) fn known(&self, key: &str) -> Option<&Row> {
        self.known.get(key)
    }

    /// Whether `sql` may see a row that is pending, or write one that refers to it.
    pub(super) fn concerns(&self, sql: &str) -> bool {
        let parents = written(sql).and_then(|table| self.schema.parents.get(table));
        let mut asked: Vec<&'static Insert> = Vec::new();
        self.pending.iter().any(|(insert, _)| {
            if asked.iter().any(|seen| std::ptr::eq(*seen, *insert)) {
                return false;
            }
            asked.push(insert);
            sql.contains(insert.table()) || parents.is_some_and(|tables| tables.iter().any(|t| t == insert.table()))
        })
    }

    /// Takes all pending rows, by insert; those of a table that others refer to come first.
    pub(super) fn take(&mut self) -> Vec<Batch> {
        self.wrote |= self.pending.len() > self.of_earlier;
        self.of_earlier = 0;
        let mut batches: Vec<Batch> = Vec::new();
        let mut places = HashMap::<(usize, Value), usize>::new();
        for (insert, row) in self.pending.drain(..) {
            let at = batches.iter().position(|b| std::ptr::eq(b.insert, insert)).unwrap_or_else(|| {
                batches.push(Batch { insert, rows: Vec::new() });
                batches.len() - 1
            });
            let rows = &mut batches[at].rows;
            let key = insert.last_of.and_then(|column| row.get(column).cloned());
            match key.map(|key| places.entry((at, key)).or_insert(rows.len())) {
                Some(place) if *place < rows.len() => rows[*place] = row,
                _ => rows.push(row),
            }
        }
        batches.sort_by_key(|batch| self.schema.depth(batch.insert.table(), MAX_DEPTH));
        batches
    }

    pub(super) fn schema(&self) -> Arc<Schema> {
        self.schema.clone()
    }
}
