//! Which tax a buyer bears.

use money::Micros;

use super::*;
use crate::storefronts::MAIN;
use crate::test_support::{block_on, on_both_engines, users};

/// 2026-11-21.
const NOW_US: i64 = 1_795_219_200_000_000;

fn rate(id: &str, country: &str, from_day: &str, rate_ppm: u32) -> TaxRate {
    let (id, country, from_day) = (id.into(), country.into(), from_day.into());
    TaxRate { id, storefront: MAIN.into(), country, from_day, rate_ppm, note: String::new() }
}

fn settings(unknown: &str, default: Option<&str>) -> TaxSettings {
    let (unknown_country, default_country) = (unknown.to_owned(), default.map(str::to_owned));
    TaxSettings { unknown_country, default_country, ..TaxSettings::unset(MAIN) }
}

async fn put(db: &Db, rate: TaxRate) -> Result<(), Refused> {
    db.write(move |tx| rates::put(tx, &rate, NOW_US)).await
}

async fn set(db: &Db, settings: TaxSettings) -> Result<(), Refused> {
    db.write(move |tx| settings::put(tx, &settings, NOW_US)).await
}

async fn due_of(db: &Db, user: Option<&'static str>, address: Option<&str>) -> Result<Due, TaxError> {
    let address = address.map(|code| code.parse().unwrap());
    db.read(move |tx| due(tx, MAIN, user, address, NOW_US)).await
}

#[test]
fn tax_is_that_of_the_buyers_country_on_the_day_and_none_without_a_rate() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &["a"]).await;
            let taxes = Taxes::new(db.clone(), Clock::system());
            assert_eq!(due_of(&db, Some("a"), Some("DE")).await.unwrap().ppm, 0, "no table, no tax");
            put(&db, rate("fi-1", "FI", "2013-01-01", 240_000)).await.unwrap();
            put(&db, rate("fi-2", "FI", "2024-09-01", 255_000)).await.unwrap();
            put(&db, rate("fi-3", "FI", "2026-11-22", 990_000)).await.unwrap();
            put(&db, rate("de", "DE", "2021-01-01", 190_000)).await.unwrap();
            assert_eq!(due_of(&db, None, Some("FI")).await.unwrap().ppm, 255_000);
            assert_eq!(due_of(&db, None, Some("US")).await.unwrap().ppm, 0);
            let german = Billing { country: Some("DE".into()), ..Billing::default() };
            taxes.set_billing("a", german.clone()).await.unwrap();
            assert_eq!(taxes.billing("a").await.unwrap(), german);
            let due = due_of(&db, Some("a"), Some("FI")).await.unwrap();
            assert_eq!((due.ppm, due.place.contradicted), (190_000, true), "what he stated goes before his address");
            let terms = due.on(Terms { fixed: Some(Micros(1_190_000)), ..Terms::default() });
            assert_eq!(
                terms.price(1).unwrap().tax,
                Micros(190_000),
                "prices include tax unless the operator says otherwise"
            );
        });
    });
}

#[test]
fn an_unknown_country_is_dealt_with_as_the_storefront_says() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &["a"]).await;
            put(&db, rate("de", "DE", "2021-01-01", 190_000)).await.unwrap();
            assert_eq!(due_of(&db, Some("a"), None).await.unwrap().ppm, 0);
            set(&db, settings("default", Some("DE"))).await.unwrap();
            let due = due_of(&db, Some("a"), None).await.unwrap();
            assert_eq!((due.ppm, due.assumed), (190_000, true));
            assert!(!due_of(&db, Some("a"), Some("DE")).await.unwrap().assumed);
            set(&db, settings("refuse", None)).await.unwrap();
            assert!(matches!(due_of(&db, Some("a"), None).await, Err(TaxError::CountryUnknown)));
            assert_eq!(due_of(&db, Some("a"), Some("US")).await.unwrap().ppm, 0);
        });
    });
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &["a"]).await;
            let good = || rate("de", "DE", "2021-01-01", 190_000);
            put(&db, good()).await.unwrap();
            for (rate, wrong) in [
                (TaxRate { id: "D E".into(), ..good() }, "id"),
                (TaxRate { country: "EL".into(), ..good() }, "country"),
                (TaxRate { from_day: "2021-02-29".into(), ..good() }, "from"),
                (TaxRate { from_day: "2021-02-28T00:00:00Z".into(), ..good() }, "from"),
                (TaxRate { rate_ppm: 1_000_001, ..good() }, "rate_ppm"),
                (TaxRate { storefront: "other".into(), ..good() }, "storefront"),
                (TaxRate { id: "again".into(), ..good() }, "from"),
            ] {
                assert_eq!(field(put(&db, rate).await), wrong);
            }
            for (settings, wrong) in [
                (settings("default", None), "default_country"),
                (settings("default", Some("XX")), "default_country"),
                (settings("refuse", Some("DE")), "default_country"),
                (settings("perhaps", None), "unknown_country"),
                (TaxSettings { storefront: "other".into(), ..settings("refuse", None) }, "id"),
                (TaxSettings { note: "\u{7}".into(), ..settings("refuse", None) }, "note"),
            ] {
                assert_eq!(field(set(&db, settings).await), wrong);
            }
            let taxes = Taxes::new(db.clone(), Clock::system());
            let long = Billing { name: "x".repeat(201), ..Billing::default() };
            assert_eq!(field(taxes.set_billing("a", long).await), "name");
            let nowhere = Billing { country: Some("Atlantis".into()), ..Billing::default() };
            assert_eq!(field(taxes.set_billing("a", nowhere).await), "country");
        });
    });
}

fn field(refused: Result<(), Refused>) -> String {
    match refused {
        Err(Refused::Field { field, .. } | Refused::Conflict { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}
