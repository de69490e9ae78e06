//! Payees: declaring, reading, taking back. No licences.

use super::checks::{check_ipn, check_name, check_party_id};
use super::types::{Payee, PayeeKind};
use crate::db::{DbError, Row, Tx};
use crate::declared::{Refused, check_id};
use crate::page::Page;
use crate::{params, storefronts, users};

const SELECT: &str = "SELECT p.id, p.storefront, p.name, p.kind, p.currency, u.email, p.party_id, p.ipn
    FROM payees p LEFT JOIN users u ON u.id = p.user_id";

/// All payees by their ids.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Payee>, DbError> {
    let sql = format!("{SELECT} WHERE p.id > $1 ORDER BY p.id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let payees = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(payees, limit, |payee| payee.id.clone()))
}

/// The payees that a user signs in for.
pub fn of_user(tx: &mut Tx, user_id: &str) -> Result<Vec<Payee>, DbError> {
    let rows = tx.rows(&format!("{SELECT} WHERE p.user_id = $1 ORDER BY p.id"), params![user_id])?;
    rows.iter().map(read).collect()
}

/// One payee.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Payee>, DbError> {
    tx.row(&format!("{SELECT} WHERE p.id = $1"), params![id])?.as_ref().map(read).transpose()
}

/// Takes a payee back whom nothing refers to; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    for (sql, what) in [
        ("SELECT 1 FROM licences WHERE payee_id = $1 LIMIT 1", "a licence pays it"),
        ("SELECT 1 FROM share_holders WHERE payee_id = $1 LIMIT 1", "it holds shares"),
        ("SELECT 1 FROM royalty_lines WHERE payee_id = $1 LIMIT 1", "sales have made something due to it"),
    ] {
        if tx.row(sql, params![id])?.is_some() {
            return Err(Refused::conflict("id", format!("the payee stays: {what}")));
        }
    }
    Ok(tx.execute("DELETE FROM payees WHERE id = $1", params![id])? > 0)
}

/// The currency that a storefront sells in, or a refusal of the field.
pub(super) fn storefront_currency(tx: &mut Tx, storefront: &str) -> Result<String, Refused> {
    let found = storefronts::get(tx, storefront)?;
    found
        .map(|found| found.currency)
        .ok_or_else(|| Refused::field("storefront", format!("there is no storefront {storefront:?}")))
}

/// A payee of that storefront, or a refusal of the field.
pub(super) fn of_storefront(tx: &mut Tx, field: &str, id: &str, storefront: &str) -> Result<Payee, Refused> {
    let payee = find(tx, id)?.ok_or_else(|| Refused::field(field, format!("there is no payee {id:?}")))?;
    if payee.storefront == storefront {
        return Ok(payee);
    }
    Err(Refused::field(field, format!("the payee {id:?} belongs to the storefront {:?}", payee.storefront)))
}

/// Declares a payee, or replaces what was declared under its id.
pub fn put(tx: &mut Tx, payee: &Payee, now_us: i64) -> Result<(), Refused> {
    check_id(&payee.id)?;
    check_name(&payee.name)?;
    check_party_id("party_id", payee.party_id.as_deref())?;
    check_ipn(payee.ipn.as_deref())?;
    let currency = storefront_currency(tx, &payee.storefront)?;
    if payee.currency != currency {
        return Err(Refused::field("currency", format!("the storefront {:?} sells in {currency}", payee.storefront)));
    }
    let known = find(tx, &payee.id)?;
    if let Some(known) = &known
        && known.storefront != payee.storefront
    {
        return Err(Refused::conflict("storefront", "a payee never moves to another storefront: declare another one"));
    }
    let user = user_of(tx, payee.email.as_deref())?;
    tx.execute(
        "INSERT INTO payees (id, storefront, name, kind, currency, user_id, party_id, ipn, created_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, user_id = excluded.user_id,
             party_id = excluded.party_id, ipn = excluded.ipn",
        params![
            &payee.id,
            &payee.storefront,
            &payee.name,
            payee.kind.as_str(),
            &payee.currency,
            &user,
            &payee.party_id,
            &payee.ipn,
            now_us
        ],
    )?;
    Ok(())
}

/// The user must exist: whoever signs up later with an address must not find somebody else's statements there.
fn user_of(tx: &mut Tx, email: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(email) = email else { return Ok(None) };
    let user = users::get_by_email(tx, email)?;
    let reason = || format!("nobody has signed up as {email:?}: make the user first (gramovar user create)");
    user.map(|user| Some(user.id)).ok_or_else(|| Refused::field("email", reason()))
}

fn read(row: &Row) -> Result<Payee, DbError> {
    let kind: String = row.get(3)?;
    Ok(Payee {
        id: row.get(0)?,
        storefront: row.get(1)?,
        name: row.get(2)?,
        kind: PayeeKind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a payee of kind {kind:?}")))?,
        currency: row.get(4)?,
        email: row.get(5)?,
        party_id: row.get(6)?,
        ipn: row.get(7)?,
    })
}
