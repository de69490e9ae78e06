//! What is heard before it is bought, and in which classes of formats a release is sold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of a track people hear by their standing, and in which formats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSettings {
    /// The storefront. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// Seconds for who is not signed in; 0 for nothing.
    pub visitor_s: u64,
    /// Seconds for who is signed in.
    pub listener_s: u64,
    /// Seconds for who has spent the sum; the whole track when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_s: Option<u64>,
    /// The sum.
    pub buyer_from_micros: i64,
    /// The format that browsers get, `opus:…`.
    pub opus: String,
    /// For browsers that do not play it, `mp3:…`.
    pub mp3: String,
}

/// The most that a rights holder lets anybody hear. It names one of label, release and recording; of several for the same track
/// the lowest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewLimit {
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
    /// Seconds; 0: there is no preview.
    pub most_s: u64,
    /// Who wishes it so, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// In which classes of formats a release is sold. Without one it is sold in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFormats {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The release's id.
    pub release: String,
    /// `lossy`, `lossless`, `hires`: at least one.
    pub classes: Vec<String>,
}
