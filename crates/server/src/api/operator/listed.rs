//! `releases`, `orders`, `listeners`: what operators look up. Also for the pages: what is found for what was typed.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use shop::catalog::search::Kind as Searched;
use shop::catalog::{ListedRelease, Wanted};
use shop::clock::ID_CHARS;
use shop::db::DbError;
use shop::declared::Refused;
use shop::orders::{Placing, SoldOrder};
use shop::page::Page;
use shop::users::User;
use shop::wallet::Balance;

use super::resource::instant_if;
use super::routes::Operator;
use crate::api::papers;
use crate::api::words;
use crate::http::{App, Paging, Path, Problem, Query};

const DAY_US: i64 = 86_400_000_000;
/// Characters of a day: `2026-11-21`.
const DAY_CHARS: usize = 10;

/// The addresses, below `/api/v1`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/operator/releases", get(releases))
        .route("/operator/releases/{id}/withdraw", post(withdraw))
        .route("/operator/releases/{id}/restore", post(restore))
        .route("/operator/orders", get(orders))
        .route("/operator/orders/{id}", get(order))
        .route("/operator/orders/{id}/papers", get(order_papers))
        .route("/operator/papers/{id}", get(paper))
        .route("/operator/papers/{id}/pdf", get(paper_as_pdf))
        .route("/operator/listeners", get(listeners))
        .route("/operator/listeners/{id}", get(listener))
        .route("/operator/listeners/{id}/entries", get(entries))
}

/// Which releases.
#[derive(Debug, Default, Deserialize)]
pub struct ReleasesQuery {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub state: String,
}

impl ReleasesQuery {
    fn on_sale(&self) -> Result<Option<bool>, Refused> {
        match self.state.as_str() {
            "" => Ok(None),
            "on_sale" => Ok(Some(true)),
            "withdrawn" => Ok(Some(false)),
            _ => Err(Refused::field("state", "it is on_sale or withdrawn")),
        }
    }

    /// A page of what was asked for: by id or GTIN, by title, or the latest. Of titles the withdrawn ones come first: they answer
    /// to what is written alone, and the search to much more.
    pub async fn find(&self, app: &App, after: Option<String>, limit: u32) -> Result<Page<ListedRelease>, Problem> {
        let (on_sale, words) = (self.on_sale()?, self.q.trim());
        let catalog = &app.shop.catalog;
        if words.is_empty() {
            let wanted = on_sale.map_or(Wanted::All, Wanted::OnSale);
            return Ok(catalog.look_up(wanted, after, limit).await?);
        }
        let mut found = catalog.look_up(Wanted::Numbered(words.to_lowercase()), None, limit).await?;
        if !found.items.is_empty() {
            found.items.retain(|release| on_sale.is_none_or(|wanted| release.card.on_sale == wanted));
            return Ok(found);
        }
        // The search counts its places; what is as long as an id is one.
        let place = after.as_ref().filter(|after| after.len() < ID_CHARS).and_then(|after| after.parse::<u32>().ok());
        if place.is_none() && on_sale != Some(true) {
            found = catalog.look_up(Wanted::Withdrawn(words.to_owned()), after, limit).await?;
            if found.next.is_some() || on_sale.is_some() {
                return Ok(found);
            }
        }
        let left = limit.saturating_sub(u32::try_from(found.items.len()).unwrap_or(limit));
        if on_sale == Some(false) || left == 0 {
            found.next = on_sale.is_none().then(|| 0.to_string());
            return Ok(found);
        }
        let place = place.map(|place| place.to_string());
        let titled = app.shop.search.find(words, Some(Searched::Release), place.as_deref(), left)?;
        let ids = catalog.hits(titled.items).await?.into_iter().map(|hit| hit.id).collect();
        found.items.extend(catalog.look_up(Wanted::Ids(ids), None, left).await?.items);
        found.next = titled.next;
        Ok(found)
    }
}

async fn releases(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<ReleasesQuery>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::operator::ListedRelease>>, Problem> {
    let limit = paging.limit();
    Ok(axum::Json(words::page(asked.find(&app, paging.after, limit).await?, release_word)))
}

fn release_word(release: ListedRelease) -> wire::operator::ListedRelease {
    let ListedRelease { card, gtin, catalog_number } = release;
    wire::operator::ListedRelease { release: words::summary(card), gtin, catalog_number }
}

async fn withdraw(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::ListedRelease>, Problem> {
    Ok(axum::Json(release_word(set_on_sale(&app, &id, false).await?)))
}

async fn restore(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::ListedRelease>, Problem> {
    Ok(axum::Json(release_word(set_on_sale(&app, &id, true).await?)))
}

/// Takes a release off sale, or puts it back; twice, the second time changes nothing.
pub async fn set_on_sale(app: &App, id: &str, on_sale: bool) -> Result<ListedRelease, Problem> {
    let catalog = &app.shop.catalog;
    let changed = if on_sale { catalog.restore(id).await? } else { catalog.withdraw(id).await? };
    changed.ok_or_else(|| Problem::not_found("release"))?;
    let found = catalog.look_up(Wanted::Ids(vec![id.to_owned()]), None, 1).await?.items.pop();
    found.ok_or_else(|| Problem::not_found("release"))
}

/// Which orders.
#[derive(Debug, Default, Deserialize)]
pub struct OrdersQuery {
    #[serde(default)]
    pub listener: String,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub until: String,
}

impl OrdersQuery {
    /// What is asked for, in the shop's terms. A day at the end is meant with all its hours.
    pub async fn placing(&self, app: &App) -> Result<Placing, Refused> {
        let text = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (from, until) = (text(&self.from), text(&self.until));
        let from_us = instant_if("from", from.as_deref())?;
        let is_day = until.as_ref().is_some_and(|until| until.len() == DAY_CHARS);
        let until_us = instant_if("until", until.as_deref())?.map(|at_us| at_us + if is_day { DAY_US } else { 0 });
        if let (Some(from), Some(until)) = (from_us, until_us)
            && from >= until
        {
            return Err(Refused::field("until", "it ends before it begins"));
        }
        let user_id = match text(&self.listener) {
            None => None,
            Some(who) => {
                let found = match app.shop.users.by_email(&who).await? {
                    Some(found) => Some(found),
                    None => app.shop.users.by_id(&who.to_lowercase()).await?,
                };
                let unknown = || Refused::field("listener", "nobody has this address or id");
                Some(found.ok_or_else(unknown)?.id)
            }
        };
        Ok(Placing { user_id, from_us, until_us })
    }
}

async fn orders(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<OrdersQuery>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::operator::SoldOrder>>, Problem> {
    let (which, limit) = (asked.placing(&app).await?, paging.limit());
    let page = app.shop.orders.all(which, paging.after, limit).await?;
    let emails = emails(&app, &page.items).await?;
    Ok(axum::Json(words::page(page, |sold| order_word(sold, &emails))))
}

/// Where letters to those who placed these orders go, by their ids.
pub async fn emails(app: &App, orders: &[SoldOrder]) -> Result<HashMap<String, String>, DbError> {
    let mut emails = HashMap::new();
    for sold in orders {
        if !emails.contains_key(&sold.user_id)
            && let Some(user) = app.shop.users.by_id(&sold.user_id).await?
        {
            emails.insert(user.id, user.email);
        }
    }
    Ok(emails)
}

fn order_word(sold: SoldOrder, emails: &HashMap<String, String>) -> wire::operator::SoldOrder {
    let email = emails.get(&sold.user_id).cloned().unwrap_or_default();
    wire::operator::SoldOrder { order: words::order(sold.order, Vec::new()), user: sold.user_id, email }
}

async fn order(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::SoldOrder>, Problem> {
    let sold = sold(&app, &id).await?;
    let emails = emails(&app, std::slice::from_ref(&sold)).await?;
    Ok(axum::Json(order_word(sold, &emails)))
}

/// An order, whoever placed it.
pub async fn sold(app: &App, id: &str) -> Result<SoldOrder, Problem> {
    app.shop.orders.anybodys(id).await?.ok_or_else(|| Problem::not_found("order"))
}

async fn order_papers(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Page<wire::Paper>>, Problem> {
    let sold = sold(&app, &id).await?;
    let papers = app.shop.receipts.list(&sold.user_id, &id).await?;
    Ok(axum::Json(wire::Page { items: papers.into_iter().map(papers::word).collect(), next: None }))
}

async fn paper(State(app): State<App>, _: Operator, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = app.shop.receipts.anybodys(&id).await?.ok_or_else(|| Problem::not_found("paper"))?;
    Ok(papers::json(&found))
}

/// `GET /operator/papers/{id}/pdf`, and the page's link to it.
pub async fn paper_as_pdf(State(app): State<App>, _: Operator, Path(id): Path<String>) -> Result<Response, Problem> {
    any_pdf(&app, &id).await
}

/// A paper as a PDF, whoever it is made out to.
pub async fn any_pdf(app: &App, id: &str) -> Result<Response, Problem> {
    papers::pdf(&app.shop.receipts.anybodys(id).await?.ok_or_else(|| Problem::not_found("paper"))?)
}

/// Whom to look up.
#[derive(Debug, Default, Deserialize)]
pub struct ListenersQuery {
    #[serde(default)]
    pub q: String,
}

/// A listener with what he has.
pub struct Known {
    pub user: User,
    /// `listener` or `buyer`.
    pub standing: &'static str,
    pub balance: Balance,
}

/// What is known of a listener.
pub async fn known(app: &App, user: User) -> Result<Known, DbError> {
    let standing = app.shop.previews.hearing(Some(&user.id)).await?.standing.as_str();
    Ok(Known { balance: app.shop.wallet.balance(&user.id).await?, standing, user })
}

/// A listener by id.
pub async fn known_by_id(app: &App, id: &str) -> Result<Known, Problem> {
    let user = app.shop.users.by_id(id).await?.ok_or_else(|| Problem::not_found("listener"))?;
    Ok(known(app, user).await?)
}

fn listener_word(known: Known) -> wire::operator::Listener {
    wire::operator::Listener {
        user: words::me(known.user),
        standing: known.standing.to_owned(),
        wallet: words::wallet(known.balance),
    }
}

async fn listeners(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<ListenersQuery>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::operator::Listener>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.users.look_up(&asked.q, paging.after, limit).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for user in page.items {
        items.push(listener_word(known(&app, user).await?));
    }
    Ok(axum::Json(wire::Page { items, next: page.next }))
}

async fn listener(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::operator::Listener>, Problem> {
    Ok(axum::Json(listener_word(known_by_id(&app, &id).await?)))
}

async fn entries(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::WalletEntry>>, Problem> {
    let (known, limit) = (known_by_id(&app, &id).await?, paging.limit());
    let page = app.shop.wallet.entries(&known.user.id, paging.after, limit).await?;
    Ok(axum::Json(words::page(page, words::entry)))
}
