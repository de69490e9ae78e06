//! The operator's page of payments: transfers that are awaited, refunds that wait for a person.
use askama::Template;

use crate::pages::forms::Refusal;
use crate::pages::layout::Layout;

/// A transfer that was announced.
#[derive(Clone, Debug)]
pub struct TransferRow {
    pub id: String,
    pub reference: String,
    pub at_us: i64,
    pub amount_micros: i64,
}

/// A refund that waits for a person.
#[derive(Clone, Debug)]
pub struct RefundRow {
    pub id: String,
    pub topup_id: String,
    pub at_us: i64,
    pub paid_micros: i64,
}

/// `/en/operator/payments`. Its forms post `csrf`, `transfer` (reference or id), `amount` and `payment_ref` to
/// `/en/operator/payments/confirm`, and `csrf`, `refund` and `payment_ref` to `/en/operator/payments/sent`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/payments.html")]
pub struct PaymentsPage {
    pub page: Layout,
    pub transfers: Vec<TransferRow>,
    pub refunds: Vec<RefundRow>,
    /// What was typed about a transfer that was refused.
    pub typed: (String, String, String),
    pub refusal: Option<Refusal>,
    /// Why, in the words of the shop.
    pub reason: String,
}
