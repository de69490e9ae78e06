//! Top-ups on pages: what the balance page shows of them, the page of one to come back to, and asking for money back.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::payments::{AskedBy, PaymentError, State as Stands, TopUp, VOUCHER, transfer};

use super::shown;
use crate::api::topups as api;
use crate::http::{App, Client, Path, Posted, Problem, Query, Signed, Visit};
use crate::pages::{Field, Layout, Refusal, TopUpForm, TopUpPage, TopUpRow, TopUpState, WayChoice};

/// Top-ups that the balance page lists.
const TOPUPS_ON_A_PAGE: u32 = 10;
/// How often the page of a top-up that is not paid yet looks again.
const LOOK_AGAIN_S: u32 = 5;
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// The form as it stands on the balance page.
pub async fn form(app: &App, signed: &Signed, client: Client) -> Result<TopUpForm, Problem> {
    let storefront = app.shop.storefronts.main().await?;
    let payer = api::payer(app, &signed.session.user, client);
    let offer = app.shop.payments.offer(&storefront, &payer.user_id, payer.country).await?;
    let ways = offer.ways.into_iter().filter(|way| way.provider != VOUCHER);
    Ok(TopUpForm {
        key: app.shop.clock.new_id(),
        chosen_micros: offer.menu_micros.first().copied().unwrap_or_default(),
        amounts_micros: offer.menu_micros,
        between_micros: offer.free_amount.then_some((offer.min_micros, offer.max_micros)),
        other: Field::default(),
        ways: ways.map(|way| WayChoice { provider: way.provider, bonus_ppm: way.bonus_ppm }).collect(),
        owed_micros: offer.owed_micros,
        refusal: None,
    })
}

/// The newest top-ups.
pub async fn newest(app: &App, user: &str) -> Result<Vec<TopUpRow>, Problem> {
    let page = app.shop.payments.topups(user, None, TOPUPS_ON_A_PAGE).await?;
    let row = |(topup, _): (TopUp, Micros)| TopUpRow {
        at_us: topup.created_us,
        amount_micros: topup.amount_micros,
        state: state(topup.state),
        id: topup.id,
        provider: topup.provider,
    };
    Ok(page.items.into_iter().map(row).collect())
}

/// What a refusal says on a page; what nobody can mend is a problem.
pub fn refusal(error: PaymentError) -> Result<Refusal, Problem> {
    Ok(match error {
        PaymentError::OutOfRange { min, max } => Refusal::AmountOutOfRange { min_micros: min.0, max_micros: max.0 },
        PaymentError::NotPositive
        | PaymentError::TooMuch { .. }
        | PaymentError::TooFine { .. }
        | PaymentError::NotInMenu => Refusal::AmountMalformed,
        PaymentError::NotOffered => Refusal::WayNotOffered,
        PaymentError::DayLimit { left, .. } => Refusal::DayLimit { left_micros: left.0 },
        PaymentError::TooOften { retry_after_s } => {
            Refusal::TooManyAttempts { retry_after_s: u32::try_from(retry_after_s).unwrap_or(u32::MAX) }
        }
        PaymentError::Later(_) => Refusal::ProviderBusy,
        PaymentError::Refused => Refusal::ProviderRefused,
        PaymentError::KeyReused | PaymentError::KeyTooLong => Refusal::FormExpired,
        PaymentError::NothingLeft { left } => Refusal::NothingToRefund { left_micros: left.0 },
        other => return Err(other.into()),
    })
}

/// Whether to go on to the provider at once.
#[derive(Default, Deserialize)]
pub struct Going {
    #[serde(default)]
    go: String,
}

/// `/topups/{id}`
pub async fn topup(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
    Query(going): Query<Going>,
) -> Result<Response, Problem> {
    let is_going = going.go == "1";
    // Who comes back from paying must not wait for a message.
    let found = app.shop.payments.topup(&signed.session.user.id, &id, !is_going).await?;
    let topup = found.ok_or_else(|| Problem::not_found("top-up"))?;
    let waits = topup.state == Stands::Pending && topup.provider != transfer::NAME;
    let page = page(&app, visit.layout_of(&format!("/topups/{id}")), topup, None).await?;
    let refresh = match &page.redirect_url {
        Some(url) if is_going => HeaderValue::try_from(format!("0; url={url}")).ok(),
        _ if waits => HeaderValue::try_from(LOOK_AGAIN_S.to_string()).ok(),
        _ => None,
    };
    let mut response = shown::html(page)?;
    if let Some(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    Ok(response)
}

/// Which form it was.
#[derive(Deserialize)]
pub struct RefundForm {
    #[serde(default)]
    key: String,
}

/// `POST /topups/{id}/refund`: all that is unspent of it.
pub async fn refund(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
    Posted(form): Posted<RefundForm>,
) -> Result<Response, Problem> {
    let (user, path) = (&signed.session.user.id, format!("/topups/{id}"));
    match app.shop.payments.refund(user, &id, (None, AskedBy::Listener), &form.key).await {
        Ok(_) => Ok(shown::go(&visit, &path, "refund").into_response()),
        Err(e) => {
            let why = refusal(e)?;
            let found = app.shop.payments.topup(user, &id, false).await?;
            let topup = found.ok_or_else(|| Problem::not_found("top-up"))?;
            shown::refused(Some(why), page(&app, visit.layout_of(&path), topup, Some(why)).await?)
        }
    }
}

async fn page(app: &App, layout: Layout, topup: TopUp, refusal: Option<Refusal>) -> Result<TopUpPage, Problem> {
    let left = app.shop.payments.left(&topup).await?;
    let details = app.shop.payments.rules(&topup.storefront).await?.transfer_details;
    let is_pending = topup.state == Stands::Pending;
    let is_transfer = topup.provider == transfer::NAME;
    let reference = topup.provider_ref.filter(|_| is_pending && is_transfer);
    Ok(TopUpPage {
        page: layout,
        id: topup.id,
        state: state(topup.state),
        amount_micros: topup.amount_micros,
        received_micros: topup.received_micros,
        settled_micros: topup.settled_micros,
        bonus_micros: topup.bonus_micros,
        refunded_micros: topup.refunded_micros,
        disputed_micros: topup.disputed_micros,
        expires_us: topup.expires_us,
        redirect_url: topup.redirect_url.filter(|_| is_pending),
        reference: reference.map(|reference| (reference, details.unwrap_or_default())),
        refundable_micros: left.0,
        refund_key: app.shop.clock.new_id(),
        provider: topup.provider,
        refusal,
    })
}

/// A state as pages know it.
pub fn state(state: Stands) -> TopUpState {
    match state {
        Stands::Pending => TopUpState::Pending,
        Stands::Posted => TopUpState::Posted,
        Stands::Failed => TopUpState::Failed,
        Stands::Expired => TopUpState::Expired,
    }
}
