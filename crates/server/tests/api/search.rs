//! Searching and suggesting over the API.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::town::in_every_town;

/// How long the index may take to follow an import.
const FOLLOWED_TIMEOUT: Duration = Duration::from_secs(30);

#[test]
fn what_is_typed_in_any_alphabet_leads_to_what_is_meant() {
    in_every_town(async |town| {
        let release = town.album().await;
        let visitor = town.visitor();
        let suggested = async |typed: &str| -> Value {
            let query =
                form_urlencoded::Serializer::new("/api/v1/suggestions?".to_owned()).append_pair("q", typed).finish();
            visitor.get(&query).await.json()["items"].take()
        };
        let until = Instant::now() + FOLLOWED_TIMEOUT;
        while suggested("dva").await == json!([]) {
            assert!(Instant::now() < until, "the index never followed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // As it is written, by its sound, and on the other keyboard.
        for (typed, parts) in [
            ("дв", json!([{ "text": "Дв", "matches": true }, { "text": "а", "matches": false }])),
            ("dva", json!([{ "text": "Два", "matches": true }])),
            ("ldf", json!([{ "text": "Два", "matches": true }])),
        ] {
            let found = suggested(typed).await;
            let track = found
                .as_array()
                .unwrap()
                .iter()
                .find(|hit| hit["kind"] == "track")
                .unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((&track["title"], &track["release"]), (&parts, &json!(release)), "{typed}");
        }
        for (typed, way) in [
            ("%D0%B4%D0%B2", json!("typed")),
            ("dva", json!("sound")),
            ("ldf", json!("other_keys")),
            ("xyzzyx", json!(null)),
        ] {
            let found = visitor.get(&format!("/api/v1/search?q={typed}")).await.json();
            assert_eq!(found["found_by"], way, "{typed}");
        }
        let page = visitor.get("/ru/search?q=ldf").await;
        assert!(page.text().contains("в другой раскладке") && page.text().contains("Два"), "{}", page.text());
        assert_eq!(suggested("").await, json!([]));
        assert_eq!(suggested("xyzzyx").await, json!([]));
    });
}

#[test]
fn a_search_says_what_it_can_be_narrowed_down_to_and_charts_say_what_was_bought() {
    in_every_town(async |town| {
        let release = town.album().await;
        let listener = town.listener("charts@example.org", "10.00").await;
        let until = Instant::now() + FOLLOWED_TIMEOUT;
        let facets = loop {
            let facets = listener.get("/api/v1/search/facets?q=dva").await.json();
            if facets["results"] != json!(0) {
                break facets;
            }
            assert!(Instant::now() < until, "the index never followed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let quality = &facets["quality"][0];
        assert_eq!((&quality["value"], &quality["results"]), (&json!("cd"), &facets["results"]), "{facets}");
        let found = async |quality: &str| {
            let path = format!("/api/v1/search?q=dva&quality={quality}");
            listener.get(&path).await.json()["items"].as_array().map_or(0, Vec::len)
        };
        assert!(found("cd").await > 0);
        assert_eq!(found("hires").await, 0);

        let order = listener.order("k", json!({ "release": release }), "mp3:cbr:128").await.json();
        listener.settled(order["id"].as_str().unwrap()).await;
        town.count_sales().await;
        for period in ["day", "week", "all"] {
            let chart = listener.get(&format!("/api/v1/charts?period={period}")).await.json();
            assert_eq!(
                (&chart["places"][0]["place"], &chart["places"][0]["release"]["id"]),
                (&json!(1), &json!(release))
            );
            assert_eq!(chart["places"][0]["track"], Value::Null);
        }
        let chart = listener.get("/api/v1/charts?kind=track&limit=2").await.json();
        let places: Vec<&Value> = chart["places"].as_array().unwrap().iter().map(|place| &place["place"]).collect();
        assert_eq!(places, [&json!(1), &json!(1)], "all of it was bought once");
        assert_eq!(listener.get("/api/v1/charts?genre=none").await.json()["places"], json!([]));
    });
}
