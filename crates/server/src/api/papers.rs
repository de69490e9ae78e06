//! `/orders/{id}/receipt`, `/orders/{id}/papers`, `/papers`, `/keys`, `/downloads/{id}/report`.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shop::defects::Report;
use shop::receipts::Paper;

use super::words;
use crate::http::{App, Member, Path, Problem};
use crate::pages::{Lang, receipt_pdf};

/// `GET /orders/{id}/receipt`, `GET /orders/{id}/receipt.json`: as it was signed, letter by letter.
pub async fn receipt(State(app): State<App>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&app.shop.receipts.of_order(member.id(), &id).await?))
}

/// `GET /orders/{id}/receipt.pdf`
pub async fn receipt_as_pdf(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    pdf(&app.shop.receipts.of_order(member.id(), &id).await?)
}

/// `GET /orders/{id}/papers`: the receipt and what corrects it.
pub async fn papers(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Page<wire::Paper>>, Problem> {
    let order = app.shop.orders.get(member.id(), &id).await?;
    order.ok_or_else(|| Problem::not_found("order"))?;
    let papers = app.shop.receipts.list(member.id(), &id).await?;
    Ok(axum::Json(wire::Page { items: papers.into_iter().map(word).collect(), next: None }))
}

/// `GET /papers/{id}`
pub async fn paper(State(app): State<App>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json(&found(&app, member.id(), &id).await?))
}

/// `GET /papers/{id}/pdf`
pub async fn paper_as_pdf(State(app): State<App>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    pdf(&found(&app, member.id(), &id).await?)
}

/// A paper of this user.
pub async fn found(app: &App, user: &str, id: &str) -> Result<Paper, Problem> {
    app.shop.receipts.get(user, id).await?.ok_or_else(|| Problem::not_found("paper"))
}

/// A paper in a list.
pub fn word(paper: Paper) -> wire::Paper {
    wire::Paper {
        id: paper.id,
        kind: paper.kind,
        number: paper.number,
        order: paper.order_id,
        issued_at: words::moment(paper.issued_us),
    }
}

/// What a paper says.
pub fn said(paper: &Paper) -> Result<wire::Receipt, Problem> {
    serde_json::from_str(&paper.document).map_err(Problem::internal)
}

/// A paper as its signed JSON.
pub fn json(paper: &Paper) -> Response {
    file(paper, "application/json", "json", paper.envelope().into_bytes())
}

/// A paper as a PDF in the buyer's language, with its signed JSON in it.
pub fn pdf(paper: &Paper) -> Result<Response, Problem> {
    let receipt = said(paper)?;
    let lang = Lang::from_code(&receipt.language).unwrap_or_else(Lang::fallback);
    let bytes = receipt_pdf::print(lang, &receipt, paper.issued_us, paper.envelope()).map_err(Problem::internal)?;
    Ok(file(paper, "application/pdf", "pdf", bytes))
}

fn file(paper: &Paper, mime: &'static str, extension: &str, bytes: Vec<u8>) -> Response {
    let name = format!("inline; filename=\"{}-{}.{extension}\"", paper.kind.replace('_', "-"), paper.number);
    let mut response =
        ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "private, no-cache")], bytes).into_response();
    // A number has digits and dashes only.
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// `GET /keys`: what signatures of this shop can be checked with.
pub async fn keys(State(app): State<App>) -> Result<axum::Json<wire::Page<wire::PublicKey>>, Problem> {
    let keys = app.shop.signing.public_keys().await?;
    let key = |key: shop::signing::PublicKey| wire::PublicKey {
        public_key: key.public_key,
        created_at: words::moment(key.created_us),
        retired_at: key.retired_us.map(words::moment),
    };
    Ok(axum::Json(wire::Page { items: keys.into_iter().map(key).collect(), next: None }))
}

/// `POST /downloads/{id}/report`
pub async fn report(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<(StatusCode, axum::Json<wire::FileReport>), Problem> {
    let report = app.shop.defects.report(member.id(), &id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(report_word(report))))
}

/// `GET /downloads/{id}/report`: the latest one.
pub async fn reported(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::FileReport>, Problem> {
    let report = app.shop.defects.of_lines(member.id(), vec![id]).await?.pop();
    Ok(axum::Json(report_word(report.ok_or_else(|| Problem::not_found("report"))?)))
}

fn report_word(report: Report) -> wire::FileReport {
    wire::FileReport {
        id: report.id,
        line: report.line_id,
        state: report.state.as_str().to_owned(),
        credited_micros: report.credited_micros,
        reported_at: words::moment(report.reported_us),
        decided_at: report.decided_us.map(words::moment),
    }
}
