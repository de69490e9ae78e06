//! The charts: what sells, by period and genre. Places and names are given; nothing is counted here.
use askama::Template;

use super::cards::ReleaseCard;
use super::catalog::TrackHit;
use super::layout::Layout;

/// A way from this chart to another: its text, where it leads, whether it is this one.
#[derive(Clone, Debug)]
pub struct ChartChoice {
    pub text: String,
    pub href: String,
    pub is_current: bool,
}

/// A release with its place.
#[derive(Clone, Debug)]
pub struct PlacedRelease {
    pub place: u32,
    pub card: ReleaseCard,
}

/// A track with its place.
#[derive(Clone, Debug)]
pub struct PlacedTrack {
    pub place: u32,
    pub hit: TrackHit,
}

/// `/en/charts?period=&kind=&genre=`.
#[derive(Clone, Debug, Template)]
#[template(path = "charts.html")]
pub struct ChartsPage {
    pub page: Layout,
    pub periods: Vec<ChartChoice>,
    pub kinds: Vec<ChartChoice>,
    /// All genres first; none where no genre has a chart.
    pub genres: Vec<ChartChoice>,
    /// The way from the root to the genre of this chart, and the genres within it.
    pub within: Vec<ChartChoice>,
    /// Of one kind or the other.
    pub releases: Vec<PlacedRelease>,
    pub tracks: Vec<PlacedTrack>,
}

impl ChartsPage {
    /// The way to the chart of all time, from another one.
    fn wider(&self) -> Option<&str> {
        self.periods.last().filter(|period| !period.is_current).map(|period| period.href.as_str())
    }
}
