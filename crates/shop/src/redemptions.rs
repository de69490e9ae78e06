//! Redeeming at the counter: a code is taken for whatever it is worth. A release is bought here, since an order is more
//! than a voucher knows: its price becomes promotional credit, which the order takes at once, so that whoever holds rights
//! is paid as for any other sale.

use std::net::IpAddr;

use audio::format::Format;
use money::Micros;

use crate::db::{Db, DbError, Tx};
use crate::geoip::Country;
use crate::orders::{Item, Order, OrderError, Orders, Wish};
use crate::vouchers::code::{Hash, hash_of};
use crate::vouchers::redeem::release_of;
use crate::vouchers::{AsVoucherError, Redeemed, VoucherError, Vouchers};
use crate::wallet::{Wallet, WalletError};

/// What a code brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redemption {
    /// Credit or a discount.
    Credit(Redeemed),
    /// A release, ordered and paid.
    Release(Box<Order>),
}

/// Why a code brought nothing.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RedemptionError {
    #[error(transparent)]
    Voucher(#[from] VoucherError),
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error("in this format the release costs {price}, and the voucher covers {most}: choose a smaller format")]
    TooDear { price: Micros, most: Micros },
    #[error("it is taxed for buyers in {0} alone: say in your billing address if that is where you are")]
    TaxedElsewhere(Country),
    #[error("there is nothing to pay for this release in this format: the voucher stays as it is")]
    NothingToPay,
}

impl From<DbError> for RedemptionError {
    fn from(error: DbError) -> RedemptionError {
        RedemptionError::Voucher(error.into())
    }
}

impl From<WalletError> for RedemptionError {
    fn from(error: WalletError) -> RedemptionError {
        RedemptionError::Voucher(error.into())
    }
}

impl AsVoucherError for RedemptionError {
    fn as_voucher_error(&self) -> Option<&VoucherError> {
        match self {
            RedemptionError::Voucher(error) => Some(error),
            _ => None,
        }
    }
}

/// The counter. Cheap to clone.
#[derive(Clone)]
pub struct Redemptions {
    db: Db,
    wallet: Wallet,
    vouchers: Vouchers,
    orders: Orders,
}

impl Redemptions {
    /// A counter over its parts.
    pub fn new(db: Db, wallet: Wallet, vouchers: Vouchers, orders: Orders) -> Redemptions {
        Redemptions { db, wallet, vouchers, orders }
    }

    /// The same counter for somebody whose network address lies in this country.
    pub fn seen_from(&self, address: Option<Country>) -> Redemptions {
        Redemptions { orders: self.orders.seen_from(address), ..self.clone() }
    }

    /// Redeems a code. One for a release needs a format; without it the answer is [`VoucherError::ChooseFormat`] and the
    /// code stays open. Other codes need none.
    pub async fn redeem(
        &self,
        user_id: &str,
        address: IpAddr,
        code: &str,
        format: Option<Format>,
    ) -> Result<Redemption, RedemptionError> {
        let wrong = match self.vouchers.redeem(user_id, address, code).await {
            Ok(redeemed) => return Ok(Redemption::Credit(redeemed)),
            Err(error) => error,
        };
        match (&wrong, format, hash_of(code)) {
            (VoucherError::ChooseFormat { .. }, Some(format), Some(hash)) => {
                self.order(user_id, address, hash, format).await
            }
            _ => Err(wrong.into()),
        }
    }

    async fn order(
        &self,
        user_id: &str,
        address: IpAddr,
        hash: Hash,
        format: Format,
    ) -> Result<Redemption, RedemptionError> {
        let (counter, user) = (self.clone(), user_id.to_owned());
        let work = self.db.write(move |tx| counter.order_in(tx, &user, &hash, format));
        let id = self.vouchers.guarded(user_id, address, work).await?;
        self.orders.wake();
        let order = self.orders.get(user_id, &id).await?;
        let order = order.ok_or_else(|| DbError::Failed("an order vanished".into()))?;
        Ok(Redemption::Release(Box::new(order)))
    }

    fn order_in(&self, tx: &mut Tx, user_id: &str, hash: &Hash, format: Format) -> Result<String, RedemptionError> {
        let taken = self.vouchers.take(tx, user_id, hash, true)?;
        let (release_id, most) = release_of(&taken).ok_or(VoucherError::Used)?;
        let due_in = self.orders.taxed_in(tx, user_id)?;
        if let Some((country, _)) = taken.taxed.filter(|(country, _)| due_in != Some(*country)) {
            return Err(RedemptionError::TaxedElsewhere(country));
        }
        let tax_prepaid = taken.taxed.is_some();
        // A discount that waits for an order of his own goes on waiting.
        let wish = Wish {
            spends_voucher: false,
            tax_prepaid,
            ..Wish::new(vec![Item::Release(release_id.to_owned())], format)
        };
        let price = self.orders.price_in(tx, user_id, &wish)?;
        if price > most {
            return Err(RedemptionError::TooDear { price, most });
        }
        if price == Micros::ZERO {
            return Err(RedemptionError::NothingToPay);
        }
        let tax = taken.taxed.map_or(Micros::ZERO, |(_, tax)| tax);
        self.wallet.redeem_release(tx, taken.books(), user_id, &taken.serial, (most, tax), price)?;
        let key = format!("voucher {}", taken.serial);
        let (order_id, _) = self.orders.place_in(tx, user_id, &key, &wish)?;
        Ok(order_id)
    }
}

#[cfg(test)]
mod tests;
