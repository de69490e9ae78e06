//! Sums of products for the resampler, in an order that is fixed: the same to the bit in whichever registers a processor
//! has. Holds the one choice by machine that is made in Rust.

/// Sums that run side by side: one register of a processor with AVX, two of one without.
pub const LANES: usize = 8;

/// The sums of products of `a` with `one` and with `other`: `LANES` partial sums, then those from first to last.
pub fn dots(a: &[f32], one: &[f32], other: &[f32]) -> [f32; 2] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { dots_by_avx(a, one, other) };
    }
    dots_by_any(a, one, other)
}

/// Products are rounded before they are added: this has AVX and no fused multiplication.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn dots_by_avx(a: &[f32], one: &[f32], other: &[f32]) -> [f32; 2] {
    dots_by_any(a, one, other)
}

#[inline(always)]
fn dots_by_any(a: &[f32], one: &[f32], other: &[f32]) -> [f32; 2] {
    let (mut ones, mut others) = ([0f32; LANES], [0f32; LANES]);
    let eights = a.as_chunks::<LANES>().0.iter();
    let inputs = one.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0);
    for (a, (one, other)) in eights.zip(inputs) {
        for lane in 0..LANES {
            ones[lane] += a[lane] * one[lane];
        }
        for lane in 0..LANES {
            others[lane] += a[lane] * other[lane];
        }
    }
    [ones.iter().sum(), others.iter().sum()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_adds_up_the_same_to_the_bit() {
        let mut seed = 7u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        for length in (LANES..600).step_by(LANES) {
            let [a, b, c]: [Vec<f32>; 3] = std::array::from_fn(|_| (0..length).map(|_| noise()).collect());
            let lanes = |b: &[f32]| -> f32 {
                let lane = |l| (l..length).step_by(LANES).fold(0.0, |sum, i| sum + a[i] * b[i]);
                (0..LANES).map(lane).sum()
            };
            let bits = |sums: [f32; 2]| sums.map(f32::to_bits);
            assert_eq!(bits(dots(&a, &b, &c)), bits([lanes(&b), lanes(&c)]), "{length}");
            assert_eq!(bits(dots_by_any(&a, &b, &c)), bits([lanes(&b), lanes(&c)]), "{length}");
        }
    }
}
