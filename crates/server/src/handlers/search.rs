//! The search page: what the index found, filled up from the catalogue.

use axum::extract::State;
use serde::Deserialize;
use shop::catalog::ReleaseFilter;
use shop::catalog::search::{Hit, Kind, MAX_QUERY_CHARS};
use shop::page::{MAX_LIMIT, Page};

use super::cards::{card, credits};
use super::show::{Answer, pager, show};
use crate::http::{App, Problem, Query, Visit};
use crate::pages::{ArtistLink, Layout, ReleaseCard, SearchKind, SearchPage, TrackHit};

/// Hits of each kind where all kinds are shown.
const BEST: u32 = 12;
/// Hits on a page of one kind.
const HITS: u32 = 48;

#[derive(Debug, Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    after: Option<String>,
}

/// `/en/search?q=&kind=&after=`
pub(super) async fn search(State(app): State<App>, visit: Visit, Query(question): Query<Question>) -> Answer {
    let text: String = question.q.trim().chars().take(MAX_QUERY_CHARS).collect();
    let kind = Kind::parse(&question.kind);
    let limit = if kind.is_some() { HITS } else { BEST };
    let find = |of| find(&app, &text, (of, kind), (question.after.as_deref(), limit));
    let (artists, releases, tracks) = (find(Kind::Artist).await?, find(Kind::Release).await?, find(Kind::Track).await?);
    let next = [&artists, &releases, &tracks].into_iter().find_map(|page| page.next.clone()).filter(|_| kind.is_some());
    show(&SearchPage {
        page: Layout { query: text.clone(), ..visit.layout() },
        kind: match kind {
            None => SearchKind::All,
            Some(Kind::Release) => SearchKind::Releases,
            Some(Kind::Artist) => SearchKind::Artists,
            Some(Kind::Track) => SearchKind::Tracks,
        },
        artists: artist_links(&app, artists.items).await?,
        releases: release_cards(&app, releases.items).await?,
        tracks: track_hits(&app, tracks.items).await?,
        pager: pager(&visit, question.after.as_deref(), next.as_deref()),
    })
}

/// Hits of a kind; nothing where the question is limited to another one.
async fn find(
    app: &App,
    text: &str,
    (of, limited_to): (Kind, Option<Kind>),
    (after, limit): (Option<&str>, u32),
) -> Result<Page<Hit>, Problem> {
    if limited_to.is_some_and(|kind| kind != of) {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let (search, text, after) = (app.shop.search.clone(), text.to_owned(), after.map(str::to_owned));
    let found = tokio::task::spawn_blocking(move || search.find(&text, Some(of), after.as_deref(), limit)).await;
    Ok(found.map_err(Problem::internal)??)
}

async fn artist_links(app: &App, hits: Vec<Hit>) -> Result<Vec<ArtistLink>, Problem> {
    let mut links = Vec::with_capacity(hits.len());
    for hit in hits {
        let releases = app.shop.catalog.releases(ReleaseFilter::Artist(hit.id.clone()), None, MAX_LIMIT).await?;
        links.push(ArtistLink { id: hit.id, name: hit.title, releases: releases.items.len() as u64 });
    }
    Ok(links)
}

async fn release_cards(app: &App, hits: Vec<Hit>) -> Result<Vec<ReleaseCard>, Problem> {
    let found = app.shop.catalog.cards(hits.into_iter().map(|hit| hit.id).collect()).await?;
    Ok(found.iter().filter(|release| release.on_sale).map(card).collect())
}

async fn track_hits(app: &App, hits: Vec<Hit>) -> Result<Vec<TrackHit>, Problem> {
    let found = app.shop.catalog.tracks(hits.into_iter().map(|hit| hit.id).collect()).await?;
    let on_sale = found.into_iter().filter(|page| page.track.on_sale && page.release.on_sale);
    Ok(on_sale
        .map(|page| TrackHit {
            artists: credits(&page.track.artists),
            length_ms: i64::try_from(page.track.master.length_ms()).unwrap_or(i64::MAX),
            id: page.track.id,
            title: page.track.title,
            release_id: page.release.id,
            release_title: page.release.title,
            has_cover: page.release.cover.is_some(),
        })
        .collect())
}
