//! The operator's pages: what they read and what their forms do. Each needs an operator who is signed in.

pub mod home;
pub mod tariffs;
pub mod royalties;
pub mod payments;
pub mod vouchers;
pub mod tax;
pub mod volume;
pub mod ledger;
pub mod texts;
pub mod genres;
pub mod news;
pub mod voices;
pub mod listening;
pub mod listed;
pub mod apply;
