//! The JSON API through the real router, on both engines: what visitors, listeners and their programs are told.

#[path = "../program/masters.rs"]
mod masters;
mod town;
mod buying;
mod contract;
mod files;
mod listed;
mod closing;
mod listening;
mod operator;
mod front;
mod voices;
mod localstripe;
mod stripe;
mod topups;
mod vouchers;
mod papers;
mod search;
mod royalties;
mod books;
