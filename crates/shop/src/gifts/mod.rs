//! Gifts: a listener buys a voucher from purchased credit, and its code goes to somebody by mail, with a message, on a
//! date. Owner of the table `gifts`.
//!
//! The money leaves the balance when the gift is bought: from then on it is owed like any voucher. The code does not exist
//! until the letter is sent. Then, in one transaction, a random seed is stored, and the hash of the code that follows from
//! it; the letter is handed over; and in a second transaction the seed is forgotten. A crash between the two sends the
//! letter again under the same Message-ID and with the same code: nothing is lost, and nothing is there twice. Whoever
//! reads the database between the two could derive the code; nobody can before or afterwards.

use std::time::Duration;

use money::vouchers::Books;
use money::{Currency, Micros};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx, Value};
use crate::jobs::{Job, JobError, Jobs, NewJob};
use crate::mail::{Letter, Mail, MailError};
use crate::page::{Page, limit as page_limit};
use crate::params;
use crate::vouchers::code::{self, SEED_BYTES};
use crate::vouchers::{self, Coded, VoucherError};
use crate::wallet::{self, Wallet, WalletError};
use crate::{storefronts, users};

/// The kind of job that sends a gift.
pub const KIND: &str = "gift";
/// The place in a letter where the code goes. No text of a visitor holds it: control characters are refused.
pub const CODE_MARK: &str = "\u{1}";
/// The place where the code goes as a link has it.
pub const LINK_MARK: &str = "\u{2}";
/// The smallest and the largest gift.
pub const MIN_AMOUNT: Micros = Micros(money::amount::PER_UNIT);
/// See [`MIN_AMOUNT`].
pub const MAX_AMOUNT: Micros = Micros(500 * money::amount::PER_UNIT);
/// Characters of a message.
pub const MAX_MESSAGE_CHARS: usize = 500;
/// Days ahead that a gift may be sent.
pub const MAX_DAYS_AHEAD: i64 = 366;
/// Gifts of one listener that wait at the same time.
pub const MAX_WAITING: i64 = 50;
/// Gifts that one listener buys within a day: a shop's mail is no way to write to strangers in numbers.
pub const MAX_A_DAY: i64 = 20;
/// Characters of an idempotency key.
pub const MAX_KEY_CHARS: usize = 200;
/// How long a mail server may fail before the giver gets his money back.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);
/// The wait before the letter is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5 * 60);
const DAY_US: i64 = 86_400 * 1_000_000;
const PRIORITY: i64 = 0;

/// The letters that a gift may need, in the languages of their readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letters {
    /// To who gets it; holds [`CODE_MARK`] where the code goes.
    pub gift: Letter,
    /// To who gave it, when the other could not be delivered.
    pub failed: Letter,
}

/// A gift as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGift {
    /// How much.
    pub amount: Micros,
    /// E-mail address of who gets it.
    pub recipient: String,
    /// A message; its words stand in the letter already.
    pub message: String,
    /// When; at once when it is not said.
    pub send_us: Option<i64>,
    /// The letters.
    pub letters: Letters,
}

/// What became of a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftState {
    /// For its date, or for the mail server.
    Waiting,
    /// The letter is on its way.
    Sending,
    /// It was handed over.
    Sent,
    /// It was sent, and its code redeemed.
    Redeemed,
    /// The giver thought better of it, and has his money back.
    Cancelled,
    /// It could not be delivered; the giver has his money back.
    Failed,
}

impl GiftState {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            GiftState::Waiting => "waiting",
            GiftState::Sending => "sending",
            GiftState::Sent => "sent",
            GiftState::Redeemed => "redeemed",
            GiftState::Cancelled => "cancelled",
            GiftState::Failed => "failed",
        }
    }
}

/// A gift as its giver sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Gift {
    pub id: String,
    pub amount_micros: i64,
    pub currency: String,
    pub recipient: String,
    pub message: String,
    pub state: GiftState,
    pub send_us: i64,
    pub created_us: i64,
    /// When it was sent, cancelled or given up.
    pub ended_us: Option<i64>,
}

/// A gift that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The gift.
    pub gift: Gift,
    /// It stood before: this was the same request again.
    pub repeated: bool,
}

/// Why there is no gift.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum GiftError {
    #[error("{reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("gifts are paid from purchased credit, and there is too little of it")]
    TooLittle { needed_micros: i64, purchased_micros: i64 },
    #[error("this idempotency key was used for another gift")]
    KeyReused,
    #[error("an idempotency key has 1 to {MAX_KEY_CHARS} characters")]
    KeyTooLong,
    #[error("at most {MAX_A_DAY} gifts a day, and {MAX_WAITING} that wait")]
    TooMany,
    #[error("this gift cannot be cancelled any more")]
    TooLate,
    #[error("there is no such gift")]
    Unknown,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Job(#[from] JobError),
    #[error("the ledger refused: {0}")]
    Ledger(WalletError),
    #[error(transparent)]
    Voucher(#[from] VoucherError),
}

impl From<WalletError> for GiftError {
    fn from(error: WalletError) -> GiftError {
        match error {
            WalletError::Db(e) => GiftError::Db(e),
            other => GiftError::Ledger(other),
        }
    }
}

fn invalid<T>(field: &'static str, reason: impl Into<String>) -> Result<T, GiftError> {
    Err(GiftError::Invalid { field, reason: reason.into() })
}

/// The gifts. Cheap to clone.
#[derive(Clone)]
pub struct Gifts {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    mail: Mail,
    wallet: Wallet,
}

impl Gifts {
    /// Gifts over their parts.
    pub fn new(db: Db, clock: Clock, jobs: Jobs, mail: Mail, wallet: Wallet) -> Gifts {
        Gifts { db, clock, jobs, mail, wallet }
    }

    /// Buys a gift. The same key with the same content answers the gift that stands.
    pub async fn give(&self, user_id: &str, key: &str, gift: NewGift) -> Result<Given, GiftError> {
        if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
            return Err(GiftError::KeyTooLong);
        }
        let digest = digest(&gift);
        let (gifts, user, key) = (self.clone(), user_id.to_owned(), key.to_owned());
        let (id, repeated) = self.db.write(move |tx| gifts.give_in(tx, &user, (&key, &digest), &gift)).await?;
        self.jobs.wake();
        let gift = self.get(user_id, &id).await?.ok_or(GiftError::Unknown)?;
        Ok(Given { gift, repeated })
    }

    /// A gift of this user.
    pub async fn get(&self, user_id: &str, id: &str) -> Result<Option<Gift>, DbError> {
        let (user, id) = (user_id.to_owned(), id.to_owned());
        self.db
            .read(move |tx| {
                let row = tx.row(&format!("{GIFT} WHERE g.user_id = $1 AND g.id = $2"), params![&user, &id])?;
                row.as_ref().map(of_row).transpose()
            })
            .await
    }

    /// A user's gifts, newest first.
    pub async fn list(&self, user_id: &str, after: Option<String>, limit: u32) -> Result<Page<Gift>, DbError> {
        let (user, limit) = (user_id.to_owned(), page_limit(Some(limit)));
        self.db
            .read(move |tx| {
                let sql = format!("{GIFT} WHERE g.user_id = $1 AND g.id < $2 ORDER BY g.id DESC LIMIT $3");
                let after = crate::page::before_id(after.as_deref())?;
                let rows = tx.rows(&sql, params![&user, after, i64::from(limit) + 1])?;
                let items = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
                Ok(Page::cut(items, limit, |gift| gift.id.clone()))
            })
            .await
    }

    /// Takes a gift back that was not sent yet; its money is purchased credit again.
    pub async fn cancel(&self, user_id: &str, id: &str) -> Result<Gift, GiftError> {
        let (gifts, user, gift_id) = (self.clone(), user_id.to_owned(), id.to_owned());
        self.db.write(move |tx| gifts.cancel_in(tx, &user, &gift_id)).await?;
        self.get(user_id, id).await?.ok_or(GiftError::Unknown)
    }

    /// Runs a job of [`KIND`].
    pub async fn run_job(&self, job: &Job) -> Result<(), JobError> {
        let (gifts, id) = (self.clone(), job.key.clone());
        let sending = self.db.write::<_, GiftError>(move |tx| gifts.begin_sending(tx, &id)).await;
        let Some(sending) = sending.or_else(quietly)? else {
            let (gifts, job) = (self.clone(), job.clone());
            return self.db.write(move |tx| gifts.jobs.done(tx, &job)).await;
        };
        let sent = if job.hopeless() {
            Err(MailError::Refused("its worker vanished too often".to_owned()))
        } else {
            self.mail.hand_over(&job.key, &sending.recipient, &sending.letter).await
        };
        let (gifts, job) = (self.clone(), job.clone());
        let ended = self.db.write::<_, GiftError>(move |tx| gifts.end_sending(tx, &job, &sending, &sent)).await;
        ended.map(Some).or_else(quietly)?;
        self.jobs.wake();
        Ok(())
    }

    fn give_in(
        &self,
        tx: &mut Tx,
        user_id: &str,
        (key, digest): (&str, &str),
        gift: &NewGift,
    ) -> Result<(String, bool), GiftError> {
        if let Some(id) = standing(tx, user_id, key, digest)? {
            return Ok((id, true));
        }
        let now_us = self.clock.now_us();
        let (storefront, currency) = books_of(tx, user_id)?;
        let recipient = check(gift, currency, now_us)?;
        within_limits(tx, user_id, now_us)?;
        let (id, send_us) = (self.clock.new_id(), gift.send_us.unwrap_or(now_us));
        let row: [Value; 12] = [
            (&id).into(),
            user_id.into(),
            key.into(),
            digest.into(),
            (&storefront).into(),
            currency.code().into(),
            gift.amount.0.into(),
            recipient.into(),
            (&gift.message).into(),
            letters_to_json(&gift.letters).to_string().into(),
            send_us.into(),
            now_us.into(),
        ];
        let fresh = tx.execute(
            "INSERT INTO gifts (id, user_id, idempotency_key, request_sha256, storefront, currency, amount_micros, recipient,
                 message, letters, state, send_us, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, $12)
             ON CONFLICT (user_id, idempotency_key) DO NOTHING",
            &row,
        )?;
        if fresh == 0 {
            // Another node made it between our look and our insert.
            return standing(tx, user_id, key, digest)?.map(|id| (id, true)).ok_or(GiftError::Db(DbError::Busy));
        }
        let books = Books { storefront: &storefront, currency };
        match self.wallet.buy_gift(tx, books, user_id, &id, gift.amount) {
            Err(WalletError::TooLittle) => {
                let purchased_micros = wallet::balance(tx, user_id)?.purchased_micros;
                return Err(GiftError::TooLittle { needed_micros: gift.amount.0, purchased_micros });
            }
            done => done?,
        }
        self.queue(tx, &id, user_id, send_us)?;
        Ok((id, false))
    }

    fn queue(&self, tx: &mut Tx, id: &str, owner: &str, run_at_us: i64) -> Result<(), DbError> {
        let payload = Json::Null;
        let job = NewJob { kind: KIND, key: id, payload: &payload, owner, priority: PRIORITY };
        self.jobs.enqueue_at(tx, &job, run_at_us).map(drop)
    }

    fn cancel_in(&self, tx: &mut Tx, user_id: &str, id: &str) -> Result<(), GiftError> {
        let sql = "SELECT storefront, currency, amount_micros FROM gifts WHERE user_id = $1 AND id = $2";
        let row = tx.row(sql, params![user_id, id])?.ok_or(GiftError::Unknown)?;
        let cancelled = tx.execute(
            "UPDATE gifts SET state = 'cancelled', ended_us = $2, letters = NULL WHERE id = $1 AND state = 'waiting'",
            params![id, self.clock.now_us()],
        )?;
        if cancelled == 0 {
            return Err(GiftError::TooLate);
        }
        let (storefront, currency): (String, String) = (row.get(0)?, row.get(1)?);
        let books = Books { storefront: &storefront, currency: currency_of(&currency)? };
        self.wallet.return_gift(tx, books, user_id, id, Micros(row.get(2)?))?;
        Ok(())
    }

    /// Makes the code of a gift that waits, or takes up one whose letter was on its way; none when nothing is to be sent.
    fn begin_sending(&self, tx: &mut Tx, id: &str) -> Result<Option<Sending>, GiftError> {
        let seed = self.clock.random::<SEED_BYTES>();
        let serial = format!("{}-{id}", vouchers::GIFTS);
        let begun = tx.execute(
            "UPDATE gifts SET state = 'sending', seed = $2, serial = $3 WHERE id = $1 AND state = 'waiting'",
            params![id, seed.as_slice(), &serial],
        )?;
        let row = tx.row(
            "SELECT recipient, letters, seed, storefront, currency, amount_micros, user_id, send_us FROM gifts
             WHERE id = $1 AND state = 'sending'",
            params![id],
        )?;
        let Some(row) = row else { return Ok(None) };
        let sending = Sending::read(&row, id, serial)?;
        if begun > 0 {
            let coded = Coded { serial: sending.serial.clone(), code: sending.code.clone() };
            vouchers::insert_gift(tx, sending.books(), &coded, sending.amount, self.clock.now_us())?;
        }
        Ok(Some(sending))
    }

    fn end_sending(
        &self,
        tx: &mut Tx,
        job: &Job,
        sending: &Sending,
        sent: &Result<(), MailError>,
    ) -> Result<(), GiftError> {
        self.jobs.done(tx, job)?;
        let now_us = self.clock.now_us();
        let Err(error) = sent else { return ended(tx, &sending.id, "sent", None, now_us) };
        let is_late = now_us - sending.send_us > GIVE_UP_AFTER.as_micros() as i64;
        if error.may_retry() && !is_late {
            tracing::warn!(gift = sending.id, %error, "a gift could not be sent; it will be tried again");
            return Ok(self.queue(tx, &sending.id, &sending.user_id, now_us + RETRY_AFTER.as_micros() as i64)?);
        }
        tracing::warn!(gift = sending.id, %error, "a gift could not be sent; its giver has the money back");
        if !vouchers::stop_gift(tx, &sending.serial, now_us)? {
            // Somebody redeemed it, so an earlier attempt did arrive.
            return ended(tx, &sending.id, "sent", None, now_us);
        }
        self.wallet.return_gift(tx, sending.books(), &sending.user_id, &sending.id, sending.amount)?;
        if let Some(row) = tx.row("SELECT email FROM users WHERE id = $1", params![&sending.user_id])? {
            self.mail.enqueue(tx, &row.get::<String>(0)?, &sending.failed)?;
        }
        ended(tx, &sending.id, "failed", Some(&error.to_string()), now_us)
    }
}

/// A gift whose letter is on its way.
#[derive(Clone)]
struct Sending {
    id: String,
    serial: String,
    user_id: String,
    recipient: String,
    letter: Letter,
    failed: Letter,
    code: String,
    storefront: String,
    currency: Currency,
    amount: Micros,
    send_us: i64,
}

impl Sending {
    fn read(row: &Row, id: &str, serial: String) -> Result<Sending, DbError> {
        let broken = |what: &str| DbError::Failed(format!("gift {id} has no {what}"));
        let seed: Vec<u8> = row.get(2)?;
        let code = code::of_seed(&seed.try_into().map_err(|_| broken("seed"))?);
        let letters: Json = serde_json::from_str(&row.get::<String>(1)?).map_err(|_| broken("letters"))?;
        let letter = |which: &str| {
            let text = |part: &str| letters[which][part].as_str().map(|text| with_code(text, &code));
            Some(Letter { subject: text("subject")?, body: text("body")?, unsubscribe: None })
        };
        let (gift, failed) = (letter("gift").ok_or_else(|| broken("letter"))?, letter("failed"));
        Ok(Sending {
            recipient: row.get(0)?,
            letter: gift,
            failed: failed.ok_or_else(|| broken("second letter"))?,
            storefront: row.get(3)?,
            currency: currency_of(&row.get::<String>(4)?)?,
            amount: Micros(row.get(5)?),
            user_id: row.get(6)?,
            send_us: row.get(7)?,
            id: id.to_owned(),
            serial,
            code,
        })
    }

    fn books(&self) -> Books<'_> {
        Books { storefront: &self.storefront, currency: self.currency }
    }
}

fn with_code(text: &str, code: &str) -> String {
    text.replace(CODE_MARK, code).replace(LINK_MARK, &vouchers::in_link(code))
}

/// A job reports what only concerns the queue; the rest is worth another attempt.
fn quietly<T>(error: GiftError) -> Result<Option<T>, JobError> {
    match error {
        GiftError::Job(e) => Err(e),
        GiftError::Db(e) => Err(JobError::Db(e)),
        other => Err(JobError::Db(DbError::Failed(other.to_string()))),
    }
}

fn ended(tx: &mut Tx, id: &str, state: &str, failure: Option<&str>, now_us: i64) -> Result<(), GiftError> {
    tx.execute(
        "UPDATE gifts SET state = $2, failure = $3, ended_us = $4, seed = NULL, letters = NULL
         WHERE id = $1 AND state = 'sending'",
        params![id, state, failure.map(str::to_owned), now_us],
    )?;
    Ok(())
}

fn standing(tx: &mut Tx, user_id: &str, key: &str, digest: &str) -> Result<Option<String>, GiftError> {
    let sql = "SELECT id, request_sha256 FROM gifts WHERE user_id = $1 AND idempotency_key = $2";
    let Some(row) = tx.row(sql, params![user_id, key])? else { return Ok(None) };
    if row.get::<String>(1)? == digest { Ok(Some(row.get(0)?)) } else { Err(GiftError::KeyReused) }
}

fn within_limits(tx: &mut Tx, user_id: &str, now_us: i64) -> Result<(), GiftError> {
    let row = tx.row(
        "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN created_us > $2 THEN 1 END)
         FROM gifts WHERE user_id = $1",
        params![user_id, now_us - DAY_US],
    )?;
    let (waiting, today): (i64, i64) = row.map_or(Ok((0, 0)), |row| Ok::<_, DbError>((row.get(0)?, row.get(1)?)))?;
    if waiting >= MAX_WAITING || today >= MAX_A_DAY { Err(GiftError::TooMany) } else { Ok(()) }
}

/// Checks what was asked for; the recipient's address as it will be written.
fn check(gift: &NewGift, currency: Currency, now_us: i64) -> Result<String, GiftError> {
    if !(MIN_AMOUNT..=MAX_AMOUNT).contains(&gift.amount) {
        return invalid("amount_micros", format!("between {MIN_AMOUNT} and {MAX_AMOUNT} {currency}"));
    }
    if gift.amount.0 % 10i64.pow(6 - currency.decimals().min(6)) != 0 {
        return invalid("amount_micros", format!("{currency} has {} decimals", currency.decimals()));
    }
    if gift.message.chars().count() > MAX_MESSAGE_CHARS {
        return invalid("message", format!("at most {MAX_MESSAGE_CHARS} characters"));
    }
    if gift.message.chars().any(|letter| letter.is_control() && letter != '\n') {
        return invalid("message", "no control characters");
    }
    if gift.send_us.is_some_and(|at| at < now_us - DAY_US) {
        return invalid("send_at", "the moment lies in the past");
    }
    if gift.send_us.is_some_and(|at| at > now_us + MAX_DAYS_AHEAD * DAY_US) {
        return invalid("send_at", format!("at most {MAX_DAYS_AHEAD} days ahead"));
    }
    match users::mail_address(&gift.recipient) {
        Some(address) => Ok(address),
        None => invalid("recipient", "this is not an e-mail address"),
    }
}

/// Whose books a gift of this user is in.
fn books_of(tx: &mut Tx, user_id: &str) -> Result<(String, Currency), GiftError> {
    let row = tx.row("SELECT storefront FROM users WHERE id = $1", params![user_id])?.ok_or(GiftError::Unknown)?;
    let storefront: String = row.get(0)?;
    let store = storefronts::get(tx, &storefront)?.ok_or(GiftError::Unknown)?;
    Ok((storefront, currency_of(&store.currency)?))
}

fn currency_of(code: &str) -> Result<Currency, DbError> {
    code.parse().map_err(|e| DbError::Failed(format!("a stored currency: {e}")))
}

fn letters_to_json(letters: &Letters) -> Json {
    let letter = |letter: &Letter| json!({ "subject": letter.subject, "body": letter.body });
    json!({ "gift": letter(&letters.gift), "failed": letter(&letters.failed) })
}

/// What makes two requests the same. Letters are left out: they follow from the rest and from the shop's own texts.
fn digest(gift: &NewGift) -> String {
    let parts = json!([gift.amount.0, gift.recipient, gift.message, gift.send_us]);
    hex::encode(Sha256::digest(parts.to_string()))
}

/// Forgets to whom a listener gave, and with what words, once none of his gifts waits. What was given when and under which serial
/// number stays: the books need no more.
pub(crate) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    // What a mail server said, and the digest of the request, hold the address too.
    let sql = "UPDATE gifts SET recipient = '', message = '', request_sha256 = '', failure = NULL
         WHERE user_id = $1 AND state IN ('sent', 'cancelled', 'failed')";
    tx.execute(sql, params![user_id]).map(drop)
}

/// Columns for [`of_row`].
const GIFT: &str = "SELECT g.id, g.amount_micros, g.currency, g.recipient, g.message, g.state, g.send_us, g.created_us,
        g.ended_us, v.redeemed_us
    FROM gifts g LEFT JOIN vouchers v ON v.serial = g.serial";

fn of_row(row: &Row) -> Result<Gift, DbError> {
    let redeemed_us: Option<i64> = row.get(9)?;
    let state = match row.get::<String>(5)?.as_str() {
        "waiting" => GiftState::Waiting,
        "sending" => GiftState::Sending,
        "sent" if redeemed_us.is_some() => GiftState::Redeemed,
        "sent" => GiftState::Sent,
        "cancelled" => GiftState::Cancelled,
        _ => GiftState::Failed,
    };
    Ok(Gift {
        id: row.get(0)?,
        amount_micros: row.get(1)?,
        currency: row.get(2)?,
        recipient: row.get(3)?,
        message: row.get(4)?,
        state,
        send_us: row.get(6)?,
        created_us: row.get(7)?,
        ended_us: row.get(8)?,
    })
}

#[cfg(test)]
mod tests;
