//! Lists come in pages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Some items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// At most `limit` items.
    pub items: Vec<T>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<String>,
}
