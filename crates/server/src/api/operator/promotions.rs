//! `promotions`: discounts and their conditions.

use shop::Shop;
use shop::clock::moment_of;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::storefronts;
use shop::tariffs::promotions::{self, Promotion as Noun};
use wire::operator::{HappyHour, Promotion, Rung};

use super::resource::{Removable, Resource, instant_if};
use crate::pages::Lang;

impl Resource for Promotion {
    const LIST: &'static str = "/operator/promotions";
    const ONE: &'static str = "/operator/promotions/{id}";
    const SECTION: &'static str = "promotion";
    const ABOUT: &'static str = "Promotions: discounts, for whom, for what and when";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Promotion>, DbError> {
        let Page { items, next } = promotions::list(tx, after, limit)?;
        let items = items.into_iter().map(|noun| word(tx, noun)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Promotion>, DbError> {
        promotions::find(tx, id)?.map(|noun| word(tx, noun)).transpose()
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        shop.tariffs.put_promotion(tx, &noun(self)?, &self.currency)
    }
}

impl Removable for Promotion {
    fn remove(shop: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        shop.tariffs.remove_promotion(tx, id)
    }
}

fn noun(word: &Promotion) -> Result<Noun, Refused> {
    if let Some(language) = word.names.keys().find(|language| Lang::from_code(language).is_none()) {
        return Err(Refused::field(format!("names.{language}"), "the shop does not speak this language"));
    }
    let hour = |(n, hour): (usize, &HappyHour)| {
        Ok(promotions::HappyHour {
            days: hour.days.clone(),
            from_min: minute(&format!("happy_hours[{n}].from"), &hour.from)?,
            until_min: minute(&format!("happy_hours[{n}].until"), &hour.until)?,
            time_zone: hour.time_zone.clone(),
        })
    };
    Ok(Noun {
        id: word.id.clone(),
        storefront: word.storefront.clone(),
        names: word.names.clone(),
        discount_ppm: word.discount_ppm,
        ladder: word.ladder.iter().map(|rung| (rung.spent_micros, rung.discount_ppm)).collect(),
        from_us: instant_if("from", word.from.as_deref())?,
        until_us: instant_if("until", word.until.as_deref())?,
        genres: word.genres.clone(),
        labels: word.labels.clone(),
        releases: word.releases.clone(),
        code: word.code.as_deref().map(promotions::code_key),
        first_order: word.first_order,
        once_per_user: word.once_per_user,
        happy_hours: word.happy_hours.iter().enumerate().map(hour).collect::<Result<_, Refused>>()?,
        means: word.means.clone(),
    })
}

/// The minute of the day that `HH:MM` names; `24:00` is the end of it.
fn minute(field: &str, text: &str) -> Result<u32, Refused> {
    let two =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u32>().ok());
    let parts = text.split_once(':').and_then(|(hours, minutes)| Some((two(hours)??, two(minutes)??)));
    match parts {
        Some((24, 0)) => Ok(24 * 60),
        Some((hours @ 0..=23, minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        _ => Err(Refused::field(field, format!("{text:?} is no time of the day: write it like 18:00"))),
    }
}

fn word(tx: &mut Tx, noun: Noun) -> Result<Promotion, DbError> {
    let currency = storefronts::currency(tx, &noun.storefront)?;
    let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let hour = |hour: promotions::HappyHour| HappyHour {
        days: hour.days,
        from: time(hour.from_min),
        until: time(hour.until_min),
        time_zone: hour.time_zone,
    };
    Ok(Promotion {
        id: noun.id,
        storefront: noun.storefront,
        currency,
        names: noun.names,
        discount_ppm: noun.discount_ppm,
        ladder: noun
            .ladder
            .into_iter()
            .map(|(spent_micros, discount_ppm)| Rung { spent_micros, discount_ppm })
            .collect(),
        from: noun.from_us.map(moment_of),
        until: noun.until_us.map(moment_of),
        genres: noun.genres,
        labels: noun.labels,
        releases: noun.releases,
        code: noun.code,
        first_order: noun.first_order,
        once_per_user: noun.once_per_user,
        happy_hours: noun.happy_hours.into_iter().map(hour).collect(),
        means: noun.means,
    })
}
