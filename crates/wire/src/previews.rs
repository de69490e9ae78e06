//! What one may hear.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of a track you hear, unless its rights holder says less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hearing {
    /// `visitor`, `listener`, or `buyer` for who has spent the sum.
    pub standing: String,
    /// Seconds; null: the whole track.
    pub most_s: Option<u64>,
    /// From which sum spent on one is a buyer.
    pub buyer_from_micros: i64,
    /// What `codec=opus` gives.
    pub opus: String,
    /// What `codec=mp3` gives.
    pub mp3: String,
}

/// How loud a track is from its beginning to its end, for drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waveform {
    /// 0 for silence, 255 for a full-scale sine or louder; each stands for the same part of the track.
    pub points: Vec<u8>,
}
