//! WavPack's 16-bit logarithms, in which blocks keep their starting values: base 2 with 8 bits of fraction, linear
//! around zero (WavPack 4 & 5 Binary File / Block Format, "decorrelation samples" and "entropy variables").

/// The greatest code of an unsigned number.
const MAX_CODE: i32 = 8_447;

/// round((2^(i/256) − 1) · 256), by repeated multiplication in 62 bits of fraction.
const fn mantissas() -> [u8; 256] {
    /// 2^(1/256) · 2^62.
    const STEP: u128 = 4_624_189_567_668_517_720;
    let mut table = [0; 256];
    let mut power: u128 = 1 << 62;
    let mut i = 0;
    while i < 256 {
        table[i] = ((power - (1 << 62) + (1 << 53)) >> 54) as u8;
        power = (power * STEP + (1 << 61)) >> 62;
        i += 1;
    }
    table
}

static MANTISSAS: [u8; 256] = mantissas();

/// The number that a decoder makes of a code.
pub fn value(code: i16) -> i32 {
    let magnitude = code.unsigned_abs();
    let mantissa = u32::from(MANTISSAS[usize::from(magnitude & 0xFF)]) | 0x100;
    let value = match magnitude >> 8 {
        exponent @ 0..=9 => mantissa >> (9 - exponent),
        exponent => mantissa << ((exponent - 9) & 31),
    };
    if code < 0 { (value as i32).wrapping_neg() } else { value as i32 }
}

/// The code whose value is nearest to `number` from below in magnitude.
pub fn code(number: i32) -> i16 {
    let wanted = i64::from(number).abs();
    let (mut low, mut high) = (0, MAX_CODE);
    while low < high {
        let middle = (low + high + 1) / 2;
        if i64::from(value(middle as i16) as u32) <= wanted { low = middle } else { high = middle - 1 }
    }
    if number < 0 { -low as i16 } else { low as i16 }
}

#[cfg(test)]
mod tests {
    use super::{MANTISSAS, code, value};

    #[test]
    fn the_table_is_the_rounded_power_of_two() {
        for (i, &mantissa) in MANTISSAS.iter().enumerate() {
            let exact = (2f64.powf(i as f64 / 256.0) - 1.0) * 256.0;
            assert_eq!(f64::from(mantissa), exact.round(), "{i}");
        }
    }

    #[test]
    fn a_number_comes_back_within_one_part_in_two_hundred() {
        for number in (0..24).flat_map(|bits| [1 << bits, (1 << bits) + (1 << bits) / 3]) {
            for number in [number, -number] {
                let back = value(code(number));
                assert!((number - back).abs() <= number.abs() / 200 + 1, "{number} came back as {back}");
            }
        }
        assert_eq!(value(code(0)), 0);
    }
}
