//! What orders promise, on both engines, with real masters and encoders.

use std::time::Duration;

use money::Micros;

use super::*;
use crate::audit::audit;
use crate::renditions::State;
use crate::test_support::{TestShop, block_on, on_both_engines, open_shop, users};
use crate::work::Work;

fn release() -> Vec<Item> {
    vec![Item::Release("r".into())]
}

fn format(text: &str) -> Format {
    text.parse().unwrap()
}

async fn settled(shop: &crate::Shop, user: &str, order: &str) -> Order {
    for _ in 0..600 {
        let order = shop.downloads.order(user, order).await.unwrap().unwrap();
        if order.state != OrderState::Held {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the order was not settled within 30 s");
}

#[test]
fn an_order_is_held_encoded_and_charged_exactly() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            users(&shop.db, &["c"]).await;
            let work = Work::start(shop).await.unwrap();
            for (text, user) in [("mp3:cbr:320", "a"), ("flac:lossless:5", "b"), ("wav:pcm:16", "c")] {
                shop.wallet.credit(user, Micros(10_000_000), "welcome").await.unwrap();
                let quote = shop.orders.quote(release(), format(text)).await.unwrap();
                let before = shop.wallet.balance(user).await.unwrap().balance_micros;
                let placed = shop.orders.place(user, text, release(), format(text)).await.unwrap();
                assert!(!placed.repeated);
                assert_eq!(placed.order.held_micros, quote.total_micros);
                let order = settled(shop, user, &placed.order.id).await;
                assert_eq!((order.state, order.lines.len()), (OrderState::Charged, 3));
                let told = shop.orders.outcomes(user, vec![order.id.clone(), "unknown".into()]).await.unwrap();
                assert_eq!(told, HashMap::from([(order.id.clone(), (order.created_us, OrderState::Charged))]));
                assert_eq!(shop.orders.outcomes("b2", vec![order.id.clone()]).await.unwrap(), HashMap::new());
                let mut charged = 0;
                for (line, quoted) in order.lines.iter().zip(&quote.lines) {
                    let bytes = line.bytes.unwrap();
                    let exact = money::price::of_bytes(bytes, crate::tariffs::DEFAULT_PRICE_PER_MB).unwrap().0;
                    assert_eq!(line.charged_micros, exact.min(quoted.price_micros), "{text}");
                    assert!(line.file_bytes.unwrap() > bytes && line.sha256.is_some());
                    charged += line.charged_micros;
                }
                let after = shop.wallet.balance(user).await.unwrap();
                assert_eq!((after.balance_micros, after.held_micros), (before - charged, 0));
            }
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn the_same_key_again_gives_the_same_order_and_other_content_is_refused() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let orders = &test.shop.orders;
            test.shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let places = (0..8).map(|_| orders.place("a", "k", release(), format("mp3:cbr:128")));
            let placed = futures_util::future::join_all(places).await;
            let ids: std::collections::HashSet<_> =
                placed.iter().map(|p| p.as_ref().unwrap().order.id.clone()).collect();
            assert_eq!(ids.len(), 1);
            assert_eq!(placed.iter().filter(|p| !p.as_ref().unwrap().repeated).count(), 1);
            let other = orders.place("a", "k", release(), format("mp3:cbr:192")).await;
            assert!(matches!(other, Err(OrderError::KeyReused)));
            test.shop.wallet.credit("b", Micros(1_000_000), "welcome").await.unwrap();
            let stranger = orders.place("b", "k", release(), format("mp3:cbr:192")).await.unwrap();
            assert!(!stranger.repeated, "a key belongs to its user");
        });
    });
}

#[test]
fn of_two_orders_that_the_balance_covers_once_exactly_one_wins() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let orders = &test.shop.orders;
            let track = |id: &str| vec![Item::Track(id.to_owned())];
            let quote = orders.quote(track("t1"), format("mp3:cbr:320")).await.unwrap();
            test.shop.wallet.credit("a", Micros(quote.total_micros), "welcome").await.unwrap();
            // Tracks of the same length: the same again would cost nothing.
            let places = ["t1", "t2", "t3"].map(|id| orders.place("a", id, track(id), format("mp3:cbr:320")));
            let placed = futures_util::future::join_all(places).await;
            assert_eq!(placed.iter().filter(|p| p.is_ok()).count(), 1);
            for refused in placed.iter().filter_map(|p| p.as_ref().err()) {
                assert!(matches!(refused, OrderError::TooLittle { balance_micros: 0, needed_micros }
                    if *needed_micros == quote.total_micros));
            }
            assert_eq!(orders.list("a", None, 10).await.unwrap().items.len(), 1, "a refused order leaves no trace");
            assert_eq!(audit(&test.shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn of_many_orders_at_once_for_the_same_track_one_is_paid_and_the_others_cost_nothing() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (shop, orders) = (&test.shop, &test.shop.orders);
            users(&shop.db, &["c"]).await;
            let work = Work::start(shop).await.unwrap();
            for user in ["a", "b", "c"] {
                shop.wallet.credit(user, Micros(100_000_000), "welcome").await.unwrap();
            }
            // Made ahead, so that every order is charged where it is placed.
            let first = orders.place("c", "first", release(), format("wav:pcm:16")).await.unwrap();
            let price = settled(shop, "c", &first.order.id).await.charged_micros;
            let keys: Vec<(&str, String)> =
                (0..40).map(|n| (if n % 2 == 0 { "a" } else { "b" }, format!("key {}", n / 4))).collect();
            // Four of each buyer's forty share a key by twos; all share commits.
            let places = keys.iter().map(|(user, key)| orders.place(user, key, release(), format("wav:pcm:16")));
            let placed = futures_util::future::join_all(places).await;
            for user in ["a", "b"] {
                let of_user = || {
                    placed.iter().zip(&keys).filter(|(_, (buyer, _))| *buyer == user).map(|(p, _)| p.as_ref().unwrap())
                };
                let ids: std::collections::HashSet<_> = of_user().map(|p| p.order.id.clone()).collect();
                assert_eq!((ids.len(), of_user().filter(|p| !p.repeated).count()), (10, 10));
                let charged: std::collections::HashMap<_, _> =
                    of_user().map(|p| (p.order.id.clone(), p.order.charged_micros)).collect();
                assert_eq!(charged.values().filter(|micros| **micros > 0).count(), 1);
                assert_eq!(charged.values().sum::<i64>(), price);
                let balance = shop.wallet.balance(user).await.unwrap();
                assert_eq!((balance.balance_micros, balance.held_micros), (100_000_000 - price, 0));
            }
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn orders_that_share_a_commit_with_one_that_fails_stand() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (shop, orders) = (&test.shop, &test.shop.orders);
            let poor = ["c", "d", "e", "f"];
            users(&shop.db, &["c", "d", "e", "f"]).await;
            shop.wallet.credit("a", Micros(100_000_000), "welcome").await.unwrap();
            let mut asked: Vec<(&str, String)> = (0..6).map(|n| ("a", format!("key {n}"))).collect();
            asked.extend(poor.map(|user| (user, "k".to_owned())));
            let places = asked.iter().map(|(user, key)| orders.place(user, key, release(), format("mp3:cbr:320")));
            let placed = futures_util::future::join_all(places).await;
            for ((user, _), placed) in asked.iter().zip(&placed) {
                match placed {
                    Ok(placed) => assert!(*user == "a" && !placed.repeated),
                    Err(OrderError::TooLittle { balance_micros: 0, .. }) => assert_ne!(*user, "a"),
                    Err(other) => panic!("{user}: {other}"),
                }
            }
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_master_that_cannot_be_decoded_gives_its_money_back_by_itself() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            std::fs::write(test.folder.path().join("objects/masters/m2.wav"), b"RIFF, but no more than that").unwrap();
            let work = Work::start(shop).await.unwrap();
            let placed = shop.orders.place("a", "k", release(), format("flac:lossless:0")).await.unwrap();
            let order = settled(shop, "a", &placed.order.id).await;
            assert_eq!(order.state, OrderState::PartCharged);
            let states: Vec<_> = order.lines.iter().map(|l| (l.state, l.charged_micros > 0)).collect();
            assert_eq!(states, [(LineState::Ready, true), (LineState::Failed, false), (LineState::Ready, true)]);
            let balance = shop.wallet.balance("a").await.unwrap();
            assert_eq!((balance.balance_micros, balance.held_micros), (1_000_000 - order.charged_micros, 0));
            let listed = shop.downloads.list("a", Some(order.id), None, 10).await.unwrap();
            let shown: Vec<LineState> = listed.items.iter().map(|download| download.line.state).collect();
            assert_eq!(shown, [LineState::Ready, LineState::Failed, LineState::Ready], "what failed says so");
            let token = listed.items[1].path.split('/').nth(2).unwrap();
            let opened = shop.downloads.open(token).await;
            assert!(matches!(opened, Err(crate::renditions::DownloadError::Failed)), "and has no file");
            work.stop().await;
            let differences = audit(shop, |_| ()).await.unwrap();
            assert_eq!(differences, ["master m2 is not what was stored: its hash differs"]);
        });
    });
}

#[test]
fn what_a_crash_left_in_the_middle_is_taken_up_by_the_next_start() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            test.shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let placed = test.shop.orders.place("a", "k", release(), format("mp3:cbr:128")).await.unwrap();
            // The process dies with a job claimed; another lost its job altogether.
            let claimed = test.shop.jobs.claim(&["encode"], "test", Duration::from_secs(3_600)).await.unwrap();
            assert!(claimed.is_some());
            test.shop
                .db
                .write::<_, DbError>(|tx| tx.execute("DELETE FROM jobs WHERE state = 'queued'", &[]))
                .await
                .unwrap();
            std::fs::write(test.folder.path().join("spool/left-over"), b"half").unwrap();
            let again = open_shop(&url, test.folder.path()).await;
            let work = Work::start(&again).await.unwrap();
            assert_eq!(settled(&again, "a", &placed.order.id).await.state, OrderState::Charged);
            assert!(!test.folder.path().join("spool/left-over").exists());
            work.stop().await;
            assert_eq!(audit(&again, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_body_that_left_the_cache_comes_back_the_same() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let placed =
                shop.orders.place("a", "k", vec![Item::Track("t1".into())], format("mp3:vbr:2")).await.unwrap();
            let line = settled(shop, "a", &placed.order.id).await.lines.remove(0);
            work.stop().await;
            shop.db.write::<_, DbError>(|tx| tx.execute("UPDATE renditions SET used_us = 0", &[])).await.unwrap();
            assert_eq!(shop.renditions.evict().await.unwrap(), 1);
            let row = shop.renditions.find(&line.rendition_id).await.unwrap().unwrap();
            assert_eq!((row.state, row.payload_bytes), (State::Sized, line.bytes));
            let quote = shop.orders.quote(vec![Item::Track("t1".into())], format("mp3:vbr:2")).await.unwrap();
            assert_eq!(quote.lines[0].price_micros, line.charged_micros, "the price is exact by now");

            let path = shop.downloads.list("a", None, None, 10).await.unwrap().items.remove(0).path;
            let delivery = shop.downloads.open(path.split('/').nth(2).unwrap()).await.unwrap();
            let pieces: Vec<_> = futures_util::StreamExt::collect(delivery.stream(0, None)).await;
            let whole: Vec<u8> = pieces.into_iter().flat_map(|p: Result<bytes::Bytes, _>| p.unwrap()).collect();
            assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&whole)), line.sha256.unwrap());
            assert_eq!(delivery.total(), Some(whole.len() as u64));
        });
    });
}

#[test]
fn nonsense_is_refused_before_anything_is_held() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let orders = &test.shop.orders;
            let refused = orders.quote(vec![], format("mp3:cbr:128")).await;
            assert!(matches!(refused, Err(OrderError::NoItems)));
            let refused = orders.quote(vec![Item::Track("none".into())], format("mp3:cbr:128")).await;
            assert!(matches!(refused, Err(OrderError::Unknown(_))));
            let many = (0..=MAX_ITEMS).map(|_| Item::Track("t1".into())).collect();
            assert!(matches!(orders.quote(many, format("mp3:cbr:128")).await, Err(OrderError::TooManyItems { .. })));
            let refused = orders.quote(vec![Item::Track("t1".into())], format("wav:pcm:24")).await;
            assert!(matches!(refused, Err(OrderError::DoesNotFit { .. })));
            let twice = vec![Item::Track("t1".into()), Item::Release("r".into()), Item::Track("t1".into())];
            assert_eq!(orders.quote(twice, format("mp3:cbr:128")).await.unwrap().lines.len(), 3);
            let key = "k".repeat(MAX_KEY_CHARS + 1);
            assert!(matches!(
                orders.place("a", &key, release(), format("mp3:cbr:128")).await,
                Err(OrderError::KeyTooLong)
            ));
            assert!(matches!(
                orders.place("a", "", release(), format("mp3:cbr:128")).await,
                Err(OrderError::KeyTooLong)
            ));
        });
    });
}

#[test]
fn a_line_leads_to_its_order_and_only_for_its_owner() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let order = shop.orders.place("a", "k", release(), format("wav:pcm:16")).await.unwrap().order;
            let mut lines: Vec<String> = order.lines.iter().map(|line| line.id.clone()).collect();
            lines.push("unknown".to_owned());
            let found = shop.orders.of_lines("a", lines.clone()).await.unwrap();
            assert_eq!(found.len(), order.lines.len());
            assert!(order.lines.iter().all(|line| found[&line.id] == order.id));
            assert!(shop.orders.of_lines("b", lines).await.unwrap().is_empty());
            assert!(shop.orders.of_lines("a", Vec::new()).await.unwrap().is_empty());
        });
    });
}

#[test]
fn a_line_that_was_held_for_an_older_encoder_is_made_by_the_new_one() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let placed = shop.orders.place("a", "k", release(), format("flac:lossless:5")).await.unwrap();
            shop.db
                .write::<_, DbError>(|tx| {
                    // As if an earlier build had taken the order: its key is not the one of today's encoder.
                    tx.execute(
                        "INSERT INTO renditions (id, master_id, format, encoder, state, created_us, used_us)
                         SELECT 'old-' || id, master_id, format, 'an older one', 'queued', 0, 0 FROM renditions",
                        &[],
                    )?;
                    tx.execute("UPDATE order_lines SET rendition_id = 'old-' || rendition_id", &[])?;
                    tx.execute("UPDATE jobs SET job_key = 'old-' || job_key", &[])
                })
                .await
                .unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = settled(shop, "a", &placed.order.id).await;
            assert_eq!(order.state, OrderState::Charged);
            assert!(Work::start(shop).await.is_err(), "one process serves from a data folder");
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_hold_whose_file_is_not_made_in_time_goes_back() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            // Nobody works: the files are never made.
            let placed = shop.orders.place("a", "k", release(), format("mp3:cbr:320")).await.unwrap();
            assert_eq!(shop.orders.expire_holds(3_600_000_000).await.unwrap(), 0, "it is young");
            assert_eq!(shop.orders.expire_holds(0).await.unwrap(), 3);
            assert_eq!(shop.orders.expire_holds(0).await.unwrap(), 0);
            let order = shop.downloads.order("a", &placed.order.id).await.unwrap().unwrap();
            assert_eq!(order.state, OrderState::Refunded);
            let balance = shop.wallet.balance("a").await.unwrap();
            assert_eq!((balance.balance_micros, balance.held_micros), (10_000_000, 0));
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn an_operator_sees_everybodys_orders_of_a_time_and_of_one_listener() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let orders = &test.shop.orders;
            for (user, key) in [("a", "1"), ("b", "2"), ("a", "3")] {
                test.shop.wallet.credit(user, Micros(9_000_000), "welcome").await.unwrap();
                orders.place(user, key, release(), format("mp3:cbr:128")).await.unwrap();
            }
            let all = orders.all(Placing::default(), None, 2).await.unwrap();
            let rest = orders.all(Placing::default(), all.next.clone(), 2).await.unwrap();
            assert_eq!((all.items.len(), rest.items.len(), &rest.next), (2, 1, &None));
            let found: Vec<&SoldOrder> = all.items.iter().chain(&rest.items).collect();
            assert!(found.is_sorted_by_key(|sold| std::cmp::Reverse((sold.order.created_us, sold.order.id.clone()))));
            let of_a = Placing { user_id: Some("a".into()), ..Placing::default() };
            let of_a = orders.all(of_a, None, 9).await.unwrap().items;
            assert!(of_a.len() == 2 && of_a.iter().all(|sold| sold.user_id == "a" && sold.order.lines.len() == 3));
            let (first, last) = (rest.items[0].order.created_us, all.items[0].order.created_us);
            let between =
                |from_us, until_us| Placing { from_us: Some(from_us), until_us: Some(until_us), user_id: None };
            assert_eq!(orders.all(between(first, last + 1), None, 9).await.unwrap().items.len(), 3);
            assert_eq!(orders.all(between(last + 1, i64::MAX), None, 9).await.unwrap().items, []);
            assert_eq!(orders.all(between(0, first), None, 9).await.unwrap().items, []);
            let one = orders.anybodys(&of_a[0].order.id).await.unwrap().unwrap();
            assert_eq!(one, of_a[0]);
            assert_eq!(orders.anybodys("unknown").await.unwrap(), None);
        });
    });
}
