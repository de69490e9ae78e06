//! Reading batches and what became of their codes. No codes: they are known to nobody.

use std::str::FromStr;

use money::vouchers::Books;
use money::{Currency, Micros, Total};

use super::code;
use super::worth::Worth;
use crate::db::{DbError, Row, Tx, Value};
use crate::geoip::Country;
use crate::page::{Page, limit as page_limit};
use crate::params;
use crate::wallet::sums;

/// How many codes of a batch are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Tally {
    pub open: u64,
    pub redeemed: u64,
    pub stopped: u64,
    pub expired: u64,
    /// What is still owed for the open ones.
    pub owed_micros: i64,
}

/// A batch as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// What a code is worth; nothing in common for gifts, which say it each.
    pub worth: Worth,
    /// Whose books carry it.
    pub storefront: String,
    /// Where codes may be redeemed, the one above first.
    pub storefronts: Vec<String>,
    /// What amounts are in.
    pub currency: Currency,
    /// From then on a code is worth nothing.
    pub expires_us: Option<i64>,
    /// Who sells them.
    pub reseller: Option<String>,
    /// What the reseller keeps.
    pub margin_ppm: i64,
    /// For the operator's eyes.
    pub note: String,
    /// Whether its credit counts as purchased.
    pub refundable_in_money: bool,
    /// Where its tax was declared as the codes were made, and where alone they may be redeemed.
    pub taxed_in: Option<Country>,
    /// How many codes; none for gifts.
    pub count: Option<u64>,
    /// When it was made.
    pub created_us: i64,
    /// When its codes were made; none before.
    pub printed_us: Option<i64>,
    /// When it was stopped.
    pub stopped_us: Option<i64>,
    /// What became of its codes.
    pub tally: Tally,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CodeState {
    Open,
    Redeemed,
    Stopped,
    Expired,
}

impl CodeState {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            CodeState::Open => "open",
            CodeState::Redeemed => "redeemed",
            CodeState::Stopped => "stopped",
            CodeState::Expired => "expired",
        }
    }
}

/// A code as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct VoucherRow {
    pub serial: String,
    pub batch: String,
    pub sort: String,
    pub state: CodeState,
    /// What it is or was worth; none for a discount.
    pub amount_micros: Option<i64>,
    pub discount_ppm: Option<i64>,
    pub release_id: Option<String>,
    pub currency: String,
    pub created_us: i64,
    pub expires_us: Option<i64>,
    /// Who redeemed it: id and e-mail address.
    pub redeemed_by: Option<(String, String)>,
    pub redeemed_us: Option<i64>,
    /// The order that a discount was spent on.
    pub spent_order: Option<String>,
}

/// Columns of a batch, for [`of_row`].
const BATCH: &str =
    "b.id, b.sort, b.storefront, b.currency, b.value_micros, b.discount_ppm, b.release_id, b.expires_us,
    b.reseller, b.margin_ppm, b.note, b.refundable_in_money, b.count, b.created_us, b.stopped_us, b.printed_us, b.taxed_in";
/// Columns of a code, for [`code_of_row`].
const CODE: &str = "SELECT v.serial, v.batch, b.sort, v.amount_micros, b.discount_ppm, b.release_id, v.currency,
        v.created_us, b.expires_us, v.redeemed_by, u.email, v.redeemed_us, v.spent_order, v.stopped_us, v.expired_us
    FROM vouchers v JOIN voucher_batches b ON b.id = v.batch LEFT JOIN users u ON u.id = v.redeemed_by";

/// The batch of this id.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Batch>, DbError> {
    let row = tx.row(&format!("SELECT {BATCH} FROM voucher_batches b WHERE b.id = $1"), params![id])?;
    row.map(|row| of_row(tx, &row)).transpose()
}

/// Batches by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Batch>, DbError> {
    let limit = page_limit(Some(limit));
    let sql = format!("SELECT {BATCH} FROM voucher_batches b WHERE b.id > $1 ORDER BY b.id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or(""), i64::from(limit) + 1])?;
    let items = rows.iter().map(|row| of_row(tx, row)).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, |batch| batch.id.clone()))
}

fn of_row(tx: &mut Tx, row: &Row) -> Result<Batch, DbError> {
    let (id, storefront): (String, String) = (row.get(0)?, row.get(2)?);
    let others = tx.rows(
        "SELECT storefront FROM voucher_batch_storefronts WHERE batch = $1 AND storefront <> $2 ORDER BY storefront",
        params![&id, &storefront],
    )?;
    let mut storefronts = vec![storefront.clone()];
    for row in others {
        storefronts.push(row.get(0)?);
    }
    Ok(Batch {
        worth: worth(&row.get::<String>(1)?, row.get(4)?, row.get(5)?, row.get(6)?)?,
        storefront,
        storefronts,
        currency: currency(&row.get::<String>(3)?)?,
        expires_us: row.get(7)?,
        reseller: row.get(8)?,
        margin_ppm: row.get(9)?,
        note: row.get(10)?,
        refundable_in_money: row.get(11)?,
        count: row.get(12)?,
        created_us: row.get(13)?,
        stopped_us: row.get(14)?,
        printed_us: row.get(15)?,
        taxed_in: taxed_in(row.get(16)?)?,
        tally: tally(tx, &id)?,
        id,
    })
}

/// A country out of a column.
pub(super) fn taxed_in(code: Option<String>) -> Result<Option<Country>, DbError> {
    code.map(|code| code.parse().map_err(|_| DbError::Failed(format!("a stored country: {code:?}")))).transpose()
}

fn tally(tx: &mut Tx, id: &str) -> Result<Tally, DbError> {
    let row = tx.row(
        "SELECT COUNT(*), COUNT(redeemed_us), COUNT(stopped_us), COUNT(expired_us), CAST(COALESCE(SUM(CASE
             WHEN redeemed_us IS NULL AND stopped_us IS NULL AND expired_us IS NULL THEN amount_micros END), 0) AS BIGINT)
         FROM vouchers WHERE batch = $1",
        params![id],
    )?;
    let Some(row) = row else { return Ok(Tally::default()) };
    let (all, redeemed, stopped, expired): (u64, u64, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let open = all.saturating_sub(redeemed + stopped + expired);
    Ok(Tally { open, redeemed, stopped, expired, owed_micros: row.get(4)? })
}

/// What a code of this sort is worth. `amount` is missing in the row of a batch of gifts, whose codes say it.
pub(super) fn worth(
    sort: &str,
    amount: Option<i64>,
    discount_ppm: Option<i64>,
    release_id: Option<String>,
) -> Result<Worth, DbError> {
    let amount = Micros(amount.unwrap_or(0));
    match (sort, discount_ppm, release_id) {
        ("money", ..) => Ok(Worth::Money(amount)),
        ("percent", Some(discount_ppm), _) => Ok(Worth::Percent { discount_ppm }),
        ("release", _, Some(release_id)) => Ok(Worth::Release { release_id, most: amount }),
        _ => Err(DbError::Failed(format!("a batch of vouchers of sort {sort} lacks what it is worth"))),
    }
}

pub(super) fn currency(code: &str) -> Result<Currency, DbError> {
    Currency::from_str(code).map_err(|e| DbError::Failed(format!("a stored currency: {e}")))
}

pub(super) fn codes(tx: &mut Tx, batch: &str, after: Option<&str>, limit: u32) -> Result<Page<VoucherRow>, DbError> {
    let limit = page_limit(Some(limit));
    let sql = format!("{CODE} WHERE v.batch = $1 AND v.serial > $2 ORDER BY v.serial LIMIT $3");
    let rows = tx.rows(&sql, params![batch, after.unwrap_or(""), i64::from(limit) + 1])?;
    let items = rows.iter().map(code_of_row).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, |code| code.serial.clone()))
}

pub(super) fn by_serial(tx: &mut Tx, serial: &str) -> Result<Option<VoucherRow>, DbError> {
    let row = tx.row(&format!("{CODE} WHERE v.serial = $1"), params![serial])?;
    row.as_ref().map(code_of_row).transpose()
}

fn code_of_row(row: &Row) -> Result<VoucherRow, DbError> {
    let is_set = |place: usize| Ok::<_, DbError>(row.get::<Option<i64>>(place)?.is_some());
    let state = match (is_set(11)?, is_set(13)?, is_set(14)?) {
        (true, ..) => CodeState::Redeemed,
        (_, true, _) => CodeState::Stopped,
        (_, _, true) => CodeState::Expired,
        _ => CodeState::Open,
    };
    let by: Option<String> = row.get(9)?;
    Ok(VoucherRow {
        serial: row.get(0)?,
        batch: row.get(1)?,
        sort: row.get(2)?,
        state,
        amount_micros: row.get(3)?,
        discount_ppm: row.get(4)?,
        release_id: row.get(5)?,
        currency: row.get(6)?,
        created_us: row.get(7)?,
        expires_us: row.get(8)?,
        redeemed_by: by
            .map(|id| Ok::<_, DbError>((id, row.get::<Option<String>>(10)?.unwrap_or_default())))
            .transpose()?,
        redeemed_us: row.get(11)?,
        spent_order: row.get(12)?,
    })
}

pub(super) fn serials(tx: &mut Tx, batch: &str, codes: &[String]) -> Result<Vec<Option<String>>, DbError> {
    let mut serials = Vec::with_capacity(codes.len());
    for code in codes {
        let Some(hash) = code::hash_of(code) else {
            serials.push(None);
            continue;
        };
        let sql = "SELECT serial FROM vouchers WHERE code_hash = $1 AND batch = $2";
        let row = tx.row(sql, params![hash.0.as_slice(), batch])?;
        serials.push(row.map(|row| row.get(0)).transpose()?);
    }
    Ok(serials)
}

/// Batches with open codes whose time ended after `since_us`, by `now_us` at the latest.
pub(super) fn expiring(tx: &mut Tx, (since_us, now_us): (i64, i64)) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(
        "SELECT b.id FROM voucher_batches b WHERE b.expires_us <= $1 AND b.expires_us > $2 AND EXISTS (SELECT 1 FROM vouchers v
             WHERE v.batch = b.id AND v.redeemed_us IS NULL AND v.stopped_us IS NULL AND v.expired_us IS NULL)
         ORDER BY b.id",
        params![now_us, since_us],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// What all open codes and unsent gifts are worth, by the account that owes it: for the audit.
pub(crate) fn outstanding(tx: &mut Tx) -> Result<Vec<(money::ledger::Account, Total)>, DbError> {
    let sql = format!(
        "SELECT storefront, currency, {} FROM (
             SELECT b.storefront AS storefront, v.currency AS currency, v.amount_micros AS owed
             FROM vouchers v JOIN voucher_batches b ON b.id = v.batch
             WHERE v.redeemed_us IS NULL AND v.stopped_us IS NULL AND v.expired_us IS NULL AND v.amount_micros IS NOT NULL
             UNION ALL
             SELECT storefront, currency, amount_micros AS owed FROM gifts WHERE state = 'waiting') parts
         GROUP BY storefront, currency",
        sums::columns("owed")
    );
    let rows = tx.rows(&sql, &[])?;
    let account = |row: &Row| {
        let (storefront, of): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((Books { storefront: &storefront, currency: currency(&of)? }.liability(), sums::total(row, 2)?))
    };
    rows.iter().map(account).collect()
}

/// The tax in all open single-purpose codes, by the account that says it was declared: for the audit.
pub(crate) fn prepaid_tax(tx: &mut Tx) -> Result<Vec<(money::ledger::Account, Total)>, DbError> {
    let sql = format!(
        "SELECT b.storefront, v.currency, {}
         FROM vouchers v JOIN voucher_batches b ON b.id = v.batch
         WHERE v.redeemed_us IS NULL AND v.stopped_us IS NULL AND v.expired_us IS NULL AND v.tax_micros <> 0
         GROUP BY b.storefront, v.currency",
        sums::columns("-v.tax_micros")
    );
    let rows = tx.rows(&sql, &[])?;
    let account = |row: &Row| {
        let (storefront, of): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((Books { storefront: &storefront, currency: currency(&of)? }.prepaid_tax(), sums::total(row, 2)?))
    };
    rows.iter().map(account).collect()
}

/// For the audit, each batch that does not add up: what its codes say against what its entries say, and how many codes it
/// has against how many it was made with.
pub(crate) fn owed_of_batches(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(
        "SELECT b.id, b.count, COUNT(v.serial) FROM voucher_batches b LEFT JOIN vouchers v ON v.batch = b.id
         WHERE b.count IS NOT NULL AND b.printed_us IS NOT NULL GROUP BY b.id, b.count HAVING b.count <> COUNT(v.serial) ORDER BY b.id",
        &[] as &[Value],
    )?;
    let sentence = |row: &Row| {
        let (id, count, found): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("voucher batch {id} was made with {count} codes and has {found}"))
    };
    rows.iter().map(sentence).collect()
}
