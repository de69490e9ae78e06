//! What a buyer says of himself for his papers, and what he agreed to. No rules.
use askama::Template;

use super::forms::{Field, Refusal};
use super::layout::Layout;

/// A consent that was given.
#[derive(Clone, Debug)]
pub struct GivenConsent {
    /// `immediate_supply` or `lawful_country`.
    pub kind: String,
    pub version: u32,
    /// Empty where it was unknown or does not matter.
    pub country: String,
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
}

/// `/en/account/billing`. Posts `csrf`, `country`, `name`, `address`, `tax_number` to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "billing.html")]
pub struct BillingPage {
    pub page: Layout,
    pub country: Field,
    pub name: Field,
    pub address: Field,
    pub tax_number: Field,
    /// Of the form as a whole.
    pub refusal: Option<Refusal>,
    /// The latest first.
    pub consents: Vec<GivenConsent>,
}
