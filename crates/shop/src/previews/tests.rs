//! Previews over the shop: what each standing hears, whichever way it asks.

use std::net::Ipv4Addr;

use futures_util::StreamExt;
use money::Micros;

use super::limits::{self, PreviewLimit};
use super::settings::{self, PreviewSettings};
use super::*;
use crate::declared::Refused;
use crate::tariffs::floors::FloorFor;
use crate::test_support::{TestShop, block_on, on_both_engines, seed_track_of};

/// Seconds of the track that is listened to.
const TRACK_S: u64 = 12;
const RATE: u64 = 44_100;

fn ear(user_id: Option<&str>) -> Ear<'_> {
    Ear { user_id, address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)) }
}

/// A shop with track `t9` of twelve seconds, where visitors hear two seconds and listeners five.
async fn shop(url: &crate::db::DatabaseUrl) -> TestShop {
    let test = TestShop::open(url).await;
    seed_track_of(&test.shop, 9, (TRACK_S * RATE) as u32).await;
    set(&test, |settings| (settings.visitor_s, settings.listener_s) = (2, 5)).await.unwrap();
    test
}

async fn set(test: &TestShop, change: impl Fn(&mut PreviewSettings) + Send + 'static) -> Result<(), Refused> {
    test.shop
        .db
        .write(move |tx| {
            let mut settings = settings::of(tx, MAIN)?;
            change(&mut settings);
            settings::put(tx, &settings)
        })
        .await
}

async fn limit(test: &TestShop, id: &'static str, whose: FloorFor, most_s: u64) {
    let limit = PreviewLimit { id: id.to_owned(), whose, most_s, note: "as the label wishes".into() };
    test.shop.db.write(move |tx| limits::put(tx, &limit)).await.unwrap();
}

async fn bytes(preview: &Preview) -> Vec<u8> {
    let pieces: Vec<_> = preview.delivery.stream(0, None).collect().await;
    pieces.into_iter().flat_map(|piece| piece.unwrap()).collect()
}

/// How long what somebody gets plays, in tenths of a second.
async fn hears(test: &TestShop, kind: Kind, user: Option<&str>) -> u64 {
    let preview = test.shop.previews.listen("t9", kind, ear(user)).await.unwrap();
    let bytes = bytes(&preview).await;
    assert_eq!(preview.delivery.wait_total().await, Ok(bytes.len() as u64));
    let kbps = if kind == Kind::Opus { 24 } else { 96 };
    // Constant rates: the payload says the length.
    let payload = audio::encode::payload(&mut std::io::Cursor::new(bytes)).unwrap();
    (payload.bytes * 80 + kbps * 500) / (kbps * 1_000)
}

#[test]
fn each_standing_hears_its_part_and_nobody_more() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            for kind in [Kind::Opus, Kind::Mp3] {
                for (user, tenths) in [(None, 20), (Some("a"), 50)] {
                    let heard = hears(&test, kind, user).await;
                    assert!((tenths..tenths + 2).contains(&heard), "{kind:?} {user:?}: {heard} tenths of a second");
                }
            }
            set(&test, |settings| settings.buyer_from = Micros(0)).await.unwrap();
            let heard = hears(&test, Kind::Opus, Some("a")).await;
            assert!((TRACK_S * 10..TRACK_S * 10 + 2).contains(&heard), "a buyer: {heard} tenths of a second");
            assert_eq!(hears(&test, Kind::Opus, None).await / 2, 10, "a visitor hears no more for it");
        });
    });
}

#[test]
fn what_was_spent_and_not_given_back_makes_a_buyer() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            set(&test, |settings| settings.buyer_from = Micros(2_000_000)).await.unwrap();
            let standing = async || test.shop.previews.hearing(Some("a")).await.unwrap().standing;
            let charge = async |id: &'static str, micros: i64| {
                let charged = test.shop.db.write::<_, DbError>(move |tx| {
                    tx.execute(
                        "INSERT INTO orders (id, user_id, storefront, idempotency_key, request_sha256, currency, created_us)
                         VALUES ($1, 'a', 'main', $1, '', 'USD', 0)",
                        params![id],
                    )?;
                    tx.execute(
                        "INSERT INTO renditions (id, master_id, format, encoder, state, created_us, used_us)
                         VALUES ($1, 'm1', 'mp3:cbr:96', '', 'sized', 0, 0)",
                        params![id],
                    )?;
                    tx.execute(
                        "INSERT INTO order_lines (id, order_id, place, track_id, master_id, format, rendition_id,
                             price_per_mb_micros, held_micros, charged_micros, state)
                         VALUES ($1, $1, 0, 't1', 'm1', 'mp3:cbr:96', $1, 0, $2, $2, 'charged')",
                        params![id, micros],
                    )
                });
                charged.await.unwrap();
            };
            assert_eq!(standing().await, Standing::Listener);
            charge("o1", 1_999_999).await;
            assert_eq!(standing().await, Standing::Listener);
            charge("o2", 1).await;
            assert_eq!(standing().await, Standing::Buyer);
            assert_eq!(test.shop.previews.hearing(Some("b")).await.unwrap().standing, Standing::Listener);
            assert_eq!(test.shop.previews.hearing(None).await.unwrap().standing, Standing::Visitor);
        });
    });
}

#[test]
fn the_same_part_is_the_same_file_and_is_made_once() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            let asked = [None, Some("a"), None].map(|user| test.shop.previews.listen("t9", Kind::Opus, ear(user)));
            let [first, other, again] = futures_util::future::join_all(asked).await.try_into().ok().unwrap();
            let (first, other, again) = (first.unwrap(), other.unwrap(), again.unwrap());
            assert_eq!(first.delivery.etag, again.delivery.etag);
            assert_ne!(
                first.delivery.etag, other.delivery.etag,
                "a part of one cannot be asked for as a part of the other"
            );
            assert!(bytes(&first).await == bytes(&again).await);
            let later = async || test.shop.previews.listen("t9", Kind::Opus, ear(None)).await.unwrap();
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while later().await.is_growing {
                assert!(std::time::Instant::now() < deadline, "it never lies in the cache");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            let later = later().await;
            assert!(bytes(&first).await == bytes(&later).await);
        });
    });
}

#[test]
fn rights_holders_shorten_previews_or_forbid_them() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            set(&test, |settings| settings.buyer_from = Micros(0)).await.unwrap();
            limit(&test, "release", FloorFor::Release("r".into()), 4).await;
            assert_eq!(hears(&test, Kind::Opus, Some("a")).await / 2, 20);
            assert_eq!(hears(&test, Kind::Opus, None).await / 2, 10, "a limit makes nothing longer");
            limit(&test, "recording", FloorFor::Recording("rec9".into()), 1).await;
            assert_eq!(hears(&test, Kind::Opus, Some("a")).await / 2, 5, "the lowest holds");
            let spans = test.shop.previews.of_release(None, "r").await.unwrap();
            assert_eq!((spans["t9"].length_ms, spans["t1"].length_ms), (1_000, 2_000));
            limit(&test, "recording", FloorFor::Recording("rec9".into()), 0).await;
            let refused = test.shop.previews.listen("t9", Kind::Opus, ear(Some("a"))).await;
            assert!(matches!(refused, Err(PreviewError::Withheld)));
            assert_eq!(test.shop.previews.of_release(Some("a"), "r").await.unwrap()["t9"].length_ms, 0);
            assert!(test.shop.previews.listen("t1", Kind::Opus, ear(None)).await.is_ok(), "the others are heard");
            let previews = &test.shop.previews;
            let silent = previews.silent(vec!["t1".into(), "t9".into()]).await.unwrap();
            assert_eq!(silent, HashSet::from(["t9".to_owned()]));
            assert_eq!(previews.heard(None, vec!["r".into()]).await.unwrap().len(), 1, "something of it is heard");
            for (id, recording) in [("first", "rec1"), ("second", "rec2"), ("third", "rec3")] {
                limit(&test, id, FloorFor::Recording(recording.into()), 0).await;
            }
            assert_eq!(previews.heard(None, vec!["r".into()]).await.unwrap().len(), 0, "nothing of it is heard");
        });
    });
}

#[test]
fn what_is_not_on_sale_is_not_heard() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            assert!(matches!(
                test.shop.previews.listen("none", Kind::Opus, ear(None)).await,
                Err(PreviewError::Unknown)
            ));
            test.shop.catalog.withdraw("r").await.unwrap();
            assert!(matches!(test.shop.previews.listen("t9", Kind::Opus, ear(None)).await, Err(PreviewError::Unknown)));
        });
    });
}

#[test]
fn settings_that_cannot_be_are_refused_with_the_field() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = shop(&url).await;
            type Change = fn(&mut PreviewSettings);
            let cases: [(Change, &str); 6] = [
                (|s| s.listener_s = 1, "listener_s"),
                (|s| s.buyer_s = Some(4), "buyer_s"),
                (|s| s.visitor_s = 3_601, "visitor_s"),
                (|s| s.buyer_from = Micros(-1), "buyer_from_micros"),
                (|s| s.opus = "mp3:cbr:96".into(), "opus"),
                (|s| s.mp3 = "mp3:cbr:1".into(), "mp3"),
            ];
            for (change, field) in cases {
                match set(&test, change).await {
                    Err(Refused::Field { field: refused, .. }) => assert_eq!(refused, field),
                    other => panic!("{field}: {other:?}"),
                }
            }
        });
    });
}
