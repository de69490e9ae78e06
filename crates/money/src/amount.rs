//! Amounts: an integer of millionths of a currency unit, the currency beside it, and how both are read and written.

use std::fmt;
use std::str::FromStr;

/// Millionths of one unit of a currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

/// Micros in one unit.
pub const PER_UNIT: i64 = 1_000_000;
/// The largest amount that a person may enter: a thousand million units. Sums stay far below the integer's end.
pub const MAX_ENTERED: Micros = Micros(1_000_000_000 * PER_UNIT);

impl Micros {
    /// Nothing.
    pub const ZERO: Micros = Micros(0);

    /// The sum; `None` on overflow.
    pub fn plus(self, other: Micros) -> Option<Micros> {
        self.0.checked_add(other.0).map(Micros)
    }

    /// The difference; `None` on overflow.
    pub fn minus(self, other: Micros) -> Option<Micros> {
        self.0.checked_sub(other.0).map(Micros)
    }

    /// The sum of many; `None` on overflow.
    pub fn sum(amounts: impl IntoIterator<Item = Micros>) -> Option<Micros> {
        amounts.into_iter().try_fold(Micros::ZERO, Micros::plus)
    }
}

/// A sum of any number of amounts: wider than an amount, so that nothing that is stored can make it overflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Total(pub i128);

impl Total {
    /// Nothing.
    pub const ZERO: Total = Total(0);
}

impl AsRef<Total> for Total {
    fn as_ref(&self) -> &Total {
        self
    }
}

impl From<Micros> for Total {
    fn from(amount: Micros) -> Total {
        Total(amount.0.into())
    }
}

impl std::ops::AddAssign<Micros> for Total {
    fn add_assign(&mut self, amount: Micros) {
        self.0 = self.0.saturating_add(amount.0.into());
    }
}

impl PartialEq<Micros> for Total {
    fn eq(&self, amount: &Micros) -> bool {
        self.0 == i128::from(amount.0)
    }
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum AmountError {
    #[error("write an amount as digits, with a dot before the decimals, like 10.00")]
    NotANumber,
    #[error("an amount has at most {0} decimals here")]
    TooManyDecimals(u32),
    #[error("the amount is larger than any that can be entered")]
    TooLarge,
}

impl Micros {
    /// Reads an unsigned decimal such as `10`, `10.5` or `0.02` with at most `decimals` (0 to 6) decimals. Signs, exponents,
    /// group separators and anything else are refused.
    pub fn parse(text: &str, decimals: u32) -> Result<Micros, AmountError> {
        let decimals = decimals.min(6);
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(AmountError::NotANumber);
        }
        if part.len() > decimals as usize && part.bytes().skip(decimals as usize).any(|b| b != b'0') {
            return Err(AmountError::TooManyDecimals(decimals));
        }
        if whole.len() > 12 {
            return Err(AmountError::TooLarge);
        }
        let number = |s: &str| i64::from_str(s).map_err(|_| AmountError::TooLarge);
        let part: String = part.chars().chain("000000".chars()).take(6).collect();
        let micros = number(whole)?.checked_mul(PER_UNIT).and_then(|n| n.checked_add(number(&part).ok()?));
        micros.map(Micros).filter(|m| *m <= MAX_ENTERED).ok_or(AmountError::TooLarge)
    }
}

impl fmt::Display for Micros {
    /// A plain decimal with at least two decimals and no more than needed: `10.00`, `-0.02`, `1.234567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Total::from(*self).fmt(f)
    }
}

impl fmt::Display for Total {
    /// As [`Micros`] are written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, part) = (magnitude / PER_UNIT as u128, magnitude % PER_UNIT as u128);
        let part = format!("{part:06}");
        let cut = part.trim_end_matches('0').len().max(2);
        write!(f, "{}{whole}.{}", if self.0 < 0 { "-" } else { "" }, &part[..cut])
    }
}

/// A currency: three capital letters (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollars.
    pub const USD: Currency = Currency(*b"USD");

    /// The three letters.
    pub fn code(&self) -> &str {
        // Only capital ASCII letters get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimals that people use with it (ISO 4217, minor unit).
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"UGX" | b"XAF" | b"XOF" | b"PYG" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" | b"IQD" | b"LYD" => 3,
            _ => 2,
        }
    }
}

/// The text is not three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, like USD")]
pub struct NotACurrency;

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Currency, NotACurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| NotACurrency)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Currency(letters)) } else { Err(NotACurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        for (text, decimals, expected) in [
            ("10.00", 2, Ok(10_000_000)),
            ("10", 2, Ok(10_000_000)),
            ("0.02", 6, Ok(20_000)),
            ("0.000001", 6, Ok(1)),
            ("1.500000000", 2, Ok(1_500_000)),
            ("1000000000", 2, Ok(1_000_000_000_000_000)),
            ("10.001", 2, Err(AmountError::TooManyDecimals(2))),
            ("1.5", 0, Err(AmountError::TooManyDecimals(0))),
            ("1000000000.01", 2, Err(AmountError::TooLarge)),
            ("99999999999999999999", 2, Err(AmountError::TooLarge)),
            ("-1", 2, Err(AmountError::NotANumber)),
            ("+1", 2, Err(AmountError::NotANumber)),
            ("1e3", 2, Err(AmountError::NotANumber)),
            ("NaN", 2, Err(AmountError::NotANumber)),
            ("1,5", 2, Err(AmountError::NotANumber)),
            (".5", 2, Err(AmountError::NotANumber)),
            ("5.", 2, Err(AmountError::NotANumber)),
            ("", 2, Err(AmountError::NotANumber)),
            ("١", 2, Err(AmountError::NotANumber)),
        ] {
            assert_eq!(Micros::parse(text, decimals), expected.map(Micros), "{text:?} with {decimals} decimals");
        }
    }

    #[test]
    fn amounts_are_written_with_no_more_decimals_than_needed() {
        for (micros, text) in [
            (0, "0.00"),
            (10_000_000, "10.00"),
            (-20_000, "-0.02"),
            (1_234_567, "1.234567"),
            (i64::MIN, "-9223372036854.775808"),
        ] {
            assert_eq!(Micros(micros).to_string(), text);
        }
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!("JPY".parse::<Currency>().map(|c| c.decimals()), Ok(0));
        assert_eq!("usd".parse::<Currency>(), Err(NotACurrency));
        assert_eq!("US".parse::<Currency>(), Err(NotACurrency));
    }
}
