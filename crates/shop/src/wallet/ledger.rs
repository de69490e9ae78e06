//! Booking: the only code that writes ledger tables. What may be booked is decided by `money::ledger::check`.

use std::collections::BTreeMap;

use money::Micros;
use money::chain::{self, GENESIS, Hash, Said};
use money::ledger::{self, Account, Posting, Refusal};

use crate::clock::Clock;
use crate::db::{DbError, Insert, Tx, Value};
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

/// Entries and their postings are only ever added, so they can wait for the rest of the group.
static ENTRY: Insert =
    Insert::into("INSERT INTO ledger_entries (id, writer, seq, at_us, kind, subject, prev_hash, hash, corrects)");
static POSTING: Insert =
    Insert::into("INSERT INTO ledger_postings (entry_id, place, account_id, amount_micros, at_us)");
/// A stored balance; its row exists and is locked.
static BALANCE: Insert = Insert {
    into: "INSERT INTO ledger_accounts (id, kind, owner, currency, balance_micros)",
    on_conflict: "ON CONFLICT (id) DO UPDATE SET balance_micros = excluded.balance_micros",
    last_of: Some(0),
};
/// An account without a stored balance, should it be new.
static SUMMED: Insert = Insert {
    into: "INSERT INTO ledger_accounts (id, kind, owner, currency, balance_micros)",
    on_conflict: "ON CONFLICT (id) DO NOTHING",
    last_of: Some(0),
};
/// The head of a chain; its row exists and is locked.
static HEAD: Insert = Insert {
    into: "INSERT INTO ledger_writers (writer, seq, hash)",
    on_conflict: "ON CONFLICT (writer) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    last_of: Some(0),
};

/// Books one entry within the caller's transaction and returns its id. Rows of accounts with a floor are locked in the order
/// of their ids, then the writer's chain; what a transaction has locked it keeps in mind, and what changed is written once
/// at its end, however many entries it books.
pub(crate) fn book(tx: &mut Tx, clock: &Clock, writer: &str, event: Event) -> Result<String, BookError> {
    let stored = event.postings.iter().map(|p| &p.account).filter(|a| a.kind.floor().is_some());
    let before = locked(tx, &stored.collect::<Vec<_>>())?;
    let after = ledger::check(&event.postings, |account| before.get(account).copied())?;
    for (account, balance) in &after {
        keep_balance(tx, account, *balance)?;
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

/// Under what a transaction remembers an account that it has locked: its balance, or null when there is no such row.
fn known_as(id: &str) -> String {
    format!("account {id}")
}

/// Accounts of one movement, at most: such lists keep their length.
const FEW_ACCOUNTS: usize = 12;

/// Locks those of the accounts that have a row, all at once and in the order of their ids, and returns their balances.
/// None of an account that is not there yet.
pub(super) fn look(tx: &mut Tx, accounts: &[&Account]) -> Result<BTreeMap<Account, Micros>, DbError> {
    let mut unknown: Vec<String> =
        accounts.iter().map(|a| a.id()).filter(|id| tx.known(&known_as(id)).is_none()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        // Few lengths of lists make few statements: the last is named again until the list is full.
        let wide = if unknown.len() > FEW_ACCOUNTS { unknown.len().next_power_of_two() } else { unknown.len() };
        let places: Vec<String> = (1..=wide).map(|n| format!("${n}")).collect();
        let (places, lock) = (places.join(", "), tx.for_update());
        let sql = format!("SELECT id, balance_micros FROM ledger_accounts WHERE id IN ({places}) ORDER BY id{lock}");
        let last = unknown.last().into_iter().cycle();
        let values: Vec<Value> = unknown.iter().chain(last).take(wide).map(Value::from).collect();
        // What waits to be written is of accounts that are known.
        let mut found = tx.rows_beside_pending(&sql, &values)?.into_iter().peekable();
        for id in unknown {
            let here = found.next_if(|row| row.get::<String>(0).is_ok_and(|there| there == id));
            let balance = here.map(|row| row.get::<i64>(1)).transpose()?;
            tx.know(known_as(&id), vec![balance.into()]);
        }
    }
    let mut balances = BTreeMap::new();
    for account in accounts {
        if let Some(balance) =
            tx.known(&known_as(&account.id())).map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten()
        {
            balances.insert((*account).clone(), Micros(balance));
        }
    }
    Ok(balances)
}

/// The stored balances of accounts with a floor, locked; makes the rows that are not there.
fn locked(tx: &mut Tx, accounts: &[&Account]) -> Result<BTreeMap<Account, Micros>, DbError> {
    let mut balances = look(tx, accounts)?;
    let absent: Vec<&Account> = accounts.iter().copied().filter(|a| !balances.contains_key(a)).collect();
    for account in absent {
        let (id, kind) = (account.id(), account.kind.name());
        tx.execute(
            "INSERT INTO ledger_accounts (id, kind, owner, currency, balance_micros) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (id) DO NOTHING",
            params![&id, kind, &account.owner, account.currency.code()],
        )?;
        let sql = format!("SELECT balance_micros FROM ledger_accounts WHERE id = $1{}", tx.for_update());
        let row = tx.row(&sql, params![&id])?.ok_or_else(|| DbError::Failed(format!("account {id} vanished")))?;
        let balance: i64 = row.get(0)?;
        tx.know(known_as(&id), vec![balance.into()]);
        balances.insert(account.clone(), Micros(balance));
    }
    Ok(balances)
}

fn keep_balance(tx: &mut Tx, account: &Account, balance: Micros) -> Result<(), DbError> {
    let (id, is_stored) = (account.id(), account.kind.floor().is_some());
    if !is_stored && tx.known(&known_as(&id)).is_some() {
        return Ok(());
    }
    let stored = is_stored.then_some(balance.0);
    tx.know(known_as(&id), vec![stored.into()]);
    let row = params![&id, account.kind.name(), &account.owner, account.currency.code(), stored].to_vec();
    tx.later(if is_stored { &BALANCE } else { &SUMMED }, row)
}

/// The last number and hash of a writer's chain, locked.
fn head(tx: &mut Tx, writer: &str) -> Result<(u64, Hash), DbError> {
    if let Some(row) = tx.known(&format!("chain {writer}")) {
        return Ok((row.get(0)?, as_hash(row.get(1)?)?));
    }
    let sql = format!("SELECT seq, hash FROM ledger_writers WHERE writer = $1{}", tx.for_update());
    let mut row = tx.row(&sql, params![writer])?;
    if row.is_none() {
        tx.execute(
            "INSERT INTO ledger_writers (writer, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (writer) DO NOTHING",
            params![writer, GENESIS.as_slice()],
        )?;
        row = tx.row(&sql, params![writer])?;
    }
    let row = row.ok_or_else(|| DbError::Failed("a ledger writer vanished".into()))?;
    Ok((row.get(0)?, as_hash(row.get(1)?)?))
}

fn write(tx: &mut Tx, said: &Said, prev: &Hash, hash: &Hash) -> Result<(), DbError> {
    let (seq, hash) = (said.seq as i64, hash.as_slice());
    let entry =
        params![said.id, said.writer, seq, said.at_us, said.kind, said.subject, prev.as_slice(), hash, said.corrects];
    tx.later(&ENTRY, entry.to_vec())?;
    for (place, posting) in said.postings.iter().enumerate() {
        let row = params![said.id, place as i64, posting.account.id(), posting.amount.0, said.at_us];
        tx.later(&POSTING, row.to_vec())?;
    }
    tx.know(format!("chain {}", said.writer), params![seq, hash].to_vec());
    tx.later(&HEAD, params![said.writer, seq, hash].to_vec())
}

pub(super) fn as_hash(bytes: Vec<u8>) -> Result<Hash, DbError> {
    bytes.try_into().map_err(|_| DbError::Failed("a stored hash has not 32 bytes".into()))
}
