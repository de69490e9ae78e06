//! `/account/billing`: to whom papers are made out, and what was agreed to.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::declared::Refused;
use shop::tax::Billing;

use super::shown;
use crate::http::{App, Posted, Problem, Signed, Visit};
use crate::pages::{BillingPage, Field, GivenConsent, Layout, Refusal};

/// `/account/billing`
pub async fn billing(State(app): State<App>, visit: Visit, signed: Signed) -> Result<Response, Problem> {
    let billing = app.shop.taxes.billing(&signed.session.user.id).await?;
    shown::html(page(&app, visit.layout(), &signed, billing).await?)
}

/// What somebody says of herself.
#[derive(Deserialize)]
pub struct BillingForm {
    #[serde(default)]
    country: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    tax_number: String,
}

/// `POST /account/billing`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(form): Posted<BillingForm>,
) -> Result<Response, Problem> {
    let country = Some(form.country.trim().to_ascii_uppercase());
    let address = form.address.replace("\r\n", "\n");
    let billing = Billing { country, name: form.name, address, tax_number: form.tax_number };
    let field = match app.shop.taxes.set_billing(&signed.session.user.id, billing.clone()).await {
        Ok(()) => return Ok(shown::go(&visit, "/account/billing", "settings").into_response()),
        Err(Refused::Db(e)) => return Err(e.into()),
        Err(Refused::Field { field, .. } | Refused::Conflict { field, .. }) => field,
    };
    let mut page = page(&app, visit.layout_of("/account/billing"), &signed, billing).await?;
    match field.as_str() {
        "country" => page.country.refusal = Some(Refusal::CountryMalformed),
        "name" => page.name.refusal = Some(Refusal::TooLong),
        "address" => page.address.refusal = Some(Refusal::TooLong),
        _ => page.tax_number.refusal = Some(Refusal::TooLong),
    }
    shown::refused(None, page)
}

async fn page(app: &App, layout: Layout, signed: &Signed, billing: Billing) -> Result<BillingPage, Problem> {
    let given = app.shop.consents.given(&signed.session.user.id).await?;
    let consent = |given: shop::consents::Given| GivenConsent {
        kind: given.kind.name().to_owned(),
        version: given.version,
        country: given.country,
        at_us: given.at_us,
    };
    Ok(BillingPage {
        page: layout,
        country: Field::holding(billing.country.unwrap_or_default()),
        name: Field::holding(billing.name),
        address: Field::holding(billing.address),
        tax_number: Field::holding(billing.tax_number),
        refusal: None,
        consents: given.into_iter().map(consent).collect(),
    })
}
