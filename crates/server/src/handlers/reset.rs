//! A new password for somebody who forgot hers.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::mail::Letter;
use shop::users::{ResetRequest, SessionKind, Token, User, UserError};

use super::shown;
use super::signing::{PASSWORD_MIN_CHARS, refusal, signed_in};
use crate::http::{App, Client, Path, Posted, Problem, Visit};
use crate::pages::{Field, Lang, NewPasswordPage, PasswordResetPage, Refusal};

/// `/password-reset`
pub async fn request_page(visit: Visit) -> Result<Response, Problem> {
    shown::html(PasswordResetPage { page: visit.layout(), email: Field::default(), sent: false, refusal: None })
}

/// Whose password.
#[derive(Deserialize)]
pub struct EmailForm {
    #[serde(default)]
    email: String,
}

/// `POST /password-reset`: the same answer whether the address is known or not.
pub async fn request(
    State(app): State<App>,
    visit: Visit,
    Client(address): Client,
    Posted(form): Posted<EmailForm>,
) -> Result<Response, Problem> {
    let asked = ResetRequest { email: &form.email, address };
    let page = visit.layout_of("/password-reset");
    let written = app.shop.users.request_reset(&asked, |user, token| letter(&app, user, token)).await;
    let (email, sent, whole) = match written {
        Ok(()) => (Field::holding(form.email), true, None),
        Err(UserError::EmailInvalid) => (Field::refused(form.email, Refusal::EmailMalformed), false, None),
        Err(e) => (Field::holding(form.email), false, Some(refusal(e)?)),
    };
    let answer = PasswordResetPage { page, email, sent, refusal: whole };
    if sent { shown::html(answer) } else { shown::refused(whole, answer) }
}

/// The letter with the link, in the language of its reader.
fn letter(app: &App, user: &User, token: &Token) -> Letter {
    let lang = Lang::from_code(&user.language).unwrap_or_else(Lang::fallback);
    let url = format!("{}{}", app.address(), lang.href(&format!("/password-reset/{}", token.as_str())));
    let text = lang.t1("letter-reset-text", "url", url);
    Letter { subject: lang.t("letter-reset-subject"), body: format!("{text}\n"), unsubscribe: None }
}

/// `/password-reset/{token}`
pub async fn new_password_page(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let is_open = app.shop.users.reset_is_open(&Token::shown(&token)).await?;
    if is_open {
        return shown::html(form(&visit, token, Field::default(), None));
    }
    let whole = Some(Refusal::LinkExpired);
    shown::refused(whole, form(&visit, token, Field::default(), whole))
}

fn form(visit: &Visit, token: String, password: Field, refusal: Option<Refusal>) -> NewPasswordPage {
    // The language switch must not carry the secret into another address.
    let page = visit.layout_of("/password-reset");
    NewPasswordPage { page, token, password, password_min_chars: PASSWORD_MIN_CHARS, refusal }
}

/// The new password.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    password: String,
}

/// `POST /password-reset/{token}`: the link has shown who it is, so it signs in.
pub async fn new_password(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Posted(new): Posted<PasswordForm>,
) -> Result<Response, Problem> {
    let refused = match app.shop.users.reset_password(&Token::shown(&token), &new.password).await {
        Ok(user) => {
            let session = app.shop.users.begin_session(&user.id, SessionKind::Browser).await?;
            return Ok(signed_in(&visit, &session, shown::go(&visit, "/account", "password")));
        }
        Err(e) => refusal(e)?,
    };
    let (password, whole) = match refused {
        why @ (Refusal::PasswordShort { .. } | Refusal::PasswordLong { .. }) => (Field::refused("", why), None),
        why => (Field::default(), Some(why)),
    };
    shown::refused(whole, form(&visit, token, password, whole))
}
