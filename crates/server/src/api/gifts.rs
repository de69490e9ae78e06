//! `/gifts`: vouchers that one listener buys and another gets by mail.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use money::Micros;
use shop::clock::moment_of;
use shop::declared::Refused;
use shop::gifts::{CODE_MARK, Gift, LINK_MARK, Letters, NewGift};
use shop::mail::Letter;

use super::operator::resource::instant_if;
use super::orders::key_of;
use super::words;
use crate::http::{App, Json, Member, Paging, Path, Problem, Query};
use crate::pages::Lang;

/// Characters of the name that a gift is from.
pub const MAX_FROM_CHARS: usize = 100;

/// Who gives, and under which key.
pub struct Giver {
    member: Member,
    key: String,
}

impl FromRequestParts<App> for Giver {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Giver, Problem> {
        let member = Member::from_request_parts(parts, app).await?;
        Ok(Giver { member, key: key_of(parts)? })
    }
}

/// `POST /gifts`
pub async fn give(
    State(app): State<App>,
    giver: Giver,
    Json(asked): Json<wire::NewGift>,
) -> Result<(StatusCode, axum::Json<wire::Gift>), Problem> {
    let user = &giver.member.session.user;
    let wish = asked.language.as_deref().unwrap_or(&user.language);
    let lang = Lang::from_code(wish);
    let lang = lang.ok_or_else(|| Refused::field("language", format!("{wish:?} is none of the shop's")))?;
    let send_us = instant_if("send_at", asked.send_at.as_deref())?;
    let giver_lang = Lang::from_code(&user.language).unwrap_or_else(Lang::fallback);
    let new = wrapped(&app, Wrapping { asked, send_us, lang, giver_lang }).await?;
    let given = app.shop.gifts.give(&user.id, &giver.key, new).await?;
    let status = if given.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(word(given.gift))))
}

/// `GET /gifts`
pub async fn gifts(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::Gift>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.gifts.list(member.id(), paging.after, limit).await?;
    Ok(axum::Json(words::page(page, word)))
}

/// `GET /gifts/{id}`
pub async fn gift(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Gift>, Problem> {
    let gift = app.shop.gifts.get(member.id(), &id).await?;
    gift.map(|gift| axum::Json(word(gift))).ok_or_else(|| Problem::not_found("gift"))
}

/// `POST /gifts/{id}/cancel`
pub async fn cancel(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::Gift>, Problem> {
    Ok(axum::Json(word(app.shop.gifts.cancel(member.id(), &id).await?)))
}

/// A gift as it was asked for, with what its letters need.
pub struct Wrapping {
    /// As it was asked for.
    pub asked: wire::NewGift,
    /// When it is sent.
    pub send_us: Option<i64>,
    /// The language of who gets it.
    pub lang: Lang,
    /// The language of who gives it.
    pub giver_lang: Lang,
}

/// The gift with its letters.
pub async fn wrapped(app: &App, wrapping: Wrapping) -> Result<NewGift, Problem> {
    let Wrapping { asked, send_us, lang, giver_lang } = wrapping;
    let from = asked.from.trim();
    if from.is_empty() || from.chars().count() > MAX_FROM_CHARS || from.chars().any(char::is_control) {
        return Err(Refused::field("from", format!("a name of 1 to {MAX_FROM_CHARS} characters")).into());
    }
    let shop = app.shop.storefronts.main().await?.name;
    let message = asked.message.replace("\r\n", "\n").trim().to_owned();
    let amount = lang.money(asked.amount_micros);
    let link = format!("{}{}?code={LINK_MARK}", app.address(), lang.href("/redeem"));
    let told = if message.is_empty() { String::new() } else { format!("\n{message}\n") };
    let body = lang.with(
        "letter-gift-text",
        &[("from", from), ("amount", &amount), ("shop", &shop), ("code", CODE_MARK), ("url", &link)],
    );
    let failed = giver_lang.with(
        "letter-gift-failed-text",
        &[("recipient", asked.recipient.trim()), ("amount", &giver_lang.money(asked.amount_micros))],
    );
    Ok(NewGift {
        amount: Micros(asked.amount_micros),
        recipient: asked.recipient,
        message,
        send_us,
        letters: Letters {
            gift: Letter {
                subject: lang.with("letter-gift-subject", &[("from", from), ("shop", &shop)]),
                body: format!("{body}\n{told}"),
                unsubscribe: None,
            },
            failed: Letter {
                subject: giver_lang.t("letter-gift-failed-subject"),
                body: format!("{failed}\n"),
                unsubscribe: None,
            },
        },
    })
}

fn word(gift: Gift) -> wire::Gift {
    wire::Gift {
        id: gift.id,
        amount_micros: gift.amount_micros,
        currency: gift.currency,
        recipient: gift.recipient,
        message: gift.message,
        state: gift.state.as_str().to_owned(),
        send_at: moment_of(gift.send_us),
        created_at: moment_of(gift.created_us),
        ended_at: gift.ended_us.map(moment_of),
    }
}
