//! Money that comes in and goes back: the entries of top-ups, refunds to payers and disputes. What is due is the caller's to say;
//! what it moves is said here.

use money::ledger::Kind;
use money::lots::RefundParts;
use money::{Currency, Micros};

use super::ledger::Event;
use super::{Wallet, WalletError, account, free, posting};
use crate::db::{DbError, Tx};
use crate::params;

/// Whose money moves, and where it lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purse<'a> {
    pub user_id: &'a str,
    pub storefront: &'a str,
    /// The account of the provider: `<storefront>.<provider>`.
    pub clearing: &'a str,
}

/// What a listener has and owes, locked until the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Free purchased credit.
    pub purchased: Micros,
    /// Free promotional credit.
    pub promotional: Micros,
    /// What he owes; never negative.
    pub owed: Micros,
}

/// What one step of a dispute moves. All amounts are positive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DisputeMove {
    /// The provider takes the money until it is decided.
    pub withdrawn: Micros,
    /// The provider gives it back.
    pub returned: Micros,
    /// It is lost for good: whoever had it in credit answers for it.
    pub lost: Micros,
    /// Out of the free balance into the frozen one.
    pub frozen: Micros,
    /// Out of the frozen balance into the free one.
    pub thawed: Micros,
    /// Out of the frozen balance for good.
    pub from_frozen: Micros,
    /// Out of the free balance for good.
    pub from_free: Micros,
    /// What the listener owes from now on.
    pub owed: Micros,
}

impl Wallet {
    /// Locks a listener's purse and says what is in it.
    pub(crate) fn standing(&self, tx: &mut Tx, user_id: &str) -> Result<Standing, DbError> {
        // The lock of the balance covers what is owed too: everything that changes a debt takes it first.
        let free = free(tx, user_id)?;
        Ok(Standing { purchased: free.purchased, promotional: free.promotional, owed: owed(tx, user_id)? })
    }

    /// Money arrived: `settled` of it pays what the listener owes, the rest becomes balance; a bonus comes on top.
    pub(crate) fn post_top_up(
        &self,
        tx: &mut Tx,
        purse: Purse,
        topup_id: &str,
        (received, settled, bonus): (Micros, Micros, Micros),
    ) -> Result<String, WalletError> {
        let credited = received.minus(settled).filter(|rest| *rest >= Micros::ZERO).ok_or(WalletError::Amount)?;
        let moves = [
            (Kind::TopUpClearing, purse.clearing, -received.0),
            (Kind::Receivable, purse.user_id, settled.0),
            (Kind::Balance, purse.user_id, credited.0),
            (Kind::OperatorCredit, purse.storefront, -bonus.0),
            (Kind::Promotional, purse.user_id, bonus.0),
        ];
        self.book_moves(tx, "top_up", (topup_id, None), &moves)
    }

    /// Money arrived that the shop does not take: it is on its way back, and the listener never has it.
    pub(crate) fn turn_away(
        &self,
        tx: &mut Tx,
        purse: Purse,
        topup_id: &str,
        received: Micros,
    ) -> Result<String, WalletError> {
        let moves = [(Kind::TopUpClearing, purse.clearing, -received.0), (Kind::Refunds, purse.storefront, received.0)];
        self.book_moves(tx, "top_up_refused", (topup_id, None), &moves)
    }

    /// A refund sets out: out of the balance, with the bonus that came along.
    pub(crate) fn begin_refund(
        &self,
        tx: &mut Tx,
        purse: Purse,
        (refund_id, corrects): (&str, Option<&str>),
        parts: RefundParts,
    ) -> Result<String, WalletError> {
        self.book_moves(tx, "refund", (refund_id, corrects), &refund_moves(purse, parts, 1))
    }

    /// A refund came to nothing: everything is as it was before it.
    pub(crate) fn void_refund(
        &self,
        tx: &mut Tx,
        purse: Purse,
        (refund_id, corrects): (&str, &str),
        parts: RefundParts,
    ) -> Result<String, WalletError> {
        self.book_moves(tx, "refund_failed", (refund_id, Some(corrects)), &refund_moves(purse, parts, -1))
    }

    /// A refund has left the provider's account.
    pub(crate) fn end_refund(
        &self,
        tx: &mut Tx,
        purse: Purse,
        refund_id: &str,
        paid: Micros,
    ) -> Result<String, WalletError> {
        let moves = [(Kind::Refunds, purse.storefront, -paid.0), (Kind::TopUpClearing, purse.clearing, paid.0)];
        self.book_moves(tx, "refund_paid", (refund_id, None), &moves)
    }

    /// The provider gave money back that nobody asked for here: `left` of it was still there, the rest is the shop's loss.
    pub(crate) fn given_back_elsewhere(
        &self,
        tx: &mut Tx,
        purse: Purse,
        (topup_id, corrects): (&str, Option<&str>),
        (amount, left): (Micros, Micros),
    ) -> Result<String, WalletError> {
        let rest = amount.minus(left).filter(|rest| *rest >= Micros::ZERO).ok_or(WalletError::Amount)?;
        let moves = [
            (Kind::TopUpClearing, purse.clearing, amount.0),
            (Kind::Balance, purse.user_id, -left.0),
            (Kind::WriteOff, purse.storefront, -rest.0),
        ];
        self.book_moves(tx, "refunded_elsewhere", (topup_id, corrects), &moves)
    }

    /// One step of a dispute; nothing is booked where nothing moves.
    pub(crate) fn dispute(
        &self,
        tx: &mut Tx,
        purse: Purse,
        (dispute_id, corrects): (&str, Option<&str>),
        step: &DisputeMove,
    ) -> Result<(), WalletError> {
        let moves = [
            (Kind::TopUpClearing, purse.clearing, step.withdrawn.0 - step.returned.0),
            (Kind::Disputes, purse.storefront, step.returned.0 + step.lost.0 - step.withdrawn.0),
            (Kind::Frozen, purse.user_id, step.frozen.0 - step.thawed.0 - step.from_frozen.0),
            (Kind::Balance, purse.user_id, step.thawed.0 - step.frozen.0 - step.from_free.0),
            (Kind::Receivable, purse.user_id, -step.owed.0),
        ];
        if moves.iter().all(|(_, _, amount)| *amount == 0) {
            return Ok(());
        }
        self.book_moves(tx, "dispute", (dispute_id, corrects), &moves).map(drop)
    }

    fn book_moves(
        &self,
        tx: &mut Tx,
        kind: &str,
        (subject, corrects): (&str, Option<&str>),
        moves: &[(Kind, &str, i64)],
    ) -> Result<String, WalletError> {
        let postings = moves.iter().filter_map(|(kind, owner, amount)| posting(*kind, owner, Micros(*amount)));
        self.book(tx, Event { kind, subject, corrects, postings: postings.collect() })
    }
}

fn refund_moves(purse: Purse<'_>, parts: RefundParts, sign: i64) -> [(Kind, &str, i64); 4] {
    [
        (Kind::Balance, purse.user_id, -sign * parts.taken.0),
        (Kind::Promotional, purse.user_id, -sign * parts.from_promotional.0),
        (Kind::Refunds, purse.storefront, sign * parts.paid.0),
        (Kind::OperatorCredit, purse.storefront, sign * (parts.from_promotional.0 + parts.kept.0)),
    ]
}

/// The currency that purses are in.
pub(crate) fn currency() -> Currency {
    account(Kind::Balance, "").currency
}

/// What a listener owes the shop; never negative.
pub(crate) fn owed(tx: &mut Tx, user_id: &str) -> Result<Micros, DbError> {
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) FROM ledger_postings WHERE account_id = $1",
        params![account(Kind::Receivable, user_id).id()],
    )?;
    let owed = row.map_or(Ok(0), |row| row.get::<i64>(0))?;
    Ok(Micros(owed.saturating_neg().max(0)))
}
