//! Taking back a sale: what was charged for a line goes back to the kinds of credit it came from, in one entry that names
//! the capture it corrects.

use money::Micros;
use money::credit::Credit;
use money::ledger::Kind;

use super::ledger::Event;
use super::{Wallet, WalletError, account, by_kind, posting};
use crate::db::{DbError, Tx};
use crate::params;
use crate::storefronts::MAIN;

/// What of a line's charge goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakeBack<'a> {
    pub user_id: &'a str,
    pub line_id: &'a str,
    /// To which credit.
    pub credit: Credit,
    /// The tax in it.
    pub tax: Micros,
    /// What of it payees lose: payees and amounts, none twice.
    pub payables: &'a [(String, Micros)],
}

impl Wallet {
    /// Books it; returns the entry's id, none where nothing moves.
    pub(crate) fn take_back(&self, tx: &mut Tx, back: &TakeBack) -> Result<Option<String>, WalletError> {
        let gross = back.credit.total().ok_or(WalletError::Amount)?;
        let shared = Micros::sum(back.payables.iter().map(|(_, due)| *due)).and_then(|due| due.plus(back.tax));
        let earned = shared.and_then(|shared| gross.minus(shared)).ok_or(WalletError::Amount)?;
        let mut postings = Vec::new();
        for (amount, free, _) in by_kind(back.credit) {
            postings.extend(posting(free, back.user_id, amount));
        }
        postings.extend(posting(Kind::Revenue, MAIN, Micros(-earned.0)));
        postings.extend(posting(Kind::Tax, MAIN, Micros(-back.tax.0)));
        postings.extend(back.payables.iter().filter_map(|(payee, due)| posting(Kind::Payable, payee, Micros(-due.0))));
        if postings.is_empty() {
            return Ok(None);
        }
        let corrects = capture_of(tx, back)?;
        let event = Event { kind: "refund", subject: back.line_id, corrects: corrects.as_deref(), postings };
        self.book(tx, event).map(Some)
    }
}

/// The entry that charged the line, found among its buyer's.
fn capture_of(tx: &mut Tx, back: &TakeBack) -> Result<Option<String>, DbError> {
    let [one, two, three] =
        [Kind::Held, Kind::HeldPromotional, Kind::HeldVoucher].map(|kind| account(kind, back.user_id).id());
    let row = tx.row(
        "SELECT e.id FROM ledger_postings p JOIN ledger_entries e ON e.id = p.entry_id
         WHERE p.account_id IN ($1, $2, $3) AND e.subject = $4 AND e.kind = 'capture' LIMIT 1",
        params![one, two, three, back.line_id],
    )?;
    row.map(|row| row.get(0)).transpose()
}
