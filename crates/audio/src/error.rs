//! The one error of this crate, by kind: what a caller can branch on.

/// What went wrong, by kind. The text names the thing, not the library that found it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing failed; the audio itself may be fine.
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
    /// The stream ends before the length that it announces.
    #[error("the file is cut off: {0}")]
    Truncated(String),
    /// The bytes break the rules of the container or codec.
    #[error("the file is damaged: {0}")]
    Malformed(String),
    /// The FLAC's own MD5 signature does not match its samples.
    #[error("the samples do not match the MD5 signature that the file carries")]
    Md5Mismatch,
    /// Audio, but of a lossy codec, whatever the file's name says.
    #[error("not a lossless master: {0}")]
    NotLossless(String),
    /// Not audio that this build can read or write.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// A named limit was reached.
    #[error("over the limit {name} ({limit})")]
    Limit {
        /// The constant's name, such as `MAX_CHANNELS`.
        name: &'static str,
        /// Its value, in the unit that its name says.
        limit: u64,
    },
    /// An encoder refused settings or samples.
    #[error("the encoder failed: {0}")]
    Encoder(String),
}

/// `Result` with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;
