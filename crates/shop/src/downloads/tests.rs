//! What downloads promise, on both engines.

use std::io::Read;

use futures_util::StreamExt;
use money::Micros;

use super::*;
use crate::orders::Item;
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

#[test]
fn a_preview_is_thirty_seconds_at_most_and_made_once() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let previews = ["t1", "t1", "t1"].map(|track| test.shop.renditions.preview(track));
            let made: Vec<_> = futures_util::future::join_all(previews).await.into_iter().map(|p| p.unwrap()).collect();
            assert!(made.iter().all(|p| p.etag == made[0].etag));
            let bytes = read(&made[0], 0, None).await;
            // Two seconds at 96 kbit/s, plus the header frame and the encoder's padding.
            assert!((24_000..28_000).contains(&bytes.len()), "{} bytes", bytes.len());
            let mut object =
                test.shop.files.open_blocking("masters/m1.wav", &tokio::runtime::Handle::current()).unwrap();
            let mut magic = [0; 4];
            object.read_exact(&mut magic).unwrap();
            assert_eq!(&magic, b"RIFF", "the master is untouched");
            assert!(matches!(test.shop.renditions.preview("none").await, Err(DownloadError::Unknown)));
        });
    });
}
