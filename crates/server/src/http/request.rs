//! What happens to every request: it gets an id, a line in the log, a place in the metrics, and an end to waiting.
//! Addresses are logged as their route, never as they came: links and reset tokens are secrets.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::app::App;
use super::problem::{Kind, Problem};
use super::request_id::{REQUEST_ID, scope};

/// How long an answer other than a file may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Gives the request its id and notes how it went.
pub async fn follow(State(app): State<App>, matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let id = app.shop.clock.new_id();
    let method = known(request.method());
    let route = matched.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id, method, route);
    let started_us = app.shop.clock.now_us();
    let mut response = scope(id.clone(), next.run(request).instrument(span.clone())).await;
    let took_us = u64::try_from(app.shop.clock.now_us() - started_us).unwrap_or(0);
    let status = response.status().as_u16();
    app.metrics.answered(&route, method, status, took_us);
    span.in_scope(|| tracing::info!(status, took_us, "answered"));
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Methods become labels of metrics: a stranger may not invent new ones.
fn known(method: &Method) -> &'static str {
    [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::PUT, Method::PATCH, Method::OPTIONS]
        .iter()
        .find(|known| *known == method)
        .map_or("other", |known| match *known {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            _ => "OPTIONS",
        })
}

/// Ends what takes too long. Not for files: they take as long as they are.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("a request took too long");
            Problem::new(Kind::TooSlow, "Send it again; over a slow line, send less at once.").into_response()
        }
    }
}

/// Refuses addresses with a NUL: no text of the shop holds one, and PostgreSQL could not even look for it.
pub async fn readable(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") {
        return Problem::not_found("address").into_response();
    }
    if uri.query().is_some_and(|query| query.contains("%00")) {
        return Problem::new(Kind::Malformed, "No text here holds a NUL character.").into_response();
    }
    next.run(request).await
}
