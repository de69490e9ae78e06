//! PCM: what samples are, blocks of them, and where they come from.

use crate::Result;

/// The shape of a stream of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Frames per second.
    pub rate_hz: u32,
    /// Samples per frame, in the order of WAVE_FORMAT_EXTENSIBLE.
    pub channels: u8,
    /// Bits that a sample holds: 1 to 32, and 32 when `float`.
    pub bits: u8,
    /// Samples are IEEE floats, full scale ±1.0.
    pub float: bool,
}

/// What is known of a whole stream: its shape, its length and the identity of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamInfo {
    /// The shape of the samples.
    pub spec: Spec,
    /// Length in frames.
    pub length_frames: u64,
    /// MD5 of the samples as FLAC defines it: interleaved, signed, little endian, whole bytes (RFC 9639 §8.2).
    pub md5: [u8; 16],
}

/// Interleaved samples.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Signed integers, right-justified: −2^(bits−1) ..= 2^(bits−1)−1.
    Int(Vec<i32>),
    /// Floats, full scale ±1.0.
    Float(Vec<f32>),
}

impl Samples {
    /// An empty block of the kind that `spec` holds.
    pub fn empty(spec: &Spec) -> Samples {
        if spec.float { Samples::Float(Vec::new()) } else { Samples::Int(Vec::new()) }
    }

    /// Samples (not frames) in the block.
    pub fn len(&self) -> usize {
        match self {
            Samples::Int(v) => v.len(),
            Samples::Float(v) => v.len(),
        }
    }

    /// Whether the block holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Empties the block and keeps its memory.
    pub fn clear(&mut self) {
        match self {
            Samples::Int(v) => v.clear(),
            Samples::Float(v) => v.clear(),
        }
    }
}

impl Samples {
    /// The block as an empty vector of floats, to be filled; keeps its memory if it held floats.
    pub fn floats_mut(&mut self) -> &mut Vec<f32> {
        if let Samples::Int(_) = self {
            *self = Samples::Float(Vec::new());
        }
        match self {
            Samples::Float(v) => {
                v.clear();
                v
            }
            Samples::Int(_) => unreachable!("made a block of floats just above"),
        }
    }

    /// The block as an empty vector of integers, to be filled; keeps its memory if it held integers.
    pub fn ints_mut(&mut self) -> &mut Vec<i32> {
        if let Samples::Float(_) = self {
            *self = Samples::Int(Vec::new());
        }
        match self {
            Samples::Int(v) => {
                v.clear();
                v
            }
            Samples::Float(_) => unreachable!("made a block of integers just above"),
        }
    }
}

/// Somewhere samples come from, with a known length and random access.
pub trait Source: Send {
    /// The shape of the samples.
    fn spec(&self) -> Spec;
    /// Length of the whole in frames.
    fn length_frames(&self) -> u64;
    /// Makes `frame` (0-based) the next one to be read, exact to the frame.
    fn seek(&mut self, frame: u64) -> Result<()>;
    /// Replaces `out` by the next at most `max_frames` frames and returns how many; 0 only at the end.
    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize>;
}
