//! Gifts: a voucher that one listener buys and another gets by mail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A gift to be bought, from purchased credit alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGift {
    /// From 1 to 500 units of the currency, with no more decimals than it has.
    pub amount_micros: i64,
    /// E-mail address of who gets it.
    pub recipient: String,
    /// Who it is from, as the letter says: 1 to 100 characters.
    pub from: String,
    /// At most 500 characters.
    #[serde(default)]
    pub message: String,
    /// When the letter is sent: a moment, or a day. At once when left out.
    #[serde(default)]
    pub send_at: Option<String>,
    /// The letter's language; yours when left out.
    #[serde(default)]
    pub language: Option<String>,
}

/// A gift as its giver sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gift {
    pub id: String,
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
    pub recipient: String,
    pub message: String,
    /// `waiting` (it can still be cancelled), `sending`, `sent`, `redeemed`, `cancelled` or `failed` (both: the money came
    /// back).
    pub state: String,
    pub send_at: String,
    pub created_at: String,
    /// When it was sent, cancelled or given up.
    pub ended_at: Option<String>,
}
