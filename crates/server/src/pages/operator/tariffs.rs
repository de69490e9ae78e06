//! The operator's page of tariffs.
use std::collections::BTreeMap;

use askama::Template;
use shop::tariffs::promotions::HappyHour;

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

/// What a promotion asks for.
#[derive(Clone, Debug)]
pub enum Condition {
    Code(String),
    FirstOrder,
    /// Each listener once.
    Once,
    /// At one of these times.
    Hours(Vec<HappyHour>),
    /// By what money came: `stripe`, `transfer`, `voucher`, `credit`.
    Means(Vec<String>),
    /// Names.
    Genres(Vec<String>),
    Labels(Vec<String>),
    Releases(Vec<String>),
}

/// Names of one condition that are told; of the rest their number.
const NAMES_TOLD: usize = 5;

impl Condition {
    fn text(&self, lang: &Lang) -> String {
        let of = |id: &'static str, names: &[String]| lang.t1(id, "names", told(lang, names));
        match self {
            Condition::Code(code) => format!("{} {code}", lang.t("reason-code")),
            Condition::FirstOrder => lang.t("reason-first-order"),
            Condition::Once => lang.t("promotion-once"),
            Condition::Hours(hours) => hours.iter().map(|hour| hour_text(hour, lang)).collect::<Vec<_>>().join(" / "),
            Condition::Means(means) => {
                let means: Vec<String> = means.iter().map(|means| lang.t(format!("promotion-means-{means}"))).collect();
                of("promotion-means", &means)
            }
            Condition::Genres(names) => of("promotion-genres", names),
            Condition::Labels(names) => of("promotion-labels", names),
            Condition::Releases(names) => of("promotion-releases", names),
        }
    }
}

fn hour_text(hour: &HappyHour, lang: &Lang) -> String {
    let days: Vec<String> = hour.days.iter().map(|day| lang.t(format!("weekday-{day}"))).collect();
    let clock = |min: u32| format!("{:02}:{:02}", min / 60, min % 60);
    let (from, until) = (clock(hour.from_min), clock(hour.until_min));
    format!("{} {from}–{until} ({})", days.join(", "), hour.time_zone).trim().to_owned()
}

fn told(lang: &Lang, names: &[String]) -> String {
    let told = names.iter().take(NAMES_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_TOLD) {
        0 => told,
        more => format!("{told}, {}", lang.t1("promotion-and-more", "count", more as i64)),
    }
}

/// A promotion.
#[derive(Clone, Debug)]
pub struct PromotionRow {
    pub id: String,
    /// What listeners read, by language.
    pub names: BTreeMap<String, String>,
    /// All of them must be met.
    pub conditions: Vec<Condition>,
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
        let of_ladder = self.discounts.iter().any(|(spent, _)| spent.is_some()).then(|| lang.t("promotion-spent"));
        let all: Vec<String> = of_ladder.into_iter().chain(self.conditions.iter().map(|c| c.text(lang))).collect();
        if all.is_empty() { lang.t("promotion-everything") } else { all.join("; ") }
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
