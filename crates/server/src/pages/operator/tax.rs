//! The operator's page of tax: who sells, how tax is dealt with, the rates, and the texts that are agreed to.
use askama::Template;

use crate::pages::forms::Field;
use crate::pages::layout::Layout;

/// How a storefront deals with tax.
#[derive(Clone, Debug)]
pub struct TaxSettingsRow {
    pub storefront: String,
    pub prices_include_tax: bool,
    /// `refuse`, `no_tax` or `default`.
    pub unknown_country: String,
    /// Empty unless it is `default`.
    pub default_country: String,
    /// Name, address, country and number, in lines; empty while nobody has said.
    pub seller: String,
}

impl TaxSettingsRow {
    /// Fluent id of what happens where the country is unknown.
    fn unknown_id(&self) -> String {
        format!("tax-unknown-{}", self.unknown_country)
    }
}

/// A rate.
#[derive(Clone, Debug)]
pub struct TaxRateRow {
    pub id: String,
    pub storefront: String,
    pub country: String,
    /// `YYYY-MM-DD`.
    pub from: String,
    pub rate_ppm: u32,
}

/// A text that is agreed to, in the language of the page.
#[derive(Clone, Debug)]
pub struct ConsentTextRow {
    pub id: String,
    pub kind: String,
    pub version: u32,
    pub text: String,
    pub language: String,
}

/// `/en/operator/tax`. Its form posts `csrf`, `country`, `from` and `rate` (per cent) to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/tax.html")]
pub struct TaxPage {
    pub page: Layout,
    pub settings: TaxSettingsRow,
    pub rates: Vec<TaxRateRow>,
    pub texts: Vec<ConsentTextRow>,
    pub country: Field,
    pub from: Field,
    pub rate: Field,
}
