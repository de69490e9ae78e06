//! `/operator/texts`: the shop's texts, those about things of its catalogue, and the notice that closes it.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::declared::Refused;
use shop::front::{self, Notice, RETRY_AFTER_S};
use shop::page::MAX_LIMIT;
use shop::storefronts::MAIN;
use shop::texts::{self, Place, Text};

use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Query, Visit};
use crate::pages::operator::{FieldRefused, TextForm, TextRow, TextsPage, Words};
use crate::pages::{Lang, site_text};

const PAGE: &str = "/operator/texts";

/// What is to be written.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    of: String,
    #[serde(default)]
    subject: String,
}

/// What a form sends.
pub type Form = HashMap<String, String>;

/// `/operator/texts`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let place = Place::of(&asked.of, &asked.subject);
    shown::html(texts_page(&app, &visit, place).await?)
}

/// A field of a form, without spaces around it; empty where it was not sent.
pub fn field(form: &Form, name: &str) -> String {
    form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// The words of a form in each language; empty ones are left out.
pub fn typed(form: &Form, prefix: &str) -> BTreeMap<String, String> {
    let of = |lang: Lang| {
        // A browser sends line ends of its own.
        let text = form.get(&format!("{prefix}_{}", lang.code()))?.replace("\r\n", "\n");
        let text = text.trim().to_owned();
        (!text.is_empty()).then(|| (lang.code().to_owned(), text))
    };
    Lang::all().filter_map(of).collect()
}

/// Words as a form shows them.
pub fn words(titles: &BTreeMap<String, String>, texts: &BTreeMap<String, String>) -> Vec<Words> {
    let of = |from: &BTreeMap<String, String>, lang: &Lang| from.get(lang.code()).cloned().unwrap_or_default();
    let words = |lang: Lang| Words { language: lang.code(), title: of(titles, &lang), text: of(texts, &lang) };
    Lang::all().map(words).collect()
}

/// A refusal as a form shows it.
pub fn told(refused: Refused) -> Result<FieldRefused, Problem> {
    match refused {
        Refused::Field { field, reason } | Refused::Conflict { field, reason } => Ok(FieldRefused { field, reason }),
        Refused::Db(e) => Err(e.into()),
    }
}

fn place_of(form: &Form) -> Result<Place, Problem> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    Place::of(field("of"), field("subject")).ok_or_else(|| Problem::of_field("of", "nothing can be written there"))
}

/// The id that a text gets which is written here first.
fn id_of(place: &Place) -> String {
    match place.subject() {
        "" => place.name().to_owned(),
        subject => format!("{}-{subject}", place.name()),
    }
}

/// `POST /operator/texts`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let (place, texts, now_us) = (place_of(&form)?, typed(&form, "text"), app.shop.clock.now_us());
    let (wanted, sent) = (place.clone(), texts.clone());
    let put = app.shop.db.write(move |tx| {
        let id = texts::at(tx, MAIN, &wanted)?.map_or_else(|| id_of(&wanted), |text| text.id);
        texts::put(tx, &Text { id, storefront: MAIN.to_owned(), place: wanted.clone(), texts: sent.clone() }, now_us)
    });
    let Err(refused) = put.await else {
        let path = format!("{PAGE}?of={}&subject={}", place.name(), place.subject());
        return Ok(shown::go(&visit, &path, "settings").into_response());
    };
    let mut page = texts_page(&app, &visit, Some(place)).await?;
    if let Some(form) = &mut page.form {
        form.words = words(&BTreeMap::new(), &texts);
    }
    page.refused = Some(told(refused)?);
    shown::refused(None, page)
}

/// `POST /operator/texts/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let place = place_of(&form)?;
    app.shop
        .db
        .write(move |tx| match texts::at(tx, MAIN, &place)? {
            Some(text) => texts::remove(tx, &text.id),
            None => Ok(false),
        })
        .await?;
    Ok(shown::go(&visit, PAGE, "settings").into_response())
}

/// `POST /operator/notice`
pub async fn notice(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let (messages, now_us) = (typed(&form, "text"), app.shop.clock.now_us());
    if form.get("do").is_some_and(|what| what == "off") {
        app.shop.db.write(|tx| front::remove(tx, MAIN)).await?;
        return Ok(shown::go(&visit, PAGE, "settings").into_response());
    }
    // What is no number is refused as one that cannot be.
    let retry_after_s = form.get("retry_after_s").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let up = Notice { storefront: MAIN.to_owned(), messages: messages.clone(), retry_after_s, since_us: now_us };
    let Err(refused) = app.shop.db.write(move |tx| front::put(tx, &up)).await else {
        return Ok(shown::go(&visit, PAGE, "settings").into_response());
    };
    let mut page = texts_page(&app, &visit, None).await?;
    page.notice = words(&BTreeMap::new(), &messages);
    page.refused = Some(told(refused)?);
    shown::refused(None, page)
}

async fn texts_page(app: &App, visit: &Visit, place: Option<Place>) -> Result<TextsPage, Problem> {
    let layout = visit.layout_of(PAGE);
    let own = app.shop.db.read(|tx| texts::list(tx, None, MAX_LIMIT)).await?.items;
    let notice = app.shop.front.notice(MAIN).await?;
    let mut rows = Vec::new();
    for place in Place::PAGES {
        rows.push(row(app, visit, &place, own.iter().any(|text| text.place == place)).await?);
    }
    for text in own.iter().filter(|text| !text.place.subject().is_empty()) {
        rows.push(row(app, visit, &text.place, true).await?);
    }
    let form = match place {
        Some(place) => {
            let standing = app.shop.texts.at(MAIN, &place).await?;
            let row = row(app, visit, &place, standing.is_some()).await?;
            let texts = standing.map_or_else(|| site_text::standing(&place, &layout.storefront), |text| text.texts);
            let words = words(&BTreeMap::new(), &texts);
            Some(TextForm { of: place.name().to_owned(), subject: place.subject().to_owned(), row, words })
        }
        None => None,
    };
    let nothing = BTreeMap::new();
    let messages = notice.as_ref().map_or(&nothing, |notice| &notice.messages);
    Ok(TextsPage {
        page: layout,
        texts: rows,
        form,
        notice: words(&nothing, messages),
        retry_after_s: notice.as_ref().map_or(RETRY_AFTER_S, |notice| notice.retry_after_s),
        is_shut: notice.is_some(),
        refused: None,
    })
}

async fn row(app: &App, visit: &Visit, place: &Place, is_own: bool) -> Result<TextRow, Problem> {
    let catalog = &app.shop.catalog;
    let id = place.subject();
    let (subject, href) = match place {
        Place::Release(_) => {
            (catalog.cards(vec![id.to_owned()]).await?.pop().map(|card| card.title), format!("/releases/{id}"))
        }
        Place::Artist(_) => (catalog.artist(id).await?.map(|artist| artist.name), format!("/artists/{id}")),
        Place::Label(_) => (catalog.label(id).await?.map(|label| label.name), format!("/labels/{id}")),
        page => (Some(String::new()), format!("/{}", page.name())),
    };
    let name = place.name();
    let query = if id.is_empty() { format!("of={name}") } else { format!("of={name}&subject={id}") };
    Ok(TextRow {
        kind_id: if id.is_empty() { format!("text-{name}") } else { format!("text-of-{name}") },
        subject: subject.ok_or_else(|| Problem::not_found(name))?,
        edit: visit.href(&format!("{PAGE}?{query}")),
        href: visit.href(&href),
        is_own,
    })
}
