//! The catalogue: artists, releases, tracks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One name of an artist credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// The artist's id.
    pub id: String,
    /// The name as credited.
    pub name: String,
    /// What joins it to the next name, such as " feat. "; empty at the last.
    pub join: String,
}

/// Something with an id and a name: a label or a genre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// A label or genre with how much it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedCount {
    pub id: String,
    pub name: String,
    /// Its releases that are on sale.
    pub releases: u64,
}

/// A genre with how much it and the genres within it hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Genre {
    pub id: String,
    /// In English, or in whichever language there is.
    pub name: String,
    /// By language; `und` where it is a tag that nobody declared.
    pub names: BTreeMap<String, String>,
    /// The genre that it is part of; null at the root.
    pub parent: Option<String>,
    /// Releases that are on sale, each once.
    pub releases: u64,
}

/// A genre with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GenreDetails {
    /// The genre.
    pub genre: Genre,
    /// What it is within, the widest first.
    pub path: Vec<Named>,
    /// The genres right within it that have something on sale, the fullest first.
    pub within: Vec<Genre>,
}

/// An artist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artist {
    pub id: String,
    pub name: String,
    /// The name to sort by.
    pub sort_name: String,
    /// MusicBrainz id.
    pub mbid: Option<String>,
}

/// A cover in one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cover {
    /// The side of the square it fits in, pixels.
    pub side_px: u32,
    /// Where the JPEG is: a path on this server.
    pub url: String,
}

/// What a list shows of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseSummary {
    pub id: String,
    pub title: String,
    /// The whole credit as it reads.
    pub artist_credit: String,
    pub artists: Vec<Credit>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The cover in all its sizes, smallest first; empty without one.
    pub covers: Vec<Cover>,
    pub on_sale: bool,
    /// Since when it is in the catalogue.
    pub created_at: String,
}

/// A whole release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    #[serde(flatten)]
    pub summary: ReleaseSummary,
    pub label: Option<Named>,
    /// The weightiest first.
    pub genres: Vec<Named>,
    pub media: Vec<Medium>,
    /// EAN or UPC.
    pub gtin: Option<String>,
    /// The label's number.
    pub catalog_number: Option<String>,
    /// MusicBrainz id.
    pub mbid: Option<String>,
    /// When this music first came out.
    pub original_date: Option<String>,
    pub copyright: Option<String>,
    /// ISO 639-3.
    pub language: Option<String>,
    pub updated_at: String,
    /// In which classes of formats it is sold: `lossy`, `lossless`, `hires`. All are encoded from the masters.
    pub format_classes: Vec<String>,
}

/// A medium (disc) of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Medium {
    /// From 1.
    pub number: u32,
    pub title: Option<String>,
    pub tracks: Vec<Track>,
}

/// A track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Track {
    pub id: String,
    pub title: String,
    /// The whole credit as it reads.
    pub artist_credit: String,
    pub artists: Vec<Credit>,
    pub composers: Vec<String>,
    /// The medium it is on, from 1.
    pub medium: u32,
    /// Its place on the medium, from 1.
    pub number: u32,
    pub length_ms: u64,
    pub isrc: Option<String>,
    /// Of the master: frames per second.
    pub rate_hz: u32,
    /// Of the master: bits per sample.
    pub bits: u8,
    pub channels: u8,
    pub on_sale: bool,
    /// The preview: a path on this server.
    pub preview_url: String,
    /// How loud it is from its beginning to its end: a path on this server.
    pub waveform_url: String,
}

/// A track with the release it is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackDetails {
    #[serde(flatten)]
    pub track: Track,
    pub release: ReleaseSummary,
}

/// Something a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Hit {
    Artist(Artist),
    Label(Named),
    Release(ReleaseSummary),
    Track(Box<TrackDetails>),
}

/// A page of what a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hits {
    pub items: Vec<Hit>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<String>,
    /// In which way; null where nothing was found.
    pub found_by: Option<FoundBy>,
}

/// In which way something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// By what was typed.
    Typed,
    /// By what it sounds like, since nothing is written so: another alphabet or transliteration.
    Sound,
    /// By what the same keys are on the other keyboard, Latin or Russian.
    OtherKeys,
    /// By what is nearly written so.
    Typos,
    /// By some of the words, since nothing has all of them.
    SomeWords,
}

/// Something to go on to while one still types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// `artist`, `label`, `release` or `track`.
    pub kind: String,
    pub id: String,
    /// The release that a track is on; a release's own id.
    pub release: Option<String>,
    /// Title or name, in parts: which of them answer to what was typed.
    pub title: Vec<SuggestedPart>,
    /// Who is credited; empty for artists and labels.
    pub credit: Vec<SuggestedPart>,
}

/// A part of a suggested text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuggestedPart {
    pub text: String,
    pub matches: bool,
}

/// What is suggested: some of each kind, artists first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestions {
    pub items: Vec<Suggestion>,
}
