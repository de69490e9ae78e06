//! `tax-rates`: what is charged by the buyer's country.

use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::tax::{self, rates};
use wire::operator::TaxRate;

use super::resource::{Removable, Resource};

impl Resource for TaxRate {
    const LIST: &'static str = "/operator/tax-rates";
    const ONE: &'static str = "/operator/tax-rates/{id}";
    const SECTION: &'static str = "tax-rate";
    const ABOUT: &'static str = "Rates of tax by the buyer's country";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<TaxRate>, DbError> {
        Ok(rates::list(tx, after, limit)?.map(rate_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<TaxRate>, DbError> {
        Ok(rates::find(tx, id)?.map(rate_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let TaxRate { id, storefront, country, from, rate_ppm, note } = self.clone();
        let rate = tax::TaxRate { id, storefront, country, from_day: from, rate_ppm, note };
        rates::put(tx, &rate, shop.clock.now_us())
    }
}

impl Removable for TaxRate {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        rates::remove(tx, id)
    }
}

fn rate_word(rate: tax::TaxRate) -> TaxRate {
    let tax::TaxRate { id, storefront, country, from_day, rate_ppm, note } = rate;
    TaxRate { id, storefront, country, from: from_day, rate_ppm, note }
}
