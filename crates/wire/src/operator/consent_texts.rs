//! Texts that listeners agree to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is agreed to before something is bought. Of each kind the highest version is asked for; who agreed to an
/// earlier one is asked again. A text that somebody agreed to stays as it is: declare a higher version under another id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentText {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront it is asked for in; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// `immediate_supply` (asked once) or `lawful_country` (once in each country).
    pub kind: String,
    /// From 1.
    pub version: u32,
    /// The text by language, such as `en` and `ru`.
    pub texts: BTreeMap<String, String>,
}
