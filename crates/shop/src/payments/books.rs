//! The audit's view: what the rows say of frozen, returning and arrived money is what the ledger says.

use std::collections::BTreeMap;

use money::ledger::{Account, Kind};
use money::{Micros, Total};

use crate::db::{DbError, Tx};
use crate::wallet;

/// A sentence for each account of top-ups that does not stand where its rows say, given the balances out of the ledger.
pub(crate) fn differences(tx: &mut Tx, balances: &BTreeMap<Account, Total>) -> Result<Vec<String>, DbError> {
    let mut expected = BTreeMap::<String, i64>::new();
    for (kind, sql) in [
        (
            Kind::Frozen,
            "SELECT t.user_id, CAST(SUM(d.frozen_micros) AS BIGINT) FROM topup_disputes d JOIN topups t ON t.id = d.topup_id
             WHERE d.stage IN ('inquiry', 'open') GROUP BY t.user_id",
        ),
        (
            Kind::Refunds,
            "SELECT t.storefront, CAST(SUM(r.paid_micros) AS BIGINT) FROM topup_refunds r JOIN topups t ON t.id = r.topup_id
             WHERE r.state IN ('pending', 'by_hand', 'sent') GROUP BY t.storefront",
        ),
        (
            Kind::Disputes,
            "SELECT t.storefront, CAST(SUM(-d.withdrawn_micros) AS BIGINT) FROM topup_disputes d
             JOIN topups t ON t.id = d.topup_id WHERE d.stage = 'open' GROUP BY t.storefront",
        ),
        // The money of a voucher was the shop's before it was redeemed.
        (
            Kind::TopUpClearing,
            "SELECT owner, CAST(SUM(amount) AS BIGINT) FROM (
                 SELECT storefront || '.' || provider AS owner, elsewhere_micros
                     - CASE WHEN provider = 'voucher' THEN 0 ELSE received_micros END AS amount FROM topups
                 UNION ALL
                 SELECT t.storefront || '.' || t.provider, r.paid_micros FROM topup_refunds r JOIN topups t ON t.id = r.topup_id
                 WHERE r.state = 'done'
                 UNION ALL
                 SELECT t.storefront || '.' || t.provider,
                     CASE WHEN d.stage = 'lost' THEN d.amount_micros ELSE d.withdrawn_micros END
                 FROM topup_disputes d JOIN topups t ON t.id = d.topup_id) moved
             GROUP BY owner",
        ),
    ] {
        for row in tx.rows(sql, &[])? {
            let owner: String = row.get(0)?;
            expected.insert(wallet::account(kind, &owner).id(), row.get(1)?);
        }
    }
    let watched = [Kind::Frozen, Kind::Refunds, Kind::Disputes, Kind::TopUpClearing];
    let mut found = Vec::new();
    for (account, stands) in balances.iter().filter(|(account, _)| watched.contains(&account.kind)) {
        let rows = Micros(expected.remove(&account.id()).unwrap_or_default());
        if *stands != rows {
            found
                .push(format!("account {} stands at {stands}, top-ups, refunds and disputes say {rows}", account.id()));
        }
    }
    let left = expected.into_iter().filter(|(_, amount)| *amount != 0);
    found.extend(left.map(|(id, amount)| format!("account {id} is missing, its rows say {}", Micros(amount))));
    Ok(found)
}
