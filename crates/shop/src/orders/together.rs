//! What orders that share a commit look up together: the money of their buyers, whether their keys were used, and what of
//! their tracks was bought since their quotes. An order whose quote rests on nothing else needs no look of its own then.

use std::collections::BTreeSet;

use super::asked::{Ahead, Asked, Request};
use super::quote::Quoted;
use crate::consents;
use crate::db::{DbError, Prepare, Subject, Tx, Value, values_of, values_sql};
use crate::storefronts::MAIN;
use crate::tariffs;
use crate::wallet;

/// The look for all of them.
pub(super) static PREPARE: Prepare = Prepare { look };

/// Tracks of an order that is looked up with others; a larger one asks for itself.
const MAX_TRACKS: usize = 32;

fn look(tx: &mut Tx, subjects: &[Subject]) -> Result<(), DbError> {
    let asked = subjects.iter().filter_map(|subject| subject.downcast_ref::<Asked>());
    let quoted: Vec<(&Request, &Quoted)> = asked
        .filter_map(|asked| match &asked.ahead {
            Ahead::Quoted { quoted, .. } if quoted.buys.len() <= MAX_TRACKS => Some((&*asked.request, quoted)),
            _ => None,
        })
        .collect();
    let users: BTreeSet<&str> = quoted.iter().map(|(request, _)| request.user_id.as_str()).collect();
    if users.is_empty() {
        return Ok(());
    }
    // From here on nobody else places an order for them.
    wallet::lock(tx, &users.into_iter().collect::<Vec<_>>())?;
    let keys: Vec<_> = quoted.iter().map(|(request, _)| (request.user_id.as_str(), request.key.as_str())).collect();
    let sql = format!(
        "SELECT v.column1, v.column2, (SELECT o.id FROM orders o WHERE o.user_id = v.column1
             AND o.idempotency_key = v.column2) FROM {}",
        values_sql(keys.len())
    );
    for row in tx.rows(&sql, &values_of(&keys))? {
        let (user, key): (String, String) = (row.get(0)?, row.get(1)?);
        tx.know(key_name(&user, &key), vec![row.get::<Option<String>>(2)?.into()]);
    }
    let tracks: BTreeSet<(&str, &str)> = quoted.iter().flat_map(|(request, quoted)| tracks(request, quoted)).collect();
    for (user, track, owned) in tariffs::digests(tx, &tracks.into_iter().collect::<Vec<_>>())? {
        tx.know(owned_name(&user, &track), vec![owned.into()]);
    }
    Ok(())
}

fn tracks<'a>(request: &'a Request, quoted: &'a Quoted) -> impl Iterator<Item = (&'a str, &'a str)> {
    quoted.buys.iter().map(|buy| (request.user_id.as_str(), buy.track_id.as_str()))
}

/// Whether the quote still holds, as far as was looked up together; none where it was not, or where the quote rests on more.
/// `texts`: those that had been agreed to.
pub(super) fn still_holds(
    tx: &mut Tx,
    request: &Request,
    quoted: &Quoted,
    texts: &str,
) -> Result<Option<bool>, DbError> {
    let Some(standing) = tx.known(&key_name(&request.user_id, &request.key)) else { return Ok(None) };
    if quoted.rests_on_history {
        return Ok(None);
    }
    let is_new = standing.get::<Option<String>>(0)?.is_none();
    let version =
        tx.once("consent_texts", "version of consent texts".to_owned(), |tx| consents::texts_version(tx, MAIN))?;
    let mut holds = is_new && *version == texts;
    for buy in &quoted.buys {
        match tx.known(&owned_name(&request.user_id, &buy.track_id)) {
            Some(row) => holds &= row.get::<String>(0)? == buy.owned,
            None => return Ok(None),
        }
    }
    Ok(Some(holds))
}

/// Tells the orders after this one in the group what it changed.
pub(super) fn placed(tx: &mut Tx, request: &Request, quoted: &Quoted, order_id: &str) {
    tx.know(key_name(&request.user_id, &request.key), vec![order_id.into()]);
    for (user, track) in tracks(request, quoted) {
        // Nothing is owned like this: whoever wants the track too asks anew.
        tx.know(owned_name(user, track), vec![Value::from("changed")]);
    }
}

fn key_name(user: &str, key: &str) -> String {
    format!("order of {user} under {key}")
}

fn owned_name(user: &str, track: &str) -> String {
    format!("what {user} owns of {track}")
}
