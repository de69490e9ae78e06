//! What everybody may know of the shop itself: texts, licences, news.

use axum::extract::State;
use shop::news;
use shop::rights::{Licence, licences};
use shop::storefronts::MAIN;
use shop::texts::Place;

use super::words::moment;
use crate::http::{App, Paging, Path, Problem, Query};
use crate::pages::site_text;

type Answer<T> = Result<axum::Json<T>, Problem>;

/// `GET /texts/{id}`
pub async fn text(State(app): State<App>, Path(name): Path<String>) -> Answer<wire::Text> {
    let place = Place::of(&name, "").ok_or_else(|| Problem::not_found("text"))?;
    if let Some(text) = app.shop.texts.at(MAIN, &place).await? {
        return Ok(axum::Json(wire::Text { texts: text.texts }));
    }
    let name = app.shop.storefronts.main().await?.name;
    Ok(axum::Json(wire::Text { texts: site_text::standing(&place, &name) }))
}

async fn about(app: &App, place: Place) -> Answer<wire::Text> {
    let text = app.shop.texts.at(MAIN, &place).await?;
    let text = text.ok_or_else(|| Problem::not_found("text"))?;
    Ok(axum::Json(wire::Text { texts: text.texts }))
}

/// `GET /releases/{id}/notes`
pub async fn release_notes(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Text> {
    about(&app, Place::Release(id)).await
}

/// `GET /artists/{id}/biography`
pub async fn biography(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Text> {
    about(&app, Place::Artist(id)).await
}

/// `GET /labels/{id}/text`
pub async fn label_text(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Text> {
    about(&app, Place::Label(id)).await
}

/// `GET /labels/{id}`
pub async fn label(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Named> {
    let label = app.shop.catalog.label(&id).await?;
    Ok(axum::Json(super::words::named(label.ok_or_else(|| Problem::not_found("label"))?)))
}

/// `GET /licences`
pub async fn licences(State(app): State<App>) -> Answer<wire::Page<wire::PublicLicence>> {
    let now_us = app.shop.clock.now_us();
    let found = app.shop.db.read(move |tx| licences::public(tx, MAIN, now_us)).await?;
    let items = found.into_iter().map(|(licence, payee)| licence_word(licence, payee)).collect();
    Ok(axum::Json(wire::Page { items, next: None }))
}

fn licence_word(licence: Licence, payee: String) -> wire::PublicLicence {
    wire::PublicLicence {
        name: if licence.name.is_empty() { payee.clone() } else { licence.name },
        number: Some(licence.number).filter(|number| !number.is_empty()),
        kind: licence.kind.as_str().to_owned(),
        payee,
        base: licence.base.as_str().to_owned(),
        rate_ppm: licence.rate_ppm,
        minimum_micros: licence.minimum.0,
        label: licence.label,
        valid_from: licence.valid_from,
        valid_until: licence.valid_until,
    }
}

/// `GET /news`
pub async fn news(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<wire::Page<wire::Post>> {
    let limit = paging.limit();
    let page = app.shop.news.latest(MAIN, paging.after, limit).await?;
    Ok(axum::Json(super::words::page(page, post_word)))
}

/// `GET /news/{id}`
pub async fn post(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Post> {
    let post = app.shop.news.post(MAIN, &id).await?;
    Ok(axum::Json(post_word(post.ok_or_else(|| Problem::not_found("post"))?)))
}

fn post_word(post: news::Post) -> wire::Post {
    let news::Post { id, published_us, updated_us, titles, texts, .. } = post;
    let updated_us = updated_us.max(published_us);
    wire::Post { id, published_at: moment(published_us), updated_at: moment(updated_us), titles, texts }
}
