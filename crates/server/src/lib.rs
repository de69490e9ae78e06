//! The shop's front: pages, API and command line. No SQL text, no codecs.
pub mod pages;
