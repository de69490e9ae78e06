//! A made-up catalogue of any size with a history of sales, to try a shop with: names in Latin and Cyrillic, popularity after
//! Zipf's law, years, genres, languages, qualities; the same for the same seed. Everything is written by the nouns that own it, and
//! what was begun is gone on with where it stopped.

mod chance;
mod words;
mod names;
mod works;
mod catalogue;
mod pool;
mod sales;

use std::sync::{Arc, Mutex, PoisonError};

use crate::Shop;
use crate::catalog::bulk::{self, Gains};
use crate::db::DbError;

use super::stock::StockError;
use catalogue::{Catalogue, Pool};
use chance::Chance;
pub use sales::SalesError;

/// Tracks of a made-up catalogue at the most.
pub const MAX_TRACKS: usize = 20_000_000;
/// Releases in one transaction.
const RELEASES_AT_ONCE: usize = 500;
/// Artists or labels in one transaction.
const NAMES_AT_ONCE: usize = 5_000;

/// Why a catalogue was not made to its end; what stands stays.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SyntheticError {
    #[error("a made-up catalogue has 1 to {MAX_TRACKS} tracks")]
    Tracks,
    #[error(transparent)]
    Pool(#[from] StockError),
    #[error(transparent)]
    Sales(#[from] SalesError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Making {
    /// Masters and covers.
    Masters,
    /// Tracks with all that belongs to them.
    Tracks,
    /// The history of sales.
    Orders,
}

/// How many tracks, and which catalogue of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Wanted {
    pub tracks: usize,
    pub seed: u64,
}

impl Wanted {
    /// Catalogues of another size share nothing, so that both have room in one shop.
    fn own_seed(self) -> u64 {
        Chance::new(self.seed, 0, self.tracks as u64).next() >> 32
    }
}

/// Makes the catalogue and its sales; `told` hears what is being made, how much of it is there, and of how much. The search index
/// waits until all is there, and is then built at once.
pub async fn fill(
    shop: &Shop,
    wanted: Wanted,
    sound_font: Option<Vec<u8>>,
    told: impl Fn(Making, usize, usize),
) -> Result<(), SyntheticError> {
    if !(1..=MAX_TRACKS).contains(&wanted.tracks) {
        return Err(SyntheticError::Tracks);
    }
    let _held = shop.search.hold().await;
    let pool = pool::make(shop, sound_font, |done, of| told(Making::Masters, done, of)).await?;
    fill_from(shop, wanted, pool, told).await
}

async fn fill_from(
    shop: &Shop,
    wanted: Wanted,
    pool: Pool,
    told: impl Fn(Making, usize, usize),
) -> Result<(), SyntheticError> {
    let masters = pool.groups.concat();
    let seed = wanted.own_seed();
    let made = tokio::task::spawn_blocking(move || Catalogue::new(seed, wanted.tracks, pool));
    let mut catalogue = made.await.map_err(|e| DbError::Failed(e.to_string()))?;
    name_all(shop, &mut catalogue).await?;
    let catalogue = Arc::new(catalogue);
    write_releases(shop, &catalogue, masters.clone(), wanted.tracks, &told).await?;
    let told = |done, of| told(Making::Orders, done, of);
    sales::tell(shop, catalogue, (seed, wanted.tracks), &masters, told).await?;
    Ok(shop.charts.count_now().await?)
}

/// Writes artists and labels; those whose names the shop has already are its own.
async fn name_all(shop: &Shop, catalogue: &mut Catalogue) -> Result<(), DbError> {
    let (artists, labels) = (catalogue.bulk_artists(), catalogue.bulk_labels());
    let mut ids = Vec::with_capacity(artists.len());
    for some in artists.chunks(NAMES_AT_ONCE) {
        let some = some.to_vec();
        ids.extend(shop.db.write(move |tx| bulk::artists(tx, &some)).await?);
    }
    catalogue.artists.iter_mut().zip(ids).for_each(|(artist, id)| artist.id = id);
    let mut ids = Vec::with_capacity(labels.len());
    for some in labels.chunks(NAMES_AT_ONCE) {
        let some = some.to_vec();
        ids.extend(shop.db.write(move |tx| bulk::labels(tx, &some)).await?);
    }
    catalogue.labels.iter_mut().zip(ids).for_each(|(label, id)| label.id = id);
    Ok(())
}

async fn write_releases(
    shop: &Shop,
    catalogue: &Arc<Catalogue>,
    masters: Vec<String>,
    tracks: usize,
    told: &impl Fn(Making, usize, usize),
) -> Result<(), DbError> {
    let gains = Arc::new(Mutex::new(shop.db.read(move |tx| Gains::of(tx, &masters)).await?));
    let (mut from, mut done) = (0, 0);
    while from < catalogue.len() {
        let until = (from + RELEASES_AT_ONCE).min(catalogue.len());
        let (key, making) = (catalogue.key(from), catalogue.clone());
        // A group is there whole or not at all.
        let is_there = shop.db.read(move |tx| bulk::has_key(tx, &key)).await?;
        if !is_there {
            let made =
                tokio::task::spawn_blocking(move || (from..until).map(|n| making.release(n)).collect::<Vec<_>>());
            let releases = made.await.map_err(|e| DbError::Failed(e.to_string()))?;
            let (now_us, known) = (shop.clock.now_us(), gains.clone());
            let written = shop.db.write(move |tx| {
                let mut gains = known.lock().unwrap_or_else(PoisonError::into_inner);
                bulk::releases(tx, &releases, &mut gains, now_us)
            });
            written.await?;
        }
        done += (from..until).map(|number| catalogue.tracks_of(number)).sum::<usize>();
        told(Making::Tracks, done, tracks);
        from = until;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
