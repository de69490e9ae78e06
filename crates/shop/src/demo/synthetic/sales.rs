//! The history of a made-up shop: who signed up, topped up and bought, over a year until now. Each sale is an ordinary order,
//! placed by the shop's own rules at a time that is told; so the books are those of a real shop.

use std::sync::Arc;

use audio::format::Format;
use money::Micros;

use super::catalogue::Catalogue;
use super::chance::Chance;
use crate::Shop;
use crate::clock::{Clock, Hand, ID_CHARS, base32};
use crate::consents::Consents;
use crate::db::{DbError, Tx};
use crate::orders::{Item, OrderError, Orders, Wish};
use crate::payments::{PaymentError, Payments};
use crate::renditions::{self, DownloadError, State};
use crate::storefronts::MAIN;
use crate::users::{Role, User, UserError};
use crate::wallet::Wallet;
use crate::{params, receipts, users, wallet};

/// What is bought; the first mostly.
const FORMATS: [&str; 3] = ["mp3:cbr:320", "flac:lossless:5", "mp3:vbr:0"];
/// Tracks of the catalogue for each order of the history, and for each listener.
const TRACKS_PER_ORDER: usize = 30;
const TRACKS_PER_LISTENER: usize = 200;
const MIN_ORDERS: usize = 20;
const MIN_LISTENERS: usize = 5;
/// Orders and listeners in one transaction.
const ORDERS_AT_ONCE: usize = 100;
const LISTENERS_AT_ONCE: usize = 2_000;
/// How far back the history goes.
const HISTORY_US: i64 = 365 * 86_400_000_000;
/// Who has less free than the first tops up by one of these.
const LOW: Micros = Micros(5 * money::amount::PER_UNIT);
const TOP_UPS: [i64; 4] = [10, 20, 20, 50];
/// How often a rendition that is being made is looked at, and for how long.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(20);
const LOOKS: usize = 6_000;

const OF_LISTENER: u64 = 101;
const OF_ORDER: u64 = 102;

/// Why the history was not told to its end.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SalesError {
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Payment(#[from] PaymentError),
    #[error(transparent)]
    User(#[from] UserError),
    #[error(transparent)]
    Rendition(#[from] DownloadError),
    #[error("a master of the pool was not encoded as {0}")]
    NotMade(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The nouns that act at the told time.
#[derive(Clone)]
struct Past {
    clock: Clock,
    hand: Hand,
    orders: Orders,
    payments: Payments,
    consents: Consents,
}

impl Past {
    fn of(shop: &Shop, start_us: i64, seed: u64) -> Result<Past, SalesError> {
        let (clock, hand) = Clock::told(start_us, seed);
        let (db, node) = (shop.db.clone(), &shop.settings.node);
        let wallet = Wallet::new(db.clone(), clock.clone(), node);
        let payments = Payments::new(db.clone(), clock.clone(), wallet.clone(), &shop.settings.payments)
            .map_err(|e| DbError::Failed(e.to_string()))?;
        let (tariffs, renditions) = (shop.tariffs.clone(), shop.renditions.clone());
        let orders = Orders::new(db.clone(), clock.clone(), wallet, tariffs, renditions);
        let consents = Consents::new(db, clock.clone(), shop.mail.clone());
        Ok(Past { clock, hand, orders, payments, consents })
    }
}

/// What is to be told, and to whom it happens.
struct History {
    seed: u64,
    catalogue: Arc<Catalogue>,
    listeners: usize,
    orders: usize,
    until_us: i64,
}

/// Tells the history of a catalogue, from where it was left; `told` hears how many orders stand, and of how many.
pub(super) async fn tell(
    shop: &Shop,
    catalogue: Arc<Catalogue>,
    (seed, tracks): (u64, usize),
    masters: &[String],
    told: impl Fn(usize, usize),
) -> Result<(), SalesError> {
    let history = Arc::new(History {
        seed,
        catalogue,
        listeners: (tracks / TRACKS_PER_LISTENER).max(MIN_LISTENERS),
        orders: (tracks / TRACKS_PER_ORDER).max(MIN_ORDERS),
        until_us: shop.clock.now_us(),
    });
    let known = history.clone();
    let first = shop.db.read(move |tx| known.first_missing(tx)).await?;
    if first == history.orders {
        return Ok(());
    }
    // After a break the ids that follow must be others than those before it.
    let past = Past::of(shop, history.at_us(first), seed.wrapping_add(first as u64))?;
    for master in masters {
        for format in FORMATS {
            make_ready(shop, master, format).await?;
        }
    }
    sign_up(shop, &past, &history).await?;
    let mut from = first;
    while from < history.orders {
        let until = (from + ORDERS_AT_ONCE).min(history.orders);
        let (telling, of) = (past.clone(), history.clone());
        let written = shop.db.write(move |tx| (from..until).try_for_each(|number| of.happen(tx, &telling, number)));
        written.await?;
        told(until, history.orders);
        from = until;
    }
    Ok(())
}

/// Has a master encoded, so that an order of it is charged at once.
async fn make_ready(shop: &Shop, master: &str, format: &str) -> Result<(), SalesError> {
    let parsed: Format = format.parse().map_err(|e: audio::format::FormatError| DbError::Failed(e.to_string()))?;
    let (owner, wanted, making) = ("synthetic", master.to_owned(), shop.renditions.clone());
    let rendition = shop.db.write::<_, DbError>(move |tx| {
        let master = renditions::master(tx, &wanted)?.ok_or_else(|| DbError::Failed(format!("no master {wanted}")))?;
        let plan = renditions::plan(parsed, &master).map_err(|e| DbError::Failed(e.to_string()))?;
        making.want(tx, &wanted, &plan, owner)
    });
    let rendition = rendition.await?;
    if rendition.state == State::Ready {
        return Ok(());
    }
    shop.renditions.wake();
    // Started here, whether or not somebody runs the queue.
    shop.renditions.body(&rendition.id, owner).await?;
    for _ in 0..LOOKS {
        match shop.renditions.find(&rendition.id).await?.map(|found| found.state) {
            Some(State::Ready) => return Ok(()),
            Some(State::Failed) | None => break,
            Some(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
    Err(SalesError::NotMade(format.to_owned()))
}

/// The listeners, who all came before the first order.
async fn sign_up(shop: &Shop, past: &Past, history: &Arc<History>) -> Result<(), SalesError> {
    let hash = Arc::new(shop.users.unknown_password().await?);
    let mut from = 0;
    while from < history.listeners {
        let until = (from + LISTENERS_AT_ONCE).min(history.listeners);
        let (hash, of, past) = (hash.clone(), history.clone(), past.clone());
        let written = shop.db.write::<_, DbError>(move |tx| {
            let people: Vec<User> = (from..until).map(|number| of.listener(number)).collect();
            users::add_made(tx, &people, &hash)?;
            people.iter().try_for_each(|user| past.consents.agree_made(tx, user))
        });
        written.await?;
        from = until;
    }
    Ok(())
}

impl History {
    fn listener(&self, number: usize) -> User {
        let mut chance = Chance::new(self.seed, OF_LISTENER, number as u64);
        let random = u128::from(chance.next()) << 16 | 1;
        // By the start of the catalogue, so that the ids do not hang on when the history is told.
        let created_us = self.catalogue.begun_us() + number as i64 * 1_000;
        User {
            id: base32(u128::from((created_us / 1_000).unsigned_abs()) << 80 | random, ID_CHARS as u32),
            email: format!("listener-{}-{number}@synthetic.example", self.seed),
            role: Role::Listener,
            language: if chance.percent(45) { "ru" } else { "en" }.to_owned(),
            storefront: MAIN.to_owned(),
            created_us,
        }
    }

    /// Who placed an order: a few buy often.
    fn buyer(&self, number: usize) -> (Chance, User) {
        let mut chance = Chance::new(self.seed, OF_ORDER, number as u64);
        let part = chance.part();
        let user = self.listener((part * part * self.listeners as f64) as usize);
        (chance, user)
    }

    fn key(&self, number: usize) -> String {
        format!("synthetic-{}-{number}", self.seed)
    }

    /// When an order was placed: the nearer to now, the more of them.
    fn at_us(&self, number: usize) -> i64 {
        let left = 1.0 - (number as f64 + 0.5) / self.orders as f64;
        self.until_us - (left * left * HISTORY_US as f64) as i64
    }

    /// Orders are written in their order, whole groups at once.
    fn first_missing(&self, tx: &mut Tx) -> Result<usize, DbError> {
        let (mut from, mut until) = (0, self.orders);
        while from < until {
            let middle = (from + until) / 2;
            let (_, user) = self.buyer(middle);
            let sql = "SELECT 1 FROM orders WHERE user_id = $1 AND idempotency_key = $2";
            match tx.row(sql, params![&user.id, self.key(middle)])? {
                Some(_) => from = middle + 1,
                None => until = middle,
            }
        }
        Ok(from)
    }

    /// Places an order, after a top-up if its buyer has little left.
    fn happen(&self, tx: &mut Tx, past: &Past, number: usize) -> Result<(), SalesError> {
        let (mut chance, user) = self.buyer(number);
        past.hand.set(self.at_us(number));
        let key = self.key(number);
        let free = wallet::free(tx, &user.id)?.total().unwrap_or_default();
        if free < LOW {
            let amount = Micros(chance.of(&TOP_UPS) * money::amount::PER_UNIT);
            past.payments.transferred(tx, (&user.id, &user.storefront), &key, amount)?;
        }
        let format = FORMATS[chance.zipf(FORMATS.len())];
        let format = format.parse().map_err(|e: audio::format::FormatError| DbError::Failed(e.to_string()))?;
        let wish = Wish::new(self.items(&mut chance), format);
        let (order, _) = past.orders.place_in(tx, &user.id, &key, &wish)?;
        Ok(receipts::seal(tx, &past.clock, &order)?)
    }

    /// A whole release now and then, else some tracks, each by its release's popularity.
    fn items(&self, chance: &mut Chance) -> Vec<Item> {
        let catalogue = &self.catalogue;
        let release = |chance: &mut Chance| catalogue.popular(chance.zipf(catalogue.len()));
        if chance.percent(15) {
            return vec![Item::Release(catalogue.release_id(release(chance)))];
        }
        let count = 1 + chance.zipf(4);
        let track = |chance: &mut Chance| {
            let number = release(chance);
            Item::Track(catalogue.track_id(number, chance.zipf(catalogue.tracks_of(number))))
        };
        (0..count).map(|_| track(chance)).collect()
    }
}
