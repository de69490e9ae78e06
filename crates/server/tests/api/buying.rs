//! Money: vouchers, prices, orders.

use axum::http::StatusCode;
use serde_json::json;

use crate::town::{TRACKS, in_every_town};

const EXACT: &str = "mp3:cbr:128";

#[test]
fn a_voucher_works_once() {
    in_every_town(async |town| {
        let (ann, bob) = (town.listener("ann@example.org", "0").await, town.listener("bob@example.org", "0").await);
        let code = json!({ "code": town.voucher("10.00").await });
        let first = ann.post("/api/v1/vouchers/redeem", &code).await.json();
        assert_eq!((&first["amount_micros"], &first["balance_micros"]), (&json!(10_000_000), &json!(10_000_000)));
        for person in [&ann, &bob] {
            let again = person.post("/api/v1/vouchers/redeem", &code).await;
            assert_eq!((again.status, again.problem().as_str()), (StatusCode::CONFLICT, "/problems/voucher-used"));
        }
        let unknown = bob.post("/api/v1/vouchers/redeem", &json!({ "code": "no such code" })).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert_eq!(bob.get("/api/v1/wallet").await.json()["balance_micros"], 0);
        assert_eq!(ann.get("/api/v1/wallet").await.json()["currency"], "USD");
    });
}

#[test]
fn a_listener_cannot_spend_more_than_the_balance() {
    in_every_town(async |town| {
        let item = json!({ "release": town.album().await });
        town.shop.tariffs.set_price_per_mb(money::Micros(1_000_000)).await.unwrap();
        let quote = town.visitor().post("/api/v1/quotes", &json!({ "items": [item], "format": EXACT })).await.json();
        let total = quote["total_micros"].as_i64().unwrap();
        let poor = town.listener("poor@example.org", "0.10").await;
        let refused = poor.order("k", item.clone(), EXACT).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::PAYMENT_REQUIRED, "/problems/too-little-balance")
        );
        assert_eq!(refused.json()["needed_micros"], total);
        assert_eq!(refused.json()["balance_micros"], 100_000);
        // Enough for one track and a half: of three of the same length at once exactly one wins.
        let amount = money::Micros((total / 2) / 10_000 * 10_000).to_string();
        let rich = town.listener("rich@example.org", &amount).await;
        let tracks: Vec<&str> =
            quote["lines"].as_array().unwrap().iter().map(|line| line["track"].as_str().unwrap()).collect();
        let orders = tracks.iter().map(|track| rich.order(track, json!({ "track": track }), EXACT));
        let statuses: Vec<StatusCode> =
            futures_util::future::join_all(orders).await.iter().map(|answer| answer.status).collect();
        let won = statuses.iter().filter(|status| **status == StatusCode::CREATED).count();
        assert_eq!(won, 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|s| [StatusCode::CREATED, StatusCode::PAYMENT_REQUIRED].contains(s)),
            "{statuses:?}"
        );
        town.audited().await;
    });
}

#[test]
fn the_same_key_again_gives_the_same_order() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "10.00").await;
        let item = json!({ "release": town.album().await });
        let first = ann.order("mine", item.clone(), EXACT).await;
        let again = ann.order("mine", item.clone(), EXACT).await;
        assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK), "{}", first.text());
        assert_eq!(first.json()["id"], again.json()["id"]);
        let other = ann.order("mine", item.clone(), "mp3:cbr:192").await;
        assert_eq!(
            (other.status, other.problem().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "/problems/idempotency-key-reused")
        );
        let without = ann.post("/api/v1/orders", &json!({ "items": [item], "format": EXACT })).await;
        assert_eq!(
            (without.status, without.problem().as_str()),
            (StatusCode::BAD_REQUEST, "/problems/idempotency-key-missing")
        );
        // A key belongs to its listener.
        let bob = town.listener("bob@example.org", "10.00").await;
        let of_bob = bob.order("mine", item, EXACT).await;
        assert_eq!(of_bob.status, StatusCode::CREATED);
        assert_ne!(of_bob.json()["id"], first.json()["id"]);
        assert_eq!(ann.get("/api/v1/orders").await.json()["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn what_is_charged_is_the_price_of_the_bytes_and_at_most_the_promise() {
    in_every_town(async |town| {
        let release = town.album().await;
        for (format, email) in [(EXACT, "ann@example.org"), ("flac:lossless:5", "bob@example.org")] {
            let ann = town.listener(email, "10.00").await;
            let question = json!({ "items": [{ "release": release }], "format": format });
            let quote = town.visitor().post("/api/v1/quotes", &question).await.json();
            assert_eq!(quote["lines"].as_array().unwrap().len(), TRACKS.len());
            let known = quote["lines"][0]["bytes"].is_u64();
            assert_eq!(known, format == EXACT, "{quote}");
            let before = ann.get("/api/v1/wallet").await.json()["balance_micros"].as_i64().unwrap();
            let order = ann.order(format, json!({ "release": release }), format).await.json();
            assert_eq!(order["held_micros"], quote["total_micros"]);
            let order = ann.settled(order["id"].as_str().unwrap()).await;
            assert_eq!(order["state"], "charged");
            let lines = order["lines"].as_array().unwrap();
            let charged: i64 = lines.iter().map(|line| line["charged_micros"].as_i64().unwrap()).sum();
            for line in lines {
                let bytes = line["bytes"].as_u64().unwrap();
                let exact = money::price::of_bytes(bytes, money::Micros(20_000)).unwrap();
                assert_eq!(line["charged_micros"].as_i64(), Some(exact.0));
                assert!(exact.0 <= line["held_micros"].as_i64().unwrap());
            }
            assert_eq!(order["charged_micros"].as_i64(), Some(charged));
            let after = ann.get("/api/v1/wallet").await.json();
            assert_eq!((&after["balance_micros"], &after["held_micros"]), (&json!(before - charged), &json!(0)));
            let entries = ann.get("/api/v1/wallet/entries").await.json();
            let kinds: Vec<&str> =
                entries["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
            assert_eq!(kinds.last(), Some(&"voucher"), "{kinds:?}");
            assert_eq!(kinds.iter().filter(|kind| **kind == "hold").count(), 1);
        }
        town.audited().await;
    });
}

#[test]
fn somebody_elses_order_is_not_found() {
    in_every_town(async |town| {
        let (ann, eve) = (town.listener("ann@example.org", "5.00").await, town.listener("eve@example.org", "0").await);
        let order = ann.order("k", json!({ "release": town.album().await }), EXACT).await.json();
        let id = order["id"].as_str().unwrap();
        for path in [format!("orders/{id}"), format!("downloads?order={id}"), format!("downloads/links.txt?order={id}")]
        {
            assert_eq!(ann.get(&format!("/api/v1/{path}")).await.status, StatusCode::OK, "{path}");
            let seen = eve.get(&format!("/api/v1/{path}")).await;
            assert_eq!(
                (seen.status, seen.problem().as_str()),
                (StatusCode::NOT_FOUND, "/problems/not-found"),
                "{path}"
            );
        }
        assert_eq!(eve.get("/api/v1/downloads").await.json(), json!({ "items": [], "next": null }));
    });
}
