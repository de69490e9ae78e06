//! People and their sessions.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What signs somebody up or in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// An e-mail address.
    pub email: String,
    /// At least 8 characters.
    pub password: String,
}

// A password stays out of logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A new session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// To be sent as `Authorization: Bearer …`.
    pub token: String,
}

// A token stays out of logs.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

/// Closes one's own account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseAccount {
    /// The present one.
    pub password: String,
    /// Credit that is not refundable in money may be lost.
    #[serde(default)]
    pub give_up: bool,
}

// A password stays out of logs.
impl fmt::Debug for CloseAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseAccount").field("give_up", &self.give_up).finish_non_exhaustive()
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    pub id: String,
    pub email: String,
    /// `listener` or `operator`.
    pub role: String,
    /// The language of letters, such as `en`.
    pub language: String,
    pub created_at: String,
}
