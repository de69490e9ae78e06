//! Stripe's part against somebody else's Stripe: localstripe, where `TEST_STRIPE` names one (`make test` starts it). It has no
//! Checkout, so the payment is made by an intent that names the top-up; its signed message and the refund are its own.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::payments::PaymentSettings;
use shop::payments::stripe::StripeSettings;

use crate::town::{Town, in_every_town_with};

const KEY: &str = "sk_test_any";
const SECRET: &str = "whsec_local";

async fn ask(address: &str, path: &str, form: &[(&str, &str)]) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client.post(format!("{address}{path}")).basic_auth(KEY, Some(""));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}

/// The town's own address on the network.
async fn opened(town: &Town) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = town.routes.clone();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    format!("http://{address}")
}

#[test]
fn an_intent_of_localstripe_is_posted_by_its_signed_message_and_given_back() {
    let Ok(address) = std::env::var("TEST_STRIPE") else {
        return eprintln!("TEST_STRIPE is not set: localstripe was NOT tested");
    };
    let set_up = async || {
        let stripe = StripeSettings {
            api_base: address.clone(),
            secret_key: KEY.to_owned(),
            webhook_secrets: vec![SECRET.to_owned()],
            tolerance_s: 300,
        };
        (PaymentSettings { stripe: Some(stripe), ..PaymentSettings::default() }, ())
    };
    in_every_town_with(set_up, async |town, _| {
        let webhook = format!("{}/webhooks/stripe", opened(town).await);
        ask(&address, "/_config/webhooks/town", &[("url", &webhook), ("secret", SECRET)]).await;
        assert!(town.shop.payments.check("stripe").await.unwrap().is_ok());
        let ann = town.listener("ann@example.org", "0").await;
        let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
        let body = json!({ "provider": "stripe", "amount_micros": 25_000_000 }).to_string();
        let started = ann.ask("POST", "/api/v1/topups", &headers, Some(body)).await;
        assert_eq!(started.status, StatusCode::BAD_GATEWAY, "it has no Checkout");
        let topup = ann.get("/api/v1/topups").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let card = [
            ("type", "card"),
            ("card[number]", "4242424242424242"),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2040"),
            ("card[cvc]", "123"),
        ];
        let method = ask(&address, "/v1/payment_methods", &card).await;
        let intent = [
            ("amount", "2500"),
            ("currency", "usd"),
            ("payment_method", method["id"].as_str().unwrap()),
            ("metadata[topup]", &topup),
            ("confirm", "true"),
        ];
        ask(&address, "/v1/payment_intents", &intent).await;
        let path = format!("/api/v1/topups/{topup}");
        for _ in 0..100 {
            if ann.get(&path).await.json()["state"] == "posted" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let posted = ann.get(&path).await.json();
        assert_eq!((&posted["state"], &posted["received_micros"]), (&json!("posted"), &json!(25_000_000)));
        let headers = [("content-type", "application/json"), ("idempotency-key", "r")];
        let body = json!({ "amount_micros": 10_000_000 }).to_string();
        let refund = ann.ask("POST", &format!("{path}/refund"), &headers, Some(body)).await;
        assert_eq!(refund.status, StatusCode::CREATED, "{}", refund.text());
        for _ in 0..100 {
            if ann.get("/api/v1/refunds").await.json()["items"][0]["state"] == "done" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(ann.get("/api/v1/refunds").await.json()["items"][0]["state"], "done");
        assert_eq!(ann.get("/api/v1/wallet").await.json()["purchased_micros"], 15_000_000);
        town.audited().await;
    });
}
