//! Top-ups by the visitor's door, with a provider that means no good.

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::payments::PaymentSettings;
use shop::users::Role;

use crate::stripe::{Fault, Hostile, SECRET, dispute, event, now_s, signed, tell, tell_signed};
use crate::town::{Answer, Person, Town, in_every_town, in_every_town_with};

fn with_hostile(test: impl AsyncFn(&Town, &Hostile)) {
    with(|hostile| hostile.settings(), test);
}

fn with(settings: impl Fn(&Hostile) -> PaymentSettings, test: impl AsyncFn(&Town, &Hostile)) {
    in_every_town_with(
        async || {
            let hostile = Hostile::start().await;
            (settings(&hostile), hostile)
        },
        async |town, hostile| {
            test(town, hostile).await;
            town.audited().await;
        },
    );
}

async fn top_up(person: &Person, key: &str, provider: &str, micros: i64) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let body = json!({ "provider": provider, "amount_micros": micros }).to_string();
    person.ask("POST", "/api/v1/topups", &headers, Some(body)).await
}

/// A pending top-up's id.
async fn begun(person: &Person, key: &str, units: i64) -> String {
    let answer = top_up(person, key, "stripe", units * 1_000_000).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let topup = answer.json();
    assert_eq!(topup["state"], "pending");
    assert!(topup["redirect_url"].as_str().is_some_and(|url| url.contains("/pay/cs_")), "{topup}");
    topup["id"].as_str().unwrap().to_owned()
}

async fn refunded(person: &Person, key: &str, topup: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    person.ask("POST", &format!("/api/v1/topups/{topup}/refund"), &headers, Some(body.to_string())).await
}

async fn state(person: &Person, id: &str) -> String {
    person.get(&format!("/api/v1/topups/{id}")).await.json()["state"].as_str().unwrap().to_owned()
}

async fn balance(person: &Person) -> i64 {
    person.get("/api/v1/wallet").await.json()["balance_micros"].as_i64().unwrap() / 1_000_000
}

async fn keeper(town: &Town) -> Person {
    let who = ("keeper@example.org", "correct horse battery");
    town.shop.users.create(who.0, who.1, Role::Operator, "ru").await.unwrap();
    let mut person = town.visitor();
    let session = person.post("/api/v1/sessions", &json!({ "email": who.0, "password": who.1 })).await;
    person.token = Some(session.json()["token"].as_str().unwrap().to_owned());
    person
}

/// Asks until it is so.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it never came to be");
}

#[test]
fn money_is_on_the_balance_once_its_message_is_proved_and_never_twice() {
    with_hostile(async |town, hostile| {
        let ann = town.listener("ann@example.org", "0").await;
        let options = ann.get("/api/v1/topups/options").await.json();
        assert_eq!(options["menu_micros"], json!([10_000_000, 15_000_000, 25_000_000, 50_000_000]));
        assert_eq!((&options["providers"][0]["next"], &options["country"]), (&json!("redirect"), &Value::Null));
        let id = begun(&ann, "k", 25).await;
        let (session, _) = hostile.pay(&id);
        let success = hostile.session(&session)["success_url"].as_str().unwrap().to_owned();
        assert_eq!(success, format!("http://shop.example/en/topups/{id}"));
        let body = event("evt_1", "checkout.session.completed", &hostile.session(&session));
        let told = futures_util::future::join_all((0..20).map(|_| tell(town, &body))).await;
        assert!(told.iter().all(|answer| answer.status == StatusCode::OK));
        assert_eq!(told.iter().filter(|answer| answer.json()["outcome"] == "done").count(), 1);
        let other = event("evt_2", "checkout.session.completed", &hostile.session(&session));
        assert_eq!(tell(town, &other).await.status, StatusCode::OK);
        tell(town, &event("evt_3", "checkout.session.expired", &hostile.session(&session))).await;
        assert_eq!((state(&ann, &id).await.as_str(), balance(&ann).await), ("posted", 25));
        let list = ann.get("/api/v1/topups").await.json();
        assert_eq!(list["items"][0]["refundable_micros"], 25_000_000);
        assert_eq!(list["items"][0]["redirect_url"], Value::Null);
        let entries = ann.get("/api/v1/wallet/entries").await.json();
        assert_eq!(entries["items"][0]["kind"], "top_up");
    });
}

#[test]
fn only_what_the_provider_signed_just_now_is_believed() {
    with_hostile(async |town, hostile| {
        let ann = town.listener("ann@example.org", "0").await;
        let id = begun(&ann, "k", 25).await;
        let (session, _) = hostile.pay(&id);
        let body = event("evt_1", "checkout.session.completed", &hostile.session(&session));
        let good = signed(SECRET, now_s(), &body);
        let dearer = body.replace("2500", "9900");
        for (body, signature) in [
            (&body, signed("whsec_other", now_s(), &body)),
            (&body, signed(SECRET, now_s() - 3_600, &body)),
            (&body, signed(SECRET, now_s() + 3_600, &body)),
            (&body, good.replace("v1=", "v0=")),
            (&body, "t=now,v1=00".to_owned()),
            (&body, String::new()),
            (&dearer, good.clone()),
            (&"not json".to_owned(), signed(SECRET, now_s(), "not json")),
        ] {
            let answer = tell_signed(town, body, &signature).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::BAD_REQUEST, "/problems/message-not-believed"),
                "{signature}"
            );
        }
        assert_eq!(balance(&ann).await, 0);
        let huge = " ".repeat(300 << 10);
        assert_eq!(tell(town, &huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        // What is proved but means nothing here is taken, so that it stops being sent.
        for (n, (kind, object)) in [
            ("invoice.paid", json!({ "id": "in_1" })),
            (
                "checkout.session.completed",
                json!({ "id": "cs_9", "client_reference_id": "nobody's",
                "payment_status": "paid", "amount_total": 5, "currency": "usd", "payment_intent": "pi_9" }),
            ),
            ("checkout.session.completed", json!({ "id": 7 })),
            ("charge.dispute.created", dispute("dp_9", "pi_unknown", 500, "needs_response")),
        ]
        .into_iter()
        .enumerate()
        {
            let answer = tell(town, &event(&format!("evt_odd_{n}"), kind, &object)).await;
            assert_eq!(answer.status, StatusCode::OK, "{kind} {}", answer.text());
            assert_ne!(answer.json()["outcome"], "done");
        }
        // The same body an hour later, signed anew.
        assert_eq!(tell(town, &body).await.json()["outcome"], "done");
        assert_eq!(balance(&ann).await, 25);
    });
}

#[test]
fn without_stripe_its_door_is_shut_and_it_is_not_offered() {
    in_every_town(async |town| {
        let ann = town.listener("ann@example.org", "0").await;
        let answer = tell(town, "{}").await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "/problems/not-found"));
        let options = ann.get("/api/v1/topups/options").await.json();
        let ways: Vec<&str> =
            options["providers"].as_array().unwrap().iter().map(|way| way["provider"].as_str().unwrap()).collect();
        assert_eq!(ways, ["voucher"]);
        assert_eq!(top_up(&ann, "k", "stripe", 10_000_000).await.problem(), "/problems/payment-way-not-offered");
    });
}

#[test]
fn whatever_happens_to_the_answer_there_is_one_payment() {
    use Fault::{Garbled, Lost, Status};
    with_hostile(async |town, hostile| {
        let ann = town.listener("ann@example.org", "0").await;
        for (n, faults) in
            [vec![Status(500), Status(429)], vec![Status(409)], vec![Lost], vec![Garbled, Lost]].iter().enumerate()
        {
            hostile.next(faults);
            begun(&ann, &format!("k{n}"), 10).await;
            assert_eq!(hostile.books.lock().unwrap().sessions.len(), n + 1, "{faults:?}");
        }
        // Longer than anybody waits for a page: the same again goes on where it stood.
        hostile.next(&[Lost, Lost, Lost, Lost]);
        let busy = top_up(&ann, "late", "stripe", 10_000_000).await;
        assert_eq!(
            (busy.status, busy.problem().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "/problems/payment-provider-busy")
        );
        let pending = ann.get("/api/v1/topups").await.json()["items"][0].clone();
        // Its message comes before the way back does.
        let (session, _) = hostile.pay(pending["id"].as_str().unwrap());
        tell(town, &event("evt_1", "checkout.session.completed", &hostile.session(&session))).await;
        let again = top_up(&ann, "late", "stripe", 10_000_000).await;
        assert_eq!((again.status, again.json()["state"].as_str()), (StatusCode::OK, Some("posted")));
        let sessions = hostile.books.lock().unwrap().sessions.len();
        assert_eq!((sessions, balance(&ann).await), (5, 10));
        // A clear no ends it.
        hostile.next(&[Status(402)]);
        let refused = top_up(&ann, "refused", "stripe", 10_000_000).await;
        assert_eq!(refused.problem(), "/problems/payment-provider-refused");
        assert_eq!(top_up(&ann, "refused", "stripe", 10_000_000).await.json()["state"], "failed");
    });
}

#[test]
fn a_message_that_never_came_is_found_by_asking() {
    let settings = |hostile: &Hostile| PaymentSettings { look_up_s: 1, expiry_s: 2, ..hostile.settings() };
    with(settings, async |town, hostile| {
        let ann = town.listener("ann@example.org", "0").await;
        let (first, second) = (begun(&ann, "a", 10).await, begun(&ann, "b", 15).await);
        hostile.pay(&first);
        // Nobody asks: the shop does by itself.
        until(async || balance(&ann).await == 10).await;
        until(async || state(&ann, &second).await == "expired").await;
        let closed = hostile.books.lock().unwrap().sessions.values().any(|session| session["status"] == "expired");
        assert!(closed, "nobody can pay it any more");
        // Unless he did just before, and the message comes now.
        let (session, _) = hostile.pay(&second);
        tell(town, &event("evt_2", "checkout.session.completed", &hostile.session(&session))).await;
        assert_eq!((state(&ann, &second).await.as_str(), balance(&ann).await), ("posted", 25));
    });
}

#[test]
fn unspent_credit_goes_back_once_whatever_happens_to_the_answer() {
    with_hostile(async |town, hostile| {
        let ann = town.listener("ann@example.org", "0").await;
        let id = begun(&ann, "k", 25).await;
        let (session, intent) = hostile.pay(&id);
        tell(town, &event("evt_1", "checkout.session.completed", &hostile.session(&session))).await;
        let too_much = refunded(&ann, "r", &id, &json!({ "amount_micros": 26_000_000 })).await;
        assert_eq!((too_much.status, too_much.json()["field"].as_str()), (StatusCode::CONFLICT, Some("amount_micros")));
        hostile.next(&[Fault::Lost, Fault::Status(500)]);
        let refund = refunded(&ann, "r", &id, &json!({ "amount_micros": 10_000_000 })).await;
        assert_eq!((refund.status, balance(&ann).await), (StatusCode::CREATED, 15));
        let again = refunded(&ann, "r", &id, &json!({ "amount_micros": 10_000_000 })).await;
        assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &refund.json()["id"]));
        let is_done = async || ann.get("/api/v1/refunds").await.json()["items"][0]["state"] == "done";
        until(is_done).await;
        assert_eq!(hostile.books.lock().unwrap().refunds.len(), 1);
        tell(town, &event("evt_2", "charge.refunded", &hostile.charge(&intent))).await;
        assert_eq!(balance(&ann).await, 15, "its own refund is no news");
        // The bank sends it back.
        let failed = json!({ "id": "re_2", "status": "failed", "metadata": { "refund": refund.json()["id"] } });
        tell(town, &event("evt_3", "refund.failed", &failed)).await;
        assert_eq!(balance(&ann).await, 25);
        let strangers = town.listener("eve@example.org", "0").await;
        assert_eq!(refunded(&strangers, "r", &id, &json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(strangers.get(&format!("/api/v1/topups/{id}")).await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_dispute_freezes_tells_the_operator_and_leaves_a_debt_when_it_is_lost() {
    with_hostile(async |town, hostile| {
        let keeper = keeper(town).await;
        let ann = town.listener("ann@example.org", "0").await;
        let id = begun(&ann, "k", 25).await;
        let (session, intent) = hostile.pay(&id);
        // Everything the wrong way round: the dispute before the payment, the end before the beginning.
        let open = dispute("dp_1", &intent, 2_500, "needs_response");
        tell(town, &event("evt_1", "charge.dispute.created", &open)).await;
        tell(town, &event("evt_2", "checkout.session.completed", &hostile.session(&session))).await;
        let topup = ann.get(&format!("/api/v1/topups/{id}")).await.json();
        assert_eq!((balance(&ann).await, &topup["disputed_micros"]), (0, &json!(25_000_000)));
        let won = dispute("dp_1", &intent, 2_500, "won");
        tell(town, &event("evt_3", "charge.dispute.closed", &won)).await;
        tell(town, &event("evt_4", "charge.dispute.funds_withdrawn", &open)).await;
        assert_eq!(balance(&ann).await, 25);
        let item = json!({ "release": town.album().await });
        town.shop.tariffs.set_price_per_mb(money::Micros(50_000_000)).await.unwrap();
        let order = ann.order("o", item, "mp3:cbr:128").await;
        assert_eq!(order.status, StatusCode::CREATED, "{}", order.text());
        let spent = ann.settled(order.json()["id"].as_str().unwrap()).await["charged_micros"].as_i64().unwrap();
        assert!(spent > 5_000_000, "{spent}");
        let lost = dispute("dp_2", &intent, 2_500, "lost");
        tell(town, &event("evt_5", "charge.dispute.closed", &lost)).await;
        let owed = ann.get("/api/v1/topups/options").await.json()["owed_micros"].as_i64().unwrap();
        let wallet = ann.get("/api/v1/wallet").await.json();
        assert_eq!((owed, &wallet["balance_micros"]), (spent, &json!(0)));
        let path = "/api/v1/operator/disputes?limit=1";
        let (newest, ann_sees) = (keeper.get(path).await.json(), ann.get(path).await.status);
        let row = &newest["items"][0];
        assert_eq!((row["id"].as_str(), row["stage"].as_str()), (Some("dp_2"), Some("lost")));
        assert_eq!((row["owed_micros"].as_i64(), ann_sees), (Some(spent), StatusCode::FORBIDDEN));
        let older = keeper.get(&format!("{path}&after={}", newest["next"].as_str().unwrap())).await.json();
        assert_eq!((older["items"][0]["stage"].as_str(), &older["next"]), (Some("won"), &Value::Null));
        // The next one pays the debt first.
        let next = begun(&ann, "l", 50).await;
        let (session, _) = hostile.pay(&next);
        tell(town, &event("evt_6", "checkout.session.completed", &hostile.session(&session))).await;
        let wallet = ann.get("/api/v1/wallet").await.json();
        assert_eq!(wallet["balance_micros"], 50_000_000 - spent);
        until(async || town.letters().iter().any(|letter| letter.contains("keeper@example.org"))).await;
    });
}

#[test]
fn a_card_beyond_its_limits_brings_nothing_and_the_money_goes_back() {
    let settings = |hostile: &Hostile| {
        let mut settings = hostile.settings();
        settings.limits.card_users = 1;
        settings
    };
    with(settings, async |town, hostile| {
        hostile.books.lock().unwrap().card = "fp_1".to_owned();
        let (ann, eve) = (town.listener("ann@example.org", "0").await, town.listener("eve@example.org", "0").await);
        for (n, person) in [&ann, &eve].into_iter().enumerate() {
            let id = begun(person, "k", 10).await;
            let (session, _) = hostile.pay(&id);
            tell(town, &event(&format!("evt_{n}"), "checkout.session.completed", &hostile.session(&session))).await;
        }
        assert_eq!((balance(&ann).await, balance(&eve).await), (10, 0));
        let topup = eve.get("/api/v1/topups").await.json()["items"][0].clone();
        assert_eq!((&topup["state"], &topup["failure"]), (&json!("failed"), &json!("card")));
        until(async || hostile.books.lock().unwrap().refunds.len() == 1).await;
    });
}

#[test]
fn every_refusal_of_a_top_up_names_the_field() {
    with_hostile(async |town, _| {
        let ann = town.listener("ann@example.org", "0").await;
        for (provider, amount, problem, field) in [
            ("stripe", json!(0), "amount-not-offered", "amount_micros"),
            ("stripe", json!(-10_000_000), "amount-not-offered", "amount_micros"),
            ("stripe", json!(4_990_000), "amount-not-offered", "amount_micros"),
            ("stripe", json!(200_010_000), "amount-not-offered", "amount_micros"),
            ("stripe", json!(i64::MAX), "amount-not-offered", "amount_micros"),
            ("stripe", json!(10_005_000), "invalid", "amount_micros"),
            ("stripe", json!("10"), "invalid", "amount_micros"),
            ("stripe", json!(1e300), "invalid", "amount_micros"),
            ("stripe", json!(10.5), "invalid", "amount_micros"),
            ("paypal", json!(10_000_000), "payment-way-not-offered", "provider"),
            ("voucher", json!(10_000_000), "payment-way-not-offered", "provider"),
            ("transfer", json!(10_000_000), "payment-way-not-offered", "provider"),
        ] {
            let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
            let body = json!({ "provider": provider, "amount_micros": amount }).to_string();
            let answer = ann.ask("POST", "/api/v1/topups", &headers, Some(body)).await;
            assert_eq!(answer.problem(), format!("/problems/{problem}"), "{provider} {amount}");
            assert_eq!(answer.json()["field"], field, "{provider} {amount}");
        }
        let keyless = ann.post("/api/v1/topups", &json!({ "provider": "stripe", "amount_micros": 10_000_000 })).await;
        assert_eq!(keyless.problem(), "/problems/idempotency-key-missing");
        begun(&ann, "k", 10).await;
        assert_eq!(top_up(&ann, "k", "stripe", 15_000_000).await.problem(), "/problems/idempotency-key-reused");
        assert_eq!(top_up(&ann, "k", "stripe", 10_000_000).await.status, StatusCode::OK);
        for n in 0..9 {
            begun(&ann, &format!("n{n}"), 10).await;
        }
        let often = top_up(&ann, "one more", "stripe", 10_000_000).await;
        assert_eq!(
            (often.status, often.problem().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "/problems/too-many-requests")
        );
        assert!(often.header("retry-after").is_some());
    });
}

#[test]
fn an_operator_confirms_transfers_and_sends_refunds_by_hand() {
    with_hostile(async |town, _| {
        let (keeper, ann) = (keeper(town).await, town.listener("ann@example.org", "0").await);
        let json_type = [("content-type", "application/json")];
        let rules = json!({ "menu_micros": [25_000_000, 50_000_000], "free_amount": false, "transfer_details": "IBAN XX",
            "ways": [{ "provider": "transfer", "bonus_ppm": 100_000 }, { "provider": "stripe", "countries": ["DE"], "unknown_country": false }] });
        let path = "/api/v1/operator/topup-rules/main";
        let put = async |body: &Value| keeper.ask("PUT", path, &json_type, Some(body.to_string())).await;
        assert_eq!(put(&rules).await.status, StatusCode::CREATED);
        assert_eq!(put(&rules).await.status, StatusCode::OK);
        let mut wrong = rules.clone();
        wrong["ways"][0]["bonus_ppm"] = json!(900_000);
        assert_eq!(put(&wrong).await.json()["field"], "ways[0].bonus_ppm");
        assert_eq!(ann.get(path).await.status, StatusCode::FORBIDDEN);
        let options = ann.get("/api/v1/topups/options").await.json();
        assert_eq!(
            options["providers"],
            json!([{ "provider": "transfer", "next": "reference", "bonus_ppm": 100_000 }])
        );
        assert_eq!(top_up(&ann, "k", "transfer", 30_000_000).await.json()["field"], "amount_micros");
        let topup = top_up(&ann, "k", "transfer", 50_000_000).await.json();
        assert_eq!(topup["transfer_details"], "IBAN XX");
        let reference = topup["reference"].as_str().unwrap().replace(' ', "").to_lowercase();
        let confirm =
            async |body: Value| keeper.post(&format!("/api/v1/operator/transfers/{reference}/confirm"), &body).await;
        for (received, reason) in
            [(0, "more than zero"), (-1, "more than zero"), (1, "decimals"), (i64::MAX / 10_000 * 10_000, "at most")]
        {
            let refused = confirm(json!({ "received_micros": received, "payment_ref": "b" })).await;
            assert_eq!(
                (refused.status, refused.json()["field"].as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, Some("received_micros"))
            );
            assert!(refused.text().contains(reason), "{received}: {}", refused.text());
        }
        let pending = keeper.get("/api/v1/operator/transfers?state=pending").await.json();
        assert_eq!(pending["items"][0]["id"], topup["id"]);
        let posted = confirm(json!({ "received_micros": 40_000_000, "payment_ref": "b1" })).await;
        assert_eq!((posted.status, posted.json()["bonus_micros"].as_i64()), (StatusCode::OK, Some(4_000_000)));
        confirm(json!({ "received_micros": 40_000_000, "payment_ref": "b1" })).await;
        assert_eq!(balance(&ann).await, 44);
        let id = topup["id"].as_str().unwrap();
        let headers = [("content-type", "application/json"), ("idempotency-key", "r1")];
        let body = json!({ "topup": id, "amount_micros": 20_000_000 }).to_string();
        let refund = keeper.ask("POST", "/api/v1/operator/refunds", &headers, Some(body)).await;
        assert_eq!(refund.status, StatusCode::CREATED, "{}", refund.text());
        assert_eq!((refund.json()["paid_micros"].as_i64(), balance(&ann).await), (Some(20_000_000), 22));
        let one = format!("/api/v1/operator/refunds/{}", refund.json()["id"].as_str().unwrap());
        until(async || keeper.get(&one).await.json()["state"] == "by_hand").await;
        let sent = keeper.post(&format!("{one}/sent"), &json!({ "payment_ref": "out-1" })).await;
        assert_eq!((sent.status, sent.json()["state"].as_str()), (StatusCode::OK, Some("done")));
        assert_eq!(keeper.post(&format!("{one}/failed"), &json!({ "reason": "x" })).await.status, StatusCode::CONFLICT);
    });
}
