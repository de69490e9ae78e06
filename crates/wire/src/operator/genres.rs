//! Genres as the operator declares them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A genre of the tree. Releases belong to it by their tags: its id, its names and its spellings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Genre {
    /// As it stands in addresses. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The genre that it is part of; left out at the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// By language, such as `en` and `ru`.
    pub names: BTreeMap<String, String>,
    /// Other tags that mean it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spellings: Vec<String>,
}
