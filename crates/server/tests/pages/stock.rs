//! A fresh shop with one album on sale and its workers running.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use money::Micros;
use server::http::{App, Metrics};
use server::router::router;
use shop::Shop;
use shop::catalog::import::{ImportOptions, Importer};
use shop::clock::Clock;
use shop::db::DatabaseUrl;
use shop::files::FilesUrl;
use shop::mail::MailSettings;
use shop::work::Work;

use super::masters;

/// The album that every test buys.
pub const ALBUM: &str = "Kill me";
/// Its tracks; the second needs escaping, and another script.
pub const TRACKS: [&str; 2] = ["First <light>", "Вторая & last"];
/// Seconds that each of them lasts.
const TRACK_LENGTH_S: u32 = 2;

pub struct Stock {
    pub shop: Shop,
    pub routes: Router,
    pub folder: tempfile::TempDir,
    _work: Work,
}

impl Stock {
    pub async fn open() -> Stock {
        let folder = tempfile::tempdir().unwrap();
        let settings = shop::Settings {
            data: folder.path().to_owned(),
            database: DatabaseUrl::Sqlite(folder.path().join("shop.sqlite")),
            files: FilesUrl::Folder(folder.path().join("objects")),
            mail: MailSettings::Folder(folder.path().join("mail")),
            node: "test".to_owned(),
            encode_threads: 2,
            cache_bytes: 1 << 30,
            cache_age_s: 3_600,
            size_ahead: vec![],
            examiner: shop::catalog::import::Examiner::Within,
            public_url: None,
            payments: Default::default(),
        };
        let shop = Shop::open(settings, Clock::system()).await.unwrap();
        let music = folder.path().join("music");
        std::fs::create_dir(&music).unwrap();
        for (n, title) in (1..).zip(TRACKS) {
            masters::wav(&music.join(format!("{n}.wav")), n, TRACK_LENGTH_S, title);
        }
        import(&shop, music).await;
        let work = Work::start(&shop).await.unwrap();
        let local_url = Arc::from("http://shop.example");
        let app = App {
            shop: shop.clone().into(),
            metrics: Metrics::default(),
            kept: Default::default(),
            local_url,
            trust_proxy: false,
        };
        Stock { shop, routes: router(app), folder, _work: work }
    }

    /// A voucher's code.
    pub async fn voucher(&self, amount: &str) -> String {
        self.shop.vouchers.create(Micros::parse(amount, 2).unwrap(), 1).await.unwrap().remove(0)
    }

    /// The address of the album's page, without the language.
    pub async fn album(&self) -> String {
        let releases = self.shop.catalog.releases(shop::catalog::ReleaseFilter::All, None, 10).await.unwrap();
        format!("/releases/{}", releases.items[0].id)
    }
}

async fn import(shop: &Shop, music: PathBuf) {
    let importer = Importer::new(shop.catalog.clone(), shop.settings.examiner.clone());
    let quietly = Arc::new(|_| ());
    let summary = importer.run(vec![music], ImportOptions::default(), quietly, |file| {
        assert_eq!(file.message, None, "{}", file.path.display());
    });
    assert_eq!(summary.await.unwrap().imported, TRACKS.len() as u64);
}
