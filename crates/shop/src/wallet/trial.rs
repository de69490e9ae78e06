//! The trial balance: the chart of accounts with what stands on each, per storefront and currency. Its sum is zero, or the
//! ledger is broken. Reads only.

use std::collections::BTreeMap;

use money::Total;
use money::ledger::Kind;

use super::sums;
use crate::db::{DbError, Tx};
use crate::params;
use crate::storefronts::MAIN;

/// A society or another holder of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TrialPayee {
    pub name: String,
    /// `society`, `label`, `artist`, `publisher`.
    pub kind: String,
}

/// One line of a trial balance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TrialLine {
    pub storefront: String,
    pub currency: String,
    /// The stable name of the kind of account.
    pub kind: String,
    /// Whose account it is; none where listeners' accounts are one line.
    pub owner: Option<String>,
    /// Of a payable: who is owed.
    pub payee: Option<TrialPayee>,
    /// Accounts in this line.
    pub accounts: u64,
    pub balance: Total,
}

/// The accounts of one storefront in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Trial {
    pub storefront: String,
    pub currency: String,
    pub lines: Vec<TrialLine>,
    /// Zero, unless entries moved money between storefronts or the ledger is broken.
    pub sum: Total,
}

/// What stood on all accounts before `until_us`, by storefront and currency; within each in the order of [`Kind::ALL`].
pub(super) fn balance(tx: &mut Tx, until_us: i64) -> Result<Vec<Trial>, DbError> {
    let sql = format!(
        "SELECT a.kind, a.owner, a.currency, COALESCE(u.storefront, y.storefront), y.name, y.kind, {}
         FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
         LEFT JOIN users u ON u.id = a.owner AND a.kind <> 'payable'
         LEFT JOIN payees y ON y.id = a.owner AND a.kind = 'payable'
         WHERE p.at_us < $1
         GROUP BY a.id, a.kind, a.owner, a.currency, COALESCE(u.storefront, y.storefront), y.name, y.kind",
        sums::columns("p.amount_micros")
    );
    let rows = tx.rows(&sql, params![until_us])?;
    let mut found = BTreeMap::<(String, String), BTreeMap<(usize, Option<String>), TrialLine>>::new();
    for row in rows {
        let (name, owner, currency): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = Kind::of_name(&name).ok_or_else(|| DbError::Failed(format!("an account of kind {name}")))?;
        let storefront = storefront_of(kind, &owner, row.get(3)?);
        let owner = (!kind.is_listeners()).then_some(owner);
        let named: (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
        let payee = named.0.zip(named.1).map(|(name, kind)| TrialPayee { name, kind });
        let place = Kind::ALL.iter().position(|known| *known == kind).unwrap_or(Kind::ALL.len());
        let lines = found.entry((storefront.clone(), currency.clone())).or_default();
        let line = lines.entry((place, owner.clone())).or_insert_with(|| TrialLine {
            storefront,
            currency,
            kind: name,
            owner,
            payee,
            accounts: 0,
            balance: Total::ZERO,
        });
        line.accounts += 1;
        line.balance.0 += sums::total(&row, 6)?.0;
    }
    let trial = |((storefront, currency), lines): (_, BTreeMap<_, TrialLine>)| {
        let lines: Vec<TrialLine> = lines.into_values().collect();
        let sum = Total(lines.iter().map(|line| line.balance.0).sum());
        Trial { storefront, currency, lines, sum }
    };
    Ok(found.into_iter().map(trial).collect())
}

/// Which storefront an account belongs to: its listener's or its payee's, who never change it, or the one that its owner names.
fn storefront_of(kind: Kind, owner: &str, of_person: Option<String>) -> String {
    match kind {
        Kind::TopUpClearing => owner.split('.').next().unwrap_or(owner).to_owned(),
        _ if kind.is_listeners() || kind == Kind::Payable => of_person.unwrap_or_else(|| MAIN.to_owned()),
        _ => owner.to_owned(),
    }
}
