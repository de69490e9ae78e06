use shop::catalog::{Catalog, import::*, search::Search};
#[tokio::main]
async fn main() {
    let mut a = std::env::args().skip(1);
    let data = std::path::PathBuf::from(a.next().unwrap());
    let db = shop::db::Db::open(&shop::db::DatabaseUrl::Sqlite(data.join("shop.sqlite"))).unwrap();
    let files = shop::files::Files::open(&shop::files::FilesUrl::Folder(data.join("objects"))).unwrap();
    let catalog = Catalog::new(db.clone(), files, shop::clock::Clock::system());
    let t = std::time::Instant::now();
    let s = Importer::new(catalog.clone())
        .run(a.map(Into::into).collect(), ImportOptions::default(), std::sync::Arc::new(|_| {}), |o| {
            println!(
                "{:?} {} {} {}",
                o.path,
                o.state.as_str(),
                o.reason.map_or("", |r| r.as_str()),
                o.message.as_deref().unwrap_or("")
            );
        })
        .await;
    println!("{s:?} in {:?}", t.elapsed());
    let search = Search::open(&data.join("search"));
    let t = std::time::Instant::now();
    println!("follow {:?} {:?}", search.follow(&db).await, t.elapsed());
    for q in ["battle", "кино", "b"] {
        let t = std::time::Instant::now();
        let found = search.find(q, None, None, 10).unwrap();
        println!("{q}: {} {:?}", found.items.len(), t.elapsed());
    }
    for card in catalog.releases(shop::catalog::ReleaseFilter::All, None, 50).await.unwrap().items {
        let t = std::time::Instant::now();
        let r = catalog.release(&card.id).await.unwrap().unwrap();
        println!(
            "{} | {} | {:?} | {:?} media {} tracks {} gain {:?} cover {:?} genres {:?} ({:?})",
            card.title,
            card.credit,
            card.date,
            r.label.map(|l| l.name),
            r.media.len(),
            r.media.iter().map(|m| m.tracks.len()).sum::<usize>(),
            r.album_gain_cdb,
            card.cover.map(|c| c[..8].to_owned()),
            r.genres.iter().map(|g| &g.name).collect::<Vec<_>>(),
            t.elapsed()
        );
    }
}
