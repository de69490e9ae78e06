//! `/operator/listening`: what is heard before it is bought, what rights holders wish of it, and what releases are sold in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::declared::Refused;
use shop::formats::Class;
use shop::offers::{self, ReleaseFormats};
use shop::page::MAX_LIMIT;
use shop::previews::limits::{self, PreviewLimit};
use shop::previews::settings::{self, PreviewSettings};
use shop::storefronts::MAIN;
use shop::tariffs::floors::FloorFor;

use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{FieldRefused, LimitRow, ListeningPage, Named, PreviewForm, ReleaseFormatsRow};
use crate::pages::{FormatOption, Layout};

const PAGE: &str = "/operator/listening";
/// Decimals of a sum that a person types.
const SUM_DECIMALS: u32 = 6;

/// `/operator/listening`
pub async fn page(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(listening(&app, visit.layout()).await?)
}

/// The settings as they are typed.
#[derive(Deserialize)]
pub struct SettingsForm {
    #[serde(default)]
    visitor_s: String,
    #[serde(default)]
    listener_s: String,
    #[serde(default)]
    buyer_s: String,
    #[serde(default)]
    buyer_from: String,
    #[serde(default)]
    opus: String,
    #[serde(default)]
    mp3: String,
}

impl SettingsForm {
    fn typed(&self) -> Result<PreviewSettings, Refused> {
        let buyer_from = shown::typed_amount(&self.buyer_from, SUM_DECIMALS);
        Ok(PreviewSettings {
            storefront: MAIN.to_owned(),
            visitor_s: seconds("visitor_s", &self.visitor_s)?,
            listener_s: seconds("listener_s", &self.listener_s)?,
            buyer_s: match self.buyer_s.trim() {
                "" => None,
                text => Some(seconds("buyer_s", text)?),
            },
            buyer_from: buyer_from.map_err(|_| Refused::field("buyer_from_micros", "it is no sum of money"))?,
            opus: self.opus.clone(),
            mp3: self.mp3.clone(),
        })
    }
}

/// `POST /operator/listening`
pub async fn set(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<SettingsForm>,
) -> Result<Response, Problem> {
    let done = match form.typed() {
        Ok(settings) => app.shop.db.write(move |tx| settings::put(tx, &settings)).await,
        Err(refused) => Err(refused),
    };
    let SettingsForm { visitor_s, listener_s, buyer_s, buyer_from, opus, mp3 } = form;
    let typed = PreviewForm { visitor_s, listener_s, buyer_s, buyer_from, opus, mp3 };
    answer(&app, &visit, done, Some(typed)).await
}

/// A wish as it is typed.
#[derive(Deserialize)]
pub struct LimitForm {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    of: String,
    #[serde(default)]
    most_s: String,
    #[serde(default)]
    note: String,
}

impl LimitForm {
    /// What it is about names it, so that the same again replaces it.
    fn typed(&self) -> Result<PreviewLimit, Refused> {
        let of = self.of.trim().to_owned();
        let whose = match self.kind.as_str() {
            "label" => FloorFor::Label(of.clone()),
            "recording" => FloorFor::Recording(of.clone()),
            _ => FloorFor::Release(of.clone()),
        };
        Ok(PreviewLimit {
            id: of.to_ascii_lowercase(),
            whose,
            most_s: seconds("most_s", &self.most_s)?,
            note: self.note.trim().to_owned(),
        })
    }
}

/// `POST /operator/listening/limits`
pub async fn limit(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<LimitForm>,
) -> Result<Response, Problem> {
    let done = match form.typed() {
        Ok(limit) => app.shop.db.write(move |tx| limits::put(tx, &limit)).await,
        Err(refused) => Err(refused),
    };
    answer(&app, &visit, done, None).await
}

/// What is to be taken back.
#[derive(Deserialize)]
pub struct RemoveForm {
    #[serde(default)]
    id: String,
}

/// `POST /operator/listening/limits/remove`
pub async fn remove_limit(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<RemoveForm>,
) -> Result<Response, Problem> {
    app.shop.db.write(move |tx| limits::remove(tx, &form.id)).await?;
    answer(&app, &visit, Ok(()), None).await
}

/// The classes of a release as they are ticked.
#[derive(Deserialize)]
pub struct FormatsForm {
    #[serde(default)]
    release: String,
    #[serde(default)]
    lossy: String,
    #[serde(default)]
    lossless: String,
    #[serde(default)]
    hires: String,
}

/// `POST /operator/listening/formats`
pub async fn formats(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<FormatsForm>,
) -> Result<Response, Problem> {
    let release_id = form.release.trim().to_owned();
    let ticked = [(Class::Lossy, &form.lossy), (Class::Lossless, &form.lossless), (Class::Hires, &form.hires)];
    let classes = ticked.into_iter().filter(|(_, tick)| !tick.is_empty()).map(|(class, _)| class).collect();
    let formats = ReleaseFormats { id: release_id.to_ascii_lowercase(), release_id, classes };
    let done = app.shop.db.write(move |tx| offers::put(tx, &formats)).await;
    answer(&app, &visit, done, None).await
}

/// `POST /operator/listening/formats/remove`
pub async fn remove_formats(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<RemoveForm>,
) -> Result<Response, Problem> {
    app.shop.db.write(move |tx| offers::remove(tx, &form.id)).await?;
    answer(&app, &visit, Ok(()), None).await
}

/// Back to the page, or the page again with what is not right.
async fn answer(
    app: &App,
    visit: &Visit,
    done: Result<(), Refused>,
    typed: Option<PreviewForm>,
) -> Result<Response, Problem> {
    let refused = match done {
        Ok(()) => return Ok(shown::go(visit, PAGE, "settings").into_response()),
        Err(Refused::Db(e)) => return Err(e.into()),
        Err(Refused::Field { field, reason } | Refused::Conflict { field, reason }) => FieldRefused { field, reason },
    };
    let mut page = listening(app, visit.layout_of(PAGE)).await?;
    page.form = typed.unwrap_or(page.form);
    page.refused = Some(refused);
    shown::refused(None, page)
}

fn seconds(field: &str, text: &str) -> Result<u64, Refused> {
    text.trim().parse().map_err(|_| Refused::field(field, "it is no number of seconds"))
}

async fn listening(app: &App, layout: Layout) -> Result<ListeningPage, Problem> {
    let (settings, found, sold) = app
        .shop
        .db
        .read::<_, shop::db::DbError>(|tx| {
            let settings = settings::of(tx, MAIN)?;
            Ok((settings, limits::list(tx, None, MAX_LIMIT)?.items, offers::list(tx, None, MAX_LIMIT)?.items))
        })
        .await?;
    let mut limits = Vec::with_capacity(found.len());
    for limit in found {
        let of = named(app, limit.whose).await?;
        limits.push(LimitRow { id: limit.id, of, most_s: limit.most_s, note: limit.note });
    }
    let mut releases = Vec::with_capacity(sold.len());
    for formats in sold {
        let of = named(app, FloorFor::Release(formats.release_id)).await?;
        let classes = formats.classes.into_iter().map(class_id).collect();
        releases.push(ReleaseFormatsRow { id: formats.id, of, classes });
    }
    let form = PreviewForm {
        visitor_s: settings.visitor_s.to_string(),
        listener_s: settings.listener_s.to_string(),
        buyer_s: settings.buyer_s.map(|seconds| seconds.to_string()).unwrap_or_default(),
        buyer_from: settings.buyer_from.to_string(),
        opus: settings.opus,
        mp3: settings.mp3,
    };
    Ok(ListeningPage {
        page: layout,
        form,
        opus: options("opus"),
        mp3: options("mp3"),
        limits,
        releases,
        refused: None,
    })
}

fn class_id(class: Class) -> &'static str {
    match class {
        Class::Lossy => "format-class-lossy",
        Class::Lossless => "format-class-lossless",
        Class::Hires => "format-class-hires",
    }
}

/// The formats of a codec.
fn options(codec: &str) -> Vec<FormatOption> {
    let all = shop::formats::list().into_iter().filter(|info| info.codec == codec && info.available);
    all.map(|info| FormatOption { id: info.format.to_string(), name: info.name }).collect()
}

async fn named(app: &App, whose: FloorFor) -> Result<Named, Problem> {
    let catalog = &app.shop.catalog;
    Ok(match whose {
        FloorFor::Release(id) => {
            let name = catalog.cards(vec![id.clone()]).await?.pop().map_or_else(|| id.clone(), |card| card.title);
            Named { kind: "release", name, path: Some(format!("/releases/{id}")) }
        }
        FloorFor::Label(id) => {
            let name = catalog.label(&id).await?.map_or_else(|| id.clone(), |label| label.name);
            Named { kind: "label", name, path: Some(format!("/labels/{id}")) }
        }
        FloorFor::Recording(id) => Named { kind: "recording", name: id, path: None },
    })
}
