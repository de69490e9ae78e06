//! Gifts: the form that buys one, and those that were bought. No rules.
use askama::Template;

use super::forms::{Field, Refusal};
use super::layout::{Layout, Pager};

/// A gift that was bought.
#[derive(Clone, Debug)]
pub struct GiftRow {
    pub id: String,
    pub amount_micros: i64,
    pub recipient: String,
    pub message: String,
    /// `waiting`, `sending`, `sent`, `redeemed`, `cancelled`, `failed`.
    pub state: String,
    pub send_us: i64,
}

impl GiftRow {
    fn state_id(&self) -> String {
        format!("gift-state-{}", self.state)
    }

    fn may_be_cancelled(&self) -> bool {
        self.state == "waiting"
    }
}

/// `/en/gifts?after=`. Its form posts `csrf`, `key`, `amount`, `recipient`, `from`, `message`, `send_on` and `language` to the
/// same address; a gift that waits has one that posts `csrf` to `/en/gifts/{id}/cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "gifts.html")]
pub struct GiftsPage {
    pub page: Layout,
    /// What gifts can be paid from, micros.
    pub purchased_micros: i64,
    pub amount: Field,
    pub recipient: Field,
    pub from: Field,
    pub message: Field,
    /// A day, or empty: at once.
    pub send_on: Field,
    /// Code of the letter's language.
    pub language: String,
    pub max_message_chars: usize,
    /// The same key again buys nothing twice.
    pub key: String,
    /// Of the form as a whole.
    pub refusal: Option<Refusal>,
    /// Newest first.
    pub gifts: Vec<GiftRow>,
    pub pager: Pager,
}
