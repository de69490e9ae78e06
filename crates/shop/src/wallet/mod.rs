//! The wallet: listeners' balances and holds over the double-entry ledger. The only writer of ledger tables.

pub(crate) mod ledger;
mod found;
pub mod roots;
pub(crate) mod verify;
pub(crate) mod sums;
mod trial;
mod moves;
mod vouchers;
pub(crate) mod payouts;
pub(crate) mod topups;

pub(crate) use vouchers::Withdrawn;
mod take_back;

use std::collections::BTreeMap;
use std::sync::Arc;

use money::credit::Credit;
use money::ledger::{Account, Kind, Posting, Refusal};
use money::{Currency, Micros};

use self::ledger::{BookError, Event, book};
pub(crate) use self::take_back::TakeBack;
pub use self::trial::{Trial, TrialLine, TrialPayee};
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx, Value};
use crate::page::{Page, limit as page_limit, number_and_id};
use crate::params;
use crate::storefronts::MAIN;

/// A listener's money.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Balance {
    /// Free to be spent, of all kinds.
    pub balance_micros: i64,
    /// The part of it that was purchased.
    pub purchased_micros: i64,
    /// The part that was given: spent first, never refunded in money.
    pub promotional_micros: i64,
    /// The part from vouchers that are not refundable in money.
    pub voucher_micros: i64,
    /// Held by orders that are being made.
    pub held_micros: i64,
    pub currency: String,
}

/// One change of a listener's free balance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WalletEntry {
    pub id: String,
    pub at_us: i64,
    /// `voucher`, `credit`, `hold`, `capture`, `give_back`, `refund`, `transfer`, `expire`, or what top-ups do.
    pub kind: String,
    /// A voucher's serial number, an order's or a line's id, an operator's reason.
    pub subject: String,
    /// Signed change of the free balance, of all kinds.
    pub amount_micros: i64,
    /// The part of it that is purchased credit.
    pub purchased_micros: i64,
    /// The part that is promotional credit.
    pub promotional_micros: i64,
    /// The part that is credit from vouchers.
    pub voucher_micros: i64,
    /// The free balance after it.
    pub balance_micros: i64,
}

/// Why a movement was not made.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The free balance does not cover it.
    #[error("the balance is too small")]
    TooLittle,
    /// The amount is zero, negative or beyond any limit.
    #[error("the amount must be more than 0 and at most {}", money::amount::MAX_ENTERED)]
    Amount,
    /// A balance, or what is moved at once, would leave the range of amounts.
    #[error("a balance holds at most {}", money::ledger::MAX_BALANCE)]
    TooMuch,
    /// The ledger's rules refuse it for a reason that no caller can mend.
    #[error("the ledger refused: {0}")]
    Refused(Refusal),
    /// A balance moves from one user to another.
    #[error("a balance moves between two different users")]
    SameUser,
    /// Who owes the shop something keeps his balance.
    #[error("this user owes the shop money")]
    Owes,
    /// A debt is written off that is not there.
    #[error("{}", owes_less(*.0))]
    OwesLess(Micros),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn owes_less(owed: Micros) -> String {
    if owed == Micros::ZERO { "this user owes nothing".to_owned() } else { format!("this user owes only {owed}") }
}

impl From<BookError> for WalletError {
    fn from(error: BookError) -> WalletError {
        match error {
            BookError::Refused(Refusal::BelowFloor(_)) => WalletError::TooLittle,
            BookError::Refused(Refusal::Overflow | Refusal::BeyondRange(_)) => WalletError::TooMuch,
            BookError::Refused(other) => WalletError::Refused(other),
            BookError::Db(e) => WalletError::Db(e),
        }
    }
}

/// The wallet. Cheap to clone.
#[derive(Clone)]
pub struct Wallet {
    db: Db,
    clock: Clock,
    /// Whose chain this process writes.
    writer: Arc<str>,
}

impl Wallet {
    /// A wallet that writes the chain of `writer`: one name for each node, and one for the command line.
    pub fn new(db: Db, clock: Clock, writer: &str) -> Wallet {
        Wallet { db, clock, writer: writer.into() }
    }

    /// What a user has.
    pub async fn balance(&self, user_id: &str) -> Result<Balance, DbError> {
        let user_id = user_id.to_owned();
        self.db.read(move |tx| balance(tx, &user_id)).await
    }

    /// The changes of a user's free balance, newest first.
    pub async fn entries(
        &self,
        user_id: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<WalletEntry>, DbError> {
        let accounts = FREE.map(|kind| account(kind, user_id).id());
        let limit = page_limit(Some(limit));
        self.db.read(move |tx| entries(tx, &accounts, after.as_deref(), limit)).await
    }

    /// An operator gives promotional credit. Returns the new free balance.
    pub async fn credit(&self, user_id: &str, amount: Micros, reason: &str) -> Result<Micros, WalletError> {
        if amount <= Micros::ZERO || amount > money::amount::MAX_ENTERED {
            return Err(WalletError::Amount);
        }
        let (wallet, user_id, reason) = (self.clone(), user_id.to_owned(), reason.to_owned());
        self.db
            .write(move |tx| {
                wallet.move_between(
                    tx,
                    "credit",
                    &reason,
                    (Kind::OperatorCredit, MAIN),
                    (Kind::Promotional, &user_id),
                    amount,
                )?;
                Ok(Micros(balance(tx, &user_id)?.balance_micros))
            })
            .await
    }

    /// An order takes `amount` out of what can be spent. Returns of what kinds it was.
    pub(crate) fn hold(
        &self,
        tx: &mut Tx,
        user_id: &str,
        order_id: &str,
        amount: Micros,
    ) -> Result<Credit, WalletError> {
        if amount == Micros::ZERO {
            return Ok(Credit::default());
        }
        let taken = free(tx, user_id)?.take(amount).ok_or(WalletError::TooLittle)?;
        let mut postings = Vec::new();
        for (amount, from, to) in by_kind(taken) {
            postings.extend(posting(from, user_id, Micros(-amount.0)));
            postings.extend(posting(to, user_id, amount));
        }
        self.book(tx, Event { kind: "hold", subject: order_id, corrects: None, postings })?;
        Ok(taken)
    }

    /// Ends the hold of an order line: `charged` is captured and shared out, the rest goes back to the kinds it came from,
    /// in one entry.
    pub(crate) fn capture(&self, tx: &mut Tx, capture: &Capture) -> Result<(), WalletError> {
        let Capture { user_id, line_id, held, charged, tax, payables } = *capture;
        let spent = held.take(charged).ok_or(WalletError::Amount)?;
        let back = held.minus(spent).ok_or(WalletError::Amount)?;
        let mut postings = Vec::new();
        for ((held, free, from), (back, ..)) in by_kind(held).into_iter().zip(by_kind(back)) {
            postings.extend(posting(from, user_id, Micros(-held.0)));
            postings.extend(posting(free, user_id, back));
        }
        let shared = Micros::sum(payables.iter().map(|(_, due)| *due)).and_then(|due| due.plus(tax));
        let earned = shared.and_then(|shared| charged.minus(shared)).ok_or(WalletError::Amount)?;
        postings.extend(posting(Kind::Revenue, MAIN, earned));
        postings.extend(posting(Kind::Tax, MAIN, tax));
        postings.extend(payables.iter().filter_map(|(payee, due)| posting(Kind::Payable, payee, *due)));
        if postings.is_empty() {
            return Ok(());
        }
        self.book(tx, Event { kind: "capture", subject: line_id, corrects: None, postings })?;
        Ok(())
    }

    /// Gives the hold of an order line back.
    pub(crate) fn give_back(&self, tx: &mut Tx, user_id: &str, line_id: &str, held: Credit) -> Result<(), WalletError> {
        let mut postings = Vec::new();
        for (amount, free, from) in by_kind(held) {
            postings.extend(posting(from, user_id, Micros(-amount.0)));
            postings.extend(posting(free, user_id, amount));
        }
        if postings.is_empty() {
            return Ok(());
        }
        self.book(tx, Event { kind: "give_back", subject: line_id, corrects: None, postings })?;
        Ok(())
    }

    /// Books an entry and returns its id. For the named movements of this module alone.
    fn book(&self, tx: &mut Tx, event: Event) -> Result<String, WalletError> {
        Ok(book(tx, &self.clock, &self.writer, event)?)
    }

    fn move_between(
        &self,
        tx: &mut Tx,
        kind: &str,
        subject: &str,
        from: (Kind, &str),
        to: (Kind, &str),
        amount: Micros,
    ) -> Result<(), WalletError> {
        if amount == Micros::ZERO {
            return Ok(());
        }
        let postings = vec![
            Posting { account: account(from.0, from.1), amount: Micros(-amount.0) },
            Posting { account: account(to.0, to.1), amount },
        ];
        self.book(tx, Event { kind, subject, corrects: None, postings })?;
        Ok(())
    }

    /// Covers the ledger by the root of `day` and signs it, once.
    pub async fn seal_day(&self, day: String) -> Result<(), DbError> {
        let at_us = self.clock.now_us();
        self.db.write(move |tx| roots::seal_day(tx, &day, at_us)).await
    }

    /// What stood on all accounts before `until_us`, by storefront and currency.
    pub async fn trial_balance(&self, until_us: i64) -> Result<Vec<Trial>, DbError> {
        self.db.read(move |tx| trial::balance(tx, until_us)).await
    }

    /// The roots of the days, the oldest first.
    pub async fn roots(&self) -> Result<Vec<roots::Root>, DbError> {
        self.db.read(roots::all).await
    }
}

/// The account of an owner in the shop's currency.
pub(crate) fn account(kind: Kind, owner: &str) -> Account {
    Account { kind, owner: owner.to_owned(), currency: Currency::USD }
}

/// What becomes of an order line's hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capture<'a> {
    pub user_id: &'a str,
    pub line_id: &'a str,
    /// What the line holds.
    pub held: Credit,
    /// What is charged, tax included: at most what is held.
    pub charged: Micros,
    /// The tax in it.
    pub tax: Micros,
    /// What of it is owed to whom: payees and amounts, none twice. More than was charged where a minimum says so.
    pub payables: &'a [(String, Micros)],
}

/// Accounts of credit that is free to be spent.
const FREE: [Kind; 3] = [Kind::Balance, Kind::Promotional, Kind::Voucher];
/// Accounts of credit that orders hold.
const HELD: [Kind; 3] = [Kind::Held, Kind::HeldPromotional, Kind::HeldVoucher];

/// The parts of a credit, each with the accounts where it is free and where it is held.
fn by_kind(credit: Credit) -> [(Micros, Kind, Kind); 3] {
    [
        (credit.purchased, Kind::Balance, Kind::Held),
        (credit.promotional, Kind::Promotional, Kind::HeldPromotional),
        (credit.voucher, Kind::Voucher, Kind::HeldVoucher),
    ]
}

/// A posting in the shop's currency; none for nothing.
fn posting(kind: Kind, owner: &str, amount: Micros) -> Option<Posting> {
    (amount != Micros::ZERO).then(|| Posting { account: account(kind, owner), amount })
}

/// Locks the rows of what these users can spend and of where it will be held, all at once.
pub(crate) fn lock(tx: &mut Tx, users: &[&str]) -> Result<(), DbError> {
    own(tx, users).map(drop)
}

/// The balances of the accounts of users' credit, locked.
fn own(tx: &mut Tx, users: &[&str]) -> Result<BTreeMap<Account, Micros>, DbError> {
    let kinds = [FREE, HELD].concat();
    let accounts: Vec<Account> = users.iter().flat_map(|user| kinds.iter().map(|kind| account(*kind, user))).collect();
    ledger::look(tx, &accounts.iter().collect::<Vec<_>>())
}

/// What a user can spend, its rows locked together with those where it will be held.
pub(crate) fn free(tx: &mut Tx, user_id: &str) -> Result<Credit, DbError> {
    let found = own(tx, &[user_id])?;
    let of = |kind| found.get(&account(kind, user_id)).copied().unwrap_or_default();
    Ok(Credit { promotional: of(Kind::Promotional), voucher: of(Kind::Voucher), purchased: of(Kind::Balance) })
}

/// The stored balances of a user's accounts of three kinds.
fn stored(tx: &mut Tx, kinds: [Kind; 3], user_id: &str) -> Result<[Micros; 3], DbError> {
    let ids = kinds.map(|kind| account(kind, user_id).id());
    let sql = "SELECT id, balance_micros FROM ledger_accounts WHERE id IN ($1, $2, $3)";
    let mut found = [Micros::ZERO; 3];
    for row in tx.rows(sql, params![&ids[0], &ids[1], &ids[2]])? {
        let id: String = row.get(0)?;
        if let Some(place) = ids.iter().position(|known| *known == id) {
            found[place] = Micros(row.get::<Option<i64>>(1)?.unwrap_or(0));
        }
    }
    Ok(found)
}

/// What a user has, within a transaction.
pub(crate) fn balance(tx: &mut Tx, user_id: &str) -> Result<Balance, DbError> {
    let [purchased, promotional, voucher] = stored(tx, FREE, user_id)?;
    let held = stored(tx, HELD, user_id)?;
    Ok(Balance {
        balance_micros: purchased.0 + promotional.0 + voucher.0,
        purchased_micros: purchased.0,
        promotional_micros: promotional.0,
        voucher_micros: voucher.0,
        held_micros: held.iter().map(|part| part.0).sum(),
        currency: Currency::USD.code().to_owned(),
    })
}

fn entries(tx: &mut Tx, accounts: &[String; 3], after: Option<&str>, limit: u32) -> Result<Page<WalletEntry>, DbError> {
    let (at_us, id) = after.map_or(Ok((i64::MAX, "~")), number_and_id)?;
    let [one, two, three] = accounts;
    let values: [Value; 6] =
        [one.into(), two.into(), three.into(), at_us.into(), id.into(), (i64::from(limit) + 1).into()];
    let rows = tx.rows(
        "SELECT e.id, p.at_us, e.kind, e.subject, p.amount, p.total, p.purchased, p.promotional, p.voucher FROM (
             SELECT entry_id, at_us, amount, purchased, promotional, voucher,
                 CAST(SUM(amount) OVER (ORDER BY at_us, entry_id) AS BIGINT) AS total
             FROM (SELECT entry_id, at_us, CAST(SUM(amount_micros) AS BIGINT) AS amount,
                     CAST(SUM(CASE WHEN account_id = $1 THEN amount_micros ELSE 0 END) AS BIGINT) AS purchased,
                     CAST(SUM(CASE WHEN account_id = $2 THEN amount_micros ELSE 0 END) AS BIGINT) AS promotional,
                     CAST(SUM(CASE WHEN account_id = $3 THEN amount_micros ELSE 0 END) AS BIGINT) AS voucher
                 FROM ledger_postings WHERE account_id IN ($1, $2, $3) GROUP BY entry_id, at_us) moved
         ) p JOIN ledger_entries e ON e.id = p.entry_id
         WHERE (p.at_us, p.entry_id) < ($4, $5) ORDER BY p.at_us DESC, p.entry_id DESC LIMIT $6",
        &values,
    )?;
    let items = rows.iter().map(|r| {
        Ok(WalletEntry {
            id: r.get(0)?,
            at_us: r.get(1)?,
            kind: r.get(2)?,
            subject: r.get(3)?,
            amount_micros: r.get(4)?,
            balance_micros: r.get(5)?,
            purchased_micros: r.get(6)?,
            promotional_micros: r.get(7)?,
            voucher_micros: r.get(8)?,
        })
    });
    let items = items.collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, |e| format!("{}-{}", e.at_us, e.id)))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod sequences;
