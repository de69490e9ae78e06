//! The charts as a page.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::catalog::Genre;
use shop::charts::{Kind, MAX_PLACES, Period, Which};

use super::shown;
use crate::http::{App, Problem, Query, Visit};
use crate::pages::{ChartChoice, ChartsPage, PlacedRelease, PlacedTrack};

/// Which chart; what is no chart is the usual one.
#[derive(Deserialize)]
pub struct ChartQuery {
    #[serde(default)]
    period: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    genre: String,
}

/// `/charts`
pub async fn charts(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<ChartQuery>,
) -> Result<Response, Problem> {
    let (period, kind) = (Period::of_name(&asked.period).unwrap_or(Period::Week), Kind::of_name(&asked.kind));
    let kind = kind.unwrap_or(Kind::Release);
    // A tag leads to the genre that it belongs to.
    let genre = app.shop.catalog.genre(&asked.genre).await?.map_or(asked.genre, |genre| genre.id);
    let which = || Which { period, genre: Some(genre.clone()).filter(|genre| !genre.is_empty()) };
    let (mut releases, mut tracks) = (Vec::new(), Vec::new());
    match kind {
        Kind::Release => {
            let chart = app.shop.charts.releases(which(), MAX_PLACES).await?.into_iter();
            releases.extend(chart.map(|one| PlacedRelease { place: one.place, card: shown::card(one.item) }));
        }
        Kind::Track => {
            let chart = app.shop.charts.tracks(which(), MAX_PLACES).await?.into_iter();
            tracks.extend(chart.map(|one| PlacedTrack { place: one.place, hit: shown::track_hit(one.item) }));
        }
    }
    let choice = |text: String, (to_period, to_kind, to_genre): (Period, Kind, &str)| ChartChoice {
        text,
        href: visit.href(&address(to_period, to_kind, to_genre)),
        is_current: (to_period, to_kind, to_genre) == (period, kind, genre.as_str()),
    };
    let t = |id: &str| visit.lang().t(id);
    let periods = Period::ALL.map(|to| choice(t(&format!("charts-{}", to.as_str())), (to, kind, &genre)));
    let kinds = [(Kind::Release, "search-releases"), (Kind::Track, "search-tracks")];
    let (tree, lang) = (app.shop.catalog.genre_tree().await?, visit.lang().code());
    let mut found = app.shop.charts.genres(kind, period).await?;
    found.sort_by(|a, b| a.name(lang).cmp(b.name(lang)));
    let of = |genre: &Genre| choice(genre.name(lang).to_owned(), (period, kind, &genre.id));
    let mut genres: Vec<ChartChoice> = found.iter().filter(|one| one.parent.is_none()).map(of).collect();
    if !found.is_empty() {
        genres.insert(0, choice(t("charts-all-genres"), (period, kind, "")));
    }
    let mut within: Vec<ChartChoice> = tree.path(&genre).into_iter().skip(1).map(of).collect();
    within.extend(found.iter().filter(|one| one.parent.as_ref() == Some(&genre)).map(of));
    shown::public(ChartsPage {
        periods: periods.to_vec(),
        kinds: kinds.map(|(to, text)| choice(t(text), (period, to, &genre))).to_vec(),
        genres,
        within,
        releases,
        tracks,
        page: visit.layout(),
    })
}

fn address(period: Period, kind: Kind, genre: &str) -> String {
    let mut address = form_urlencoded::Serializer::new("/charts?".to_owned());
    address.append_pair("period", period.as_str()).append_pair("kind", kind.as_str());
    if !genre.is_empty() {
        address.append_pair("genre", genre);
    }
    address.finish()
}
