//! Samples in, bytes out: masters, PCM, loudness, tags, and the formats a master can be sold in.
//!
//! Knows `Read`, `Write` and `Seek`; never async, SQL, HTTP or paths. Modules stand in dependency order, each uses only
//! those above it.

pub mod error;
pub mod pcm;
pub mod tags;
pub mod format;
pub mod master;
pub mod loudness;
pub mod encode;

pub use error::{Error, Result};
