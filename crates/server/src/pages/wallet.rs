//! The balance page: redeeming a voucher, and every movement of the balance. No ledger rules.
use askama::Template;

use super::basket::Consent;
use super::forms::{Field, Refusal};
use super::layout::{Layout, Pager};
use super::orders::OrderState;
use super::topups::{TopUpForm, TopUpRow};

/// What moved the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    VoucherRedeemed,
    /// A voucher for a release: the price that its order takes at once.
    ReleaseRedeemed,
    /// Spent on a voucher for somebody else.
    Gift,
    /// A gift that was not sent.
    GiftReturned,
    /// Money that came in.
    ToppedUp,
    /// Money on its way back to its payer.
    PaidBack,
    /// It came to nothing.
    PaidBackFailed,
    /// Frozen, taken or given back because of a dispute.
    Disputed,
    /// To or from another account of the same person.
    Transferred,
    /// Given credit that was not spent in time.
    Expired,
    /// Left behind as the account was closed.
    GivenUp,
    /// Put there by the operator.
    Credited,
    /// Set aside for an order until its exact price is known, and what became of that since.
    Held {
        order_id: String,
        became: OrderState,
    },
    /// The exact price of a line.
    Charged {
        order_id: String,
    },
    /// The rest of a hold, given back.
    Released {
        order_id: String,
    },
    /// The price of something bought, or a part of it, given back.
    PriceBack {
        order_id: String,
    },
    /// Given back because a file could not be made.
    Refunded {
        order_id: String,
    },
}

impl EntryKind {
    /// Fluent id of its name.
    pub fn text_id(&self) -> &'static str {
        match self {
            EntryKind::VoucherRedeemed => "entry-voucher-redeemed",
            EntryKind::ReleaseRedeemed => "entry-release-redeemed",
            EntryKind::Gift => "entry-gift",
            EntryKind::GiftReturned => "entry-gift-returned",
            EntryKind::ToppedUp => "entry-topped-up",
            EntryKind::PaidBack => "entry-paid-back",
            EntryKind::PaidBackFailed => "entry-paid-back-failed",
            EntryKind::Disputed => "entry-disputed",
            EntryKind::Credited => "entry-credited",
            EntryKind::Transferred => "entry-transferred",
            EntryKind::Expired => "entry-expired",
            EntryKind::GivenUp => "entry-given-up",
            EntryKind::PriceBack { .. } => "entry-price-back",
            EntryKind::Held { became, .. } => match became {
                OrderState::Held => "entry-held",
                OrderState::Charged => "entry-held-paid",
                OrderState::PartCharged => "entry-held-partly-paid",
                OrderState::Refunded => "entry-held-returned",
            },
            EntryKind::Charged { .. } => "entry-charged",
            EntryKind::Released { .. } => "entry-released",
            EntryKind::Refunded { .. } => "entry-refunded",
        }
    }

    /// The order it belongs to.
    pub fn order_id(&self) -> Option<&str> {
        match self {
            EntryKind::VoucherRedeemed
            | EntryKind::ReleaseRedeemed
            | EntryKind::Gift
            | EntryKind::GiftReturned
            | EntryKind::ToppedUp
            | EntryKind::PaidBack
            | EntryKind::PaidBackFailed
            | EntryKind::Disputed
            | EntryKind::Transferred
            | EntryKind::Expired
            | EntryKind::GivenUp
            | EntryKind::Credited => None,
            EntryKind::Held { order_id, .. }
            | EntryKind::Charged { order_id }
            | EntryKind::Released { order_id }
            | EntryKind::PriceBack { order_id }
            | EntryKind::Refunded { order_id } => Some(order_id),
        }
    }
}

/// One movement of the balance.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
    pub kind: EntryKind,
    /// Positive: came in; negative: went out.
    pub amount_micros: i64,
    /// When its order was placed, if it belongs to one.
    pub order_us: Option<i64>,
    /// Free balance after it; none where the ledger keeps none.
    pub balance_micros: Option<i64>,
}

/// `/en/balance?after=`. Its form posts `csrf` and `code` to `/en/balance`.
#[derive(Clone, Debug, Template)]
#[template(path = "balance.html")]
pub struct BalancePage {
    pub page: Layout,
    /// Free to spend, micros.
    pub balance_micros: i64,
    /// The part of it that was purchased, micros.
    pub purchased_micros: i64,
    /// The part that the shop gave, micros: it is spent first.
    pub promotional_micros: i64,
    /// The part from vouchers, micros.
    pub voucher_micros: i64,
    /// Set aside for orders still being made, micros.
    pub held_micros: i64,
    pub code: Field,
    /// Choosing an amount and a way.
    pub topup: TopUpForm,
    /// The newest top-ups.
    pub topups: Vec<TopUpRow>,
    /// Newest first.
    pub entries: Vec<LedgerEntry>,
    pub pager: Pager,
}

impl BalancePage {
    /// The kinds of credit that the balance is made of, as they are spent; nothing where it is all of one kind.
    fn kinds(&self) -> Vec<(&'static str, i64)> {
        let kinds = [
            ("balance-promotional", self.promotional_micros),
            ("balance-voucher", self.voucher_micros),
            ("balance-purchased", self.purchased_micros),
        ];
        let found: Vec<_> = kinds.into_iter().filter(|(_, micros)| *micros > 0).collect();
        if found.len() > 1 { found } else { Vec::new() }
    }
}

/// A format in which a voucher's release can be had.
#[derive(Clone, Debug)]
pub struct RedeemFormat {
    pub id: String,
    pub name: String,
    /// What the voucher pays for it.
    pub price_micros: i64,
}

/// The release that a voucher brings.
#[derive(Clone, Debug)]
pub struct RedeemRelease {
    pub id: String,
    pub title: String,
    pub credit: String,
    /// The most that the voucher pays.
    pub most_micros: i64,
    pub formats: Vec<RedeemFormat>,
}

/// `/en/redeem?code=`. Its form posts `csrf`, `code` and, for a release, `format` and a
/// `consent_KIND` for each consent to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "redeem.html")]
pub struct RedeemPage {
    pub page: Layout,
    pub code: Field,
    /// Set once the code turned out to be one for a release.
    pub release: Option<RedeemRelease>,
    /// What is to be agreed to before the release is ordered.
    pub consents: Vec<Consent>,
    /// Of the choice of a format.
    pub refusal: Option<Refusal>,
}
