//! The operator's page of tariffs.
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

/// `/en/operator/tariffs`. Its form posts `csrf` and `price` (for a megabyte, from now on, for all that no other tariff names)
/// to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/tariffs.html")]
pub struct TariffsPage {
    pub page: Layout,
    pub tariffs: Vec<TariffRow>,
    pub price: Field,
}
