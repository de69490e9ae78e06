//! What downloads promise, on both engines.

use futures_util::StreamExt;
use money::Micros;

use super::*;
use crate::orders::{Item, OrderState};
use crate::renditions::Reach;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

async fn read(delivery: &Delivery, from: u64, to: Option<u64>) -> Vec<u8> {
    delivery.stream(from, to).map(|piece| piece.unwrap()).collect::<Vec<_>>().await.concat()
}

fn token(path: &str) -> &str {
    path.split('/').nth(2).unwrap()
}

async fn buy(test: &TestShop, format: &str) -> (String, Vec<Download>) {
    let shop = &test.shop;
    shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
    let items = vec![Item::Release("r".into())];
    let placed = shop.orders.place("a", format, items, format.parse().unwrap()).await.unwrap();
    let page = shop.downloads.list("a", Some(placed.order.id.clone()), None, 10).await.unwrap();
    (placed.order.id, page.items)
}

#[test]
fn a_link_works_from_the_first_moment_and_every_resume_gives_the_same_bytes() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            for format in ["mp3:cbr:192", "flac:lossless:5", "wav:pcm:16", "mp3:vbr:0"] {
                let (_, bought) = buy(&test, format).await;
                // No worker runs: the download itself starts the encode.
                let first = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
                let whole = read(&first, 0, None).await;
                assert_eq!(first.total(), Some(whole.len() as u64));
                for at in [1, whole.len() / 3, whole.len() - 1] {
                    let again = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
                    assert_eq!(again.etag, first.etag);
                    assert!(read(&again, at as u64, None).await == whole[at..], "{format} resumed at {at}");
                }
                assert_eq!(first.wait_for(whole.len() as u64).await, Ok(Reach::Past { total: whole.len() as u64 }));
            }
        });
    });
}

#[test]
fn several_downloads_of_one_rendition_share_one_encode() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (_, bought) = buy(&test, "mp3:vbr:2").await;
            let one = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
            let other = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
            assert!(test.shop.renditions.running() <= 1);
            let (one, other) = tokio::join!(read(&one, 0, None), read(&other, 0, None));
            assert!(one == other && !one.is_empty());
        });
    });
}

#[test]
fn a_revoked_link_is_dead_and_a_new_one_works() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (order, bought) = buy(&test, "wav:pcm:16").await;
            let downloads = &test.shop.downloads;
            assert!(!downloads.revoke_links("b", &bought[0].line.id).await.unwrap(), "not his");
            assert!(downloads.revoke_links("a", &bought[0].line.id).await.unwrap());
            assert!(matches!(downloads.open(token(&bought[0].path)).await, Err(DownloadError::Unknown)));
            let fresh = downloads.list("a", Some(order), None, 10).await.unwrap().items.remove(0);
            assert!(downloads.open(token(&fresh.path)).await.is_ok());
            assert!(downloads.list("b", None, None, 10).await.unwrap().items.is_empty());
        });
    });
}

#[test]
fn a_release_comes_as_one_zip_whose_length_is_known_once_its_files_are() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let work = Work::start(&test.shop).await.unwrap();
            let (order, bought) = buy(&test, "mp3:cbr:128").await;
            let zips = test.shop.downloads.zips("a", &order).await.unwrap();
            assert_eq!(zips.len(), 1);
            assert!(test.shop.downloads.zips("b", &order).await.unwrap().is_empty());
            let growing = test.shop.downloads.open_zip(token(&zips[0].path)).await.unwrap();
            let whole = read(&growing, 0, None).await;
            let ready = test.shop.downloads.open_zip(token(&zips[0].path)).await.unwrap();
            assert_eq!((ready.total(), &ready.etag), (Some(whole.len() as u64), &growing.etag));
            assert!(read(&ready, 1_000, Some(2_000)).await == whole[1_000..2_000]);
            let first = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
            let first = read(&first, 0, None).await;
            assert!(whole.windows(first.len()).any(|w| w == first), "the file is in it as it is");
            assert_eq!(ready.file_name, "Зимний album.zip");
            work.stop().await;
        });
    });
}

#[test]
fn a_correction_of_the_title_changes_the_file_and_not_its_payload() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (_, bought) = buy(&test, "flac:lossless:5").await;
            let before = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
            let old = read(&before, 0, None).await;
            test.shop
                .db
                .write::<_, DbError>(|tx| tx.execute("UPDATE tracks SET title = 'Corrected' WHERE id = 't1'", &[]))
                .await
                .unwrap();
            let after = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
            assert_eq!(after.file_name, "01 Corrected.flac");
            assert_ne!(after.etag, before.etag);
            let new = read(&after, 0, None).await;
            assert_ne!(old, new);
            let payload = |bytes: Vec<u8>| encode::payload(&mut std::io::Cursor::new(bytes)).unwrap();
            assert_eq!(payload(old), payload(new));
        });
    });
}

/// Lets the cache forget every body, as `evict` does with an old one.
async fn forget_all(test: &TestShop) {
    let forgotten = test.shop.db.write::<_, DbError>(|tx| tx.execute("UPDATE renditions SET state = 'sized'", &[]));
    assert!(forgotten.await.unwrap() > 0);
    std::fs::remove_dir_all(test.folder.path().join("objects/renditions")).unwrap();
}

#[test]
fn after_the_cache_forgot_a_file_its_length_is_told_at_once_and_any_middle_is_the_same() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let work = Work::start(&test.shop).await.unwrap();
            for format in ["mp3:vbr:0", "flac:lossless:5", "alac:lossless:default", "opus:vbr:128"] {
                let (order, bought) = buy(&test, format).await;
                let first = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
                let whole = read(&first, 0, None).await;
                while test.shop.orders.get("a", &order).await.unwrap().unwrap().state == OrderState::Held {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                assert_eq!(test.shop.renditions.running(), 0);
                forget_all(&test).await;
                let again = test.shop.downloads.open(token(&bought[0].path)).await.unwrap();
                assert_eq!((again.total(), &again.etag), (Some(whole.len() as u64), &first.etag), "{format}");
                let at = whole.len() * 2 / 3;
                assert!(read(&again, at as u64, None).await == whole[at..], "{format}");
            }
            work.stop().await;
        });
    });
}

#[test]
fn a_size_that_was_asked_for_makes_the_quote_exact_and_keeps_no_body() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let work = Work::start(&test.shop).await.unwrap();
            let format = "alac:lossless:default".parse().unwrap();
            let item = || vec![Item::Track("t1".into())];
            let before = test.shop.orders.quote(item(), format).await.unwrap();
            assert!(before.lines[0].bytes_min < before.lines[0].bytes_max);
            assert!(test.shop.orders.find_sizes(item(), format).await.unwrap());
            while test.shop.orders.find_sizes(item(), format).await.unwrap() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let after = test.shop.orders.quote(item(), format).await.unwrap();
            assert_eq!(after.lines[0].bytes_min, after.lines[0].bytes_max);
            assert!(after.total_micros < before.total_micros);
            assert!(!test.folder.path().join("objects/renditions").exists());
            // Its index comes first in the file and is known now: the download need not wait for the whole.
            test.shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let placed = test.shop.orders.place("a", "k", item(), format).await.unwrap();
            assert_eq!(placed.order.held_micros.max(placed.order.charged_micros), after.total_micros);
            let bought = test.shop.downloads.list("a", Some(placed.order.id), None, 10).await.unwrap().items.remove(0);
            let file = test.shop.downloads.open(token(&bought.path)).await.unwrap();
            let total = file.total().unwrap();
            assert_eq!(read(&file, 0, None).await.len() as u64, total);
            work.stop().await;
        });
    });
}

#[test]
fn what_comes_on_sale_is_sized_in_the_formats_of_the_setting_and_only_once() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let on_sale = "INSERT INTO catalog_changes (seq, release_id, at_us) VALUES (1, 'r', 0)";
            test.shop.db.write::<_, DbError>(move |tx| tx.execute(on_sale, &[])).await.unwrap();
            let formats = ["flac:lossless:5", "mp3:cbr:320", "vorbis:vbr:5"].map(|f| f.parse().unwrap());
            assert!(!test.shop.renditions.size_ahead(&formats).await.unwrap());
            let waiting = async |test: &TestShop| {
                let counts = test.shop.jobs.counts().await.unwrap();
                counts.iter().filter(|c| c.kind == "size").map(|c| c.count).sum::<u64>()
            };
            // Three tracks in two formats; the third is exact before.
            assert_eq!(waiting(&test).await, 6);
            let work = Work::start(&test.shop).await.unwrap();
            while waiting(&test).await > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            assert!(!test.shop.renditions.size_ahead(&formats).await.unwrap());
            assert_eq!(waiting(&test).await, 0);
            work.stop().await;
        });
    });
}
