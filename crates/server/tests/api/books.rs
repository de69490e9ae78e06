//! The operator's books from outside: payment volume, the trial balance.

use axum::http::StatusCode;
use serde_json::{Value, json};
use server::api::operator::apply::apply;
use shop::receipts::verify;

use crate::operator::operator;
use crate::town::in_every_town;

#[test]
fn payment_volume_tells_what_came_in_and_what_was_spent_by_country() {
    in_every_town(async |town| {
        let (operator, anna) = (operator(town).await, town.listener("anna@example.org", "20.00").await);
        let path = "/api/v1/operator/payment-volume";
        assert_eq!(anna.get(path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(operator.get(path).await.json()["volumes"], json!([]), "a voucher is no payment");
        for (query, field) in
            [("until=soon", "until"), ("until=2026-13", "until"), ("months=0", "months"), ("months=61", "months")]
        {
            let refused = operator.get(&format!("{path}?{query}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert_eq!(refused.json()["field"], field, "{query}");
        }
        let rules =
            json!({ "menu_micros": [25_000_000], "transfer_details": "IBAN", "ways": [{ "provider": "transfer" }] });
        let put = operator.put("/api/v1/operator/topup-rules/main", &rules).await;
        assert!(put.status.is_success(), "{}", put.text());
        let headers = [("content-type", "application/json"), ("idempotency-key", "t")];
        let wanted = json!({ "provider": "transfer", "amount_micros": 25_000_000 }).to_string();
        let topup = anna.ask("POST", "/api/v1/topups", &headers, Some(wanted)).await.json();
        let confirm = format!("/api/v1/operator/transfers/{}/confirm", topup["id"].as_str().unwrap());
        let arrived = json!({ "received_micros": 25_000_000, "payment_ref": "bank 1" });
        let confirmed = operator.post(&confirm, &arrived).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text());
        assert_eq!(anna.put("/api/v1/me/billing", &json!({ "country": "FI" })).await.status, StatusCode::OK);
        let placed = anna.order("k", json!({ "release": town.album().await }), "wav:pcm:16").await;
        let order = anna.settled(placed.json()["id"].as_str().unwrap()).await;

        let report = operator.get(path).await.json();
        let [volume] = report["volumes"].as_array().unwrap().as_slice() else { panic!("{report}") };
        assert_eq!((&volume["paid_in_micros"], &volume["net_micros"]), (&json!(25_000_000), &json!(25_000_000)));
        assert_eq!(volume["spent_micros"], order["charged_micros"]);
        let by: Vec<(&Value, &Value, &Value)> = volume["countries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (&c["country"], &c["paid_in_micros"], &c["spent_micros"]))
            .collect();
        let (none, zero) = (Value::Null, json!(0));
        assert_eq!(by, [(&none, &json!(25_000_000), &zero), (&json!("FI"), &zero, &order["charged_micros"])]);
        let months = volume["countries"][0]["months"].as_array().unwrap();
        assert_eq!((months.len(), &months[11]["month"]), (12, &report["until"]));
        assert_eq!(months[11]["providers"][0]["provider"], "transfer");
        town.audited().await;
    });
}

#[test]
fn the_trial_balance_names_every_account_and_sums_to_zero() {
    in_every_town(async |town| {
        let operator = operator(town).await;
        let path = "/api/v1/operator/ledger";
        assert_eq!(operator.get(path).await.json(), json!({ "at": null, "trials": [] }));
        let payees = [("rights-society", "society", "The Society"), ("anna", "artist", "Анна")];
        for (id, kind, name) in payees {
            let put = operator
                .put(
                    &format!("/api/v1/operator/payees/{id}"),
                    &json!({ "name": name, "kind": kind, "currency": "USD" }),
                )
                .await;
            assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
        }
        for (id, payee, rate_ppm, pays) in
            [("one", "rights-society", 150_000, "payee"), ("two", "anna", 20_000, "holders")]
        {
            let licence = json!({ "kind": "society", "payee": payee, "rate_ppm": rate_ppm, "pays": pays });
            let put = operator.put(&format!("/api/v1/operator/licences/{id}"), &licence).await;
            assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
        }
        let ann = town.listener("ann@example.org", "20.00").await;
        let placed = ann.order("k", json!({ "release": town.album().await }), "wav:pcm:16").await;
        let order = ann.settled(placed.json()["id"].as_str().unwrap()).await;
        let charged = order["charged_micros"].as_i64().unwrap();

        let ledger = operator.get(path).await.json();
        let [trial] = ledger["trials"].as_array().unwrap().as_slice() else { panic!("{ledger}") };
        assert_eq!((&trial["storefront"], &trial["sum_micros"]), (&json!("main"), &json!(0)));
        let lines = trial["lines"].as_array().unwrap();
        let of = |kind: &str, owner: &str| {
            let found = lines.iter().find(|line| line["kind"] == kind && (owner.is_empty() || line["owner"] == owner));
            found.unwrap_or_else(|| panic!("{kind} {owner}: {trial}"))
        };
        assert_eq!(of("voucher", "")["balance_micros"], json!(20_000_000 - charged));
        let (society, artist) = (of("payable", "rights-society"), of("payable", "anna"));
        assert_eq!((&society["payee_name"], &society["payee_kind"]), (&json!("The Society"), &json!("society")));
        let due = society["balance_micros"].as_i64().unwrap() + artist["balance_micros"].as_i64().unwrap();
        assert_eq!(of("revenue", "main")["balance_micros"], json!(charged - due));

        let before = operator.get(&format!("{path}?at=2020-01-01")).await.json();
        assert_eq!((&before["at"], &before["trials"]), (&json!("2020-01-01T00:00:00Z"), &json!([])));
        assert_eq!(operator.get(&format!("{path}?storefront=none")).await.json()["trials"], json!([]));
        assert_eq!(operator.get(&format!("{path}?currency=EUR")).await.json()["trials"], json!([]));
        for (query, field) in [("at=soon", "at"), ("currency=usd", "currency")] {
            let refused = operator.get(&format!("{path}?{query}")).await;
            assert_eq!((refused.status, &refused.json()["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
        }
        town.audited().await;
    });
}

#[test]
fn a_refund_of_a_line_goes_back_once_and_its_buyer_gets_a_credit_note() {
    in_every_town(async |town| {
        let (operator, ann) = (operator(town).await, town.listener("ann@example.org", "20.00").await);
        let placed = ann.order("k", json!({ "release": town.album().await }), "wav:pcm:16").await;
        let order = ann.settled(placed.json()["id"].as_str().unwrap()).await;
        let line = &order["lines"][0];
        let path = format!("/api/v1/operator/sales/{}/refund", line["id"].as_str().unwrap());
        let refund = async |key: &str, body: Value| {
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            operator.ask("POST", &path, &headers, Some(body.to_string())).await
        };
        let part = json!({ "amount_micros": 1_000, "reason": "scratched" });
        assert_eq!(operator.post(&path, &part).await.problem(), "/problems/idempotency-key-missing");
        assert_eq!(refund(&"k".repeat(201), part.clone()).await.problem(), "/problems/idempotency-key-too-long");
        let first = refund("a", part.clone()).await;
        assert_eq!((first.status, &first.json()["voucher_micros"]), (StatusCode::CREATED, &json!(1_000)));
        let again = refund("a", part).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()));
        assert_eq!(refund("a", json!({})).await.status, StatusCode::OK, "all, or what it was");
        assert_eq!(refund("a", json!({ "amount_micros": 2 })).await.problem(), "/problems/idempotency-key-reused");
        let charged = line["charged_micros"].as_i64().unwrap();
        let much = refund("b", json!({ "amount_micros": charged })).await;
        assert_eq!((much.status, &much.json()["field"]), (StatusCode::CONFLICT, &json!("amount_micros")));
        assert_eq!(refund("b", json!({ "reason": "x".repeat(201) })).await.json()["field"], "reason");

        let papers = format!("/api/v1/orders/{}/papers", order["id"].as_str().unwrap());
        let mut notes = Vec::new();
        for _ in 0..200 {
            let listed = ann.get(&papers).await.json();
            notes =
                listed["items"].as_array().unwrap().iter().filter(|p| p["kind"] == "credit_note").cloned().collect();
            if !notes.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let [note] = notes.as_slice() else { panic!("{notes:?}") };
        let paper = ann.get(&format!("/api/v1/papers/{}", note["id"].as_str().unwrap())).await;
        let document = verify(&paper.body, None).unwrap().document;
        assert_eq!((&document["totals"]["gross_micros"], &document["reason"]), (&json!(1_000), &json!("scratched")));
        assert!(document["corrects"].as_str().is_some_and(|number| number.ends_with("-000001")), "{document}");
        let entry = &ann.get("/api/v1/wallet/entries").await.json()["items"][0];
        assert_eq!(
            (&entry["kind"], &entry["subject"], &entry["amount_micros"]),
            (&json!("refund"), &line["id"], &json!(1_000))
        );
        town.audited().await;
    });
}

#[test]
fn a_voucher_for_a_release_asks_for_consents_and_takes_the_buyers_country() {
    in_every_town(async |town| {
        let (operator, ann) = (operator(town).await, town.listener("ann@example.org", "0").await);
        let album = town.album().await;
        let texts = "[[consent-text]]\nid = \"supply-1\"\nkind = \"immediate_supply\"\nversion = 1\ntexts = { en = \"At once\" }\n\
                     [[tax-rate]]\nid = \"fi\"\ncountry = \"FI\"\nfrom = \"2020-01-01\"\nrate_ppm = 255000\n\
                     [[tax-settings]]\nid = \"main\"\nunknown_country = \"refuse\"\n";
        apply(&town.shop, texts, false).await.unwrap();
        let batch = json!({ "sort": "release", "release_id": album, "value_micros": 10_000_000, "count": 1 });
        let put = operator.put("/api/v1/operator/voucher-batches/album", &batch).await;
        assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
        let codes = operator.post("/api/v1/operator/voucher-batches/album/codes", &json!({})).await.json();
        let code = codes["codes"][0]["code"].as_str().unwrap().to_owned();
        let redeem = json!({ "code": code, "format": "mp3:cbr:128" });
        let refused = ann.post("/api/v1/vouchers/redeem", &redeem).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "/problems/country-unknown"));
        assert_eq!(ann.put("/api/v1/me/billing", &json!({ "country": "FI" })).await.status, StatusCode::OK);
        let refused = ann.post("/api/v1/vouchers/redeem", &redeem).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "/problems/consent-required"));
        assert_eq!(refused.json()["consents"][0]["kind"], "immediate_supply");
        let agreed = ann.post("/api/v1/me/consents", &json!({ "kind": "immediate_supply", "version": 1 })).await;
        assert_eq!(agreed.status, StatusCode::OK);
        // The quote of somebody who said where she is has her tax in it, that of a visitor has none.
        let wish = json!({ "items": [{ "release": album }], "format": "mp3:cbr:128" });
        let quote = async |person: &crate::town::Person| person.post("/api/v1/quotes", &wish).await.json();
        let taxed = |quote: &Value| quote["lines"][0]["reasons"].as_array().unwrap().iter().any(|r| r["kind"] == "tax");
        assert_eq!((taxed(&quote(&ann).await), taxed(&quote(&town.visitor()).await)), (true, false));
        let redeemed = ann.post("/api/v1/vouchers/redeem", &redeem).await;
        assert_eq!(redeemed.status, StatusCode::OK, "{}", redeemed.text());
        let order = ann.settled(redeemed.json()["order"].as_str().unwrap()).await;
        let receipt = ann.get(&format!("/api/v1/orders/{}/receipt", order["id"].as_str().unwrap())).await.json();
        assert_eq!(receipt["document"]["place"]["country"], "FI");
        town.audited().await;
    });
}

#[test]
fn a_list_goes_on_only_where_one_of_its_pages_said() {
    in_every_town(async |town| {
        let (operator, ann) = (operator(town).await, town.listener("ann@example.org", "20.00").await);
        let placed = ann.order("k", json!({ "release": town.album().await }), "wav:pcm:16").await;
        ann.settled(placed.json()["id"].as_str().unwrap()).await;
        for path in ["/orders", "/downloads", "/wallet/entries", "/topups", "/gifts", "/refunds"] {
            let refused = ann.get(&format!("/api/v1{path}?after=nonsense")).await;
            assert_eq!(
                (refused.status, &refused.json()["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!("after")),
                "{path}"
            );
        }
        for path in ["/operator/sales", "/operator/payouts", "/operator/transfers", "/operator/refunds"] {
            let refused = operator.get(&format!("/api/v1{path}?after=nonsense")).await;
            assert_eq!(
                (refused.status, &refused.json()["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!("after")),
                "{path}"
            );
        }
        for path in ["/downloads", "/wallet/entries"] {
            let (mut after, mut seen) = (String::new(), 0);
            loop {
                let page = ann.get(&format!("/api/v1{path}?limit=1{after}")).await.json();
                seen += page["items"].as_array().unwrap().len();
                match page["next"].as_str() {
                    Some(next) => after = format!("&after={next}"),
                    None => break,
                }
            }
            assert_eq!(
                seen,
                ann.get(&format!("/api/v1{path}")).await.json()["items"].as_array().unwrap().len(),
                "{path}"
            );
        }
    });
}
