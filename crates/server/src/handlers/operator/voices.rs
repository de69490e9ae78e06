//! `/operator/reviews` and `/operator/picks`.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::picks::{self, Pick};
use shop::storefronts::MAIN;

use super::texts::{Form, field, told, typed, words};
use crate::handlers::shown;
use crate::http::{App, Operating, Paging, Posted, Problem, Query, Visit};
use crate::pages::operator::{OperatorPicksPage, OperatorReviewsPage, PickRow, ReviewRow};

const REVIEWS: &str = "/operator/reviews";
const PICKS: &str = "/operator/picks";
/// Reviews of a page.
const REVIEWS_ON_A_PAGE: u32 = 30;
/// Reasons of reports that are shown.
const REASONS: u32 = 10;

async fn titles(app: &App, ids: Vec<String>) -> Result<HashMap<String, String>, Problem> {
    let cards = app.shop.catalog.cards(ids).await?;
    Ok(cards.into_iter().map(|card| (card.id, card.title)).collect())
}

/// `/operator/reviews`
pub async fn reviews(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let found = app.shop.reviews.all(paging.after, REVIEWS_ON_A_PAGE).await?;
    let titles = titles(&app, found.items.iter().map(|review| review.release_id.clone()).collect()).await?;
    let mut rows = Vec::with_capacity(found.items.len());
    for review in found.items {
        let reasons = if review.reports > 0 { app.shop.reviews.reasons(&review.id, REASONS).await? } else { vec![] };
        rows.push(ReviewRow {
            title: titles.get(&review.release_id).cloned().unwrap_or_default(),
            id: review.id,
            release: review.release_id,
            stars: review.stars,
            author: review.author,
            words: review.words,
            language: review.language,
            created_us: review.created_us,
            is_hidden: review.is_hidden,
            reports: review.reports,
            reasons,
        });
    }
    let pager = shown::pager(&visit, REVIEWS, is_first, found.next.as_deref());
    shown::html(OperatorReviewsPage { page: visit.layout_of(REVIEWS), reviews: rows, pager })
}

/// `POST /operator/reviews`
pub async fn moderate(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    app.shop.reviews.moderate(field("id"), field("do") == "hide").await?;
    Ok(shown::go(&visit, REVIEWS, "settings").into_response())
}

/// `/operator/picks`
pub async fn picks(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(picks_page(&app, &visit).await?)
}

async fn picks_page(app: &App, visit: &Visit) -> Result<OperatorPicksPage, Problem> {
    let mut all = app.shop.db.read(|tx| picks::list(tx, None, MAX_LIMIT)).await?.items;
    all.sort_by_key(|pick| pick.place);
    let titles = titles(app, all.iter().map(|pick| pick.release_id.clone()).collect()).await?;
    let row = |pick: Pick| PickRow {
        title: titles.get(&pick.release_id).cloned().unwrap_or_default(),
        id: pick.id,
        release: pick.release_id,
        place: pick.place,
    };
    Ok(OperatorPicksPage {
        page: visit.layout_of(PICKS),
        picks: all.into_iter().map(row).collect(),
        release: String::new(),
        place: "0".to_owned(),
        words: words(&BTreeMap::new(), &BTreeMap::new()),
        refused: None,
    })
}

/// `POST /operator/picks`
pub async fn pick(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let field = |name: &str| field(&form, name);
    let (said, now_us) = (typed(&form, "text"), app.shop.clock.now_us());
    // The id, or the address of the release's page.
    let release = field("release").rsplit('/').next().unwrap_or_default().to_owned();
    let put = match field("place").parse() {
        Err(_) => Err(Refused::field("place", "it is no number")),
        Ok(place) => {
            let (id, storefront) = (release.to_ascii_lowercase(), MAIN.to_owned());
            let pick = Pick { id, storefront, release_id: release.clone(), place, words: said.clone() };
            app.shop.db.write(move |tx| picks::put(tx, &pick, now_us)).await
        }
    };
    let Err(refused) = put else { return Ok(shown::go(&visit, PICKS, "settings").into_response()) };
    let page = picks_page(&app, &visit).await?;
    let words = words(&BTreeMap::new(), &said);
    let page = OperatorPicksPage { release, place: field("place"), words, refused: Some(told(refused)?), ..page };
    shown::refused(None, page)
}

/// `POST /operator/picks/remove`
pub async fn unpick(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let id = form.get("id").cloned().unwrap_or_default();
    app.shop.db.write(move |tx| picks::remove(tx, &id)).await?;
    Ok(shown::go(&visit, PICKS, "settings").into_response())
}
