//! `/papers/{id}`: receipts and credit notes as pages and files.

use axum::extract::State;
use axum::response::Response;

use super::shown;
use crate::api::papers::{found, json, pdf, said};
use crate::http::{App, Path, Problem, Signed, Visit};
use crate::pages::ReceiptPage;

/// `/papers/{id}`
pub async fn paper(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let paper = found(&app, &signed.session.user.id, &id).await?;
    let at = |file: &str| visit.href(&format!("/papers/{}/{file}", paper.id));
    shown::html(ReceiptPage { page: visit.layout(), receipt: said(&paper)?, pdf_url: at("pdf"), json_url: at("json") })
}

/// `/papers/{id}/pdf`
pub async fn as_pdf(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    pdf(&found(&app, &signed.session.user.id, &id).await?)
}

/// `/papers/{id}/json`
pub async fn as_json(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&found(&app, &signed.session.user.id, &id).await?))
}
