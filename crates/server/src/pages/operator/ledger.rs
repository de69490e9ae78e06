//! The operator's page of the trial balance.
use askama::Template;

use crate::pages::forms::Field;
use crate::pages::layout::Layout;

/// An account.
#[derive(Clone, Debug)]
pub struct TrialRow {
    /// The kind of account, as the ledger calls it.
    pub kind: String,
    /// Whose it is, where that is not the storefront.
    pub owner: String,
    pub balance_micros: i64,
}

impl TrialRow {
    /// Fluent id of the account's name.
    fn name_id(&self) -> String {
        format!("account-{}", self.kind.replace('_', "-"))
    }
}

/// The accounts of one storefront in one currency.
#[derive(Clone, Debug)]
pub struct TrialOf {
    pub storefront: String,
    pub currency: String,
    pub rows: Vec<TrialRow>,
    /// The sums of both sides.
    pub owes_micros: i64,
    pub has_micros: i64,
    /// Zero, or something is wrong.
    pub sum_micros: i64,
}

/// `/en/operator/ledger?at=2026-11-01`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/ledger.html")]
pub struct LedgerPage {
    pub page: Layout,
    pub at: Field,
    pub at_us: Option<i64>,
    pub trials: Vec<TrialOf>,
}
