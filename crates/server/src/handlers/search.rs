//! The search page, and what is suggested under the search field.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::catalog::GenreCount;
use shop::catalog::search::words::{Marker, fold};
use shop::catalog::search::{Found, Hit, Kind, Narrow, Results, Way};

use super::shown;
use crate::api::narrow::{self, Counted, NarrowQuery};
use crate::http::{App, Problem, Query, Visit};
use crate::pages::{
    ArtistLink, FacetGroup, FacetOption, LabelLink, Lang, Layout, NamedCount, ReleaseCard, SearchKind, SearchPage,
    Suggestion, SuggestionsPart, TrackHit,
};

/// Of each kind, where all kinds stand on one page.
const BEST_OF_KIND: u32 = 12;
/// Of each kind, under the search field.
const SUGGESTED_OF_KIND: u32 = 4;
/// Genres above the results, and letters of their names that have to be typed.
const MOST_GENRES: usize = 6;
const MIN_GENRE_CHARS: usize = 3;
/// On a page of one kind.
const ON_A_PAGE: u32 = 48;

/// The parameters that narrow results down.
const NARROWED: [&str; 6] = ["genre", "years", "label", "language", "quality", "price"];
/// Languages that have a name here; the others go by their code.
const LANGUAGES: [&str; 49] = [
    "eng", "rus", "deu", "fra", "spa", "ita", "por", "ukr", "pol", "jpn", "lat", "swe", "nor", "dan", "fin", "isl",
    "est", "lav", "lit", "ces", "slk", "slv", "hrv", "srp", "bul", "bel", "hun", "ron", "ell", "tur", "nld", "gle",
    "cat", "kat", "hye", "aze", "kaz", "uzb", "tat", "heb", "yid", "ara", "fas", "hin", "zho", "kor", "vie", "mul",
    "zxx",
];

/// What to look for.
#[derive(Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    after: Option<String>,
}

/// `/search`
pub async fn search(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<SearchQuery>,
    Query(narrowed): Query<NarrowQuery>,
) -> Result<Response, Problem> {
    let (kind, per_mb_micros) = (Kind::parse(&asked.kind), narrow::per_mb_micros(&app).await?);
    // An address that says nonsense narrows nothing.
    let (narrow, narrowed) = match narrowed.read(&app, per_mb_micros).await {
        Ok(narrow) => (narrow, narrowed),
        Err(_) => (Narrow::default(), NarrowQuery::default()),
    };
    let counted = Counted::of(&app, per_mb_micros, narrowed.value("genre")).await?;
    let of_a_kind = if kind.is_none() { BEST_OF_KIND } else { ON_A_PAGE };
    let place = (asked.after.as_deref(), of_a_kind);
    let Results { page: found, counts, way } =
        app.shop.search.results((&asked.q, kind), &narrow, place, counted.asked())?;
    let is_label_first = kind.is_none() && found.items.first().is_some_and(|first| first.kind == Kind::Label);
    let facets = counted.facets(&app, counts, visit.lang().code());
    let (listed, facets) = tokio::try_join!(listed(&app, &visit, found.items), facets)?;
    let facets = shown_facets(&visit, &asked, &narrowed, facets);
    let is_first_of_all = kind.is_none() && asked.after.is_none();
    let genres = if is_first_of_all { genres(&app, &visit, &asked.q).await? } else { Vec::new() };
    let path = address(&asked, &narrowed, None);
    shown::public(SearchPage {
        pager: shown::pager(&visit, &path, asked.after.is_none(), found.next.as_deref()),
        kind: match kind {
            None => SearchKind::All,
            Some(Kind::Release) => SearchKind::Releases,
            Some(Kind::Artist) => SearchKind::Artists,
            Some(Kind::Track) => SearchKind::Tracks,
            Some(Kind::Label) => SearchKind::Labels,
        },
        releases: listed.releases,
        artists: listed.artists,
        tracks: listed.tracks,
        labels: listed.labels,
        note: way.and_then(note_of),
        is_label_first,
        genres,
        all_results: visit.href(&address(&asked, &NarrowQuery::default(), None)),
        facets,
        page: Layout { query: asked.q.trim().to_owned(), ..visit.layout() },
    })
}

/// What is to be said of results that are not written as was typed.
fn note_of(way: Way) -> Option<&'static str> {
    match way {
        Way::Typed => None,
        Way::Sound => Some("search-by-sound"),
        Way::OtherKeys => Some("search-by-keys"),
        Way::Typos => Some("search-by-typos"),
        Way::SomeWords => Some("search-by-some-words"),
    }
}

/// What was found, as the page lists it.
struct Listed {
    releases: Vec<ReleaseCard>,
    artists: Vec<ArtistLink>,
    tracks: Vec<TrackHit>,
    labels: Vec<LabelLink>,
}

async fn listed(app: &App, visit: &Visit, found: Vec<Found>) -> Result<Listed, Problem> {
    let hits = app.shop.catalog.hits(found).await?;
    let of = |kind| hits.iter().filter(move |hit| hit.kind == kind);
    let ids = |kind| of(kind).map(|hit| hit.id.clone()).collect::<Vec<String>>();
    let heard = shown::heard(app, visit, hits.iter().filter_map(|hit| hit.release_id.clone()).collect());
    let (mut releases, mut tracks, heard) =
        tokio::try_join!(shown_releases(app, ids(Kind::Release)), shown_tracks(app, ids(Kind::Track)), heard,)?;
    releases.iter_mut().for_each(|card| card.is_heard = heard.contains(&card.id));
    tracks.iter_mut().for_each(|hit| hit.is_heard &= heard.contains(&hit.release_id));
    let artist = |hit: &Hit| {
        let releases = app.shop.search.releases_of(&hit.id)?;
        Ok(ArtistLink { id: hit.id.clone(), name: hit.title.clone(), releases })
    };
    let artists = of(Kind::Artist).map(artist).collect::<Result<_, Problem>>()?;
    let labels = of(Kind::Label).map(|hit| LabelLink { id: hit.id.clone(), name: hit.title.clone() }).collect();
    Ok(Listed { releases, artists, tracks, labels })
}

/// The genres whose names begin so, in any language; the fullest first.
async fn genres(app: &App, visit: &Visit, asked: &str) -> Result<Vec<NamedCount>, Problem> {
    let folded = |text: &str| fold(text).collect::<String>();
    let asked = folded(asked);
    if asked.chars().count() < MIN_GENRE_CHARS {
        return Ok(Vec::new());
    }
    let all = app.shop.catalog.genres().await?;
    let is_called = |genre: &GenreCount| {
        let mut names = Lang::all().map(|lang| genre.genre.name(lang.code())).chain([genre.genre.id.as_str()]);
        names.any(|name| folded(name).starts_with(&asked))
    };
    Ok(all.iter().filter(|genre| is_called(genre)).take(MOST_GENRES).map(|genre| shown::genre(visit, genre)).collect())
}

/// The address of these results, with another value of one parameter if one is named.
fn address(asked: &SearchQuery, narrowed: &NarrowQuery, other: Option<(&str, Option<&str>)>) -> String {
    let begin = "/search?".to_owned();
    let at = begin.len();
    let mut address = form_urlencoded::Serializer::for_suffix(begin, at);
    address.append_pair("q", &asked.q);
    if !asked.kind.is_empty() {
        address.append_pair("kind", &asked.kind);
    }
    for name in NARROWED {
        let value = match other {
            Some((of, value)) if of == name => value,
            _ => narrowed.value(name),
        };
        if let Some(value) = value {
            address.append_pair(name, value);
        }
    }
    address.finish()
}

/// The facets in the visitor's words: one that is chosen leads back to all.
fn shown_facets(
    visit: &Visit,
    asked: &SearchQuery,
    narrowed: &NarrowQuery,
    facets: Vec<narrow::Facet>,
) -> Vec<FacetGroup> {
    let group = |facet: narrow::Facet| {
        let chosen = narrowed.value(facet.parameter);
        let option = |choice: narrow::Choice| {
            let is_chosen = chosen == Some(choice.value.as_str());
            let to = Some((facet.parameter, (!is_chosen).then_some(choice.value.as_str())));
            let href = visit.href(&address(asked, narrowed, to));
            let text = facet_text(visit.lang(), facet.parameter, &choice);
            FacetOption { text, href, is_chosen, results: choice.results }
        };
        FacetGroup { text_id: facet.parameter, options: facet.choices.into_iter().map(option).collect() }
    };
    // One choice that everything has is none.
    let is_useful = |group: &FacetGroup| group.options.len() > 1 || group.options.iter().any(|option| option.is_chosen);
    facets.into_iter().map(group).filter(is_useful).collect()
}

fn facet_text(lang: Lang, parameter: &str, choice: &narrow::Choice) -> String {
    let money = |text: &str| lang.money(text.parse::<i64>().unwrap_or(0));
    match (parameter, choice.value.split_once('-')) {
        ("years", Some((from, until))) => lang.t2("search-years", ("from", from), ("until", until)),
        ("price", Some(("", until))) => lang.t1("search-price-below", "until", money(until)),
        ("price", Some((from, ""))) => lang.t1("search-price-above", "from", money(from)),
        ("price", Some((from, until))) => lang.t2("search-price-range", ("from", money(from)), ("until", money(until))),
        ("quality", _) => lang.t(format!("search-quality-{}", choice.value)),
        ("language", _) if LANGUAGES.contains(&choice.value.as_str()) => lang.t(format!("spoken-{}", choice.value)),
        _ => choice.name.clone(),
    }
}

/// What somebody has typed so far.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `/suggestions`
pub async fn suggestions(
    State(app): State<App>,
    visit: Visit,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let hits = app.shop.catalog.hits(app.shop.search.overview(&typed.q, SUGGESTED_OF_KIND)?).await?;
    let mut marker = Marker::new(&typed.q);
    let owned = |parts: Vec<(&str, bool)>| parts.into_iter().map(|(part, is)| (part.to_owned(), is)).collect();
    let mut marked = |hit: &Hit| marker.parts([&hit.title, &hit.credit]).map(owned);
    let suggestions = hits.into_iter().map(|hit| (marked(&hit), hit)).map(|([title, credit], hit)| Suggestion {
        kind: match hit.kind {
            Kind::Artist => "search-an-artist",
            Kind::Label => "search-a-label",
            Kind::Release => "search-a-release",
            Kind::Track => "search-a-track",
        },
        title,
        credit,
        path: match (hit.kind, hit.release_id) {
            (Kind::Track, Some(release)) => format!("/releases/{release}#track-{}", hit.id),
            (kind, _) => format!("/{}s/{}", kind.as_str(), hit.id),
        },
    });
    shown::html(SuggestionsPart { lang: visit.lang(), suggestions: suggestions.collect() })
}

async fn shown_releases(app: &App, ids: Vec<String>) -> Result<Vec<ReleaseCard>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let cards = app.shop.catalog.cards(ids).await?;
    Ok(cards.into_iter().filter(|card| card.on_sale).map(shown::card).collect())
}

/// Each with whether it is not silent; whether its release is heard is another matter.
async fn shown_tracks(app: &App, ids: Vec<String>) -> Result<Vec<TrackHit>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = app.shop.catalog.tracks(ids).await?.into_iter();
    let on_sale = found.filter(|found| found.track.on_sale && found.release.on_sale);
    let mut hits: Vec<_> = on_sale.map(shown::track_hit).collect();
    let silent = app.shop.previews.silent(hits.iter().map(|hit| hit.id.clone()).collect()).await?;
    hits.iter_mut().for_each(|hit| hit.is_heard = !silent.contains(&hit.id));
    Ok(hits)
}
