//! `/quotes`, `/orders`.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use shop::geoip::Country;

use shop::orders::Wish;

use super::words;
use crate::http::{Anybody, App, Json, Kind, Language, Member, Origin, Paging, Path, Problem, Query, Whereabouts};

/// `POST /quotes`
pub async fn quote(
    State(app): State<App>,
    Anybody(member): Anybody,
    Language(lang): Language,
    Whereabouts(address): Whereabouts,
    Json(asked): Json<wire::QuoteRequest>,
) -> Result<axum::Json<wire::Quote>, Problem> {
    let format = words::format_of(&asked.format)?;
    let items = words::items(asked.items);
    let sizing = asked.exact && app.shop.orders.find_sizes(items.clone(), format).await?;
    let wish = Wish { code: asked.code, ..Wish::new(items, format) };
    let quote = app.shop.orders.seen_from(address).quote_for(member.as_ref().map(Member::id), wish).await?;
    Ok(axum::Json(words::quote(quote, format, sizing, &lang)))
}

/// The key under which a request can be repeated.
pub fn key_of(parts: &Parts) -> Result<String, Problem> {
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::trim);
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
        let detail = "Send the header Idempotency-Key with text of your own, a new one for each order; \
                      to repeat an order that got no answer, send the same again.";
        Problem::new(Kind::KeyMissing, detail)
    })?;
    Ok(key.to_owned())
}

/// Who orders, under which key, and under which address she sees the shop.
pub struct Buyer {
    member: Member,
    key: String,
    origin: Origin,
    address: Option<Country>,
}

impl FromRequestParts<App> for Buyer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Buyer, Problem> {
        let member = Member::from_request_parts(parts, app).await?;
        let Ok(origin) = Origin::from_request_parts(parts, app).await;
        let Ok(Whereabouts(address)) = Whereabouts::from_request_parts(parts, app).await;
        let key = key_of(parts)?;
        Ok(Buyer { member, key, origin, address })
    }
}

/// `POST /orders`
pub async fn place(
    State(app): State<App>,
    buyer: Buyer,
    Json(new): Json<wire::NewOrder>,
) -> Result<(StatusCode, axum::Json<wire::Order>), Problem> {
    let format = words::format_of(&new.format)?;
    let user = buyer.member.id();
    let wish = Wish {
        code: new.code,
        promised_micros: new.promised_total_micros,
        ..Wish::new(words::items(new.items), format)
    };
    let placed = app.shop.orders.seen_from(buyer.address).place_wish(user, &buyer.key, wish).await?;
    let status = if placed.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let order = whole(&app, user, &placed.order.id, &buyer.origin).await?;
    Ok((status, axum::Json(order)))
}

/// `GET /orders/{id}`
pub async fn order(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
    origin: Origin,
) -> Result<axum::Json<wire::Order>, Problem> {
    Ok(axum::Json(whole(&app, member.id(), &id, &origin).await?))
}

/// `GET /orders`: newest first.
pub async fn orders(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::Order>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.orders.list(member.id(), paging.after, limit).await?;
    Ok(axum::Json(words::page(page, |order| words::order(order, Vec::new()))))
}

async fn whole(app: &App, user: &str, id: &str, Origin(origin): &Origin) -> Result<wire::Order, Problem> {
    let order = app.shop.downloads.order(user, id).await?.ok_or_else(|| Problem::not_found("order"))?;
    let zips = app.shop.downloads.zips(user, id).await?.into_iter();
    let zips = zips.map(|zip| wire::OrderZip { url: format!("{origin}{}", zip.path), release: zip.release_id });
    Ok(words::order(order, zips.collect()))
}
