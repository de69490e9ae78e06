//! Ways of payment, transfers, refunds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which amounts and ways of payment a storefront offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpRules {
    /// The storefront. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// Amounts to choose from, rising.
    pub menu_micros: Vec<i64>,
    /// Whether any other amount within the limits may be asked for.
    #[serde(default = "yes")]
    pub free_amount: bool,
    /// Whom to transfer to, as people read it; without it transfers are not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_details: Option<String>,
    /// The ways, in the order in which people see them.
    pub ways: Vec<PaymentWay>,
}

/// One way of payment, and where it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentWay {
    /// `stripe`, `transfer` or `voucher`.
    pub provider: String,
    /// Only for these currencies; all when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<String>,
    /// Only in these countries (two capital letters); all when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Not in these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except_countries: Vec<String>,
    /// Also where the country is unknown.
    #[serde(default = "yes")]
    pub unknown_country: bool,
    /// Promotional credit that comes on top, in parts per million of what arrives.
    #[serde(default)]
    pub bonus_ppm: u32,
}

fn yes() -> bool {
    true
}

/// A transfer that was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// The top-up's id.
    pub id: String,
    /// What stands on the transfer.
    pub reference: Option<String>,
    /// Whose it is.
    pub user: String,
    /// `pending`, `posted` or `expired`.
    pub state: String,
    /// ISO 4217.
    pub currency: String,
    /// What was announced.
    pub amount_micros: i64,
    /// What arrived.
    pub received_micros: i64,
    /// Promotional credit that came on top.
    pub bonus_micros: i64,
    /// The bank's name for the payment that arrived.
    pub payment_ref: Option<String>,
    pub created_at: String,
    pub expires_at: String,
    pub posted_at: Option<String>,
}

/// What arrived for a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferArrived {
    /// What arrived: less or more than was announced is posted as it is.
    pub received_micros: i64,
    /// The bank's name for the payment. The same again changes nothing; another is another payment.
    pub payment_ref: String,
}

/// Unspent credit of a top-up that an operator gives back. The header `Idempotency-Key` goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundByOperator {
    /// The top-up's id.
    pub topup: String,
    /// All that is unspent when left out.
    #[serde(default)]
    pub amount_micros: Option<i64>,
}

/// A refund that waits for a person was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundSent {
    /// The bank's name for the payment.
    pub payment_ref: String,
}

/// A refund that waits for a person cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundNotSent {
    /// Why not.
    pub reason: String,
}

/// A refund as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refund {
    #[serde(flatten)]
    pub refund: crate::Refund,
    /// Whose it is.
    pub user: String,
    /// `listener`, `operator` or `shop`.
    pub asked_by: String,
    /// The provider's or the bank's name for it.
    pub payment_ref: Option<String>,
}

/// A payer's complaint at his bank. It is answered at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dispute {
    /// The provider's name for it.
    pub id: String,
    pub provider: String,
    /// The top-up's id.
    pub topup: String,
    /// Whose it is.
    pub user: String,
    /// `inquiry` (no money has moved), `open`, `won` or `lost`.
    pub stage: String,
    /// ISO 4217.
    pub currency: String,
    /// What the payer wants back.
    pub amount_micros: i64,
    /// What of the balance is frozen; once it is lost, what was taken of it.
    pub frozen_micros: i64,
    /// What the listener owed when it was lost, since he had spent it.
    pub owed_micros: i64,
    /// The provider's word for the reason.
    pub reason: String,
    pub created_at: String,
    pub changed_at: String,
}
