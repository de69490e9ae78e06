//! `/me/consents`, `/me/billing`.

use axum::extract::State;
use shop::consents::{Agreement, Given, Kind as ConsentKind, Required, whereabouts};
use shop::geoip::Country;
use shop::mail::Letter;
use shop::tax;
use shop::users::User;

use super::words;
use crate::http::{App, Json, Member, Problem, Whereabouts, consent};
use crate::pages::Lang;

/// `GET /me/consents`
pub async fn consents(
    State(app): State<App>,
    member: Member,
    Whereabouts(address): Whereabouts,
) -> Result<axum::Json<wire::Consents>, Problem> {
    Ok(axum::Json(all(&app, &member.session.user, address).await?))
}

/// `POST /me/consents`
pub async fn agree(
    State(app): State<App>,
    member: Member,
    Whereabouts(address): Whereabouts,
    Json(new): Json<wire::NewConsent>,
) -> Result<axum::Json<wire::Consents>, Problem> {
    let user = &member.session.user;
    let kind = ConsentKind::of_name(&new.kind).ok_or_else(|| {
        let known = ConsentKind::ALL.map(ConsentKind::name).join(" or ");
        Problem::of_field("kind", format!("{:?} is no kind of consent: it is {known}", new.kind))
    })?;
    let language = new.language.as_deref().unwrap_or(&user.language);
    agree_to(&app, user, address, (kind, new.version, language)).await?;
    Ok(axum::Json(all(&app, user, address).await?))
}

/// Keeps that somebody agrees to a version of a text that she read in a language, and confirms it by a letter.
pub async fn agree_to(
    app: &App,
    user: &User,
    address: Option<Country>,
    (kind, version, language): (ConsentKind, u32, &str),
) -> Result<(), Problem> {
    let place = place_of(app, user, address).await?;
    let agreement = Agreement { kind, version, place, language: language.to_owned() };
    let (reader, read) = (user.language.clone(), language.to_owned());
    let letter = move |required: &Required, at_us: i64| letter(required, at_us, &reader, &read);
    Ok(app.shop.consents.agree(user, agreement, letter).await?)
}

/// What somebody still has to agree to.
pub async fn required(app: &App, user: &User, address: Option<Country>) -> Result<Vec<Required>, Problem> {
    let place = place_of(app, user, address).await?;
    Ok(app.shop.consents.required(&user.id, &user.storefront, place).await?)
}

async fn place_of(app: &App, user: &User, address: Option<Country>) -> Result<Option<Country>, Problem> {
    Ok(whereabouts(&app.shop.taxes.evidence(&user.id, address).await?))
}

async fn all(app: &App, user: &User, address: Option<Country>) -> Result<wire::Consents, Problem> {
    let required = required(app, user, address).await?;
    let given = app.shop.consents.given(&user.id).await?;
    Ok(wire::Consents {
        required: required.iter().map(consent).collect(),
        given: given.into_iter().map(word).collect(),
    })
}

fn word(given: Given) -> wire::GivenConsent {
    wire::GivenConsent {
        kind: given.kind.name().to_owned(),
        version: given.version,
        country: Some(given.country).filter(|country| !country.is_empty()),
        language: given.language,
        at: words::moment(given.at_us),
    }
}

/// The letter that confirms a consent: in the language of its reader, with the text as it was read.
fn letter(required: &Required, at_us: i64, reader: &str, read: &str) -> Letter {
    let lang = Lang::from_code(reader).unwrap_or_else(Lang::fallback);
    let (_, text) = required.text.in_language(read);
    let place = match required.country.as_str() {
        "" => String::new(),
        country => format!("{}\n\n", lang.t1("letter-consent-country", "country", lang.country(country))),
    };
    let body = lang.t2("letter-consent-text", ("moment", lang.moment(at_us)), ("version", required.text.version));
    let foot = lang.t("letter-consent-foot");
    Letter {
        subject: lang.t("letter-consent-subject"),
        body: format!("{body}\n\n{place}{text}\n\n{foot}\n"),
        unsubscribe: None,
    }
}

/// `GET /me/billing`
pub async fn billing(State(app): State<App>, member: Member) -> Result<axum::Json<wire::Billing>, Problem> {
    Ok(axum::Json(billing_word(app.shop.taxes.billing(member.id()).await?)))
}

/// `PUT /me/billing`
pub async fn set_billing(
    State(app): State<App>,
    member: Member,
    Json(word): Json<wire::Billing>,
) -> Result<axum::Json<wire::Billing>, Problem> {
    let wire::Billing { country, name, address, tax_number } = word;
    app.shop.taxes.set_billing(member.id(), tax::Billing { country, name, address, tax_number }).await?;
    Ok(axum::Json(billing_word(app.shop.taxes.billing(member.id()).await?)))
}

fn billing_word(billing: tax::Billing) -> wire::Billing {
    let tax::Billing { country, name, address, tax_number } = billing;
    wire::Billing { country, name, address, tax_number }
}
