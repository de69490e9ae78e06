//! Lists of releases: the newest, of a genre, of a label, of an artist.

use axum::extract::State;
use shop::catalog::ReleaseFilter;

use super::cards::{card, cards};
use super::show::{After, Answer, pager, show};
use crate::http::{App, Path, Problem, Query, Visit};
use crate::pages::{ArtistPage, ListingKind, ListingPage};

/// Releases of one page.
const RELEASES: u32 = 48;

/// `/en/releases`
pub(super) async fn newest(State(app): State<App>, visit: Visit, Query(q): Query<After>) -> Answer {
    listing(&app, &visit, (ListingKind::Newest, String::new(), ReleaseFilter::All), q).await
}

/// `/en/genres/{id}`
pub(super) async fn genre(State(app): State<App>, visit: Visit, Path(id): Path<String>, Query(q): Query<After>) -> Answer {
    let genre = app.shop.catalog.genre(&id).await?.ok_or_else(|| Problem::not_found("genre"))?;
    listing(&app, &visit, (ListingKind::Genre, genre.name, ReleaseFilter::Genre(id)), q).await
}

/// `/en/labels/{id}`
pub(super) async fn label(State(app): State<App>, visit: Visit, Path(id): Path<String>, Query(q): Query<After>) -> Answer {
    let label = app.shop.catalog.label(&id).await?.ok_or_else(|| Problem::not_found("label"))?;
    listing(&app, &visit, (ListingKind::Label, label.name, ReleaseFilter::Label(id)), q).await
}

async fn listing(app: &App, visit: &Visit, of: (ListingKind, String, ReleaseFilter), q: After) -> Answer {
    let (kind, name, filter) = of;
    let found = app.shop.catalog.releases(filter, q.after.clone(), RELEASES).await?;
    show(&ListingPage {
        page: visit.layout(),
        kind,
        name,
        releases: cards(&found.items),
        pager: pager(visit, q.after.as_deref(), found.next.as_deref()),
    })
}

/// `/en/artists/{id}`: releases under the artist's name, and apart from them those of others with a track by this artist.
pub(super) async fn artist(State(app): State<App>, visit: Visit, Path(id): Path<String>, Query(q): Query<After>) -> Answer {
    let artist = app.shop.catalog.artist(&id).await?.ok_or_else(|| Problem::not_found("artist"))?;
    let found = app.shop.catalog.releases(ReleaseFilter::Artist(id.clone()), q.after.clone(), RELEASES).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        found.items.iter().partition(|release| release.artists.iter().any(|credit| credit.artist_id == id));
    show(&ArtistPage {
        page: visit.layout(),
        name: artist.name,
        releases: own.into_iter().map(card).collect(),
        appearances: others.into_iter().map(card).collect(),
        pager: pager(&visit, q.after.as_deref(), found.next.as_deref()),
    })
}
