//! Months from the first sale to the payment, on both engines.

use std::time::Duration;

use money::Micros;

use super::*;
use crate::Shop;
use crate::audit::audit;
use crate::db::{DatabaseUrl, DbError};
use crate::declared::Refused;
use crate::orders::{Item, OrderState};
use crate::rights::{self, Base, Holder, Licence, LicenceKind, Payee, PayeeKind, ShareScope, ShareSet};
use crate::storefronts::MAIN;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

fn words(language: &str) -> Words {
    let word = |text: &str| text.to_owned();
    Words {
        language: language.to_owned(),
        statement: word("Statement"),
        payee: word("For"),
        from: word("From"),
        number: word("Number"),
        closed: word("Closed"),
        brought: word("Brought forward"),
        due: word("Due"),
        owed: word("Owed"),
        recording: word("Recording"),
        label: word("Label"),
        units: word("Units"),
        bytes: word("Bytes"),
        gross: word("Gross"),
        discount: word("Discount"),
        tax: word("Tax"),
        base: word("Base"),
        rate: word("Rate"),
        share: word("Share"),
        sum: word("Sum"),
        note: word("A note."),
    }
}

/// A shop that sells under a society (15 % of gross) and, for one label, a deal of 60 % that two holders share.
async fn open(url: &DatabaseUrl) -> (TestShop, Work) {
    let test = TestShop::open(url).await;
    let shop = &test.shop;
    shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
    let declare = |tx: &mut crate::db::Tx| -> Result<(), Refused> {
        tx.execute(
            "INSERT INTO labels (id, name, name_key, created_us) VALUES ('lab', 'Northern', 'northern', 0)",
            &[],
        )?;
        tx.execute("UPDATE recordings SET isrc = 'QZGRM2600001' WHERE id = 'rec1'", &[])?;
        tx.execute("UPDATE tracks SET composers = 'P. I. Tchaikovsky\nM. I. Tchaikovsky' WHERE id = 't1'", &[])?;
        for (id, kind, party_id) in [
            ("soc", PayeeKind::Society, Some("PADPIDA2026112101A")),
            ("anna", PayeeKind::Artist, None),
            ("northern", PayeeKind::Label, None),
        ] {
            let payee = Payee {
                id: id.into(),
                storefront: MAIN.into(),
                name: format!("{id} & sons, Ltd"),
                kind,
                currency: "USD".into(),
                email: None,
                party_id: party_id.map(str::to_owned),
                ipn: None,
            };
            rights::payees::put(tx, &payee, 0)?;
        }
        let licence = |id: &str, kind, payee: &str, rate_ppm, label: Option<&str>| Licence {
            id: id.into(),
            storefront: MAIN.into(),
            name: String::new(),
            number: String::new(),
            kind,
            payee: payee.into(),
            base: if kind == LicenceKind::Society { Base::Gross } else { Base::Net },
            rate_ppm,
            minimum: Micros(1_000),
            minimum_when_free: false,
            to_holders: kind == LicenceKind::Direct,
            label: label.map(str::to_owned),
            licensee_party_id: Some("PADPIDA2026112102B".into()),
            valid_from: None,
            valid_until: None,
        };
        rights::licences::put(tx, &licence("society", LicenceKind::Society, "soc", 150_000, None), 0)?;
        rights::licences::put(tx, &licence("deal", LicenceKind::Direct, "northern", 600_000, Some("Northern")), 0)?;
        let holder = |payee: &str, share_ppm| Holder { payee: payee.into(), share_ppm };
        let holders = vec![holder("anna", 333_333), holder("northern", 666_667)];
        let of = ShareScope::Label("northern".into());
        rights::shares::put(tx, &ShareSet { id: "northern".into(), storefront: MAIN.into(), of, holders }, 0)
    };
    shop.db.write(declare).await.unwrap();
    let work = Work::start(shop).await.unwrap();
    (test, work)
}

async fn buy(shop: &Shop, track: &str) {
    let key = shop.clock.new_id();
    let place = shop.orders.place("a", &key, vec![Item::Track(track.into())], "mp3:cbr:128".parse().unwrap());
    let order = place.await.unwrap().order.id;
    for _ in 0..600 {
        if shop.orders.get("a", &order).await.unwrap().unwrap().state == OrderState::Charged {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the order was not settled within 30 s");
}

async fn to_label(shop: &Shop) {
    let sql = "UPDATE releases SET label_id = 'lab'";
    shop.db.write::<_, DbError>(move |tx| tx.execute(sql, &[])).await.unwrap();
}

fn this_month(shop: &Shop) -> Period {
    Period::of(shop.clock.now_us()).unwrap()
}

#[test]
fn a_month_is_closed_once_and_what_comes_later_falls_into_the_next() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let (shop, month) = (&test.shop, this_month(&test.shop));
            buy(shop, "t1").await;
            to_label(shop).await;
            buy(shop, "t2").await;
            let trial = shop.royalties.would_close(month, false).await.unwrap();
            assert_eq!(shop.royalties.statements(None, None, None).await.unwrap().items, []);
            let closing = shop.royalties.close(month, false, words).await.unwrap();
            assert!(closing.is_running && !closing.was_closed);
            let dues =
                |closing: &Closing| closing.statements.iter().map(|s| (s.id.clone(), s.due_micros)).collect::<Vec<_>>();
            assert_eq!(dues(&trial), dues(&closing));
            assert_eq!(closing.statements.len(), 3);
            for statement in &closing.statements {
                assert_eq!(statement.files.len(), 3, "{statement:?}");
                let owed = shop.royalties.owed(&statement.payee).await.unwrap();
                assert_eq!(owed.0, statement.due_micros, "the statement is the account's movement");
                let lines = shop.royalties.statement_lines(&statement.id).await.unwrap();
                assert_eq!(lines.iter().map(|line| line.due.0).sum::<i64>(), statement.due_micros);
            }
            let before = papers(shop, &closing).await;
            buy(shop, "t3").await;
            let again = shop.royalties.close(month, false, words).await.unwrap();
            assert!(again.was_closed);
            assert_eq!((dues(&again), papers(shop, &again).await), (dues(&closing), before));
            let early = shop.royalties.close(month.next(), false, words).await;
            assert!(matches!(early, Err(RoyaltyError::NotBegun(_))));
            let next = shop.royalties.close(month.next(), true, words).await.unwrap();
            assert_eq!(next.statements.len(), 2, "only the label's recordings were sold since");
            let anna = &next.statements[0];
            let first = closing.statements.iter().find(|s| s.payee == "anna").unwrap();
            assert_eq!((anna.payee.as_str(), anna.brought_micros), ("anna", first.due_micros));
            let late = shop.royalties.close(month.before(), false, words).await;
            assert!(matches!(late, Err(RoyaltyError::TooLate { .. })));
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

async fn papers(shop: &Shop, closing: &Closing) -> Vec<Made> {
    let mut made = Vec::new();
    for statement in &closing.statements {
        made.extend(shop.royalties.papers(statement).await.unwrap());
    }
    made
}

#[test]
fn the_papers_say_what_was_sold_and_the_dsr_has_the_structure_of_its_profile() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let (shop, month) = (&test.shop, this_month(&test.shop));
            buy(shop, "t1").await;
            buy(shop, "t1").await;
            buy(shop, "t2").await;
            let closing = shop.royalties.close(month, false, words).await.unwrap();
            let made = papers(shop, &closing).await;
            let named = |end: &str| made.iter().find(|paper| paper.name.ends_with(end)).unwrap();
            let csv = String::from_utf8(named(".csv").bytes.to_vec()).unwrap();
            assert_eq!(csv.lines().count(), 3, "{csv}");
            assert!(
                csv.contains("QZGRM2600001,Tone 1,Nobody,,rec1,society,1,"),
                "what is owned is not sold again: {csv}"
            );
            assert!(named(".pdf").bytes.starts_with(b"%PDF-1.7"));
            let dsr = named(".tsv");
            let name: Vec<&str> = dsr.name.split('_').collect();
            assert_eq!(name.len(), 8);
            assert_eq!(
                name[..7],
                [
                    "DSR",
                    "PADPIDA2026112101A",
                    "PADPIDA2026112102B",
                    "Gramovar",
                    &month.to_string(),
                    "Worldwide",
                    "1of1"
                ]
            );
            check_dsr(std::str::from_utf8(&dsr.bytes).unwrap());
            work.stop().await;
        });
    });
}

#[test]
fn the_rows_of_a_dsr_add_up_to_its_totals_after_parts_of_prices_went_back() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let (shop, month) = (&test.shop, this_month(&test.shop));
            for track in ["t1", "t2", "t3"] {
                buy(shop, track).await;
            }
            let sales = shop.royalties.sales((0, i64::MAX), None, None).await.unwrap().items;
            let line = |n: usize| sales[n].id.clone();
            // A part twice, a part and then the rest, all at once; and once more a part after the month was closed.
            let give = async |key: &str, n: usize, amount: Option<i64>| {
                shop.refunds.refund(key, &line(n), amount.map(Micros), "").await.unwrap();
            };
            give("k1", 0, Some(101)).await;
            give("k2", 0, Some(7)).await;
            give("k3", 1, Some(50)).await;
            give("k4", 1, None).await;
            give("k5", 2, None).await;
            let dsr = async |month: Period, early: bool| {
                let closing = shop.royalties.close(month, early, words).await.unwrap();
                let made = papers(shop, &closing).await;
                let one = made.iter().find(|paper| paper.name.ends_with(".tsv")).unwrap();
                String::from_utf8(one.bytes.to_vec()).unwrap()
            };
            let text = dsr(month, false).await;
            check_dsr(&text);
            let left = sales[0].gross.0 - sales[0].tax.0 - 108;
            let total = |text: &str| {
                text.lines().find(|l| l.starts_with("SY01.01")).unwrap().split('\t').nth(11).unwrap().to_owned()
            };
            assert_eq!(total(&text), Micros(left).to_string());
            give("k6", 0, Some(100)).await;
            let text = dsr(month.next(), true).await;
            assert_eq!(total(&text), "-0.0001");
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

/// Structure of the Basic Audio Profile 1.2 as its published schema has it.
fn check_dsr(text: &str) {
    let records: Vec<Vec<&str>> =
        text.strip_suffix('\n').unwrap().split('\n').map(|l| l.split('\t').collect()).collect();
    for record in &records {
        let cells = dsr::CELLS.iter().find(|(kind, _)| *kind == record[0]);
        assert_eq!(cells.map(|(_, cells)| cells + 1), Some(record.len()), "{record:?}");
    }
    let kinds: Vec<&str> = records.iter().map(|record| record[0]).collect();
    let (head, foot) = (&records[0], records.last().unwrap());
    assert_eq!((kinds[0], foot[0]), ("HEAD", "FOOT"));
    assert_eq!(head[2..4], ["BasicAudioProfile", "1.2"]);
    assert!(head[10].starts_with("PADPIDA") && !head[12].contains([' ', '_']));
    let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
    assert_eq!(
        foot[1..],
        [records.len(), records.len(), count("SY01.01"), count("AS02.02"), count("AS02.02")].map(|n| n.to_string())
    );
    let summaries: Vec<_> = records.iter().filter(|r| r[0] == "SY01.01").collect();
    assert!(kinds[1..=summaries.len()].iter().all(|kind| *kind == "SY01.01"), "summaries follow the head");
    let mut block = "";
    for record in records.iter().filter(|r| ["AS02.02", "SU01"].contains(&r[0])) {
        if record[0] == "AS02.02" {
            assert_ne!(record[1], block, "each block has one recording");
            block = record[1];
            let isrc = record[4];
            assert!(isrc.is_empty() || isrc.len() == 12, "{isrc}");
            assert!(isrc.is_empty() || record[12] == "P. I. Tchaikovsky|M. I. Tchaikovsky", "{record:?}");
            assert!(!record[5].is_empty() && !record[7].is_empty() && record[9].starts_with("PT"));
            assert_eq!(record[10], "SoundRecording");
        } else {
            assert_eq!(record[1], block, "a sale follows its recording");
            assert!(record[4].is_empty() != record[5].is_empty(), "a release or a resource, not both");
            assert!(summaries.iter().any(|summary| summary[1] == record[2]));
            assert!(
                Micros::parse(record[10], 6).is_ok()
                    && record[8].parse::<u64>().is_ok()
                    && record[9].parse::<u64>().is_ok()
            );
        }
    }
    for summary in summaries {
        let of = records.iter().filter(|r| r[0] == "SU01" && r[2] == summary[1]);
        let (usages, net) = of.fold((0, 0), |(usages, net), sale| {
            let sold: i64 = sale[8].parse().unwrap();
            let returned: i64 = sale[9].parse().unwrap();
            (usages + sold, net + (sold - returned) * Micros::parse(sale[10], 6).unwrap().0)
        });
        assert_eq!((summary[8], summary[11]), (usages.to_string().as_str(), Micros(net).to_string().as_str()));
        assert_eq!(summary[4..6], ["PayAsYouGoModel", "PermanentDownload"]);
    }
}

#[test]
fn every_sale_is_listed_with_what_a_statement_is_made_of() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let (shop, month) = (&test.shop, this_month(&test.shop));
            for track in ["t1", "t2", "t3"] {
                buy(shop, track).await;
            }
            let whole = (0, i64::MAX);
            let first = shop.royalties.sales(whole, None, Some(1)).await.unwrap();
            let line = first.items[0].clone();
            let (clock, id) = (shop.clock.clone(), line.id.clone());
            let gross = Micros(line.gross.0 / 2);
            let back = shop.db.write(move |tx| {
                rights::reverse(tx, &clock, &rights::Correction { line: &id, gross, tax: Micros::ZERO, reason: "half" })
            });
            back.await.unwrap().unwrap();
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let page = shop.royalties.sales(whole, after, Some(2)).await.unwrap();
                all.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(all.len(), 4);
            let correction = all.iter().find(|sale| sale.corrects.is_some()).unwrap();
            assert_eq!((correction.corrects.as_ref(), correction.gross.0), (Some(&line.id), -gross.0));
            assert!(correction.dues[0].due_micros < 0);
            for sale in all.iter().filter(|sale| sale.corrects.is_none()) {
                let due = money::price::part(sale.gross, 150_000, 1_000_000).unwrap().max(Micros(1_000));
                assert_eq!(sale.dues.iter().map(|row| row.due_micros).collect::<Vec<_>>(), [due.0]);
                assert_eq!(sale.credit.promotional, sale.gross, "the shop gave the credit, and bears it");
            }
            let csv = sales_csv(&all, true);
            assert_eq!(csv.lines().count(), 5);
            assert!(csv.lines().all(|line| line.split(',').count() == 39), "{csv}");
            let none = shop.royalties.sales((0, month.begins_us()), None, None).await.unwrap();
            assert_eq!(none.items, []);
            work.stop().await;
        });
    });
}

#[test]
fn never_more_is_paid_than_is_owed() {
    on_both_engines(|_, url| {
        block_on(async {
            let (test, work) = open(&url).await;
            let (shop, month) = (&test.shop, this_month(&test.shop));
            buy(shop, "t1").await;
            let royalties = &shop.royalties;
            assert!(matches!(royalties.pay("k0", "soc", None, "").await, Err(RoyaltyError::NothingOwed)));
            let closing = royalties.close(month, false, words).await.unwrap();
            let due = closing.statements[0].due_micros;
            for (amount, payee) in [(due + 1, "soc"), (0, "soc"), (-1, "soc"), (1, "anna"), (1, "nobody")] {
                assert!(royalties.pay("k1", payee, Some(Micros(amount)), "").await.is_err(), "{amount} to {payee}");
            }
            let pays = (0..4).map(|n| {
                let key = format!("race-{n}");
                async move { royalties.pay(&key, "soc", Some(Micros(due - 1)), "SEPA 1").await }
            });
            let paid = futures_util::future::join_all(pays).await;
            assert_eq!(paid.iter().filter(|paid| paid.is_ok()).count(), 1);
            let rest = royalties.pay("k2", "soc", None, "SEPA 2").await.unwrap();
            assert_eq!((rest.payout.amount_micros, rest.repeated), (1, false));
            assert!(royalties.pay("k2", "soc", None, "SEPA 2").await.unwrap().repeated);
            assert!(matches!(royalties.pay("k2", "soc", Some(Micros(5)), "").await, Err(RoyaltyError::KeyReused)));
            assert_eq!(royalties.owed("soc").await.unwrap(), Micros::ZERO);
            assert_eq!(royalties.payouts(Some("soc".into()), None, None).await.unwrap().items.len(), 2);
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}
