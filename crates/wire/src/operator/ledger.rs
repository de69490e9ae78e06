//! The trial balance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands on every account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// The moment before which everything is counted; null for all.
    pub at: Option<String>,
    /// One for each storefront and currency.
    pub trials: Vec<TrialBalance>,
}

/// The chart of accounts of one storefront in one currency, with what stands on each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialBalance {
    pub storefront: String,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<TrialLine>,
    /// The sum of all balances: always zero.
    pub sum_micros: i128,
}

/// One account, or all accounts of listeners of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialLine {
    /// Like `balance`, `revenue`, `tax` or `payable`.
    pub kind: String,
    /// A storefront's id, `storefront.provider`, or a payee's id; null where listeners' accounts are one line.
    pub owner: Option<String>,
    /// The payee's name, for `payable`.
    pub payee_name: Option<String>,
    /// `society`, `label`, `artist` or `publisher`, for `payable`.
    pub payee_kind: Option<String>,
    /// How many accounts are in this line.
    pub accounts: u64,
    /// Above zero: what the shop owes or has earned; below: what it has, has given away or is owed.
    pub balance_micros: i128,
}
