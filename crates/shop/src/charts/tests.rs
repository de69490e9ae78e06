//! What charts say of real orders, on both engines.

use std::time::Duration;

use money::Micros;

use super::*;
use crate::Shop;
use crate::orders::{Item, OrderState};
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

async fn buy(shop: &Shop, user: &str, tracks: &[&str]) -> crate::orders::Order {
    let items = tracks.iter().map(|id| Item::Track((*id).to_owned())).collect();
    let key = format!("{user} {tracks:?}");
    let placed = shop.orders.place(user, &key, items, "mp3:cbr:128".parse().unwrap()).await.unwrap();
    for _ in 0..600 {
        let order = shop.orders.get(user, &placed.order.id).await.unwrap().unwrap();
        if order.state == OrderState::Charged {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the order was not charged within 30 s");
}

fn of(period: Period) -> Which {
    Which { period, genre: None }
}

async fn tracks(charts: &Charts, period: Period) -> Vec<(u32, u64, String)> {
    let chart = charts.tracks(of(period), MAX_PLACES).await.unwrap();
    chart.into_iter().map(|placed| (placed.place, placed.units, placed.item.track.id)).collect()
}

fn expected(places: &[(u32, u64, &str)]) -> Vec<(u32, u64, String)> {
    places.iter().map(|(place, units, id)| (*place, *units, (*id).to_owned())).collect()
}

#[test]
fn buyers_are_counted_once_ties_share_a_place_and_what_is_withdrawn_or_given_back_vanishes() {
    on_both_engines(|_, url| {
        block_on(async {
            let TestShop { shop, folder: _folder } = TestShop::open(&url).await;
            let work = Work::start(&shop).await.unwrap();
            for user in ["a", "b"] {
                shop.wallet.credit(user, Micros(10_000_000), "welcome").await.unwrap();
            }
            buy(&shop, "a", &["t1", "t2"]).await;
            let given_back = buy(&shop, "b", &["t1", "t3"]).await;
            shop.charts.count_now().await.unwrap();
            for period in Period::ALL {
                let places = expected(&[(1, 2, "t1"), (2, 1, "t2"), (2, 1, "t3")]);
                assert_eq!(tracks(&shop.charts, period).await, places, "{period:?}");
            }
            let releases = shop.charts.releases(of(Period::Week), 10).await.unwrap();
            assert_eq!((releases[0].place, releases[0].units, releases[0].item.id.as_str()), (1, 4, "r"));

            let line = given_back.lines.iter().find(|line| line.track_id == "t3").unwrap();

            shop.refunds.refund("k", &line.id, None, "wrong").await.unwrap();
            shop.charts.count_now().await.unwrap();
            assert_eq!(tracks(&shop.charts, Period::All).await, expected(&[(1, 2, "t1"), (2, 1, "t2")]));
            let level = async |kind: &'static str, id: &'static str| {
                let sql = "SELECT level FROM popularity WHERE kind = $1 AND id = $2";
                shop.db.read(move |tx| tx.row(sql, params![kind, id])?.unwrap().get::<i64>(0)).await.unwrap()
            };
            assert_eq!(level("track", "t3").await, 0, "what was given back is popular no more");
            assert!(level("track", "t1").await > 0 && level("release", "r").await > 0);

            let (later, _hand) = Clock::by_hand(shop.clock.now_us() + 2 * 86_400_000_000);
            let later = Charts::new(shop.db.clone(), later, shop.catalog.clone());
            later.count_now().await.unwrap();
            assert_eq!(tracks(&later, Period::Day).await, expected(&[]));
            assert_eq!(tracks(&later, Period::Week).await.len(), 2);

            shop.catalog.withdraw("r").await.unwrap();
            assert_eq!(tracks(&later, Period::Week).await, expected(&[]), "before anybody counted again");
            later.count_now().await.unwrap();
            assert_eq!([level("track", "t1").await, level("release", "r").await], [0, 0]);
            work.stop().await;
        });
    });
}

#[test]
fn the_search_hears_of_what_became_more_popular_and_of_nothing_else() {
    on_both_engines(|_, url| {
        block_on(async {
            let TestShop { shop, folder: _folder } = TestShop::open(&url).await;
            let work = Work::start(&shop).await.unwrap();
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            buy(&shop, "a", &["t2"]).await;
            work.stop().await;
            let seq = || async {
                let sql = "SELECT value FROM counters WHERE name = 'catalog_changes'";
                shop.db.read::<_, DbError>(move |tx| tx.row(sql, &[])?.expect("a row").get::<i64>(0)).await.unwrap()
            };
            let before = seq().await;
            shop.charts.count_now().await.unwrap();
            let after = seq().await;
            shop.charts.count_now().await.unwrap();
            assert!(after <= before + 1, "{before} {after}");
            assert_eq!(seq().await, after, "what did not change is not told again");
            shop.search.follow(&shop.db).await.unwrap();
            let found = shop.search.find("tone", None, None, 10).unwrap().items;
            let found = shop.catalog.hits(found).await.unwrap();
            assert_eq!(found.iter().map(|hit| hit.title.as_str()).collect::<Vec<_>>(), ["Tone 2", "Tone 1", "Tone 3"]);
        });
    });
}

#[test]
fn two_steps_double_the_units() {
    let steps: Vec<i64> = [0, 1, 2, 3, 5, 7, 11, 15, 1_000].map(count::level).to_vec();
    assert_eq!(steps, [0, 2, 3, 4, 5, 6, 7, 8, 19]);
}
