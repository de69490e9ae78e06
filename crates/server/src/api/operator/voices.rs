//! `picks`, and reviews as operators see them.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::picks;
use shop::reviews::Review;
use wire::operator::{ModeratedReview, Pick};

use super::front::check_spoken;
use super::resource::{Removable, Resource};
use super::routes::Operator;
use crate::api::voices::review_word;
use crate::http::{App, Paging, Path, Problem, Query};

/// Reasons of reports that are told.
const REASONS: u32 = 10;

impl Resource for Pick {
    const LIST: &'static str = "/operator/picks";
    const ONE: &'static str = "/operator/picks/{id}";
    const SECTION: &'static str = "pick";
    const ABOUT: &'static str = "Picks: releases that the editors put forward";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Pick>, DbError> {
        Ok(picks::list(tx, after, limit)?.map(word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Pick>, DbError> {
        Ok(picks::find(tx, id)?.map(word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        check_spoken("words", self.words.keys())?;
        let Pick { id, storefront, release, place, words } = self.clone();
        picks::put(tx, &picks::Pick { id, storefront, release_id: release, place, words }, shop.clock.now_us())
    }
}

impl Removable for Pick {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(picks::remove(tx, id)?)
    }
}

fn word(pick: picks::Pick) -> Pick {
    let picks::Pick { id, storefront, release_id, place, words } = pick;
    Pick { id, storefront, release: release_id, place, words }
}

/// Reviews, below `/api/v1`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/operator/reviews", get(all))
        .route("/operator/reviews/{id}/hide", post(hide))
        .route("/operator/reviews/{id}/show", post(show))
}

async fn all(
    State(app): State<App>,
    _: Operator,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<ModeratedReview>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.reviews.all(paging.after, limit).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for review in page.items {
        items.push(moderated(&app, review).await?);
    }
    Ok(axum::Json(wire::Page { items, next: page.next }))
}

async fn moderated(app: &App, review: Review) -> Result<ModeratedReview, Problem> {
    let reasons = if review.reports > 0 { app.shop.reviews.reasons(&review.id, REASONS).await? } else { Vec::new() };
    let (user, is_hidden, reports) = (review.user_id.clone(), review.is_hidden, review.reports);
    Ok(ModeratedReview { review: review_word(review), user, is_hidden, reports, reasons })
}

async fn hide(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<ModeratedReview>, Problem> {
    let review = app.shop.reviews.moderate(&id, true).await?;
    Ok(axum::Json(moderated(&app, review).await?))
}

async fn show(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<ModeratedReview>, Problem> {
    let review = app.shop.reviews.moderate(&id, false).await?;
    Ok(axum::Json(moderated(&app, review).await?))
}
