//! Input: what every file is read from. Nothing here knows what is in a file.

use std::io::{Read, Seek};

/// Bytes with random access.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// A boxed [`ReadSeek`] that may move between threads.
pub type Reader = Box<dyn ReadSeek + Send>;
