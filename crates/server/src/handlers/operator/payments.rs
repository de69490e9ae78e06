//! `/operator/payments`: what arrived by bank, what has to be sent, what is disputed, what a listener has topped up.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::db::DbError;
use shop::page::MAX_LIMIT;
use shop::payments::{AskedBy, PaymentError, RefundState, State as TopUpState, TopUp};

use crate::handlers::{shown, topups};
use crate::http::{App, Operating, Posted, Problem, Query, Visit};
use crate::pages::operator::{DisputeRow, LookedUp, PaidRow, PaymentsPage, RefundOverRow, RefundRow, TransferRow};
use crate::pages::{Layout, Refusal};

/// Decimals of an amount that arrived; the currency may have fewer.
const TYPED_DECIMALS: u32 = 6;
/// Refunds that have ended and are shown.
const REFUNDS_OVER: u32 = 20;
const PATH: &str = "/operator/payments";

/// Whose top-ups are looked up.
#[derive(Default, Deserialize)]
pub struct LookUp {
    #[serde(default)]
    email: String,
}

/// `/operator/payments`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<LookUp>,
) -> Result<Response, Problem> {
    let looked_up = look_up(&app, asked.email.trim()).await?;
    shown::html(PaymentsPage { looked_up, ..made(&app, visit.layout()).await? })
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
    let (refusal, reason) = match shown::typed_amount(&form.amount, TYPED_DECIMALS) {
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

/// Which refund could not be sent.
#[derive(Deserialize)]
pub struct NotSent {
    refund: String,
    reason: String,
}

/// `POST /operator/payments/not-sent`: the credit is the listener's again.
pub async fn not_sent(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<NotSent>,
) -> Result<Response, Problem> {
    match app.shop.payments.refund_not_sent(&form.refund, form.reason.trim()).await {
        Ok(_) => Ok(shown::go(&visit, PATH, "settings").into_response()),
        Err(e) => {
            let reason = mendable(e)?;
            shown::refused(None, PaymentsPage { reason, ..made(&app, visit.layout_of(PATH)).await? })
        }
    }
}

/// What of a top-up is to go back.
#[derive(Deserialize)]
pub struct GiveBack {
    topup: String,
    key: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    amount: String,
}

/// `POST /operator/payments/refund`: so much of a top-up, or all that is unspent of it.
pub async fn refund(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<GiveBack>,
) -> Result<Response, Problem> {
    let typed = form.amount.trim();
    let amount = if typed.is_empty() { Ok(None) } else { shown::typed_amount(typed, TYPED_DECIMALS).map(Some) };
    let (refusal, reason) = match amount {
        Err(_) => (Some(Refusal::AmountMalformed), String::new()),
        Ok(amount) => match app.shop.payments.refund_of(&form.topup, (amount, AskedBy::Operator), &form.key).await {
            Ok(_) => return Ok(shown::go(&visit, PATH, "settings").into_response()),
            Err(e) => (None, mendable(e)?),
        },
    };
    let looked_up = look_up(&app, form.email.trim()).await?;
    let page = made(&app, visit.layout_of(PATH)).await?;
    shown::refused(refusal, PaymentsPage { refusal, reason, looked_up, ..page })
}

/// The newest top-ups of the listener with this address.
async fn look_up(app: &App, email: &str) -> Result<LookedUp, Problem> {
    if email.is_empty() {
        return Ok(LookedUp::default());
    }
    let Some(user) = app.shop.users.by_email(email).await? else {
        return Ok(LookedUp { email: email.to_owned(), nobody: true, topups: Vec::new() });
    };
    let row = |(topup, left): (TopUp, Micros)| PaidRow {
        id: topup.id,
        at_us: topup.created_us,
        provider: topup.provider,
        state: topups::state(topup.state),
        amount_micros: topup.amount_micros,
        left_micros: left.0,
        key: app.shop.clock.new_id(),
    };
    let page = app.shop.payments.topups(&user.id, None, MAX_LIMIT).await?;
    Ok(LookedUp { email: user.email, nobody: false, topups: page.items.into_iter().map(row).collect() })
}

/// The address of a user.
async fn email(app: &App, user_id: &str) -> Result<String, DbError> {
    Ok(app.shop.users.by_id(user_id).await?.map(|user| user.email).unwrap_or_default())
}

/// What an operator can mend, in the shop's words.
fn mendable(error: PaymentError) -> Result<String, Problem> {
    match error {
        PaymentError::Db(e) => Err(e.into()),
        other => Ok(other.to_string()),
    }
}

/// The last refunds that ended, the newest first.
async fn refunds_over(app: &App) -> Result<Vec<RefundOverRow>, Problem> {
    let mut over = Vec::new();
    for state in [RefundState::Done, RefundState::Failed] {
        for refund in app.shop.payments.refunds(None, Some(state), (None, REFUNDS_OVER)).await?.items {
            let is_done = state == RefundState::Done;
            over.push(RefundOverRow {
                at_us: refund.ended_us.unwrap_or(refund.created_us),
                email: email(app, &refund.user_id).await?,
                provider: refund.provider,
                paid_micros: refund.paid_micros,
                is_done,
                detail: if is_done { refund.provider_ref } else { refund.failure }.unwrap_or_default(),
            });
        }
    }
    over.sort_by_key(|refund| std::cmp::Reverse(refund.at_us));
    over.truncate(REFUNDS_OVER as usize);
    Ok(over)
}

async fn made(app: &App, page: Layout) -> Result<PaymentsPage, Problem> {
    let payments = &app.shop.payments;
    let mut transfers = Vec::new();
    for topup in payments.transfers(Some(TopUpState::Pending), None, MAX_LIMIT).await?.items {
        transfers.push(TransferRow {
            email: email(app, &topup.user_id).await?,
            id: topup.id,
            reference: topup.provider_ref.unwrap_or_default(),
            at_us: topup.created_us,
            amount_micros: topup.amount_micros,
        });
    }
    let mut refunds = Vec::new();
    for refund in payments.refunds(None, Some(RefundState::ByHand), (None, MAX_LIMIT)).await?.items {
        let topup = payments.find(&refund.topup_id).await?;
        let names =
            topup.map(|topup| [topup.payment_ref, topup.provider_ref].into_iter().flatten().collect::<Vec<_>>());
        refunds.push(RefundRow {
            email: email(app, &refund.user_id).await?,
            id: refund.id,
            topup_id: refund.topup_id,
            at_us: refund.created_us,
            paid_micros: refund.paid_micros,
            provider: refund.provider,
            came_as: names.unwrap_or_default().join(" · "),
        });
    }
    let mut disputes = Vec::new();
    for row in payments.disputes(None, MAX_LIMIT).await?.items {
        disputes.push(DisputeRow {
            email: email(app, &row.user_id).await?,
            id: row.id,
            at_us: row.created_us,
            stage: row.stage.as_str().to_owned(),
            amount_micros: row.amount_micros,
            frozen_micros: row.frozen_micros,
            owed_micros: row.owed_micros,
        });
    }
    Ok(PaymentsPage {
        page,
        transfers,
        refunds,
        refunds_over: refunds_over(app).await?,
        disputes,
        looked_up: LookedUp::default(),
        typed: Default::default(),
        refusal: None,
        reason: String::new(),
    })
}
