//! What somebody may change about herself.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::shown;
use super::signing::{NoFields, PASSWORD_MIN_CHARS, refusal, signed_in};
use crate::api::royalties::own_payees;
use crate::http::{App, Client, Posted, Problem, Signed, Visit};
use crate::pages::{AccountPage, Field, Lang, Refusal};

/// `/account`
pub async fn account(State(app): State<App>, visit: Visit, signed: Signed) -> Result<Response, Problem> {
    shown::html(page(&app, &visit, &signed).await?)
}

async fn page(app: &App, visit: &Visit, signed: &Signed) -> Result<AccountPage, Problem> {
    let user = &signed.session.user;
    Ok(AccountPage {
        page: if visit.path().starts_with("/account/") { visit.layout_of("/account") } else { visit.layout() },
        is_paid: !own_payees(app, &user.id).await?.is_empty(),
        email: Field::holding(&user.email),
        language: user.language.clone(),
        settings_password: Field::default(),
        password: Field::default(),
        new_password: Field::default(),
        password_min_chars: PASSWORD_MIN_CHARS,
        sessions: app.shop.users.session_count(&user.id).await?,
        refusal: None,
    })
}

/// Address and language.
#[derive(Deserialize)]
pub struct SettingsForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    password: String,
}

/// `POST /account/settings`
pub async fn settings(
    State(app): State<App>,
    visit: Visit,
    who: (Signed, Client),
    Posted(form): Posted<SettingsForm>,
) -> Result<Response, Problem> {
    let (signed, Client(address)) = who;
    let users = &app.shop.users;
    if form.email.trim() != signed.session.user.email
        && let Err(e) = users.change_email(&signed.session, &form.password, &form.email, address).await
    {
        let mut page = page(&app, &visit, &signed).await?;
        page.email.value = form.email;
        page.language = form.language;
        match refusal(e)? {
            why @ (Refusal::EmailMalformed | Refusal::EmailTaken) => page.email.refusal = Some(why),
            Refusal::CredentialsWrong => page.settings_password.refusal = Some(Refusal::PasswordWrong),
            why => page.refusal = Some(why),
        }
        return shown::refused(page.refusal, page);
    }
    let language = Lang::from_code(&form.language).unwrap_or(visit.lang());
    users.change_language(&signed.session.user.id, language.code()).await?;
    Ok(shown::go(&visit, "/account", "settings").into_response())
}

/// The old password and the new one.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
}

/// `POST /account/password`
pub async fn password(
    State(app): State<App>,
    visit: Visit,
    who: (Signed, Client),
    Posted(form): Posted<PasswordForm>,
) -> Result<Response, Problem> {
    let (signed, Client(address)) = who;
    let users = &app.shop.users;
    let refused = match users.change_password(&signed.session, &form.password, &form.new_password, address).await {
        Ok(token) => return Ok(signed_in(&visit, &token, shown::go(&visit, "/account", "password"))),
        Err(e) => refusal(e)?,
    };
    let mut page = page(&app, &visit, &signed).await?;
    match refused {
        Refusal::CredentialsWrong => page.password.refusal = Some(Refusal::PasswordWrong),
        why @ (Refusal::PasswordShort { .. } | Refusal::PasswordLong { .. }) => page.new_password.refusal = Some(why),
        why => page.refusal = Some(why),
    }
    shown::refused(page.refusal, page)
}

/// `POST /account/sign-out-everywhere`
pub async fn sign_out_everywhere(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(_): Posted<NoFields>,
) -> Result<Response, Problem> {
    app.shop.users.sign_out_everywhere(&signed.session.user.id).await?;
    let mut response = shown::go(&visit, "/", "signed-out-everywhere").into_response();
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().end_session());
    Ok(response)
}
