//! The operator's page of tariffs.
use std::collections::BTreeMap;

use askama::Template;

use crate::pages::forms::Field;
use crate::pages::language::Lang;
use crate::pages::layout::Layout;

/// A tariff.
#[derive(Clone, Debug)]
pub struct TariffRow {
    pub id: String,
    pub storefront: String,
    /// `lossy`, `lossless`, `hires`; empty: all.
    pub class: String,
    /// `new`, `catalogue`, `free`; empty: all.
    pub tier: String,
    pub periods: Vec<TariffPeriodRow>,
}

impl TariffRow {
    fn class_text(&self, lang: &Lang) -> String {
        lang.t(if self.class.is_empty() { "tariff-all".into() } else { format!("format-class-{}", self.class) })
    }

    fn tier_text(&self, lang: &Lang) -> String {
        lang.t(if self.tier.is_empty() { "tariff-all".into() } else { format!("tier-{}", self.tier) })
    }
}

/// What a megabyte costs, and when.
#[derive(Clone, Debug)]
pub struct TariffPeriodRow {
    pub from_us: Option<i64>,
    pub until_us: Option<i64>,
    pub price_per_mb_micros: i64,
}

impl TariffPeriodRow {
    fn text(&self, lang: &Lang) -> String {
        match (self.from_us, self.until_us) {
            (None, None) => lang.t("period-always"),
            (Some(from), None) => lang.t1("period-from", "from", lang.moment(from)),
            (None, Some(until)) => lang.t1("period-until", "until", lang.moment(until)),
            (Some(from), Some(until)) => {
                lang.t2("period-between", ("from", lang.moment(from)), ("until", lang.moment(until)))
            }
        }
    }
}

/// A promotion.
#[derive(Clone, Debug)]
pub struct PromotionRow {
    pub id: String,
    /// What listeners read, by language.
    pub names: BTreeMap<String, String>,
    /// Its strongest condition: `spent`, `code`, `first_order`, `happy_hour`, `means`, `promotion`.
    pub sort: &'static str,
    pub code: Option<String>,
    /// Discounts in parts per million: one, or the rungs of a ladder with the sums spent.
    pub discounts: Vec<(Option<i64>, u32)>,
    pub from_us: Option<i64>,
    pub until_us: Option<i64>,
}

impl PromotionRow {
    fn name(&self, lang: &Lang) -> String {
        let named = self.names.get(lang.code()).or_else(|| self.names.values().next());
        named.cloned().unwrap_or_else(|| self.id.clone())
    }

    fn when(&self, lang: &Lang) -> String {
        match (&self.code, self.sort) {
            (Some(code), _) => format!("{} {code}", lang.t("reason-code")),
            (None, "spent") => lang.t("promotion-spent"),
            (None, sort) => lang.t(format!("reason-{}", sort.replace('_', "-"))),
        }
    }

    fn period(&self, lang: &Lang) -> String {
        TariffPeriodRow { from_us: self.from_us, until_us: self.until_us, price_per_mb_micros: 0 }.text(lang)
    }

    fn off(&self, lang: &Lang) -> String {
        let one = |(spent, ppm): &(Option<i64>, u32)| match spent {
            Some(spent) => lang.t2("promotion-rung", ("rate", lang.percent(*ppm)), ("spent", lang.money(*spent))),
            None => lang.percent(*ppm),
        };
        self.discounts.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// A floor of a rights holder.
#[derive(Clone, Debug)]
pub struct FloorRow {
    pub id: String,
    /// Fluent id of what it is for.
    pub of_id: &'static str,
    /// The name of that.
    pub of: String,
    pub per_track_micros: i64,
    pub per_mb_micros: i64,
}

/// What is special about a release: a row for each fixed price, or one for its tier alone.
#[derive(Clone, Debug)]
pub struct ReleasePriceRow {
    pub id: String,
    pub title: String,
    /// `new`, `catalogue`, `free`; empty: by its age.
    pub tier: String,
    /// `lossy`, `lossless`, `hires`; empty: all others.
    pub class: String,
    pub release_micros: Option<i64>,
    pub track_micros: Option<i64>,
}

impl ReleasePriceRow {
    fn tier_text(&self, lang: &Lang) -> String {
        lang.t(if self.tier.is_empty() { "tier-by-age".into() } else { format!("tier-{}", self.tier) })
    }

    fn class_text(&self, lang: &Lang) -> String {
        lang.t(if self.class.is_empty() { "tariff-all".into() } else { format!("format-class-{}", self.class) })
    }
}

/// `/en/operator/tariffs`. Its form posts `csrf` and `price` (for a megabyte, from now on, for all that no other tariff names)
/// to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/tariffs.html")]
pub struct TariffsPage {
    pub page: Layout,
    pub tariffs: Vec<TariffRow>,
    pub promotions: Vec<PromotionRow>,
    pub floors: Vec<FloorRow>,
    pub release_prices: Vec<ReleasePriceRow>,
    pub price: Field,
}
