//! `tariffs`: what a megabyte costs.

use money::Micros;
use shop::Shop;
use shop::clock::moment_of;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::tariffs::tariff::{self, Period, class_of};
use wire::operator::{Tariff, TariffPeriod};

use super::resource::{Removable, Resource, instant_if};

impl Resource for Tariff {
    const LIST: &'static str = "/operator/tariffs";
    const ONE: &'static str = "/operator/tariffs/{id}";
    const SECTION: &'static str = "tariff";
    const ABOUT: &'static str = "Tariffs: what 1,000,000 bytes of audio payload cost";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Tariff>, DbError> {
        Ok(tariff::list(tx, after, limit)?.map(word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Tariff>, DbError> {
        Ok(tariff::find(tx, id)?.map(word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        shop.tariffs.put(tx, &noun(self)?)
    }
}

impl Removable for Tariff {
    fn remove(shop: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        shop.tariffs.remove(tx, id)
    }
}

/// The shop's tariff, as far as the word can be read.
pub fn noun(word: &Tariff) -> Result<shop::tariffs::Tariff, Refused> {
    let class = word.class.as_deref().map(class_of).transpose().map_err(|e| Refused::field("class", e))?;
    let tier = word.tier.as_deref().map(str::parse).transpose().map_err(|e| Refused::field("tier", e))?;
    let period = |(n, period): (usize, &TariffPeriod)| {
        Ok(Period {
            from_us: instant_if(&format!("periods[{n}].from"), period.from.as_deref())?,
            until_us: instant_if(&format!("periods[{n}].until"), period.until.as_deref())?,
            price_per_mb: Micros(period.price_per_mb_micros),
        })
    };
    let periods = word.periods.iter().enumerate().map(period).collect::<Result<Vec<_>, Refused>>()?;
    Ok(shop::tariffs::Tariff { id: word.id.clone(), storefront: word.storefront.clone(), class, tier, periods })
}

fn word(tariff: shop::tariffs::Tariff) -> Tariff {
    let period = |period: Period| TariffPeriod {
        from: period.from_us.map(moment_of),
        until: period.until_us.map(moment_of),
        price_per_mb_micros: period.price_per_mb.0,
    };
    Tariff {
        id: tariff.id,
        storefront: tariff.storefront,
        class: tariff.class.map(|class| class.as_str().to_owned()),
        tier: tariff.tier.map(|tier| tier.as_str().to_owned()),
        periods: tariff.periods.into_iter().map(period).collect(),
    }
}
