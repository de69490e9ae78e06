//! Royalties: what was sold, as a rights holder needs it; monthly statements with their papers; payments out. Owner of the
//! tables `royalty_periods`, `statements`, `statement_files` and `payouts`. What a sale makes due, `rights` decides.

mod period;
pub mod sales;
mod lines;
mod read;
mod csv;
mod dsr;
mod paper;
mod close;
mod payouts;
#[cfg(test)]
mod tests;

use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::files::{Files, FilesError};
use crate::pdf::PdfError;
use crate::wallet::{Wallet, WalletError};

pub use close::{Closing, Made};
pub use csv::{percent, sales_csv};
pub use lines::{Line, Recording};
pub use paper::Words;
pub use payouts::{MAX_REFERENCE_CHARS, Paid, Payout};
pub use period::Period;
pub use read::{FileKind, Statement, StatementFile, Sum};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RoyaltyError {
    #[error("{0} has not begun: close it when it is there, or early")]
    NotBegun(Period),
    #[error(
        "{later} is closed already, so {period} cannot be any more: what was captured then is in a later statement"
    )]
    TooLate { period: Period, later: String },
    #[error("the ledger and the sales differ for payee {0}: run gramovar audit")]
    Differs(String),
    #[error("there is no payee {0:?}")]
    UnknownPayee(String),
    #[error("{owed} is owed; {asked} would be more")]
    TooMuch { owed: money::Micros, asked: money::Micros },
    #[error("nothing is owed from closed statements")]
    NothingOwed,
    #[error("the amount must be above 0")]
    Amount,
    #[error("a reference has at most {MAX_REFERENCE_CHARS} characters, none of them a control character")]
    Reference,
    #[error("this key belongs to another payment")]
    KeyReused,
    #[error(transparent)]
    Ledger(WalletError),
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WalletError> for RoyaltyError {
    fn from(error: WalletError) -> RoyaltyError {
        match error {
            WalletError::Db(e) => RoyaltyError::Db(e),
            other => RoyaltyError::Ledger(other),
        }
    }
}

/// The royalties. Cheap to clone.
#[derive(Clone)]
pub struct Royalties {
    db: Db,
    clock: Clock,
    files: Files,
    wallet: Wallet,
}

impl Royalties {
    /// Royalties over a database and an object store.
    pub fn new(db: Db, clock: Clock, files: Files, wallet: Wallet) -> Royalties {
        Royalties { db, clock, files, wallet }
    }
}
