//! What people say and want: reviews, wish list, whom they follow; picks and labels.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use shop::declared::in_language;
use shop::follows::Kind as Followable;
use shop::mail::ONE_CLICK;
use shop::picks::MAX_SHOWN;
use shop::reviews::{NewReview, Rating, Review, ReviewError};
use shop::storefronts::MAIN;
use shop::texts::Place;

use super::shown;
use crate::http::{App, Kind, Paging, Path, Posted, Problem, Query, Sent, Signed, Visit, accepted_language};
use crate::pages::{
    About, Field, FollowsPage, HEIGHT_PX, LabelsPage, NamedCount, PicksPage, ReportPage, ReviewForm, ReviewsPage, Said,
    ShownPick, ShownRating, ShownReview, UnsubscribePage, WIDTH_PX, WishesPage, markdown,
};

/// Reviews on a release's own page.
const REVIEWS_BESIDE: u32 = 3;
/// Reviews of a page of them.
const REVIEWS: u32 = 20;
/// Labels of a page.
const LABELS: u32 = 200;

/// What is said of a release, for its page.
pub async fn said(app: &App, visit: &Visit, release: &str) -> Result<Said, Problem> {
    let (notes_language, notes) = written(app, visit, &Place::Release(release.to_owned())).await?;
    let reviews = app.shop.reviews.of_release(release, None, REVIEWS_BESIDE).await?;
    let rating = app.shop.reviews.rating(release).await?;
    let together = app.shop.together.with(release).await?;
    let together = if together.is_empty() { Vec::new() } else { app.shop.catalog.cards(together).await? };
    let mut said = Said {
        notes,
        notes_language,
        rating: shown_rating(rating),
        reviews: reviews.items.into_iter().map(|review| shown_review(visit, review)).collect(),
        together: together.into_iter().map(shown::card).collect(),
        edit: edit(visit, "release", release),
        embed: embed_code(visit, release),
        ..Said::default()
    };
    if let Some(signed) = visit.signed() {
        let user = &signed.session.user.id;
        let (own, may_review) = app.shop.reviews.own(user, release).await?;
        (said.has_reviewed, said.may_review) = (own.is_some(), may_review);
        said.is_wished = app.shop.wishes.has(user, release).await?;
    }
    Ok(said)
}

fn embed_code(visit: &Visit, release: &str) -> String {
    let source = format!("{}{}", visit.origin(), visit.href(&format!("/embed/releases/{release}")));
    format!("<iframe src=\"{source}\" width=\"{WIDTH_PX}\" height=\"{HEIGHT_PX}\" loading=\"lazy\"></iframe>")
}

/// The operator's text at a place, as HTML, with its language; both empty where he wrote none.
async fn written(app: &App, visit: &Visit, place: &Place) -> Result<(String, String), Problem> {
    let Some(text) = app.shop.texts.at(MAIN, place).await? else { return Ok(Default::default()) };
    let (language, words) = in_language(&text.texts, visit.lang().code()).unwrap_or_default();
    Ok((language.to_owned(), markdown::html(words, 2)))
}

fn edit(visit: &Visit, of: &str, id: &str) -> Option<String> {
    visit.is_operator().then(|| visit.href(&format!("/operator/texts?of={of}&subject={id}")))
}

/// What an artist's or label's page says beside the releases.
pub async fn about(app: &App, visit: &Visit, kind: Followable, id: &str) -> Result<About, Problem> {
    let place = match kind {
        Followable::Artist => Place::Artist(id.to_owned()),
        Followable::Label => Place::Label(id.to_owned()),
    };
    let (language, text) = written(app, visit, &place).await?;
    let is_followed = match visit.signed() {
        Some(signed) => app.shop.follows.has(&signed.session.user.id, kind, id).await?,
        None => false,
    };
    let kind = kind.as_str();
    Ok(About { text, language, kind, id: id.to_owned(), is_followed, edit: edit(visit, kind, id) })
}

fn shown_rating(rating: Rating) -> ShownRating {
    ShownRating { reviews: rating.reviews, average_hundredths: rating.average_hundredths() }
}

fn shown_review(visit: &Visit, review: Review) -> ShownReview {
    let is_own = visit.signed().is_some_and(|signed| signed.session.user.id == review.user_id);
    ShownReview {
        is_own,
        id: review.id,
        stars: review.stars,
        author: review.author,
        words: review.words,
        language: review.language,
        created_us: review.created_us,
    }
}

/// `/releases/{id}/reviews`
pub async fn reviews(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    shown::html(reviews_page(&app, &visit, &id, paging).await?)
}

async fn reviews_page(app: &App, visit: &Visit, id: &str, paging: Paging) -> Result<ReviewsPage, Problem> {
    let card = app.shop.catalog.cards(vec![id.to_owned()]).await?.pop();
    let card = card.ok_or_else(|| Problem::not_found("release"))?;
    let path = format!("/releases/{id}/reviews");
    let is_first = paging.after.is_none();
    let found = app.shop.reviews.of_release(id, paging.after, REVIEWS).await?;
    let form = match visit.signed() {
        Some(signed) => {
            let (own, may) = app.shop.reviews.own(&signed.session.user.id, id).await?;
            may.then(|| own.map_or_else(ReviewForm::default, standing_form))
        }
        None => None,
    };
    Ok(ReviewsPage {
        page: visit.layout_of(&path),
        release: shown::card(card),
        rating: shown_rating(app.shop.reviews.rating(id).await?),
        reviews: found.items.into_iter().map(|review| shown_review(visit, review)).collect(),
        pager: shown::pager(visit, &path, is_first, found.next.as_deref()),
        form,
    })
}

fn standing_form(review: Review) -> ReviewForm {
    let author = Field::holding(review.author);
    ReviewForm { stars: review.stars, author, words: review.words, is_standing: true, refused: String::new() }
}

/// A review as it is typed.
#[derive(Deserialize)]
pub struct ReviewTyped {
    #[serde(default)]
    stars: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    words: String,
}

/// `POST /releases/{id}/reviews`
pub async fn write(
    State(app): State<App>,
    visit: Visit,
    (signed, Path(id)): (Signed, Path<String>),
    Posted(typed): Posted<ReviewTyped>,
) -> Result<Response, Problem> {
    let stars = typed.stars.trim().parse().unwrap_or(0);
    let (author, words, language) = (typed.author, typed.words, visit.lang().code().to_owned());
    let new = NewReview { stars, author: author.clone(), words: words.clone(), language };
    let Err(refused) = app.shop.reviews.write(&signed.session.user.id, &id, new).await else {
        return Ok(shown::go(&visit, &format!("/releases/{id}/reviews"), "settings").into_response());
    };
    let refused = refusal(refused, &visit)?;
    let mut page = reviews_page(&app, &visit, &id, Paging::default()).await?;
    let is_standing = page.form.is_some_and(|form| form.is_standing);
    page.form = Some(ReviewForm { stars, author: Field::holding(author), words, is_standing, refused });
    shown::refused(None, page)
}

/// Why a form was refused, in the language of the page.
fn refusal(error: ReviewError, visit: &Visit) -> Result<String, Problem> {
    let id = match &error {
        ReviewError::Field { field: "stars", .. } => "review-refused-stars",
        ReviewError::Field { field: "reason", .. } => "review-refused-reason",
        ReviewError::Field { .. } => "review-refused-long",
        ReviewError::NotBought => "review-who",
        ReviewError::Own => "review-refused-own",
        ReviewError::TooMany => "review-refused-many",
        ReviewError::Unknown | ReviewError::Db(_) => return Err(error.into()),
    };
    Ok(visit.lang().t(id))
}

/// A form without fields.
#[derive(Deserialize)]
pub struct Nothing {}

/// `POST /releases/{id}/reviews/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    (signed, Path(id)): (Signed, Path<String>),
    Posted(Nothing {}): Posted<Nothing>,
) -> Result<Response, Problem> {
    app.shop.reviews.remove(&signed.session.user.id, &id).await?;
    Ok(shown::go(&visit, &format!("/releases/{id}/reviews"), "settings").into_response())
}

/// `/reviews/{id}/report`
pub async fn report_page(visit: Visit, _: Signed, Path(id): Path<String>) -> Result<Response, Problem> {
    shown::html(ReportPage { page: visit.layout(), id, reason: Field::default(), refused: String::new() })
}

/// Why.
#[derive(Deserialize)]
pub struct ReasonTyped {
    #[serde(default)]
    reason: String,
}

/// `POST /reviews/{id}/report`
pub async fn report(
    State(app): State<App>,
    visit: Visit,
    (signed, Path(id)): (Signed, Path<String>),
    Posted(typed): Posted<ReasonTyped>,
) -> Result<Response, Problem> {
    match app.shop.reviews.report(&signed.session.user.id, &id, &typed.reason).await {
        Ok(()) => Ok(shown::go(&visit, "/", "review-reported").into_response()),
        Err(e) => {
            let refused = refusal(e, &visit)?;
            let page = visit.layout_of(&format!("/reviews/{id}/report"));
            shown::refused(None, ReportPage { page, id, reason: Field::holding(typed.reason), refused })
        }
    }
}

/// `/wishes`
pub async fn wishes(State(app): State<App>, visit: Visit, signed: Signed) -> Result<Response, Problem> {
    let ids = app.shop.wishes.of(&signed.session.user.id).await?;
    let mut releases = Vec::new();
    for some in ids.chunks(shop::page::MAX_LIMIT as usize) {
        releases.extend(app.shop.catalog.cards(some.to_vec()).await?.into_iter().map(shown::card));
    }
    shown::html(WishesPage { page: visit.layout(), releases })
}

/// A wish, or its end.
#[derive(Deserialize)]
pub struct WishTyped {
    release: String,
    #[serde(rename = "do")]
    what: String,
    /// The page of a release to go on with, without the language.
    back: Option<String>,
}

/// `POST /wishes`: back to where it was sent from. Who was signed out meanwhile comes to the same button by signing in.
pub async fn wish(State(app): State<App>, visit: Visit, sent: Sent<WishTyped>) -> Result<Response, Problem> {
    let Some(signed) = visit.signed() else {
        let release = sent.unproved().map(|typed| format!("/releases/{}#wish", typed.release));
        return Ok(visit.sign_in(release.as_deref().unwrap_or("/wishes")).into_response());
    };
    let (user, typed) = (&signed.session.user.id, sent.proved()?);
    let back = typed.back.as_deref().and_then(shown::inner_path).filter(|back| back.starts_with("/releases/"));
    if typed.what == "remove" {
        app.shop.wishes.remove(user, &typed.release).await?;
        return Ok(shown::go(&visit, back.unwrap_or("/wishes"), "unwished").into_response());
    }
    app.shop.wishes.add(user, &typed.release).await?;
    let release = format!("/releases/{}#wish", typed.release);
    Ok(shown::go(&visit, back.unwrap_or(&release), "wished").into_response())
}

/// `/follows`
pub async fn follows(State(app): State<App>, visit: Visit, signed: Signed) -> Result<Response, Problem> {
    let (followed, letters) = app.shop.follows.of(&signed.session.user.id).await?;
    let of = |kind: Followable| {
        let of_kind = followed.iter().filter(|one| one.kind == kind);
        of_kind.map(|one| NamedCount { key: one.id.clone(), name: one.name.clone(), releases: 0 }).collect()
    };
    let (artists, labels) = (of(Followable::Artist), of(Followable::Label));
    shown::html(FollowsPage { page: visit.layout(), artists, labels, letters })
}

/// Whom.
#[derive(Deserialize)]
pub struct FollowTyped {
    kind: String,
    id: String,
    #[serde(rename = "do")]
    what: String,
}

/// `POST /follows`
pub async fn follow(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(typed): Posted<FollowTyped>,
) -> Result<Response, Problem> {
    let user = &signed.session.user.id;
    let kind = Followable::parse(&typed.kind).ok_or_else(|| Problem::of_field("kind", "it is artist or label"))?;
    if typed.what == "remove" {
        app.shop.follows.remove(user, kind, &typed.id).await?;
        return Ok(Redirect::to(&visit.href("/follows")).into_response());
    }
    app.shop.follows.add(user, kind, &typed.id).await?;
    Ok(shown::go(&visit, &format!("/{}s/{}", kind.as_str(), typed.id), "followed").into_response())
}

/// Whether letters are wanted.
#[derive(Deserialize)]
pub struct LettersTyped {
    wanted: String,
}

/// `POST /follows/letters`
pub async fn letters(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(typed): Posted<LettersTyped>,
) -> Result<Response, Problem> {
    app.shop.follows.want(&signed.session.user.id, typed.wanted == "1").await?;
    Ok(shown::go(&visit, "/follows", "settings").into_response())
}

/// `/unsubscribe/{token}`: nothing ends by a look, since programs follow links in letters.
pub async fn unsubscribe_page(visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    shown::html(UnsubscribePage { page: visit.layout_of(&format!("/unsubscribe/{token}")), token })
}

/// `POST /unsubscribe/{token}`
pub async fn unsubscribe(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Result<Response, Problem> {
    if !app.shop.follows.unsubscribe(&token).await? {
        return Err(Problem::not_found("letter"));
    }
    shown::html(UnsubscribePage { page: visit.layout_of("/"), token: String::new() })
}

/// `GET /unsubscribe/{token}`: the address that a letter's head names, when a person opens it.
pub async fn unsubscribe_door(Path(token): Path<String>, headers: HeaderMap) -> Redirect {
    let token = utf8_percent_encode(&token, NON_ALPHANUMERIC);
    Redirect::to(&accepted_language(&headers).href(&format!("/unsubscribe/{token}")))
}

/// `POST /unsubscribe/{token}`: a mail program ends the letters (RFC 8058). Who knows the token may, so there is no form of ours
/// and no cookie. What is posted comes in either of the forms' encodings.
pub async fn unsubscribe_at_once(
    State(app): State<App>,
    Path(token): Path<String>,
    body: String,
) -> Result<StatusCode, Problem> {
    let (name, value) = ONE_CLICK.split_once('=').unwrap_or_default();
    if !body.contains(name) || !body.contains(value) {
        return Err(Problem::new(Kind::Invalid, format!("Send {ONE_CLICK} as a form.")));
    }
    match app.shop.follows.unsubscribe(&token).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("letter")),
    }
}

/// `/picks`
pub async fn picks(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let picks = app.shop.picks.shown(MAIN, MAX_SHOWN).await?;
    let cards = app.shop.catalog.cards(picks.iter().map(|pick| pick.release_id.clone()).collect()).await?;
    let shown_pick = |(pick, card): (shop::picks::Pick, _)| {
        let (language, words) = in_language(&pick.words, visit.lang().code()).unwrap_or_default();
        ShownPick { card: shown::card(card), words: words.to_owned(), language: language.to_owned() }
    };
    let picks = picks.into_iter().zip(cards).map(shown_pick).collect();
    shown::public(PicksPage { page: visit.layout(), picks })
}

/// `/labels`
pub async fn labels(State(app): State<App>, visit: Visit, Query(paging): Query<Paging>) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let found = app.shop.catalog.labels(paging.after, LABELS).await?;
    shown::public(LabelsPage {
        page: visit.layout(),
        pager: shown::pager(&visit, "/labels", is_first, found.next.as_deref()),
        labels: found.items.into_iter().map(shown::named_count).collect(),
    })
}
