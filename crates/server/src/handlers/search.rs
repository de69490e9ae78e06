//! The search page.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::catalog::ReleaseFilter;
use shop::catalog::search::Kind;

use super::shown;
use crate::http::{App, Problem, Query, Visit};
use crate::pages::{ArtistLink, Layout, ReleaseCard, SearchKind, SearchPage, TrackHit};

/// Of each kind, where all kinds stand on one page.
const BEST_OF_KIND: u32 = 12;
/// On a page of one kind.
const ON_A_PAGE: u32 = 48;

/// What to look for.
#[derive(Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    after: Option<String>,
}

/// `/search`
pub async fn search(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<SearchQuery>,
) -> Result<Response, Problem> {
    let kind = match Kind::parse(&asked.kind) {
        None => SearchKind::All,
        Some(Kind::Release) => SearchKind::Releases,
        Some(Kind::Artist) => SearchKind::Artists,
        Some(Kind::Track) => SearchKind::Tracks,
    };
    let releases = of_kind(&app, &asked, kind, Kind::Release)?;
    let artists = of_kind(&app, &asked, kind, Kind::Artist)?;
    let tracks = of_kind(&app, &asked, kind, Kind::Track)?;
    let next = [&releases, &artists, &tracks].into_iter().find_map(|found| found.next.clone());
    let next = next.filter(|_| kind != SearchKind::All);
    let path = form_urlencoded::Serializer::new("/search?".to_owned())
        .append_pair("q", &asked.q)
        .append_pair("kind", &asked.kind)
        .finish();
    shown::html(SearchPage {
        pager: shown::pager(&visit, &path, asked.after.is_none(), next.as_deref()),
        page: Layout { query: asked.q, ..visit.layout() },
        kind,
        releases: shown_releases(&app, releases.ids).await?,
        artists: shown_artists(&app, artists.ids).await?,
        tracks: shown_tracks(&app, tracks.ids).await?,
    })
}

#[derive(Default)]
struct Found {
    ids: Vec<String>,
    next: Option<String>,
}

/// What is found of one kind, if the page shows that kind.
fn of_kind(app: &App, asked: &SearchQuery, shown: SearchKind, kind: Kind) -> Result<Found, Problem> {
    let of_its_own = match kind {
        Kind::Release => SearchKind::Releases,
        Kind::Artist => SearchKind::Artists,
        Kind::Track => SearchKind::Tracks,
    };
    let (after, limit) = match shown {
        SearchKind::All => (None, BEST_OF_KIND),
        one if one == of_its_own => (asked.after.as_deref(), ON_A_PAGE),
        _ => return Ok(Found::default()),
    };
    let page = app.shop.search.find(&asked.q, Some(kind), after, limit)?;
    Ok(Found { ids: page.items.into_iter().map(|hit| hit.id).collect(), next: page.next })
}

async fn shown_releases(app: &App, ids: Vec<String>) -> Result<Vec<ReleaseCard>, Problem> {
    let cards = app.shop.catalog.cards(ids).await?;
    Ok(cards.into_iter().filter(|card| card.on_sale).map(shown::card).collect())
}

async fn shown_artists(app: &App, ids: Vec<String>) -> Result<Vec<ArtistLink>, Problem> {
    let mut artists = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(artist) = app.shop.catalog.artist(&id).await? else { continue };
        // A list of names needs no exact count of the few who have more than a page of releases.
        let releases = app.shop.catalog.releases(ReleaseFilter::Artist(id), None, shop::page::MAX_LIMIT).await?;
        artists.push(ArtistLink { id: artist.id, name: artist.name, releases: releases.items.len() as u64 });
    }
    Ok(artists)
}

async fn shown_tracks(app: &App, ids: Vec<String>) -> Result<Vec<TrackHit>, Problem> {
    let found = app.shop.catalog.tracks(ids).await?.into_iter();
    let on_sale = found.filter(|found| found.track.on_sale && found.release.on_sale);
    Ok(on_sale
        .map(|found| TrackHit {
            length_ms: shown::bytes(found.track.master.length_ms()),
            id: found.track.id,
            title: found.track.title,
            artists: shown::credits(found.track.artists),
            release_id: found.release.id,
            release_title: found.release.title,
            has_cover: found.release.cover.is_some(),
        })
        .collect())
}
