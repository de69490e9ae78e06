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

/// An open shop in a scratch folder, with what it takes to buy: users `a` and `b`, and release `r` with tracks `t1` to `t3`.
pub(crate) struct TestShop {
    pub shop: crate::Shop,
    pub folder: tempfile::TempDir,
}

impl TestShop {
    pub async fn open(database: &DatabaseUrl) -> TestShop {
        let folder = tempfile::tempdir().unwrap();
        let shop = open_shop(database, folder.path()).await;
        users(&shop.db, &["a", "b"]).await;
        for n in 1..=3 {
            seed_track(&shop, n).await;
        }
        TestShop { shop, folder }
    }
}

/// Opens a shop over this database and folder.
pub(crate) async fn open_shop(database: &DatabaseUrl, folder: &std::path::Path) -> crate::Shop {
    let settings = crate::Settings {
        data: folder.to_owned(),
        database: database.clone(),
        files: crate::files::FilesUrl::Folder(folder.join("objects")),
        mail: crate::mail::MailSettings::Folder(folder.join("mail")),
        node: "test".to_owned(),
        encode_threads: 2,
        cache_bytes: 1 << 30,
        cache_age_s: 3_600,
        size_ahead: vec![],
        examiner: crate::catalog::import::Examiner::Within,
        public_url: None,
        payments: Default::default(),
    };
    crate::Shop::open(settings, crate::clock::Clock::system()).await.unwrap()
}

/// So many frames of a tone that differs by `n`, as a 16-bit stereo WAV.
fn wav_of(n: u32, frames: u32) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + frames * 4).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    out.extend_from_slice(&44_100u32.to_le_bytes());
    out.extend_from_slice(&176_400u32.to_le_bytes());
    out.extend_from_slice(b"\x04\0\x10\0data");
    out.extend_from_slice(&(frames * 4).to_le_bytes());
    for i in 0..frames {
        let sample = (f64::from(i) * f64::from(200 + n * 37) * std::f64::consts::TAU / 44_100.0).sin();
        let sample = (sample * 12_000.0) as i16;
        out.extend_from_slice(&sample.to_le_bytes());
        out.extend_from_slice(&(sample / 2).to_le_bytes());
    }
    out
}

/// Puts track `t{n}` of release `r` on sale, with a real master.
pub(crate) async fn seed_track(shop: &crate::Shop, n: u32) {
    seed_track_of(shop, n, 88_200).await;
}

/// The same with a master of so many frames.
pub(crate) async fn seed_track_of(shop: &crate::Shop, n: u32, frames: u32) {
    let bytes = wav_of(n, frames);
    let examined = audio::master::examine(Box::new(std::io::Cursor::new(bytes.clone())), &mut |_, _| ()).unwrap();
    let object = format!("masters/m{n}.wav");
    shop.files.put(&object, bytes.clone().into()).await.unwrap();
    let (file_sha256, md5) = (hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)), hex::encode(examined.md5));
    shop.db
        .write::<_, crate::db::DbError>(move |tx| {
            tx.execute(
                "INSERT INTO masters (id, object_key, file_sha256, file_bytes, container, rate_hz, channels, bits, is_float,
                     length_frames, samples_md5, peak_millionths, loudness_blocks, created_us)
                 VALUES ($1, $2, $3, $4, 'wav', 44100, 2, 16, 0, $7, $5, 366000, $6, 0)",
                crate::params![
                    format!("m{n}"),
                    &object,
                    &file_sha256,
                    bytes.len() as i64,
                    &md5,
                    Vec::<u8>::new(),
                    frames
                ],
            )?;
            tx.execute(
                "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
                 VALUES ('r', 'r', 'Зимний album', 'Nobody', 'on_sale', 0, 0) ON CONFLICT (id) DO NOTHING",
                &[],
            )?;
            tx.execute(
                "INSERT INTO recordings (id, master_id, created_us) VALUES ($1, $2, 0)",
                crate::params![format!("rec{n}"), format!("m{n}")],
            )?;
            tx.execute(
                "INSERT INTO tracks (id, release_id, medium, number, title, credit, recording_id, composers, tags, state,
                     created_us, updated_us)
                 VALUES ($1, 'r', 1, $2, $3, 'Nobody', $4, '', '{}', 'on_sale', 0, 0)",
                crate::params![format!("t{n}"), n, format!("Tone {n}"), format!("rec{n}")],
            )?;
            Ok(())
        })
        .await
        .unwrap();
}
