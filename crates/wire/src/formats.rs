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
    /// `at_once`: a file begins to flow while it is made. `after_sizing`: only when it was encoded once, since an index of
    /// the whole comes first in it.
    pub starts: String,
    /// Made in one piece from the start: its middle cannot be had before what comes before it.
    pub serial: bool,
    /// More than two channels are kept; elsewhere they are mixed down to two (ITU-R BS.775).
    pub surround: bool,
    pub available: bool,
    /// Why it is not available.
    pub why_not: Option<String>,
}
