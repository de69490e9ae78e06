//! What somebody who is paid sees: his statements, and plots of what they come from. Plain data.
use askama::Template;

use super::layout::{Layout, Pager};
use super::plot::Plot;

/// Somebody whom the signed-in user reads for.
#[derive(Clone, Debug)]
pub struct PaidParty {
    pub id: String,
    pub name: String,
    /// Owed now, closed months or not.
    pub owed_micros: i64,
    pub plots: Vec<Plot>,
}

/// A closed month.
#[derive(Clone, Debug)]
pub struct StatementRow {
    pub id: String,
    pub payee_name: String,
    /// `2026-10`.
    pub period: String,
    pub due_micros: i64,
    pub closed_us: i64,
    /// `csv`, `pdf`, `dsr`.
    pub files: Vec<String>,
}

/// A payment that was made.
#[derive(Clone, Debug)]
pub struct PayoutRow {
    pub payee: String,
    pub at_us: i64,
    pub reference: String,
    pub amount_micros: i64,
}

/// `/en/statements?after=`
#[derive(Clone, Debug, Template)]
#[template(path = "statements.html")]
pub struct StatementsPage {
    pub page: Layout,
    pub parties: Vec<PaidParty>,
    /// The newest first.
    pub statements: Vec<StatementRow>,
    pub payouts: Vec<PayoutRow>,
    pub pager: Pager,
}

/// A line of a statement.
#[derive(Clone, Debug)]
pub struct StatementLineRow {
    pub title: String,
    pub artists: String,
    pub isrc: Option<String>,
    pub label: Option<String>,
    pub units: i64,
    pub bytes: i64,
    pub gross_micros: i64,
    pub discount_micros: i64,
    pub tax_micros: i64,
    pub base_micros: i64,
    /// In parts per million.
    pub rate_ppm: u32,
    /// In parts per million; none where it is the whole.
    pub share_ppm: Option<u32>,
    pub due_micros: i64,
}

/// `/en/statements/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "statement.html")]
pub struct StatementPage {
    pub page: Layout,
    pub statement: StatementRow,
    pub brought_micros: i64,
    pub lines: Vec<StatementLineRow>,
}
