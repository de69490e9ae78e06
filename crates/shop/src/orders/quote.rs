//! The quote: what would be charged, and why. Reads only.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use audio::codec::Class;
use audio::encode::{PayloadSize, Plan};
use audio::format::Format;
use money::price::{Priced, Terms};
use money::{Currency, Micros};

use super::{Item, MAX_ITEMS, MAX_LINES, OrderError};
use crate::catalog::Sold;
use crate::db::{Query, Tx};
use crate::renditions::{self, Size};
use crate::storefronts::MAIN;
use crate::tariffs::{Asking, CodeState, Pricing, Reason, Rules};
use crate::tax::Due;
use crate::vouchers;
use crate::{catalog, offers, tariffs};

/// What somebody wants to buy.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The things.
    pub items: Vec<Item>,
    /// All in this format.
    pub format: Format,
    /// The code of a promotion.
    pub code: Option<String>,
    /// The most that he was told it costs: more is refused.
    pub promised_micros: Option<i64>,
    /// A percentage voucher that waits for his next order waits for this one.
    pub spends_voucher: bool,
    /// A single-purpose voucher pays for it, whose tax was declared when it was made.
    pub tax_prepaid: bool,
    /// An order none of whose tracks is new to its buyer is refused, rather than placed again for nothing.
    pub only_new: bool,
}

impl Wish {
    /// These things, without a code or a promise.
    pub fn new(items: Vec<Item>, format: Format) -> Wish {
        Wish {
            items,
            format,
            code: None,
            promised_micros: None,
            spends_voucher: true,
            tax_prepaid: false,
            only_new: false,
        }
    }
}

/// Who asks for a quote, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    pub user_id: Option<&'a str>,
    pub now_us: i64,
    /// The tax that his country asks for.
    pub due: &'a Due,
}

/// What items cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// One line for each track.
    pub lines: Vec<QuoteLine>,
    /// The most that all of it can cost.
    pub total_micros: i64,
    /// ISO 4217.
    pub currency: String,
    /// Whether the code that was given takes something off; none without a code.
    pub code_applies: Option<bool>,
}

impl Quote {
    /// The orders that all of it came with, each once, where its buyer owns every track in this very format.
    pub fn owned(&self) -> Option<Vec<String>> {
        let mut orders = self.lines.iter().map(QuoteLine::bought_with).collect::<Option<Vec<&str>>>()?;
        orders.sort_unstable();
        orders.dedup();
        (!orders.is_empty()).then(|| orders.into_iter().map(str::to_owned).collect())
    }
}

impl QuoteLine {
    /// The order that the track came with, where its buyer owns it in this very format.
    pub fn bought_with(&self) -> Option<&str> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Owned { order_id } => Some(order_id.as_str()),
            _ => None,
        })
    }
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
    /// The same by the tariff alone: before discounts, floors, what is owned, and tax.
    pub list_micros: i64,
    pub reasons: Vec<Reason>,
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
    /// What its rights follow from.
    pub sold: Sold,
    pub terms: Terms,
    /// The most that it can cost.
    pub promised: Priced,
    /// The promotions that it has.
    pub promotions: Vec<String>,
    /// What the buyer owns of the track: see [`crate::tariffs::digests`].
    pub owned: String,
}

/// What a line shows of its track.
#[derive(Clone)]
pub(super) struct Shown {
    pub release_title: String,
    pub medium: u32,
    pub number: u32,
    pub title: String,
    pub credit: String,
    pub label: Option<String>,
}

/// A quote, and what an order needs to know of it.
pub(super) struct Quoted {
    pub quote: Quote,
    pub buys: Vec<Buy>,
    /// The serial number of the percentage voucher that an order spends.
    pub voucher: Option<String>,
    /// It rests on what the buyer did before, other than on what he owns of these tracks.
    pub rests_on_history: bool,
}

/// A track that is asked for.
struct Wanted {
    track: catalog::ForSale,
    /// When it is bought as a part of its release.
    release_id: Option<String>,
    plan: Plan,
    rendition_id: String,
}

/// Prices a wish, in the order asked for; a track that is named twice counts once.
pub(super) fn quote(tx: &mut Tx, rules: Arc<Rules>, wish: &Wish, asker: Asker) -> Result<Quoted, OrderError> {
    let wanted = wanted(tx, wish)?;
    let code = wish.code.as_deref().filter(|code| !code.trim().is_empty());
    let taxed = asker.due.on(Terms::default());
    let asking = Asking {
        storefront: MAIN,
        user_id: asker.user_id,
        code,
        format: wish.format,
        at_us: asker.now_us,
        tax_ppm: taxed.tax_ppm,
        tax_included: taxed.tax_included,
    };
    let tracks: Vec<&catalog::ForSale> = wanted.iter().map(|wanted| &wanted.track).collect();
    let voucher = match asker.user_id.filter(|_| wish.spends_voucher) {
        Some(user) => vouchers::percent_for(tx, user, asker.now_us)?,
        None => None,
    };
    // A share beyond any number is as good as all of it: discounts stop at a third.
    let voucher = voucher.map(|v| (v.serial, u32::try_from(v.discount_ppm).unwrap_or(money::price::PPM)));
    let pricing = Pricing::of(tx, rules, asking, voucher.clone(), &tracks)?;
    match pricing.code_state {
        CodeState::Holds => {}
        CodeState::Used => return Err(OrderError::CodeUsed),
        CodeState::Unknown => return Err(OrderError::CodeUnknown),
    }
    let parts = fixed_parts(&pricing, &wanted);
    let (mut lines, mut buys) = (Vec::new(), Vec::new());
    let ids: Vec<String> = wanted.iter().map(|wanted| wanted.rendition_id.clone()).collect();
    let mut sizes = renditions::sizes(tx, &ids)?;
    for (wanted, part) in wanted.into_iter().zip(parts) {
        let size = sizes.remove(&wanted.rendition_id);
        let (line, buy) = line(&pricing, wanted, size, part)?;
        lines.push(line);
        buys.push(buy);
    }
    let total = Micros::sum(buys.iter().map(|b| b.promised.gross)).ok_or(OrderError::Price)?;
    let takes_off = |reason: &Reason| matches!(reason, Reason::Discount { sort: "code", .. });
    let code_applies = code.map(|_| lines.iter().flat_map(|line: &QuoteLine| &line.reasons).any(takes_off));
    let by_voucher = |reason: &Reason| matches!(reason, Reason::Discount { sort: "voucher", .. });
    let spends = voucher.filter(|_| lines.iter().flat_map(|line: &QuoteLine| &line.reasons).any(by_voucher));
    let currency = Currency::USD.code().to_owned();
    let quote = Quote { lines, total_micros: total.0, currency, code_applies };
    let rests_on_history = pricing.rests_on_history;
    Ok(Quoted { quote, buys, voucher: spends.map(|(serial, _)| serial), rests_on_history })
}

/// The tracks of a wish, each once, with the plan of its file.
fn wanted(tx: &mut Tx, wish: &Wish) -> Result<Vec<Wanted>, OrderError> {
    let chosen = chosen(tx, wish)?;
    let sold_in = offers::classes_of(tx, &releases(&chosen))?;
    let planned = |(track, is_release)| planned(track, is_release, wish.format, &sold_in);
    chosen.into_iter().map(planned).collect()
}

/// A track, and whether it is bought as a part of its release.
type Chosen = (catalog::ForSale, bool);

fn releases(chosen: &[Chosen]) -> BTreeSet<&str> {
    chosen.iter().map(|(track, _)| track.release_id.as_str()).collect()
}

/// The tracks of a wish, each once.
fn chosen(tx: &mut Tx, wish: &Wish) -> Result<Vec<Chosen>, OrderError> {
    if wish.items.is_empty() {
        return Err(OrderError::NoItems);
    }
    if wish.items.len() > MAX_ITEMS {
        return Err(OrderError::TooManyItems { limit: MAX_ITEMS });
    }
    let (mut chosen, mut seen) = (Vec::new(), HashSet::new());
    let mut singles = tracks_named(tx, wish)?;
    for item in &wish.items {
        let tracks = match item {
            Item::Release(id) => catalog::tracks_of_release(tx, id)?,
            Item::Track(id) if seen.contains(id) => continue,
            Item::Track(id) => singles.remove(id).into_iter().collect(),
        };
        if tracks.is_empty() {
            return Err(OrderError::Unknown(item.clone()));
        }
        let is_release = matches!(item, Item::Release(_));
        chosen.extend(tracks.into_iter().filter(|t| seen.insert(t.track_id.clone())).map(|t| (t, is_release)));
        if chosen.len() > MAX_LINES {
            return Err(OrderError::TooManyItems { limit: MAX_LINES });
        }
    }
    Ok(chosen)
}

/// The tracks that a wish names one by one, of those that are on sale.
fn tracks_named(tx: &mut Tx, wish: &Wish) -> Result<HashMap<String, catalog::ForSale>, OrderError> {
    Ok(catalog::tracks_for_sale(tx, &named(wish))?)
}

/// The ids of the tracks that a wish names one by one, each once.
fn named(wish: &Wish) -> Vec<&str> {
    let named = wish.items.iter().filter_map(|item| match item {
        Item::Track(id) => Some(id.as_str()),
        Item::Release(_) => None,
    });
    named.collect::<BTreeSet<&str>>().into_iter().collect()
}

// What a quote asks for, in three goes of which each follows from the answers to the one before.

/// What follows from the wish alone.
pub(super) fn queries_of_wish(wish: &Wish, user_id: &str, at_us: i64) -> Vec<Query> {
    let releases = wish.items.iter().filter_map(|item| match item {
        Item::Release(id) => Some(catalog::release_query(id)),
        Item::Track(_) => None,
    });
    let voucher = wish.spends_voucher.then(|| vouchers::percent_query(user_id, at_us));
    releases.chain(catalog::tracks_queries(&named(wish))).chain(voucher).collect()
}

/// What follows from its tracks: what they are sold in.
pub(super) fn queries_of_tracks(tx: &mut Tx, wish: &Wish) -> Result<Vec<Query>, OrderError> {
    Ok(offers::classes_queries(&releases(&chosen(tx, wish)?)))
}

/// What follows from the plans of their files: what is known of these, and what the buyer owns.
pub(super) fn queries_of_plans(tx: &mut Tx, wish: &Wish, user_id: &str) -> Result<Vec<Query>, OrderError> {
    let wanted = wanted(tx, wish)?;
    let renditions: Vec<String> = wanted.iter().map(|wanted| wanted.rendition_id.clone()).collect();
    let tracks: Vec<&str> = wanted.iter().map(|wanted| wanted.track.track_id.as_str()).collect();
    Ok([renditions::sizes_queries(&renditions), tariffs::owned_queries(user_id, &tracks)].concat())
}

/// The plan of a track's file, if it fits and its release is sold in its class.
fn planned(
    track: catalog::ForSale,
    is_release: bool,
    format: Format,
    sold_in: &HashMap<String, Vec<Class>>,
) -> Result<Wanted, OrderError> {
    let does_not_fit = |why: String| OrderError::DoesNotFit { track_id: track.track_id.clone(), why };
    let plan = track.stream().and_then(|stream| audio::encode::plan(format, &stream));
    let plan = plan.map_err(|e| does_not_fit(e.to_string()))?;
    if !sold_in.get(&track.release_id).is_some_and(|classes| classes.contains(&plan.class)) {
        return Err(does_not_fit(format!("its release is not sold in {} formats", plan.class.as_str())));
    }
    let rendition_id = renditions::id_of(&track.master.id, &plan);
    Ok(Wanted { release_id: is_release.then(|| track.release_id.clone()), track, plan, rendition_id })
}

/// What each track is of the fixed price of the release that it is bought with, where there is one.
fn fixed_parts(pricing: &Pricing, wanted: &[Wanted]) -> Vec<Option<Micros>> {
    let mut parts = Vec::with_capacity(wanted.len());
    for together in wanted.chunk_by(|a, b| a.release_id.is_some() && a.release_id == b.release_id) {
        let tracks: Vec<&catalog::ForSale> = together.iter().map(|wanted| &wanted.track).collect();
        // The class of a release is that of its best track.
        let class = together.iter().map(|wanted| wanted.plan.class).max_by_key(|class| *class as u8);
        let is_release = together[0].release_id.is_some();
        let shares = class.filter(|_| is_release).and_then(|class| pricing.parts_of_release(&tracks, class));
        match shares {
            Some(shares) => parts.extend(shares.into_iter().map(Some)),
            None => parts.extend(together.iter().map(|_| None)),
        }
    }
    parts
}

fn line(
    pricing: &Pricing,
    wanted: Wanted,
    size: Option<Size>,
    of_release: Option<Micros>,
) -> Result<(QuoteLine, Buy), OrderError> {
    let Wanted { track, release_id, plan, rendition_id } = wanted;
    let (bytes_min, bytes_max) = match (size.as_ref().map(|size| size.bytes), plan.payload) {
        (Some(bytes), _) | (None, PayloadSize::Exact(bytes)) => (bytes, bytes),
        (None, PayloadSize::Range { min, max }) => (min, max),
    };
    let priced = pricing.line(&track, plan.class, bytes_max, of_release).ok_or(OrderError::Price)?;
    let at_least = priced.terms.price(bytes_min).ok_or(OrderError::Price)?;
    let promised = priced.terms.price(bytes_max).ok_or(OrderError::Price)?;
    let line = QuoteLine {
        track_id: track.track_id.clone(),
        title: track.title.clone(),
        release_id: release_id.clone(),
        bytes_min,
        bytes_max,
        price_min_micros: at_least.gross.0,
        price_micros: promised.gross.0,
        list_micros: promised.list.0,
        reasons: priced.reasons,
    };
    let owned = pricing.owned_digest(&track.track_id);
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
            label: track.label,
        },
        sold: Sold {
            recording_id: track.recording_id,
            isrc: track.isrc,
            release_id: track.release_id,
            label_id: track.label_id,
        },
        terms: priced.terms,
        promised,
        promotions: priced.promotions,
        owned,
    };
    Ok((line, buy))
}
