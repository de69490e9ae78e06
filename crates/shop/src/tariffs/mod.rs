//! Tariffs: what an operator declares of prices, and what a track costs by it.

pub mod tariff;

use audio::codec::Class;
use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::declared::Refused;
use crate::storefronts::MAIN;

pub use tariff::{DEFAULT_PRICE_PER_MB, MAX_PRICE_PER_MB, Tariff, Tier};

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

    /// The price of 1,000,000 bytes of `class` now, for a release that is not new.
    pub async fn price_per_mb(&self, class: Class) -> Result<Micros, DbError> {
        let now_us = self.clock.now_us();
        self.db.read(move |tx| Ok(in_force(tx, MAIN, now_us)?.price_per_mb(class, Tier::Catalogue))).await
    }

    /// Sets the general price from now on. Orders placed before keep the price they were placed at.
    pub async fn set_price_per_mb(&self, price: Micros) -> Result<(), Refused> {
        let now_us = self.clock.now_us();
        self.db.write(move |tx| tariff::set_general(tx, MAIN, price, now_us)).await
    }
}

/// The tariffs of a storefront in force at `at_us`.
pub(crate) fn in_force(tx: &mut Tx, storefront: &str, at_us: i64) -> Result<tariff::InForce, DbError> {
    Ok(tariff::InForce::at(&tariff::of_storefront(tx, storefront)?, at_us))
}

#[cfg(test)]
mod tests;
