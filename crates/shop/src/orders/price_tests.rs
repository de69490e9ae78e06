//! What things cost under promotions, floors, fixed prices and for who owns something already, on both engines.

use std::collections::BTreeMap;

use audio::codec::Class;
use money::Micros;
use money::discount::CAP_PPM;

use super::*;
use crate::audit::audit;
use crate::catalog::genres::{self, Genre};
use crate::declared::Refused;
use crate::storefronts::MAIN;
use crate::tariffs::Tier;
use crate::tariffs::floors::{Floor, FloorFor};
use crate::tariffs::promotions::{HappyHour, Promotion};
use crate::tariffs::releases::{FixedPrice, ReleasePrice};
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::work::Work;

const MP3: &str = "mp3:cbr:320";
const WAV: &str = "wav:pcm:16";

fn format(text: &str) -> Format {
    text.parse().unwrap()
}

fn track() -> Vec<Item> {
    vec![Item::Track("t1".into())]
}

fn promotion(id: &str, discount_ppm: u32) -> Promotion {
    Promotion { id: id.into(), storefront: MAIN.into(), discount_ppm, ..Promotion::default() }
}

async fn declare(shop: &crate::Shop, promotion: Promotion) -> Result<(), Refused> {
    let tariffs = shop.tariffs.clone();
    shop.db.write(move |tx| tariffs.put_promotion(tx, &promotion, "USD")).await
}

async fn quoted(shop: &crate::Shop, user: Option<&str>, code: Option<&str>, text: &str) -> QuoteLine {
    let wish = Wish { code: code.map(str::to_owned), ..Wish::new(track(), format(text)) };
    shop.orders.quote_for(user, wish).await.unwrap().lines.remove(0)
}

/// The discounts of a line, in parts per million.
fn discounts(line: &QuoteLine) -> Vec<(&'static str, u32)> {
    let discount = |reason: &Reason| match reason {
        Reason::Discount { sort, discount_ppm, .. } => Some((*sort, *discount_ppm)),
        _ => None,
    };
    line.reasons.iter().filter_map(discount).collect()
}

async fn bought(shop: &crate::Shop, user: &str, key: &str, text: &str) -> Order {
    let placed = shop.orders.place(user, key, track(), format(text)).await.unwrap();
    for _ in 0..600 {
        let order = shop.orders.get(user, &placed.order.id).await.unwrap().unwrap();
        if order.state != OrderState::Held {
            return order;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the order was not settled within 30 s");
}

#[test]
fn discounts_add_up_stop_at_a_third_and_say_so() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            let list = quoted(shop, None, None, MP3).await;
            assert_eq!((list.price_micros, discounts(&list)), (list.list_micros, vec![]));
            declare(shop, promotion("all", 100_000)).await.unwrap();
            declare(shop, Promotion { first_order: true, ..promotion("first", 50_000) }).await.unwrap();
            declare(shop, Promotion { code: Some("SUMMER".into()), ..promotion("summer", 250_000) }).await.unwrap();
            declare(shop, Promotion { from_us: Some(i64::MAX), ..promotion("later", 1) }).await.unwrap();
            let never = HappyHour { days: vec![], from_min: 0, until_min: 24 * 60, time_zone: "UTC".into() };
            declare(shop, Promotion { happy_hours: vec![never], until_us: Some(1), ..promotion("over", 1) })
                .await
                .unwrap();
            declare(shop, Promotion { means: vec!["credit".into()], ..promotion("means", 20_000) }).await.unwrap();
            assert_eq!(discounts(&quoted(shop, None, None, MP3).await), [("promotion", 100_000)]);
            assert_eq!(
                discounts(&quoted(shop, Some("a"), None, MP3).await),
                [("promotion", 100_000), ("first_order", 50_000)]
            );
            shop.wallet.credit("a", Micros(1_000_000), "welcome").await.unwrap();
            let line = quoted(shop, Some("a"), Some(" summer "), MP3).await;
            assert_eq!(
                discounts(&line),
                [("promotion", 100_000), ("first_order", 50_000), ("means", 20_000), ("code", 250_000)]
            );
            let given = Micros(line.list_micros);
            let given = money::price::part(given, CAP_PPM.into(), 1_000_000).unwrap().0;
            assert_eq!(line.price_micros, line.list_micros - given);
            let capped = Reason::Capped { asked_ppm: 420_000, given_ppm: CAP_PPM, amount_micros: given };
            assert!(line.reasons.contains(&capped), "{:?}", line.reasons);

            let unknown = Wish { code: Some("WINTER".into()), ..Wish::new(track(), format(MP3)) };
            assert!(matches!(shop.orders.quote_for(None, unknown).await, Err(OrderError::CodeUnknown)));
        });
    });
}

#[test]
fn a_ladder_counts_what_was_charged_and_a_promotion_once_is_once() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            declare(shop, Promotion { ladder: vec![(1, 50_000), (1_000_000_000, 100_000)], ..promotion("spent", 0) })
                .await
                .unwrap();
            declare(shop, Promotion { once_per_user: true, ..promotion("once", 30_000) }).await.unwrap();
            assert_eq!(discounts(&quoted(shop, Some("a"), None, MP3).await), [("promotion", 30_000)]);
            let work = Work::start(shop).await.unwrap();
            let order = bought(shop, "a", "k", MP3).await;
            let list = quoted(shop, None, None, MP3).await.list_micros;
            assert_eq!(order.charged_micros, list - money::price::part(Micros(list), 30_000, 1_000_000).unwrap().0);
            assert_eq!(discounts(&quoted(shop, Some("a"), None, WAV).await), [("spent", 50_000)]);
            assert_eq!(discounts(&quoted(shop, Some("b"), None, WAV).await), [("promotion", 30_000)]);
            // A code that was used up is one that does not hold any more; the order that used it stands.
            let coded = Promotion { once_per_user: true, code: Some("ONCE".into()), ..promotion("coded", 20_000) };
            declare(shop, coded).await.unwrap();
            let wish = |text| Wish { code: Some("once".into()), ..Wish::new(track(), format(text)) };
            shop.orders.place_wish("a", "coded", wish(WAV)).await.unwrap();
            assert!(shop.orders.place_wish("a", "coded", wish(WAV)).await.unwrap().repeated);
            let again = shop.orders.place_wish("a", "coded again", wish("flac:lossless:5")).await;
            assert!(matches!(again, Err(OrderError::CodeUsed)));
            assert!(shop.orders.quote_for(Some("b"), wish(WAV)).await.is_ok());
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn who_owns_a_track_pays_the_difference_for_a_better_format_and_nothing_for_the_same() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let first = bought(shop, "a", "mp3", MP3).await;
            let again = bought(shop, "a", "mp3 again", MP3).await;
            assert_eq!((again.state, again.held_micros, again.charged_micros), (OrderState::Charged, 0, 0));
            assert_ne!(again.id, first.id);
            let same = quoted(shop, Some("a"), None, MP3).await;
            assert_eq!(same.reasons, [Reason::Owned { order_id: first.id.clone() }]);
            // Who wants nothing twice is told which order has it; the same request again is still the order it was.
            let only_new = |text| Wish { only_new: true, ..Wish::new(track(), format(text)) };
            let refused = shop.orders.place_wish("a", "mp3 once more", only_new(MP3)).await;
            assert!(matches!(refused, Err(OrderError::Owned { order_ids }) if order_ids == [first.id.clone()]));
            assert!(shop.orders.place_wish("a", "mp3", only_new(MP3)).await.unwrap().repeated);
            assert_eq!(shop.orders.list("a", None, 10).await.unwrap().items.len(), 2);

            let full = quoted(shop, Some("b"), None, WAV).await;
            let better = quoted(shop, Some("a"), None, WAV).await;
            assert_eq!(better.price_micros, full.price_micros - first.charged_micros);
            let paid = Reason::PaidBefore { format: format(MP3), paid_micros: first.charged_micros };
            assert!(better.reasons.contains(&paid), "{:?}", better.reasons);
            let upgraded = bought(shop, "a", "wav", WAV).await;
            assert_eq!(upgraded.charged_micros, better.price_micros);
            // A lesser format is another purchase; as good a one without loss costs what it weighs more, if anything.
            let lesser = quoted(shop, Some("a"), None, "mp3:cbr:128").await;
            assert_eq!(lesser.price_micros, lesser.list_micros);
            let flac = quoted(shop, Some("a"), None, "flac:lossless:5").await;
            assert!(flac.price_micros < flac.list_micros / 10, "{flac:?}");
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn what_went_back_counts_neither_as_spent_nor_as_paid_before() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let work = Work::start(shop).await.unwrap();
            let first = bought(shop, "a", "mp3", MP3).await;
            let charged = first.charged_micros;
            declare(shop, Promotion { ladder: vec![(charged, 50_000)], ..promotion("spent", 0) }).await.unwrap();
            let full = quoted(shop, Some("b"), None, WAV).await.price_micros;
            let regular = quoted(shop, Some("a"), None, WAV).await;
            assert_eq!(discounts(&regular), [("spent", 50_000)]);
            shop.refunds.refund("one", &first.lines[0].id, Some(Micros(1)), "").await.unwrap();
            let line = quoted(shop, Some("a"), None, WAV).await;
            assert_eq!((discounts(&line), line.price_micros), (vec![], full - (charged - 1)));
            shop.refunds.refund("rest", &first.lines[0].id, None, "").await.unwrap();
            assert_eq!(quoted(shop, Some("a"), None, WAV).await.price_micros, full);
            work.stop().await;
        });
    });
}

#[test]
fn floors_win_over_discounts_and_fixed_prices() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let (shop, tariffs) = (&test.shop, test.shop.tariffs.clone());
            let price = ReleasePrice {
                id: "r".into(),
                storefront: MAIN.into(),
                release_id: "r".into(),
                tier: Some(Tier::Free),
                fixed: vec![FixedPrice {
                    class: Some(Class::Lossy),
                    release: Micros(99_999),
                    track: Some(Micros(40_000)),
                }],
            };
            shop.db.write(move |tx| tariffs.put_release(tx, &price)).await.unwrap();
            declare(shop, promotion("all", 100_000)).await.unwrap();
            let whole = shop.orders.quote(vec![Item::Release("r".into())], format(MP3)).await.unwrap();
            assert_eq!(whole.total_micros, 90_000, "three equal tracks of a fixed price, less a tenth");
            assert_eq!(whole.lines.iter().map(|line| line.list_micros).sum::<i64>(), 99_999);
            assert_eq!(quoted(shop, None, None, MP3).await.price_micros, 36_000);
            assert_eq!(quoted(shop, None, None, WAV).await.price_micros, 0, "free by weight");
            let floor = |id: &str, whose, per_track, per_mb| Floor {
                id: id.into(),
                whose,
                currency: "USD".into(),
                per_track: Micros(per_track),
                per_mb: Micros(per_mb),
            };
            for floor in [
                floor("recording", FloorFor::Recording("rec1".into()), 50_000, 0),
                floor("release", FloorFor::Release("r".into()), 10_000, 1_000_000),
            ] {
                let tariffs = shop.tariffs.clone();
                shop.db.write(move |tx| tariffs.put_floor(tx, &floor)).await.unwrap();
            }
            let line = quoted(shop, None, None, MP3).await;
            let per_mb = i64::try_from(line.bytes_max).unwrap();
            assert_eq!(line.price_micros, per_mb.max(50_000));
            let raised = Reason::Floor { floor_micros: line.price_micros, raised_micros: line.price_micros - 36_000 };
            assert!(line.reasons.contains(&raised), "{:?}", line.reasons);
            let nothing = floor("none", FloorFor::Label("none".into()), 1, 0);
            let tariffs = shop.tariffs.clone();
            let refused = shop.db.write(move |tx| tariffs.put_floor(tx, &nothing)).await;
            assert!(matches!(refused, Err(Refused::Field { field, .. }) if field == "label"));
        });
    });
}

#[test]
fn a_promotion_of_a_genre_holds_for_what_lies_within_it() {
    on_both_engines(|db, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            let tag = |tx: &mut Tx| {
                tx.execute(
                    "INSERT INTO genres (id, name) VALUES ('trip-hop-from-bristol', 'Trip Hop from Bristol')",
                    &[],
                )?;
                tx.execute(
                    "INSERT INTO release_genres (release_id, genre_id, place) VALUES ('r', 'trip-hop-from-bristol', 0)",
                    &[],
                )
            };
            db.write(tag).await.unwrap();
            let of = |id: &str, genre: &str| Promotion { genres: vec![genre.to_owned()], ..promotion(id, 100_000) };
            declare(shop, of("wide", "electronic")).await.unwrap();
            assert_eq!(discounts(&quoted(shop, None, None, MP3).await), [], "nobody has said where the tag belongs");
            let genre = Genre {
                id: "bristol".into(),
                parent: Some("electronic".into()),
                names: BTreeMap::from([("en".to_owned(), "Bristol".to_owned())]),
                spellings: vec!["Trip Hop from Bristol".into()],
            };
            db.write(move |tx| genres::put(tx, &genre, 0)).await.unwrap();
            assert_eq!(discounts(&quoted(shop, None, None, MP3).await).len(), 1);
            declare(shop, of("narrow", "bristol")).await.unwrap();
            declare(shop, of("tag", "trip-hop-from-bristol")).await.unwrap();
            declare(shop, of("other", "classical")).await.unwrap();
            assert_eq!(discounts(&quoted(shop, None, None, MP3).await).len(), 3);
            let refused = declare(shop, of("none", "no-such-genre")).await;
            assert!(matches!(refused, Err(Refused::Field { field, .. }) if field == "genres[0]"));
        });
    });
}

#[test]
fn a_price_above_the_promise_is_refused_and_a_rule_that_was_undone_is_not_remembered() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            shop.wallet.credit("a", Micros(10_000_000), "welcome").await.unwrap();
            let quote = shop.orders.quote(track(), format(MP3)).await.unwrap();
            shop.tariffs.set_price_per_mb(Micros(30_000)).await.unwrap();
            let wish = Wish { promised_micros: Some(quote.total_micros), ..Wish::new(track(), format(MP3)) };
            let refused = shop.orders.place_wish("a", "k", wish.clone()).await;
            assert!(matches!(refused, Err(OrderError::PriceRose { promised_micros, total_micros })
                if promised_micros == quote.total_micros && total_micros > promised_micros));
            assert_eq!(shop.wallet.balance("a").await.unwrap().held_micros, 0);

            let tariffs = shop.tariffs.clone();
            let undone: Result<(), Refused> = shop
                .db
                .write(move |tx| {
                    tariffs.put_promotion(tx, &promotion("undone", 300_000), "USD")?;
                    assert_eq!(tariffs.rules(tx).unwrap().promotions().len(), 1);
                    Err(Refused::field("it", "is undone"))
                })
                .await;
            assert!(undone.is_err());
            assert_eq!(discounts(&quoted(shop, None, None, MP3).await), []);
            let now = shop.orders.quote(track(), format(MP3)).await.unwrap();
            let wish = Wish { promised_micros: Some(now.total_micros), ..wish };
            assert_eq!(shop.orders.place_wish("a", "k", wish).await.unwrap().order.held_micros, now.total_micros);
        });
    });
}
