//! What orders of the past would have cost under other rules of prices. Reads only.
//!
//! Each charged line is priced anew for its buyer as he was then: with what he had spent, the code he typed, the bytes that
//! were made, the tax that held, and what a lesser format had cost him. Percentage vouchers are left out: they are spent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use audio::codec::Class;
use audio::format::Format;
use money::Micros;
use money::price::Terms;

use crate::Shop;
use crate::catalog::{self, ForSale};
use crate::db::{DbError, Row, Tx, Value};
use crate::orders;
use crate::params;
use crate::tariffs::{Asking, Pricing, Rules, Tier};
use crate::vouchers;

/// Orders that are priced in one transaction.
const ORDERS_AT_ONCE: i64 = 200;

/// Sums over some lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many lines.
    pub lines: u64,
    /// What they weigh.
    pub bytes: u64,
    /// What was charged.
    pub before_micros: i64,
    /// What would have been.
    pub after_micros: i64,
}

/// What would have been.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Everything.
    pub total: Sums,
    /// By class of formats and tier of releases, by their names.
    pub by_kind: BTreeMap<(&'static str, &'static str), Sums>,
    /// Buyers of anything in that time.
    pub buyers: u64,
    /// Those who would have paid more.
    pub dearer_for: u64,
    /// Those who would have paid less.
    pub cheaper_for: u64,
}

/// The charged lines of these orders.
fn sold(tx: &mut Tx, orders: &[Place]) -> Result<Vec<Sold>, DbError> {
    if orders.is_empty() {
        return Ok(vec![]);
    }
    let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT o.id, o.user_id, o.storefront, o.created_us, o.code, l.track_id, l.release_id, l.format,
             l.charged_bytes, l.charged_micros, {} FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE l.state = 'charged' AND o.id IN ({}) ORDER BY o.created_us, o.id, l.place",
        orders::TERMS,
        places.join(", ")
    );
    let values: Vec<Value> = orders.iter().map(|(_, id)| Value::from(id)).collect();
    tx.rows(&sql, &values)?.iter().map(sold_of).collect()
}

/// A charged line.
struct Sold {
    order_id: String,
    user_id: String,
    storefront: String,
    at_us: i64,
    code: Option<String>,
    track_id: String,
    release_id: Option<String>,
    format: Format,
    bytes: u64,
    charged: i64,
    terms: Terms,
}

/// Prices what was ordered from `from_us` until `until_us` and charged by now under `rules`.
pub async fn simulate(shop: &Shop, rules: Rules, from_us: i64, until_us: i64) -> Result<Simulated, DbError> {
    let rules = Arc::new(rules);
    let (mut simulated, mut changes) = (Simulated::default(), HashMap::<String, i64>::new());
    let mut after = (from_us, String::new());
    loop {
        let (rules, place) = (rules.clone(), after.clone());
        let (priced, last) = shop.db.read(move |tx| priced(tx, &rules, place, until_us)).await?;
        for Priced { user_id, class, tier, bytes, before, after } in priced {
            let kind = simulated.by_kind.entry((class.as_str(), tier.as_str())).or_default();
            for sums in [kind, &mut simulated.total] {
                sums.lines += 1;
                sums.bytes += bytes;
                sums.before_micros = sums.before_micros.saturating_add(before);
                sums.after_micros = sums.after_micros.saturating_add(after);
            }
            let change = changes.entry(user_id).or_default();
            *change = change.saturating_add(after - before);
        }
        let Some(last) = last else { break };
        after = last;
    }
    let count = |fits: fn(&i64) -> bool| changes.values().filter(|change| fits(change)).count() as u64;
    simulated.buyers = changes.len() as u64;
    simulated.dearer_for = count(|change| *change > 0);
    simulated.cheaper_for = count(|change| *change < 0);
    Ok(simulated)
}

struct Priced {
    user_id: String,
    class: Class,
    tier: Tier,
    bytes: u64,
    before: i64,
    after: i64,
}

/// When an order was placed, and its id.
type Place = (i64, String);

/// The lines of the orders after a place, priced anew, and where the next orders begin; none at the end.
fn priced(
    tx: &mut Tx,
    rules: &Arc<Rules>,
    after: Place,
    until_us: i64,
) -> Result<(Vec<Priced>, Option<Place>), DbError> {
    let rows = tx.rows(
        "SELECT created_us, id FROM orders WHERE created_us >= $1 AND created_us < $2 AND (created_us > $1 OR id > $3)
         ORDER BY created_us, id LIMIT $4",
        params![after.0, until_us, after.1, ORDERS_AT_ONCE],
    )?;
    let orders = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<Place>, DbError>>()?;
    let last = orders.last().cloned();
    let sold = sold(tx, &orders)?;
    let of: Vec<&str> = orders.iter().map(|(_, id)| id.as_str()).collect();
    let vouchers = vouchers::spent_on(tx, &of)?;
    let ids: BTreeSet<&str> = sold.iter().map(|sold| sold.track_id.as_str()).collect();
    let mut tracks = HashMap::new();
    for id in ids {
        if let Some(track) = catalog::track_sold(tx, id)? {
            tracks.insert(id.to_owned(), track);
        }
    }
    let mut priced = Vec::with_capacity(sold.len());
    for order in sold.chunk_by(|a, b| a.order_id == b.order_id) {
        let voucher = order.first().and_then(|sold| vouchers.get(&sold.order_id));
        let voucher = voucher.map(|v| (v.serial.clone(), u32::try_from(v.discount_ppm).unwrap_or(money::price::PPM)));
        order_anew(tx, rules, (order, voucher), &tracks, &mut priced)?;
    }
    Ok((priced, last))
}

fn order_anew(
    tx: &mut Tx,
    rules: &Arc<Rules>,
    (order, voucher): (&[Sold], Option<(String, u32)>),
    tracks: &HashMap<String, ForSale>,
    priced: &mut Vec<Priced>,
) -> Result<(), DbError> {
    let lines: Vec<(&Sold, &ForSale)> =
        order.iter().filter_map(|sold| Some((sold, tracks.get(&sold.track_id)?))).collect();
    let Some((first, _)) = lines.first() else { return Ok(()) };
    let asking = Asking {
        storefront: &first.storefront,
        user_id: Some(&first.user_id),
        code: first.code.as_deref(),
        format: first.format,
        at_us: first.at_us,
        tax_ppm: first.terms.tax_ppm,
        tax_included: first.terms.tax_included,
    };
    let all: Vec<&ForSale> = lines.iter().map(|(_, track)| *track).collect();
    let pricing = Pricing::of_past(tx, rules.clone(), asking, voucher, &all)?;
    for together in lines.chunk_by(|a, b| a.0.release_id.is_some() && a.0.release_id == b.0.release_id) {
        let of: Vec<&ForSale> = together.iter().map(|(_, track)| *track).collect();
        let classes: Vec<Class> = together.iter().map(|(sold, track)| class_of(sold, track)).collect();
        let best =
            classes.iter().copied().max_by_key(|class| *class as u8).filter(|_| together[0].0.release_id.is_some());
        let parts = best.and_then(|class| pricing.parts_of_release(&of, class));
        for (n, (sold, track)) in together.iter().enumerate() {
            let part = parts.as_ref().and_then(|parts| parts.get(n).copied());
            let after = if is_repeat(&sold.terms) { Some(0) } else { anew(&pricing, sold, track, classes[n], part) };
            let after =
                after.ok_or_else(|| DbError::Failed(format!("a price of order {} does not fit", sold.order_id)))?;
            priced.push(Priced {
                user_id: sold.user_id.clone(),
                class: classes[n],
                tier: pricing.tier(track),
                bytes: sold.bytes,
                before: sold.charged,
                after,
            });
        }
    }
    Ok(())
}

/// It was owned already, and cost nothing.
fn is_repeat(terms: &Terms) -> bool {
    terms.fixed == Some(Micros::ZERO) && terms.per_mb == Micros::ZERO
}

fn anew(pricing: &Pricing, sold: &Sold, track: &ForSale, class: Class, part: Option<Micros>) -> Option<i64> {
    let line = pricing.line(track, class, sold.bytes, part)?;
    let terms = Terms { paid_before: sold.terms.paid_before, ..line.terms };
    Some(terms.price(sold.bytes)?.gross.0)
}

/// The class of what was sold; a format that no build makes any more keeps the class it is named with.
fn class_of(sold: &Sold, track: &ForSale) -> Class {
    let plan = track.stream().and_then(|stream| audio::encode::plan(sold.format, &stream));
    plan.map_or_else(|_| sold.format.info().class, |plan| plan.class)
}

fn sold_of(row: &Row) -> Result<Sold, DbError> {
    let format: String = row.get(7)?;
    Ok(Sold {
        order_id: row.get(0)?,
        user_id: row.get(1)?,
        storefront: row.get(2)?,
        at_us: row.get(3)?,
        code: row.get(4)?,
        track_id: row.get(5)?,
        release_id: row.get(6)?,
        format: format.parse().map_err(|e| DbError::Failed(format!("a stored format: {e}")))?,
        bytes: row.get::<Option<u64>>(8)?.unwrap_or(0),
        charged: row.get::<Option<i64>>(9)?.unwrap_or(0),
        terms: orders::terms_of(row, 10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{Item, OrderState};
    use crate::tariffs::tariff::Period;
    use crate::tariffs::{Promotion, Tariff};
    use crate::test_support::{TestShop, block_on, on_both_engines};
    use crate::vouchers::{NewBatch, Worth};
    use crate::work::Work;

    async fn bought(shop: &Shop, user: &str, key: &str, format: &str) {
        let track = vec![Item::Track("t1".into())];
        let placed = shop.orders.place(user, key, track, format.parse().unwrap()).await.unwrap();
        for _ in 0..600 {
            if shop.orders.get(user, &placed.order.id).await.unwrap().unwrap().state == OrderState::Charged {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the order was not settled within 30 s");
    }

    #[test]
    fn under_the_rules_that_held_nothing_changes_and_under_others_what_they_say() {
        on_both_engines(|_, url| {
            block_on(async {
                let test = TestShop::open(&url).await;
                let shop = &test.shop;
                let work = Work::start(shop).await.unwrap();
                for user in ["a", "b"] {
                    shop.wallet.credit(user, Micros(10_000_000), "welcome").await.unwrap();
                    bought(shop, user, "mp3", "mp3:cbr:320").await;
                }
                // The same again, which is free, and a better one, for the difference.
                bought(shop, "a", "again", "mp3:cbr:320").await;
                bought(shop, "a", "wav", "wav:pcm:16").await;
                // And one with a voucher for a tenth off.
                let worth = Worth::Percent { discount_ppm: 100_000 };
                let batch = NewBatch { worth, ..NewBatch::of_money("tenth", Micros::ZERO, 1) };
                let code = shop.vouchers.declare_and_print(batch).await.unwrap().remove(0).code;
                shop.vouchers.redeem("b", std::net::Ipv4Addr::LOCALHOST.into(), &code).await.unwrap();
                bought(shop, "b", "opus", "opus:cbr:128").await;
                work.stop().await;
                let rules = shop.db.read(Rules::read).await.unwrap();
                let same = simulate(shop, rules, 0, i64::MAX).await.unwrap();
                assert_eq!((same.total.lines, same.buyers, same.dearer_for, same.cheaper_for), (5, 2, 0, 0));
                assert!(same.total.before_micros > 0);
                assert_eq!(same.total.after_micros, same.total.before_micros);
                let lossy = same.by_kind[&("lossy", "catalogue")];
                assert_eq!((lossy.lines, same.by_kind.len()), (4, 2));

                let tariffs = shop.tariffs.clone();
                let rules = shop.db.write(move |tx| {
                    let periods = vec![Period { from_us: None, until_us: None, price_per_mb: Micros(40_000) }];
                    let (id, storefront) = ("standard".to_owned(), "main".to_owned());
                    tariffs.put(tx, &Tariff { id, storefront, class: None, tier: None, periods })?;
                    let halved = Promotion {
                        id: "first".into(),
                        storefront: "main".into(),
                        discount_ppm: 250_000,
                        first_order: true,
                        ..Promotion::default()
                    };
                    tariffs.put_promotion(tx, &halved, "USD")?;
                    Ok::<_, crate::declared::Refused>(Rules::read(tx)?)
                });
                let dearer = simulate(shop, rules.await.unwrap(), 0, i64::MAX).await.unwrap();
                let after = dearer.by_kind[&("lossy", "catalogue")].after_micros;
                assert!(after > lossy.before_micros, "twice the price, a quarter off the first order");
                assert_eq!((dearer.dearer_for, dearer.cheaper_for), (2, 0));
                let rules = shop.db.read(Rules::read).await.unwrap();
                assert_eq!(simulate(shop, rules, 0, 1).await.unwrap(), Simulated::default());
            });
        });
    }
}
