//! The report of payment volume.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What listeners paid in, what went back to them and what they spent, by month and country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentVolume {
    /// The first month, `YYYY-MM` in UTC.
    pub from: String,
    /// The last month, included.
    pub until: String,
    /// One for each storefront and currency in which something moved.
    pub volumes: Vec<StorefrontVolume>,
}

/// What moved, over all that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// How many payments arrived.
    pub payments: u64,
    /// What arrived at the providers of payments.
    pub paid_in_micros: i64,
    /// What went back to those who had paid it.
    pub refunded_micros: i64,
    /// What disputes took, less what they gave back.
    pub disputed_micros: i64,
    /// `paid_in_micros` less `refunded_micros` and `disputed_micros`.
    pub net_micros: i64,
}

/// The volume of a storefront in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StorefrontVolume {
    pub storefront: String,
    /// ISO 4217.
    pub currency: String,
    #[serde(flatten)]
    pub moved: Moved,
    /// What purchases were charged, less what was given back of them, whichever credit paid.
    pub spent_micros: i64,
    pub countries: Vec<CountryVolume>,
}

/// What came from one country: of the card, or else of the network address from which the payment was begun. What was spent
/// stands under the country whose tax the purchase bore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountryVolume {
    /// Two capital letters; null where it is not known.
    pub country: Option<String>,
    #[serde(flatten)]
    pub moved: Moved,
    pub spent_micros: i64,
    /// Every month of the report, the first one first.
    pub months: Vec<MonthVolume>,
}

/// A month of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MonthVolume {
    /// `YYYY-MM`.
    pub month: String,
    #[serde(flatten)]
    pub moved: Moved,
    pub spent_micros: i64,
    pub providers: Vec<ProviderVolume>,
}

/// The part of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderVolume {
    /// `stripe` or `transfer`.
    pub provider: String,
    #[serde(flatten)]
    pub moved: Moved,
}
