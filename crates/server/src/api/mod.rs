//! The JSON API: for each address a handler that extracts, authorises, calls the shop once and shapes the answer. What the
//! words look like, `wire` says; the routes stand in `router`.

pub mod words;
pub mod people;
pub mod narrow;
pub mod catalog;
pub mod genres;
pub mod front;
pub mod charts;
pub mod voices;
pub mod previews;
pub mod wallet;
pub mod orders;
pub mod topups;
pub mod downloads;
pub mod consents;
pub mod papers;
pub mod operator;
pub mod gifts;
pub mod royalties;
pub mod openapi;
