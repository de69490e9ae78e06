//! The process is killed at any point between order and capture: afterwards the order ends charged, with its file, or
//! unheld, without one; and the books are right.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gramovar::{Home, Server, fresh_postgres, word};
use crate::masters;

const PASSWORD: &str = "a long enough password";
/// Milliseconds after the order was sent at which the process dies.
const MOMENTS_MS: [u64; 10] = [0, 2, 5, 10, 20, 40, 80, 160, 320, 640];

#[test]
fn an_order_survives_sigkill_at_any_moment_on_sqlite() {
    kill_again_and_again(&Home::new(None));
}

#[test]
fn an_order_survives_sigkill_at_any_moment_on_postgresql() {
    let Some(database) = fresh_postgres("kill") else {
        eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested");
        return;
    };
    kill_again_and_again(&Home::new(Some(database)));
}

fn kill_again_and_again(home: &Home) {
    let music = tempfile::tempdir().unwrap();
    for n in 1..=4 {
        masters::wav(&music.path().join(format!("{n}.wav")), n, 10, &format!("Tone {n}"));
    }
    home.done(&["import", word(music.path())], "");
    let mut server = home.serve();
    let releases = server.ask("GET", "/api/v1/releases", &[], None).unwrap().json();
    let release = releases["items"][0]["id"].as_str().unwrap().to_owned();
    for (round, after_ms) in MOMENTS_MS.into_iter().enumerate() {
        // A buyer of his own each time, so that every round has something to pay, and a format, so that it is encoded.
        let email = format!("listener-{round}@example.org");
        let token = new_listener(home, &server, &email);
        let format = format!("mp3:vbr:{round}");
        let order = json!({"items": [{"release": release}], "format": format});
        let key = format!("Idempotency-Key: round-{round}");
        let headers = [bearer(&token), key];
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| server.ask("POST", "/api/v1/orders", &headers, Some(&order)).map(|a| a.status));
            std::thread::sleep(Duration::from_millis(after_ms));
            server.kill();
            // Whether an answer came through before the end is of no account.
            let _ = asking.join();
        });
        server.bury();
        server = home.serve();
        // The listener's program does what a program does after a lost answer: the same again.
        let placed = server.ask("POST", "/api/v1/orders", &headers, Some(&order)).unwrap();
        assert!([200, 201].contains(&placed.status), "{}", placed.json());
        let settled = settled(&server, &token, placed.json()["id"].as_str().unwrap());
        assert_eq!(settled["state"], "charged", "after {after_ms} ms: {settled}");
        for line in settled["lines"].as_array().unwrap() {
            assert_eq!(line["state"], "ready");
            assert!(line["charged_micros"].as_i64().unwrap() > 0);
        }
        let shown = home.done(&["user", "show", "--email", &email, "--json"], "");
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["held_micros"], 0, "nothing is held when the order is settled");
    }
    assert!(server.stop());
    assert_eq!(home.done(&["audit"], ""), "0 differences\n");
}

/// The header that says who asks.
pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// A listener with money, signed in: her token.
pub fn new_listener(home: &Home, server: &Server, email: &str) -> String {
    home.done(&["user", "create", "--email", email, "--password-stdin"], PASSWORD);
    home.done(&["user", "credit", "--email", email, "--amount", "100.00"], "");
    let body = json!({"email": email, "password": PASSWORD});
    let answer = server.ask("POST", "/api/v1/sessions", &[], Some(&body)).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Waits until nothing of an order is held.
pub fn settled(server: &Server, token: &str, order: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = server.ask("GET", &format!("/api/v1/orders/{order}"), &[bearer(token)], None).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        let order = answer.json();
        if order["state"] != "held" {
            return order;
        }
        assert!(Instant::now() < until, "not settled within a minute: {order}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
