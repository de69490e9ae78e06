//! What somebody asks for, and what a look before the transaction found of it.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Item;
use super::quote::{Quoted, Wish};
use crate::geoip::Country;
use crate::tariffs::promotions::code_key;
use crate::tax::Due;

/// What somebody asks for.
pub(super) struct Request {
    pub user_id: String,
    pub key: String,
    pub wish: Wish,
    /// When he asked: the prices of then are his.
    pub at_us: i64,
    /// The country of the address that he asks from, where it is known.
    pub address: Option<Country>,
}

/// A request, and what a look before the transaction found of it.
pub(super) struct Asked {
    pub request: Arc<Request>,
    pub ahead: Ahead,
}

/// What a look before the transaction found.
pub(super) enum Ahead {
    /// The order stands already.
    Standing(String),
    /// What it costs, as long as the buyer's last order is the same.
    Quoted { quoted: Quoted, seen: Seen, due: Due },
}

/// What a quote that was made ahead rests on.
pub(super) struct Seen {
    /// The buyer's last order.
    pub last: Option<String>,
    /// The texts that had all been agreed to, if they had to be.
    pub texts: String,
}

/// The code of a wish as it is compared.
pub(super) fn code_of(wish: &Wish) -> Option<String> {
    wish.code.as_deref().map(code_key).filter(|code| !code.is_empty())
}

impl Request {
    /// What makes two requests the same.
    pub fn digest(&self) -> String {
        let mut text = format!("{}\n", self.wish.format);
        for item in &self.wish.items {
            match item {
                Item::Release(id) => text += &format!("release {id}\n"),
                Item::Track(id) => text += &format!("track {id}\n"),
            }
        }
        if let Some(code) = code_of(&self.wish) {
            text += &format!("code {code}\n");
        }
        hex::encode(Sha256::digest(text))
    }
}
