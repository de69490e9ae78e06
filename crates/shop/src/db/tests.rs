//! What the database promises, on both engines.

use super::{Db, DbError, Engine, Insert, Query, Rows, Tx, Value};
use crate::test_support::{block_on, on_both_engines};

async fn count(db: &Db) -> i64 {
    db.read(|tx| tx.row("SELECT count(*) FROM settings_kept", &[])?.ok_or(DbError::Busy)?.get(0)).await.unwrap()
}

async fn keep(db: &Db, name: &'static str) -> Result<u64, DbError> {
    db.write(move |tx| tx.execute("INSERT INTO settings_kept (name, value) VALUES ($1, $2)", params![name, "x"])).await
}

#[test]
fn a_refused_write_leaves_its_neighbours_in_the_batch_alone() {
    on_both_engines(|db, _| {
        block_on(async {
            let writes = ["a", "b", "a", "c"].map(|name| keep(&db, name));
            let done = futures_util::future::join_all(writes).await;
            assert_eq!(done.iter().filter(|r| r.is_ok()).count(), 3, "{done:?}");
            assert!(matches!(done[2], Err(DbError::Constraint(_))), "{done:?}");
            assert_eq!(count(&db).await, 3);
        });
    });
}

#[test]
fn a_write_that_panics_is_undone_and_the_writer_goes_on() {
    on_both_engines(|db, _| {
        block_on(async {
            let failed: Result<(), DbError> = db
                .write(|tx| {
                    tx.execute("INSERT INTO settings_kept (name, value) VALUES ('p', 'x')", &[])?;
                    panic!("on purpose");
                })
                .await;
            assert!(failed.unwrap_err().to_string().contains("on purpose"));
            keep(&db, "after").await.unwrap();
            assert_eq!(count(&db).await, 1);
        });
    });
}

#[test]
fn a_reader_cannot_write() {
    on_both_engines(|db, _| {
        block_on(async {
            let refused = db.read(|tx| tx.execute("DELETE FROM settings_kept", &[])).await;
            assert!(refused.is_err());
        });
    });
}

#[test]
fn the_database_itself_refuses_to_change_the_ledger() {
    on_both_engines(|db, _| {
        block_on(async {
            db.write(|tx| {
                tx.execute(
                    "INSERT INTO ledger_roots (day, heads, hash, at_us) VALUES ('2026-01-01', '', $1, 1)",
                    params![vec![1u8]],
                )
            })
            .await
            .unwrap();
            for sql in ["UPDATE ledger_roots SET heads = 'x'", "DELETE FROM ledger_roots"] {
                let refused: Result<u64, DbError> = db.write(move |tx| tx.execute(sql, &[])).await;
                assert!(refused.unwrap_err().to_string().contains("append_only"));
            }
        });
    });
}

#[test]
fn opening_again_migrates_nothing_twice() {
    on_both_engines(|db, url| {
        block_on(async {
            keep(&db, "kept").await.unwrap();
            let again = Db::open(&url).unwrap();
            assert_eq!(count(&again).await, 1);
        });
    });
}

static KEEP: Insert = Insert::into("INSERT INTO settings_kept (name, value)");
static COUNT: Insert = Insert {
    into: "INSERT INTO counters (name, value)",
    on_conflict: "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    last_of: Some(0),
};

/// Keeps `name` later, counts the keeps of this group in a row that it knows, and fails when told so.
async fn later(db: &Db, name: String, fails: bool) -> Result<i64, DbError> {
    db.write(move |tx| {
        let seen = tx.known("count").map_or(Ok(0), |row| row.get::<i64>(0))?;
        tx.know("count".into(), vec![Value::from(seen + 1)]);
        tx.later(&COUNT, vec!["kept".into(), (seen + 1).into()])?;
        tx.later(&KEEP, vec![name.clone().into(), "x".into()])?;
        if fails { Err(DbError::Failed("on purpose".into())) } else { Ok(seen) }
    })
    .await
}

#[test]
fn rows_that_are_inserted_later_stand_with_their_job_and_fall_with_it() {
    on_both_engines(|db, _| {
        block_on(async {
            let writes = (0..200).map(|n| later(&db, format!("n{n}"), n % 3 == 0));
            let done = futures_util::future::join_all(writes).await;
            assert_eq!(done.iter().filter(|r| r.is_ok()).count(), 133);
            assert_eq!(count(&db).await, 133);
            // The one that comes second fails on its own, although it was put off into a group.
            let twice = ["a", "b", "a", "c"].map(|name| later(&db, name.into(), false));
            let twice = futures_util::future::join_all(twice).await;
            assert_eq!(twice.iter().filter(|r| r.is_ok()).count(), 3, "{twice:?}");
            assert!(matches!(twice[2], Err(DbError::Constraint(_))), "{twice:?}");
            assert_eq!(count(&db).await, 136);
        });
    });
}

#[test]
fn a_job_sees_what_it_inserts_later() {
    on_both_engines(|db, _| {
        block_on(async {
            let seen = db.write::<_, DbError>(|tx| {
                for n in 0..300 {
                    tx.later(&KEEP, vec![format!("n{n}").into(), "x".into()])?;
                }
                tx.row("SELECT count(*) FROM settings_kept", &[])?.ok_or(DbError::Busy)?.get::<i64>(0)
            });
            assert_eq!(seen.await.unwrap(), 300);
            let failed = db.write::<(), DbError>(|tx| {
                tx.later(&KEEP, vec!["seen".into(), "x".into()])?;
                tx.row("SELECT count(*) FROM settings_kept", &[])?;
                Err(DbError::Failed("on purpose".into()))
            });
            assert!(failed.await.is_err());
            assert_eq!(count(&db).await, 300);
        });
    });
}

#[test]
fn what_is_asked_for_ahead_is_answered_as_if_it_were_asked_alone_until_something_is_written() {
    on_both_engines(|db, _| {
        block_on(async {
            for name in ["a", "b", "c"] {
                keep(&db, name).await.unwrap();
            }
            let sql = "SELECT name, value, CAST($2 AS BIGINT) FROM settings_kept v WHERE name = $1 OR $1 IN ($3, $4) ORDER BY name";
            let query = |name: &str, number: i64, other: Option<&str>| {
                Query::new(sql, params![name, number, other.map(str::to_owned), "x"])
            };
            let queries =
                [query("a", 1, None), query("b", 2, Some("b")), query("absent", 3, None), query("b", 2, Some("b"))];
            let write = move |tx: &mut Tx| {
                let alone = queries.iter().map(|query| tx.ask(query)).collect::<Result<Vec<_>, _>>()?;
                tx.ask_ahead(queries.clone())?;
                let together = queries.iter().map(|query| tx.ask(query)).collect::<Result<Vec<_>, _>>()?;
                let told = |rows: &Rows| rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>();
                assert_eq!(told(&together[0])?, ["a"]);
                assert_eq!(told(&together[1])?, ["a", "b", "c"]);
                assert_eq!(told(&together[2])?, [""; 0]);
                for (one, other) in alone.iter().zip(&together) {
                    assert_eq!(told(one)?, told(other)?);
                    assert_eq!(one.len(), other.len());
                }
                assert_eq!(together[1][0].get::<i64>(2)?, 2);
                assert_eq!(tx.is_answered(&queries[0]), tx.engine() == Engine::Postgres);
                tx.execute("DELETE FROM settings_kept WHERE name = 'a'", &[])?;
                assert!(tx.ask(&queries[0])?.is_empty());
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        });
    });
}
