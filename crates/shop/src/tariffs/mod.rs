//! Tariffs: what an operator declares of prices (tariffs, promotions, floors, fixed prices), and what a track costs by it.

pub mod tariff;
pub mod floors;
pub mod releases;
pub mod promotions;
mod rules;
mod buyer;
pub mod pricing;

use std::sync::Arc;

use audio::codec::Class;
use money::Micros;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::declared::Refused;
use crate::storefronts::MAIN;

pub(crate) use buyer::{digests, owned_queries, spent};
pub(crate) use pricing::CodeState;
pub use pricing::{Asking, Pricing, Reason};
pub use promotions::Promotion;
pub use rules::Rules;
pub(crate) use rules::VERSION_SQL as RULES_VERSION_SQL;
pub use tariff::{DEFAULT_PRICE_PER_MB, MAX_PRICE_PER_MB, Tariff, Tier};

/// The tariffs. Cheap to clone.
#[derive(Clone)]
pub struct Tariffs {
    db: Db,
    clock: Clock,
    read: rules::Read,
}

impl Tariffs {
    /// Tariffs over a database.
    pub fn new(db: Db, clock: Clock) -> Tariffs {
        Tariffs { db, clock, read: rules::Read::default() }
    }

    /// The price of 1,000,000 bytes of `class` now, for a release that is not new; as pages show it.
    pub async fn price_per_mb(&self, class: Class) -> Result<Micros, DbError> {
        let rules = self.shown().await?;
        let here = rules.tariffs.iter().filter(|tariff| tariff.storefront == MAIN);
        Ok(tariff::InForce::at(here, self.clock.now_us()).price_per_mb(class, Tier::Catalogue))
    }

    /// The rules in force, read again when something was written that pages show.
    async fn shown(&self) -> Result<Arc<Rules>, DbError> {
        let seen = self.db.seen();
        if let Some(rules) = self.read.shown(seen) {
            return Ok(rules);
        }
        let tariffs = self.clone();
        let rules = self.db.read(move |tx| tariffs.rules(tx)).await?;
        self.read.show(rules.clone(), seen);
        Ok(rules)
    }

    /// Sets the general price from now on. Orders placed before keep the price they were placed at.
    pub async fn set_price_per_mb(&self, price: Micros) -> Result<(), Refused> {
        let (tariffs, now_us) = (self.clone(), self.clock.now_us());
        self.db
            .write(move |tx| {
                tariff::set_general(tx, MAIN, price, now_us)?;
                Ok(tariffs.changed(tx)?)
            })
            .await
    }

    /// The rules in force.
    pub(crate) fn rules(&self, tx: &mut Tx) -> Result<Arc<Rules>, DbError> {
        let row = tx.row(&format!("SELECT {RULES_VERSION_SQL}"), &[])?;
        let version: Option<String> = row.map(|row| row.get(0)).transpose()?.flatten();
        self.rules_of(tx, &version.unwrap_or_default())
    }

    /// The same where somebody's statement has asked for [`RULES_VERSION_SQL`] in this transaction.
    pub(crate) fn rules_of(&self, tx: &mut Tx, version: &str) -> Result<Arc<Rules>, DbError> {
        self.read.rules(tx, version)
    }

    fn changed(&self, tx: &mut Tx) -> Result<(), DbError> {
        rules::changed(tx, &self.clock.new_id())
    }

    /// Makes a tariff or replaces the one of this id. Orders placed before keep their prices.
    pub fn put(&self, tx: &mut Tx, tariff: &Tariff) -> Result<(), Refused> {
        tariff::put(tx, tariff, self.clock.now_us())?;
        Ok(self.changed(tx)?)
    }

    /// Removes a tariff; says whether there was one. A storefront's general tariff stays.
    pub fn remove(&self, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        let removed = tariff::remove(tx, id)?;
        self.changed(tx)?;
        Ok(removed)
    }

    /// Makes a promotion or replaces the one of this id. `currency`: what its amounts are in.
    pub fn put_promotion(&self, tx: &mut Tx, promotion: &Promotion, currency: &str) -> Result<(), Refused> {
        promotions::put(tx, promotion, currency)?;
        Ok(self.changed(tx)?)
    }

    /// Removes a promotion; says whether there was one.
    pub fn remove_promotion(&self, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        let removed = promotions::remove(tx, id)?;
        self.changed(tx)?;
        Ok(removed)
    }

    /// Makes a floor or replaces the one of this id.
    pub fn put_floor(&self, tx: &mut Tx, floor: &floors::Floor) -> Result<(), Refused> {
        floors::put(tx, floor)?;
        Ok(self.changed(tx)?)
    }

    /// Removes a floor; says whether there was one.
    pub fn remove_floor(&self, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        let removed = floors::remove(tx, id)?;
        self.changed(tx)?;
        Ok(removed)
    }

    /// Sets what is special about a release.
    pub fn put_release(&self, tx: &mut Tx, price: &releases::ReleasePrice) -> Result<(), Refused> {
        releases::put(tx, price)?;
        Ok(self.changed(tx)?)
    }

    /// Makes a release like all others; says whether it was special.
    pub fn remove_release(&self, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        let removed = releases::remove(tx, id)?;
        self.changed(tx)?;
        Ok(removed)
    }

    /// An order has these promotions.
    pub(crate) fn used(
        &self,
        tx: &mut Tx,
        promotions: impl IntoIterator<Item = String>,
        order_id: &str,
        user_id: &str,
    ) -> Result<(), DbError> {
        let at_us = self.clock.now_us();
        promotions.into_iter().try_for_each(|id| promotions::used(tx, &id, order_id, user_id, at_us))
    }
}

#[cfg(test)]
mod tests;
