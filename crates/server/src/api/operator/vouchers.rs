//! `voucher-batches`: declared like everything else; their codes are made, printed, stopped and looked up by addresses of
//! their own.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use money::Micros;
use shop::Shop;
use shop::clock::moment_of;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::geoip::Country;
use shop::page::Page;
use shop::vouchers::{self, Batch, Card, NewBatch, SheetWords, VoucherRow, Worth};
use wire::operator::{VoucherBatch, VoucherBatchStatus, VoucherCode, VoucherCodes, VoucherSheet, VoucherState};

use super::resource::{Removable, Resource, instant_if};
use super::routes::Operator;
use crate::http::{App, Json, Paging, Path, Problem, Query};
use crate::pages::Lang;

/// Bytes of a body with all the codes of a batch.
pub const MAX_CODES_BYTES: usize = 1 << 20;

impl Resource for VoucherBatch {
    const LIST: &'static str = "/operator/voucher-batches";
    const ONE: &'static str = "/operator/voucher-batches/{id}";
    const SECTION: &'static str = "voucher-batch";
    const ABOUT: &'static str = "Batches of vouchers: what a code is worth, where, until when, and how many there are";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<VoucherBatch>, DbError> {
        Ok(vouchers::list(tx, after, limit)?.map(word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<VoucherBatch>, DbError> {
        Ok(vouchers::find(tx, id)?.map(word))
    }

    fn declared(self) -> Option<VoucherBatch> {
        // Only the batches of gifts, which are the shop's own, have no number of codes.
        (self.count > 0).then_some(VoucherBatch { status: None, ..self })
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        vouchers::put(tx, &noun(self)?, shop.clock.now_us())
    }
}

impl Removable for VoucherBatch {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        vouchers::remove(tx, id)
    }
}

/// The routes beside those of any resource.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/operator/voucher-batches/{id}/codes", get(codes).post(print))
        .route("/operator/voucher-batches/{id}/sheet", post(sheet).layer(DefaultBodyLimit::max(MAX_CODES_BYTES)))
        .route("/operator/voucher-batches/{id}/stop", post(stop))
        .route("/operator/vouchers/{id}", get(by_serial))
}

/// `POST /operator/voucher-batches/{id}/codes`
async fn print(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<(StatusCode, axum::Json<VoucherCodes>), Problem> {
    let codes = app.shop.vouchers.print(&id, Some(&operator.user.id)).await?;
    let codes = codes.into_iter().map(|coded| VoucherCode { serial: coded.serial, code: coded.code }).collect();
    Ok((StatusCode::CREATED, axum::Json(VoucherCodes { batch: id, codes })))
}

/// `GET /operator/voucher-batches/{id}/codes`
async fn codes(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<VoucherState>>, Problem> {
    if app.shop.vouchers.batch(&id).await?.is_none() {
        return Err(Problem::not_found("batch of vouchers"));
    }
    let limit = paging.limit();
    let page = app.shop.vouchers.codes(&id, paging.after, limit).await?.map(state);
    Ok(axum::Json(wire::Page { items: page.items, next: page.next }))
}

/// `POST /operator/voucher-batches/{id}/sheet`
async fn sheet(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
    Json(asked): Json<VoucherSheet>,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&asked.language);
    let lang = lang.ok_or_else(|| Refused::field("language", format!("{:?} is none of the shop's", asked.language)))?;
    let kind = match asked.kind.as_str() {
        "pdf" => SheetKind::Pdf,
        "csv" => SheetKind::Csv,
        other => return Err(Refused::field("as", format!("{other:?} is neither pdf nor csv")).into()),
    };
    printed(&app, &id, asked.codes, (kind, lang)).await
}

/// `POST /operator/voucher-batches/{id}/stop`
async fn stop(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<VoucherBatch>, Problem> {
    Ok(axum::Json(word(app.shop.vouchers.stop(&id, Some(&operator.user.id)).await?)))
}

/// `GET /operator/vouchers/{serial}`
async fn by_serial(
    State(app): State<App>,
    _: Operator,
    Path(serial): Path<String>,
) -> Result<axum::Json<VoucherState>, Problem> {
    let row = app.shop.vouchers.by_serial(&serial).await?;
    row.map(|row| axum::Json(state(row))).ok_or_else(|| Problem::not_found("voucher"))
}

/// What is to be made of codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SheetKind {
    /// A4 sheets of cards with QR codes.
    Pdf,
    /// Serial numbers and codes.
    Csv,
}

/// Codes of a batch as a file. Nothing of them is kept.
pub async fn printed(
    app: &App,
    batch: &str,
    codes: Vec<String>,
    (kind, lang): (SheetKind, Lang),
) -> Result<Response, Problem> {
    let standing = app.shop.vouchers.batch(batch).await?.ok_or_else(|| Problem::not_found("batch of vouchers"))?;
    if codes.is_empty() || codes.len() > vouchers::MAX_COUNT as usize {
        return Err(Refused::field("codes", format!("1 to {} of them", vouchers::MAX_COUNT)).into());
    }
    let serials = app.shop.vouchers.serials(batch, codes.clone()).await?;
    let card = |(n, (serial, code)): (usize, (Option<String>, String))| {
        let serial = serial.ok_or_else(|| Refused::field(format!("codes[{n}]"), "no code of this batch"))?;
        Ok(Card { serial, code })
    };
    let cards = serials.into_iter().zip(codes).enumerate().map(card).collect::<Result<Vec<_>, Refused>>()?;
    let (bytes, kind, end) = match kind {
        SheetKind::Csv => (vouchers::csv(&cards).into_bytes(), "text/csv; charset=utf-8", "csv"),
        SheetKind::Pdf => {
            let words = words(&app.shop, &standing, lang).await?;
            let made = tokio::task::spawn_blocking(move || vouchers::pdf(&words, &cards)).await;
            (made.map_err(Problem::internal)?.map_err(Problem::internal)?, "application/pdf", "pdf")
        }
    };
    let name = format!("attachment; filename=\"{batch}.{end}\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(Problem::internal)?);
    Ok(response)
}

/// What stands on the cards of a batch.
pub async fn words(shop: &Shop, batch: &Batch, lang: Lang) -> Result<SheetWords, Problem> {
    let storefront = shop.storefronts.get(&batch.storefront).await?;
    let storefront = storefront.ok_or_else(|| Problem::internal("a batch without its storefront"))?;
    let public = shop.settings.public_url.as_deref();
    let page = public.map(|url| format!("{url}{}", lang.href("/redeem")));
    let shown = page.as_deref().map(|page| page.trim_start_matches("https://").trim_start_matches("http://"));
    let how = match shown {
        Some(address) => lang.t1("sheet-how-at", "address", address),
        None => lang.t1("sheet-how", "shop", &storefront.name),
    };
    let worth = match &batch.worth {
        Worth::Money(amount) => lang.t1("sheet-money", "amount", lang.money(amount.0)),
        Worth::Percent { discount_ppm } => lang.t1("sheet-percent", "percent", lang.percent(*discount_ppm)),
        Worth::Release { release_id, .. } => {
            let card = shop.catalog.cards(vec![release_id.clone()]).await?.pop();
            card.map_or_else(|| release_id.clone(), |card| format!("{} — {}", card.credit, card.title))
        }
    };
    Ok(SheetWords {
        title: lang.t1("sheet-title", "batch", &batch.id),
        language: lang.code().to_owned(),
        shop: storefront.name,
        worth,
        how,
        until: batch.expires_us.map(|at_us| lang.t1("sheet-until", "moment", lang.moment(at_us))),
        link: page.map(|page| format!("{page}?code=")),
        made_us: shop.clock.now_us(),
    })
}

/// The shop's batch, as far as the word can be read.
pub fn noun(word: &VoucherBatch) -> Result<NewBatch, Refused> {
    let value = || word.value_micros.map(Micros).ok_or_else(|| Refused::field("value_micros", "it is missing"));
    let unwanted = |field: &str, is_there: bool| {
        if is_there { Err(Refused::field(field, format!("a batch of {} has none", word.sort))) } else { Ok(()) }
    };
    let worth = match word.sort.as_str() {
        "money" => {
            unwanted("discount_ppm", word.discount_ppm.is_some())?;
            unwanted("release_id", word.release_id.is_some())?;
            Worth::Money(value()?)
        }
        "percent" => {
            unwanted("value_micros", word.value_micros.is_some())?;
            unwanted("release_id", word.release_id.is_some())?;
            let missing = || Refused::field("discount_ppm", "it is missing");
            Worth::Percent { discount_ppm: word.discount_ppm.ok_or_else(missing)? }
        }
        "release" => {
            unwanted("discount_ppm", word.discount_ppm.is_some())?;
            let release_id = word.release_id.clone().ok_or_else(|| Refused::field("release_id", "it is missing"))?;
            Worth::Release { release_id, most: value()? }
        }
        other => return Err(Refused::field("sort", format!("{other:?} is none of money, percent and release"))),
    };
    Ok(NewBatch {
        id: word.id.clone(),
        worth,
        currency: word.currency.clone(),
        storefronts: word.storefronts.clone(),
        expires_us: instant_if("expires_at", word.expires_at.as_deref())?,
        reseller: word.reseller.clone(),
        margin_ppm: word.margin_ppm,
        note: word.note.clone(),
        refundable_in_money: word.refundable_in_money,
        taxed_in: word.taxed_in.as_deref().map(country).transpose()?,
        count: word.count,
    })
}

fn country(code: &str) -> Result<Country, Refused> {
    code.trim().parse().map_err(|_| Refused::field("taxed_in", "write a country as two letters, like DE"))
}

fn word(batch: Batch) -> VoucherBatch {
    let (value, discount_ppm, release_id) = match &batch.worth {
        Worth::Money(amount) => (Some(amount.0), None, None),
        Worth::Percent { discount_ppm } => (None, Some(*discount_ppm), None),
        Worth::Release { release_id, most } => (Some(most.0), None, Some(release_id.clone())),
    };
    let status = VoucherBatchStatus {
        created_at: moment_of(batch.created_us),
        printed_at: batch.printed_us.map(moment_of),
        stopped_at: batch.stopped_us.map(moment_of),
        open: batch.tally.open,
        redeemed: batch.tally.redeemed,
        stopped: batch.tally.stopped,
        expired: batch.tally.expired,
        owed_micros: batch.tally.owed_micros,
    };
    VoucherBatch {
        id: batch.id,
        sort: batch.worth.sort().to_owned(),
        // Gifts have no value in common.
        value_micros: value.filter(|_| batch.count.is_some()),
        discount_ppm,
        release_id,
        currency: Some(batch.currency.code().to_owned()),
        storefronts: batch.storefronts,
        expires_at: batch.expires_us.map(moment_of),
        reseller: batch.reseller,
        margin_ppm: batch.margin_ppm,
        note: batch.note,
        refundable_in_money: batch.refundable_in_money,
        taxed_in: batch.taxed_in.map(|country| country.code().to_owned()),
        count: batch.count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX)),
        status: Some(status),
    }
}

fn state(row: VoucherRow) -> VoucherState {
    let (redeemed_by, redeemed_by_email) = row.redeemed_by.unzip();
    VoucherState {
        serial: row.serial,
        batch: row.batch,
        sort: row.sort,
        state: row.state.as_str().to_owned(),
        value_micros: row.amount_micros,
        discount_ppm: row.discount_ppm,
        release_id: row.release_id,
        currency: row.currency,
        created_at: moment_of(row.created_us),
        expires_at: row.expires_us.map(moment_of),
        redeemed_by,
        redeemed_by_email,
        redeemed_at: row.redeemed_us.map(moment_of),
        spent_order: row.spent_order,
    }
}
