//! The nouns of the catalogue as they are read: releases, media, tracks, artists, labels, genres. No SQL here.

use serde::{Deserialize, Serialize};

/// One credited artist: the name as credited, and the words that join it to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The artist's id.
    pub artist_id: String,
    /// The name as credited, which may differ from the artist's own.
    pub name: String,
    /// Text between this name and the next (" feat. ", " & "); empty at the last.
    pub join: String,
}

/// Something with an id and a name: a label or a genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A label with what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCount {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its releases that are on sale.
    pub releases: u64,
}

/// What the source of a track is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterFacts {
    /// SHA-256 of the samples with their shape, in hex.
    pub id: String,
    /// Frames per second.
    pub rate_hz: u32,
    /// Samples per frame.
    pub channels: u8,
    /// Bits per sample.
    pub bits: u8,
    /// Samples are floats.
    pub float: bool,
    /// Length in frames.
    pub length_frames: u64,
}

impl MasterFacts {
    /// Length in milliseconds, rounded to the nearest.
    pub fn length_ms(&self) -> u64 {
        let rate = u64::from(self.rate_hz.max(1));
        (self.length_frames.saturating_mul(1_000) + rate / 2) / rate
    }

    /// The shape of the samples.
    pub fn spec(&self) -> audio::pcm::Spec {
        audio::pcm::Spec { rate_hz: self.rate_hz, channels: self.channels, bits: self.bits, float: self.float }
    }
}

/// A track of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The id.
    pub id: String,
    /// The release it belongs to.
    pub release_id: String,
    /// The medium (disc), from 1.
    pub medium: u32,
    /// The place on the medium, from 1.
    pub number: u32,
    /// The title.
    pub title: String,
    /// The whole credit as it reads.
    pub credit: String,
    /// The credited artists in order.
    pub artists: Vec<Credit>,
    /// Composers' names.
    pub composers: Vec<String>,
    /// The recording's ISRC, without hyphens.
    pub isrc: Option<String>,
    /// What it is encoded from.
    pub master: MasterFacts,
    /// Whether it can be bought.
    pub on_sale: bool,
}

/// A medium (disc) of a release with its tracks in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// From 1.
    pub number: u32,
    /// The medium's own title, where it has one.
    pub title: Option<String>,
    /// Its tracks that are on sale, or all when the release is withdrawn.
    pub tracks: Vec<Track>,
}

/// A whole release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What a list shows of it.
    pub card: ReleaseCard,
    /// The label.
    pub label: Option<Named>,
    /// Genres, the first the weightiest.
    pub genres: Vec<Named>,
    /// Media in order.
    pub media: Vec<Medium>,
    /// EAN or UPC, digits only.
    pub gtin: Option<String>,
    /// The label's number.
    pub catalog_number: Option<String>,
    /// MusicBrainz release id.
    pub mbid: Option<String>,
    /// Date of the first release of this music: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub original_date: Option<String>,
    /// The copyright line.
    pub copyright: Option<String>,
    /// ISO 639-3, where known.
    pub language: Option<String>,
    /// ReplayGain 2 of the whole release in hundredths of a dB.
    pub album_gain_cdb: Option<i32>,
    /// True peak of the whole release in millionths of full scale.
    pub album_peak_millionths: Option<i64>,
    /// Last change, microseconds since 1970 UTC.
    pub updated_us: i64,
}

impl Release {
    /// All its tracks in order.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.media.iter().flat_map(|medium| &medium.tracks)
    }
}

/// What a list shows of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCard {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The whole credit as it reads.
    pub credit: String,
    /// The credited artists in order.
    pub artists: Vec<Credit>,
    /// Date of release: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The cover's id; see [`super::Catalog::cover`].
    pub cover: Option<String>,
    /// Whether it can be bought; a withdrawn release stays readable by those who own it.
    pub on_sale: bool,
    /// When it came into the catalogue, microseconds since 1970 UTC.
    pub created_us: i64,
}

/// A track with the release it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackPage {
    /// The track.
    pub track: Track,
    /// Its release.
    pub release: ReleaseCard,
}

/// An artist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artist {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The name to sort by.
    pub sort_name: String,
    /// MusicBrainz artist id.
    pub mbid: Option<String>,
}

/// Which releases a list holds. Only those on sale, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseFilter {
    /// All.
    All,
    /// Of a genre and those within it, by its id.
    Genre(String),
    /// Of a label, by its id.
    Label(String),
    /// With an artist, by id, on the release or on one of its tracks.
    Artist(String),
}

/// How much is on sale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Releases.
    pub releases: u64,
    /// Tracks.
    pub tracks: u64,
}

/// The sizes a cover is kept in; the side of the square it fits in. Never larger than its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoverSize {
    /// 160 pixels.
    Thumb,
    /// 320 pixels.
    Small,
    /// 640 pixels.
    Medium,
    /// 1200 pixels.
    Large,
}

impl CoverSize {
    /// All, smallest first.
    pub const ALL: [CoverSize; 4] = [CoverSize::Thumb, CoverSize::Small, CoverSize::Medium, CoverSize::Large];

    /// The side in pixels.
    pub fn side_px(self) -> u32 {
        match self {
            CoverSize::Thumb => 160,
            CoverSize::Small => 320,
            CoverSize::Medium => 640,
            CoverSize::Large => 1_200,
        }
    }

    /// The smallest size of at least `side_px`, or the largest.
    pub fn at_least(side_px: u32) -> CoverSize {
        CoverSize::ALL.into_iter().find(|size| size.side_px() >= side_px).unwrap_or(CoverSize::Large)
    }
}

/// What an order needs to know of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForSale {
    /// The track.
    pub track_id: String,
    /// Its release.
    pub release_id: String,
    /// Its title.
    pub title: String,
    /// The medium, from 1.
    pub medium: u32,
    /// The place on the medium, from 1.
    pub number: u32,
    /// Who is credited.
    pub credit: String,
    /// Its release's title.
    pub release_title: String,
    /// Its source.
    pub master: MasterFacts,
    /// MD5 of the samples as FLAC defines it, in hex.
    pub samples_md5: String,
    /// The label of its release.
    pub label_id: Option<String>,
    /// That label's name.
    pub label: Option<String>,
    /// What it is a recording of.
    pub recording_id: String,
    /// That recording's code.
    pub isrc: Option<String>,
    /// When its release came out: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub release_date: Option<String>,
}

/// A picture to embed, lying in the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverObject {
    /// The object's name.
    pub object_key: String,
    /// `image/jpeg`.
    pub mime: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Everything that a rendition's head is made of, besides its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadInputs {
    /// All tags with ReplayGain; without the picture.
    pub tags: audio::tags::Tags,
    /// The picture to embed.
    pub cover: Option<CoverObject>,
}

/// A track whose master seems to be less than it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Marked {
    pub track_id: String,
    pub release_id: String,
    pub artist: String,
    pub title: String,
    /// The title of its release.
    pub release: String,
    pub master_id: String,
    pub provenance: audio::provenance::Provenance,
}

/// Composers are kept one a line.
pub(crate) fn composers_of(kept: &str) -> Vec<String> {
    kept.lines().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
