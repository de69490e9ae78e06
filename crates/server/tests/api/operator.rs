//! The operator's door: what it refuses, what it keeps, and that a file applied twice changes nothing.

use axum::http::StatusCode;
use serde_json::json;
use server::api::operator::apply::{ApplyError, Change, apply, standing};
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
fn what_is_set_can_be_read_as_a_file_that_changes_nothing() {
    in_every_town(async |town| {
        let fresh = standing(&town.shop).await.unwrap();
        let of_genres = |line: &str| !line.starts_with("[[") || line == "[[genre]]";
        assert!(fresh.lines().all(of_genres), "a fresh shop has genres, and nothing else is set: {fresh}");
        apply(&town.shop, SAMPLE, false).await.unwrap();
        town.shop.vouchers.print("spring", None).await.unwrap();
        let text = standing(&town.shop).await.unwrap();
        for section in SAMPLE.lines().filter(|line| line.starts_with("[[")) {
            assert!(text.contains(section), "{section} is missing in {text}");
        }
        let told = apply(&town.shop, &text, false).await.unwrap();
        let put = apply(&town.shop, SAMPLE, true).await.unwrap();
        let others = |changes: &[Change]| changes.iter().filter(|change| change.section != "genre").count();
        assert!(others(&told) == others(&put) && told.iter().all(|change| change.is_none()), "{told:?}");
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

#[test]
fn a_quote_tells_every_step_in_the_language_of_the_request() {
    in_every_town(async |town| {
        let (operator, album) = (operator(town).await, town.album().await);
        let put = async |path: &str, body: serde_json::Value| {
            let answer = operator.put(&format!("/api/v1/operator/{path}"), &body).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            assert_eq!(operator.put(&format!("/api/v1/operator/{path}"), &answer.json()).await.json(), answer.json());
        };
        let names = json!({ "en": "Summer", "ru": "Лето" });
        put(
            "promotions/summer",
            json!({ "names": names, "discount_ppm": 200_000, "code": "summer", "releases": [album] }),
        )
        .await;
        put("promotions/ladder", json!({ "ladder": [{ "spent_micros": 0, "discount_ppm": 150_000 }] })).await;
        put("floors/all", json!({ "release": album, "per_mb_micros": 15_000 })).await;
        put("release-prices/album", json!({ "release": album, "tier": "catalogue" })).await;
        let body = json!({ "items": [{ "release": album }], "format": "wav:pcm:16", "code": "Summer" });
        let anna = town.listener("anna@example.org", "50.00").await;
        for (language, words) in [
            (
                "en",
                [
                    "$0.02 per MB",
                    "Summer (−20%:",
                    "stop at one third (−33.3333%",
                    "Least price set by the rights holder: +$",
                ],
            ),
            (
                "ru",
                [
                    "0,02\u{a0}$",
                    "Лето (−20\u{a0}%:",
                    "ограничены третью цены (−33,3333\u{a0}%",
                    "Минимальная цена правообладателя: +0,",
                ],
            ),
        ] {
            let headers = [("content-type", "application/json"), ("accept-language", language)];
            let quote = anna.ask("POST", "/api/v1/quotes", &headers, Some(body.to_string())).await.json();
            assert_eq!(quote["code_applies"], true);
            let line = &quote["lines"][0];
            let texts: Vec<&str> =
                line["reasons"].as_array().unwrap().iter().map(|r| r["text"].as_str().unwrap()).collect();
            for words in words {
                assert!(texts.iter().any(|text| text.contains(words)), "{words}: {texts:?}");
            }
            let kinds: Vec<&str> =
                line["reasons"].as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap()).collect();
            assert_eq!(kinds, ["price_per_mb", "discount", "discount", "capped", "floor"]);
            let (list, price) = (line["list_micros"].as_i64().unwrap(), line["price_micros"].as_i64().unwrap());
            assert_eq!(price * 4, list * 3, "the floor is three quarters of the tariff");
        }
        let order = json!({ "items": [{ "release": album }], "format": "wav:pcm:16", "promised_total_micros": 1 });
        let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
        let refused = anna.ask("POST", "/api/v1/orders", &headers, Some(order.to_string())).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::CONFLICT, "/problems/price-rose"));
        assert!(refused.json()["total_micros"].as_i64().unwrap() > 1);
        let unknown = json!({ "items": [{ "release": album }], "format": "wav:pcm:16", "code": "WINTER" });
        let refused = anna.post("/api/v1/quotes", &unknown).await;
        assert_eq!(
            (refused.status, refused.json()["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("code"))
        );
    });
}

#[test]
fn a_rule_that_refers_to_nothing_is_refused_with_the_field() {
    in_every_town(async |town| {
        let operator = operator(town).await;
        for (path, body, field) in [
            ("promotions/a", json!({ "discount_ppm": 1, "genres": ["none"] }), "genres[0]"),
            ("promotions/a", json!({ "discount_ppm": 1, "labels": ["none"] }), "labels[0]"),
            ("promotions/a", json!({ "discount_ppm": 1, "releases": ["none"] }), "releases[0]"),
            ("promotions/a", json!({ "discount_ppm": 1, "storefront": "none" }), "storefront"),
            ("promotions/a", json!({ "discount_ppm": 1, "currency": "ABC" }), "currency"),
            ("promotions/a", json!({ "discount_ppm": 1, "names": { "tlh": "nuq" } }), "names.tlh"),
            ("promotions/a", json!({ "discount_ppm": 333_334 }), "discount_ppm"),
            ("promotions/a", json!({}), "discount_ppm"),
            ("promotions/a", json!({ "discount_ppm": 1, "from": "soon" }), "from"),
            (
                "promotions/a",
                json!({ "discount_ppm": 1, "happy_hours": [{ "from": "25:00", "until": "02:00", "time_zone": "UTC" }] }),
                "happy_hours[0].from",
            ),
            (
                "promotions/a",
                json!({ "discount_ppm": 1, "happy_hours": [{ "from": "20:00", "until": "02:00", "time_zone": "Mars" }] }),
                "happy_hours[0].time_zone",
            ),
            ("floors/a", json!({ "label": "none", "per_track_micros": 1 }), "label"),
            ("floors/a", json!({ "recording": "none", "per_track_micros": 1 }), "recording"),
            ("floors/a", json!({ "release": town.album().await }), "per_track_micros"),
            ("floors/a", json!({ "release": town.album().await, "per_mb_micros": -1 }), "per_mb_micros"),
            ("floors/a", json!({ "release": town.album().await, "currency": "ABC", "per_mb_micros": 1 }), "currency"),
            ("release-prices/a", json!({ "release": "none", "tier": "free" }), "release"),
            ("release-prices/a", json!({ "release": town.album().await, "tier": "old" }), "tier"),
            ("release-prices/a", json!({ "release": town.album().await }), "fixed"),
        ] {
            let refused = operator.put(&format!("/api/v1/operator/{path}"), &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", refused.text());
            assert_eq!(refused.json()["field"], field, "{}", refused.text());
        }
    });
}
