//! Styles, scripts, icons and covers.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use shop::catalog::CoverSize;

use crate::http::{App, Path, Problem, accepted_language};
use crate::pages::assets::{CACHE_CONTROL, find};

/// How long a cover may be shown without asking: its address stays when the cover is changed.
const COVER_CACHING: &str = "public, max-age=3600";

/// `GET /`: the home page in the language that the browser asks for.
pub async fn home(headers: HeaderMap) -> Response {
    let home = Redirect::to(&accepted_language(&headers).href("/"));
    ([(header::VARY, "Accept-Language")], home).into_response()
}

/// `GET /assets/{file}`
pub async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let asset = find(&file).ok_or_else(|| Problem::not_found("file"))?;
    let about =
        [(header::CONTENT_TYPE, asset.mime), (header::CACHE_CONTROL, CACHE_CONTROL), (header::VARY, "accept-encoding")];
    if takes_gzip(&headers) {
        return Ok((about, [(header::CONTENT_ENCODING, "gzip")], asset.gzip.as_slice()).into_response());
    }
    Ok((about, asset.bytes).into_response())
}

/// Whether packed bytes are welcome (RFC 9110, 12.5.3); a weight of nothing says no.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(',')).map(|coding| coding.trim().to_ascii_lowercase());
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((&coding, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim() == "gzip" && !refused
    })
}

/// `GET /favicon.ico`
pub async fn icon() -> Redirect {
    Redirect::to(&crate::pages::assets::href("icon.svg"))
}

/// `GET /covers/{release}/{side}.jpg`
pub async fn cover(
    State(app): State<App>,
    Path((release, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("cover");
    let side: u32 = file.strip_suffix(".jpg").and_then(|side| side.parse().ok()).ok_or_else(unknown)?;
    let size = CoverSize::ALL.into_iter().find(|size| size.side_px() == side).ok_or_else(unknown)?;
    let card = app.shop.catalog.cards(vec![release]).await?.pop();
    let id = card.and_then(|card| card.cover).ok_or_else(unknown)?;
    let etag = format!("\"{id}-{side}\"");
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let jpeg = app.shop.catalog.cover(&id, size).await?.ok_or_else(unknown)?;
        ([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(COVER_CACHING));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}
