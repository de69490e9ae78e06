//! What payments promise, on both engines: a provider that is only a script, and messages in any order.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use money::ledger::Kind;

use super::provider::{
    Card, Dispute, Event, Forged, Message, Payment, Received, RefundOrder, RefundSeen, Seen, Stage, Start, Started,
    Subject,
};
use super::vouchers::{Redeemed, came_with_voucher};
use super::*;
use crate::clock::Hand;
use crate::storefronts::{Storefront, Storefronts};
use crate::test_support::{block_on, on_both_engines, users};

pub(crate) const NOON_US: i64 = 1_795_219_200_000_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// What the scripted provider answers, and what it was asked.
#[derive(Default)]
struct Script {
    looks: Vec<Seen>,
    refunds: Vec<Result<RefundSeen, ProviderError>>,
    card: Option<Card>,
    card_fails: bool,
    starts: Vec<Result<(), ProviderError>>,
    asked: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Script>>);

impl Scripted {
    fn asked(&self, what: String) -> std::sync::MutexGuard<'_, Script> {
        let mut script = self.0.lock().unwrap();
        script.asked.push(what);
        script
    }

    fn was_asked(&self, start: &str) -> usize {
        self.0.lock().unwrap().asked.iter().filter(|asked| asked.starts_with(start)).count()
    }
}

impl Provider for Scripted {
    fn name(&self) -> &'static str {
        stripe::NAME
    }
    fn start<'a>(&'a self, payment: &'a Start) -> BoxFuture<'a, Result<Started, ProviderError>> {
        let next = self.asked(format!("start {payment:?}")).starts.pop().unwrap_or(Ok(()));
        let started = Started {
            provider_ref: format!("cs_{}", payment.topup_id),
            redirect_url: Some("https://pay.example/".to_owned()),
        };
        async move { next.map(|()| started) }.boxed()
    }
    fn read(&self, _: &Message) -> Result<Received, Forged> {
        Err(Forged::NotExpected)
    }
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Seen, ProviderError>> {
        let seen = self.asked(format!("look {name}")).looks.pop().unwrap_or(Seen::Pending);
        async move { Ok(seen) }.boxed()
    }
    fn cancel<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), ProviderError>> {
        drop(self.asked(format!("cancel {name}")));
        async { Ok(()) }.boxed()
    }
    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Card>, ProviderError>> {
        let script = self.0.lock().unwrap();
        let card =
            if script.card_fails { Err(ProviderError::Later("down".to_owned())) } else { Ok(script.card.clone()) };
        async move { card }.boxed()
    }
    fn refund<'a>(&'a self, refund: &'a RefundOrder) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        let next = self.asked(format!("refund {} {}", refund.payment_ref, refund.amount)).refunds.pop();
        async move { next.unwrap_or(Ok(RefundSeen::Done("re_1".to_owned()))) }.boxed()
    }
    fn look_up_refund<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        let name = name.to_owned();
        async move { Ok(RefundSeen::Done(name)) }.boxed()
    }
    fn check(&self) -> BoxFuture<'_, Result<String, ProviderError>> {
        async { Ok("a script".to_owned()) }.boxed()
    }
}

/// A till over a fresh database, with listeners `a`, `b`, `c` and a clock by hand.
pub(crate) struct Till {
    pub(crate) payments: Payments,
    script: Scripted,
    shop: Storefront,
    pub(crate) hand: Hand,
    keys: std::sync::atomic::AtomicU32,
}

pub(crate) async fn till(db: Db, settings: PaymentSettings) -> Till {
    users(&db, &["a", "b", "c"]).await;
    till_over(db, settings).await
}

/// The same over a database that has its listeners.
pub(crate) async fn till_over(db: Db, settings: PaymentSettings) -> Till {
    let (clock, hand) = Clock::by_hand(NOON_US);
    let shop = Storefronts::open(db.clone(), clock.clone()).await.unwrap().main().await.unwrap();
    let script = Scripted::default();
    let wallet = Wallet::new(db.clone(), clock.clone(), "test");
    let providers: Vec<Box<dyn Provider>> = vec![Box::new(transfer::Transfer), Box::new(script.clone())];
    let payments = Payments::over((db, clock, wallet), &settings, providers);
    let mut rules = Rules { transfer_details: Some("IBAN".to_owned()), ..Rules::default() };
    rules.ways[1].bonus_ppm = 50_000;
    payments.db.write(move |tx| put_rules(tx, "main", &rules, NOON_US)).await.unwrap();
    Till { payments, script, shop, hand, keys: std::sync::atomic::AtomicU32::new(0) }
}

pub(crate) fn units(n: i64) -> Micros {
    Micros(n * 1_000_000)
}

impl Till {
    pub(crate) async fn wants(
        &self,
        user: &str,
        provider: &str,
        amount: i64,
        key: &str,
    ) -> Result<Begun, PaymentError> {
        let payer = Payer { user_id: user.into(), email: user.into(), language: "en".into(), country: None };
        let wanted = Wanted {
            provider: provider.into(),
            amount: units(amount),
            key: key.into(),
            title: "Top-up".into(),
            return_base: "https://shop.example/en/topups/".into(),
        };
        self.payments.start(&self.shop, &payer, &wanted).await
    }

    /// The time that it goes by.
    pub(crate) fn payments_clock(&self) -> Clock {
        self.payments.clock.clone()
    }

    /// The card that pays from now on.
    pub(crate) fn card_of(&self, country: Option<&str>) {
        let country = country.map(str::to_owned);
        self.script.0.lock().unwrap().card = Some(Card { fingerprint: None, country });
    }

    async fn begin(&self, user: &str, amount: i64) -> TopUp {
        let key = self.keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        self.wants(user, "stripe", amount, &format!("till-{key}")).await.unwrap().topup
    }

    pub(crate) async fn says(&self, event_id: &str, event: Event) -> TakenIn {
        let received = Received { event_id: event_id.into(), kind: "test".into(), event: Some(event) };
        let card = self.script.0.lock().unwrap().card.clone();
        self.payments.take_in("stripe", received, card).await.unwrap()
    }

    /// A top-up that is paid.
    pub(crate) async fn paid(&self, user: &str, amount: i64, payment_ref: &str) -> TopUp {
        let topup = self.begin(user, amount).await;
        assert_eq!(self.says(&format!("evt_{payment_ref}"), paid(&topup, payment_ref, amount)).await, TakenIn::Done);
        self.now(&topup).await
    }

    /// Redeems a voucher that is refundable in money, and returns its top-up's id.
    pub(crate) async fn redeemed(&self, user: &'static str, amount: i64) -> String {
        let (wallet, clock) = (self.payments.wallet.clone(), self.payments.clock.clone());
        let books = money::vouchers::Books { storefront: "main", currency: money::Currency::USD };
        let write = move |tx: &mut Tx| -> Result<(), WalletError> {
            wallet.issue_vouchers(tx, books, "batch", (units(amount), Micros::ZERO))?;
            let entry = wallet.redeem(tx, books, user, "batch-1", (units(amount), true))?.unwrap();
            let redeemed =
                Redeemed { books, user_id: user, serial: "batch-1", amount: units(amount), entry_id: &entry };
            Ok(came_with_voucher(tx, &clock, &redeemed)?)
        };
        self.payments.db.write(write).await.unwrap();
        self.payments.topups(user, None, 1).await.unwrap().items[0].0.id.clone()
    }

    async fn now(&self, topup: &TopUp) -> TopUp {
        self.payments.find(&topup.id).await.unwrap().unwrap()
    }

    async fn purchased(&self, user: &str) -> i64 {
        self.payments.wallet.balance(user).await.unwrap().purchased_micros / 1_000_000
    }

    pub(crate) async fn spend(&self, user: &str, amount: i64) {
        self.spend_micros(user, units(amount)).await;
    }

    pub(crate) async fn spend_micros(&self, user: &str, amount: Micros) {
        let (wallet, user) = (self.payments.wallet.clone(), user.to_owned());
        let write = move |tx: &mut Tx| -> Result<(), WalletError> {
            let held = wallet.hold(tx, &user, "order", amount)?;
            let capture = crate::wallet::Capture {
                user_id: &user,
                line_id: "line",
                held,
                charged: amount,
                tax: Micros(0),
                payables: &[],
            };
            wallet.capture(tx, &capture)
        };
        self.payments.db.write(write).await.unwrap();
    }

    pub(crate) async fn stands(&self, kind: Kind, owner: &str) -> i64 {
        let account = crate::wallet::account(kind, owner);
        let books = self.books().await;
        books.balances.get(&account).copied().unwrap_or_default().0 as i64 / 1_000_000
    }

    async fn books(&self) -> crate::wallet::verify::Recomputed {
        self.payments.db.read::<_, DbError>(|tx| crate::wallet::verify::recompute(tx, &|_| ())).await.unwrap()
    }

    /// Every entry sums to zero, every row agrees with the ledger.
    pub(crate) async fn audited(&self) {
        let mut books = self.books().await;
        let balances = std::mem::take(&mut books.balances);
        assert_eq!(books.differences, [""; 0]);
        let found = self.payments.db.read(move |tx| differences(tx, &balances)).await.unwrap();
        assert_eq!(found, [""; 0]);
    }
}

fn of(topup: &TopUp, payment_ref: &str) -> Subject {
    Subject {
        topup_id: Some(topup.id.clone()),
        provider_ref: topup.provider_ref.clone(),
        payment_ref: Some(payment_ref.to_owned()),
    }
}

fn payment(topup: &TopUp, payment_ref: &str, amount: i64) -> Payment {
    Payment { of: of(topup, payment_ref), amount_micros: units(amount).0, currency: "USD".into() }
}

fn paid(topup: &TopUp, payment_ref: &str, amount: i64) -> Event {
    Event::Paid(payment(topup, payment_ref, amount))
}

pub(crate) fn dispute(id: &str, payment_ref: &str, amount: i64, stage: Stage) -> Event {
    let of = Subject { payment_ref: Some(payment_ref.into()), ..Subject::default() };
    let (currency, reason) = ("USD".into(), "fraudulent".into());
    Event::Dispute(Dispute { id: id.into(), of, amount_micros: units(amount).0, currency, stage, reason })
}

pub(crate) fn given_back(payment_ref: &str, amount: i64) -> Event {
    let of = Subject { payment_ref: Some(payment_ref.into()), ..Subject::default() };
    Event::GivenBack { of, total_micros: units(amount).0 }
}

#[test]
fn money_is_posted_once_however_often_and_by_whatever_message_it_is_told() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.begin("a", 25).await;
            assert_eq!((topup.state, topup.redirect_url.is_some()), (State::Pending, true));
            assert_eq!(till.says("evt_1", paid(&topup, "pi_1", 25)).await, TakenIn::Done);
            assert_eq!(till.says("evt_1", paid(&topup, "pi_1", 25)).await, TakenIn::Repeated);
            assert_eq!(
                till.says("evt_2", paid(&topup, "pi_1", 25)).await,
                TakenIn::Done,
                "another message, the same money"
            );
            till.says("evt_3", Event::Expired { of: of(&topup, "pi_1") }).await;
            till.says("evt_4", Event::Failed { of: of(&topup, "pi_1"), reason: "late".into() }).await;
            let topup = till.now(&topup).await;
            assert_eq!(
                (topup.state, topup.received_micros, till.purchased("a").await),
                (State::Posted, 25_000_000, 25)
            );
            assert_eq!(till.stands(Kind::TopUpClearing, "main.stripe").await, -25);
            // Many at once.
            let other = till.begin("a", 10).await;
            let ids: Vec<String> = (0..8).map(|n| format!("at-once-{n}")).collect();
            futures_util::future::join_all(ids.iter().map(|id| till.says(id, paid(&other, "pi_2", 10)))).await;
            assert_eq!(till.purchased("a").await, 35);
            till.audited().await;
        });
    });
}

#[test]
fn money_that_comes_after_the_end_is_posted_and_what_is_unknown_is_not() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings { expiry_s: 1, ..PaymentSettings::default() }).await;
            let topup = till.begin("a", 25).await;
            till.hand.advance(Duration::from_secs(2));
            till.payments.tick().await.unwrap();
            assert_eq!(till.now(&topup).await.state, State::Expired);
            assert_eq!(till.script.was_asked("cancel"), 1);
            till.hand.advance(HOUR);
            assert_eq!(till.says("evt_1", paid(&topup, "pi_1", 25)).await, TakenIn::Done, "an hour late");
            assert_eq!((till.now(&topup).await.state, till.purchased("a").await), (State::Posted, 25));
            let unknown = TopUp { id: "nobody's".into(), provider_ref: None, ..topup.clone() };
            assert_eq!(till.says("evt_2", paid(&unknown, "pi_9", 25)).await, TakenIn::Unknown);
            // Money in another currency is nobody's balance; somebody is told.
            let other = till.begin("a", 10).await;
            let Event::Paid(mut strange) = paid(&other, "pi_3", 10) else { unreachable!() };
            strange.currency = "EUR".into();
            till.says("evt_3", Event::Paid(strange)).await;
            assert_eq!(till.now(&other).await.failure.as_deref(), Some("currency"));
            assert!(till.payments.has_notices().await.unwrap());
            // Less, more, and a second time: what arrives is what is posted.
            let third = till.begin("a", 10).await;
            till.says("evt_4", paid(&third, "pi_4", 8)).await;
            till.says("evt_5", paid(&third, "pi_5", 12)).await;
            assert_eq!((till.purchased("a").await, till.now(&third).await.received_micros), (45, 8_000_000));
            till.audited().await;
        });
    });
}

#[test]
fn a_message_that_got_lost_is_healed_by_looking() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.begin("a", 25).await;
            till.payments.tick().await.unwrap();
            assert_eq!(till.script.was_asked("look"), 0, "not at once");
            till.hand.advance(Duration::from_secs(61));
            till.script.0.lock().unwrap().looks.push(Seen::Paid(payment(&topup, "pi_1", 25)));
            till.payments.tick().await.unwrap();
            assert_eq!((till.now(&topup).await.state, till.purchased("a").await), (State::Posted, 25));
            assert_eq!(till.says("evt_1", paid(&topup, "pi_1", 25)).await, TakenIn::Done, "found after all");
            assert_eq!(till.purchased("a").await, 25);
            // Who comes back from the provider's page does not wait for the round.
            let other = till.begin("a", 10).await;
            till.script.0.lock().unwrap().looks.push(Seen::Paid(payment(&other, "pi_2", 10)));
            let seen = till.payments.topup("a", &other.id, true).await.unwrap().unwrap();
            assert_eq!((seen.state, till.purchased("a").await), (State::Posted, 35));
            assert_eq!(till.payments.topup("b", &other.id, false).await.unwrap(), None, "not hers");
            till.audited().await;
        });
    });
}

#[test]
fn the_same_key_is_the_same_top_up_also_when_the_providers_answer_was_lost() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            till.script.0.lock().unwrap().starts.push(Err(ProviderError::Later("lost".into())));
            assert!(matches!(till.wants("a", "stripe", 25, "k").await, Err(PaymentError::Later(_))));
            let first = till.wants("a", "stripe", 25, "k").await.unwrap();
            let again = till.wants("a", "stripe", 25, "k").await.unwrap();
            assert_eq!((first.repeated, &first.topup), (true, &again.topup));
            let asked = till.script.0.lock().unwrap().asked.clone();
            assert_eq!((asked.len(), &asked[0]), (2, &asked[1]), "word for word the same");
            assert!(matches!(till.wants("a", "stripe", 15, "k").await, Err(PaymentError::KeyReused)));
            assert!(matches!(till.wants("a", "transfer", 25, "k").await, Err(PaymentError::KeyReused)));
            assert!(matches!(till.wants("a", "stripe", 25, "").await, Err(PaymentError::KeyTooLong)));
            let keys = ["x"; 6].map(|key| till.wants("b", "stripe", 10, key));
            let ids: std::collections::BTreeSet<String> =
                futures_util::future::join_all(keys).await.into_iter().map(|b| b.unwrap().topup.id).collect();
            assert_eq!(ids.len(), 1);
            till.script.0.lock().unwrap().starts.push(Err(ProviderError::Refused("no".into())));
            assert!(matches!(till.wants("b", "stripe", 15, "y").await, Err(PaymentError::Refused)));
            let stands = till.wants("b", "stripe", 15, "y").await.unwrap().topup;
            assert_eq!((stands.state, stands.failure.as_deref()), (State::Failed, Some("provider")));
        });
    });
}

#[test]
fn a_dispute_freezes_what_is_left_and_a_lost_one_leaves_a_debt_that_is_paid_first() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            till.paid("a", 25, "pi_1").await;
            let second = till.paid("a", 10, "pi_2").await;
            till.spend("a", 19).await;
            // 19 of the first are spent: 6 of it are left, and the second is whole.
            assert_eq!(till.says("e1", dispute("dp_1", "pi_1", 25, Stage::Open)).await, TakenIn::Done);
            assert_eq!((till.purchased("a").await, till.stands(Kind::Frozen, "a").await), (10, 6));
            till.says("e2", dispute("dp_1", "pi_1", 25, Stage::Open)).await;
            till.audited().await;
            till.says("e3", dispute("dp_1", "pi_1", 25, Stage::Lost)).await;
            till.says("e4", dispute("dp_1", "pi_1", 25, Stage::Open)).await;
            assert_eq!((till.purchased("a").await, till.stands(Kind::Frozen, "a").await), (10, 0));
            assert_eq!((till.stands(Kind::Receivable, "a").await, till.stands(Kind::Disputes, "main").await), (-19, 0));
            till.audited().await;
            let third = till.paid("a", 15, "pi_3").await;
            assert_eq!((third.settled_micros, till.purchased("a").await), (15_000_000, 10));
            assert_eq!(till.payments.left(&third).await.unwrap(), Micros(0), "it paid the debt");
            till.paid("a", 10, "pi_4").await;
            assert_eq!((till.stands(Kind::Receivable, "a").await, till.purchased("a").await), (0, 16));
            // One that is won gives everything back.
            till.says("e5", dispute("dp_2", "pi_2", 10, Stage::Inquiry)).await;
            assert_eq!((till.purchased("a").await, till.stands(Kind::Disputes, "main").await), (6, 0));
            till.says("e6", dispute("dp_2", "pi_2", 10, Stage::Open)).await;
            assert_eq!(till.stands(Kind::Disputes, "main").await, -10);
            till.says("e7", dispute("dp_2", "pi_2", 10, Stage::Won)).await;
            assert_eq!((till.purchased("a").await, till.stands(Kind::Disputes, "main").await), (16, 0));
            assert_eq!(till.now(&second).await.disputed_micros, 0);
            till.audited().await;
        });
    });
}

#[test]
fn what_overtakes_its_payment_waits_for_it() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.begin("a", 25).await;
            assert_eq!(till.says("e1", dispute("dp_1", "pi_1", 25, Stage::Lost)).await, TakenIn::Waiting);
            assert_eq!(till.says("e2", dispute("dp_1", "pi_1", 25, Stage::Open)).await, TakenIn::Waiting);
            till.says("e3", paid(&topup, "pi_1", 25)).await;
            assert_eq!((till.purchased("a").await, till.stands(Kind::TopUpClearing, "main.stripe").await), (0, 0));
            let other = till.begin("a", 10).await;
            let named = Event::GivenBack { of: of(&other, "pi_2"), total_micros: units(4).0 };
            assert_eq!(till.says("e4", named).await, TakenIn::Waiting, "a refund before the payment");
            till.says("e5", paid(&other, "pi_2", 10)).await;
            assert_eq!(till.purchased("a").await, 6);
            // What the provider gives back by itself after it was spent is the shop's loss.
            till.spend("a", 5).await;
            till.says("e6", given_back("pi_2", 10)).await;
            till.says("e7", given_back("pi_2", 10)).await;
            assert_eq!((till.purchased("a").await, till.stands(Kind::WriteOff, "main").await), (0, -5));
            till.audited().await;
        });
    });
}

#[test]
fn unspent_credit_goes_back_to_its_payer_and_no_more_than_that() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.paid("a", 25, "pi_1").await;
            till.spend("a", 10).await;
            let ask = |amount: Option<i64>, key: &'static str| {
                till.payments.refund("a", &topup.id, (amount.map(units), AskedBy::Listener), key)
            };
            assert!(matches!(ask(Some(16), "k1").await, Err(PaymentError::NothingLeft { left }) if left == units(15)));
            assert!(matches!(ask(Some(0), "k1").await, Err(PaymentError::NotPositive)));
            assert!(matches!(ask(Some(-1), "k1").await, Err(PaymentError::NotPositive)));
            let fine = till.payments.refund("a", &topup.id, (Some(Micros(1)), AskedBy::Listener), "k1").await;
            assert!(matches!(fine, Err(PaymentError::TooFine { decimals: 2 })));
            let (refund, repeated) = ask(Some(5), "k1").await.unwrap();
            assert_eq!((refund.state, repeated, till.purchased("a").await), (RefundState::Pending, false, 10));
            assert!(ask(Some(5), "k1").await.unwrap().1, "the same again");
            assert!(matches!(ask(Some(6), "k1").await, Err(PaymentError::KeyReused)));
            let strangers = till.payments.refund("b", &topup.id, (None, AskedBy::Listener), "k").await;
            assert!(matches!(strangers, Err(PaymentError::Unknown)));
            assert_eq!(till.stands(Kind::Refunds, "main").await, 5);
            till.script.0.lock().unwrap().refunds.push(Err(ProviderError::Later("500".into())));
            till.payments.tick().await.unwrap();
            assert_eq!(till.payments.find_refund(&refund.id).await.unwrap().unwrap().state, RefundState::Pending);
            till.hand.advance(Duration::from_secs(30));
            till.payments.tick().await.unwrap();
            assert_eq!(till.payments.find_refund(&refund.id).await.unwrap().unwrap().state, RefundState::Done);
            assert_eq!((till.stands(Kind::Refunds, "main").await, till.script.was_asked("refund pi_1 5.00")), (0, 2));
            // The provider's own message about it is no second refund.
            till.says("e1", given_back("pi_1", 5)).await;
            assert_eq!(till.purchased("a").await, 10);
            // One that comes to nothing gives the credit back, even after it had left.
            let (rest, _) = ask(None, "k2").await.unwrap();
            assert_eq!((rest.paid_micros, till.purchased("a").await), (10_000_000, 0));
            let seen = |seen| Event::Refund { refund_id: rest.id.clone(), seen };
            till.says("e2", seen(RefundSeen::Done("re_2".into()))).await;
            till.says("e3", seen(RefundSeen::Failed("closed account".into()))).await;
            till.says("e4", seen(RefundSeen::Done("re_2".into()))).await;
            assert_eq!(till.purchased("a").await, 10);
            till.audited().await;
        });
    });
}

#[test]
fn a_transfer_is_what_arrives_with_its_bonus_and_goes_back_by_hand() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.wants("a", "transfer", 50, "k").await.unwrap().topup;
            let reference = topup.provider_ref.clone().unwrap();
            assert!(reference.starts_with("RF") && topup.redirect_url.is_none());
            let confirm = |amount: Micros, name: &'static str| {
                let reference = reference.replace(' ', "");
                let payments = till.payments.clone();
                async move { payments.confirm_transfer(&reference, amount, name).await }
            };
            assert!(matches!(confirm(Micros(0), "b1").await, Err(PaymentError::NotPositive)));
            assert!(matches!(confirm(Micros(-1), "b1").await, Err(PaymentError::NotPositive)));
            assert!(matches!(confirm(Micros(1), "b1").await, Err(PaymentError::TooFine { .. })));
            assert!(matches!(confirm(units(40), " ").await, Err(PaymentError::NameMissing)));
            // Too little arrives, late; then the rest; then the first is told again.
            till.hand.advance(HOUR * 24 * 20);
            till.payments.tick().await.unwrap();
            assert_eq!(till.now(&topup).await.state, State::Expired);
            confirm(units(40), "b1").await.unwrap();
            let rest = confirm(units(20), "b2").await.unwrap();
            assert_ne!(rest.id, topup.id);
            confirm(units(40), "b1").await.unwrap();
            assert!(matches!(confirm(units(41), "b1").await, Err(PaymentError::AmountDiffers { .. })));
            let balance = till.payments.wallet.balance("a").await.unwrap();
            assert_eq!((balance.purchased_micros, balance.promotional_micros), (60_000_000, 3_000_000));
            // The bonus is spent first and is taken off what goes back.
            till.spend("a", 2).await;
            let asked = (Some(units(40)), AskedBy::Listener);
            let (refund, _) = till.payments.refund("a", &topup.id, asked, "r").await.unwrap();
            assert_eq!((refund.paid_micros, refund.kept_micros), (39_000_000, 1_000_000));
            till.payments.tick().await.unwrap();
            let waiting = till.payments.refunds(None, Some(RefundState::ByHand), (None, 10)).await.unwrap();
            assert_eq!(waiting.items.len(), 1);
            let sent = till.payments.refund_sent_by_hand(&refund.id, "out-7").await.unwrap();
            assert_eq!(sent.state, RefundState::Done);
            till.payments.refund_sent_by_hand(&refund.id, "out-7").await.unwrap();
            assert!(matches!(till.payments.refund_not_sent(&refund.id, "x").await, Err(PaymentError::NotByHand)));
            // Another came back: why, once.
            let (other, _) =
                till.payments.refund("a", &rest.id, (Some(units(1)), AskedBy::Listener), "o").await.unwrap();
            till.payments.tick().await.unwrap();
            let failed = async |why: &str| till.payments.refund_not_sent(&other.id, why).await.map(|r| r.state);
            for nothing in ["", " ", &"x".repeat(refunds::MAX_FAILURE_CHARS + 1)] {
                assert!(matches!(failed(nothing).await, Err(PaymentError::ReasonMissing)));
            }
            assert_eq!(failed("the account is closed").await.unwrap(), RefundState::Failed);
            assert_eq!(failed("the account is closed").await.unwrap(), RefundState::Failed);
            assert!(matches!(failed("something else").await, Err(PaymentError::NotByHand)));
            assert_eq!(till.stands(Kind::TopUpClearing, "main.transfer").await, -21);
            till.audited().await;
        });
    });
}

#[test]
fn a_refund_that_left_a_part_of_a_cent_on_the_balance_is_the_same_when_it_is_asked_for_again() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db, PaymentSettings::default()).await;
            let topup = till.wants("a", "transfer", 30, "k").await.unwrap().topup;
            till.payments.confirm_transfer(&topup.id, units(30), "b1").await.unwrap();
            // Of a bonus of 1.50 there are 0.50 left: a third of it goes back, and two thirds are taken off the money.
            till.spend("a", 1).await;
            let ask = |cents: i64| {
                let asked = (Some(Micros(cents * 10_000)), AskedBy::Listener);
                till.payments.refund("a", &topup.id, asked, "r")
            };
            let (refund, _) = ask(2_033).await.unwrap();
            assert!(refund.taken_micros < 20_330_000 && refund.paid_micros % 10_000 == 0, "{refund:?}");
            let (again, repeated) = ask(2_033).await.unwrap();
            assert!(repeated && again == refund);
            for cents in [2_032, 2_034] {
                assert!(matches!(ask(cents).await, Err(PaymentError::KeyReused)), "{cents}");
            }
        });
    });
}

#[test]
fn too_much_too_often_or_by_too_many_hands_is_refused() {
    on_both_engines(|db, _| {
        block_on(async {
            let limits = Limits {
                day: units(60),
                starts: 3,
                window_s: 60,
                card_day: units(40),
                card_users: 1,
                ..Limits::default()
            };
            let till = till(db, PaymentSettings { limits, ..PaymentSettings::default() }).await;
            till.begin("a", 50).await;
            assert!(matches!(
                till.wants("a", "stripe", 15, "k").await, Err(PaymentError::DayLimit { left, .. }) if left == units(10)
            ));
            till.begin("a", 5).await;
            till.begin("a", 5).await;
            assert!(matches!(
                till.wants("a", "stripe", 5, "k").await,
                Err(PaymentError::TooOften { retry_after_s }) if (1..=60).contains(&retry_after_s)
            ));
            till.hand.advance(HOUR * 25);
            // A card beyond its day, and a card in another's hands: the money goes back by itself.
            let card = Card { fingerprint: Some("f1".into()), country: Some("DE".into()) };
            till.script.0.lock().unwrap().card = Some(card);
            till.paid("a", 30, "pi_1").await;
            let beyond = till.paid("a", 15, "pi_2").await;
            let strangers = till.paid("b", 5, "pi_3").await;
            for refused in [&beyond, &strangers] {
                assert_eq!((refused.state, refused.failure.as_deref()), (State::Failed, Some("card")));
            }
            assert_eq!((till.purchased("a").await, till.purchased("b").await), (30, 0));
            assert_eq!(till.stands(Kind::Refunds, "main").await, 20);
            till.payments.tick().await.unwrap();
            assert_eq!((till.stands(Kind::Refunds, "main").await, till.script.was_asked("refund pi_2 15.00")), (0, 1));
            till.audited().await;
        });
    });
}

#[test]
fn money_waits_a_while_for_news_of_its_card_and_is_then_posted_all_the_same() {
    on_both_engines(|db, _| {
        block_on(async {
            let limits = Limits { card_day: units(40), ..Limits::default() };
            let till = till(db, PaymentSettings { limits, ..PaymentSettings::default() }).await;
            let looks = |topup: &TopUp, payment_ref: &str| {
                let of = Subject {
                    topup_id: Some(topup.id.clone()),
                    payment_ref: Some(payment_ref.into()),
                    ..Subject::default()
                };
                let payment = Payment { of, amount_micros: topup.amount_micros, currency: topup.currency.clone() };
                till.script.0.lock().unwrap().looks = vec![Seen::Paid(payment); 20];
            };
            let state = async |topup: &TopUp| till.payments.topup("a", &topup.id, false).await.unwrap().unwrap().state;
            let fingerprint = Some("f1".to_owned());
            till.script.0.lock().unwrap().card = Some(Card { fingerprint, country: None });
            till.paid("a", 30, "pi_1").await;
            // The provider tells of money, and nothing of the card: it is the one that is used up.
            till.script.0.lock().unwrap().card_fails = true;
            let beyond = till.begin("a", 15).await;
            looks(&beyond, "pi_2");
            till.hand.advance(Duration::from_secs(120));
            till.payments.tick().await.unwrap();
            assert_eq!(state(&beyond).await, State::Pending);
            till.script.0.lock().unwrap().card_fails = false;
            till.hand.advance(Duration::from_secs(300));
            till.payments.tick().await.unwrap();
            assert_eq!(state(&beyond).await, State::Failed);
            // Nobody ever answers: the listener has his money after a while.
            till.script.0.lock().unwrap().card_fails = true;
            let waits = till.begin("a", 5).await;
            looks(&waits, "pi_3");
            for _ in 0..3 {
                till.hand.advance(Duration::from_secs(500));
                till.payments.tick().await.unwrap();
            }
            assert_eq!(state(&waits).await, State::Posted);
            till.audited().await;
        });
    });
}

#[test]
fn credit_that_was_moved_between_listeners_is_refundable_to_neither() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db.clone(), PaymentSettings::default()).await;
            let spent = till.paid("a", 10, "pi_1").await;
            till.spend("a", 10).await;
            let moved = till.paid("b", 10, "pi_2").await;
            till.payments.wallet.transfer_all("b", "a").await.unwrap();
            for (user, topup) in [("a", &spent), ("b", &moved)] {
                let asked = (Some(units(10)), AskedBy::Listener);
                let refused = till.payments.refund(user, &topup.id, asked, "key").await;
                assert!(matches!(refused, Err(PaymentError::NothingLeft { left: Micros::ZERO })), "{refused:?}");
            }
            let balance = till.payments.wallet.balance("a").await.unwrap();
            assert_eq!((balance.balance_micros, balance.voucher_micros), (10_000_000, 10_000_000));
            till.audited().await;
        });
    });
}

#[test]
fn listeners_are_told_once_that_a_refund_was_sent_or_is_back_on_their_balance() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db.clone(), PaymentSettings::default()).await;
            let topup = till.redeemed("a", 5).await;
            let ask = async |key: &str, amount: i64| {
                let asked = (Some(units(amount)), AskedBy::Listener);
                let (refund, _) = till.payments.refund("a", &topup, asked, key).await.unwrap();
                till.payments.tick().await.unwrap();
                refund.id
            };
            till.payments.refund_sent_by_hand(&ask("one", 2).await, "bank-1").await.unwrap();
            till.payments.refund_not_sent(&ask("two", 1).await, "the account is closed").await.unwrap();
            let folder = tempfile::tempdir().unwrap();
            let clock = till.payments.clock.clone();
            let jobs = crate::jobs::Jobs::new(db.clone(), clock.clone());
            let settings = crate::mail::MailSettings::Folder(folder.path().to_owned());
            let mail = crate::mail::Mail::open(db.clone(), clock, jobs, &settings).unwrap();
            let told = Arc::new(Mutex::new(Vec::new()));
            let written = told.clone();
            let letter = move |notice: &crate::told::ToldNotice| {
                written.lock().unwrap().push((notice.kind.as_str(), notice.amount_micros, notice.detail.clone()));
                crate::mail::Letter { subject: String::new(), body: String::new(), unsubscribe: None }
            };
            assert_eq!(crate::told::tell(&db, &mail, letter.clone()).await.unwrap(), 2);
            assert_eq!(crate::told::tell(&db, &mail, letter).await.unwrap(), 0);
            // Both happened in one instant of the clock that stands still.
            let mut told = told.lock().unwrap().clone();
            told.sort();
            let expected = [("refund_failed", 1_000_000, "the account is closed"), ("refund_sent", 2_000_000, "")];
            assert_eq!(told, expected.map(|(kind, amount, why)| (kind, amount, why.to_owned())));
        });
    });
}

#[test]
fn operators_are_told_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let till = till(db.clone(), PaymentSettings::default()).await;
            db.write(|tx| tx.execute("UPDATE users SET role = 'operator' WHERE id IN ('b', 'c')", &[])).await.unwrap();
            till.paid("a", 25, "pi_1").await;
            till.says("e1", dispute("dp_1", "pi_1", 25, Stage::Open)).await;
            let folder = tempfile::tempdir().unwrap();
            let clock = till.payments.clock.clone();
            let jobs = crate::jobs::Jobs::new(db.clone(), clock.clone());
            let settings = crate::mail::MailSettings::Folder(folder.path().to_owned());
            let mail = crate::mail::Mail::open(db.clone(), clock, jobs.clone(), &settings).unwrap();
            let letter = |language: &str, notice: &Notice| crate::mail::Letter {
                subject: format!("{language} {:?} {}", notice.kind, notice.amount_micros),
                body: notice.detail.clone(),
                unsubscribe: None,
            };
            assert_eq!(till.payments.send_notices(&mail, letter).await.unwrap(), 1);
            assert_eq!(till.payments.send_notices(&mail, letter).await.unwrap(), 0);
            let queued = jobs.counts().await.unwrap();
            assert_eq!(queued.iter().map(|c| (c.kind.as_str(), c.count)).collect::<Vec<_>>(), [("mail", 2)]);
        });
    });
}
