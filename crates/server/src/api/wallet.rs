//! `/vouchers/redeem`, `/wallet`, `/wallet/entries`.

use axum::extract::State;

use super::words;
use crate::http::{App, Json, Member, Paging, Problem, Query};

/// `POST /vouchers/redeem`
pub async fn redeem(
    State(app): State<App>,
    member: Member,
    Json(voucher): Json<wire::Voucher>,
) -> Result<axum::Json<wire::Redeemed>, Problem> {
    let redeemed = app.shop.vouchers.redeem(member.id(), &voucher.code).await?;
    let currency = app.shop.storefronts.main().await?.currency;
    let (amount_micros, balance_micros) = (redeemed.amount_micros, redeemed.balance_micros);
    Ok(axum::Json(wire::Redeemed { amount_micros, balance_micros, currency }))
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
