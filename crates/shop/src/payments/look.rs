//! Looking for oneself: a payment whose message got lost is found by asking, what nobody paid in time ends, refunds go out.

use futures_util::future::join_all;

use super::provider::{Event, Received, Seen};
use super::start::micros;
use super::topup::{self, State, TopUp};
use super::{PaymentError, Payments, transfer};
use crate::db::{DbError, Tx};
use crate::params;

/// Payments that are looked at in one round.
const AT_ONCE: i64 = 20;
/// The longest wait between two looks at one payment.
const MAX_WAIT_US: i64 = 3_600_000_000;
/// How long after its end a payment is still looked at: a provider may tell of it for days.
const LOOK_AFTER_US: i64 = 3 * 86_400_000_000;
/// Looks that people cause by opening a page are at least so far apart.
const BETWEEN_LOOKS_US: i64 = 2_000_000;

impl Payments {
    /// One round: looks at payments that are due, ends what is over, sends refunds. Returns how much there was to do.
    pub async fn tick(&self) -> Result<u64, PaymentError> {
        let (payments, now_us) = (self.clone(), self.clock.now_us());
        let due = self.db.write(move |tx| payments.claim(tx, now_us)).await?;
        // Side by side: one that gets no answer for long keeps nobody waiting.
        for looked in join_all(due.iter().map(|topup| self.look(topup))).await {
            looked?;
        }
        Ok(due.len() as u64 + self.send_refunds().await?)
    }

    /// Looks at a pending payment, unless somebody did a moment ago.
    pub(super) async fn look_now(&self, topup: &TopUp) -> Result<(), PaymentError> {
        let (id, now_us, every_us) = (topup.id.clone(), self.clock.now_us(), micros(self.settings.look_up_s));
        let claimed = self
            .db
            .write::<_, DbError>(move |tx| {
                let next_us = now_us + every_us.max(BETWEEN_LOOKS_US);
                tx.execute(
                    "UPDATE topups SET next_look_us = CASE WHEN expires_us < $2 THEN expires_us ELSE $2 END, looks = looks + 1
                     WHERE id = $1 AND state = 'pending' AND next_look_us IS NOT NULL
                         AND (looks = 0 OR next_look_us - $3 < $4)",
                    params![&id, next_us, every_us.max(BETWEEN_LOOKS_US) - BETWEEN_LOOKS_US, now_us],
                )
            })
            .await?;
        if claimed > 0 {
            self.look(topup).await?;
        }
        Ok(())
    }

    async fn look(&self, topup: &TopUp) -> Result<(), PaymentError> {
        let is_over = topup.expires_us <= self.clock.now_us();
        let provider = self.provider(&topup.provider);
        if let (Some(provider), Some(name)) = (&provider, &topup.provider_ref) {
            match provider.look_up(name).await {
                Ok(Seen::Pending) => {}
                Ok(seen) => return self.seen(topup, seen).await,
                Err(e) => tracing::warn!(topup = topup.id, error = %e, "a payment cannot be looked at"),
            }
        }
        if !is_over || topup.state != State::Pending {
            return Ok(());
        }
        if let (Some(provider), Some(name)) = (&provider, &topup.provider_ref)
            && let Err(e) = provider.cancel(name).await
        {
            // It may have been paid this instant: then its message, or the next look, posts it.
            tracing::warn!(topup = topup.id, error = %e, "a payment that is over could not be closed");
        }
        let id = topup.id.clone();
        self.db.write(move |tx| topup::end(tx, &id, State::Expired, None)).await?;
        Ok(())
    }

    async fn seen(&self, topup: &TopUp, seen: Seen) -> Result<(), PaymentError> {
        let id = topup.id.clone();
        match seen {
            Seen::Paid(payment) => {
                let card = match self.card_behind(&topup.provider, &payment).await {
                    // The next look asks again.
                    Err(PaymentError::Later(_)) => return Ok(()),
                    known => known?,
                };
                // The look has a name of its own; the money's name keeps it from being posted twice.
                let event_id = format!("look-{}-{}", topup.id, payment.of.payment_ref.as_deref().unwrap_or_default());
                let received = Received { event_id, kind: "look".to_owned(), event: Some(Event::Paid(payment)) };
                self.take_in(&topup.provider, received, card).await?;
            }
            Seen::Failed(why) => {
                self.db.write(move |tx| topup::end(tx, &id, State::Failed, Some(&why))).await?;
            }
            Seen::Expired => {
                self.db.write(move |tx| topup::end(tx, &id, State::Expired, None)).await?;
            }
            Seen::Pending => {}
        }
        Ok(())
    }

    /// Takes up what is due and sets the time of its next look, so that no two nodes look at once.
    fn claim(&self, tx: &mut Tx, now_us: i64) -> Result<Vec<TopUp>, DbError> {
        let sql = format!(
            "SELECT id, looks FROM topups WHERE next_look_us <= $1 ORDER BY next_look_us LIMIT $2{}",
            tx.for_update_skip_locked()
        );
        let mut due = Vec::new();
        for row in tx.rows(&sql, params![now_us, AT_ONCE])? {
            let (id, looks): (String, i64) = (row.get(0)?, row.get(1)?);
            let Some(topup) = topup::by_id(tx, &id)? else { continue };
            tx.execute(
                "UPDATE topups SET looks = looks + 1, next_look_us = $2 WHERE id = $1",
                params![&id, self.next_look(&topup, looks, now_us)],
            )?;
            due.push(topup);
        }
        Ok(due)
    }

    /// When to look again: ever more rarely, at the end, and for some days after it; a transfer only at its end.
    fn next_look(&self, topup: &TopUp, looks: i64, now_us: i64) -> Option<i64> {
        if topup.provider == transfer::NAME || topup.state == State::Failed {
            return None;
        }
        let wait_us = micros(self.settings.look_up_s).max(1).saturating_mul(1 << looks.clamp(0, 12)).min(MAX_WAIT_US);
        let next_us = now_us.saturating_add(wait_us);
        if topup.expires_us > now_us {
            return Some(next_us.min(topup.expires_us));
        }
        (next_us < topup.expires_us.saturating_add(LOOK_AFTER_US)).then_some(next_us)
    }
}
