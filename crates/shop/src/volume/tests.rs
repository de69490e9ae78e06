//! What the report of payment volume promises, on both engines.

use std::time::Duration;

use money::ledger::Kind;

use super::*;
use crate::payments::provider::Stage;
use crate::payments::tests::{dispute, given_back, till, units};
use crate::payments::{AskedBy, PaymentSettings};
use crate::test_support::{block_on, on_both_engines};

const DAY: Duration = Duration::from_secs(86_400);

fn of<'a>(report: &'a VolumeReport, country: Option<&str>) -> &'a CountryVolume {
    let countries = &report.volumes[0].countries;
    countries.iter().find(|found| found.country.as_deref() == country).unwrap()
}

#[test]
fn money_stands_in_the_month_and_country_it_came_from_and_sums_to_the_accounts_at_the_providers() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db.clone(), PaymentSettings::default()).await;
            let volume = PaymentVolume::new(db, till.payments_clock());
            assert_eq!(volume.report(None, None).await.unwrap().volumes, []);
            till.card_of(Some("DE"));
            let german = till.paid("a", 25, "pi_1").await;
            till.card_of(None);
            till.paid("b", 10, "pi_2").await;
            till.card_of(Some("FR"));
            till.paid("c", 50, "pi_3").await;
            till.spend("c", 30).await;
            till.says("evt_d", dispute("dp_1", "pi_3", 50, Stage::Open)).await;
            // November is over: money goes back, and some is lost.
            till.hand.advance(20 * DAY);
            till.payments.refund("a", &german.id, (Some(units(5)), AskedBy::Listener), "k").await.unwrap();
            till.payments.tick().await.unwrap();
            till.says("evt_g", given_back("pi_2", 4)).await;
            till.says("evt_l", dispute("dp_1", "pi_3", 50, Stage::Lost)).await;
            till.card_of(Some("DE"));
            till.paid("a", 15, "pi_4").await;

            let report = volume.report(None, None).await.unwrap();
            assert_eq!((report.from.to_string(), report.until.to_string()), ("2026-01".into(), "2026-12".into()));
            let [whole] = report.volumes.as_slice() else { panic!("{report:?}") };
            assert_eq!((whole.storefront.as_str(), whole.currency.as_str()), ("main", "USD"));
            assert_eq!(whole.moved.net(), units(-till.stands(Kind::TopUpClearing, "main.stripe").await));
            let order: Vec<Option<&str>> = whole.countries.iter().map(|c| c.country.as_deref()).collect();
            assert_eq!(order, [Some("FR"), Some("DE"), None]);
            let germany = of(&report, Some("DE"));
            assert_eq!((germany.months.len(), germany.moved.payments), (12, 2));
            let [november, december] = &germany.months[10..] else { panic!("{germany:?}") };
            assert_eq!((november.moved.paid_in, november.moved.refunded), (units(25), units(0)));
            assert_eq!((december.moved.paid_in, december.moved.refunded), (units(15), units(5)));
            assert_eq!(december.providers["stripe"], december.moved);
            assert_eq!(of(&report, None).moved.net(), units(6), "an unknown country is one of its own");
            let france = of(&report, Some("FR"));
            assert_eq!((france.moved.disputed, france.months[10].moved.disputed), (units(50), units(50)));

            let until = |text: &str| Some(text.parse().unwrap());
            let before = volume.report(until("2026-11"), Some(1)).await.unwrap();
            assert_eq!((before.volumes[0].moved.paid_in, before.volumes[0].moved.refunded), (units(85), units(0)));
            assert_eq!(volume.report(until("2026-10"), None).await.unwrap().volumes, []);
            let first = volume.report(until("1970-02"), None).await.unwrap();
            assert_eq!(first.from.to_string(), "1970-01");
            till.audited().await;
        });
    });
}

#[test]
fn what_is_sent_back_for_vouchers_is_no_refund_of_a_payment() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db.clone(), PaymentSettings::default()).await;
            let topup = till.redeemed("a", 5).await;
            let asked = (Some(units(2)), AskedBy::Listener);
            let (refund, _) = till.payments.refund("a", &topup, asked, "k").await.unwrap();
            till.payments.tick().await.unwrap();
            till.payments.refund_sent_by_hand(&refund.id, "bank-1").await.unwrap();
            let volume = PaymentVolume::new(db, till.payments_clock());
            assert_eq!(volume.report(None, None).await.unwrap().volumes, []);
            till.audited().await;
        });
    });
}
