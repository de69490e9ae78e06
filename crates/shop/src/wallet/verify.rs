//! The audit of the ledger: everything is recomputed from the first entry, by the same rules that booked it.

use std::collections::HashMap;

use money::Micros;
use money::chain::{self, GENESIS, Hash, Said};
use money::ledger::{self, Account, Posting, Refusal};

pub(crate) use super::found::Recomputed;
use super::found::{Link, Links};
use super::ledger::as_hash;
use super::roots;
use crate::clock::day_of;
use crate::db::{DbError, Engine, Row, Tx};
use crate::params;

/// Entries read at once.
const ENTRIES_PER_STEP: i64 = 5_000;

/// What keeps entries, postings and roots from being changed.
const TRIGGERS_SQLITE: [&str; 6] = [
    "ledger_entries_no_update",
    "ledger_entries_no_delete",
    "ledger_postings_no_update",
    "ledger_postings_no_delete",
    "ledger_roots_no_update",
    "ledger_roots_no_delete",
];
const TRIGGERS_POSTGRES: [&str; 6] = [
    "ledger_entries_no_change",
    "ledger_entries_no_truncate",
    "ledger_postings_no_change",
    "ledger_postings_no_truncate",
    "ledger_roots_no_change",
    "ledger_roots_no_truncate",
];

/// Reads the whole ledger and reports what does not hold: a broken chain, an entry that the rules refuse, a stored balance
/// that is not the sum of its postings, a root that does not cover its heads or was not signed by the shop.
#[cfg(test)]
pub fn recompute(tx: &mut Tx, progress: &dyn Fn(u64)) -> Result<Recomputed, DbError> {
    recompute_trusting(tx, &[], progress)
}

/// The same, where roots count as signed by these keys alone, if there are any.
pub fn recompute_trusting(tx: &mut Tx, keys: &[String], progress: &dyn Fn(u64)) -> Result<Recomputed, DbError> {
    let mut found = Recomputed::default();
    let mut links = Links::new();
    let mut place = (String::new(), 0i64);
    loop {
        let entries = tx.rows(
            "SELECT id, writer, seq, at_us, kind, subject, prev_hash, hash, corrects FROM ledger_entries
             WHERE (writer, seq) > ($1, $2) ORDER BY writer, seq LIMIT $3",
            params![&place.0, place.1, ENTRIES_PER_STEP],
        )?;
        let Some(last) = entries.last() else { break };
        let end: (String, i64) = (last.get(1)?, last.get(2)?);
        let mut postings = postings_between(tx, &place, &end)?;
        for row in &entries {
            let id: String = row.get(0)?;
            entry(&mut found, &mut links, row, postings.remove(&id).unwrap_or_default())?;
        }
        place = end;
        progress(found.entries);
    }
    orphans(tx, &mut found)?;
    stored_balances(tx, &mut found)?;
    heads(tx, &mut found, &links)?;
    roots::verify(tx, &mut found, &links, keys)?;
    triggers(tx, &mut found)?;
    found.broken.sort();
    if let Some((at_us, name)) = found.broken.first() {
        let day = if *at_us == i64::MAX { String::new() } else { format!(", of {}", day_of(*at_us)) };
        found.differences.insert(0, format!("the first broken entry is {name}{day}"));
    }
    Ok(found)
}

type Raw = Vec<(String, i64)>;

fn postings_between(tx: &mut Tx, from: &(String, i64), to: &(String, i64)) -> Result<HashMap<String, Raw>, DbError> {
    let rows = tx.rows(
        "SELECT p.entry_id, p.account_id, p.amount_micros FROM ledger_postings p JOIN ledger_entries e ON e.id = p.entry_id
         WHERE (e.writer, e.seq) > ($1, $2) AND (e.writer, e.seq) <= ($3, $4) ORDER BY p.entry_id, p.place",
        params![&from.0, from.1, &to.0, to.1],
    )?;
    let mut found = HashMap::<String, Raw>::new();
    for row in rows {
        found.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    Ok(found)
}

fn entry(found: &mut Recomputed, links: &mut Links, row: &Row, raw: Raw) -> Result<(), DbError> {
    found.entries += 1;
    let (id, writer, seq): (String, String, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let name = format!("ledger entry {id} ({writer} {seq})");
    let (kind, subject): (String, String) = (row.get(4)?, row.get(5)?);
    let (prev, hash) = (as_hash(row.get(6)?)?, as_hash(row.get(7)?)?);
    let (at_us, corrects): (i64, Option<String>) = (row.get(3)?, row.get(8)?);
    let mut postings = Vec::new();
    for (account, amount) in raw {
        match Account::of_id(&account) {
            Some(account) => postings.push(Posting { account, amount: Micros(amount) }),
            None => found.differences.push(format!("{name} names an account that cannot be: {account}")),
        }
    }
    let said = Said {
        id: &id,
        writer: &writer,
        seq,
        at_us,
        kind: &kind,
        subject: &subject,
        corrects: corrects.as_deref(),
        postings: &postings,
    };
    if chain::hash(&said, &prev) != hash {
        found.differences.push(format!("{name} is not what was written: its hash differs"));
        found.broken.push((at_us, name.clone()));
    }
    let before = if seq == 1 { Some(GENESIS) } else { links.get(&(writer.clone(), seq - 1)).map(|link| link.hash) };
    match before {
        Some(before) if before == prev => {}
        Some(_) => {
            found.differences.push(format!("{name} does not follow its predecessor: the chain is broken here"));
            found.broken.push((at_us, name.clone()));
        }
        None => {
            found.differences.push(format!("the entry before {name} is missing: the chain is broken here"));
            found.broken.push((at_us, format!("the missing one before {name}")));
        }
    }
    links.insert((writer, seq), Link { hash, at_us });
    // Floors are judged at the end and by the database at every step: the order of entries between writers is not recorded.
    // Ranges came after the first books.
    match ledger::check(&postings, |_| None) {
        Ok(_) | Err(Refusal::BelowFloor(_) | Refusal::BeyondRange(_)) => {}
        Err(refusal) => found.differences.push(format!("{name} breaks a rule: {refusal}")),
    }
    for posting in postings {
        *found.balances.entry(posting.account).or_default() += posting.amount;
    }
    Ok(())
}

fn stored_balances(tx: &mut Tx, found: &mut Recomputed) -> Result<(), DbError> {
    let rows = tx.rows("SELECT id, balance_micros FROM ledger_accounts ORDER BY id", &[])?;
    for row in rows {
        let (id, stored): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        let Some(account) = Account::of_id(&id) else {
            found.differences.push(format!("account {id} cannot be"));
            continue;
        };
        let sum = found.balances.get(&account).copied().unwrap_or_default();
        if account.kind.floor().is_some_and(|floor| sum < floor.into()) {
            found.differences.push(format!("account {id} stands at {sum}, below its floor"));
        }
        if account.kind.floor().is_some() && stored.is_none_or(|stored| sum != Micros(stored)) {
            let stored = stored.map_or_else(|| "nothing".to_owned(), |s| Micros(s).to_string());
            found.differences.push(format!("account {id} says {stored}, its postings sum to {sum}"));
        }
    }
    Ok(())
}

fn heads(tx: &mut Tx, found: &mut Recomputed, links: &Links) -> Result<(), DbError> {
    for row in tx.rows("SELECT writer, seq, hash FROM ledger_writers ORDER BY writer", &[])? {
        let (writer, seq, hash): (String, u64, Hash) = (row.get(0)?, row.get(1)?, as_hash(row.get(2)?)?);
        let next_known = links.contains_key(&(writer.clone(), seq + 1));
        let last = links.get(&(writer.clone(), seq));
        if next_known || (seq > 0 && last.map(|link| link.hash) != Some(hash)) {
            found
                .differences
                .push(format!("the chain of {writer} does not end at its head {seq}: entries are missing or added"));
            if last.is_none() {
                found.broken.push((i64::MAX, format!("missing: {writer} ends before {seq}")));
            }
        }
    }
    Ok(())
}

/// Postings whose entry is gone are in no sum.
fn orphans(tx: &mut Tx, found: &mut Recomputed) -> Result<(), DbError> {
    let sql = "SELECT DISTINCT p.entry_id FROM ledger_postings p
         WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.id = p.entry_id) ORDER BY p.entry_id LIMIT 100";
    for row in tx.rows(sql, &[])? {
        let id: String = row.get(0)?;
        found.differences.push(format!("ledger entry {id} is missing, its postings are there"));
    }
    Ok(())
}

fn triggers(tx: &mut Tx, found: &mut Recomputed) -> Result<(), DbError> {
    let expected = match tx.engine() {
        Engine::Sqlite => TRIGGERS_SQLITE,
        Engine::Postgres => TRIGGERS_POSTGRES,
    };
    let standing = tx.triggers()?;
    for gone in expected.iter().filter(|name| !standing.iter().any(|there| there == *name)) {
        found.differences.push(format!("the trigger {gone}, which keeps the ledger from being changed, is gone"));
    }
    Ok(())
}
