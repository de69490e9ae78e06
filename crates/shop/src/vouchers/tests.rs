//! What vouchers promise, on both engines.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::clock::Hand;
use crate::storefronts::MAIN;
use crate::test_support::{block_on, on_both_engines, users};
use crate::wallet::verify;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const NOW_US: i64 = 1_795_219_200_000_000;
const HOUR_US: i64 = 3_600_000_000;

async fn vouchers(db: &Db) -> (Vouchers, Hand) {
    users(db, &["a", "b"]).await;
    let (clock, hand) = Clock::by_hand(NOW_US);
    (Vouchers::new(db.clone(), clock.clone(), Wallet::new(db.clone(), clock, "test")), hand)
}

fn batch(id: &str) -> NewBatch {
    NewBatch::of_money(id, Micros(10_000_000), 3)
}

async fn declare(db: &Db, batch: NewBatch) -> Result<(), Refused> {
    db.write(move |tx| put(tx, &batch, NOW_US)).await
}

/// The books hold, and what they owe for vouchers is this.
async fn owed(db: &Db) -> i64 {
    let books = db.read::<_, DbError>(|tx| {
        let found = verify::recompute(tx, &|_| ())?;
        assert_eq!(found.differences, Vec::<String>::new());
        let worth = outstanding(tx)?;
        for (account, worth) in &worth {
            assert_eq!(found.balances.get(account).copied().unwrap_or_default(), *worth);
        }
        assert_eq!(owed_of_batches(tx)?, Vec::<String>::new());
        Ok(worth.iter().map(|(_, worth)| worth.0 as i64).sum())
    });
    books.await.unwrap()
}

#[test]
fn a_voucher_works_once_even_at_the_same_instant() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            let codes = vouchers.create(Micros(10_000_000), 2).await.unwrap();
            let tries = ["a", "b", "a", "b"].map(|user| vouchers.redeem(user, HOME, &codes[0]));
            let tries = futures_util::future::join_all(tries).await;
            assert_eq!(tries.iter().filter(|t| t.is_ok()).count(), 1, "{tries:?}");
            assert!(tries.iter().filter_map(|t| t.as_ref().err()).all(|e| matches!(e, VoucherError::Used)));
            assert_eq!(owed(&db).await, 10_000_000);
        });
    });
}

#[test]
fn a_batch_is_declared_as_often_as_one_likes_and_printed_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            declare(&db, batch("spring")).await.unwrap();
            declare(&db, NewBatch { count: 2, ..batch("spring") }).await.unwrap();
            assert_eq!(owed(&db).await, 0, "nothing is owed before there are codes");
            let codes = vouchers.print("spring", Some("b")).await.unwrap();
            let serials: Vec<&str> = codes.iter().map(|coded| coded.serial.as_str()).collect();
            assert_eq!(serials, ["spring-00001", "spring-00002"]);
            assert_eq!(owed(&db).await, 20_000_000);
            let again = vouchers.print("spring", None).await;
            assert!(matches!(again, Err(VoucherError::Refused(Refused::Conflict { .. }))));
            assert!(matches!(vouchers.print("nothing", None).await, Err(VoucherError::NoBatch)));
            // The same again changes nothing; notes and a later expiry may change; promises may not.
            declare(&db, NewBatch { count: 2, ..batch("spring") }).await.unwrap();
            let told =
                NewBatch { note: "sold at the fair".into(), expires_us: Some(NOW_US + HOUR_US), ..batch("spring") };
            declare(&db, NewBatch { count: 2, ..told }).await.unwrap();
            assert_eq!(vouchers.batch("spring").await.unwrap().unwrap().note, "sold at the fair");
            for changed in [
                NewBatch { count: 3, ..batch("spring") },
                NewBatch { count: 2, worth: Worth::Money(Micros(20_000_000)), ..batch("spring") },
                NewBatch { count: 2, worth: Worth::Percent { discount_ppm: 100_000 }, ..batch("spring") },
                NewBatch { count: 2, refundable_in_money: true, ..batch("spring") },
            ] {
                let refused = declare(&db, changed.clone()).await;
                assert!(matches!(refused, Err(Refused::Conflict { .. })), "{changed:?}: {refused:?}");
            }
            let kept = db.write(|tx| remove(tx, "spring")).await;
            assert!(matches!(kept, Err(Refused::Conflict { .. })));
            declare(&db, batch("unprinted")).await.unwrap();
            assert!(db.write(|tx| remove(tx, "unprinted")).await.unwrap());
            assert!(!db.write(|tx| remove(tx, "unprinted")).await.unwrap());
        });
    });
}

#[test]
fn bad_batches_are_refused_with_the_field() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            let money = |micros| NewBatch { worth: Worth::Money(Micros(micros)), ..batch("x") };
            let percent = |ppm| NewBatch { worth: Worth::Percent { discount_ppm: ppm }, ..batch("x") };
            let release = |most| {
                let worth = Worth::Release { release_id: "nowhere".into(), most: Micros(most) };
                NewBatch { worth, ..batch("x") }
            };
            let stores =
                |ids: &[&str]| NewBatch { storefronts: ids.iter().map(|s| (*s).to_owned()).collect(), ..batch("x") };
            let cases = [
                (money(0), "value_micros"),
                (money(-10_000_000), "value_micros"),
                (money(i64::MAX), "value_micros"),
                (money(i64::MIN), "value_micros"),
                (money(10_000_001), "value_micros"),
                (money(10_005_000), "value_micros"),
                (percent(0), "discount_ppm"),
                (percent(-1), "discount_ppm"),
                (percent(MAX_DISCOUNT_PPM + 1), "discount_ppm"),
                (release(1_000_000), "release_id"),
                (release(0), "value_micros"),
                (NewBatch { count: 0, ..batch("x") }, "count"),
                (NewBatch { count: MAX_COUNT + 1, ..batch("x") }, "count"),
                (NewBatch { count: MAX_COUNT, ..money(money::amount::MAX_ENTERED.0) }, "count"),
                (NewBatch { count: MAX_COUNT, ..money(900_000_000_000_000) }, "count"),
                (NewBatch { count: 2, ..money(super::batch::MAX_BATCH_VALUE.0 / 2 + 10_000) }, "count"),
                (NewBatch { currency: Some("EUR".into()), ..batch("x") }, "currency"),
                (NewBatch { currency: Some("usd".into()), ..batch("x") }, "currency"),
                (NewBatch { expires_us: Some(NOW_US), ..batch("x") }, "expires_at"),
                (NewBatch { expires_us: Some(NOW_US - HOUR_US), ..batch("x") }, "expires_at"),
                (NewBatch { expires_us: Some(i64::MAX), ..batch("x") }, "expires_at"),
                (NewBatch { margin_ppm: 100_000, ..batch("x") }, "margin_ppm"),
                (NewBatch { margin_ppm: 1_000_001, reseller: Some("Kiosk".into()), ..batch("x") }, "margin_ppm"),
                (NewBatch { margin_ppm: -1, reseller: Some("Kiosk".into()), ..batch("x") }, "margin_ppm"),
                (NewBatch { reseller: Some(" ".into()), ..batch("x") }, "reseller"),
                (NewBatch { note: "\u{7}".into(), ..batch("x") }, "note"),
                (NewBatch { note: "x".repeat(MAX_NOTE_CHARS + 1), ..batch("x") }, "note"),
                (NewBatch { refundable_in_money: true, ..percent(100_000) }, "refundable_in_money"),
                (stores(&[]), "storefronts"),
                (stores(&["main", "main"]), "storefronts"),
                (stores(&["main", "elsewhere"]), "storefronts"),
                (batch(""), "id"),
                (batch("Spring"), "id"),
                (batch("gifts"), "id"),
                (batch("gifts-main"), "id"),
                (batch(&"x".repeat(65)), "id"),
            ];
            for (bad, expected) in cases {
                match declare(&db, bad.clone()).await {
                    Err(Refused::Field { field, .. }) => assert_eq!(field, expected, "{bad:?}"),
                    other => panic!("{bad:?}: {other:?}"),
                }
            }
            assert!(vouchers.batch("x").await.unwrap().is_none(), "nothing of it was kept");
            for good in [money(10_000), money(money::amount::MAX_ENTERED.0), percent(1), percent(MAX_DISCOUNT_PPM)] {
                declare(&db, NewBatch { count: 1, ..good }).await.unwrap();
            }
        });
    });
}

#[test]
fn what_was_stopped_or_has_expired_is_worth_nothing_and_no_longer_owed() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, hand) = vouchers(&db).await;
            let stopped = vouchers.declare_and_print(batch("stopped")).await.unwrap();
            let expiring = NewBatch { expires_us: Some(NOW_US + HOUR_US), ..batch("expiring") };
            let expiring = vouchers.declare_and_print(expiring).await.unwrap();
            vouchers.redeem("a", HOME, &stopped[0].code).await.unwrap();
            vouchers.redeem("a", HOME, &expiring[0].code).await.unwrap();
            assert_eq!(owed(&db).await, 40_000_000);
            let batch = vouchers.stop("stopped", Some("b")).await.unwrap();
            assert_eq!((batch.tally.open, batch.tally.redeemed, batch.tally.stopped), (0, 1, 2));
            assert_eq!(vouchers.stop("stopped", None).await.unwrap(), batch, "a second time changes nothing");
            assert_eq!(owed(&db).await, 20_000_000);
            assert_eq!(vouchers.expire(None).await.unwrap(), 0);
            hand.advance(Duration::from_secs(3_600));
            let late = vouchers.redeem("b", HOME, &expiring[1].code).await;
            assert!(matches!(late, Err(VoucherError::Expired)), "at once, not only after the job: {late:?}");
            let moment_us = NOW_US + HOUR_US;
            assert_eq!(vouchers.expire(Some(moment_us)).await.unwrap(), 0, "that was before");
            assert_eq!(vouchers.expire(Some(moment_us - 1)).await.unwrap(), 1);
            assert_eq!((vouchers.expire(None).await.unwrap(), owed(&db).await), (0, 0));
            for (code, expected) in [(&stopped[1], "Stopped"), (&expiring[1], "Expired"), (&stopped[0], "Used")] {
                let refused = vouchers.redeem("b", HOME, &code.code).await.unwrap_err();
                assert_eq!(format!("{refused:?}"), expected);
            }
            let revived = declare(&db, NewBatch { expires_us: None, ..self::batch("expiring") }).await;
            assert!(revived.is_ok(), "by the clock of the declaration it was not over yet");
            let late = db.write(|tx| put(tx, &NewBatch { note: "n".into(), ..self::batch("expiring") }, NOW_US)).await;
            assert!(late.is_ok());
            let still = vouchers.redeem("b", HOME, &expiring[1].code).await;
            assert!(matches!(still, Err(VoucherError::Expired)), "expired codes stay expired: {still:?}");
        });
    });
}

#[test]
fn the_operator_finds_a_code_by_its_serial_number_and_sees_who_redeemed_it() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            let codes = vouchers.declare_and_print(batch("spring")).await.unwrap();
            vouchers.redeem("a", HOME, &codes[1].code).await.unwrap();
            let row = vouchers.by_serial(" spring-00002 ").await.unwrap().unwrap();
            assert_eq!((row.state, row.redeemed_by), (CodeState::Redeemed, Some(("a".to_owned(), "a".to_owned()))));
            assert!(row.redeemed_us.unwrap() > NOW_US);
            assert_eq!(vouchers.by_serial("spring-00001").await.unwrap().unwrap().state, CodeState::Open);
            assert!(vouchers.by_serial("spring-00004").await.unwrap().is_none());
            let first = vouchers.codes("spring", None, 2).await.unwrap();
            let rest = vouchers.codes("spring", first.next, 2).await.unwrap();
            assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
            let asked = vec![codes[2].code.clone(), "nonsense".to_owned(), code::new(&vouchers.clock)];
            let serials = vouchers.serials("spring", asked).await.unwrap();
            assert_eq!(serials, [Some("spring-00003".to_owned()), None, None]);
        });
    });
}

#[test]
fn a_discount_waits_for_one_order_and_the_largest_comes_first() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            for (id, discount_ppm, expires_us) in
                [("small", 100_000, None), ("large", 200_000, Some(NOW_US + HOUR_US)), ("late", 200_000, None)]
            {
                let worth = Worth::Percent { discount_ppm };
                let batch = NewBatch { worth, expires_us, count: 1, ..batch(id) };
                let codes = vouchers.declare_and_print(batch).await.unwrap();
                let redeemed = vouchers.redeem("a", HOME, &codes[0].code).await.unwrap();
                assert_eq!(redeemed, Redeemed::Percent { discount_ppm, expires_us });
            }
            assert_eq!(owed(&db).await, 0);
            let next = |at_us| db.read::<_, DbError>(move |tx| percent_for(tx, "a", at_us));
            assert_eq!(next(NOW_US).await.unwrap().unwrap().serial, "large-00001");
            assert_eq!(next(NOW_US + HOUR_US).await.unwrap().unwrap().serial, "late-00001", "the other is over");
            assert_eq!(db.read::<_, DbError>(|tx| percent_for(tx, "b", 0)).await.unwrap(), None);
            let spent = db.write::<_, DbError>(|tx| {
                tx.execute(
                    "INSERT INTO orders (id, user_id, storefront, idempotency_key, request_sha256, currency, created_us)
                     VALUES ('o', 'a', 'main', 'k', '', 'USD', 0)",
                    &[],
                )?;
                Ok((spend_percent(tx, "large-00001", "o")?, spend_percent(tx, "large-00001", "o")?))
            });
            assert_eq!(spent.await.unwrap(), (true, false));
            assert_eq!(next(NOW_US).await.unwrap().unwrap().serial, "late-00001");
        });
    });
}

#[test]
fn credit_of_a_refundable_batch_counts_as_purchased_and_other_credit_does_not() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            for (id, refundable_in_money) in [("plain", false), ("paid", true)] {
                let codes = vouchers.declare_and_print(NewBatch { refundable_in_money, ..batch(id) }).await.unwrap();
                vouchers.redeem("a", HOME, &codes[0].code).await.unwrap();
            }
            let has = db.read::<_, DbError>(|tx| crate::wallet::balance(tx, "a")).await.unwrap();
            assert_eq!((has.voucher_micros, has.purchased_micros), (10_000_000, 10_000_000));
        });
    });
}

#[test]
fn a_code_of_another_storefront_is_refused_and_stays_good() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            db.write::<_, DbError>(|tx| {
                tx.execute("INSERT INTO storefronts (id, name, currency, accent, created_us) VALUES ('jazz', 'Jazz', 'USD', '', 0)", &[])?;
                tx.execute("UPDATE users SET storefront = 'jazz' WHERE id = 'b'", &[])
            })
            .await
            .unwrap();
            let both = NewBatch { storefronts: vec!["jazz".into(), MAIN.into()], ..batch("both") };
            let both = vouchers.declare_and_print(both).await.unwrap();
            let main = vouchers.declare_and_print(batch("main-only")).await.unwrap();
            let refused = vouchers.redeem("b", HOME, &main[0].code).await;
            assert!(matches!(refused, Err(VoucherError::Elsewhere(_))), "{refused:?}");
            assert_eq!(vouchers.by_serial(&main[0].serial).await.unwrap().unwrap().state, CodeState::Open);
            vouchers.redeem("b", HOME, &both[0].code).await.unwrap();
            vouchers.redeem("a", HOME, &both[1].code).await.unwrap();
            assert_eq!(owed(&db).await, 40_000_000, "10 in jazz's books, 30 in main's");
        });
    });
}

#[test]
fn who_guesses_codes_has_to_wait_and_is_told_nothing_of_right_ones() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, hand) = vouchers(&db).await;
            let code = vouchers.create(Micros(10_000), 1).await.unwrap().remove(0);
            let guess = || code::new(&vouchers.clock);
            for _ in 0..MAX_WRONG_OF_USER {
                assert!(matches!(vouchers.redeem("a", HOME, &guess()).await, Err(VoucherError::Unknown)));
            }
            for _ in 0..20 {
                let locked = vouchers.redeem("a", HOME, &guess()).await;
                assert!(matches!(locked, Err(VoucherError::TooMany { .. })));
            }
            let right = vouchers.redeem("a", HOME, &code).await;
            assert!(matches!(right, Err(VoucherError::TooMany { .. })), "{right:?}");
            hand.advance(WINDOW);
            assert!(matches!(
                vouchers.redeem("a", HOME, &code).await,
                Ok(Redeemed::Money { balance_micros: 10_000, .. })
            ));
        });
    });
}

#[test]
fn the_audit_names_a_voucher_that_was_made_behind_its_back() {
    on_both_engines(|db, _| {
        block_on(async {
            let (vouchers, _) = vouchers(&db).await;
            vouchers.declare_and_print(batch("spring")).await.unwrap();
            let differences = || async {
                let shop = db.clone();
                shop.read::<_, DbError>(|tx| {
                    let mut found = verify::recompute(tx, &|_| ())?;
                    crate::audit::vouchers_match(tx, &mut found)?;
                    Ok(found.differences)
                })
                .await
                .unwrap()
            };
            assert_eq!(differences().await, Vec::<String>::new());
            let change = "UPDATE vouchers SET amount_micros = 90000000 WHERE serial = 'spring-00001'";
            db.write(move |tx| tx.execute(change, &[])).await.unwrap();
            let found = differences().await;
            assert_eq!(found, ["main: vouchers worth 110.00 are open, the ledger says 30.00"]);
            db.write(|tx| tx.execute("DELETE FROM vouchers WHERE serial = 'spring-00001'", &[])).await.unwrap();
            assert!(differences().await.contains(&"voucher batch spring was made with 3 codes and has 2".to_owned()));
        });
    });
}

#[test]
fn a_sheet_of_vouchers_can_be_scanned_and_read() {
    let (clock, _) = Clock::by_hand(0);
    let cards: Vec<Card> =
        (1..=13).map(|n| Card { serial: format!("весна-{n:05}"), code: code::new(&clock) }).collect();
    let words = SheetWords {
        title: "Ваучеры spring".into(),
        language: "ru".into(),
        shop: "Грамовар".into(),
        worth: "10,00 $ на музыку".into(),
        how: "Введите код на странице shop.example/ru/redeem или наведите камеру телефона.".into(),
        until: Some("Действует до 31 декабря 2027 г.".into()),
        link: Some("https://shop.example/ru/redeem?code=".into()),
        made_us: NOW_US,
    };
    let sheet = pdf(&words, &cards).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, picture) = (folder.path().join("sheet.pdf"), folder.path().join("sheet"));
    std::fs::write(&path, sheet).unwrap();
    let run = |program: &str, arguments: &[&std::ffi::OsStr]| {
        let output = std::process::Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run("pdftotext", &[path.as_os_str(), "-".as_ref()]);
    assert!(cards.iter().all(|card| text.contains(&card.code) && text.contains(&card.serial)), "{text}");
    run("pdftoppm", &["-png".as_ref(), "-r".as_ref(), "120".as_ref(), path.as_os_str(), picture.as_os_str()]);
    let mut scanned = Vec::new();
    for page in ["sheet-1.png", "sheet-2.png"] {
        let page = folder.path().join(page);
        let found = run("zbarimg", &["-q".as_ref(), "--raw".as_ref(), page.as_os_str()]);
        scanned.extend(found.lines().map(str::to_owned));
    }
    let mut links: Vec<String> =
        cards.iter().map(|card| format!("https://shop.example/ru/redeem?code={}", in_link(&card.code))).collect();
    links.sort_unstable();
    scanned.sort_unstable();
    assert_eq!(scanned, links);
    assert_eq!(csv(&cards[..1]), format!("serial,code\r\nвесна-00001,{}\r\n", cards[0].code));
}

#[test]
fn vouchers_from_before_batches_keep_their_worth() {
    on_both_engines(|db, url| {
        block_on(async {
            users(&db, &["a", "b"]).await;
            db.write::<_, DbError>(|tx| {
                for old in BEFORE_BATCHES {
                    let old = if tx.engine() == crate::db::Engine::Sqlite {
                        old.replace("BYTEA", "BLOB")
                    } else {
                        (*old).into()
                    };
                    tx.execute(&old, &[])?;
                }
                Ok(())
            })
            .await
            .unwrap();
            let db = Db::open(&url).unwrap();
            let (clock, _) = Clock::by_hand(NOW_US);
            let vouchers = Vouchers::new(db.clone(), clock.clone(), Wallet::new(db, clock, "test"));
            let old = vouchers.batch("old").await.unwrap().unwrap();
            assert_eq!((old.worth, old.count, old.printed_us), (Worth::Money(Micros(5_000_000)), Some(2), Some(7)));
            assert_eq!((old.tally.open, old.tally.redeemed, old.tally.owed_micros), (1, 1, 5_000_000));
        });
    });
}

/// Makes a database of today into one of the time before batches.
const BEFORE_BATCHES: &[&str] = &[
    "DROP TABLE gifts",
    "DROP TABLE vouchers",
    "DROP TABLE voucher_batch_storefronts",
    "DROP TABLE voucher_batches",
    "CREATE TABLE vouchers (
        code_hash BYTEA NOT NULL PRIMARY KEY,
        serial TEXT NOT NULL CONSTRAINT vouchers_serial UNIQUE,
        batch TEXT NOT NULL,
        amount_micros BIGINT NOT NULL CONSTRAINT voucher_amount CHECK (amount_micros > 0),
        currency TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        redeemed_by TEXT REFERENCES users (id),
        redeemed_us BIGINT)",
    "INSERT INTO vouchers (code_hash, serial, batch, amount_micros, currency, created_us, redeemed_by, redeemed_us)
        SELECT CAST('1' AS BYTEA), 'old-00001', 'old', 5000000, 'USD', 7, 'a', 8
        UNION ALL SELECT CAST('2' AS BYTEA), 'old-00002', 'old', 5000000, 'USD', 7, NULL, NULL",
    "DELETE FROM migrations WHERE name IN ('0007_vouchers', '0021_single_purpose')",
];
