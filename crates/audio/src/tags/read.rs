//! Reading tags.

use super::Tags;
use crate::Result;
use crate::input::Reader;

/// Tags and what was wrong with some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadTags {
    /// Everything that could be used.
    pub tags: Tags,
    /// A sentence for everything that could not.
    pub warnings: Vec<String>,
}

/// Reads.
pub fn read(_reader: Reader) -> Result<ReadTags> { Ok(ReadTags::default()) }
