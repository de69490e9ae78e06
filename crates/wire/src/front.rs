//! What everybody may know of the shop itself: its texts, news and licences.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text of the operator, or the one that stands there until he writes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    /// Markdown by language.
    pub texts: BTreeMap<String, String>,
}

/// A post of the news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// When it came out.
    pub published_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// By language.
    pub titles: BTreeMap<String, String>,
    /// Markdown by language.
    pub texts: BTreeMap<String, String>,
}

/// A licence that the storefront sells under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicLicence {
    /// What it is called.
    pub name: String,
    /// Its number; null if it has none.
    pub number: Option<String>,
    /// `society` or `direct`.
    pub kind: String,
    /// Who gave it and is paid.
    pub payee: String,
    /// `gross` (the price with tax) or `net` (without).
    pub base: String,
    /// Parts per million of the base that are due for each sale.
    pub rate_ppm: u32,
    /// The least that is due for a track.
    pub minimum_micros: i64,
    /// The label whose recordings it is over; null: over all.
    pub label: Option<String>,
    /// The first day; null: since always.
    pub valid_from: Option<String>,
    /// The last day; null: for good.
    pub valid_until: Option<String>,
}
