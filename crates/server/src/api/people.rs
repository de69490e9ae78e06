//! `/users`, `/sessions`, `/me`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use shop::users::{SessionKind, SignIn};

use super::words;
use crate::http::{App, Client, Json, Member, Problem, accepted_language};

/// `POST /users`
pub async fn sign_up(
    State(app): State<App>,
    headers: HeaderMap,
    Json(new): Json<wire::Credentials>,
) -> Result<(StatusCode, axum::Json<wire::Me>), Problem> {
    let language = accepted_language(&headers).code();
    let user = app.shop.users.sign_up(&new.email, &new.password, language).await?;
    Ok((StatusCode::CREATED, axum::Json(words::me(user))))
}

/// `POST /sessions`
pub async fn sign_in(
    State(app): State<App>,
    Client(address): Client,
    Json(shown): Json<wire::Credentials>,
) -> Result<(StatusCode, axum::Json<wire::Session>), Problem> {
    let (email, password) = (shown.email.as_str(), shown.password.as_str());
    let who = SignIn { email, password, address, kind: SessionKind::Api, previous: None };
    let (_, token) = app.shop.users.sign_in(&who).await?;
    Ok((StatusCode::CREATED, axum::Json(wire::Session { token: token.as_str().to_owned() })))
}

/// `DELETE /sessions/current`
pub async fn sign_out(State(app): State<App>, member: Member) -> Result<StatusCode, Problem> {
    app.shop.users.sign_out(&member.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me`
pub async fn me(member: Member) -> axum::Json<wire::Me> {
    axum::Json(words::me(member.session.user))
}

/// `DELETE /me`: closes the account.
pub async fn close(
    State(app): State<App>,
    member: Member,
    Client(address): Client,
    Json(asked): Json<wire::CloseAccount>,
) -> Result<StatusCode, Problem> {
    app.shop.closing.close(&member.session, &asked.password, address, asked.give_up).await?;
    Ok(StatusCode::NO_CONTENT)
}
