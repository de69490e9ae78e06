//! Queries asked for ahead: where each statement is a way to another process, those of many jobs that differ in nothing but
//! their parameters go together, and what a job asks later is answered from memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::value::Value;
use super::{DbError, Row};

/// A SELECT and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    sql: Cow<'static, str>,
    params: Vec<Value>,
}

impl Query {
    /// A SELECT whose parameters `$1`, `$2`, … are all used.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: &[Value]) -> Query {
        Query { sql: sql.into(), params: params.to_vec() }
    }

    /// The statement.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Its parameters.
    pub(super) fn params(&self) -> &[Value] {
        &self.params
    }
}

/// The rows of an answer. Cheap to clone.
pub type Rows = Arc<Vec<Row>>;

/// Answers that were asked for ahead.
#[derive(Default)]
pub(super) struct Answers(HashMap<Cow<'static, str>, HashMap<Vec<Value>, Rows>>);

impl Answers {
    pub(super) fn get(&self, query: &Query) -> Option<Rows> {
        self.0.get(query.sql())?.get(query.params()).cloned()
    }

    /// Whatever was written may have changed them.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Asks for those of `queries` that are not answered yet: each statement once, for all the parameters that it is asked with.
    pub(super) fn ask(
        &mut self,
        queries: impl IntoIterator<Item = Query>,
        mut ask: impl FnMut(&str, &[Vec<Value>]) -> Result<Vec<Vec<Row>>, DbError>,
    ) -> Result<(), DbError> {
        let mut asked: BTreeMap<Cow<'static, str>, HashSet<Vec<Value>>> = BTreeMap::new();
        for query in queries.into_iter().filter(|query| self.get(query).is_none()) {
            asked.entry(query.sql).or_default().insert(query.params);
        }
        for (sql, all) in asked {
            let all: Vec<Vec<Value>> = all.into_iter().collect();
            let answers = ask(&sql, &all)?;
            let answers = all.into_iter().zip(answers.into_iter().map(Arc::new));
            self.0.entry(sql).or_default().extend(answers);
        }
        Ok(())
    }
}

/// One statement for many sets of parameters of `types`: its rows, each behind the number of the set that it is of, from 1. The
/// sets are given as an array for each parameter.
pub(super) fn for_many(sql: &str, types: &[&str]) -> String {
    let arrays: Vec<String> = types.iter().enumerate().map(|(n, sort)| format!("${}::{sort}[]", n + 1)).collect();
    let names: Vec<String> = (1..=types.len()).map(|n| format!("p{n}")).collect();
    let mut inner = String::with_capacity(sql.len() + 16);
    let mut parts = sql.split('$');
    inner.extend(parts.next());
    for part in parts {
        let is_place = part.starts_with(|c: char| c.is_ascii_digit());
        inner.push_str(if is_place { "many.p" } else { "$" });
        inner.push_str(part);
    }
    // The offset keeps the planner from mixing the statement with the list of its parameters.
    format!(
        "SELECT many.n, q.* FROM unnest({}) WITH ORDINALITY AS many({}, n) CROSS JOIN LATERAL ({inner} OFFSET 0) q",
        arrays.join(", "),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_serves_many_sets_of_parameters() {
        let sql = for_many("SELECT a, '$x' FROM t WHERE b = $1 AND c IN ($2, $10)", &["text", "bigint"]);
        assert_eq!(
            sql,
            "SELECT many.n, q.* FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS many(p1, p2, n) \
             CROSS JOIN LATERAL (SELECT a, '$x' FROM t WHERE b = many.p1 AND c IN (many.p2, many.p10) OFFSET 0) q"
        );
    }

    #[test]
    fn what_is_asked_twice_is_asked_once() {
        let query = |of: i64| Query::new("SELECT $1", &[of.into()]);
        let mut answers = Answers::default();
        let mut asked = Vec::new();
        let mut ask = |answers: &mut Answers, queries: Vec<Query>| {
            let tell = |_: &str, all: &[Vec<Value>]| {
                asked.push(all.len());
                Ok(all.iter().map(|params| vec![Row(params.clone())]).collect())
            };
            answers.ask(queries, tell).unwrap();
        };
        ask(&mut answers, vec![query(1), query(2), query(1)]);
        ask(&mut answers, vec![query(2), query(3)]);
        assert_eq!(asked, [2, 1]);
        assert_eq!(answers.get(&query(3)).unwrap()[0].get::<i64>(0).unwrap(), 3);
        assert!(answers.get(&query(4)).is_none());
        answers.forget();
        assert!(answers.get(&query(1)).is_none());
    }
}
