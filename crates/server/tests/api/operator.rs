//! The operator's door: what it refuses, what it keeps, and that a file applied twice changes nothing.

use axum::http::StatusCode;
use serde_json::json;
use server::api::operator::apply::{ApplyError, apply};
use shop::users::Role;

use crate::town::{Person, Town, in_every_town};

const SAMPLE: &str = include_str!("../../../../docs/sample-apply.toml");
const PASSWORD: &str = "correct horse battery";

/// An operator with a token.
pub async fn operator(town: &Town) -> Person {
    town.shop.users.create("keeper@example.org", PASSWORD, Role::Operator, "en").await.unwrap();
    let mut person = town.visitor();
    let session =
        person.post("/api/v1/sessions", &json!({ "email": "keeper@example.org", "password": PASSWORD })).await;
    person.token = Some(session.json()["token"].as_str().unwrap().to_owned());
    person
}

#[test]
fn the_door_opens_for_operators_alone() {
    in_every_town(async |town| {
        let path = "/api/v1/operator/tariffs";
        let answer = town.visitor().get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let answer = town.listener("anna@example.org", "0").await.get(path).await;
        assert_eq!(
            (answer.status, answer.json()["type"].as_str()),
            (StatusCode::FORBIDDEN, Some("/problems/operator-needed"))
        );
        assert_eq!(operator(town).await.get(path).await.json(), json!({ "items": [], "next": null }));
    });
}

#[test]
fn the_sample_applied_twice_changes_nothing_the_second_time() {
    in_every_town(async |town| {
        let tried = apply(&town.shop, SAMPLE, true).await.unwrap();
        assert!(tried.len() >= 3 && tried.iter().all(|change| change.is_new), "{tried:?}");
        assert_eq!(apply(&town.shop, SAMPLE, false).await.unwrap(), tried, "a trial leaves no trace");
        let again = apply(&town.shop, SAMPLE, false).await.unwrap();
        assert!(again.iter().all(|change| change.is_none()), "{again:?}");
    });
}

#[test]
fn a_file_is_put_whole_or_not_at_all_and_says_in_which_line_it_is_wrong() {
    in_every_town(async |town| {
        let good = "[[tariff]]\nid = \"hires\"\nclass = \"hires\"\nperiods = [{ price_per_mb_micros = 1 }]\n";
        for (text, line, words) in [
            ("[[tarif]]\nid = \"a\"\n", 5, "unknown field `tarif`"),
            ("[[tariff]]\nid = \"a\"\nprise = 1\n", 7, "unknown field `prise`"),
            ("[[tariff]]\nid = \"A\"\nperiods = []\n", 5, "a-z"),
            (
                "\n[[tariff]]\nid = \"b\"\nperiods = [{ from = \"soon\", price_per_mb_micros = 1 }]",
                6,
                "periods[0].from",
            ),
            ("[[tariff]]\nid = \"hires\"\nperiods = [{ price_per_mb_micros = 1 }]", 5, "stands twice"),
            ("[[tariff]]\nid = \"b\"\nperiods = [{ price_per_mb_micros = nan }]", 7, "invalid type"),
        ] {
            match apply(&town.shop, &format!("{good}{text}"), false).await {
                Err(ApplyError::Line { line: at, reason }) => {
                    assert!(at == line && reason.contains(words), "{text}: line {at}: {reason}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(operator(town).await.get("/api/v1/operator/tariffs").await.json()["items"], json!([]));
    });
}

#[test]
fn a_tariff_is_put_read_listed_and_taken_away() {
    in_every_town(async |town| {
        let operator = operator(town).await;
        let path = "/api/v1/operator/tariffs/hires";
        let hires =
            json!({ "class": "hires", "periods": [{ "from": "2026-01-01T02:00:00+02:00", "price_per_mb_micros": 9 }] });
        let put = operator.put(path, &hires).await;
        assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
        assert_eq!(put.json()["periods"][0]["from"], "2026-01-01T00:00:00Z");
        assert_eq!((put.json()["id"].as_str(), put.json()["storefront"].as_str()), (Some("hires"), Some("main")));
        assert_eq!(operator.put(path, &put.json()).await.status, StatusCode::OK);
        assert_eq!(operator.get(path).await.json(), put.json());
        for (field, body) in [
            ("class", json!({ "class": "best", "periods": [] })),
            (
                "storefront",
                json!({ "storefront": "none", "class": "hires", "periods": [{ "price_per_mb_micros": 9 }] }),
            ),
            ("id", json!({ "id": "other", "periods": [] })),
            ("periods", json!({})),
            ("periods[0].price_per_mb_micros", json!({ "periods": [{ "price_per_mb_micros": "9" }] })),
            ("periods[0].price_per_mb_micros", json!({ "periods": [{ "price_per_mb_micros": -9 }] })),
            ("periods[0].cost", json!({ "periods": [{ "cost": 9 }] })),
        ] {
            let refused = operator.put(path, &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert_eq!(refused.json()["field"], field, "{}", refused.text());
        }
        let beside = operator.put("/api/v1/operator/tariffs/again", &hires).await;
        assert_eq!((beside.status, beside.json()["field"].as_str()), (StatusCode::CONFLICT, Some("id")));
        assert_eq!(operator.delete(path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(operator.delete(path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(operator.get(path).await.status, StatusCode::NOT_FOUND);
    });
}
