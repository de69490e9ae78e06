//! Reviews, wishes, following, what was bought together, picks.

use axum::extract::State;
use axum::http::StatusCode;
use shop::follows::Kind as Followable;
use shop::picks::MAX_SHOWN;
use shop::reviews::{NewReview, Review};
use shop::storefronts::MAIN;

use super::words::{self, moment};
use crate::http::{App, Json, Language, Member, Paging, Path, Problem, Query};

type Answer<T> = Result<axum::Json<T>, Problem>;

async fn on_sale(app: &App, release: &str) -> Result<(), Problem> {
    let card = app.shop.catalog.cards(vec![release.to_owned()]).await?.pop().filter(|card| card.on_sale);
    card.map(drop).ok_or_else(|| Problem::not_found("release"))
}

/// `GET /releases/{id}/reviews`
pub async fn reviews(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Answer<wire::Page<wire::Review>> {
    on_sale(&app, &id).await?;
    let limit = paging.limit();
    Ok(axum::Json(words::page(app.shop.reviews.of_release(&id, paging.after, limit).await?, review_word)))
}

/// `GET /releases/{id}/rating`
pub async fn rating(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Rating> {
    on_sale(&app, &id).await?;
    let rating = app.shop.reviews.rating(&id).await?;
    let average_hundredths = (rating.reviews > 0).then(|| rating.average_hundredths());
    Ok(axum::Json(wire::Rating { reviews: rating.reviews, average_hundredths }))
}

/// `GET /releases/{id}/review`
pub async fn own_review(State(app): State<App>, member: Member, Path(id): Path<String>) -> Answer<wire::Review> {
    let (review, _) = app.shop.reviews.own(member.id(), &id).await?;
    Ok(axum::Json(review_word(review.ok_or_else(|| Problem::not_found("review of yours"))?)))
}

/// `PUT /releases/{id}/review`
pub async fn write_review(
    State(app): State<App>,
    member: Member,
    Language(lang): Language,
    Path(id): Path<String>,
    Json(new): Json<wire::NewReview>,
) -> Result<(StatusCode, axum::Json<wire::Review>), Problem> {
    let wire::NewReview { stars, author, words } = new;
    let new = NewReview { stars, author, words, language: lang.code().to_owned() };
    let is_new = app.shop.reviews.write(member.id(), &id, new).await?;
    let (review, _) = app.shop.reviews.own(member.id(), &id).await?;
    let review = review.ok_or_else(|| Problem::not_found("review of yours"))?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, axum::Json(review_word(review))))
}

/// `DELETE /releases/{id}/review`
pub async fn remove_review(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.shop.reviews.remove(member.id(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /reviews/{id}/report`
pub async fn report(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
    Json(report): Json<wire::Report>,
) -> Result<StatusCode, Problem> {
    app.shop.reviews.report(member.id(), &id, &report.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A review in the words of the API.
pub fn review_word(review: Review) -> wire::Review {
    let told = |text: String| Some(text).filter(|text| !text.is_empty());
    wire::Review {
        id: review.id,
        release: review.release_id,
        stars: review.stars,
        author: told(review.author),
        words: told(review.words),
        language: review.language,
        created_at: moment(review.created_us),
        updated_at: moment(review.updated_us),
    }
}

/// `GET /me/wishes`
pub async fn wishes(State(app): State<App>, member: Member) -> Answer<wire::Page<wire::ReleaseSummary>> {
    let ids = app.shop.wishes.of(member.id()).await?;
    summaries(&app, ids).await
}

async fn summaries(app: &App, ids: Vec<String>) -> Answer<wire::Page<wire::ReleaseSummary>> {
    let mut items = Vec::new();
    for some in ids.chunks(shop::page::MAX_LIMIT as usize) {
        items.extend(app.shop.catalog.cards(some.to_vec()).await?.into_iter().map(words::summary));
    }
    Ok(axum::Json(wire::Page { items, next: None }))
}

/// `PUT /me/wishes/{id}`
pub async fn wish(State(app): State<App>, member: Member, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.shop.wishes.add(member.id(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /me/wishes/{id}`
pub async fn unwish(State(app): State<App>, member: Member, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let was = app.shop.wishes.remove(member.id(), &id).await?;
    if was { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("wish of yours")) }
}

/// `GET /me/follows`
pub async fn follows(State(app): State<App>, member: Member) -> Answer<wire::Follows> {
    let (followed, letters) = app.shop.follows.of(member.id()).await?;
    let of = |kind: Followable| {
        let of_kind = followed.iter().filter(|one| one.kind == kind);
        of_kind.map(|one| wire::Named { id: one.id.clone(), name: one.name.clone() }).collect()
    };
    Ok(axum::Json(wire::Follows { artists: of(Followable::Artist), labels: of(Followable::Label), letters }))
}

async fn follow(app: &App, member: &Member, kind: Followable, id: &str) -> Result<StatusCode, Problem> {
    app.shop.follows.add(member.id(), kind, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unfollow(app: &App, member: &Member, kind: Followable, id: &str) -> Result<StatusCode, Problem> {
    let was = app.shop.follows.remove(member.id(), kind, id).await?;
    if was { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("one whom you follow")) }
}

/// `PUT /me/follows/artists/{id}`
pub async fn follow_artist(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    follow(&app, &member, Followable::Artist, &id).await
}

/// `DELETE /me/follows/artists/{id}`
pub async fn unfollow_artist(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    unfollow(&app, &member, Followable::Artist, &id).await
}

/// `PUT /me/follows/labels/{id}`
pub async fn follow_label(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    follow(&app, &member, Followable::Label, &id).await
}

/// `DELETE /me/follows/labels/{id}`
pub async fn unfollow_label(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    unfollow(&app, &member, Followable::Label, &id).await
}

/// `GET /releases/{id}/bought-together`
pub async fn bought_together(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<wire::Page<wire::ReleaseSummary>> {
    on_sale(&app, &id).await?;
    let ids = app.shop.together.with(&id).await?;
    summaries(&app, ids).await
}

/// `GET /picks`
pub async fn picks(State(app): State<App>) -> Answer<wire::Page<wire::Pick>> {
    let picks = app.shop.picks.shown(MAIN, MAX_SHOWN).await?;
    let cards = app.shop.catalog.cards(picks.iter().map(|pick| pick.release_id.clone()).collect()).await?;
    let items = picks.into_iter().zip(cards);
    let items = items.map(|(pick, card)| wire::Pick { release: words::summary(card), words: pick.words }).collect();
    Ok(axum::Json(wire::Page { items, next: None }))
}
