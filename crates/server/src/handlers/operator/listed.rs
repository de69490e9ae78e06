//! `/operator/releases`, `/operator/orders`, `/operator/listeners`, `/operator/papers`: what operators look up.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::catalog::ListedRelease;
use shop::declared::Refused;
use shop::orders::SoldOrder;

use super::texts::told;
use crate::api::operator::listed::{self as found, Known, ListenersQuery, OrdersQuery, ReleasesQuery};
use crate::handlers::purchases::{line_of, paper_of, releases_of, summary};
use crate::handlers::{balance, shown};
use crate::http::{App, Operating, Paging, Path, Posted, Problem, Query, Visit};
use crate::pages::operator::{
    ListedReleaseRow, ListenerRow, OperatorListenerPage, OperatorListenersPage, OperatorOrderPage, OperatorOrdersPage,
    OperatorReleasesPage, SoldRow,
};

const RELEASES: &str = "/operator/releases";
/// Releases on a page.
const RELEASES_ON_A_PAGE: u32 = 50;
/// Orders on a page.
const ORDERS_ON_A_PAGE: u32 = 30;
/// Listeners on a page.
const LISTENERS_ON_A_PAGE: u32 = 30;
/// Movements of a balance on a page.
const ENTRIES_ON_A_PAGE: u32 = 50;

/// A path with what was asked for in its query, as the pager goes on from it.
fn address(path: &str, asked: &[(&str, &str)]) -> String {
    let mut address = form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    address.extend_pairs(asked.iter().filter(|(_, value)| !value.is_empty()));
    address.finish().trim_end_matches('?').to_owned()
}

/// `/operator/releases`
pub async fn releases(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<ReleasesQuery>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let found = asked.find(&app, paging.after, RELEASES_ON_A_PAGE).await?;
    let path = address(RELEASES, &[("q", &asked.q), ("state", &asked.state)]);
    shown::html(OperatorReleasesPage {
        page: visit.layout(),
        pager: shown::pager(&visit, &path, is_first, found.next.as_deref()),
        releases: found.items.into_iter().map(release_row).collect(),
        words: asked.q,
        state: asked.state,
    })
}

fn release_row(release: ListedRelease) -> ListedReleaseRow {
    let ListedRelease { card, gtin, catalog_number } = release;
    ListedReleaseRow {
        id: card.id,
        title: card.title,
        credit: card.credit,
        gtin,
        catalog_number,
        on_sale: card.on_sale,
        created_us: card.created_us,
    }
}

/// Which release, and what of it.
#[derive(Deserialize)]
pub struct Change {
    id: String,
    #[serde(rename = "do")]
    change: String,
}

/// `POST /operator/releases`
pub async fn change_release(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(Change { id, change }): Posted<Change>,
) -> Result<Response, Problem> {
    found::set_on_sale(&app, &id, change == "restore").await?;
    Ok(shown::go(&visit, &address(RELEASES, &[("q", &id)]), "settings").into_response())
}

/// `/operator/orders`
pub async fn orders(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<OrdersQuery>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let OrdersQuery { listener, from, until } = &asked;
    let path = address("/operator/orders", &[("listener", listener), ("from", from), ("until", until)]);
    let page = |refused, orders, next: Option<&str>| OperatorOrdersPage {
        page: visit.layout(),
        listener: listener.clone(),
        from: from.clone(),
        until: until.clone(),
        refused,
        orders,
        pager: shown::pager(&visit, &path, is_first, next),
    };
    let which = match asked.placing(&app).await {
        Ok(which) => which,
        Err(Refused::Db(e)) => return Err(e.into()),
        Err(refused) => return shown::refused(None, page(Some(told(refused)?), vec![], None)),
    };
    let sold = app.shop.orders.all(which, paging.after, ORDERS_ON_A_PAGE).await?;
    let emails = found::emails(&app, &sold.items).await?;
    let rows = sold.items.into_iter().map(|sold| sold_row(sold, &emails)).collect();
    shown::html(page(None, rows, sold.next.as_deref()))
}

fn sold_row(sold: SoldOrder, emails: &HashMap<String, String>) -> SoldRow {
    let email = emails.get(&sold.user_id).cloned().unwrap_or_default();
    SoldRow { order: summary(sold.order), user_id: sold.user_id, email }
}

/// `/operator/orders/{id}`
pub async fn order(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let sold = found::sold(&app, &id).await?;
    let emails = found::emails(&app, std::slice::from_ref(&sold)).await?;
    let releases = releases_of(&app, sold.order.lines.iter().map(|line| line.track_id.clone()).collect()).await?;
    let papers = app.shop.receipts.list(&sold.user_id, &id).await?;
    shown::html(OperatorOrderPage {
        page: visit.layout(),
        lines: sold.order.lines.iter().map(|line| line_of(line, &releases, None)).collect(),
        sold: sold_row(sold, &emails),
        papers: papers.into_iter().map(paper_of).collect(),
    })
}

/// `/operator/papers/{id}/pdf`
pub async fn paper(State(app): State<App>, _: Operating, Path(id): Path<String>) -> Result<Response, Problem> {
    found::any_pdf(&app, &id).await
}

/// `/operator/listeners`
pub async fn listeners(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<ListenersQuery>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let page = app.shop.users.look_up(&asked.q, paging.after, LISTENERS_ON_A_PAGE).await?;
    let mut rows = Vec::with_capacity(page.items.len());
    for user in page.items {
        rows.push(listener_row(&found::known(&app, user).await?));
    }
    let path = address("/operator/listeners", &[("q", &asked.q)]);
    shown::html(OperatorListenersPage {
        page: visit.layout(),
        listeners: rows,
        pager: shown::pager(&visit, &path, is_first, page.next.as_deref()),
        words: asked.q,
    })
}

fn listener_row(known: &Known) -> ListenerRow {
    ListenerRow {
        id: known.user.id.clone(),
        email: known.user.email.clone(),
        is_operator: known.user.role == shop::users::Role::Operator,
        standing: known.standing,
        created_us: known.user.created_us,
        balance_micros: known.balance.balance_micros,
        held_micros: known.balance.held_micros,
    }
}

/// `/operator/listeners/{id}`
pub async fn listener(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let (known, is_first) = (found::known_by_id(&app, &id).await?, paging.after.is_none());
    let page = app.shop.wallet.entries(&id, paging.after, ENTRIES_ON_A_PAGE).await?;
    let entries = balance::told_entries(&app, &id, page.items).await?;
    shown::html(OperatorListenerPage {
        page: visit.layout(),
        listener: listener_row(&known),
        purchased_micros: known.balance.purchased_micros,
        promotional_micros: known.balance.promotional_micros,
        voucher_micros: known.balance.voucher_micros,
        entries,
        pager: shown::pager(&visit, &format!("/operator/listeners/{id}"), is_first, page.next.as_deref()),
    })
}
