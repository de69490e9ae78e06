//! Files over HTTP: HEAD, ranges, validators, and bodies that follow an encode. What is sent, and when it exists, the
//! shop knows.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use shop::renditions::{Delivery, Reach};

use super::app::App;
use super::problem::{Kind, Problem};
use super::range::{Span, Wish, content_range, parse, within};

/// What RFC 8187 lets stand as it is.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a browser is to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Save it.
    Attachment,
    /// Play it.
    Inline,
}

/// Answers a GET or HEAD for a file.
pub async fn deliver(app: &App, method: &Method, headers: &HeaderMap, file: (Delivery, Disposition)) -> Response {
    let (delivery, disposition) = file;
    if matches_any(headers, &delivery.etag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe(&mut response, &delivery, disposition);
        return response;
    }
    match answer(app, method, headers, &delivery).await {
        Ok(mut response) => {
            describe(&mut response, &delivery, disposition);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// What is sent: bytes `from..to` (the end where `to` is none) of a file whose length may be unknown.
struct Part {
    status: StatusCode,
    from: u64,
    to: Option<u64>,
    total: Option<u64>,
}

async fn answer(app: &App, method: &Method, headers: &HeaderMap, delivery: &Delivery) -> Result<Response, Problem> {
    let part = part(wish(method, headers, &delivery.etag), delivery).await?;
    let sending = app.metrics.download();
    let pieces = delivery.stream(part.from, part.to).map(move |piece| {
        match &piece {
            Ok(bytes) => sending.sent(bytes.len()),
            Err(broken) => {
                // The connection is cut, so that nobody takes a part for the whole.
                tracing::error!(cause = %broken, "a download broke off");
                sending.broke();
            }
        }
        piece
    });
    let mut response = (part.status, Body::from_stream(pieces)).into_response();
    if let Some(to) = part.to {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(to - part.from));
        if part.status == StatusCode::PARTIAL_CONTENT {
            set(&mut response, header::CONTENT_RANGE, &content_range(part.from, to, part.total));
        }
    }
    Ok(response)
}

/// A range counts for GET alone (RFC 9110, 14.2), and with If-Range only where the validator still matches (13.1.5); a
/// date never does, since files have none.
fn wish(method: &Method, headers: &HeaderMap, etag: &str) -> Wish {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let fresh = headers.get(header::IF_RANGE).is_none_or(|validator| validator.as_bytes() == etag.as_bytes());
    if method == Method::GET && fresh { parse(text(header::RANGE)) } else { Wish::Whole }
}

/// Decides what is sent, and waits for what has to be known before it is.
async fn part(wish: Wish, delivery: &Delivery) -> Result<Part, Problem> {
    let total = match (wish, delivery.total()) {
        (_, Some(total)) => total,
        // From the first byte on is the whole, and that may begin at once.
        (Wish::Whole | Wish::From(0), None) => {
            return Ok(Part { status: StatusCode::OK, from: 0, to: None, total: None });
        }
        (Wish::Between(from, last), None) => match delivery.wait_for(last).await? {
            Reach::There => {
                let (to, total) = (Some(last + 1), delivery.total());
                return Ok(Part { status: StatusCode::PARTIAL_CONTENT, from, to, total });
            }
            Reach::Past { total } => total,
        },
        (Wish::From(_) | Wish::Last(_), None) => delivery.wait_total().await?,
    };
    match within(wish, total) {
        Span::Bytes(from, to) => {
            let status = if wish == Wish::Whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
            Ok(Part { status, from, to: Some(to), total: Some(total) })
        }
        Span::Unsatisfiable => {
            let detail = format!("The file has {total} bytes; ask for a part within them.");
            Err(Problem { total_bytes: Some(total), ..Problem::new(Kind::RangeNotThere, detail) })
        }
    }
}

/// If-None-Match (RFC 9110, 13.1.2): any of the tags, weakly compared.
fn matches_any(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

fn describe(response: &mut Response, delivery: &Delivery, disposition: Disposition) {
    set(response, header::CONTENT_TYPE, &delivery.mime);
    set(response, header::ETAG, &delivery.etag);
    set(response, header::ACCEPT_RANGES, "bytes");
    set(response, header::CACHE_CONTROL, "private, no-cache");
    set(response, header::CONTENT_DISPOSITION, &content_disposition(&delivery.file_name, disposition));
}

/// A header of text that the shop made; one that cannot be a header is left out rather than failing the download.
fn set(response: &mut Response, name: header::HeaderName, text: &str) {
    match HeaderValue::try_from(text) {
        Ok(value) => drop(response.headers_mut().insert(name, value)),
        Err(_) => tracing::warn!(%name, "a header could not be written"),
    }
}

/// The name for old clients in ASCII, and the true one (RFC 6266, appendix D; RFC 8187).
fn content_disposition(file_name: &str, disposition: Disposition) -> String {
    let how = if disposition == Disposition::Attachment { "attachment" } else { "inline" };
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !"\"\\%/".contains(c);
    let ascii: String = file_name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(file_name, ATTRIBUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_ascii_and_as_it_is() {
        assert_eq!(
            content_disposition("01 Ёлка \"x\"/50%.mp3", Disposition::Attachment),
            "attachment; filename=\"01 ____ _x__50_.mp3\"; \
             filename*=UTF-8''01%20%D0%81%D0%BB%D0%BA%D0%B0%20%22x%22%2F50%25.mp3"
        );
    }

    #[test]
    fn a_range_counts_only_for_get_and_while_the_validator_matches() {
        let headers = |if_range: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static("bytes=5-"))]);
            headers.extend(if_range.map(|tag| (header::IF_RANGE, HeaderValue::from_static(tag))));
            headers
        };
        for (method, if_range, expected) in [
            (Method::GET, None, Wish::From(5)),
            (Method::GET, Some("\"a\""), Wish::From(5)),
            (Method::GET, Some("\"b\""), Wish::Whole),
            (Method::GET, Some("W/\"a\""), Wish::Whole),
            (Method::GET, Some("Sat, 21 Nov 2026 05:00:00 GMT"), Wish::Whole),
            (Method::HEAD, None, Wish::Whole),
        ] {
            assert_eq!(wish(&method, &headers(if_range), "\"a\""), expected, "{method} {if_range:?}");
        }
    }

    #[test]
    fn a_file_that_did_not_change_is_recognised() {
        for (tag, known) in [("\"a\"", true), ("\"x\", W/\"a\"", true), ("*", true), ("\"b\"", false), ("a", false)] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(tag))]);
            assert_eq!(matches_any(&headers, "\"a\""), known, "{tag}");
        }
    }
}
