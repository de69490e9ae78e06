//! What machines ask of a shop beside its pages: sitemaps, robots.txt, the embedded player and oEmbed.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use shop::catalog::Outline;
use shop::clock::day_of;

use super::shown;
use crate::http::{App, Kind, Origin, Path, Problem, Query, security};
use crate::pages::{EmbedPage, EmbedTrack, HEIGHT_PX, Lang, PRIVATE_PAGES, Sitemap, SitemapEntry, Template, WIDTH_PX};

/// Addresses of one sitemap at the most. 50,000 are allowed (sitemaps.org); with its translations each takes some 400 bytes.
pub const MAX_ADDRESSES: u32 = 20_000;
/// How long a robot may keep what it read.
const CACHING: &str = "public, max-age=3600";
const XML: &str = "application/xml; charset=utf-8";
/// The shop's own pages, without their language.
const OWN_PAGES: [&str; 8] = ["/", "/releases", "/news", "/about", "/help", "/terms", "/privacy", "/licence"];
/// Tracks of an embedded player.
const EMBED_TRACKS: usize = 50;
/// The narrowest and the lowest player that is still of use.
const MIN_WIDTH_PX: u32 = 240;
const MIN_HEIGHT_PX: u32 = 160;

/// Things of one sitemap: each has a page in every language.
fn step() -> u32 {
    MAX_ADDRESSES / u32::try_from(Lang::all().count()).unwrap_or(1).max(1)
}

fn xml(page: &Sitemap) -> Result<Response, Problem> {
    let text = page.render().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, XML), (header::CACHE_CONTROL, CACHING)], text).into_response())
}

/// `GET /sitemap.xml`: names the others.
pub async fn sitemap(State(app): State<App>, Origin(origin): Origin) -> Result<Response, Problem> {
    let mut names = vec!["pages".to_owned()];
    for of in Outline::ALL {
        let parts = app.shop.catalog.parts(of, step()).await?;
        let name =
            |after: String| if after.is_empty() { of.name().to_owned() } else { format!("{}-{after}", of.name()) };
        names.extend(parts.into_iter().map(name));
    }
    let entry = |name: String| SitemapEntry::of_map(format!("{origin}/sitemaps/{name}.xml"));
    xml(&Sitemap { is_index: true, entries: names.into_iter().map(entry).collect() })
}

/// `GET /sitemaps/{file}`
pub async fn sitemap_part(
    State(app): State<App>,
    Origin(origin): Origin,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("sitemap");
    let name = file.strip_suffix(".xml").ok_or_else(unknown)?;
    let in_all = |path: String, changed: String| {
        let translations: Vec<(&'static str, String)> =
            Lang::all().map(|lang| (lang.code(), format!("{origin}{}", lang.href(&path)))).collect();
        let entry = |(_, href): &(&str, String)| SitemapEntry {
            href: href.clone(),
            changed: changed.clone(),
            translations: translations.clone(),
        };
        translations.iter().map(entry).collect::<Vec<_>>()
    };
    if name == "pages" {
        let mut paths: Vec<String> = OWN_PAGES.map(str::to_owned).into();
        paths.extend(
            app.shop.catalog.genres().await?.into_iter().map(|genre| format!("/genres/{}", encoded(&genre.genre.id))),
        );
        let entries = paths.into_iter().flat_map(|path| in_all(path, String::new())).collect();
        return xml(&Sitemap { is_index: false, entries });
    }
    let (kind, after) = name.split_once('-').unwrap_or((name, ""));
    let of = Outline::ALL.into_iter().find(|of| of.name() == kind).ok_or_else(unknown)?;
    let found = app.shop.catalog.part(of, after, step()).await?;
    let entries = found.into_iter().flat_map(|(id, at_us)| in_all(format!("/{kind}/{}", encoded(&id)), day_of(at_us)));
    xml(&Sitemap { is_index: false, entries: entries.collect() })
}

fn encoded(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// `GET /robots.txt`
pub async fn robots(Origin(origin): Origin) -> Response {
    let mut text = "User-agent: *\n".to_owned();
    for lang in Lang::all() {
        text.extend(PRIVATE_PAGES.map(|path| format!("Disallow: {}\n", lang.href(path))));
    }
    text.push_str(&format!("Disallow: /api/\nDisallow: /d/\nDisallow: /z/\n\nSitemap: {origin}/sitemap.xml\n"));
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, CACHING)];
    (headers, text).into_response()
}

/// The embedded player's routes in a language.
pub fn routes(lang: Lang) -> Router<App> {
    Router::new().route(
        &lang.href("/embed/releases/{id}"),
        get(async move |State(app): State<App>, Origin(origin): Origin, Path(id): Path<String>| {
            embed(app, (lang, origin), id).await
        }),
    )
}

/// `/embed/releases/{id}`: may stand in anybody's page.
async fn embed(app: App, (lang, origin): (Lang, String), id: String) -> Result<Response, Problem> {
    let release = app.shop.catalog.release(&id).await?.filter(|release| release.card.on_sale);
    let release = release.ok_or_else(|| Problem::not_found("release"))?;
    let track = |track: &shop::catalog::Track| EmbedTrack {
        id: track.id.clone(),
        number: track.number,
        title: track.title.clone(),
        length_ms: shown::bytes(track.master.length_ms()),
    };
    let mut response = shown::html(EmbedPage {
        lang,
        storefront: app.shop.storefronts.main().await?.name,
        href: format!("{origin}{}", lang.href(&format!("/releases/{id}"))),
        tracks: release.tracks().take(EMBED_TRACKS).map(track).collect(),
        title: release.card.title,
        artists: shown::credits(release.card.artists),
        has_cover: release.card.cover.is_some(),
        id,
    })?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(security::EMBED_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

/// What a site that wants to embed asks.
#[derive(Deserialize)]
pub struct OembedQuery {
    #[serde(default)]
    url: String,
    format: Option<String>,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
}

/// `GET /oembed` (oembed.com): how a release's page is embedded.
pub async fn oembed(
    State(app): State<App>,
    Origin(origin): Origin,
    Query(asked): Query<OembedQuery>,
) -> Result<Response, Problem> {
    if asked.format.as_deref().is_some_and(|format| format != "json") {
        return Ok((StatusCode::NOT_IMPLEMENTED, "The answer is JSON: leave format out.\n").into_response());
    }
    let (lang, id) = release_of(&asked.url, &origin).ok_or_else(|| Problem::not_found("release's page"))?;
    let release = app.shop.catalog.release(&id).await?.filter(|release| release.card.on_sale);
    let card = release.ok_or_else(|| Problem::new(Kind::NotFound, "This release is not on sale."))?.card;
    let width = asked.maxwidth.map_or(WIDTH_PX, |most| most.clamp(MIN_WIDTH_PX, WIDTH_PX));
    let height = asked.maxheight.map_or(HEIGHT_PX, |most| most.clamp(MIN_HEIGHT_PX, HEIGHT_PX));
    let name = app.shop.storefronts.main().await?.name;
    let source = format!("{origin}{}", lang.href(&format!("/embed/releases/{}", encoded(&id))));
    let title = attribute(&format!("{} — {}", card.credit, card.title));
    let html = format!(
        "<iframe src=\"{source}\" width=\"{width}\" height=\"{height}\" title=\"{title}\" loading=\"lazy\" style=\"border:0\"></iframe>"
    );
    let mut answer = json!({
        "version": "1.0",
        "type": "rich",
        "title": card.title,
        "author_name": card.credit,
        "provider_name": name,
        "provider_url": format!("{origin}/"),
        "cache_age": 3600,
        "html": html,
        "width": width,
        "height": height,
    });
    if card.cover.is_some() {
        answer["thumbnail_url"] = json!(format!("{origin}/covers/{id}/320.jpg"));
        answer["thumbnail_width"] = json!(320);
        answer["thumbnail_height"] = json!(320);
    }
    Ok(([(header::CACHE_CONTROL, CACHING)], axum::Json(answer)).into_response())
}

/// Text within quotation marks of HTML.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The release whose page an address is, and the page's language.
fn release_of(url: &str, origin: &str) -> Option<(Lang, String)> {
    let path = url.strip_prefix(origin)?.split(['?', '#']).next()?;
    let (code, rest) = path.strip_prefix('/')?.split_once('/')?;
    let id = rest.strip_prefix("releases/")?;
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    Some((Lang::from_code(code)?, plain.then(|| id.to_owned())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_a_release_of_this_shop_is_embedded() {
        let origin = "https://music.example";
        for (url, found) in [
            ("https://music.example/en/releases/01abc", Some(("en", "01abc"))),
            ("https://music.example/ru/releases/01abc?format=x#y", Some(("ru", "01abc"))),
            ("https://music.example/xx/releases/01abc", None),
            ("https://music.example/en/releases/", None),
            ("https://music.example/en/releases/a/b", None),
            ("https://music.example.evil/en/releases/01abc", None),
            ("https://evil.example/en/releases/01abc", None),
            ("", None),
        ] {
            let read = release_of(url, origin);
            assert_eq!(read.as_ref().map(|(lang, id)| (lang.code(), id.as_str())), found, "{url}");
        }
    }
}
