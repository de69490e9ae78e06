//! Samples in, bytes out: masters, PCM, loudness, tags, and the formats a master can be sold in.
//!
//! Knows `Read`, `Write` and `Seek`; never async, SQL, HTTP or paths. Modules stand in dependency order, each uses only
//! those above it.

pub mod error;
mod guard;
pub mod input;
mod sniff;
mod ogg_flac;
mod chunks;
pub mod pcm;
mod programs;
pub mod tags;
mod true_peak;
pub mod loudness;
pub mod provenance;
pub mod waveform;
pub mod master;
mod dots;
pub mod resample;
pub mod portable;
pub mod codec;
mod feed;
pub mod wav;
pub mod flac;
pub mod aiff;
pub mod mp3;
pub mod ogg;
pub mod opus;
pub mod vorbis;
pub mod mp4;
pub mod alac;
pub mod aac;
pub mod wavpack;
pub mod tta;
pub mod ape;
pub mod musepack;
pub mod wma;
pub mod format;
pub mod payload;
pub mod encode;

pub use error::{Error, Result};
