//! Pages of the catalogue: home, listings, artist, release; and the API as a page.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use shop::catalog::{Genre, GenreCount, Release, ReleaseFilter};
use shop::charts::{Period, Which};
use shop::follows::Kind as Followable;
use shop::formats::{Class, Format};
use shop::offers;
use shop::orders::{Item, MAX_ITEMS, OrderError, Quote, QuoteLine, Reason};
use shop::previews::Span;
use shop::storefronts::MAIN;

use super::{shown, voices};
use crate::api::openapi;
use crate::http::{App, Kind, Origin, Paging, Path, Posted, Problem, Query, Visit, item_of, item_text};
use crate::pages::{
    ApiDocsPage, ArtistPage, GenreGroup, GenresPage, HomePage, ListingKind, ListingPage, Medium, NamedCount, Preview,
    ReleasePage, Track, WithdrawnPage,
};

/// Releases on the home page.
const HOME_RELEASES: u32 = 13;
/// Places of the week's chart on the home page.
const HOME_CHART: u32 = 6;
/// Editors' picks on the home page.
const HOME_PICKS: u32 = 6;
/// Genres on the home page.
const HOME_GENRES: usize = 24;
/// Releases of a page of a listing.
const LISTING_RELEASES: u32 = 48;

/// `/`
pub async fn home(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let catalog = &app.shop.catalog;
    let releases = catalog.releases(ReleaseFilter::All, None, HOME_RELEASES).await?;
    let genres = catalog.genres().await?.into_iter().filter(|genre| genre.genre.parent.is_none()).take(HOME_GENRES);
    let totals = catalog.totals().await?;
    let week = Which { period: Period::Week, genre: None };
    let best = app.shop.charts.releases(week, HOME_CHART).await?;
    let picks = app.shop.picks.shown(MAIN, HOME_PICKS).await?;
    let picks = catalog.cards(picks.into_iter().map(|pick| pick.release_id).collect()).await?;
    let mut releases: Vec<_> = releases.items.into_iter().map(shown::card).collect();
    let mut best: Vec<_> = best.into_iter().map(|placed| shown::card(placed.item)).collect();
    let mut picks: Vec<_> = picks.into_iter().map(shown::card).collect();
    let mut cards: Vec<_> = releases.iter_mut().chain(&mut best).chain(&mut picks).collect();
    shown::mark_heard(&app, &visit, &mut cards).await?;
    shown::public(HomePage {
        page: visit.layout(),
        releases,
        best,
        picks,
        genres: genres.map(|genre| shown::genre(&visit, &genre)).collect(),
        release_count: totals.releases,
        track_count: totals.tracks,
    })
}

/// `/releases`
pub async fn newest(State(app): State<App>, visit: Visit, Query(paging): Query<Paging>) -> Result<Response, Problem> {
    listing(&app, &visit, paging, (ListingKind::Newest, ReleaseFilter::All, String::new())).await
}

/// `/genres/{id}`
pub async fn genre(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let genre = app.shop.catalog.genre(&id).await?.ok_or_else(|| Problem::not_found("genre"))?;
    let name = genre.name(visit.lang().code()).to_owned();
    listing(&app, &visit, paging, (ListingKind::Genre, ReleaseFilter::Genre(genre.id), name)).await
}

/// `/genres`
pub async fn genres(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let (tree, all) = (app.shop.catalog.genre_tree().await?, app.shop.catalog.genres().await?);
    let mut groups: Vec<GenreGroup> = Vec::new();
    for one in all.iter().filter(|one| one.genre.parent.is_none() && tree.find(&one.genre.id).is_some()) {
        let is_within = |other: &&GenreCount| {
            other.genre.id != one.genre.id
                && tree.path(&other.genre.id).first().is_some_and(|root| root.id == one.genre.id)
        };
        let within = all.iter().filter(is_within).map(|other| shown::genre(&visit, other)).collect();
        groups.push(GenreGroup { genre: shown::genre(&visit, one), within });
    }
    let others = all.iter().filter(|one| tree.find(&one.genre.id).is_none());
    let others = others.map(|one| shown::genre(&visit, one)).collect();
    shown::html(GenresPage { page: visit.layout(), groups, others })
}

/// What a genre is within, and what is within it.
async fn around(app: &App, visit: &Visit, id: &str) -> Result<(Vec<NamedCount>, Vec<NamedCount>), Problem> {
    let (tree, all) = (app.shop.catalog.genre_tree().await?, app.shop.catalog.genres().await?);
    let mut path = tree.path(id);
    path.pop();
    let named = |genre: &Genre| shown::genre(visit, &GenreCount { genre: genre.clone(), releases: 0 });
    let within = all.iter().filter(|one| one.genre.parent.as_deref() == Some(id));
    let within = within.map(|one| shown::genre(visit, one)).collect();
    Ok((path.into_iter().map(named).collect(), within))
}

/// `/labels/{id}`
pub async fn label(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let label = app.shop.catalog.label(&id).await?.ok_or_else(|| Problem::not_found("label"))?;
    listing(&app, &visit, paging, (ListingKind::Label, ReleaseFilter::Label(label.id), label.name)).await
}

async fn listing(
    app: &App,
    visit: &Visit,
    paging: Paging,
    (kind, filter, name): (ListingKind, ReleaseFilter, String),
) -> Result<Response, Problem> {
    let about = match &filter {
        ReleaseFilter::Label(id) => Some(voices::about(app, visit, Followable::Label, id).await?),
        _ => None,
    };
    let (trail, within) = match &filter {
        ReleaseFilter::Genre(id) => around(app, visit, id).await?,
        _ => Default::default(),
    };
    let key = if let ReleaseFilter::Genre(id) = &filter { id.clone() } else { String::new() };
    let is_first = paging.after.is_none();
    let releases = app.shop.catalog.releases(filter, paging.after, LISTING_RELEASES).await?;
    let path = visit.path().split('?').next().unwrap_or("/");
    let mut cards: Vec<_> = releases.items.into_iter().map(shown::card).collect();
    shown::mark_heard(app, visit, &mut cards.iter_mut().collect::<Vec<_>>()).await?;
    shown::public(ListingPage {
        page: visit.layout(),
        kind,
        about,
        name,
        key,
        trail,
        within,
        pager: shown::pager(visit, path, is_first, releases.next.as_deref()),
        releases: cards,
    })
}

/// `/artists/{id}`
pub async fn artist(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let artist = app.shop.catalog.artist(&id).await?.ok_or_else(|| Problem::not_found("artist"))?;
    let is_first = paging.after.is_none();
    let filter = ReleaseFilter::Artist(artist.id.clone());
    let found = app.shop.catalog.releases(filter, paging.after, LISTING_RELEASES).await?;
    let (own, others) = found
        .items
        .into_iter()
        .partition::<Vec<_>, _>(|card| card.artists.iter().any(|credit| credit.artist_id == artist.id));
    let [mut own, mut others] = [own, others].map(|cards| cards.into_iter().map(shown::card).collect::<Vec<_>>());
    shown::mark_heard(&app, &visit, &mut own.iter_mut().chain(&mut others).collect::<Vec<_>>()).await?;
    shown::public(ArtistPage {
        page: visit.layout(),
        about: voices::about(&app, &visit, Followable::Artist, &artist.id).await?,
        name: artist.name,
        releases: own,
        appearances: others,
        pager: shown::pager(&visit, &format!("/artists/{}", artist.id), is_first, found.next.as_deref()),
    })
}

/// The format that prices are wanted for.
#[derive(Deserialize)]
pub struct FormatQuery {
    format: Option<String>,
    /// Since when the exact price is being found.
    sizing: Option<i64>,
}

/// `/releases/{id}`
pub async fn release(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let release = app.shop.catalog.release(&id).await?.ok_or_else(|| Problem::not_found("release"))?;
    if !release.card.on_sale {
        return withdrawn(&app, &visit, release).await;
    }
    let classes = offers::classes(&app.shop.db, &id).await?;
    let formats = shown::formats_of(&release, &classes);
    let offered = shown::offered_format(&visit, asked.format.as_deref(), &formats)?;
    let format = offered.format;
    let user = visit.signed().map(|signed| signed.session.user.id.as_str());
    let spans = app.shop.previews.of_release(user, &id).await?;
    let outlines = app.shop.catalog.waveforms(&id).await?;
    let quoted = Quoted::of(&app, &visit, &release, (format, &classes)).await?;
    let price_per_mb_micros = app.shop.tariffs.price_per_mb(format.info().class).await?.0;
    let said = voices::said(&app, &visit, &release.card.id).await?;
    let genres = app.shop.catalog.genres_named(release.genres.iter().map(|genre| genre.id.clone()).collect()).await?;
    let mut page = release_page(&visit, release, (&quoted, &spans), (format.to_string(), price_per_mb_micros));
    page.instead_of = offered.instead_of.map(|format| format.info().name).unwrap_or_default();
    page.said = said;
    page.sizing = asked.sizing.and_then(|since_s| shown::sizing(&app, quoted.whole()?, since_s));
    page.formats = formats;
    page.genres = genres.into_iter().map(|genre| shown::genre(&visit, &GenreCount { genre, releases: 0 })).collect();
    for track in page.media.iter_mut().flat_map(|medium| &mut medium.tracks) {
        let points = outlines.iter().find(|(id, _)| *id == track.id).map(|(_, points)| points.as_slice());
        track.waveform = shown::waveform(points.unwrap_or_default());
    }
    page.is_limited = classes.len() < offers::CLASSES.len();
    if asked.format.is_none() && page.sizing.is_none() {
        return shown::public(page);
    }
    if offered.instead_of.is_some() {
        return shown::html(page);
    }
    let mut response = shown::html(page)?;
    response.headers_mut().append(header::SET_COOKIE, visit.cookies().set_format(&format.to_string()));
    Ok(response)
}

/// What stands where a release was that is not sold any more.
async fn withdrawn(app: &App, visit: &Visit, release: Release) -> Result<Response, Problem> {
    let is_owned = match visit.signed() {
        Some(signed) => app.shop.reviews.own(&signed.session.user.id, &release.card.id).await?.1,
        None => false,
    };
    shown::gone(WithdrawnPage {
        page: visit.layout(),
        title: release.card.title,
        artists: shown::credits(release.card.artists),
        is_owned,
    })
}

/// What a release costs this visitor in one format.
struct Quoted {
    /// Of all tracks that can be had in it.
    quote: Option<Quote>,
    /// Tracks that cannot.
    unfit_tracks: usize,
}

impl Quoted {
    async fn of(
        app: &App,
        visit: &Visit,
        release: &Release,
        (format, classes): (Format, &[Class]),
    ) -> Result<Quoted, Problem> {
        match visit.quote(app, vec![Item::Release(release.card.id.clone())], format).await {
            Ok(quote) => return Ok(Quoted { quote: Some(quote), unfit_tracks: 0 }),
            Err(OrderError::DoesNotFit { .. }) => {}
            Err(OrderError::Unknown(_)) => return Ok(Quoted { quote: None, unfit_tracks: 0 }),
            Err(e) => return Err(e.into()),
        }
        let fitting = release.tracks().filter(|track| offers::fits(&track.master, format, classes));
        let items: Vec<Item> = fitting.map(|track| Item::Track(track.id.clone())).collect();
        let unfit_tracks = release.tracks().count() - items.len();
        let quote = match visit.quote(app, items.into_iter().take(MAX_ITEMS).collect(), format).await {
            Ok(quote) => Some(quote),
            Err(OrderError::DoesNotFit { .. } | OrderError::NoItems | OrderError::Unknown(_)) => None,
            Err(e) => return Err(e.into()),
        };
        Ok(Quoted { quote, unfit_tracks })
    }

    /// The whole release, where all of it can be had.
    fn whole(&self) -> Option<&Quote> {
        self.quote.as_ref().filter(|_| self.unfit_tracks == 0)
    }
}

/// What the exact price is wanted of.
#[derive(Deserialize)]
pub struct SizesForm {
    /// What it is of; of the basket several, with commas between.
    item: String,
    format: String,
    /// `buy`: from the page where it is bought; `basket`: from the basket.
    source: Option<String>,
    /// What was typed there.
    #[serde(default)]
    code: String,
}

/// `POST /sizes`: has exact sizes found out, and leads back to a page that waits for them.
pub async fn sizes(State(app): State<App>, visit: Visit, Posted(form): Posted<SizesForm>) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("thing to buy");
    let items = form.item.split(',').map(item_of).collect::<Option<Vec<Item>>>().ok_or_else(unknown)?;
    let format: Format =
        form.format.parse().map_err(|_| Problem::new(Kind::UnknownFormat, "Choose another format."))?;
    let goes_on = app.shop.orders.find_sizes(items.clone(), format).await?;
    let code = form_urlencoded::byte_serialize(form.code.trim().as_bytes()).collect::<String>();
    let code = if code.is_empty() { code } else { format!("&code={code}") };
    let path = match (form.source.as_deref(), &items[0]) {
        (Some("basket"), _) => format!("/basket?format={format}{code}"),
        (Some("buy"), item) => format!("/buy?item={}&format={format}{code}", item_text(item)),
        (_, Item::Release(id)) => format!("/releases/{id}?format={format}"),
        (_, Item::Track(id)) => {
            let release = app.shop.catalog.track(id).await?.ok_or_else(unknown)?.release.id;
            format!("/releases/{release}?format={format}")
        }
    };
    if goes_on {
        let now_s = app.shop.clock.now_us() / 1_000_000;
        return Ok(Redirect::to(&visit.href(&format!("{path}&sizing={now_s}#price"))).into_response());
    }
    let quote = visit.quote(&app, items, format).await?;
    let is_exact = shown::total(&quote).is_exact();
    let place = format!("{path}#price");
    Ok(match is_exact {
        true => Redirect::to(&visit.href(&place)).into_response(),
        // More is being measured already than the shop takes on.
        false => shown::go(&visit, &place, "sizes-busy").into_response(),
    })
}

/// Who composed all of it, where that is the same for all tracks.
fn composers_of(release: &Release) -> Vec<String> {
    let mut tracks = release.tracks().map(|track| &track.composers);
    let first = tracks.next().cloned().unwrap_or_default();
    if tracks.all(|composers| *composers == first) { first } else { Vec::new() }
}

fn release_page(
    visit: &Visit,
    release: Release,
    (quoted, spans): (&Quoted, &HashMap<String, Span>),
    (format, price_per_mb_micros): (String, i64),
) -> ReleasePage {
    let masters: BTreeSet<_> = release.tracks().map(|track| (track.master.bits.into(), track.master.rate_hz)).collect();
    let basket = visit.cookies().basket.items();
    let in_basket = basket.contains(&Item::Release(release.card.id.clone()));
    let artists = release.card.artists.clone();
    let composers = composers_of(&release);
    let quote = quoted.quote.as_ref();
    let lines = quoted.whole().map_or(&[] as &[QuoteLine], |quote| &quote.lines);
    let is_lowered = |line: &QuoteLine| line.reasons.iter().any(|reason| matches!(reason, Reason::PaidBefore { .. }));
    let is_in_basket = |track: &str| in_basket || basket.contains(&Item::Track(track.to_owned()));
    let media = release.media.into_iter().map(|medium| Medium {
        number: medium.number,
        title: medium.title.unwrap_or_default(),
        tracks: medium
            .tracks
            .into_iter()
            .map(|track| {
                let in_basket = is_in_basket(&track.id);
                Track { in_basket, ..shown_track(track, (&artists, &composers), quote, spans) }
            })
            .collect(),
    });
    ReleasePage {
        page: visit.layout(),
        media: media.collect(),
        id: release.card.id,
        title: release.card.title,
        artists: shown::credits(artists.clone()),
        released: release.card.date.unwrap_or_default(),
        labels: release.label.into_iter().map(shown::named).collect(),
        genres: Vec::new(),
        gtin: release.gtin.unwrap_or_default(),
        has_cover: release.card.cover.is_some(),
        masters: masters.into_iter().rev().collect(),
        formats: Vec::new(),
        is_limited: false,
        format,
        price: quoted.whole().map(shown::total),
        unfit_tracks: quoted.unfit_tracks,
        instead_of: String::new(),
        sizing: None,
        bought: quoted.whole().and_then(Quote::owned).map(|orders| shown::files_of(&orders)),
        is_lowered: lines.iter().any(is_lowered),
        composers,
        price_per_mb_micros,
        in_basket,
        is_owned: !lines.is_empty() && lines.iter().all(|line| line.bought_with().is_some() || is_lowered(line)),
        said: Default::default(),
    }
}

/// An artist credit as it reads. Two that read the same say nothing new, whatever artists they lead to.
fn told(credits: &[shop::catalog::Credit]) -> String {
    credits.iter().flat_map(|credit| [credit.name.as_str(), credit.join.as_str()]).collect::<String>().to_lowercase()
}

fn shown_track(
    track: shop::catalog::Track,
    (of_release, composers): (&[shop::catalog::Credit], &[String]),
    quote: Option<&Quote>,
    spans: &HashMap<String, Span>,
) -> Track {
    let line = quote.and_then(|quote| quote.lines.iter().find(|line| line.track_id == track.id));
    let own = told(&track.artists) != told(of_release);
    let preview = spans.get(&track.id).filter(|span| span.length_ms > 0);
    Track {
        number: track.number,
        title: track.title,
        artists: if own { shown::credits(track.artists) } else { Vec::new() },
        length_ms: shown::bytes(track.master.length_ms()),
        price: line.map(shown::price),
        bought: line.and_then(QuoteLine::bought_with).map(|order| format!("/orders/{order}")),
        composers: if composers.is_empty() { track.composers } else { Vec::new() },
        preview: preview.map(|span| Preview { start_ms: span.start_ms, length_ms: span.length_ms }),
        waveform: String::new(),
        in_basket: false,
        id: track.id,
    }
}

/// `/api`
pub async fn api(visit: Visit, Origin(origin): Origin) -> Result<Response, Problem> {
    shown::html(ApiDocsPage {
        page: visit.layout(),
        version: openapi::VERSION.to_owned(),
        openapi_url: "/api/v1/openapi.json".to_owned(),
        origin,
        operations: openapi::for_people(),
    })
}
