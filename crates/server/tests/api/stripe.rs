//! A Stripe of our own that means no good: it repeats, refuses, forgets to answer after the work was done, and signs what it
//! likes. It keeps its promise about idempotency keys, and refuses a key whose content changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use shop::payments::PaymentSettings;
use shop::payments::stripe::StripeSettings;

use crate::town::{Answer, Town};

pub const KEY: &str = "sk_test_hostile";
pub const SECRET: &str = "whsec_hostile";

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and this status says so.
    Status(u16),
    /// The work is done, and the answer never arrives.
    Lost,
    /// The work is done, and the answer is not JSON.
    Garbled,
}

#[derive(Default)]
pub struct Books {
    faults: VecDeque<Fault>,
    /// What was done under a key: the form, and the answer.
    done: BTreeMap<String, (String, Value)>,
    pub sessions: BTreeMap<String, Value>,
    pub intents: BTreeMap<String, Value>,
    pub refunds: BTreeMap<String, Value>,
    /// The card that pays from now on.
    pub card: String,
    made: u32,
}

#[derive(Clone, Default)]
pub struct Hostile {
    pub books: Arc<Mutex<Books>>,
    pub address: String,
}

impl Hostile {
    pub async fn start() -> Hostile {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let hostile = Hostile { address, ..Hostile::default() };
        let routes = Router::new()
            .route("/v1/checkout/sessions", post(new_session))
            .route("/v1/checkout/sessions/{id}", get(session))
            .route("/v1/checkout/sessions/{id}/expire", post(expire))
            .route("/v1/payment_intents", get(|| async { axum::Json(json!({ "data": [] })) }))
            .route("/v1/payment_intents/{id}", get(intent))
            .route("/v1/refunds", post(new_refund))
            .route("/v1/refunds/{id}", get(refund))
            .with_state(hostile.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        hostile
    }

    pub fn settings(&self) -> PaymentSettings {
        let stripe = StripeSettings {
            api_base: self.address.clone(),
            secret_key: KEY.to_owned(),
            webhook_secrets: vec![SECRET.to_owned()],
            tolerance_s: 300,
        };
        PaymentSettings { stripe: Some(stripe), ..PaymentSettings::default() }
    }

    pub fn next(&self, faults: &[Fault]) {
        self.books.lock().unwrap().faults.extend(faults);
    }

    /// Somebody pays for a top-up at its page. Returns the names of session and intent.
    pub fn pay(&self, topup: &str) -> (String, String) {
        let mut books = self.books.lock().unwrap();
        let card = books.card.clone();
        let found = books.sessions.values_mut().find(|session| session["client_reference_id"] == topup);
        let session = found.expect("a session of this top-up");
        let (id, amount) = (session["id"].as_str().unwrap().to_owned(), session["amount_total"].clone());
        let intent = format!("pi_{}", &id[3..]);
        session["payment_status"] = json!("paid");
        session["status"] = json!("complete");
        session["payment_intent"] = json!(intent);
        let charge = json!({ "id": format!("ch_{}", &id[3..]), "amount": amount, "amount_refunded": 0, "currency": "usd",
            "payment_intent": intent, "metadata": { "topup": topup },
            "payment_method_details": { "card": { "fingerprint": card, "country": "DE" } } });
        let whole = json!({ "id": intent, "status": "succeeded", "amount": amount, "amount_received": amount,
            "currency": "usd", "metadata": { "topup": topup }, "latest_charge": charge });
        books.intents.insert(intent.clone(), whole);
        (id, intent)
    }

    pub fn session(&self, id: &str) -> Value {
        self.books.lock().unwrap().sessions[id].clone()
    }

    pub fn charge(&self, intent: &str) -> Value {
        self.books.lock().unwrap().intents[intent]["latest_charge"].clone()
    }
}

/// What a message says, as Stripe wraps it.
pub fn event(id: &str, kind: &str, object: &Value) -> String {
    json!({ "id": id, "object": "event", "type": kind, "created": now_s(), "livemode": false, "data": { "object": object } })
        .to_string()
}

pub fn dispute(id: &str, intent: &str, minor: i64, status: &str) -> Value {
    json!({ "id": id, "object": "dispute", "amount": minor, "currency": "usd", "charge": "ch_x", "payment_intent": intent,
        "status": status, "reason": "fraudulent" })
}

pub fn now_s() -> i64 {
    i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub fn signed(secret: &str, at_s: i64, body: &str) -> String {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(format!("{at_s}.{body}").as_bytes());
    format!("t={at_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends a message to the shop, signed as it should be.
pub async fn tell(town: &Town, body: &str) -> Answer {
    tell_signed(town, body, &signed(SECRET, now_s(), body)).await
}

pub async fn tell_signed(town: &Town, body: &str, signature: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("stripe-signature", signature)];
    town.visitor().ask("POST", "/webhooks/stripe", &headers, Some(body.to_owned())).await
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, axum::Json(json!({ "error": { "type": "invalid_request_error" } }))).into_response()
}

/// The answer to a request that does something: once under its key, and with whatever goes wrong now.
fn once(hostile: &Hostile, headers: &HeaderMap, form: &str, act: impl FnOnce(&mut Books) -> Value) -> Response {
    let mut books = hostile.books.lock().unwrap();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(text("authorization"), format!("Bearer {KEY}"));
    assert_eq!(text("content-type"), "application/x-www-form-urlencoded");
    let (key, fault) = (text("idempotency-key"), books.faults.pop_front());
    assert!(!key.is_empty(), "everything that is done has a key");
    if let Some(Fault::Status(status)) = fault {
        let error = json!({ "error": { "type": "api_error", "message": "not now" } });
        return (StatusCode::from_u16(status).unwrap(), axum::Json(error)).into_response();
    }
    let before = books.done.get(&key).cloned();
    let answer = match before {
        Some((same, _)) if same != form => {
            let error =
                json!({ "error": { "type": "idempotency_error", "message": "other parameters under this key" } });
            return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
        }
        Some((_, answer)) => answer,
        None => {
            let answer = act(&mut books);
            books.done.insert(key, (form.to_owned(), answer.clone()));
            answer
        }
    };
    match fault {
        Some(Fault::Lost) => {
            let broken = futures_util::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("cut"))]);
            Response::builder().header("content-length", "500").body(Body::from_stream(broken)).unwrap()
        }
        Some(Fault::Garbled) => "<html>a proxy was here</html>".into_response(),
        _ => axum::Json(answer).into_response(),
    }
}

fn field(form: &str, name: &str) -> String {
    let found = form_urlencoded::parse(form.as_bytes()).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

async fn new_session(State(hostile): State<Hostile>, headers: HeaderMap, form: String) -> Response {
    let address = hostile.address.clone();
    once(&hostile, &headers, &form.clone(), |books| {
        books.made += 1;
        let id = format!("cs_{}", books.made);
        assert_eq!(field(&form, "metadata[topup]"), field(&form, "payment_intent_data[metadata][topup]"));
        assert!(field(&form, "expires_at").parse::<i64>().unwrap() >= now_s() + 30 * 60, "Stripe refuses less");
        let session = json!({ "id": id, "object": "checkout.session", "url": format!("{address}/pay/{id}"),
            "status": "open", "payment_status": "unpaid", "currency": field(&form, "line_items[0][price_data][currency]"),
            "amount_total": field(&form, "line_items[0][price_data][unit_amount]").parse::<i64>().unwrap(),
            "client_reference_id": field(&form, "client_reference_id"), "payment_intent": null,
            "metadata": { "topup": field(&form, "metadata[topup]") }, "success_url": field(&form, "success_url") });
        books.sessions.insert(id, session.clone());
        session
    })
}

async fn session(State(hostile): State<Hostile>, Path(id): Path<String>) -> Response {
    let found = hostile.books.lock().unwrap().sessions.get(&id).cloned();
    found.map_or_else(not_found, |session| axum::Json(session).into_response())
}

async fn expire(State(hostile): State<Hostile>, headers: HeaderMap, Path(id): Path<String>, form: String) -> Response {
    once(&hostile, &headers, &form, |books| {
        let session = books.sessions.get_mut(&id).unwrap();
        session["status"] = json!("expired");
        session.clone()
    })
}

async fn intent(State(hostile): State<Hostile>, Path(id): Path<String>) -> Response {
    let found = hostile.books.lock().unwrap().intents.get(&id).cloned();
    found.map_or_else(not_found, |intent| axum::Json(intent).into_response())
}

async fn new_refund(State(hostile): State<Hostile>, headers: HeaderMap, form: String) -> Response {
    once(&hostile, &headers, &form.clone(), |books| {
        books.made += 1;
        let (id, amount) = (format!("re_{}", books.made), field(&form, "amount").parse::<i64>().unwrap());
        let intent = books.intents.get_mut(&field(&form, "payment_intent")).unwrap();
        let so_far = intent["latest_charge"]["amount_refunded"].as_i64().unwrap();
        intent["latest_charge"]["amount_refunded"] = json!(so_far + amount);
        let refund = json!({ "id": id, "object": "refund", "amount": amount, "status": "succeeded",
            "metadata": { "refund": field(&form, "metadata[refund]") } });
        books.refunds.insert(id, refund.clone());
        refund
    })
}

async fn refund(State(hostile): State<Hostile>, Path(id): Path<String>) -> Response {
    let found = hostile.books.lock().unwrap().refunds.get(&id).cloned();
    found.map_or_else(not_found, |refund| axum::Json(refund).into_response())
}
