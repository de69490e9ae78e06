//! `/operator/payments`: what arrived by bank, what has to be sent.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::page::MAX_LIMIT;
use shop::payments::{PaymentError, RefundState, State as TopUpState};

use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{PaymentsPage, RefundRow, TransferRow};
use crate::pages::{Layout, Refusal};

/// Decimals of an amount that arrived; the currency may have fewer.
const TYPED_DECIMALS: u32 = 6;
const PATH: &str = "/operator/payments";

/// `/operator/payments`
pub async fn page(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(made(&app, visit.layout()).await?)
}

/// What arrived.
#[derive(Deserialize)]
pub struct Arrived {
    transfer: String,
    amount: String,
    payment_ref: String,
}

/// `POST /operator/payments/confirm`
pub async fn confirm(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Arrived>,
) -> Result<Response, Problem> {
    let (refusal, reason) = match Micros::parse(&form.amount.trim().replace(',', "."), TYPED_DECIMALS) {
        Err(_) => (Some(Refusal::AmountMalformed), String::new()),
        Ok(amount) => match app.shop.payments.confirm_transfer(&form.transfer, amount, &form.payment_ref).await {
            Ok(_) => return Ok(shown::go(&visit, PATH, "settings").into_response()),
            Err(e) => (None, mendable(e)?),
        },
    };
    let page = made(&app, visit.layout_of(PATH)).await?;
    let typed = (form.transfer, form.amount, form.payment_ref);
    shown::refused(refusal, PaymentsPage { refusal, reason, typed, ..page })
}

/// Which refund was sent.
#[derive(Deserialize)]
pub struct Sent {
    refund: String,
    payment_ref: String,
}

/// `POST /operator/payments/sent`
pub async fn sent(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Sent>,
) -> Result<Response, Problem> {
    match app.shop.payments.refund_sent_by_hand(&form.refund, &form.payment_ref).await {
        Ok(_) => Ok(shown::go(&visit, PATH, "settings").into_response()),
        Err(e) => {
            let reason = mendable(e)?;
            shown::refused(None, PaymentsPage { reason, ..made(&app, visit.layout_of(PATH)).await? })
        }
    }
}

/// What an operator can mend, in the shop's words.
fn mendable(error: PaymentError) -> Result<String, Problem> {
    match error {
        PaymentError::Db(e) => Err(e.into()),
        other => Ok(other.to_string()),
    }
}

async fn made(app: &App, page: Layout) -> Result<PaymentsPage, Problem> {
    let transfers = app.shop.payments.transfers(Some(TopUpState::Pending), None, MAX_LIMIT).await?;
    let refunds = app.shop.payments.refunds(None, Some(RefundState::ByHand), (None, MAX_LIMIT)).await?;
    let transfer = |topup: shop::payments::TopUp| TransferRow {
        id: topup.id,
        reference: topup.provider_ref.unwrap_or_default(),
        at_us: topup.created_us,
        amount_micros: topup.amount_micros,
    };
    let refund = |refund: shop::payments::Refund| RefundRow {
        id: refund.id,
        topup_id: refund.topup_id,
        at_us: refund.created_us,
        paid_micros: refund.paid_micros,
    };
    Ok(PaymentsPage {
        page,
        transfers: transfers.items.into_iter().map(transfer).collect(),
        refunds: refunds.items.into_iter().map(refund).collect(),
        typed: Default::default(),
        refusal: None,
        reason: String::new(),
    })
}
