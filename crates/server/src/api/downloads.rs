//! `/downloads`, `/downloads/links.txt`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::words;
use crate::http::{App, Member, Origin, Paging, Problem, Query};

/// Links in one list at the most; an order has fewer.
const MAX_LINKS: usize = 20_000;

/// Of which order.
#[derive(Deserialize)]
pub struct OrderQuery {
    /// All orders where it is left out.
    pub order: Option<String>,
}

/// `GET /downloads`
pub async fn downloads(
    State(app): State<App>,
    buyer: (Member, Origin),
    Query(which): Query<OrderQuery>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::Download>>, Problem> {
    let (member, Origin(origin)) = buyer;
    known(&app, member.id(), which.order.as_deref()).await?;
    let limit = paging.limit();
    let page = app.shop.downloads.list(member.id(), which.order, paging.after, limit).await?;
    Ok(axum::Json(words::page(page, |download| words::download(download, &origin))))
}

/// `GET /downloads/links.txt`
pub async fn links(
    State(app): State<App>,
    member: Member,
    Origin(origin): Origin,
    Query(which): Query<OrderQuery>,
) -> Result<Response, Problem> {
    list_of_links(&app, member.id(), which.order, &origin).await
}

/// The links of an order, or of everything, one a line; what could not be made or was refunded is left out.
pub async fn list_of_links(app: &App, user: &str, order: Option<String>, origin: &str) -> Result<Response, Problem> {
    known(app, user, order.as_deref()).await?;
    let (mut text, mut after, mut count) = (String::new(), None, 0);
    loop {
        let page = app.shop.downloads.list(user, order.clone(), after, shop::page::MAX_LIMIT).await?;
        for download in page.items.iter().filter(|download| download.line.state.has_file()) {
            text.push_str(&format!("{origin}{}\n", download.path));
            count += 1;
        }
        after = page.next;
        if after.is_none() || count >= MAX_LINKS {
            break;
        }
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, text).into_response())
}

/// An order that is unknown, or somebody else's, is not found.
async fn known(app: &App, user: &str, order: Option<&str>) -> Result<(), Problem> {
    let Some(order) = order else { return Ok(()) };
    let found = app.shop.orders.get(user, order).await?;
    found.map(drop).ok_or_else(|| Problem::not_found("order"))
}
