//! Declaring rights, and what sales make due, on both engines.

use std::time::Duration;

use money::Micros;
use money::ledger::Kind;

use super::*;
use crate::Shop;
use crate::audit::audit;
use crate::db::DbError;
use crate::declared::Refused;
use crate::orders::{Item, OrderState};
use crate::params;
use crate::storefronts::MAIN;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

fn payee(id: &str, kind: PayeeKind) -> Payee {
    let name = format!("Payee {id}");
    let (storefront, currency) = (MAIN.to_owned(), "USD".to_owned());
    Payee { id: id.to_owned(), storefront, name, kind, currency, email: None, party_id: None, ipn: None }
}

fn licence(id: &str, kind: LicenceKind, payee: &str, rate_ppm: u32) -> Licence {
    Licence {
        id: id.to_owned(),
        storefront: MAIN.to_owned(),
        name: String::new(),
        number: String::new(),
        kind,
        payee: payee.to_owned(),
        base: if kind == LicenceKind::Society { Base::Gross } else { Base::Net },
        rate_ppm,
        minimum: Micros::ZERO,
        minimum_when_free: false,
        to_holders: kind == LicenceKind::Direct,
        label: None,
        licensee_party_id: None,
        valid_from: None,
        valid_until: None,
    }
}

fn shares(id: &str, of: ShareScope, holders: &[(&str, u32)]) -> ShareSet {
    let holder = |(payee, share_ppm): &(&str, u32)| Holder { payee: (*payee).to_owned(), share_ppm: *share_ppm };
    ShareSet { id: id.to_owned(), storefront: MAIN.to_owned(), of, holders: holders.iter().map(holder).collect() }
}

async fn put_payees(shop: &Shop, ids: &'static [&'static str]) {
    let put =
        move |tx: &mut crate::db::Tx| ids.iter().try_for_each(|id| payees::put(tx, &payee(id, PayeeKind::Label), 0));
    shop.db.write::<_, Refused>(put).await.unwrap();
}

async fn put_licence(shop: &Shop, licence: Licence) -> Result<(), Refused> {
    shop.db.write(move |tx| licences::put(tx, &licence, 0)).await
}

async fn put_shares(shop: &Shop, set: ShareSet) -> Result<(), Refused> {
    shop.db.write(move |tx| super::shares::put(tx, &set, 0)).await
}

/// Buys a track and returns its line once it is charged.
async fn buy(shop: &Shop, track: &str) -> String {
    buy_as(shop, track, "mp3:cbr:128").await
}

async fn buy_as(shop: &Shop, track: &str, format: &str) -> String {
    let key = shop.clock.new_id();
    let place = shop.orders.place("a", &key, vec![Item::Track(track.into())], format.parse().unwrap());
    let order = place.await.unwrap().order.id;
    for _ in 0..600 {
        let order = shop.orders.get("a", &order).await.unwrap().unwrap();
        if order.state == OrderState::Charged {
            return order.lines[0].id.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the order was not settled within 30 s");
}

/// What a line's entry did: charged, revenue, and what each payee got.
async fn entry(shop: &Shop, line: &str) -> (i64, i64, Vec<(String, i64)>) {
    let line = line.to_owned();
    shop.db
        .read::<_, DbError>(move |tx| {
            let row = tx.row("SELECT charged_micros FROM order_lines WHERE id = $1", params![&line])?.unwrap();
            let postings = tx.rows(
                "SELECT a.kind, a.owner, p.amount_micros FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = e.id
                 JOIN ledger_accounts a ON a.id = p.account_id WHERE e.subject = $1 AND e.kind = 'capture' ORDER BY a.kind, a.owner",
                params![&line],
            )?;
            let of_kind = |kind: Kind| {
                let of = postings.iter().filter(move |row| row.get::<String>(0).unwrap() == kind.name());
                of.map(|row| (row.get::<String>(1).unwrap(), row.get::<i64>(2).unwrap())).collect::<Vec<_>>()
            };
            let revenue = of_kind(Kind::Revenue).iter().map(|(_, amount)| amount).sum();
            Ok((row.get(0)?, revenue, of_kind(Kind::Payable)))
        })
        .await
        .unwrap()
}

async fn open(url: &crate::db::DatabaseUrl) -> (TestShop, Work) {
    let test = TestShop::open(url).await;
    test.shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
    put_payees(&test.shop, &["anna", "boris", "label", "soc", "soc-2"]).await;
    let label = "INSERT INTO labels (id, name, name_key, created_us) VALUES ('lab', 'Northern', 'northern', 0)";
    test.shop.db.write::<_, DbError>(move |tx| tx.execute(label, &[])).await.unwrap();
    let work = Work::start(&test.shop).await.unwrap();
    (test, work)
}

#[test]
fn what_cannot_be_declared_is_refused_with_the_field() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let shop = &test.shop;
            let society = |id: &str, rate| licence(id, LicenceKind::Society, "soc", rate);
            let direct = licence("deal", LicenceKind::Direct, "label", 500_000);
            put_licence(shop, society("first", 150_000)).await.unwrap();
            put_licence(shop, society("first", 160_000)).await.unwrap();
            for (licence, field) in [
                (society("Upper", 1), "id"),
                (society("more", 1_000_001), "rate_ppm"),
                (Licence { payee: "soc-2".into(), ..society("whole", 1_000_000) }, "rate_ppm"),
                (society("again", 1), "payee"),
                (Licence { payee: "nobody".into(), ..society("x", 1) }, "payee"),
                (Licence { minimum: Micros(-1), ..society("x", 1) }, "minimum_micros"),
                (Licence { label: Some("Northern".into()), ..society("x", 1) }, "label"),
                (Licence { label: Some("Nowhere".into()), ..direct.clone() }, "label"),
                (Licence { valid_from: Some("2026-02-30".into()), ..direct.clone() }, "valid_from"),
                (
                    Licence {
                        valid_from: Some("2026-03-01".into()),
                        valid_until: Some("2026-02-28".into()),
                        ..direct.clone()
                    },
                    "valid_until",
                ),
                (Licence { storefront: "elsewhere".into(), ..direct.clone() }, "storefront"),
                (Licence { licensee_party_id: Some("x".into()), ..direct.clone() }, "licensee_party_id"),
            ] {
                let refused = put_licence(shop, licence.clone()).await;
                assert!(
                    matches!(&refused, Err(Refused::Field { field: f, .. }) if f == field),
                    "{licence:?}: {refused:?}"
                );
            }
            for (set, field) in [
                (shares("x", ShareScope::Storefront, &[("anna", 999_999)]), "holders"),
                (shares("x", ShareScope::Storefront, &[]), "holders"),
                (shares("x", ShareScope::Storefront, &[("anna", 500_000), ("nobody", 500_000)]), "holders[1].payee"),
                (shares("x", ShareScope::Track("none".into()), &[("anna", 1_000_000)]), "of"),
                (shares("x", ShareScope::Isrc("USXXX2600001".into()), &[("anna", 1_000_000)]), "of"),
                (shares("x", ShareScope::Isrc("no".into()), &[("anna", 1_000_000)]), "of"),
                (shares("x", ShareScope::Release("none".into()), &[("anna", 1_000_000)]), "of"),
                (shares("x", ShareScope::Label("Nowhere".into()), &[("anna", 1_000_000)]), "label"),
            ] {
                let refused = put_shares(shop, set.clone()).await;
                assert!(matches!(&refused, Err(Refused::Field { field: f, .. }) if f == field), "{set:?}: {refused:?}");
            }
            for (payee, field) in [
                (Payee { currency: "EUR".into(), ..payee("x", PayeeKind::Artist) }, "currency"),
                (Payee { name: " ".into(), ..payee("x", PayeeKind::Artist) }, "name"),
                (Payee { email: Some("nobody@x.example".into()), ..payee("x", PayeeKind::Artist) }, "email"),
                (Payee { party_id: Some("PADPIDA".into()), ..payee("x", PayeeKind::Artist) }, "party_id"),
                (Payee { ipn: Some("12a".into()), ..payee("x", PayeeKind::Artist) }, "ipn"),
                (Payee { storefront: "elsewhere".into(), ..payee("x", PayeeKind::Artist) }, "storefront"),
            ] {
                let refused = shop
                    .db
                    .write({
                        let payee = payee.clone();
                        move |tx| payees::put(tx, &payee, 0)
                    })
                    .await;
                assert!(
                    matches!(&refused, Err(Refused::Field { field: f, .. }) if f == field),
                    "{payee:?}: {refused:?}"
                );
            }
            let kept = shop.db.write(|tx| payees::remove(tx, "soc")).await;
            assert!(matches!(kept, Err(Refused::Conflict { .. })), "a licence pays it");
            work.stop().await;
        });
    });
}

#[test]
fn societies_are_paid_at_capture_within_the_same_entry() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let shop = &test.shop;
            put_licence(shop, licence("one", LicenceKind::Society, "soc", 150_000)).await.unwrap();
            let two = Licence { minimum: Micros(2_000_000), ..licence("two", LicenceKind::Society, "soc-2", 10_000) };
            put_licence(shop, two).await.unwrap();
            let line = buy(shop, "t1").await;
            let (charged, revenue, payables) = entry(shop, &line).await;
            let due = money::price::part(Micros(charged), 150_000, 1_000_000).unwrap().0;
            assert!(charged > 0 && charged < 2_000_000);
            assert_eq!(payables, [("soc".to_owned(), due), ("soc-2".to_owned(), 2_000_000)]);
            assert_eq!(revenue, charged - due - 2_000_000, "the shop bears what the minimum takes");
            let lesser = buy_as(shop, "t1", "opus:cbr:64").await;
            let (charged, _, payables) = entry(shop, &lesser).await;
            let due = |ppm| money::price::part(Micros(charged), ppm, 1_000_000).unwrap().0;
            assert!(charged > 0, "another format of lesser worth is paid in full");
            assert_eq!(
                payables,
                [("soc".to_owned(), due(150_000)), ("soc-2".to_owned(), due(10_000))],
                "no second minimum"
            );
            // Not in force any more.
            for (id, payee) in [("one", "soc"), ("two", "soc-2")] {
                let over = Licence {
                    valid_until: Some("2020-01-01".into()),
                    ..licence(id, LicenceKind::Society, payee, 150_000)
                };
                put_licence(shop, over).await.unwrap();
            }
            let line = buy(shop, "t2").await;
            let (charged, revenue, payables) = entry(shop, &line).await;
            assert_eq!((charged, payables), (revenue, vec![]));
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_direct_deal_goes_before_societies_and_the_closest_shares_split_it() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let shop = &test.shop;
            put_licence(shop, licence("society", LicenceKind::Society, "soc", 150_000)).await.unwrap();
            let deal =
                Licence { label: Some("NORTHERN".into()), ..licence("deal", LicenceKind::Direct, "label", 333_333) };
            put_licence(shop, deal).await.unwrap();
            let line = buy(shop, "t1").await;
            assert_eq!(entry(shop, &line).await.2[0].0, "soc", "the release is of no label yet");
            let to_label = "UPDATE releases SET label_id = 'lab'";
            shop.db.write::<_, DbError>(move |tx| tx.execute(to_label, &[])).await.unwrap();
            let line = buy(shop, "t2").await;
            let (charged, _, payables) = entry(shop, &line).await;
            let due = money::price::part(Micros(charged), 333_333, 1_000_000).unwrap().0;
            assert_eq!(payables, [("label".to_owned(), due)], "without shares the deal's payee has it all");
            put_shares(shop, shares("all", ShareScope::Storefront, &[("label", 1_000_000)])).await.unwrap();
            let both = [("anna", 333_333), ("boris", 666_667)];
            put_shares(shop, shares("t3", ShareScope::Track("t3".into()), &both)).await.unwrap();
            let again = put_shares(shop, shares("t3-again", ShareScope::Track("t3".into()), &both)).await;
            assert!(matches!(again, Err(Refused::Field { field, .. }) if field == "of"));
            let line = buy(shop, "t3").await;
            let (charged, revenue, payables) = entry(shop, &line).await;
            let due = money::price::part(Micros(charged), 333_333, 1_000_000).unwrap();
            let split = money::shares::Shares::new(vec![("anna".into(), 333_333), ("boris".into(), 666_667)]).unwrap();
            let expected: Vec<(String, i64)> =
                split.split(due).into_iter().map(|(who, part)| (who.to_owned(), part.0)).collect();
            assert_eq!(payables, expected);
            assert_eq!(revenue, charged - due.0);
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn a_refund_takes_back_in_proportion_until_nothing_is_due() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let shop = &test.shop;
            put_licence(shop, licence("society", LicenceKind::Society, "soc", 150_000)).await.unwrap();
            let line = buy(shop, "t1").await;
            let (charged, _, payables) = entry(shop, &line).await;
            let back = |gross: i64| {
                let (clock, line) = (shop.clock.clone(), line.clone());
                shop.db.write(move |tx| {
                    reverse(
                        tx,
                        &clock,
                        &Correction { line: &line, gross: Micros(gross), tax: Micros::ZERO, reason: "bad file" },
                    )
                })
            };
            let first = back(charged / 3).await.unwrap().unwrap();
            assert!(back(charged).await.unwrap().is_none(), "more than is left");
            assert!(back(0).await.unwrap().is_none(), "nothing");
            let second = back(charged - charged / 3).await.unwrap().unwrap();
            assert_eq!(first[0].1.0 + second[0].1.0, payables[0].1);
            let (mut differences, sums) = shop.db.read(recompute).await.unwrap();
            assert_eq!((differences.pop(), sums["soc"]), (None, Micros::ZERO));
            // Nobody booked what was taken back: the audit says so.
            work.stop().await;
            let found = audit(shop, |_| ()).await.unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("soc"), "{found:?}");
        });
    });
}
