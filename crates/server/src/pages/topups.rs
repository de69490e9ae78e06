//! Topping up: the form on the balance page, what was topped up before, and the page of one top-up. No rules.
use askama::Template;

use super::forms::{Field, Refusal};
use super::language::Lang;
use super::layout::Layout;

/// Where a top-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopUpState {
    Pending,
    Posted,
    Failed,
    Expired,
}

impl TopUpState {
    /// Fluent id of its name.
    pub fn text_id(&self) -> &'static str {
        match self {
            TopUpState::Pending => "topup-pending",
            TopUpState::Posted => "topup-posted",
            TopUpState::Failed => "topup-failed",
            TopUpState::Expired => "topup-expired",
        }
    }
}

/// A way of payment to choose.
#[derive(Clone, Debug)]
pub struct WayChoice {
    /// `stripe` or `transfer`.
    pub provider: String,
    /// What comes on top, in parts per million.
    pub bonus_ppm: u32,
}

impl WayChoice {
    pub(super) fn name(&self, lang: &Lang) -> String {
        lang.t(format!("way-{}", self.provider))
    }

    pub(super) fn hint(&self, lang: &Lang) -> String {
        let about = lang.t(format!("way-{}-hint", self.provider));
        if self.bonus_ppm == 0 {
            return about;
        }
        let (whole, rest) = (self.bonus_ppm / 10_000, format!("{:04}", self.bonus_ppm % 10_000));
        let rest = rest.trim_end_matches('0');
        let percent = if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") };
        format!("{about} {}", lang.t1("way-bonus", "percent", percent))
    }
}

/// The form that starts a top-up; it posts `csrf`, `key`, `amount` (micros, or `other`), `other` and `provider` to
/// `/en/topups`.
#[derive(Clone, Debug)]
pub struct TopUpForm {
    /// Names this very form, so that sending it twice starts one top-up.
    pub key: String,
    pub amounts_micros: Vec<i64>,
    /// Which of them is marked.
    pub chosen_micros: i64,
    /// The least and the most of any other amount, where one may be entered.
    pub between_micros: Option<(i64, i64)>,
    /// Another amount, as it was typed.
    pub other: Field,
    /// None: nothing can be offered.
    pub ways: Vec<WayChoice>,
    /// What is owed to the shop.
    pub owed_micros: i64,
    /// Why it was refused as a whole.
    pub refusal: Option<Refusal>,
}

impl TopUpForm {
    /// Between which amounts another one lies, where one may be entered.
    pub(super) fn between_text(&self, lang: &Lang) -> Option<String> {
        let (min, max) = self.between_micros?;
        Some(lang.t2("topup-between", ("min", lang.money(min)), ("max", lang.money(max))))
    }
}

impl TopUpPage {
    pub(super) fn way_id(&self) -> String {
        format!("way-{}", self.provider)
    }
}

impl TopUpRow {
    pub(super) fn way_id(&self) -> String {
        format!("way-{}", self.provider)
    }
}

/// A top-up in a list.
#[derive(Clone, Debug)]
pub struct TopUpRow {
    pub id: String,
    pub at_us: i64,
    /// `stripe` or `transfer`.
    pub provider: String,
    pub amount_micros: i64,
    pub state: TopUpState,
}

/// `/en/topups/{id}`. Its form posts `csrf` and `key` to `/en/topups/{id}/refund`.
#[derive(Clone, Debug, Template)]
#[template(path = "topup.html")]
pub struct TopUpPage {
    pub page: Layout,
    pub id: String,
    /// `stripe` or `transfer`.
    pub provider: String,
    pub state: TopUpState,
    pub amount_micros: i64,
    pub received_micros: i64,
    pub settled_micros: i64,
    pub bonus_micros: i64,
    pub refunded_micros: i64,
    pub disputed_micros: i64,
    /// When it ends unpaid.
    pub expires_us: i64,
    /// Where to pay, while it is pending.
    pub redirect_url: Option<String>,
    /// What to write on a transfer, while it is pending, and whom to transfer to.
    pub reference: Option<(String, String)>,
    /// What of it is unspent.
    pub refundable_micros: i64,
    /// Names this very form.
    pub refund_key: String,
    pub refusal: Option<Refusal>,
}
