//! Vouchers: codes that turn into balance, once.
//!
//! A code is 80 random bits in Crockford's base 32, in four groups of four and a check character, so that it can be read
//! over a telephone. Only its hash is stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use money::{Currency, Micros};
use sha2::{Digest, Sha256};

use crate::clock::{Clock, base32};
use crate::db::{Db, DbError, Tx};
use crate::params;
use crate::storefronts::MAIN;
use crate::wallet::{self, Wallet, WalletError};

/// Vouchers of one batch.
pub const MAX_COUNT: u32 = 10_000;
/// Wrong codes that a user may enter within [`WRONG_CODES_WINDOW_US`].
pub const MAX_WRONG_CODES: u32 = 10;
/// How long a wrong code is remembered.
pub const WRONG_CODES_WINDOW_US: i64 = 15 * 60 * 1_000_000;
/// Users whose wrong codes are remembered at the same time.
const MAX_REMEMBERED: usize = 100_000;
/// Crockford's base 32 and the five more check characters.
const ALPHABET: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

/// What a redeemed voucher brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Redeemed {
    pub amount_micros: i64,
    pub balance_micros: i64,
}

/// Why a voucher was not made or not redeemed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum VoucherError {
    #[error("no such voucher: check the code for a typing error")]
    Unknown,
    #[error("this voucher has been redeemed already")]
    Used,
    #[error("too many wrong codes: try again in {retry_after_s} seconds")]
    TooMany { retry_after_s: u64 },
    #[error("a voucher is worth more than 0 and at most {}", money::amount::MAX_ENTERED)]
    Amount,
    #[error("between 1 and {MAX_COUNT} vouchers are made at once")]
    Count,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the ledger refused: {0}")]
    Ledger(WalletError),
}

impl From<WalletError> for VoucherError {
    fn from(error: WalletError) -> VoucherError {
        match error {
            WalletError::Db(e) => VoucherError::Db(e),
            WalletError::Amount => VoucherError::Amount,
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
    wrong: Arc<Mutex<HashMap<String, Wrong>>>,
}

/// Wrong codes of one user.
struct Wrong {
    since_us: i64,
    count: u32,
}

impl Vouchers {
    /// Vouchers that turn into money of `wallet`.
    pub fn new(db: Db, clock: Clock, wallet: Wallet) -> Vouchers {
        Vouchers { db, clock, wallet, wrong: Arc::default() }
    }

    /// Makes `count` vouchers worth `amount` each and returns their codes; they cannot be read again later.
    pub async fn create(&self, amount: Micros, count: u32) -> Result<Vec<String>, VoucherError> {
        if count == 0 || count > MAX_COUNT {
            return Err(VoucherError::Count);
        }
        let total = amount.0.checked_mul(count.into()).map(Micros);
        let total = total.filter(|_| amount > Micros::ZERO && amount <= money::amount::MAX_ENTERED);
        let total = total.ok_or(VoucherError::Amount)?;
        let codes: Vec<String> = (0..count).map(|_| new_code(&self.clock)).collect();
        let (vouchers, batch, made) = (self.clone(), self.clock.new_id(), codes.clone());
        self.db
            .write::<_, VoucherError>(move |tx| {
                vouchers.wallet.issue_vouchers(tx, &batch, total)?;
                let now_us = vouchers.clock.now_us();
                for (n, code) in made.iter().enumerate() {
                    insert(tx, code, &batch, n, amount, now_us)?;
                }
                Ok(())
            })
            .await?;
        Ok(codes)
    }

    /// Turns a code into balance of `user_id`. Who enters too many wrong codes has to wait.
    pub async fn redeem(&self, user_id: &str, code: &str) -> Result<Redeemed, VoucherError> {
        self.may_try(user_id)?;
        let Some(hash) = hash_of(code) else {
            self.remember_wrong(user_id);
            return Err(VoucherError::Unknown);
        };
        let (vouchers, user) = (self.clone(), user_id.to_owned());
        let result = self.db.write(move |tx| vouchers.redeem_in(tx, &user, &hash)).await;
        if matches!(result, Err(VoucherError::Unknown)) {
            self.remember_wrong(user_id);
        }
        result
    }

    fn redeem_in(&self, tx: &mut Tx, user_id: &str, hash: &[u8]) -> Result<Redeemed, VoucherError> {
        let row = tx.row("SELECT serial, amount_micros FROM vouchers WHERE code_hash = $1", params![hash])?;
        let row = row.ok_or(VoucherError::Unknown)?;
        let (serial, amount): (String, i64) = (row.get(0)?, row.get(1)?);
        let taken = tx.execute(
            "UPDATE vouchers SET redeemed_by = $1, redeemed_us = $2 WHERE code_hash = $3 AND redeemed_by IS NULL",
            params![user_id, self.clock.now_us(), hash],
        )?;
        if taken == 0 {
            return Err(VoucherError::Used);
        }
        self.wallet.redeem(tx, user_id, &serial, Micros(amount))?;
        Ok(Redeemed { amount_micros: amount, balance_micros: wallet::balance(tx, user_id)?.balance_micros })
    }

    fn may_try(&self, user_id: &str) -> Result<(), VoucherError> {
        let wrong = self.wrong.lock().unwrap_or_else(|e| e.into_inner());
        let Some(entry) = wrong.get(user_id) else { return Ok(()) };
        let left_us = entry.since_us + WRONG_CODES_WINDOW_US - self.clock.now_us();
        if entry.count < MAX_WRONG_CODES || left_us <= 0 {
            return Ok(());
        }
        Err(VoucherError::TooMany { retry_after_s: (left_us as u64).div_ceil(1_000_000) })
    }

    fn remember_wrong(&self, user_id: &str) {
        let now_us = self.clock.now_us();
        let mut wrong = self.wrong.lock().unwrap_or_else(|e| e.into_inner());
        if wrong.len() >= MAX_REMEMBERED {
            wrong.retain(|_, w| now_us - w.since_us < WRONG_CODES_WINDOW_US);
        }
        let entry = wrong.entry(user_id.to_owned()).or_insert(Wrong { since_us: now_us, count: 0 });
        if now_us - entry.since_us >= WRONG_CODES_WINDOW_US {
            *entry = Wrong { since_us: now_us, count: 0 };
        }
        entry.count += 1;
        if entry.count == MAX_WRONG_CODES {
            tracing::warn!(user = user_id, "too many wrong voucher codes; locked for a while");
        }
    }
}

fn insert(tx: &mut Tx, code: &str, batch: &str, n: usize, amount: Micros, now_us: i64) -> Result<(), VoucherError> {
    let hash = hash_of(code).ok_or(VoucherError::Unknown)?;
    let serial = format!("{batch}-{:05}", n + 1);
    tx.execute(
        "INSERT INTO vouchers (code_hash, serial, batch, amount_micros, currency, created_us)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![hash, serial, batch, amount.0, Currency::USD.code(), now_us],
    )?;
    Ok(())
}

fn new_code(clock: &Clock) -> String {
    let value = clock.random::<10>().iter().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
    let digits = base32(value, 16).to_uppercase();
    let check = ALPHABET[(value % 37) as usize] as char;
    format!("{}-{}-{}-{}-{check}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
}

/// The hash of a code as a person typed it: any case, any grouping, O for 0, I and L for 1. `None` when it cannot be a code.
fn hash_of(code: &str) -> Option<Vec<u8>> {
    let mut values = Vec::with_capacity(17);
    for letter in code.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        values.push(ALPHABET.iter().position(|a| *a as char == letter)? as u128);
        if values.len() > 17 {
            return None;
        }
    }
    let (check, digits) = values.split_last()?;
    if digits.len() != 16 || digits.iter().any(|d| *d > 31) {
        return None;
    }
    let value = digits.iter().fold(0u128, |n, digit| n << 5 | digit);
    if value % 37 != *check {
        return None;
    }
    Some(Sha256::digest([b"gramovar voucher ".as_slice(), &value.to_be_bytes()].concat()).to_vec())
}

/// Sum of what is issued and not redeemed, for the audit.
pub(crate) fn outstanding(tx: &mut Tx) -> Result<Micros, DbError> {
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) FROM vouchers WHERE redeemed_by IS NULL AND currency = $1",
        params![Currency::USD.code()],
    )?;
    row.map_or(Ok(Micros::ZERO), |r| r.get(0).map(Micros))
}

/// The account that stands for outstanding vouchers.
pub(crate) fn liability_account() -> money::ledger::Account {
    wallet::account(money::ledger::Kind::VoucherLiability, MAIN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_support::{block_on, on_both_engines, users};

    fn vouchers(db: &Db, clock: &Clock) -> Vouchers {
        Vouchers::new(db.clone(), clock.clone(), Wallet::new(db.clone(), clock.clone(), "test"))
    }

    #[test]
    fn a_voucher_works_once_even_at_the_same_instant() {
        on_both_engines(|db, _| {
            block_on(async {
                users(&db, &["a", "b"]).await;
                let vouchers = vouchers(&db, &Clock::system());
                let codes = vouchers.create(Micros(10_000_000), 2).await.unwrap();
                let tries = ["a", "b", "a", "b"].map(|user| vouchers.redeem(user, &codes[0]));
                let tries = futures_util::future::join_all(tries).await;
                assert_eq!(tries.iter().filter(|t| t.is_ok()).count(), 1, "{tries:?}");
                assert!(tries.iter().filter_map(|t| t.as_ref().err()).all(|e| matches!(e, VoucherError::Used)));
                let (outstanding, books) = db
                    .read::<_, DbError>(|tx| Ok((outstanding(tx)?, crate::wallet::verify::recompute(tx, &|_| ())?)))
                    .await
                    .unwrap();
                assert_eq!(books.balances[&liability_account()], outstanding);
                assert_eq!(outstanding, Micros(10_000_000));
            });
        });
    }

    #[test]
    fn a_code_may_be_typed_as_people_type() {
        let (clock, _) = Clock::by_hand(0);
        for _ in 0..200 {
            let code = new_code(&clock);
            let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(hash_of(&typed), hash_of(&code), "{code}");
            let slip = if code.starts_with('7') { code.replacen('7', "8", 1) } else { format!("7{}", &code[1..]) };
            assert_eq!(hash_of(&slip), None, "one wrong letter is noticed: {code} as {slip}");
        }
    }

    #[test]
    fn who_guesses_codes_has_to_wait() {
        on_both_engines(|db, _| {
            block_on(async {
                users(&db, &["a"]).await;
                let (clock, hand) = Clock::by_hand(1_700_000_000_000_000);
                let vouchers = vouchers(&db, &clock);
                for _ in 0..MAX_WRONG_CODES {
                    assert!(matches!(vouchers.redeem("a", &new_code(&clock)).await, Err(VoucherError::Unknown)));
                }
                let code = vouchers.create(Micros(1), 1).await.unwrap().remove(0);
                assert!(matches!(vouchers.redeem("a", &code).await, Err(VoucherError::TooMany { .. })));
                hand.advance(Duration::from_secs(15 * 60));
                assert_eq!(vouchers.redeem("a", &code).await.unwrap().balance_micros, 1);
            });
        });
    }

    #[test]
    fn absurd_batches_are_refused() {
        on_both_engines(|db, _| {
            block_on(async {
                let vouchers = vouchers(&db, &Clock::system());
                for amount in [0, -1, i64::MAX] {
                    assert!(matches!(vouchers.create(Micros(amount), 1).await, Err(VoucherError::Amount)));
                }
                for count in [0, MAX_COUNT + 1] {
                    assert!(matches!(vouchers.create(Micros(1), count).await, Err(VoucherError::Count)));
                }
            });
        });
    }
}
