//! Styles, scripts, icons and covers.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use shop::catalog::CoverSize;

use crate::http::{App, Path, Problem, accepted_language, takes_gzip};
use crate::pages::assets::{CACHE_CONTROL, find};

/// How long a cover may be shown without asking: its address stays when the cover is changed.
const COVER_CACHING: &str = "public, max-age=3600";
const JPEG: &str = "image/jpeg";
const WEBP: &str = "image/webp";

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

/// `GET /favicon.ico`
pub async fn icon() -> Redirect {
    Redirect::to(&crate::pages::assets::href("icon.svg"))
}

/// `GET /covers/{release}/{side}.jpg`: a JPEG, or a WebP for who says that he takes one.
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
    let takes_webp = accepts(&headers, WEBP);
    let tag_of = |mime: &str| format!("\"{id}-{side}-{}\"", mime.trim_start_matches("image/"));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let known = known.filter(|tag| *tag == tag_of(JPEG) || (takes_webp && *tag == tag_of(WEBP)));
    let (mut response, tag) = match known {
        Some(tag) => (StatusCode::NOT_MODIFIED.into_response(), tag),
        None => {
            let shown = app.shop.catalog.cover(&id, size, takes_webp).await?.ok_or_else(unknown)?;
            (([(header::CONTENT_TYPE, shown.mime)], shown.bytes).into_response(), tag_of(shown.mime))
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(COVER_CACHING));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Whether a media type is named by what is accepted; wildcards do not count, since every browser sends them.
fn accepts(headers: &HeaderMap, mime: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let (name, weight) = range.split_once(';').unwrap_or((range, ""));
        name.trim().eq_ignore_ascii_case(mime)
            && weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webp_goes_to_those_who_name_it() {
        for (accept, takes) in [
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true),
            ("image/png, Image/WebP;q=0.5", true),
            ("image/webp;q=0", false),
            ("image/*", false),
            ("*/*", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(accepts(&headers, WEBP), takes, "{accept}");
        }
    }
}
