//! Migrations: numbered texts, each run once, in one transaction, under a lock.

use super::{DatabaseUrl, DbError, postgres, sqlite};

/// One step: the text for both engines, and what has to differ.
struct Migration {
    name: &'static str,
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// The step of this name, from its file; `"by engine"`: each engine has a file of its own beside it.
macro_rules! step {
    ($name:literal) => {
        Migration {
            name: $name,
            both: include_str!(concat!("../../migrations/", $name, ".sql")),
            sqlite: "",
            postgres: "",
        }
    };
    ($name:literal, "by engine") => {
        Migration {
            sqlite: include_str!(concat!("../../migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../../migrations/", $name, ".postgres.sql")),
            ..step!($name)
        }
    };
}

/// All steps, oldest first. A step that has landed is never changed.
const MIGRATIONS: &[Migration] = &[
    step!("0001_first", "by engine"),
    step!("0002_provenance"),
    step!("0003_sizing"),
    step!("0004_money"),
    step!("0005_ledger"),
    step!("0007_vouchers"),
    step!("0008_tariffs"),
    step!("0006_payments"),
    step!("0009_signing"),
    step!("0010_royalties"),
    step!("0009_papers", "by engine"),
    step!("0011_promotions"),
    step!("0012_defects"),
    step!("0013_line_refunds"),
    step!("0018_front"),
    step!("0014_charts"),
    step!("0021_single_purpose"),
    step!("0016_previews"),
    step!("0022_prepaid_tax"),
    step!("0025_labels"),
    step!("0026_fewer_indexes"),
    step!("0027_listener_notices"),
    step!("0019_voices"),
    step!("0017_waveforms"),
    step!("0023_genres"),
    step!("0024_refundable_vouchers"),
    step!("0030_operators_lists", "by engine"),
];

const DONE_TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)";
/// Any constant will do: every node locks the same one while it migrates.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7016116)";

pub(super) fn run(url: &DatabaseUrl) -> Result<(), DbError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let connection = sqlite::open(path, false)?;
            connection.execute_batch(&format!("BEGIN IMMEDIATE; {DONE_TABLE};"))?;
            let done = names(sqlite::rows(&connection, "SELECT name FROM migrations", &[])?)?;
            for step in MIGRATIONS.iter().filter(|m| !done.contains(&m.name.to_owned())) {
                connection.execute_batch(&step.both.replace("BYTEA", "BLOB"))?;
                connection.execute_batch(step.sqlite)?;
                sqlite::execute(&connection, "INSERT INTO migrations (name) VALUES ($1)", crate::params![step.name])?;
            }
            Ok(connection.execute_batch("COMMIT")?)
        }
        DatabaseUrl::Postgres(url) => {
            let mut connection = postgres::open(url, postgres::Use::Reads)?;
            connection.batch(&format!("BEGIN; {POSTGRES_LOCK}; {DONE_TABLE};"))?;
            let done = names(connection.rows("SELECT name FROM migrations", &[])?)?;
            for step in MIGRATIONS.iter().filter(|m| !done.contains(&m.name.to_owned())) {
                connection.batch(step.both)?;
                connection.batch(step.postgres)?;
                connection.execute("INSERT INTO migrations (name) VALUES ($1)", crate::params![step.name])?;
            }
            connection.batch("COMMIT")
        }
    }
}

fn names(rows: Vec<super::Row>) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get(0)).collect()
}
