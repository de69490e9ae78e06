//! The operator's door: what he sets by `/api/v1/operator/…`, by `gramovar apply` and by pages. A file for each resource
//! says how its word becomes the shop's noun; everything else is the same for all. No rules: those are the shop's.

pub mod resource;
mod tariffs;
mod promotions;
mod floors;
mod rights;
mod tax_rates;
mod tax_settings;
mod consent_texts;
mod front;
mod genres;
mod listening;
pub mod routes;
pub mod voices;
pub mod vouchers;
pub mod payments;
pub mod volume;
pub mod ledger;
pub mod refunds;
pub mod listed;
pub mod apply;
