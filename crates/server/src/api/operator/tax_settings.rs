//! `tax-settings`: how a storefront deals with tax, and who sells.

use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::tax::{self, settings};
use wire::operator::TaxSettings;

use super::resource::{Removable, Resource};

impl Resource for TaxSettings {
    const LIST: &'static str = "/operator/tax-settings";
    const ONE: &'static str = "/operator/tax-settings/{id}";
    const SECTION: &'static str = "tax-settings";
    const ABOUT: &'static str = "How each storefront deals with tax, and who sells";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<TaxSettings>, DbError> {
        Ok(settings::list(tx, after, limit)?.map(settings_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<TaxSettings>, DbError> {
        Ok(settings::find(tx, id)?.map(settings_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let word = self.clone();
        let settings = tax::TaxSettings {
            storefront: word.id,
            prices_include_tax: word.prices_include_tax,
            unknown_country: word.unknown_country,
            default_country: word.default_country,
            seller_name: word.seller_name,
            seller_address: word.seller_address,
            seller_country: word.seller_country,
            seller_tax_number: word.seller_tax_number,
            note: word.note,
        };
        settings::put(tx, &settings, shop.clock.now_us())
    }
}

impl Removable for TaxSettings {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        settings::remove(tx, id)
    }
}

fn settings_word(settings: tax::TaxSettings) -> TaxSettings {
    TaxSettings {
        id: settings.storefront,
        prices_include_tax: settings.prices_include_tax,
        unknown_country: settings.unknown_country,
        default_country: settings.default_country,
        seller_name: settings.seller_name,
        seller_address: settings.seller_address,
        seller_country: settings.seller_country,
        seller_tax_number: settings.seller_tax_number,
        note: settings.note,
    }
}
