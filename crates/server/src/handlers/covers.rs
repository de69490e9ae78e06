//! Covers and the files that pages are made with: bytes that a browser keeps.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shop::catalog::CoverSize;

use super::show::Answer;
use crate::http::{App, Path, Problem};
use crate::pages::assets;

/// A cover under its own id is that picture for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A release may get another cover: browsers ask again after an hour, and mostly hear that it is the same.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// `/covers/{id}/{size}.jpg`, by the id of a cover or of a release.
pub(super) async fn cover(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let absent = || Problem::not_found("cover");
    let side_px: u32 = file.strip_suffix(".jpg").and_then(|side| side.parse().ok()).ok_or_else(absent)?;
    let size = CoverSize::ALL.into_iter().find(|size| size.side_px() == side_px).ok_or_else(absent)?;
    let release = app.shop.catalog.cards(vec![id.clone()]).await?.pop();
    let (cover_id, caching) = match release {
        Some(release) => (release.cover.ok_or_else(absent)?, FOR_AN_HOUR),
        None => (id, FOR_EVER),
    };
    let etag = format!("\"{}-{side_px}\"", cover_id.get(..16).unwrap_or(&cover_id));
    if is_held(&headers, &etag) {
        return Ok(kept(StatusCode::NOT_MODIFIED, (&etag, caching)));
    }
    let bytes = app.shop.catalog.cover(&cover_id, size).await?.ok_or_else(absent)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))];
    Ok((kept(StatusCode::OK, (&etag, caching)), kind, bytes).into_response())
}

/// `/assets/{hash}-{name}`
pub(super) async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Answer {
    let asset = assets::find(&file).ok_or_else(|| Problem::not_found("file"))?;
    let etag = format!("\"{}\"", asset.hash);
    if is_held(&headers, &etag) {
        return Ok(kept(StatusCode::NOT_MODIFIED, (&etag, assets::CACHE_CONTROL)));
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime))];
    Ok((kept(StatusCode::OK, (&etag, assets::CACHE_CONTROL)), kind, asset.bytes).into_response())
}

fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*")
}

fn kept(status: StatusCode, (etag, caching): (&str, &'static str)) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
