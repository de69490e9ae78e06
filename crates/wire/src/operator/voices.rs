//! Picks, and reviews as operators see them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A release that the editors pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront that shows it; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// The release's id.
    pub release: String,
    /// The lower the earlier it stands; 0 when left out.
    #[serde(default)]
    pub place: i64,
    /// Plain words by language, such as `en` and `ru`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
}

/// A review with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeratedReview {
    /// The review.
    pub review: crate::voices::Review,
    /// The writer's user id.
    pub user: String,
    /// An operator took it from sight.
    pub is_hidden: bool,
    /// How many reported it since an operator looked.
    pub reports: i64,
    /// Their latest reasons.
    pub reasons: Vec<String>,
}
