//! The shop's front: pages, API and command line. No SQL text, no codecs.
//!
//! Modules stand in dependency order, each uses only those above it.

pub mod pages;
pub mod config;
pub mod http;
mod letters;
pub mod api;
pub mod handlers;
pub mod router;
pub mod listen;
pub mod cli;
