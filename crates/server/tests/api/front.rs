//! What stands around the shop: texts, news, licences, feeds, sitemaps, and the notice that closes it.

use axum::http::StatusCode;
use serde_json::json;

use crate::operator::operator;
use crate::town::{Person, Town, in_every_town};

const CLOSED: &str = "/api/v1/operator/notices/main";

async fn put(person: &Person, path: &str, body: serde_json::Value) -> StatusCode {
    person.ask("PUT", path, &[("content-type", "application/json")], Some(body.to_string())).await.status
}

#[test]
fn a_text_stands_from_the_start_and_gives_way_to_the_operators() {
    in_every_town(async |town| {
        let (visitor, keeper) = (town.visitor(), operator(town).await);
        let first = visitor.get("/api/v1/texts/terms").await.json();
        assert!(first["texts"]["ru"].as_str().unwrap().contains("Gramovar"), "{first}");
        let own = json!({ "of": "terms", "texts": { "en": "Be **kind** <b>or</b> else.", "ru": "Будьте *добры*." } });
        assert_eq!(put(&keeper, "/api/v1/operator/texts/terms", own.clone()).await, StatusCode::CREATED);
        assert_eq!(visitor.get("/api/v1/texts/terms").await.json()["texts"], own["texts"]);
        let page = visitor.get("/en/terms").await.text();
        assert!(page.contains("Be <strong>kind</strong> &lt;b&gt;or&lt;/b&gt; else."), "{page}");
        assert!(visitor.get("/ru/terms").await.text().contains("Будьте <em>добры</em>."));
        let foreign = json!({ "of": "terms", "texts": { "de": "x" } });
        let refused = keeper
            .ask(
                "PUT",
                "/api/v1/operator/texts/terms",
                &[("content-type", "application/json")],
                Some(foreign.to_string()),
            )
            .await;
        assert_eq!((refused.status.as_u16(), refused.json()["field"].as_str()), (422, Some("texts.de")));
        assert_eq!(visitor.get("/api/v1/texts/release").await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn news_come_out_at_their_moment_as_page_feed_and_api() {
    in_every_town(async |town| {
        let (visitor, keeper) = (town.visitor(), operator(town).await);
        let post = |published: &str| {
            let (titles, texts) =
                (json!({ "en": "Tapes & more", "ru": "Плёнки" }), json!({ "en": "Heard?", "ru": "Слышали?" }));
            json!({ "published": published, "titles": titles, "texts": texts })
        };
        assert_eq!(put(&keeper, "/api/v1/operator/news/tapes", post("2026-01-02")).await, StatusCode::CREATED);
        assert_eq!(put(&keeper, "/api/v1/operator/news/later", post("2999-01-01")).await, StatusCode::CREATED);
        let list = visitor.get("/api/v1/news").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(visitor.get("/api/v1/news/tapes").await.json()["published_at"], "2026-01-02T00:00:00Z");
        assert_eq!(visitor.get("/api/v1/news/later").await.status, StatusCode::NOT_FOUND);
        assert!(visitor.get("/ru/news/tapes").await.text().contains("Слышали?"));
        let feed = visitor.get("/en/news.atom").await;
        assert_eq!(feed.header("content-type"), Some("application/atom+xml; charset=utf-8"));
        let feed = feed.text();
        assert!(feed.contains("<title>Tapes &#38; more</title>") && !feed.contains("2999"), "{feed}");
    });
}

#[test]
fn releases_artists_and_labels_have_feeds() {
    in_every_town(async |town| {
        let (visitor, album) = (town.visitor(), town.album().await);
        let release = visitor.get(&format!("/api/v1/releases/{album}")).await.json();
        let artist = release["artists"][0]["id"].as_str().unwrap_or_default().to_owned();
        for path in ["/en/releases.atom".to_owned(), format!("/ru/artists/{artist}/releases.atom")] {
            let feed = visitor.get(&path).await;
            assert_eq!(feed.status, StatusCode::OK, "{path}");
            assert!(feed.text().contains(&format!("/releases/{album}\"/>")), "{path}: {}", feed.text());
        }
        assert_eq!(visitor.get("/en/labels/none/releases.atom").await.status, StatusCode::NOT_FOUND);
    });
}

async fn close(town: &Town, keeper: &Person) {
    let notice = json!({ "messages": { "en": "Back at noon.", "ru": "Откроемся в полдень." }, "retry_after_s": 90 });
    assert_eq!(put(keeper, CLOSED, notice).await, StatusCode::CREATED);
    assert!(town.shop.front.notice("main").await.unwrap().is_some());
}

#[test]
fn a_closed_shop_says_why_while_downloads_health_and_metrics_go_on() {
    in_every_town(async |town| {
        let (visitor, keeper) = (town.visitor(), operator(town).await);
        let ann = town.listener("ann@example.org", "9.00").await;
        let order = ann.order("1", json!({ "release": town.album().await }), "mp3:cbr:128").await;
        assert_eq!(order.status, StatusCode::CREATED);
        close(town, &keeper).await;
        for (path, words) in [
            ("/en/", "Back at noon."),
            ("/ru/search?q=a", "Откроемся в полдень."),
            ("/api/v1/releases", "Back at noon."),
        ] {
            let answer = visitor.get(path).await;
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("90")), "{path}");
            assert!(answer.text().contains(words), "{path}: {}", answer.text());
        }
        assert_eq!(visitor.get("/api/v1/releases").await.problem(), "/problems/closed");
        for path in ["/healthz", "/metrics", "/api/v1/openapi.json", "/en/sign-in"] {
            assert_eq!(visitor.get(path).await.status, StatusCode::OK, "{path}");
        }
        let bought = ann.get("/api/v1/downloads").await.json();
        let url = bought["items"][0]["url"].as_str().unwrap().to_owned();
        let path = url.split_once("shop.example").map_or(url.as_str(), |(_, path)| path);
        assert_eq!(visitor.get(path).await.status, StatusCode::OK);
        let refused = ann.order("2", json!({ "release": "x" }), "mp3:cbr:128").await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "nothing is sold");
        assert_eq!(keeper.ask("DELETE", CLOSED, &[], None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(visitor.get("/en/").await.status, StatusCode::OK);
    });
}

#[test]
fn licences_are_told_to_everybody_with_what_is_paid() {
    in_every_town(async |town| {
        let (visitor, keeper) = (town.visitor(), operator(town).await);
        assert_eq!(visitor.get("/api/v1/licences").await.json()["items"], json!([]));
        let payee = json!({ "name": "Society of Authors", "kind": "society", "currency": "USD" });
        assert_eq!(put(&keeper, "/api/v1/operator/payees/soc", payee).await, StatusCode::CREATED);
        let licence =
            json!({ "name": "Downloads", "number": "LS-1", "kind": "society", "payee": "soc", "rate_ppm": 150_000 });
        assert_eq!(put(&keeper, "/api/v1/operator/licences/a", licence).await, StatusCode::CREATED);
        let told = visitor.get("/api/v1/licences").await.json()["items"][0].clone();
        assert_eq!(
            (told["name"].as_str(), told["number"].as_str(), told["rate_ppm"].as_u64()),
            (Some("Downloads"), Some("LS-1"), Some(150_000))
        );
        assert!(visitor.get("/en/").await.text().contains("Downloads, No. LS-1, Society of Authors"), "in the footer");
        assert!(visitor.get("/ru/licence").await.text().contains("LS-1"));
    });
}
