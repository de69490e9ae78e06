//! What becomes of a report, on both engines, with real files.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::audit::audit;
use crate::orders::{Item, Order, OrderState};
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

async fn bought(test: &TestShop, track: &str) -> Order {
    let shop = &test.shop;
    let placed = shop
        .orders
        .place("a", track, vec![Item::Track(track.into())], "flac:lossless:0".parse().unwrap())
        .await
        .unwrap();
    for _ in 0..600 {
        let order = shop.orders.get("a", &placed.order.id).await.unwrap().unwrap();
        if order.state != OrderState::Held {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the order was not settled within 12 s");
}

async fn decided(test: &TestShop, line: &str) -> Report {
    let report = test.shop.defects.report("a", line).await.unwrap();
    assert_eq!(report.state, State::Checking);
    assert_eq!(test.shop.defects.report("a", line).await.unwrap().id, report.id, "one at a time");
    for _ in 0..600 {
        let found = test.shop.defects.of_lines("a", vec![line.to_owned()]).await.unwrap().remove(0);
        if found.state != State::Checking {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the report was not decided within 12 s");
}

/// Where the body of a line lies.
fn body(test: &TestShop, order: &Order) -> PathBuf {
    let id = &order.lines[0].rendition_id;
    test.folder.path().join("objects/renditions").join(&id[..2]).join(id)
}

fn damage(path: &std::path::Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_bad_file_is_made_anew_and_its_price_comes_back_once_without_a_human() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(&test, "t1").await;
            let (line, price) = (order.lines[0].id.clone(), order.charged_micros);
            let right = std::fs::read(body(&test, &order)).unwrap();
            let found = decided(&test, &line).await;
            assert_eq!((found.state, found.credited_micros), (State::Fine, 0));

            damage(&body(&test, &order));
            let before = shop.wallet.balance("a").await.unwrap();
            let found = decided(&test, &line).await;
            assert_eq!((found.state, found.credited_micros), (State::Mended, price));
            assert_eq!(std::fs::read(body(&test, &order)).unwrap(), right);
            let after = shop.wallet.balance("a").await.unwrap();
            assert_eq!(after.promotional_micros - before.promotional_micros, price, "to where it came from");

            damage(&body(&test, &order));
            let found = decided(&test, &line).await;
            assert_eq!((found.state, found.credited_micros), (State::Mended, 0), "a price comes back once");
            work.stop().await;
            while shop.receipts.seal_due().await.unwrap() > 0 {}
            let papers = shop.receipts.list("a", &order.id).await.unwrap();
            assert_eq!(papers.iter().map(|paper| paper.kind.as_str()).collect::<Vec<_>>(), ["receipt", "credit_note"]);
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_bad_file_whose_master_is_gone_is_credited_too() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(&test, "t2").await;
            let line = order.lines[0].id.clone();
            damage(&test.folder.path().join("objects/masters/m2.wav"));
            let found = decided(&test, &line).await;
            assert_eq!(found.state, State::Fine, "the file itself is as it was made");
            damage(&body(&test, &order));
            let found = decided(&test, &line).await;
            assert_eq!((found.state, found.credited_micros), (State::Lost, order.charged_micros));
            work.stop().await;
        });
    });
}

#[test]
fn reports_are_for_ones_own_files_and_not_without_end() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let items = vec![Item::Track("t1".into())];
            let placed = shop.orders.place("a", "k", items, "flac:lossless:0".parse().unwrap()).await.unwrap();
            let line = placed.order.lines[0].id.clone();
            assert!(matches!(shop.defects.report("a", &line).await, Err(DefectError::NotReady)));
            assert!(matches!(shop.defects.report("b", &line).await, Err(DefectError::Unknown)));
            assert!(matches!(shop.defects.report("a", "none").await, Err(DefectError::Unknown)));
            let work = Work::start(shop).await.unwrap();
            bought(&test, "t2").await;
            work.stop().await;
            let line = bought(&test, "t2").await.lines[0].id.clone();
            let now_us = shop.clock.now_us();
            let reported = line.clone();
            shop.db
                .write::<_, DbError>(move |tx| {
                    for n in 0..MAX_REPORTS {
                        tx.execute(
                            "INSERT INTO defects (id, line_id, user_id, state, credited_micros, reported_us)
                             VALUES ($1, $2, 'a', 'fine', 0, $3)",
                            params![format!("0{n}"), &reported, now_us],
                        )?;
                    }
                    Ok(())
                })
                .await
                .unwrap();
            match shop.defects.report("a", &line).await {
                Err(DefectError::TooMany { retry_after_s }) => {
                    assert!(retry_after_s > 86_000 && retry_after_s <= 86_400)
                }
                other => panic!("{other:?}"),
            }
        });
    });
}

#[test]
fn what_went_back_by_hand_does_not_go_back_again() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(&test, "t1").await;
            let (line, price) = (order.lines[0].id.clone(), order.charged_micros);
            shop.refunds.refund("by hand", &line, Some(Micros(price - 1_000)), "").await.unwrap();
            damage(&body(&test, &order));
            let found = decided(&test, &line).await;
            assert_eq!((found.state, found.credited_micros), (State::Mended, 1_000));
            work.stop().await;
            assert_eq!(shop.wallet.balance("a").await.unwrap().balance_micros, 100_000);
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_report_is_kept_whatever_its_outcome() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let items = vec![Item::Track("t1".into())];
            let placed = shop.orders.place("a", "k", items, "flac:lossless:0".parse().unwrap()).await.unwrap();
            let line = placed.order.lines[0].id.clone();
            for (n, state) in State::ALL.into_iter().enumerate() {
                let (defects, line, id) = (shop.defects.clone(), line.clone(), format!("{n}"));
                shop.db
                    .write::<_, DbError>(move |tx| {
                        tx.execute(
                            "INSERT INTO defects (id, line_id, user_id, state, credited_micros, reported_us)
                             VALUES ($1, $2, 'a', 'checking', 0, 0)",
                            params![&id, &line],
                        )?;
                        defects.close(tx, &id, state, Micros::ZERO)
                    })
                    .await
                    .unwrap();
                assert_eq!(
                    shop.defects.of_lines("a", vec![placed.order.lines[0].id.clone()]).await.unwrap()[0].state,
                    state
                );
            }
        });
    });
}
