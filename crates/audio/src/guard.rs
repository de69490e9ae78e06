//! The one place where a panic in somebody else's parser becomes an error. Nothing else lives here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Error, Result};

/// Runs `work`, which calls a third-party parser on bytes from outside; a panic in it becomes [`Error::Malformed`].
/// Whatever `work` was changing may be half-changed after an error and must not be used again.
pub(crate) fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::Malformed(format!("{what} cannot be parsed"))))
}
