//! Reviews by those who bought, on both engines.

use super::*;
use crate::orders::{Item, Wish};
use crate::test_support::{TestShop, block_on, on_both_engines};

fn review(stars: u8, words: &str) -> NewReview {
    NewReview { stars, author: "Anna".into(), words: words.into(), language: "en".into() }
}

/// Somebody owns a track of `r`, as if he had ordered it.
async fn buys(shop: &crate::Shop, user: &'static str) {
    let code = shop.vouchers.create(money::Micros(90_000_000), 1).await.unwrap().remove(0);
    shop.redemptions.redeem(user, std::net::IpAddr::from([127, 0, 0, 1]), &code, None).await.unwrap();
    let wish = Wish::new(vec![Item::Release("r".into())], "wav:pcm:16".parse().unwrap());
    shop.orders.place_wish(user, "key", wish).await.unwrap();
}

#[test]
fn who_bought_says_one_thing_and_may_change_it_and_take_it_back() {
    on_both_engines(|_, url| {
        block_on(async {
            let shop = TestShop::open(&url).await.shop;
            let refused = shop.reviews.write("a", "r", review(5, "Fine")).await.unwrap_err();
            assert!(matches!(refused, ReviewError::NotBought));
            buys(&shop, "a").await;
            buys(&shop, "b").await;
            assert!(shop.reviews.write("a", "r", review(5, "Fine")).await.unwrap());
            assert!(!shop.reviews.write("a", "r", review(2, "Second thoughts")).await.unwrap());
            assert!(shop.reviews.write("b", "r", review(5, "")).await.unwrap());
            assert_eq!(shop.reviews.rating("r").await.unwrap(), Rating { reviews: 2, stars: 7 });
            assert_eq!(shop.reviews.rating("r").await.unwrap().average_hundredths(), 350);
            let page = shop.reviews.of_release("r", None, 1).await.unwrap();
            let rest = shop.reviews.of_release("r", page.next, 1).await.unwrap();
            assert_eq!((page.items.len(), rest.items[0].words.as_str()), (1, "Second thoughts"));
            shop.reviews.remove("a", "r").await.unwrap();
            assert_eq!(shop.reviews.rating("r").await.unwrap(), Rating { reviews: 1, stars: 5 });
            assert!(matches!(shop.reviews.remove("a", "r").await, Err(ReviewError::Unknown)));
        });
    });
}

#[test]
fn a_hidden_review_does_not_count_and_looking_at_reports_settles_them() {
    on_both_engines(|_, url| {
        block_on(async {
            let shop = TestShop::open(&url).await.shop;
            buys(&shop, "a").await;
            shop.reviews.write("a", "r", review(1, "Rude words")).await.unwrap();
            let (written, may) = shop.reviews.own("a", "r").await.unwrap();
            let id = written.unwrap().id;
            assert!(may);
            for reason in ["rude", "very rude"] {
                shop.reviews.report("b", &id, reason).await.unwrap();
            }
            assert!(matches!(shop.reviews.report("a", &id, "my own").await, Err(ReviewError::Own)));
            assert!(
                shop.reviews.report("b", &id, " ").await.is_err() && shop.reviews.report("b", "x", "y").await.is_err()
            );
            assert_eq!(shop.reviews.all(None, 9).await.unwrap().items[0].reports, 1, "one person, one report");
            assert_eq!(shop.reviews.reasons(&id, 9).await.unwrap(), ["very rude"]);
            shop.reviews.moderate(&id, true).await.unwrap();
            assert_eq!(shop.reviews.rating("r").await.unwrap(), Rating::default());
            assert!(shop.reviews.of_release("r", None, 9).await.unwrap().items.is_empty());
            shop.reviews.write("a", "r", review(5, "Nicer words")).await.unwrap();
            assert_eq!(
                shop.reviews.rating("r").await.unwrap(),
                Rating::default(),
                "changing it does not bring it back"
            );
            shop.reviews.moderate(&id, false).await.unwrap();
            let now = shop.reviews.all(None, 9).await.unwrap().items.remove(0);
            assert_eq!((now.reports, now.is_hidden), (0, false));
            assert_eq!(shop.reviews.rating("r").await.unwrap(), Rating { reviews: 1, stars: 5 });
        });
    });
}

#[test]
fn what_is_no_review_is_refused_by_its_field() {
    on_both_engines(|_, url| {
        block_on(async {
            let shop = TestShop::open(&url).await.shop;
            buys(&shop, "a").await;
            for (wrong, named) in [
                (review(0, "x"), "stars"),
                (review(6, "x"), "stars"),
                (review(3, &"x".repeat(MAX_WORDS_CHARS + 1)), "words"),
                (NewReview { author: "a\nb".into(), ..review(3, "x") }, "author"),
            ] {
                let refused = shop.reviews.write("a", "r", wrong).await.unwrap_err();
                assert!(matches!(refused, ReviewError::Field { field, .. } if field == named), "{refused}");
            }
        });
    });
}
