//! Two hundred clients on four balances, who click twice, race for vouchers and ask for their money back, while the process is
//! killed again and again: afterwards the books say what the clients have noted down themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gramovar::{Answer, Home, Server, fresh_postgres, word};
use crate::kill::bearer;
use crate::masters;

const PASSWORD: &str = "a long enough password";
const CLIENTS: usize = 200;
const USERS: usize = 4;
/// What each client does, one after the other.
const DEEDS: usize = 5;
const TRACKS: u32 = 6;
const KILLS: u32 = 3;
/// Between one death and the next, while the clients are at it.
const LIFE: Duration = Duration::from_millis(1_200);
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
const VOUCHER_MICROS: i64 = 3_000_000;
const TOP_UP_MICROS: i64 = 10_000_000;
const REFUND_MICROS: i64 = 1_000_000;

#[test]
fn two_hundred_clients_and_sigkill_lose_and_invent_nothing_on_sqlite() {
    crowd(Home::new(None));
}

#[test]
fn two_hundred_clients_and_sigkill_lose_and_invent_nothing_on_postgresql() {
    let Some(database) = fresh_postgres("crowd") else {
        eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested");
        return;
    };
    crowd(Home::new(Some(database)));
}

/// What one user's clients noted down.
#[derive(Default)]
struct Notes {
    /// Orders by their keys; never two for one key.
    orders: BTreeMap<String, String>,
    topped_up: i64,
    /// What was taken off, by refund.
    refunds: BTreeMap<String, i64>,
}

struct World {
    home: Home,
    server: RwLock<Option<Server>>,
    tokens: Vec<String>,
    operator: String,
    tracks: Vec<String>,
    /// Codes that nobody has taken up yet, with their serial numbers.
    codes: Mutex<Vec<(String, String)>>,
    /// Who said of a code that it was his; none when nobody's answer came through.
    taken: Mutex<Vec<(String, Vec<usize>)>>,
    notes: [Mutex<Notes>; USERS],
}

fn crowd(home: Home) {
    let world = World::open(home);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                scope.spawn({
                    let world = &world;
                    move || world.client(n)
                })
            })
            .collect();
        for _ in 0..KILLS {
            std::thread::sleep(LIFE);
            world.kill_and_restart();
        }
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    world.compare();
    let server = world.server.into_inner().unwrap().unwrap();
    assert!(server.stop());
    assert_eq!(world.home.done(&["audit"], ""), "0 differences\n");
    let books: Value = serde_json::from_str(&world.home.done(&["ledger", "--json"], "")).unwrap();
    assert!(books.as_array().unwrap().iter().all(|books| books["sum_micros"] == 0), "{books}");
}

impl World {
    fn open(home: Home) -> World {
        let music = tempfile::tempdir().unwrap();
        for n in 1..=TRACKS {
            masters::wav(&music.path().join(format!("{n}.wav")), n, 2, &format!("Tone {n}"));
        }
        home.done(&["import", word(music.path())], "");
        let limits = "[topups]\nstarts = 100000\nday_max = \"1000000.00\"\n";
        std::fs::write(home.data.join("gramovar.toml"), limits).unwrap();
        let people = (0..USERS).map(|n| (format!("user{n}@test.example"), "listener"));
        let people: Vec<_> = people.chain([("keeper@test.example".to_owned(), "operator")]).collect();
        for (email, role) in &people {
            home.done(&["user", "create", "--email", email, "--role", role, "--password-stdin"], PASSWORD);
        }
        let server = RwLock::new(Some(home.serve()));
        let (codes, taken) = (Mutex::default(), Mutex::default());
        let (tokens, tracks, operator) = (Vec::new(), Vec::new(), String::new());
        let mut world = World { home, server, tokens, operator, tracks, codes, taken, notes: Default::default() };
        for (email, _) in &people {
            let session = world.ask("POST", "/sessions", None, Some(&json!({"email": email, "password": PASSWORD})));
            world.tokens.push(session.json()["token"].as_str().unwrap().to_owned());
        }
        world.operator = world.tokens.pop().unwrap();
        world.declare();
        world
    }

    fn declare(&mut self) {
        let put = |path: &str, body: Value| {
            let answer = self.ask("PUT", &format!("/operator/{path}"), Some((&self.operator, None)), Some(&body));
            assert_eq!(answer.status, 201, "{}", answer.json());
        };
        put("tariffs/all", json!({"periods": [{"price_per_mb_micros": 9_000_000}]}));
        let ways = json!([{"provider": "transfer"}, {"provider": "voucher"}]);
        put("topup-rules/main", json!({"menu_micros": [TOP_UP_MICROS], "transfer_details": "IBAN", "ways": ways}));
        put("voucher-batches/race", json!({"count": CLIENTS * DEEDS, "value_micros": VOUCHER_MICROS}));
        let made = self.ask("POST", "/operator/voucher-batches/race/codes", Some((&self.operator, None)), None).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pairs = made["codes"].as_array().unwrap().iter().map(|c| (text(&c["code"]), text(&c["serial"])));
        *self.codes.lock().unwrap() = pairs.collect();
        let releases = self.ask("GET", "/releases", None, None).json();
        let album = self.ask("GET", &format!("/releases/{}", releases["items"][0]["id"].as_str().unwrap()), None, None);
        let media = album.json()["media"].as_array().unwrap().clone();
        self.tracks =
            media.iter().flat_map(|medium| medium["tracks"].as_array().unwrap()).map(|t| text(&t["id"])).collect();
    }

    /// Asks until there is an answer that decides something, whatever happens to the process meanwhile.
    fn ask(&self, method: &str, path: &str, who: Option<(&str, Option<&str>)>, body: Option<&Value>) -> Answer {
        let (path, until) = (format!("/api/v1{path}"), Instant::now() + PATIENCE);
        let mut headers: Vec<String> = who.iter().map(|(token, _)| bearer(token)).collect();
        headers.extend(who.and_then(|(_, key)| key).map(|key| format!("Idempotency-Key: {key}")));
        loop {
            let answer = self.server.read().unwrap().as_ref().map(|server| server.ask(method, &path, &headers, body));
            match answer {
                Some(Ok(answer)) if ![429, 503].contains(&answer.status) => return answer,
                _ => assert!(Instant::now() < until, "no answer to {method} {path} within a minute"),
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn kill_and_restart(&self) {
        self.server.read().unwrap().as_ref().unwrap().kill();
        let mut server = self.server.write().unwrap();
        server.take().unwrap().bury();
        *server = Some(self.home.serve());
    }

    fn client(&self, n: usize) {
        for deed in 0..DEEDS {
            let (user, key) = (n % USERS, format!("client-{n}-{deed}"));
            match (n / USERS + deed) % DEEDS {
                0 => drop(self.top_up(user, &key)),
                1 | 2 => self.order(user, &key, n + 7 * deed),
                3 => self.race_for_a_voucher(user, (n / USERS) % USERS),
                _ => self.top_up_and_back(user, &key),
            }
        }
    }

    /// The same request from two hands at once.
    fn twice(&self, path: &str, (user, key): (usize, &str), body: &Value) -> [Answer; 2] {
        let go = || self.ask("POST", path, Some((&self.tokens[user], Some(key))), Some(body));
        std::thread::scope(|scope| {
            let other = scope.spawn(go);
            [go(), other.join().unwrap()]
        })
    }

    fn order(&self, user: usize, key: &str, chance: usize) {
        let formats = ["mp3:cbr:128", "mp3:cbr:192", "mp3:cbr:320", "wav:pcm:16", "opus:cbr:96", "flac:lossless:5"];
        let track = &self.tracks[chance % self.tracks.len()];
        let body = json!({"items": [{"track": track}], "format": formats[chance / self.tracks.len() % formats.len()]});
        for answer in self.twice("/orders", (user, key), &body) {
            assert!([200, 201, 402].contains(&answer.status), "{}", answer.json());
            if answer.status != 402 {
                let id = answer.json()["id"].as_str().unwrap().to_owned();
                let noted = self.notes[user].lock().unwrap().orders.insert(key.to_owned(), id.clone());
                assert!(noted.is_none_or(|before| before == id), "two orders under {key}");
            }
        }
    }

    fn top_up(&self, user: usize, key: &str) -> String {
        let body = json!({"provider": "transfer", "amount_micros": TOP_UP_MICROS});
        let [one, other] = self.twice("/topups", (user, key), &body);
        let id = one.json()["id"].as_str().unwrap_or_else(|| panic!("{}", one.json())).to_owned();
        assert_eq!(other.json()["id"], id.as_str(), "two top-ups under {key}");
        let arrived = json!({"received_micros": TOP_UP_MICROS, "payment_ref": format!("bank-{id}")});
        for _ in 0..2 {
            let path = format!("/operator/transfers/{id}/confirm");
            let posted = self.ask("POST", &path, Some((&self.operator, None)), Some(&arrived));
            assert_eq!((posted.status, &posted.json()["state"]), (200, &json!("posted")));
        }
        self.notes[user].lock().unwrap().topped_up += TOP_UP_MICROS;
        id
    }

    fn top_up_and_back(&self, user: usize, key: &str) {
        let (id, back) = (self.top_up(user, key), format!("{key}-back"));
        let body = json!({"amount_micros": REFUND_MICROS});
        for answer in self.twice(&format!("/topups/{id}/refund"), (user, &back), &body) {
            // Others may have spent it meanwhile.
            assert!([200, 201, 409].contains(&answer.status), "{}", answer.json());
            if answer.status != 409 {
                let (refund, taken) =
                    (answer.json()["id"].to_string(), answer.json()["taken_micros"].as_i64().unwrap());
                self.notes[user].lock().unwrap().refunds.insert(refund, taken);
            }
        }
    }

    fn race_for_a_voucher(&self, user: usize, rival: usize) {
        let (code, serial) = self.codes.lock().unwrap().pop().unwrap();
        let redeem = |user: usize| {
            let body = json!({"code": code});
            let answer = self.ask("POST", "/vouchers/redeem", Some((&self.tokens[user], None)), Some(&body));
            assert!([200, 409].contains(&answer.status), "{}", answer.json());
            (answer.status == 200).then_some(user)
        };
        let winners = std::thread::scope(|scope| {
            let other = scope.spawn(|| redeem(rival));
            [redeem(user), other.join().unwrap()]
        });
        let winners: Vec<usize> = winners.into_iter().flatten().collect();
        assert!(winners.len() <= 1, "{serial} was redeemed twice");
        self.taken.lock().unwrap().push((serial, winners));
    }

    /// Holds what the shop says against what the clients noted.
    fn compare(&self) {
        let me = |user: usize, path: &str| self.ask("GET", path, Some((&self.tokens[user], None)), None).json();
        let ids: Vec<String> = (0..USERS).map(|user| me(user, "/me")["id"].as_str().unwrap().to_owned()).collect();
        let mut vouchers = [0; USERS];
        for (serial, winners) in &*self.taken.lock().unwrap() {
            let path = format!("/operator/vouchers/{serial}");
            let code = self.ask("GET", &path, Some((&self.operator, None)), None).json();
            let owner = ids.iter().position(|id| code["redeemed_by"] == id.as_str()).expect("somebody has it");
            assert!(winners.iter().all(|winner| *winner == owner), "{code}");
            vouchers[owner] += VOUCHER_MICROS;
        }
        for (user, redeemed) in vouchers.into_iter().enumerate() {
            let until = Instant::now() + PATIENCE;
            while me(user, "/wallet")["held_micros"] != 0 {
                assert!(Instant::now() < until, "not settled within a minute");
                std::thread::sleep(PAUSE);
            }
            let (orders, charged) = self.orders(user);
            let notes = self.notes[user].lock().unwrap();
            assert_eq!(orders, notes.orders.values().cloned().collect::<BTreeSet<_>>());
            let expected = notes.topped_up + redeemed - charged - notes.refunds.values().sum::<i64>();
            assert_eq!(me(user, "/wallet")["balance_micros"], expected, "user {user}");
            assert!(charged > 0 && !notes.refunds.is_empty());
        }
    }

    /// The ids of a user's orders, and what all of them cost.
    fn orders(&self, user: usize) -> (BTreeSet<String>, i64) {
        let (mut ids, mut charged, mut after) = (BTreeSet::new(), 0, String::new());
        loop {
            let path = format!("/orders?limit=200{after}");
            let page = self.ask("GET", &path, Some((&self.tokens[user], None)), None).json();
            for order in page["items"].as_array().unwrap() {
                ids.insert(order["id"].as_str().unwrap().to_owned());
                charged += order["charged_micros"].as_i64().unwrap();
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return (ids, charged),
            }
        }
    }
}
