//! The names of problems, followed: each `type` of a problem document is an address that says what it means.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::{Kind, Path, Problem};

/// `GET /problems/{name}`
pub async fn problem(Path(name): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.slug() == name).ok_or_else(|| Problem::not_found("problem"))?;
    let text = format!(
        "{}\n\nAnswered with status {}. The document's \"detail\" says what to do; the API is described at /en/api.\n",
        kind.title(),
        kind.status()
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
