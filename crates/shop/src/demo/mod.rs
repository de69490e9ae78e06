//! The demo catalogue: releases that are composed, played and painted here, so that a fresh shop has something real to
//! sell without a network. Gives samples, words and pictures; knows nothing of the shop, its database or its files.
//!
//! All scores are in the public domain or made here; the recordings are synthesized and free to give away. A sound font
//! (Debian's `timgm6mb-soundfont`, GPL-2) is read if there is one, and never copied; without it `tones` plays.

mod score;
mod arrange;
mod perform;
mod bell_tower;
mod lettering;
mod cover;
mod first_light;
mod six_grounds;
mod slow_hours;
mod catalogue;
mod tones;
mod synth;
mod master;
pub mod stock;
pub mod rights;
pub mod synthetic;

#[cfg(test)]
mod tests;

pub use catalogue::releases;
pub use score::ScoreError;
pub use synth::{SOUND_FONT_PATHS, find_sound_font};

use cover::Motif;
use perform::Piece;

/// What the caller does with a finished track: its index, and its samples (stereo, interleaved, whole numbers of the
/// release's `bits`: 16-bit samples lie in −32767..=32767, 24-bit ones in −8388607..=8388607).
pub type Sink<'a> = dyn FnMut(usize, Vec<i32>) -> Result<(), SinkError> + 'a;
/// The caller's own failure, carried through.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Why a release could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("a score of the demo cannot be read: {0}")]
    Score(#[from] ScoreError),
    #[error("the sound font cannot be used: {0}")]
    SoundFont(String),
    #[error("the cover cannot be drawn: {0}")]
    Cover(String),
    #[error("a track could not be handed over: {0}")]
    Sink(SinkError),
}

/// One name of an artist credit, and the words that join it to the next ("" after the last).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCredit {
    pub name: &'static str,
    pub join: &'static str,
}

/// A release: its words as on a sleeve, its sound on demand.
#[derive(Clone)]
pub struct DemoRelease {
    pub title: &'static str,
    pub artists: Vec<DemoCredit>,
    pub label: &'static str,
    /// GTIN-13 of the range for internal use (prefix 200), with a valid check digit.
    pub gtin: &'static str,
    pub catalogue_number: &'static str,
    /// ISO 8601.
    pub date: &'static str,
    pub genres: &'static [&'static str],
    /// ISO 639-3.
    pub language: &'static str,
    pub rate_hz: u32,
    pub bits: u32,
    /// The tracks are one stretch of sound: each begins with the sample that follows the last of the one before.
    pub gapless: bool,
    pub tracks: Vec<DemoTrack>,
    motif: Motif,
}

/// A track of a release.
#[derive(Clone)]
pub struct DemoTrack {
    pub disc: u32,
    pub number: u32,
    pub title: &'static str,
    pub composer: &'static str,
    /// Of the demo's own registrant code, QZ-GRM, year 26.
    pub isrc: String,
    piece: fn() -> Result<Piece, ScoreError>,
}

impl DemoTrack {
    /// Every performance of a track is the same one.
    fn seed(&self) -> u32 {
        self.isrc.bytes().fold(17, |seed: u32, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)))
    }
}

impl DemoRelease {
    /// Renders the tracks in order and hands each to `on_track`; one track is in memory at a time (a gapless release is
    /// played twice, once to be measured). `sound_font` holds the bytes of an SF2 file. `progress` goes from 0 to 1.
    /// The same arguments give the same samples.
    pub fn render(
        &self,
        sound_font: Option<&[u8]>,
        on_track: &mut Sink<'_>,
        progress: &mut dyn FnMut(f32),
    ) -> Result<(), DemoError> {
        let instruments = synth::Instruments::read(sound_font)?;
        if self.gapless {
            master::render_joined(self, &instruments, on_track, progress)
        } else {
            master::render_apart(self, &instruments, on_track, progress)
        }
    }

    /// The length of each track, in frames, as `render` will hand it out.
    pub fn track_frames(&self) -> Result<Vec<usize>, DemoError> {
        master::track_frames(self)
    }

    fn total_frames(&self) -> Result<usize, DemoError> {
        Ok(self.track_frames()?.iter().sum())
    }

    /// The sleeve: a JPEG of 1200 × 1200 pixels, at most 300 kB.
    pub fn cover(&self) -> Result<Vec<u8>, DemoError> {
        let artists: String = self.artists.iter().flat_map(|credit| [credit.name, credit.join]).collect();
        cover::paint(self.motif, self.title, &artists)
    }
}
