//! Redeeming a voucher: the page that a printed QR code or a gift's letter leads to.

use std::net::IpAddr;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::formats::Format;
use shop::orders::{Item, OrderError, Wish};
use shop::redemptions::{Redemption, RedemptionError};
use shop::vouchers::{Redeemed, VoucherError};

use super::basket::{Stopped, Ticked, agree, consents};
use super::shown;
use crate::http::{App, Client, Posted, Problem, Query, Signed, Visit};
use crate::pages::{Field, RedeemFormat, RedeemPage, RedeemRelease, Refusal};

/// A code that a link brings along.
#[derive(Deserialize)]
pub struct CodeQuery {
    #[serde(default)]
    code: String,
}

/// `/redeem`
pub async fn page(visit: Visit, _: Signed, Query(asked): Query<CodeQuery>) -> Result<Response, Problem> {
    // The language switch must not carry the code into another address.
    let page = visit.layout_of("/redeem");
    shown::html(RedeemPage {
        page,
        code: Field::holding(asked.code),
        release: None,
        consents: Vec::new(),
        refusal: None,
    })
}

/// What somebody typed, and for a release the format.
#[derive(Deserialize)]
pub struct RedeemForm {
    #[serde(default)]
    code: String,
    format: Option<String>,
    consent_immediate_supply: Option<u32>,
    consent_lawful_country: Option<u32>,
}

/// `POST /redeem`
pub async fn redeem(
    State(app): State<App>,
    visit: Visit,
    (signed, Client(address)): (Signed, Client),
    Posted(form): Posted<RedeemForm>,
) -> Result<Response, Problem> {
    let format = form.format.as_deref().and_then(|text| text.parse().ok());
    let ticked =
        Ticked { immediate_supply: form.consent_immediate_supply, lawful_country: form.consent_lawful_country };
    if format.is_some() {
        match agree(&app, &visit, &signed, ticked).await {
            // What still has to be agreed to is said when the code is tried.
            Ok(()) | Err(Stopped::Refused(_) | Stopped::Owned(_)) => (),
            Err(Stopped::Problem(problem)) => return Err(problem),
        }
    }
    match attempt(&app, &visit, (&signed, address), &form.code, format).await? {
        Attempt::Done(response) => Ok(response),
        Attempt::Choose(page) => chosen(*page),
        Attempt::Refused(refusal) => {
            let (page, code) = (visit.layout_of("/redeem"), Field::refused(form.code, refusal));
            shown::refused(Some(refusal), RedeemPage { page, code, release: None, consents: Vec::new(), refusal: None })
        }
    }
}

/// What came of a code.
pub enum Attempt {
    /// It was redeemed; this leads to what it brought.
    Done(Response),
    /// A format is to be chosen first.
    Choose(Box<RedeemPage>),
    /// It was refused.
    Refused(Refusal),
}

/// The page on which a format is chosen.
pub fn chosen(page: RedeemPage) -> Result<Response, Problem> {
    match page.refusal {
        None => shown::html(page),
        refusal => shown::refused(refusal, page),
    }
}

/// Tries a code.
pub async fn attempt(
    app: &App,
    visit: &Visit,
    (signed, address): (&Signed, IpAddr),
    code: &str,
    format: Option<Format>,
) -> Result<Attempt, Problem> {
    let user = &signed.session.user.id;
    let counter = app.shop.redemptions.seen_from(visit.address());
    let error = match counter.redeem(user, address, code, format).await {
        Ok(redemption) => return Ok(Attempt::Done(done(visit, &redemption))),
        Err(RedemptionError::TooDear { .. } | RedemptionError::NothingToPay) => {
            return choose(app, visit, (user, address), code, Some(Refusal::FormatUnavailable)).await;
        }
        Err(RedemptionError::Order(OrderError::DoesNotFit { .. })) => {
            return choose(app, visit, (user, address), code, Some(Refusal::FormatUnavailable)).await;
        }
        Err(RedemptionError::Order(OrderError::ConsentRequired(_))) => {
            return choose(app, visit, (user, address), code, Some(Refusal::ConsentMissing)).await;
        }
        Err(RedemptionError::Order(OrderError::CountryUnknown)) => {
            return choose(app, visit, (user, address), code, Some(Refusal::CountryUnknown)).await;
        }
        Err(RedemptionError::TaxedElsewhere(_)) => return Ok(Attempt::Refused(Refusal::VoucherAbroad)),
        Err(RedemptionError::Voucher(error)) => error,
        Err(other) => return Err(other.into()),
    };
    Ok(Attempt::Refused(match error {
        VoucherError::Unknown if code.trim().is_empty() => Refusal::Required,
        VoucherError::Unknown => Refusal::VoucherUnknown,
        VoucherError::Used => Refusal::VoucherUsed,
        VoucherError::Expired => Refusal::VoucherExpired,
        VoucherError::Stopped => Refusal::VoucherStopped,
        VoucherError::Elsewhere(_) => Refusal::VoucherElsewhere,
        VoucherError::ChooseFormat { release_id, most } => {
            let page = choice(app, visit, code, (release_id, most), None).await?;
            return Ok(Attempt::Choose(Box::new(page)));
        }
        VoucherError::TooMany { retry_after_s } => {
            Refusal::TooManyAttempts { retry_after_s: u32::try_from(retry_after_s).unwrap_or(u32::MAX) }
        }
        other => return Err(other.into()),
    }))
}

fn done(visit: &Visit, redemption: &Redemption) -> Response {
    match redemption {
        Redemption::Credit(Redeemed::Money { .. }) => shown::go(visit, "/balance", "voucher"),
        Redemption::Credit(Redeemed::Percent { .. }) => shown::go(visit, "/balance", "discount"),
        Redemption::Release(order) => shown::go(visit, &format!("/orders/{}", order.id), "ordered"),
    }
    .into_response()
}

/// Asks for a format again: the code is still open, so the counter says what it is for.
async fn choose(
    app: &App,
    visit: &Visit,
    (user, address): (&str, IpAddr),
    code: &str,
    refusal: Option<Refusal>,
) -> Result<Attempt, Problem> {
    match app.shop.redemptions.redeem(user, address, code, None).await {
        Err(RedemptionError::Voucher(VoucherError::ChooseFormat { release_id, most })) => {
            let page = choice(app, visit, code, (release_id, most), refusal).await?;
            Ok(Attempt::Choose(Box::new(page)))
        }
        Ok(redemption) => Ok(Attempt::Done(done(visit, &redemption))),
        Err(other) => Err(other.into()),
    }
}

async fn choice(
    app: &App,
    visit: &Visit,
    code: &str,
    (release_id, most): (String, Micros),
    refusal: Option<Refusal>,
) -> Result<RedeemPage, Problem> {
    let release = app.shop.catalog.release(&release_id).await?.ok_or_else(|| Problem::not_found("release"))?;
    let mut formats = Vec::new();
    for option in shown::formats().into_iter().flat_map(|group| group.options) {
        let format = option.id.parse::<Format>().map_err(Problem::internal)?;
        // A discount that waits for an order of his own is not spent here.
        let wish = Wish { spends_voucher: false, ..Wish::new(vec![Item::Release(release_id.clone())], format) };
        match visit.quote_wish(app, wish).await {
            Ok(quote) if (1..=most.0).contains(&quote.total_micros) => {
                formats.push(RedeemFormat { id: option.id, name: option.name, price_micros: quote.total_micros });
            }
            // What costs more, or cannot be made of this master, is not offered.
            Ok(_) | Err(OrderError::DoesNotFit { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let release = RedeemRelease {
        title: release.card.title,
        credit: release.card.credit,
        id: release_id,
        most_micros: most.0,
        formats,
    };
    let page = visit.layout_of("/redeem");
    let consents = consents(app, visit).await?;
    Ok(RedeemPage { page, code: Field::holding(code), release: Some(release), consents, refusal })
}
