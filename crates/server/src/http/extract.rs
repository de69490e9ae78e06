//! What handlers take out of a request, with refusals that are problem documents.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shop::geoip::Country;
use shop::users::{Session, SessionKind, Token};

use super::app::App;
use super::json;
use super::problem::{Kind, Problem};
use crate::pages::Lang;

/// The JSON body of a request.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
            return Err(Problem::new(Kind::NotJson, "Send JSON, with the header Content-Type: application/json."));
        }
        let bytes = body(Bytes::from_request(request, state).await)?;
        without_nul(&bytes, b"\\u0000")?;
        json::read(&bytes).map(Json)
    }
}

/// A body that was read whole, or why not.
pub(super) fn body(read: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::TooLarge, "Send less at once."),
        _ => Problem::new(Kind::Malformed, "The body ended too early; send the request again."),
    })
}

/// Refuses a body with a NUL, in the way its language writes one: no text of the shop holds one.
pub(super) fn without_nul(bytes: &[u8], written: &[u8]) -> Result<(), Problem> {
    if bytes.windows(written.len()).any(|window| window == written) {
        return Err(Problem::new(Kind::Malformed, "No text here holds a NUL character."));
    }
    Ok(())
}

/// The query of an address.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query)
            .map(Query)
            .map_err(|e| Problem::new(Kind::Malformed, format!("What follows the question mark does not fit: {e}.")))
    }
}

/// Segments of an address.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Path(path)).map_err(|_| Problem::not_found("address"))
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Paging {
    limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl Paging {
    /// How many items, within what a page may hold.
    pub fn limit(&self) -> u32 {
        shop::page::limit(self.limit)
    }
}

/// Where on the network the visitor is.
pub struct Client(pub IpAddr);

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Client, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        // The last address is the one that the trusted proxy itself wrote.
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let forwarded = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let address = forwarded.filter(|_| app.trust_proxy).or(peer);
        Ok(Client(address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}

/// The country that the visitor's network address lies in, where the operator's database knows it.
pub struct Whereabouts(pub Option<Country>);

impl FromRequestParts<App> for Whereabouts {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Whereabouts, Self::Rejection> {
        let Ok(Client(address)) = Client::from_request_parts(parts, app).await;
        Ok(Whereabouts(app.shop.geoip.country(address)))
    }
}

/// The address under which this visitor reached the shop, for absolute links: `https://music.example.org`.
pub struct Origin(pub String);

impl FromRequestParts<App> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Origin, Self::Rejection> {
        Ok(Origin(origin_of(app, &parts.headers)))
    }
}

/// The address under which a request with these headers reached the shop.
pub fn origin_of(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.shop.settings.public_url {
        return url.clone();
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    host.map_or_else(|| app.local_url.to_string(), |host| format!("http://{host}"))
}

/// The caller's own name for what he asks for, so that a repeated call does nothing twice.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IdempotencyKey, Problem> {
        let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::trim);
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            let detail = "Send the header Idempotency-Key with text of your own, a new one each time; \
                          to repeat a request that got no answer, send the same again.";
            Problem::new(Kind::KeyMissing, detail)
        })?;
        Ok(IdempotencyKey(key.to_owned()))
    }
}

/// Somebody with a bearer token.
pub struct Member {
    /// The session.
    pub session: Session,
    /// Its token.
    pub token: Token,
}

impl Member {
    /// Whose session it is.
    pub fn id(&self) -> &str {
        &self.session.user.id
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Member, Problem> {
        let needed = || {
            let detail = "Get a token by POST /api/v1/sessions and send it as Authorization: Bearer TOKEN.";
            Problem::new(Kind::SignInNeeded, detail)
        };
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = shown.and_then(|shown| shown.split_once(' ')).ok_or_else(needed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(needed());
        }
        let token = Token::shown(token.trim());
        let session = app.shop.users.by_token(&token).await?.filter(|session| session.kind == SessionKind::Api);
        Ok(Member { session: session.ok_or_else(needed)?, token })
    }
}

/// Whoever asks: somebody with a bearer token, or a visitor without one. A token that is not in force is refused.
pub struct Anybody(pub Option<Member>);

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Anybody, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Anybody(None));
        }
        Ok(Anybody(Some(Member::from_request_parts(parts, app).await?)))
    }
}

/// The language of texts in an answer.
pub struct Language(pub Lang);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Language, Self::Rejection> {
        Ok(Language(accepted_language(&parts.headers)))
    }
}

/// The language that a browser or program asks for.
pub fn accepted_language(headers: &HeaderMap) -> Lang {
    let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::from_accept_language(wish.unwrap_or_default())
}
