//! What papers say, how they are numbered, and who can forge them.

use std::time::Duration;

use super::*;
use crate::orders::{Item, OrderState};
use crate::test_support::{TestShop, block_on, on_both_engines, open_shop};
use crate::work::Work;
use crate::{Shop, tax};

/// 2026-12-31, a minute before midnight, UTC.
const NEW_YEARS_EVE_US: i64 = 1_798_761_540_000_000;

async fn bought(shop: &Shop, key: &str, tracks: &[&str]) -> String {
    bought_by(shop, "a", key, tracks).await
}

async fn bought_by(shop: &Shop, user: &str, key: &str, tracks: &[&str]) -> String {
    let items = tracks.iter().map(|track| Item::Track((*track).into())).collect();
    let placed = shop.orders.place(user, key, items, "wav:pcm:16".parse().unwrap()).await.unwrap();
    for _ in 0..600 {
        if shop.orders.get(user, &placed.order.id).await.unwrap().unwrap().state != OrderState::Held {
            return placed.order.id;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the order was not settled within 12 s");
}

async fn declare_tax(shop: &Shop) {
    let rate = tax::TaxRate {
        id: "de".into(),
        storefront: "main".into(),
        country: "DE".into(),
        from_day: "2021-01-01".into(),
        rate_ppm: 190_000,
        note: String::new(),
    };
    shop.db.write(move |tx| tax::rates::put(tx, &rate, 0)).await.unwrap();
    let buyer =
        tax::Billing { country: Some("DE".into()), name: "Анна Берг".into(), ..tax::Billing::default() };
    shop.taxes.set_billing("a", buyer).await.unwrap();
}

fn document(paper: &Paper) -> Value {
    serde_json::from_str(&paper.document).unwrap()
}

#[test]
fn a_receipt_tells_what_was_bought_then_and_not_what_became_of_it() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            declare_tax(shop).await;
            let work = Work::start(shop).await.unwrap();
            let order = bought(shop, "k", &["t1", "t2"]).await;
            work.stop().await;
            let told = shop.orders.get("a", &order).await.unwrap().unwrap();
            shop.db
                .write::<_, DbError>(|tx| {
                    tx.execute("UPDATE tracks SET title = 'Renamed'", &[])?;
                    tx.execute("UPDATE renditions SET payload_sha256 = 'by a newer encoder'", &[])?;
                    tx.execute("UPDATE tax_rates SET rate_ppm = 0", &[])
                })
                .await
                .unwrap();
            let paper = shop.receipts.of_order("a", &order).await.unwrap();
            assert_eq!(paper, shop.receipts.of_order("a", &order).await.unwrap(), "it is sealed once");
            let said = document(&paper);
            assert_eq!(
                (&said["form"], &said["kind"], &said["order"]["id"]),
                (&json!(FORM), &json!("receipt"), &json!(order))
            );
            assert_eq!(said["buyer"]["name"], "Анна Берг");
            assert_eq!((&said["place"]["country"], &said["place"]["stated_country"]), (&json!("DE"), &json!("DE")));
            let lines = said["lines"].as_array().unwrap();
            assert_eq!(lines.len(), 2);
            for (line, known) in lines.iter().zip(&told.lines) {
                assert_eq!((&line["title"], &line["bytes"]), (&json!(known.title), &json!(known.bytes)));
                assert_eq!(line["payload_sha256"].as_str(), known.payload_sha256.as_deref());
                assert_eq!((&line["gross_micros"], &line["tax_ppm"]), (&json!(known.charged_micros), &json!(190_000)));
                let (net, tax) = (line["net_micros"].as_i64().unwrap(), line["tax_micros"].as_i64().unwrap());
                assert!(tax > 0 && net + tax == known.charged_micros && (net * 19 / 100 - tax).abs() <= 1);
            }
            assert_eq!(said["totals"]["gross_micros"], told.charged_micros);
            assert_eq!(said["paid_with"]["promotional_micros"], told.charged_micros);
            assert!(
                matches!(shop.receipts.of_order("b", &order).await, Err(ReceiptError::Unknown)),
                "it is hers alone"
            );
            let changed = shop.db.write::<_, DbError>(|tx| tx.execute("UPDATE receipts SET serial = 9", &[])).await;
            assert!(changed.is_err(), "the database keeps papers as they are");
        });
    });
}

#[test]
fn a_paper_is_checked_without_the_shop_and_no_letter_of_it_can_be_changed() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let order = bought(shop, "k", &["t1"]).await;
            work.stop().await;
            let paper = shop.receipts.of_order("a", &order).await.unwrap();
            let (text, key) = (paper.envelope(), shop.signing.public_keys().await.unwrap()[0].public_key.clone());
            let genuine = verify(text.as_bytes(), Some(&key)).unwrap();
            assert_eq!((&genuine.document, &genuine.public_key), (&document(&paper), &key));
            let laid_out: Value = serde_json::from_str(&text).unwrap();
            let laid_out = serde_json::to_string_pretty(&laid_out).unwrap();
            assert!(verify(laid_out.as_bytes(), None).is_ok(), "spaces and line breaks mean nothing");
            for (from, to) in [("\"bytes\":", "\"bytes\":1"), ("Tone 1", "Tone 2"), ("\"receipt\"", "\"credit_note\"")]
            {
                let forged = text.replacen(from, to, 1);
                assert_ne!(forged, text, "{from}");
                assert_eq!(verify(forged.as_bytes(), None), Err(NotGenuine::Changed), "{from}");
            }
            assert_eq!(verify(text.as_bytes(), Some(&"ab".repeat(32))), Err(NotGenuine::OtherKey(key.clone())));
            shop.signing.replace().await.unwrap();
            assert!(verify(text.as_bytes(), Some(&key)).is_ok(), "another key makes no old receipt false");

            let about = pdf::About { title: "Receipt", author: "Shop", language: "en", made_us: 0 };
            let mut printed = pdf::Paper::new(&about).unwrap();
            printed.attach("receipt.json", "application/json", text.clone().into_bytes());
            assert!(verify(&printed.finish().unwrap(), Some(&key)).is_ok());
            let bare = pdf::Paper::new(&about).unwrap().finish().unwrap();
            assert_eq!(verify(&bare, None), Err(NotGenuine::NothingAttached));
            for nonsense in ["", "{}", "[]", "{\"document\":{\"form\":\"gramovar-receipt-1\"}}", "\u{1}"] {
                assert!(matches!(verify(nonsense.as_bytes(), None), Err(NotGenuine::NoReceipt(_))), "{nonsense}");
            }
        });
    });
}

#[test]
fn numbers_have_no_gaps_whoever_seals_and_whatever_breaks() {
    on_both_engines(|_, url| {
        block_on(async {
            const ORDERS: usize = 12;
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(100_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            bought(shop, "first", &["t1"]).await;
            work.stop().await;
            let mut orders = Vec::new();
            for n in 0..ORDERS {
                // The file is there, so the order is charged at once.
                orders.push(bought(shop, &format!("k{n}"), &["t1"]).await);
            }
            let folder = tempfile::tempdir().unwrap();
            let other = open_shop(&url, folder.path()).await;
            // A transaction that seals and then breaks takes its number back.
            let broken = orders[0].clone();
            let clock = shop.clock.clone();
            let lost = shop.db.write::<(), _>(move |tx| {
                seal(tx, &clock, &broken)?;
                Err(DbError::Failed("the lights went out".into()))
            });
            assert!(lost.await.is_err());
            let asked = orders.iter().flat_map(|order| {
                [shop, &other].map(|shop| async { shop.receipts.of_order("a", order).await.unwrap().number })
            });
            let swept = async { (shop.receipts.seal_due().await.unwrap(), other.receipts.seal_due().await.unwrap()) };
            let (asked, _) = tokio::join!(futures_util::future::join_all(asked), swept);
            while shop.receipts.seal_due().await.unwrap() > 0 {}
            let mut asked = asked;
            asked.sort_unstable();
            asked.dedup();
            assert_eq!(asked.len(), ORDERS, "each order has one receipt");
            let rows = shop.db.read::<_, DbError>(|tx| tx.rows("SELECT serial FROM receipts ORDER BY serial", &[]));
            let serials: Vec<i64> = rows.await.unwrap().iter().map(|row| row.get(0).unwrap()).collect();
            assert_eq!(serials, (1..=ORDERS as i64 + 1).collect::<Vec<_>>());
        });
    });
}

#[test]
fn each_year_begins_with_one_and_credit_notes_have_a_series_of_their_own() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            shop.wallet.credit("b", Micros(10_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            // Every file is made for somebody else, so that orders are decided at once and nobody seals receipts meanwhile.
            bought_by(shop, "b", "x", &["t1", "t2", "t3"]).await;
            work.stop().await;
            let new = bought(shop, "y", &["t2"]).await;
            let another = bought(shop, "z", &["t3"]).await;
            let (clock, hand) = Clock::by_hand(NEW_YEARS_EVE_US);
            let receipts = Receipts::new(shop.db.clone(), clock);
            let before = receipts.of_order("a", &new).await.unwrap().number;
            hand.advance(Duration::from_secs(120));
            let after = receipts.of_order("a", &another).await.unwrap().number;
            assert!(before.starts_with("2026-"), "{before}");
            assert_eq!(after, "2027-000001");

            let line = shop.orders.get("a", &another).await.unwrap().unwrap().lines.remove(0);
            let entry =
                shop.db.read::<_, DbError>(|tx| tx.row("SELECT max(id) FROM ledger_entries", &[])).await.unwrap();
            let entry: String = entry.unwrap().get(0).unwrap();
            let back = TakenBack {
                line_id: line.id.clone(),
                gross: Micros(line.charged_micros),
                tax: Micros(0),
                promotional: Micros(line.charged_micros),
                voucher: Micros(0),
                reason: "the file was bad".into(),
            };
            let clock = shop.clock.clone();
            shop.db.write(move |tx| take_back(tx, &clock, &entry, &back)).await.unwrap();
            receipts.seal_due().await.unwrap();
            receipts.seal_due().await.unwrap();
            let papers = receipts.list("a", &another).await.unwrap();
            let told: Vec<_> = papers.iter().map(|paper| (paper.kind.as_str(), paper.number.as_str())).collect();
            assert_eq!(told, [("receipt", "2027-000001"), ("credit_note", "C2027-000001")]);
            let note = document(&papers[1]);
            assert_eq!((&note["corrects"], &note["reason"]), (&json!("2027-000001"), &json!("the file was bad")));
            assert_eq!(note["totals"]["gross_micros"], line.charged_micros);
            assert_eq!(receipts.get("a", &papers[1].id).await.unwrap().as_ref(), Some(&papers[1]));
            assert_eq!(receipts.get("b", &papers[1].id).await.unwrap(), None);

            let wrong = |sql: &'static str| async move {
                let engine = shop.db.read::<_, DbError>(|tx| Ok(tx.engine())).await.unwrap();
                let (off, on) = match engine {
                    crate::db::Engine::Sqlite => ("DROP TRIGGER receipts_no_delete", "SELECT 1"),
                    crate::db::Engine::Postgres => {
                        ("ALTER TABLE receipts DISABLE TRIGGER USER", "ALTER TABLE receipts ENABLE TRIGGER USER")
                    }
                };
                shop.db
                    .write::<_, DbError>(move |tx| {
                        tx.execute(off, &[])?;
                        tx.execute(sql, &[])?;
                        if on == "SELECT 1" { Ok(0) } else { tx.execute(on, &[]) }
                    })
                    .await
                    .unwrap();
                shop.db.read(differences).await.unwrap()
            };
            assert_eq!(shop.db.read(differences).await.unwrap(), Vec::<String>::new());
            let gone = wrong("DELETE FROM receipts WHERE kind = 'credit_note'").await;
            assert_eq!(gone, ["main credit_note 2027-000001 is missing"]);
        });
    });
}

#[test]
fn one_document_has_one_text() {
    let one: Value = serde_json::from_str(r#"{ "b": [1, {"d": null, "c": "ё\n"}], "a": true }"#).unwrap();
    assert_eq!(canonical(&one), r#"{"a":true,"b":[1,{"c":"ё\n","d":null}]}"#);
}
