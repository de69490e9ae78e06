//! The top-up as the database has it: its row, its states, what is left of it. No rules about money.

use money::Micros;
use money::lots::{Lot, left};

use super::PaymentError;
use super::provider::Start;
use crate::db::{DbError, Row, Tx, Value};
use crate::page::{Page, before_id};
use crate::params;

/// Where a top-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has paid yet.
    Pending,
    /// The money arrived and is on the balance.
    Posted,
    /// It came to nothing.
    Failed,
    /// Nobody paid in time. Money that arrives later is posted all the same.
    Expired,
}

impl State {
    /// All states.
    pub const ALL: [State; 4] = [State::Pending, State::Posted, State::Failed, State::Expired];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Posted => "posted",
            State::Failed => "failed",
            State::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn of_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A top-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// Where it was made.
    pub storefront: String,
    /// `stripe` or `transfer`.
    pub provider: String,
    /// ISO 4217.
    pub currency: String,
    /// What was asked for.
    pub amount_micros: i64,
    /// What arrived.
    pub received_micros: i64,
    /// What of it paid a debt to the shop.
    pub settled_micros: i64,
    /// What comes on top, in parts per million.
    pub bonus_ppm: u32,
    /// What came on top as promotional credit.
    pub bonus_micros: i64,
    /// What went back to the payer, or is on its way.
    pub refunded_micros: i64,
    /// What disputes froze or took.
    pub disputed_micros: i64,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    pub failure: Option<String>,
    /// The provider's name for the payment; of a transfer the reference.
    pub provider_ref: Option<String>,
    /// The provider's name for the money.
    pub payment_ref: Option<String>,
    /// Where to pay, while it is pending.
    pub redirect_url: Option<String>,
    /// Where the buyer was: two capital letters.
    pub country: Option<String>,
    /// When it was made.
    pub created_us: i64,
    /// When it ends unpaid.
    pub expires_us: i64,
    /// When the money arrived.
    pub posted_us: Option<i64>,
    pub(super) elsewhere_micros: i64,
    pub(super) fingerprint: Option<String>,
    pub(super) entry_id: Option<String>,
    pub(super) told: String,
}

const COLUMNS: &str = "id, user_id, storefront, provider, currency, amount_micros, received_micros, settled_micros, bonus_ppm,
    bonus_micros, refunded_micros, disputed_micros, state, failure, provider_ref, payment_ref, redirect_url, country, created_us,
    expires_us, posted_us, elsewhere_micros, fingerprint, entry_id, told";

fn of_row(row: &Row) -> Result<TopUp, DbError> {
    let state: String = row.get(12)?;
    Ok(TopUp {
        id: row.get(0)?,
        user_id: row.get(1)?,
        storefront: row.get(2)?,
        provider: row.get(3)?,
        currency: row.get(4)?,
        amount_micros: row.get(5)?,
        received_micros: row.get(6)?,
        settled_micros: row.get(7)?,
        bonus_ppm: row.get(8)?,
        bonus_micros: row.get(9)?,
        refunded_micros: row.get(10)?,
        disputed_micros: row.get(11)?,
        state: State::of_name(&state).ok_or_else(|| DbError::Failed(format!("a top-up is {state}")))?,
        failure: row.get(13)?,
        provider_ref: row.get(14)?,
        payment_ref: row.get(15)?,
        redirect_url: row.get(16)?,
        country: row.get(17)?,
        created_us: row.get(18)?,
        expires_us: row.get(19)?,
        posted_us: row.get(20)?,
        elsewhere_micros: row.get(21)?,
        fingerprint: row.get(22)?,
        entry_id: row.get(23)?,
        told: row.get(24)?,
    })
}

/// A top-up to be written.
pub(super) struct NewTopUp<'a> {
    pub id: &'a str,
    pub user_id: &'a str,
    pub storefront: &'a str,
    pub provider: &'a str,
    pub currency: &'a str,
    pub key: Option<&'a str>,
    pub amount: Micros,
    pub bonus_ppm: u32,
    pub provider_ref: Option<&'a str>,
    pub told: &'a str,
    pub country: Option<&'a str>,
    pub created_us: i64,
    pub expires_us: i64,
    pub next_look_us: i64,
}

/// What a provider is told beside the amount, as it is kept to be told again.
pub(super) fn told(start: &Start) -> String {
    serde_json::json!([start.title, start.return_url, start.language, start.email]).to_string()
}

impl TopUp {
    /// What the provider was told, word for word.
    pub(super) fn start(&self) -> Result<Start, PaymentError> {
        let wrong = || DbError::Failed(format!("what the provider of top-up {} was told cannot be read", self.id));
        let [title, return_url, language, email]: [String; 4] =
            serde_json::from_str(&self.told).map_err(|_| wrong())?;
        Ok(Start {
            topup_id: self.id.clone(),
            title,
            amount: Micros(self.amount_micros),
            currency: self.currency.parse().map_err(|_| wrong())?,
            return_url,
            language,
            email,
            created_us: self.created_us,
            expires_us: self.expires_us,
        })
    }

    /// The account where its money lies at the provider.
    pub(super) fn clearing(&self) -> String {
        format!("{}.{}", self.storefront, self.provider)
    }

    fn lot(&self) -> Lot {
        Lot {
            credited: Micros(self.received_micros - self.settled_micros),
            refunded: Micros(self.refunded_micros),
            disputed: Micros(self.disputed_micros),
        }
    }
}

pub(super) fn insert(tx: &mut Tx, new: &NewTopUp) -> Result<(), DbError> {
    let values: [Value; 14] = [
        new.id.into(),
        new.user_id.into(),
        new.storefront.into(),
        new.currency.into(),
        new.provider.into(),
        new.key.into(),
        new.amount.0.into(),
        new.bonus_ppm.into(),
        new.provider_ref.into(),
        new.told.into(),
        new.country.into(),
        new.created_us.into(),
        new.expires_us.into(),
        new.next_look_us.into(),
    ];
    tx.execute(
        "INSERT INTO topups (id, user_id, storefront, currency, provider, idempotency_key, amount_micros, received_micros,
             settled_micros, bonus_ppm, bonus_micros, refunded_micros, disputed_micros, elsewhere_micros, state, provider_ref, told,
             country, created_us, expires_us, looks, next_look_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, 0, 0, 0, 0, 'pending', $9, $10, $11, $12, $13, 0, $14)",
        &values,
    )?;
    Ok(())
}

fn one(tx: &mut Tx, condition: &str, params: &[Value]) -> Result<Option<TopUp>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM topups WHERE {condition}"), params)?;
    row.map(|row| of_row(&row)).transpose()
}

pub(super) fn by_id(tx: &mut Tx, id: &str) -> Result<Option<TopUp>, DbError> {
    one(tx, "id = $1", params![id])
}

/// A top-up whose row nobody else changes until the transaction ends.
pub(super) fn locked(tx: &mut Tx, id: &str) -> Result<Option<TopUp>, DbError> {
    let condition = format!("id = $1{}", tx.for_update());
    one(tx, &condition, params![id])
}

pub(super) fn by_key(tx: &mut Tx, user_id: &str, key: &str) -> Result<Option<TopUp>, DbError> {
    one(tx, "user_id = $1 AND idempotency_key = $2", params![user_id, key])
}

pub(super) fn by_provider_ref(tx: &mut Tx, provider: &str, name: &str) -> Result<Option<TopUp>, DbError> {
    one(tx, "provider = $1 AND provider_ref = $2", params![provider, name])
}

pub(super) fn by_payment_ref(tx: &mut Tx, provider: &str, name: &str) -> Result<Option<TopUp>, DbError> {
    one(tx, "provider = $1 AND payment_ref = $2", params![provider, name])
}

/// A listener's top-ups, newest first.
pub(super) fn of_user(tx: &mut Tx, user_id: &str, after: Option<&str>, limit: u32) -> Result<Page<TopUp>, DbError> {
    let after = before_id(after)?;
    let sql = format!("SELECT {COLUMNS} FROM topups WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    page(tx.rows(&sql, params![user_id, after, i64::from(limit) + 1])?, limit)
}

/// Top-ups of one way, newest first; only those in `state` where one is named.
pub(super) fn of_provider(
    tx: &mut Tx,
    provider: &str,
    state: Option<State>,
    (after, limit): (Option<&str>, u32),
) -> Result<Page<TopUp>, DbError> {
    let (after, state) = (before_id(after)?, state.map_or("", State::as_str));
    let sql = format!(
        "SELECT {COLUMNS} FROM topups WHERE provider = $1 AND id < $2 AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4"
    );
    page(tx.rows(&sql, params![provider, after, state, i64::from(limit) + 1])?, limit)
}

fn page(rows: Vec<Row>, limit: u32) -> Result<Page<TopUp>, DbError> {
    let items = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, |topup| topup.id.clone()))
}

/// What is left of each of a listener's top-ups, by id, when so much purchased credit is free.
pub(super) fn lots(tx: &mut Tx, user_id: &str, free: Micros) -> Result<Vec<(TopUp, Micros)>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM topups WHERE user_id = $1 AND state = 'posted' ORDER BY posted_us, id");
    let rows = tx.rows(&sql, params![user_id])?;
    let topups = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
    let lots: Vec<Lot> = topups.iter().map(TopUp::lot).collect();
    let left = left(&lots, free);
    Ok(topups.into_iter().zip(left).collect())
}

/// What is left of one top-up.
pub(super) fn left_of(tx: &mut Tx, topup: &TopUp, free: Micros) -> Result<Micros, DbError> {
    let lots = lots(tx, &topup.user_id, free)?;
    Ok(lots.into_iter().find(|(other, _)| other.id == topup.id).map_or(Micros::ZERO, |(_, left)| left))
}

/// A pending top-up ends without money; one that is no longer pending is left alone.
pub(super) fn end(tx: &mut Tx, id: &str, state: State, failure: Option<&str>) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE topups SET state = $2, failure = $3 WHERE id = $1 AND state = 'pending'",
        params![id, state.as_str(), failure],
    )?;
    Ok(changed > 0)
}

/// When the last of a listener's pending top-ups expires; none when none is pending.
pub(crate) fn pending_until(tx: &mut Tx, user_id: &str) -> Result<Option<i64>, DbError> {
    let sql = "SELECT MAX(expires_us) FROM topups WHERE user_id = $1 AND state = 'pending'";
    tx.row(sql, params![user_id])?.map_or(Ok(None), |row| row.get(0))
}

/// Forgets what providers were told of a listener, once none of his top-ups is pending.
pub(crate) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    let nobody = serde_json::json!(["", "", "", ""]).to_string();
    let sql = "UPDATE topups SET told = $2 WHERE user_id = $1 AND state <> 'pending'";
    tx.execute(sql, params![user_id, &nobody]).map(drop)
}
