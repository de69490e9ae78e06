//! `topup-rules`, `transfers`, `disputes`, `refunds`: which ways of payment there are, what arrived by bank, what goes back.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use money::Micros;
use serde::Deserialize;
use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::payments::{AskedBy, RefundState, Rules, State as TopUpState, TopUp, Way, find_rules, list_rules, put_rules};
use wire::operator::{PaymentWay, TopUpRules};

use super::resource::Resource;
use super::routes::Operator;
use crate::api::words;
use crate::http::{App, IdempotencyKey, Json, Kind, Paging, Path, Problem, Query};

impl Resource for TopUpRules {
    const LIST: &'static str = "/operator/topup-rules";
    const ONE: &'static str = "/operator/topup-rules/{id}";
    const SECTION: &'static str = "topup-rules";
    const ABOUT: &'static str = "Which amounts and ways of payment each storefront offers, and where";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<TopUpRules>, DbError> {
        Ok(list_rules(tx, after, limit)?.map(|(id, rules)| word(id, rules)))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<TopUpRules>, DbError> {
        Ok(find_rules(tx, id)?.map(|rules| word(id.to_owned(), rules)))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        put_rules(tx, &self.id, &noun(self), shop.clock.now_us())
    }
}

fn noun(word: &TopUpRules) -> Rules {
    let way = |way: &PaymentWay| Way {
        provider: way.provider.clone(),
        currencies: way.currencies.clone(),
        countries: way.countries.clone(),
        except_countries: way.except_countries.clone(),
        unknown_country: way.unknown_country,
        bonus_ppm: way.bonus_ppm,
    };
    Rules {
        menu_micros: word.menu_micros.clone(),
        free_amount: word.free_amount,
        ways: word.ways.iter().map(way).collect(),
        transfer_details: word.transfer_details.clone(),
    }
}

fn word(id: String, rules: Rules) -> TopUpRules {
    let way = |way: Way| PaymentWay {
        provider: way.provider,
        currencies: way.currencies,
        countries: way.countries,
        except_countries: way.except_countries,
        unknown_country: way.unknown_country,
        bonus_ppm: way.bonus_ppm,
    };
    TopUpRules {
        id,
        menu_micros: rules.menu_micros,
        free_amount: rules.free_amount,
        transfer_details: rules.transfer_details,
        ways: rules.ways.into_iter().map(way).collect(),
    }
}

/// The addresses of transfers and refunds, below `/api/v1`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/operator/transfers", get(transfers))
        .route("/operator/transfers/{id}", get(transfer))
        .route("/operator/transfers/{id}/confirm", post(confirm))
        .route("/operator/disputes", get(disputes))
        .route("/operator/refunds", get(refunds).post(begin))
        .route("/operator/refunds/{id}", get(refund))
        .route("/operator/refunds/{id}/sent", post(sent))
        .route("/operator/refunds/{id}/failed", post(failed))
}

/// Which part of a list, and in which state.
#[derive(Debug, Default, Deserialize)]
pub struct InState {
    state: Option<String>,
}

async fn transfers(
    State(app): State<App>,
    _: Operator,
    Query(paging): Query<Paging>,
    Query(asked): Query<InState>,
) -> Result<axum::Json<wire::Page<wire::operator::Transfer>>, Problem> {
    let state = in_state(asked.state.as_deref(), TopUpState::of_name)?;
    let limit = paging.limit();
    let page = app.shop.payments.transfers(state, paging.after, limit).await?;
    Ok(axum::Json(words::page(page, transfer_word)))
}

/// By id, or by the reference however it is written.
async fn transfer(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::Transfer>, Problem> {
    let found = app.shop.payments.transfer(&id).await?;
    found.map(|found| axum::Json(transfer_word(found))).ok_or_else(|| Problem::not_found("transfer"))
}

async fn confirm(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Json(arrived): Json<wire::operator::TransferArrived>,
) -> Result<axum::Json<wire::operator::Transfer>, Problem> {
    let received = Micros(arrived.received_micros);
    let posted = app.shop.payments.confirm_transfer(&id, received, &arrived.payment_ref).await;
    // What is wrong with the amount is wrong with a field of another name here.
    let posted = posted.map_err(|e| {
        let problem = Problem::from(e);
        let field = problem.field.clone().map(|f| if f == "amount_micros" { "received_micros".to_owned() } else { f });
        Problem { field, ..problem }
    })?;
    Ok(axum::Json(transfer_word(posted)))
}

async fn disputes(
    State(app): State<App>,
    _: Operator,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::operator::Dispute>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.payments.disputes(paging.after, limit).await?;
    Ok(axum::Json(words::page(page, dispute_word)))
}

async fn refunds(
    State(app): State<App>,
    _: Operator,
    Query(paging): Query<Paging>,
    Query(asked): Query<InState>,
) -> Result<axum::Json<wire::Page<wire::operator::Refund>>, Problem> {
    let state = in_state(asked.state.as_deref(), RefundState::of_name)?;
    let limit = paging.limit();
    let page = app.shop.payments.refunds(None, state, (paging.after, limit)).await?;
    Ok(axum::Json(words::page(page, refund_word)))
}

async fn refund(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::Refund>, Problem> {
    let found = app.shop.payments.find_refund(&id).await?;
    found.map(|found| axum::Json(refund_word(found))).ok_or_else(|| Problem::not_found("refund"))
}

async fn begin(
    State(app): State<App>,
    _: Operator,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<wire::operator::RefundByOperator>,
) -> Result<(StatusCode, axum::Json<wire::operator::Refund>), Problem> {
    let asked = (new.amount_micros.map(Micros), AskedBy::Operator);
    let (refund, repeated) = app.shop.payments.refund_of(&new.topup, asked, &key).await?;
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(refund_word(refund))))
}

async fn sent(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Json(sent): Json<wire::operator::RefundSent>,
) -> Result<axum::Json<wire::operator::Refund>, Problem> {
    let refund = app.shop.payments.refund_sent_by_hand(&id, &sent.payment_ref).await?;
    Ok(axum::Json(refund_word(refund)))
}

async fn failed(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Json(failed): Json<wire::operator::RefundNotSent>,
) -> Result<axum::Json<wire::operator::Refund>, Problem> {
    let refund = app.shop.payments.refund_not_sent(&id, &failed.reason).await?;
    Ok(axum::Json(refund_word(refund)))
}

fn in_state<S>(name: Option<&str>, of_name: impl Fn(&str) -> Option<S>) -> Result<Option<S>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let state = of_name(name);
    state.map(Some).ok_or_else(|| Problem::new(Kind::Malformed, format!("There is no state {name:?}.")))
}

fn transfer_word(topup: TopUp) -> wire::operator::Transfer {
    wire::operator::Transfer {
        id: topup.id,
        reference: topup.provider_ref,
        user: topup.user_id,
        state: topup.state.as_str().to_owned(),
        currency: topup.currency,
        amount_micros: topup.amount_micros,
        received_micros: topup.received_micros,
        bonus_micros: topup.bonus_micros,
        payment_ref: topup.payment_ref,
        created_at: words::moment(topup.created_us),
        expires_at: words::moment(topup.expires_us),
        posted_at: topup.posted_us.map(words::moment),
    }
}

fn dispute_word(row: shop::payments::DisputeRow) -> wire::operator::Dispute {
    wire::operator::Dispute {
        id: row.id,
        provider: row.provider,
        topup: row.topup_id,
        user: row.user_id,
        stage: row.stage.as_str().to_owned(),
        currency: row.currency,
        amount_micros: row.amount_micros,
        frozen_micros: row.frozen_micros,
        owed_micros: row.owed_micros,
        reason: row.reason,
        created_at: words::moment(row.created_us),
        changed_at: words::moment(row.changed_us),
    }
}

fn refund_word(refund: shop::payments::Refund) -> wire::operator::Refund {
    let (user, asked_by) = (refund.user_id.clone(), refund.asked_by.clone());
    let payment_ref = refund.provider_ref.clone();
    wire::operator::Refund { refund: words::refund(refund), user, asked_by, payment_ref }
}
