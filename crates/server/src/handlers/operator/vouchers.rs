//! `/operator/voucher-batches`: declaring batches, making and printing their codes, stopping them, looking one up.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use shop::declared::Refused;
use shop::vouchers::{self, Batch, NewBatch, VoucherError, VoucherRow, Worth};

use crate::api::operator::vouchers::{SheetKind, noun, printed};
use crate::handlers::purchases::AfterQuery;
use crate::handlers::shown;
use crate::http::{App, Operating, Path, Posted, Problem, Query, Visit};
use crate::pages::Layout;
use crate::pages::operator::{
    BatchForm, BatchRow, CodeRow, FieldRefused, VoucherBatchPage, VoucherBatchesPage, VoucherCodesPage,
};

/// Batches, or codes, on a page.
const ROWS_ON_A_PAGE: u32 = 50;
/// Decimals of an amount as people write it; the shop knows which of them its currency has.
const AMOUNT_DECIMALS: u32 = 6;
/// Parts of a million in a per cent have so many decimals.
const PERCENT_DECIMALS: u32 = 4;
/// Micros of a per cent's number are so many parts of a million each.
const MICROS_PER_PPM: i64 = 100;
const LIST: &str = "/operator/voucher-batches";

/// `/operator/voucher-batches`
pub async fn batches(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    shown::html(list(&app, &visit, visit.layout(), asked.after).await?)
}

async fn list(app: &App, visit: &Visit, page: Layout, after: Option<String>) -> Result<VoucherBatchesPage, Problem> {
    let is_first = after.is_none();
    let found = app.shop.db.read(move |tx| vouchers::list(tx, after.as_deref(), ROWS_ON_A_PAGE)).await?;
    let titles = titles(app, &found.items).await?;
    Ok(VoucherBatchesPage {
        page,
        batches: found.items.into_iter().map(|batch| row(batch, &titles)).collect(),
        form: BatchForm::default(),
        refused: None,
        unknown_serial: None,
        pager: shown::pager(visit, LIST, is_first, found.next.as_deref()),
    })
}

/// A batch as somebody typed it.
#[derive(Deserialize)]
pub struct DeclareForm {
    #[serde(default)]
    id: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    discount: String,
    #[serde(default)]
    release: String,
    #[serde(default)]
    count: String,
    #[serde(default)]
    expires: String,
    #[serde(default)]
    reseller: String,
    #[serde(default)]
    margin: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    refundable: String,
    #[serde(default)]
    taxed_in: String,
}

/// `POST /operator/voucher-batches`
pub async fn declare(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<DeclareForm>,
) -> Result<Response, Problem> {
    let declared = match typed(&form).and_then(|word| noun(&word)) {
        Ok(batch) => put(&app, batch).await,
        Err(refused) => Err(refused),
    };
    let refused = match declared {
        Ok(id) => return Ok(Redirect::to(&visit.href(&format!("{LIST}/{id}"))).into_response()),
        Err(Refused::Db(e)) => return Err(e.into()),
        Err(refused) => told(&refused),
    };
    let mut page = list(&app, &visit, visit.layout_of(LIST), None).await?;
    page.form = BatchForm {
        id: form.id,
        sort: form.sort,
        value: form.value,
        discount: form.discount,
        release: form.release,
        count: form.count,
        expires: form.expires,
        reseller: form.reseller,
        margin: form.margin,
        note: form.note,
        refundable: !form.refundable.is_empty(),
        taxed_in: form.taxed_in,
    };
    page.refused = refused;
    shown::refused(None, page)
}

async fn put(app: &App, batch: NewBatch) -> Result<String, Refused> {
    let (id, now_us) = (batch.id.clone(), app.shop.clock.now_us());
    app.shop.db.write(move |tx| vouchers::put(tx, &batch, now_us)).await?;
    Ok(id)
}

/// The form as the API's word; empty fields were left out.
fn typed(form: &DeclareForm) -> Result<wire::operator::VoucherBatch, Refused> {
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let number = |field: &'static str, text: &str, decimals: u32| {
        let read =
            |text: String| shown::typed_amount(&text, decimals).map_err(|e| Refused::field(field, e.to_string()));
        some(text).map(read).transpose()
    };
    let ppm = |field, text| Ok::<_, Refused>(number(field, text, PERCENT_DECIMALS)?.map(|n| n.0 / MICROS_PER_PPM));
    let is = |sort: &str| form.sort == sort;
    Ok(wire::operator::VoucherBatch {
        id: form.id.trim().to_owned(),
        sort: form.sort.clone(),
        // A field of another sort that was filled in by mistake is told, not ignored.
        value_micros: number("value_micros", &form.value, AMOUNT_DECIMALS)?.map(|amount| amount.0),
        discount_ppm: ppm("discount_ppm", &form.discount)?,
        release_id: some(&form.release).filter(|_| !is("")),
        currency: None,
        storefronts: vec![shop::storefronts::MAIN.to_owned()],
        expires_at: some(&form.expires),
        reseller: some(&form.reseller),
        margin_ppm: ppm("margin_ppm", &form.margin)?.unwrap_or(0),
        note: form.note.replace("\r\n", "\n").trim().to_owned(),
        refundable_in_money: !form.refundable.is_empty(),
        taxed_in: some(&form.taxed_in),
        count: form.count.trim().parse().map_err(|_| Refused::field("count", "write a whole number"))?,
        status: None,
    })
}

/// `/operator/voucher-batches/{id}`
pub async fn batch(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Path(id): Path<String>,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    shown::html(one(&app, &visit, &id, asked.after).await?)
}

async fn one(app: &App, visit: &Visit, id: &str, after: Option<String>) -> Result<VoucherBatchPage, Problem> {
    let batch = app.shop.vouchers.batch(id).await?.ok_or_else(|| Problem::not_found("batch of vouchers"))?;
    let is_first = after.is_none();
    let codes = app.shop.vouchers.codes(id, after, ROWS_ON_A_PAGE).await?;
    let titles = titles(app, std::slice::from_ref(&batch)).await?;
    let path = format!("{LIST}/{id}");
    Ok(VoucherBatchPage {
        page: visit.layout_of(&path),
        batch: row(batch, &titles),
        codes: codes.items.into_iter().map(code).collect(),
        refused: None,
        pager: shown::pager(visit, &path, is_first, codes.next.as_deref()),
    })
}

/// Nothing but the form's token.
#[derive(Deserialize)]
pub struct NoFields {}

/// `POST /operator/voucher-batches/{id}/codes`
pub async fn print(
    State(app): State<App>,
    visit: Visit,
    operating: Operating,
    Path(id): Path<String>,
    Posted(_): Posted<NoFields>,
) -> Result<Response, Problem> {
    let user = &operating.signed.session.user.id;
    let codes = match app.shop.vouchers.print(&id, Some(user)).await {
        Ok(codes) => codes,
        Err(VoucherError::Refused(refused)) => {
            let page = one(&app, &visit, &id, None).await?;
            return shown::refused(None, VoucherBatchPage { refused: told(&refused), ..page });
        }
        Err(other) => return Err(other.into()),
    };
    let codes_text = codes.iter().map(|coded| format!("{}\n", coded.code)).collect();
    let mut response = shown::html(VoucherCodesPage {
        page: visit.layout_of(&format!("{LIST}/{id}")),
        batch_id: id,
        codes: codes.into_iter().map(|coded| (coded.serial, coded.code)).collect(),
        codes_text,
    })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The codes that the page still holds.
#[derive(Deserialize)]
pub struct SheetForm {
    codes: String,
    #[serde(rename = "as", default)]
    kind: String,
}

/// `POST /operator/voucher-batches/{id}/sheet`
pub async fn sheet(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Path(id): Path<String>,
    Posted(form): Posted<SheetForm>,
) -> Result<Response, Problem> {
    let kind = if form.kind == "csv" { SheetKind::Csv } else { SheetKind::Pdf };
    let codes = form.codes.lines().map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect();
    printed(&app, &id, codes, (kind, visit.lang())).await
}

/// `POST /operator/voucher-batches/{id}/stop`
pub async fn stop(
    State(app): State<App>,
    visit: Visit,
    operating: Operating,
    Path(id): Path<String>,
    Posted(_): Posted<NoFields>,
) -> Result<Response, Problem> {
    app.shop.vouchers.stop(&id, Some(&operating.signed.session.user.id)).await?;
    Ok(Redirect::to(&visit.href(&format!("{LIST}/{id}"))).into_response())
}

/// `POST /operator/voucher-batches/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Path(id): Path<String>,
    Posted(_): Posted<NoFields>,
) -> Result<Response, Problem> {
    app.shop.db.write(move |tx| vouchers::remove(tx, &id)).await?;
    Ok(Redirect::to(&visit.href(LIST)).into_response())
}

/// A serial number.
#[derive(Deserialize)]
pub struct SerialQuery {
    #[serde(default)]
    serial: String,
}

/// `/operator/vouchers?serial=`
pub async fn look_up(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<SerialQuery>,
) -> Result<Response, Problem> {
    let Some(found) = app.shop.vouchers.by_serial(&asked.serial).await? else {
        let page = list(&app, &visit, visit.layout_of(LIST), None).await?;
        return shown::html(VoucherBatchesPage { unknown_serial: Some(asked.serial), ..page });
    };
    let page = one(&app, &visit, &found.batch.clone(), None).await?;
    shown::html(VoucherBatchPage { codes: vec![code(found)], pager: Default::default(), ..page })
}

fn told(refused: &Refused) -> Option<FieldRefused> {
    match refused {
        Refused::Field { field, reason } | Refused::Conflict { field, reason } => {
            Some(FieldRefused { field: field.clone(), reason: reason.clone() })
        }
        Refused::Db(_) => None,
    }
}

/// Titles of the releases that batches are for.
async fn titles(app: &App, batches: &[Batch]) -> Result<HashMap<String, String>, Problem> {
    let ids: Vec<String> = batches
        .iter()
        .filter_map(|batch| match &batch.worth {
            Worth::Release { release_id, .. } => Some(release_id.clone()),
            _ => None,
        })
        .collect();
    let cards = app.shop.catalog.cards(ids).await?;
    Ok(cards.into_iter().map(|card| (card.id, format!("{} — {}", card.credit, card.title))).collect())
}

fn row(batch: Batch, titles: &HashMap<String, String>) -> BatchRow {
    let (value_micros, discount_ppm, release) = match &batch.worth {
        Worth::Money(amount) => (amount.0, 0, String::new()),
        Worth::Percent { discount_ppm } => (0, *discount_ppm, String::new()),
        Worth::Release { release_id, most } => {
            (most.0, 0, titles.get(release_id).cloned().unwrap_or_else(|| release_id.clone()))
        }
    };
    BatchRow {
        id: batch.id,
        sort: batch.worth.sort().to_owned(),
        value_micros,
        discount_ppm,
        release,
        storefronts: batch.storefronts.join(", "),
        expires_us: batch.expires_us,
        reseller: batch.reseller.unwrap_or_default(),
        margin_ppm: batch.margin_ppm,
        note: batch.note,
        refundable_in_money: batch.refundable_in_money,
        taxed_in: batch.taxed_in.map(|country| country.code().to_owned()),
        count: batch.count,
        printed_us: batch.printed_us,
        stopped_us: batch.stopped_us,
        open: batch.tally.open,
        redeemed: batch.tally.redeemed,
        stopped: batch.tally.stopped,
        expired: batch.tally.expired,
        owed_micros: batch.tally.owed_micros,
    }
}

fn code(row: VoucherRow) -> CodeRow {
    CodeRow {
        serial: row.serial,
        state: row.state.as_str().to_owned(),
        redeemed_by: row.redeemed_by.map(|(_, email)| email),
        redeemed_us: row.redeemed_us,
    }
}
