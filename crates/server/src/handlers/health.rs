//! What machines ask: whether the shop is well, and what it counts.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use shop::db::DbError;

use crate::http::{App, Kind, Problem};

/// `GET /healthz`: 200 while the database answers.
pub async fn healthz(State(app): State<App>) -> Response {
    match app.shop.db.read::<_, DbError>(|tx| Ok(tx.engine())).await {
        Ok(_) => ([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response(),
        Err(e) => {
            tracing::error!(cause = %e, "the database does not answer");
            Problem::new(Kind::Busy, "The database does not answer.").into_response()
        }
    }
}

/// `GET /metrics`
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let text = app.metrics.text(
        &app.shop.jobs.counts().await?,
        app.shop.renditions.running(),
        app.shop.orders.missed_promises(),
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
