//! How a storefront deals with tax, and who sells: what stands at the head of its papers.

use money::tax::Unknown;

use super::{MAX_ADDRESS_CHARS, MAX_NOTE_CHARS, MAX_TAX_NUMBER_CHARS, countries, short, stored_country};
use crate::db::{DbError, Row, Tx};
use crate::declared::{MAX_NAME_CHARS, Refused};
use crate::geoip::Country;
use crate::page::Page;
use crate::{params, storefronts};

/// Who sells, and how tax is dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxSettings {
    /// The storefront's id.
    pub storefront: String,
    /// Tariffs are prices with tax; else tax is added to them.
    pub prices_include_tax: bool,
    /// `refuse`, `no_tax` or `default`.
    pub unknown_country: String,
    /// For `default`.
    pub default_country: Option<String>,
    /// Who sells, as papers name him; the storefront's name where it is empty.
    pub seller_name: String,
    /// Lines of his address.
    pub seller_address: String,
    /// Where he is.
    pub seller_country: Option<String>,
    /// His number for value-added tax or the like.
    pub seller_tax_number: String,
    /// Printed at the foot of every paper.
    pub note: String,
}

impl TaxSettings {
    /// What holds while nobody has said anything: prices are what is paid, and nothing is refused.
    pub(super) fn unset(storefront: &str) -> TaxSettings {
        TaxSettings {
            storefront: storefront.to_owned(),
            prices_include_tax: true,
            unknown_country: "no_tax".to_owned(),
            default_country: None,
            seller_name: String::new(),
            seller_address: String::new(),
            seller_country: None,
            seller_tax_number: String::new(),
            note: String::new(),
        }
    }

    pub(super) fn unknown(&self) -> Result<Unknown<Country>, DbError> {
        match (self.unknown_country.as_str(), stored_country(self.default_country.clone())?) {
            ("refuse", _) => Ok(Unknown::Refuse),
            ("no_tax", _) => Ok(Unknown::NoTax),
            ("default", Some(country)) => Ok(Unknown::Default(country)),
            (other, _) => Err(DbError::Failed(format!("an unknown country is dealt with by {other:?}"))),
        }
    }
}

pub(super) const COLUMNS: &str =
    "storefront, prices_include_tax, unknown_country, default_country, seller_name, seller_address,
    seller_country, seller_tax_number, note";

/// Out of [`COLUMNS`], of which the first stands at `at`.
pub(super) fn of_row(row: &Row, at: usize) -> Result<TaxSettings, DbError> {
    Ok(TaxSettings {
        storefront: row.get(at)?,
        prices_include_tax: row.get(at + 1)?,
        unknown_country: row.get(at + 2)?,
        default_country: row.get(at + 3)?,
        seller_name: row.get(at + 4)?,
        seller_address: row.get(at + 5)?,
        seller_country: row.get(at + 6)?,
        seller_tax_number: row.get(at + 7)?,
        note: row.get(at + 8)?,
    })
}

/// Settings by storefront.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<TaxSettings>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM tax_settings WHERE storefront > $1 ORDER BY storefront LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let all = rows.iter().map(|row| of_row(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(all, limit, |settings| settings.storefront.clone()))
}

/// Those of one storefront; none while nobody has set them.
pub fn find(tx: &mut Tx, storefront: &str) -> Result<Option<TaxSettings>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM tax_settings WHERE storefront = $1"), params![storefront])?;
    row.as_ref().map(|row| of_row(row, 0)).transpose()
}

/// Sets them. Orders placed before keep their prices, papers issued before what they say.
pub fn put(tx: &mut Tx, settings: &TaxSettings, now_us: i64) -> Result<(), Refused> {
    check(tx, settings)?;
    tx.execute(
        "INSERT INTO tax_settings (storefront, prices_include_tax, unknown_country, default_country, seller_name,
             seller_address, seller_country, seller_tax_number, note, changed_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (storefront) DO UPDATE SET prices_include_tax = excluded.prices_include_tax,
             unknown_country = excluded.unknown_country, default_country = excluded.default_country,
             seller_name = excluded.seller_name, seller_address = excluded.seller_address,
             seller_country = excluded.seller_country, seller_tax_number = excluded.seller_tax_number,
             note = excluded.note, changed_us = excluded.changed_us",
        params![
            &settings.storefront,
            settings.prices_include_tax,
            &settings.unknown_country,
            &settings.default_country,
            &settings.seller_name,
            &settings.seller_address,
            &settings.seller_country,
            &settings.seller_tax_number,
            &settings.note,
            now_us
        ],
    )?;
    Ok(())
}

/// Goes back to what holds while nobody has said anything; says whether something was set.
pub fn remove(tx: &mut Tx, storefront: &str) -> Result<bool, Refused> {
    Ok(tx.execute("DELETE FROM tax_settings WHERE storefront = $1", params![storefront])? > 0)
}

fn check(tx: &mut Tx, settings: &TaxSettings) -> Result<(), Refused> {
    if storefronts::get(tx, &settings.storefront)?.is_none() {
        return Err(Refused::field("id", format!("there is no storefront {:?}", settings.storefront)));
    }
    let default = countries::read_if("default_country", settings.default_country.as_deref())?;
    match (settings.unknown_country.as_str(), default) {
        ("default", None) => {
            Err(Refused::field("default_country", "with unknown_country = default a country is needed"))
        }
        ("refuse" | "no_tax", Some(_)) => {
            Err(Refused::field("default_country", "it means something with unknown_country = default only"))
        }
        ("refuse" | "no_tax", None) | ("default", Some(_)) => Ok(()),
        (other, _) => {
            let reason = format!("{other:?} is none of refuse, no_tax and default");
            Err(Refused::field("unknown_country", reason))
        }
    }?;
    countries::read_if("seller_country", settings.seller_country.as_deref())?;
    short("seller_name", &settings.seller_name, MAX_NAME_CHARS)?;
    short("seller_address", &settings.seller_address, MAX_ADDRESS_CHARS)?;
    short("seller_tax_number", &settings.seller_tax_number, MAX_TAX_NUMBER_CHARS)?;
    short("note", &settings.note, MAX_NOTE_CHARS)
}
