//! Starting a top-up: what may be asked for, once under its key, and the provider told so that a repeated call is the same call.

use money::{Currency, Micros};

use super::provider::{ProviderError, Start};
use super::topup::{self, NewTopUp, State, TopUp};
use super::{PaymentError, Payments, Rules, Way, rules, rules_of, stripe, transfer};
use crate::db::{DbError, Tx};
use crate::geoip::Country;
use crate::params;
use crate::storefronts::Storefront;

/// Characters of an idempotency key.
pub const MAX_KEY_CHARS: usize = 200;
const DAY_US: i64 = 86_400_000_000;

/// Somebody who tops up, and where.
#[derive(Debug, Clone)]
pub struct Payer {
    /// His id.
    pub user_id: String,
    /// His address for letters.
    pub email: String,
    /// The language of his pages.
    pub language: String,
    /// Where he is, if that is known.
    pub country: Option<Country>,
}

/// A top-up that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// `stripe` or `transfer`.
    pub provider: String,
    /// How much.
    pub amount: Micros,
    /// The payer's own name for it: the same again is the same top-up.
    pub key: String,
    /// What he reads on the provider's page.
    pub title: String,
    /// Where he comes back to; the top-up's id is put behind it.
    pub return_base: String,
}

/// A top-up that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// It.
    pub topup: TopUp,
    /// It stood already.
    pub repeated: bool,
}

/// What a listener is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// ISO 4217.
    pub currency: String,
    /// Amounts to choose from, those within the limits.
    pub menu_micros: Vec<i64>,
    /// Whether another amount may be entered.
    pub free_amount: bool,
    /// The least and the most of one top-up.
    pub min_micros: i64,
    /// See `min_micros`.
    pub max_micros: i64,
    /// Where the listener is, if that is known.
    pub country: Option<Country>,
    /// The ways of payment.
    pub ways: Vec<Way>,
    /// Whom to transfer to.
    pub transfer_details: Option<String>,
    /// What the listener owes; a top-up pays it first.
    pub owed_micros: i64,
}

impl Payments {
    /// What `user_id` is offered in a storefront, being in `country`.
    pub async fn offer(
        &self,
        storefront: &Storefront,
        user_id: &str,
        country: Option<Country>,
    ) -> Result<Offer, PaymentError> {
        let (payments, shop, user) = (self.clone(), storefront.clone(), user_id.to_owned());
        let currency = currency_of(storefront)?;
        self.db
            .read(move |tx| {
                let rules = rules_of(tx, &shop.id)?;
                let limits = &payments.settings.limits;
                let within = |amount: &i64| (limits.min.0..=limits.max.0).contains(amount);
                Ok(Offer {
                    currency: shop.currency,
                    menu_micros: rules.menu_micros.iter().copied().filter(within).collect(),
                    free_amount: rules.free_amount,
                    min_micros: limits.min.0,
                    max_micros: limits.max.0,
                    country,
                    ways: rules.offers(currency, country, &payments.set_up()).into_iter().cloned().collect(),
                    owed_micros: crate::wallet::topups::owed(tx, &user)?.0,
                    transfer_details: rules.transfer_details,
                })
            })
            .await
    }

    /// Starts a top-up. A call that got no answer may be repeated under the same key.
    pub async fn start(&self, storefront: &Storefront, payer: &Payer, wanted: &Wanted) -> Result<Begun, PaymentError> {
        if wanted.key.is_empty() || wanted.key.chars().count() > MAX_KEY_CHARS {
            return Err(PaymentError::KeyTooLong);
        }
        let (payments, shop, who, what) = (self.clone(), storefront.clone(), payer.clone(), wanted.clone());
        let stood = self.db.write(move |tx| payments.begin(tx, &shop, &who, &what)).await;
        let begun = match stood {
            // Another call under this key came first: its row is the one.
            Err(PaymentError::Db(DbError::Constraint(_))) => self.begun(payer, wanted).await?,
            other => other?,
        };
        let topup = self.told(begun.topup).await?;
        Ok(Begun { topup, repeated: begun.repeated })
    }

    async fn begun(&self, payer: &Payer, wanted: &Wanted) -> Result<Begun, PaymentError> {
        let (user, what) = (payer.user_id.clone(), wanted.clone());
        let stood = self.db.read(move |tx| repeated(tx, &user, &what)).await?;
        stood.ok_or_else(|| DbError::Failed("a top-up under this key vanished".to_owned()).into())
    }

    fn begin(&self, tx: &mut Tx, shop: &Storefront, payer: &Payer, wanted: &Wanted) -> Result<Begun, PaymentError> {
        if let Some(begun) = repeated(tx, &payer.user_id, wanted)? {
            return Ok(begun);
        }
        let (rules, currency) = (rules_of(tx, &shop.id)?, currency_of(shop)?);
        let way = self.way(&rules, currency, payer, wanted)?;
        rules::check_amount(&rules, &self.settings.limits, wanted.amount, currency)?;
        self.check_limits(tx, &payer.user_id, wanted.amount)?;
        let (id, now_us) = (self.clock.new_id(), self.clock.now_us());
        let by_hand = way.provider == transfer::NAME;
        let life_s = if by_hand { self.settings.transfer_expiry_s } else { self.settings.expiry_s };
        let expires_us = now_us.saturating_add(micros(life_s));
        let start = Start {
            topup_id: id.clone(),
            title: wanted.title.clone(),
            amount: wanted.amount,
            currency,
            return_url: format!("{}{id}", wanted.return_base),
            language: payer.language.clone(),
            email: payer.email.clone(),
            created_us: now_us,
            expires_us,
        };
        let reference = by_hand.then(|| transfer::new_reference(&self.clock));
        let look_us = now_us.saturating_add(micros(self.settings.look_up_s));
        topup::insert(
            tx,
            &NewTopUp {
                id: &id,
                user_id: &payer.user_id,
                storefront: &shop.id,
                provider: &way.provider,
                currency: currency.code(),
                key: Some(&wanted.key),
                amount: wanted.amount,
                bonus_ppm: way.bonus_ppm,
                provider_ref: reference.as_deref(),
                told: &topup::told(&start),
                country: payer.country.as_ref().map(Country::code),
                created_us: now_us,
                expires_us,
                next_look_us: if by_hand { expires_us } else { look_us.min(expires_us) },
            },
        )?;
        let topup = topup::by_id(tx, &id)?.ok_or_else(|| DbError::Failed("a new top-up vanished".to_owned()))?;
        Ok(Begun { topup, repeated: false })
    }

    fn way(&self, rules: &Rules, currency: Currency, payer: &Payer, wanted: &Wanted) -> Result<Way, PaymentError> {
        let offered = rules.offers(currency, payer.country, &self.set_up());
        let way = offered.into_iter().find(|way| way.provider == wanted.provider && way.provider != rules::VOUCHER);
        way.cloned().ok_or(PaymentError::NotOffered)
    }

    /// What a listener has topped up today and how often he has tried.
    fn check_limits(&self, tx: &mut Tx, user_id: &str, amount: Micros) -> Result<(), PaymentError> {
        let (limits, now_us) = (&self.settings.limits, self.clock.now_us());
        let window_us = micros(limits.window_s);
        // One at a time for each listener, so that none slips through on another node.
        let lock = format!("SELECT id FROM users WHERE id = $1{}", tx.for_update());
        tx.row(&lock, params![user_id])?;
        let row = tx.row(
            "SELECT CAST(count(*) AS BIGINT), COALESCE(min(created_us), 0) FROM topups
             WHERE user_id = $1 AND created_us > $2 AND idempotency_key IS NOT NULL",
            params![user_id, now_us - window_us],
        )?;
        let (starts, first_us): (i64, i64) =
            row.map_or(Ok((0, 0)), |row| Ok::<_, DbError>((row.get(0)?, row.get(1)?)))?;
        if starts >= i64::from(limits.starts) {
            let left_us = (first_us + window_us - now_us).max(0);
            return Err(PaymentError::TooOften { retry_after_s: (left_us as u64).div_ceil(1_000_000).max(1) });
        }
        let row = tx.row(
            "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'posted' THEN received_micros ELSE amount_micros END), 0) AS BIGINT)
             FROM topups WHERE user_id = $1 AND created_us > $2 AND state IN ('pending', 'posted')
                 AND provider <> 'voucher'",
            params![user_id, now_us - DAY_US],
        )?;
        let today: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        if today.saturating_add(amount.0) > limits.day.0 {
            return Err(PaymentError::DayLimit { day: limits.day, left: Micros((limits.day.0 - today).max(0)) });
        }
        Ok(())
    }

    /// Tells the provider of a pending top-up that it has not been told of yet, and keeps what it answers.
    async fn told(&self, topup: TopUp) -> Result<TopUp, PaymentError> {
        if topup.state != State::Pending || topup.provider_ref.is_some() {
            return Ok(topup);
        }
        let provider = self.provider(&topup.provider).ok_or(PaymentError::NotOffered)?;
        let (id, started) = (topup.id.clone(), provider.start(&topup.start()?).await);
        match started {
            Ok(started) => Ok(self
                .db
                .write(move |tx| {
                    tx.execute(
                        "UPDATE topups SET provider_ref = $2, redirect_url = $3 WHERE id = $1 AND provider_ref IS NULL",
                        params![&id, &started.provider_ref, &started.redirect_url],
                    )?;
                    topup::by_id(tx, &id)
                })
                .await?
                .unwrap_or(topup)),
            Err(ProviderError::Later(why)) => Err(PaymentError::Later(why)),
            Err(ProviderError::Refused(why)) => {
                tracing::error!(topup = id, why, "a provider refused to start a payment");
                let said = "provider".to_owned();
                self.db.write(move |tx| topup::end(tx, &id, State::Failed, Some(&said))).await?;
                Err(PaymentError::Refused)
            }
        }
    }

    /// A listener's top-up, looked up at its provider now if it is pending and nobody looked a moment ago.
    pub async fn topup(&self, user_id: &str, id: &str, look: bool) -> Result<Option<TopUp>, PaymentError> {
        let found = self.find(id).await?.filter(|topup| topup.user_id == user_id);
        let Some(topup) = found else { return Ok(None) };
        if look && topup.state == State::Pending && topup.provider == stripe::NAME {
            self.look_now(&topup).await?;
            return Ok(self.find(id).await?);
        }
        Ok(Some(topup))
    }

    /// A top-up by its id, whosever it is.
    pub async fn find(&self, id: &str) -> Result<Option<TopUp>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| topup::by_id(tx, &id)).await
    }
}

fn repeated(tx: &mut Tx, user_id: &str, wanted: &Wanted) -> Result<Option<Begun>, PaymentError> {
    let Some(topup) = topup::by_key(tx, user_id, &wanted.key)? else { return Ok(None) };
    if topup.provider != wanted.provider || topup.amount_micros != wanted.amount.0 {
        return Err(PaymentError::KeyReused);
    }
    Ok(Some(Begun { topup, repeated: true }))
}

fn currency_of(storefront: &Storefront) -> Result<Currency, PaymentError> {
    let currency = storefront.currency.parse();
    let currency = currency.map_err(|_| DbError::Failed(format!("{:?} is no currency", storefront.currency)))?;
    if currency != crate::wallet::topups::currency() {
        return Err(PaymentError::NotOffered);
    }
    Ok(currency)
}

pub(super) fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX)
}
