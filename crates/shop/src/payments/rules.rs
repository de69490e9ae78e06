//! Which amounts and which ways of payment a listener is offered, and what is too much. Pure: no database, no clock.

use money::price::part;
use money::{Currency, Micros};
use serde::{Deserialize, Serialize};

use super::{PaymentError, stripe, transfer};
use crate::geoip::Country;

/// Vouchers stand among the ways of payment although no provider is behind them.
pub const VOUCHER: &str = "voucher";
/// The ways that rules can name.
pub const WAYS: [&str; 3] = [stripe::NAME, transfer::NAME, VOUCHER];
/// Amounts of a menu at the most.
const MAX_MENU: usize = 12;
/// Characters of the details for transfers.
const MAX_DETAILS_CHARS: usize = 2_000;
/// The highest bonus: half of what arrives.
const MAX_BONUS_PPM: u32 = 500_000;

/// What a storefront offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Amounts to choose from.
    pub menu_micros: Vec<i64>,
    /// Whether any other amount within the limits may be entered.
    pub free_amount: bool,
    /// The ways, in the order in which people see them.
    pub ways: Vec<Way>,
    /// Whom to transfer to, as people read it; without it transfers are not offered.
    pub transfer_details: Option<String>,
}

/// One way of payment and where it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// `stripe`, `transfer` or `voucher`.
    pub provider: String,
    /// Only for these currencies; all when empty.
    pub currencies: Vec<String>,
    /// Only in these countries; all when empty.
    pub countries: Vec<String>,
    /// Not in these.
    pub except_countries: Vec<String>,
    /// Also where the country is unknown.
    pub unknown_country: bool,
    /// What is added as promotional credit, in parts per million of what arrives.
    pub bonus_ppm: u32,
}

impl Way {
    fn everywhere(provider: &str) -> Way {
        Way {
            provider: provider.to_owned(),
            currencies: Vec::new(),
            countries: Vec::new(),
            except_countries: Vec::new(),
            unknown_country: true,
            bonus_ppm: 0,
        }
    }

    fn is_for(&self, currency: Currency, country: Option<Country>) -> bool {
        let among = |list: &[String], code: &str| list.iter().any(|known| known == code);
        let here = match country {
            Some(country) => {
                (self.countries.is_empty() || among(&self.countries, country.code()))
                    && !among(&self.except_countries, country.code())
            }
            None => self.unknown_country,
        };
        here && (self.currencies.is_empty() || among(&self.currencies, currency.code()))
    }
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            menu_micros: [10, 15, 25, 50].map(|units| units * money::amount::PER_UNIT).to_vec(),
            free_amount: true,
            ways: WAYS.map(Way::everywhere).to_vec(),
            transfer_details: None,
        }
    }
}

/// A field of rules that cannot be, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
#[allow(missing_docs)]
pub struct RuleError {
    pub field: String,
    pub reason: String,
}

fn wrong<T>(field: impl Into<String>, reason: impl Into<String>) -> Result<T, RuleError> {
    Err(RuleError { field: field.into(), reason: reason.into() })
}

impl Rules {
    /// Refuses what makes no sense, naming the field.
    pub fn check(&self, currency: Currency) -> Result<(), RuleError> {
        if self.menu_micros.len() > MAX_MENU {
            return wrong("menu_micros", format!("a menu has at most {MAX_MENU} amounts"));
        }
        if self.menu_micros.is_empty() && !self.free_amount {
            return wrong("menu_micros", "without a menu and without a free amount nobody can top up");
        }
        for amount in &self.menu_micros {
            if *amount <= 0 || Micros(*amount) > money::amount::MAX_ENTERED || !fits(Micros(*amount), currency) {
                return wrong("menu_micros", format!("{amount} micros cannot be paid in {currency}"));
            }
        }
        if !self.menu_micros.is_sorted_by(|a, b| a < b) {
            return wrong("menu_micros", "the amounts of a menu rise, and none stands twice");
        }
        let details = self.transfer_details.as_deref().unwrap_or("-");
        if details.trim().is_empty() || details.chars().count() > MAX_DETAILS_CHARS {
            return wrong(
                "transfer_details",
                format!("say whom to transfer to, in at most {MAX_DETAILS_CHARS} characters"),
            );
        }
        for (n, way) in self.ways.iter().enumerate() {
            check_way(way, &self.ways[..n], &format!("ways[{n}]"))?;
        }
        Ok(())
    }

    /// What can be offered in this currency and country, of the providers that are set up.
    pub fn offers(&self, currency: Currency, country: Option<Country>, set_up: &[&str]) -> Vec<&Way> {
        let works = |way: &&Way| match way.provider.as_str() {
            VOUCHER => true,
            transfer::NAME => self.transfer_details.is_some(),
            other => set_up.contains(&other),
        };
        self.ways.iter().filter(works).filter(|way| way.is_for(currency, country)).collect()
    }

    /// The bonus on what arrived.
    pub(super) fn bonus(received: Micros, ppm: u32) -> Option<Micros> {
        part(received, ppm.into(), money::price::PPM.into())
    }
}

fn check_way(way: &Way, before: &[Way], field: &str) -> Result<(), RuleError> {
    if !WAYS.contains(&way.provider.as_str()) {
        return wrong(format!("{field}.provider"), format!("{:?} is none of {}", way.provider, WAYS.join(", ")));
    }
    if before.iter().any(|other| other.provider == way.provider) {
        return wrong(format!("{field}.provider"), format!("{} stands twice", way.provider));
    }
    if let Some(code) = way.currencies.iter().find(|code| code.parse::<Currency>().is_err()) {
        return wrong(format!("{field}.currencies"), format!("{code:?} is not three capital letters, like USD"));
    }
    for (name, list) in [("countries", &way.countries), ("except_countries", &way.except_countries)] {
        if let Some(code) = list.iter().find(|code| code.parse::<Country>().is_err()) {
            return wrong(format!("{field}.{name}"), format!("{code:?} is not two capital letters, like DE"));
        }
    }
    if way.bonus_ppm > MAX_BONUS_PPM || (way.provider == VOUCHER && way.bonus_ppm > 0) {
        return wrong(
            format!("{field}.bonus_ppm"),
            format!("a bonus is at most {MAX_BONUS_PPM}, and vouchers have none"),
        );
    }
    Ok(())
}

/// What is too much, and how long things last. Each is a setting of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The least and the most of one top-up.
    pub min: Micros,
    /// See `min`.
    pub max: Micros,
    /// The most that a listener tops up within 24 hours.
    pub day: Micros,
    /// How many top-ups a listener starts within [`Limits::window_s`].
    pub starts: u32,
    /// See [`Limits::starts`].
    pub window_s: u64,
    /// The most that comes from one card within 24 hours, whoever uses it.
    pub card_day: Micros,
    /// How many listeners use one card within 30 days.
    pub card_users: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        let units = |n: i64| Micros(n * money::amount::PER_UNIT);
        Limits {
            min: units(5),
            max: units(200),
            day: units(500),
            starts: 10,
            window_s: 3_600,
            card_day: units(500),
            card_users: 3,
        }
    }
}

/// Whether an amount has no more decimals than people use with the currency.
fn fits(amount: Micros, currency: Currency) -> bool {
    amount.0 % 10i64.pow(6 - currency.decimals().min(6)) == 0
}

/// Whether a listener may top up by `amount`.
pub(super) fn check_amount(
    rules: &Rules,
    limits: &Limits,
    amount: Micros,
    currency: Currency,
) -> Result<(), PaymentError> {
    if amount < limits.min || amount > limits.max {
        return Err(PaymentError::OutOfRange { min: limits.min, max: limits.max });
    }
    if !fits(amount, currency) {
        return Err(PaymentError::TooFine { decimals: currency.decimals() });
    }
    if !rules.free_amount && !rules.menu_micros.contains(&amount.0) {
        return Err(PaymentError::NotInMenu);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn ways_are_offered_by_currency_country_and_what_is_set_up() {
        let way = |provider: &str| Way::everywhere(provider);
        let list = |codes: &[&str]| codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        let rules = Rules {
            ways: vec![
                Way { countries: list(&["DE", "FR"]), unknown_country: false, ..way("stripe") },
                Way { currencies: list(&["EUR"]), except_countries: list(&["FR"]), ..way("transfer") },
                Way { unknown_country: false, except_countries: list(&["XX"]), ..way("voucher") },
            ],
            transfer_details: Some("IBAN".into()),
            ..Rules::default()
        };
        rules.check(eur()).unwrap();
        for (currency, country, set_up, expected) in [
            (eur(), Some("DE"), &["stripe"][..], &["stripe", "transfer", "voucher"][..]),
            (eur(), Some("FR"), &["stripe"], &["stripe", "voucher"]),
            (eur(), Some("US"), &["stripe"], &["transfer", "voucher"]),
            (Currency::USD, Some("DE"), &["stripe"], &["stripe", "voucher"]),
            (eur(), None, &["stripe"], &["transfer"]),
            (Currency::USD, None, &["stripe"], &[]),
            (eur(), Some("DE"), &[], &["transfer", "voucher"]),
            (Currency::USD, Some("XX"), &["stripe"], &[]),
        ] {
            let found = rules.offers(currency, country.map(|c| c.parse().unwrap()), set_up);
            let found: Vec<&str> = found.iter().map(|way| way.provider.as_str()).collect();
            assert_eq!(found, expected, "{currency} {country:?} {set_up:?}");
        }
        let silent = Rules { transfer_details: None, ..rules };
        assert!(silent.offers(eur(), None, &[]).is_empty(), "nobody knows where to transfer to");
    }

    #[test]
    fn rules_that_make_no_sense_are_refused_with_the_field() {
        let way = |change: fn(&mut Way)| {
            let mut way = Way::everywhere("stripe");
            change(&mut way);
            Rules { ways: vec![Way::everywhere("voucher"), way], ..Rules::default() }
        };
        for (rules, field) in [
            (Rules { menu_micros: vec![], free_amount: false, ..Rules::default() }, "menu_micros"),
            (Rules { menu_micros: vec![0], ..Rules::default() }, "menu_micros"),
            (Rules { menu_micros: vec![-10_000_000], ..Rules::default() }, "menu_micros"),
            (Rules { menu_micros: vec![10_005_000], ..Rules::default() }, "menu_micros"),
            (Rules { menu_micros: vec![20_000_000, 10_000_000], ..Rules::default() }, "menu_micros"),
            (Rules { menu_micros: vec![i64::MAX], ..Rules::default() }, "menu_micros"),
            (Rules { transfer_details: Some(" ".into()), ..Rules::default() }, "transfer_details"),
            (way(|w| w.provider = "paypal".into()), "ways[1].provider"),
            (way(|w| w.provider = "voucher".into()), "ways[1].provider"),
            (way(|w| w.currencies = vec!["euro".into()]), "ways[1].currencies"),
            (way(|w| w.countries = vec!["Germany".into()]), "ways[1].countries"),
            (way(|w| w.except_countries = vec!["de".into()]), "ways[1].except_countries"),
            (way(|w| w.bonus_ppm = 500_001), "ways[1].bonus_ppm"),
        ] {
            assert_eq!(rules.check(eur()).unwrap_err().field, field, "{rules:?}");
        }
        assert_eq!(Rules::default().check(eur()), Ok(()));
    }

    #[test]
    fn amounts_outside_the_limits_or_the_menu_are_refused() {
        let fixed = Rules { free_amount: false, ..Rules::default() };
        for (rules, amount, expected) in [
            (Rules::default(), 5_000_000, "ok"),
            (Rules::default(), 4_990_000, "range"),
            (Rules::default(), 200_000_000, "ok"),
            (Rules::default(), 200_010_000, "range"),
            (Rules::default(), 0, "range"),
            (Rules::default(), -10_000_000, "range"),
            (Rules::default(), i64::MIN, "range"),
            (Rules::default(), i64::MAX, "range"),
            (Rules::default(), 10_005_000, "fine"),
            (fixed.clone(), 25_000_000, "ok"),
            (fixed, 26_000_000, "menu"),
        ] {
            let found = match check_amount(&rules, &Limits::default(), Micros(amount), eur()) {
                Ok(()) => "ok",
                Err(PaymentError::OutOfRange { .. }) => "range",
                Err(PaymentError::TooFine { .. }) => "fine",
                Err(PaymentError::NotInMenu) => "menu",
                Err(e) => panic!("{e}"),
            };
            assert_eq!(found, expected, "{amount}");
        }
    }
}
