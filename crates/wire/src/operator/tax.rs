//! Tax: rates, and how a storefront deals with them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rate of tax for buyers in a country, from a day until the next one of that country begins. Countries without a rate
/// are not taxed. A rate that something was sold under stays as it is: declare another one from a later day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront it holds in; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// ISO 3166-1 alpha-2: `DE`.
    pub country: String,
    /// Its first day, UTC: `2021-01-01`.
    pub from: String,
    /// Parts per million of the price without tax: 190000 is 19 %.
    pub rate_ppm: u32,
    /// For the operator himself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How a storefront deals with tax, and who sells: the head of its papers. Its id is the storefront's. Until it is set, prices
/// include tax, and who is in an unknown country pays none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxSettings {
    /// The storefront's id. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// Tariffs are prices with tax; else it is added to them.
    #[serde(default = "yes")]
    pub prices_include_tax: bool,
    /// Where a buyer's country is unknown: `refuse` the order, charge `no_tax`, or take a `default` country.
    #[serde(default = "no_tax")]
    pub unknown_country: String,
    /// For `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_country: Option<String>,
    /// Who sells; the storefront's name when left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seller_name: String,
    /// Lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seller_address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_country: Option<String>,
    /// A number for value-added tax or the like.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seller_tax_number: String,
    /// Printed at the foot of every paper.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

fn yes() -> bool {
    true
}

fn no_tax() -> String {
    "no_tax".to_owned()
}
