//! How a handler answers: a page, a refused form, a redirect; and the links of a paged list. No page's own content.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::http::{Problem, Visit};
use crate::pages::{Pager, Refusal, Template};

/// What a handler gives back; a problem becomes a page on its way out.
pub(super) type Answer = Result<Response, Problem>;

/// Which part of a list a page shows.
#[derive(Debug, Default, Deserialize)]
pub(super) struct After {
    /// The cursor that the page before ended with.
    pub after: Option<String>,
}

/// A page.
pub(super) fn show(page: &impl Template) -> Answer {
    with_status(StatusCode::OK, page)
}

/// A page with a form on it that was refused.
pub(super) fn refuse(why: Refusal, page: &impl Template) -> Answer {
    let status = match why {
        Refusal::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::LinkExpired => StatusCode::GONE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    with_status(status, page)
}

fn with_status(status: StatusCode, page: &impl Template) -> Answer {
    let text = page.render().map_err(Problem::internal)?;
    Ok((status, Html(text)).into_response())
}

/// On to another page, by GET (303), in the language of this one. `path` is without the language.
pub(super) fn go(visit: &Visit, path: &str) -> Response {
    Redirect::to(&visit.href(path)).into_response()
}

/// On to another page that opens with a notice.
pub(super) fn go_with(visit: &Visit, path: &str, notice: &str) -> Response {
    let mark = if path.contains('?') { '&' } else { '?' };
    go(visit, &format!("{path}{mark}notice={notice}"))
}

/// Links to the first and to the next part of the list that the visit's address names.
pub(super) fn pager(visit: &Visit, after: Option<&str>, next: Option<&str>) -> Pager {
    let (path, query) = visit.path().split_once('?').unwrap_or((visit.path(), ""));
    let kept: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("after=")).collect();
    let address = |parts: &[&str]| {
        let query = parts.join("&");
        visit.href(&if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    };
    let next = next.map(|next| {
        let cursor = form_urlencoded::Serializer::new(String::new()).append_pair("after", next).finish();
        address(&[kept.as_slice(), &[cursor.as_str()]].concat())
    });
    Pager { first: after.map(|_| address(&kept)), next }
}
