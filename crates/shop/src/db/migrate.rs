//! Migrations: numbered texts, each run once, in one transaction, under a lock.

use super::{DatabaseUrl, DbError, postgres, sqlite};

/// One step: the text for both engines, and what has to differ.
struct Migration {
    name: &'static str,
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All steps, oldest first. A step that has landed is never changed.
const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_first",
        both: include_str!("../../migrations/0001_first.sql"),
        sqlite: include_str!("../../migrations/0001_first.sqlite.sql"),
        postgres: include_str!("../../migrations/0001_first.postgres.sql"),
    },
    Migration {
        name: "0002_provenance",
        both: include_str!("../../migrations/0002_provenance.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration { name: "0003_sizing", both: include_str!("../../migrations/0003_sizing.sql"), sqlite: "", postgres: "" },
    Migration { name: "0004_money", both: include_str!("../../migrations/0004_money.sql"), sqlite: "", postgres: "" },
    Migration { name: "0005_ledger", both: include_str!("../../migrations/0005_ledger.sql"), sqlite: "", postgres: "" },
    Migration {
        name: "0007_vouchers",
        both: include_str!("../../migrations/0007_vouchers.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0008_tariffs",
        both: include_str!("../../migrations/0008_tariffs.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0006_payments",
        both: include_str!("../../migrations/0006_payments.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0009_signing",
        both: include_str!("../../migrations/0009_signing.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0010_royalties",
        both: include_str!("../../migrations/0010_royalties.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0009_papers",
        both: include_str!("../../migrations/0009_papers.sql"),
        sqlite: include_str!("../../migrations/0009_papers.sqlite.sql"),
        postgres: include_str!("../../migrations/0009_papers.postgres.sql"),
    },
    Migration {
        name: "0011_promotions",
        both: include_str!("../../migrations/0011_promotions.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0012_defects",
        both: include_str!("../../migrations/0012_defects.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0013_line_refunds",
        both: include_str!("../../migrations/0013_line_refunds.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration { name: "0018_front", both: include_str!("../../migrations/0018_front.sql"), sqlite: "", postgres: "" },
    Migration { name: "0014_charts", both: include_str!("../../migrations/0014_charts.sql"), sqlite: "", postgres: "" },
    Migration {
        name: "0021_single_purpose",
        both: include_str!("../../migrations/0021_single_purpose.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0016_previews",
        both: include_str!("../../migrations/0016_previews.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        name: "0022_prepaid_tax",
        both: include_str!("../../migrations/0022_prepaid_tax.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration { name: "0019_voices", both: include_str!("../../migrations/0019_voices.sql"), sqlite: "", postgres: "" },
    Migration {
        name: "0017_waveforms",
        both: include_str!("../../migrations/0017_waveforms.sql"),
        sqlite: "",
        postgres: "",
    },
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
            let mut connection = postgres::open(url)?;
            connection.client.batch_execute(&format!("BEGIN; {POSTGRES_LOCK}; {DONE_TABLE};"))?;
            let done = names(connection.rows("SELECT name FROM migrations", &[])?)?;
            for step in MIGRATIONS.iter().filter(|m| !done.contains(&m.name.to_owned())) {
                connection.client.batch_execute(step.both)?;
                connection.client.batch_execute(step.postgres)?;
                connection.execute("INSERT INTO migrations (name) VALUES ($1)", crate::params![step.name])?;
            }
            Ok(connection.client.batch_execute("COMMIT")?)
        }
    }
}

fn names(rows: Vec<super::Row>) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get(0)).collect()
}
