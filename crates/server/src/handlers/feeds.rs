//! Feeds of news, new releases, and of one artist's or label's releases. The same for everybody, so they may be kept a while.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use shop::catalog::{ReleaseCard, ReleaseFilter};
use shop::clock::moment_of;
use shop::storefronts::MAIN;

use super::front::card;
use crate::http::{App, Origin, Path, Problem};
use crate::pages::{Feed, FeedEntry, Lang, Template, assets, markdown, xml_text};

/// Entries of a feed.
const ENTRIES: u32 = 50;
/// A reader may come as often as he likes; the answer is made anew so often.
const CACHING: &str = "public, max-age=300";
const ATOM: &str = "application/atom+xml; charset=utf-8";

/// A feed's place in the shop.
struct Place<'p> {
    lang: Lang,
    origin: &'p str,
    /// Of the feed, and of the page it follows, without the language.
    path: String,
    page: String,
    title: String,
}

fn answer(app_name: &str, place: Place, entries: Vec<FeedEntry>, since: String) -> Result<Response, Problem> {
    let Place { lang, origin, path, page, title } = place;
    let href = format!("{origin}{}", lang.href(&path));
    let feed = Feed {
        language: lang.code().to_owned(),
        id: href.clone(),
        title: xml_text(&format!("{title} · {app_name}")),
        author: xml_text(app_name),
        href,
        page_href: format!("{origin}{}", lang.href(&page)),
        icon: format!("{origin}{}", assets::href("icon.svg")),
        // What was changed last stands first only among the new ones.
        updated: entries.iter().map(|entry| entry.updated.clone()).max().unwrap_or(since),
        entries,
    };
    let text = feed.render().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, ATOM), (header::CACHE_CONTROL, CACHING)], text).into_response())
}

/// `/news.atom`
pub async fn news(app: App, lang: Lang, origin: String) -> Result<Response, Problem> {
    let name = app.shop.storefronts.main().await?.name;
    let posts = app.shop.news.latest(MAIN, None, ENTRIES).await?;
    let entry = |post: &shop::news::Post| {
        let card = card(post, lang);
        let text = post.texts.get(&card.language).map(String::as_str).unwrap_or_default();
        let href = format!("{origin}{}", lang.href(&format!("/news/{}", post.id)));
        FeedEntry {
            id: href.clone(),
            title: xml_text(&card.title),
            href,
            author: xml_text(&name),
            published: moment_of(post.published_us),
            updated: moment_of(post.updated_us.max(post.published_us)),
            summary: xml_text(&card.summary),
            html: xml_text(&markdown::html(text, 2)),
            picture: String::new(),
            language: card.language,
        }
    };
    let entries = posts.items.iter().map(entry).collect();
    let place =
        Place { lang, origin: &origin, path: "/news.atom".into(), page: "/news".into(), title: lang.t("news-title") };
    answer(&name, place, entries, moment_of(0))
}

/// `/releases.atom`
pub async fn newest(app: App, lang: Lang, origin: String) -> Result<Response, Problem> {
    let title = lang.t("listing-newest");
    let place = Place { lang, origin: &origin, path: "/releases.atom".into(), page: "/releases".into(), title };
    releases(&app, place, ReleaseFilter::All).await
}

/// `/artists/{id}/releases.atom`
pub async fn artist(app: App, (lang, origin): (Lang, String), Path(id): Path<String>) -> Result<Response, Problem> {
    let artist = app.shop.catalog.artist(&id).await?.ok_or_else(|| Problem::not_found("artist"))?;
    let page = format!("/artists/{}", artist.id);
    let place = Place { lang, origin: &origin, path: format!("{page}/releases.atom"), page, title: artist.name };
    releases(&app, place, ReleaseFilter::Artist(artist.id)).await
}

/// `/labels/{id}/releases.atom`
pub async fn label(app: App, (lang, origin): (Lang, String), Path(id): Path<String>) -> Result<Response, Problem> {
    let label = app.shop.catalog.label(&id).await?.ok_or_else(|| Problem::not_found("label"))?;
    let page = format!("/labels/{}", label.id);
    let place = Place { lang, origin: &origin, path: format!("{page}/releases.atom"), page, title: label.name };
    releases(&app, place, ReleaseFilter::Label(label.id)).await
}

async fn releases(app: &App, place: Place<'_>, filter: ReleaseFilter) -> Result<Response, Problem> {
    let name = app.shop.storefronts.main().await?.name;
    let found = app.shop.catalog.releases(filter, None, ENTRIES).await?;
    let entries = found.items.into_iter().map(|card| release_entry(&place, card)).collect();
    answer(&name, place, entries, moment_of(0))
}

fn release_entry(place: &Place, card: ReleaseCard) -> FeedEntry {
    let href = format!("{}{}", place.origin, place.lang.href(&format!("/releases/{}", card.id)));
    let picture = card.cover.as_ref().map(|_| format!("{}/covers/{}/640.jpg", place.origin, card.id));
    let date = card.date.as_deref().map(|date| place.lang.release_date(date));
    let parts = [Some(card.credit.clone()), date];
    FeedEntry {
        id: href.clone(),
        title: xml_text(&format!("{} — {}", card.credit, card.title)),
        href,
        author: xml_text(&card.credit),
        published: moment_of(card.created_us),
        updated: moment_of(card.created_us),
        summary: xml_text(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")),
        html: String::new(),
        picture: picture.unwrap_or_default(),
        language: place.lang.code().to_owned(),
    }
}

/// The routes of a language.
pub fn routes(lang: Lang) -> axum::Router<App> {
    use axum::routing::get;
    let at = |path| lang.href(path);
    axum::Router::new()
        .route(&at("/news.atom"), get(async move |State(app): State<App>, Origin(o): Origin| news(app, lang, o).await))
        .route(
            &at("/releases.atom"),
            get(async move |State(app): State<App>, Origin(o): Origin| newest(app, lang, o).await),
        )
        .route(
            &at("/artists/{id}/releases.atom"),
            get(async move |State(app): State<App>, Origin(o): Origin, id: Path<String>| {
                artist(app, (lang, o), id).await
            }),
        )
        .route(
            &at("/labels/{id}/releases.atom"),
            get(async move |State(app): State<App>, Origin(o): Origin, id: Path<String>| {
                label(app, (lang, o), id).await
            }),
        )
}
