//! A line's terms in its row: what was agreed when it was quoted, for the capture and the audit. Decides nothing.

use money::Micros;
use money::price::Terms;

use crate::db::{DbError, Row, Value};

/// Columns of the terms, for [`of_row`] and [`values`].
pub(crate) const COLUMNS: &str = "l.price_per_mb_micros, l.fixed_micros, l.discount_ppm, l.floor_per_track_micros,
    l.floor_per_mb_micros, l.paid_before_micros, l.tax_ppm, l.tax_included";

/// The terms in a row whose [`COLUMNS`] begin at `at`.
pub(crate) fn of_row(row: &Row, at: usize) -> Result<Terms, DbError> {
    Ok(Terms {
        per_mb: Micros(row.get(at)?),
        fixed: row.get::<Option<i64>>(at + 1)?.map(Micros),
        discount_ppm: part(row.get(at + 2)?)?,
        floor_per_track: Micros(row.get(at + 3)?),
        floor_per_mb: Micros(row.get(at + 4)?),
        paid_before: Micros(row.get(at + 5)?),
        tax_ppm: part(row.get(at + 6)?)?,
        tax_included: row.get::<i64>(at + 7)? != 0,
    })
}

fn part(ppm: i64) -> Result<u32, DbError> {
    u32::try_from(ppm).map_err(|_| DbError::Failed(format!("a stored rate of {ppm} parts per million")))
}

/// The values of [`COLUMNS`], in their order.
pub(super) fn values(terms: &Terms) -> [Value; 8] {
    [
        terms.per_mb.0.into(),
        terms.fixed.map(|fixed| fixed.0).into(),
        i64::from(terms.discount_ppm).into(),
        terms.floor_per_track.0.into(),
        terms.floor_per_mb.0.into(),
        terms.paid_before.0.into(),
        i64::from(terms.tax_ppm).into(),
        i64::from(terms.tax_included).into(),
    ]
}
