//! Movements that correct or end something: refunds of captured lines, whole balances that change hands, credit that
//! expires, debts that are written off. What moves follows from `money::correction`; here it is looked up and booked.

use money::Micros;
use money::correction::{self, Sale};
use money::credit::Credit;
use money::ledger::{Account, Kind, Posting};

use super::ledger::Event;
use super::{FREE, HELD, Wallet, WalletError, account, by_kind, free, posting};
use crate::db::{DbError, Tx};
use crate::params;
use crate::storefronts::MAIN;

/// Accounts whose promotional credit is looked through for what has expired, in one transaction.
const EXPIRE_AT_ONCE: i64 = 500;

/// A captured line: the entry that captured it, what it brought, and how much of that went back since.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    entry: String,
    user_id: String,
    sale: Sale,
    refunded: Micros,
}

impl Captured {
    /// What can still go back.
    pub(crate) fn left(&self) -> Result<Micros, WalletError> {
        self.sale.charged().and_then(|charged| charged.minus(self.refunded)).ok_or(WalletError::Amount)
    }

    /// The part of the sale that goes back with `amount`: its credit by kind, its tax, its payables in proportion.
    pub(crate) fn part(&self, amount: Micros) -> Result<Sale, WalletError> {
        self.sale.part(self.refunded, amount).ok_or(WalletError::Amount)
    }
}

impl Wallet {
    /// What an order line was charged, out of the ledger, for a refund in this transaction; `None` when it was charged
    /// nothing. The buyer's money is locked, so that no two refunds of a line see the same.
    pub(crate) fn captured(&self, tx: &mut Tx, user_id: &str, line_id: &str) -> Result<Option<Captured>, WalletError> {
        free(tx, user_id)?;
        let sql = "SELECT id FROM ledger_entries WHERE subject = $1 AND kind = 'capture'";
        let Some(row) = tx.row(sql, params![line_id])? else { return Ok(None) };
        let entry: String = row.get(0)?;
        let sale = sale_of(&postings_of(tx, &entry)?, user_id);
        let rows = tx.rows(
            "SELECT id FROM ledger_entries WHERE subject = $1 AND kind = 'refund' AND corrects = $2",
            params![line_id, &entry],
        )?;
        let mut refunded = Micros::ZERO;
        for row in rows {
            let back = sale_of(&postings_of(tx, &row.get::<String>(0)?)?, user_id);
            let back = back.charged().and_then(|charged| refunded.minus(charged));
            refunded = back.ok_or(WalletError::Amount)?;
        }
        Ok(Some(Captured { entry, user_id: user_id.to_owned(), sale, refunded }))
    }

    /// Gives `amount` of a captured line back to the kinds of credit that paid it, out of revenue, tax and payables. Whoever
    /// keeps statements of payables says what is taken back of each; else it is their part in proportion. The entry
    /// names the capture that it corrects. Returns to which kinds of credit, and the entry's id.
    pub(crate) fn refund(
        &self,
        tx: &mut Tx,
        line_id: &str,
        captured: &Captured,
        amount: Micros,
        payables: Option<&[(String, Micros)]>,
    ) -> Result<(Credit, String), WalletError> {
        let mut back = captured.part(amount)?;
        if let Some(payables) = payables {
            back.payables = payables.to_vec();
        }
        let mut postings = Vec::new();
        for (amount, free, _) in by_kind(back.paid) {
            postings.extend(posting(free, &captured.user_id, amount));
        }
        let earned = back.earned().ok_or(WalletError::Amount)?;
        postings.extend(posting(Kind::Revenue, MAIN, Micros(-earned.0)));
        postings.extend(posting(Kind::Tax, MAIN, Micros(-back.tax.0)));
        postings.extend(back.payables.iter().filter_map(|(payee, due)| posting(Kind::Payable, payee, Micros(-due.0))));
        let event = Event { kind: "refund", subject: line_id, corrects: Some(&captured.entry), postings };
        let entry = self.book(tx, event)?;
        Ok((back.paid, entry))
    }

    /// Moves all free credit of one user to another; what orders hold stays where it is. Purchased credit arrives as credit
    /// that is not refunded in money: the receiver's own top-ups brought none of it. Who owes the shop something cannot.
    /// Returns what moved, by the kinds that it was.
    pub async fn transfer_all(&self, from: &str, to: &str) -> Result<Credit, WalletError> {
        let (wallet, from, to) = (self.clone(), from.to_owned(), to.to_owned());
        self.db.write(move |tx| wallet.transfer_all_in(tx, &from, &to)).await
    }

    pub(crate) fn transfer_all_in(&self, tx: &mut Tx, from: &str, to: &str) -> Result<Credit, WalletError> {
        if from == to {
            return Err(WalletError::SameUser);
        }
        // Both at once, in the order of their ids: two transfers in opposite directions wait for each other in turn.
        let accounts: Vec<Account> = [from, to]
            .iter()
            .flat_map(|user| [FREE, HELD].concat().into_iter().map(|kind| account(kind, user)))
            .collect();
        super::ledger::look(tx, &accounts.iter().collect::<Vec<_>>())?;
        if owed(tx, from)? < Micros::ZERO {
            return Err(WalletError::Owes);
        }
        let moved = free(tx, from)?;
        let mut postings = Vec::new();
        for (amount, free, _) in by_kind(moved) {
            postings.extend(posting(free, from, Micros(-amount.0)));
        }
        for (amount, free, _) in by_kind(moved.moved_to_another().ok_or(WalletError::TooMuch)?) {
            postings.extend(posting(free, to, amount));
        }
        if !postings.is_empty() {
            let subject = format!("{from} to {to}");
            self.book(tx, Event { kind: "transfer", subject: &subject, corrects: None, postings })?;
        }
        Ok(moved)
    }

    /// Takes back promotional credit that was given before `cutoff_us` and is still unspent: the oldest is spent first.
    /// Returns how many balances became smaller.
    pub async fn expire_promotional(&self, cutoff_us: i64) -> Result<u64, WalletError> {
        let (mut expired, mut after) = (0, String::new());
        loop {
            let (wallet, from) = (self.clone(), after.clone());
            let step = self.db.write(move |tx| wallet.expire_some(tx, cutoff_us, &from)).await?;
            expired += step.0;
            match step.1 {
                Some(last) => after = last,
                None => return Ok(expired),
            }
        }
    }

    fn expire_some(&self, tx: &mut Tx, cutoff_us: i64, after: &str) -> Result<(u64, Option<String>), WalletError> {
        let rows = tx.rows(
            "SELECT id, owner FROM ledger_accounts WHERE kind = 'promotional' AND balance_micros > 0 AND id > $1
             ORDER BY id LIMIT $2",
            params![after, EXPIRE_AT_ONCE],
        )?;
        let mut expired = 0;
        for row in &rows {
            expired += u64::from(self.expire_of(tx, &row.get::<String>(1)?, cutoff_us)? > Micros::ZERO);
        }
        let more = rows.len() as i64 == EXPIRE_AT_ONCE;
        Ok((expired, rows.last().filter(|_| more).map(|row| row.get(0)).transpose()?))
    }

    /// What of a user's promotional credit expired.
    pub(crate) fn expire_of(&self, tx: &mut Tx, user_id: &str, cutoff_us: i64) -> Result<Micros, WalletError> {
        let left = free(tx, user_id)?.promotional;
        let row = tx.row(
            "SELECT CAST(COALESCE(SUM(p.amount_micros), 0) AS BIGINT) FROM ledger_postings p
             JOIN ledger_entries e ON e.id = p.entry_id
             WHERE p.account_id = $1 AND p.at_us >= $2 AND p.amount_micros > 0
               AND e.kind NOT IN ('capture', 'give_back', 'refund')",
            params![account(Kind::Promotional, user_id).id(), cutoff_us],
        )?;
        let given = Micros(row.map_or(Ok(0), |row| row.get(0))?);
        let gone = correction::expired(left, given);
        if gone > Micros::ZERO {
            let (from, to) = ((Kind::Promotional, user_id), (Kind::OperatorCredit, MAIN));
            self.move_between(tx, "expire", user_id, from, to, gone)?;
        }
        Ok(gone)
    }

    /// Takes what is left of credit from a user who gives it up: what the shop gave goes back to where it came from, what vouchers
    /// brought is written off, and with it what of purchased credit no refund can move.
    pub(crate) fn give_up(&self, tx: &mut Tx, user_id: &str) -> Result<(), WalletError> {
        let left = free(tx, user_id)?;
        let given = ((Kind::Promotional, user_id), (Kind::OperatorCredit, MAIN));
        self.move_between(tx, "give_up", user_id, given.0, given.1, left.promotional)?;
        self.move_between(tx, "give_up", user_id, (Kind::Voucher, user_id), (Kind::WriteOff, MAIN), left.voucher)?;
        self.move_between(tx, "give_up", user_id, (Kind::Balance, user_id), (Kind::WriteOff, MAIN), left.purchased)
    }

    /// Gives up what a user owes, or a part of it.
    pub async fn write_off(&self, user_id: &str, amount: Micros, reason: &str) -> Result<(), WalletError> {
        let (wallet, user_id, reason) = (self.clone(), user_id.to_owned(), reason.to_owned());
        self.db.write(move |tx| wallet.write_off_in(tx, &user_id, amount, &reason)).await
    }

    pub(crate) fn write_off_in(
        &self,
        tx: &mut Tx,
        user_id: &str,
        amount: Micros,
        reason: &str,
    ) -> Result<(), WalletError> {
        free(tx, user_id)?;
        if amount <= Micros::ZERO {
            return Err(WalletError::Amount);
        }
        let owed = Micros(owed(tx, user_id)?.0.saturating_neg());
        if amount > owed {
            return Err(WalletError::OwesLess(owed));
        }
        self.move_between(tx, "write_off", reason, (Kind::WriteOff, MAIN), (Kind::Receivable, user_id), amount)
    }
}

/// What a user owes, as the ledger writes it: below zero.
pub(crate) fn owed(tx: &mut Tx, user_id: &str) -> Result<Micros, DbError> {
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) FROM ledger_postings WHERE account_id = $1",
        params![account(Kind::Receivable, user_id).id()],
    )?;
    row.map_or(Ok(Micros::ZERO), |row| row.get(0).map(Micros))
}

fn postings_of(tx: &mut Tx, entry: &str) -> Result<Vec<Posting>, DbError> {
    let sql = "SELECT account_id, amount_micros FROM ledger_postings WHERE entry_id = $1 ORDER BY place";
    let rows = tx.rows(sql, params![entry])?;
    rows.iter()
        .map(|row| {
            let id: String = row.get(0)?;
            let account = Account::of_id(&id).ok_or_else(|| DbError::Failed(format!("an account named {id}")))?;
            Ok(Posting { account, amount: Micros(row.get(1)?) })
        })
        .collect()
}

/// The sale that an entry's postings make: what left the user's accounts of each kind, and who has it.
fn sale_of(postings: &[Posting], user_id: &str) -> Sale {
    let of = |kinds: [Kind; 2]| {
        let own = postings.iter().filter(|p| kinds.contains(&p.account.kind) && p.account.owner == user_id);
        Micros(own.map(|p| -p.amount.0).sum())
    };
    let payables = postings.iter().filter(|p| p.account.kind == Kind::Payable);
    Sale {
        paid: Credit {
            promotional: of([Kind::Promotional, Kind::HeldPromotional]),
            voucher: of([Kind::Voucher, Kind::HeldVoucher]),
            purchased: of([Kind::Balance, Kind::Held]),
        },
        tax: Micros(postings.iter().filter(|p| p.account.kind == Kind::Tax).map(|p| p.amount.0).sum()),
        payables: payables.map(|p| (p.account.owner.clone(), p.amount)).collect(),
    }
}
