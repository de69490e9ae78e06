//! Headers that tell a browser what it may do, and the check that a form was not sent by somebody else's page.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::{Kind, Problem};

/// Nothing inline, nothing from elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The same for the player that stands in other sites' pages.
pub const EMBED_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors *; base-uri 'none'";
/// A year, once somebody has come over TLS.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Puts the headers on every answer.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY));
    }
    response
}

/// Refuses what a browser sends for another site. A second lock beside the form's token.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_own(request.headers(), app.shop.settings.public_url.as_deref()) {
        return next.run(request).await;
    }
    Problem::new(Kind::ForeignForm, "Open the page in this shop and send the form from there.").into_response()
}

/// Whether a browser says that one of our own pages sent this; a program that says nothing is no browser.
fn is_own(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text(&SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    public_url == Some(origin) || (host.is_some() && host == text(&header::HOST))
}

/// Whether a browser itself says that one of our own pages sent this. No page of another site can make it say so.
pub fn is_vouched(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    (headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(header::ORIGIN)) && is_own(headers, public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_send_forms() {
        for (fetch_site, origin, own) in [
            (Some("same-origin"), None, true),
            (Some("none"), None, true),
            (Some("cross-site"), Some("http://shop.example"), false),
            (Some("same-site"), None, false),
            (None, Some("http://shop.example"), true),
            (None, Some("https://music.example"), true),
            (None, Some("http://evil.example"), false),
            (None, Some("null"), false),
            (None, None, true),
        ] {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("shop.example"))]);
            headers.extend(fetch_site.map(|site| (SEC_FETCH_SITE, HeaderValue::from_static(site))));
            headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
            assert_eq!(is_own(&headers, Some("https://music.example")), own, "{fetch_site:?} {origin:?}");
            let is_said = fetch_site.is_some() || origin.is_some();
            assert_eq!(
                is_vouched(&headers, Some("https://music.example")),
                own && is_said,
                "{fetch_site:?} {origin:?}"
            );
        }
    }
}
