//! Tax, consents, receipts and reports of bad files, as programs see them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use server::api::operator::apply::apply;
use shop::receipts::verify;

use crate::town::{Person, Town, in_every_town};

const EXACT: &str = "mp3:cbr:128";
const TEXTS: &str = r#"
[[consent-text]]
id = "supply-1"
kind = "immediate_supply"
version = 1
texts = { en = "At once", ru = "Немедленно" }
[[consent-text]]
id = "law-1"
kind = "lawful_country"
version = 1
texts = { en = "I may" }
"#;
const EU: &str = include_str!("../../../../docs/tax-rates-eu.toml");

async fn set(town: &Town, text: &str) {
    apply(&town.shop, text, false).await.unwrap();
}

async fn bought(town: &Town, person: &Person, key: &str) -> Value {
    let placed = person.order(key, json!({ "release": town.album().await }), EXACT).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.text());
    person.settled(placed.json()["id"].as_str().unwrap()).await
}

#[test]
fn without_texts_nothing_is_asked_and_with_them_nothing_is_sold_before() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "10.00").await;
        assert_eq!(ann.get("/api/v1/me/consents").await.json(), json!({ "required": [], "given": [] }));
        set(town, TEXTS).await;
        let item = json!({ "release": town.album().await });
        let refused = ann.order("k", item.clone(), EXACT).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "/problems/consent-required"));
        let asked = refused.json()["consents"].clone();
        assert_eq!(asked, ann.get("/api/v1/me/consents").await.json()["required"]);
        assert_eq!(asked[0]["texts"]["ru"], "Немедленно");
        assert_eq!((&asked[1]["kind"], &asked[1]["country"]), (&json!("lawful_country"), &Value::Null));
        let wallet = ann.get("/api/v1/wallet").await.json();
        assert_eq!((&wallet["balance_micros"], &wallet["held_micros"]), (&json!(10_000_000), &json!(0)));

        for (body, status) in [
            (json!({ "kind": "immediate_supply", "version": 2 }), StatusCode::CONFLICT),
            (json!({ "kind": "everything", "version": 1 }), StatusCode::UNPROCESSABLE_ENTITY),
            (json!({ "kind": "immediate_supply" }), StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            assert_eq!(ann.post("/api/v1/me/consents", &body).await.status, status, "{body}");
        }
        for consent in asked.as_array().unwrap() {
            let body = json!({ "kind": consent["kind"], "version": consent["version"] });
            assert_eq!(ann.post("/api/v1/me/consents", &body).await.status, StatusCode::OK);
        }
        let now = ann.get("/api/v1/me/consents").await.json();
        assert_eq!((now["required"].as_array().unwrap().len(), now["given"].as_array().unwrap().len()), (0, 2));
        assert_eq!(ann.order("k", item.clone(), EXACT).await.status, StatusCode::CREATED);
        // Somebody who says that she is elsewhere is asked again about the law there, and only about that.
        assert_eq!(ann.put("/api/v1/me/billing", &json!({ "country": "FR" })).await.status, StatusCode::OK);
        let refused = ann.order("l", item, EXACT).await.json();
        let asked: Vec<_> =
            refused["consents"].as_array().unwrap().iter().map(|c| (&c["kind"], &c["country"])).collect();
        assert_eq!(asked, [(&json!("lawful_country"), &json!("FR"))]);
        for _ in 0..100 {
            if town.letters().len() == 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(town.letters().len(), 2, "each consent is confirmed by mail");
    });
}

#[test]
fn tax_is_in_the_price_on_the_receipt_and_in_the_ledger() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "10.00").await;
        set(town, EU).await;
        assert!(apply(&town.shop, EU, false).await.unwrap().iter().all(|change| change.is_none()));
        let untaxed = bought(town, &ann, "before").await;
        let paper = ann.get(&format!("/api/v1/orders/{}/receipt", untaxed["id"].as_str().unwrap())).await.json();
        assert_eq!(
            paper["document"]["totals"]["tax_micros"], 0,
            "an unknown country is not taxed until the shop says so"
        );

        let billing = json!({ "country": "FI", "name": "Анна", "address": "Tie 1\nHelsinki", "tax_number": "" });
        assert_eq!(ann.put("/api/v1/me/billing", &billing).await.json(), billing);
        for (field, body) in [
            ("country", json!({ "country": "Suomi" })),
            ("name", json!({ "name": "x".repeat(201) })),
            ("town", json!({ "town": "Helsinki" })),
        ] {
            let refused = ann.put("/api/v1/me/billing", &body).await;
            assert_eq!((refused.status.as_u16(), &refused.json()["field"]), (422, &json!(field)), "{}", refused.text());
        }
        // Somebody else for each order: what is owned once is free.
        let (finn, aino) =
            (town.listener("finn@example.org", "10.00").await, town.listener("aino@example.org", "10.00").await);
        for person in [&finn, &aino] {
            assert_eq!(person.put("/api/v1/me/billing", &billing).await.status, StatusCode::OK);
        }
        let included = bought(town, &finn, "included").await;
        assert_eq!(included["charged_micros"], untaxed["charged_micros"], "the tariff has the tax in it");
        set(town, "[[tax-settings]]\nid = \"main\"\nprices_include_tax = false\nseller_name = \"Shop Ltd\"\n").await;
        let added = bought(town, &aino, "added").await;
        for (buyer, order, is_included) in [(&finn, &included, true), (&aino, &added, false)] {
            let paper = buyer.get(&format!("/api/v1/orders/{}/receipt.json", order["id"].as_str().unwrap())).await;
            let document = &paper.json()["document"];
            let totals = &document["totals"];
            let amount = |name: &str| totals[name].as_i64().unwrap();
            assert_eq!(
                (&document["prices_include_tax"], &document["place"]["country"]),
                (&json!(is_included), &json!("FI"))
            );
            assert_eq!(amount("gross_micros"), order["charged_micros"].as_i64().unwrap());
            assert_eq!(amount("net_micros") + amount("tax_micros"), amount("gross_micros"));
            let list = untaxed["charged_micros"].as_i64().unwrap();
            let net = if is_included { list * 1_000 / 1_255 } else { list };
            assert!((amount("net_micros") - net).abs() <= 3, "{totals}");
            assert!(verify(&paper.body, None).is_ok());
            let typed: wire::SignedReceipt = serde_json::from_slice(&paper.body).unwrap();
            assert_eq!(serde_json::to_value(&typed).unwrap(), paper.json(), "the document describes all of it");
        }
        set(town, "[[tax-settings]]\nid = \"main\"\nunknown_country = \"refuse\"\n").await;
        let bob = town.listener("bob@example.org", "10.00").await;
        let refused = bob.order("k", json!({ "release": town.album().await }), EXACT).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "/problems/country-unknown"));
        town.audited().await;
    });
}

#[test]
fn a_receipt_is_had_as_json_and_as_pdf_by_its_buyer_alone() {
    in_every_town(async |town| {
        let (ann, eve) = (town.listener("ann@example.org", "10.00").await, town.listener("eve@example.org", "0").await);
        let order = bought(town, &ann, "k").await;
        let id = order["id"].as_str().unwrap();
        let keys = town.visitor().get("/api/v1/keys").await.json();
        let key = keys["items"][0]["public_key"].as_str().unwrap().to_owned();
        for (path, mime) in
            [("receipt", "application/json"), ("receipt.json", "application/json"), ("receipt.pdf", "application/pdf")]
        {
            let path = format!("/api/v1/orders/{id}/{path}");
            let paper = ann.get(&path).await;
            assert_eq!((paper.status, paper.header("content-type")), (StatusCode::OK, Some(mime)));
            let genuine = verify(&paper.body, Some(&key)).unwrap();
            assert_eq!(genuine.document["order"]["id"], id);
            assert_eq!(eve.get(&path).await.status, StatusCode::NOT_FOUND);
        }
        let papers = ann.get(&format!("/api/v1/orders/{id}/papers")).await.json();
        let paper = papers["items"][0]["id"].as_str().unwrap();
        for path in [format!("/api/v1/papers/{paper}"), format!("/api/v1/papers/{paper}/pdf")] {
            assert!(verify(&ann.get(&path).await.body, Some(&key)).is_ok());
            assert_eq!(eve.get(&path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(eve.get(&format!("/api/v1/orders/{id}/papers")).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_reported_file_is_checked_without_a_human() {
    in_every_town(async |town| {
        let (ann, eve) = (town.listener("ann@example.org", "10.00").await, town.listener("eve@example.org", "0").await);
        let order = bought(town, &ann, "k").await;
        let line = order["lines"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/downloads/{line}/report");
        assert_eq!(ann.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(eve.post(&path, &json!({})).await.status, StatusCode::NOT_FOUND);
        let taken = ann.post(&path, &json!({})).await;
        assert_eq!((taken.status, &taken.json()["state"]), (StatusCode::ACCEPTED, &json!("checking")));
        for _ in 0..600 {
            let report = ann.get(&path).await.json();
            if report["state"] != "checking" {
                assert_eq!((&report["state"], &report["credited_micros"]), (&json!("fine"), &json!(0)));
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the report was not decided within 30 s");
    });
}
