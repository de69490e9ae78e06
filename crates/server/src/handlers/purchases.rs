//! What somebody bought: orders, and My Downloads.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::catalog::ReleaseCard;
use shop::defects::Report;
use shop::downloads::{Download, Zip};
use shop::orders::{self, Item, LineState, Order};
use shop::receipts::{Paper, ReceiptError};

use super::shown;
use crate::api::downloads::{OrderQuery, list_of_links};
use crate::http::{App, Origin, Path, Posted, Problem, Query, Signed, Visit, item_text};
use crate::pages::{
    BadFilePage, Defect, DownloadFile, DownloadRelease, DownloadsPage, OrderLine, OrderPage, OrderPaper, OrderState,
    OrderSummary, OrdersPage,
};

/// Orders on a page.
const ORDERS_ON_A_PAGE: u32 = 30;
/// Tracks on a page of My Downloads.
const DOWNLOADS_ON_A_PAGE: u32 = 100;

/// Which page of a list.
#[derive(Deserialize)]
pub struct AfterQuery {
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// `/orders`
pub async fn orders(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    let is_first = asked.after.is_none();
    let page = app.shop.orders.list(&signed.session.user.id, asked.after, ORDERS_ON_A_PAGE).await?;
    shown::html(OrdersPage {
        page: visit.layout(),
        pager: shown::pager(&visit, "/orders", is_first, page.next.as_deref()),
        orders: page.items.into_iter().map(summary).collect(),
    })
}

/// An order in a list.
pub fn summary(order: Order) -> OrderSummary {
    let first = order.lines.first();
    OrderSummary {
        title: first.map(|line| line.release_title.clone()).unwrap_or_default(),
        format_name: first.map(|line| line.format.info().name).unwrap_or_default(),
        lines: u32::try_from(order.lines.len()).unwrap_or(u32::MAX),
        held_micros: order.lines.iter().map(shown::still_held).sum(),
        charged_micros: order.charged_micros,
        state: state(order.state),
        at_us: order.created_us,
        id: order.id,
    }
}

/// A state in the words of pages.
pub fn state(state: orders::OrderState) -> OrderState {
    match state {
        orders::OrderState::Held => OrderState::Held,
        orders::OrderState::Charged => OrderState::Charged,
        orders::OrderState::PartCharged => OrderState::PartCharged,
        orders::OrderState::Refunded => OrderState::Refunded,
    }
}

/// `/orders/{id}`
pub async fn order(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let user = &signed.session.user.id;
    let order = app.shop.orders.get(user, &id).await?.ok_or_else(|| Problem::not_found("order"))?;
    let zips = app.shop.downloads.zips(user, &id).await?;
    let links = links(&app, user, &id).await?;
    let releases = releases_of(&app, order.lines.iter().map(|line| line.track_id.clone()).collect()).await?;
    let line = |line: &orders::Line| line_of(line, &releases, links.get(&line.id).cloned());
    let summary = summary(order.clone());
    shown::html(OrderPage {
        page: visit.layout(),
        at_us: order.created_us,
        state: summary.state,
        format_name: summary.format_name,
        held_micros: summary.held_micros,
        charged_micros: summary.charged_micros,
        lines: order.lines.iter().map(line).collect(),
        zips: zips.into_iter().map(|zip| (zip.release_title, zip.path)).collect(),
        links_url: links_url(&visit, Some(&order.id)),
        papers: papers(&app, user, &order).await?,
        id: order.id,
    })
}

/// A line, with its link where it has a file.
pub fn line_of(line: &orders::Line, releases: &HashMap<String, ReleaseCard>, url: Option<String>) -> OrderLine {
    OrderLine {
        id: line.id.clone(),
        title: line.title.clone(),
        release_id: releases.get(&line.track_id).map(|card| card.id.clone()).unwrap_or_default(),
        release_title: line.release_title.clone(),
        state: shown::file_state(line),
        bytes: line.bytes.map(shown::bytes),
        held_micros: shown::still_held(line),
        charged_micros: line.charged_micros,
        url: url.filter(|_| line.state.has_file()),
    }
}

/// The papers of an order; its receipt is there as soon as all of it is decided.
async fn papers(app: &App, user: &str, order: &Order) -> Result<Vec<OrderPaper>, Problem> {
    match app.shop.receipts.of_order(user, &order.id).await {
        Ok(_) => (),
        Err(ReceiptError::Unknown | ReceiptError::NotYet) => return Ok(Vec::new()),
        Err(e) => return Err(e.into()),
    }
    let papers = app.shop.receipts.list(user, &order.id).await?;
    Ok(papers.into_iter().map(paper_of).collect())
}

/// A paper in a list.
pub fn paper_of(paper: Paper) -> OrderPaper {
    OrderPaper {
        title_id: if paper.kind == "credit_note" { "paper-credit-note-title" } else { "paper-receipt-title" },
        id: paper.id,
        number: paper.number,
    }
}

/// The link of each line of an order.
async fn links(app: &App, user: &str, order: &str) -> Result<HashMap<String, String>, Problem> {
    let (mut links, mut after) = (HashMap::new(), None);
    loop {
        let page = app.shop.downloads.list(user, Some(order.to_owned()), after, shop::page::MAX_LIMIT).await?;
        links.extend(page.items.into_iter().map(|download| (download.line.id, download.path)));
        after = page.next;
        if after.is_none() {
            return Ok(links);
        }
    }
}

/// The release that each track is on, by the track's id.
pub async fn releases_of(app: &App, tracks: Vec<String>) -> Result<HashMap<String, ReleaseCard>, Problem> {
    let mut releases = HashMap::new();
    for some in tracks.chunks(shop::page::MAX_LIMIT as usize) {
        let found = app.shop.catalog.tracks(some.to_vec()).await?;
        releases.extend(found.into_iter().map(|found| (found.track.id, found.release)));
    }
    Ok(releases)
}

fn links_url(visit: &Visit, order: Option<&str>) -> String {
    let query = order.map(|order| format!("?order={order}")).unwrap_or_default();
    visit.href(&format!("/downloads/links.txt{query}"))
}

/// `/downloads`
pub async fn downloads(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    let (user, is_first) = (&signed.session.user.id, asked.after.is_none());
    let page = app.shop.downloads.list(user, None, asked.after, DOWNLOADS_ON_A_PAGE).await?;
    let cards = releases_of(&app, page.items.iter().map(|d| d.line.track_id.clone()).collect()).await?;
    let lines = page.items.iter().map(|download| download.line.id.clone()).collect();
    let reports = app.shop.defects.of_lines(user, lines).await?;
    let mut reports: HashMap<String, Report> = reports.into_iter().map(|r| (r.line_id.clone(), r)).collect();
    let mut releases: Vec<DownloadRelease> = Vec::new();
    let mut known: Option<(Order, Vec<Zip>)> = None;
    for download in page.items {
        let Some(card) = cards.get(&download.line.track_id) else { continue };
        let order_id = download.line.order_id.clone();
        if known.as_ref().is_none_or(|(order, _)| order.id != order_id) {
            let order = app.shop.orders.get(user, &order_id).await?.ok_or_else(|| Problem::not_found("order"))?;
            known = Some((order, app.shop.downloads.zips(user, &order_id).await?));
        }
        let Some((order, zips)) = &known else { continue };
        let place = releases.iter().position(|r| r.order_id == order_id && r.release_id == card.id);
        let place = place.unwrap_or_else(|| {
            releases.push(parcel(&visit, order, zips, card));
            releases.len() - 1
        });
        let defect = reports.remove(&download.line.id).map(defect);
        releases[place].files.push(file(&visit, download, defect));
    }
    shown::html(DownloadsPage {
        page: visit.layout(),
        links_url: (!releases.is_empty()).then(|| links_url(&visit, None)),
        pager: shown::pager(&visit, "/downloads", is_first, page.next.as_deref()),
        releases,
    })
}

fn parcel(visit: &Visit, order: &Order, zips: &[Zip], card: &ReleaseCard) -> DownloadRelease {
    DownloadRelease {
        order_id: order.id.clone(),
        release_id: card.id.clone(),
        title: card.title.clone(),
        artists: card.credit.clone(),
        has_cover: card.cover.is_some(),
        bought_us: order.created_us,
        files: Vec::new(),
        zip_url: zips.iter().find(|zip| zip.release_id == card.id).map(|zip| zip.path.clone()),
        links_url: links_url(visit, Some(&order.id)),
    }
}

fn defect(report: Report) -> Defect {
    Defect { state: report.state.as_str(), credited_micros: report.credited_micros }
}

fn file(visit: &Visit, download: Download, defect: Option<Defect>) -> DownloadFile {
    let Download { line, path, made_anew, .. } = download;
    let again =
        || visit.href(&format!("/buy?item={}&format={}", item_text(&Item::Track(line.track_id.clone())), line.format));
    let has_file = line.state.has_file();
    DownloadFile {
        state: shown::file_state(&line),
        format_name: line.format.info().name,
        file_bytes: line.file_bytes.map(shown::bytes),
        again_url: (!has_file).then(again),
        url: has_file.then_some(path),
        returned_micros: if line.state == LineState::Refunded { line.charged_micros } else { 0 },
        remade: made_anew,
        defect,
        line_id: line.id,
        number: line.number,
        title: line.title,
    }
}

/// `/downloads/{id}/report`
pub async fn report_page(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(line): Path<String>,
) -> Result<Response, Problem> {
    shown::html(bad_file(&app, &visit, &signed, (line, "")).await?)
}

/// The question what is wrong with a file, and what was answered.
async fn bad_file(
    app: &App,
    visit: &Visit,
    signed: &Signed,
    (line_id, answered): (String, &'static str),
) -> Result<BadFilePage, Problem> {
    let user = &signed.session.user.id;
    let unknown = || Problem::not_found("file of yours");
    let order = app.shop.orders.of_lines(user, vec![line_id.clone()]).await?.remove(&line_id).ok_or_else(unknown)?;
    let order = app.shop.orders.get(user, &order).await?.ok_or_else(unknown)?;
    let line = order.lines.into_iter().find(|line| line.id == line_id).ok_or_else(unknown)?;
    let page = visit.layout_of(&format!("/downloads/{line_id}/report"));
    Ok(BadFilePage { page, line_id, title: line.title, format_name: line.format.info().name, answered })
}

/// What is wrong with a file.
#[derive(Deserialize)]
pub struct WrongTyped {
    #[serde(default)]
    wrong: String,
}

/// `POST /downloads/{id}/report`: this file is bad. Only what a check can find has it checked.
pub async fn report(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(line): Path<String>,
    Posted(WrongTyped { wrong }): Posted<WrongTyped>,
) -> Result<Response, Problem> {
    match wrong.as_str() {
        "breaks" | "noise" => {}
        "other" => return shown::html(bad_file(&app, &visit, &signed, (line, "other")).await?),
        _ => return shown::refused(None, bad_file(&app, &visit, &signed, (line, "nothing")).await?),
    }
    app.shop.defects.report(&signed.session.user.id, &line).await?;
    Ok(shown::go(&visit, "/downloads", "reported").into_response())
}

/// `/downloads/links.txt`: for people who are signed in by a cookie.
pub async fn links_txt(
    State(app): State<App>,
    signed: Signed,
    Origin(origin): Origin,
    Query(which): Query<OrderQuery>,
) -> Result<Response, Problem> {
    list_of_links(&app, &signed.session.user.id, which.order, &origin).await
}
