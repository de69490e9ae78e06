//! Promotions: discounts and their conditions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A discount. All its conditions must be met; within a list one of its entries. Discounts are parts of the list price; they
/// add up and stop at 333,333 parts per million: a third. Floors still win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront it holds in; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// What its amounts are in: the currency of its storefront.
    #[serde(default = "super::usd")]
    pub currency: String,
    /// What listeners read, by language: `{"en": "Summer", "ru": "Лето"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// In parts per million of the list price, 1 to 333333; left out where a ladder says it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discount_ppm: u32,
    /// A discount by the sum spent: of the rungs that are reached the highest counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Rung>,
    /// Its first instant; since always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The first instant after it; for good when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Ids of genres.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// Ids of labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Ids of releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<String>,
    /// What the buyer types: letters, digits, hyphens, underscores; capitals are no matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only for who has bought nothing yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_order: bool,
    /// Each buyer once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once_per_user: bool,
    /// Only at these times of the week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub happy_hours: Vec<HappyHour>,
    /// By what money came to the buyer's balance last: `stripe`, `transfer`, `voucher`, or `credit` from an operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub means: Vec<String>,
}

/// Who has spent so much gets so much off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// From this sum on.
    pub spent_micros: i64,
    /// In parts per million of the list price, 1 to 333333.
    pub discount_ppm: u32,
}

/// A time of the week, by the clocks of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HappyHour {
    /// `mon` to `sun`; every day when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// `18:00`
    pub from: String,
    /// `20:00`; a time that is earlier than `from` is on the next day.
    pub until: String,
    /// A name of the IANA database, such as `Europe/Berlin`.
    pub time_zone: String,
}

fn is_zero(ppm: &u32) -> bool {
    *ppm == 0
}
