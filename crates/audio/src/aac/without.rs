//! The face of `ffi.rs` for a build without the feature `aac`: there is no encoder, and a reason.

use super::Rate;
use crate::pcm::Spec;
use crate::{Error, Result};

/// Why AAC cannot be made by this build.
pub const WHY_NOT: Option<&str> = Some("built without the feature aac");

/// An encoder that nobody can have.
pub enum Encoder {}

/// What stands where the library's version would.
pub fn version() -> String {
    "none".into()
}

impl Encoder {
    /// Always refused.
    pub fn new(_: &Spec, _: Rate) -> Result<Encoder> {
        Err(Error::Unsupported(WHY_NOT.unwrap_or_default().into()))
    }

    /// Never called.
    pub fn facts(&self) -> Result<(u64, Vec<u8>)> {
        match *self {}
    }

    /// Never called.
    pub fn encode(&mut self, _: &[i16]) -> Result<&[u8]> {
        match *self {}
    }
}
