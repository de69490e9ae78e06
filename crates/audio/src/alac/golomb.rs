//! ALAC's adaptive Golomb code: residuals with a running mean, and runs of zeros where the mean is small.

use super::bits::Bits;

/// The parameters of the running mean; they stand in the magic cookie too.
pub const MEAN_START: u32 = 10;
/// How fast the mean follows, of 512.
pub const MEAN_WEIGHT: u32 = 40;
/// The longest Golomb parameter.
pub const MAX_PARAMETER: u32 = 14;

const MEAN_SHIFT: u32 = 9;
const MEAN_CLAMP: u32 = 0xFFFF;
/// A prefix of this many ones announces a plain number.
const ESCAPE_ONES: u32 = 9;
/// Longer codes are written as plain numbers.
const MAX_CODE_BITS: u32 = 25;
const RUN_ESCAPE_BITS: u32 = 16;
const MAX_RUN: u32 = 65_535;

/// Fraction bits of `RECIPROCALS`; enough for quotients of anything below 2^20.
const RECIPROCAL_SHIFT: u32 = 40;
/// 1 / (2^k − 1) for each parameter, rounded up: a division for each sample would cost as much as the rest of its code.
const RECIPROCALS: [u64; MAX_PARAMETER as usize + 1] = {
    let mut table = [0; MAX_PARAMETER as usize + 1];
    let mut k = 1;
    while k < table.len() {
        table[k] = (1 << RECIPROCAL_SHIFT) / ((1 << k) - 1) + 1;
        k += 1;
    }
    table
};

/// `n` with parameter `k`: quotient by 2^k − 1 in ones, remainder in k bits (one less if it is 0).
#[inline]
fn code(out: &mut Bits, n: u32, k: u32, plain_bits: u32) {
    let m = (1u32 << k) - 1;
    if n < ESCAPE_ONES * m {
        let quotient = ((u64::from(n) * RECIPROCALS[k as usize]) >> RECIPROCAL_SHIFT) as u32;
        let remainder = n - quotient * m;
        let short = u32::from(remainder == 0);
        let bits = quotient + k + 1 - short;
        if bits <= MAX_CODE_BITS {
            let ones = ((1u32 << quotient) - 1) << (bits - quotient);
            out.put(ones + remainder + 1 - short, bits);
            return;
        }
    }
    out.put((1 << ESCAPE_ONES) - 1, ESCAPE_ONES);
    out.put(n, plain_bits);
}

/// Appends the residuals of a channel of `channel_bits`.
pub fn write(out: &mut Bits, residuals: &[i32], channel_bits: u32) {
    let mut mean = MEAN_START;
    let mut after_run = 0;
    let mut at = 0;
    while at < residuals.len() {
        let k = (31 - ((mean >> MEAN_SHIFT) + 3).leading_zeros()).min(MAX_PARAMETER);
        let residual = residuals[at];
        at += 1;
        // Zigzag; right after a run it isn't 0 and counts one less.
        let n = (residual.unsigned_abs() << 1) - u32::from(residual < 0) - after_run;
        code(out, n, k, channel_bits);
        mean = mean
            .wrapping_add(MEAN_WEIGHT.wrapping_mul(n + after_run))
            .wrapping_sub(MEAN_WEIGHT.wrapping_mul(mean) >> MEAN_SHIFT);
        if n > MEAN_CLAMP {
            mean = MEAN_CLAMP;
        }
        after_run = 0;
        if mean << 2 < 1 << MEAN_SHIFT && at < residuals.len() {
            let zeros = residuals[at..].iter().take(MAX_RUN as usize).take_while(|&&r| r == 0).count();
            at += zeros;
            after_run = u32::from((zeros as u32) < MAX_RUN);
            let k = mean.leading_zeros() - 24 + ((mean + 16) >> 6);
            code(out, zeros as u32, k.min(MAX_PARAMETER), RUN_ESCAPE_BITS);
            mean = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reciprocal_divides_as_a_division_does() {
        for k in 1..=MAX_PARAMETER {
            let m = (1u32 << k) - 1;
            for n in 0..ESCAPE_ONES * m {
                let quotient = (u64::from(n) * RECIPROCALS[k as usize]) >> RECIPROCAL_SHIFT;
                assert_eq!(quotient, u64::from(n / m), "{n} / {m}");
            }
        }
    }
}
