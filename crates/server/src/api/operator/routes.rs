//! The addresses of the operator's door: for each resource a list, one of them, putting it, taking it away.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{MethodRouter, delete, get};
use shop::declared::Refused;
use shop::users::{Role, User};
use wire::operator::{
    ConsentText, Floor, Licence, Payee, PreviewLimit, PreviewSettings, Promotion, ReleaseFormats, ReleasePrice, Shares,
    Tariff, TaxRate, TaxSettings, TopUpRules, VoucherBatch,
};
use wire::operator::{Genre, News, Notice, Pick, Text};

use super::resource::{Removable, Resource, declare};
use crate::http::{App, Json, Kind, Member, Paging, Path, Problem, Query};

/// Somebody with the bearer token of an operator.
pub struct Operator {
    /// Who.
    pub user: User,
}

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Operator, Problem> {
        let member = Member::from_request_parts(parts, app).await?;
        if member.session.user.role != Role::Operator {
            return Err(Problem::new(Kind::OperatorNeeded, "Sign in as an operator of the shop."));
        }
        Ok(Operator { user: member.session.user })
    }
}

/// Every route of the door, below `/api/v1`.
pub fn routes() -> Router<App> {
    removable::<Tariff>()
        .merge(removable::<Promotion>())
        .merge(removable::<Floor>())
        .merge(removable::<ReleasePrice>())
        .merge(removable::<VoucherBatch>())
        .merge(removable::<Payee>())
        .merge(removable::<Licence>())
        .merge(removable::<Shares>())
        .merge(lasting::<TopUpRules>())
        .merge(removable::<TaxRate>())
        .merge(removable::<TaxSettings>())
        .merge(removable::<ConsentText>())
        .merge(removable::<Text>())
        .merge(removable::<News>())
        .merge(removable::<Pick>())
        .merge(removable::<Genre>())
        .merge(removable::<Notice>())
        .merge(removable::<PreviewSettings>())
        .merge(removable::<PreviewLimit>())
        .merge(removable::<ReleaseFormats>())
}

/// The routes of a thing that stays.
pub fn lasting<R: Resource>() -> Router<App> {
    Router::new().route(R::LIST, get(list::<R>)).route(R::ONE, at_one::<R>())
}

/// The routes of a thing that can be taken away.
pub fn removable<R: Removable>() -> Router<App> {
    Router::new().route(R::LIST, get(list::<R>)).route(R::ONE, at_one::<R>().merge(delete(remove::<R>)))
}

fn at_one<R: Resource>() -> MethodRouter<App> {
    get(one::<R>).put(put::<R>)
}

async fn list<R: Resource>(
    State(app): State<App>,
    _: Operator,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<R>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.db.read(move |tx| R::list(tx, paging.after.as_deref(), limit)).await?;
    Ok(axum::Json(wire::Page { items: page.items, next: page.next }))
}

async fn one<R: Resource>(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<R>, Problem> {
    let found = app.shop.db.read(move |tx| R::find(tx, &id)).await?;
    found.map(axum::Json).ok_or_else(|| Problem::not_found(R::SECTION))
}

async fn put<R: Resource>(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Json(mut word): Json<R>,
) -> Result<(StatusCode, axum::Json<R>), Problem> {
    if !word.id().is_empty() && word.id() != id {
        return Err(Refused::field("id", format!("the address says {id:?}: leave it out, or say the same")).into());
    }
    word.set_id(id);
    let shop = app.shop.clone();
    let declared = app.shop.db.write(move |tx| declare(&shop, tx, &word)).await?;
    let status = if declared.before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(declared.after)))
}

async fn remove<R: Removable>(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let shop = app.shop.clone();
    let removed = app.shop.db.write(move |tx| R::remove(&shop, tx, &id)).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(R::SECTION)) }
}
