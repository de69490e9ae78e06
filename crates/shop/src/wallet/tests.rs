//! What the wallet promises, on both engines.

use super::*;
use crate::db::DatabaseUrl;
use crate::signing::Signing;
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
                inner.issue_vouchers(tx, books, "batch", (Micros(1_000), Micros::ZERO))?;
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
            let of = |kind, owner| Micros(books.balances[&account(kind, owner)].0 as i64);
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
            Signing::open(db.clone(), Clock::system()).await.unwrap();
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

/// A ledger of three entries, the day sealed after the second.
async fn sealed(db: &Db) -> Wallet {
    Signing::open(db.clone(), Clock::system()).await.unwrap();
    let wallet = wallet(db);
    wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
    wallet.credit(USER, Micros(2_000), "again").await.unwrap();
    wallet.seal_day("2026-11-20".into()).await.unwrap();
    wallet.credit(USER, Micros(3_000), "once more").await.unwrap();
    assert_eq!(differences(db).await, [""; 0]);
    wallet
}

/// Statements that a thief with the database's password could run; the first of them takes the triggers away.
async fn tamper(db: &Db, url: &DatabaseUrl, table: &'static str, statements: &'static [&'static str]) {
    let unlock = match url {
        DatabaseUrl::Sqlite(_) => vec![
            "PRAGMA defer_foreign_keys = ON".to_owned(),
            format!("DROP TRIGGER {table}_no_update"),
            format!("DROP TRIGGER {table}_no_delete"),
        ],
        DatabaseUrl::Postgres(_) => vec![format!("DROP TRIGGER {table}_no_change ON {table}")],
    };
    db.write::<_, DbError>(move |tx| {
        for sql in unlock.iter().map(String::as_str).chain(statements.iter().copied()) {
            tx.execute(sql, &[])?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

#[test]
fn a_row_changed_behind_the_ledgers_back_is_named_and_the_first_one_first() {
    on_both_engines(|db, url| {
        block_on(async {
            sealed(&db).await;
            tamper(
                &db,
                &url,
                "ledger_postings",
                &["UPDATE ledger_postings SET amount_micros = 2600
                 WHERE amount_micros IN (2000, 3000)"],
            )
            .await;
            let found = differences(&db).await;
            assert!(found[0].contains("first broken entry") && found[0].contains("(test 2)"), "{found:?}");
            let says = |part: &str| found.iter().any(|d| d.contains(part));
            assert!(says("(test 2) is not what was written") && says("(test 3) is not what was written"), "{found:?}");
            assert!(says("do not sum to zero") && says("its postings sum to 0.0062"), "{found:?}");
            assert!(says("trigger ledger_postings_no_"), "{found:?}");
        });
    });
}

#[test]
fn a_chain_that_was_computed_anew_after_a_signed_root_is_found() {
    on_both_engines(|db, url| {
        block_on(async {
            sealed(&db).await;
            // Entry 2 gets another subject, and everything after it hashes that fit.
            let rows = db.read(|tx| {
                tx.rows("SELECT id, seq, at_us, kind, subject, prev_hash FROM ledger_entries ORDER BY seq", &[])
            });
            let rows = rows.await.unwrap();
            let mut statements = Vec::new();
            let mut prev: Option<money::chain::Hash> = None;
            for row in &rows[1..] {
                let (id, seq): (String, u64) = (row.get(0).unwrap(), row.get(1).unwrap());
                let subject = if seq == 2 { "forged".to_owned() } else { row.get::<String>(4).unwrap() };
                let amount = seq as i64 * 1_000;
                let postings = [
                    Posting { account: account(Kind::OperatorCredit, MAIN), amount: Micros(-amount) },
                    Posting { account: account(Kind::Promotional, USER), amount: Micros(amount) },
                ];
                let before = prev.unwrap_or_else(|| ledger::as_hash(row.get(5).unwrap()).unwrap());
                let kind: String = row.get(3).unwrap();
                let said = money::chain::Said {
                    id: &id,
                    writer: "test",
                    seq,
                    at_us: row.get(2).unwrap(),
                    kind: &kind,
                    subject: &subject,
                    corrects: None,
                    postings: &postings,
                };
                let hash = money::chain::hash(&said, &before);
                prev = Some(hash);
                statements.push((id, subject, before, hash));
            }
            tamper(&db, &url, "ledger_entries", &[]).await;
            let head = prev.unwrap();
            db.write::<_, DbError>(move |tx| {
                for (id, subject, before, hash) in &statements {
                    tx.execute(
                        "UPDATE ledger_entries SET subject = $1, prev_hash = $2, hash = $3 WHERE id = $4",
                        params![subject, before.as_slice(), hash.as_slice(), id],
                    )?;
                }
                tx.execute("UPDATE ledger_writers SET hash = $1", params![head.as_slice()])
            })
            .await
            .unwrap();
            let found = differences(&db).await;
            assert!(found[0].contains("first broken entry is an entry between test 1 and test 2"), "{found:?}");
            assert!(!found.iter().any(|d| d.contains("is not what was written")), "{found:?}");
        });
    });
}

#[test]
fn a_removed_entry_is_missed() {
    on_both_engines(|db, url| {
        block_on(async {
            sealed(&db).await;
            tamper(
                &db,
                &url,
                "ledger_postings",
                &["DELETE FROM ledger_postings
                 WHERE entry_id = (SELECT id FROM ledger_entries WHERE seq = 2)"],
            )
            .await;
            tamper(&db, &url, "ledger_entries", &["DELETE FROM ledger_entries WHERE seq = 2"]).await;
            let found = differences(&db).await;
            assert!(found[0].contains("the missing one before") && found[0].contains("(test 3)"), "{found:?}");
        });
    });
}

#[test]
fn roots_follow_each_other_and_carry_the_shops_signature() {
    on_both_engines(|db, url| {
        block_on(async {
            let wallet = sealed(&db).await;
            let keys = Signing::open(db.clone(), Clock::system()).await.unwrap();
            let first = keys.public_keys().await.unwrap()[0].public_key.clone();
            keys.replace().await.unwrap();
            wallet.seal_day("2026-11-21".into()).await.unwrap();
            // A day before one that is sealed stays as it is.
            wallet.seal_day("2026-11-19".into()).await.unwrap();
            let roots = wallet.roots().await.unwrap();
            assert_eq!(roots.iter().map(|root| root.day.as_str()).collect::<Vec<_>>(), ["2026-11-20", "2026-11-21"]);
            assert_eq!(differences(&db).await, [""; 0]);
            let pinned = db.read(move |tx| verify::recompute_trusting(tx, &[first], &|_| ())).await.unwrap();
            assert_eq!(pinned.differences.len(), 1, "{:?}", pinned.differences);
            assert!(pinned.differences[0].contains("the root of 2026-11-21 is signed by a key that is not ours"));
            // What a folder remembers cannot be changed in the database.
            let folder = tempfile::tempdir().unwrap();
            roots::remember(folder.path(), &roots).unwrap();
            roots::remember(folder.path(), &roots).unwrap();
            let kept = roots::remembered(folder.path()).unwrap();
            assert_eq!((kept.len(), roots::forgotten(&kept, &roots)), (2, vec![]));
            assert_eq!(roots::forgotten(&kept, &roots[1..]).len(), 1);
            tamper(&db, &url, "ledger_roots", &["UPDATE ledger_roots SET signature = 'ab' WHERE day = '2026-11-20'"])
                .await;
            let found = differences(&db).await;
            assert!(
                found.iter().any(|d| d.contains("the signature of the root of 2026-11-20 is not genuine")),
                "{found:?}"
            );
        });
    });
}

#[test]
fn roots_from_before_they_were_signed_are_noted_and_no_difference() {
    on_both_engines(|db, _| {
        block_on(async {
            Signing::open(db.clone(), Clock::system()).await.unwrap();
            let wallet = wallet(&db);
            db.write::<_, DbError>(|tx| {
                let hash = money::chain::root("2026-11-01", &[]);
                tx.execute(
                    "INSERT INTO ledger_roots (day, heads, hash, at_us) VALUES ('2026-11-01', '', $1, 1)",
                    params![hash.as_slice()],
                )
            })
            .await
            .unwrap();
            wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
            wallet.seal_day("2026-11-02".into()).await.unwrap();
            let found = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!(found.differences, [""; 0]);
            assert_eq!(found.notes, ["1 roots are from before roots were signed"]);
        });
    });
}

#[test]
fn a_trial_balance_sums_listeners_by_kind_and_is_zero() {
    on_both_engines(|db, _| {
        block_on(async {
            crate::test_support::users(&db, &["u1", "u2"]).await;
            let wallet = wallet(&db);
            wallet.credit("u1", Micros(1_000), "welcome").await.unwrap();
            wallet.credit("u2", Micros(500), "welcome").await.unwrap();
            hold(&wallet, "order", 300).await.unwrap();
            let trial = wallet.trial_balance(i64::MAX).await.unwrap().remove(0);
            let lines: Vec<_> =
                trial.lines.iter().map(|l| (l.kind.as_str(), l.owner.as_deref(), l.accounts, l.balance.0)).collect();
            assert_eq!(
                lines,
                [
                    ("promotional", None, 2, 1_200),
                    ("held_promotional", None, 1, 300),
                    ("operator_credit", Some(MAIN), 1, -1_500),
                ]
            );
            assert_eq!((trial.storefront.as_str(), trial.currency.as_str(), trial.sum.0), (MAIN, "USD", 0));
            assert_eq!(wallet.trial_balance(0).await.unwrap(), vec![]);
        });
    });
}

#[test]
fn a_refund_names_its_capture_and_never_exceeds_it() {
    on_both_engines(|db, _| {
        block_on(async {
            let wallet = wallet(&db);
            wallet.credit(USER, Micros(1_000), "welcome").await.unwrap();
            let held = hold(&wallet, "order", 700).await.unwrap();
            capture(&wallet, "line", held, 650).await.unwrap();
            let inner = wallet.clone();
            let back = |amount: i64| {
                let inner = inner.clone();
                db.write::<_, WalletError>(move |tx| {
                    let captured = inner.captured(tx, USER, "line")?.ok_or(WalletError::Amount)?;
                    inner.refund(tx, "line", &captured, Micros(amount), None)
                })
            };
            assert_eq!(back(150).await.unwrap().0.promotional, Micros(150));
            assert!(matches!(back(501).await, Err(WalletError::Amount)));
            assert_eq!(back(500).await.unwrap().0.promotional, Micros(500));
            assert!(matches!(back(1).await, Err(WalletError::Amount)));
            assert_eq!(wallet.balance(USER).await.unwrap().promotional_micros, 1_000);
            let books = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!(books.differences, [""; 0]);
            for (kind, owner) in [(Kind::Revenue, MAIN), (Kind::Tax, MAIN), (Kind::Payable, "society")] {
                assert_eq!(books.balances[&account(kind, owner)], Micros::ZERO, "{kind:?}");
            }
        });
    });
}

#[test]
fn only_old_promotional_credit_expires() {
    on_both_engines(|db, _| {
        block_on(async {
            let (clock, hand) = Clock::by_hand(1_700_000_000_000_000);
            let wallet = Wallet::new(db.clone(), clock.clone(), "test");
            wallet.credit(USER, Micros(1_000), "old").await.unwrap();
            hand.advance(std::time::Duration::from_secs(60));
            let cutoff_us = clock.now_us();
            wallet.credit(USER, Micros(400), "new").await.unwrap();
            hold(&wallet, "order", 300).await.unwrap();
            assert_eq!(wallet.expire_promotional(cutoff_us).await.unwrap(), 1);
            assert_eq!(wallet.balance(USER).await.unwrap().promotional_micros, 400);
            assert_eq!(wallet.expire_promotional(cutoff_us).await.unwrap(), 0);
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

#[test]
fn an_entry_that_would_lift_a_balance_out_of_its_range_is_refused_and_leaves_nothing() {
    on_both_engines(|db, _| {
        block_on(async {
            let (wallet, most) = (wallet(&db), money::amount::MAX_ENTERED);
            for _ in 0..money::ledger::MAX_BALANCE.0 / most.0 {
                wallet.credit(USER, most, "welcome").await.unwrap();
            }
            assert!(matches!(wallet.credit(USER, Micros(1), "more").await, Err(WalletError::TooMuch)));
            wallet.credit("u2", Micros(1), "welcome").await.unwrap();
            assert!(matches!(wallet.transfer_all("u2", USER).await, Err(WalletError::TooMuch)));
            let inner = wallet.clone();
            let issued = wallet.db.write(move |tx| {
                let books = money::vouchers::Books { storefront: MAIN, currency: Currency::USD };
                inner.issue_vouchers(tx, books, "batch", (Micros(9_000_000_000_000_000_000), Micros::ZERO))
            });
            assert!(matches!(issued.await, Err(WalletError::TooMuch)));
            assert_eq!(wallet.balance(USER).await.unwrap().balance_micros, money::ledger::MAX_BALANCE.0);
            let books = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!((books.differences, books.entries), (vec![], 11));
        });
    });
}

#[test]
fn sums_beyond_what_an_amount_holds_are_still_told_and_audited() {
    on_both_engines(|db, _| {
        block_on(async {
            let (wallet, most, times) = (wallet(&db), money::ledger::MAX_BALANCE, 2_000);
            let inner = wallet.clone();
            let issued = wallet.db.write::<_, WalletError>(move |tx| {
                let books = money::vouchers::Books { storefront: MAIN, currency: Currency::USD };
                for n in 0..times {
                    inner.issue_vouchers(tx, books, &n.to_string(), (most, Micros::ZERO))?;
                }
                Ok(())
            });
            issued.await.unwrap();
            let trial = wallet.trial_balance(i64::MAX).await.unwrap().remove(0);
            let all = i128::from(most.0) * i128::from(times);
            assert!(all > i64::MAX.into());
            assert_eq!(trial.lines.iter().map(|line| line.balance.0).collect::<Vec<_>>(), [all, -all]);
            assert_eq!(trial.sum, money::Total::ZERO);
            let books = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!(books.differences, [""; 0]);
            assert_eq!(books.balances[&account(Kind::VoucherLiability, MAIN)].0, all);
            let sum = db.read::<_, DbError>(|tx| {
                let columns = sums::columns("n");
                let sql = format!("SELECT {columns} FROM (SELECT CAST($1 AS BIGINT) AS n UNION ALL SELECT CAST($1 AS BIGINT) UNION ALL SELECT CAST($2 AS BIGINT)) few");
                sums::total(&tx.row(&sql, params![i64::MAX, -1i64])?.unwrap(), 0)
            });
            assert_eq!(sum.await.unwrap().0, 2 * i128::from(i64::MAX) - 1);
        });
    });
}

#[test]
fn purchased_credit_that_is_moved_to_another_user_is_spendable_there_but_never_refundable_in_money() {
    on_both_engines(|db, _| {
        block_on(async {
            let wallet = wallet(&db);
            let inner = wallet.clone();
            let topped_up = wallet.db.write(move |tx| {
                let (from, to) = ((Kind::TopUpClearing, "main.fake"), (Kind::Balance, "dave"));
                inner.move_between(tx, "topup", "t", from, to, Micros(700))
            });
            topped_up.await.unwrap();
            wallet.credit("dave", Micros(50), "welcome").await.unwrap();
            let moved = wallet.transfer_all("dave", "carol").await.unwrap();
            assert_eq!((moved.purchased, moved.promotional, moved.voucher), (Micros(700), Micros(50), Micros(0)));
            let (carol, dave) = (wallet.balance("carol").await.unwrap(), wallet.balance("dave").await.unwrap());
            let parts = (carol.purchased_micros, carol.promotional_micros, carol.voucher_micros);
            assert_eq!((parts, carol.balance_micros, dave.balance_micros), ((0, 50, 700), 750, 0));
            assert_eq!(differences(&db).await, [""; 0]);
        });
    });
}
