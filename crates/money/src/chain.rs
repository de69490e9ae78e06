//! The hash chain: each entry's hash covers its content and the hash before it, per writer; a daily root covers the heads
//! of all chains.

use sha2::{Digest, Sha256};

use crate::ledger::Posting;

/// A SHA-256.
pub type Hash = [u8; 32];

/// What stands before a writer's first entry.
pub const GENESIS: Hash = [0; 32];

/// What an entry says, apart from its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// The entry's id.
    pub id: &'a str,
    /// Who wrote it: one chain for each writer.
    pub writer: &'a str,
    /// Its number in that chain, from 1.
    pub seq: u64,
    /// Microseconds since 1970 UTC.
    pub at_us: i64,
    /// What sort of event.
    pub kind: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// The entry that it corrects, if it does.
    pub corrects: Option<&'a str>,
    /// What moved.
    pub postings: &'a [Posting],
}

/// The hash of an entry whose predecessor in the chain is `prev`. Every text goes in with its length before it, so that no
/// two entries share a preimage.
pub fn hash(said: &Said<'_>, prev: &Hash) -> Hash {
    let mut state = Sha256::new();
    let mut text = |s: &str| {
        state.update((s.len() as u64).to_le_bytes());
        state.update(s.as_bytes());
    };
    for part in ["gramovar entry 1", said.id, said.writer, said.kind, said.subject] {
        text(part);
    }
    for posting in said.postings {
        text(&posting.account.id());
        text(&posting.amount.0.to_string());
    }
    if let Some(corrected) = said.corrects {
        text("corrects");
        text(corrected);
    }
    state.update((said.postings.len() as u64).to_le_bytes());
    state.update(said.seq.to_le_bytes());
    state.update(said.at_us.to_le_bytes());
    state.update(prev);
    state.finalize().into()
}

/// The root over the heads of all chains (`writer`, last `seq`, last hash), which must come sorted by writer.
pub fn root(day: &str, heads: &[(String, u64, Hash)]) -> Hash {
    let mut state = Sha256::new();
    state.update(b"gramovar root 1");
    state.update(day.as_bytes());
    for (writer, seq, head) in heads {
        state.update((writer.len() as u64).to_le_bytes());
        state.update(writer.as_bytes());
        state.update(seq.to_le_bytes());
        state.update(head);
    }
    state.finalize().into()
}

/// What is signed of a root: its day, the root before it and its own hash.
pub fn seal(day: &str, prev: &Hash, root: &Hash) -> Hash {
    let mut state = Sha256::new();
    state.update(b"gramovar seal 1");
    state.update((day.len() as u64).to_le_bytes());
    state.update(day.as_bytes());
    state.update(prev);
    state.update(root);
    state.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Account, Kind};
    use crate::{Currency, Micros};

    #[test]
    fn every_part_of_an_entry_is_in_its_hash() {
        let account = |kind| Account { kind, owner: "u".into(), currency: Currency::USD };
        let postings = [
            Posting { account: account(Kind::Balance), amount: Micros(5) },
            Posting { account: account(Kind::OperatorCredit), amount: Micros(-5) },
        ];
        let other = [Posting { account: account(Kind::Balance), amount: Micros(6) }, postings[1].clone()];
        let base = Said {
            id: "i",
            writer: "w",
            seq: 1,
            at_us: 2,
            kind: "k",
            subject: "s",
            corrects: None,
            postings: &postings,
        };
        let variants = [
            base.clone(),
            Said { id: "j", ..base.clone() },
            Said { writer: "x", ..base.clone() },
            Said { seq: 2, ..base.clone() },
            Said { at_us: 3, ..base.clone() },
            Said { kind: "ks", subject: "", ..base.clone() },
            Said { subject: "t", ..base.clone() },
            Said { corrects: Some(""), ..base.clone() },
            Said { corrects: Some("h"), ..base.clone() },
            Said { postings: &other, ..base.clone() },
            Said { postings: &postings[..1], ..base.clone() },
        ];
        let mut hashes: Vec<Hash> = variants.iter().map(|said| hash(said, &GENESIS)).collect();
        hashes.push(hash(&base, &[1; 32]));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), variants.len() + 1);
    }
}
