//! Sums that no stored amounts can make overflow: databases sum two halves of each amount, which are put together here.

use money::Total;

use crate::db::{DbError, Row};

/// Where an amount is cut in two: each half of as many amounts as a database can have fits its integers.
const CUT: i128 = 1_000_000_000;

/// The two columns that sum an expression of amounts; [`total`] reads them.
pub(crate) fn columns(amount: &str) -> String {
    // Both engines cut towards zero and give the rest the amount's sign.
    format!("CAST(SUM(({amount}) / {CUT}) AS BIGINT), CAST(SUM(({amount}) % {CUT}) AS BIGINT)")
}

/// The sum of the columns that begin at `place`; nothing where there was nothing to sum.
pub(crate) fn total(row: &Row, place: usize) -> Result<Total, DbError> {
    let (high, low): (Option<i64>, Option<i64>) = (row.get(place)?, row.get(place + 1)?);
    Ok(Total(i128::from(high.unwrap_or(0)) * CUT + i128::from(low.unwrap_or(0))))
}
