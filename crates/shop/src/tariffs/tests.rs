//! Tariffs over both engines.

use super::*;
use crate::test_support::{block_on, on_both_engines, users};
use tariff::Period;

#[test]
fn a_tariff_holds_from_when_it_is_set() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &[]).await;
            let (clock, hand) = Clock::by_hand(1_700_000_000_000_000);
            let tariffs = Tariffs::new(db.clone(), clock.clone());
            assert_eq!(tariffs.price_per_mb(Class::Lossy).await.unwrap(), DEFAULT_PRICE_PER_MB);
            let before_us = clock.now_us();
            hand.advance(std::time::Duration::from_secs(1));
            tariffs.set_price_per_mb(Micros(30_000)).await.unwrap();
            // Twice at the same instant: the later price holds, and no period is empty.
            tariffs.set_price_per_mb(Micros(31_000)).await.unwrap();
            assert_eq!(tariffs.price_per_mb(Class::Lossy).await.unwrap(), Micros(31_000));
            let all = db.read(tariff::all).await.unwrap();
            let before = tariff::InForce::at(&all, before_us);
            assert_eq!(before.price_per_mb(Class::Lossy, Tier::Catalogue), DEFAULT_PRICE_PER_MB);
            for price in [Micros(-1), Micros(MAX_PRICE_PER_MB.0 + 1)] {
                assert!(matches!(tariffs.set_price_per_mb(price).await, Err(Refused::Field { .. })));
            }
        });
    });
}

#[test]
fn a_tariff_beside_another_of_the_same_scope_and_one_of_no_storefront_are_refused() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &[]).await;
            let tariffs = Tariffs::new(db.clone(), Clock::system());
            tariffs.set_price_per_mb(Micros(30_000)).await.unwrap();
            let periods = vec![Period { from_us: None, until_us: None, price_per_mb: Micros(1) }];
            let other = Tariff { id: "b".into(), storefront: MAIN.into(), class: None, tier: None, periods };
            let put = |tariff: Tariff| {
                let tariffs = tariffs.clone();
                db.write(move |tx| tariffs.put(tx, &tariff))
            };
            assert!(matches!(put(other.clone()).await, Err(Refused::Conflict { field, .. }) if field == "id"));
            let nowhere = Tariff { storefront: "nowhere".into(), ..other.clone() };
            assert!(matches!(put(nowhere).await, Err(Refused::Field { field, .. }) if field == "storefront"));
            let hires = Tariff { class: Some(Class::Hires), ..other };
            put(hires.clone()).await.unwrap();
            put(hires.clone()).await.unwrap();
            assert_eq!(tariffs.price_per_mb(Class::Hires).await.unwrap(), Micros(1));
            let listed = db.read(|tx| tariff::list(tx, None, 1)).await.unwrap();
            assert_eq!((listed.items, listed.next.as_deref()), (vec![hires], Some("b")));
            let rest = db.read(|tx| tariff::list(tx, Some("b"), 9)).await.unwrap();
            assert_eq!((rest.items[0].id.as_str(), rest.next), ("standard", None));
            let remove = |id: &'static str| {
                let tariffs = tariffs.clone();
                db.write(move |tx| tariffs.remove(tx, id))
            };
            assert!(remove("b").await.unwrap());
            assert!(!remove("b").await.unwrap());
            assert!(remove("standard").await.is_err());
        });
    });
}
