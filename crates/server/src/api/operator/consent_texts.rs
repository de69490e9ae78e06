//! `consent-texts`: what is agreed to before something is bought.

use shop::Shop;
use shop::consents::{self, Kind, texts};
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use wire::operator::ConsentText;

use super::resource::{Removable, Resource};

impl Resource for ConsentText {
    const LIST: &'static str = "/operator/consent-texts";
    const ONE: &'static str = "/operator/consent-texts/{id}";
    const SECTION: &'static str = "consent-text";
    const ABOUT: &'static str = "Texts that listeners agree to before they buy, in versions";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ConsentText>, DbError> {
        Ok(texts::list(tx, after, limit)?.map(word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<ConsentText>, DbError> {
        Ok(texts::find(tx, id)?.map(word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let ConsentText { id, storefront, kind, version, texts } = self.clone();
        let known = Kind::ALL.map(Kind::name).join(" or ");
        let kind =
            Kind::of_name(&kind).ok_or_else(|| Refused::field("kind", format!("{kind:?} is none: it is {known}")))?;
        let text = consents::ConsentText { id, storefront, kind, version, texts };
        texts::put(tx, &text, shop.clock.now_us())
    }
}

impl Removable for ConsentText {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        texts::remove(tx, id)
    }
}

fn word(text: consents::ConsentText) -> ConsentText {
    let consents::ConsentText { id, storefront, kind, version, texts } = text;
    ConsentText { id, storefront, kind: kind.name().to_owned(), version, texts }
}
