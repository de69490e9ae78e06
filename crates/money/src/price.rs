//! The price of a line: what its terms say of its bytes. Each step is rounded once, half to even; nothing else rounds money.

use crate::Micros;

/// Bytes of a megabyte, as a price counts them.
pub const BYTES_PER_MB: u64 = 1_000_000;

/// What `bytes` cost at `per_mb` for each 1,000,000 bytes, rounded half to even to the micro; `None` when the result does
/// not fit or the tariff is negative.
pub fn of_bytes(bytes: u64, per_mb: Micros) -> Option<Micros> {
    part(per_mb, bytes, BYTES_PER_MB)
}

/// A million: parts per million are how rates are written.
pub const PPM: u32 = 1_000_000;

/// `amount` × `numerator` ÷ `denominator`, rounded half to even; `None` when it does not fit, the amount is negative or the
/// denominator zero.
pub fn part(amount: Micros, numerator: u64, denominator: u64) -> Option<Micros> {
    let product = u128::try_from(amount.0).ok()?.checked_mul(numerator.into())?;
    let denominator = u128::from(denominator);
    let (whole, rest) = (product.checked_div(denominator)?, product.checked_rem(denominator)?);
    let up = rest * 2 > denominator || (rest * 2 == denominator && whole % 2 == 1);
    i64::try_from(whole + u128::from(up)).ok().map(Micros)
}

/// What a line's price follows from, fixed when it is quoted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// For 1,000,000 bytes of audio payload.
    pub per_mb: Micros,
    /// The price of the track whatever it weighs, instead of a price by weight.
    pub fixed: Option<Micros>,
    /// All discounts together, in parts per million of the list price.
    pub discount_ppm: u32,
    /// The least that the track is sold for. Floors win over discounts and over the list price.
    pub floor_per_track: Micros,
    /// The least that 1,000,000 bytes of it are sold for.
    pub floor_per_mb: Micros,
    /// The price of the same track in a lesser format that the buyer owns: he pays the difference.
    pub paid_before: Micros,
    /// The rate of tax, in parts per million.
    pub tax_ppm: u32,
    /// The price has the tax in it; else it is added.
    pub tax_included: bool,
}

/// A price, step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// Before anything was taken off.
    pub list: Micros,
    /// Taken off the list price.
    pub discount: Micros,
    /// Added since a floor lies above the discounted price.
    pub raised_by_floor: Micros,
    /// Taken off for what the buyer owns already.
    pub paid_before: Micros,
    /// Without tax.
    pub net: Micros,
    /// The tax in `gross`.
    pub tax: Micros,
    /// To be paid.
    pub gross: Micros,
}

impl Terms {
    /// What `bytes` of audio payload cost; `None` when an amount is negative or does not fit.
    ///
    /// ```
    /// use money::{Micros, price::Terms};
    /// let terms = Terms { per_mb: Micros(20_000), discount_ppm: 100_000, tax_ppm: 200_000, ..Terms::default() };
    /// let price = terms.price(10_000_000).unwrap();
    /// assert_eq!((price.list.0, price.discount.0, price.net.0, price.tax.0), (200_000, 20_000, 180_000, 36_000));
    /// ```
    pub fn price(&self, bytes: u64) -> Option<Priced> {
        let list = match self.fixed {
            Some(fixed) => fixed,
            None => of_bytes(bytes, self.per_mb)?,
        };
        let discount = part(list, self.discount_ppm.min(PPM).into(), PPM.into())?;
        let discounted = list.minus(discount)?;
        let floor = self.floor_per_track.max(of_bytes(bytes, self.floor_per_mb)?);
        let price = discounted.max(floor);
        let paid_before = self.paid_before.max(Micros::ZERO).min(price);
        let asked = price.minus(paid_before)?;
        let tax = match self.tax_included {
            true => self.tax_in(asked)?,
            false => part(asked, self.tax_ppm.into(), PPM.into())?,
        };
        let (net, gross) = if self.tax_included { (asked.minus(tax)?, asked) } else { (asked, asked.plus(tax)?) };
        Some(Priced { list, discount, raised_by_floor: price.minus(discounted)?, paid_before, net, tax, gross })
    }

    /// The tax that a charge of `gross` has in it; `None` when it is negative.
    pub fn tax_in(&self, gross: Micros) -> Option<Micros> {
        part(gross, self.tax_ppm.into(), u64::from(PPM) + u64::from(self.tax_ppm))
    }
}

/// What is charged when `exact` turns out to be the price and `promised` was its upper end: the smaller. The shop bears
/// the difference.
pub fn charged(exact: Micros, promised: Micros) -> Micros {
    exact.min(promised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_rounded_half_to_even() {
        for (bytes, per_mb, micros) in [
            (1_000_000, 20_000, 20_000),
            (0, 20_000, 0),
            (25, 20_000, 0),
            (26, 20_000, 1),
            (75, 20_000, 2),
            (74, 20_000, 1),
            (125, 20_000, 2),
            (9_600_000, 20_000, 192_000),
            (u64::MAX, 1, 18_446_744_073_710),
        ] {
            assert_eq!(of_bytes(bytes, Micros(per_mb)), Some(Micros(micros)), "{bytes} at {per_mb}");
        }
        assert_eq!(of_bytes(1, Micros(-1)), None);
        assert_eq!(of_bytes(u64::MAX, Micros(i64::MAX)), None);
    }

    #[test]
    fn every_step_of_the_terms_is_in_the_price() {
        let base = Terms { per_mb: Micros(20_000), ..Terms::default() };
        for (terms, list, discount, raised, before, net, tax) in [
            (base, 200_000, 0, 0, 0, 200_000, 0),
            (Terms { fixed: Some(Micros(990_000)), ..base }, 990_000, 0, 0, 0, 990_000, 0),
            (Terms { discount_ppm: 333_333, ..base }, 200_000, 66_667, 0, 0, 133_333, 0),
            (Terms { discount_ppm: u32::MAX, ..base }, 200_000, 200_000, 0, 0, 0, 0),
            (
                Terms { floor_per_track: Micros(190_000), discount_ppm: 100_000, ..base },
                200_000,
                20_000,
                10_000,
                0,
                190_000,
                0,
            ),
            (Terms { floor_per_mb: Micros(30_000), ..base }, 200_000, 0, 100_000, 0, 300_000, 0),
            (Terms { paid_before: Micros(150_000), ..base }, 200_000, 0, 0, 150_000, 50_000, 0),
            (Terms { paid_before: Micros(250_000), ..base }, 200_000, 0, 0, 200_000, 0, 0),
            (Terms { tax_ppm: 190_000, ..base }, 200_000, 0, 0, 0, 200_000, 38_000),
            (Terms { tax_ppm: 190_000, tax_included: true, ..base }, 200_000, 0, 0, 0, 168_067, 31_933),
        ] {
            let price = terms.price(10_000_000).unwrap();
            let steps = (price.list, price.discount, price.raised_by_floor, price.paid_before, price.net, price.tax);
            let expected = (Micros(list), Micros(discount), Micros(raised), Micros(before), Micros(net), Micros(tax));
            assert_eq!(steps, expected, "{terms:?}");
            assert_eq!(price.gross, Micros(net + tax));
            assert_eq!(terms.tax_in(price.gross), Some(price.tax));
        }
        assert_eq!(Terms { fixed: Some(Micros(-1)), ..base }.price(1), None);
        assert_eq!(Terms { floor_per_mb: Micros(i64::MAX), ..base }.price(u64::MAX), None);
    }

    #[test]
    fn the_promise_caps_the_charge() {
        assert_eq!(charged(Micros(5), Micros(4)), Micros(4));
        assert_eq!(charged(Micros(3), Micros(4)), Micros(3));
    }
}
