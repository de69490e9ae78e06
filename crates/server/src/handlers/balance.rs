//! The balance: every movement of it, and vouchers.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::page::Page;
use shop::wallet::WalletEntry;

use super::purchases::AfterQuery;
use super::redeem::{self, Attempt};
use super::shown;
use crate::http::{App, Client, Posted, Problem, Query, Signed, Visit};
use crate::pages::{BalancePage, EntryKind, Field, Layout, LedgerEntry, Notice};

/// Movements on a page.
const ENTRIES_ON_A_PAGE: u32 = 50;

/// `/balance`
pub async fn balance(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    shown::html(page(&app, &visit, &signed, (visit.layout(), asked.after, Field::default())).await?)
}

/// What somebody typed.
#[derive(Deserialize)]
pub struct VoucherForm {
    #[serde(default)]
    code: String,
}

/// `POST /balance`
pub async fn redeem_voucher(
    State(app): State<App>,
    visit: Visit,
    (signed, Client(address)): (Signed, Client),
    Posted(form): Posted<VoucherForm>,
) -> Result<Response, Problem> {
    let refusal = match redeem::attempt(&app, &visit, (&signed, address), &form.code, None).await? {
        Attempt::Done(response) => return Ok(response),
        Attempt::Choose(page) => return redeem::chosen(*page),
        Attempt::Refused(refusal) => refusal,
    };
    let (layout, code) = (visit.layout_of("/balance"), Field::refused(form.code, refusal));
    shown::refused(Some(refusal), page(&app, &visit, &signed, (layout, None, code)).await?)
}

async fn page(
    app: &App,
    visit: &Visit,
    signed: &Signed,
    (mut layout, after, code): (Layout, Option<String>, Field),
) -> Result<BalancePage, Problem> {
    let (user, is_first) = (&signed.session.user.id, after.is_none());
    let balance = app.shop.wallet.balance(user).await?;
    let Page { items, next } = app.shop.wallet.entries(user, after, ENTRIES_ON_A_PAGE).await?;
    if visit.notice() == Some("voucher") && is_first {
        // The figure comes from the ledger: an address cannot claim a voucher that was not redeemed.
        let newest = items.first().filter(|entry| entry.kind == "voucher");
        layout.notice = newest.map(|entry| Notice::VoucherRedeemed { amount_micros: entry.amount_micros });
    }
    // What a capture or a refund is about is a line; a reader knows its order.
    let lines = items.iter().filter(|entry| matches!(entry.kind.as_str(), "capture" | "give_back"));
    let orders = app.shop.orders.of_lines(user, lines.map(|entry| entry.subject.clone()).collect()).await?;
    Ok(BalancePage {
        page: layout,
        balance_micros: balance.balance_micros,
        held_micros: balance.held_micros,
        code,
        entries: items.into_iter().map(|item| entry(item, &orders)).collect(),
        pager: shown::pager(visit, "/balance", is_first, next.as_deref()),
    })
}

fn entry(entry: WalletEntry, orders: &HashMap<String, String>) -> LedgerEntry {
    let order = |line: &str| orders.get(line).cloned().unwrap_or_default();
    LedgerEntry {
        at_us: entry.at_us,
        kind: match entry.kind.as_str() {
            "voucher" => EntryKind::VoucherRedeemed,
            "release_voucher" => EntryKind::ReleaseRedeemed,
            "gift" => EntryKind::Gift,
            "gift_back" => EntryKind::GiftReturned,
            "hold" => EntryKind::Held { order_id: entry.subject },
            // What a capture changes of the free balance is the rest of the hold that comes back.
            "capture" => EntryKind::Released { order_id: order(&entry.subject) },
            "give_back" => EntryKind::Refunded { order_id: order(&entry.subject) },
            _ => EntryKind::Credited,
        },
        amount_micros: entry.amount_micros,
        balance_micros: Some(entry.balance_micros),
    }
}
