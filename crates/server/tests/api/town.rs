//! A fresh shop with one album on sale, and people who speak to its router as programs do.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use money::Micros;
use serde_json::{Value, json};
use server::http::{App, Metrics};
use server::router::router;
use shop::Shop;
use shop::catalog::import::{ImportOptions, Importer};
use shop::clock::Clock;
use shop::db::DatabaseUrl;
use shop::files::FilesUrl;
use shop::mail::MailSettings;
use shop::payments::PaymentSettings;
use shop::work::Work;
use tower::ServiceExt;

use super::masters;

/// Tracks of the album.
pub const TRACKS: [&str; 3] = ["One", "Два", "Three"];
/// Seconds of each.
const TRACK_LENGTH_S: u32 = 4;
const PASSWORD: &str = "correct horse battery";

pub struct Town {
    pub shop: Shop,
    pub routes: Router,
    work: Work,
    folder: tempfile::TempDir,
}

/// Runs `test` in a town of each engine; PostgreSQL where `TEST_POSTGRES_URL` names a cluster.
pub fn in_every_town(test: impl AsyncFn(&Town)) {
    in_every_town_with(async || (PaymentSettings::default(), ()), async |town, _| test(town).await);
}

/// The same where payments are set up, beside whatever takes part in them.
pub fn in_every_town_with<T>(set_up: impl AsyncFn() -> (PaymentSettings, T), test: impl AsyncFn(&Town, &T)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for postgres in [false, true] {
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let database = if postgres { fresh_postgres(folder.path()) } else { sqlite(folder.path()) };
            let Some(database) = database else {
                return eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested");
            };
            let (payments, beside) = set_up().await;
            let town = Town::open(folder, database, payments).await;
            test(&town, &beside).await;
            town.work.stop().await;
        });
    }
}

fn sqlite(folder: &Path) -> Option<DatabaseUrl> {
    Some(DatabaseUrl::Sqlite(folder.join("shop.sqlite")))
}

fn fresh_postgres(folder: &Path) -> Option<DatabaseUrl> {
    let base = std::env::var("TEST_POSTGRES_URL").ok()?;
    // The folder's name is unique, and so is the database's.
    let unique: String = folder.to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("api_{}_{}", unique.to_lowercase(), std::process::id());
    let status = std::process::Command::new("psql").args([&base, "-qc", &format!("CREATE DATABASE {name}")]).status();
    assert!(status.unwrap().success());
    Some(DatabaseUrl::Postgres(format!("{}/{name}", base.rsplit_once('/').unwrap().0)))
}

impl Town {
    async fn open(folder: tempfile::TempDir, database: DatabaseUrl, payments: PaymentSettings) -> Town {
        let data = folder.path().to_owned();
        let settings = shop::Settings {
            database,
            files: FilesUrl::Folder(data.join("objects")),
            mail: MailSettings::Folder(data.join("mail")),
            node: "test".to_owned(),
            encode_threads: 2,
            cache_bytes: 1 << 30,
            cache_age_s: 3_600,
            size_ahead: vec![],
            examiner: shop::catalog::import::Examiner::Within,
            public_url: None,
            payments,
            data,
        };
        let shop = Shop::open(settings, Clock::system()).await.unwrap();
        let music = folder.path().join("music");
        std::fs::create_dir(&music).unwrap();
        for (n, title) in (1..).zip(TRACKS) {
            masters::wav(&music.join(format!("{n}.wav")), n, TRACK_LENGTH_S, title);
        }
        let importer = Importer::new(shop.catalog.clone(), shop.settings.examiner.clone());
        let imported = importer.run(vec![music], ImportOptions::default(), Arc::new(|_| ()), |_| ()).await.unwrap();
        assert_eq!(imported.imported, TRACKS.len() as u64);
        let work = Work::start(&shop).await.unwrap();
        let local_url = Arc::from("http://shop.example");
        let app = App {
            shop: shop.clone().into(),
            metrics: Metrics::default(),
            kept: Default::default(),
            local_url,
            trust_proxy: false,
        };
        Town { shop, routes: router(app), work, folder }
    }

    /// Somebody without a token.
    pub fn visitor(&self) -> Person {
        Person { routes: self.routes.clone(), token: None, user: String::new() }
    }

    /// A new listener who has signed in, with so much to spend.
    pub async fn listener(&self, email: &str, amount: &str) -> Person {
        let mut person = self.visitor();
        let who = json!({ "email": email, "password": PASSWORD });
        let made = person.post("/api/v1/users", &who).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        person.user = made.json()["id"].as_str().unwrap().to_owned();
        let session = person.post("/api/v1/sessions", &who).await;
        assert_eq!(session.status, StatusCode::CREATED);
        person.token = Some(session.json()["token"].as_str().unwrap().to_owned());
        if amount != "0" {
            let code = self.voucher(amount).await;
            let redeemed = person.post("/api/v1/vouchers/redeem", &json!({ "code": code })).await;
            assert_eq!(redeemed.status, StatusCode::OK);
        }
        person
    }

    pub async fn voucher(&self, amount: &str) -> String {
        self.shop.vouchers.create(Micros::parse(amount, 2).unwrap(), 1).await.unwrap().remove(0)
    }

    /// The id of the album on sale.
    pub async fn album(&self) -> String {
        let all = self.visitor().get("/api/v1/releases").await;
        all.json()["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Counts what was sold, as the shop does about once a minute.
    pub async fn count_sales(&self) {
        self.shop.charts.count_now().await.unwrap();
    }

    /// Cuts every master in the middle, as a dying disk does.
    pub fn damage_masters(&self) {
        let masters = std::fs::read_dir(self.folder.path().join("objects/masters")).unwrap();
        let mut folders: Vec<_> = masters.map(|entry| entry.unwrap().path()).collect();
        while let Some(path) = folders.pop() {
            if path.is_dir() {
                folders.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
    }

    /// Every letter that has left.
    pub fn letters(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path().join("mail")).unwrap();
        let letters =
            files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml"));
        letters.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Nothing is owed, lost or held for ever.
    pub async fn audited(&self) {
        let differences = shop::audit::audit(&self.shop, |_| ()).await.unwrap();
        assert!(differences.is_empty(), "{differences:?}");
    }
}

/// Somebody who speaks to the shop.
#[derive(Clone)]
pub struct Person {
    routes: Router,
    pub token: Option<String>,
    /// Her id.
    pub user: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The name of the problem.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        assert!(document["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{document}");
        document["type"].as_str().unwrap().to_owned()
    }
}

impl Person {
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("content-type", "application/json")], Some(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path, &[("content-type", "application/json")], Some(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], None).await
    }

    /// Orders under a key.
    pub async fn order(&self, key: &str, item: Value, format: &str) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let body = json!({ "items": [item], "format": format }).to_string();
        self.ask("POST", "/api/v1/orders", &headers, Some(body)).await
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let response = self.begin(method, path, headers, body).await;
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    /// The head of an answer; its body is still to come.
    pub async fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "shop.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        self.routes.clone().oneshot(request).await.unwrap()
    }

    /// An order, once nothing of it is in the making.
    pub async fn settled(&self, id: &str) -> Value {
        for _ in 0..600 {
            let order = self.get(&format!("/api/v1/orders/{id}")).await.json();
            if order["state"] != "held" {
                return order;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("order {id} is not settled");
    }
}

/// What stands behind an address: path and query.
pub fn path_of(url: &str) -> &str {
    url.strip_prefix("http://shop.example").unwrap_or_else(|| panic!("{url} is not of this shop"))
}
