//! What prices want to know of a buyer: what he has spent, what he owns, how his money came. Reads only, and only what some
//! rule asks for.

use std::collections::HashMap;

use audio::format::Format;
use money::Micros;
use money::ledger::Kind;

use super::promotions::{self, Promotion};
use crate::db::{DbError, Query, Tx, Value, values_of, values_sql};
use crate::params;
use crate::wallet;

/// A buyer, as far as some promotion asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    /// What he was charged in all, less what was given back.
    pub spent: Micros,
    /// He has bought before.
    pub has_bought: bool,
    /// Promotions that he had.
    pub uses: Vec<String>,
    /// By what money came to his balance last.
    pub means: Option<String>,
}

/// What of a line's charge was refunded, with tax.
const REFUNDED: &str =
    "coalesce((SELECT -sum(k.gross_micros) FROM sale_corrections k WHERE k.line_id = l.id), CAST(0 AS BIGINT))";
/// What of it was credited since its file was bad: all that was left.
const CREDITED: &str =
    "coalesce((SELECT sum(d.credited_micros) FROM defects d WHERE d.line_id = l.id), CAST(0 AS BIGINT))";

/// Whether a promotion asks what its buyer did before.
pub(super) fn asks_of_history(promotion: &Promotion) -> bool {
    !promotion.ladder.is_empty() || promotion.first_order || promotion.once_per_user || !promotion.means.is_empty()
}

/// What `promotions` ask of a user at an instant.
pub(super) fn facts(tx: &mut Tx, promotions: &[&Promotion], user_id: &str, at_us: i64) -> Result<Buyer, DbError> {
    let asks = |of: fn(&Promotion) -> bool| promotions.iter().any(|promotion| of(promotion));
    let mut buyer = Buyer::default();
    if asks(|p| !p.ladder.is_empty()) {
        buyer.spent = spent(tx, user_id, at_us)?;
    }
    if asks(|p| p.first_order) {
        let sql = "SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id
             WHERE o.user_id = $1 AND o.created_us < $2 AND l.state <> 'refunded' LIMIT 1";
        buyer.has_bought = tx.row(sql, params![user_id, at_us])?.is_some();
    }
    if asks(|p| p.once_per_user) {
        buyer.uses = promotions::uses_of(tx, user_id, at_us)?;
    }
    if asks(|p| !p.means.is_empty()) {
        buyer.means = means(tx, user_id, at_us)?;
    }
    Ok(buyer)
}

/// What a user was charged in all before an instant, less what was given back.
pub(crate) fn spent(tx: &mut Tx, user_id: &str, at_us: i64) -> Result<Micros, DbError> {
    let sql = format!(
        "SELECT CAST(coalesce(sum(l.charged_micros - {REFUNDED} - {CREDITED}), 0) AS BIGINT) FROM order_lines l
         JOIN orders o ON o.id = l.order_id
         WHERE o.user_id = $1 AND o.created_us < $2 AND l.state = 'charged'"
    );
    let row = tx.row(&sql, params![user_id, at_us])?;
    Ok(Micros(row.map(|row| row.get(0)).transpose()?.unwrap_or(0)))
}

/// By what money came to a user's balance last: a provider's name, `voucher`, or `credit` from an operator.
fn means(tx: &mut Tx, user_id: &str, at_us: i64) -> Result<Option<String>, DbError> {
    let [balance, promotional, voucher] =
        [Kind::Balance, Kind::Promotional, Kind::Voucher].map(|kind| wallet::account(kind, user_id).id());
    let row = tx.row(
        "SELECT e.kind, (SELECT a.owner FROM ledger_postings q JOIN ledger_accounts a ON a.id = q.account_id
                         WHERE q.entry_id = e.id AND a.kind = 'top_up_clearing' LIMIT 1)
         FROM ledger_postings p JOIN ledger_entries e ON e.id = p.entry_id
         WHERE p.account_id IN ($1, $2, $3) AND p.at_us < $4 AND p.amount_micros > 0
             AND e.kind IN ('top_up', 'voucher', 'credit')
         ORDER BY p.at_us DESC, p.entry_id DESC LIMIT 1",
        params![balance, promotional, voucher, at_us],
    )?;
    let Some(row) = row else { return Ok(None) };
    // The clearing account of a provider is STOREFRONT.PROVIDER.
    let provider = row.get::<Option<String>>(1)?.and_then(|owner| Some(owner.rsplit_once('.')?.1.to_owned()));
    provider.map_or_else(|| row.get(0), Ok).map(Some)
}

/// What a user has of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// In which format.
    pub format: Format,
    /// The order it came with.
    pub order_id: String,
    /// Bytes of it, once it is made.
    pub bytes: Option<u64>,
    /// What was charged for it and did not go back, with tax.
    pub paid: Micros,
    /// The tax in that.
    pub tax: Micros,
    /// The entitlement's id.
    pub entitlement: String,
    /// What was charged for it at first.
    pub charged_micros: Option<i64>,
}

/// What is owned: entitlements `e` of lines `l`.
const IS_OWNED: &str = "e.revoked_us IS NULL AND l.state <> 'refunded'";

/// All that somebody owns of a track in a few characters: as long as it is the same, he bought nothing of it and was charged
/// nothing for it meanwhile.
pub(crate) fn digest(owned: &[Owned]) -> String {
    let latest = owned.iter().map(|owned| owned.entitlement.as_str()).max().unwrap_or_default();
    format!("{} {latest} {}", owned.len(), owned.iter().filter_map(|owned| owned.charged_micros).sum::<i64>())
}

/// The [`digest`] of what users own of tracks, for many pairs of both at once.
pub(crate) fn digests(tx: &mut Tx, pairs: &[(&str, &str)]) -> Result<Vec<(String, String, String)>, DbError> {
    let sql = format!(
        "SELECT v.column1, v.column2, (
             SELECT CAST(COUNT(*) AS TEXT) || ' ' || coalesce(MAX(e.id), '') || ' '
                 || CAST(CAST(coalesce(SUM(l.charged_micros), 0) AS BIGINT) AS TEXT)
             FROM entitlements e JOIN order_lines l ON l.id = e.order_line_id
             WHERE e.user_id = v.column1 AND e.track_id = v.column2 AND {IS_OWNED})
         FROM {}",
        values_sql(pairs.len())
    );
    tx.rows(&sql, &values_of(pairs))?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// What a user owns of these tracks, and may still download.
pub(super) fn owned(tx: &mut Tx, user_id: &str, tracks: &[&str]) -> Result<HashMap<String, Vec<Owned>>, DbError> {
    let mut found = HashMap::<String, Vec<Owned>>::new();
    for query in owned_queries(user_id, tracks) {
        let answer = tx.ask(&query)?;
        let mut rows = Vec::new();
        for row in answer.iter() {
            rows.push(((row.get::<i64>(6)?, row.get::<String>(7)?), row));
        }
        // Sorted here: an engine that is asked for an order may walk all that the user owns to have it.
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (_, row) in rows {
            let format: String = row.get(1)?;
            // A format that no build knows any more is no way to tell what is better.
            let Ok(format) = format.parse() else { continue };
            let (paid, tax): (i64, i64) = (row.get(4)?, row.get(5)?);
            found.entry(row.get(0)?).or_default().push(Owned {
                format,
                order_id: row.get(2)?,
                bytes: row.get(3)?,
                paid: Micros(paid),
                // A credit for a bad file takes all that is left, its tax too.
                tax: Micros(if paid > 0 { tax } else { 0 }),
                entitlement: row.get(7)?,
                charged_micros: row.get(8)?,
            });
        }
    }
    Ok(found)
}

/// What [`owned`] asks for.
pub(crate) fn owned_queries(user_id: &str, tracks: &[&str]) -> Vec<Query> {
    let query = |tracks: &[&str]| {
        let places: Vec<String> = (2..tracks.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT e.track_id, e.format, l.order_id, l.charged_bytes,
                 CAST(coalesce(l.charged_micros, 0) - {REFUNDED} - {CREDITED} AS BIGINT),
                 CAST(coalesce(l.tax_micros, 0) - coalesce((SELECT -sum(k.tax_micros) FROM sale_corrections k
                     WHERE k.line_id = l.id), CAST(0 AS BIGINT)) AS BIGINT), e.granted_us, e.id, l.charged_micros
             FROM entitlements e JOIN order_lines l ON l.id = e.order_line_id
             WHERE e.user_id = $1 AND {IS_OWNED} AND e.track_id IN ({})",
            places.join(", ")
        );
        let values: Vec<Value> = std::iter::once(user_id).chain(tracks.iter().copied()).map(Value::from).collect();
        Query::new(sql, &values)
    };
    tracks.chunks(TRACKS_AT_ONCE).map(query).collect()
}

/// Tracks of one question.
const TRACKS_AT_ONCE: usize = 500;
