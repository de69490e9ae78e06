//! Quotes, orders, downloads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be bought: `{"release": id}` or `{"track": id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Item {
    Release(String),
    Track(String),
}

/// A question for a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    pub items: Vec<Item>,
    /// `codec:mode:quality`.
    pub format: String,
    /// The code of a promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Find out the exact sizes of what has a range only; ask again until `sizing` is false.
    #[serde(default)]
    pub exact: bool,
}

/// What items cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    pub format: String,
    /// One for each track.
    pub lines: Vec<QuoteLine>,
    /// The most that all of it can cost.
    pub total_micros: i64,
    /// ISO 4217.
    pub currency: String,
    /// Whether the code takes something off; null without a code.
    pub code_applies: Option<bool>,
    /// Whether exact sizes are being found out because this quote asked for them.
    pub sizing: bool,
}

/// What a track costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteLine {
    /// The track's id.
    pub track: String,
    pub title: String,
    /// The release it would be bought as a part of.
    pub release: Option<String>,
    /// Bytes of audio payload; null where encoding alone will tell.
    pub bytes: Option<u64>,
    /// The least and the most they can be; both equal `bytes` where that is known.
    pub bytes_min: u64,
    pub bytes_max: u64,
    /// The least that it can cost.
    pub price_min_micros: i64,
    /// The most that it can cost: a promise.
    pub price_micros: i64,
    /// The same by the tariff alone: before discounts, floors, what is owned, and tax.
    pub list_micros: i64,
    /// Every step from the tariff to the price, in order.
    pub reasons: Vec<Reason>,
}

/// A step on the way to a price, in words and figures. Amounts are for the most that the line can cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// For people, in the language of the request (`Accept-Language`).
    pub text: String,
    #[serde(flatten)]
    pub step: Step,
}

/// The figures of a step. Rates are in parts per million.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// The tariff, for 1,000,000 bytes of audio payload.
    PricePerMb { price_per_mb_micros: i64, class: String, tier: String },
    /// A price whatever the weight: of the track, or its part of the release's.
    FixedPrice { price_micros: i64, of_release: bool },
    /// A discount of the list price. `sort` is `spent`, `code`, `first_order`, `happy_hour`, `means`, `promotion` or `voucher`;
    /// `id` names the promotion, or the voucher's serial number; `spent_micros` is the sum from which on it is given.
    Discount { id: String, sort: String, discount_ppm: u32, amount_micros: i64, spent_micros: Option<i64> },
    /// Discounts come to more than a third and stop there.
    Capped { asked_ppm: u32, given_ppm: u32, amount_micros: i64 },
    /// A rights holder's floor wins.
    Floor { floor_micros: i64, raised_micros: i64 },
    /// A lesser format of the same track was paid for.
    PaidBefore { format: String, paid_micros: i64 },
    /// Owned in this very format: free.
    Owned { order: String },
    /// The tax of the buyer's country: its rate in parts per million of the price without it, whether the tariff has it in
    /// it, and the most that it can come to.
    Tax { ppm: u32, included: bool, micros: i64 },
}

/// An order to be placed. The header `Idempotency-Key` goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    pub items: Vec<Item>,
    /// `codec:mode:quality`.
    pub format: String,
    /// The code of a promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The most that you were told it costs: if it costs more by now, the order is refused (409 `price-rose`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_total_micros: Option<i64>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    pub id: String,
    pub created_at: String,
    /// `held` while files are made, then `charged`, `part_charged` or `refunded`.
    pub state: String,
    /// ISO 4217.
    pub currency: String,
    /// What it held when it was placed.
    pub held_micros: i64,
    pub charged_micros: i64,
    pub lines: Vec<Line>,
    /// Its releases, each as one file.
    pub zips: Vec<OrderZip>,
}

/// One bought track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub id: String,
    /// The order's id.
    pub order: String,
    /// The track's id.
    pub track: String,
    /// The id of the release it was bought as a part of; null for a single track.
    pub release: Option<String>,
    pub release_title: String,
    pub medium: u32,
    pub number: u32,
    pub title: String,
    pub artist_credit: String,
    pub format: String,
    /// `queued`, `encoding`, `ready`, `failed`, or `refunded`: all that it cost went back, and the right to the file.
    pub state: String,
    /// How far the encoding is.
    pub progress_percent: Option<u8>,
    /// Bytes of audio payload: what is charged.
    pub bytes: Option<u64>,
    /// Length of the file.
    pub file_bytes: Option<u64>,
    pub held_micros: i64,
    pub charged_micros: i64,
    /// Of the file as served now.
    pub sha256: Option<String>,
    /// Of the audio payload: survives a correction of tags.
    pub payload_sha256: Option<String>,
}

/// A bought release as one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderZip {
    /// The release's id.
    pub release: String,
    /// Absolute and signed: needs no header.
    pub url: String,
}

/// A bought track and its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Download {
    #[serde(flatten)]
    pub line: Line,
    /// Absolute and signed: needs no header, works from the first moment.
    pub url: String,
    /// The name to save it under.
    pub file_name: String,
    /// It was made by an earlier encoder and is made anew, free of charge, when it is downloaded.
    pub made_anew: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_the_contract_says() {
        let text = r#"{"items":[{"release":"r1"},{"track":"t1"}],"format":"mp3:cbr:320"}"#;
        let order: NewOrder = serde_json::from_str(text).unwrap();
        assert_eq!(order.items, [Item::Release("r1".into()), Item::Track("t1".into())]);
        assert_eq!(serde_json::to_string(&order).unwrap(), text);
    }

    #[test]
    fn a_misspelt_field_is_refused_and_not_ignored() {
        let text = r#"{"items":[],"format":"mp3:cbr:320","fromat":"flac:lossless:5"}"#;
        assert!(serde_json::from_str::<NewOrder>(text).is_err());
    }
}
