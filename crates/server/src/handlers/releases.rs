//! The page of a release: tracks, formats, and what it all costs in the format chosen.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use shop::catalog::{Release, Track as Sold};
use shop::formats::Format;
use shop::orders::{Item, OrderError, Quote, QuoteLine, Reason};

use super::cards::{credits, named};
use super::formats;
use super::show::{Answer, show};
use crate::http::{App, Path, Problem, Query, Visit};
use crate::pages::{Medium, Price, ReleasePage, Track};

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub format: Option<String>,
}

/// `/en/releases/{id}?format=`
pub(super) async fn release(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Answer {
    let found = app.shop.catalog.release(&id).await?.filter(|release| release.card.on_sale);
    let release = found.ok_or_else(|| Problem::not_found("release"))?;
    let format = formats::chosen(&visit, choice.format.as_deref())?;
    let quote = quote(&app, vec![Item::Release(id)], format).await?;
    let page = show(&page(&visit, &release, format, quote.as_ref()))?;
    match choice.format {
        Some(_) => Ok(([(header::SET_COOKIE, visit.cookies().set_format(&format.to_string()))], page).into_response()),
        None => Ok(page),
    }
}

/// What items cost in a format; none where one of them cannot be had in it.
pub(super) async fn quote(app: &App, items: Vec<Item>, format: Format) -> Result<Option<Quote>, Problem> {
    match app.shop.orders.quote(items, format).await {
        Ok(quote) => Ok(Some(quote)),
        Err(OrderError::DoesNotFit { .. } | OrderError::Unknown(_) | OrderError::NoItems) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// The sum of these lines.
pub(super) fn price_of<'l>(lines: impl Iterator<Item = &'l QuoteLine>) -> Price {
    let bytes = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let none = Price { min_micros: 0, max_micros: 0, min_bytes: 0, max_bytes: 0 };
    lines.fold(none, |sum, line| Price {
        min_micros: sum.min_micros.saturating_add(line.price_min_micros),
        max_micros: sum.max_micros.saturating_add(line.price_micros),
        min_bytes: sum.min_bytes.saturating_add(bytes(line.bytes_min)),
        max_bytes: sum.max_bytes.saturating_add(bytes(line.bytes_max)),
    })
}

fn page(visit: &Visit, release: &Release, format: Format, quote: Option<&Quote>) -> ReleasePage {
    let best = release.tracks().map(|track| (track.master.rate_hz, track.master.bits)).max().unwrap_or_default();
    let Reason::PricePerMb { price_per_mb_micros } = quote
        .and_then(|quote| quote.lines.first()?.reasons.first().cloned())
        .unwrap_or(Reason::PricePerMb { price_per_mb_micros: 0 });
    let id = release.card.id.clone();
    ReleasePage {
        page: visit.layout(),
        title: release.card.title.clone(),
        artists: credits(&release.card.artists),
        released: release.card.date.clone().unwrap_or_default(),
        labels: release.label.iter().map(named).collect(),
        genres: release.genres.iter().map(named).collect(),
        gtin: release.gtin.clone().unwrap_or_default(),
        has_cover: release.card.cover.is_some(),
        rate_hz: best.0,
        depth_bits: u32::from(best.1),
        media: media(release, quote),
        formats: formats::groups(),
        format: format.to_string(),
        price: quote.map(|quote| price_of(quote.lines.iter())),
        price_per_mb_micros,
        in_basket: visit.cookies().basket.items().contains(&Item::Release(id.clone())),
        id,
    }
}

fn media(release: &Release, quote: Option<&Quote>) -> Vec<Medium> {
    let line_of = |track: &Sold| quote?.lines.iter().find(|line| line.track_id == track.id);
    let track = |track: &Sold| Track {
        id: track.id.clone(),
        number: track.number,
        title: track.title.clone(),
        artists: if track.artists == release.card.artists { Vec::new() } else { credits(&track.artists) },
        length_ms: i64::try_from(track.master.length_ms()).unwrap_or(i64::MAX),
        price: line_of(track).map(|line| price_of(std::iter::once(line))),
        has_preview: true,
    };
    let medium = |medium: &shop::catalog::Medium| Medium {
        number: medium.number,
        title: medium.title.clone().unwrap_or_default(),
        tracks: medium.tracks.iter().map(track).collect(),
    };
    release.media.iter().map(medium).collect()
}
