//! Disputes: what is left of the top-up is frozen, a lost one takes it, and what was spent is owed. Stages only go upwards, so
//! messages may come twice, late, or the wrong way round.

use money::Micros;

use super::provider::{Dispute, Stage};
use super::topup::{TopUp, left_of};
use super::{NoticeKind, PaymentError, Payments, purse};
use crate::db::{DbError, Row, Tx};
use crate::page::Page;
use crate::params;
use crate::wallet::topups::DisputeMove;

/// A dispute so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SoFar {
    /// How far it is; `None` before its first message.
    pub stage: Option<Stage>,
    /// What the provider has taken back until it is decided.
    pub withdrawn: Micros,
    /// What of the balance is frozen or was taken.
    pub frozen: Micros,
}

/// What the next stage moves, and where the dispute is then. `None` when the message is old news. Pure.
pub(super) fn step(so_far: SoFar, stage: Stage, amount: Micros, left: Micros) -> Option<(DisputeMove, SoFar)> {
    let is_news = so_far.stage.is_none_or(|before| !before.is_over() && stage > before);
    if !is_news || amount < Micros::ZERO {
        return None;
    }
    let unfrozen = Micros((amount.0 - so_far.frozen.0).max(0));
    let more = left.max(Micros::ZERO).min(unfrozen);
    let after = SoFar { stage: Some(stage), ..so_far };
    Some(match stage {
        Stage::Inquiry => (
            DisputeMove { frozen: more, ..DisputeMove::default() },
            SoFar { frozen: so_far.frozen.plus(more)?, ..after },
        ),
        Stage::Open => (
            DisputeMove { withdrawn: amount, frozen: more, ..DisputeMove::default() },
            SoFar { withdrawn: amount, frozen: so_far.frozen.plus(more)?, ..after },
        ),
        Stage::Won => (
            DisputeMove { returned: so_far.withdrawn, thawed: so_far.frozen, ..DisputeMove::default() },
            SoFar { withdrawn: Micros::ZERO, frozen: Micros::ZERO, ..after },
        ),
        Stage::Lost => {
            let owed = Micros((unfrozen.0 - more.0).max(0));
            let moves = DisputeMove {
                // Lost before anything was taken: the provider takes it now.
                withdrawn: Micros(amount.0 - so_far.withdrawn.0),
                lost: amount,
                from_frozen: so_far.frozen,
                from_free: more,
                owed,
                ..DisputeMove::default()
            };
            (moves, SoFar { withdrawn: Micros::ZERO, frozen: so_far.frozen.plus(more)?, ..after })
        }
    })
}

/// A dispute as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DisputeRow {
    /// The provider's name for it.
    pub id: String,
    pub provider: String,
    pub topup_id: String,
    pub user_id: String,
    pub currency: String,
    pub stage: Stage,
    pub amount_micros: i64,
    /// What of the balance is frozen; once it is lost, what was taken of it.
    pub frozen_micros: i64,
    /// What the listener owed when it was lost.
    pub owed_micros: i64,
    /// The provider's word for it.
    pub reason: String,
    pub created_us: i64,
    pub changed_us: i64,
}

fn of_row(row: &Row) -> Result<DisputeRow, DbError> {
    let stage: String = row.get(5)?;
    Ok(DisputeRow {
        id: row.get(0)?,
        provider: row.get(1)?,
        topup_id: row.get(2)?,
        user_id: row.get(3)?,
        currency: row.get(4)?,
        stage: Stage::of_name(&stage).ok_or_else(|| DbError::Failed(format!("a dispute is {stage}")))?,
        amount_micros: row.get(6)?,
        frozen_micros: row.get(7)?,
        owed_micros: row.get(8)?,
        reason: row.get(9)?,
        created_us: row.get(10)?,
        changed_us: row.get(11)?,
    })
}

impl Payments {
    /// All disputes, newest first.
    pub async fn disputes(&self, after: Option<String>, limit: u32) -> Result<Page<DisputeRow>, DbError> {
        let limit = crate::page::limit(Some(limit));
        let place = after.as_deref().and_then(|after| after.split_once('-'));
        let place = place.and_then(|(at_us, id)| Some((at_us.parse::<i64>().ok()?, id.to_owned())));
        let (at_us, id) = place.unwrap_or((i64::MAX, String::new()));
        self.db
            .read(move |tx| {
                let rows = tx.rows(
                    "SELECT d.id, d.provider, d.topup_id, t.user_id, t.currency, d.stage, d.amount_micros, d.frozen_micros,
                         d.owed_micros, d.reason, d.created_us, d.changed_us
                     FROM topup_disputes d JOIN topups t ON t.id = d.topup_id
                     WHERE d.created_us < $1 OR (d.created_us = $1 AND d.id < $2)
                     ORDER BY d.created_us DESC, d.id DESC LIMIT $3",
                    params![at_us, &id, i64::from(limit) + 1],
                )?;
                let items = rows.iter().map(of_row).collect::<Result<Vec<_>, DbError>>()?;
                Ok(Page::cut(items, limit, |row| format!("{}-{}", row.created_us, row.id)))
            })
            .await
    }

    /// Takes in what a provider says of a dispute about a posted top-up, whose row is locked.
    pub(super) fn dispute(&self, tx: &mut Tx, topup: &TopUp, said: &Dispute) -> Result<(), PaymentError> {
        let row = tx.row(
            "SELECT stage, amount_micros, withdrawn_micros, frozen_micros FROM topup_disputes WHERE provider = $1 AND id = $2",
            params![&topup.provider, &said.id],
        )?;
        let mut amount = Micros(said.amount_micros.min(topup.received_micros));
        let mut so_far = SoFar { stage: None, withdrawn: Micros::ZERO, frozen: Micros::ZERO };
        if let Some(row) = &row {
            // What it is about does not change on the way.
            amount = Micros(row.get(1)?);
            let stage: String = row.get(0)?;
            so_far =
                SoFar { stage: Stage::of_name(&stage), withdrawn: Micros(row.get(2)?), frozen: Micros(row.get(3)?) };
        }
        let standing = self.wallet.standing(tx, &topup.user_id)?;
        let left = left_of(tx, topup, standing.purchased)?;
        let Some((moves, after)) = step(so_far, said.stage, amount, left) else { return Ok(()) };
        let clearing = topup.clearing();
        self.wallet.dispute(tx, purse(topup, &clearing), (&said.id, topup.entry_id.as_deref()), &moves)?;
        self.keep_dispute(tx, topup, said, (amount, after, moves.owed))?;
        tx.execute(
            "UPDATE topups SET disputed_micros = disputed_micros + $2 WHERE id = $1",
            params![&topup.id, after.frozen.0 - so_far.frozen.0],
        )?;
        let kind = match said.stage {
            Stage::Inquiry => NoticeKind::Inquiry,
            Stage::Open => NoticeKind::DisputeOpen,
            Stage::Won => NoticeKind::DisputeWon,
            Stage::Lost => NoticeKind::DisputeLost,
        };
        self.note(tx, kind, topup, (amount, &format!("{} ({})", said.id, said.reason)))?;
        Ok(())
    }

    fn keep_dispute(
        &self,
        tx: &mut Tx,
        topup: &TopUp,
        said: &Dispute,
        (amount, after, owed): (Micros, SoFar, Micros),
    ) -> Result<(), DbError> {
        let now_us = self.clock.now_us();
        tx.execute(
            "INSERT INTO topup_disputes (provider, id, topup_id, stage, amount_micros, withdrawn_micros, frozen_micros, owed_micros,
                 reason, created_us, changed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
             ON CONFLICT (provider, id) DO UPDATE SET stage = excluded.stage, withdrawn_micros = excluded.withdrawn_micros,
                 frozen_micros = excluded.frozen_micros, owed_micros = excluded.owed_micros, changed_us = excluded.changed_us",
            params![
                &topup.provider,
                &said.id,
                &topup.id,
                said.stage.as_str(),
                amount.0,
                after.withdrawn.0,
                after.frozen.0,
                owed.0,
                said.reason.chars().take(100).collect::<String>(),
                now_us
            ],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: SoFar = SoFar { stage: None, withdrawn: Micros(0), frozen: Micros(0) };

    fn at(stage: Stage, withdrawn: i64, frozen: i64) -> SoFar {
        SoFar { stage: Some(stage), withdrawn: Micros(withdrawn), frozen: Micros(frozen) }
    }

    #[test]
    fn what_is_left_is_frozen_and_what_was_spent_is_owed_once_it_is_lost() {
        // 10 were paid, 4 are left.
        let (opened, after) = step(NEW, Stage::Open, Micros(10), Micros(4)).unwrap();
        assert_eq!((opened.withdrawn, opened.frozen, opened.owed), (Micros(10), Micros(4), Micros(0)));
        assert_eq!(after, at(Stage::Open, 10, 4));
        let (lost, _) = step(after, Stage::Lost, Micros(10), Micros(0)).unwrap();
        assert_eq!(
            (lost.withdrawn, lost.lost, lost.from_frozen, lost.owed),
            (Micros(0), Micros(10), Micros(4), Micros(6))
        );
        let (won, after) = step(after, Stage::Won, Micros(10), Micros(0)).unwrap();
        assert_eq!((won.returned, won.thawed), (Micros(10), Micros(4)));
        assert_eq!(after, at(Stage::Won, 0, 0));
    }

    #[test]
    fn messages_out_of_order_change_nothing_twice() {
        for (so_far, stage) in [
            (at(Stage::Open, 10, 4), Stage::Open),
            (at(Stage::Open, 10, 4), Stage::Inquiry),
            (at(Stage::Lost, 0, 4), Stage::Open),
            (at(Stage::Lost, 0, 4), Stage::Won),
            (at(Stage::Won, 0, 0), Stage::Lost),
            (at(Stage::Won, 0, 0), Stage::Open),
        ] {
            assert_eq!(step(so_far, stage, Micros(10), Micros(4)), None, "{so_far:?} {stage:?}");
        }
        // Closed before created: all at once.
        let (lost, _) = step(NEW, Stage::Lost, Micros(10), Micros(4)).unwrap();
        assert_eq!(
            (lost.withdrawn, lost.lost, lost.from_free, lost.owed),
            (Micros(10), Micros(10), Micros(4), Micros(6))
        );
        let (won, _) = step(NEW, Stage::Won, Micros(10), Micros(4)).unwrap();
        assert_eq!(won, DisputeMove::default());
    }

    #[test]
    fn whatever_the_order_every_step_sums_to_zero_and_takes_no_more_than_is_left() {
        const AMOUNT: i64 = 10;
        const LEFTS: [i64; 3] = [0, 4, 15];
        // Every order of five messages, with any amount left at each.
        for n in 0..(Stage::ALL.len() * LEFTS.len()).pow(5) {
            let (mut so_far, mut frozen, mut disputes, mut rest) = (NEW, 0, 0, n);
            for _ in 0..5 {
                let (stage, left) = (Stage::ALL[rest % 4], LEFTS[rest / 4 % 3]);
                rest /= 12;
                let Some((m, after)) = step(so_far, stage, Micros(AMOUNT), Micros(left)) else { continue };
                let (clearing, balance) = (m.withdrawn.0 - m.returned.0, m.thawed.0 - m.frozen.0 - m.from_free.0);
                let (dispute, cold) =
                    (m.returned.0 + m.lost.0 - m.withdrawn.0, m.frozen.0 - m.thawed.0 - m.from_frozen.0);
                assert_eq!(clearing + dispute + cold + balance - m.owed.0, 0, "{so_far:?} {stage:?} {left}");
                assert!(m.frozen.0 + m.from_free.0 <= left && m.owed.0 >= 0);
                (frozen, disputes, so_far) = (frozen + cold, disputes + dispute, after);
                assert!(frozen >= 0 && disputes <= 0);
            }
            if so_far.stage.is_some_and(Stage::is_over) {
                assert_eq!((frozen, disputes), (0, 0), "{n}");
            }
        }
    }
}
