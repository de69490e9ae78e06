//! What providers say, taken in: each message once, in one transaction with what it moves, whatever the order in which messages
//! come. A message about a payment that is not known yet waits for it.

use std::collections::HashMap;
use std::time::Duration;

use money::Micros;
use money::lots::RefundParts;

use super::provider::{Card, Event, Forged, Message, Payment, ProviderError, Received, Subject};
use super::refunds::AskedBy;
use super::topup::{self, NewTopUp, State, TopUp, left_of};
use super::{NoticeKind, PaymentError, Payments, Rules, purse};
use crate::db::{DbError, Tx};
use crate::params;

/// How long the answer to a message may wait for news of the card.
const CARD_TIMEOUT: Duration = Duration::from_secs(4);
/// How long money waits for news of its card, so that limits of cards hold. No answer beyond that is no reason to keep money
/// from a listener.
const CARD_PATIENCE_US: i64 = 10 * 60 * 1_000_000;
/// Payments of a process that wait for news of their cards.
const MAX_WAITING_FOR_CARDS: usize = 10_000;
const DAY_US: i64 = 86_400_000_000;
/// How long a card is remembered with those who used it.
const CARD_USERS_US: i64 = 30 * DAY_US;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenIn {
    /// It did what it says, or nothing was left to do.
    Done,
    /// It says nothing to us.
    Ignored,
    /// It is about nothing that we know.
    Unknown,
    /// It waits for the payment that it is about.
    Waiting,
    /// It was taken in before.
    Repeated,
}

impl TakenIn {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            TakenIn::Done => "done",
            TakenIn::Ignored => "ignored",
            TakenIn::Unknown => "unknown",
            TakenIn::Waiting => "waiting",
            TakenIn::Repeated => "repeated",
        }
    }
}

/// Why a message was not taken in.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ReceiveError {
    #[error(transparent)]
    Forged(#[from] Forged),
    #[error(transparent)]
    Payment(#[from] PaymentError),
}

impl Payments {
    /// Takes in a message that claims to come from `provider`.
    pub async fn receive(&self, provider: &str, body: &[u8], signature: Option<&str>) -> Result<TakenIn, ReceiveError> {
        let found = self.provider(provider).ok_or(Forged::NotExpected)?;
        let received = found.read(&Message { body, signature, now_us: self.clock.now_us() })?;
        let card = match &received.event {
            Some(Event::Paid(payment)) => self.card_behind(provider, payment).await?,
            _ => None,
        };
        Ok(self.take_in(provider, received, card).await?)
    }

    pub(super) async fn take_in(
        &self,
        provider: &str,
        received: Received,
        card: Option<Card>,
    ) -> Result<TakenIn, PaymentError> {
        let (payments, provider) = (self.clone(), provider.to_owned());
        let (id, kind) = (received.event_id.clone(), received.kind.clone());
        let taken = self.db.write(move |tx| payments.take_in_tx(tx, &provider, &received, card.as_ref())).await?;
        tracing::info!(event = id, kind, outcome = taken.as_str(), "a provider's message");
        Ok(taken)
    }

    /// The card of a payment whose top-up has none yet. [`PaymentError::Later`] while there is no answer and some patience left.
    pub(super) async fn card_behind(&self, name: &str, payment: &Payment) -> Result<Option<Card>, PaymentError> {
        let (provider, of) = (name.to_owned(), payment.of.clone());
        let topup = self.db.read(move |tx| subject(tx, &provider, &of)).await?;
        let unknown = topup.filter(|topup| topup.posted_us.is_none() && topup.fingerprint.is_none());
        let (Some(payment_ref), Some(topup)) = (&payment.of.payment_ref, unknown) else { return Ok(None) };
        let Some(provider) = self.provider(name) else { return Ok(None) };
        let why = match tokio::time::timeout(CARD_TIMEOUT, provider.card(payment_ref)).await {
            Ok(Ok(card)) => {
                self.without_cards().remove(&topup.id);
                return Ok(card);
            }
            Ok(Err(e @ ProviderError::Refused(_))) => {
                tracing::warn!(topup = topup.id, payment_ref, error = %e, "nothing is known of the card");
                return Ok(None);
            }
            Ok(Err(e)) => e.to_string(),
            Err(_) => format!("no answer within {} seconds", CARD_TIMEOUT.as_secs()),
        };
        tracing::warn!(topup = topup.id, payment_ref, why, "nothing is known of the card");
        let now_us = self.clock.now_us();
        let mut waiting = self.without_cards();
        if waiting.len() >= MAX_WAITING_FOR_CARDS {
            waiting.retain(|_, since_us| now_us - *since_us < CARD_PATIENCE_US);
        }
        let since_us = *waiting.entry(topup.id.clone()).or_insert(now_us);
        if now_us - since_us < CARD_PATIENCE_US {
            return Err(PaymentError::Later(why));
        }
        waiting.remove(&topup.id);
        Ok(None)
    }

    fn without_cards(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.without_cards.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn take_in_tx(
        &self,
        tx: &mut Tx,
        provider: &str,
        received: &Received,
        card: Option<&Card>,
    ) -> Result<TakenIn, PaymentError> {
        let about = received.event.as_ref().map(about);
        let fresh = tx.execute(
            "INSERT INTO topup_events (provider, event_id, kind, state, topup_id, payment_ref, at_us)
             VALUES ($1, $2, $3, 'done', $4, $5, $6) ON CONFLICT (provider, event_id) DO NOTHING",
            params![
                provider,
                &received.event_id,
                &received.kind,
                about.and_then(|of| of.topup_id.clone()),
                about.and_then(|of| of.payment_ref.clone()),
                self.clock.now_us()
            ],
        )?;
        if fresh == 0 {
            return Ok(TakenIn::Repeated);
        }
        let taken = match &received.event {
            None => TakenIn::Ignored,
            Some(event) => self.apply(tx, provider, event, card)?,
        };
        let said = (taken == TakenIn::Waiting).then(|| serde_json::to_string(&received.event)).transpose();
        let said = said.map_err(|e| DbError::Failed(format!("a message cannot be kept: {e}")))?;
        tx.execute(
            "UPDATE topup_events SET state = $3, said = $4 WHERE provider = $1 AND event_id = $2",
            params![provider, &received.event_id, taken.as_str(), said],
        )?;
        Ok(taken)
    }

    /// What an event does to the rows and the ledger.
    pub(super) fn apply(
        &self,
        tx: &mut Tx,
        provider: &str,
        event: &Event,
        card: Option<&Card>,
    ) -> Result<TakenIn, PaymentError> {
        if let Event::Refund { refund_id, seen } = event {
            let known = self.refund_seen(tx, refund_id, seen)?;
            return Ok(if known { TakenIn::Done } else { TakenIn::Unknown });
        }
        let found = subject(tx, provider, about(event))?;
        let locked = found.map(|topup| topup::locked(tx, &topup.id)).transpose()?.flatten();
        let Some(topup) = locked else {
            // What names a payment alone may have overtaken the message that tells of the payment.
            let may_come = matches!(event, Event::Dispute(_) | Event::GivenBack { .. });
            return Ok(if may_come { TakenIn::Waiting } else { TakenIn::Unknown });
        };
        match event {
            Event::Paid(payment) => self.paid(tx, &topup, payment, card)?,
            Event::Carded { card, .. } => keep_card(tx, &topup.id, card)?,
            Event::Failed { reason, .. } => {
                topup::end(tx, &topup.id, State::Failed, Some(reason))?;
            }
            Event::Expired { .. } => {
                topup::end(tx, &topup.id, State::Expired, None)?;
            }
            Event::GivenBack { .. } | Event::Dispute(_) if topup.payment_ref.is_none() => return Ok(TakenIn::Waiting),
            Event::GivenBack { total_micros, .. } => self.given_back(tx, &topup, Micros(*total_micros))?,
            // A payment that the shop never took is not in anybody's balance.
            Event::Dispute(_) if topup.state != State::Posted => return Ok(TakenIn::Ignored),
            Event::Dispute(dispute) => self.dispute(tx, &topup, dispute)?,
            Event::Refund { .. } => {}
        }
        Ok(TakenIn::Done)
    }

    /// Money arrived for a top-up whose row is locked.
    fn paid(&self, tx: &mut Tx, topup: &TopUp, payment: &Payment, card: Option<&Card>) -> Result<(), PaymentError> {
        let name = payment.of.payment_ref.as_deref().unwrap_or(&topup.id).to_owned();
        if topup::by_payment_ref(tx, &topup.provider, &name)?.is_some() {
            return Ok(());
        }
        let amount = Micros(payment.amount_micros);
        if payment.currency != topup.currency || amount <= Micros::ZERO {
            tracing::error!(topup = topup.id, currency = payment.currency, "money arrived that was not asked for");
            topup::end(tx, &topup.id, State::Failed, Some("currency"))?;
            self.note(tx, NoticeKind::WrongCurrency, topup, (amount, &format!("{name} {}", payment.currency)))?;
            return Ok(());
        }
        if topup.payment_ref.is_some() {
            let twin = self.twin(tx, topup, amount)?;
            self.note(tx, NoticeKind::SecondPayment, topup, (amount, &name))?;
            return self.post(tx, &twin, &name, amount);
        }
        let topup = match card {
            Some(card) => {
                keep_card(tx, &topup.id, card)?;
                &TopUp { fingerprint: card.fingerprint.clone().or(topup.fingerprint.clone()), ..topup.clone() }
            }
            None => topup,
        };
        if self.card_is_overused(tx, topup, amount)? {
            return self.turn_away(tx, topup, &name, amount);
        }
        self.post(tx, topup, &name, amount)
    }

    /// Posts money: a debt is paid first, the rest is balance, a bonus comes on top.
    pub(super) fn post(&self, tx: &mut Tx, topup: &TopUp, name: &str, amount: Micros) -> Result<(), PaymentError> {
        let owed = self.wallet.standing(tx, &topup.user_id)?.owed;
        let settled = owed.min(amount);
        let bonus = Rules::bonus(amount, topup.bonus_ppm).ok_or(PaymentError::Ledger("a bonus does not fit".into()))?;
        let clearing = topup.clearing();
        let entry = self.wallet.post_top_up(tx, purse(topup, &clearing), &topup.id, (amount, settled, bonus))?;
        let now_us = self.clock.now_us();
        tx.execute(
            "UPDATE topups SET state = 'posted', failure = NULL, received_micros = $2, settled_micros = $3, bonus_micros = $4,
                 payment_ref = $5, entry_id = $6, posted_us = $7, next_look_us = NULL WHERE id = $1",
            params![&topup.id, amount.0, settled.0, bonus.0, name, &entry, now_us],
        )?;
        self.apply_waiting(tx, &topup.provider, name)
    }

    /// A second payment for the same top-up is money too: it gets a top-up of its own.
    pub(super) fn twin(&self, tx: &mut Tx, topup: &TopUp, amount: Micros) -> Result<TopUp, PaymentError> {
        let (id, now_us) = (self.clock.new_id(), self.clock.now_us());
        let new = NewTopUp {
            id: &id,
            user_id: &topup.user_id,
            storefront: &topup.storefront,
            provider: &topup.provider,
            currency: &topup.currency,
            key: None,
            amount,
            bonus_ppm: topup.bonus_ppm,
            provider_ref: None,
            told: &topup.told,
            country: topup.country.as_deref(),
            created_us: now_us,
            expires_us: now_us,
            next_look_us: now_us,
        };
        topup::insert(tx, &new)?;
        let twin = topup::by_id(tx, &id)?;
        twin.ok_or_else(|| DbError::Failed("a new top-up vanished".to_owned()).into())
    }

    /// Whether one card would bring too much within a day, or too many listeners within a month.
    fn card_is_overused(&self, tx: &mut Tx, topup: &TopUp, amount: Micros) -> Result<bool, DbError> {
        let Some(card) = &topup.fingerprint else { return Ok(false) };
        let (limits, now_us) = (&self.settings.limits, self.clock.now_us());
        let row = tx.row(
            "SELECT CAST(COALESCE(SUM(received_micros), 0) AS BIGINT) FROM topups
             WHERE fingerprint = $1 AND state = 'posted' AND posted_us > $2",
            params![card, now_us - DAY_US],
        )?;
        let today: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        let row = tx.row(
            "SELECT CAST(count(DISTINCT user_id) AS BIGINT) FROM topups
             WHERE fingerprint = $1 AND state = 'posted' AND posted_us > $2 AND user_id <> $3",
            params![card, now_us - CARD_USERS_US, &topup.user_id],
        )?;
        let others: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        Ok(today.saturating_add(amount.0) > limits.card_day.0 || others >= i64::from(limits.card_users))
    }

    /// Money that the shop does not take goes back to where it came from, by itself.
    fn turn_away(&self, tx: &mut Tx, topup: &TopUp, name: &str, amount: Micros) -> Result<(), PaymentError> {
        let clearing = topup.clearing();
        let entry = self.wallet.turn_away(tx, purse(topup, &clearing), &topup.id, amount)?;
        tx.execute(
            "UPDATE topups SET state = 'failed', failure = 'card', received_micros = $2, refunded_micros = $2, payment_ref = $3,
                 entry_id = $4, next_look_us = NULL WHERE id = $1",
            params![&topup.id, amount.0, name, &entry],
        )?;
        let parts = RefundParts { taken: amount, paid: amount, from_promotional: Micros::ZERO, kept: Micros::ZERO };
        self.insert_refund(tx, topup, (&self.clock.new_id(), &entry), (parts, AskedBy::Shop, None))?;
        self.note(tx, NoticeKind::CardRefused, topup, (amount, name))?;
        Ok(())
    }

    /// The provider says how much of a payment went back in all; what we did not ask for is taken from what is left.
    fn given_back(&self, tx: &mut Tx, topup: &TopUp, total: Micros) -> Result<(), PaymentError> {
        let row = tx.row(
            "SELECT CAST(COALESCE(SUM(paid_micros), 0) AS BIGINT) FROM topup_refunds WHERE topup_id = $1 AND state <> 'failed'",
            params![&topup.id],
        )?;
        let ours: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        let total = total.0.min(topup.received_micros);
        let amount = Micros(total - ours - topup.elsewhere_micros);
        if amount <= Micros::ZERO || topup.state != State::Posted {
            return Ok(());
        }
        let standing = self.wallet.standing(tx, &topup.user_id)?;
        let left = left_of(tx, topup, standing.purchased)?.min(amount);
        let clearing = topup.clearing();
        let corrects = (topup.id.as_str(), topup.entry_id.as_deref());
        self.wallet.given_back_elsewhere(tx, purse(topup, &clearing), corrects, (amount, left))?;
        tx.execute(
            "UPDATE topups SET elsewhere_micros = elsewhere_micros + $2, refunded_micros = refunded_micros + $3 WHERE id = $1",
            params![&topup.id, amount.0, left.0],
        )?;
        self.note(
            tx,
            NoticeKind::GivenBackElsewhere,
            topup,
            (amount, topup.payment_ref.as_deref().unwrap_or_default()),
        )?;
        Ok(())
    }

    /// What waited for a payment that is known now.
    fn apply_waiting(&self, tx: &mut Tx, provider: &str, payment_ref: &str) -> Result<(), PaymentError> {
        let rows = tx.rows(
            "SELECT event_id, said FROM topup_events WHERE provider = $1 AND payment_ref = $2 AND state = 'waiting'
             ORDER BY at_us, event_id",
            params![provider, payment_ref],
        )?;
        for row in rows {
            let (id, said): (String, String) = (row.get(0)?, row.get(1)?);
            let event: Option<Event> = serde_json::from_str(&said)
                .map_err(|e| DbError::Failed(format!("message {id} cannot be read: {e}")))?;
            let taken = event.map_or(Ok(TakenIn::Ignored), |event| self.apply(tx, provider, &event, None))?;
            tx.execute(
                "UPDATE topup_events SET state = $3, said = NULL WHERE provider = $1 AND event_id = $2",
                params![provider, id, taken.as_str()],
            )?;
        }
        Ok(())
    }
}

fn about(event: &Event) -> &Subject {
    static NOTHING: Subject = Subject { topup_id: None, provider_ref: None, payment_ref: None };
    match event {
        Event::Paid(payment) => &payment.of,
        Event::Failed { of, .. } | Event::Expired { of } | Event::Carded { of, .. } | Event::GivenBack { of, .. } => of,
        Event::Dispute(dispute) => &dispute.of,
        Event::Refund { .. } => &NOTHING,
    }
}

/// The top-up that a message is about: by the money first, since a top-up may have had two payments.
fn subject(tx: &mut Tx, provider: &str, of: &Subject) -> Result<Option<TopUp>, DbError> {
    if let Some(name) = &of.payment_ref
        && let Some(topup) = topup::by_payment_ref(tx, provider, name)?
    {
        return Ok(Some(topup));
    }
    if let Some(name) = &of.provider_ref
        && let Some(topup) = topup::by_provider_ref(tx, provider, name)?
    {
        return Ok(Some(topup));
    }
    let Some(id) = &of.topup_id else { return Ok(None) };
    Ok(topup::by_id(tx, id)?.filter(|topup| topup.provider == provider))
}

fn keep_card(tx: &mut Tx, id: &str, card: &Card) -> Result<(), DbError> {
    tx.execute(
        "UPDATE topups SET fingerprint = COALESCE(fingerprint, $2), card_country = COALESCE(card_country, $3) WHERE id = $1",
        params![id, &card.fingerprint, &card.country],
    )?;
    Ok(())
}
