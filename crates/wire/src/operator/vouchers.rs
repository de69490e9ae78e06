//! Batches of vouchers and what became of their codes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A batch of vouchers. Declared first; its codes are made by `POST …/codes`, once, and from then on what they promise stays:
/// only note, reseller, margin and expiry can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherBatch {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// `money`, `percent` (a discount on the next order) or `release`.
    #[serde(default = "money")]
    pub sort: String,
    /// `money`: what a code is worth. `release`: the most that it may cost the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_micros: Option<i64>,
    /// `percent`: millionths of the price; at most a third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_ppm: Option<i64>,
    /// `release`: which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_id: Option<String>,
    /// Must be what the storefronts sell in; theirs when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Where codes may be redeemed; the first one's books carry them. `main` when left out.
    #[serde(default = "main")]
    pub storefronts: Vec<String>,
    /// From then on a code is worth nothing; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Who sells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reseller: Option<String>,
    /// What the reseller keeps, in millionths of the value.
    #[serde(default)]
    pub margin_ppm: i64,
    /// For the operator's eyes.
    #[serde(default)]
    pub note: String,
    /// Whether its credit counts as purchased, and so may be refunded in money. Only for `money`.
    #[serde(default)]
    pub refundable_in_money: bool,
    /// `release`: the one country (ISO 3166-1 alpha-2) where codes may be redeemed. The tax there is declared as soon as the
    /// codes are made: single-purpose vouchers. Left out: taxed when they are spent, wherever that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxed_in: Option<String>,
    /// How many codes: 1 to 10,000.
    pub count: u32,
    /// What became of it. Told, never read: leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<VoucherBatchStatus>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoucherBatchStatus {
    pub created_at: String,
    /// When its codes were made; null before.
    pub printed_at: Option<String>,
    /// When it was stopped.
    pub stopped_at: Option<String>,
    /// Codes that can be redeemed.
    pub open: u64,
    pub redeemed: u64,
    pub stopped: u64,
    pub expired: u64,
    /// What the books owe for the open ones.
    pub owed_micros: i64,
}

/// Codes at the only moment when they are known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoucherCodes {
    pub batch: String,
    pub codes: Vec<VoucherCode>,
}

/// A code and the serial number by which it stays known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoucherCode {
    pub serial: String,
    pub code: String,
}

/// Codes to be printed, by whoever still has them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherSheet {
    /// `pdf` (A4 sheets of cards with QR codes) or `csv`.
    #[serde(rename = "as")]
    pub kind: String,
    /// The language of the cards; `en` when left out.
    #[serde(default = "english")]
    pub language: String,
    /// Codes of this batch.
    pub codes: Vec<String>,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoucherState {
    pub serial: String,
    pub batch: String,
    /// `money`, `percent` or `release`.
    pub sort: String,
    /// `open`, `redeemed`, `stopped` or `expired`.
    pub state: String,
    pub value_micros: Option<i64>,
    pub discount_ppm: Option<i64>,
    pub release_id: Option<String>,
    pub currency: String,
    pub created_at: String,
    pub expires_at: Option<String>,
    /// The id of who redeemed it.
    pub redeemed_by: Option<String>,
    pub redeemed_by_email: Option<String>,
    pub redeemed_at: Option<String>,
    /// The order that a discount was spent on.
    pub spent_order: Option<String>,
}

fn money() -> String {
    "money".to_owned()
}

fn main() -> Vec<String> {
    vec![super::main()]
}

fn english() -> String {
    "en".to_owned()
}
