//! What closing an account promises, on both engines: what stands in its way, and what is gone afterwards.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::Shop;
use crate::audit::audit;
use crate::clock::Hand;
use crate::declared::Refused;
use crate::follows::Kind;
use crate::gifts::{CODE_MARK, GiftState, Letters, NewGift};
use crate::mail::Letter;
use crate::orders::Item;
use crate::payments::provider::Stage;
use crate::payments::tests::{Till, dispute, till_over, units};
use crate::payments::{AskedBy, Payer, PaymentSettings, RefundState, State, Wanted};
use crate::rights::{Payee, PayeeKind};
use crate::storefronts::MAIN;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::users::{SessionKind, SignIn};
use crate::work::Work;

const PASSWORD: &str = "correct horse battery";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn session(shop: &Shop, email: &str, role: Role) -> Session {
    let user = shop.users.create(email, PASSWORD, role, "en").await.unwrap();
    let token = shop.users.begin_session(&user.id, SessionKind::Browser).await.unwrap();
    shop.users.by_token(&token).await.unwrap().unwrap()
}

#[test]
fn a_closed_account_is_nobodys_and_the_books_stay_right() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            let work = Work::start(shop).await.unwrap();
            let anna = session(shop, "anna@example.org", Role::Listener).await;
            let id = anna.user.id.clone();
            shop.wallet.credit(&id, Micros(9_000_000), "welcome").await.unwrap();
            let order =
                shop.orders.place(&id, "1", vec![Item::Release("r".into())], "mp3:cbr:128".parse().unwrap()).await;
            let order = order.unwrap().order.id;
            while shop.orders.get(&id, &order).await.unwrap().unwrap().charged_micros == 0
                || !shop.closing.outlook(&id).await.unwrap().in_the_way.is_empty()
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            shop.wishes.add(&id, "r").await.unwrap();
            shop.follows.want(&id, true).await.unwrap();
            let new =
                reviews::NewReview { stars: 4, author: "Anna".into(), words: "Bells.".into(), language: "en".into() };
            shop.reviews.write(&id, "r", new).await.unwrap();
            let files = shop.downloads.list(&id, None, None, 9).await.unwrap().items;
            let close = |password: &'static str, gives_up| shop.closing.close(&anna, password, HOME, gives_up);
            assert!(matches!(close("wrong password", true).await, Err(CloseError::User(UserError::WrongCredentials))));
            assert!(matches!(close(PASSWORD, false).await, Err(CloseError::Unspent(left)) if left > Micros::ZERO));
            close(PASSWORD, true).await.unwrap();

            let user = shop.users.by_id(&id).await.unwrap().unwrap();
            assert_eq!((user.email.as_str(), shop.users.session_count(&id).await.unwrap()), ("", 0));
            let again = SignIn {
                email: "anna@example.org",
                password: PASSWORD,
                address: HOME,
                kind: SessionKind::Api,
                previous: None,
            };
            assert!(matches!(shop.users.sign_in(&again).await, Err(UserError::WrongCredentials)));
            assert!(shop.users.by_email(&id).await.unwrap().is_none(), "an id is no address");
            assert_eq!(shop.wishes.of(&id).await.unwrap(), [""; 0]);
            assert!(!shop.follows.has(&id, Kind::Artist, "a").await.unwrap());
            let (review, _) = shop.reviews.own(&id, "r").await.unwrap();
            assert_eq!(review.map(|r| (r.author, r.words)), Some((String::new(), "Bells.".to_owned())));
            let balance = shop.wallet.balance(&id).await.unwrap();
            assert_eq!((balance.balance_micros, balance.held_micros), (0, 0));
            let later = shop.downloads.list(&id, None, None, 9).await.unwrap().items;
            assert!(files.len() == 3 && files.iter().zip(&later).all(|(old, new)| old.path != new.path));
            assert_eq!(shop.receipts.list(&id, &order).await.unwrap().len(), 1, "the receipt was sealed before");
            session(shop, "anna@example.org", Role::Listener).await;
            work.stop().await;
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}

#[test]
fn what_is_under_way_or_owed_either_way_keeps_an_account_open() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let shop = &test.shop;
            let keeper = session(shop, "keeper@example.org", Role::Operator).await;
            let refused = shop.closing.close(&keeper, PASSWORD, HOME, true).await;
            assert!(matches!(refused, Err(CloseError::InTheWay(InTheWay::Operator))));
            let boris = session(shop, "boris@example.org", Role::Listener).await;
            let id = boris.user.id.clone();
            shop.wallet.credit(&id, Micros(9_000_000), "welcome").await.unwrap();
            shop.orders.place(&id, "1", vec![Item::Release("r".into())], "mp3:cbr:128".parse().unwrap()).await.unwrap();
            let refused = shop.closing.close(&boris, PASSWORD, HOME, true).await;
            assert!(matches!(refused, Err(CloseError::InTheWay(InTheWay::OrderUnderWay))));
            assert_eq!(shop.users.by_id(&id).await.unwrap().unwrap().email, "boris@example.org");
        });
    });
}

/// A listener with a till to pay at, and a shop over the same database.
struct AtTheDoor {
    test: TestShop,
    till: Till,
    anna: Session,
}

impl AtTheDoor {
    async fn open(url: &crate::db::DatabaseUrl) -> AtTheDoor {
        let test = TestShop::open(url).await;
        let till = till_over(test.shop.db.clone(), PaymentSettings::default()).await;
        let anna = session(&test.shop, "anna@example.org", Role::Listener).await;
        AtTheDoor { test, till, anna }
    }

    fn id(&self) -> &str {
        &self.anna.user.id
    }

    fn hand(&self) -> &Hand {
        &self.till.hand
    }

    /// All that stands in the way; and where something does, the account stays open by the right password too.
    async fn in_the_way(&self) -> Vec<InTheWay> {
        let found = self.test.shop.closing.outlook(self.id()).await.unwrap().in_the_way;
        if let Some(first) = found.first() {
            let refused = self.test.shop.closing.close(&self.anna, PASSWORD, HOME, true).await;
            assert!(matches!(&refused, Err(CloseError::InTheWay(why)) if why == first), "{refused:?}, and {first:?}");
            assert_eq!(self.test.shop.users.by_id(self.id()).await.unwrap().unwrap().email, "anna@example.org");
        }
        found
    }

    async fn closes(&self) {
        assert_eq!(self.in_the_way().await, []);
        self.test.shop.closing.close(&self.anna, PASSWORD, HOME, true).await.unwrap();
        assert_eq!(self.test.shop.users.by_id(self.id()).await.unwrap().unwrap().email, "");
        self.till.audited().await;
    }

    async fn states(&self, gifts: &[&str]) -> Vec<GiftState> {
        let mut states = Vec::new();
        for gift in gifts {
            states.push(self.test.shop.gifts.get(self.id(), gift).await.unwrap().unwrap().state);
        }
        states
    }

    /// The code in the letter of a gift.
    fn code_of(&self, gift: &str) -> String {
        let letters = std::fs::read_dir(self.test.folder.path().join("mail")).unwrap();
        let letters = letters.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let letter = letters.into_iter().find(|letter| letter.contains(gift)).unwrap();
        letter.trim().rsplit_once('\n').unwrap().1.replace("=3D", "=")
    }

    /// Gives back all that is left of a top-up.
    async fn refund(&self, topup: &str) -> String {
        let asked = (None, AskedBy::Listener);
        self.till.payments.refund(self.id(), topup, asked, &format!("of {topup}")).await.unwrap().0.id
    }
}

async fn put_payee(shop: &Shop, email: Option<&str>) {
    let payee = Payee {
        id: "anna".to_owned(),
        storefront: MAIN.to_owned(),
        name: "Anna's Choir".to_owned(),
        kind: PayeeKind::Artist,
        currency: "USD".to_owned(),
        email: email.map(str::to_owned),
        party_id: None,
        ipn: None,
    };
    shop.db.write::<_, Refused>(move |tx| rights::payees::put(tx, &payee, 0)).await.unwrap();
}

#[test]
fn who_reads_statements_of_a_payee_leaves_once_somebody_else_reads_them() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            put_payee(&stage.test.shop, Some("anna@example.org")).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Paid("Anna's Choir".to_owned())]);
            put_payee(&stage.test.shop, None).await;
            stage.closes().await;
        });
    });
}

#[test]
fn a_dispute_keeps_an_account_open_until_it_is_decided_and_what_is_owed_of_it_until_it_is_paid() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id) = (&stage.till, stage.id());
            till.paid(id, 10, "pi_1").await;
            till.spend_micros(id, units(6)).await;
            till.says("evt_1", dispute("dp_1", "pi_1", 10, Stage::Inquiry)).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Disputed]);
            till.says("evt_2", dispute("dp_1", "pi_1", 10, Stage::Open)).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Disputed]);
            till.says("evt_3", dispute("dp_1", "pi_1", 10, Stage::Lost)).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Owes(units(6))]);
            // What comes in pays the debt first. Nothing of the next is left that a dispute could freeze.
            till.paid(id, 11, "pi_2").await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Refundable(units(5))]);
            till.spend_micros(id, units(5)).await;
            assert_eq!(stage.in_the_way().await, []);
            till.says("evt_4", dispute("dp_2", "pi_2", 11, Stage::Open)).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Disputed]);
            till.says("evt_5", dispute("dp_2", "pi_2", 11, Stage::Won)).await;
            stage.closes().await;
        });
    });
}

#[test]
fn a_reported_file_is_waited_for() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (shop, id) = (&stage.test.shop, stage.id());
            shop.wallet.credit(id, Micros(9_000_000), "welcome").await.unwrap();
            let items = vec![Item::Track("t1".into())];
            let order = shop.orders.place(id, "1", items, "mp3:cbr:128".parse().unwrap()).await.unwrap().order;
            assert_eq!(stage.in_the_way().await, [InTheWay::OrderUnderWay]);
            let work = Work::start(shop).await.unwrap();
            while !shop.closing.outlook(id).await.unwrap().in_the_way.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            work.stop().await;
            shop.defects.report(id, &order.lines[0].id).await.unwrap();
            assert_eq!(stage.in_the_way().await, [InTheWay::FileChecked]);
            let work = Work::start(shop).await.unwrap();
            while !shop.closing.outlook(id).await.unwrap().in_the_way.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            work.stop().await;
            stage.closes().await;
        });
    });
}

#[test]
fn a_payment_that_nobody_finishes_is_waited_for_until_the_moment_that_is_named() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id) = (&stage.till, stage.id());
            let card = till.wants(id, "stripe", 10, "card").await.unwrap().topup;
            assert_eq!(stage.in_the_way().await, [InTheWay::TopUpUnderWay(card.expires_us)]);
            let transfer = till.wants(id, "transfer", 10, "bank").await.unwrap().topup;
            assert!(transfer.expires_us > card.expires_us);
            let told = stage.in_the_way().await;
            assert_eq!(told, [InTheWay::TopUpUnderWay(transfer.expires_us)], "the last of them");
            assert!(told[0].to_string().ends_with(&moment_of(transfer.expires_us)), "{}", told[0]);
            stage.hand().set(transfer.expires_us - 1_000_000);
            till.payments.tick().await.unwrap();
            assert_eq!(till.payments.find(&card.id).await.unwrap().unwrap().state, State::Expired);
            assert_eq!(stage.in_the_way().await.len(), 1);
            stage.hand().set(transfer.expires_us);
            till.payments.tick().await.unwrap();
            stage.closes().await;
        });
    });
}

#[test]
fn what_was_paid_in_goes_back_first_and_has_to_arrive() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id) = (&stage.till, stage.id());
            let card = till.paid(id, 10, "pi_1").await;
            let transfer = till.wants(id, "transfer", 20, "bank").await.unwrap().topup;
            till.payments.confirm_transfer(&transfer.id, units(20), "bank-1").await.unwrap();
            assert_eq!(stage.in_the_way().await, [InTheWay::Refundable(units(30))]);
            stage.refund(&card.id).await;
            let both = [InTheWay::RefundUnderWay, InTheWay::Refundable(units(20))];
            assert_eq!(stage.in_the_way().await, both);
            till.payments.tick().await.unwrap();
            assert_eq!(stage.in_the_way().await, both[1..]);
            let by_hand = stage.refund(&transfer.id).await;
            till.payments.tick().await.unwrap();
            let state = till.payments.find_refund(&by_hand).await.unwrap().unwrap().state;
            assert_eq!((state, stage.in_the_way().await), (RefundState::ByHand, both[..1].to_vec()));
            till.payments.refund_sent_by_hand(&by_hand, "out-1").await.unwrap();
            stage.closes().await;
        });
    });
}

#[test]
fn what_no_bank_moves_of_a_top_up_keeps_nobody_but_is_given_up_by_name() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id, closing) = (&stage.till, stage.id(), &stage.test.shop.closing);
            let topup = till.paid(id, 10, "pi_1").await;
            till.spend_micros(id, Micros(1_234_567)).await;
            assert_eq!(stage.in_the_way().await, [InTheWay::Refundable(Micros(8_760_000))]);
            stage.refund(&topup.id).await;
            till.payments.tick().await.unwrap();
            let outlook = closing.outlook(id).await.unwrap();
            assert_eq!(outlook, Outlook { in_the_way: vec![], lost: Micros(5_433) });
            let refused = closing.close(&stage.anna, PASSWORD, HOME, false).await;
            assert!(matches!(refused, Err(CloseError::Unspent(Micros(5_433)))), "{refused:?}");
            stage.closes().await;
            assert_eq!(stage.test.shop.wallet.balance(id).await.unwrap().balance_micros, 0);
        });
    });
}

fn gift(amount: i64, send_us: Option<i64>) -> NewGift {
    let letter = |body: &str| Letter { subject: "A gift".into(), body: body.into(), unsubscribe: None };
    let letters = Letters { gift: letter(CODE_MARK), failed: letter("It came back.") };
    let (recipient, message) = ("bob@friends.example".into(), "For Bob, with love".into());
    NewGift { amount: units(amount), recipient, message, send_us, letters }
}

#[test]
fn a_gift_that_waits_is_sent_or_cancelled_first() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id, gifts) = (&stage.till, stage.id(), &stage.test.shop.gifts);
            till.paid(id, 5, "pi_1").await;
            let tomorrow = stage.test.shop.clock.now_us() + 86_400_000_000;
            let waiting = gifts.give(id, "k", gift(5, Some(tomorrow))).await.unwrap().gift;
            assert_eq!(stage.in_the_way().await, [InTheWay::GiftWaiting]);
            gifts.cancel(id, &waiting.id).await.unwrap();
            assert_eq!(stage.in_the_way().await, [InTheWay::Refundable(units(5))]);
            till.spend_micros(id, units(5)).await;
            stage.closes().await;
        });
    });
}

/// Where a text stands in the database: `table.column`, whatever the table.
fn places_of(tx: &mut Tx, text: &str) -> Result<Vec<String>, DbError> {
    let columns = match tx.for_update() {
        "" => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'"
        }
        _ => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type = 'text'"
        }
    };
    let mut found = Vec::new();
    for row in tx.rows(columns, &[])? {
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        let sql = format!("SELECT 1 FROM {table} WHERE LOWER({column}) LIKE $1 LIMIT 1");
        let like: [Value; 1] = [format!("%{text}%").into()];
        found.extend(tx.row(&sql, &like)?.map(|_| format!("{table}.{column}")));
    }
    found.sort();
    Ok(found)
}

#[test]
fn nobodys_address_is_left_of_a_closed_account_and_the_books_of_its_gifts_are() {
    on_both_engines(|_, url| {
        block_on(async {
            let stage = AtTheDoor::open(&url).await;
            let (till, id, shop) = (&stage.till, stage.id(), &stage.test.shop);
            let payer = Payer {
                user_id: id.to_owned(),
                email: "anna@example.org".to_owned(),
                language: "en".to_owned(),
                country: None,
            };
            let front = shop.storefronts.main().await.unwrap();
            let wanted = Wanted {
                provider: "transfer".to_owned(),
                amount: units(25),
                key: "bank".to_owned(),
                title: "Top-up".to_owned(),
                return_base: "https://shop.example/en/topups/".to_owned(),
            };
            let topup = shop.payments.start(&front, &payer, &wanted).await.unwrap().topup;
            shop.payments.confirm_transfer(&topup.id, units(25), "bank-1").await.unwrap();
            let sent = shop.gifts.give(id, "sent", gift(5, None)).await.unwrap().gift.id;
            let redeemed = shop.gifts.give(id, "redeemed", gift(5, None)).await.unwrap().gift.id;
            let tomorrow = shop.clock.now_us() + 86_400_000_000;
            let cancelled = shop.gifts.give(id, "cancelled", gift(5, Some(tomorrow))).await.unwrap().gift.id;
            shop.gifts.cancel(id, &cancelled).await.unwrap();
            let work = Work::start(shop).await.unwrap();
            while stage.states(&[&sent, &redeemed]).await != [GiftState::Sent; 2] {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            work.stop().await;
            let code = stage.code_of(&redeemed);
            shop.vouchers.redeem("b", HOME, &code).await.unwrap();
            let left = stage.refund(&topup.id).await;
            till.payments.tick().await.unwrap();
            till.payments.refund_sent_by_hand(&left, "out-1").await.unwrap();
            let places =
                async |text: &'static str| shop.db.read::<_, DbError>(move |tx| places_of(tx, text)).await.unwrap();
            assert_eq!(places("bob@friends").await, ["gifts.recipient"]);
            assert_eq!(places("with love").await, ["gifts.message"]);
            assert_eq!(places("anna@example").await, ["topups.told", "users.email", "users.email_key"]);
            stage.closes().await;
            for text in ["bob@friends", "with love", "anna@example"] {
                assert_eq!(places(text).await, [""; 0], "{text}");
            }
            let states = stage.states(&[&sent, &redeemed, &cancelled]).await;
            assert_eq!(states, [GiftState::Sent, GiftState::Redeemed, GiftState::Cancelled]);
            let kept = shop.gifts.get(id, &sent).await.unwrap().unwrap();
            assert_eq!((kept.amount_micros, kept.recipient.as_str(), kept.message.as_str()), (5_000_000, "", ""));
            assert_eq!(shop.payments.find(&topup.id).await.unwrap().unwrap().received_micros, 25_000_000);
            assert_eq!(audit(shop, |_| ()).await.unwrap(), [""; 0]);
        });
    });
}
