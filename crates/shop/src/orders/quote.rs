//! The quote: what would be charged, and why. Reads only.

use std::collections::HashSet;

use audio::encode::{PayloadSize, Plan};
use audio::format::Format;
use audio::pcm::StreamInfo;
use money::price::{Priced, Terms};
use money::{Currency, Micros};

use super::{Item, MAX_ITEMS, MAX_LINES, OrderError};
use crate::catalog;
use crate::db::Tx;
use crate::renditions::{self, Size};
use crate::storefronts::MAIN;
use crate::tariffs::{self, Tier};
use crate::tax::Due;

/// What items cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// One line for each track.
    pub lines: Vec<QuoteLine>,
    /// The most that all of it can cost.
    pub total_micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What a track costs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct QuoteLine {
    pub track_id: String,
    pub title: String,
    pub release_id: Option<String>,
    /// Bytes of audio payload; equal to `bytes_max` when they are known exactly.
    pub bytes_min: u64,
    pub bytes_max: u64,
    pub price_min_micros: i64,
    /// The most that it can cost: a promise.
    pub price_micros: i64,
    pub reasons: Vec<Reason>,
}

/// A step on the way to a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The tariff.
    PricePerMb {
        /// For 1,000,000 bytes of audio payload.
        price_per_mb_micros: i64,
    },
    /// The tax of the buyer's country.
    Tax {
        /// Parts per million of the price without it.
        ppm: u32,
        /// The tariff has it in it; else it is added.
        included: bool,
        /// The most that it can come to.
        micros: i64,
    },
}

/// What an order needs to know of a quoted line.
pub(super) struct Buy {
    pub track_id: String,
    pub release_id: Option<String>,
    pub master_id: String,
    pub plan: Plan,
    pub rendition_id: String,
    /// What is known of its payload.
    pub size: Option<Size>,
    /// What its line shows.
    pub shown: Shown,
    pub terms: Terms,
    /// The most that it can cost.
    pub promised: Priced,
}

/// What a line shows of its track.
pub(super) struct Shown {
    pub release_title: String,
    pub medium: u32,
    pub number: u32,
    pub title: String,
    pub credit: String,
}

/// A track that is to be priced.
struct Chosen {
    track: catalog::ForSale,
    /// When it is bought as a part of its release.
    release_id: Option<String>,
    plan: Plan,
    rendition_id: String,
}

/// Prices `items`, in the order asked for; a track that is named twice counts once.
pub(super) fn quote(
    tx: &mut Tx,
    items: &[Item],
    format: Format,
    now_us: i64,
    due: &Due,
) -> Result<(Quote, Vec<Buy>), OrderError> {
    if items.is_empty() {
        return Err(OrderError::NoItems);
    }
    if items.len() > MAX_ITEMS {
        return Err(OrderError::TooManyItems { limit: MAX_ITEMS });
    }
    let prices = tariffs::in_force(tx, MAIN, now_us)?;
    let chosen = choose(tx, items, format)?;
    let ids: Vec<String> = chosen.iter().map(|one| one.rendition_id.clone()).collect();
    let mut sizes = renditions::sizes(tx, &ids)?;
    let (mut lines, mut buys) = (Vec::new(), Vec::new());
    for one in chosen {
        let size = sizes.remove(&one.rendition_id);
        let (line, buy) = line(one, size, (&prices, due))?;
        lines.push(line);
        buys.push(buy);
    }
    let total = Micros::sum(buys.iter().map(|b| b.promised.gross)).ok_or(OrderError::Price)?;
    let quote = Quote { lines, total_micros: total.0, currency: Currency::USD.code().to_owned() };
    Ok((quote, buys))
}

/// The tracks of the items, each once, with the plans of their renditions.
fn choose(tx: &mut Tx, items: &[Item], format: Format) -> Result<Vec<Chosen>, OrderError> {
    let (mut chosen, mut seen) = (Vec::new(), HashSet::new());
    for item in items {
        for track in tracks_of(tx, item)? {
            if !seen.insert(track.track_id.clone()) {
                continue;
            }
            let release_id = matches!(item, Item::Release(_)).then(|| track.release_id.clone());
            let plan = stream_of(&track).and_then(|stream| audio::encode::plan(format, &stream));
            let plan =
                plan.map_err(|e| OrderError::DoesNotFit { track_id: track.track_id.clone(), why: e.to_string() })?;
            let rendition_id = renditions::id_of(&track.master.id, &plan);
            chosen.push(Chosen { track, release_id, plan, rendition_id });
        }
        if chosen.len() > MAX_LINES {
            return Err(OrderError::TooManyItems { limit: MAX_LINES });
        }
    }
    Ok(chosen)
}

fn tracks_of(tx: &mut Tx, item: &Item) -> Result<Vec<catalog::ForSale>, OrderError> {
    let tracks = match item {
        Item::Release(id) => catalog::tracks_of_release(tx, id)?,
        Item::Track(id) => catalog::track_for_sale(tx, id)?.into_iter().collect(),
    };
    if tracks.is_empty() { Err(OrderError::Unknown(item.clone())) } else { Ok(tracks) }
}

fn line(
    chosen: Chosen,
    size: Option<Size>,
    (prices, due): (&tariffs::tariff::InForce, &Due),
) -> Result<(QuoteLine, Buy), OrderError> {
    let Chosen { track, release_id, plan, rendition_id } = chosen;
    let terms = Terms { per_mb: prices.price_per_mb(plan.class, Tier::Catalogue), ..Terms::default() };
    let terms = due.on(terms);
    let (bytes_min, bytes_max) = match (size.as_ref().map(|size| size.bytes), plan.payload) {
        (Some(bytes), _) | (None, PayloadSize::Exact(bytes)) => (bytes, bytes),
        (None, PayloadSize::Range { min, max }) => (min, max),
    };
    let at_least = terms.price(bytes_min).ok_or(OrderError::Price)?;
    let promised = terms.price(bytes_max).ok_or(OrderError::Price)?;
    let line = QuoteLine {
        track_id: track.track_id.clone(),
        title: track.title.clone(),
        release_id: release_id.clone(),
        bytes_min,
        bytes_max,
        price_min_micros: at_least.gross.0,
        price_micros: promised.gross.0,
        reasons: reasons(&terms, promised),
    };
    let buy = Buy {
        track_id: track.track_id,
        release_id,
        master_id: track.master.id,
        plan,
        rendition_id,
        size,
        shown: Shown {
            release_title: track.release_title,
            medium: track.medium,
            number: track.number,
            title: track.title,
            credit: track.credit,
        },
        terms,
        promised,
    };
    Ok((line, buy))
}

fn reasons(terms: &Terms, promised: Priced) -> Vec<Reason> {
    let mut reasons = vec![Reason::PricePerMb { price_per_mb_micros: terms.per_mb.0 }];
    if terms.tax_ppm > 0 {
        reasons.push(Reason::Tax { ppm: terms.tax_ppm, included: terms.tax_included, micros: promised.tax.0 });
    }
    reasons
}

/// The master's samples as an encoder's plan wants to know them.
fn stream_of(track: &catalog::ForSale) -> audio::Result<StreamInfo> {
    let md5 = hex::decode(&track.samples_md5).ok().and_then(|bytes| bytes.try_into().ok());
    let md5 = md5.ok_or_else(|| audio::Error::Malformed("the master's MD5 is not on record".into()))?;
    Ok(StreamInfo { spec: track.master.spec(), length_frames: track.master.length_frames, md5 })
}
