//! ALAC's predictor: a short linear filter whose coefficients learn by the sign of each error.

/// Coefficients. Six leave all but as little as eight do, and cost a quarter less.
pub const ORDER: usize = 6;
/// Fraction bits of the coefficients.
pub const COEFFICIENT_SHIFT: u32 = 9;
/// The sample that is predicted, those that it is predicted from, and one that they are measured from.
const WINDOW: usize = ORDER + 2;

/// Sign-extends the low `bits` of a difference.
#[inline]
fn wrap(difference: i32, bits: u32) -> i32 {
    difference << (32 - bits) >> (32 - bits)
}

/// Replaces `errors` by those of predicting `input`; `start` learns on the way and is forgotten.
pub fn residuals(input: &[i32], errors: &mut Vec<i32>, start: &[i16; ORDER], channel_bits: u32) {
    errors.clear();
    errors.reserve(input.len());
    errors.extend(input.first());
    let plain = input.len().clamp(1, ORDER + 1);
    errors.extend((1..plain).map(|j| wrap(input[j].wrapping_sub(input[j - 1]), channel_bits)));
    let mut learned = start.map(i32::from);
    errors.extend(input.array_windows::<WINDOW>().map(|window| {
        let top = window[0];
        // `apart[k]` is how far the k-th last sample lies from the window's first.
        let apart: [i32; ORDER] = std::array::from_fn(|k| window[ORDER - k] - top);
        let mut sum = 1i32 << (COEFFICIENT_SHIFT - 1);
        for k in 0..ORDER {
            sum = sum.wrapping_add(learned[k].wrapping_mul(apart[k]));
        }
        let error = wrap(window[ORDER + 1].wrapping_sub(top).wrapping_sub(sum >> COEFFICIENT_SHIFT), channel_bits);
        learn(&mut learned, &apart, error);
        error
    }));
}

/// Moves coefficients, oldest first, until the error is used up. The two signs are apart because they round apart, and
/// because the loop is the encoder's innermost.
#[inline]
fn learn(learned: &mut [i32; ORDER], apart: &[i32; ORDER], error: i32) {
    let mut left = error;
    if error > 0 {
        for k in (0..ORDER).rev() {
            learned[k] = i32::from((learned[k] + apart[k].signum()) as i16);
            left -= (ORDER - k) as i32 * (apart[k].abs() >> COEFFICIENT_SHIFT);
            if left <= 0 {
                return;
            }
        }
    } else if error < 0 {
        for k in (0..ORDER).rev() {
            learned[k] = i32::from((learned[k] - apart[k].signum()) as i16);
            left -= (ORDER - k) as i32 * (-apart[k].abs() >> COEFFICIENT_SHIFT);
            if left >= 0 {
                return;
            }
        }
    }
}
