//! Refunds of sold lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The price of a sold line, or a part of it, is to go back to the credit that paid it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundOfLine {
    /// At most what is left of the price; all of that when left out.
    #[serde(default)]
    pub amount_micros: Option<i64>,
    /// Why, for the buyer: it stands on the credit note. At most 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// What went back of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineRefund {
    /// The order line.
    pub line: String,
    pub promotional_micros: i64,
    pub voucher_micros: i64,
    pub purchased_micros: i64,
    /// What of the price has not gone back by now.
    pub left_micros: i64,
}
