//! `gramovar ledger` and `gramovar volume` over a shop in which something was bought: what they print, and what they refuse.

use serde_json::{Value, json};

use crate::gramovar::{Home, fresh_postgres, text, word};
use crate::kill::{bearer, new_listener, settled};
use crate::masters;

const EMAIL: &str = "keeper@test.example";
const OTHER: &str = "other@test.example";
const PASSWORD: &str = "a long enough password";

#[test]
fn the_books_are_printed_and_mended_on_sqlite() {
    books(&Home::new(None));
}

#[test]
fn the_books_are_printed_and_mended_on_postgresql() {
    let Some(database) = fresh_postgres("ledger") else {
        eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested");
        return;
    };
    books(&Home::new(Some(database)));
}

/// An order that is charged: its first line.
fn bought(home: &Home) -> Value {
    let music = tempfile::tempdir().unwrap();
    masters::wav(&music.path().join("1.wav"), 1, 2, "Tone");
    home.done(&["import", word(music.path())], "");
    let server = home.serve();
    let token = new_listener(home, &server, EMAIL);
    let releases = server.ask("GET", "/api/v1/releases", &[], None).unwrap().json();
    let order = json!({"items": [{"release": releases["items"][0]["id"]}], "format": "wav:pcm:16"});
    let headers = [bearer(&token), "Idempotency-Key: k".to_owned()];
    let placed = server.ask("POST", "/api/v1/orders", &headers, Some(&order)).unwrap().json();
    let line = settled(&server, &token, placed["id"].as_str().unwrap())["lines"][0].clone();
    assert!(server.stop());
    line
}

fn books(home: &Home) {
    let refused = |words: &[&str], why: &str| {
        let out = home.run(words, "");
        assert_eq!(out.status.code(), Some(2), "{words:?}: {}", text(&out.stdout));
        assert!(text(&out.stderr).contains(why), "{words:?}: {}", text(&out.stderr));
    };
    refused(&["ledger"], "there is no shop");
    refused(&["volume"], "there is no shop");
    let line = bought(home);
    let (id, charged) = (line["id"].as_str().unwrap(), line["charged_micros"].as_i64().unwrap());

    let balance = |kind: &str| -> i64 {
        let trials: Value = serde_json::from_str(&home.done(&["ledger", "--json"], "")).unwrap();
        assert_eq!((trials.as_array().unwrap().len(), &trials[0]["sum_micros"]), (1, &json!(0)));
        let lines = trials[0]["lines"].as_array().unwrap();
        lines.iter().filter(|line| line["kind"] == kind).map(|line| line["balance_micros"].as_i64().unwrap()).sum()
    };
    assert_eq!((balance("revenue"), balance("promotional")), (charged, 100_000_000 - charged));
    let table = home.done(&["ledger"], "");
    assert!(table.starts_with("main, USD\n") && table.contains("promotional of 1 listener "), "{table}");
    assert_eq!(table.lines().last().unwrap().split_whitespace().collect::<Vec<_>>(), ["sum", "0.00"]);
    assert_eq!(home.done(&["ledger", "--at", "2020-01-01"], ""), "nothing is booked\n");
    assert_eq!(home.done(&["ledger", "--currency", "EUR"], ""), "nothing is booked\n");

    let part = ["ledger", "refund", "--line", id, "--amount", "0.001", "--key", "a", "--reason", "a scratch"];
    assert!(home.done(&part, "").starts_with("given back: purchased 0.00, promotional 0.001, voucher 0.00; left "));
    assert!(home.done(&part, "").contains("it stood already"));
    refused(&["ledger", "refund", "--line", id, "--amount", "99"], "can still go back");
    refused(&["ledger", "refund", "--line", "none"], "no such order line");
    assert!(home.done(&["ledger", "refund", "--line", id], "").contains("left 0.00"));
    assert_eq!((balance("revenue"), balance("promotional")), (0, 100_000_000));

    let user = &["user", "create", "--email", OTHER, "--password-stdin"];
    home.done(user, PASSWORD);
    let transfer = |from: &str, to: &str| home.run(&["ledger", "transfer", "--from", from, "--to", to], "");
    let moved = transfer(EMAIL, OTHER);
    assert_eq!(text(&moved.stdout), "moved: purchased 0.00, promotional 100.00, voucher 0.00\n");
    assert!(text(&transfer(OTHER, OTHER).stderr).contains("two different users"));
    assert!(text(&transfer("nobody@test.example", OTHER).stderr).contains("nobody here has the address"));
    let debt = ["ledger", "write-off", "--user", OTHER, "--amount", "1.00", "--reason", "2026-17"];
    refused(&debt, "this user owes nothing");
    refused(&["ledger", "write-off", "--user", OTHER, "--amount", "-1", "--reason", "x"], "write an amount as digits");
    assert_eq!(text(&transfer(EMAIL, OTHER).stdout), "nothing to move\n");

    let keys = home.done(&["ledger", "key"], "");
    assert_eq!((keys.lines().count(), keys.contains("in force")), (1, true), "{keys}");
    let replaced = home.done(&["ledger", "key", "--replace"], "");
    assert_eq!(replaced.lines().count(), 2, "{replaced}");
    assert!(replaced.contains(keys.split(' ').next().unwrap()), "an old key is not forgotten: {replaced}");
    home.done(&["ledger", "roots"], "");

    let volume: Value = serde_json::from_str(&home.done(&["volume", "--json"], "")).unwrap();
    assert_eq!(volume["volumes"][0]["spent_micros"], 0, "what was spent went back: {volume}");
    let table = home.done(&["volume", "--months", "1"], "");
    assert!(table.contains("main, USD") && table.contains("unknown"), "{table}");
    assert!(home.done(&["volume", "--csv"], "").starts_with("month,storefront,currency,country,provider,"));
    refused(&["volume", "--until", "soon"], "is no month");
    assert_eq!(home.done(&["audit"], ""), "0 differences\n");
}
