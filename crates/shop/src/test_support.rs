//! For this crate's tests: a fresh database of each engine.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::db::{DatabaseUrl, Db};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Runs `test` over a fresh SQLite file, and over a fresh PostgreSQL database when `TEST_POSTGRES_URL` names a cluster
/// (`make test` always does; without it this says so, loudly, since half of the promise is then unproved).
pub(crate) fn on_both_engines(test: impl Fn(Db, DatabaseUrl)) {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("shop.sqlite"));
    test(Db::open(&url).unwrap(), url);
    match fresh_postgres() {
        Some(url) => test(Db::open(&url).unwrap(), url),
        None => eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested"),
    }
}

/// A new, empty database in the test cluster.
pub(crate) fn fresh_postgres() -> Option<DatabaseUrl> {
    let base = std::env::var("TEST_POSTGRES_URL").ok()?;
    let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&base, postgres::NoTls).expect("the test cluster answers");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("the test user may create databases");
    let (head, _) = base.rsplit_once('/').expect("the address ends in a database name");
    Some(DatabaseUrl::Postgres(format!("{head}/{name}")))
}

/// Runs a future to its end on a small runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// The object stores to test: a folder, and S3 when `TEST_S3_ENDPOINT` names a server (`make test` starts one).
pub(crate) fn stores(folder: &std::path::Path) -> Vec<crate::files::Files> {
    use crate::files::{Files, FilesUrl};
    let mut stores = vec![Files::open(&FilesUrl::Folder(folder.to_owned())).unwrap()];
    match std::env::var("TEST_S3_ENDPOINT") {
        Ok(endpoint) => stores.push(
            Files::open(&FilesUrl::S3 {
                bucket: std::env::var("TEST_S3_BUCKET").unwrap_or_else(|_| "gramovar-test".to_owned()),
                prefix: format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)),
                endpoint: Some(endpoint),
                region: "us-east-1".to_owned(),
                credentials: Some(("test".to_owned(), "test".to_owned())),
            })
            .unwrap(),
        ),
        Err(_) => eprintln!("TEST_S3_ENDPOINT is not set: S3 was NOT tested"),
    }
    stores
}

/// Makes the main storefront and a listener for each id.
pub(crate) async fn users(db: &Db, ids: &'static [&'static str]) {
    crate::storefronts::Storefronts::open(db.clone(), crate::clock::Clock::system()).await.unwrap();
    db.write::<_, crate::db::DbError>(move |tx| {
        for id in ids {
            tx.execute(
                "INSERT INTO users (id, email, email_key, password_hash, role, language, storefront, created_us)
                 VALUES ($1, $1, $1, '', 'listener', 'en', 'main', 0)",
                crate::params![*id],
            )?;
        }
        Ok(())
    })
    .await
    .unwrap();
}
