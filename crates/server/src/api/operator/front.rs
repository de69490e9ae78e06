//! `texts`, `news`, `notices`: what stands around the shop.

use shop::Shop;
use shop::clock::moment_of;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::texts::Place;
use shop::{front, news, texts};
use wire::operator::{News, Notice, Text, TextOf};

use super::resource::{Removable, Resource, instant};
use crate::pages::Lang;

impl Resource for Text {
    const LIST: &'static str = "/operator/texts";
    const ONE: &'static str = "/operator/texts/{id}";
    const SECTION: &'static str = "text";
    const ABOUT: &'static str = "Texts: about, terms, privacy, help; and of releases, artists, labels";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Text>, DbError> {
        Ok(texts::list(tx, after, limit)?.map(text_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Text>, DbError> {
        Ok(texts::find(tx, id)?.map(text_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        check_spoken("texts", self.texts.keys())?;
        let Text { id, storefront, of, texts } = self.clone();
        let place = match of {
            TextOf::About => Place::About,
            TextOf::Terms => Place::Terms,
            TextOf::Privacy => Place::Privacy,
            TextOf::Help => Place::Help,
            TextOf::Release(id) => Place::Release(id),
            TextOf::Artist(id) => Place::Artist(id),
            TextOf::Label(id) => Place::Label(id),
        };
        texts::put(tx, &texts::Text { id, storefront, place, texts }, shop.clock.now_us())
    }
}

impl Removable for Text {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(texts::remove(tx, id)?)
    }
}

fn text_word(text: texts::Text) -> Text {
    let texts::Text { id, storefront, place, texts } = text;
    let of = match place {
        Place::About => TextOf::About,
        Place::Terms => TextOf::Terms,
        Place::Privacy => TextOf::Privacy,
        Place::Help => TextOf::Help,
        Place::Release(id) => TextOf::Release(id),
        Place::Artist(id) => TextOf::Artist(id),
        Place::Label(id) => TextOf::Label(id),
    };
    Text { id, storefront, of, texts }
}

/// A text in a language that no page has would never be read.
pub(super) fn check_spoken<'l>(field: &str, languages: impl Iterator<Item = &'l String>) -> Result<(), Refused> {
    match languages.into_iter().find(|language| Lang::from_code(language).is_none()) {
        Some(language) => Err(Refused::field(format!("{field}.{language}"), "the shop does not speak this language")),
        None => Ok(()),
    }
}

impl Resource for News {
    const LIST: &'static str = "/operator/news";
    const ONE: &'static str = "/operator/news/{id}";
    const SECTION: &'static str = "news";
    const ABOUT: &'static str = "Posts of the news, out or not";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<News>, DbError> {
        Ok(news::list(tx, after, limit)?.map(news_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<News>, DbError> {
        Ok(news::find(tx, id)?.map(news_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        check_spoken("titles", self.titles.keys())?;
        let News { id, storefront, published, titles, texts } = self.clone();
        let published_us = instant("published", &published)?;
        let updated_us = shop.clock.now_us();
        news::put(tx, &news::Post { id, storefront, published_us, titles, texts, updated_us })
    }
}

impl Removable for News {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(news::remove(tx, id)?)
    }
}

fn news_word(post: news::Post) -> News {
    let news::Post { id, storefront, published_us, titles, texts, .. } = post;
    News { id, storefront, published: moment_of(published_us), titles, texts }
}

impl Resource for Notice {
    const LIST: &'static str = "/operator/notices";
    const ONE: &'static str = "/operator/notices/{id}";
    const SECTION: &'static str = "notice";
    const ABOUT: &'static str = "Notices: each closes the storefront of its id, while downloads go on";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Notice>, DbError> {
        Ok(front::list(tx, after, limit)?.map(notice_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Notice>, DbError> {
        Ok(front::find(tx, id)?.map(notice_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        check_spoken("messages", self.messages.keys())?;
        let Notice { id, messages, retry_after_s } = self.clone();
        front::put(tx, &front::Notice { storefront: id, messages, retry_after_s, since_us: shop.clock.now_us() })
    }
}

impl Removable for Notice {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(front::remove(tx, id)?)
    }
}

fn notice_word(notice: front::Notice) -> Notice {
    Notice { id: notice.storefront, messages: notice.messages, retry_after_s: notice.retry_after_s }
}
