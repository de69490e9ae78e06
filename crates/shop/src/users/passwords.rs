//! Passwords: what is accepted, how it is kept (Argon2id), and how many are worked on at once.

use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::UserError;
use crate::clock::Clock;
use crate::db::DbError;

/// Fewer characters are refused.
pub const MIN_PASSWORD_CHARS: usize = 8;
/// More bytes are refused: the work of hashing must not grow with what a stranger sends.
pub const MAX_PASSWORD_BYTES: usize = 256;

/// Memory of one hash in KiB (19 MiB), passes over it, and lanes: the second of OWASP's equivalent choices for Argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes worked on at once, at most: each takes a core and 19 MiB for some 30 ms.
const MAX_HASHES_AT_ONCE: usize = 4;
/// Hashes that may wait or run; beyond that people are asked to come back.
const MAX_HASHES_WAITING: usize = 256;
/// When to come back.
const RETRY_AFTER_S: u64 = 2;
const SALT_BYTES: usize = 16;

/// Whether a password may be chosen.
pub(super) fn check(password: &str) -> Result<(), UserError> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        Err(UserError::PasswordTooShort)
    } else if password.len() > MAX_PASSWORD_BYTES {
        Err(UserError::PasswordTooLong)
    } else {
        Ok(())
    }
}

/// Hashes and verifies on blocking threads, a few at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hasher {
    clock: Clock,
    door: Arc<Semaphore>,
    running: Arc<Semaphore>,
    decoy: Arc<OnceLock<String>>,
}

impl Hasher {
    pub(super) fn new(clock: Clock) -> Hasher {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hasher {
            clock,
            door: Arc::new(Semaphore::new(MAX_HASHES_WAITING)),
            running: Arc::new(Semaphore::new(cores.min(MAX_HASHES_AT_ONCE))),
            decoy: Arc::default(),
        }
    }

    /// The password in PHC form, with a fresh salt.
    pub(super) async fn hash(&self, password: &str) -> Result<String, UserError> {
        let (password, salt) = (normal(password), self.clock.random::<SALT_BYTES>());
        self.on_its_turn(move || hash(&password, &salt)).await?
    }

    /// Whether `password` is the one of `stored`. Without a stored hash a decoy is tried, so that an unknown address costs
    /// as much as a wrong password.
    pub(super) async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool, UserError> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Ok(false);
        }
        let known = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            None => self.decoy().await?,
        };
        let password = normal(password);
        Ok(self.on_its_turn(move || verify(&password, &stored)).await?? && known)
    }

    /// Makes the decoy, so that not even the first unknown address takes longer than a known one.
    pub(super) async fn decoy(&self) -> Result<String, UserError> {
        if let Some(decoy) = self.decoy.get() {
            return Ok(decoy.clone());
        }
        let made = self.hash(&hex::encode(self.clock.random::<SALT_BYTES>())).await?;
        Ok(self.decoy.get_or_init(|| made).clone())
    }

    async fn on_its_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, UserError> {
        let full = |_| UserError::TooMany { retry_after_s: RETRY_AFTER_S };
        let place = self.door.clone().try_acquire_owned().map_err(full)?;
        let closed = |e: &dyn std::fmt::Display| UserError::Db(DbError::Failed(format!("password hashing: {e}")));
        let turn = self.running.clone().acquire_owned().await.map_err(|e| closed(&e))?;
        let work = tokio::task::spawn_blocking(move || {
            // The work goes on when its caller goes away, so the permits go with the work.
            let _permits = (place, turn);
            work()
        });
        work.await.map_err(|e| closed(&e))
    }
}

/// One password typed on two systems may come composed or decomposed (NIST SP 800-63B, 5.1.1.2).
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

fn argon() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(MEMORY_KIB, PASSES, LANES, None)?))
}

fn hash(password: &str, salt: &[u8]) -> Result<String, UserError> {
    let failed = |e: &dyn std::fmt::Display| UserError::Db(DbError::Failed(format!("password hashing: {e}")));
    let hash: PasswordHash =
        argon().map_err(|e| failed(&e))?.hash_password_with_salt(password.as_bytes(), salt).map_err(|e| failed(&e))?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: &str) -> Result<bool, UserError> {
    use argon2::password_hash::Error;
    let failed = |e: &dyn std::fmt::Display| UserError::Db(DbError::Failed(format!("a stored password: {e}")));
    let stored = PasswordHash::new(stored).map_err(|e| failed(&e))?;
    match argon().map_err(|e| failed(&e))?.verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(e) => Err(failed(&e)),
    }
}
