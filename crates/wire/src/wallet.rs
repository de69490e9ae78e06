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
    /// `voucher`, `credit`, `hold`, `capture`, `give_back`, `refund`, `transfer` or `expire`; more sorts may come.
    pub kind: String,
    /// What it is about: a voucher's serial number, an order's or a line's id, an operator's reason.
    pub subject: String,
    /// The change of the free balance; negative when it shrank.
    pub amount_micros: i64,
    /// The part of the change that is purchased credit.
    pub purchased_micros: i64,
    /// The part of it that is promotional credit.
    pub promotional_micros: i64,
    /// The part of it that is credit from vouchers.
    pub voucher_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
}

/// A voucher as a person types it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Voucher {
    pub code: String,
    /// For a voucher that brings a release: the format to have it in, as `GET /formats` names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// What a voucher brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redeemed {
    /// `money`, `percent` or `release`.
    pub sort: String,
    /// Credit that it brought; 0 for the other sorts.
    pub amount_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
    /// ISO 4217.
    pub currency: String,
    /// Of `percent`: the discount on the next order, in millionths of its price.
    pub discount_ppm: Option<i64>,
    /// Of `percent`: when the discount ends; null: never.
    pub expires_at: Option<String>,
    /// Of `release`: the order that was placed.
    pub order: Option<String>,
}
