//! The basket, and buying: what it costs now, the promise, the order.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::consents::Kind as ConsentKind;
use shop::formats::Format;
use shop::orders::{Item, OrderError, Quote};

use super::shown;
use crate::api::consents::{agree_to, required};
use crate::http::{App, Basket, Kind, MAX_BASKET_ITEMS, Posted, Problem, Query, Signed, Visit, item_of, item_text};
use crate::pages::{BasketItem, BasketPage, BasketSource, Consent, Layout, Price, Reason, Refusal};

/// The format that prices are wanted for.
#[derive(Deserialize)]
pub struct BasketQuery {
    format: Option<String>,
}

/// `/basket`
pub async fn basket(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<BasketQuery>,
) -> Result<Response, Problem> {
    let format = shown::chosen_format(&visit, asked.format.as_deref())?;
    let items = visit.cookies().basket.items().to_vec();
    let mut page = page(&app, &visit, visit.layout(), (BasketSource::Basket, items.clone()), format).await?;
    // What has left the shop leaves the basket too.
    let mut kept = Basket::default();
    items.iter().filter(|item| page.items.iter().any(|s| s.item == item_text(item))).for_each(|i| kept.add(i.clone()));
    page.page.basket_count = u32::try_from(kept.items().len()).unwrap_or(u32::MAX);
    let mut response = shown::html(page)?;
    let cookies = visit.cookies();
    response.headers_mut().append(header::SET_COOKIE, cookies.set_format(&format.to_string()));
    if kept != cookies.basket {
        response.headers_mut().append(header::SET_COOKIE, cookies.set_basket(&kept));
    }
    Ok(response)
}

/// One thing to buy.
#[derive(Deserialize)]
pub struct BuyQuery {
    item: String,
    format: Option<String>,
}

/// `/buy`
pub async fn buy(State(app): State<App>, visit: Visit, Query(asked): Query<BuyQuery>) -> Result<Response, Problem> {
    let format = shown::chosen_format(&visit, asked.format.as_deref())?;
    let item = item_of(&asked.item).ok_or_else(|| Problem::not_found("thing to buy"))?;
    let page = page(&app, &visit, visit.layout(), (BasketSource::BuyNow, vec![item]), format).await?;
    if page.items.is_empty() {
        return Err(Problem::not_found("thing to buy"));
    }
    shown::html(page)
}

/// Something that goes in or out.
#[derive(Deserialize)]
pub struct ItemForm {
    item: String,
    format: Option<String>,
}

/// `POST /basket`
pub async fn add(State(app): State<App>, visit: Visit, Posted(form): Posted<ItemForm>) -> Result<Response, Problem> {
    let item = item_of(&form.item).ok_or_else(|| Problem::not_found("thing to buy"))?;
    let mut basket = visit.cookies().basket.clone();
    if basket.items().len() >= MAX_BASKET_ITEMS && !basket.items().contains(&item) {
        return full(&app, &visit).await;
    }
    basket.add(item);
    let mut response = shown::go(&visit, "/basket", "added").into_response();
    let cookies = visit.cookies();
    response.headers_mut().append(header::SET_COOKIE, cookies.set_basket(&basket));
    if let Some(format) = form.format.and_then(|text| text.parse::<Format>().ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookies.set_format(&format.to_string()));
    }
    Ok(response)
}

/// The basket as it is, which has no room for more.
async fn full(app: &App, visit: &Visit) -> Result<Response, Problem> {
    let items = visit.cookies().basket.items().to_vec();
    let format = shown::chosen_format(visit, None)?;
    let refusal = Some(Refusal::BasketFull { limit: MAX_BASKET_ITEMS as u32 });
    let page = page(app, visit, visit.layout_of("/basket"), (BasketSource::Basket, items), format).await?;
    shown::refused(refusal, BasketPage { refusal, ..page })
}

/// `POST /basket/remove`
pub async fn remove(visit: Visit, Posted(form): Posted<ItemForm>) -> Result<Response, Problem> {
    let mut basket = visit.cookies().basket.clone();
    if let Some(item) = item_of(&form.item) {
        basket.remove(&item);
    }
    let mut response = shown::go(&visit, "/basket", "removed").into_response();
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_basket(&basket));
    Ok(response)
}

/// The buy button.
#[derive(Deserialize)]
pub struct OrderForm {
    key: String,
    source: String,
    format: String,
    items: String,
    promise_micros: i64,
    consent_immediate_supply: Option<u32>,
    consent_lawful_country: Option<u32>,
}

/// `POST /orders`
pub async fn place(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(form): Posted<OrderForm>,
) -> Result<Response, Problem> {
    let items: Vec<Item> = form.items.split(',').filter_map(item_of).collect();
    let format: Format =
        form.format.parse().map_err(|_| Problem::new(Kind::UnknownFormat, "Choose another format."))?;
    let order = match try_to_buy(&app, (&visit, &signed), &form, (items.clone(), format)).await {
        Ok(order) => order,
        Err(Stopped::Problem(problem)) => return Err(problem),
        Err(Stopped::Refused(refusal)) => return refused(&app, &visit, form, (items, format, refusal)).await,
    };
    let mut response = shown::go(&visit, &format!("/orders/{order}"), "ordered").into_response();
    if form.source == "basket" {
        let mut basket = visit.cookies().basket.clone();
        items.iter().for_each(|item| basket.remove(item));
        response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_basket(&basket));
    }
    Ok(response)
}

enum Stopped {
    Refused(Refusal),
    Problem(Problem),
}

/// Buys at no more than the page promised; returns the order's id.
async fn try_to_buy(
    app: &App,
    (visit, signed): (&Visit, &Signed),
    form: &OrderForm,
    (items, format): (Vec<Item>, Format),
) -> Result<String, Stopped> {
    let user = &signed.session.user;
    let orders = app.shop.orders.seen_from(visit.address());
    let quote = orders.quote_for(Some(&user.id), items.clone(), format).await.map_err(stopped)?;
    if quote.total_micros > form.promise_micros {
        return Err(Stopped::Refused(Refusal::PriceChanged));
    }
    agree(app, visit, signed, form).await?;
    let placed = orders.place(&user.id, &form.key, items, format).await.map_err(stopped)?;
    Ok(placed.order.id)
}

/// Keeps what was ticked. What was ticked in a version that is not in force any more is shown anew.
async fn agree(app: &App, visit: &Visit, signed: &Signed, form: &OrderForm) -> Result<(), Stopped> {
    let ticked = [
        (ConsentKind::ImmediateSupply, form.consent_immediate_supply),
        (ConsentKind::LawfulCountry, form.consent_lawful_country),
    ];
    for (kind, version) in ticked {
        let Some(version) = version else { continue };
        let agreement = (kind, version, visit.lang().code());
        match agree_to(app, &signed.session.user, visit.address(), agreement).await {
            Ok(()) => (),
            Err(problem) if matches!(problem.kind, Kind::Conflict | Kind::NotFound) => {
                return Err(Stopped::Refused(Refusal::ConsentMissing));
            }
            Err(problem) => return Err(Stopped::Problem(problem)),
        }
    }
    Ok(())
}

fn stopped(error: OrderError) -> Stopped {
    Stopped::Refused(match error {
        OrderError::TooLittle { needed_micros, balance_micros } => {
            Refusal::BalanceShort { missing_micros: needed_micros.saturating_sub(balance_micros) }
        }
        OrderError::NoItems | OrderError::Unknown(_) => Refusal::NothingToBuy,
        OrderError::DoesNotFit { .. } => Refusal::FormatUnavailable,
        OrderError::ConsentRequired(_) => Refusal::ConsentMissing,
        OrderError::CountryUnknown => Refusal::CountryUnknown,
        // Somebody went back to a page that had bought something already, and chose differently.
        OrderError::KeyReused => Refusal::FormExpired,
        other => return Stopped::Problem(other.into()),
    })
}

/// The page again, with the reason, and under the same key unless that key is spent.
async fn refused(
    app: &App,
    visit: &Visit,
    form: OrderForm,
    (items, format, refusal): (Vec<Item>, Format, Refusal),
) -> Result<Response, Problem> {
    let (source, path) = match (form.source.as_str(), items.first()) {
        ("buy", Some(item)) => (BasketSource::BuyNow, format!("/buy?item={}&format={format}", item_text(item))),
        _ => (BasketSource::Basket, "/basket".to_owned()),
    };
    let mut page = page(app, visit, visit.layout_of(&path), (source, items), format).await?;
    if refusal != Refusal::FormExpired {
        page.idempotency_key = form.key;
    }
    page.refusal = Some(refusal);
    shown::refused(Some(refusal), page)
}

/// The page of these items; those not on sale are left out.
async fn page(
    app: &App,
    visit: &Visit,
    layout: Layout,
    (source, items): (BasketSource, Vec<Item>),
    format: Format,
) -> Result<BasketPage, Problem> {
    let mut shown_items = Vec::with_capacity(items.len());
    for item in &items {
        shown_items.extend(basket_item(app, visit, item, format).await?);
    }
    let total = match visit.quote(app, items_of(&shown_items), format).await {
        Ok(quote) => Some(shown::total(&quote)),
        Err(OrderError::DoesNotFit { .. } | OrderError::NoItems | OrderError::Unknown(_)) => None,
        Err(e) => return Err(e.into()),
    };
    Ok(BasketPage {
        page: layout,
        source,
        items: shown_items,
        formats: shown::formats(),
        format: format.to_string(),
        total,
        idempotency_key: app.shop.clock.new_id(),
        refusal: None,
        consents: consents(app, visit).await?,
    })
}

/// What somebody signed in has to agree to before she buys.
async fn consents(app: &App, visit: &Visit) -> Result<Vec<Consent>, Problem> {
    let Some(signed) = visit.signed() else { return Ok(Vec::new()) };
    let required = required(app, &signed.session.user, visit.address()).await?;
    let consent = |required: shop::consents::Required| {
        let (language, text) = required.text.in_language(visit.lang().code());
        Consent {
            kind: required.text.kind.name().to_owned(),
            version: required.text.version,
            language: language.to_owned(),
            text: text.to_owned(),
            country: required.country,
        }
    };
    Ok(required.into_iter().map(consent).collect())
}

fn items_of(shown: &[BasketItem]) -> Vec<Item> {
    shown.iter().filter_map(|item| item_of(&item.item)).collect()
}

/// A thing to buy with its price; none if it is not on sale.
async fn basket_item(app: &App, visit: &Visit, item: &Item, format: Format) -> Result<Option<BasketItem>, Problem> {
    let quote = match visit.quote(app, vec![item.clone()], format).await {
        Ok(quote) => Some(quote),
        Err(OrderError::DoesNotFit { .. }) => None,
        Err(OrderError::Unknown(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let price = quote.as_ref().map(shown::total);
    let reasons = quote.as_ref().map(|quote| reasons(quote, price)).unwrap_or_default();
    let catalog = &app.shop.catalog;
    Ok(match item {
        Item::Release(id) => catalog.cards(vec![id.clone()]).await?.pop().map(|card| BasketItem {
            item: item_text(item),
            title: card.title,
            artists: shown::credits(card.artists),
            release_id: card.id,
            release_title: String::new(),
            has_cover: card.cover.is_some(),
            tracks: quote.map_or(0, |quote| u32::try_from(quote.lines.len()).unwrap_or(u32::MAX)),
            price,
            reasons,
        }),
        Item::Track(id) => catalog.track(id).await?.map(|found| BasketItem {
            item: item_text(item),
            title: found.track.title,
            artists: shown::credits(found.track.artists),
            release_id: found.release.id,
            release_title: found.release.title,
            has_cover: found.release.cover.is_some(),
            tracks: 1,
            price,
            reasons,
        }),
    })
}

/// Why it costs that, each reason once.
fn reasons(quote: &Quote, price: Option<Price>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for reason in quote.lines.iter().flat_map(|line| &line.reasons) {
        let reason = match *reason {
            shop::orders::Reason::PricePerMb { price_per_mb_micros } => {
                Reason::PerMegabyte { price_micros: price_per_mb_micros }
            }
            shop::orders::Reason::Tax { ppm, included, .. } => Reason::Tax { ppm, included },
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if price.is_some_and(|price| !price.is_exact()) {
        reasons.push(Reason::SizeUnknown);
    }
    reasons
}
