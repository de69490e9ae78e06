//! ALAC's predictor: a short linear filter whose coefficients learn by the sign of each error.

/// Fraction bits of the coefficients.
pub const COEFFICIENT_SHIFT: u32 = 9;
/// Where learning starts: about 2.4, −1.8, −0.1.
const START: [i32; 3] = [38, -29, -2];

/// Coefficients to start from.
pub fn start<const N: usize>() -> [i16; N] {
    std::array::from_fn(|i| ((START.get(i).copied().unwrap_or(0) << COEFFICIENT_SHIFT) >> 4) as i16)
}

/// Sign-extends the low `bits` of a difference.
#[inline]
fn wrap(difference: i32, bits: u32) -> i32 {
    difference << (32 - bits) >> (32 - bits)
}

/// Writes the errors of predicting `input` to `errors` (same length); `coefficients` learn on the way.
pub fn residuals<const N: usize>(input: &[i32], errors: &mut Vec<i32>, coefficients: &mut [i16; N], channel_bits: u32) {
    errors.clear();
    errors.extend(input.first());
    let plain = input.len().min(N + 1).max(1);
    errors.extend((1..plain).map(|j| wrap(input[j].wrapping_sub(input[j - 1]), channel_bits)));
    let mut learned: [i32; N] = coefficients.map(i32::from);
    for window in input.windows(N + 2) {
        let top = window[0];
        let mut sum = 1 << (COEFFICIENT_SHIFT - 1);
        // `apart[k]` is how far the k-th last sample lies from the window's first.
        let apart: [i32; N] = std::array::from_fn(|k| window[N - k] - top);
        for k in 0..N {
            sum += learned[k].wrapping_mul(apart[k]);
        }
        let error = wrap(window[N + 1].wrapping_sub(top).wrapping_sub(sum >> COEFFICIENT_SHIFT), channel_bits);
        errors.push(error);
        learn(&mut learned, &apart, error);
    }
    *coefficients = learned.map(|c| c as i16);
}

/// Moves coefficients, oldest first, until the error is used up.
#[inline]
fn learn<const N: usize>(learned: &mut [i32; N], apart: &[i32; N], error: i32) {
    let sign = error.signum();
    let mut left = error;
    for k in (0..N).rev() {
        if left * sign <= 0 {
            return;
        }
        learned[k] = i32::from((learned[k] + sign * apart[k].signum()) as i16);
        let step = if sign > 0 { apart[k].abs() >> COEFFICIENT_SHIFT } else { -apart[k].abs() >> COEFFICIENT_SHIFT };
        left -= (N - k) as i32 * step;
    }
}
