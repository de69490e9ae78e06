//! Amounts, prices, and the ledger as a pure state machine. Integers only.
//!
//! Knows neither clock nor I/O, async, SQL or floats. Modules stand in dependency order, each uses only those above it.

pub mod amount;
pub mod price;
pub mod discount;
pub mod credit;
pub mod lots;
pub mod shares;
pub mod correction;
pub mod tax;
pub mod ledger;
pub mod vouchers;
pub mod chain;

pub use amount::{Currency, Micros, Total};
