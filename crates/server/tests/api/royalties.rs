//! Who gets what, seen from outside: declared over the door, split at capture, listed, closed, paid, and read by those whose
//! it is and by nobody else.

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::royalties::Period;
use shop::users::Role;

use crate::operator::operator;
use crate::town::{Person, Town, in_every_town};

async fn declare(keeper: &Person, readers: [&str; 2]) {
    for (id, kind, reader) in [("society", "society", readers[0]), ("anna", "artist", readers[1])] {
        let payee = json!({ "name": id, "kind": kind, "currency": "USD", "email": reader });
        let answer = keeper.put(&format!("/api/v1/operator/payees/{id}"), &payee).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        assert_eq!(answer.json()["email"], reader);
    }
    for (id, payee, rate_ppm, pays) in [("one", "society", 150_000, "payee"), ("two", "anna", 20_000, "holders")] {
        let licence = json!({ "kind": "society", "payee": payee, "rate_ppm": rate_ppm, "pays": pays });
        let answer = keeper.put(&format!("/api/v1/operator/licences/{id}"), &licence).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
    let holders = json!([{ "payee": "anna", "share_ppm": 666_667 }, { "payee": "society", "share_ppm": 333_333 }]);
    let shares = json!({ "of": "storefront", "holders": holders });
    let answer = keeper.put("/api/v1/operator/shares/all", &shares).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

#[test]
fn sales_are_shared_closed_paid_and_read_by_their_holders_alone() {
    in_every_town(async |town: &Town| {
        let keeper = operator(town).await;
        let society = town.listener("society@example.org", "0").await;
        let anna = town.listener("anna@example.org", "0").await;
        declare(&keeper, ["society@example.org", "anna@example.org"]).await;
        let buyer = town.listener("buyer@example.org", "5").await;
        let order = buyer.order("k", json!({ "release": town.album().await }), "mp3:cbr:128").await.json();
        assert_eq!(buyer.settled(order["id"].as_str().unwrap()).await["state"], "charged");

        let sales = keeper.get("/api/v1/operator/sales").await.json();
        let sales = sales["items"].as_array().unwrap();
        assert_eq!(sales.len(), 3);
        let mut dues = [0, 0];
        for sale in sales {
            let gross = sale["gross_micros"].as_i64().unwrap();
            let of = |payee: &str, licence: &str| {
                let rows = sale["dues"].as_array().unwrap();
                let row = rows.iter().find(|row| row["payee"] == payee && row["licence"] == licence);
                row.map_or(0, |row| row["due_micros"].as_i64().unwrap())
            };
            let part = |ppm| money::price::part(money::Micros(gross), ppm, 1_000_000).unwrap().0;
            assert_eq!(of("society", "one"), part(150_000));
            assert_eq!(of("society", "two") + of("anna", "two"), part(20_000));
            dues[0] += of("society", "one") + of("society", "two");
            dues[1] += of("anna", "two");
        }
        let csv = keeper.get("/api/v1/operator/sales.csv").await.text();
        assert_eq!(csv.lines().count(), 1 + 3 * 3, "{csv}");

        let month = Period::of(town.shop.clock.now_us()).unwrap();
        town.shop.royalties.close(month, false, server::handlers::statements::words).await.unwrap();
        for (reader, payee, due) in [(&society, "society", dues[0]), (&anna, "anna", dues[1])] {
            let own = reader.get("/api/v1/me/statements").await.json();
            let own = own["items"].as_array().unwrap();
            assert_eq!((own.len(), &own[0]["payee"], &own[0]["due_micros"]), (1, &json!(payee), &json!(due)));
            for file in own[0]["files"].as_array().unwrap() {
                let answer = reader.get(file["url"].as_str().unwrap()).await;
                assert_eq!(answer.status, StatusCode::OK);
                let stranger = if payee == "anna" { &society } else { &anna };
                assert_eq!(stranger.get(file["url"].as_str().unwrap()).await.status, StatusCode::NOT_FOUND);
            }
            let path = format!("/api/v1/me/statements/{month}-{payee}");
            let whole: Value = reader.get(&path).await.json();
            let lines = whole["lines"].as_array().unwrap();
            assert_eq!(lines.iter().map(|line| line["due_micros"].as_i64().unwrap()).sum::<i64>(), due);
            assert_eq!(buyer.get(&path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(buyer.get("/api/v1/me/statements").await.json()["items"], json!([]));

        let pay = async |key: &str, amount: i64| {
            let body = json!({ "payee": "anna", "amount_micros": amount, "reference": "SEPA 1" }).to_string();
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            keeper.ask("POST", "/api/v1/operator/payouts", &headers, Some(body)).await
        };
        let too_much = pay("k1", dues[1] + 1).await;
        assert_eq!((too_much.status, too_much.json()["field"].as_str()), (StatusCode::CONFLICT, Some("amount_micros")));
        let paid = pay("k2", dues[1]).await;
        assert_eq!(paid.status, StatusCode::CREATED, "{}", paid.text());
        let again = pay("k2", dues[1]).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, paid.json()));
        town.audited().await;
    });
}

#[test]
fn what_does_not_add_up_is_refused_with_its_field() {
    in_every_town(async |town: &Town| {
        let keeper = operator(town).await;
        town.listener("anna@example.org", "0").await;
        let payee = json!({ "name": "Anna", "kind": "artist", "currency": "USD" });
        keeper.put("/api/v1/operator/payees/anna", &payee).await;
        let holders = |share: i64| json!({ "of": "storefront", "holders": [{ "payee": "anna", "share_ppm": share }] });
        let licence = |rate: i64| json!({ "kind": "society", "payee": "anna", "rate_ppm": rate });
        for (path, body, field) in [
            ("shares/a", holders(999_999), "holders"),
            ("licences/a", licence(-1), "rate_ppm"),
            ("licences/a", licence(1_000_001), "rate_ppm"),
            ("licences/a", json!({ "kind": "lease", "payee": "anna", "rate_ppm": 1 }), "kind"),
            ("licences/a", json!({ "kind": "direct", "payee": "anna", "rate_ppm": 1, "label": "Nobody" }), "label"),
            ("payees/b", json!({ "name": "B", "kind": "artist", "currency": "EUR" }), "currency"),
            ("payees/b", json!({ "name": "B", "kind": "artist", "currency": "USD", "email": "no@x.example" }), "email"),
        ] {
            let answer = keeper.put(&format!("/api/v1/operator/{path}"), &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {}", answer.text());
            assert_eq!(answer.json()["field"], field, "{}", answer.text());
        }
        let user = town.visitor();
        for path in ["sales", "sales.csv", "statements", "payouts"] {
            assert_eq!(user.get(&format!("/api/v1/operator/{path}")).await.status, StatusCode::UNAUTHORIZED);
        }
        let answer = keeper.get("/api/v1/operator/sales?from=soon").await;
        assert_eq!((answer.status, answer.json()["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("from")));
        assert_eq!(
            town.shop.users.list(None, 9).await.unwrap().items.iter().filter(|u| u.role == Role::Operator).count(),
            1
        );
    });
}
