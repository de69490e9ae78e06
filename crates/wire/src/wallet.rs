//! Balance and vouchers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wallet {
    /// Free to be spent: the sum of the next three.
    pub balance_micros: i64,
    /// Purchased: what is unspent can go back to where it came from.
    pub purchased_micros: i64,
    /// Given by the shop: spent first, never refunded in money.
    pub promotional_micros: i64,
    /// From vouchers that are not refundable in money.
    pub voucher_micros: i64,
    /// Held for orders that are being made.
    pub held_micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// A change of the balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalletEntry {
    pub id: String,
    pub at: String,
    /// `voucher`, `credit`, `hold`, `capture` or `give_back`.
    pub kind: String,
    /// What it is about: a voucher's serial number, an order's or a line's id, an operator's reason.
    pub subject: String,
    /// The change of the free balance; negative when it shrank.
    pub amount_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
}

/// A voucher as a person types it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Voucher {
    pub code: String,
}

/// What a voucher brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redeemed {
    pub amount_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
    /// ISO 4217.
    pub currency: String,
}
