//! What listeners say and want: reviews, wishes, whom they follow; and what editors pick.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::{Named, ReleaseSummary};

/// What somebody who bought a release says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// The release's id.
    pub release: String,
    /// 1 to 5.
    pub stars: u8,
    /// As its writer wants to be named; null if he does not.
    pub author: Option<String>,
    /// Plain words; null where there are only stars.
    pub words: Option<String>,
    /// The language of the page it was written on.
    pub language: String,
    /// When it was written.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
}

/// A review to write, or what it is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// 1 to 5.
    pub stars: u8,
    /// A name to stand beside it; none when left out. At most 60 characters.
    #[serde(default)]
    pub author: String,
    /// Plain words, at most 4000 characters.
    #[serde(default)]
    pub words: String,
}

/// All that is said of a release in two numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rating {
    /// How many reviews.
    pub reviews: u64,
    /// Their average in hundredths of a star; null without reviews.
    pub average_hundredths: Option<u64>,
}

/// Why a review should not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// In 1 to 500 characters.
    pub reason: String,
}

/// Whom somebody follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Follows {
    /// Artists, by name.
    pub artists: Vec<Named>,
    /// Labels, by name.
    pub labels: Vec<Named>,
    /// Whether a weekly letter tells what is new.
    pub letters: bool,
}

/// What the editors pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pick {
    /// The release.
    pub release: ReleaseSummary,
    /// What they say of it, by language; may be empty.
    pub words: BTreeMap<String, String>,
}
