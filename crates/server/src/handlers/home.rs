//! The first page, and the way to it in the language that the browser asks for.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use shop::catalog::ReleaseFilter;

use super::cards::{cards, counted};
use super::show::{Answer, go, show};
use crate::http::{App, Visit};
use crate::pages::HomePage;

/// New releases on the first page.
const RELEASES: u32 = 13;
/// Genres on the first page, the fullest first.
const GENRES: usize = 24;

/// `/`
pub(super) async fn front(visit: Visit) -> Response {
    ([(header::VARY, HeaderValue::from_static("accept-language"))], go(&visit, "/")).into_response()
}

/// `/en/`
pub(super) async fn home(State(app): State<App>, visit: Visit) -> Answer {
    let catalog = &app.shop.catalog;
    let releases = catalog.releases(ReleaseFilter::All, None, RELEASES).await?;
    let genres = catalog.genres().await?;
    let totals = catalog.totals().await?;
    show(&HomePage {
        page: visit.layout(),
        releases: cards(&releases.items),
        genres: genres.iter().take(GENRES).map(counted).collect(),
        release_count: totals.releases,
        track_count: totals.tracks,
    })
}
