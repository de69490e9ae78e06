//! The four cookies of the pages: who is signed in, a secret for forms before that, the basket, and the format last chosen.
//! All are HttpOnly and SameSite=Lax; over TLS the two secrets are bound to this very host.

use axum::http::{HeaderMap, HeaderValue, header};
use shop::orders::Item;
use shop::users::{BROWSER_SESSION_LIFE, Token};

/// Things in a basket: so many that the cookie stays below the 4096 bytes that every browser keeps.
pub const MAX_BASKET_ITEMS: usize = 100;
/// Characters of an id that may be in a basket.
const MAX_ID_CHARS: usize = 30;
/// Characters of a format's name that is kept.
const MAX_FORMAT_CHARS: usize = 60;
const YEAR_S: u64 = 31_536_000;

/// What a browser sent.
#[derive(Clone)]
pub struct Cookies {
    secure: bool,
    /// The session it claims to have.
    pub session: Option<Token>,
    /// The secret its forms were made with before anyone signed in.
    pub visitor: Option<Token>,
    /// Things to buy.
    pub basket: Basket,
    /// The format last chosen.
    pub format: Option<String>,
}

impl Cookies {
    /// Reads the Cookie headers; `secure` says that people come over TLS.
    pub fn read(headers: &HeaderMap, secure: bool) -> Cookies {
        // Somebody else's cookie on this host may hold any bytes; it must not take ours with it.
        let lines: Vec<_> =
            headers.get_all(header::COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let parts = lines.iter().flat_map(|line| line.split(';'));
        let pairs: Vec<(&str, &str)> = parts.filter_map(|part| part.trim().split_once('=')).collect();
        let find = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        let secret = |name| find(&bound(name, secure)).filter(|value| !value.is_empty()).map(Token::shown);
        Cookies {
            secure,
            session: secret("session"),
            visitor: secret("visitor"),
            basket: find("basket").map(Basket::read).unwrap_or_default(),
            format: find("format").filter(|f| f.len() <= MAX_FORMAT_CHARS).map(|f| f.replace('_', ":")),
        }
    }

    /// Signs the browser in.
    pub fn set_session(&self, token: &Token) -> HeaderValue {
        self.set(&bound("session", self.secure), token.as_str(), BROWSER_SESSION_LIFE.as_secs())
    }

    /// Signs the browser out.
    pub fn end_session(&self) -> HeaderValue {
        self.set(&bound("session", self.secure), "", 0)
    }

    /// Gives the browser a secret for its forms.
    pub fn set_visitor(&self, token: &Token) -> HeaderValue {
        self.set(&bound("visitor", self.secure), token.as_str(), YEAR_S)
    }

    /// Keeps the basket.
    pub fn set_basket(&self, basket: &Basket) -> HeaderValue {
        self.set("basket", &basket.write(), YEAR_S)
    }

    /// Keeps the format. Colons do not belong in a cookie.
    pub fn set_format(&self, format: &str) -> HeaderValue {
        self.set("format", &format.replace(':', "_"), YEAR_S)
    }

    fn set(&self, name: &str, value: &str, max_age_s: u64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
        // Names and values are made of letters, digits and points; anything else would be a slip of ours.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("invalid=; Max-Age=0"))
    }
}

/// `__Host-` makes a browser refuse the cookie from anywhere but this host over TLS (RFC 6265bis, 4.1.3.2).
fn bound(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// Things somebody means to buy, in the order he chose them. Only ids, and those are public: nothing to sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    items: Vec<Item>,
}

impl Basket {
    /// What is in it.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Puts something in, once; a full basket stays as it is.
    pub fn add(&mut self, item: Item) {
        if self.items.len() < MAX_BASKET_ITEMS && !self.items.contains(&item) {
            self.items.push(item);
        }
    }

    /// Takes something out.
    pub fn remove(&mut self, item: &Item) {
        self.items.retain(|other| other != item);
    }

    fn read(text: &str) -> Basket {
        let mut basket = Basket::default();
        for part in text.split('.') {
            let id = part.get(1..).filter(|id| is_id(id));
            match (part.as_bytes().first(), id) {
                (Some(b'r'), Some(id)) => basket.add(Item::Release(id.to_owned())),
                (Some(b't'), Some(id)) => basket.add(Item::Track(id.to_owned())),
                _ => {}
            }
        }
        basket
    }

    fn write(&self) -> String {
        let parts = self.items.iter().map(|item| match item {
            Item::Release(id) => format!("r{id}"),
            Item::Track(id) => format!("t{id}"),
        });
        parts.collect::<Vec<_>>().join(".")
    }
}

/// Whether this can be the id of a release or track.
fn is_id(text: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// An item as forms write it: `release:ID` or `track:ID`.
pub fn item_of(text: &str) -> Option<Item> {
    let (kind, id) = text.split_once(':').filter(|(_, id)| is_id(id))?;
    match kind {
        "release" => Some(Item::Release(id.to_owned())),
        "track" => Some(Item::Track(id.to_owned())),
        _ => None,
    }
}

/// The way back of [`item_of`].
pub fn item_text(item: &Item) -> String {
    match item {
        Item::Release(id) => format!("release:{id}"),
        Item::Track(id) => format!("track:{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: &str, secure: bool) -> Cookies {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookie).unwrap())]);
        Cookies::read(&headers, secure)
    }

    #[test]
    fn a_full_basket_comes_back_and_fits_into_a_cookie() {
        let mut basket = Basket::default();
        for n in 0..MAX_BASKET_ITEMS + 5 {
            basket.add(Item::Track(format!("{n:026}")));
        }
        let cookies = read("", false);
        let set = cookies.set_basket(&basket);
        let text = set.to_str().unwrap();
        assert!(text.len() < 4_000, "{}", text.len());
        let back = read(text.split(';').next().unwrap(), false).basket;
        assert_eq!((back.items().len(), &back), (MAX_BASKET_ITEMS, &basket));
    }

    #[test]
    fn nonsense_in_cookies_is_left_out() {
        let cookies = read("basket=r1.x2.t.r<b>.é; session=; other; format=mp3_cbr_320", false);
        assert_eq!(cookies.basket.items(), [Item::Release("1".into())]);
        assert!(cookies.session.is_none());
        assert_eq!(cookies.format.as_deref(), Some("mp3:cbr:320"));
    }

    #[test]
    fn over_tls_a_session_is_bound_to_the_host() {
        let token = Token::shown("abc");
        let set = read("", true).set_session(&token);
        let text = set.to_str().unwrap();
        assert!(text.starts_with("__Host-session=abc;") && text.ends_with("; Secure"), "{text}");
        assert!(read("session=abc", true).session.is_none());
        assert!(!read("", false).set_session(&token).to_str().unwrap().contains("Secure"));
    }
}
