//! Orders: the one place where catalogue, wallet and entitlements meet in one transaction.
//!
//! Placing an order holds the promised price, writes order and lines, grants entitlements and queues the missing
//! renditions, all or nothing. When a rendition is made, its lines are settled: the hold turns into the exact charge; when
//! it cannot be made, the money goes back.

mod terms;
mod sold;
mod quote;
mod read;
mod settle;
mod asked;
mod together;
mod place;
mod ahead;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use audio::format::Format;
use money::Micros;

use crate::clock::Clock;
use crate::consents::Required;
use crate::db::{Db, DbError, Tx};
use crate::geoip::Country;
use crate::page::Page;
use crate::params;
use crate::renditions::Renditions;
use crate::storefronts::MAIN;
use crate::tariffs::Tariffs;
use crate::tax::{self, Due, TaxError};
use crate::wallet::{Wallet, WalletError};

pub use crate::tariffs::Reason;

use self::quote::Asker;
pub use self::quote::{Quote, QuoteLine, Wish};
pub(crate) use self::read::{LINE_COLUMNS, LINE_TABLES};
pub(crate) use self::sold::put_on_receipt;
pub(crate) use self::terms::{COLUMNS as TERMS, of_row as terms_of};

/// Items of one order.
pub const MAX_ITEMS: usize = 200;
/// Tracks of one order.
pub const MAX_LINES: usize = 2_000;
/// Characters of an idempotency key.
pub const MAX_KEY_CHARS: usize = 200;

/// What can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// All tracks of a release that are on sale.
    Release(String),
    /// One track.
    Track(String),
}

/// State of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// Money is held for lines that are being made.
    Held,
    /// Every line was charged.
    Charged,
    /// Some lines were charged, the money of the others went back.
    PartCharged,
    /// All money went back.
    Refunded,
}

impl OrderState {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderState::Held => "held",
            OrderState::Charged => "charged",
            OrderState::PartCharged => "part_charged",
            OrderState::Refunded => "refunded",
        }
    }
}

/// State of an order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Waits for an encoder; its link works all the same.
    Queued,
    /// Is being made; its link follows.
    Encoding,
    /// Was made and charged.
    Ready,
    /// Could not be made; its money went back.
    Failed,
    /// All that it was charged went back later, and the right to its file with it.
    Refunded,
}

impl LineState {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            LineState::Queued => "queued",
            LineState::Encoding => "encoding",
            LineState::Ready => "ready",
            LineState::Failed => "failed",
            LineState::Refunded => "refunded",
        }
    }

    /// Whether there is a file to download, now or later.
    pub fn has_file(self) -> bool {
        !matches!(self, LineState::Failed | LineState::Refunded)
    }
}

/// One bought track.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Line {
    pub id: String,
    pub order_id: String,
    pub track_id: String,
    /// The release that it was bought as a part of.
    pub release_id: Option<String>,
    pub release_title: String,
    pub medium: u32,
    pub number: u32,
    pub title: String,
    pub credit: String,
    pub format: Format,
    pub state: LineState,
    /// How far the encode is, where this process makes it.
    pub progress_percent: Option<u8>,
    /// Bytes of audio payload: what was or will be charged. Known from the first moment where the format lets it.
    pub bytes: Option<u64>,
    pub file_bytes: Option<u64>,
    pub held_micros: i64,
    pub charged_micros: i64,
    /// Of the file as served now.
    pub sha256: Option<String>,
    pub payload_sha256: Option<String>,
    pub rendition_id: String,
    /// Whose it is.
    pub user_id: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Order {
    pub id: String,
    pub created_us: i64,
    pub currency: String,
    pub state: OrderState,
    /// What it held when it was placed.
    pub held_micros: i64,
    pub charged_micros: i64,
    pub lines: Vec<Line>,
}

/// An order with who placed it, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SoldOrder {
    pub order: Order,
    pub user_id: String,
}

/// Which orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placing {
    /// Of one user only.
    pub user_id: Option<String>,
    /// Placed at this instant or later.
    pub from_us: Option<i64>,
    /// Placed before this one.
    pub until_us: Option<i64>,
}

/// An order that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// It stood before: this was the same request again.
    pub repeated: bool,
}

/// Why there is no quote or no order.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum OrderError {
    #[error("nothing was chosen")]
    NoItems,
    #[error("an order has at most {limit} tracks and items")]
    TooManyItems { limit: usize },
    #[error("no such release or track is on sale")]
    Unknown(Item),
    #[error("track {track_id} is not sold in this format: {why}")]
    DoesNotFit { track_id: String, why: String },
    #[error("the balance is too small")]
    TooLittle { needed_micros: i64, balance_micros: i64 },
    #[error("something has to be agreed to before")]
    ConsentRequired(Vec<Required>),
    #[error("the country that you are in is unknown")]
    CountryUnknown,
    #[error("there is no such code, or it does not hold now")]
    CodeUnknown,
    #[error("you have used this code already")]
    CodeUsed,
    #[error("it costs more by now than was promised")]
    PriceRose { total_micros: i64, promised_micros: i64 },
    #[error("all of it is owned in this format already")]
    Owned { order_ids: Vec<String> },
    #[error("this idempotency key was used for another order")]
    KeyReused,
    #[error("an idempotency key has 1 to {MAX_KEY_CHARS} characters")]
    KeyTooLong,
    #[error("the price does not fit")]
    Price,
    #[error("the ledger refused: {0}")]
    Ledger(WalletError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<TaxError> for OrderError {
    fn from(error: TaxError) -> OrderError {
        match error {
            TaxError::CountryUnknown => OrderError::CountryUnknown,
            TaxError::Db(e) => OrderError::Db(e),
        }
    }
}

/// What the shop bore since its promises were too low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedPromises {
    /// How many files.
    pub count: u64,
    /// How much.
    pub micros: u64,
}

#[derive(Default)]
struct Missed {
    count: AtomicU64,
    micros: AtomicU64,
}

/// The orders. Cheap to clone.
#[derive(Clone)]
pub struct Orders {
    db: Db,
    clock: Clock,
    wallet: Wallet,
    tariffs: Tariffs,
    renditions: Renditions,
    missed: Arc<Missed>,
    /// Of the network address of whoever asks.
    address: Option<Country>,
}

impl Orders {
    /// Orders over their parts.
    pub fn new(db: Db, clock: Clock, wallet: Wallet, tariffs: Tariffs, renditions: Renditions) -> Orders {
        Orders { db, clock, wallet, tariffs, renditions, missed: Arc::default(), address: None }
    }

    /// The same orders for somebody whose network address lies in this country; it is evidence of where he is.
    pub fn seen_from(&self, address: Option<Country>) -> Orders {
        Orders { address, ..self.clone() }
    }

    /// What `items` cost in `format` now, to somebody of whom no more is known than where his address lies.
    pub async fn quote(&self, items: Vec<Item>, format: Format) -> Result<Quote, OrderError> {
        self.quote_for(None, Wish::new(items, format)).await
    }

    /// What a user's wish costs now; none: a visitor's.
    pub async fn quote_for(&self, user_id: Option<&str>, wish: Wish) -> Result<Quote, OrderError> {
        let (orders, user, now_us) = (self.clone(), user_id.map(str::to_owned), self.clock.now_us());
        self.db
            .read(move |tx| {
                let due = tax::due_shown(tx, MAIN, user.as_deref(), orders.address, now_us)?;
                let asker = Asker { user_id: user.as_deref(), now_us, due: &due };
                let rules = orders.tariffs.rules(tx)?;
                quote::quote(tx, rules, &wish, asker).map(|quoted| quoted.quote)
            })
            .await
    }

    /// Has the exact sizes of `items` found out where only a range is known. Returns whether that goes on.
    pub async fn find_sizes(&self, items: Vec<Item>, format: Format) -> Result<bool, OrderError> {
        let (orders, wish, now_us) = (self.clone(), Wish::new(items, format), self.clock.now_us());
        let finding = self
            .db
            .write(move |tx| {
                let asker = Asker { user_id: None, now_us, due: &Due::none() };
                let rules = orders.tariffs.rules(tx)?;
                let quoted = quote::quote(tx, rules, &wish, asker)?;
                let mut finding = false;
                for buy in quoted.buys {
                    finding |= orders.renditions.ask_size(tx, &buy.master_id, &buy.plan)?;
                }
                Ok::<_, OrderError>(finding)
            })
            .await?;
        self.renditions.wake();
        Ok(finding)
    }

    /// Prices that this process charged below what the files weighed, since more had not been promised.
    pub fn missed_promises(&self) -> MissedPromises {
        MissedPromises { count: self.missed.count.load(Relaxed), micros: self.missed.micros.load(Relaxed) }
    }

    /// Buys `items`. The same key with the same content answers the order that stands, with other content
    /// [`OrderError::KeyReused`].
    pub async fn place(
        &self,
        user_id: &str,
        idempotency_key: &str,
        items: Vec<Item>,
        format: Format,
    ) -> Result<Placed, OrderError> {
        self.place_wish(user_id, idempotency_key, Wish::new(items, format)).await
    }

    /// The same with a code and a promise.
    pub async fn place_wish(&self, user_id: &str, idempotency_key: &str, wish: Wish) -> Result<Placed, OrderError> {
        if idempotency_key.is_empty() || idempotency_key.chars().count() > MAX_KEY_CHARS {
            return Err(OrderError::KeyTooLong);
        }
        let request = Arc::new(self.request(user_id, idempotency_key, wish));
        let place::Placing { id, repeated, whole } = match self.db.is_idle() {
            true => self.place_alone(request.clone()).await?,
            false => self.place_among_others(request.clone()).await?,
        };
        if let Some(order) = whole {
            return Ok(Placed { order, repeated });
        }
        self.renditions.wake();
        let order = self.get(&request.user_id, &id).await?;
        let order = order.ok_or_else(|| DbError::Failed("an order vanished".into()))?;
        Ok(Placed { order, repeated })
    }

    /// What somebody asks for now.
    fn request(&self, user_id: &str, key: &str, wish: Wish) -> asked::Request {
        let (user_id, key) = (user_id.to_owned(), key.to_owned());
        asked::Request { user_id, key, wish, at_us: self.clock.now_us(), address: self.address }
    }

    /// Looks and writes in one go on the writer's thread.
    async fn place_alone(&self, request: Arc<asked::Request>) -> Result<place::Placing, OrderError> {
        let orders = self.clone();
        self.db.write(move |tx| orders.place_now(tx, &request)).await
    }

    /// Looks ahead beside others' looks, so that the writer's thread has only to write.
    async fn place_among_others(&self, request: Arc<asked::Request>) -> Result<place::Placing, OrderError> {
        let (orders, subject) = (self.clone(), request.clone());
        let look = move |tx: &mut Tx| {
            let ahead = orders.look_ahead(tx, &request)?;
            Ok::<_, OrderError>(asked::Asked { ahead, request })
        };
        let asked = Arc::new(self.db.look_prepared(&ahead::PREPARE, subject, look).await?);
        let (orders, subject) = (self.clone(), asked.clone());
        let place = move |tx: &mut Tx| orders.place_ahead(tx, &subject.request, &subject.ahead);
        self.db.write_prepared(&together::PREPARE, asked, place).await
    }

    /// The most that a user's wish costs now.
    pub(crate) fn price_in(&self, tx: &mut Tx, user_id: &str, wish: &Wish) -> Result<Micros, OrderError> {
        let now_us = self.clock.now_us();
        let due = tax::due_shown(tx, MAIN, Some(user_id), self.address, now_us)?;
        let asker = Asker { user_id: Some(user_id), now_us, due: &due };
        let rules = self.tariffs.rules(tx)?;
        Ok(Micros(quote::quote(tx, rules, wish, asker)?.quote.total_micros))
    }

    /// The country whose tax is in what a user buys now.
    pub(crate) fn taxed_in(&self, tx: &mut Tx, user_id: &str) -> Result<Option<Country>, OrderError> {
        Ok(tax::due_shown(tx, MAIN, Some(user_id), self.address, self.clock.now_us())?.country())
    }

    /// Lets the encoders of this process look for what an order placed in somebody's transaction needs.
    pub(crate) fn wake(&self) {
        self.renditions.wake();
    }

    /// An order of this user.
    pub async fn get(&self, user_id: &str, order_id: &str) -> Result<Option<Order>, DbError> {
        let (orders, user, order) = (self.clone(), user_id.to_owned(), order_id.to_owned());
        self.db.read(move |tx| orders.read_one(tx, &user, &order)).await
    }

    /// A user's orders, newest first.
    pub async fn list(&self, user_id: &str, after: Option<String>, limit: u32) -> Result<Page<Order>, DbError> {
        let (orders, user) = (self.clone(), user_id.to_owned());
        self.db.read(move |tx| orders.read_page(tx, &user, after.as_deref(), limit)).await
    }

    /// Everybody's orders, newest first.
    pub async fn all(&self, which: Placing, after: Option<String>, limit: u32) -> Result<Page<SoldOrder>, DbError> {
        let orders = self.clone();
        self.db.read(move |tx| orders.read_all(tx, &which, after.as_deref(), limit)).await
    }

    /// An order, whoever placed it.
    pub async fn anybodys(&self, order_id: &str) -> Result<Option<SoldOrder>, DbError> {
        let (orders, id) = (self.clone(), order_id.to_owned());
        self.db.read(move |tx| orders.read_anybodys(tx, &id)).await
    }

    /// When these orders of a user were placed, and what became of them: at most [`crate::page::MAX_LIMIT`] at once.
    pub async fn outcomes(
        &self,
        user_id: &str,
        mut orders: Vec<String>,
    ) -> Result<HashMap<String, (i64, OrderState)>, DbError> {
        orders.truncate(crate::page::MAX_LIMIT as usize);
        let (all, user) = (self.clone(), user_id.to_owned());
        self.db.read(move |tx| all.read_outcomes(tx, &user, &orders)).await
    }

    /// Which orders these lines of a user belong to, by the lines' ids: at most [`crate::page::MAX_LIMIT`] at once.
    pub async fn of_lines(&self, user_id: &str, mut lines: Vec<String>) -> Result<HashMap<String, String>, DbError> {
        lines.truncate(crate::page::MAX_LIMIT as usize);
        let (orders, user) = (self.clone(), user_id.to_owned());
        self.db.read(move |tx| orders.read_orders_of_lines(tx, &user, &lines)).await
    }
}

/// Makes every link that was given out for a line of this user void; says whether there was such a line.
pub(crate) fn void_links(tx: &mut Tx, user_id: &str, line_id: &str) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE entitlements SET link_version = link_version + 1 WHERE user_id = $1 AND order_line_id = $2",
        params![user_id, line_id],
    )?;
    Ok(changed > 0)
}

/// Makes every link that was ever given out to this user void. Downloads that run go on to their end.
pub(crate) fn void_all_links(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE entitlements SET link_version = link_version + 1 WHERE user_id = $1", params![user_id]).map(drop)
}

/// Ends the right to a line's file, since all that it cost went back; with it that to files of the same track that were had
/// for nothing since, unless he has paid for the track otherwise.
pub(crate) fn revoke(tx: &mut Tx, line_id: &str, now_us: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE entitlements SET revoked_us = $1 WHERE order_line_id = $2 AND revoked_us IS NULL",
        params![now_us, line_id],
    )?;
    tx.execute(
        "UPDATE entitlements SET revoked_us = $1 WHERE revoked_us IS NULL
             AND (user_id, track_id) IN (SELECT b.user_id, b.track_id FROM entitlements b WHERE b.order_line_id = $2)
             AND granted_us >= (SELECT b.granted_us FROM entitlements b WHERE b.order_line_id = $2)
             AND order_line_id IN (SELECT l.id FROM order_lines l WHERE l.state = 'charged' AND l.charged_micros = 0)
             AND NOT EXISTS (
                 SELECT 1 FROM entitlements o JOIN order_lines p ON p.id = o.order_line_id
                 WHERE o.user_id = entitlements.user_id AND o.track_id = entitlements.track_id AND o.revoked_us IS NULL
                     AND (p.charged_micros > 0 OR p.state = 'held'))",
        params![now_us, line_id],
    )?;
    Ok(())
}

/// Lets a settled line be delivered as another rendition: the same master and format by a newer encoder.
pub(crate) fn renew(tx: &mut Tx, line_id: &str, rendition_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE order_lines SET rendition_id = $1 WHERE id = $2", params![rendition_id, line_id])?;
    Ok(())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod price_tests;
