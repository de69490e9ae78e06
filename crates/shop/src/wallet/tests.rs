//! What the wallet promises, on both engines.

use super::*;
use crate::test_support::{block_on, on_both_engines};

const USER: &str = "u1";

fn wallet(db: &Db) -> Wallet {
    Wallet::new(db.clone(), Clock::system(), "test")
}

async fn hold(wallet: &Wallet, order: &'static str, micros: i64) -> Result<Credit, WalletError> {
    let inner = wallet.clone();
    wallet.db.write(move |tx| inner.hold(tx, USER, order, Micros(micros))).await
}

async fn capture(wallet: &Wallet, line: &'static str, held: Credit, charged: i64) -> Result<(), WalletError> {
    let inner = wallet.clone();
    let payables = [("society".to_owned(), Micros(charged / 10))];
    wallet
        .db
        .write(move |tx| {
            let (charged, tax) = (Micros(charged), Micros(charged / 5));
            inner.capture(tx, &Capture { user_id: USER, line_id: line, held, charged, tax, payables: &payables })
        })
        .await
}

async fn differences(db: &Db) -> Vec<String> {
    db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap().differences
}

#[test]
fn a_hold_is_captured_in_part_and_the_rest_goes_back() {
    on_both_engines(|db, _| {
        block_on(async {
            let wallet = wallet(&db);
            wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
            let held = hold(&wallet, "order", 700).await.unwrap();
            capture(&wallet, "line", held, 650).await.unwrap();
            let balance = wallet.balance(USER).await.unwrap();
            assert_eq!((balance.balance_micros, balance.held_micros), (350, 0));
            let entries = wallet.entries(USER, None, 2).await.unwrap();
            let shown: Vec<_> =
                entries.items.iter().map(|e| (e.kind.as_str(), e.amount_micros, e.balance_micros)).collect();
            assert_eq!(shown, [("capture", 50, 350), ("hold", -700, 300)]);
            let rest = wallet.entries(USER, entries.next, 2).await.unwrap();
            assert_eq!((rest.items[0].amount_micros, rest.next), (1_000, None));
            assert_eq!(differences(&db).await, [""; 0]);
        });
    });
}

#[test]
fn given_credit_is_spent_first_and_what_is_not_charged_returns_to_its_kind() {
    on_both_engines(|db, _| {
        block_on(async {
            let wallet = wallet(&db);
            wallet.credit(USER, Micros(100), "welcome").await.unwrap();
            let inner = wallet.clone();
            let issued = wallet.db.write(move |tx| {
                let books = money::vouchers::Books { storefront: MAIN, currency: Currency::USD };
                inner.issue_vouchers(tx, books, "batch", Micros(1_000))?;
                inner.redeem(tx, books, USER, "serial", (Micros(1_000), false))
            });
            issued.await.unwrap();
            let held = hold(&wallet, "order", 300).await.unwrap();
            let expected = Credit { promotional: Micros(100), voucher: Micros(200), purchased: Micros(0) };
            assert_eq!(held, expected);
            assert!(matches!(capture(&wallet, "line", held, 301).await, Err(WalletError::Amount)));
            capture(&wallet, "line", held, 50).await.unwrap();
            let balance = wallet.balance(USER).await.unwrap();
            let parts = (balance.promotional_micros, balance.voucher_micros, balance.purchased_micros);
            assert_eq!((parts, balance.balance_micros, balance.held_micros), ((50, 1_000, 0), 1_050, 0));
            let books = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!(books.differences, [""; 0]);
            let of = |kind, owner| books.balances[&account(kind, owner)];
            let shared = (of(Kind::Revenue, MAIN), of(Kind::Tax, MAIN), of(Kind::Payable, "society"));
            assert_eq!(shared, (Micros(35), Micros(10), Micros(5)));
        });
    });
}

#[test]
fn of_two_holds_at_once_that_the_balance_covers_only_once_exactly_one_wins() {
    on_both_engines(|db, _| {
        block_on(async {
            let wallet = wallet(&db);
            wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
            let holds = futures_util::future::join_all(["a", "b", "c"].map(|o| hold(&wallet, o, 600))).await;
            assert_eq!(holds.iter().filter(|h| h.is_ok()).count(), 1, "{holds:?}");
            assert!(holds.iter().filter_map(|h| h.as_ref().err()).all(|e| matches!(e, WalletError::TooLittle)));
            assert_eq!(wallet.balance(USER).await.unwrap().balance_micros, 400);
        });
    });
}

#[test]
fn two_writers_on_one_balance_keep_their_own_chains_whole() {
    on_both_engines(|db, url| {
        block_on(async {
            let (one, other) = (wallet(&db), Wallet::new(Db::open(&url).unwrap(), Clock::system(), "other"));
            one.credit(USER, Micros(1_000), "welcome").await.unwrap();
            let moves = (0..50).map(|n| hold(if n % 2 == 0 { &one } else { &other }, "order", 30));
            let done = futures_util::future::join_all(moves).await;
            assert_eq!(done.iter().filter(|r| r.is_ok()).count(), 33);
            assert_eq!(one.balance(USER).await.unwrap().balance_micros, 10);
            one.seal_day("2026-11-20".into()).await.unwrap();
            assert_eq!(differences(&db).await, [""; 0]);
        });
    });
}

#[test]
fn a_row_changed_behind_the_ledgers_back_is_named() {
    on_both_engines(|db, url| {
        block_on(async {
            let wallet = wallet(&db);
            wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
            wallet.seal_day("2026-11-20".into()).await.unwrap();
            let unlock = match url {
                crate::db::DatabaseUrl::Sqlite(_) => "DROP TRIGGER ledger_postings_no_update",
                crate::db::DatabaseUrl::Postgres(_) => "DROP TRIGGER ledger_postings_no_change ON ledger_postings",
            };
            db.write::<_, DbError>(move |tx| {
                tx.execute(unlock, &[])?;
                tx.execute("UPDATE ledger_postings SET amount_micros = 2000 WHERE amount_micros > 0", &[])
            })
            .await
            .unwrap();
            let found = differences(&db).await;
            assert!(found[0].contains("(test 1) is not what was written"), "{found:?}");
            assert!(found.iter().any(|d| d.contains("do not sum to zero")), "{found:?}");
            assert!(found.iter().any(|d| d.contains("its postings sum to 0.002")), "{found:?}");
        });
    });
}

#[test]
fn nothing_negative_or_beyond_the_limit_is_credited() {
    on_both_engines(|db, _| {
        block_on(async {
            for amount in [0, -1, i64::MAX] {
                assert!(matches!(wallet(&db).credit(USER, Micros(amount), "x").await, Err(WalletError::Amount)));
            }
        });
    });
}
