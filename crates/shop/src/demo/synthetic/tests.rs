//! A small made-up shop, whole: what is in it, that its books are right, that a second filling adds nothing.

use std::sync::Mutex;

use super::catalogue::Pool;
use super::*;
use crate::audit::audit;
use crate::test_support::{TestShop, block_on, on_both_engines};

async fn number(shop: &Shop, sql: &'static str) -> i64 {
    shop.db.read::<_, DbError>(move |tx| tx.row(sql, &[])?.expect("a row").get::<i64>(0)).await.unwrap()
}

/// The masters of the test shop, which are real; no measured loudness.
async fn pool(shop: &Shop) -> Pool {
    let empty = audio::loudness::Histogram::empty().to_bytes();
    shop.db
        .write::<_, DbError>(move |tx| {
            tx.execute("UPDATE masters SET loudness_blocks = $1", crate::params![empty.clone()])?;
            Ok(())
        })
        .await
        .unwrap();
    let group = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Pool { groups: vec![group(&["m1", "m2"]), group(&["m3"])], covers: vec!["cover".to_owned()] }
}

#[test]
fn a_made_up_shop_has_what_was_asked_for_and_its_books_are_right() {
    on_both_engines(|_, url| {
        block_on(async {
            let TestShop { shop, folder: _folder } = TestShop::open(&url).await;
            let wanted = Wanted { tracks: 600, seed: 1 };
            let heard = Mutex::new(Vec::new());
            let tell = |making, done, of| heard.lock().unwrap().push((making, done, of));
            fill_from(&shop, wanted, pool(&shop).await, tell).await.unwrap();
            assert_eq!(number(&shop, "SELECT count(*) FROM tracks WHERE release_id <> 'r'").await, 600);
            assert_eq!(number(&shop, "SELECT count(*) FROM orders").await, 20);
            assert_eq!(number(&shop, "SELECT count(*) FROM order_lines WHERE state <> 'charged'").await, 0);
            assert!(number(&shop, "SELECT count(*) FROM topups WHERE state = 'posted'").await > 0);
            assert_eq!(number(&shop, "SELECT count(*) FROM receipts").await, 20);
            let changes = number(&shop, "SELECT count(*) FROM catalog_changes").await;
            assert_eq!(changes, number(&shop, "SELECT value FROM counters WHERE name = 'catalog_changes'").await);
            let heard = heard.into_inner().unwrap();
            assert!(
                heard.contains(&(Making::Tracks, 600, 600)) && heard.contains(&(Making::Orders, 20, 20)),
                "{heard:?}"
            );
            assert_eq!(audit(&shop, |_| ()).await.unwrap(), Vec::<String>::new());
            fill_from(&shop, wanted, pool(&shop).await, |_, _, _| ()).await.unwrap();
            assert_eq!(number(&shop, "SELECT count(*) FROM tracks WHERE release_id <> 'r'").await, 600);
            assert_eq!(number(&shop, "SELECT count(*) FROM orders").await, 20);
        });
    });
}
