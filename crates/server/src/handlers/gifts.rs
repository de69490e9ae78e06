//! Gifts: buying one, seeing what became of it, taking it back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::clock::moment_from;
use shop::gifts::{Gift, GiftError, MAX_MESSAGE_CHARS};

use super::purchases::AfterQuery;
use super::shown;
use crate::api::gifts::{MAX_FROM_CHARS, Wrapping, wrapped};
use crate::http::{App, Path, Posted, Problem, Query, Signed, Visit};
use crate::pages::{Field, GiftRow, GiftsPage, Lang, Refusal};

/// Gifts on a page.
const GIFTS_ON_A_PAGE: u32 = 50;
/// Decimals that people write.
const AMOUNT_DECIMALS: u32 = 2;

/// `/gifts`
pub async fn gifts(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    shown::html(page(&app, &visit, &signed, asked.after).await?)
}

async fn page(app: &App, visit: &Visit, signed: &Signed, after: Option<String>) -> Result<GiftsPage, Problem> {
    let (user, is_first) = (&signed.session.user, after.is_none());
    let gifts = app.shop.gifts.list(&user.id, after, GIFTS_ON_A_PAGE).await?;
    Ok(GiftsPage {
        page: if visit.path().starts_with("/gifts/") { visit.layout_of("/gifts") } else { visit.layout() },
        purchased_micros: app.shop.wallet.balance(&user.id).await?.purchased_micros,
        amount: Field::default(),
        recipient: Field::default(),
        from: Field::default(),
        message: Field::default(),
        send_on: Field::default(),
        language: visit.lang().code().to_owned(),
        max_message_chars: MAX_MESSAGE_CHARS,
        key: app.shop.clock.new_id(),
        refusal: None,
        gifts: gifts.items.into_iter().map(row).collect(),
        pager: shown::pager(visit, "/gifts", is_first, gifts.next.as_deref()),
    })
}

fn row(gift: Gift) -> GiftRow {
    GiftRow {
        id: gift.id,
        amount_micros: gift.amount_micros,
        recipient: gift.recipient,
        message: gift.message,
        state: gift.state.as_str().to_owned(),
        send_us: gift.send_us,
    }
}

/// A gift as somebody typed it.
#[derive(Deserialize)]
pub struct GiftForm {
    key: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    send_on: String,
    #[serde(default)]
    language: String,
}

/// What was wrong, and where.
enum Wrong {
    Field(&'static str, Refusal),
    Whole(Refusal),
    Problem(Problem),
}

/// `POST /gifts`
pub async fn give(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Posted(form): Posted<GiftForm>,
) -> Result<Response, Problem> {
    let wrong = match try_to_give(&app, &visit, &signed, &form).await {
        Ok(()) => return Ok(shown::go(&visit, "/gifts", "gift").into_response()),
        Err(Wrong::Problem(problem)) => return Err(problem),
        Err(wrong) => wrong,
    };
    let mut page = page(&app, &visit, &signed, None).await?;
    page.language = form.language;
    page.key = form.key;
    let texts = [form.amount, form.recipient, form.from, form.message, form.send_on];
    [page.amount.value, page.recipient.value, page.from.value, page.message.value, page.send_on.value] = texts;
    match wrong {
        Wrong::Field("amount_micros", why) => page.amount.refusal = Some(why),
        Wrong::Field("recipient", why) => page.recipient.refusal = Some(why),
        Wrong::Field("from", why) => page.from.refusal = Some(why),
        Wrong::Field("message", why) => page.message.refusal = Some(why),
        Wrong::Field(_, why) => page.send_on.refusal = Some(why),
        Wrong::Whole(why) => page.refusal = Some(why),
        Wrong::Problem(problem) => return Err(problem),
    }
    shown::refused(page.refusal, page)
}

async fn try_to_give(app: &App, visit: &Visit, signed: &Signed, form: &GiftForm) -> Result<(), Wrong> {
    let user = &signed.session.user;
    let amount = shown::typed_amount(&form.amount, AMOUNT_DECIMALS);
    let amount = amount.map_err(|_| Wrong::Field("amount_micros", Refusal::AmountMalformed))?;
    let send_on = form.send_on.trim();
    let send_us = (!send_on.is_empty()).then(|| moment_from(send_on));
    if send_us == Some(None) {
        return Err(Wrong::Field("send_at", Refusal::DateWrong));
    }
    if form.from.trim().is_empty() {
        return Err(Wrong::Field("from", Refusal::Required));
    }
    if form.from.trim().chars().count() > MAX_FROM_CHARS {
        return Err(Wrong::Field("from", Refusal::TextLong { max_chars: MAX_FROM_CHARS as u32 }));
    }
    let asked = wire::NewGift {
        amount_micros: amount.0,
        recipient: form.recipient.clone(),
        from: form.from.clone(),
        message: form.message.clone(),
        send_at: None,
        language: None,
    };
    let lang = Lang::from_code(&form.language).unwrap_or(visit.lang());
    let wrapping = Wrapping { asked, send_us: send_us.flatten(), lang, giver_lang: visit.lang() };
    let gift = wrapped(app, wrapping).await.map_err(Wrong::Problem)?;
    app.shop.gifts.give(&user.id, &form.key, gift).await.map(drop).map_err(wrong)
}

fn wrong(error: GiftError) -> Wrong {
    match error {
        GiftError::Invalid { field: "amount_micros", .. } => Wrong::Field("amount_micros", Refusal::AmountMalformed),
        GiftError::Invalid { field: "recipient", .. } => Wrong::Field("recipient", Refusal::EmailMalformed),
        GiftError::Invalid { field: "message", .. } => {
            Wrong::Field("message", Refusal::TextLong { max_chars: MAX_MESSAGE_CHARS as u32 })
        }
        GiftError::Invalid { .. } => Wrong::Field("send_at", Refusal::DateWrong),
        GiftError::TooLittle { needed_micros, purchased_micros } => {
            Wrong::Whole(Refusal::PurchasedShort { missing_micros: needed_micros - purchased_micros })
        }
        GiftError::TooMany => Wrong::Whole(Refusal::TooManyGifts),
        GiftError::KeyReused | GiftError::KeyTooLong => Wrong::Whole(Refusal::FormExpired),
        other => Wrong::Problem(other.into()),
    }
}

/// Nothing but the form's token.
#[derive(Deserialize)]
pub struct CancelForm {}

/// `POST /gifts/{id}/cancel`
pub async fn cancel(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
    Posted(_): Posted<CancelForm>,
) -> Result<Response, Problem> {
    match app.shop.gifts.cancel(&signed.session.user.id, &id).await {
        Ok(_) => Ok(shown::go(&visit, "/gifts", "gift-cancelled").into_response()),
        Err(GiftError::TooLate) => {
            let refusal = Some(Refusal::GiftTooLate);
            shown::refused(refusal, GiftsPage { refusal, ..page(&app, &visit, &signed, None).await? })
        }
        Err(other) => Err(other.into()),
    }
}
