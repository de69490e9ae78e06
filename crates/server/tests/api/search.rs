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
        assert_eq!(suggested("").await, json!([]));
        assert_eq!(suggested("xyzzyx").await, json!([]));
    });
}
