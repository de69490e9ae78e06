//! Consents, and what a buyer says of himself for his papers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to agree to before anything is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequiredConsent {
    /// `immediate_supply` (once) or `lawful_country` (once in each country).
    pub kind: String,
    /// To be sent back with the consent.
    pub version: u32,
    /// Where you are, for `lawful_country`; null where that is unknown or does not matter.
    pub country: Option<String>,
    /// What to agree to, in each language.
    pub texts: BTreeMap<String, String>,
}

/// Something that was agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GivenConsent {
    pub kind: String,
    pub version: u32,
    /// Where you were; null where that was unknown or does not matter.
    pub country: Option<String>,
    /// The language of the text that was read.
    pub language: String,
    pub at: String,
}

/// What is still to be agreed to, and what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consents {
    /// Before the next order. Empty: nothing.
    pub required: Vec<RequiredConsent>,
    /// The latest first.
    pub given: Vec<GivenConsent>,
}

/// Somebody agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    pub kind: String,
    /// The version that was read.
    pub version: u32,
    /// The language that it was read in; the one of your letters when left out.
    #[serde(default)]
    pub language: Option<String>,
}

/// To whom papers are made out. The country is evidence of where you are, for tax.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// ISO 3166-1 alpha-2, like `DE`.
    pub country: Option<String>,
    pub name: String,
    /// Lines.
    pub address: String,
    /// A company's number for value-added tax. It is printed; tax is charged all the same.
    pub tax_number: String,
}
