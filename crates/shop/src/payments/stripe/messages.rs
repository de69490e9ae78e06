//! What Stripe writes, as far as it is read here, and what it means in the shop's words. Pure: no network, no clock.

use money::{Currency, Micros};
use serde::Deserialize;
use serde_json::Value;

use crate::payments::provider::{Card, Dispute, Event, Payment, RefundSeen, Seen, Stage, Subject};

/// Where the shop's name of a refund stands in Stripe's object; that of a top-up is called `topup`.
pub(super) const REFUND: &str = "refund";

/// An id, or the object itself where it was expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Named {
    Id(String),
    Whole { id: String },
}

impl Named {
    fn id(self) -> String {
        match self {
            Named::Id(id) | Named::Whole { id } => id,
        }
    }
}

/// The names that we wrote into an object.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Ours {
    topup: Option<String>,
    refund: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub url: Option<String>,
    status: Option<String>,
    payment_status: Option<String>,
    client_reference_id: Option<String>,
    payment_intent: Option<Named>,
    amount_total: Option<i64>,
    currency: Option<String>,
    metadata: Option<Ours>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Intent {
    id: String,
    status: Option<String>,
    amount: Option<i64>,
    amount_received: Option<i64>,
    currency: Option<String>,
    metadata: Option<Ours>,
    latest_charge: Option<ChargeOrId>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum ChargeOrId {
    Id(String),
    Whole(Box<Charge>),
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Charge {
    id: String,
    payment_intent: Option<Named>,
    amount_refunded: Option<i64>,
    currency: Option<String>,
    metadata: Option<Ours>,
    payment_method_details: Option<Method>,
}

#[derive(Debug, Clone, Deserialize)]
struct Method {
    card: Option<CardDetails>,
}

#[derive(Debug, Clone, Deserialize)]
struct CardDetails {
    fingerprint: Option<String>,
    country: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refund {
    id: String,
    status: Option<String>,
    failure_reason: Option<String>,
    metadata: Option<Ours>,
}

#[derive(Debug, Clone, Deserialize)]
struct DisputeObject {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    reason: Option<String>,
    charge: Option<Named>,
    payment_intent: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Envelope {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    data: Data,
}

#[derive(Debug, Clone, Deserialize)]
struct Data {
    object: Value,
}

/// Currencies whose amounts Stripe writes with two decimals although people use none.
const TWO_ALL_THE_SAME: [&str; 2] = ["ISK", "UGX"];

fn decimals(currency: Currency) -> u32 {
    if TWO_ALL_THE_SAME.contains(&currency.code()) { 2 } else { currency.decimals() }
}

/// An amount in Stripe's smallest units; `None` where it is finer than those.
pub(super) fn to_minor(amount: Micros, currency: Currency) -> Option<i64> {
    let unit = 10i64.pow(6 - decimals(currency));
    (amount.0 % unit == 0).then_some(amount.0 / unit)
}

/// An amount out of Stripe's smallest units.
fn to_micros(minor: i64, currency: &str) -> Option<(i64, String)> {
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    let micros = minor.checked_mul(10i64.pow(6 - decimals(currency)))?;
    Some((micros, currency.code().to_owned()))
}

impl Session {
    fn of(&self) -> Subject {
        let named = self.metadata.clone().and_then(|ours| ours.topup);
        Subject {
            topup_id: named.or_else(|| self.client_reference_id.clone()),
            provider_ref: Some(self.id.clone()),
            payment_ref: self.payment_intent.clone().map(Named::id),
        }
    }

    fn payment(&self) -> Option<Payment> {
        let (amount_micros, currency) = to_micros(self.amount_total?, self.currency.as_deref()?)?;
        let mut of = self.of();
        // Where no intent is named, the session stands for the money.
        of.payment_ref.get_or_insert_with(|| self.id.clone());
        Some(Payment { of, amount_micros, currency })
    }

    fn is_paid(&self) -> bool {
        matches!(self.payment_status.as_deref(), Some("paid" | "no_payment_required"))
    }

    /// What a look at it shows.
    pub(super) fn seen(&self) -> Seen {
        match self.status.as_deref() {
            _ if self.is_paid() => self.payment().map_or(Seen::Pending, Seen::Paid),
            Some("expired") => Seen::Expired,
            _ => Seen::Pending,
        }
    }
}

impl Intent {
    fn of(&self) -> Subject {
        let topup_id = self.metadata.clone().and_then(|ours| ours.topup);
        Subject { topup_id, provider_ref: None, payment_ref: Some(self.id.clone()) }
    }

    fn payment(&self) -> Option<Payment> {
        let minor = self.amount_received.or(self.amount)?;
        let (amount_micros, currency) = to_micros(minor, self.currency.as_deref()?)?;
        Some(Payment { of: self.of(), amount_micros, currency })
    }

    /// What a look at it shows.
    pub(super) fn seen(&self) -> Seen {
        match self.status.as_deref() {
            Some("succeeded") => self.payment().map_or(Seen::Pending, Seen::Paid),
            Some("canceled") => Seen::Expired,
            _ => Seen::Pending,
        }
    }

    /// The card that paid it, or the charge to ask for it.
    pub(super) fn card(self) -> Result<Option<Card>, String> {
        match self.latest_charge {
            Some(ChargeOrId::Whole(charge)) => Ok(charge.card()),
            Some(ChargeOrId::Id(id)) => Err(id),
            None => Ok(None),
        }
    }
}

impl Charge {
    /// The card that paid it.
    pub(super) fn card(&self) -> Option<Card> {
        let card = self.payment_method_details.clone()?.card?;
        Some(Card { fingerprint: card.fingerprint, country: card.country })
    }

    fn of(&self) -> Subject {
        let payment_ref = self.payment_intent.clone().map_or_else(|| self.id.clone(), Named::id);
        let topup_id = self.metadata.clone().and_then(|ours| ours.topup);
        Subject { topup_id, provider_ref: None, payment_ref: Some(payment_ref) }
    }
}

impl Refund {
    /// How far it is.
    pub(super) fn seen(self) -> RefundSeen {
        match self.status.as_deref() {
            Some("succeeded") => RefundSeen::Done(self.id),
            Some("failed" | "canceled") => {
                RefundSeen::Failed(self.failure_reason.unwrap_or_else(|| "the bank sent it back".to_owned()))
            }
            _ => RefundSeen::Sent(self.id),
        }
    }
}

impl DisputeObject {
    fn event(self) -> Option<Event> {
        let (amount_micros, currency) = to_micros(self.amount, &self.currency)?;
        let payment_ref = self.payment_intent.or(self.charge).map(Named::id);
        Some(Event::Dispute(Dispute {
            id: self.id,
            of: Subject { payment_ref, ..Subject::default() },
            amount_micros,
            currency,
            stage: stage(&self.status)?,
            reason: self.reason.unwrap_or_else(|| "general".to_owned()),
        }))
    }
}

fn stage(status: &str) -> Option<Stage> {
    Some(match status {
        "warning_needs_response" | "warning_under_review" => Stage::Inquiry,
        "needs_response" | "under_review" => Stage::Open,
        "won" | "warning_closed" | "prevented" => Stage::Won,
        "lost" => Stage::Lost,
        // The payer has his money already; the refund has its own message.
        "charge_refunded" => Stage::Won,
        _ => return None,
    })
}

impl Envelope {
    /// What it says; `None` where it says nothing to us, or not enough.
    pub(super) fn event(&self) -> Option<Event> {
        let object = || self.data.object.clone();
        match self.kind.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                let session: Session = serde_json::from_value(object()).ok()?;
                session.is_paid().then(|| session.payment()).flatten().map(Event::Paid)
            }
            "checkout.session.async_payment_failed" => {
                let session: Session = serde_json::from_value(object()).ok()?;
                Some(Event::Failed { of: session.of(), reason: "the bank did not pay".to_owned() })
            }
            "checkout.session.expired" => {
                let session: Session = serde_json::from_value(object()).ok()?;
                Some(Event::Expired { of: session.of() })
            }
            "payment_intent.succeeded" => {
                let intent: Intent = serde_json::from_value(object()).ok()?;
                intent.payment().map(Event::Paid)
            }
            "charge.succeeded" => {
                let charge: Charge = serde_json::from_value(object()).ok()?;
                Some(Event::Carded { of: charge.of(), card: charge.card()? })
            }
            "charge.refunded" => {
                let charge: Charge = serde_json::from_value(object()).ok()?;
                let (total_micros, _) = to_micros(charge.amount_refunded?, charge.currency.as_deref()?)?;
                Some(Event::GivenBack { of: charge.of(), total_micros })
            }
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                let refund: Refund = serde_json::from_value(object()).ok()?;
                let refund_id = refund.metadata.clone()?.refund?;
                Some(Event::Refund { refund_id, seen: refund.seen() })
            }
            kind if kind.starts_with("charge.dispute.") => {
                serde_json::from_value::<DisputeObject>(object()).ok()?.event()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, object: Value) -> Option<Event> {
        let envelope = json!({ "id": "evt_1", "type": kind, "data": { "object": object } });
        serde_json::from_value::<Envelope>(envelope).unwrap().event()
    }

    fn amounts() -> Value {
        json!({ "id": "cs_1", "client_reference_id": "t1", "payment_intent": "pi_1", "amount_total": 1050,
            "currency": "usd", "payment_status": "paid", "status": "complete" })
    }

    #[test]
    fn a_paid_session_is_money_and_an_unpaid_one_is_not_yet() {
        let Some(Event::Paid(paid)) = event("checkout.session.completed", amounts()) else { panic!("it is paid") };
        assert_eq!((paid.amount_micros, paid.currency.as_str()), (10_500_000, "USD"));
        assert_eq!(
            (paid.of.topup_id.as_deref(), paid.of.provider_ref.as_deref(), paid.of.payment_ref.as_deref()),
            (Some("t1"), Some("cs_1"), Some("pi_1"))
        );
        let mut unpaid = amounts();
        unpaid["payment_status"] = json!("unpaid");
        assert_eq!(event("checkout.session.completed", unpaid.clone()), None);
        assert!(matches!(event("checkout.session.async_payment_failed", unpaid), Some(Event::Failed { .. })));
        assert!(matches!(event("checkout.session.async_payment_succeeded", amounts()), Some(Event::Paid(_))));
        let mut expanded = amounts();
        expanded["payment_intent"] = json!({ "id": "pi_2", "object": "payment_intent" });
        let Some(Event::Paid(paid)) = event("checkout.session.completed", expanded) else { panic!("it is paid") };
        assert_eq!(paid.of.payment_ref.as_deref(), Some("pi_2"));
    }

    #[test]
    fn amounts_are_in_the_units_that_the_provider_uses_for_the_currency() {
        for (micros, currency, minor) in [
            (10_500_000, "USD", Some(1_050)),
            (10_000_000, "JPY", Some(10)),
            (10_000_000, "ISK", Some(1_000)),
            (1_234_000, "KWD", Some(1_234)),
            (10_500_001, "USD", None),
            (10_500_000, "JPY", None),
        ] {
            let of: Currency = currency.parse().unwrap();
            assert_eq!(to_minor(Micros(micros), of), minor, "{micros} {currency}");
            if let Some(minor) = minor {
                assert_eq!(to_micros(minor, &currency.to_lowercase()), Some((micros, currency.to_owned())));
            }
        }
        assert_eq!(to_micros(i64::MAX, "usd"), None);
        assert_eq!(to_micros(1, "dollars"), None);
    }

    #[test]
    fn every_status_of_a_dispute_has_its_stage() {
        for (status, expected) in [
            ("warning_needs_response", Some(Stage::Inquiry)),
            ("needs_response", Some(Stage::Open)),
            ("under_review", Some(Stage::Open)),
            ("won", Some(Stage::Won)),
            ("warning_closed", Some(Stage::Won)),
            ("lost", Some(Stage::Lost)),
            ("something_new", None),
        ] {
            let object = json!({ "id": "dp_1", "amount": 500, "currency": "eur", "status": status, "charge": "ch_1",
                "payment_intent": "pi_1", "reason": "fraudulent" });
            let found = event("charge.dispute.created", object);
            let stage = found.map(|e| if let Event::Dispute(d) = e { d.stage } else { panic!("{e:?}") });
            assert_eq!(stage, expected, "{status}");
        }
    }

    #[test]
    fn refunds_are_known_by_our_name_and_a_charge_says_what_left_it_in_all() {
        let refund = json!({ "id": "re_1", "status": "failed", "failure_reason": "lost_or_stolen_card",
            "metadata": { "refund": "r1" } });
        assert_eq!(
            event("charge.refund.updated", refund),
            Some(Event::Refund { refund_id: "r1".into(), seen: RefundSeen::Failed("lost_or_stolen_card".into()) })
        );
        assert_eq!(event("refund.updated", json!({ "id": "re_2", "status": "succeeded" })), None, "not one of ours");
        let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 300, "currency": "usd" });
        assert!(matches!(event("charge.refunded", charge), Some(Event::GivenBack { total_micros: 3_000_000, .. })));
    }

    #[test]
    fn a_message_of_another_sort_or_shape_says_nothing() {
        assert_eq!(event("invoice.paid", json!({})), None);
        assert_eq!(event("checkout.session.completed", json!({ "id": 5 })), None);
        assert_eq!(event("charge.dispute.created", json!({ "id": "dp_1" })), None);
        let mut no_amount = amounts();
        no_amount["amount_total"] = Value::Null;
        assert_eq!(event("checkout.session.completed", no_amount), None);
    }
}
