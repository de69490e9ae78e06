//! Pages of the catalogue: home, listings, artist, release; and the API as a page.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;
use shop::catalog::{Genre, GenreCount, Release, ReleaseFilter};
use shop::charts::{Period, Which};
use shop::follows::Kind as Followable;
use shop::offers;
use shop::orders::{Item, OrderError, Quote};
use shop::previews::Span;
use shop::storefronts::MAIN;

use super::{shown, voices};
use crate::api::openapi;
use crate::http::{App, Kind, Origin, Paging, Path, Problem, Query, Visit};
use crate::pages::{
    ApiDocsPage, ArtistPage, GenreGroup, GenresPage, HomePage, ListingKind, ListingPage, Medium, NamedCount, Preview,
    ReleasePage, Track,
};

/// Releases on the home page.
const HOME_RELEASES: u32 = 13;
/// Places of the week's chart on the home page.
const HOME_CHART: u32 = 6;
/// Editors' picks on the home page.
const HOME_PICKS: u32 = 6;
/// Genres on the home page.
const HOME_GENRES: usize = 24;
/// Releases of a page of a listing.
const LISTING_RELEASES: u32 = 48;

/// `/`
pub async fn home(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let catalog = &app.shop.catalog;
    let releases = catalog.releases(ReleaseFilter::All, None, HOME_RELEASES).await?;
    let genres = catalog.genres().await?.into_iter().filter(|genre| genre.genre.parent.is_none()).take(HOME_GENRES);
    let totals = catalog.totals().await?;
    let week = Which { period: Period::Week, genre: None };
    let best = app.shop.charts.releases(week, HOME_CHART).await?;
    let picks = app.shop.picks.shown(MAIN, HOME_PICKS).await?;
    let picks = catalog.cards(picks.into_iter().map(|pick| pick.release_id).collect()).await?;
    let mut releases: Vec<_> = releases.items.into_iter().map(shown::card).collect();
    let mut best: Vec<_> = best.into_iter().map(|placed| shown::card(placed.item)).collect();
    let mut picks: Vec<_> = picks.into_iter().map(shown::card).collect();
    let mut cards: Vec<_> = releases.iter_mut().chain(&mut best).chain(&mut picks).collect();
    shown::mark_heard(&app, &visit, &mut cards).await?;
    shown::public(HomePage {
        page: visit.layout(),
        releases,
        best,
        picks,
        genres: genres.map(|genre| shown::genre(&visit, &genre)).collect(),
        release_count: totals.releases,
        track_count: totals.tracks,
    })
}

/// `/releases`
pub async fn newest(State(app): State<App>, visit: Visit, Query(paging): Query<Paging>) -> Result<Response, Problem> {
    listing(&app, &visit, paging, (ListingKind::Newest, ReleaseFilter::All, String::new())).await
}

/// `/genres/{id}`
pub async fn genre(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let genre = app.shop.catalog.genre(&id).await?.ok_or_else(|| Problem::not_found("genre"))?;
    let name = genre.name(visit.lang().code()).to_owned();
    listing(&app, &visit, paging, (ListingKind::Genre, ReleaseFilter::Genre(genre.id), name)).await
}

/// `/genres`
pub async fn genres(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let (tree, all) = (app.shop.catalog.genre_tree().await?, app.shop.catalog.genres().await?);
    let mut groups: Vec<GenreGroup> = Vec::new();
    for one in all.iter().filter(|one| one.genre.parent.is_none() && tree.find(&one.genre.id).is_some()) {
        let is_within = |other: &&GenreCount| {
            other.genre.id != one.genre.id
                && tree.path(&other.genre.id).first().is_some_and(|root| root.id == one.genre.id)
        };
        let within = all.iter().filter(is_within).map(|other| shown::genre(&visit, other)).collect();
        groups.push(GenreGroup { genre: shown::genre(&visit, one), within });
    }
    let others = all.iter().filter(|one| tree.find(&one.genre.id).is_none());
    let others = others.map(|one| shown::genre(&visit, one)).collect();
    shown::html(GenresPage { page: visit.layout(), groups, others })
}

/// What a genre is within, and what is within it.
async fn around(app: &App, visit: &Visit, id: &str) -> Result<(Vec<NamedCount>, Vec<NamedCount>), Problem> {
    let (tree, all) = (app.shop.catalog.genre_tree().await?, app.shop.catalog.genres().await?);
    let mut path = tree.path(id);
    path.pop();
    let named = |genre: &Genre| shown::genre(visit, &GenreCount { genre: genre.clone(), releases: 0 });
    let within = all.iter().filter(|one| one.genre.parent.as_deref() == Some(id));
    let within = within.map(|one| shown::genre(visit, one)).collect();
    Ok((path.into_iter().map(named).collect(), within))
}

/// `/labels/{id}`
pub async fn label(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let label = app.shop.catalog.label(&id).await?.ok_or_else(|| Problem::not_found("label"))?;
    listing(&app, &visit, paging, (ListingKind::Label, ReleaseFilter::Label(label.id), label.name)).await
}

async fn listing(
    app: &App,
    visit: &Visit,
    paging: Paging,
    (kind, filter, name): (ListingKind, ReleaseFilter, String),
) -> Result<Response, Problem> {
    let about = match &filter {
        ReleaseFilter::Label(id) => Some(voices::about(app, visit, Followable::Label, id).await?),
        _ => None,
    };
    let (trail, within) = match &filter {
        ReleaseFilter::Genre(id) => around(app, visit, id).await?,
        _ => Default::default(),
    };
    let key = if let ReleaseFilter::Genre(id) = &filter { id.clone() } else { String::new() };
    let is_first = paging.after.is_none();
    let releases = app.shop.catalog.releases(filter, paging.after, LISTING_RELEASES).await?;
    let path = visit.path().split('?').next().unwrap_or("/");
    shown::public(ListingPage {
        page: visit.layout(),
        kind,
        about,
        name,
        key,
        trail,
        within,
        pager: shown::pager(visit, path, is_first, releases.next.as_deref()),
        releases: releases.items.into_iter().map(shown::card).collect(),
    })
}

/// `/artists/{id}`
pub async fn artist(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let artist = app.shop.catalog.artist(&id).await?.ok_or_else(|| Problem::not_found("artist"))?;
    let is_first = paging.after.is_none();
    let filter = ReleaseFilter::Artist(artist.id.clone());
    let found = app.shop.catalog.releases(filter, paging.after, LISTING_RELEASES).await?;
    let (own, others) = found
        .items
        .into_iter()
        .partition::<Vec<_>, _>(|card| card.artists.iter().any(|credit| credit.artist_id == artist.id));
    shown::public(ArtistPage {
        page: visit.layout(),
        about: voices::about(&app, &visit, Followable::Artist, &artist.id).await?,
        name: artist.name,
        releases: own.into_iter().map(shown::card).collect(),
        appearances: others.into_iter().map(shown::card).collect(),
        pager: shown::pager(&visit, &format!("/artists/{}", artist.id), is_first, found.next.as_deref()),
    })
}

/// The format that prices are wanted for.
#[derive(Deserialize)]
pub struct FormatQuery {
    format: Option<String>,
}

/// `/releases/{id}`
pub async fn release(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let release = app.shop.catalog.release(&id).await?.ok_or_else(|| Problem::not_found("release"))?;
    if !release.card.on_sale {
        return Err(Problem::new(
            Kind::Gone,
            "This release is not sold any more. What was bought stays in My Downloads.",
        ));
    }
    let classes = offers::classes(&app.shop.db, &id).await?;
    let formats = shown::formats_of(&release, &classes);
    let format = shown::offered_format(&visit, asked.format.as_deref(), &formats)?;
    let user = visit.signed().map(|signed| signed.session.user.id.as_str());
    let spans = app.shop.previews.of_release(user, &id).await?;
    let outlines = app.shop.catalog.waveforms(&id).await?;
    let quote = match app.shop.orders.quote(vec![Item::Release(id)], format).await {
        Ok(quote) => Some(quote),
        Err(OrderError::DoesNotFit { .. } | OrderError::Unknown(_)) => None,
        Err(e) => return Err(e.into()),
    };
    let price_per_mb_micros = app.shop.tariffs.price_per_mb(format.info().class).await?.0;
    let said = voices::said(&app, &visit, &release.card.id).await?;
    let genres = app.shop.catalog.genres_named(release.genres.iter().map(|genre| genre.id.clone()).collect()).await?;
    let mut page = release_page(&visit, release, (quote.as_ref(), &spans), (format.to_string(), price_per_mb_micros));
    page.said = said;
    page.formats = formats;
    page.genres = genres.into_iter().map(|genre| shown::genre(&visit, &GenreCount { genre, releases: 0 })).collect();
    for track in page.media.iter_mut().flat_map(|medium| &mut medium.tracks) {
        let points = outlines.iter().find(|(id, _)| *id == track.id).map(|(_, points)| points.as_slice());
        track.waveform = shown::waveform(points.unwrap_or_default());
    }
    page.is_limited = classes.len() < offers::CLASSES.len();
    if asked.format.is_none() {
        return shown::public(page);
    }
    let mut response = shown::html(page)?;
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_format(&format.to_string()));
    Ok(response)
}

fn release_page(
    visit: &Visit,
    release: Release,
    (quote, spans): (Option<&Quote>, &HashMap<String, Span>),
    (format, price_per_mb_micros): (String, i64),
) -> ReleasePage {
    let masters: BTreeSet<_> = release.tracks().map(|track| (track.master.bits.into(), track.master.rate_hz)).collect();
    let item = Item::Release(release.card.id.clone());
    let artists = release.card.artists.clone();
    let media = release.media.into_iter().map(|medium| Medium {
        number: medium.number,
        title: medium.title.unwrap_or_default(),
        tracks: medium.tracks.into_iter().map(|track| shown_track(track, &artists, quote, spans)).collect(),
    });
    ReleasePage {
        page: visit.layout(),
        media: media.collect(),
        id: release.card.id,
        title: release.card.title,
        artists: shown::credits(artists.clone()),
        released: release.card.date.unwrap_or_default(),
        labels: release.label.into_iter().map(shown::named).collect(),
        genres: Vec::new(),
        gtin: release.gtin.unwrap_or_default(),
        has_cover: release.card.cover.is_some(),
        masters: masters.into_iter().rev().collect(),
        formats: Vec::new(),
        is_limited: false,
        format,
        price: quote.map(shown::total),
        price_per_mb_micros,
        in_basket: visit.cookies().basket.items().contains(&item),
        said: Default::default(),
    }
}

fn shown_track(
    track: shop::catalog::Track,
    of_release: &[shop::catalog::Credit],
    quote: Option<&Quote>,
    spans: &HashMap<String, Span>,
) -> Track {
    let line = quote.and_then(|quote| quote.lines.iter().find(|line| line.track_id == track.id));
    let own = track.artists != of_release;
    let preview = spans.get(&track.id).filter(|span| span.length_ms > 0);
    Track {
        number: track.number,
        title: track.title,
        artists: if own { shown::credits(track.artists) } else { Vec::new() },
        length_ms: shown::bytes(track.master.length_ms()),
        price: line.map(shown::price),
        preview: preview.map(|span| Preview { start_ms: span.start_ms, length_ms: span.length_ms }),
        waveform: String::new(),
        id: track.id,
    }
}

/// `/api`
pub async fn api(visit: Visit, Origin(origin): Origin) -> Result<Response, Problem> {
    shown::html(ApiDocsPage {
        page: visit.layout(),
        version: openapi::VERSION.to_owned(),
        openapi_url: "/api/v1/openapi.json".to_owned(),
        origin,
        operations: openapi::for_people(),
    })
}
