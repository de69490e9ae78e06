//! What may be declared at all: names, numbers and days by their form. No SQL.

use crate::clock::{day_of, moment_from};
use crate::declared::{MAX_NAME_CHARS, Refused};

/// Characters of a DDEX party id at the most.
const MAX_PARTY_ID_CHARS: usize = 40;
/// What every DDEX party id begins with.
const PARTY_ID_PREFIX: &str = "PADPIDA";
/// Digits of an international performer number.
const IPN_DIGITS: std::ops::RangeInclusive<usize> = 5..=11;
const DAY_US: i64 = 86_400_000_000;

pub(super) fn check_name(name: &str) -> Result<(), Refused> {
    let fits = !name.trim().is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Refused::field("name", format!("a name has 1 to {MAX_NAME_CHARS} characters"))) }
}

pub(super) fn check_party_id(field: &str, id: Option<&str>) -> Result<(), Refused> {
    let good = |id: &str| {
        let rest = id.strip_prefix(PARTY_ID_PREFIX).unwrap_or_default();
        !rest.is_empty() && id.len() <= MAX_PARTY_ID_CHARS && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if id.is_none_or(good) {
        return Ok(());
    }
    Err(Refused::field(field, format!("a DDEX party id is {PARTY_ID_PREFIX} and letters and digits, without hyphens")))
}

pub(super) fn check_ipn(ipn: Option<&str>) -> Result<(), Refused> {
    let good = |ipn: &str| IPN_DIGITS.contains(&ipn.len()) && ipn.bytes().all(|b| b.is_ascii_digit());
    if ipn.is_none_or(good) { Ok(()) } else { Err(Refused::field("ipn", "a performer number has 5 to 11 digits")) }
}

/// Where a day begins, in microseconds since 1970 UTC.
pub(super) fn day_us(field: &str, day: &str) -> Result<i64, Refused> {
    let known = moment_from(day).filter(|us| *us >= 0 && day_of(*us) == day);
    known.ok_or_else(|| Refused::field(field, "a day is written YYYY-MM-DD and stands in the calendar"))
}

/// Where the day after begins.
pub(super) fn day_end_us(field: &str, day: &str) -> Result<i64, Refused> {
    Ok(day_us(field, day)? + DAY_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_are_judged_by_their_form() {
        for (id, good) in [("PADPIDA2014120301U", true), ("PADPIDA", false), ("PA-DPIDA-1", false), ("x", false)] {
            assert_eq!(check_party_id("party_id", Some(id)).is_ok(), good, "{id:?}");
        }
        for (day, us) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400_000_000)),
            ("2026-11-21", Some(1_795_219_200_000_000)),
            ("2026-02-29", None),
            ("2026-2-01", None),
            ("2026-13-01", None),
            ("NaN", None),
            ("+2026-01-01", None),
        ] {
            assert_eq!(day_us("valid_from", day).ok(), us, "{day:?}");
        }
    }
}
