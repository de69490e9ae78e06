//! Bought files over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::town::{Person, TRACKS, Town, in_every_town, path_of};

/// Its size shows only when it is made.
const UNSIZED: &str = "mp3:vbr:0";

/// A new order's downloads.
async fn bought(town: &Town, person: &Person, format: &str) -> (String, Vec<Value>) {
    let order = person.order(format, json!({ "release": town.album().await }), format).await;
    assert_eq!(order.status, StatusCode::CREATED, "{}", order.text());
    let id = order.json()["id"].as_str().unwrap().to_owned();
    let downloads = person.get(&format!("/api/v1/downloads?order={id}")).await.json();
    (id, downloads["items"].as_array().unwrap().clone())
}

#[test]
fn a_download_begun_at_once_is_the_file_that_the_order_ends_with() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        for format in [UNSIZED, "mp3:cbr:320", "flac:lossless:5"] {
            let (id, downloads) = bought(town, &ann, format).await;
            assert_eq!(downloads.len(), TRACKS.len());
            let urls = downloads.iter().map(|download| path_of(download["url"].as_str().unwrap()).to_owned());
            let visitor = town.visitor();
            let files = futures_util::future::join_all(urls.map(|url| {
                let visitor = visitor.clone();
                async move { visitor.get(&url).await }
            }))
            .await;
            let order = ann.settled(&id).await;
            for (file, line) in files.iter().zip(order["lines"].as_array().unwrap()) {
                assert_eq!(file.status, StatusCode::OK);
                assert_eq!(line["file_bytes"], file.body.len());
                assert_eq!(line["sha256"], hex::encode(Sha256::digest(&file.body)));
            }
        }
    });
}

#[test]
fn a_file_answers_ranges_and_validators_like_any_file() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        let (id, downloads) = bought(town, &ann, "flac:lossless:5").await;
        ann.settled(&id).await;
        let url = path_of(downloads[1]["url"].as_str().unwrap()).to_owned();
        let visitor = town.visitor();
        let whole = visitor.get(&url).await;
        let total = whole.body.len();
        let etag = whole.header("etag").unwrap().to_owned();
        assert_eq!(whole.header("content-length"), Some(total.to_string().as_str()));
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
        let disposition = whole.header("content-disposition").unwrap();
        assert!(
            disposition.contains("filename=\"02 ___.flac\"") && disposition.contains("filename*=UTF-8''02%20%D0%94"),
            "{disposition}"
        );
        let head = visitor.ask("HEAD", &url, &[], None).await;
        assert_eq!(
            (head.status, head.header("content-length"), head.body.len()),
            (StatusCode::OK, whole.header("content-length"), 0)
        );
        for (range, from, to) in [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=100-".to_owned(), 100, total),
            ("bytes=-7".to_owned(), total - 7, total),
            (format!("bytes=5-{}", total * 2), 5, total),
        ] {
            let part = visitor.ask("GET", &url, &[("range", &range), ("if-range", &etag)], None).await;
            assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{range}");
            assert_eq!(part.header("content-range"), Some(format!("bytes {from}-{}/{total}", to - 1).as_str()));
            assert!(part.body == whole.body[from..to], "{range}");
        }
        let beyond = visitor.ask("GET", &url, &[("range", &format!("bytes={total}-"))], None).await;
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(beyond.header("content-range"), Some(format!("bytes */{total}").as_str()));
        let changed = visitor.ask("GET", &url, &[("range", "bytes=5-"), ("if-range", "\"old\"")], None).await;
        assert_eq!((changed.status, changed.body.len()), (StatusCode::OK, total));
        let known = visitor.ask("GET", &url, &[("if-none-match", &etag)], None).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    });
}

#[test]
fn a_range_of_a_file_in_the_making_is_the_range_of_the_finished_file() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        let (id, downloads) = bought(town, &ann, UNSIZED).await;
        let url = path_of(downloads[2]["url"].as_str().unwrap()).to_owned();
        let visitor = town.visitor();
        let ask = async |range: &str| visitor.ask("GET", &url, &[("range", range)], None).await;
        let (first, rest, last, beyond) =
            tokio::join!(ask("bytes=0-999"), ask("bytes=1000-"), ask("bytes=-10"), ask("bytes=99999999-"));
        ann.settled(&id).await;
        let whole = visitor.get(&url).await.body;
        let total = whole.len();
        assert_eq!(first.status, StatusCode::PARTIAL_CONTENT);
        let told = first.header("content-range").unwrap();
        assert!(told == "bytes 0-999/*" || told == format!("bytes 0-999/{total}"), "{told}");
        assert_eq!(rest.header("content-range"), Some(format!("bytes 1000-{}/{total}", total - 1).as_str()));
        assert!([first.body, rest.body].concat() == whole);
        assert!(last.body == whole[total - 10..]);
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    });
}

#[test]
fn the_list_of_links_and_the_zip_need_no_token() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        let (id, downloads) = bought(town, &ann, "mp3:cbr:192").await;
        let order = ann.settled(&id).await;
        let links = ann.get(&format!("/api/v1/downloads/links.txt?order={id}")).await.text();
        let urls: Vec<&str> = links.lines().collect();
        let expected: Vec<&str> = downloads.iter().map(|download| download["url"].as_str().unwrap()).collect();
        assert_eq!(urls, expected);
        let visitor = town.visitor();
        let zip = visitor.get(path_of(order["zips"][0]["url"].as_str().unwrap())).await;
        assert_eq!((zip.status, zip.header("content-type")), (StatusCode::OK, Some("application/zip")));
        assert_eq!(zip.header("content-length"), Some(zip.body.len().to_string().as_str()));
        let file = visitor.get(path_of(urls[0])).await;
        let found = zip.body.windows(file.body.len()).any(|window| window == file.body);
        assert!(found, "a stored file lies in the ZIP as it is");
    });
}

#[test]
fn a_failure_of_the_encoder_breaks_downloads_off_and_gives_the_money_back() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "9.00").await;
        town.damage_masters();
        let (id, downloads) = bought(town, &ann, "flac:lossless:5").await;
        let visitor = town.visitor();
        let urls = downloads.iter().map(|download| path_of(download["url"].as_str().unwrap()));
        for answer in futures_util::future::join_all(urls.map(|url| visitor.begin("GET", url, &[], None))).await {
            if [StatusCode::GONE, StatusCode::NOT_FOUND].contains(&answer.status()) {
                // It failed before anything could be sent.
                continue;
            }
            assert_eq!(answer.status(), StatusCode::OK);
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
            assert!(body.is_err(), "a part must not look like a whole");
        }
        let order = ann.settled(&id).await;
        assert_eq!((&order["state"], &order["charged_micros"]), (&json!("refunded"), &json!(0)));
        let wallet = ann.get("/api/v1/wallet").await.json();
        assert_eq!((&wallet["balance_micros"], &wallet["held_micros"]), (&json!(9_000_000), &json!(0)));
        // What was paid back is nobody's any more.
        for download in &downloads {
            let late = visitor.get(path_of(download["url"].as_str().unwrap())).await;
            assert_eq!((late.status, late.problem().as_str()), (StatusCode::GONE, "/problems/file-failed"));
        }
        // It stays where its buyer looks for it, and says what became of it.
        let shown = ann.get("/api/v1/downloads").await.json();
        let states: Vec<&str> =
            shown["items"].as_array().unwrap().iter().map(|d| d["state"].as_str().unwrap()).collect();
        assert_eq!(states, vec!["failed"; downloads.len()]);
        assert_eq!(ann.get("/api/v1/downloads/links.txt").await.text(), "");
    });
}
