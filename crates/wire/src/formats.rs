//! The formats on offer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a track can become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Format {
    /// `codec:mode:quality`; what orders and quotes name.
    pub format: String,
    /// For people: `MP3 320 kbit/s`.
    pub name: String,
    pub codec: String,
    pub mode: String,
    pub quality: String,
    /// Of the file's name, without the dot.
    pub extension: String,
    /// Media type.
    pub mime: String,
    /// `lossy`, `lossless` or `hires`.
    pub class: String,
    /// `exact`: the bytes, and so the price, are known before encoding. `range`: they lie between two numbers.
    pub size: String,
    pub available: bool,
    /// Why it is not available.
    pub why_not: Option<String>,
}
