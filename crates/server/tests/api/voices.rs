//! What listeners say and want, and what machines ask of the shop, as programs see it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::operator::operator;
use crate::town::{Answer, Person, Town, in_every_town};

async fn put(person: &Person, path: &str, body: Value) -> Answer {
    person.ask("PUT", path, &[("content-type", "application/json")], Some(body.to_string())).await
}

async fn buyer(town: &Town, email: &str) -> Person {
    let person = town.listener(email, "9.00").await;
    let order = person.order("1", json!({ "release": town.album().await }), "mp3:cbr:128").await;
    assert_eq!(order.status, StatusCode::CREATED, "{}", order.text());
    person
}

#[test]
fn who_bought_reviews_others_report_and_operators_decide() {
    in_every_town(async |town| {
        let album = town.album().await;
        let (ann, bob, keeper) =
            (buyer(town, "ann@example.org").await, town.listener("bob@example.org", "0").await, operator(town).await);
        let own = format!("/api/v1/releases/{album}/review");
        let review = json!({ "stars": 2, "author": "Ann", "words": "Too <loud>." });
        let refused = put(&bob, &own, review.clone()).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "/problems/not-bought"));
        let wrong = put(&ann, &own, json!({ "stars": 6 })).await;
        assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (422, Some("stars")));
        assert_eq!(put(&ann, &own, review).await.status, StatusCode::CREATED);
        let again = put(&ann, &own, json!({ "stars": 4, "words": "Better by now." })).await;
        assert_eq!((again.status, again.json()["author"].is_null()), (StatusCode::OK, true));
        let rating = format!("/api/v1/releases/{album}/rating");
        let told = json!({ "reviews": 1, "average_hundredths": 400 });
        assert_eq!(bob.get(&rating).await.json(), told);
        let page = town.visitor().get(&format!("/en/releases/{album}")).await.text();
        assert!(page.contains("Better by now.") && page.contains("AggregateRating"), "{page}");
        let id = again.json()["id"].as_str().unwrap().to_owned();
        let report = format!("/api/v1/reviews/{id}/report");
        let own_report = ann.post(&report, &json!({ "reason": "mine" })).await;
        assert_eq!((own_report.status, own_report.problem().as_str()), (StatusCode::CONFLICT, "/problems/conflict"));
        assert_eq!(bob.post(&report, &json!({ "reason": "rude" })).await.status, StatusCode::NO_CONTENT);
        let seen = keeper.get("/api/v1/operator/reviews").await.json()["items"][0].clone();
        assert_eq!((seen["reports"].as_i64(), seen["reasons"][0].as_str()), (Some(1), Some("rude")));
        let hidden = keeper.post(&format!("/api/v1/operator/reviews/{id}/hide"), &json!({})).await;
        assert_eq!(hidden.json()["is_hidden"], true);
        assert_eq!(bob.get(&rating).await.json()["reviews"], 0);
        assert_eq!(ann.get(&own).await.status, StatusCode::OK, "its writer still sees it");
        assert_eq!(ann.ask("DELETE", &own, &[], None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ann.ask("DELETE", &own, &[], None).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn wishes_and_follows_are_kept_until_they_are_taken_back() {
    in_every_town(async |town| {
        let (ann, album) = (town.listener("ann@example.org", "0").await, town.album().await);
        let release = ann.get(&format!("/api/v1/releases/{album}")).await.json();
        let artist = release["artists"][0]["id"].as_str().unwrap_or_default().to_owned();
        for (path, list, at) in [
            (format!("/api/v1/me/wishes/{album}"), "/api/v1/me/wishes", "/items/0/id"),
            (format!("/api/v1/me/follows/artists/{artist}"), "/api/v1/me/follows", "/artists/0/id"),
        ] {
            for _ in 0..2 {
                assert_eq!(ann.ask("PUT", &path, &[], None).await.status, StatusCode::NO_CONTENT, "{path}");
            }
            let kept = ann.get(list).await.json();
            assert!(path.ends_with(kept.pointer(at).unwrap().as_str().unwrap()), "{kept}");
            assert_eq!(ann.ask("DELETE", &path, &[], None).await.status, StatusCode::NO_CONTENT);
            assert_eq!(ann.ask("DELETE", &path, &[], None).await.status, StatusCode::NOT_FOUND);
        }
        for nobody in ["/api/v1/me/wishes/x", "/api/v1/me/follows/artists/x", "/api/v1/me/follows/labels/x"] {
            assert_eq!(ann.ask("PUT", nobody, &[], None).await.status, StatusCode::NOT_FOUND, "{nobody}");
        }
    });
}

#[test]
fn editors_pick_by_the_operators_door() {
    in_every_town(async |town| {
        let (keeper, album) = (operator(town).await, town.album().await);
        let pick = json!({ "release": album, "words": { "en": "Loud & slow." } });
        assert_eq!(put(&keeper, "/api/v1/operator/picks/first", pick).await.status, StatusCode::CREATED);
        let told = town.visitor().get("/api/v1/picks").await.json()["items"][0].clone();
        assert_eq!(
            (told["release"]["id"].as_str(), told["words"]["en"].as_str()),
            (Some(album.as_str()), Some("Loud & slow."))
        );
        assert!(town.visitor().get("/ru/picks").await.text().contains("Loud &#38; slow."));
    });
}

#[test]
fn release_notes_and_a_biography_stand_at_their_pages() {
    in_every_town(async |town| {
        let (visitor, keeper, album) = (town.visitor(), operator(town).await, town.album().await);
        let notes = format!("/api/v1/releases/{album}/notes");
        assert_eq!(visitor.get(&notes).await.status, StatusCode::NOT_FOUND);
        let text = json!({ "of": { "release": album }, "texts": { "en": "Taped in a barn." } });
        assert_eq!(put(&keeper, "/api/v1/operator/texts/barn", text).await.status, StatusCode::CREATED);
        assert_eq!(visitor.get(&notes).await.json()["texts"]["en"], "Taped in a barn.");
        assert!(visitor.get(&format!("/ru/releases/{album}")).await.text().contains("<p>Taped in a barn.</p>"));
        let nobody = json!({ "of": { "artist": "nobody" }, "texts": { "en": "x" } });
        assert_eq!(put(&keeper, "/api/v1/operator/texts/x", nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn sitemaps_name_every_page_in_every_language_and_robots_find_them() {
    in_every_town(async |town| {
        let (visitor, album) = (town.visitor(), town.album().await);
        assert!(visitor.get("/robots.txt").await.text().contains("Sitemap: http://"));
        let index = visitor.get("/sitemap.xml").await.text();
        let parts: Vec<&str> = index.split("<loc>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        assert_eq!(parts.len(), 4, "{index}");
        let mut all = String::new();
        for part in parts {
            let path = &part[part.find("/sitemaps/").unwrap()..];
            let answer = visitor.get(path).await;
            assert_eq!(answer.header("content-type"), Some("application/xml; charset=utf-8"));
            all.push_str(&answer.text());
        }
        for lang in ["en", "ru"] {
            assert!(all.contains(&format!("/{lang}/releases/{album}</loc><lastmod>")), "{all}");
            let translation = format!("hreflang=\"{lang}\" href=\"http");
            assert_eq!(all.matches(&translation).count(), all.matches("<url>").count(), "each names this language");
            assert!(all.contains(&format!("/{lang}/artists/")) && all.contains(&format!("/{lang}/about</loc>")));
        }
        assert_eq!(visitor.get("/sitemaps/none.xml").await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_release_tells_machines_what_it_is_and_may_stand_in_other_pages() {
    in_every_town(async |town| {
        let (visitor, album) = (town.visitor(), town.album().await);
        let page = visitor.get(&format!("/en/releases/{album}?format=mp3:cbr:128")).await.text();
        let data =
            page.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((data["@type"].as_str(), data["track"].as_array().unwrap().len()), (Some("MusicAlbum"), 3));
        assert_eq!(
            (data["track"][0]["@type"].as_str(), data["offers"]["priceCurrency"].as_str()),
            (Some("MusicRecording"), Some("USD"))
        );
        assert!(
            page.contains(&format!("<link rel=\"canonical\" href=\"{}\">", data["url"].as_str().unwrap())),
            "{page}"
        );
        assert!(page.contains("<meta property=\"og:type\" content=\"music.album\">"));
        let url = data["url"].as_str().unwrap();
        let asked: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
        let answer = visitor.get(&format!("/oembed?url={asked}&maxwidth=300")).await.json();
        assert_eq!((answer["type"].as_str(), answer["width"].as_u64()), (Some("rich"), Some(300)));
        let source = answer["html"].as_str().unwrap().split('"').nth(1).unwrap();
        let embed = visitor.get(&source[source.find("/en/").unwrap()..]).await;
        let policy = embed.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(
            visitor.get("/oembed?url=https%3A%2F%2Fevil.example%2Fen%2Freleases%2Fx").await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(visitor.get(&format!("/oembed?url={asked}&format=xml")).await.status, StatusCode::NOT_IMPLEMENTED);
    });
}
