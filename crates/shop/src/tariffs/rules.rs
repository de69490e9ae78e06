//! All rules of prices at once, as quotes want them. Read from the database only when a rule has changed: the name of the
//! version, read in the quote's own transaction, says so. Owner of the table `price_rules_version`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use money::Micros;

use super::floors::{self, Floor, FloorFor};
use super::promotions::{self, Promotion};
use super::releases::{self, ReleasePrice};
use super::tariff::{self, Tariff};
use crate::catalog::{self, GenreTree};
use crate::db::{DbError, Tx};
use crate::params;

/// The rules of every storefront.
#[derive(Debug, Default)]
pub struct Rules {
    pub(super) tariffs: Vec<Tariff>,
    pub(super) promotions: Vec<Promotion>,
    /// By storefront and release.
    pub(super) releases: HashMap<(String, String), ReleasePrice>,
    /// By what they are for; of several for the same the highest.
    pub(super) floors: HashMap<FloorFor, (Micros, Micros)>,
    /// Within which genres the tags of a release lie.
    pub(super) genres: GenreTree,
}

impl Rules {
    /// The promotions.
    pub fn promotions(&self) -> &[Promotion] {
        &self.promotions
    }

    /// The rules as they stand in this transaction.
    pub fn read(tx: &mut Tx) -> Result<Rules, DbError> {
        let releases = releases::all(tx)?.into_iter();
        let mut floors = HashMap::new();
        for Floor { whose, per_track, per_mb, .. } in floors::all(tx)? {
            let (track, mb) = floors.entry(whose).or_insert((Micros::ZERO, Micros::ZERO));
            (*track, *mb) = (per_track.max(*track), per_mb.max(*mb));
        }
        Ok(Rules {
            tariffs: tariff::all(tx)?,
            promotions: promotions::all(tx)?,
            releases: releases.map(|price| ((price.storefront.clone(), price.release_id.clone()), price)).collect(),
            floors,
            genres: catalog::genre_tree(tx)?,
        })
    }
}

/// Names the rules in force, within somebody's statement.
pub(crate) const VERSION_SQL: &str = "(SELECT version FROM price_rules_version WHERE name = 'all') || ' '
    || coalesce((SELECT CAST(value AS TEXT) FROM counters WHERE name = 'genre_tree'), '')";

/// The rules that this process has read, and which version of them. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Read {
    last: Arc<Mutex<Option<Versioned>>>,
    /// What was read when the database was as it is, if it still is: see [`crate::db::Db::seen`].
    shown: Arc<Mutex<Option<Seen>>>,
}

type Versioned = (String, Arc<Rules>);
type Seen = (u64, Arc<Rules>);

impl Read {
    /// The rules that pages show, if they were read when the database was as `seen`.
    pub(super) fn shown(&self, seen: u64) -> Option<Arc<Rules>> {
        let shown = self.shown.lock().unwrap_or_else(|e| e.into_inner()).clone();
        shown.filter(|(read, _)| *read == seen).map(|(_, rules)| rules)
    }

    /// Keeps what was read after the database had been `seen`.
    pub(super) fn show(&self, rules: Arc<Rules>, seen: u64) {
        *self.shown.lock().unwrap_or_else(|e| e.into_inner()) = Some((seen, rules));
    }

    /// The rules in force, whose version [`VERSION_SQL`] said in this transaction.
    pub(super) fn rules(&self, tx: &mut Tx, version: &str) -> Result<Arc<Rules>, DbError> {
        let last = self.last.lock().unwrap_or_else(|e| e.into_inner()).clone();
        if let Some((_, rules)) = last.filter(|(read, _)| *read == version) {
            return Ok(rules);
        }
        let rules = Arc::new(Rules::read(tx)?);
        *self.last.lock().unwrap_or_else(|e| e.into_inner()) = Some((version.to_owned(), rules.clone()));
        Ok(rules)
    }
}

/// Rules have changed. `version` is a name that was never used: a transaction that is undone leaves nothing behind that a
/// later one could be taken for.
pub(super) fn changed(tx: &mut Tx, version: &str) -> Result<(), DbError> {
    tx.execute("UPDATE price_rules_version SET version = $1 WHERE name = 'all'", params![version])?;
    Ok(())
}
