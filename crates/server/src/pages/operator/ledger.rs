//! The operator's page of the trial balance.
use askama::Template;
use money::Total;

use crate::pages::forms::Field;
use crate::pages::layout::Layout;

/// An account.
#[derive(Clone, Debug)]
pub struct TrialRow {
    /// The kind of account, as the ledger calls it.
    pub kind: String,
    /// Whose it is, where that is not the storefront.
    pub owner: String,
    pub balance: Total,
}

impl TrialRow {
    /// What stands on it where the shop owes or earned it.
    fn owes(&self) -> Option<Total> {
        (self.balance > Total::ZERO).then_some(self.balance)
    }

    /// What stands on it where the shop has it or is owed it.
    fn has(&self) -> Option<Total> {
        (self.balance < Total::ZERO).then_some(Total(-self.balance.0))
    }

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
    pub owes: Total,
    pub has: Total,
    /// Zero, or something is wrong.
    pub sum: Total,
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
