//! Shares: declaring, reading, taking back, and whose count for a recording. No arithmetic.

use money::shares::{Shares, SharesError};

use super::licences::label;
use super::payees::{of_storefront, storefront_currency};
use super::types::{Holder, ShareScope, ShareSet};
use crate::catalog::Sold;
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::{catalog, params};

const SELECT: &str = "SELECT id, storefront, scope, scope_text FROM share_sets";

/// All shares by their ids.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ShareSet>, DbError> {
    let sql = format!("{SELECT} WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let sets = rows.iter().map(|row| read(tx, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(sets, limit, |set| set.id.clone()))
}

/// The shares of one id.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<ShareSet>, DbError> {
    let row = tx.row(&format!("{SELECT} WHERE id = $1"), params![id])?;
    row.map(|row| read(tx, &row)).transpose()
}

/// Takes shares back; says whether there were any of this id.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    tx.execute("DELETE FROM share_holders WHERE share_id = $1", params![id])?;
    Ok(tx.execute("DELETE FROM share_sets WHERE id = $1", params![id])? > 0)
}

fn check_sum(holders: &[Holder]) -> Result<(), Refused> {
    let parts = holders.iter().map(|holder| (holder.payee.clone(), holder.share_ppm)).collect();
    Shares::new(parts).map(drop).map_err(|refusal: SharesError| Refused::field("holders", refusal.to_string()))
}

/// Declares shares, or replaces what was declared under their id; sales so far keep what they made due.
pub fn put(tx: &mut Tx, set: &ShareSet, now_us: i64) -> Result<(), Refused> {
    check_id(&set.id)?;
    check_sum(&set.holders)?;
    storefront_currency(tx, &set.storefront)?;
    for (place, holder) in set.holders.iter().enumerate() {
        of_storefront(tx, &format!("holders[{place}].payee"), &holder.payee, &set.storefront)?;
    }
    let key = scope_key(tx, &set.of)?;
    let (scope, text) = set.of.parts();
    let taken = tx.row(
        "SELECT id FROM share_sets WHERE storefront = $1 AND scope = $2 AND scope_key = $3 AND id <> $4",
        params![&set.storefront, scope, &key, &set.id],
    )?;
    if let Some(other) = taken {
        return Err(Refused::field("of", format!("the shares {:?} are about the same", other.get::<String>(0)?)));
    }
    tx.execute(
        "INSERT INTO share_sets (id, storefront, scope, scope_key, scope_text, created_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, scope = excluded.scope,
             scope_key = excluded.scope_key, scope_text = excluded.scope_text",
        params![&set.id, &set.storefront, scope, &key, text, now_us],
    )?;
    tx.execute("DELETE FROM share_holders WHERE share_id = $1", params![&set.id])?;
    for holder in &set.holders {
        tx.execute(
            "INSERT INTO share_holders (share_id, payee_id, share_ppm) VALUES ($1, $2, $3)",
            params![&set.id, &holder.payee, holder.share_ppm],
        )?;
    }
    Ok(())
}

/// What a sale is compared with; shares of something that is not in the catalogue are refused.
fn scope_key(tx: &mut Tx, scope: &ShareScope) -> Result<String, Refused> {
    let absent = |what: &str| Refused::field("of", format!("the catalogue has no such {what}"));
    match scope {
        ShareScope::Track(id) => Ok(catalog::sold(tx, id)?.ok_or_else(|| absent("track"))?.recording_id),
        ShareScope::Isrc(text) => {
            let isrc = catalog::isrc_of(text).ok_or_else(|| Refused::field("of", "this is no ISRC"))?;
            if catalog::has_isrc(tx, &isrc)? { Ok(isrc) } else { Err(absent("ISRC")) }
        }
        ShareScope::Release(id) => {
            if catalog::has_release(tx, id)? {
                Ok(id.clone())
            } else {
                Err(absent("release"))
            }
        }
        ShareScope::Label(name) => label(tx, name),
        ShareScope::Storefront => Ok(String::new()),
    }
}

/// The shares that count for what was sold: the closest that there are.
pub(super) fn of_sold(tx: &mut Tx, storefront: &str, sold: &Sold) -> Result<Option<(String, Shares)>, DbError> {
    let row = tx.row(
        "SELECT id FROM share_sets WHERE storefront = $1 AND (
             (scope = 'track' AND scope_key = $2) OR (scope = 'isrc' AND scope_key = $3) OR
             (scope = 'release' AND scope_key = $4) OR (scope = 'label' AND scope_key = $5) OR scope = 'storefront')
         ORDER BY CASE scope WHEN 'track' THEN 1 WHEN 'isrc' THEN 2 WHEN 'release' THEN 3 WHEN 'label' THEN 4 ELSE 5 END
         LIMIT 1",
        params![
            storefront,
            &sold.recording_id,
            sold.isrc.as_deref().unwrap_or_default(),
            &sold.release_id,
            sold.label_id.as_deref().unwrap_or_default()
        ],
    )?;
    let Some(row) = row else { return Ok(None) };
    let id: String = row.get(0)?;
    let parts = holders(tx, &id)?.into_iter().map(|holder| (holder.payee, holder.share_ppm)).collect();
    let shares = Shares::new(parts).map_err(|e| DbError::Failed(format!("the shares {id:?}: {e}")))?;
    Ok(Some((id, shares)))
}

fn holders(tx: &mut Tx, id: &str) -> Result<Vec<Holder>, DbError> {
    let sql = "SELECT payee_id, share_ppm FROM share_holders WHERE share_id = $1 ORDER BY payee_id";
    let holder = |row: &Row| Ok(Holder { payee: row.get(0)?, share_ppm: row.get(1)? });
    tx.rows(sql, params![id])?.iter().map(holder).collect()
}

fn read(tx: &mut Tx, row: &Row) -> Result<ShareSet, DbError> {
    let (id, scope): (String, String) = (row.get(0)?, row.get(2)?);
    let of = ShareScope::of_parts(&scope, row.get(3)?);
    Ok(ShareSet {
        storefront: row.get(1)?,
        of: of.ok_or_else(|| DbError::Failed(format!("shares of {scope:?}")))?,
        holders: holders(tx, &id)?,
        id,
    })
}
