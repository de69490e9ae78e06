//! Payments: money that comes in by providers and goes back to its payers. Owner of all `topup…` tables.
//!
//! A provider is one file behind the interface of [`provider`]; what its messages mean for rows and ledger stands in `receive`,
//! `disputes` and `refunds`, and is the same for all. Vouchers are a noun of their own; they are only named among the ways.

pub mod provider;
pub mod stripe;
pub mod transfer;
mod rules;
mod topup;
mod start;
mod notices;
mod refunds;
mod vouchers;
mod disputes;
mod receive;
mod look;
mod books;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use money::Micros;

use self::provider::{Provider, ProviderError};
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::declared::Refused;
use crate::page::Page;
use crate::params;
use crate::wallet::topups::Purse;
use crate::wallet::{Wallet, WalletError};

pub(crate) use self::books::differences;
pub use self::disputes::DisputeRow;
pub use self::notices::{Notice, NoticeKind};
pub use self::receive::{ReceiveError, TakenIn};
pub(crate) use self::refunds::refundable;
pub use self::refunds::{AskedBy, Refund, RefundState};
pub use self::rules::{Limits, RuleError, Rules, VOUCHER, WAYS, Way};
pub use self::start::{Begun, MAX_KEY_CHARS, Offer, Payer, Wanted};
pub use self::topup::{State, TopUp};
pub(crate) use self::topup::{forget, pending_until};
pub(crate) use self::vouchers::{Redeemed, came_with_voucher};

/// Seconds that a listener has to pay on a provider's page.
pub const EXPIRY_S: u64 = 1_800;
/// Seconds that a transfer may take.
pub const TRANSFER_EXPIRY_S: u64 = 14 * 86_400;
/// Seconds after which a pending payment is looked at for the first time.
pub const LOOK_UP_S: u64 = 60;

/// Seconds after which what an order holds goes back, if its file is still not made.
pub const HOLD_EXPIRY_S: u64 = 7 * 86_400;

/// How money comes in. Every field is a setting of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSettings {
    /// Stripe, where it is set up.
    pub stripe: Option<stripe::StripeSettings>,
    /// The database of addresses and countries.
    pub geoip: Option<PathBuf>,
    /// What is too much.
    pub limits: Limits,
    /// See [`EXPIRY_S`].
    pub expiry_s: u64,
    /// See [`TRANSFER_EXPIRY_S`].
    pub transfer_expiry_s: u64,
    /// See [`LOOK_UP_S`].
    pub look_up_s: u64,
    /// See [`HOLD_EXPIRY_S`].
    pub hold_expiry_s: u64,
    /// Seconds after which promotional credit that is not spent is taken back; none for never.
    pub promotional_expiry_s: Option<u64>,
}

impl Default for PaymentSettings {
    fn default() -> PaymentSettings {
        PaymentSettings {
            stripe: None,
            geoip: None,
            limits: Limits::default(),
            expiry_s: EXPIRY_S,
            transfer_expiry_s: TRANSFER_EXPIRY_S,
            look_up_s: LOOK_UP_S,
            hold_expiry_s: HOLD_EXPIRY_S,
            promotional_expiry_s: None,
        }
    }
}

/// Why a payment was not made, confirmed or given back.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum PaymentError {
    #[error("a top-up is between {min} and {max}")]
    OutOfRange { min: Micros, max: Micros },
    #[error("an amount is more than zero")]
    NotPositive,
    #[error("an amount is at most {max}")]
    TooMuch { max: Micros },
    #[error("an amount has at most {decimals} decimals here")]
    TooFine { decimals: u32 },
    #[error("choose one of the amounts on the menu")]
    NotInMenu,
    #[error("this way of payment is not offered where you are; GET /api/v1/topups/options says which are")]
    NotOffered,
    #[error("that is more than may be topped up within 24 hours ({day}); {left} are left")]
    DayLimit { day: Micros, left: Micros },
    #[error("too many top-ups were started")]
    TooOften { retry_after_s: u64 },
    #[error("the Idempotency-Key belongs to another request")]
    KeyReused,
    #[error("an Idempotency-Key has between 1 and {MAX_KEY_CHARS} characters")]
    KeyTooLong,
    #[error("the provider of payments does not answer at the moment: {0}")]
    Later(String),
    #[error("the provider of payments refused")]
    Refused,
    #[error("there is no such top-up or refund")]
    Unknown,
    #[error("of this top-up {left} are unspent")]
    NothingLeft { left: Micros },
    #[error("only refunds that wait for a person are ended by one")]
    NotByHand,
    #[error("the bank's name for the payment is missing or too long")]
    NameMissing,
    #[error("say why, in 1 to {} characters", refunds::MAX_FAILURE_CHARS)]
    ReasonMissing,
    #[error("this payment was confirmed already, with the amount {amount}")]
    AmountDiffers { amount: Micros },
    #[error("this payment belongs to another transfer")]
    NameTaken,
    #[error("only transfers are confirmed by a person")]
    NoTransfer,
    #[error("the ledger refused: {0}")]
    Ledger(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WalletError> for PaymentError {
    fn from(error: WalletError) -> PaymentError {
        match error {
            WalletError::Db(e) => PaymentError::Db(e),
            other => PaymentError::Ledger(other.to_string()),
        }
    }
}

/// The payments. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    db: Db,
    clock: Clock,
    wallet: Wallet,
    settings: Arc<PaymentSettings>,
    providers: Arc<Vec<Box<dyn Provider>>>,
    /// Payments of whose cards nothing is known yet, and since when that was asked.
    without_cards: Arc<Mutex<HashMap<String, i64>>>,
}

impl Payments {
    /// Payments as the settings say.
    pub fn new(db: Db, clock: Clock, wallet: Wallet, settings: &PaymentSettings) -> Result<Payments, ProviderError> {
        let mut providers: Vec<Box<dyn Provider>> = vec![Box::new(transfer::Transfer)];
        if let Some(stripe) = &settings.stripe {
            providers.push(Box::new(stripe::Stripe::new(stripe.clone())?));
        }
        Ok(Payments::over((db, clock, wallet), settings, providers))
    }

    fn over(
        (db, clock, wallet): (Db, Clock, Wallet),
        settings: &PaymentSettings,
        providers: Vec<Box<dyn Provider>>,
    ) -> Payments {
        let (settings, providers) = (Arc::new(settings.clone()), Arc::new(providers));
        Payments { db, clock, wallet, settings, providers, without_cards: Arc::default() }
    }

    fn provider(&self, name: &str) -> Option<&dyn Provider> {
        self.providers.iter().find(|provider| provider.name() == name).map(|provider| &**provider)
    }

    /// The providers that are set up, by name.
    pub fn set_up(&self) -> Vec<&'static str> {
        self.providers.iter().map(|provider| provider.name()).collect()
    }

    /// Whether a provider answers; `None` where it is not set up.
    pub async fn check(&self, name: &str) -> Option<Result<String, ProviderError>> {
        Some(self.provider(name)?.check().await)
    }

    /// A listener's top-ups, newest first, each with what can still be given back.
    pub async fn topups(
        &self,
        user_id: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<(TopUp, Micros)>, DbError> {
        let (user, limit) = (user_id.to_owned(), crate::page::limit(Some(limit)));
        self.db
            .read(move |tx| {
                let left = lefts(tx, &user)?;
                let page = topup::of_user(tx, &user, after.as_deref(), limit)?;
                Ok(page.map(|topup| {
                    let found = left.iter().find(|(id, _)| *id == topup.id).map(|(_, left)| *left);
                    (topup, found.unwrap_or_default())
                }))
            })
            .await
    }

    /// What can still be given back of one top-up.
    pub async fn left(&self, topup: &TopUp) -> Result<Micros, DbError> {
        let (user, id) = (topup.user_id.clone(), topup.id.clone());
        let left = self.db.read(move |tx| lefts(tx, &user)).await?;
        Ok(left.into_iter().find(|(other, _)| *other == id).map_or(Micros::ZERO, |(_, left)| left))
    }

    /// Transfers, newest first, for operators; only those in `state` where one is named.
    pub async fn transfers(
        &self,
        state: Option<State>,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<TopUp>, DbError> {
        let limit = crate::page::limit(Some(limit));
        self.db.read(move |tx| topup::of_provider(tx, transfer::NAME, state, (after.as_deref(), limit))).await
    }

    /// A transfer by its id or its reference, however that is written.
    pub async fn transfer(&self, name: &str) -> Result<Option<TopUp>, DbError> {
        let name = name.to_owned();
        self.db.read(move |tx| named_transfer(tx, &name)).await
    }

    /// An operator says that `received` arrived for a transfer, under the name that his bank gives the payment. The same name
    /// again changes nothing; another name is another payment.
    pub async fn confirm_transfer(&self, name: &str, received: Micros, paid_as: &str) -> Result<TopUp, PaymentError> {
        let paid_as = paid_as.trim().to_owned();
        if paid_as.is_empty() || paid_as.chars().count() > MAX_KEY_CHARS {
            return Err(PaymentError::NameMissing);
        }
        in_whole_units(received)?;
        if received > money::amount::MAX_ENTERED {
            return Err(PaymentError::TooMuch { max: money::amount::MAX_ENTERED });
        }
        let (payments, name) = (self.clone(), name.to_owned());
        self.db.write(move |tx| payments.confirm(tx, &name, received, &paid_as)).await
    }

    fn confirm(&self, tx: &mut Tx, name: &str, received: Micros, paid_as: &str) -> Result<TopUp, PaymentError> {
        let found = named_transfer(tx, name)?.ok_or(PaymentError::Unknown)?;
        let topup = topup::locked(tx, &found.id)?.ok_or(PaymentError::Unknown)?;
        if let Some(known) = topup::by_payment_ref(tx, transfer::NAME, paid_as)? {
            return match known.user_id == topup.user_id {
                false => Err(PaymentError::NameTaken),
                true if known.received_micros == received.0 => Ok(known),
                true => Err(PaymentError::AmountDiffers { amount: Micros(known.received_micros) }),
            };
        }
        let topup = if topup.payment_ref.is_some() { self.twin(tx, &topup, received)? } else { topup };
        self.post(tx, &topup, paid_as, received)?;
        topup::by_id(tx, &topup.id)?.ok_or(PaymentError::Unknown)
    }

    /// A transfer that was asked for and arrived at once, told as if it had happened. The same key again changes nothing.
    pub(crate) fn transferred(
        &self,
        tx: &mut Tx,
        (user_id, storefront): (&str, &str),
        key: &str,
        amount: Micros,
    ) -> Result<(), PaymentError> {
        if topup::by_key(tx, user_id, key)?.is_some() {
            return Ok(());
        }
        let (id, now_us) = (self.clock.new_id(), self.clock.now_us());
        let (reference, currency) = (transfer::new_reference(&self.clock), crate::wallet::topups::currency());
        let new = topup::NewTopUp {
            id: &id,
            user_id,
            storefront,
            provider: transfer::NAME,
            currency: currency.code(),
            key: Some(key),
            amount,
            bonus_ppm: 0,
            provider_ref: Some(&reference),
            told: "[\"\",\"\",\"en\",\"\"]",
            country: None,
            created_us: now_us,
            expires_us: now_us,
            next_look_us: now_us,
        };
        topup::insert(tx, &new)?;
        let topup = topup::by_id(tx, &id)?.ok_or(PaymentError::Unknown)?;
        self.post(tx, &topup, &format!("made-{key}"), amount)
    }

    /// What a storefront offers.
    pub async fn rules(&self, storefront: &str) -> Result<Rules, DbError> {
        let storefront = storefront.to_owned();
        self.db.read(move |tx| rules_of(tx, &storefront)).await
    }
}

/// The storefronts whose rules somebody has set.
pub fn list_rules(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<(String, Rules)>, DbError> {
    let sql = "SELECT storefront FROM topup_rules WHERE storefront > $1 ORDER BY storefront LIMIT $2";
    let mut items = Vec::new();
    for row in tx.rows(sql, params![after.unwrap_or_default(), i64::from(limit) + 1])? {
        let id: String = row.get(0)?;
        let rules = rules_of(tx, &id)?;
        items.push((id, rules));
    }
    Ok(Page::cut(items, limit, |(id, _)| id.clone()))
}

/// The rules that somebody has set for a storefront; without any, those of the program hold.
pub fn find_rules(tx: &mut Tx, storefront: &str) -> Result<Option<Rules>, DbError> {
    let row = tx.row("SELECT storefront FROM topup_rules WHERE storefront = $1", params![storefront])?;
    row.map(|_| rules_of(tx, storefront)).transpose()
}

/// Sets what a storefront offers.
pub fn put_rules(tx: &mut Tx, storefront: &str, rules: &Rules, now_us: i64) -> Result<(), Refused> {
    let known = crate::storefronts::get(tx, storefront)?;
    let known = known.ok_or_else(|| Refused::field("id", format!("there is no storefront {storefront:?}")))?;
    let currency = known.currency.parse();
    rules
        .check(currency.map_err(|_| DbError::Failed("a storefront has no currency".to_owned()))?)
        .map_err(|e| Refused::field(e.field, e.reason))?;
    let text = serde_json::to_string(rules).map_err(|e| DbError::Failed(e.to_string()))?;
    tx.execute(
        "INSERT INTO topup_rules (storefront, rules, changed_us) VALUES ($1, $2, $3)
         ON CONFLICT (storefront) DO UPDATE SET rules = excluded.rules, changed_us = excluded.changed_us",
        params![storefront, &text, now_us],
    )?;
    Ok(())
}

/// The smallest amount that a bank moves.
fn unit() -> i64 {
    10i64.pow(6 - crate::wallet::topups::currency().decimals().min(6))
}

/// Refuses an amount that no bank can move.
fn in_whole_units(amount: Micros) -> Result<(), PaymentError> {
    if amount <= Micros::ZERO {
        return Err(PaymentError::NotPositive);
    }
    if amount.0 % unit() != 0 {
        return Err(PaymentError::TooFine { decimals: crate::wallet::topups::currency().decimals() });
    }
    Ok(())
}

fn lefts(tx: &mut Tx, user_id: &str) -> Result<Vec<(String, Micros)>, DbError> {
    let free = crate::wallet::balance(tx, user_id)?.purchased_micros;
    Ok(topup::lots(tx, user_id, Micros(free))?.into_iter().map(|(topup, left)| (topup.id, left)).collect())
}

fn named_transfer(tx: &mut Tx, name: &str) -> Result<Option<TopUp>, DbError> {
    let found = match transfer::reference(name) {
        Some(reference) => topup::by_provider_ref(tx, transfer::NAME, &reference)?,
        None => topup::by_id(tx, name)?,
    };
    Ok(found.filter(|topup| topup.provider == transfer::NAME))
}

fn rules_of(tx: &mut Tx, storefront: &str) -> Result<Rules, DbError> {
    let row = tx.row("SELECT rules FROM topup_rules WHERE storefront = $1", params![storefront])?;
    let Some(row) = row else { return Ok(Rules::default()) };
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|e| DbError::Failed(format!("the rules of {storefront} cannot be read: {e}")))
}

/// Whose money a top-up is.
fn purse<'a>(topup: &'a TopUp, clearing: &'a str) -> Purse<'a> {
    Purse { user_id: &topup.user_id, storefront: &topup.storefront, clearing }
}

#[cfg(test)]
pub(crate) mod tests;
