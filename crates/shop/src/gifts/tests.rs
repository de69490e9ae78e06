//! What gifts promise, on both engines; letters go into a folder.

use std::path::Path;

use super::*;
use crate::clock::Hand;
use crate::mail::MailSettings;
use crate::test_support::{block_on, on_both_engines, users};
use crate::vouchers::Vouchers;
use crate::wallet::verify;

const NOW_US: i64 = 1_795_219_200_000_000;
const HOME: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct Stage {
    gifts: Gifts,
    vouchers: Vouchers,
    db: Db,
    hand: Hand,
    folder: tempfile::TempDir,
}

/// Users `a`, who has purchased 100, and `b`.
async fn stage(db: &Db) -> Stage {
    users(db, &["a", "b"]).await;
    let (clock, hand) = Clock::by_hand(NOW_US);
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::new(db.clone(), clock.clone());
    let settings = MailSettings::Folder(folder.path().to_owned());
    let mail = Mail::open(db.clone(), clock.clone(), jobs.clone(), &settings).unwrap();
    let wallet = Wallet::new(db.clone(), clock.clone(), "test");
    let vouchers = Vouchers::new(db.clone(), clock.clone(), wallet.clone());
    let batch = vouchers::NewBatch {
        refundable_in_money: true,
        ..vouchers::NewBatch::of_money("purse", Micros(100_000_000), 1)
    };
    let codes = vouchers.declare_and_print(batch).await.unwrap();
    vouchers.redeem("a", HOME, &codes[0].code).await.unwrap();
    Stage { gifts: Gifts::new(db.clone(), clock, jobs, mail, wallet), vouchers, db: db.clone(), hand, folder }
}

fn gift(micros: i64, send_us: Option<i64>) -> NewGift {
    let letter = |body: &str| Letter { subject: "A gift".to_owned(), body: body.to_owned(), unsubscribe: None };
    NewGift {
        amount: Micros(micros),
        recipient: "Bob@friends.example".to_owned(),
        message: "С днём рождения!".to_owned(),
        send_us,
        letters: Letters { gift: letter("Your code: \u{1}\n"), failed: letter("It came back.\n") },
    }
}

impl Stage {
    /// Runs what is due.
    async fn work(&self) -> usize {
        let mut done = 0;
        while let Some(job) = self.gifts.jobs.claim(&[KIND], "test", Duration::from_secs(60)).await.unwrap() {
            self.gifts.run_job(&job).await.unwrap();
            done += 1;
        }
        done
    }

    fn letters(&self) -> Vec<String> {
        letters(self.folder.path())
    }

    async fn purchased(&self) -> i64 {
        self.db.read::<_, DbError>(|tx| wallet::balance(tx, "a")).await.unwrap().purchased_micros
    }

    async fn books_hold(&self) {
        let differences = self.db.read::<_, DbError>(|tx| {
            let mut found = verify::recompute(tx, &|_| ())?;
            let worth: std::collections::BTreeMap<_, _> = vouchers::outstanding(tx)?.into_iter().collect();
            for (account, owed) in &found.balances {
                let is_liability = account.kind == money::ledger::Kind::VoucherLiability;
                if is_liability && worth.get(account).copied().unwrap_or_default() != *owed {
                    found.differences.push(format!("{owed}, and {worth:?}"));
                }
            }
            Ok(found.differences)
        });
        assert_eq!(differences.await.unwrap(), Vec::<String>::new());
    }

    async fn seeds(&self) -> i64 {
        let sql = "SELECT COUNT(seed) + COUNT(letters) FROM gifts WHERE state IN ('sent', 'cancelled', 'failed')";
        self.db.read::<_, DbError>(move |tx| tx.row(sql, &[])?.unwrap().get(0)).await.unwrap()
    }
}

fn letters(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let whole = files.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    whole.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn code_in(letter: &str) -> String {
    let (_, rest) = letter.split_once("Your code: ").unwrap();
    // The code's check character may be one that quoted-printable writes in hexadecimal.
    rest.split_whitespace().next().unwrap().replace("=3D", "=")
}

#[test]
fn a_gift_leaves_purchased_credit_at_once_and_arrives_on_its_date() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            let tomorrow = NOW_US + DAY_US;
            let given = stage.gifts.give("a", "k", gift(40_000_000, Some(tomorrow))).await.unwrap();
            assert!(!given.repeated && given.gift.state == GiftState::Waiting);
            assert_eq!(given.gift.recipient, "Bob@friends.example");
            assert_eq!(stage.purchased().await, 60_000_000);
            stage.books_hold().await;
            assert_eq!((stage.work().await, stage.letters().len()), (0, 0), "not before its date");
            stage.hand.advance(Duration::from_secs(86_400));
            assert_eq!(stage.work().await, 1);
            let letters = stage.letters();
            assert_eq!(letters.len(), 1);
            assert!(letters[0].contains("Bob@friends.example"), "{}", letters[0]);
            stage.books_hold().await;
            let redeemed = stage.vouchers.redeem("b", HOME, &code_in(&letters[0])).await.unwrap();
            let expected = vouchers::Redeemed::Money { amount_micros: 40_000_000, balance_micros: 40_000_000 };
            assert_eq!(redeemed, expected);
            let has = stage.db.read::<_, DbError>(|tx| wallet::balance(tx, "b")).await.unwrap();
            assert_eq!((has.voucher_micros, has.purchased_micros), (40_000_000, 0), "it cannot be turned into money");
            let gift = stage.gifts.get("a", &given.gift.id).await.unwrap().unwrap();
            assert_eq!(gift.state, GiftState::Redeemed);
            assert_eq!((stage.seeds().await, stage.gifts.get("b", &gift.id).await.unwrap()), (0, None));
            stage.books_hold().await;
        });
    });
}

#[test]
fn a_crash_between_letter_and_record_sends_the_same_code_again() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            let given = stage.gifts.give("a", "k", gift(5_000_000, None)).await.unwrap();
            let lease = Duration::from_secs(60);
            let job = stage.gifts.jobs.claim(&[KIND], "dead", lease).await.unwrap().unwrap();
            let (gifts, id) = (stage.gifts.clone(), job.key.clone());
            let sending = stage.db.write(move |tx| gifts.begin_sending(tx, &id)).await.unwrap().unwrap();
            stage.gifts.mail.hand_over(&job.key, &sending.recipient, &sending.letter).await.unwrap();
            let first = code_in(&stage.letters()[0]);
            assert!(matches!(stage.gifts.cancel("a", &given.gift.id).await, Err(GiftError::TooLate)));
            stage.hand.advance(lease);
            assert_eq!(stage.work().await, 1);
            let letters = stage.letters();
            assert_eq!(letters.len(), 1, "the same letter, under the same Message-ID");
            assert_eq!(code_in(&letters[0]), first);
            let rows = "SELECT COUNT(*) FROM vouchers WHERE batch = 'gifts'";
            let count = stage.db.read::<_, DbError>(move |tx| tx.row(rows, &[])?.unwrap().get::<i64>(0)).await;
            assert_eq!(count.unwrap(), 1);
            stage.vouchers.redeem("b", HOME, &first).await.unwrap();
            stage.books_hold().await;
        });
    });
}

#[test]
fn a_gift_that_waits_can_be_cancelled_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            let given = stage.gifts.give("a", "k", gift(40_000_000, Some(NOW_US + DAY_US))).await.unwrap();
            assert!(matches!(stage.gifts.cancel("b", &given.gift.id).await, Err(GiftError::Unknown)));
            let tries = [(); 4].map(|()| stage.gifts.cancel("a", &given.gift.id));
            let done = futures_util::future::join_all(tries).await;
            assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1, "{done:?}");
            assert_eq!((stage.purchased().await, stage.seeds().await), (100_000_000, 0));
            stage.hand.advance(Duration::from_secs(86_400));
            assert_eq!((stage.work().await, stage.letters().len()), (1, 0), "its job finds nothing to do");
            stage.books_hold().await;
        });
    });
}

#[test]
fn a_letter_that_is_refused_for_good_gives_the_money_back() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            stage.gifts.give("a", "k", gift(40_000_000, None)).await.unwrap();
            let email = "UPDATE users SET email = 'a@giver.example' WHERE id = 'a'";
            let broken = "UPDATE gifts SET recipient = 'no address'";
            stage
                .db
                .write::<_, DbError>(move |tx| Ok((tx.execute(email, &[])?, tx.execute(broken, &[])?)))
                .await
                .unwrap();
            assert_eq!(stage.work().await, 1);
            let gift = stage.gifts.list("a", None, 10).await.unwrap().items.remove(0);
            assert_eq!((gift.state, stage.purchased().await), (GiftState::Failed, 100_000_000));
            let told =
                stage.gifts.jobs.claim(&[crate::mail::KIND], "test", Duration::from_secs(60)).await.unwrap().unwrap();
            assert_eq!(
                (told.payload["to"].as_str(), told.payload["body"].as_str()),
                (Some("a@giver.example"), Some("It came back.\n"))
            );
            stage.books_hold().await;
        });
    });
}

#[test]
fn a_mail_server_that_is_down_is_asked_for_three_days() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            stage.gifts.give("a", "k", gift(40_000_000, None)).await.unwrap();
            // A folder that is none: nothing can be written there, and it may be mended.
            let path = stage.folder.path().to_owned();
            std::fs::remove_dir_all(&path).unwrap();
            std::fs::write(&path, "").unwrap();
            assert_eq!(stage.work().await, 1);
            assert_eq!(stage.work().await, 0, "not again at once");
            stage.hand.advance(RETRY_AFTER);
            assert_eq!((stage.work().await, stage.purchased().await), (1, 60_000_000));
            stage.books_hold().await;
            stage.hand.advance(GIVE_UP_AFTER);
            assert_eq!((stage.work().await, stage.purchased().await), (1, 100_000_000));
            stage.books_hold().await;
            std::fs::remove_file(&path).unwrap();
        });
    });
}

#[test]
fn the_same_key_gives_once_and_only_from_purchased_credit() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            let tries = [(); 8].map(|()| stage.gifts.give("a", "k", gift(60_000_000, None)));
            let given = futures_util::future::join_all(tries).await;
            assert_eq!(given.iter().filter(|g| !g.as_ref().unwrap().repeated).count(), 1);
            assert_eq!(stage.purchased().await, 40_000_000);
            let other = stage.gifts.give("a", "k", gift(10_000_000, None)).await;
            assert!(matches!(other, Err(GiftError::KeyReused)));
            stage.gifts.wallet.credit("a", Micros(500_000_000), "promotion").await.unwrap();
            let refused = stage.gifts.give("a", "k2", gift(40_010_000, None)).await;
            let expected = GiftError::TooLittle { needed_micros: 40_010_000, purchased_micros: 40_000_000 };
            assert_eq!(refused.unwrap_err().to_string(), expected.to_string(), "promotional credit is no gift");
            assert_eq!(stage.gifts.list("a", None, 10).await.unwrap().items.len(), 1, "nothing was left behind");
            stage.gifts.give("a", "k2", gift(40_000_000, None)).await.unwrap();
            stage.books_hold().await;
        });
    });
}

#[test]
fn bad_gifts_are_refused_with_the_field() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = stage(&db).await;
            let to = |recipient: &str| NewGift { recipient: recipient.to_owned(), ..gift(5_000_000, None) };
            let saying = |message: &str| NewGift { message: message.to_owned(), ..gift(5_000_000, None) };
            for (bad, expected) in [
                (gift(0, None), "amount_micros"),
                (gift(-5_000_000, None), "amount_micros"),
                (gift(999_999, None), "amount_micros"),
                (gift(5_000_001, None), "amount_micros"),
                (gift(500_010_000, None), "amount_micros"),
                (gift(i64::MAX, None), "amount_micros"),
                (gift(5_000_000, Some(NOW_US - 2 * DAY_US)), "send_at"),
                (gift(5_000_000, Some(NOW_US + 400 * DAY_US)), "send_at"),
                (gift(5_000_000, Some(i64::MAX)), "send_at"),
                (to("bob"), "recipient"),
                (to("bob@friends.example, eve@friends.example"), "recipient"),
                (to("bob@friends.example\r\nBcc: eve@friends.example"), "recipient"),
                (saying(&"x".repeat(MAX_MESSAGE_CHARS + 1)), "message"),
                (saying("a code: \u{1}"), "message"),
            ] {
                match stage.gifts.give("a", "k", bad.clone()).await {
                    Err(GiftError::Invalid { field, .. }) => assert_eq!(field, expected, "{bad:?}"),
                    other => panic!("{bad:?}: {other:?}"),
                }
            }
            for (key, expected) in [("", "1 to 200"), (&"k".repeat(201), "1 to 200")] {
                let refused = stage.gifts.give("a", key, gift(5_000_000, None)).await.unwrap_err().to_string();
                assert!(refused.contains(expected), "{refused}");
            }
            for n in 0..MAX_A_DAY {
                stage.gifts.give("a", &n.to_string(), gift(1_000_000, None)).await.unwrap();
            }
            let more = stage.gifts.give("a", "more", gift(1_000_000, None)).await;
            assert!(matches!(more, Err(GiftError::TooMany)));
            stage.hand.advance(Duration::from_secs(86_400));
            stage.gifts.give("a", "more", gift(1_000_000, None)).await.unwrap();
        });
    });
}
