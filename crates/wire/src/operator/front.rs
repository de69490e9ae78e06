//! What stands around the shop: texts, news, and the notice that closes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in Markdown (CommonMark with tables). Raw HTML is shown as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront that shows it; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// Where it stands; one text for each place.
    pub of: TextOf,
    /// Markdown by language, such as `en` and `ru`.
    pub texts: BTreeMap<String, String>,
}

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextOf {
    /// Who runs the shop.
    About,
    /// Terms of sale.
    Terms,
    /// What is kept of whom.
    Privacy,
    /// Questions and answers.
    Help,
    /// Release notes, by the release's id.
    Release(String),
    /// A biography, by the artist's id.
    Artist(String),
    /// On a label's page, by the label's id.
    Label(String),
}

/// A post of the news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct News {
    /// The operator's name for it, which its address ends in.
    #[serde(default)]
    pub id: String,
    /// The storefront that shows it; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// From when it is shown: a moment, or a day.
    pub published: String,
    /// One line by language.
    pub titles: BTreeMap<String, String>,
    /// Markdown by language; the same languages as the titles.
    pub texts: BTreeMap<String, String>,
}

/// Closes a storefront for as long as it stands: pages and API answer 503 with its message, while downloads go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The storefront's id.
    #[serde(default)]
    pub id: String,
    /// What visitors read, by language.
    pub messages: BTreeMap<String, String>,
    /// When they are to come back, in seconds; 600 when left out.
    #[serde(default = "retry_after_s")]
    pub retry_after_s: u32,
}

fn retry_after_s() -> u32 {
    600
}
