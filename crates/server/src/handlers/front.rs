//! Pages of the shop itself: texts, licences, news.

use axum::extract::State;
use axum::response::Response;
use shop::declared::in_language;
use shop::news::Post;
use shop::rights::{Base, Licence, LicenceKind, licences};
use shop::storefronts::MAIN;
use shop::tax::TaxSettings;
use shop::texts::Place;
use shop::users::Role;

use super::shown;
use crate::http::{App, Paging, Path, Problem, Query, Visit};
use crate::pages::{Lang, LicencePage, NewsPage, PostCard, PostPage, PublicLicence, TextPage, markdown, site_text};

/// Posts of a page.
const POSTS: u32 = 12;

/// `/about`, `/terms`, `/privacy`, `/help`
pub async fn text(app: App, visit: Visit, place: Place) -> Result<Response, Problem> {
    let layout = visit.layout();
    let texts = match app.shop.texts.at(MAIN, &place).await? {
        Some(text) => text.texts,
        None => site_text::standing(&place, &layout.storefront),
    };
    let (language, words) = in_language(&texts, layout.lang.code()).unwrap_or_default();
    let is_operator = visit.signed().is_some_and(|signed| signed.session.user.role == Role::Operator);
    shown::public(TextPage {
        name: place.name(),
        html: markdown::html(words, 1),
        language: language.to_owned(),
        seller: seller(app.shop.taxes.settings(MAIN).await?, layout.lang),
        edit: is_operator.then(|| visit.href(&format!("/operator/texts?of={}", place.name()))),
        page: layout,
    })
}

/// Who sells, in lines.
pub fn seller(settings: TaxSettings, lang: Lang) -> String {
    let number = match settings.seller_tax_number.as_str() {
        "" => String::new(),
        number => lang.t1("paper-tax-number", "number", number),
    };
    let country = settings.seller_country.map(|code| lang.country(&code)).unwrap_or_default();
    let parts = [settings.seller_name, settings.seller_address, country, number];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// `/licence`
pub async fn licence(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let now_us = app.shop.clock.now_us();
    let found = app.shop.db.read(move |tx| licences::public(tx, MAIN, now_us)).await?;
    let licences = found.into_iter().map(|(licence, payee)| shown_licence(licence, payee)).collect();
    shown::public(LicencePage { page: visit.layout(), licences })
}

fn shown_licence(licence: Licence, payee: String) -> PublicLicence {
    PublicLicence {
        name: if licence.name.is_empty() { payee.clone() } else { licence.name },
        number: licence.number,
        payee,
        is_direct: licence.kind == LicenceKind::Direct,
        is_gross: licence.base == Base::Gross,
        rate_ppm: licence.rate_ppm,
        minimum_micros: licence.minimum.0,
        label: licence.label.unwrap_or_default(),
        from: licence.valid_from.unwrap_or_default(),
        until: licence.valid_until.unwrap_or_default(),
    }
}

/// `/news`
pub async fn news(State(app): State<App>, visit: Visit, Query(paging): Query<Paging>) -> Result<Response, Problem> {
    let is_first = paging.after.is_none();
    let page = app.shop.news.latest(MAIN, paging.after, POSTS).await?;
    shown::public(NewsPage {
        page: visit.layout(),
        pager: shown::pager(&visit, "/news", is_first, page.next.as_deref()),
        posts: page.items.iter().map(|post| card(post, visit.lang())).collect(),
    })
}

/// A post in a list, in a language.
pub fn card(post: &Post, lang: Lang) -> PostCard {
    let (language, title) = in_language(&post.titles, lang.code()).unwrap_or_default();
    let text = post.texts.get(language).map(String::as_str).unwrap_or_default();
    PostCard {
        id: post.id.clone(),
        title: title.to_owned(),
        language: language.to_owned(),
        published_us: post.published_us,
        summary: markdown::summary(text),
    }
}

/// `/news/{id}`
pub async fn post(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let post = app.shop.news.post(MAIN, &id).await?.ok_or_else(|| Problem::not_found("post"))?;
    let card = card(&post, visit.lang());
    let text = post.texts.get(&card.language).map(String::as_str).unwrap_or_default();
    shown::public(PostPage { page: visit.layout(), html: markdown::html(text, 1), post: card })
}
