//! Finding: charts, and what search results can be narrowed down to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::{ReleaseSummary, TrackDetails};

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// `day`, `week` or `all`.
    pub period: String,
    /// `release` or `track`.
    pub kind: String,
    /// The genre's id; null for all genres.
    pub genre: Option<String>,
    pub places: Vec<ChartPlace>,
}

/// Something with its place. What sold equally often shares a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChartPlace {
    /// From 1.
    pub place: u32,
    /// In charts of releases.
    pub release: Option<ReleaseSummary>,
    /// In charts of tracks.
    pub track: Option<TrackDetails>,
}

/// What search results can be narrowed down to: the value of the parameter of that name, and how many releases and tracks it
/// would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchFacets {
    /// Releases and tracks among the results.
    pub results: u64,
    pub genre: Vec<FacetChoice>,
    pub label: Vec<FacetChoice>,
    /// ISO 639-3.
    pub language: Vec<FacetChoice>,
    /// Of the masters: `lossy`, `cd`, `hires`.
    pub quality: Vec<FacetChoice>,
    /// Decades, the latest first.
    pub years: Vec<FacetChoice>,
    /// Prices as MP3 of 320 kbit/s by the tariff, in micros.
    pub price: Vec<FacetChoice>,
}

/// A choice of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FacetChoice {
    pub value: String,
    /// Of a genre or label; else the value.
    pub name: String,
    pub results: u64,
}
