//! The store: rules, SQL, files, jobs. No HTTP server, no HTML, no environment variables.
//!
//! Modules stand in dependency order, each uses only those above it.

#[cfg(test)]
mod test_support;

pub mod db;
pub mod clock;
pub mod page;
pub mod files;
pub mod jobs;
pub mod mail;
pub mod storefronts;
pub mod users;
pub mod wallet;
pub mod vouchers;
pub mod tariffs;
pub mod renditions;
