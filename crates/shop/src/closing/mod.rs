//! Closing one's own account: what stands in the way, what is lost by it, what is forgotten. The ledger, orders and papers stay as
//! they are, under an id that says nothing; what a person has said of himself goes.

use std::net::IpAddr;

use money::Micros;

use crate::clock::moment_of;
use crate::db::{Db, DbError, Tx, Value};
use crate::receipts::Receipts;
use crate::users::{Role, Session, UserError, Users};
use crate::wallet::{Wallet, WalletError};
use crate::{follows, gifts, orders, payments, reviews, rights, tax, users, wallet, wishes};

/// Why an account stays open for now, in the order in which it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InTheWay {
    /// He runs the shop.
    #[error("an operator's account is not closed from within")]
    Operator,
    /// Sales make something due to him.
    #[error("you read the statements of {0}: ask the shop to name somebody else first")]
    Paid(String),
    /// The shop gets money from him.
    #[error("you owe the shop {0}")]
    Owes(Micros),
    /// A payer complains at his bank.
    #[error("a payment is disputed: wait until that is decided")]
    Disputed,
    /// Orders are being made.
    #[error("an order is being made: wait until its files are ready")]
    OrderUnderWay,
    /// A file is looked at.
    #[error("a file that you reported is being checked: wait for the outcome")]
    FileChecked,
    /// Money may still arrive, the last of it until then (microseconds since 1970).
    #[error("a payment is under way: wait until it has arrived, or until it expires on {}", moment_of(*.0))]
    TopUpUnderWay(i64),
    /// Money is on its way back.
    #[error("a refund is under way: wait until it has arrived")]
    RefundUnderWay,
    /// A gift waits for its day.
    #[error("a gift waits for its day: cancel it, or wait until it is sent")]
    GiftWaiting,
    /// What he paid in goes back to him first.
    #[error("{0} of what you paid in are unspent: have them refunded first")]
    Refundable(Micros),
}

/// Why an account was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// Something stands in the way.
    #[error(transparent)]
    InTheWay(InTheWay),
    /// Credit would be lost, and he has not said that it may.
    #[error("{0} of credit would be lost: say that you give it up")]
    Unspent(Micros),
    /// The password, or too many of them.
    #[error(transparent)]
    User(#[from] UserError),
    /// The ledger.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What closing would mean now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// All that stands in the way.
    pub in_the_way: Vec<InTheWay>,
    /// Credit that is not refundable in money and would be lost, with what is less than a bank moves.
    pub lost: Micros,
}

/// The door out. Cheap to clone.
#[derive(Clone)]
pub struct Closing {
    db: Db,
    users: Users,
    wallet: Wallet,
    receipts: Receipts,
}

impl Closing {
    /// Over this shop's people, money and papers.
    pub fn new(db: Db, users: Users, wallet: Wallet, receipts: Receipts) -> Closing {
        Closing { db, users, wallet, receipts }
    }

    /// What closing would mean now.
    pub async fn outlook(&self, user_id: &str) -> Result<Outlook, DbError> {
        let user = user_id.to_owned();
        self.db.read(move |tx| outlook(tx, &user)).await
    }

    /// Closes the account of who is signed in and knows the password. Credit that is lost by it must be given up by name.
    pub async fn close(
        &self,
        session: &Session,
        password: &str,
        address: IpAddr,
        gives_up: bool,
    ) -> Result<(), CloseError> {
        self.users.confirm(session, password, address).await?;
        // Papers name their buyer as he was when they were sealed.
        self.receipts.seal_due().await?;
        let nobody = self.users.unknown_password().await?;
        let (wallet, user) = (self.wallet.clone(), session.user.id.clone());
        self.db.write(move |tx| close_in(tx, &wallet, (&user, &nobody), gives_up)).await?;
        tracing::info!(user = %session.user.id, "an account was closed by its owner");
        Ok(())
    }
}

fn close_in(
    tx: &mut Tx,
    wallet: &Wallet,
    (user, nobodys_password): (&str, &str),
    gives_up: bool,
) -> Result<(), CloseError> {
    // Locks the money: no order takes from it meanwhile.
    wallet::free(tx, user)?;
    let outlook = outlook(tx, user)?;
    if let Some(first) = outlook.in_the_way.into_iter().next() {
        return Err(CloseError::InTheWay(first));
    }
    if outlook.lost > Micros::ZERO && !gives_up {
        return Err(CloseError::Unspent(outlook.lost));
    }
    wallet.give_up(tx, user)?;
    orders::void_all_links(tx, user)?;
    follows::forget(tx, user)?;
    wishes::forget(tx, user)?;
    reviews::disown(tx, user)?;
    gifts::forget(tx, user)?;
    payments::forget(tx, user)?;
    tax::forget_billing(tx, user)?;
    users::forget(tx, user, nobodys_password)?;
    Ok(())
}

fn outlook(tx: &mut Tx, user: &str) -> Result<Outlook, DbError> {
    let balance = wallet::balance(tx, user)?;
    let mut found = Vec::new();
    let is_operator = users::get(tx, user)?.is_some_and(|user| user.role == Role::Operator);
    found.extend(is_operator.then_some(InTheWay::Operator));
    found.extend(rights::payees::of_user(tx, user)?.into_iter().next().map(|payee| InTheWay::Paid(payee.name)));
    let owed = wallet::topups::owed(tx, user)?.0;
    found.extend((owed > 0).then_some(InTheWay::Owes(Micros(owed))));
    // Where all of it was spent nothing is frozen, and still it may come to be owed.
    let disputed = "SELECT 1 FROM topup_disputes d JOIN topups t ON t.id = d.topup_id
         WHERE t.user_id = $1 AND d.stage IN ('inquiry', 'open')";
    found.extend(is_any(tx, disputed, user)?.then_some(InTheWay::Disputed));
    let held =
        "SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.user_id = $1 AND l.state = 'held'";
    found.extend(is_any(tx, held, user)?.then_some(InTheWay::OrderUnderWay));
    let checked = "SELECT 1 FROM defects WHERE user_id = $1 AND state = 'checking'";
    found.extend(is_any(tx, checked, user)?.then_some(InTheWay::FileChecked));
    found.extend(payments::pending_until(tx, user)?.map(InTheWay::TopUpUnderWay));
    let leaving = "SELECT 1 FROM topup_refunds WHERE user_id = $1 AND state IN ('pending', 'by_hand', 'sent')";
    found.extend(is_any(tx, leaving, user)?.then_some(InTheWay::RefundUnderWay));
    let waiting = "SELECT 1 FROM gifts WHERE user_id = $1 AND state IN ('waiting', 'sending')";
    found.extend(is_any(tx, waiting, user)?.then_some(InTheWay::GiftWaiting));
    let refundable = payments::refundable(tx, user)?;
    found.extend((refundable > Micros::ZERO).then_some(InTheWay::Refundable(refundable)));
    let lost = balance.promotional_micros + balance.voucher_micros + balance.purchased_micros - refundable.0;
    Ok(Outlook { in_the_way: found, lost: Micros(lost) })
}

fn is_any(tx: &mut Tx, sql: &str, user: &str) -> Result<bool, DbError> {
    let values: [Value; 1] = [user.into()];
    Ok(tx.row(&format!("{sql} LIMIT 1"), &values)?.is_some())
}

#[cfg(test)]
mod tests;
