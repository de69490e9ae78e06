//! The balance: every movement of it, topping up, and vouchers.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use money::Micros;
use serde::Deserialize;
use shop::orders::OrderState;
use shop::page::Page;
use shop::wallet::WalletEntry;

use super::purchases::{self, AfterQuery};
use super::redeem::{self, Attempt};
use super::{shown, topups};
use crate::api::topups as api;
use crate::http::{App, Client, Origin, Posted, Problem, Query, Signed, Visit};
use crate::pages::{BalancePage, EntryKind, Field, Layout, LedgerEntry, Notice, Refusal, TopUpForm};

/// Decimals of an amount that people type; the currency may have fewer.
const TYPED_DECIMALS: u32 = 6;
/// Movements on a page.
const ENTRIES_ON_A_PAGE: u32 = 50;

/// `/balance`
pub async fn balance(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    client: Client,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    let form = topups::form(&app, &signed, client).await?;
    shown::html(page(&app, &visit, &signed, form, (visit.layout(), asked.after, Field::default())).await?)
}

/// What somebody chose.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    key: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    other: String,
    #[serde(default)]
    provider: String,
}

impl Chosen {
    fn amount(&self) -> Option<Micros> {
        if self.amount == "other" || self.amount.is_empty() {
            return shown::typed_amount(&self.other, TYPED_DECIMALS).ok();
        }
        self.amount.parse().ok().map(Micros)
    }
}

/// `POST /topups`
pub async fn top_up(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    (client, origin): (Client, Origin),
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, Problem> {
    let address = client.0;
    let started = match chosen.amount() {
        None => Err(Refusal::AmountMalformed),
        Some(amount) => {
            let payer = api::payer(&app, &signed.session.user, client);
            let asked = (chosen.provider.clone(), amount, chosen.key.clone());
            let wanted = api::wanted(&app, visit.lang(), &origin, asked).await?;
            let storefront = app.shop.storefronts.main().await?;
            match app.shop.payments.start(&storefront, &payer, &wanted).await {
                Ok(begun) => Ok(begun.topup),
                Err(e) => Err(topups::refusal(e)?),
            }
        }
    };
    match started {
        Ok(topup) => Ok(Redirect::to(&visit.href(&format!("/topups/{}?go=1", topup.id))).into_response()),
        Err(why) => {
            let mut form = topups::form(&app, &signed, Client(address)).await?;
            let is_other = chosen.amount == "other" || chosen.amount.is_empty();
            form.chosen_micros = if is_other { 0 } else { chosen.amount.parse().unwrap_or_default() };
            match why {
                Refusal::AmountMalformed | Refusal::AmountOutOfRange { .. } if is_other => {
                    form.other = Field::refused(chosen.other, why);
                }
                _ => (form.other, form.refusal) = (Field::holding(chosen.other), Some(why)),
            }
            let page = page(&app, &visit, &signed, form, (visit.layout_of("/balance"), None, Field::default())).await?;
            shown::refused(Some(why), page)
        }
    }
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
    let topup = topups::form(&app, &signed, Client(address)).await?;
    shown::refused(Some(refusal), page(&app, &visit, &signed, topup, (layout, None, code)).await?)
}

async fn page(
    app: &App,
    visit: &Visit,
    signed: &Signed,
    topup: TopUpForm,
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
    Ok(BalancePage {
        page: layout,
        balance_micros: balance.balance_micros,
        purchased_micros: balance.purchased_micros,
        promotional_micros: balance.promotional_micros,
        voucher_micros: balance.voucher_micros,
        held_micros: balance.held_micros,
        code,
        topup,
        topups: if is_first { topups::newest(app, user).await? } else { Vec::new() },
        entries: told_entries(app, user, items).await?,
        pager: shown::pager(visit, "/balance", is_first, next.as_deref()),
    })
}

/// Movements in a reader's words.
pub async fn told_entries(app: &App, user: &str, items: Vec<WalletEntry>) -> Result<Vec<LedgerEntry>, Problem> {
    // What a capture or a refund is about is a line; a reader knows its order.
    let lines = items.iter().filter(|entry| matches!(entry.kind.as_str(), "capture" | "give_back" | "refund"));
    let orders = app.shop.orders.of_lines(user, lines.map(|entry| entry.subject.clone()).collect()).await?;
    let holds = items.iter().filter(|entry| entry.kind == "hold").map(|entry| entry.subject.clone());
    let of_entries: HashSet<String> = holds.chain(orders.values().cloned()).collect();
    let outcomes = app.shop.orders.outcomes(user, of_entries.into_iter().collect()).await?;
    Ok(items.into_iter().map(|item| entry(item, &orders, &outcomes)).collect())
}

fn entry(
    entry: WalletEntry,
    orders: &HashMap<String, String>,
    outcomes: &HashMap<String, (i64, OrderState)>,
) -> LedgerEntry {
    let order = |line: &str| orders.get(line).cloned().unwrap_or_default();
    let kind = match entry.kind.as_str() {
        "voucher" => EntryKind::VoucherRedeemed,
        "release_voucher" => EntryKind::ReleaseRedeemed,
        "gift" => EntryKind::Gift,
        "gift_back" => EntryKind::GiftReturned,
        "top_up" => EntryKind::ToppedUp,
        // A line's price came back, or money went back to whoever had paid it.
        "refund" if orders.contains_key(&entry.subject) => EntryKind::PriceBack { order_id: order(&entry.subject) },
        "refund" | "refunded_elsewhere" => EntryKind::PaidBack,
        "transfer" => EntryKind::Transferred,
        "expire" => EntryKind::Expired,
        "give_up" => EntryKind::GivenUp,
        "refund_failed" => EntryKind::PaidBackFailed,
        "dispute" => EntryKind::Disputed,
        "hold" => {
            let became = outcomes.get(&entry.subject).map_or(OrderState::Held, |(_, became)| *became);
            EntryKind::Held { became: purchases::state(became), order_id: entry.subject }
        }
        // What a capture changes of the free balance is the rest of the hold that comes back.
        "capture" => EntryKind::Released { order_id: order(&entry.subject) },
        "give_back" => EntryKind::Refunded { order_id: order(&entry.subject) },
        _ => EntryKind::Credited,
    };
    LedgerEntry {
        at_us: entry.at_us,
        order_us: kind.order_id().and_then(|order| outcomes.get(order)).map(|(placed_us, _)| *placed_us),
        kind,
        amount_micros: entry.amount_micros,
        balance_micros: Some(entry.balance_micros),
    }
}
