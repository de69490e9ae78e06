//! The operator's pages of what he looks up: releases, orders, listeners. No rules.
use askama::Template;

use super::vouchers::FieldRefused;
use crate::pages::downloads::FileState;
use crate::pages::layout::{Layout, Pager};
use crate::pages::orders::{OrderLine, OrderPaper, OrderSummary};
use crate::pages::wallet::LedgerEntry;

/// A release, on sale or not.
#[derive(Clone, Debug)]
pub struct ListedReleaseRow {
    pub id: String,
    pub title: String,
    pub credit: String,
    pub gtin: Option<String>,
    pub catalog_number: Option<String>,
    pub on_sale: bool,
    pub created_us: i64,
}

/// `/en/operator/releases?q=&state=&after=`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/releases.html")]
pub struct OperatorReleasesPage {
    pub page: Layout,
    pub words: String,
    /// `on_sale`, `withdrawn` or nothing.
    pub state: String,
    pub releases: Vec<ListedReleaseRow>,
    pub pager: Pager,
}

/// An order with who placed it.
#[derive(Clone, Debug)]
pub struct SoldRow {
    pub order: OrderSummary,
    pub user_id: String,
    pub email: String,
}

/// `/en/operator/orders?listener=&from=&until=&after=`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/orders.html")]
pub struct OperatorOrdersPage {
    pub page: Layout,
    pub listener: String,
    pub from: String,
    pub until: String,
    pub refused: Option<FieldRefused>,
    pub orders: Vec<SoldRow>,
    pub pager: Pager,
}

/// `/en/operator/orders/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/order.html")]
pub struct OperatorOrderPage {
    pub page: Layout,
    pub sold: SoldRow,
    pub lines: Vec<OrderLine>,
    pub papers: Vec<OrderPaper>,
}

/// A listener with what he has.
#[derive(Clone, Debug)]
pub struct ListenerRow {
    pub id: String,
    pub email: String,
    pub is_operator: bool,
    /// `listener` or `buyer`.
    pub standing: &'static str,
    pub created_us: i64,
    pub balance_micros: i64,
    pub held_micros: i64,
}

impl ListenerRow {
    /// His address, or that he has closed his account.
    fn name(&self, page: &Layout) -> String {
        if self.email.is_empty() { page.t("listener-closed") } else { self.email.clone() }
    }

    /// Fluent id of what he is to the shop.
    fn standing_id(&self) -> String {
        match (self.email.is_empty(), self.is_operator) {
            (true, _) => "standing-closed".to_owned(),
            (_, true) => "standing-operator".to_owned(),
            _ => format!("standing-{}", self.standing),
        }
    }
}

/// `/en/operator/listeners?q=&after=`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/listeners.html")]
pub struct OperatorListenersPage {
    pub page: Layout,
    pub words: String,
    pub listeners: Vec<ListenerRow>,
    pub pager: Pager,
}

/// `/en/operator/listeners/{id}?after=`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/listener.html")]
pub struct OperatorListenerPage {
    pub page: Layout,
    pub listener: ListenerRow,
    pub purchased_micros: i64,
    pub promotional_micros: i64,
    pub voucher_micros: i64,
    /// The movements of his balance, the newest first.
    pub entries: Vec<LedgerEntry>,
    pub pager: Pager,
}
