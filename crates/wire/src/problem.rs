//! Refusals: problem documents by RFC 9457.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::consents::RequiredConsent;

/// Why a request was refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Stable name of the kind of problem, a path such as `/problems/too-little-balance`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// A sentence that says what to do.
    pub detail: String,
    /// The id of the request, to be quoted to the shop's operator.
    pub request_id: Option<String>,
    /// Seconds to wait before the next try, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The field that is not right, by its path in the request's body: `periods[1].from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is to be agreed to first, with `/problems/consent-required`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<RequiredConsent>,
    /// What the order would have held, with `/problems/too-little-balance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_micros: Option<i64>,
    /// What it costs by now, with `/problems/price-rose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_micros: Option<i64>,
    /// What there is, with `/problems/too-little-balance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_micros: Option<i64>,
}
