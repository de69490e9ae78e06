//! Vouchers over the API: declared, printed once, scanned, redeemed, stopped, looked up; gifts.

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::vouchers::NewBatch;

use crate::operator::operator;
use crate::town::{Answer, Person, Town, in_every_town};

const BATCHES: &str = "/api/v1/operator/voucher-batches";

async fn printed(operator: &Person, id: &str, batch: &Value) -> Vec<Value> {
    let put = operator.put(&format!("{BATCHES}/{id}"), batch).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
    let codes = operator.post(&format!("{BATCHES}/{id}/codes"), &json!({})).await;
    assert_eq!(codes.status, StatusCode::CREATED, "{}", codes.text());
    codes.json()["codes"].as_array().unwrap().clone()
}

async fn redeem(person: &Person, code: &Value) -> Answer {
    person.post("/api/v1/vouchers/redeem", &json!({ "code": code })).await
}

#[test]
fn a_batch_is_declared_printed_once_redeemed_stopped_and_looked_up() {
    in_every_town(async |town| {
        let (operator, anna) = (operator(town).await, town.listener("anna@example.org", "0").await);
        let batch = json!({ "value_micros": 10_000_000, "count": 3, "reseller": "Kiosk", "margin_ppm": 100_000 });
        let codes = printed(&operator, "spring", &batch).await;
        let again = operator.post(&format!("{BATCHES}/spring/codes"), &json!({})).await;
        assert_eq!((again.status, again.problem().as_str()), (StatusCode::CONFLICT, "/problems/conflict"));
        let word = operator.get(&format!("{BATCHES}/spring")).await.json();
        assert_eq!(
            (word["status"]["open"].as_i64(), word["status"]["owed_micros"].as_i64()),
            (Some(3), Some(30_000_000))
        );
        assert_eq!(operator.put(&format!("{BATCHES}/spring"), &word).await.json(), word, "what is read can be put");
        let changed = json!({ "value_micros": 20_000_000, "count": 3 });
        let refused = operator.put(&format!("{BATCHES}/spring"), &changed).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (StatusCode::CONFLICT, Some("value_micros")));

        let answer = redeem(&anna, &codes[0]["code"]).await.json();
        assert_eq!((answer["sort"].as_str(), answer["amount_micros"].as_i64()), (Some("money"), Some(10_000_000)));
        let used = redeem(&anna, &codes[0]["code"]).await;
        assert_eq!((used.status, used.problem().as_str()), (StatusCode::CONFLICT, "/problems/voucher-used"));
        let state = operator.get("/api/v1/operator/vouchers/spring-00001").await.json();
        assert_eq!(
            (state["state"].as_str(), state["redeemed_by_email"].as_str()),
            (Some("redeemed"), Some("anna@example.org"))
        );
        assert!(!state.to_string().contains(codes[0]["code"].as_str().unwrap()));

        let stopped = operator.post(&format!("{BATCHES}/spring/stop"), &json!({})).await.json();
        assert_eq!(
            (stopped["status"]["stopped"].as_i64(), stopped["status"]["owed_micros"].as_i64()),
            (Some(2), Some(0))
        );
        let refused = redeem(&anna, &codes[1]["code"]).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::GONE, "/problems/voucher-stopped"));
        let listed = operator.get(&format!("{BATCHES}/spring/codes?limit=2")).await.json();
        assert_eq!((listed["items"].as_array().unwrap().len(), listed["next"].as_str()), (2, Some("spring-00002")));
        for (path, body) in [("/nothing/codes", json!({})), ("/nothing/stop", json!({}))] {
            assert_eq!(operator.post(&format!("{BATCHES}{path}"), &body).await.status, StatusCode::NOT_FOUND);
        }
        town.audited().await;
    });
}

#[test]
fn codes_become_a_table_or_a_paper_and_foreign_ones_do_not() {
    in_every_town(async |town| {
        let operator = operator(town).await;
        let codes = printed(&operator, "paper", &json!({ "value_micros": 10_000_000, "count": 12 })).await;
        let texts: Vec<&str> = codes.iter().map(|code| code["code"].as_str().unwrap()).collect();
        let sheet = format!("{BATCHES}/paper/sheet");
        let csv = operator.post(&sheet, &json!({ "as": "csv", "codes": texts })).await;
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(csv.text().starts_with(&format!("serial,code\r\npaper-00001,{}\r\n", texts[0])), "{}", csv.text());
        let pdf = operator.post(&sheet, &json!({ "as": "pdf", "language": "ru", "codes": texts })).await;
        assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, Some("application/pdf")));
        assert!(pdf.body.starts_with(b"%PDF") && pdf.header("cache-control") == Some("no-store"));
        for (field, body) in [
            ("codes[0]", json!({ "as": "csv", "codes": ["0000-0000-0000-0000-0"] })),
            ("codes", json!({ "as": "csv", "codes": [] })),
            ("as", json!({ "as": "doc", "codes": texts })),
            ("language", json!({ "as": "pdf", "language": "xx", "codes": texts })),
        ] {
            let refused = operator.post(&sheet, &body).await;
            assert_eq!(
                (refused.status, refused.json()["field"].as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, Some(field))
            );
        }
    });
}

#[test]
fn a_batch_that_cannot_be_is_refused_with_the_field() {
    in_every_town(async |town| {
        let operator = operator(town).await;
        for (field, body) in [
            ("value_micros", json!({ "count": 1 })),
            ("value_micros", json!({ "value_micros": 0, "count": 1 })),
            ("value_micros", json!({ "value_micros": -10_000_000, "count": 1 })),
            ("value_micros", json!({ "value_micros": 10_000_001, "count": 1 })),
            ("value_micros", json!({ "value_micros": i64::MAX, "count": 1 })),
            ("value_micros", json!({ "value_micros": "NaN", "count": 1 })),
            ("value_micros", json!({ "value_micros": 1e30, "count": 1 })),
            ("count", json!({ "value_micros": 10_000_000, "count": 0 })),
            ("count", json!({ "value_micros": 10_000_000, "count": 10_001 })),
            ("count", json!({ "value_micros": 10_000_000, "count": -1 })),
            ("currency", json!({ "value_micros": 10_000_000, "count": 1, "currency": "EUR" })),
            ("expires_at", json!({ "value_micros": 10_000_000, "count": 1, "expires_at": "2020-01-01" })),
            ("expires_at", json!({ "value_micros": 10_000_000, "count": 1, "expires_at": "soon" })),
            ("discount_ppm", json!({ "sort": "percent", "count": 1 })),
            ("discount_ppm", json!({ "sort": "percent", "discount_ppm": 500_000, "count": 1 })),
            ("value_micros", json!({ "sort": "percent", "discount_ppm": 1, "value_micros": 1, "count": 1 })),
            ("release_id", json!({ "sort": "release", "release_id": "none", "value_micros": 10_000_000, "count": 1 })),
            ("sort", json!({ "sort": "gold", "count": 1 })),
            ("storefronts", json!({ "value_micros": 10_000_000, "count": 1, "storefronts": ["elsewhere"] })),
            ("margin_ppm", json!({ "value_micros": 10_000_000, "count": 1, "margin_ppm": 1 })),
            ("worth", json!({ "value_micros": 10_000_000, "count": 1, "worth": 1 })),
        ] {
            let refused = operator.put(&format!("{BATCHES}/x"), &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert_eq!(refused.json()["field"], field, "{}", refused.text());
        }
        let refused =
            operator.put(&format!("{BATCHES}/Upper"), &json!({ "value_micros": 10_000_000, "count": 1 })).await;
        assert_eq!(refused.json()["field"], "id", "{}", refused.text());
        assert_eq!(operator.get(BATCHES).await.json()["items"], json!([]));
    });
}

#[test]
fn a_voucher_for_a_release_asks_for_a_format_and_brings_an_order() {
    in_every_town(async |town| {
        let (operator, anna) = (operator(town).await, town.listener("anna@example.org", "0").await);
        let batch =
            json!({ "sort": "release", "release_id": town.album().await, "value_micros": 10_000_000, "count": 1 });
        let code = printed(&operator, "album", &batch).await[0]["code"].clone();
        let asked = redeem(&anna, &code).await;
        assert_eq!(
            (asked.status, asked.problem().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "/problems/format-needed")
        );
        assert_eq!(asked.json()["field"], "format");
        let body = json!({ "code": code, "format": "mp3:cbr:128" });
        let done = anna.post("/api/v1/vouchers/redeem", &body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        let order = anna.settled(done.json()["order"].as_str().unwrap()).await;
        assert_eq!((order["state"].as_str(), order["lines"].as_array().unwrap().len()), (Some("charged"), 3));
        assert_eq!(anna.get("/api/v1/wallet").await.json()["balance_micros"], 0, "exactly the price was given");
        town.audited().await;
    });
}

#[test]
fn ten_thousand_guesses_get_a_lock_and_no_hint() {
    in_every_town(async |town| {
        let anna = town.listener("anna@example.org", "0").await;
        let real = json!(town.voucher("10.00").await);
        let mut unknown = 0;
        for n in 0..10_000u32 {
            // Every one of them is well formed as far as anybody can tell.
            let code = well_formed(n);
            let answer = redeem(&anna, &json!(code)).await;
            match answer.problem().as_str() {
                "/problems/voucher-unknown" => unknown += 1,
                "/problems/too-many-requests" => assert!(answer.header("retry-after").is_some()),
                other => panic!("{other}"),
            }
        }
        assert_eq!(unknown, shop::vouchers::MAX_WRONG_OF_USER);
        assert_eq!(redeem(&anna, &real).await.problem(), "/problems/too-many-requests", "nor does a right one tell");
        let bob = town.listener("bob@example.org", "0").await;
        assert_eq!(redeem(&bob, &real).await.status, StatusCode::OK, "others are free");
    });
}

/// The code of a small number, with its check character.
fn well_formed(n: u32) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
    let value = u128::from(n) * 7_919_777_777;
    let digits: String = (0..16).rev().map(|i| ALPHABET[(value >> (5 * i)) as usize & 31] as char).collect();
    format!("{digits}{}", ALPHABET[(value % 37) as usize] as char)
}

#[test]
fn a_gift_goes_by_mail_and_one_that_waits_can_be_taken_back() {
    in_every_town(async |town| {
        let anna = giver(town).await;
        let bob = town.listener("bob@example.org", "0").await;
        let gift = json!({ "amount_micros": 10_000_000, "recipient": "bob@example.org", "from": "Анна", "message": "С днём рождения!" });
        let give = async |key: &str, gift: &Value| {
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            anna.ask("POST", "/api/v1/gifts", &headers, Some(gift.to_string())).await
        };
        let given = give("k", &gift).await;
        assert_eq!(given.status, StatusCode::CREATED, "{}", given.text());
        assert_eq!(give("k", &gift).await.status, StatusCode::OK);
        let code = code_in_the_mail(town).await;
        let redeemed = redeem(&bob, &json!(code)).await;
        assert_eq!(redeemed.json()["balance_micros"], 10_000_000, "{}", redeemed.text());
        let later = json!({ "amount_micros": 5_000_000, "recipient": "bob@example.org", "from": "Anna", "send_at": tomorrow(town) });
        let waiting = give("later", &later).await.json();
        assert_eq!(
            (waiting["state"].as_str(), anna.get("/api/v1/wallet").await.json()["balance_micros"].as_i64()),
            (Some("waiting"), Some(5_000_000))
        );
        let path = format!("/api/v1/gifts/{}/cancel", waiting["id"].as_str().unwrap());
        assert_eq!(bob.post(&path, &json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(anna.post(&path, &json!({})).await.json()["state"], "cancelled");
        assert_eq!(anna.post(&path, &json!({})).await.problem(), "/problems/conflict");
        assert_eq!(anna.get("/api/v1/wallet").await.json()["balance_micros"], 10_000_000);
        let much = json!({ "amount_micros": 11_000_000, "recipient": "bob@example.org", "from": "Anna" });
        let short = give("much", &much).await;
        assert_eq!(
            (short.status, short.problem().as_str()),
            (StatusCode::PAYMENT_REQUIRED, "/problems/too-little-balance")
        );
        for (field, change) in [
            ("amount_micros", json!({ "amount_micros": 0 })),
            ("amount_micros", json!({ "amount_micros": -1_000_000 })),
            ("amount_micros", json!({ "amount_micros": 1_000_001 })),
            ("recipient", json!({ "recipient": "bob" })),
            ("from", json!({ "from": " " })),
            ("send_at", json!({ "send_at": "2020-01-01" })),
            ("send_at", json!({ "send_at": "tomorrow" })),
            ("language", json!({ "language": "xx" })),
            ("message", json!({ "message": "x".repeat(501) })),
        ] {
            let mut bad = later.clone();
            bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = give("bad", &bad).await;
            assert_eq!(
                (refused.status, refused.json()["field"].as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, Some(field)),
                "{change}"
            );
        }
        let list = anna.get("/api/v1/gifts").await.json();
        let states: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|g| g["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["cancelled", "redeemed"]);
        town.audited().await;
    });
}

/// Somebody with 20 of purchased credit.
async fn giver(town: &Town) -> Person {
    let anna = town.listener("anna@example.org", "0").await;
    let batch = NewBatch { refundable_in_money: true, ..NewBatch::of_money("purse", money::Micros(20_000_000), 1) };
    let code = town.shop.vouchers.declare_and_print(batch).await.unwrap().remove(0).code;
    assert_eq!(redeem(&anna, &json!(code)).await.status, StatusCode::OK);
    anna
}

fn tomorrow(town: &Town) -> String {
    shop::clock::day_of(town.shop.clock.now_us() + 86_400_000_000)
}

/// The code in the one letter that was sent, out of its link.
async fn code_in_the_mail(town: &Town) -> String {
    let folder = town.shop.settings.data.join("mail");
    for _ in 0..600 {
        let letters = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        if let Some(letter) = letters.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "eml")) {
            let letter = std::fs::read_to_string(letter).unwrap();
            // The text is quoted or in base 64, by its letters; what reads mail undoes either.
            return code_of(&decoded(&letter));
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no letter came")
}

fn decoded(letter: &str) -> String {
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    if head.to_lowercase().contains("base64") {
        use base64::Engine;
        let packed: String = body.split_whitespace().collect();
        return String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).unwrap()).unwrap();
    }
    body.replace("=\r\n", "").replace("=3D", "=")
}

fn code_of(text: &str) -> String {
    let (_, rest) = text.split_once("/redeem?code=").unwrap_or_else(|| panic!("no link in {text}"));
    let code = rest.split_whitespace().next().unwrap();
    ["%2A*", "%7E~", "%24$", "%3D="].iter().fold(code.to_owned(), |code, pair| code.replace(&pair[..3], &pair[3..]))
}
