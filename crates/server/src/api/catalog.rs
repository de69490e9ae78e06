//! The catalogue, its search, and the formats. Open to everybody.

use std::collections::HashMap;

use axum::extract::State;
use serde::Deserialize;
use shop::catalog::ReleaseFilter;
use shop::catalog::search::words::Marker;
use shop::catalog::search::{Hit, Kind as HitKind};
use shop::db::DbError;
use shop::offers;

use super::narrow::{self, Counted, NarrowQuery};
use super::words;
use crate::http::{App, Kind, Paging, Path, Problem, Query};

/// Formats that a page holds when nobody says: all of them.
const FORMATS_LIMIT: usize = shop::page::MAX_LIMIT as usize;

type Answer<T> = Result<axum::Json<T>, Problem>;

/// Which releases.
#[derive(Deserialize)]
pub struct ReleasesQuery {
    genre: Option<String>,
    label: Option<String>,
    artist: Option<String>,
}

impl ReleasesQuery {
    fn filter(self) -> Result<ReleaseFilter, Problem> {
        match (self.genre, self.label, self.artist) {
            (None, None, None) => Ok(ReleaseFilter::All),
            (Some(id), None, None) => Ok(ReleaseFilter::Genre(id)),
            (None, Some(id), None) => Ok(ReleaseFilter::Label(id)),
            (None, None, Some(id)) => Ok(ReleaseFilter::Artist(id)),
            _ => Err(Problem::new(Kind::Invalid, "Ask for one of genre, label and artist at a time.")),
        }
    }
}

/// `GET /releases`
pub async fn releases(
    State(app): State<App>,
    Query(which): Query<ReleasesQuery>,
    Query(paging): Query<Paging>,
) -> Answer<wire::Page<wire::ReleaseSummary>> {
    let limit = paging.limit();
    let page = app.shop.catalog.releases(which.filter()?, paging.after, limit).await?;
    Ok(axum::Json(words::page(page, words::summary)))
}

/// `GET /releases/{id}`
pub async fn release(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Release> {
    let release = app.shop.catalog.release(&id).await?.filter(|release| release.card.on_sale);
    let release = release.ok_or_else(|| Problem::not_found("release"))?;
    let classes = offers::classes(&app.shop.db, &id).await?;
    Ok(axum::Json(words::release(release, &classes)))
}

/// `GET /tracks/{id}`
pub async fn track(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::TrackDetails> {
    let track = app.shop.catalog.track(&id).await?.filter(|found| found.track.on_sale && found.release.on_sale);
    Ok(axum::Json(words::track_details(track.ok_or_else(|| Problem::not_found("track"))?)))
}

/// `GET /artists/{id}`
pub async fn artist(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::Artist> {
    let artist = app.shop.catalog.artist(&id).await?;
    Ok(axum::Json(words::artist(artist.ok_or_else(|| Problem::not_found("artist"))?)))
}

/// `GET /labels`: by name.
pub async fn labels(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<wire::Page<wire::NamedCount>> {
    let limit = paging.limit();
    let page = app.shop.catalog.labels(paging.after, limit).await?;
    Ok(axum::Json(words::page(page, words::named_count)))
}

/// How many formats, and of what.
#[derive(Deserialize)]
pub struct FormatsQuery {
    release: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// `GET /formats`
pub async fn formats(State(app): State<App>, Query(query): Query<FormatsQuery>) -> Answer<wire::Page<wire::Format>> {
    let all = match &query.release {
        None => shop::formats::list(),
        Some(id) => {
            let release = app.shop.catalog.release(id).await?.filter(|release| release.card.on_sale);
            let release = release.ok_or_else(|| Problem::not_found("release"))?;
            offers::formats_of(&release, &offers::classes(&app.shop.db, id).await?)
        }
    };
    let all = all.into_iter().map(words::format).collect();
    let limit = query.limit.unwrap_or(FORMATS_LIMIT).clamp(1, FORMATS_LIMIT);
    Ok(axum::Json(slice(all, query.after.as_deref(), limit, |format| &format.format)))
}

/// A page of a list that is at hand whole. Behind an unknown place there is nothing.
pub(super) fn slice<T>(all: Vec<T>, after: Option<&str>, limit: usize, id: impl Fn(&T) -> &String) -> wire::Page<T> {
    let start = after.map_or(0, |after| all.iter().position(|item| id(item) == after).map_or(all.len(), |at| at + 1));
    let more = all.len() - start > limit;
    let items: Vec<T> = all.into_iter().skip(start).take(limit).collect();
    let next = if more { items.last().map(|item| id(item).clone()) } else { None };
    wire::Page { items, next }
}

/// What to look for.
#[derive(Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
}

impl SearchQuery {
    fn kind(&self) -> Result<Option<HitKind>, Problem> {
        match self.kind.as_str() {
            "" => Ok(None),
            word => HitKind::parse(word).map(Some).ok_or_else(|| {
                Problem::new(
                    Kind::Invalid,
                    "kind is artist, label, release or track; leave it out to find all of them.",
                )
            }),
        }
    }
}

/// `GET /search/facets`
pub async fn facets(
    State(app): State<App>,
    Query(asked): Query<SearchQuery>,
    Query(narrowed): Query<NarrowQuery>,
) -> Answer<wire::SearchFacets> {
    let (kind, per_mb_micros) = (asked.kind()?, narrow::per_mb_micros(&app).await?);
    let narrow = narrowed.read(&app, per_mb_micros).await?;
    let counted = Counted::of(&app, per_mb_micros, narrowed.value("genre")).await?;
    let counts = app.shop.search.counts((&asked.q, kind), &narrow, counted.asked())?;
    let (results, facets) = (counts.results, counted.facets(&app, counts, "en").await?);
    let choice = |one: &narrow::Choice| wire::FacetChoice {
        value: one.value.clone(),
        name: one.name.clone(),
        results: one.results,
    };
    let of = |parameter: &str| {
        let of_facet = facets.iter().filter(|facet| facet.parameter == parameter);
        of_facet.flat_map(|facet| &facet.choices).map(choice).collect()
    };
    Ok(axum::Json(wire::SearchFacets {
        results,
        genre: of("genre"),
        label: of("label"),
        language: of("language"),
        quality: of("quality"),
        years: of("years"),
        price: of("price"),
    }))
}

/// `GET /search`
pub async fn search(
    State(app): State<App>,
    Query(asked): Query<SearchQuery>,
    Query(narrowed): Query<NarrowQuery>,
    Query(paging): Query<Paging>,
) -> Answer<wire::Hits> {
    let kind = asked.kind()?;
    let narrow = narrowed.read(&app, narrow::per_mb_micros(&app).await?).await?;
    let place = (paging.after.as_deref(), paging.limit());
    let (found, way) = app.shop.search.find_among((&asked.q, kind), &narrow, place)?;
    let items = whole(&app, app.shop.catalog.hits(found.items).await?).await?;
    Ok(axum::Json(wire::Hits { items, next: found.next, found_by: way.map(words::found_by) }))
}

/// Suggestions of a kind.
const SUGGESTED_OF_KIND: u32 = 4;

/// What somebody has typed so far.
#[derive(Deserialize)]
pub struct SuggestionQuery {
    #[serde(default)]
    q: String,
}

/// `GET /suggestions`
pub async fn suggestions(State(app): State<App>, Query(asked): Query<SuggestionQuery>) -> Answer<wire::Suggestions> {
    let found = app.shop.catalog.hits(app.shop.search.overview(&asked.q, SUGGESTED_OF_KIND)?).await?;
    let mut marker = Marker::new(&asked.q);
    let part = |(text, matches): (&str, bool)| wire::SuggestedPart { text: text.to_owned(), matches };
    let suggested = |hit: Hit| {
        let [title, credit] =
            marker.parts([&hit.title, &hit.credit]).map(|parts| parts.into_iter().map(part).collect());
        wire::Suggestion { kind: hit.kind.as_str().to_owned(), title, credit, id: hit.id, release: hit.release_id }
    };
    Ok(axum::Json(wire::Suggestions { items: found.into_iter().map(suggested).collect() }))
}

/// Hits with what the catalogue says of them now, without those that have just left; three looks, whatever their number.
async fn whole(app: &App, hits: Vec<Hit>) -> Result<Vec<wire::Hit>, DbError> {
    let catalog = &app.shop.catalog;
    let ids = |kind| hits.iter().filter(|hit| hit.kind == kind).map(|hit| hit.id.clone()).collect::<Vec<_>>();
    let (artists, releases, tracks) = tokio::try_join!(
        catalog.artists(ids(HitKind::Artist)),
        catalog.cards(ids(HitKind::Release)),
        catalog.tracks(ids(HitKind::Track)),
    )?;
    let mut artists: HashMap<_, _> = artists.into_iter().map(|artist| (artist.id.clone(), artist)).collect();
    let mut releases: HashMap<_, _> = releases.into_iter().map(|card| (card.id.clone(), card)).collect();
    let mut tracks: HashMap<_, _> = tracks.into_iter().map(|found| (found.track.id.clone(), found)).collect();
    let whole = |hit: Hit| match hit.kind {
        HitKind::Artist => artists.remove(&hit.id).map(|artist| wire::Hit::Artist(words::artist(artist))),
        HitKind::Label => Some(wire::Hit::Label(wire::Named { id: hit.id, name: hit.title })),
        HitKind::Release => releases.remove(&hit.id).map(|card| wire::Hit::Release(words::summary(card))),
        HitKind::Track => tracks.remove(&hit.id).map(|found| wire::Hit::Track(Box::new(words::track_details(found)))),
    };
    Ok(hits.into_iter().filter_map(whole).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_at_hand_is_paged_like_any_other() {
        let all = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let page = |after, limit| slice(all(), after, limit, |item| item);
        assert_eq!(page(None, 2), wire::Page { items: vec!["a".into(), "b".into()], next: Some("b".into()) });
        assert_eq!(page(Some("b"), 2), wire::Page { items: vec!["c".into()], next: None });
        assert_eq!(page(Some("x"), 2), wire::Page { items: vec![], next: None });
        assert_eq!(page(None, 3).next, None);
    }
}
