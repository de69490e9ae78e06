//! The basket, and the same page for one thing bought at once: what it costs, why, and the button. No pricing rules.
use askama::Template;

use super::catalog::{Credit, FormatGroup, Price};
use super::forms::Refusal;
use super::language::Lang;
use super::layout::Layout;

/// Why a line costs what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The tariff, per 1,000,000 bytes.
    PerMegabyte { price_micros: i64 },
    /// The tax of the buyer's country, in parts per million; the tariff has it in it, or it is added.
    Tax { ppm: u32, included: bool },
    /// The size shows only when the file is made: the upper end is the most it can cost.
    SizeUnknown,
    /// This file was made before, so its size is known.
    MadeBefore,
}

impl Reason {
    /// The reason in the page's language.
    pub fn text(&self, lang: &Lang) -> String {
        match *self {
            Reason::PerMegabyte { price_micros } => lang.t1("reason-per-megabyte", "price", lang.money(price_micros)),
            Reason::Tax { ppm, included } => {
                lang.t1(if included { "reason-tax-included" } else { "reason-tax-added" }, "rate", lang.percent(ppm))
            }
            Reason::SizeUnknown => lang.t("reason-size-unknown"),
            Reason::MadeBefore => lang.t("reason-made-before"),
        }
    }
}

/// Something to agree to before buying: a box to tick.
#[derive(Clone, Debug)]
pub struct Consent {
    /// `immediate_supply` or `lawful_country`; the box is named `consent_` and this, its value is the version.
    pub kind: String,
    pub version: u32,
    /// Of the network address or as stated; empty where it is unknown or does not matter.
    pub country: String,
    /// The operator's words, and the language they are in.
    pub text: String,
    pub language: String,
}

impl Consent {
    /// What stands beside the box.
    fn label(&self, lang: &Lang) -> String {
        match (self.kind.as_str(), self.country.as_str()) {
            ("lawful_country", "") => lang.t("consent-law-unknown"),
            ("lawful_country", country) => lang.t1("consent-law", "country", country),
            _ => lang.t("consent-supply"),
        }
    }
}

/// Where the items come from, and so what may be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasketSource {
    /// The visitor's basket, `/en/basket`: items can be removed.
    Basket,
    /// One release or track, `/en/buy?item=…&format=…`.
    BuyNow,
}

/// One thing to buy.
#[derive(Clone, Debug)]
pub struct BasketItem {
    /// `release:ID` or `track:ID`; what the forms send as `item`.
    pub item: String,
    pub title: String,
    pub artists: Vec<Credit>,
    pub release_id: String,
    /// Title of the release a track is from; empty for a release.
    pub release_title: String,
    pub has_cover: bool,
    /// Tracks in it: 1 for a track.
    pub tracks: u32,
    pub price: Option<Price>,
    pub reasons: Vec<Reason>,
}

/// `/en/basket?format=` and `/en/buy?item=&format=`.
/// Its buy form posts to `/en/orders`: `csrf`, `key` (idempotency), `source` (basket|buy), `format`, `items` (comma-separated), `promise_micros` (the total shown).
#[derive(Clone, Debug, Template)]
#[template(path = "basket.html")]
pub struct BasketPage {
    pub page: Layout,
    pub source: BasketSource,
    pub items: Vec<BasketItem>,
    pub formats: Vec<FormatGroup>,
    /// Id of the chosen format; the prices are for it.
    pub format: String,
    /// Sum over the items; none if something could not be quoted.
    pub total: Option<Price>,
    /// Fresh for every time the page is made, the same when a refused form shows it again.
    pub idempotency_key: String,
    /// Why the purchase was refused, at the top of the form.
    pub refusal: Option<Refusal>,
    /// What is to be agreed to first; empty for somebody who is not signed in.
    pub consents: Vec<Consent>,
}

impl BasketPage {
    fn title_id(&self) -> &'static str {
        match self.source {
            BasketSource::Basket => "basket-title",
            BasketSource::BuyNow => "buy-title",
        }
    }

    fn path(&self) -> &'static str {
        match self.source {
            BasketSource::Basket => "/basket",
            BasketSource::BuyNow => "/buy",
        }
    }

    /// The value of the buy form's `source`.
    fn source_name(&self) -> &'static str {
        match self.source {
            BasketSource::Basket => "basket",
            BasketSource::BuyNow => "buy",
        }
    }

    /// What the buy form sends: the items, comma-separated.
    pub fn items_value(&self) -> String {
        self.items.iter().map(|item| item.item.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Balance left once the most it can cost is paid; none without a visitor, a total, or enough balance.
    pub fn balance_after_micros(&self) -> Option<i64> {
        let left = self.page.visitor.as_ref()?.balance_micros - self.total?.max_micros;
        (left >= 0).then_some(left)
    }

    /// The balance left as it is shown: exact where the price is, else no more than what is sure to be left.
    fn shown_balance_after(&self, after_micros: &i64) -> String {
        let is_exact = self.total.is_some_and(|total| total.is_exact());
        if is_exact { self.page.lang.money(after_micros) } else { self.page.lang.money_down(after_micros) }
    }

    /// How much the balance lacks; none without a visitor or a total, or if it is enough.
    pub fn missing_micros(&self) -> Option<i64> {
        let left = self.page.visitor.as_ref()?.balance_micros - self.total?.max_micros;
        (left < 0).then_some(-left)
    }
}
