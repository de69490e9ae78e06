//! What a buyer says of himself: his country, which is evidence, and what his papers are made out to.

use super::{MAX_ADDRESS_CHARS, MAX_TAX_NUMBER_CHARS, Taxes, countries, short};
use crate::db::{DbError, Tx};
use crate::declared::{MAX_NAME_CHARS, Refused};
use crate::params;

/// To whom papers are made out. All of it may be left empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billing {
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Of a person or company.
    pub name: String,
    /// Lines.
    pub address: String,
    /// A company's number for value-added tax or the like. It is printed; no tax is left out for it.
    pub tax_number: String,
}

impl Taxes {
    /// What a user has said; empty until then.
    pub async fn billing(&self, user_id: &str) -> Result<Billing, DbError> {
        let user = user_id.to_owned();
        self.db.read(move |tx| of_user(tx, &user)).await
    }

    /// Keeps what a user says from now on.
    pub async fn set_billing(&self, user_id: &str, billing: Billing) -> Result<(), Refused> {
        let (user, now_us) = (user_id.to_owned(), self.clock.now_us());
        let country = billing.country.filter(|country| !country.is_empty());
        let billing = Billing { country, ..billing };
        countries::read_if("country", billing.country.as_deref())?;
        short("name", &billing.name, MAX_NAME_CHARS)?;
        short("address", &billing.address, MAX_ADDRESS_CHARS)?;
        short("tax_number", &billing.tax_number, MAX_TAX_NUMBER_CHARS)?;
        self.db
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO billing_details (user_id, country, name, address, tax_number, changed_us)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (user_id) DO UPDATE SET country = excluded.country, name = excluded.name,
                         address = excluded.address, tax_number = excluded.tax_number, changed_us = excluded.changed_us",
                    params![&user, &billing.country, &billing.name, &billing.address, &billing.tax_number, now_us],
                )?;
                Ok(())
            })
            .await
    }
}

/// What a user has said, within somebody's transaction.
pub(crate) fn of_user(tx: &mut Tx, user_id: &str) -> Result<Billing, DbError> {
    let row =
        tx.row("SELECT country, name, address, tax_number FROM billing_details WHERE user_id = $1", params![user_id])?;
    let Some(row) = row else { return Ok(Billing::default()) };
    Ok(Billing { country: row.get(0)?, name: row.get(1)?, address: row.get(2)?, tax_number: row.get(3)? })
}

/// Forgets what a user has said; papers that were made out keep it.
pub(crate) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM billing_details WHERE user_id = $1", params![user_id]).map(drop)
}
