//! The charts. Open to everybody.

use axum::extract::State;
use serde::Deserialize;
use shop::charts::{Kind as ChartKind, MAX_PLACES, Period, Which};

use super::words;
use crate::http::{App, Problem, Query};

/// Which chart.
#[derive(Deserialize)]
pub struct ChartQuery {
    period: Option<String>,
    kind: Option<String>,
    genre: Option<String>,
    limit: Option<u32>,
}

/// `GET /charts`
pub async fn charts(
    State(app): State<App>,
    Query(asked): Query<ChartQuery>,
) -> Result<axum::Json<wire::Chart>, Problem> {
    let period = asked.period.as_deref().map_or(Some(Period::Week), Period::of_name);
    let period = period.ok_or_else(|| Problem::of_field("period", "day, week or all"))?;
    let kind = asked.kind.as_deref().map_or(Some(ChartKind::Release), ChartKind::of_name);
    let kind = kind.ok_or_else(|| Problem::of_field("kind", "release or track"))?;
    let limit = asked.limit.unwrap_or(MAX_PLACES).clamp(1, MAX_PLACES);
    let which = Which { period, genre: asked.genre.clone().filter(|genre| !genre.is_empty()) };
    let genre = which.genre.clone();
    let places = match kind {
        ChartKind::Release => {
            let chart = app.shop.charts.releases(which, limit).await?.into_iter();
            let place = |placed: shop::charts::Placed<_>| wire::ChartPlace {
                place: placed.place,
                release: Some(words::summary(placed.item)),
                track: None,
            };
            chart.map(place).collect()
        }
        ChartKind::Track => {
            let chart = app.shop.charts.tracks(which, limit).await?.into_iter();
            let place = |placed: shop::charts::Placed<_>| wire::ChartPlace {
                place: placed.place,
                release: None,
                track: Some(words::track_details(placed.item)),
            };
            chart.map(place).collect()
        }
    };
    let (period, kind) = (period.as_str().to_owned(), kind.as_str().to_owned());
    Ok(axum::Json(wire::Chart { period, kind, genre, places }))
}
