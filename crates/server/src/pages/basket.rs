//! The basket, and the same page for one thing bought at once: what it costs, why, and the button. No pricing rules.
use askama::Template;

use super::cards::Credit;
use super::catalog::{FormatGroup, Price, Sizing};
use super::forms::{Field, Refusal};
use super::language::Lang;
use super::layout::Layout;

/// Why something costs what it costs: a step on the way to its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The tariff, per 1,000,000 bytes.
    PerMegabyte {
        price_micros: i64,
    },
    /// A price whatever the weight: of a track, or the part of one in that of its release.
    Fixed {
        price_micros: i64,
        of_release: bool,
    },
    /// A discount; `sort` is what it is given for, `name` what the operator calls it.
    Discount {
        sort: &'static str,
        name: Option<String>,
        ppm: u32,
        amount_micros: i64,
        spent_micros: Option<i64>,
    },
    /// Discounts stop at a third.
    Capped {
        asked_ppm: u32,
        given_ppm: u32,
        amount_micros: i64,
    },
    /// A rights holder's floor.
    Floor {
        raised_micros: i64,
    },
    /// A lesser format was paid for.
    PaidBefore {
        format: String,
        paid_micros: i64,
    },
    /// Owned in this format.
    Owned,
    Tax {
        ppm: u32,
        tax_micros: i64,
        included: bool,
    },
    /// The size shows only when the file is made: the upper end is the most it can cost.
    SizeUnknown,
    /// This file was made before, so its size is known.
    MadeBefore,
}

impl Reason {
    /// The reason in the page's language.
    pub fn text(&self, lang: &Lang) -> String {
        match self {
            Reason::PerMegabyte { price_micros } => lang.t1("reason-per-megabyte", "price", lang.money(price_micros)),
            Reason::Fixed { price_micros, of_release } => {
                let id = if *of_release { "reason-fixed-release" } else { "reason-fixed" };
                lang.t1(id, "price", lang.money_up(price_micros))
            }
            Reason::Discount { sort, name, ppm, amount_micros, spent_micros } => {
                let rate =
                    lang.t2("reason-off", ("rate", lang.percent(*ppm)), ("amount", lang.money_down(amount_micros)));
                let why = match (name, spent_micros) {
                    (Some(name), _) => name.clone(),
                    (None, Some(spent)) => lang.t1("reason-spent", "spent", lang.money(spent)),
                    (None, None) => lang.t(format!("reason-{}", sort.replace('_', "-"))),
                };
                lang.t2("reason-discount", ("why", why), ("off", rate))
            }
            Reason::Capped { asked_ppm, given_ppm, amount_micros } => {
                let off = ("rate", lang.percent(*given_ppm));
                let off = lang.t2("reason-off", off, ("amount", lang.money_down(amount_micros)));
                lang.t2("reason-capped", ("asked", lang.percent(*asked_ppm)), ("off", off))
            }
            Reason::Floor { raised_micros } => lang.t1("reason-floor", "raised", lang.money_up(raised_micros)),
            Reason::PaidBefore { format, paid_micros } => lang.t2(
                "reason-paid-before",
                ("format", lang.format_name(format)),
                ("paid", lang.money_down(paid_micros)),
            ),
            Reason::Owned => lang.t("reason-owned"),
            Reason::Tax { ppm, tax_micros, included } => {
                let id = if *included { "reason-tax-included" } else { "reason-tax-added" };
                lang.t2(id, ("rate", lang.percent(*ppm)), ("tax", lang.money_up(tax_micros)))
            }
            Reason::SizeUnknown => lang.t("reason-size-unknown"),
            Reason::MadeBefore => lang.t("reason-made-before"),
        }
    }

    /// Takes in the same step of another line, its amounts added; says whether it was the same.
    pub fn take_in(&mut self, other: &Reason) -> bool {
        use Reason::{Capped, Discount, Fixed, Floor, PaidBefore, Tax};
        let (sum, more) = match (&mut *self, other) {
            (
                Discount { sort, name, ppm, amount_micros, spent_micros },
                Discount { sort: s, name: n, ppm: p, amount_micros: more, spent_micros: from },
            ) if (*sort, &*name, *ppm, *spent_micros) == (*s, n, *p, *from) => (amount_micros, more),
            (Capped { asked_ppm, amount_micros, .. }, Capped { asked_ppm: asked, amount_micros: more, .. })
                if asked_ppm == asked =>
            {
                (amount_micros, more)
            }
            (Floor { raised_micros }, Floor { raised_micros: more }) => (raised_micros, more),
            (PaidBefore { format, paid_micros }, PaidBefore { format: f, paid_micros: more }) if format == f => {
                (paid_micros, more)
            }
            (Fixed { price_micros, of_release: true }, Fixed { price_micros: more, of_release: true }) => {
                (price_micros, more)
            }
            (Tax { ppm, tax_micros, included }, Tax { ppm: p, tax_micros: more, included: i })
                if (*ppm, *included) == (*p, *i) =>
            {
                (tax_micros, more)
            }
            (mine, other) => return mine == other,
        };
        *sum = sum.saturating_add(*more);
        true
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
    pub(super) fn label(&self, lang: &Lang) -> String {
        match (self.kind.as_str(), self.country.as_str()) {
            ("lawful_country", "") => lang.t("consent-law-unknown"),
            ("lawful_country", country) => lang.t1("consent-law", "country", lang.country(country)),
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
    /// Of its tracks those that cannot be had in the chosen format.
    pub unfit_tracks: u32,
    /// A track whose release is in the basket too: it costs nothing more.
    pub is_within: bool,
    pub reasons: Vec<Reason>,
}

impl BasketItem {
    /// Why it has no price.
    fn unfit_text(&self, lang: &Lang, format_name: &str) -> String {
        let format_name = lang.format_name(format_name);
        if self.unfit_tracks > 0 && self.unfit_tracks < self.tracks {
            let some = lang.count("item-unfit-tracks", self.unfit_tracks);
            return lang.t2("item-unfit-some", ("tracks", some), ("format", format_name));
        }
        lang.t1("item-unfit", "format", format_name)
    }
}

/// `/en/basket?format=&code=` and `/en/buy?item=&format=&code=`.
/// Its buy form posts to `/en/orders`: `csrf`, `key` (idempotency), `source` (basket|buy), `format`, `items` (comma-separated), `code`, `promise_micros` (the total shown).
#[derive(Clone, Debug, Template)]
#[template(path = "basket.html")]
pub struct BasketPage {
    pub page: Layout,
    pub source: BasketSource,
    pub items: Vec<BasketItem>,
    /// Those that all of it can be had in; where there is none, all.
    pub formats: Vec<FormatGroup>,
    /// Id of the chosen format; the prices are for it.
    pub format: String,
    pub format_name: String,
    /// Exact sizes were asked for and are being found.
    pub sizing: Option<Sizing>,
    /// Sum over the items; none if something could not be quoted.
    pub total: Option<Price>,
    /// Where its files are, without the language, if the visitor owns all of it in this format.
    pub owned: Option<String>,
    /// Fresh for every time the page is made, the same when a refused form shows it again.
    pub idempotency_key: String,
    /// The code of a promotion, as it was typed.
    pub code: Field,
    /// Whether it takes something off.
    pub code_applies: bool,
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

    /// Whether a box to tick says already that delivery starts at once.
    fn asks_for_supply(&self) -> bool {
        self.consents.iter().any(|consent| consent.kind == "immediate_supply")
    }

    fn is_sizing(&self) -> bool {
        self.sizing.is_some_and(|sizing| sizing.goes_on()) && self.total.is_some_and(|total| !total.is_exact())
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

    /// How much the balance lacks; none without a visitor or a total, or if it is enough.
    pub fn missing_micros(&self) -> Option<i64> {
        let left = self.page.visitor.as_ref()?.balance_micros - self.total?.max_micros;
        (left < 0).then_some(-left)
    }
}
