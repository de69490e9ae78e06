//! The audit: everything that can be recomputed is, and every difference is a sentence.

use std::collections::BTreeMap;
use std::io::Read;

use money::ledger::{Account, Kind};
use money::{Micros, Total};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::db::{DbError, Tx};
use crate::files::{Files, FilesError};
use crate::wallet::{roots, verify};
use crate::{Shop, orders, payments, receipts, rights, vouchers};

/// Bytes read at once of a file that is checked.
const PIECE_BYTES: usize = 256 << 10;

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Ledger entries recomputed.
    Entries(u64),
    /// Files checked, and how many there are.
    Files {
        /// Checked so far.
        done: u64,
        /// All.
        of: u64,
    },
}

/// What an audit goes by beside the database itself.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    /// Public keys: roots count as signed by these alone, if there are any.
    pub keys: Vec<String>,
    /// Lines of roots that were kept elsewhere ([`crate::wallet::roots::Root::line`]).
    pub roots: Vec<String>,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// A sentence for each thing that is not as it must be.
    pub differences: Vec<String>,
    /// What an auditor should know although nothing is wrong with it.
    pub notes: Vec<String>,
}

/// Checks everything, trusting the shop's own keys and what its data folder remembers. Returns a sentence for each difference.
pub async fn audit(shop: &Shop, progress: impl Fn(Progress) + Send + Clone + 'static) -> Result<Vec<String>, DbError> {
    Ok(audit_trusting(shop, Trusted::default(), progress).await?.differences)
}

/// Checks the ledger from its first entry, orders and vouchers against it, and every master and rendition against its
/// hash, and roots against what was kept elsewhere.
pub async fn audit_trusting(
    shop: &Shop,
    trusted: Trusted,
    progress: impl Fn(Progress) + Send + Clone + 'static,
) -> Result<Findings, DbError> {
    let told = progress.clone();
    let mut kept = roots::remembered(&shop.settings.data)
        .map_err(|e| DbError::Failed(format!("the roots that the data folder remembers: {e}")))?;
    kept.extend(trusted.roots);
    let mut found = shop
        .db
        .read::<_, DbError>(move |tx| {
            let mut found = verify::recompute_trusting(tx, &trusted.keys, &|n| told(Progress::Entries(n)))?;
            found.differences.extend(roots::forgotten(&kept, &roots::all(tx)?));
            vouchers_match(tx, &mut found)?;
            holds_match(tx, &mut found)?;
            charges_match(tx, &mut found)?;
            royalties_match(tx, &mut found)?;
            found.differences.extend(payments::differences(tx, &found.balances)?);
            found.differences.extend(receipts::differences(tx)?);
            Ok(Findings { differences: found.differences, notes: found.notes })
        })
        .await?;
    let objects = shop.db.read(objects).await?;
    let (files, runtime, of) = (shop.files.clone(), Handle::current(), objects.len() as u64);
    let checked = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        for (done, object) in objects.iter().enumerate() {
            found.extend(object.difference(&files, &runtime));
            progress(Progress::Files { done: done as u64 + 1, of });
        }
        found
    });
    found.differences.extend(checked.await.map_err(|e| DbError::Failed(format!("checking files: {e}")))?);
    Ok(found)
}

/// What is owed for vouchers is what the open codes and the gifts that wait are worth, in each storefront's books; and the tax
/// that was declared with open codes is theirs.
pub(crate) fn vouchers_match(tx: &mut Tx, found: &mut verify::Recomputed) -> Result<(), DbError> {
    let worth = |worth| format!("vouchers worth {worth} are open");
    accounts_match(found, Kind::VoucherLiability, vouchers::outstanding(tx)?, worth);
    let declared = |tax| format!("open vouchers had {tax} of tax declared");
    accounts_match(found, Kind::TaxPrepaid, vouchers::prepaid_tax(tx)?, declared);
    found.differences.extend(vouchers::owed_of_batches(tx)?);
    Ok(())
}

/// Each account of a kind stands at what the shop's tables make of it; `say` puts that into words.
fn accounts_match(
    found: &mut verify::Recomputed,
    kind: Kind,
    expected: Vec<(Account, Total)>,
    say: impl Fn(Total) -> String,
) {
    let mut expected: BTreeMap<Account, Total> = expected.into_iter().collect();
    let mut differences = Vec::new();
    for (account, booked) in found.balances.iter().filter(|(account, _)| account.kind == kind) {
        let expected = expected.remove(account).unwrap_or_default();
        if expected != *booked {
            differences.push(format!("{}: {}, the ledger says {booked}", account.owner, say(expected)));
        }
    }
    let unbooked = expected.into_iter().filter(|(_, amount)| *amount != Total::ZERO);
    differences
        .extend(unbooked.map(|(account, amount)| format!("{}: {}, the ledger says 0", account.owner, say(amount))));
    found.differences.extend(differences);
}

/// What each listener's held accounts say is what his lines still hold, kind by kind.
fn holds_match(tx: &mut Tx, found: &mut verify::Recomputed) -> Result<(), DbError> {
    let rows = tx.rows(
        "SELECT o.user_id, CAST(SUM(l.held_micros - l.held_promotional_micros - l.held_voucher_micros) AS BIGINT),
             CAST(SUM(l.held_promotional_micros) AS BIGINT), CAST(SUM(l.held_voucher_micros) AS BIGINT)
         FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.state = 'held' GROUP BY o.user_id",
        &[],
    )?;
    const HELD: [Kind; 3] = [Kind::Held, Kind::HeldPromotional, Kind::HeldVoucher];
    let mut of_lines = BTreeMap::new();
    for row in rows {
        let user: String = row.get(0)?;
        for (place, kind) in HELD.into_iter().enumerate() {
            of_lines.insert((user.clone(), kind), Micros(row.get(place + 1)?));
        }
    }
    let held = found.balances.iter().filter(|(account, _)| HELD.contains(&account.kind));
    let mut differences = Vec::new();
    for (account, held) in held {
        let lines = of_lines.remove(&(account.owner.clone(), account.kind)).unwrap_or_default();
        if *held != lines {
            differences.push(format!("account {} stands at {held}, open order lines hold {lines}", account.id()));
        }
    }
    let unbooked = of_lines.into_iter().filter(|(_, lines)| *lines != Micros::ZERO);
    differences.extend(unbooked.map(|((user, kind), lines)| {
        format!("open order lines of user {user} hold {lines} ({}), the ledger nothing", kind.name())
    }));
    found.differences.extend(differences);
    Ok(())
}

/// What is owed to each payee is what his rows make due, less what was paid out; and each row is what its sale makes due.
fn royalties_match(tx: &mut Tx, found: &mut verify::Recomputed) -> Result<(), DbError> {
    let (differences, mut due) = rights::recompute(tx)?;
    found.differences.extend(differences);
    for row in tx.rows("SELECT payee_id, CAST(SUM(amount_micros) AS BIGINT) FROM payouts GROUP BY payee_id", &[])? {
        due.entry(row.get(0)?).or_default().0 -= row.get::<i64>(1)?;
    }
    let mut differences = Vec::new();
    for (account, owed) in found.balances.iter().filter(|(account, _)| account.kind == Kind::Payable) {
        let due = due.remove(&account.owner).unwrap_or_default();
        if *owed != due {
            differences.push(format!("payee {} is owed {owed} by the ledger, its sales make {due} due", account.owner));
        }
    }
    let unbooked = due.into_iter().filter(|(_, due)| *due != Micros::ZERO);
    differences.extend(unbooked.map(|(payee, due)| format!("sales make {due} due to {payee}, the ledger nothing")));
    found.differences.extend(differences);
    Ok(())
}

/// Each settled line's charge is what its entry brought, and the price of its bytes within the promise.
fn charges_match(tx: &mut Tx, found: &mut verify::Recomputed) -> Result<(), DbError> {
    let sql = format!(
        "SELECT l.id, l.state, l.held_micros, l.charged_micros, l.charged_bytes, l.list_micros, l.discount_micros,
             l.tax_micros, (SELECT COUNT(*) FROM entitlements n WHERE n.order_line_id = l.id),
             CAST(COALESCE((SELECT SUM(p.amount_micros) FROM ledger_entries e
                 JOIN ledger_postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id
                 WHERE e.subject = l.id AND e.kind = 'capture' AND a.kind IN ('revenue', 'tax', 'payable')), 0) AS BIGINT),
             {}
         FROM order_lines l WHERE l.state <> 'held'",
        orders::TERMS
    );
    for row in tx.rows(&sql, &[])? {
        let (id, state): (String, String) = (row.get(0)?, row.get(1)?);
        let (held, charged, booked) = (Micros(row.get(2)?), Micros(row.get(3)?), Micros(row.get(9)?));
        if charged != booked {
            found.differences.push(format!("order line {id} was charged {charged}, the ledger says {booked}"));
        }
        let due = match (state.as_str(), row.get::<Option<u64>>(4)?) {
            ("charged", Some(bytes)) => {
                let terms = orders::terms_of(&row, 10)?;
                let price = terms.price(bytes);
                let told = |at| row.get::<Option<i64>>(at).map(|micros| micros.map(Micros));
                let due = [price.map(|p| p.list), price.map(|p| p.discount), terms.tax_in(charged)];
                // Lines from before these figures were kept have none.
                if told(5)?.is_some() && due != [told(5)?, told(6)?, told(7)?] {
                    found.differences.push(format!("order line {id} has other figures than its price is made of"));
                }
                price.map(|p| p.gross.min(held))
            }
            _ => Some(Micros::ZERO),
        };
        if row.get::<i64>(8)? == 0 {
            found.differences.push(format!("order line {id} entitles nobody to its file"));
        }
        if due != Some(charged) {
            found
                .differences
                .push(format!("order line {id} was charged {charged}, which is not the price of its bytes"));
        }
    }
    Ok(())
}

/// An object and what its SHA-256 must be.
struct Object {
    what: String,
    name: String,
    sha256: String,
    /// A cached body: one that is gone is made again when somebody asks for it.
    cached: bool,
}

fn objects(tx: &mut Tx) -> Result<Vec<Object>, DbError> {
    let mut found = Vec::new();
    for row in tx.rows("SELECT id, object_key, file_sha256 FROM masters ORDER BY id", &[])? {
        let what = format!("master {}", row.get::<String>(0)?);
        found.push(Object { what, name: row.get(1)?, sha256: row.get(2)?, cached: false });
    }
    let sql = "SELECT id, body_object, body_sha256 FROM renditions WHERE state = 'ready' ORDER BY id";
    for row in tx.rows(sql, &[])? {
        let what = format!("rendition {}", row.get::<String>(0)?);
        found.push(Object { what, name: row.get(1)?, sha256: row.get(2)?, cached: true });
    }
    Ok(found)
}

impl Object {
    fn difference(&self, files: &Files, runtime: &Handle) -> Option<String> {
        match self.hash(files, runtime) {
            Ok(hash) if hash == self.sha256 => None,
            Ok(_) => Some(format!("{} is not what was stored: its hash differs", self.what)),
            Err(FilesError::Absent(_)) if self.cached => None,
            Err(FilesError::Absent(_)) => Some(format!("{} is missing", self.what)),
            Err(e) => Some(format!("{} cannot be read: {e}", self.what)),
        }
    }

    fn hash(&self, files: &Files, runtime: &Handle) -> Result<String, FilesError> {
        let mut object = files.open_blocking(&self.name, runtime)?;
        let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
        loop {
            let read = object.read(&mut piece)?;
            if read == 0 {
                return Ok(hex::encode(hash.finalize()));
            }
            hash.update(&piece[..read]);
        }
    }
}
