//! Pages that are the same for everybody who is not signed in, has chosen nothing and carries an empty basket, kept as they
//! were made. One is good until something that such pages show is written ([`shop::db::Db::seen`]), and for a few seconds at
//! most, since prices and posts also begin at a moment. The tokens of its forms are each reader's own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, Uri};

use shop::geoip::Country;

use super::cookies::Cookies;
use super::packing::Pierced;

/// How long a page is shown while nothing is written.
pub const KEPT_US: i64 = 10_000_000;
/// Bytes of kept pages, half of which have been asked for lately.
const MAX_BYTES: usize = 128 << 20;
/// Bytes of an address whose page is kept.
const MAX_ADDRESS_BYTES: usize = 300;

/// Says of an answer that it may be kept: nothing on it is about the one who asked.
#[derive(Clone, Copy)]
pub struct Public;

/// A page as it was made.
pub struct Kept {
    seen: u64,
    until_us: i64,
    /// Its bytes.
    pub page: Pierced,
}

/// All that are kept. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeptPages {
    pages: Arc<Mutex<Pages>>,
}

/// Two generations: when the young are too many they become the old, and the old are forgotten.
#[derive(Default)]
struct Pages {
    young: HashMap<String, Arc<Kept>>,
    young_bytes: usize,
    old: HashMap<String, Arc<Kept>>,
}

/// What a page is kept under; none where it is not for everybody.
/// Prices are shown with the tax of the country that the visitor's address lies in, so each country has its own.
pub fn key_of(
    method: &Method,
    uri: &Uri,
    origin: &str,
    (cookies, country): (&Cookies, Option<Country>),
) -> Option<String> {
    let is_plain = *method == Method::GET && cookies.session.is_none() && cookies.basket.items().is_empty();
    let address = uri.path_and_query().map_or("/", |whole| whole.as_str());
    let country = country.as_ref().map(Country::code).unwrap_or_default();
    let key = format!("{origin} {country} {} {address}", cookies.format.as_deref().unwrap_or_default());
    (is_plain && key.len() <= MAX_ADDRESS_BYTES).then_some(key)
}

impl KeptPages {
    /// The page kept under `key`, if it still holds.
    pub fn find(&self, key: &str, seen: u64, now_us: i64) -> Option<Arc<Kept>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match pages.young.get(key) {
            Some(kept) => kept.clone(),
            None => {
                let (key, kept) = pages.old.remove_entry(key)?;
                pages.put(key, kept.clone());
                kept
            }
        };
        (found.seen == seen && now_us < found.until_us).then_some(found)
    }

    /// Keeps a page that was begun when `seen` and the time were these.
    pub fn keep(&self, key: String, page: Pierced, (seen, now_us): (u64, i64)) -> Arc<Kept> {
        let kept = Arc::new(Kept { seen, until_us: now_us + KEPT_US, page });
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).put(key, kept.clone());
        kept
    }
}

impl Pages {
    fn put(&mut self, key: String, kept: Arc<Kept>) {
        self.young_bytes += key.len() + kept.page.size();
        if let Some(before) = self.young.insert(key, kept) {
            self.young_bytes = self.young_bytes.saturating_sub(before.page.size());
        }
        if self.young_bytes > MAX_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use bytes::Bytes;

    use super::*;

    fn page(text: &str) -> Pierced {
        Pierced::of(&Bytes::from(text.to_owned()), "token")
    }

    #[test]
    fn a_page_holds_until_something_is_written_or_time_goes_by() {
        let pages = KeptPages::default();
        pages.keep("a".into(), page("one"), (7, 0));
        assert_eq!(pages.find("a", 7, KEPT_US - 1).unwrap().page.plain(""), "one");
        for (seen, now_us) in [(8, 0), (7, KEPT_US)] {
            assert!(pages.find("a", seen, now_us).is_none());
        }
        pages.keep("a".into(), page("two"), (8, 0));
        assert_eq!(pages.find("a", 8, 0).unwrap().page.plain(""), "two");
        assert!(pages.find("b", 8, 0).is_none());
    }

    #[test]
    fn however_many_pages_are_asked_for_memory_stays_bounded_and_what_is_asked_again_stays() {
        let pages = KeptPages::default();
        let text = "x".repeat(1 << 20);
        for n in 0..400 {
            pages.keep(format!("page {n}"), page(&text), (1, 0));
            pages.keep("page 0".into(), page(&text), (1, 0));
        }
        assert!(pages.find("page 0", 1, 0).is_some() && pages.find("page 1", 1, 0).is_none());
        let kept = pages.pages.lock().unwrap();
        let bytes = kept.young.values().chain(kept.old.values()).map(|kept| kept.page.size()).sum::<usize>();
        assert!(bytes <= MAX_BYTES + (4 << 20), "{bytes}");
    }

    #[test]
    fn only_who_has_chosen_nothing_is_shown_what_others_are() {
        let uri: Uri = "/en/releases/1".parse().unwrap();
        let key = |cookie: &'static str| {
            let headers = HeaderMap::from_iter([(axum::http::header::COOKIE, cookie.parse().unwrap())]);
            key_of(&Method::GET, &uri, "http://shop.example", (&Cookies::read(&headers, false), None))
        };
        assert!(key("").is_some() && key("visitor=abc").is_some());
        assert_eq!(key("session=abc"), None);
        assert_eq!(key("basket=rabc"), None);
        assert_ne!(key("format=flac_lossless_5"), key(""), "a format of one's own has a page of its own");
        let none = Cookies::read(&HeaderMap::new(), false);
        assert_eq!(key_of(&Method::POST, &uri, "", (&none, None)), None);
        let of =
            |country: Option<&str>| key_of(&Method::GET, &uri, "", (&none, country.map(|code| code.parse().unwrap())));
        assert!(
            of(Some("DE")) != of(None) && of(Some("DE")) != of(Some("FR")),
            "each country has its tax in the prices"
        );
    }
}
