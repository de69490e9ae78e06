//! Floors, and what is special about one release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The least that a rights holder lets tracks be sold for. It wins over tariffs, fixed prices and discounts; of several for the
/// same track the highest holds. It names one of label, release and recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// A label's id: for all its releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A release's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// A recording's id or ISRC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// What the amounts are in.
    #[serde(default = "super::usd")]
    pub currency: String,
    /// For each track.
    #[serde(default)]
    pub per_track_micros: i64,
    /// For 1,000,000 bytes of audio payload.
    #[serde(default)]
    pub per_mb_micros: i64,
}

/// What is special about a release in a storefront: its tier, and prices that its weight does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasePrice {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront it holds in; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// The release's id.
    pub release: String,
    /// `new`, `catalogue` or `free`. Left out: new for 90 days from its date, then catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// At most one for each class of formats, and one for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<FixedPrice>,
}

/// A price whatever the weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedPrice {
    /// `lossy`, `lossless` or `hires`; every class that no other names when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Of the whole release; its tracks share it by their length.
    pub release_micros: i64,
    /// Of a single track; by its weight when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_micros: Option<i64>,
}
