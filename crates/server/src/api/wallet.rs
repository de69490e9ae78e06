//! `/vouchers/redeem`, `/wallet`, `/wallet/entries`.

use axum::extract::State;

use super::words;
use crate::http::{App, Client, Json, Member, Paging, Problem, Query, Whereabouts};

/// `POST /vouchers/redeem`
pub async fn redeem(
    State(app): State<App>,
    member: Member,
    Client(address): Client,
    Whereabouts(country): Whereabouts,
    Json(voucher): Json<wire::Voucher>,
) -> Result<axum::Json<wire::Redeemed>, Problem> {
    let format = voucher.format.as_deref().map(words::format_of).transpose()?;
    let redemption =
        app.shop.redemptions.seen_from(country).redeem(member.id(), address, &voucher.code, format).await?;
    let balance = app.shop.wallet.balance(member.id()).await?;
    Ok(axum::Json(words::redeemed(redemption, balance)))
}

/// `GET /wallet`
pub async fn wallet(State(app): State<App>, member: Member) -> Result<axum::Json<wire::Wallet>, Problem> {
    Ok(axum::Json(words::wallet(app.shop.wallet.balance(member.id()).await?)))
}

/// `GET /wallet/entries`
pub async fn entries(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::WalletEntry>>, Problem> {
    let limit = paging.limit();
    let page = app.shop.wallet.entries(member.id(), paging.after, limit).await?;
    Ok(axum::Json(words::page(page, words::entry)))
}
