//! Tariffs: what a megabyte of audio payload costs, since when.

use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::params;
use crate::storefronts::MAIN;

/// Two cents a megabyte, until an operator sets another price.
pub const DEFAULT_PRICE_PER_MB: Micros = Micros(20_000);
/// The highest price per megabyte that can be set.
pub const MAX_PRICE_PER_MB: Micros = Micros(1_000 * money::amount::PER_UNIT);

/// Why a tariff was not set.
#[derive(Debug, thiserror::Error)]
pub enum TariffError {
    /// Negative, or beyond [`MAX_PRICE_PER_MB`].
    #[error("a price per megabyte is between 0 and {MAX_PRICE_PER_MB}")]
    Price,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The tariffs. Cheap to clone.
#[derive(Clone)]
pub struct Tariffs {
    db: Db,
    clock: Clock,
}

impl Tariffs {
    /// Tariffs over a database.
    pub fn new(db: Db, clock: Clock) -> Tariffs {
        Tariffs { db, clock }
    }

    /// The price of 1,000,000 bytes now.
    pub async fn price_per_mb(&self) -> Result<Micros, DbError> {
        let now_us = self.clock.now_us();
        self.db.read(move |tx| price_per_mb(tx, now_us)).await
    }

    /// Sets the price from now on. Orders placed before keep the price they were placed at.
    pub async fn set_price_per_mb(&self, price: Micros) -> Result<(), TariffError> {
        if price < Micros::ZERO || price > MAX_PRICE_PER_MB {
            return Err(TariffError::Price);
        }
        let (id, now_us) = (self.clock.new_id(), self.clock.now_us());
        self.db
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO tariffs (id, storefront, price_per_mb_micros, from_us) VALUES ($1, $2, $3, $4)",
                    params![&id, MAIN, price.0, now_us],
                )?;
                Ok(())
            })
            .await
    }
}

/// The price in force at `at_us`.
pub(crate) fn price_per_mb(tx: &mut Tx, at_us: i64) -> Result<Micros, DbError> {
    let row = tx.row(
        "SELECT price_per_mb_micros FROM tariffs WHERE storefront = $1 AND from_us <= $2
         ORDER BY from_us DESC, id DESC LIMIT 1",
        params![MAIN, at_us],
    )?;
    Ok(row.map(|r| r.get(0)).transpose()?.map_or(DEFAULT_PRICE_PER_MB, Micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, on_both_engines, users};

    #[test]
    fn a_tariff_holds_from_when_it_is_set() {
        on_both_engines(|db, _| {
            block_on(async {
                users(&db, &[]).await;
                let (clock, hand) = Clock::by_hand(1_700_000_000_000_000);
                let tariffs = Tariffs::new(db.clone(), clock.clone());
                assert_eq!(tariffs.price_per_mb().await.unwrap(), DEFAULT_PRICE_PER_MB);
                let before_us = clock.now_us();
                hand.advance(std::time::Duration::from_secs(1));
                tariffs.set_price_per_mb(Micros(30_000)).await.unwrap();
                assert_eq!(tariffs.price_per_mb().await.unwrap(), Micros(30_000));
                assert_eq!(db.read(move |tx| price_per_mb(tx, before_us)).await.unwrap(), DEFAULT_PRICE_PER_MB);
                for price in [Micros(-1), Micros(MAX_PRICE_PER_MB.0 + 1)] {
                    assert!(matches!(tariffs.set_price_per_mb(price).await, Err(TariffError::Price)));
                }
            });
        });
    }
}
