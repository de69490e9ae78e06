//! Vouchers: codes that turn into credit, a discount or a release, once. Owner of the tables `vouchers`, `voucher_batches`
//! and `voucher_batch_storefronts`.
//!
//! Codes come in batches, or one by one as gifts. Only a code's hash is stored; whoever made it saw it once. Until it is
//! redeemed, stopped or expired, what it is worth is owed in the ledger. A release is bought by `redemptions`.

pub(crate) mod code;
mod guesses;
mod worth;
mod read;
mod batch;
pub(crate) mod redeem;
mod sheet;

use std::net::IpAddr;

use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::declared::Refused;
use crate::page::Page;
use crate::wallet::{Wallet, WalletError};

pub use batch::{
    Coded, MAX_COUNT, MAX_DISCOUNT_PPM, MAX_EXPIRY_YEARS, MAX_NOTE_CHARS, MAX_RESELLER_CHARS, MAX_STOREFRONTS,
    NewBatch, put, remove,
};
pub(crate) use batch::{GIFTS, insert_gift, stop_gift};
pub use code::in_link;
pub use guesses::{MAX_WRONG_OF_ADDRESS, MAX_WRONG_OF_USER, WINDOW};
pub use read::{Batch, CodeState, Tally, VoucherRow, find, list};
pub(crate) use read::{outstanding, owed_of_batches, prepaid_tax};
pub(crate) use redeem::{percent_for, percent_query, spend_percent, spent_on};
pub use sheet::{Card, SheetWords, csv, pdf};
pub use worth::Worth;

/// What a redeemed voucher brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// Credit.
    Money {
        /// How much.
        amount_micros: i64,
        /// What can be spent now.
        balance_micros: i64,
    },
    /// A discount on the next order.
    Percent {
        /// Millionths of the price.
        discount_ppm: i64,
        /// Until when that order must be placed.
        expires_us: Option<i64>,
    },
}

/// Why a voucher was not made, changed or redeemed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum VoucherError {
    #[error("no such voucher: check the code for a typing error")]
    Unknown,
    #[error("this voucher has been redeemed already")]
    Used,
    #[error("this voucher has expired")]
    Expired,
    #[error("this voucher was stopped by the shop: ask whoever gave it to you")]
    Stopped,
    #[error("this voucher belongs to another shop: {0}")]
    Elsewhere(String),
    #[error("this voucher is for a release: choose a format")]
    ChooseFormat { release_id: String, most: Micros },
    #[error("too many wrong codes: try again in {retry_after_s} seconds")]
    TooMany { retry_after_s: u64 },
    #[error(transparent)]
    Refused(Refused),
    #[error("there is no such batch of vouchers")]
    NoBatch,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the ledger refused: {0}")]
    Ledger(WalletError),
}

impl From<Refused> for VoucherError {
    fn from(refused: Refused) -> VoucherError {
        match refused {
            Refused::Db(e) => VoucherError::Db(e),
            other => VoucherError::Refused(other),
        }
    }
}

impl From<WalletError> for VoucherError {
    fn from(error: WalletError) -> VoucherError {
        match error {
            WalletError::Db(e) => VoucherError::Db(e),
            other => VoucherError::Ledger(other),
        }
    }
}

/// The vouchers. Cheap to clone.
#[derive(Clone)]
pub struct Vouchers {
    db: Db,
    clock: Clock,
    wallet: Wallet,
    guesses: guesses::Guesses,
}

impl Vouchers {
    /// Vouchers that turn into money of `wallet`.
    pub fn new(db: Db, clock: Clock, wallet: Wallet) -> Vouchers {
        Vouchers { db, wallet, guesses: guesses::Guesses::new(clock.clone()), clock }
    }

    /// Makes `count` vouchers worth `amount` each in a batch of their own and returns their codes; they cannot be read
    /// again later.
    pub async fn create(&self, amount: Micros, count: u32) -> Result<Vec<String>, VoucherError> {
        let codes = self.declare_and_print(NewBatch::of_money(&self.clock.new_id(), amount, count)).await?;
        Ok(codes.into_iter().map(|coded| coded.code).collect())
    }

    /// Declares a batch and makes its codes.
    pub async fn declare_and_print(&self, batch: NewBatch) -> Result<Vec<Coded>, VoucherError> {
        let vouchers = self.clone();
        self.db
            .write(move |tx| {
                put(tx, &batch, vouchers.clock.now_us())?;
                vouchers.print_in(tx, &batch.id, None)
            })
            .await
    }

    /// Makes the codes of a declared batch, once: this is the only moment when they are known. `by` is the operator who
    /// sees them; none for the command line.
    pub async fn print(&self, batch: &str, by: Option<&str>) -> Result<Vec<Coded>, VoucherError> {
        let (vouchers, batch, by) = (self.clone(), batch.to_owned(), by.map(str::to_owned));
        self.db.write(move |tx| vouchers.print_in(tx, &batch, by.as_deref())).await
    }

    /// A batch.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| find(tx, &id)).await
    }

    /// The codes of a batch by their serial numbers, without the codes.
    pub async fn codes(&self, batch: &str, after: Option<String>, limit: u32) -> Result<Page<VoucherRow>, DbError> {
        let batch = batch.to_owned();
        self.db.read(move |tx| read::codes(tx, &batch, after.as_deref(), limit)).await
    }

    /// What became of the code with this serial number.
    pub async fn by_serial(&self, serial: &str) -> Result<Option<VoucherRow>, DbError> {
        let serial = serial.trim().to_owned();
        self.db.read(move |tx| read::by_serial(tx, &serial)).await
    }

    /// The serial numbers of codes, as far as they belong to this batch: for printing them.
    pub async fn serials(&self, batch: &str, codes: Vec<String>) -> Result<Vec<Option<String>>, DbError> {
        let batch = batch.to_owned();
        self.db.read(move |tx| read::serials(tx, &batch, &codes)).await
    }

    /// Stops what is still open of a batch; a second time changes nothing.
    pub async fn stop(&self, batch: &str, by: Option<&str>) -> Result<Batch, VoucherError> {
        let (vouchers, batch, by) = (self.clone(), batch.to_owned(), by.map(str::to_owned));
        self.db.write(move |tx| vouchers.stop_in(tx, &batch, by.as_deref())).await
    }

    /// Ends what has expired since a moment, and says how many batches that were. A look at all of them is for now and then;
    /// for every second there is a look at those whose moment has just come.
    pub async fn expire(&self, since_us: Option<i64>) -> Result<u64, VoucherError> {
        let span_us = (since_us.unwrap_or(i64::MIN), self.clock.now_us());
        let due = self.db.read(move |tx| read::expiring(tx, span_us)).await?;
        let count = due.len() as u64;
        for batch in due {
            let vouchers = self.clone();
            self.db.write(move |tx| vouchers.expire_in(tx, &batch)).await?;
        }
        Ok(count)
    }

    /// Turns a code into credit or a discount. Who enters too many wrong codes has to wait.
    pub async fn redeem(&self, user_id: &str, address: IpAddr, code: &str) -> Result<Redeemed, VoucherError> {
        let (vouchers, user) = (self.clone(), user_id.to_owned());
        let hash = code::hash_of(code);
        self.guarded(user_id, address, async move {
            let hash = hash.ok_or(VoucherError::Unknown)?;
            self.db.write(move |tx| vouchers.redeem_in(tx, &user, &hash)).await
        })
        .await
    }

    /// Lets `work` try a code, unless this user or this address guessed too often.
    pub(crate) async fn guarded<T, E>(
        &self,
        user_id: &str,
        address: IpAddr,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<VoucherError> + AsVoucherError,
    {
        let begun = self.guesses.begin(user_id, address);
        let begun = begun.map_err(|retry_after_s| VoucherError::TooMany { retry_after_s })?;
        let result = work.await;
        // A code that is real but used, stopped or expired is no guess, and a failure of the database says nothing about it.
        let refusal = result.as_ref().err().and_then(AsVoucherError::as_voucher_error);
        if !matches!(refusal, Some(VoucherError::Unknown)) {
            begun.right();
        }
        result
    }
}

/// An error that may be a voucher's.
pub(crate) trait AsVoucherError {
    fn as_voucher_error(&self) -> Option<&VoucherError>;
}

impl AsVoucherError for VoucherError {
    fn as_voucher_error(&self) -> Option<&VoucherError> {
        Some(self)
    }
}

/// A redeemed discount that waits for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PercentVoucher {
    pub serial: String,
    pub discount_ppm: i64,
    pub expires_us: Option<i64>,
}

#[cfg(test)]
mod tests;
