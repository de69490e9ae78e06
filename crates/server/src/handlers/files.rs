//! Bought files behind their signed links: nobody is asked to sign in here, the link is the right.

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use crate::http::{App, Disposition, Path, Problem, deliver};

/// `GET /d/{token}/{name}`; the name is for people and tools, the token decides.
pub async fn file(
    State(app): State<App>,
    Path((token, _)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = app.shop.downloads.open(&token).await?;
    Ok(deliver(&app, &method, &headers, (delivery, Disposition::Attachment)).await)
}

/// `GET /z/{token}/{name}`
pub async fn zip(
    State(app): State<App>,
    Path((token, _)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = app.shop.downloads.open_zip(&token).await?;
    Ok(deliver(&app, &method, &headers, (delivery, Disposition::Attachment)).await)
}
