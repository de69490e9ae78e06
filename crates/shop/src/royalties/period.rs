//! The month that a statement is for. Pure.

use std::fmt;
use std::str::FromStr;

use crate::clock::{day_of, moment_from};

/// Moments are counted from here on.
const FIRST_YEAR: u32 = 1970;

/// A calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    year: u32,
    /// From 1.
    month: u32,
}

impl Period {
    /// The month of a moment.
    pub fn of(at_us: i64) -> Option<Period> {
        day_of(at_us).get(..7)?.parse().ok()
    }

    /// The month after it.
    pub fn next(self) -> Period {
        match self.month {
            12 => Period { year: self.year + 1, month: 1 },
            month => Period { month: month + 1, ..self },
        }
    }

    /// The month before it.
    pub fn before(self) -> Period {
        match self.month {
            1 => Period { year: self.year - 1, month: 12 },
            month => Period { month: month - 1, ..self },
        }
    }

    /// The month before it, as far as months go back.
    pub fn before_if(self) -> Option<Period> {
        Some(self.before()).filter(|before| before.year >= FIRST_YEAR)
    }

    /// When it begins, in microseconds since 1970 UTC.
    pub fn begins_us(self) -> i64 {
        // Years from 1970 to 9999 and months from 1 to 12 are days of the calendar.
        moment_from(&format!("{self}-01")).unwrap_or_default()
    }

    /// When the next one begins.
    pub fn ends_us(self) -> i64 {
        self.next().begins_us()
    }

    /// Its first day, `YYYY-MM-DD`.
    pub fn first_day(self) -> String {
        day_of(self.begins_us())
    }

    /// Its last day.
    pub fn last_day(self) -> String {
        day_of(self.ends_us() - 1)
    }

    /// Its year and month.
    pub fn parts(self) -> (u32, u32) {
        (self.year, self.month)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Period, String> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
        let parts = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
        let read = parts.and_then(|(year, month)| Some(Period { year: digits(year)?, month: digits(month)? }));
        let good = read.filter(|p| (FIRST_YEAR..9999).contains(&p.year) && (1..=12).contains(&p.month));
        good.ok_or_else(|| format!("{text:?} is no month: write it like 2026-10"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_its_days_and_neighbours() {
        let february: Period = "2028-02".parse().unwrap();
        assert_eq!((february.first_day(), february.last_day()), ("2028-02-01".into(), "2028-02-29".into()));
        assert_eq!(Period::of(february.ends_us() - 1), Some(february));
        let december: Period = "2026-12".parse().unwrap();
        assert_eq!((december.next().to_string(), december.next().before()), ("2027-01".into(), december));
        for text in ["2026-13", "2026-00", "2026-1", "26-01", "2026", "2026-10-01", "+026-10", "1969-12", ""] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
    }
}
