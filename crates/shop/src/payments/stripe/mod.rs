//! Stripe: Checkout Sessions, intents, refunds, disputes and signed messages. Speaks plain HTTP; knows no database and no ledger.

mod signature;
mod messages;
mod client;

use std::fmt;

use futures_util::future::{BoxFuture, FutureExt};

use self::client::Client;
use self::messages::{Charge, Envelope, Intent, REFUND, Refund, Session, to_minor};
use crate::payments::provider::{
    Card, Forged, Message, Provider, ProviderError, Received, RefundOrder, RefundSeen, Seen, Start, Started,
};

/// The name of this provider.
pub const NAME: &str = "stripe";
/// Stripe's own address.
pub const API_BASE: &str = "https://api.stripe.com";
/// How far a signature's time may be from ours, in seconds.
pub const TOLERANCE_S: u32 = 300;
/// Stripe ends a session no earlier than this after it was made; a shorter life is ended by us.
const MIN_SESSION_S: i64 = 31 * 60;
/// And no later.
const MAX_SESSION_S: i64 = 24 * 3_600 - 60;
/// Languages of Stripe's page that are asked for by name; any other is the browser's.
const LOCALES: [&str; 2] = ["en", "ru"];

/// How Stripe is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeSettings {
    /// The address of its API, without a slash at the end.
    pub api_base: String,
    /// The secret key.
    pub secret_key: String,
    /// The secrets that sign its messages: usually one, two while they are exchanged, none while none is set.
    pub webhook_secrets: Vec<String>,
    /// See [`TOLERANCE_S`].
    pub tolerance_s: u32,
}

impl fmt::Debug for StripeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeSettings").field("api_base", &self.api_base).finish_non_exhaustive()
    }
}

/// Stripe.
pub struct Stripe {
    client: Client,
    settings: StripeSettings,
}

impl Stripe {
    /// Stripe as the settings reach it; nothing is asked yet.
    pub fn new(settings: StripeSettings) -> Result<Stripe, ProviderError> {
        let client = Client::new(&settings.api_base, &settings.secret_key).map_err(ProviderError::Refused)?;
        Ok(Stripe { client, settings })
    }
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start<'a>(&'a self, payment: &'a Start) -> BoxFuture<'a, Result<Started, ProviderError>> {
        async move {
            let form = session_form(payment)?;
            let key = format!("gramovar-topup-{}", payment.topup_id);
            let session: Session = self.client.post("/v1/checkout/sessions", &form, &key).await?;
            let redirect_url = session.url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
            let redirect_url =
                redirect_url.ok_or_else(|| ProviderError::Refused("the session has no address to pay at".into()))?;
            Ok(Started { provider_ref: session.id, redirect_url: Some(redirect_url) })
        }
        .boxed()
    }

    fn read(&self, message: &Message) -> Result<Received, Forged> {
        if self.settings.webhook_secrets.is_empty() {
            return Err(Forged::NotExpected);
        }
        let times = (message.now_us.div_euclid(1_000_000), i64::from(self.settings.tolerance_s));
        signature::prove(message.signature, message.body, &self.settings.webhook_secrets, times)?;
        let envelope: Envelope = serde_json::from_slice(message.body).map_err(|_| Forged::Unreadable)?;
        Ok(Received { event: envelope.event(), event_id: envelope.id, kind: envelope.kind })
    }

    fn look_up<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<Seen, ProviderError>> {
        async move {
            let name = segment(provider_ref)?;
            if name.starts_with("pi_") {
                let intent: Intent = self.client.get(&format!("/v1/payment_intents/{name}")).await?;
                return Ok(intent.seen());
            }
            let session: Session = self.client.get(&format!("/v1/checkout/sessions/{name}")).await?;
            Ok(session.seen())
        }
        .boxed()
    }

    fn cancel<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<(), ProviderError>> {
        async move {
            let name = segment(provider_ref)?;
            let (path, key) = (format!("/v1/checkout/sessions/{name}/expire"), format!("gramovar-expire-{name}"));
            self.client.post::<Session>(&path, &[], &key).await.map(drop)
        }
        .boxed()
    }

    fn card<'a>(&'a self, payment_ref: &'a str) -> BoxFuture<'a, Result<Option<Card>, ProviderError>> {
        async move {
            let name = segment(payment_ref)?;
            let charge = if name.starts_with("ch_") {
                name.to_owned()
            } else {
                let path = format!("/v1/payment_intents/{name}?expand%5B%5D=latest_charge");
                match self.client.get::<Intent>(&path).await?.card() {
                    Ok(card) => return Ok(card),
                    Err(charge) => charge,
                }
            };
            let charge: Charge = self.client.get(&format!("/v1/charges/{}", segment(&charge)?)).await?;
            Ok(charge.card())
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a RefundOrder) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        async move {
            let amount = to_minor(refund.amount, refund.currency);
            let amount =
                amount.ok_or_else(|| ProviderError::Refused("the amount is finer than the currency".into()))?;
            let of = if refund.payment_ref.starts_with("ch_") { "charge" } else { "payment_intent" };
            let named = format!("metadata[{REFUND}]");
            let form = [
                (of, refund.payment_ref.clone()),
                ("amount", amount.to_string()),
                (named.as_str(), refund.refund_id.clone()),
            ];
            let key = format!("gramovar-refund-{}", refund.refund_id);
            Ok(self.client.post::<Refund>("/v1/refunds", &form, &key).await?.seen())
        }
        .boxed()
    }

    fn look_up_refund<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        async move {
            let refund: Refund = self.client.get(&format!("/v1/refunds/{}", segment(provider_ref)?)).await?;
            Ok(refund.seen())
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, ProviderError>> {
        async move {
            self.client.get::<serde_json::Value>("/v1/payment_intents?limit=1").await?;
            let base = &self.settings.api_base;
            Ok(match self.settings.webhook_secrets.len() {
                0 => format!("{base} answers; without webhook_secret payments are only found by asking"),
                _ => format!("{base} answers; messages are signed"),
            })
        }
        .boxed()
    }
}

fn session_form(payment: &Start) -> Result<Vec<(&'static str, String)>, ProviderError> {
    let amount = to_minor(payment.amount, payment.currency);
    let amount = amount.ok_or_else(|| ProviderError::Refused("the amount is finer than the currency".into()))?;
    let (made_s, ends_s) = (payment.created_us / 1_000_000, payment.expires_us / 1_000_000);
    let ends_s = ends_s.clamp(made_s + MIN_SESSION_S, made_s + MAX_SESSION_S);
    let locale = LOCALES.iter().find(|locale| **locale == payment.language).unwrap_or(&"auto");
    Ok(vec![
        ("mode", "payment".to_owned()),
        ("client_reference_id", payment.topup_id.clone()),
        ("metadata[topup]", payment.topup_id.clone()),
        ("payment_intent_data[metadata][topup]", payment.topup_id.clone()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("line_items[0][price_data][currency]", payment.currency.code().to_ascii_lowercase()),
        ("line_items[0][price_data][unit_amount]", amount.to_string()),
        ("line_items[0][price_data][product_data][name]", payment.title.clone()),
        ("customer_email", payment.email.clone()),
        ("success_url", payment.return_url.clone()),
        ("cancel_url", payment.return_url.clone()),
        ("expires_at", ends_s.to_string()),
        ("locale", (*locale).to_owned()),
    ])
}

/// A provider's name as one segment of an address; anything that could be more is refused.
fn segment(name: &str) -> Result<&str, ProviderError> {
    let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    fits.then_some(name).ok_or_else(|| ProviderError::Refused("that is not a name of Stripe's".to_owned()))
}
