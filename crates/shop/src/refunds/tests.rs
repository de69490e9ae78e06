//! What a refund of a line promises, on both engines, with real files and papers.

use std::time::Duration;

use super::*;
use crate::audit::audit;
use crate::orders::{Item, LineState, Order, OrderState};
use crate::receipts::verify;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

async fn bought(test: &TestShop) -> Order {
    let (items, format) = (vec![Item::Track("t1".into())], "flac:lossless:0".parse().unwrap());
    let placed = test.shop.orders.place("a", "k", items, format).await.unwrap();
    for _ in 0..600 {
        let order = test.shop.orders.get("a", &placed.order.id).await.unwrap().unwrap();
        if order.state != OrderState::Held {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the order was not settled within 12 s");
}

#[test]
fn a_refund_has_a_credit_note_of_its_own_that_names_its_receipt_and_verifies_under_an_old_key() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(&test).await;
            work.stop().await;
            let (line, price) = (order.lines[0].id.clone(), order.charged_micros);
            let refund = |key: &'static str, amount: Option<i64>| {
                let (refunds, line) = (shop.refunds.clone(), line.clone());
                async move { refunds.refund(key, &line, amount.map(Micros), "not what you expected").await }
            };
            let first = refund("one", Some(1_000)).await.unwrap();
            assert_eq!(
                (first.credit.promotional, first.left, first.repeated),
                (Micros(1_000), Micros(price - 1_000), false)
            );
            let again = refund("one", Some(1_000)).await.unwrap();
            assert_eq!((again.credit, again.left, again.repeated), (first.credit, first.left, true));
            assert!(matches!(refund("one", Some(999)).await, Err(LineRefundError::KeyReused)));
            assert!(matches!(refund("two", Some(price)).await, Err(LineRefundError::TooLarge { .. })));
            for nothing in [0, -1] {
                let refused = refund("two", Some(nothing)).await;
                assert!(
                    matches!(&refused, Err(LineRefundError::Refused(Refused::Field { field, .. })) if field == "amount_micros")
                );
            }
            assert!(matches!(refund("", None).await, Err(LineRefundError::KeyTooLong)));
            let nobody = shop.refunds.refund("x", "no line", None, "").await;
            assert!(matches!(nobody, Err(LineRefundError::NotCharged)));
            let long = shop.refunds.refund("x", &line, None, &"x".repeat(MAX_REASON_CHARS + 1)).await;
            assert!(matches!(long, Err(LineRefundError::Refused(_))));

            while shop.receipts.seal_due().await.unwrap() > 0 {}
            let old_key = shop.signing.public_keys().await.unwrap()[0].public_key.clone();
            let new_key = shop.signing.replace().await.unwrap();
            let rest = refund("rest", None).await.unwrap();
            assert_eq!((rest.credit.promotional, rest.left), (Micros(price - 1_000), Micros::ZERO));
            while shop.receipts.seal_due().await.unwrap() > 0 {}
            assert_eq!(shop.wallet.balance("a").await.unwrap().balance_micros, 100_000);

            let papers = shop.receipts.list("a", &order.id).await.unwrap();
            let kinds: Vec<&str> = papers.iter().map(|paper| paper.kind.as_str()).collect();
            assert_eq!(kinds, ["receipt", "credit_note", "credit_note"]);
            let serials: Vec<&str> = papers[1..].iter().map(|paper| &paper.number[paper.number.len() - 6..]).collect();
            assert_eq!(serials, ["000001", "000002"]);
            for (paper, key) in papers.iter().zip([&old_key, &old_key, &new_key]) {
                let genuine = verify(paper.envelope().as_bytes(), Some(key)).unwrap();
                if paper.kind == "credit_note" {
                    assert_eq!(genuine.document["corrects"], papers[0].number.as_str());
                    assert_eq!(genuine.document["reason"], "not what you expected");
                }
            }
            let gross = |n: usize| {
                let document: serde_json::Value = serde_json::from_str(&papers[n].document).unwrap();
                document["totals"]["gross_micros"].as_i64().unwrap()
            };
            assert_eq!((gross(1), gross(2)), (1_000, price - 1_000));
            shop.wallet.seal_day("2020-01-01".to_owned()).await.unwrap();
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn with_the_whole_price_the_right_to_the_file_goes_back_and_buying_it_again_costs_again() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(&test).await;
            let line = order.lines[0].id.clone();
            // The same again is had for nothing, by what was paid before.
            let buy = async |key: &str| {
                let (items, format) = (vec![Item::Track("t1".into())], "flac:lossless:0".parse().unwrap());
                shop.orders.place("a", key, items, format).await.unwrap().order
            };
            let free = buy("free").await;
            assert_eq!(free.charged_micros, 0);
            let paths = || async {
                let page = shop.downloads.list("a", None, None, 10).await.unwrap();
                page.items.into_iter().map(|d| (d.line.state, d.path)).collect::<Vec<_>>()
            };
            let token = |path: &str| path.split('/').nth(2).unwrap().to_owned();
            shop.refunds.refund("part", &line, Some(Micros(1)), "").await.unwrap();
            for (state, path) in paths().await {
                assert_eq!(state, LineState::Ready, "a part refund takes nothing away");
                assert!(shop.downloads.open(&token(&path)).await.is_ok());
            }
            shop.refunds.refund("all", &line, None, "").await.unwrap();
            assert_eq!(shop.orders.get("a", &order.id).await.unwrap().unwrap().state, OrderState::Refunded);
            let shown = paths().await;
            assert_eq!(shown.len(), 2);
            for (state, path) in shown {
                assert_eq!(state, LineState::Refunded);
                let opened = shop.downloads.open(&token(&path)).await;
                assert!(matches!(opened, Err(crate::renditions::DownloadError::Refunded)));
            }
            let again = buy("again").await;
            assert_eq!(again.charged_micros, order.charged_micros);
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}
