//! What a refund of a line promises, on both engines, with real files and papers.

use std::time::Duration;

use super::*;
use crate::audit::audit;
use crate::orders::{Item, Order, OrderState};
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
            assert!(matches!(refund("two", Some(0)).await, Err(LineRefundError::TooLarge { .. })));
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
