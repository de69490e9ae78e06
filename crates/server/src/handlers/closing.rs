//! `/account/close`: the way out, with what it means.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::closing::CloseError;

use super::shown;
use super::signing::refusal;
use crate::http::{App, Client, Posted, Problem, Signed, Visit};
use crate::pages::{CloseAccountPage, Field, Refusal};

const PATH: &str = "/account/close";

/// `/account/close`
pub async fn page(State(app): State<App>, visit: Visit, signed: Signed) -> Result<Response, Problem> {
    shown::html(made(&app, &visit, &signed).await?)
}

async fn made(app: &App, visit: &Visit, signed: &Signed) -> Result<CloseAccountPage, Problem> {
    let outlook = app.shop.closing.outlook(&signed.session.user.id).await?;
    Ok(CloseAccountPage {
        page: visit.layout_of(PATH),
        in_the_way: outlook.in_the_way.iter().map(ToString::to_string).collect(),
        lost_micros: outlook.lost.0,
        password: Field::default(),
        refusal: None,
        is_unspent: false,
    })
}

/// The password, and whether what is left may be lost.
#[derive(Deserialize)]
pub struct CloseForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    give_up: String,
}

/// `POST /account/close`
pub async fn close(
    State(app): State<App>,
    visit: Visit,
    who: (Signed, Client),
    Posted(form): Posted<CloseForm>,
) -> Result<Response, Problem> {
    let (signed, Client(address)) = who;
    let gives_up = !form.give_up.is_empty();
    let refused = match app.shop.closing.close(&signed.session, &form.password, address, gives_up).await {
        Ok(()) => {
            let mut response = shown::go(&visit, "/", "account-closed").into_response();
            response.headers_mut().append(header::SET_COOKIE, visit.cookies().end_session());
            return Ok(response);
        }
        Err(refused) => refused,
    };
    let mut page = made(&app, &visit, &signed).await?;
    match refused {
        // The page that comes back names all of it.
        CloseError::InTheWay(_) => {}
        CloseError::Unspent(_) => page.is_unspent = true,
        CloseError::User(e) => match refusal(e)? {
            Refusal::CredentialsWrong => page.password.refusal = Some(Refusal::PasswordWrong),
            why => page.refusal = Some(why),
        },
        other => return Err(other.into()),
    }
    shown::refused(page.refusal, page)
}
