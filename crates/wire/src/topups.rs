//! Top-ups and money that goes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be topped up, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopUpOptions {
    /// ISO 4217.
    pub currency: String,
    /// Amounts to choose from.
    pub menu_micros: Vec<i64>,
    /// Whether any other amount between `min_micros` and `max_micros` may be asked for.
    pub free_amount: bool,
    pub min_micros: i64,
    pub max_micros: i64,
    /// Where you are, as far as your address tells: two capital letters.
    pub country: Option<String>,
    /// The ways of payment that are offered to you; none where none can be.
    pub providers: Vec<TopUpWay>,
    /// Whom to transfer to, where transfers are offered.
    pub transfer_details: Option<String>,
    /// What you owe the shop since a payment was taken back; a top-up pays it first.
    pub owed_micros: i64,
}

/// A way of payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopUpWay {
    /// `stripe`, `transfer` or `voucher`.
    pub provider: String,
    /// How it goes on: `redirect` (POST /topups answers where to pay), `reference` (POST /topups answers what to write on the
    /// transfer) or `code` (POST /vouchers/redeem).
    pub next: String,
    /// Promotional credit that comes on top, in parts per million of what arrives.
    pub bonus_ppm: u32,
}

/// A top-up to be started. The header `Idempotency-Key` goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUp {
    /// `stripe` or `transfer`.
    pub provider: String,
    pub amount_micros: i64,
}

/// A top-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopUp {
    pub id: String,
    /// `pending`, then `posted`, `failed` or `expired`. What arrives after the end is posted all the same.
    pub state: String,
    pub provider: String,
    /// ISO 4217.
    pub currency: String,
    /// What was asked for.
    pub amount_micros: i64,
    /// What arrived.
    pub received_micros: i64,
    /// What of it paid a debt to the shop.
    pub settled_micros: i64,
    /// Promotional credit that came on top.
    pub bonus_micros: i64,
    /// What of it is unspent and can go back to where it came from.
    pub refundable_micros: i64,
    /// What went back, or is on its way.
    pub refunded_micros: i64,
    /// What a dispute has frozen or taken.
    pub disputed_micros: i64,
    /// Where to pay, while it is pending.
    pub redirect_url: Option<String>,
    /// What to write on a transfer, while it is pending.
    pub reference: Option<String>,
    /// Whom to transfer to, while it is pending.
    pub transfer_details: Option<String>,
    /// Why it failed: `provider`, `currency`, `card`, or the provider's own words.
    pub failure: Option<String>,
    pub created_at: String,
    /// When it ends unpaid.
    pub expires_at: String,
    /// When the money arrived.
    pub posted_at: Option<String>,
}

/// How much of a top-up is to go back. The header `Idempotency-Key` goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// All that is unspent when left out.
    #[serde(default)]
    pub amount_micros: Option<i64>,
}

/// Money on its way back to its payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refund {
    pub id: String,
    /// The top-up's id.
    pub topup: String,
    pub provider: String,
    /// `pending`, `sent`, `by_hand` (a person of the shop sends it), then `done`, or `failed`: the credit is back.
    pub state: String,
    /// ISO 4217.
    pub currency: String,
    /// What left the balance.
    pub taken_micros: i64,
    /// What goes to the payer.
    pub paid_micros: i64,
    /// Promotional credit that came with it and goes with it.
    pub promotional_micros: i64,
    /// What the shop keeps for a bonus that was spent.
    pub kept_micros: i64,
    pub failure: Option<String>,
    pub created_at: String,
    pub ended_at: Option<String>,
}

/// What a provider is told when it has told us something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// `done`, `ignored`, `unknown`, `waiting` or `repeated`.
    pub outcome: String,
}
