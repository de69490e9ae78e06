//! Every route of the shop, on one screen.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};

use crate::api::{catalog, downloads, openapi, orders, people, wallet};
use crate::handlers::{assets, files, health};
use crate::http::{App, Kind, Problem, request, security, visit};

/// Bytes of a request's body; orders and forms are far smaller.
const MAX_BODY_BYTES: usize = 256 << 10;

/// The whole shop.
pub fn router(app: App) -> Router {
    let pages = pages()
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), visit))
        .layer(from_fn_with_state(app.clone(), security::same_origin))
        .layer(from_fn(request::in_time));
    let api = api().fallback(nowhere).method_not_allowed_fallback(wrong_method).layer(from_fn(request::in_time));
    Router::new()
        .merge(files().method_not_allowed_fallback(wrong_method))
        .merge(pages)
        .nest("/api/v1", api.merge(previews()))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app.clone(), request::follow))
        .with_state(app)
}

/// Below `/api/v1`; `api::openapi` describes the same.
fn api() -> Router<App> {
    Router::new()
        .route("/openapi.json", get(openapi::openapi))
        .route("/search", get(catalog::search))
        .route("/artists/{id}", get(catalog::artist))
        .route("/releases", get(catalog::releases))
        .route("/releases/{id}", get(catalog::release))
        .route("/tracks/{id}", get(catalog::track))
        .route("/genres", get(catalog::genres))
        .route("/labels", get(catalog::labels))
        .route("/formats", get(catalog::formats))
        .route("/quotes", post(orders::quote))
        .route("/users", post(people::sign_up))
        .route("/sessions", post(people::sign_in))
        .route("/sessions/current", delete(people::sign_out))
        .route("/me", get(people::me))
        .route("/vouchers/redeem", post(wallet::redeem))
        .route("/wallet", get(wallet::wallet))
        .route("/wallet/entries", get(wallet::entries))
        .route("/orders", get(orders::orders).post(orders::place))
        .route("/orders/{id}", get(orders::order))
        .route("/downloads", get(downloads::downloads))
        .route("/downloads/links.txt", get(downloads::links))
}

/// The one file of the API: it takes as long as it is.
fn previews() -> Router<App> {
    Router::new().route("/tracks/{id}/preview", get(catalog::preview))
}

/// Files, and what machines ask.
fn files() -> Router<App> {
    Router::new()
        .route("/d/{token}/{name}", get(files::file))
        .route("/z/{token}/{name}", get(files::zip))
        .route("/assets/{file}", get(assets::asset))
        .route("/covers/{release}/{file}", get(assets::cover))
        .route("/favicon.ico", get(assets::icon))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
}

/// Pages, in every language.
fn pages() -> Router<App> {
    Router::new().route("/", get(assets::home))
}

async fn nowhere() -> Problem {
    Problem::not_found("address")
}

async fn wrong_method() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "The header Allow says which methods this address answers.")
}
