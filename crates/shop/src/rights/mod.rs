//! Rights: who is paid (payees), under which licences each storefront sells, and by what shares a recording's rights are split.
//! Owner of the tables `payees`, `licences`, `share_sets`, `share_holders`, `royalty_lines` and `sale_corrections`.
//! No statements and no money: what a sale makes due is told here, the wallet books it, `royalties` reports it.

mod types;
mod checks;
pub mod payees;
pub mod licences;
pub mod shares;
mod split;
#[cfg(test)]
mod tests;

pub use types::{Base, Holder, Licence, LicenceKind, Payee, PayeeKind, ShareScope, ShareSet};

pub use split::{Correction, Due, reverse};

pub(crate) use split::{Sale, Where, claim, open_payees, recompute, split, where_sold};
