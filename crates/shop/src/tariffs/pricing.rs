//! What a track costs a buyer: which rules fit, the terms they come to, and every step in words and figures. Reads only.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use audio::codec::Class;
use audio::format::Format;
use money::Micros;
use money::discount::{self, together};
use money::price::{PPM, Terms, part};

use super::buyer::{self, Buyer, Owned};
use super::floors::FloorFor;
use super::promotions::{Promotion, code_key};
use super::releases::tier_by_age;
use super::rules::Rules;
use super::tariff::{InForce, Tier};
use crate::catalog::{ForSale, GenreTree};
use crate::db::{DbError, Tx, Value};

/// Who asks, for what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Where.
    pub storefront: &'a str,
    /// Who; none: a visitor.
    pub user_id: Option<&'a str>,
    /// The code that he typed.
    pub code: Option<&'a str>,
    /// The format of all tracks.
    pub format: Format,
    /// When.
    pub at_us: i64,
    /// The rate of tax, in parts per million.
    pub tax_ppm: u32,
    /// Prices have the tax in them.
    pub tax_included: bool,
}

/// A step on the way to a price. Amounts are for the most that the line can cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The tariff.
    PricePerMb {
        /// For 1,000,000 bytes of audio payload.
        price_per_mb_micros: i64,
        /// Of the format.
        class: Class,
        /// Of the release.
        tier: Tier,
    },
    /// A price whatever the weight.
    FixedPrice {
        /// Of this track.
        price_micros: i64,
        /// It is the track's part of the price of the whole release.
        of_release: bool,
    },
    /// A discount.
    Discount {
        /// The promotion's id, or the voucher's serial number.
        id: String,
        /// `spent`, `code`, `first_order`, `happy_hour`, `means`, `promotion` or `voucher`.
        sort: &'static str,
        /// What the operator calls it, by language.
        names: BTreeMap<String, String>,
        /// In parts per million of the list price.
        discount_ppm: u32,
        /// That, of this line.
        amount_micros: i64,
        /// From which sum on it is given, where it is for a sum spent.
        spent_micros: Option<i64>,
    },
    /// Discounts stop at a third.
    Capped {
        /// What they come to.
        asked_ppm: u32,
        /// What is taken off.
        given_ppm: u32,
        /// That, of this line.
        amount_micros: i64,
    },
    /// A rights holder's floor lies above the discounted price.
    Floor {
        /// The floor of this line.
        floor_micros: i64,
        /// What it adds.
        raised_micros: i64,
    },
    /// The same track in a lesser format was paid for.
    PaidBefore {
        /// The last such format.
        format: Format,
        /// What is taken off.
        paid_micros: i64,
    },
    /// It is owned in this very format: it costs nothing.
    Owned {
        /// The order it came with.
        order_id: String,
    },
    /// Tax.
    Tax {
        /// Parts per million of the price without it.
        ppm: u32,
        /// The tariff has it in it; else it is added.
        included: bool,
        /// The most that it can come to.
        micros: i64,
    },
}

/// The terms of a line, and how they came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The terms.
    pub terms: Terms,
    /// Step by step.
    pub reasons: Vec<Reason>,
    /// The promotions that it has.
    pub promotions: Vec<String>,
}

/// A discount that this buyer gets now, whatever else it asks of a track.
#[derive(Debug)]
struct Given {
    promotion: Promotion,
    discount_ppm: u32,
    spent_micros: Option<i64>,
}

/// The rules that can matter to one quote.
#[derive(Debug)]
pub struct Pricing<'a> {
    asking: Asking<'a>,
    rules: Arc<Rules>,
    prices: InForce,
    given: Vec<Given>,
    voucher: Option<(String, u32)>,
    genres: HashMap<String, Vec<String>>,
    owned: HashMap<String, Vec<Owned>>,
    /// Prices rest on what the buyer did before, other than on what he owns of these tracks.
    pub(crate) rests_on_history: bool,
    /// What the code is good for.
    pub(crate) code_state: CodeState,
}

/// What a code is good for; the lack of one is as good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeState {
    /// It is one of a promotion that holds now.
    Holds,
    /// Its buyer has used it, and it is good for once.
    Used,
    /// There is none, or it does not hold now.
    Unknown,
}

impl<'a> Pricing<'a> {
    /// The rules for a quote over `tracks`. `voucher`: the serial number and the discount of a percentage voucher that waits
    /// for the buyer's next order.
    pub(crate) fn of(
        tx: &mut Tx,
        rules: Arc<Rules>,
        asking: Asking<'a>,
        voucher: Option<(String, u32)>,
        tracks: &[&ForSale],
    ) -> Result<Pricing<'a>, DbError> {
        let here = rules.tariffs.iter().filter(|tariff| tariff.storefront == asking.storefront);
        let prices = InForce::at(here, asking.at_us);
        let code = asking.code.map(code_key);
        let has_code = |p: &Promotion| p.code.as_deref().map(code_key) == code;
        let live = rules.promotions.iter();
        let live: Vec<&Promotion> =
            live.filter(|p| p.storefront == asking.storefront && p.holds_at(asking.at_us)).collect();
        let live: Vec<&Promotion> = live.into_iter().filter(|p| p.code.is_none() || has_code(p)).collect();
        let buyer = match asking.user_id {
            Some(user) => buyer::facts(tx, &live, user, asking.at_us)?,
            None => Buyer::default(),
        };
        // A code that its buyer has used up does not hold for him.
        let is_open = |p: &&Promotion| !(p.once_per_user && buyer.uses.contains(&p.id));
        let code_state = match code {
            None => CodeState::Holds,
            Some(_) if live.iter().any(|p| has_code(p) && is_open(p)) => CodeState::Holds,
            Some(_) if live.iter().any(|p| has_code(p)) => CodeState::Used,
            Some(_) => CodeState::Unknown,
        };
        let given = given(&live, asking, &buyer);
        let rests_on_history = voucher.is_some() || live.iter().any(|promotion| buyer::asks_of_history(promotion));
        let genres = if given.iter().any(|g| !g.promotion.genres.is_empty()) {
            genres_of(tx, &rules.genres, tracks)?
        } else {
            HashMap::new()
        };
        let ids: Vec<&str> = tracks.iter().map(|track| track.track_id.as_str()).collect();
        let owned = asking.user_id.map_or_else(|| Ok(HashMap::new()), |user| buyer::owned(tx, user, &ids))?;
        Ok(Pricing { asking, prices, given, voucher, genres, owned, rests_on_history, code_state, rules })
    }

    /// The rules for an order of the past, as if its buyer had owned nothing before: what he paid then stands in its lines.
    pub(crate) fn of_past(
        tx: &mut Tx,
        rules: Arc<Rules>,
        asking: Asking<'a>,
        voucher: Option<(String, u32)>,
        tracks: &[&ForSale],
    ) -> Result<Pricing<'a>, DbError> {
        let pricing = Pricing::of(tx, rules, asking, voucher, tracks)?;
        Ok(Pricing { owned: HashMap::new(), ..pricing })
    }

    /// What the buyer owns of a track, in a few characters: see [`buyer::digest`].
    pub(crate) fn owned_digest(&self, track_id: &str) -> String {
        buyer::digest(self.owned.get(track_id).map_or(&[], Vec::as_slice))
    }

    /// The tier of a track's release.
    pub fn tier(&self, track: &ForSale) -> Tier {
        let special = self.release(track).and_then(|price| price.tier);
        special.unwrap_or_else(|| tier_by_age(track.release_date.as_deref(), self.asking.at_us))
    }

    fn release(&self, track: &ForSale) -> Option<&super::releases::ReleasePrice> {
        self.rules.releases.get(&(self.asking.storefront.to_owned(), track.release_id.clone()))
    }

    /// The parts of each track in the fixed price of the whole release that they are, by length; none where it has none.
    pub fn parts_of_release(&self, tracks: &[&ForSale], class: Class) -> Option<Vec<Micros>> {
        let fixed = self.release(tracks.first()?)?.fixed_for(class)?;
        let weights: Vec<u64> = tracks.iter().map(|track| track.master.length_frames.max(1)).collect();
        discount::by_weight(fixed.release, &weights)
    }

    /// The terms of a track of at most `bytes`. `of_release`: its part of the fixed price of the release that it is bought with.
    /// `None` when a price does not fit.
    pub fn line(&self, track: &ForSale, class: Class, bytes: u64, of_release: Option<Micros>) -> Option<Line> {
        let owned = self.owned.get(&track.track_id).map_or(&[][..], Vec::as_slice);
        if let Some(same) = owned.iter().find(|owned| owned.format == self.asking.format) {
            let (tax_ppm, tax_included) = (self.asking.tax_ppm, self.asking.tax_included);
            let terms = Terms { fixed: Some(Micros::ZERO), tax_ppm, tax_included, ..Terms::default() };
            let reasons = vec![Reason::Owned { order_id: same.order_id.clone() }];
            return Some(Line { terms, reasons, promotions: vec![] });
        }
        let given: Vec<&Given> = self.given.iter().filter(|given| self.fits(&given.promotion, track)).collect();
        let rates = given.iter().map(|given| given.discount_ppm).chain(self.voucher.iter().map(|(_, ppm)| *ppm));
        let (floor_per_track, floor_per_mb) = self.floors(track);
        let lesser: Vec<&Owned> = owned.iter().filter(|owned| is_better(track, class, bytes, owned)).collect();
        let tier = self.tier(track);
        let single = || self.release(track)?.fixed_for(class)?.track;
        let terms = Terms {
            per_mb: self.prices.price_per_mb(class, tier),
            fixed: of_release.or_else(single),
            discount_ppm: together(rates).given_ppm,
            floor_per_track,
            floor_per_mb,
            paid_before: self.paid(&lesser)?,
            tax_ppm: self.asking.tax_ppm,
            tax_included: self.asking.tax_included,
        };
        let mut reasons = vec![match terms.fixed {
            Some(price) => Reason::FixedPrice { price_micros: price.0, of_release: of_release.is_some() },
            None => Reason::PricePerMb { price_per_mb_micros: terms.per_mb.0, class, tier },
        }];
        self.tell(&mut reasons, &terms, bytes, &given, lesser.last().map(|owned| owned.format))?;
        Some(Line { terms, reasons, promotions: given.iter().map(|given| given.promotion.id.clone()).collect() })
    }

    /// What was paid for lesser formats, on the basis that the price is on: with or without tax.
    fn paid(&self, lesser: &[&Owned]) -> Option<Micros> {
        let basis =
            |owned: &&Owned| if self.asking.tax_included { Some(owned.paid) } else { owned.paid.minus(owned.tax) };
        Micros::sum(lesser.iter().map(basis).collect::<Option<Vec<_>>>()?)
    }

    fn tell(
        &self,
        reasons: &mut Vec<Reason>,
        terms: &Terms,
        bytes: u64,
        given: &[&Given],
        lesser: Option<Format>,
    ) -> Option<()> {
        let price = terms.price(bytes)?;
        let amount = |ppm: u32| part(price.list, ppm.into(), PPM.into()).map(|amount| amount.0);
        let mut asked = Vec::new();
        for Given { promotion, discount_ppm, spent_micros } in given {
            asked.push(*discount_ppm);
            reasons.push(Reason::Discount {
                id: promotion.id.clone(),
                sort: promotion.sort(),
                names: promotion.names.clone(),
                discount_ppm: *discount_ppm,
                amount_micros: amount(*discount_ppm)?,
                spent_micros: *spent_micros,
            });
        }
        if let Some((serial, ppm)) = &self.voucher {
            asked.push(*ppm);
            let (names, sort) = (BTreeMap::new(), "voucher");
            let (discount_ppm, amount_micros) = (*ppm, amount(*ppm)?);
            let id = serial.clone();
            reasons.push(Reason::Discount { id, sort, names, discount_ppm, amount_micros, spent_micros: None });
        }
        let sum = together(asked);
        if sum.given_ppm < sum.asked_ppm {
            let amount_micros = price.discount.0;
            reasons.push(Reason::Capped { asked_ppm: sum.asked_ppm, given_ppm: sum.given_ppm, amount_micros });
        }
        if price.raised_by_floor > Micros::ZERO {
            let floor_micros = price.list.0 - price.discount.0 + price.raised_by_floor.0;
            reasons.push(Reason::Floor { floor_micros, raised_micros: price.raised_by_floor.0 });
        }
        if let Some(format) = lesser.filter(|_| price.paid_before > Micros::ZERO) {
            reasons.push(Reason::PaidBefore { format, paid_micros: price.paid_before.0 });
        }
        if terms.tax_ppm > 0 {
            let (ppm, included) = (terms.tax_ppm, terms.tax_included);
            reasons.push(Reason::Tax { ppm, included, micros: price.tax.0 });
        }
        Some(())
    }

    fn fits(&self, promotion: &Promotion, track: &ForSale) -> bool {
        let genres = self.genres.get(&track.release_id).map_or(&[][..], Vec::as_slice);
        let label = track.label_id.as_ref();
        (promotion.releases.is_empty() || promotion.releases.contains(&track.release_id))
            && (promotion.labels.is_empty() || label.is_some_and(|label| promotion.labels.contains(label)))
            && (promotion.genres.is_empty() || genres.iter().any(|genre| promotion.genres.contains(genre)))
    }

    /// The highest floors that hold for a track.
    fn floors(&self, track: &ForSale) -> (Micros, Micros) {
        let label = track.label_id.clone().map(FloorFor::Label);
        let keys = [FloorFor::Release(track.release_id.clone()), FloorFor::Recording(track.recording_id.clone())];
        let found = label.into_iter().chain(keys).filter_map(|key| self.rules.floors.get(&key));
        found.fold((Micros::ZERO, Micros::ZERO), |(track, mb), floor| (track.max(floor.0), mb.max(floor.1)))
    }
}

/// The discounts that the buyer gets now.
fn given(live: &[&Promotion], asking: Asking, buyer: &Buyer) -> Vec<Given> {
    let known = asking.user_id.is_some();
    let mut given = Vec::new();
    for promotion in live {
        let fits = (!promotion.first_order || (known && !buyer.has_bought))
            && (!promotion.once_per_user || (known && !buyer.uses.contains(&promotion.id)))
            && (promotion.means.is_empty()
                || buyer.means.as_ref().is_some_and(|means| promotion.means.contains(means)));
        let rungs = promotion.rungs();
        let rung = discount::reached(&rungs, buyer.spent);
        let (discount_ppm, spent_micros) = match rung {
            Some(rung) => (rung.discount_ppm, Some(rung.spent.0)),
            None => (promotion.discount_ppm, None),
        };
        if fits && discount_ppm > 0 {
            given.push(Given { promotion: (*promotion).clone(), discount_ppm, spent_micros });
        }
    }
    given
}

/// Whether a format is better than one that is owned: of a higher class, or lossy with more bits for the same sound. As good
/// counts too where nothing is lost: it is the same sound in another file.
fn is_better(track: &ForSale, class: Class, bytes: u64, owned: &Owned) -> bool {
    let stream = track.stream().and_then(|stream| audio::encode::plan(owned.format, &stream));
    let (Ok(plan), Some(owned_bytes)) = (stream, owned.bytes) else { return false };
    let rank = |class: Class| match class {
        Class::Lossy => 0,
        Class::Lossless => 1,
        Class::Hires => 2,
    };
    match rank(class).cmp(&rank(plan.class)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => class != Class::Lossy || bytes > owned_bytes,
    }
}

/// The ids of the genres of every release that the tracks are on: its tags, their genres, and what these are within.
fn genres_of(tx: &mut Tx, tree: &GenreTree, tracks: &[&ForSale]) -> Result<HashMap<String, Vec<String>>, DbError> {
    let mut releases: Vec<&str> = tracks.iter().map(|track| track.release_id.as_str()).collect();
    releases.sort_unstable();
    releases.dedup();
    let mut found = HashMap::<String, Vec<String>>::new();
    for releases in releases.chunks(RELEASES_AT_ONCE) {
        let places: Vec<String> = (1..=releases.len()).map(|n| format!("${n}")).collect();
        let sql =
            format!("SELECT release_id, genre_id FROM release_genres WHERE release_id IN ({})", places.join(", "));
        let values: Vec<Value> = releases.iter().copied().map(Value::from).collect();
        for row in tx.rows(&sql, &values)? {
            let tag: String = row.get(1)?;
            let genres = found.entry(row.get(0)?).or_default();
            genres.extend(tree.counted_as(&tag));
            genres.push(tag);
        }
    }
    Ok(found)
}

/// Releases of one question.
const RELEASES_AT_ONCE: usize = 500;
