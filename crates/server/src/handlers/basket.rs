//! The basket, and buying: what it costs now, the promise, the order.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::catalog::{MasterFacts, ReleaseCard, TrackPage};
use shop::consents::Kind as ConsentKind;
use shop::db::DbError;
use shop::formats::{Class, Format};
use shop::offers;
use shop::orders::{Item, OrderError, Quote, Wish};

use super::shown;
use crate::api::consents::{agree_to, required};
use crate::api::words::shown_reason;
use crate::http::{
    App, Basket, Kind, MAX_BASKET_ITEMS, Posted, Problem, Query, Sent, Signed, Visit, item_of, item_text,
};
use crate::pages::{
    BasketItem, BasketPage, BasketSource, Consent, Field, FormatGroup, Lang, Layout, Price, Reason, Refusal,
};

/// The format that prices are wanted for.
#[derive(Deserialize)]
pub struct BasketQuery {
    format: Option<String>,
    #[serde(default)]
    code: String,
    /// Since when the exact price is being found.
    sizing: Option<i64>,
}

/// `/basket`
pub async fn basket(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<BasketQuery>,
) -> Result<Response, Problem> {
    let format = shown::chosen_format(&visit, asked.format.as_deref())?;
    let items = visit.cookies().basket.items().to_vec();
    let till = Till { sizing_since_s: asked.sizing, ..Till::of(&visit, format, asked.code) };
    let mut page = page(&app, visit.layout(), (BasketSource::Basket, items.clone()), till).await?;
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
    #[serde(default)]
    code: String,
    /// Since when the exact price is being found.
    sizing: Option<i64>,
}

/// `/buy`
pub async fn buy(State(app): State<App>, visit: Visit, Query(asked): Query<BuyQuery>) -> Result<Response, Problem> {
    let format = shown::chosen_format(&visit, asked.format.as_deref())?;
    let item = item_of(&asked.item).ok_or_else(|| Problem::not_found("thing to buy"))?;
    let till = Till { sizing_since_s: asked.sizing, ..Till::of(&visit, format, asked.code) };
    let page = page(&app, visit.layout(), (BasketSource::BuyNow, vec![item]), till).await?;
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
    /// The page of a release to go on with, without the language.
    back: Option<String>,
}

/// `POST /basket`
pub async fn add(State(app): State<App>, visit: Visit, sent: Sent<ItemForm>) -> Result<Response, Problem> {
    let form = sent.harmless()?;
    let item = item_of(&form.item).ok_or_else(|| Problem::not_found("thing to buy"))?;
    let mut basket = visit.cookies().basket.clone();
    if basket.items().len() >= MAX_BASKET_ITEMS && !basket.items().contains(&item) {
        return full(&app, &visit).await;
    }
    let notice = put_in(&app, &mut basket, item).await?;
    let back = form.back.as_deref().and_then(shown::inner_path).filter(|back| back.starts_with("/releases/"));
    let mut response = shown::go(&visit, back.unwrap_or("/basket"), notice).into_response();
    let cookies = visit.cookies();
    response.headers_mut().append(header::SET_COOKIE, cookies.set_basket(&basket));
    if let Some(format) = form.format.and_then(|text| text.parse::<Format>().ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookies.set_format(&format.to_string()));
    }
    Ok(response)
}

/// Puts something in, and says with which notice. A track of a release that is in the basket is in it already; a release takes
/// the place of its tracks.
async fn put_in(app: &App, basket: &mut Basket, item: Item) -> Result<&'static str, Problem> {
    match &item {
        Item::Track(id) => {
            let release = app.shop.catalog.track(id).await?.map(|found| Item::Release(found.release.id));
            if release.is_some_and(|release| basket.items().contains(&release)) {
                return Ok("in-album");
            }
        }
        Item::Release(id) => {
            let release = app.shop.catalog.release(id).await?;
            let tracks = release.iter().flat_map(|release| release.tracks());
            tracks.for_each(|track| basket.remove(&Item::Track(track.id.clone())));
        }
    }
    basket.add(item);
    Ok("added")
}

/// The basket as it is, which has no room for more.
async fn full(app: &App, visit: &Visit) -> Result<Response, Problem> {
    let items = visit.cookies().basket.items().to_vec();
    let format = shown::chosen_format(visit, None)?;
    let refusal = Some(Refusal::BasketFull { limit: MAX_BASKET_ITEMS as u32 });
    let page =
        page(app, visit.layout_of("/basket"), (BasketSource::Basket, items), Till::of(visit, format, String::new()))
            .await?;
    shown::refused(refusal, BasketPage { refusal, ..page })
}

/// `POST /basket/remove`
pub async fn remove(visit: Visit, sent: Sent<ItemForm>) -> Result<Response, Problem> {
    let form = sent.harmless()?;
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
    #[serde(default)]
    code: String,
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
        Err(Stopped::Owned(orders)) => return Ok(ended(&visit, &form, &items, (&shown::files_of(&orders), "owned"))),
    };
    Ok(ended(&visit, &form, &items, (&format!("/orders/{order}"), "ordered")))
}

/// To the files; what was bought, now or before, leaves the basket.
fn ended(visit: &Visit, form: &OrderForm, items: &[Item], (files, notice): (&str, &str)) -> Response {
    let mut response = shown::go(visit, files, notice).into_response();
    if form.source == "basket" {
        let mut basket = visit.cookies().basket.clone();
        items.iter().for_each(|item| basket.remove(item));
        response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_basket(&basket));
    }
    response
}

/// The boxes that were ticked, each with the version of its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticked {
    pub immediate_supply: Option<u32>,
    pub lawful_country: Option<u32>,
}

/// Why nothing was bought.
pub enum Stopped {
    Refused(Refusal),
    /// All of it came with these orders.
    Owned(Vec<String>),
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
    let ticked =
        Ticked { immediate_supply: form.consent_immediate_supply, lawful_country: form.consent_lawful_country };
    agree(app, visit, signed, ticked).await?;
    let code = (!form.code.is_empty()).then(|| form.code.clone());
    let wish = Wish { code, promised_micros: Some(form.promise_micros), only_new: true, ..Wish::new(items, format) };
    let orders = app.shop.orders.seen_from(visit.address());
    let placed = orders.place_wish(&user.id, &form.key, wish).await.map_err(stopped)?;
    Ok(placed.order.id)
}

/// Keeps what was ticked. What was ticked in a version that is not in force any more is shown anew.
pub async fn agree(app: &App, visit: &Visit, signed: &Signed, ticked: Ticked) -> Result<(), Stopped> {
    let ticked =
        [(ConsentKind::ImmediateSupply, ticked.immediate_supply), (ConsentKind::LawfulCountry, ticked.lawful_country)];
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
        OrderError::PriceRose { .. } => Refusal::PriceChanged,
        OrderError::CodeUnknown => Refusal::CodeUnknown,
        OrderError::CodeUsed => Refusal::CodeUsed,
        OrderError::NoItems | OrderError::Unknown(_) => Refusal::NothingToBuy,
        OrderError::DoesNotFit { .. } => Refusal::FormatUnavailable,
        OrderError::ConsentRequired(_) => Refusal::ConsentMissing,
        OrderError::CountryUnknown => Refusal::CountryUnknown,
        // Somebody went back to a page that had bought something already, and chose differently.
        OrderError::KeyReused => Refusal::FormExpired,
        OrderError::Owned { order_ids } => return Stopped::Owned(order_ids),
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
    let till = Till::of(visit, format, form.code);
    let mut page = page(app, visit.layout_of(&path), (source, items), till).await?;
    if refusal != Refusal::FormExpired {
        page.idempotency_key = form.key;
    }
    page.refusal = Some(refusal);
    shown::refused(Some(refusal), page)
}

/// Who buys, in which format, with which code.
struct Till<'a> {
    visit: &'a Visit,
    format: Format,
    code: String,
    sizing_since_s: Option<i64>,
}

impl Till<'_> {
    fn of(visit: &Visit, format: Format, code: String) -> Till<'_> {
        Till { visit, format, code: code.trim().to_owned(), sizing_since_s: None }
    }

    /// What items cost him; a code that is none is left out, and why.
    async fn quote(&self, app: &App, items: Vec<Item>) -> Result<(Quote, Option<Refusal>), OrderError> {
        let wish = Wish::new(items, self.format);
        if self.code.is_empty() {
            return Ok((self.visit.quote_wish(app, wish).await?, None));
        }
        let refusal = match self.visit.quote_wish(app, Wish { code: Some(self.code.clone()), ..wish.clone() }).await {
            Err(OrderError::CodeUnknown) => Refusal::CodeUnknown,
            Err(OrderError::CodeUsed) => Refusal::CodeUsed,
            quoted => return Ok((quoted?, None)),
        };
        Ok((self.visit.quote_wish(app, wish).await?, Some(refusal)))
    }
}

/// The page of these items; those not on sale are left out.
async fn page(
    app: &App,
    layout: Layout,
    (source, items): (BasketSource, Vec<Item>),
    till: Till<'_>,
) -> Result<BasketPage, Problem> {
    let mut shown_items = Vec::with_capacity(items.len());
    let mut formats: Option<Vec<FormatGroup>> = None;
    let known = Known::of(app, &items).await?;
    for item in &items {
        let Some((item, of_item)) = basket_item(app, item, &till, &known).await? else { continue };
        shown_items.push(item);
        formats = Some(formats.map_or_else(|| of_item.clone(), |formats| shown::common(formats, &of_item)));
    }
    let whole: Vec<String> =
        shown_items.iter().filter(|item| item.release_title.is_empty()).map(|item| item.release_id.clone()).collect();
    for track in shown_items.iter_mut().filter(|item| !item.release_title.is_empty()) {
        track.is_within = whole.contains(&track.release_id);
    }
    let (quote, code_refusal) = match till.quote(app, items_of(&shown_items)).await {
        Ok((quote, refusal)) => (Some(quote), refusal),
        Err(OrderError::DoesNotFit { .. } | OrderError::NoItems | OrderError::Unknown(_)) => (None, None),
        Err(e) => return Err(e.into()),
    };
    let code_applies = quote.as_ref().and_then(|quote| quote.code_applies);
    let code = match code_refusal {
        Some(refusal) => Field::refused(till.code, refusal),
        None => Field::holding(till.code),
    };
    Ok(BasketPage {
        page: layout,
        source,
        items: shown_items,
        formats: formats.filter(|formats| !formats.is_empty()).unwrap_or_else(shown::formats),
        format: till.format.to_string(),
        format_name: till.format.info().name,
        sizing: till.sizing_since_s.and_then(|since_s| shown::sizing(app, quote.as_ref()?, since_s)),
        total: quote.as_ref().map(shown::total),
        owned: quote.as_ref().and_then(Quote::owned).map(|orders| shown::files_of(&orders)),
        code,
        code_applies: code_applies == Some(true),
        idempotency_key: app.shop.clock.new_id(),
        refusal: None,
        consents: consents(app, till.visit).await?,
    })
}

/// What somebody signed in has to agree to before she buys.
pub async fn consents(app: &App, visit: &Visit) -> Result<Vec<Consent>, Problem> {
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

/// What the page says of things to buy, read for all of them at once.
struct Known {
    releases: HashMap<String, (ReleaseCard, Vec<MasterFacts>)>,
    tracks: HashMap<String, TrackPage>,
    classes: HashMap<String, Vec<Class>>,
}

impl Known {
    async fn of(app: &App, items: &[Item]) -> Result<Known, DbError> {
        let (mut releases, mut tracks) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Release(id) => releases.push(id.clone()),
                Item::Track(id) => tracks.push(id.clone()),
            }
        }
        let catalog = &app.shop.catalog;
        let mut masters = catalog.masters(releases.clone()).await?;
        let cards = catalog.cards(releases).await?.into_iter();
        let releases: HashMap<_, _> = cards
            .map(|card| {
                let masters = masters.remove(&card.id).unwrap_or_default();
                (card.id.clone(), (card, masters))
            })
            .collect();
        let tracks: HashMap<_, _> =
            catalog.tracks(tracks).await?.into_iter().map(|found| (found.track.id.clone(), found)).collect();
        let of_tracks = tracks.values().map(|found| &found.release.id);
        let ids: BTreeSet<String> = releases.keys().chain(of_tracks).cloned().collect();
        let classes = offers::classes_by_id(&app.shop.db, ids.into_iter().collect()).await?;
        Ok(Known { releases, tracks, classes })
    }

    fn classes(&self, release: &str) -> &[Class] {
        self.classes.get(release).map_or(&[], Vec::as_slice)
    }
}

/// A thing to buy with its price, and the formats that it can be had in; none if it is not on sale.
async fn basket_item(
    app: &App,
    item: &Item,
    till: &Till<'_>,
    known: &Known,
) -> Result<Option<(BasketItem, Vec<FormatGroup>)>, Problem> {
    let quote = match till.quote(app, vec![item.clone()]).await {
        Ok((quote, _)) => Some(quote),
        Err(OrderError::DoesNotFit { .. }) => None,
        Err(OrderError::Unknown(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let price = quote.as_ref().map(shown::total);
    let reasons = quote.as_ref().map(|quote| reasons(quote, price, &till.visit.lang())).unwrap_or_default();
    Ok(match item {
        Item::Release(id) => {
            let Some((card, masters)) = known.releases.get(id) else { return Ok(None) };
            let classes = known.classes(id);
            let unfit = masters.iter().filter(|master| !offers::fits(master, till.format, classes)).count();
            let item = BasketItem {
                item: item_text(item),
                title: card.title.clone(),
                artists: shown::credits(card.artists.clone()),
                release_id: card.id.clone(),
                release_title: String::new(),
                has_cover: card.cover.is_some(),
                tracks: u32::try_from(masters.len()).unwrap_or(u32::MAX),
                unfit_tracks: u32::try_from(unfit).unwrap_or(u32::MAX),
                price,
                reasons,
                is_within: false,
            };
            Some((item, shown::formats_of_masters(masters, classes)))
        }
        Item::Track(id) => {
            let Some(TrackPage { track, release }) = known.tracks.get(id) else { return Ok(None) };
            let formats = shown::formats_of_masters(std::slice::from_ref(&track.master), known.classes(&release.id));
            let item = BasketItem {
                item: item_text(item),
                title: track.title.clone(),
                artists: shown::credits(track.artists.clone()),
                release_id: release.id.clone(),
                release_title: release.title.clone(),
                has_cover: release.cover.is_some(),
                tracks: 1,
                unfit_tracks: u32::from(price.is_none()),
                price,
                reasons,
                is_within: false,
            };
            Some((item, formats))
        }
    })
}

/// Why it costs that: each step once, its amounts over all lines.
fn reasons(quote: &Quote, price: Option<Price>, lang: &Lang) -> Vec<Reason> {
    let mut reasons = Vec::<Reason>::new();
    for reason in quote.lines.iter().flat_map(|line| &line.reasons) {
        let reason = shown_reason(reason, lang);
        if !reasons.iter_mut().any(|known| known.take_in(&reason)) {
            reasons.push(reason);
        }
    }
    if price.is_some_and(|price| !price.is_exact()) {
        reasons.push(Reason::SizeUnknown);
    }
    reasons
}
