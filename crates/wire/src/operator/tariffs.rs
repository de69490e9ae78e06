//! Tariffs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What 1,000,000 bytes of audio payload cost in a storefront. A storefront has one tariff for all, and may have others for
/// a class of formats, a tier of releases, or both; the one that says most holds (tier and class, then tier, then class).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront it holds in; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// `lossy`, `lossless` or `hires`; every class when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// `new`, `catalogue` or `free`; every tier when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// In order of time; each begins where the one before it ends.
    pub periods: Vec<TariffPeriod>,
}

/// What a megabyte costs, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffPeriod {
    /// Its first instant; since always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The first instant after it; for good when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// For 1,000,000 bytes of audio payload.
    pub price_per_mb_micros: i64,
}
