//! What a code is worth: credit, a discount, or a release.

use money::Micros;

/// What a code is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worth {
    /// Credit.
    Money(Micros),
    /// A discount on the next order.
    Percent {
        /// Millionths of the price.
        discount_ppm: i64,
    },
    /// A release, in a format that costs at most so much.
    Release {
        /// Which one.
        release_id: String,
        /// The most that a code may cost the shop.
        most: Micros,
    },
}

impl Worth {
    /// `money`, `percent` or `release`.
    pub fn sort(&self) -> &'static str {
        match self {
            Worth::Money(_) => "money",
            Worth::Percent { .. } => "percent",
            Worth::Release { .. } => "release",
        }
    }

    /// The field of a declaration that says it.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Worth::Money(_) => "value_micros",
            Worth::Percent { .. } => "discount_ppm",
            Worth::Release { .. } => "release_id",
        }
    }

    /// What the books owe for an open code.
    pub fn owed(&self) -> Option<Micros> {
        match self {
            Worth::Money(amount) | Worth::Release { most: amount, .. } => Some(*amount),
            Worth::Percent { .. } => None,
        }
    }
}
