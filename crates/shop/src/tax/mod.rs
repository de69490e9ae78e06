//! Tax: what an operator keeps of rates and rules, what a buyer says of himself, and which tax an order bears. Owner of the
//! tables `tax_rates`, `tax_settings`, `billing_details` and `order_places`. The rule of place and the arithmetic are
//! `money::tax`'s and `money::price`'s.
//!
//! Nothing is taxed until the operator's table has a rate for the buyer's country.

pub mod countries;
pub mod rates;
pub mod settings;
pub mod billing;

use money::Micros;
use money::price::Terms;
use money::tax::{Evidence, Place, Unknown, in_force};

pub use self::billing::Billing;
pub(crate) use self::billing::forget as forget_billing;
pub use self::rates::TaxRate;
pub use self::settings::TaxSettings;
use crate::clock::{Clock, day_of};
use crate::db::{Db, DbError, Insert, Query, Row, Tx};
use crate::declared::Refused;
use crate::geoip::Country;
use crate::params;

/// Characters of an address, with its line breaks.
pub const MAX_ADDRESS_CHARS: usize = 500;
/// Characters of a number for value-added tax.
pub const MAX_TAX_NUMBER_CHARS: usize = 40;
/// Characters of a remark.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// Where an order's buyer was.
static PLACE: Insert = Insert::into(
    "INSERT INTO order_places (order_id, country, card_country, stated_country, address_country, contradicted,
             assumed, rate_id, tax_ppm, tax_included)",
);

/// Why no tax can be named.
#[derive(Debug, thiserror::Error)]
pub enum TaxError {
    /// Nothing says where the buyer is, and this storefront wants to know.
    #[error("the country that you are in is unknown")]
    CountryUnknown,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The tax of an order: where its buyer is, why, and what that means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    evidence: Evidence<Country>,
    place: Place<Country>,
    assumed: bool,
    rate_id: Option<String>,
    ppm: u32,
    included: bool,
}

impl Due {
    /// No tax, nowhere.
    pub fn none() -> Due {
        let evidence = Evidence { card: None, stated: None, address: None };
        Due { place: evidence.place(), evidence, assumed: false, rate_id: None, ppm: 0, included: true }
    }

    /// What says where the buyer is.
    pub fn evidence(&self) -> &Evidence<Country> {
        &self.evidence
    }

    /// The terms of a price, with this tax.
    pub fn on(&self, terms: Terms) -> Terms {
        Terms { tax_ppm: self.ppm, tax_included: self.included, ..terms }
    }

    /// Where the buyer is, as the tax takes it.
    pub fn country(&self) -> Option<Country> {
        self.place.country
    }
}

/// The taxes. Cheap to clone.
#[derive(Clone)]
pub struct Taxes {
    db: Db,
    clock: Clock,
}

impl Taxes {
    /// Taxes over a database.
    pub fn new(db: Db, clock: Clock) -> Taxes {
        Taxes { db, clock }
    }

    /// What says where a user is who comes from an address in `address`.
    pub async fn evidence(&self, user_id: &str, address: Option<Country>) -> Result<Evidence<Country>, DbError> {
        let user = user_id.to_owned();
        self.db.read(move |tx| evidence(tx, Some(&user), address)).await
    }

    /// How a storefront deals with tax, also while nobody has said anything.
    pub async fn settings(&self, storefront: &str) -> Result<TaxSettings, DbError> {
        let storefront = storefront.to_owned();
        self.db.read(move |tx| in_use(tx, &storefront)).await
    }
}

/// How a storefront deals with tax.
pub(crate) fn in_use(tx: &mut Tx, storefront: &str) -> Result<TaxSettings, DbError> {
    Ok(settings::find(tx, storefront)?.unwrap_or_else(|| TaxSettings::unset(storefront)))
}

/// What says where somebody is: a user, or a visitor of whom there is no more than his address.
pub(crate) fn evidence(
    tx: &mut Tx,
    user_id: Option<&str>,
    address: Option<Country>,
) -> Result<Evidence<Country>, DbError> {
    let Some(user_id) = user_id else { return Ok(Evidence { card: None, stated: None, address }) };
    let row = tx.row(&format!("SELECT {KNOWN_SQL}"), params![user_id])?;
    evidence_of(&row.ok_or_else(no_row)?, 0, address)
}

/// What is known of where the user $1 is: what he stated, and what his card says.
const KNOWN_SQL: &str = "(SELECT country FROM billing_details WHERE user_id = $1),
    (SELECT card_country FROM topups WHERE user_id = $1 AND state = 'posted' AND card_country IS NOT NULL
     ORDER BY posted_us DESC, id DESC LIMIT 1)";

/// Out of the columns of [`KNOWN_SQL`], of which the first stands at `at`.
fn evidence_of(row: &Row, at: usize, address: Option<Country>) -> Result<Evidence<Country>, DbError> {
    let stated = stored_country(row.get(at)?)?;
    // A country that a provider names and nobody else knows is no evidence.
    let card = row.get::<Option<String>>(at + 1)?.and_then(|code| code.parse().ok());
    Ok(Evidence { card, stated, address })
}

fn no_row() -> DbError {
    DbError::Failed("an answer without a row".to_owned())
}

/// [`evidence`] and [`in_use`] in one statement.
fn place_and_settings(
    tx: &mut Tx,
    storefront: &str,
    user_id: Option<&str>,
    address: Option<Country>,
) -> Result<(Evidence<Country>, TaxSettings), DbError> {
    let Some(user_id) = user_id else { return Ok((evidence(tx, None, address)?, in_use(tx, storefront)?)) };
    let rows = tx.ask(&place_query(storefront, user_id))?;
    let row = rows.first().ok_or_else(no_row)?;
    let is_set = row.get::<Option<String>>(2)?.is_some();
    let settings = is_set.then(|| settings::of_row(row, 2)).transpose()?;
    Ok((evidence_of(row, 0, address)?, settings.unwrap_or_else(|| TaxSettings::unset(storefront))))
}

/// What [`due`] asks for first of a user.
pub(crate) fn place_query(storefront: &str, user_id: &str) -> Query {
    let sql = format!(
        "SELECT {KNOWN_SQL}, {} FROM (SELECT 1 AS one) asked LEFT JOIN tax_settings ON storefront = $2",
        settings::COLUMNS
    );
    Query::new(sql, params![user_id, storefront])
}

/// The tax on what somebody buys now.
pub(crate) fn due(
    tx: &mut Tx,
    storefront: &str,
    user_id: Option<&str>,
    address: Option<Country>,
    now_us: i64,
) -> Result<Due, TaxError> {
    let (evidence, settings) = place_and_settings(tx, storefront, user_id, address)?;
    let mut place = evidence.place();
    let assumed = place.country.is_none();
    if assumed {
        match settings.unknown()? {
            Unknown::Refuse => return Err(TaxError::CountryUnknown),
            Unknown::NoTax => (),
            Unknown::Default(country) => place.country = Some(country),
        }
    }
    let rates =
        place.country.map(|country| rates::of_country(tx, storefront, country)).transpose()?.unwrap_or_default();
    let rate = place.country.and_then(|country| in_force(&rates, &country, &day_of(now_us)));
    Ok(Due {
        evidence,
        place,
        assumed: assumed && place.country.is_some(),
        rate_id: rate.map(|rate| rate.id.clone()),
        ppm: rate.map_or(0, |rate| rate.ppm),
        included: settings.prices_include_tax,
    })
}

/// The tax in a price of `gross` that is taxed in this country now; none where no rate is in force.
pub(crate) fn in_gross(
    tx: &mut Tx,
    storefront: &str,
    country: Country,
    gross: Micros,
    now_us: i64,
) -> Result<Option<Micros>, DbError> {
    let rates = rates::of_country(tx, storefront, country)?;
    let rate = in_force(&rates, &country, &day_of(now_us));
    Ok(rate.and_then(|rate| Terms { tax_ppm: rate.ppm, ..Terms::default() }.tax_in(gross)))
}

/// The same for a price that is only shown: where nothing is sold to somebody whose country is unknown, it is shown to him
/// without tax.
pub(crate) fn due_shown(
    tx: &mut Tx,
    storefront: &str,
    user_id: Option<&str>,
    address: Option<Country>,
    now_us: i64,
) -> Result<Due, DbError> {
    match due(tx, storefront, user_id, address, now_us) {
        Ok(due) => Ok(due),
        Err(TaxError::CountryUnknown) => Ok(Due::none()),
        Err(TaxError::Db(e)) => Err(e),
    }
}

/// Keeps with an order where its buyer was and by which evidence.
pub(crate) fn keep(tx: &mut Tx, order_id: &str, due: &Due) -> Result<(), DbError> {
    let code = |country: Option<Country>| country.map(|country| country.code().to_owned());
    tx.later(
        &PLACE,
        params![
            order_id,
            code(due.place.country),
            code(due.evidence.card),
            code(due.evidence.stated),
            code(due.evidence.address),
            due.place.contradicted,
            due.assumed,
            &due.rate_id,
            due.ppm,
            due.included
        ]
        .to_vec(),
    )
}

/// A country out of a column.
fn stored_country(code: Option<String>) -> Result<Option<Country>, DbError> {
    code.map(|code| code.parse().map_err(|_| DbError::Failed(format!("a stored country: {code:?}")))).transpose()
}

/// Refuses a text that is too long for where it stands, or that no paper could show.
fn short(field: &str, text: &str, most: usize) -> Result<(), Refused> {
    if text.chars().count() > most {
        return Err(Refused::field(field, format!("it has more than {most} characters")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err(Refused::field(field, "it has a control character in it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
