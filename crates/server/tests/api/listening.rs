//! Previews over HTTP: each standing hears its part, and no trick gets anybody more. What releases are sold in.

use axum::http::StatusCode;
use serde_json::json;

use crate::operator::operator;
use crate::town::{Person, Town, in_every_town};

/// Samples per second of any Opus file, and the first of them that are not heard.
const OPUS_RATE: u64 = 48_000;
const PRE_SKIP: u64 = 312;

/// What visitors, listeners and buyers hear of the tracks of four seconds.
async fn rules(town: &Town) -> Person {
    let keeper = operator(town).await;
    let word = json!({ "visitor_s": 1, "listener_s": 2, "buyer_from_micros": 10_000, "opus": "opus:cbr:24", "mp3": "mp3:cbr:96" });
    assert_eq!(keeper.put("/api/v1/operator/preview-settings/main", &word).await.status, StatusCode::CREATED);
    keeper
}

async fn preview_url(town: &Town) -> String {
    let release = town.visitor().get(&format!("/api/v1/releases/{}", town.album().await)).await.json();
    release["media"][0]["tracks"][0]["preview_url"].as_str().unwrap().to_owned()
}

/// How long an Ogg Opus file plays, in milliseconds: what its last page says.
fn plays_ms(file: &[u8]) -> u64 {
    let last = file.windows(4).rposition(|bytes| bytes == b"OggS").expect("it is an Ogg file");
    let granule = u64::from_le_bytes(file[last + 6..last + 14].try_into().unwrap());
    (granule - PRE_SKIP) * 1_000 / OPUS_RATE
}

#[test]
fn each_standing_hears_its_part_of_the_same_address() {
    in_every_town(async |town| {
        rules(town).await;
        let url = preview_url(town).await;
        let (visitor, ann) = (town.visitor(), town.listener("ann@example.org", "9.00").await);
        for (person, standing, ms) in [(&visitor, "visitor", 1_000), (&ann, "listener", 2_000)] {
            assert_eq!(person.get("/api/v1/previews").await.json()["standing"], json!(standing));
            let whole = person.get(&url).await;
            assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, Some("audio/ogg")));
            assert_eq!(plays_ms(&whole.body), ms, "{standing}");
            assert!(whole.header("vary").unwrap().contains("cookie"), "no cache mixes them up");
        }
        let order = ann.order("1", json!({ "release": town.album().await }), "wav:pcm:16").await;
        ann.settled(order.json()["id"].as_str().unwrap()).await;
        assert_eq!(ann.get("/api/v1/previews").await.json()["standing"], json!("buyer"));
        assert_eq!(plays_ms(&ann.get(&url).await.body), 4_000, "who has spent the sum hears the whole");
        assert_eq!(plays_ms(&visitor.get(&url).await.body), 1_000);
    });
}

#[test]
fn no_trick_gets_more_than_ones_part() {
    in_every_town(async |town| {
        rules(town).await;
        let url = preview_url(town).await;
        let (visitor, ann) = (town.visitor(), town.listener("ann@example.org", "0").await);
        let (part, longer) = (visitor.get(&url).await.body, ann.get(&url).await);
        // Asking for what lies behind the end.
        let beyond = visitor.ask("GET", &url, &[("range", &format!("bytes={}-", part.len()))], None).await;
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
        let last = visitor.ask("GET", &url, &[("range", "bytes=-999999999")], None).await;
        assert!(last.body == part, "the end of his file is the end");
        // Going on where a longer file was broken off: the validator is another, so he gets his own from the start.
        let etag = longer.header("etag").unwrap().to_owned();
        let from = format!("bytes={}-", part.len() / 2);
        let resumed = visitor.ask("GET", &url, &[("range", &from), ("if-range", &etag)], None).await;
        assert_eq!(resumed.status, StatusCode::OK);
        assert!(resumed.body == part);
        assert_eq!(visitor.ask("GET", &url, &[("if-none-match", &etag)], None).await.status, StatusCode::OK);
        // Offsets, lengths and formats that nobody offers.
        for asked in ["start=60", "offset=60", "t=60", "length=999", "s=999", "standing=buyer", "codec=opus&start=30"] {
            assert!(visitor.get(&format!("{url}?{asked}")).await.body == part, "{asked}");
        }
        for codec in ["flac", "wav", "opus:cbr:256"] {
            assert_eq!(visitor.get(&format!("{url}?codec={codec}")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        // Tokens and cookies that are not in force.
        let made_up = visitor.ask("GET", &url, &[("cookie", "session=0123456789abcdef")], None).await;
        assert!(made_up.body == part);
        let api_token = format!("session={}", ann.token.clone().unwrap());
        assert!(
            visitor.ask("GET", &url, &[("cookie", &api_token)], None).await.body == part,
            "a bearer token is no cookie"
        );
        let wrong = visitor.ask("GET", &url, &[("authorization", "Bearer 0123")], None).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        // Signing out: the same address gives a visitor's part again.
        assert_eq!(ann.delete("/api/v1/sessions/current").await.status, StatusCode::NO_CONTENT);
        assert_eq!(ann.get(&url).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            visitor.ask("HEAD", &url, &[], None).await.header("content-length"),
            Some(part.len().to_string().as_str())
        );
    });
}

#[test]
fn ranges_are_answered_and_mpeg_is_there_for_who_needs_it() {
    in_every_town(async |town| {
        rules(town).await;
        let url = preview_url(town).await;
        let whole = town.visitor().get(&url).await;
        let part = town.visitor().ask("GET", &url, &[("range", "bytes=10-19")], None).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
        assert!(part.body == whole.body[10..20]);
        for mpeg in [
            town.visitor().ask("GET", &url, &[("accept", "audio/mpeg")], None).await,
            town.visitor().get(&format!("{url}?codec=mp3")).await,
        ] {
            assert_eq!((mpeg.status, mpeg.header("content-type")), (StatusCode::OK, Some("audio/mpeg")));
            let ms = mpeg.body.len() as u64 * 8 / 96;
            assert!((1_000..1_200).contains(&ms), "about a second: {ms} ms");
        }
    });
}

#[test]
fn a_rights_holders_limit_holds_for_everybody() {
    in_every_town(async |town| {
        let keeper = rules(town).await;
        let url = preview_url(town).await;
        let ann = town.listener("ann@example.org", "0").await;
        let limit = |most_s: u64, release: &str| json!({ "release": release, "most_s": most_s, "note": "the label" });
        let album = town.album().await;
        let path = "/api/v1/operator/preview-limits/short";
        assert_eq!(keeper.put(path, &limit(1, &album)).await.status, StatusCode::CREATED);
        assert_eq!(plays_ms(&ann.get(&url).await.body), 1_000);
        assert_eq!(keeper.put(path, &limit(0, &album)).await.status, StatusCode::OK);
        for person in [&ann, &town.visitor(), &keeper] {
            let answer = person.get(&url).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::FORBIDDEN, "/problems/preview-withheld")
            );
        }
        let wrong = keeper.put(path, &json!({ "label": "x", "release": album, "most_s": 1 })).await;
        assert_eq!((wrong.status, wrong.json()["field"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("release")));
        assert_eq!(keeper.delete(path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(plays_ms(&ann.get(&url).await.body), 2_000);
    });
}

#[test]
fn a_waveform_is_told_as_points_and_as_a_picture_and_may_be_kept() {
    in_every_town(async |town| {
        let release = town.visitor().get(&format!("/api/v1/releases/{}", town.album().await)).await.json();
        let url = release["media"][0]["tracks"][0]["waveform_url"].as_str().unwrap().to_owned();
        let answer = town.visitor().get(&url).await;
        let points = answer.json()["points"].as_array().unwrap().len();
        assert_eq!((answer.status, points), (StatusCode::OK, 400));
        assert!(answer.header("cache-control").unwrap().contains("public"));
        let etag = answer.header("etag").unwrap().to_owned();
        let again = town.visitor().ask("GET", &url, &[("if-none-match", &etag)], None).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        let picture = town.visitor().get(&format!("{url}?as=svg")).await;
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        assert!(picture.text().starts_with("<svg "));
        assert_eq!(town.visitor().get("/api/v1/tracks/none/waveform").await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_release_is_sold_in_some_classes_alone_where_the_operator_says_so() {
    in_every_town(async |town| {
        let keeper = operator(town).await;
        let album = town.album().await;
        let classes =
            async || town.visitor().get(&format!("/api/v1/releases/{album}")).await.json()["format_classes"].clone();
        assert_eq!(classes().await, json!(["lossy", "lossless", "hires"]));
        let word = json!({ "release": album, "classes": ["lossy"] });
        assert_eq!(keeper.put("/api/v1/operator/release-formats/some", &word).await.status, StatusCode::CREATED);
        assert_eq!(classes().await, json!(["lossy"]));
        let formats = town.visitor().get(&format!("/api/v1/formats?release={album}")).await.json();
        let sold = formats["items"].as_array().unwrap();
        assert!(!sold.is_empty() && sold.iter().all(|format| format["class"] == "lossy"));
        let quote = async |format: &str| {
            let wish = json!({ "items": [{ "release": album }], "format": format });
            town.visitor().post("/api/v1/quotes", &wish).await
        };
        assert_eq!(quote("mp3:cbr:320").await.status, StatusCode::OK);
        let refused = quote("flac:lossless:5").await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "/problems/format-does-not-fit")
        );
        let page = town.visitor().get(&format!("/en/releases/{album}")).await.text();
        assert!(page.contains("mp3:cbr:320") && !page.contains("flac:lossless"), "the chooser obeys");
        let other = keeper.put("/api/v1/operator/release-formats/other", &word).await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        let wrong = keeper
            .put("/api/v1/operator/release-formats/some", &json!({ "release": album, "classes": ["shellac"] }))
            .await;
        assert_eq!(wrong.json()["field"], json!("classes[0]"));
    });
}
