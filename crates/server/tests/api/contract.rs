//! What the API promises of itself: its document, its refusals, its lists, who may do what.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::town::{Town, in_every_town};

/// The routes below `/api/v1` as the router names them, each with its method.
fn routed() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/router.rs");
    let start = source.find("fn api()").unwrap();
    let end = source.find("/// Files, and what machines ask").unwrap();
    let mut found = BTreeSet::new();
    routes_of(&source[start..end], &mut found);
    // The operator's door: addresses of resources by their constants, the rest by routes of their own.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/operator");
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        routes_of(&source, &mut found);
        for resource in source.split("impl Resource for ").skip(1) {
            let name = resource.split(' ').next().unwrap();
            let address = |name: &str| {
                let (_, rest) = resource.split_once(&format!("const {name}: &'static str = \"")).unwrap();
                format!("/api/v1{}", rest.split('"').next().unwrap())
            };
            found.insert((address("LIST"), "get".to_owned()));
            let can_go = source.contains(&format!("impl Removable for {name} "));
            let methods = ["get", "put"].into_iter().chain(can_go.then_some("delete"));
            found.extend(methods.map(|method| (address("ONE"), method.to_owned())));
        }
    }
    found
}

fn routes_of(source: &str, found: &mut BTreeSet<(String, String)>) {
    for route in source.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let rest = rest.split("\n}").next().unwrap();
        for method in ["get", "post", "put", "delete"] {
            if rest.contains(&format!("{method}(")) && path != "/openapi.json" {
                found.insert((format!("/api/v1{path}"), method.to_owned()));
            }
        }
    }
}

async fn document(town: &Town) -> Value {
    let answer = town.visitor().get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        methods.into_iter().map(|(method, about)| (path.clone(), method, about)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_document_describes_every_route_and_no_other() {
    in_every_town(async |town| {
        let document = document(town).await;
        assert_eq!(document["openapi"], "3.1.0");
        let described = operations(&document).into_iter().map(|(path, method, _)| (path, method)).collect();
        assert_eq!(routed(), described);
    });
}

#[test]
fn what_needs_a_token_by_the_document_needs_one_and_the_rest_does_not() {
    in_every_town(async |town| {
        for (path, method, about) in operations(&document(town).await) {
            let security = about["security"].as_array().unwrap();
            // An empty requirement among them: a token may be shown, and need not.
            let needs = !security.is_empty() && !security.contains(&json!({}));
            let path = path.replace("{id}", "unknown");
            let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
            let answer = town.visitor().ask(&method.to_uppercase(), &path, &headers, Some("{}".into())).await;
            assert_eq!(answer.status == StatusCode::UNAUTHORIZED, needs, "{method} {path}: {}", answer.text());
            assert!(
                about["responses"].get(answer.status.as_str()).is_some(),
                "{method} {path} answers {}",
                answer.status
            );
            if needs {
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
                assert_eq!(answer.problem(), "/problems/sign-in-needed");
            }
        }
    });
}

#[test]
fn a_token_ends_with_its_session_and_a_browsers_secret_is_none() {
    in_every_town(async |town| {
        let mut ann = town.listener("Ann@Example.org", "0").await;
        assert_eq!(ann.get("/api/v1/me").await.json()["email"], "Ann@example.org");
        assert_eq!(ann.ask("DELETE", "/api/v1/sessions/current", &[], None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ann.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
        let browser = town.shop.users.begin_session(&ann.user, shop::users::SessionKind::Browser).await.unwrap();
        ann.token = Some(browser.as_str().to_owned());
        assert_eq!(ann.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn who_guesses_passwords_is_told_when_to_come_back() {
    in_every_town(async |town| {
        town.listener("ann@example.org", "0").await;
        let guess = json!({ "email": "ann@example.org", "password": "is it this one?" });
        for _ in 0..shop::users::MAX_FAILURES {
            assert_eq!(town.visitor().post("/api/v1/sessions", &guess).await.status, StatusCode::UNAUTHORIZED);
        }
        let locked = town.visitor().post("/api/v1/sessions", &guess).await;
        assert_eq!(
            (locked.status, locked.problem().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "/problems/too-many-requests")
        );
        assert!(locked.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    });
}

#[test]
fn refusals_are_problem_documents_that_say_what_to_do() {
    in_every_town(async |town| {
        let json = ("content-type", "application/json");
        let large = " ".repeat(300 << 10);
        for (method, path, header, body, status, problem) in [
            ("GET", "/api/v1/nowhere", json, "", 404, "not-found"),
            ("PUT", "/api/v1/releases", json, "", 405, "method-not-allowed"),
            ("GET", "/api/v1/releases/none", json, "", 404, "not-found"),
            ("GET", "/api/v1/tracks/none", json, "", 404, "not-found"),
            ("GET", "/api/v1/tracks/none/preview", json, "", 404, "not-found"),
            ("GET", "/api/v1/artists/none", json, "", 404, "not-found"),
            ("GET", "/api/v1/releases?limit=many", json, "", 400, "malformed-request"),
            ("GET", "/api/v1/releases?genre=a&label=b", json, "", 422, "invalid"),
            ("GET", "/api/v1/search?q=a&kind=smell", json, "", 422, "invalid"),
            ("GET", "/api/v1/search?q=a&quality=best", json, "", 422, "invalid"),
            ("GET", "/api/v1/search/facets?q=a&years=soon", json, "", 422, "invalid"),
            ("GET", "/api/v1/charts?period=year", json, "", 422, "invalid"),
            ("GET", "/api/v1/charts?kind=label", json, "", 422, "invalid"),
            ("POST", "/api/v1/quotes", ("content-type", "text/plain"), "{}", 415, "not-json"),
            ("POST", "/api/v1/quotes", json, "{", 400, "malformed-request"),
            ("POST", "/api/v1/quotes", json, r#"{"items":[{}],"format":"mp3:cbr:320"}"#, 422, "invalid"),
            ("POST", "/api/v1/quotes", json, r#"{"items":[],"format":"mp3:cbr:320"}"#, 422, "invalid"),
            ("POST", "/api/v1/quotes", json, r#"[[{"track":"t1"}],"mp3:cbr:320"]"#, 422, "invalid"),
            ("POST", "/api/v1/quotes", json, "{}", 422, "invalid"),
            ("POST", "/api/v1/quotes", json, &large, 413, "too-large"),
            ("POST", "/api/v1/quotes", json, r#"{"items":[],"format":"mp3:cbr:320"}"#, 422, "invalid"),
            (
                "POST",
                "/api/v1/quotes",
                json,
                r#"{"items":[{"release":"x"}],"format":"mp3:cbr:321"}"#,
                422,
                "unknown-format",
            ),
            ("POST", "/api/v1/quotes", json, r#"{"items":[{"release":"x"}],"format":"mp3:cbr:320"}"#, 404, "not-found"),
            ("POST", "/api/v1/users", json, r#"{"email":"no","password":"long enough"}"#, 422, "invalid"),
            ("POST", "/api/v1/users", json, r#"{"email":"a@b.org","password":"short"}"#, 422, "invalid"),
            ("POST", "/api/v1/sessions", json, r#"{"email":"a@b.org","password":"unknown"}"#, 401, "wrong-credentials"),
            (
                "POST",
                "/api/v1/quotes",
                json,
                r#"{"items":[{"release":"x\u0000"}],"format":"mp3:cbr:320"}"#,
                400,
                "malformed-request",
            ),
            ("GET", "/api/v1/releases/a%00", json, "", 404, "not-found"),
            ("GET", "/api/v1/releases?after=%00", json, "", 400, "malformed-request"),
            ("GET", "/covers/%00/320.jpg", json, "", 404, "not-found"),
            ("GET", "/d/forged.token/01.mp3", json, "", 404, "not-found"),
            ("GET", "/z/forged.token/a.zip", json, "", 404, "not-found"),
        ] {
            let answer = town.visitor().ask(method, path, &[header], Some(body.to_owned())).await;
            let told = (answer.status.as_u16(), answer.problem());
            assert_eq!(told, (status, format!("/problems/{problem}")), "{method} {path} {}", answer.text());
            assert_eq!(answer.json()["request_id"].as_str(), answer.header("x-request-id"));
            assert_eq!(town.visitor().get(&told.1).await.status, StatusCode::OK, "{} explains itself", told.1);
        }
    });
}

#[test]
fn an_address_signs_up_once() {
    in_every_town(async |town| {
        town.listener("ann@example.org", "0").await;
        let again = town
            .visitor()
            .post("/api/v1/users", &json!({ "email": "ANN@example.org", "password": "long enough" }))
            .await;
        assert_eq!((again.status, again.problem().as_str()), (StatusCode::CONFLICT, "/problems/email-taken"));
    });
}

#[test]
fn a_list_read_page_by_page_is_the_whole_list() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        let release = json!({ "release": town.album().await });
        for key in ["1", "2", "3"] {
            assert_eq!(ann.order(key, release.clone(), "mp3:cbr:128").await.status, StatusCode::CREATED);
        }
        for (path, count) in [("orders", 3), ("downloads", 9), ("formats", shop::formats::list().len()), ("labels", 1)]
        {
            let whole = ann.get(&format!("/api/v1/{path}?limit=200")).await.json();
            let (mut ids, mut after) = (Vec::new(), String::new());
            loop {
                let page = ann.get(&format!("/api/v1/{path}?limit=2{after}")).await.json();
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= 2);
                ids.extend(items.iter().map(|item| item.get("id").unwrap_or(&item["format"]).clone()));
                let Some(next) = page["next"].as_str() else { break };
                let next = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
                after = format!("&after={next}");
            }
            let all =
                whole["items"].as_array().unwrap().iter().map(|item| item.get("id").unwrap_or(&item["format"]).clone());
            assert_eq!(all.collect::<Vec<_>>(), ids, "{path}");
            if path != "labels" {
                assert_eq!(ids.len(), count, "{path}");
            }
        }
    });
}

#[test]
fn every_answer_tells_browsers_to_be_strict() {
    in_every_town(async |town| {
        for path in ["/api/v1/releases", "/api/v1/none", "/en/", "/ru/none", "/healthz", "/d/a/b"] {
            let answer = town.visitor().get(path).await;
            let policy = answer.header("content-security-policy").unwrap_or_default().to_owned();
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
            assert!(!policy.contains("unsafe"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 26));
        }
    });
}
