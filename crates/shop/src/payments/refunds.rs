//! Money that goes back to its payer: unspent purchased credit on request, and money that the shop did not take. Out of the
//! balance first, then to the provider as often as it takes, and back on the balance when that comes to nothing.

use money::Micros;
use money::lots::{self, RefundParts};

use super::provider::{ProviderError, RefundOrder, RefundSeen};
use super::rules::VOUCHER;
use super::topup::{self, State, TopUp, left_of};
use super::{MAX_KEY_CHARS, NoticeKind, PaymentError, Payments, purse, unit};
use crate::db::{DbError, Row, Tx, Value};
use crate::page::Page;
use crate::params;
use crate::told::{self, ToldKind};

/// The wait before a refund is tried or looked at again, doubled each time.
const FIRST_WAIT_US: i64 = 10_000_000;
/// The longest such wait.
const MAX_WAIT_US: i64 = 3_600_000_000;
/// Refunds that are sent in one round.
const AT_ONCE: i64 = 20;
/// Characters kept of why one failed.
pub const MAX_FAILURE_CHARS: usize = 300;

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// The provider has not taken it up yet.
    Pending,
    /// An operator has to send the money.
    ByHand,
    /// The provider has taken it up.
    Sent,
    /// The money has left.
    Done,
    /// It came to nothing; the credit is back.
    Failed,
}

impl RefundState {
    /// All states.
    pub const ALL: [RefundState; 5] =
        [RefundState::Pending, RefundState::ByHand, RefundState::Sent, RefundState::Done, RefundState::Failed];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            RefundState::Pending => "pending",
            RefundState::ByHand => "by_hand",
            RefundState::Sent => "sent",
            RefundState::Done => "done",
            RefundState::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn of_name(name: &str) -> Option<RefundState> {
        RefundState::ALL.into_iter().find(|state| state.as_str() == name)
    }

    fn is_over(self) -> bool {
        matches!(self, RefundState::Done | RefundState::Failed)
    }
}

/// Who asked for a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AskedBy {
    Listener,
    Operator,
    /// The shop itself: money that it did not take.
    Shop,
}

impl AskedBy {
    fn as_str(self) -> &'static str {
        match self {
            AskedBy::Listener => "listener",
            AskedBy::Operator => "operator",
            AskedBy::Shop => "shop",
        }
    }
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Refund {
    pub id: String,
    pub topup_id: String,
    pub user_id: String,
    pub provider: String,
    pub currency: String,
    /// What left the purchased credit.
    pub taken_micros: i64,
    /// What goes to the payer.
    pub paid_micros: i64,
    /// What promotional credit went with it.
    pub promotional_micros: i64,
    /// What the shop keeps for a bonus that was spent.
    pub kept_micros: i64,
    pub state: RefundState,
    pub failure: Option<String>,
    /// The provider's or the operator's name for it.
    pub provider_ref: Option<String>,
    /// `listener`, `operator` or `shop`.
    pub asked_by: String,
    pub created_us: i64,
    pub ended_us: Option<i64>,
    entry_id: String,
    tries: i64,
}

const COLUMNS: &str =
    "r.id, r.topup_id, r.user_id, t.provider, t.currency, r.taken_micros, r.paid_micros, r.promotional_micros,
    r.kept_micros, r.state, r.failure, r.provider_ref, r.asked_by, r.created_us, r.ended_us, r.entry_id, r.tries";
const FROM: &str = "FROM topup_refunds r JOIN topups t ON t.id = r.topup_id";

fn of_row(row: &Row) -> Result<Refund, DbError> {
    let state: String = row.get(9)?;
    Ok(Refund {
        id: row.get(0)?,
        topup_id: row.get(1)?,
        user_id: row.get(2)?,
        provider: row.get(3)?,
        currency: row.get(4)?,
        taken_micros: row.get(5)?,
        paid_micros: row.get(6)?,
        promotional_micros: row.get(7)?,
        kept_micros: row.get(8)?,
        state: RefundState::of_name(&state).ok_or_else(|| DbError::Failed(format!("a refund is {state}")))?,
        failure: row.get(10)?,
        provider_ref: row.get(11)?,
        asked_by: row.get(12)?,
        created_us: row.get(13)?,
        ended_us: row.get(14)?,
        entry_id: row.get(15)?,
        tries: row.get(16)?,
    })
}

impl Refund {
    fn parts(&self) -> RefundParts {
        RefundParts {
            taken: Micros(self.taken_micros),
            paid: Micros(self.paid_micros),
            from_promotional: Micros(self.promotional_micros),
            kept: Micros(self.kept_micros),
        }
    }
}

impl Payments {
    /// Gives unspent purchased credit of a top-up back to its payer: `amount`, or all that is left of it. Once under its key.
    pub async fn refund(
        &self,
        user_id: &str,
        topup_id: &str,
        (amount, by): (Option<Micros>, AskedBy),
        key: &str,
    ) -> Result<(Refund, bool), PaymentError> {
        if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
            return Err(PaymentError::KeyTooLong);
        }
        let (payments, user, id, key) = (self.clone(), user_id.to_owned(), topup_id.to_owned(), key.to_owned());
        self.db.write(move |tx| payments.begin_refund(tx, (&user, &id), (amount, by), &key)).await
    }

    /// The same for an operator, who need not know whose top-up it is.
    pub async fn refund_of(
        &self,
        topup_id: &str,
        asked: (Option<Micros>, AskedBy),
        key: &str,
    ) -> Result<(Refund, bool), PaymentError> {
        let topup = self.find(topup_id).await?.ok_or(PaymentError::Unknown)?;
        // A key of an operator is never one of the listener's own.
        self.refund(&topup.user_id, topup_id, asked, &format!("operator:{key}")).await
    }

    fn begin_refund(
        &self,
        tx: &mut Tx,
        (user_id, topup_id): (&str, &str),
        (amount, by): (Option<Micros>, AskedBy),
        key: &str,
    ) -> Result<(Refund, bool), PaymentError> {
        let topup = topup::locked(tx, topup_id)?.filter(|topup| topup.user_id == user_id);
        let topup = topup.ok_or(PaymentError::Unknown)?;
        let stood = one(tx, "r.user_id = $1 AND r.idempotency_key = $2", params![user_id, key])?;
        amount.map_or(Ok(()), super::in_whole_units)?;
        if let Some(refund) = stood {
            // What is asked for comes in whole units, and less than one of them may have stayed on the balance.
            let is_it = |amount: Micros| (0..unit()).contains(&amount.0.saturating_sub(refund.taken_micros));
            let same = refund.topup_id == topup.id && amount.is_none_or(is_it);
            return if same { Ok((refund, true)) } else { Err(PaymentError::KeyReused) };
        }
        let standing = self.wallet.standing(tx, user_id)?;
        let left = left_of(tx, &topup, standing.purchased)?;
        let amount = amount.unwrap_or(left);
        if amount <= Micros::ZERO || amount > left {
            return Err(PaymentError::NothingLeft { left });
        }
        let parts = parts_of(&topup, amount, standing.promotional).ok_or(PaymentError::NothingLeft { left })?;
        let refund_id = self.clock.new_id();
        let clearing = topup.clearing();
        let entry =
            self.wallet.begin_refund(tx, purse(&topup, &clearing), (&refund_id, topup.entry_id.as_deref()), parts)?;
        self.insert_refund(tx, &topup, (&refund_id, &entry), (parts, by, Some(key)))?;
        tx.execute(
            "UPDATE topups SET refunded_micros = refunded_micros + $2 WHERE id = $1",
            params![&topup.id, parts.taken.0],
        )?;
        let refund = by_id(tx, &refund_id)?.ok_or_else(|| DbError::Failed("a new refund vanished".to_owned()))?;
        Ok((refund, false))
    }

    /// Writes a refund whose first entry is booked; it is sent as soon as somebody looks.
    pub(super) fn insert_refund(
        &self,
        tx: &mut Tx,
        topup: &TopUp,
        (id, entry): (&str, &str),
        (parts, by, key): (RefundParts, AskedBy, Option<&str>),
    ) -> Result<(), DbError> {
        let now_us = self.clock.now_us();
        let values: [Value; 11] = [
            id.into(),
            topup.id.as_str().into(),
            topup.user_id.as_str().into(),
            key.into(),
            by.as_str().into(),
            parts.taken.0.into(),
            parts.paid.0.into(),
            parts.from_promotional.0.into(),
            parts.kept.0.into(),
            entry.into(),
            now_us.into(),
        ];
        tx.execute(
            "INSERT INTO topup_refunds (id, topup_id, user_id, idempotency_key, asked_by, taken_micros, paid_micros,
                 promotional_micros, kept_micros, state, entry_id, created_us, tries, next_try_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, 0, $11)",
            &values,
        )?;
        Ok(())
    }

    /// Sends what waits to be sent and looks at what was sent. Returns how many were taken up.
    pub(super) async fn send_refunds(&self) -> Result<u64, PaymentError> {
        let now_us = self.clock.now_us();
        let due = self.db.write(move |tx| claim(tx, now_us)).await?;
        for refund in &due {
            let seen = self.try_refund(refund).await;
            let (payments, id) = (self.clone(), refund.id.clone());
            match seen {
                Ok(seen) => self.db.write(move |tx| payments.refund_seen(tx, &id, &seen).map(drop)).await?,
                Err(ProviderError::Refused(why)) => {
                    let seen = RefundSeen::Failed(why);
                    self.db.write(move |tx| payments.refund_seen(tx, &id, &seen).map(drop)).await?;
                }
                Err(ProviderError::Later(why)) => tracing::warn!(refund = id, why, "a refund will be tried again"),
            }
        }
        Ok(due.len() as u64)
    }

    async fn try_refund(&self, refund: &Refund) -> Result<RefundSeen, ProviderError> {
        if refund.provider == VOUCHER {
            return Ok(RefundSeen::ByHand);
        }
        let later = |what: &str| ProviderError::Later(what.to_owned());
        let provider = self.provider(&refund.provider).ok_or_else(|| later("the provider is not set up any more"))?;
        if let (RefundState::Sent, Some(name)) = (refund.state, &refund.provider_ref) {
            return provider.look_up_refund(name).await;
        }
        let topup = self.find(&refund.topup_id).await.map_err(|e| ProviderError::Later(e.to_string()))?;
        let payment_ref = topup.and_then(|topup| topup.payment_ref);
        let order = RefundOrder {
            refund_id: refund.id.clone(),
            payment_ref: payment_ref.ok_or_else(|| later("the payment has no name"))?,
            amount: Micros(refund.paid_micros),
            currency: refund.currency.parse().map_err(|_| later("the currency is none"))?,
        };
        provider.refund(&order).await
    }

    /// What a provider or an operator says of a refund. Says whether there is one.
    pub(super) fn refund_seen(&self, tx: &mut Tx, id: &str, seen: &RefundSeen) -> Result<bool, PaymentError> {
        let Some(refund) = locked(tx, id)? else { return Ok(false) };
        let topup = topup::locked(tx, &refund.topup_id)?.ok_or(PaymentError::Unknown)?;
        let clearing = topup.clearing();
        let purse = purse(&topup, &clearing);
        match seen {
            RefundSeen::ByHand if refund.state == RefundState::Pending => {
                set(tx, &refund, (RefundState::ByHand, None, None), None)?;
                self.note(tx, NoticeKind::RefundByHand, &topup, (Micros(refund.paid_micros), &refund.id))?;
            }
            RefundSeen::Sent(name) if refund.state == RefundState::Pending => {
                set(tx, &refund, (RefundState::Sent, Some(name), None), None)?;
            }
            RefundSeen::Done(name) if !refund.state.is_over() => {
                self.wallet.end_refund(tx, purse, &refund.id, Micros(refund.paid_micros))?;
                set(tx, &refund, (RefundState::Done, Some(name), None), Some(self.clock.now_us()))?;
                let (of, paid) = ((&*refund.user_id, ToldKind::RefundSent), Micros(refund.paid_micros));
                told::note(tx, &self.clock, of, paid, (&topup.id, ""))?;
            }
            RefundSeen::Failed(why) if refund.state != RefundState::Failed => {
                self.refund_failed(tx, &refund, &topup, why)?;
            }
            _ => {}
        }
        Ok(true)
    }

    /// The money came back, perhaps after it had left: the credit is the listener's again.
    fn refund_failed(&self, tx: &mut Tx, refund: &Refund, topup: &TopUp, why: &str) -> Result<(), PaymentError> {
        let clearing = topup.clearing();
        let purse = purse(topup, &clearing);
        if refund.state == RefundState::Done {
            self.wallet.end_refund(tx, purse, &refund.id, Micros(-refund.paid_micros))?;
        }
        let why: String = why.chars().take(MAX_FAILURE_CHARS).collect();
        self.note(tx, NoticeKind::RefundFailed, topup, (Micros(refund.paid_micros), &why))?;
        if topup.state == State::Posted {
            self.wallet.void_refund(tx, purse, (&refund.id, &refund.entry_id), refund.parts())?;
            let of = (&*refund.user_id, ToldKind::RefundFailed);
            told::note(tx, &self.clock, of, Micros(refund.taken_micros), (&topup.id, &why))?;
            tx.execute(
                "UPDATE topups SET refunded_micros = refunded_micros - $2 WHERE id = $1",
                params![&topup.id, refund.taken_micros],
            )?;
        }
        // Money that the shop did not take stays on its way back: an operator has to find another.
        let state = if topup.state == State::Posted { RefundState::Failed } else { RefundState::ByHand };
        set(tx, refund, (state, None, Some(&why)), state.is_over().then(|| self.clock.now_us()))?;
        Ok(())
    }

    /// An operator has sent the money of a refund that waits for a person; `name` is his bank's name for it.
    pub async fn refund_sent_by_hand(&self, id: &str, name: &str) -> Result<Refund, PaymentError> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_KEY_CHARS {
            return Err(PaymentError::NameMissing);
        }
        self.by_hand(id, RefundSeen::Done(name)).await
    }

    /// An operator could not send the money: the credit is back.
    pub async fn refund_not_sent(&self, id: &str, why: &str) -> Result<Refund, PaymentError> {
        let why = why.trim();
        if why.is_empty() || why.chars().count() > MAX_FAILURE_CHARS {
            return Err(PaymentError::ReasonMissing);
        }
        self.by_hand(id, RefundSeen::Failed(why.to_owned())).await
    }

    async fn by_hand(&self, id: &str, seen: RefundSeen) -> Result<Refund, PaymentError> {
        let (payments, id) = (self.clone(), id.to_owned());
        self.db
            .write(move |tx| {
                let refund = locked(tx, &id)?.ok_or(PaymentError::Unknown)?;
                let repeated = match &seen {
                    RefundSeen::Done(name) => {
                        refund.state == RefundState::Done && refund.provider_ref.as_ref() == Some(name)
                    }
                    RefundSeen::Failed(why) => {
                        refund.state == RefundState::Failed && refund.failure.as_ref() == Some(why)
                    }
                    _ => false,
                };
                if !repeated && refund.state != RefundState::ByHand {
                    return Err(PaymentError::NotByHand);
                }
                payments.refund_seen(tx, &id, &seen)?;
                by_id(tx, &id)?.ok_or(PaymentError::Unknown)
            })
            .await
    }

    /// A refund by its id.
    pub async fn find_refund(&self, id: &str) -> Result<Option<Refund>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| by_id(tx, &id)).await
    }

    /// Refunds, newest first: of one listener or of all, in one state or in any.
    pub async fn refunds(
        &self,
        user_id: Option<&str>,
        state: Option<RefundState>,
        (after, limit): (Option<String>, u32),
    ) -> Result<Page<Refund>, DbError> {
        let (user, state) = (user_id.unwrap_or_default().to_owned(), state.map_or("", RefundState::as_str));
        let limit = crate::page::limit(Some(limit));
        self.db
            .read(move |tx| {
                let after = crate::page::before_id(after.as_deref())?;
                let sql = format!(
                    "SELECT {COLUMNS} {FROM} WHERE r.id < $1 AND ($2 = '' OR r.user_id = $2) AND ($3 = '' OR r.state = $3)
                     ORDER BY r.id DESC LIMIT $4"
                );
                let rows = tx.rows(&sql, params![after, &user, state, i64::from(limit) + 1])?;
                let items = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
                Ok(Page::cut(items, limit, |refund| refund.id.clone()))
            })
            .await
    }
}

/// What of a listener's purchased credit can still go back to its payers. The rest is less than a bank moves, or it did not come
/// with a top-up of his own.
pub(crate) fn refundable(tx: &mut Tx, user_id: &str) -> Result<Micros, DbError> {
    let balance = crate::wallet::balance(tx, user_id)?;
    let lots = topup::lots(tx, user_id, Micros(balance.purchased_micros))?;
    let promotional = Micros(balance.promotional_micros);
    let parts = lots.iter().filter_map(|(topup, left)| parts_of(topup, *left, promotional));
    Ok(Micros(parts.map(|parts| parts.taken.0).sum()))
}

/// How so much of a top-up goes back when so much promotional credit is left; none if that comes to nothing.
fn parts_of(topup: &TopUp, amount: Micros, promotional: Micros) -> Option<RefundParts> {
    let unit = unit();
    let (bonus, credited) = (Micros(topup.bonus_micros), Micros(topup.received_micros - topup.settled_micros));
    // What is spent has six decimals, what a bank moves has fewer: the rest of a cent stays on the balance.
    let amount = Micros(amount.0 - amount.0 % unit);
    let parts = lots::refund(amount, credited, bonus, promotional).map(|parts| whole_units(parts, unit));
    parts.filter(|parts| parts.paid > Micros::ZERO)
}

/// What is paid comes in whole units of the currency; the fraction that a spent bonus leaves stays on the balance.
fn whole_units(parts: RefundParts, unit: i64) -> RefundParts {
    let fraction = parts.paid.0 % unit;
    RefundParts { taken: Micros(parts.taken.0 - fraction), paid: Micros(parts.paid.0 - fraction), ..parts }
}

fn one(tx: &mut Tx, condition: &str, params: &[Value]) -> Result<Option<Refund>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} {FROM} WHERE {condition}"), params)?;
    row.map(|row| of_row(&row)).transpose()
}

fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Refund>, DbError> {
    one(tx, "r.id = $1", params![id])
}

/// Locks the top-up before its refund, as everything does that changes both.
fn locked(tx: &mut Tx, id: &str) -> Result<Option<Refund>, DbError> {
    let Some(refund) = by_id(tx, id)? else { return Ok(None) };
    topup::locked(tx, &refund.topup_id)?;
    by_id(tx, id)
}

fn set(
    tx: &mut Tx,
    refund: &Refund,
    (state, name, failure): (RefundState, Option<&str>, Option<&str>),
    ended_us: Option<i64>,
) -> Result<(), DbError> {
    let looked_at = matches!(state, RefundState::Pending | RefundState::Sent);
    tx.execute(
        "UPDATE topup_refunds SET state = $2, provider_ref = COALESCE($3, provider_ref), failure = $4, ended_us = $5,
             next_try_us = CASE WHEN $6 = 1 THEN next_try_us ELSE NULL END WHERE id = $1",
        params![&refund.id, state.as_str(), name, failure, ended_us, looked_at],
    )?;
    Ok(())
}

/// Takes up what is due and sets the time of the next try, so that no two nodes send at once.
fn claim(tx: &mut Tx, now_us: i64) -> Result<Vec<Refund>, PaymentError> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE r.next_try_us <= $1 ORDER BY r.next_try_us LIMIT $2{}",
        if tx.for_update().is_empty() { "" } else { " FOR UPDATE OF r SKIP LOCKED" }
    );
    let rows = tx.rows(&sql, params![now_us, AT_ONCE])?;
    let due = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
    for refund in &due {
        let wait_us = FIRST_WAIT_US.saturating_mul(1 << refund.tries.clamp(0, 10)).min(MAX_WAIT_US);
        tx.execute(
            "UPDATE topup_refunds SET tries = tries + 1, next_try_us = $2 WHERE id = $1",
            params![&refund.id, now_us + wait_us],
        )?;
    }
    Ok(due)
}
