//! What an audit of the ledger finds. Judges nothing.

use std::collections::{BTreeMap, HashMap};

use money::Total;
use money::chain::Hash;
use money::ledger::Account;

/// What the recomputation knows at the end.
#[derive(Debug, Default)]
pub struct Recomputed {
    /// Entries seen.
    pub entries: u64,
    /// Balance of each account, summed from its postings.
    pub balances: BTreeMap<Account, Total>,
    /// Sentences, one for each thing that is not as it must be; the first names the first broken entry, if one is.
    pub differences: Vec<String>,
    /// What an auditor should know although nothing is wrong with it.
    pub notes: Vec<String>,
    /// Entries that are not what was written, with their times.
    pub(super) broken: Vec<(i64, String)>,
}

/// An entry's place in its chain, as it stands.
pub(super) struct Link {
    pub(super) hash: Hash,
    pub(super) at_us: i64,
}

pub(super) type Links = HashMap<(String, u64), Link>;
