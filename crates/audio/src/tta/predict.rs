//! The two predictors of a channel, one behind the other: a fixed one of the last sample, and a filter of eight weights
//! that learns from the sign of its errors. All sums wrap, as decoders' do.

/// Weights of the filter.
const TAPS: usize = 8;

/// What is known of a channel since its frame began.
#[derive(Debug)]
pub struct Predictor {
    last: i32,
    error: i32,
    /// The sum of weights and history is larger than the prediction by so many bits.
    shift: u32,
    weights: [i32; TAPS],
    /// Steps by which the weights are corrected: ±1, ±2 or ±4.
    steps: [i32; TAPS],
    /// The last five third differences, then the last second and first difference and the last value.
    history: [i32; TAPS],
}

impl Predictor {
    /// A channel of so many bits, 16 or 24, before its first sample.
    pub fn new(bits: u8) -> Predictor {
        let shift = if bits <= 16 { 9 } else { 10 };
        Predictor { last: 0, error: 0, shift, weights: [0; TAPS], steps: [0; TAPS], history: [0; TAPS] }
    }

    /// What is left of the next sample.
    #[inline]
    pub fn residual(&mut self, sample: i32) -> i32 {
        // 31/32 of the last one.
        let fixed = ((i64::from(self.last) * 31) >> 5) as i32;
        self.last = sample;
        self.filter(sample.wrapping_sub(fixed))
    }

    #[inline]
    fn filter(&mut self, value: i32) -> i32 {
        let direction = self.error.signum();
        let mut sum = 1i32 << (self.shift - 1);
        for ((weight, step), past) in self.weights.iter_mut().zip(self.steps).zip(self.history) {
            *weight = weight.wrapping_add(direction * step);
            sum = sum.wrapping_add(weight.wrapping_mul(past));
        }
        self.learn(value);
        self.error = value.wrapping_sub(sum >> self.shift);
        self.error
    }

    /// Moves the value into the history, and the signs of what was there into the steps.
    #[inline]
    fn learn(&mut self, value: i32) {
        let [_, h1, h2, h3, h4, h5, h6, h7] = self.history;
        let [_, s1, s2, s3, s4, ..] = self.steps;
        let sign = |past: i32| past >> 31 | 1;
        self.steps = [s1, s2, s3, s4, sign(h4), 2 * sign(h5), 2 * sign(h6), 4 * sign(h7)];
        let first = value.wrapping_sub(h7);
        let second = first.wrapping_sub(h6);
        let third = second.wrapping_sub(h5);
        self.history = [h1, h2, h3, h4, third, second, first, value];
    }
}
