//! The roots of the ledger's days: made once, signed, chained to each other, and remembered outside the database by whoever
//! serves from a data folder. Whoever can write the database can also read its key; what he cannot do is change what other
//! machines and folders remember.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use money::chain::{self, GENESIS, Hash};

use super::found::{Links, Recomputed};
use super::ledger::as_hash;
use crate::db::{DbError, Tx};
use crate::params;
use crate::signing::{self, Signature};

/// What a root's signature is for.
const PURPOSE: &str = "ledger root";
/// The file of a data folder that remembers roots.
pub const ROOTS_FILE: &str = "ledger-roots.txt";

/// The root of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Root {
    pub day: String,
    pub hash: Hash,
    pub sealed_us: i64,
    /// Over the day, the root before it and its own hash. None of roots from before they were signed.
    pub signature: Option<Signature>,
    heads: String,
    prev: Option<Hash>,
}

impl Root {
    /// One line of [`ROOTS_FILE`] and of `gramovar ledger roots`: day, hash, public key, signature.
    pub fn line(&self) -> String {
        let (key, signature) = match &self.signature {
            Some(s) => (s.public_key.as_str(), s.signature.as_str()),
            None => ("unsigned", "-"),
        };
        format!("{} {} {key} {signature}", self.day, hex::encode(self.hash))
    }

    fn heads(&self) -> Option<Vec<(String, u64, Hash)>> {
        self.heads.lines().map(head_of_line).collect()
    }
}

/// Covers the heads of all chains by the root of `day` and signs it, once. A day before one that is sealed stays unsealed.
pub(super) fn seal_day(tx: &mut Tx, day: &str, at_us: i64) -> Result<(), DbError> {
    let last = tx.row("SELECT day, hash FROM ledger_roots ORDER BY day DESC LIMIT 1", &[])?;
    let prev = match last {
        Some(row) if row.get::<String>(0)?.as_str() >= day => return Ok(()),
        Some(row) => as_hash(row.get(1)?)?,
        None => GENESIS,
    };
    let heads = tx.rows("SELECT writer, seq, hash FROM ledger_writers ORDER BY writer", &[])?;
    let heads =
        heads.iter().map(|r| Ok((r.get(0)?, r.get(1)?, as_hash(r.get(2)?)?))).collect::<Result<Vec<_>, DbError>>()?;
    let lines: Vec<String> = heads.iter().map(|(w, seq, hash)| format!("{w} {seq} {}", hex::encode(hash))).collect();
    let hash = chain::root(day, &heads);
    let signature = signing::sign(tx, PURPOSE, &chain::seal(day, &prev, &hash))?;
    let sealed = tx.execute(
        "INSERT INTO ledger_roots (day, heads, hash, at_us, prev_hash, public_key, signature)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (day) DO NOTHING",
        params![
            day,
            lines.join("\n"),
            hash.as_slice(),
            at_us,
            prev.as_slice(),
            &signature.public_key,
            &signature.signature
        ],
    )?;
    if sealed > 0 {
        // Logs leave the machine: one more place where the root cannot be changed.
        let (root, signature) = (hex::encode(hash), signature.signature);
        tracing::info!(day, root, signature, "a day of the ledger is sealed");
    }
    Ok(())
}

/// All roots, the oldest first.
pub(crate) fn all(tx: &mut Tx) -> Result<Vec<Root>, DbError> {
    let sql = "SELECT day, heads, hash, at_us, prev_hash, public_key, signature FROM ledger_roots ORDER BY day";
    tx.rows(sql, &[])?
        .iter()
        .map(|row| {
            let signed: (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
            Ok(Root {
                day: row.get(0)?,
                heads: row.get(1)?,
                hash: as_hash(row.get(2)?)?,
                sealed_us: row.get(3)?,
                prev: row.get::<Option<Vec<u8>>>(4)?.map(as_hash).transpose()?,
                signature: match signed {
                    (Some(public_key), Some(signature)) => Some(Signature { public_key, signature }),
                    _ => None,
                },
            })
        })
        .collect()
}

/// Judges all roots: whether they cover the entries as they stand, follow each other, and were signed by a key of the shop,
/// or, where `keys` names any, by one of these.
pub(super) fn verify(tx: &mut Tx, found: &mut Recomputed, links: &Links, keys: &[String]) -> Result<(), DbError> {
    let known = tx.rows("SELECT public_key, created_us, retired_us FROM signing_keys", &[])?;
    let mut periods = BTreeMap::<String, (i64, i64)>::new();
    for row in known {
        periods.insert(row.get(0)?, (row.get(1)?, row.get::<Option<i64>>(2)?.unwrap_or(i64::MAX)));
    }
    let (mut prev, mut is_signed_from_here, mut unsigned) = (GENESIS, false, 0u64);
    let mut sound = BTreeMap::<String, u64>::new();
    for root in all(tx)? {
        covers(&root, found, links, &mut sound);
        match &root.signature {
            Some(signature) => {
                is_signed_from_here = true;
                let seal = chain::seal(&root.day, &prev, &root.hash);
                if root.prev != Some(prev) || !signing::is_genuine(signature, PURPOSE, &seal) {
                    found.differences.push(format!("the signature of the root of {} is not genuine", root.day));
                }
                let key = &signature.public_key;
                let signs = |(from, to): &(i64, i64)| (*from..=*to).contains(&root.sealed_us);
                if !keys.is_empty() && !keys.contains(key) || keys.is_empty() && !periods.get(key).is_some_and(signs) {
                    found
                        .differences
                        .push(format!("the root of {} is signed by a key that is not ours: {key}", root.day));
                }
            }
            None if is_signed_from_here => {
                found.differences.push(format!("the root of {} is not signed, but an earlier one is", root.day));
            }
            None => unsigned += 1,
        }
        prev = root.hash;
    }
    if unsigned > 0 {
        found.notes.push(format!("{unsigned} roots are from before roots were signed"));
    }
    Ok(())
}

/// Compares a root with the entries that it covers, and names where they part.
fn covers(root: &Root, found: &mut Recomputed, links: &Links, sound: &mut BTreeMap<String, u64>) {
    let heads = root.heads();
    if heads.as_ref().is_none_or(|heads| chain::root(&root.day, heads) != root.hash) {
        found.differences.push(format!("the root of {} is not what was written", root.day));
        return;
    }
    for (writer, seq, head) in heads.unwrap_or_default() {
        let last_sound = sound.get(&writer).copied().unwrap_or(0);
        let place = (writer, seq);
        if seq == 0 || links.get(&place).is_some_and(|link| link.hash == head) {
            sound.insert(place.0, seq);
            continue;
        }
        let (writer, first) = (&place.0, last_sound + 1);
        found.differences.push(format!(
            "the root of {} does not cover the ledger as it stands: of {writer}, one of the entries {first} to {seq} was \
             written anew or removed",
            root.day
        ));
        // Where an entry itself is seen to be broken, it says more than a range.
        if found.broken.is_empty() {
            let at_us = links.get(&(writer.clone(), first)).map_or(root.sealed_us, |link| link.at_us);
            found.broken.push((at_us, format!("an entry between {writer} {first} and {writer} {seq}")));
        }
    }
}

fn head_of_line(line: &str) -> Option<(String, u64, Hash)> {
    let mut parts = line.split(' ');
    let (writer, seq) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
    Some((writer, seq, hex::decode(parts.next()?).ok()?.try_into().ok()?))
}

/// Adds the roots that the data folder does not remember yet to its file.
pub fn remember(data: &Path, roots: &[Root]) -> std::io::Result<()> {
    let kept = remembered(data)?;
    let last = kept.last().and_then(|line| line.split(' ').next()).unwrap_or_default();
    let fresh: String = roots.iter().filter(|r| r.day.as_str() > last).map(|r| r.line() + "\n").collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let mut file = std::fs::File::options().create(true).append(true).open(data.join(ROOTS_FILE))?;
    file.write_all(fresh.as_bytes())?;
    file.sync_all()
}

/// The lines of the data folder's file.
pub fn remembered(data: &Path) -> std::io::Result<Vec<String>> {
    match std::fs::read_to_string(data.join(ROOTS_FILE)) {
        Ok(text) => Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(vec![]),
        Err(e) => Err(e),
    }
}

/// A sentence for each remembered root that the ledger does not have.
pub fn forgotten(remembered: &[String], roots: &[Root]) -> Vec<String> {
    let lines: std::collections::BTreeSet<String> = roots.iter().map(Root::line).collect();
    let gone = remembered.iter().filter(|line| !lines.contains(*line));
    let day = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    gone.map(|line| format!("the root of {} is not the one that was remembered outside the database", day(line)))
        .collect()
}
