//! The price: bytes of audio payload times a tariff, rounded once, at the line, half to even.

use crate::Micros;

/// Bytes of a megabyte, as a price counts them.
pub const BYTES_PER_MB: u64 = 1_000_000;

/// What `bytes` cost at `per_mb` for each 1,000,000 bytes, rounded half to even to the micro; `None` when the result does
/// not fit or the tariff is negative.
pub fn of_bytes(bytes: u64, per_mb: Micros) -> Option<Micros> {
    let per_mb = u128::try_from(per_mb.0).ok()?;
    let product = u128::from(bytes).checked_mul(per_mb)?;
    let (whole, rest) = (product / u128::from(BYTES_PER_MB), product % u128::from(BYTES_PER_MB));
    let half = u128::from(BYTES_PER_MB / 2);
    let up = rest > half || (rest == half && whole % 2 == 1);
    i64::try_from(whole + u128::from(up)).ok().map(Micros)
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
    fn the_promise_caps_the_charge() {
        assert_eq!(charged(Micros(5), Micros(4)), Micros(4));
        assert_eq!(charged(Micros(3), Micros(4)), Micros(3));
    }
}
