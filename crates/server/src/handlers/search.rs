//! The search page, and what is suggested under the search field.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::catalog::ReleaseFilter;
use shop::catalog::search::{Kind, words};

use super::shown;
use crate::http::{App, Problem, Query, Visit};
use crate::pages::{
    ArtistLink, LabelLink, Layout, ReleaseCard, SearchKind, SearchPage, Suggestion, SuggestionsPart, TrackHit,
};

/// Of each kind, where all kinds stand on one page.
const BEST_OF_KIND: u32 = 12;
/// Of each kind, under the search field.
const SUGGESTED_OF_KIND: u32 = 4;
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
    let kind = Kind::parse(&asked.kind);
    let (hits, next) = match kind {
        None => (app.shop.search.overview(&asked.q, BEST_OF_KIND)?, None),
        Some(_) => {
            let page = app.shop.search.find(&asked.q, kind, asked.after.as_deref(), ON_A_PAGE)?;
            (page.items, page.next)
        }
    };
    let of = |kind| hits.iter().filter(move |hit| hit.kind == kind);
    let ids = |kind| of(kind).map(|hit| hit.id.clone()).collect::<Vec<String>>();
    let labels = of(Kind::Label).map(|hit| LabelLink { id: hit.id.clone(), name: hit.title.clone() }).collect();
    let path = form_urlencoded::Serializer::new("/search?".to_owned())
        .append_pair("q", &asked.q)
        .append_pair("kind", &asked.kind)
        .finish();
    shown::html(SearchPage {
        pager: shown::pager(&visit, &path, asked.after.is_none(), next.as_deref()),
        kind: match kind {
            None => SearchKind::All,
            Some(Kind::Release) => SearchKind::Releases,
            Some(Kind::Artist) => SearchKind::Artists,
            Some(Kind::Track) => SearchKind::Tracks,
            Some(Kind::Label) => SearchKind::Labels,
        },
        releases: shown_releases(&app, ids(Kind::Release)).await?,
        artists: shown_artists(&app, ids(Kind::Artist)).await?,
        tracks: shown_tracks(&app, ids(Kind::Track)).await?,
        labels,
        page: Layout { query: asked.q, ..visit.layout() },
    })
}

/// What somebody has typed so far.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `/suggestions`
pub async fn suggestions(
    State(app): State<App>,
    visit: Visit,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let hits = app.shop.search.overview(&typed.q, SUGGESTED_OF_KIND)?;
    let parts = |text: &str| words::parts(text, &typed.q).into_iter().map(|(part, is)| (part.to_owned(), is)).collect();
    let suggestions = hits.into_iter().map(|hit| Suggestion {
        kind: match hit.kind {
            Kind::Artist => "search-an-artist",
            Kind::Label => "search-a-label",
            Kind::Release => "search-a-release",
            Kind::Track => "search-a-track",
        },
        title: parts(&hit.title),
        credit: parts(&hit.credit),
        path: match (hit.kind, hit.release_id) {
            (Kind::Track, Some(release)) => format!("/releases/{release}#track-{}", hit.id),
            (kind, _) => format!("/{}s/{}", kind.as_str(), hit.id),
        },
    });
    shown::html(SuggestionsPart { lang: visit.lang(), suggestions: suggestions.collect() })
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
