//! What operators look up: releases, orders, listeners.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Me, Order, ReleaseSummary, Wallet};

/// A release, on sale or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedRelease {
    #[serde(flatten)]
    pub release: ReleaseSummary,
    pub gtin: Option<String>,
    pub catalog_number: Option<String>,
}

/// An order with who placed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SoldOrder {
    #[serde(flatten)]
    pub order: Order,
    /// The listener's id.
    pub user: String,
    /// Where letters to him go.
    pub email: String,
}

/// A listener with what he has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listener {
    #[serde(flatten)]
    pub user: Me,
    /// `listener`, or `buyer` once he has spent the sum that whole previews are for.
    pub standing: String,
    #[serde(flatten)]
    pub wallet: Wallet,
}
