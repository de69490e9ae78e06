//! `/operator/royalties`: who gets what, closing months, noting payments.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::db::{DbError, Tx};
use shop::page::MAX_LIMIT;
use shop::rights::{Licence, Payee, ShareScope, ShareSet, licences, payees, shares};
use shop::royalties::{Period, RoyaltyError};

use crate::api::royalties::paper;
use crate::handlers::shown;
use crate::handlers::statements::{payout_row, statement_row, words};
use crate::http::{App, Operating, Path, Posted, Problem, Visit};
use crate::pages::operator::{LicenceRow, PayeeRow, RoyaltiesPage, SharesRow};
use crate::pages::{Field, Layout};

const PAGE: &str = "/operator/royalties";
/// Decimals of a payment: all that are kept.
const AMOUNT_DECIMALS: u32 = 6;

/// What was typed, when it comes back with a reason.
#[derive(Default)]
struct Typed {
    period: String,
    confirms: Option<&'static str>,
    payee: String,
    amount: String,
    reference: String,
    refused: Option<String>,
}

/// `/operator/royalties`
pub async fn page(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(filled(&app, visit.layout(), Typed::default()).await?)
}

/// A month.
#[derive(Deserialize)]
pub struct CloseForm {
    #[serde(default)]
    period: String,
    /// Filled in when he was asked and means it.
    #[serde(default)]
    sure: String,
}

/// `POST /operator/royalties/close`
pub async fn close(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<CloseForm>,
) -> Result<Response, Problem> {
    let refused = match form.period.trim().parse::<Period>() {
        Ok(period)
            if form.sure.is_empty()
                && let Some(confirms) = doubtful(&app, period).await? =>
        {
            let typed = Typed { period: form.period, confirms: Some(confirms), ..Typed::default() };
            return shown::refused(None, filled(&app, visit.layout_of(PAGE), typed).await?);
        }
        Ok(period) => match app.shop.royalties.close(period, false, words).await {
            Ok(_) => return Ok(shown::go(&visit, PAGE, "settings").into_response()),
            Err(e) => reason(e)?,
        },
        Err(e) => e,
    };
    let typed = Typed { period: form.period, refused: Some(refused), ..Typed::default() };
    shown::refused(None, filled(&app, visit.layout_of(PAGE), typed).await?)
}

/// What closing this month would end that one may not have thought of, as the name of a text; none where it is harmless or
/// cannot be.
async fn doubtful(app: &App, period: Period) -> Result<Option<&'static str>, Problem> {
    let royalties = &app.shop.royalties;
    match royalties.would_close(period, false).await {
        Ok(trial) if trial.was_closed => return Ok(None),
        Ok(trial) if trial.is_running => return Ok(Some("royalties-close-running")),
        Ok(_) => {}
        Err(e) => return reason(e).map(|_| None),
    }
    match royalties.would_close(period.before(), false).await {
        Ok(earlier) if !earlier.was_closed && !earlier.statements.is_empty() => Ok(Some("royalties-close-earlier")),
        Ok(_) => Ok(None),
        Err(e) => reason(e).map(|_| None),
    }
}

/// The last month, if it is still to be closed.
async fn next_to_close(app: &App) -> Result<String, Problem> {
    let Some(last) = Period::of(app.shop.clock.now_us()).map(|period| period.before()) else {
        return Ok(String::new());
    };
    match app.shop.royalties.would_close(last, false).await {
        Ok(trial) if !trial.was_closed => Ok(last.to_string()),
        Ok(_) => Ok(String::new()),
        Err(e) => reason(e).map(|_| String::new()),
    }
}

/// A payment.
#[derive(Deserialize)]
pub struct PayForm {
    #[serde(default)]
    key: String,
    #[serde(default)]
    payee: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    reference: String,
}

/// `POST /operator/royalties/pay`
pub async fn pay(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<PayForm>,
) -> Result<Response, Problem> {
    let key = if form.key.is_empty() { app.shop.clock.new_id() } else { form.key.clone() };
    let refused = match shown::typed_amount(&form.amount, AMOUNT_DECIMALS) {
        Ok(amount) => match app.shop.royalties.pay(&key, &form.payee, Some(amount), form.reference.trim()).await {
            Ok(_) => return Ok(shown::go(&visit, PAGE, "settings").into_response()),
            Err(e) => reason(e)?,
        },
        Err(e) => e.to_string(),
    };
    let PayForm { payee, amount, reference, .. } = form;
    let typed = Typed { payee, amount, reference, refused: Some(refused), ..Typed::default() };
    shown::refused(None, filled(&app, visit.layout_of(PAGE), typed).await?)
}

/// `/operator/royalties/{id}/{kind}`
pub async fn file(
    State(app): State<App>,
    _: Operating,
    Path((id, kind)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let statement = app.shop.royalties.statement(&id).await?.ok_or_else(|| Problem::not_found("statement"))?;
    paper(&app, &statement, &kind).await
}

/// What an operator can mend is told in the shop's words; the rest is a failure.
fn reason(error: RoyaltyError) -> Result<String, Problem> {
    match error {
        RoyaltyError::Db(_) | RoyaltyError::Files(_) | RoyaltyError::Pdf(_) | RoyaltyError::Ledger(_) => {
            Err(error.into())
        }
        told => Ok(told.to_string()),
    }
}

async fn filled(app: &App, page: Layout, typed: Typed) -> Result<RoyaltiesPage, Problem> {
    let declared = |tx: &mut Tx| -> Result<_, DbError> {
        let payees = payees::list(tx, None, MAX_LIMIT)?.items;
        let licences = licences::list(tx, None, MAX_LIMIT)?.items;
        Ok((payees, licences, shares::list(tx, None, MAX_LIMIT)?.items))
    };
    let (payees, licences, shares) = app.shop.db.read(declared).await?;
    let names: Names = payees.iter().map(|payee| (payee.id.clone(), payee.name.clone())).collect();
    let mut rows = Vec::new();
    for payee in payees {
        rows.push(payee_row(app.shop.royalties.owed(&payee.id).await?, payee));
    }
    let statements = app.shop.royalties.statements(None, None, Some(MAX_LIMIT)).await?.items;
    let payouts = app.shop.royalties.payouts(None, None, None).await?.items;
    let payout = |payout: shop::royalties::Payout| {
        let payee = named(&names, &payout.payee);
        payout_row(payout, &payee)
    };
    let period = if typed.period.is_empty() { next_to_close(app).await? } else { typed.period };
    let mut shown_shares = Vec::new();
    for set in shares {
        shown_shares.push(shares_row(app, set, &names).await?);
    }
    Ok(RoyaltiesPage {
        page,
        payees: rows,
        licences: licences.into_iter().map(|licence| licence_row(licence, &names)).collect(),
        shares: shown_shares,
        statements: statements.into_iter().map(statement_row).collect(),
        payouts: payouts.into_iter().map(payout).collect(),
        period: Field::holding(period),
        key: app.shop.clock.new_id(),
        confirms: typed.confirms,
        payee: typed.payee,
        amount: Field::holding(typed.amount),
        reference: typed.reference,
        refused: typed.refused,
    })
}

fn payee_row(owed: Micros, payee: Payee) -> PayeeRow {
    let Payee { id, name, kind, email, .. } = payee;
    PayeeRow { id, name, kind: kind.as_str().to_owned(), email, owed_micros: owed.0 }
}

/// Payees' names by their ids.
type Names = HashMap<String, String>;

fn named(names: &Names, payee: &str) -> String {
    names.get(payee).cloned().unwrap_or_else(|| payee.to_owned())
}

fn licence_row(licence: Licence, names: &Names) -> LicenceRow {
    LicenceRow {
        id: licence.id,
        kind: licence.kind.as_str().to_owned(),
        payee: named(names, &licence.payee),
        rate_ppm: licence.rate_ppm,
        base: licence.base.as_str().to_owned(),
        minimum_micros: licence.minimum.0,
        label: licence.label,
        valid_from: licence.valid_from,
        valid_until: licence.valid_until,
    }
}

async fn shares_row(app: &App, set: ShareSet, names: &Names) -> Result<SharesRow, Problem> {
    let (scope, of) = set.of.parts();
    let catalog = &app.shop.catalog;
    let title = match &set.of {
        ShareScope::Track(id) => catalog.track(id).await?.map(|found| found.track.title),
        ShareScope::Release(id) => catalog.cards(vec![id.clone()]).await?.pop().map(|card| card.title),
        _ => None,
    };
    let holders = set.holders.iter().map(|holder| (named(names, &holder.payee), holder.share_ppm));
    Ok(SharesRow {
        of_id: format!("shares-{scope}"),
        of: title.unwrap_or_else(|| of.to_owned()),
        holders: holders.collect(),
        id: set.id,
    })
}
