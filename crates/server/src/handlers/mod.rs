//! Everything that is not the JSON API: pages, forms, files, and what machines ask of a server. A handler extracts,
//! authorises, calls the shop, and fills a page's context; what it looks like stands in `pages`.

pub mod health;
pub mod problems;
pub mod files;
pub mod assets;
mod shown;
pub mod front;
pub mod feeds;
pub mod machines;
pub mod voices;
pub mod browse;
pub mod search;
pub mod charts;
pub mod basket;
pub mod purchases;
pub mod redeem;
pub mod topups;
pub mod balance;
pub mod gifts;
pub mod signing;
pub mod reset;
pub mod account;
pub mod closing;
pub mod statements;
pub mod billing;
pub mod papers;
pub mod operator;
