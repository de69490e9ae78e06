//! WavPack's decorrelation: a cascade of one-weight predictors whose weights move by the sign of each error. A pass
//! replaces samples by residuals in place, and knows nothing of the samples before its block.

/// Terms that extrapolate from the last two samples: 2a − b, and (3a − b) / 2.
pub const LINE: i8 = 17;
/// See [`LINE`].
pub const HALF_LINE: i8 = 18;
/// How far a weight moves with each sample.
pub const DELTA: i32 = 2;
/// Weights are in 1/1024; those between channels stay within ±1.
const WEIGHT_BITS: u32 = 10;
const MAX_CROSS_WEIGHT: i32 = 1 << WEIGHT_BITS;

/// One pass: its term, and what it has learned of two channels (a mono stream uses the first).
#[derive(Debug, Clone)]
pub struct Pass {
    /// 1 to 8: predict from so many samples ago; 17, 18: from a line; −1 to −3: from the other channel.
    pub term: i8,
    weights: [i32; 2],
}

/// A weight as a block keeps it, in a byte.
fn stored_weight(weight: i32) -> i8 {
    let weight = weight.clamp(-1024, 1024);
    let weight = if weight > 0 { weight - ((weight + 64) >> 7) } else { weight };
    ((weight + 4) >> 3) as i8
}

/// What a decoder makes of a stored weight.
fn restored_weight(stored: i8) -> i32 {
    let weight = i32::from(stored) * 8;
    if weight > 0 { weight + ((weight + 64) >> 7) } else { weight }
}

#[inline(always)]
fn weighted(weight: i32, sample: i32) -> i32 {
    ((i64::from(weight) * i64::from(sample) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS) as i32
}

/// The residual of `sample`; the weight moves towards what would have made it smaller.
#[inline(always)]
fn residual<const CROSS: bool>(weight: &mut i32, from: i32, sample: i32) -> i32 {
    let residual = sample.wrapping_sub(weighted(*weight, from));
    let step = if (from ^ residual) < 0 { -DELTA } else { DELTA };
    *weight += if from != 0 && residual != 0 { step } else { 0 };
    if CROSS {
        *weight = (*weight).clamp(-MAX_CROSS_WEIGHT, MAX_CROSS_WEIGHT);
    }
    residual
}

impl Pass {
    /// A pass that has learned nothing.
    pub fn new(term: i8) -> Pass {
        Pass { term, weights: [0; 2] }
    }

    /// Makes the weights those that a decoder will be told at the start of a block, and returns their bytes.
    pub fn begin(&mut self, channels: usize) -> Vec<u8> {
        let stored: Vec<i8> = self.weights[..channels].iter().map(|&w| stored_weight(w)).collect();
        for (weight, &stored) in self.weights.iter_mut().zip(&stored) {
            *weight = restored_weight(stored);
        }
        stored.into_iter().map(|w| w as u8).collect()
    }

    /// Runs over one channel.
    pub fn run_mono(&mut self, samples: &mut [i32]) {
        self.run_pair(samples, &mut []);
    }

    /// Runs over two channels of one length; an empty second one stands for none.
    fn run_pair(&mut self, left: &mut [i32], right: &mut [i32]) {
        match self.term {
            LINE => self.run_line::<2, 0>(left, right),
            HALF_LINE => self.run_line::<3, 1>(left, right),
            1 => self.run_back::<1>(left, right),
            2 => self.run_back::<2>(left, right),
            3 => self.run_back::<3>(left, right),
            4 => self.run_back::<4>(left, right),
            _ => self.run_back::<5>(left, right),
        }
    }

    /// Runs over two channels of one length.
    pub fn run_stereo(&mut self, left: &mut [i32], right: &mut [i32]) {
        match self.term {
            -1 => self.run_second_from_first(left, right, [0, 1]),
            -2 => self.run_second_from_first(right, left, [1, 0]),
            _ => self.run_pair(left, right),
        }
    }

    /// (M·a − b) >> S of the last two samples.
    fn run_line<const M: i32, const S: u32>(&mut self, left: &mut [i32], right: &mut [i32]) {
        let line = |h: &[i32; 2]| (M.wrapping_mul(h[0]).wrapping_sub(h[1])) >> S;
        let [mut weight_l, mut weight_r] = self.weights;
        let [mut last_l, mut last_r] = [[0; 2]; 2];
        if right.is_empty() {
            for sample in left {
                let from = line(&last_l);
                last_l = [*sample, last_l[0]];
                *sample = residual::<false>(&mut weight_l, from, *sample);
            }
        } else {
            for (l, r) in left.iter_mut().zip(right) {
                let (from_l, from_r) = (line(&last_l), line(&last_r));
                (last_l, last_r) = ([*l, last_l[0]], [*r, last_r[0]]);
                *l = residual::<false>(&mut weight_l, from_l, *l);
                *r = residual::<false>(&mut weight_r, from_r, *r);
            }
        }
        self.weights = [weight_l, weight_r];
    }

    /// The sample of N ago.
    fn run_back<const N: usize>(&mut self, left: &mut [i32], right: &mut [i32]) {
        let [mut weight_l, mut weight_r] = self.weights;
        let [mut ring_l, mut ring_r] = [[0; N]; 2];
        let mut at = 0;
        if right.is_empty() {
            for sample in left {
                let from = std::mem::replace(&mut ring_l[at], *sample);
                *sample = residual::<false>(&mut weight_l, from, *sample);
                at = if at + 1 == N { 0 } else { at + 1 };
            }
        } else {
            for (l, r) in left.iter_mut().zip(right) {
                let from_l = std::mem::replace(&mut ring_l[at], *l);
                let from_r = std::mem::replace(&mut ring_r[at], *r);
                *l = residual::<false>(&mut weight_l, from_l, *l);
                *r = residual::<false>(&mut weight_r, from_r, *r);
                at = if at + 1 == N { 0 } else { at + 1 };
            }
        }
        self.weights = [weight_l, weight_r];
    }

    /// The second channel from the first's sample of the same frame, the first from the second's of the frame before.
    fn run_second_from_first(&mut self, first: &mut [i32], second: &mut [i32], which: [usize; 2]) {
        let [mut weight_1, mut weight_2] = which.map(|c| self.weights[c]);
        let mut last = 0;
        for (a, b) in first.iter_mut().zip(second) {
            let from = *a;
            *a = residual::<true>(&mut weight_1, last, *a);
            last = *b;
            *b = residual::<true>(&mut weight_2, from, *b);
        }
        self.weights[which[0]] = weight_1;
        self.weights[which[1]] = weight_2;
    }
}
