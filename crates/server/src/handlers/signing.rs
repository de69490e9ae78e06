//! Signing up, in and out.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use shop::users::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, SessionKind, SignIn, Token, UserError};

use super::shown;
use crate::http::{App, Client, Posted, Problem, Query, Visit};
use crate::pages::{Field, Refusal, SignInPage, SignUpPage};

/// Shortest password, as pages say it.
pub const PASSWORD_MIN_CHARS: u32 = MIN_PASSWORD_CHARS as u32;

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct NextQuery {
    #[serde(default)]
    next: String,
}

/// `/sign-up`
pub async fn sign_up_page(visit: Visit, Query(asked): Query<NextQuery>) -> Result<Response, Problem> {
    if visit.signed().is_some() {
        return Ok(onwards(&visit, &asked.next).into_response());
    }
    shown::html(sign_up_form(&visit, asked.next, Fields::default()))
}

/// `/sign-in`
pub async fn sign_in_page(visit: Visit, Query(asked): Query<NextQuery>) -> Result<Response, Problem> {
    if visit.signed().is_some() {
        return Ok(onwards(&visit, &asked.next).into_response());
    }
    shown::html(sign_in_form(&visit, asked.next, Fields::default()))
}

/// Who wants in.
#[derive(Deserialize)]
pub struct SignForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-up`
pub async fn sign_up(
    State(app): State<App>,
    visit: Visit,
    Posted(form): Posted<SignForm>,
) -> Result<Response, Problem> {
    match app.shop.users.sign_up(&form.email, &form.password, visit.lang().code()).await {
        Ok(user) => {
            let token = app.shop.users.begin_session(&user.id, SessionKind::Browser).await?;
            let path = shown::inner_path(&form.next).unwrap_or("/");
            Ok(signed_in(&visit, &token, shown::go(&visit, path, "welcome")))
        }
        Err(e) => {
            let fields = refused(form.email, e)?;
            shown::refused(fields.whole, sign_up_form(&visit, form.next, fields))
        }
    }
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    Client(address): Client,
    Posted(form): Posted<SignForm>,
) -> Result<Response, Problem> {
    let previous = visit.cookies().session.as_ref();
    let (email, password) = (form.email.as_str(), form.password.as_str());
    let who = SignIn { email, password, address, kind: SessionKind::Browser, previous };
    match app.shop.users.sign_in(&who).await {
        Ok((_, token)) => Ok(signed_in(&visit, &token, onwards(&visit, &form.next))),
        Err(e) => {
            let fields = refused(form.email, e)?;
            shown::refused(fields.whole, sign_in_form(&visit, form.next, fields))
        }
    }
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct NoFields {}

/// `POST /sign-out`
pub async fn sign_out(State(app): State<App>, visit: Visit, Posted(_): Posted<NoFields>) -> Result<Response, Problem> {
    if let Some(signed) = visit.signed() {
        app.shop.users.sign_out(&signed.token).await?;
    }
    let mut response = shown::go(&visit, "/", "signed-out").into_response();
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().end_session());
    Ok(response)
}

/// An answer that signs the browser in.
pub fn signed_in(visit: &Visit, token: &Token, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_session(token));
    response
}

fn onwards(visit: &Visit, next: &str) -> Redirect {
    Redirect::to(&visit.href(shown::inner_path(next).unwrap_or("/")))
}

/// The two fields of both forms, and a refusal of the whole.
#[derive(Default)]
struct Fields {
    email: Field,
    password: Field,
    whole: Option<Refusal>,
}

fn sign_up_form(visit: &Visit, next: String, fields: Fields) -> SignUpPage {
    let page = visit.layout_of("/sign-up");
    let Fields { email, password, whole } = fields;
    SignUpPage { page, email, password, password_min_chars: PASSWORD_MIN_CHARS, next, refusal: whole }
}

fn sign_in_form(visit: &Visit, next: String, fields: Fields) -> SignInPage {
    let page = visit.layout_of("/sign-in");
    let Fields { email, password, whole } = fields;
    SignInPage { page, email, password, next, refusal: whole }
}

/// The form again: what was typed, and the reason where it belongs.
fn refused(email: String, error: UserError) -> Result<Fields, Problem> {
    let mut fields = Fields { email: Field::holding(email), ..Fields::default() };
    match refusal(error)? {
        why @ (Refusal::EmailMalformed | Refusal::EmailTaken) => {
            let required = fields.email.value.trim().is_empty();
            fields.email.refusal = Some(if required { Refusal::Required } else { why });
        }
        why @ (Refusal::PasswordShort { .. } | Refusal::PasswordLong { .. } | Refusal::CredentialsWrong) => {
            fields.password.refusal = Some(why);
        }
        why => fields.whole = Some(why),
    }
    Ok(fields)
}

/// What a form says about an error; a failure of ours is no refusal.
pub fn refusal(error: UserError) -> Result<Refusal, Problem> {
    Ok(match error {
        UserError::EmailInvalid => Refusal::EmailMalformed,
        UserError::EmailTaken => Refusal::EmailTaken,
        UserError::PasswordTooShort => Refusal::PasswordShort { min_chars: PASSWORD_MIN_CHARS },
        UserError::PasswordTooLong => Refusal::PasswordLong { max_chars: MAX_PASSWORD_BYTES as u32 },
        UserError::WrongCredentials => Refusal::CredentialsWrong,
        UserError::ResetInvalid => Refusal::LinkExpired,
        UserError::TooMany { retry_after_s } => {
            Refusal::TooManyAttempts { retry_after_s: u32::try_from(retry_after_s).unwrap_or(u32::MAX) }
        }
        UserError::LanguageInvalid | UserError::Db(_) => return Err(error.into()),
    })
}
