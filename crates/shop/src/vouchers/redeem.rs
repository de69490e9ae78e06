//! Redeeming. A code that is unknown, used, stopped, expired or another shop's takes the same statements in the same order.

use std::collections::HashMap;

use money::vouchers::Books;
use money::{Currency, Micros};

use super::code::Hash;
use super::{PercentVoucher, Redeemed, VoucherError, Vouchers, Worth};
use crate::db::{DbError, Query, Row, Tx, Value};
use crate::geoip::Country;
use crate::params;
use crate::payments;
use crate::wallet;

/// A code that was taken: it is this user's now, and nothing is booked yet.
pub(crate) struct Taken {
    pub serial: String,
    pub storefront: String,
    pub currency: Currency,
    pub worth: Worth,
    pub refundable_in_money: bool,
    pub expires_us: Option<i64>,
    /// The one country where it may be redeemed, and the tax that was declared there as it was made.
    pub taxed: Option<(Country, Micros)>,
}

impl Taken {
    /// Whose books carry it.
    pub fn books(&self) -> Books<'_> {
        Books { storefront: &self.storefront, currency: self.currency }
    }
}

impl Vouchers {
    pub(super) fn redeem_in(&self, tx: &mut Tx, user_id: &str, hash: &Hash) -> Result<Redeemed, VoucherError> {
        let taken = self.take(tx, user_id, hash, false)?;
        match taken.worth {
            Worth::Money(amount) => {
                let credit = (amount, taken.refundable_in_money);
                let entry_id = self.wallet.redeem(tx, taken.books(), user_id, &taken.serial, credit)?;
                if let Some(entry_id) = entry_id.as_deref().filter(|_| taken.refundable_in_money) {
                    let (books, serial) = (taken.books(), taken.serial.as_str());
                    let redeemed = payments::Redeemed { books, user_id, serial, amount, entry_id };
                    payments::came_with_voucher(tx, &self.clock, &redeemed)?;
                }
                let balance_micros = wallet::balance(tx, user_id)?.balance_micros;
                Ok(Redeemed::Money { amount_micros: amount.0, balance_micros })
            }
            Worth::Percent { discount_ppm } => Ok(Redeemed::Percent { discount_ppm, expires_us: taken.expires_us }),
            Worth::Release { release_id, most } => Err(VoucherError::ChooseFormat { release_id, most }),
        }
    }

    /// Takes a code for this user. One for a release is taken only by who can place the order (`with_release`).
    pub(crate) fn take(
        &self,
        tx: &mut Tx,
        user_id: &str,
        hash: &Hash,
        with_release: bool,
    ) -> Result<Taken, VoucherError> {
        let now_us = self.clock.now_us();
        let row = tx.row(
            "SELECT v.code_hash, v.serial, v.redeemed_us, v.stopped_us, v.expired_us, v.amount_micros, b.sort, b.storefront,
                 b.currency, b.discount_ppm, b.release_id, b.refundable_in_money, b.expires_us,
                 (SELECT COUNT(*) FROM voucher_batch_storefronts s JOIN users u ON u.storefront = s.storefront
                  WHERE s.batch = b.id AND u.id = $2), b.taxed_in, v.tax_micros
             FROM vouchers v JOIN voucher_batches b ON b.id = v.batch WHERE v.code_hash = $1",
            params![hash.0.as_slice(), user_id],
        )?;
        let found = row.map(|row| Found::read(&row, now_us)).transpose()?;
        let found = found.filter(|found| hash.is(&found.code_hash));
        let may = found.as_ref().is_some_and(|found| found.refused.is_none() && found.may_be_taken(with_release));
        let changed = tx.execute(
            "UPDATE vouchers SET redeemed_by = $1, redeemed_us = $2 WHERE code_hash = $3 AND redeemed_us IS NULL
                 AND stopped_us IS NULL AND expired_us IS NULL AND $4 = 1",
            params![user_id, now_us, hash.0.as_slice(), i64::from(may)],
        )?;
        let found = found.ok_or(VoucherError::Unknown)?;
        match (found.refused, changed) {
            (Some(refused), _) => Err(refused),
            (None, 1) => Ok(found.taken),
            (None, _) => match found.taken.worth {
                Worth::Release { release_id, most } if !with_release => {
                    Err(VoucherError::ChooseFormat { release_id, most })
                }
                // Somebody was faster: redeemed or stopped in this instant.
                _ => Err(VoucherError::Used),
            },
        }
    }
}

/// A code that exists.
struct Found {
    code_hash: Vec<u8>,
    refused: Option<VoucherError>,
    taken: Taken,
}

impl Found {
    fn read(row: &Row, now_us: i64) -> Result<Found, DbError> {
        let storefront: String = row.get(7)?;
        let expires_us: Option<i64> = row.get(12)?;
        let is_over = row.get::<Option<i64>>(4)?.is_some() || expires_us.is_some_and(|at| at <= now_us);
        let refused = if row.get::<Option<i64>>(2)?.is_some() {
            Some(VoucherError::Used)
        } else if row.get::<Option<i64>>(3)?.is_some() {
            Some(VoucherError::Stopped)
        } else if is_over {
            Some(VoucherError::Expired)
        } else if row.get::<i64>(13)? == 0 {
            Some(VoucherError::Elsewhere(storefront.clone()))
        } else {
            None
        };
        let taken = Taken {
            serial: row.get(1)?,
            storefront,
            currency: super::read::currency(&row.get::<String>(8)?)?,
            worth: super::read::worth(&row.get::<String>(6)?, row.get(5)?, row.get(9)?, row.get(10)?)?,
            refundable_in_money: row.get(11)?,
            expires_us,
            taxed: super::read::taxed_in(row.get(14)?)?.zip(Some(Micros(row.get(15)?))),
        };
        Ok(Found { code_hash: row.get(0)?, refused, taken })
    }

    fn may_be_taken(&self, with_release: bool) -> bool {
        with_release || !matches!(self.taken.worth, Worth::Release { .. })
    }
}

/// The discount that a user's next order gets, if he redeemed a voucher for one: the largest, among equals the one that
/// expires first.
pub(crate) fn percent_for(tx: &mut Tx, user_id: &str, now_us: i64) -> Result<Option<PercentVoucher>, DbError> {
    let rows = tx.ask(&percent_query(user_id, now_us))?;
    let read =
        |row: &Row| Ok(PercentVoucher { serial: row.get(0)?, discount_ppm: row.get(1)?, expires_us: row.get(2)? });
    rows.first().map(read).transpose()
}

/// What [`percent_for`] asks for.
pub(crate) fn percent_query(user_id: &str, now_us: i64) -> Query {
    Query::new(
        "SELECT v.serial, b.discount_ppm, b.expires_us FROM vouchers v JOIN voucher_batches b ON b.id = v.batch
         WHERE v.redeemed_by = $1 AND v.spent_order IS NULL AND b.sort = 'percent'
             AND (b.expires_us IS NULL OR b.expires_us > $2)
         ORDER BY b.discount_ppm DESC, CASE WHEN b.expires_us IS NULL THEN 1 ELSE 0 END, b.expires_us, v.serial LIMIT 1",
        params![user_id, now_us],
    )
}

/// The discounts that these orders got by vouchers, by order.
pub(crate) fn spent_on(tx: &mut Tx, orders: &[&str]) -> Result<HashMap<String, PercentVoucher>, DbError> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT v.spent_order, v.serial, b.discount_ppm, b.expires_us FROM vouchers v
         JOIN voucher_batches b ON b.id = v.batch WHERE v.spent_order IN ({}) AND b.sort = 'percent'",
        places.join(", ")
    );
    let values: Vec<Value> = orders.iter().map(|id| Value::from(*id)).collect();
    let read = |row: &Row| {
        let voucher = PercentVoucher { serial: row.get(1)?, discount_ppm: row.get(2)?, expires_us: row.get(3)? };
        Ok((row.get(0)?, voucher))
    };
    tx.rows(&sql, &values)?.iter().map(read).collect()
}

/// Spends a discount on an order; says whether it was still there.
pub(crate) fn spend_percent(tx: &mut Tx, serial: &str, order_id: &str) -> Result<bool, DbError> {
    let spent = tx.execute(
        "UPDATE vouchers SET spent_order = $2 WHERE serial = $1 AND redeemed_us IS NOT NULL AND spent_order IS NULL",
        params![serial, order_id],
    )?;
    Ok(spent > 0)
}

/// What a voucher for a release may cost, for whoever places its order.
pub(crate) fn release_of(taken: &Taken) -> Option<(&str, Micros)> {
    match &taken.worth {
        Worth::Release { release_id, most } => Some((release_id, *most)),
        _ => None,
    }
}
