//! The operator's page of payments: transfers that are awaited, refunds that wait for a person, disputes, a listener's top-ups.
use askama::Template;

use crate::pages::forms::Refusal;
use crate::pages::layout::Layout;
use crate::pages::topups::TopUpState;

/// A transfer that was announced.
#[derive(Clone, Debug)]
pub struct TransferRow {
    pub id: String,
    pub reference: String,
    /// Whose it is.
    pub email: String,
    pub at_us: i64,
    pub amount_micros: i64,
}

/// A refund that waits for a person.
#[derive(Clone, Debug)]
pub struct RefundRow {
    pub id: String,
    pub topup_id: String,
    /// Whose it is.
    pub email: String,
    pub at_us: i64,
    pub paid_micros: i64,
    /// `transfer`, `voucher`, or another that an operator has to send.
    pub provider: String,
    /// The reference of the transfer, or the serial number of the voucher, that the money goes back for.
    pub came_as: String,
}

/// A refund that has ended.
#[derive(Clone, Debug)]
pub struct RefundOverRow {
    /// When it ended.
    pub at_us: i64,
    /// Whose it is.
    pub email: String,
    pub provider: String,
    pub paid_micros: i64,
    /// Whether the money left; else it is on the balance again.
    pub is_done: bool,
    /// The bank's or the provider's name for it, or why it failed.
    pub detail: String,
}

/// A dispute.
#[derive(Clone, Debug)]
pub struct DisputeRow {
    /// The provider's name for it.
    pub id: String,
    /// Whose it is.
    pub email: String,
    pub at_us: i64,
    /// `inquiry`, `open`, `won` or `lost`.
    pub stage: String,
    pub amount_micros: i64,
    pub frozen_micros: i64,
    pub owed_micros: i64,
}

/// A top-up of the listener who was looked up.
#[derive(Clone, Debug)]
pub struct PaidRow {
    pub id: String,
    pub at_us: i64,
    pub provider: String,
    pub state: TopUpState,
    pub amount_micros: i64,
    /// What of it is unspent.
    pub left_micros: i64,
    /// The key of its form.
    pub key: String,
}

/// A listener's top-ups.
#[derive(Clone, Debug, Default)]
pub struct LookedUp {
    /// What was typed; empty when nobody was looked up.
    pub email: String,
    /// There is nobody of that address.
    pub nobody: bool,
    pub topups: Vec<PaidRow>,
}

/// `/en/operator/payments`. Its forms post `csrf`, `transfer` (reference or id), `amount` and `payment_ref` to
/// `/en/operator/payments/confirm`; `csrf`, `refund` and `payment_ref` to `/en/operator/payments/sent`; `csrf`, `refund` and
/// `reason` to `/en/operator/payments/not-sent`; `csrf`, `topup`, `key`, `email` and `amount` (all of it when empty) to
/// `/en/operator/payments/refund`. `email` in the address looks a listener's top-ups up.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/payments.html")]
pub struct PaymentsPage {
    pub page: Layout,
    pub transfers: Vec<TransferRow>,
    pub refunds: Vec<RefundRow>,
    /// The last that ended, the newest first.
    pub refunds_over: Vec<RefundOverRow>,
    pub disputes: Vec<DisputeRow>,
    pub looked_up: LookedUp,
    /// What was typed about a transfer that was refused.
    pub typed: (String, String, String),
    pub refusal: Option<Refusal>,
    /// Why, in the words of the shop.
    pub reason: String,
}
