//! Booking: the only code that writes ledger tables. What may be booked is decided by `money::ledger::check`.

use std::collections::BTreeMap;

use money::Micros;
use money::chain::{self, GENESIS, Hash, Said};
use money::ledger::{self, Account, Posting, Refusal};

use crate::clock::Clock;
use crate::db::{DbError, Tx};
use crate::params;

/// Why nothing was booked.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The ledger's rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// An event to be booked: its sort, what it is about, the entry that it corrects, and what moves.
pub(crate) struct Event<'a> {
    pub kind: &'a str,
    pub subject: &'a str,
    pub corrects: Option<&'a str>,
    pub postings: Vec<Posting>,
}

/// Books one entry within the caller's transaction and returns its id. Rows of accounts with a floor are locked in the order
/// of their ids, then the writer's chain, so that two nodes never wait for each other in a circle.
pub(crate) fn book(tx: &mut Tx, clock: &Clock, writer: &str, event: Event) -> Result<String, BookError> {
    let before = balances(tx, &event.postings)?;
    let after = ledger::check(&event.postings, |account| before.get(account).copied())?;
    for (account, balance) in after.iter().filter(|(a, _)| a.kind.floor().is_some()) {
        tx.execute("UPDATE ledger_accounts SET balance_micros = $1 WHERE id = $2", params![balance.0, account.id()])?;
    }
    let (seq, prev) = head(tx, writer)?;
    let (id, at_us) = (clock.new_id(), clock.now_us());
    let said = Said {
        id: &id,
        writer,
        seq: seq + 1,
        at_us,
        kind: event.kind,
        subject: event.subject,
        corrects: event.corrects,
        postings: &event.postings,
    };
    let hash = chain::hash(&said, &prev);
    write(tx, &said, &prev, &hash)?;
    Ok(id)
}

/// The stored balances of the accounts with a floor; makes the accounts that are new.
fn balances(tx: &mut Tx, postings: &[Posting]) -> Result<BTreeMap<Account, Micros>, DbError> {
    let accounts: BTreeMap<String, &Account> = postings.iter().map(|p| (p.account.id(), &p.account)).collect();
    let mut balances = BTreeMap::new();
    for (id, account) in accounts {
        let lock = if account.kind.floor().is_some() { tx.for_update() } else { "" };
        let sql = format!("SELECT balance_micros FROM ledger_accounts WHERE id = $1{lock}");
        let mut row = tx.row(&sql, params![&id])?;
        if row.is_none() {
            make(tx, &id, account)?;
            row = tx.row(&sql, params![&id])?;
        }
        if let Some(balance) = row.map(|r| r.get::<Option<i64>>(0)).transpose()?.flatten() {
            balances.insert(account.clone(), Micros(balance));
        }
    }
    Ok(balances)
}

fn make(tx: &mut Tx, id: &str, account: &Account) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO ledger_accounts (id, kind, owner, currency, balance_micros) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
        params![id, account.kind.name(), &account.owner, account.currency.code(), account.kind.floor().map(|_| 0i64)],
    )?;
    Ok(())
}

/// The last number and hash of a writer's chain, locked.
fn head(tx: &mut Tx, writer: &str) -> Result<(u64, Hash), DbError> {
    tx.execute(
        "INSERT INTO ledger_writers (writer, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (writer) DO NOTHING",
        params![writer, GENESIS.as_slice()],
    )?;
    let sql = format!("SELECT seq, hash FROM ledger_writers WHERE writer = $1{}", tx.for_update());
    let row = tx.row(&sql, params![writer])?.ok_or_else(|| DbError::Failed("a ledger writer vanished".into()))?;
    Ok((row.get(0)?, as_hash(row.get(1)?)?))
}

fn write(tx: &mut Tx, said: &Said, prev: &Hash, hash: &Hash) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO ledger_entries (id, writer, seq, at_us, kind, subject, prev_hash, hash, corrects)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            said.id,
            said.writer,
            said.seq as i64,
            said.at_us,
            said.kind,
            said.subject,
            prev.as_slice(),
            hash.as_slice(),
            said.corrects
        ],
    )?;
    for (place, posting) in said.postings.iter().enumerate() {
        tx.execute(
            "INSERT INTO ledger_postings (entry_id, place, account_id, amount_micros, at_us) VALUES ($1, $2, $3, $4, $5)",
            params![said.id, place as i64, posting.account.id(), posting.amount.0, said.at_us],
        )?;
    }
    tx.execute(
        "UPDATE ledger_writers SET seq = $1, hash = $2 WHERE writer = $3",
        params![said.seq as i64, hash.as_slice(), said.writer],
    )?;
    Ok(())
}

pub(super) fn as_hash(bytes: Vec<u8>) -> Result<Hash, DbError> {
    bytes.try_into().map_err(|_| DbError::Failed("a stored hash has not 32 bytes".into()))
}

/// Covers the heads of all chains by the root of `day`, once; later calls for the same day change nothing.
pub(crate) fn seal_day(tx: &mut Tx, day: &str, at_us: i64) -> Result<(), DbError> {
    if tx.row("SELECT day FROM ledger_roots WHERE day = $1", params![day])?.is_some() {
        return Ok(());
    }
    let heads = tx.rows("SELECT writer, seq, hash FROM ledger_writers ORDER BY writer", &[])?;
    let heads =
        heads.iter().map(|r| Ok((r.get(0)?, r.get(1)?, as_hash(r.get(2)?)?))).collect::<Result<Vec<_>, DbError>>()?;
    let lines: Vec<String> = heads.iter().map(|(w, seq, hash)| format!("{w} {seq} {}", hex::encode(hash))).collect();
    tx.execute(
        "INSERT INTO ledger_roots (day, heads, hash, at_us) VALUES ($1, $2, $3, $4) ON CONFLICT (day) DO NOTHING",
        params![day, lines.join("\n"), chain::root(day, &heads).as_slice(), at_us],
    )?;
    Ok(())
}
