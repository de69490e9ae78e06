//! Pages of the catalogue: home, search, artist, listings by genre or label, release. Nothing of money but prices already computed.
use askama::Template;

use super::cards::{Credit, NamedCount, ReleaseCard};
use super::language::Lang;
use super::layout::{Layout, Pager};
use super::voices::{About, Said};

/// What something costs and weighs. Where the size is known, `min` and `max` agree; `max_micros` is a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub min_micros: i64,
    pub max_micros: i64,
    pub min_bytes: i64,
    pub max_bytes: i64,
}

impl Price {
    /// Whether the size is known before encoding.
    pub fn is_exact(&self) -> bool {
        self.min_bytes == self.max_bytes
    }
}

/// How far the exact sizes of what somebody asked for are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizing {
    /// Tracks whose size is known.
    pub known: usize,
    pub tracks: usize,
    /// It is so long ago that nobody should wait for it on this page any more.
    pub is_late: bool,
}

impl Sizing {
    /// Whether the page is to look again by itself.
    pub fn goes_on(&self) -> bool {
        !self.is_late && self.known < self.tracks
    }

    /// How far it is.
    pub fn text(&self, lang: &Lang) -> String {
        let id = if self.is_late { "sizes-late" } else { "sizes-going-on" };
        lang.t2(id, ("known", lang.integer(self.known)), ("tracks", lang.integer(self.tracks)))
    }
}

/// An artist in a list.
#[derive(Clone, Debug)]
pub struct ArtistLink {
    pub id: String,
    pub name: String,
    pub releases: u64,
}

/// `/en/`: new releases and the genres.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    pub page: Layout,
    /// Newest first; the first one is shown large.
    pub releases: Vec<ReleaseCard>,
    /// What sold best within a week, the best first.
    pub best: Vec<ReleaseCard>,
    /// What the editors put forward.
    pub picks: Vec<ReleaseCard>,
    pub genres: Vec<NamedCount>,
    /// Releases and tracks on sale, for the line under the title.
    pub release_count: u64,
    pub track_count: u64,
}

/// `/en/releases/{id}` of a release that is not sold any more.
#[derive(Clone, Debug, Template)]
#[template(path = "withdrawn.html")]
pub struct WithdrawnPage {
    pub page: Layout,
    pub title: String,
    pub artists: Vec<Credit>,
    /// The visitor bought something of it: his files stay his.
    pub is_owned: bool,
}

impl WithdrawnPage {
    /// Id and name of the first artist who has a page.
    fn artist(&self) -> Option<(&str, &str)> {
        self.artists.iter().find_map(|credit| Some((credit.artist_id.as_deref()?, credit.name.as_str())))
    }
}

/// What a search was limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchKind {
    /// The best of each kind, one page.
    All,
    Releases,
    Artists,
    Tracks,
    Labels,
}

impl SearchPage {
    /// The kinds to choose from: word in the address, Fluent id, whether it is the present one.
    fn tabs(&self) -> [(&'static str, &'static str, bool); 5] {
        [
            ("", "search-all", self.kind == SearchKind::All),
            ("release", "search-releases", self.kind == SearchKind::Releases),
            ("artist", "search-artists", self.kind == SearchKind::Artists),
            ("track", "search-tracks", self.kind == SearchKind::Tracks),
            ("label", "search-labels", self.kind == SearchKind::Labels),
        ]
    }

    fn heading_id(&self) -> &'static str {
        if self.is_nothing() { "search-nothing-for" } else { "search-results" }
    }

    fn is_nothing(&self) -> bool {
        self.releases.is_empty() && self.artists.is_empty() && self.tracks.is_empty() && self.labels.is_empty()
    }

    /// Whether one of the facets is chosen.
    fn is_narrowed(&self) -> bool {
        self.facets.iter().flat_map(|facet| &facet.options).any(|option| option.is_chosen)
    }
}

/// A track found by a search.
#[derive(Clone, Debug)]
pub struct TrackHit {
    pub id: String,
    pub title: String,
    pub artists: Vec<Credit>,
    pub release_id: String,
    pub release_title: String,
    pub has_cover: bool,
    pub length_ms: i64,
    pub composers: Vec<String>,
    /// There is something of its release to hear.
    pub is_heard: bool,
}

/// `/en/search?q=&kind=&after=`. The words stand in `page.query`.
#[derive(Clone, Debug, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    pub page: Layout,
    pub kind: SearchKind,
    pub releases: Vec<ReleaseCard>,
    pub artists: Vec<ArtistLink>,
    pub tracks: Vec<TrackHit>,
    pub labels: Vec<LabelLink>,
    /// Fluent id of why these are the results, where nothing is written as was typed.
    pub note: Option<&'static str>,
    /// A label is named so, and nothing else is.
    pub is_label_first: bool,
    /// Genres that are called so.
    pub genres: Vec<NamedCount>,
    /// The address of these results without what they are narrowed down to.
    pub all_results: String,
    /// What the results can be narrowed down to.
    pub facets: Vec<FacetGroup>,
    pub pager: Pager,
}

/// A facet: what its heading is called by (`search-by-…`), and its choices.
#[derive(Clone, Debug)]
pub struct FacetGroup {
    pub text_id: &'static str,
    pub options: Vec<FacetOption>,
}

/// A choice of a facet: a link to the results that it leaves, or back from it if it is chosen.
#[derive(Clone, Debug)]
pub struct FacetOption {
    pub text: String,
    pub href: String,
    pub is_chosen: bool,
    pub results: u64,
}

/// A label in a list.
#[derive(Clone, Debug)]
pub struct LabelLink {
    pub id: String,
    pub name: String,
}

/// A text in parts, each with whether it answers to what was typed.
pub type Parts = Vec<(String, bool)>;

/// Something to go on to while one still types.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// Fluent id of its kind.
    pub kind: &'static str,
    /// Where it leads, without the language.
    pub path: String,
    pub title: Parts,
    pub credit: Parts,
}

/// `/en/suggestions?q=`: what stands under the search field. No page of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "suggestions.html")]
pub struct SuggestionsPart {
    pub lang: Lang,
    pub suggestions: Vec<Suggestion>,
}

/// `/en/artists/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "artist.html")]
pub struct ArtistPage {
    pub page: Layout,
    pub name: String,
    /// Releases under his name, newest first.
    pub releases: Vec<ReleaseCard>,
    /// Releases of others he plays on.
    pub appearances: Vec<ReleaseCard>,
    pub about: About,
    pub pager: Pager,
}

/// What a listing is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingKind {
    Genre,
    Label,
    /// Everything, newest first: `/en/releases`.
    Newest,
}

/// `/en/genres/{name}`, `/en/labels/{id}`, `/en/releases`.
#[derive(Clone, Debug, Template)]
#[template(path = "listing.html")]
pub struct ListingPage {
    pub page: Layout,
    pub kind: ListingKind,
    /// Name of the genre or label; empty for the newest.
    pub name: String,
    /// For a genre: what its address ends in.
    pub key: String,
    /// For a genre: what it is within, the widest first.
    pub trail: Vec<NamedCount>,
    /// For a genre: what is right within it.
    pub within: Vec<NamedCount>,
    /// For a label.
    pub about: Option<About>,
    pub releases: Vec<ReleaseCard>,
    pub pager: Pager,
}

impl ListingPage {
    fn heading(&self) -> String {
        if self.kind == ListingKind::Newest { self.page.t("listing-newest") } else { self.name.clone() }
    }

    fn kicker_id(&self) -> Option<&'static str> {
        match self.kind {
            ListingKind::Genre => Some("release-genre"),
            ListingKind::Label => Some("release-label"),
            ListingKind::Newest => None,
        }
    }
}

/// A genre of the root with all that is within it.
#[derive(Clone, Debug)]
pub struct GenreGroup {
    pub genre: NamedCount,
    /// The fullest first.
    pub within: Vec<NamedCount>,
}

/// `/en/genres`.
#[derive(Clone, Debug, Template)]
#[template(path = "genres.html")]
pub struct GenresPage {
    pub page: Layout,
    pub groups: Vec<GenreGroup>,
    /// What nobody declared.
    pub others: Vec<NamedCount>,
}

/// Classes of formats, in the order a chooser shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatClass {
    Lossy,
    Lossless,
    Hires,
}

impl FormatClass {
    /// Fluent id of its name.
    pub fn text_id(self) -> &'static str {
        match self {
            FormatClass::Lossy => "format-class-lossy",
            FormatClass::Lossless => "format-class-lossless",
            FormatClass::Hires => "format-class-hires",
        }
    }
}

/// One format on offer.
#[derive(Clone, Debug)]
pub struct FormatOption {
    /// `codec:mode:quality`.
    pub id: String,
    /// As a person reads it: `MP3 320 kbit/s`.
    pub name: String,
}

/// The formats that most people are well served by. A chooser shows them first, in this order.
const USUAL: [&str; 8] = [
    "mp3:cbr:320",
    "mp3:vbr:0",
    "aac:cbr:256",
    "opus:vbr:128",
    "vorbis:vbr:6",
    "flac:lossless:5",
    "alac:lossless:default",
    "wav:pcm:16",
];

/// The formats of one class.
#[derive(Clone, Debug)]
pub struct FormatGroup {
    pub class: FormatClass,
    pub options: Vec<FormatOption>,
}

/// What a chooser shows: the usual formats under a name of their own, then what is left of each class. Each group with the
/// Fluent id of its name; none is empty.
pub fn chooser_groups(groups: &[FormatGroup]) -> Vec<(&'static str, Vec<&FormatOption>)> {
    let all = || groups.iter().flat_map(|group| &group.options);
    let usual: Vec<&FormatOption> = USUAL.iter().filter_map(|id| all().find(|option| option.id == *id)).collect();
    let mut shown = vec![("format-class-usual", usual)];
    for group in groups {
        let left: Vec<&FormatOption> =
            group.options.iter().filter(|option| !USUAL.contains(&option.id.as_str())).collect();
        shown.push((group.class.text_id(), left));
    }
    shown.retain(|(_, options)| !options.is_empty());
    shown
}

/// One track of a release.
#[derive(Clone, Debug)]
pub struct Track {
    pub id: String,
    pub number: u32,
    pub title: String,
    /// Empty where they are the release's own.
    pub artists: Vec<Credit>,
    pub length_ms: i64,
    /// Empty where they are the whole release's.
    pub composers: Vec<String>,
    /// In the chosen format; none if it could not be quoted.
    pub price: Option<Price>,
    /// Owned in the chosen format: where it is downloaded, without the language.
    pub bought: Option<String>,
    /// What of it this visitor hears; none where there is nothing (`GET /api/v1/tracks/{id}/preview` would refuse).
    pub preview: Option<Preview>,
    /// How loud it is from its beginning to its end, a character a point; empty while that is not known.
    pub waveform: String,
    /// It is in the basket, by itself or with its release.
    pub in_basket: bool,
}

/// What of a track is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where in the track it begins.
    pub start_ms: u64,
    pub length_ms: u64,
}

impl Preview {
    /// Where it begins, as a part of a track of this length.
    fn begins_at(&self, track_ms: &i64) -> f64 {
        part(self.start_ms, *track_ms)
    }

    /// Where it ends.
    fn ends_at(&self, track_ms: &i64) -> f64 {
        part(self.start_ms + self.length_ms, *track_ms)
    }
}

/// Rounded to thousandths, which is finer than any drawing.
fn part(at_ms: u64, track_ms: i64) -> f64 {
    let thousandths = at_ms.saturating_mul(1_000) / u64::try_from(track_ms).unwrap_or(0).max(1);
    thousandths.min(1_000) as f64 / 1_000.0
}

/// One medium of a release.
#[derive(Clone, Debug)]
pub struct Medium {
    pub number: u32,
    /// Empty if it has none of its own.
    pub title: String,
    pub tracks: Vec<Track>,
}

/// `/en/releases/{id}?format=`.
#[derive(Clone, Debug, Template)]
#[template(path = "release.html")]
pub struct ReleasePage {
    pub page: Layout,
    pub id: String,
    pub title: String,
    pub artists: Vec<Credit>,
    /// ISO, as far as known: `2024`, `2024-03`, `2024-03-05`; empty if unknown.
    pub released: String,
    pub labels: Vec<NamedCount>,
    pub genres: Vec<NamedCount>,
    /// GTIN; empty if it has none.
    pub gtin: String,
    pub has_cover: bool,
    /// Bits a sample and sample rate in Hz of the masters, each pair once, the best first.
    pub masters: Vec<(u32, u32)>,
    pub media: Vec<Medium>,
    pub formats: Vec<FormatGroup>,
    /// It is not sold in every class.
    pub is_limited: bool,
    /// Id of the format the prices are for.
    pub format: String,
    /// The whole release in it; none if it could not be quoted.
    pub price: Option<Price>,
    /// Tracks that cannot be had in it.
    pub unfit_tracks: usize,
    /// Name of the format that was wanted, where the release cannot be had in that; else empty.
    pub instead_of: String,
    /// Its exact size was asked for and is being found.
    pub sizing: Option<Sizing>,
    /// All of it is owned in the chosen format: where it is downloaded, without the language.
    pub bought: Option<String>,
    /// The price is lower by what was paid for a lesser format.
    pub is_lowered: bool,
    /// Where they are the same for all tracks.
    pub composers: Vec<String>,
    /// Tariff per 1,000,000 bytes in it, micros.
    pub price_per_mb_micros: i64,
    pub in_basket: bool,
    /// The visitor owns all of it, in this format or a lesser one.
    pub is_owned: bool,
    pub said: Said,
}

impl ReleasePage {
    /// Number of tracks on all media.
    pub fn track_count(&self) -> i64 {
        self.media.iter().map(|medium| medium.tracks.len() as i64).sum()
    }

    /// Length of all tracks.
    pub fn length_ms(&self) -> i64 {
        self.media.iter().flat_map(|medium| &medium.tracks).map(|track| track.length_ms).sum()
    }

    /// That another format is shown than was wanted.
    fn instead_text(&self) -> String {
        let lang = &self.page.lang;
        let shown = lang.format_name(self.format_name());
        lang.t2("format-instead", ("wanted", lang.format_name(&self.instead_of)), ("shown", shown))
    }

    /// Whether there is anything to hear.
    fn is_heard(&self) -> bool {
        self.media.iter().flat_map(|medium| &medium.tracks).any(|track| track.preview.is_some())
    }

    /// Who is credited with a track.
    fn credits_of<'a>(&'a self, track: &'a Track) -> &'a [Credit] {
        if track.artists.is_empty() { &self.artists } else { &track.artists }
    }

    /// The chosen format's name, or its id if it is not on offer.
    pub fn format_name(&self) -> &str {
        let options = self.formats.iter().flat_map(|group| &group.options);
        options.into_iter().find(|option| option.id == self.format).map_or(&self.format, |option| &option.name)
    }
}
