//! Batches: what may be declared, and how their codes are made, stopped and expired. A batch is declared first, as often as
//! one likes; its codes are made once, and from then on what they promise stays.

use std::str::FromStr;

use money::vouchers::Books;
use money::{Currency, Micros};

use super::read::{self, Batch};
use super::worth::Worth;
use super::{VoucherError, Vouchers, code};
use crate::db::{DbError, Tx, Value};
use crate::declared::{Refused, check_id};
use crate::geoip::Country;
use crate::params;
use crate::storefronts::{self, MAIN};
use crate::tax;
use crate::wallet::Withdrawn;

/// Codes of one batch.
pub const MAX_COUNT: u32 = 10_000;
/// The most that all codes of one batch are worth together: a thousand million units.
pub const MAX_BATCH_VALUE: Micros = money::amount::MAX_ENTERED;
/// Discounts stop at a third off; a voucher that promised more would not hold.
pub const MAX_DISCOUNT_PPM: i64 = 333_333;
/// Years ahead that a voucher may expire.
pub const MAX_EXPIRY_YEARS: i64 = 100;
/// Characters of a note.
pub const MAX_NOTE_CHARS: usize = 1_000;
/// Characters of a reseller's name.
pub const MAX_RESELLER_CHARS: usize = 200;
/// Storefronts of one batch.
pub const MAX_STOREFRONTS: usize = 50;
/// The batch of all gifts of the main storefront; made with the first gift.
pub(crate) const GIFTS: &str = "gifts";
const WHOLE_PPM: i64 = 1_000_000;
const YEAR_US: i64 = 366 * 86_400 * 1_000_000;

/// A batch as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// 1 to 64 small letters, digits and hyphens.
    pub id: String,
    /// What each code is worth.
    pub worth: Worth,
    /// Must be that of the storefronts; theirs when it is not said.
    pub currency: Option<String>,
    /// Where codes may be redeemed; the first one's books carry them.
    pub storefronts: Vec<String>,
    /// From then on a code is worth nothing.
    pub expires_us: Option<i64>,
    /// Who sells them.
    pub reseller: Option<String>,
    /// What the reseller keeps, millionths of the value.
    pub margin_ppm: i64,
    /// For the operator's eyes.
    pub note: String,
    /// Whether its credit counts as purchased, and so may be refunded in money.
    pub refundable_in_money: bool,
    /// The one country where codes may be redeemed and whose tax is declared as they are made: a single-purpose voucher
    /// (Directive 2006/112/EC, article 30a (2)). Others are taxed when they are spent.
    pub taxed_in: Option<Country>,
    /// How many codes.
    pub count: u32,
}

/// A code, at the only moment when it is known.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Coded {
    pub serial: String,
    pub code: String,
}

impl NewBatch {
    /// A plain batch of money for the main storefront.
    pub fn of_money(id: &str, amount: Micros, count: u32) -> NewBatch {
        NewBatch {
            id: id.to_owned(),
            worth: Worth::Money(amount),
            currency: None,
            storefronts: vec![MAIN.to_owned()],
            expires_us: None,
            reseller: None,
            margin_ppm: 0,
            note: String::new(),
            refundable_in_money: false,
            taxed_in: None,
            count,
        }
    }

    /// What can be said without the database.
    fn check(&self) -> Result<(), Refused> {
        self.check_words()?;
        self.check_worth()?;
        if self.count == 0 || self.count > MAX_COUNT {
            return Err(Refused::field("count", format!("between 1 and {MAX_COUNT} vouchers are made at once")));
        }
        if !(0..=WHOLE_PPM).contains(&self.margin_ppm) {
            return Err(Refused::field("margin_ppm", format!("between 0 % and 100 % ({WHOLE_PPM} ppm)")));
        }
        if self.margin_ppm > 0 && self.reseller.is_none() {
            return Err(Refused::field("margin_ppm", "a margin needs a reseller who keeps it"));
        }
        if self.refundable_in_money && !matches!(self.worth, Worth::Money(_)) {
            return Err(Refused::field("refundable_in_money", "only vouchers for money can be refunded in money"));
        }
        if self.taxed_in.is_some() && !matches!(self.worth, Worth::Release { .. }) {
            let reason =
                "only a voucher for a release says beforehand what is sold; others are taxed when they are spent";
            return Err(Refused::field("taxed_in", reason));
        }
        Ok(())
    }

    fn check_expiry(&self, now_us: i64) -> Result<(), Refused> {
        let Some(expires_us) = self.expires_us else { return Ok(()) };
        if expires_us <= now_us {
            return Err(Refused::field("expires_at", "the moment lies in the past"));
        }
        if expires_us > now_us.saturating_add(MAX_EXPIRY_YEARS * YEAR_US) {
            return Err(Refused::field("expires_at", format!("at most {MAX_EXPIRY_YEARS} years ahead")));
        }
        Ok(())
    }

    fn check_words(&self) -> Result<(), Refused> {
        check_id(&self.id)?;
        if is_gifts(&self.id) {
            return Err(Refused::field("id", "this batch holds the gifts of listeners"));
        }
        let stores = &self.storefronts;
        let doubled = stores.iter().enumerate().any(|(n, id)| stores[..n].contains(id));
        if stores.is_empty() || stores.len() > MAX_STOREFRONTS || doubled {
            let reason = format!("1 to {MAX_STOREFRONTS} storefronts, each once");
            return Err(Refused::field("storefronts", reason));
        }
        let is_text = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(|c| c.is_control() && c != '\n')
        };
        if let Some(reseller) = &self.reseller
            && (reseller.trim().is_empty() || !is_text(reseller, MAX_RESELLER_CHARS) || reseller.contains('\n'))
        {
            let reason = format!("a name of 1 to {MAX_RESELLER_CHARS} characters, or nothing");
            return Err(Refused::field("reseller", reason));
        }
        if !is_text(&self.note, MAX_NOTE_CHARS) {
            let reason = format!("at most {MAX_NOTE_CHARS} characters, no control characters");
            return Err(Refused::field("note", reason));
        }
        Ok(())
    }

    fn check_worth(&self) -> Result<(), Refused> {
        if let Worth::Percent { discount_ppm } = self.worth
            && !(1..=MAX_DISCOUNT_PPM).contains(&discount_ppm)
        {
            let reason =
                format!("more than 0 % and at most 33.3333 % ({MAX_DISCOUNT_PPM} ppm): discounts stop at a third off");
            return Err(Refused::field("discount_ppm", reason));
        }
        let Some(owed) = self.worth.owed() else { return Ok(()) };
        if owed <= Micros::ZERO || owed > money::amount::MAX_ENTERED {
            let reason = format!("more than 0 and at most {}", money::amount::MAX_ENTERED);
            return Err(Refused::field("value_micros", reason));
        }
        if owed.0.checked_mul(self.count.into()).is_none_or(|all| all > MAX_BATCH_VALUE.0) {
            let reason = format!("all codes of a batch are worth at most {MAX_BATCH_VALUE} together");
            return Err(Refused::field("count", reason));
        }
        Ok(())
    }
}

/// Declares a batch, or changes one. Once its codes were made only note, reseller, margin and expiry can be changed. Put
/// twice, the second time changes nothing.
pub fn put(tx: &mut Tx, batch: &NewBatch, now_us: i64) -> Result<(), Refused> {
    let standing = read::find(tx, &batch.id)?;
    // What has passed meanwhile may be said again.
    if standing.as_ref().is_none_or(|standing| standing.expires_us != batch.expires_us) {
        batch.check_expiry(now_us)?;
    }
    batch.check()?;
    if let Some(standing) = standing.filter(|standing| standing.printed_us.is_some()) {
        check_history(&standing, batch, now_us)?;
        tx.execute(
            "UPDATE voucher_batches SET note = $2, reseller = $3, margin_ppm = $4, expires_us = $5 WHERE id = $1",
            params![&batch.id, &batch.note, batch.reseller.clone(), batch.margin_ppm, batch.expires_us],
        )?;
        return Ok(());
    }
    let currency = check_in(tx, batch, now_us)?;
    write(tx, batch, currency, now_us)?;
    Ok(())
}

/// Takes away a batch whose codes were never made; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    let Some(batch) = read::find(tx, id)? else { return Ok(false) };
    if batch.printed_us.is_some() {
        return Err(Refused::conflict("id", "its codes were made: stop the batch instead"));
    }
    tx.execute("DELETE FROM voucher_batch_storefronts WHERE batch = $1", params![id])?;
    tx.execute("DELETE FROM voucher_batches WHERE id = $1", params![id])?;
    Ok(true)
}

/// What the database knows better: storefronts, their currency, the release.
fn check_in(tx: &mut Tx, batch: &NewBatch, now_us: i64) -> Result<Currency, Refused> {
    let mut currency = batch.currency.clone();
    for id in &batch.storefronts {
        let store = storefronts::get(tx, id)?;
        let store = store.ok_or_else(|| Refused::field("storefronts", format!("there is no storefront {id:?}")))?;
        match &currency {
            Some(currency) if *currency != store.currency => {
                return Err(Refused::field("currency", format!("storefront {id} sells in {}", store.currency)));
            }
            _ => currency = Some(store.currency),
        }
    }
    let currency = Currency::from_str(currency.as_deref().unwrap_or_default())
        .map_err(|e| Refused::field("currency", e.to_string()))?;
    let step = 10i64.pow(6 - currency.decimals().min(6));
    if batch.worth.owed().is_some_and(|owed| owed.0 % step != 0) {
        let reason = format!("{currency} has {} decimals", currency.decimals());
        return Err(Refused::field("value_micros", reason));
    }
    if let Worth::Release { release_id, .. } = &batch.worth {
        let on_sale = "SELECT id FROM releases WHERE id = $1 AND state = 'on_sale'";
        if tx.row(on_sale, params![release_id])?.is_none() {
            return Err(Refused::field("release_id", format!("no release {release_id:?} is on sale")));
        }
    }
    let books_of = batch.storefronts.first().map_or(MAIN, String::as_str);
    tax_of_each(tx, (books_of, batch.taxed_in), batch.worth.owed().unwrap_or_default(), now_us)?;
    Ok(currency)
}

/// The tax in each code of a single-purpose batch, by the rate of the day; of others nothing.
fn tax_of_each(
    tx: &mut Tx,
    (storefront, taxed_in): (&str, Option<Country>),
    worth: Micros,
    now_us: i64,
) -> Result<Micros, Refused> {
    let Some(country) = taxed_in else { return Ok(Micros::ZERO) };
    let tax = tax::in_gross(tx, storefront, country, worth, now_us)?;
    let none =
        || Refused::field("taxed_in", format!("no tax rate is in force in {}: declare one first", country.code()));
    tax.ok_or_else(none)
}

/// What codes that are in people's hands forbid to change.
fn check_history(standing: &Batch, asked: &NewBatch, now_us: i64) -> Result<(), Refused> {
    let fixed = [
        ("sort", standing.worth.sort() == asked.worth.sort()),
        (asked.worth.field(), standing.worth == asked.worth),
        ("currency", asked.currency.as_ref().is_none_or(|currency| *currency == standing.currency.code())),
        ("storefronts", standing.storefronts == asked.storefronts),
        ("refundable_in_money", standing.refundable_in_money == asked.refundable_in_money),
        ("taxed_in", standing.taxed_in == asked.taxed_in),
        ("count", standing.count == Some(asked.count.into())),
    ];
    if let Some((field, _)) = fixed.iter().find(|(_, same)| !same) {
        return Err(Refused::conflict(*field, "its codes were made, so this stays; declare another batch"));
    }
    if standing.expires_us != asked.expires_us && standing.expires_us.is_some_and(|at| at <= now_us) {
        return Err(Refused::conflict("expires_at", "it has expired, and its codes stay expired"));
    }
    Ok(())
}

impl Vouchers {
    /// Makes the codes of a batch and books what is owed for them from now on.
    pub(super) fn print_in(&self, tx: &mut Tx, id: &str, by: Option<&str>) -> Result<Vec<Coded>, VoucherError> {
        let now_us = self.clock.now_us();
        let first = tx.execute(
            "UPDATE voucher_batches SET printed_us = $2, printed_by = $3
             WHERE id = $1 AND printed_us IS NULL AND stopped_us IS NULL AND count IS NOT NULL",
            params![id, now_us, by],
        )?;
        // From here on the row is ours: what it says cannot change any more.
        let batch = standing(tx, id)?;
        if first == 0 {
            let reason = "its codes were made and shown once; stop the batch and declare another if they are lost";
            return Err(Refused::conflict("id", reason).into());
        }
        if batch.expires_us.is_some_and(|at| at <= now_us) {
            return Err(Refused::conflict("expires_at", "it has expired").into());
        }
        let count = batch.count.unwrap_or(0);
        let coded = |n: u64| Coded { serial: format!("{id}-{n:05}"), code: code::new(&self.clock) };
        let codes: Vec<Coded> = (1..=count).map(coded).collect();
        let worth = batch.worth.owed();
        let whose = (batch.storefront.as_str(), batch.taxed_in);
        let tax = tax_of_each(tx, whose, worth.unwrap_or_default(), now_us)?;
        for coded in &codes {
            insert_code(tx, id, coded, (worth, tax), batch.currency, now_us)?;
        }
        let total = Micros::sum(codes.iter().filter_map(|_| worth));
        // One may have been declared before there was a limit.
        let total = total.filter(|total| *total <= MAX_BATCH_VALUE).ok_or_else(|| {
            Refused::field("count", format!("all codes of a batch are worth at most {MAX_BATCH_VALUE} together"))
        })?;
        let books = Books { storefront: &batch.storefront, currency: batch.currency };
        // No more than the total, which fits.
        let taxes = Micros::sum(codes.iter().map(|_| tax)).unwrap_or_default();
        self.wallet.issue_vouchers(tx, books, id, (total, taxes))?;
        Ok(codes)
    }

    pub(super) fn stop_in(&self, tx: &mut Tx, id: &str, by: Option<&str>) -> Result<Batch, VoucherError> {
        let batch = read::find(tx, id)?.ok_or(VoucherError::NoBatch)?;
        if is_gifts(id) {
            return Err(Refused::conflict("id", "gifts are stopped by nobody but who gave them").into());
        }
        let now_us = self.clock.now_us();
        let first = tx.execute(
            "UPDATE voucher_batches SET stopped_us = $2, stopped_by = $3 WHERE id = $1 AND stopped_us IS NULL",
            params![id, now_us, by],
        )?;
        if first > 0 {
            let stopped = tx.rows(
                "UPDATE vouchers SET stopped_us = $2 WHERE batch = $1 AND redeemed_us IS NULL AND stopped_us IS NULL
                     AND expired_us IS NULL RETURNING amount_micros, tax_micros",
                params![id, now_us],
            )?;
            let books = Books { storefront: &batch.storefront, currency: batch.currency };
            self.wallet.withdraw_vouchers(tx, books, (Withdrawn::Stopped, id), sum(&stopped)?)?;
        }
        standing(tx, id)
    }

    /// Ends what is open of a batch whose time is over.
    pub(super) fn expire_in(&self, tx: &mut Tx, id: &str) -> Result<(), VoucherError> {
        let (batch, now_us) = (standing(tx, id)?, self.clock.now_us());
        if batch.expires_us.is_none_or(|at| at > now_us) {
            return Ok(());
        }
        let expired = tx.rows(
            "UPDATE vouchers SET expired_us = $2 WHERE batch = $1 AND redeemed_us IS NULL AND stopped_us IS NULL
                 AND expired_us IS NULL RETURNING amount_micros, tax_micros",
            params![id, now_us],
        )?;
        let books = Books { storefront: &batch.storefront, currency: batch.currency };
        self.wallet.withdraw_vouchers(tx, books, (Withdrawn::Expired, id), sum(&expired)?)?;
        Ok(())
    }
}

/// Batches of gifts are the shop's own: a storefront's is called after it.
fn is_gifts(id: &str) -> bool {
    id.strip_prefix(GIFTS).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What codes are worth together, and the tax in that.
fn sum(rows: &[crate::db::Row]) -> Result<(Micros, Micros), DbError> {
    let column = |at: usize| {
        let amounts = rows.iter().map(|row| Ok(Micros(row.get::<Option<i64>>(at)?.unwrap_or(0))));
        let amounts = amounts.collect::<Result<Vec<_>, DbError>>()?;
        Micros::sum(amounts).ok_or_else(|| DbError::Failed("vouchers are worth more than an amount can hold".into()))
    };
    Ok((column(0)?, column(1)?))
}

fn standing(tx: &mut Tx, id: &str) -> Result<Batch, VoucherError> {
    read::find(tx, id)?.ok_or(VoucherError::NoBatch)
}

/// Writes a batch that has no codes yet.
fn write(tx: &mut Tx, batch: &NewBatch, currency: Currency, now_us: i64) -> Result<(), DbError> {
    let (discount_ppm, release_id) = match &batch.worth {
        Worth::Money(_) => (None, None),
        Worth::Percent { discount_ppm } => (Some(*discount_ppm), None),
        Worth::Release { release_id, .. } => (None, Some(release_id.clone())),
    };
    let row: [Value; 15] = [
        (&batch.id).into(),
        batch.worth.sort().into(),
        batch.storefronts.first().map_or(MAIN, String::as_str).into(),
        currency.code().into(),
        batch.worth.owed().map(|owed| owed.0).into(),
        discount_ppm.into(),
        release_id.into(),
        batch.expires_us.into(),
        batch.reseller.clone().into(),
        batch.margin_ppm.into(),
        (&batch.note).into(),
        batch.refundable_in_money.into(),
        i64::from(batch.count).into(),
        now_us.into(),
        batch.taxed_in.map(|country| country.code().to_owned()).into(),
    ];
    let written = tx.execute(
        "INSERT INTO voucher_batches (id, sort, storefront, currency, value_micros, discount_ppm, release_id, expires_us,
             reseller, margin_ppm, note, refundable_in_money, count, created_us, taxed_in)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (id) DO UPDATE SET sort = excluded.sort, storefront = excluded.storefront,
             currency = excluded.currency, value_micros = excluded.value_micros, discount_ppm = excluded.discount_ppm,
             release_id = excluded.release_id, expires_us = excluded.expires_us, reseller = excluded.reseller,
             margin_ppm = excluded.margin_ppm, note = excluded.note,
             refundable_in_money = excluded.refundable_in_money, count = excluded.count, taxed_in = excluded.taxed_in
         WHERE voucher_batches.printed_us IS NULL",
        &row,
    )?;
    if written == 0 {
        // Another node made its codes in this instant.
        return Err(DbError::Busy);
    }
    tx.execute("DELETE FROM voucher_batch_storefronts WHERE batch = $1", params![&batch.id])?;
    for storefront in &batch.storefronts {
        insert_storefront(tx, &batch.id, storefront)?;
    }
    Ok(())
}

fn insert_storefront(tx: &mut Tx, batch: &str, storefront: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO voucher_batch_storefronts (batch, storefront) VALUES ($1, $2)
         ON CONFLICT (batch, storefront) DO NOTHING",
        params![batch, storefront],
    )?;
    Ok(())
}

fn insert_code(
    tx: &mut Tx,
    batch: &str,
    coded: &Coded,
    (owed, tax): (Option<Micros>, Micros),
    currency: Currency,
    now_us: i64,
) -> Result<(), VoucherError> {
    let hash = code::hash_of(&coded.code).ok_or(VoucherError::Unknown)?;
    tx.execute(
        "INSERT INTO vouchers (code_hash, serial, batch, amount_micros, currency, created_us, tax_micros)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![hash.0.as_slice(), &coded.serial, batch, owed.map(|owed| owed.0), currency.code(), now_us, tax.0],
    )?;
    Ok(())
}

/// Makes the one code of a gift; what it is worth is owed already.
pub(crate) fn insert_gift(
    tx: &mut Tx,
    books: Books,
    coded: &Coded,
    amount: Micros,
    now_us: i64,
) -> Result<(), VoucherError> {
    // Each storefront's gifts are a batch of its books.
    let batch = if books.storefront == MAIN { GIFTS.to_owned() } else { format!("{GIFTS}-{}", books.storefront) };
    tx.execute(
        "INSERT INTO voucher_batches (id, sort, storefront, currency, margin_ppm, note, refundable_in_money, created_us,
             printed_us)
         VALUES ($1, 'money', $2, $3, 0, '', 0, $4, $4) ON CONFLICT (id) DO NOTHING",
        params![&batch, books.storefront, books.currency.code(), now_us],
    )?;
    insert_storefront(tx, &batch, books.storefront)?;
    insert_code(tx, &batch, coded, (Some(amount), Micros::ZERO), books.currency, now_us)
}

/// Stops the code of a gift that could not be sent; says whether it was still open. Its worth goes back to the giver.
pub(crate) fn stop_gift(tx: &mut Tx, serial: &str, now_us: i64) -> Result<bool, DbError> {
    let stopped = tx.execute(
        "UPDATE vouchers SET stopped_us = $2 WHERE serial = $1 AND redeemed_us IS NULL AND stopped_us IS NULL
             AND expired_us IS NULL",
        params![serial, now_us],
    )?;
    Ok(stopped > 0)
}
