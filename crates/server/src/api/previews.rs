//! Previews: what one may hear, and the file that holds just that. A page's cookie says who listens as well as a bearer token
//! does, since browsers fetch these files for pages; nothing is changed here.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::previews::{Ear, Kind as File, Preview};
use shop::users::SessionKind;

use crate::http::{Anybody, App, Client, Cookies, Disposition, Kind, Path, Problem, Query, deliver};

/// What the answer depends on beside its address.
const VARY: HeaderValue = HeaderValue::from_static("accept, authorization, cookie");

/// A waveform follows from the master, which a track changes rarely.
const WAVEFORM_CACHING: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Which file.
#[derive(Deserialize)]
pub struct PreviewQuery {
    codec: Option<String>,
    /// Somebody wants to go on from a place in it, which takes ranges.
    cue: Option<String>,
}

/// `GET /tracks/{id}/preview`
pub async fn preview(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<PreviewQuery>,
    (Anybody(member), Client(address)): (Anybody, Client),
    method: Method,
    mut headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = file(asked.codec.as_deref(), &headers)?;
    let user = match member {
        Some(member) => Some(member.id().to_owned()),
        None => by_cookie(&app, &headers).await?,
    };
    let ear = Ear { user_id: user.as_deref(), address };
    let Preview { delivery, is_growing } = app.shop.previews.listen(&id, file, ear).await?;
    let as_it_grows = is_growing && asked.cue.is_none() && from_the_start(&headers);
    if as_it_grows {
        headers.remove(header::RANGE);
    }
    let mut response = deliver(&app, &method, &headers, (delivery, Disposition::Inline)).await;
    response.headers_mut().insert(header::VARY, VARY);
    if as_it_grows {
        // A player that is offered ranges looks at the end first, which is made last: like this it sounds at once.
        response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    }
    Ok(response)
}

/// `GET /previews`
pub async fn hearing(State(app): State<App>, Anybody(member): Anybody) -> Result<axum::Json<wire::Hearing>, Problem> {
    let hearing = app.shop.previews.hearing(member.as_ref().map(|member| member.id())).await?;
    Ok(axum::Json(wire::Hearing {
        standing: hearing.standing.as_str().to_owned(),
        most_s: hearing.most_s,
        buyer_from_micros: hearing.settings.buyer_from.0,
        opus: hearing.settings.opus,
        mp3: hearing.settings.mp3,
    }))
}

/// How a waveform is wanted.
#[derive(Deserialize)]
pub struct WaveformQuery {
    #[serde(default, rename = "as")]
    kind: String,
}

/// `GET /tracks/{id}/waveform`
pub async fn waveform(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<WaveformQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = app.shop.catalog.waveform(&id).await?.ok_or_else(|| Problem::not_found("waveform"))?;
    let is_svg = match asked.kind.as_str() {
        "" | "json" => false,
        "svg" => true,
        _ => return Err(Problem::of_field("as", "it is json or svg")),
    };
    let etag =
        format!("\"{}-{}\"", &found.master_id[..found.master_id.len().min(32)], if is_svg { "svg" } else { "json" });
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if is_svg {
        ([(header::CONTENT_TYPE, "image/svg+xml")], svg(&found.points)).into_response()
    } else {
        axum::Json(wire::Waveform { points: found.points }).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, WAVEFORM_CACHING);
    response.headers_mut().insert(header::ETAG, HeaderValue::try_from(etag).map_err(Problem::internal)?);
    Ok(response)
}

/// A picture of it, a unit wide for each point.
fn svg(points: &[u8]) -> String {
    let mut path = String::new();
    for (x, point) in points.iter().enumerate() {
        let half = u32::from(*point) / 4 + 1;
        path.push_str(&format!("M{x} {}v{}", 64 - half.min(64), 2 * half));
    }
    let width = points.len().max(1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 0 {} 128\" preserveAspectRatio=\"none\"><path d=\"{path}\" \
         fill=\"none\" stroke=\"#857b70\" stroke-width=\".7\"/></svg>",
        width + 1
    )
}

/// Who is signed in by a page's cookie.
async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(token) = Cookies::read(headers, app.is_https()).session else { return Ok(None) };
    let session = app.shop.users.by_token(&token).await?;
    Ok(session.filter(|session| session.kind == SessionKind::Browser).map(|session| session.user.id))
}

/// As the address says, else as the client accepts: Opus, unless it wants MPEG and nothing that Opus is.
fn file(codec: Option<&str>, headers: &HeaderMap) -> Result<File, Problem> {
    match codec {
        Some("opus") => Ok(File::Opus),
        Some("mp3") => Ok(File::Mp3),
        Some(_) => Err(Problem::of_field("codec", "it is opus or mp3")),
        None => {
            let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
            let takes = |kind: &str| accepts.split(',').any(|part| part.trim().starts_with(kind));
            let opus = ["audio/ogg", "audio/opus", "audio/*", "*/*"].into_iter().any(takes);
            Ok(if takes("audio/mpeg") && !opus { File::Mp3 } else { File::Opus })
        }
    }
}

/// Whether all is wanted, from the first byte on.
fn from_the_start(headers: &HeaderMap) -> bool {
    headers.get(header::RANGE).is_none_or(|range| range.as_bytes() == b"bytes=0-")
}

impl From<shop::previews::PreviewError> for Problem {
    fn from(error: shop::previews::PreviewError) -> Problem {
        use shop::previews::PreviewError;
        match error {
            PreviewError::Unknown => Problem::not_found("track"),
            PreviewError::Withheld => {
                Problem::new(Kind::PreviewWithheld, "Its rights holder wants none, or you have to sign in.")
            }
            PreviewError::TooMany { retry_after_s } => Problem::too_many(retry_after_s),
            PreviewError::Download(error) => error.into(),
            PreviewError::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_opus_unless_only_mpeg_is_accepted() {
        for (codec, accept, expected) in [
            (None, None, File::Opus),
            (None, Some("*/*"), File::Opus),
            (None, Some("audio/mpeg, audio/*;q=0.5"), File::Opus),
            (None, Some("audio/mpeg"), File::Mp3),
            (None, Some("audio/mpeg, audio/mp4;q=0.9"), File::Mp3),
            (Some("mp3"), Some("audio/ogg"), File::Mp3),
            (Some("opus"), Some("audio/mpeg"), File::Opus),
        ] {
            let headers = accept.map(|text| (header::ACCEPT, HeaderValue::from_static(text))).into_iter().collect();
            assert_eq!(file(codec, &headers).unwrap(), expected, "{codec:?} {accept:?}");
        }
        assert!(file(Some("flac"), &HeaderMap::new()).is_err());
    }

    #[test]
    fn who_has_heard_too_many_is_told_when_to_come_back() {
        let answer = Problem::from(shop::previews::PreviewError::TooMany { retry_after_s: 7 }).into_response();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "7");
    }
}
