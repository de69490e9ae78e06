//! `/topups`, `/refunds`, and the door through which providers of payments speak.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use money::Micros;
use shop::payments::{AskedBy, Payer, RefundState, VOUCHER, Wanted, stripe, transfer};
use shop::users::User;

use super::words;
use crate::http::{App, Client, IdempotencyKey, Json, Member, Origin, Paging, Path, Problem, Query};
use crate::letters;
use crate::pages::Lang;

/// The header that proves a message of Stripe's.
const STRIPE_SIGNATURE: &str = "stripe-signature";

/// Who tops up: the person, and where she is as far as her address tells.
pub fn payer(app: &App, user: &User, Client(address): Client) -> Payer {
    Payer {
        user_id: user.id.clone(),
        email: user.email.clone(),
        language: user.language.clone(),
        country: app.shop.geoip.country(address),
    }
}

/// A wish, with the page to come back to in the person's language.
pub async fn wanted(
    app: &App,
    lang: Lang,
    origin: &Origin,
    (provider, amount, key): (String, Micros, String),
) -> Result<Wanted, Problem> {
    let shop = app.shop.storefronts.main().await?.name;
    let title = lang.t1("topup-product", "shop", shop);
    Ok(Wanted { provider, amount, key, title, return_base: format!("{}{}", origin.0, lang.href("/topups/")) })
}

/// `GET /topups/options`
pub async fn options(
    State(app): State<App>,
    member: Member,
    client: Client,
) -> Result<axum::Json<wire::TopUpOptions>, Problem> {
    let storefront = app.shop.storefronts.main().await?;
    let payer = payer(&app, &member.session.user, client);
    let offer = app.shop.payments.offer(&storefront, &payer.user_id, payer.country).await?;
    let way = |way: shop::payments::Way| wire::TopUpWay {
        next: match way.provider.as_str() {
            VOUCHER => "code",
            transfer::NAME => "reference",
            _ => "redirect",
        }
        .to_owned(),
        provider: way.provider,
        bonus_ppm: way.bonus_ppm,
    };
    let takes_transfers = offer.ways.iter().any(|way| way.provider == transfer::NAME);
    Ok(axum::Json(wire::TopUpOptions {
        currency: offer.currency,
        menu_micros: offer.menu_micros,
        free_amount: offer.free_amount,
        min_micros: offer.min_micros,
        max_micros: offer.max_micros,
        country: offer.country.map(|country| country.code().to_owned()),
        providers: offer.ways.into_iter().map(way).collect(),
        transfer_details: offer.transfer_details.filter(|_| takes_transfers),
        owed_micros: offer.owed_micros,
    }))
}

/// `POST /topups`
pub async fn start(
    State(app): State<App>,
    member: Member,
    IdempotencyKey(key): IdempotencyKey,
    client: Client,
    origin: Origin,
    Json(new): Json<wire::NewTopUp>,
) -> Result<(StatusCode, axum::Json<wire::TopUp>), Problem> {
    let payer = payer(&app, &member.session.user, client);
    let lang = Lang::from_code(&payer.language).unwrap_or_else(Lang::fallback);
    let wanted = wanted(&app, lang, &origin, (new.provider, Micros(new.amount_micros), key)).await?;
    let storefront = app.shop.storefronts.main().await?;
    let begun = app.shop.payments.start(&storefront, &payer, &wanted).await?;
    let status = if begun.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(whole(&app, begun.topup).await?)))
}

/// `GET /topups/{id}`: looks at the provider where it is pending.
pub async fn topup(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::TopUp>, Problem> {
    let found = app.shop.payments.topup(member.id(), &id, true).await?;
    let topup = found.ok_or_else(|| Problem::not_found("top-up"))?;
    Ok(axum::Json(whole(&app, topup).await?))
}

/// `GET /topups`: newest first.
pub async fn topups(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::TopUp>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.payments.topups(member.id(), paging.after, limit).await?;
    let details = app.shop.payments.rules(&app.shop.storefronts.main().await?.id).await?.transfer_details;
    Ok(axum::Json(words::page(page, |(topup, left)| words::topup(topup, left, details.clone()))))
}

/// `POST /topups/{id}/refund`
pub async fn refund(
    State(app): State<App>,
    member: Member,
    IdempotencyKey(key): IdempotencyKey,
    Path(id): Path<String>,
    Json(new): Json<wire::NewRefund>,
) -> Result<(StatusCode, axum::Json<wire::Refund>), Problem> {
    let asked = (new.amount_micros.map(Micros), AskedBy::Listener);
    let (refund, repeated) = app.shop.payments.refund(member.id(), &id, asked, &key).await?;
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(words::refund(refund))))
}

/// `GET /refunds`: newest first.
pub async fn refunds(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::Refund>>, Problem> {
    let limit = paging.limit();
    let any: Option<RefundState> = None;
    let page = app.shop.payments.refunds(Some(member.id()), any, (paging.after, limit)).await?;
    Ok(axum::Json(words::page(page, words::refund)))
}

async fn whole(app: &App, topup: shop::payments::TopUp) -> Result<wire::TopUp, Problem> {
    let left = app.shop.payments.left(&topup).await?;
    let details = app.shop.payments.rules(&topup.storefront).await?.transfer_details;
    Ok(words::topup(topup, left, details))
}

/// `POST /webhooks/stripe`. Whatever is proved to be Stripe's is answered with 200, so that it stops being sent.
pub async fn stripe_says(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<wire::Told>, Problem> {
    let signature = headers.get(STRIPE_SIGNATURE).and_then(|value| value.to_str().ok());
    let taken = app.shop.payments.receive(stripe::NAME, &body, signature).await?;
    letters::tell_operators(&app).await?;
    Ok(axum::Json(wire::Told { outcome: taken.as_str().to_owned() }))
}
