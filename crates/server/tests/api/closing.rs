//! Closing one's own account, as programs do it.

use axum::http::StatusCode;
use serde_json::json;

use crate::operator::operator;
use crate::town::in_every_town;

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn an_account_is_closed_by_its_password_once_nothing_stands_in_the_way() {
    in_every_town(async |town| {
        let (ann, keeper) = (town.listener("ann@example.org", "3.00").await, operator(town).await);
        let order = ann.order("1", json!({ "release": town.album().await }), "mp3:cbr:128").await.json();
        ann.settled(order["id"].as_str().unwrap()).await;
        let close = |body: serde_json::Value| ann.ask("DELETE", "/api/v1/me", &[JSON], Some(body.to_string()));
        let wrong = close(json!({ "password": "not this one" })).await;
        assert_eq!((wrong.status, wrong.problem().as_str()), (StatusCode::UNAUTHORIZED, "/problems/wrong-credentials"));
        let unspent = close(json!({ "password": "correct horse battery" })).await;
        assert_eq!(
            (unspent.status, &unspent.json()["field"]),
            (StatusCode::CONFLICT, &json!("give_up")),
            "{}",
            unspent.text()
        );
        let closed = close(json!({ "password": "correct horse battery", "give_up": true })).await;
        assert_eq!(closed.status, StatusCode::NO_CONTENT, "{}", closed.text());
        assert_eq!(ann.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
        let again = json!({ "email": "ann@example.org", "password": "correct horse battery" });
        assert_eq!(town.visitor().post("/api/v1/sessions", &again).await.status, StatusCode::UNAUTHORIZED);
        let known = keeper.get(&format!("/api/v1/operator/listeners/{}", ann.user)).await.json();
        assert_eq!((&known["email"], &known["balance_micros"]), (&json!(""), &json!(0)));
        let page = keeper.get(&format!("/api/v1/operator/listeners/{}/entries", ann.user)).await.json();
        assert_eq!(page["items"][0]["kind"], "give_up");
        let body = json!({ "password": "correct horse battery", "give_up": true }).to_string();
        let refused = keeper.ask("DELETE", "/api/v1/me", &[JSON], Some(body)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::CONFLICT, "/problems/conflict"));
        assert_eq!(
            town.visitor().post("/api/v1/users", &again).await.status,
            StatusCode::CREATED,
            "the address is free"
        );
        town.audited().await;
    });
}
