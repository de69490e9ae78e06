//! How audible a codec's error is: noise-to-mask ratio after Johnston (1988), and the plain signal-to-noise ratio, window by
//! window. Knows samples, no formats; the example `seams` uses it too.

use std::f64::consts::{PI, TAU};

/// Samples of the analysed window, a Hann window over it; windows overlap by whatever the caller's steps leave.
pub const WINDOW: usize = 2_048;
/// Upper edges of Zwicker's critical bands, in Hz.
const BARK_HZ: [f64; 25] = [
    100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1_080.0, 1_270.0, 1_480.0, 1_720.0, 2_000.0, 2_320.0,
    2_700.0, 3_150.0, 3_700.0, 4_400.0, 5_300.0, 6_400.0, 7_700.0, 9_500.0, 12_000.0, 15_500.0, 20_500.0,
];
/// Sound pressure that full scale is taken for, in dB SPL.
const FULL_SCALE_SPL_DB: f64 = 96.0;

/// What is measured of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Mean over the bands of noise over masking threshold, in dB; below 0 nothing should be heard.
    pub nmr_db: f64,
    /// The same of the worst band.
    pub worst_band_db: f64,
    /// Signal over noise, in dB.
    pub snr_db: f64,
}

/// The model for one rate.
pub struct Model {
    window: Vec<f64>,
    /// Band of each spectral line.
    band: Vec<usize>,
    bands: usize,
    /// Power that leaks from band to band, rows are what is masked; each row sums to 1.
    spread: Vec<Vec<f64>>,
    /// Threshold in quiet of each band, as power.
    quiet: Vec<f64>,
}

impl Model {
    pub fn new(rate_hz: f64) -> Model {
        let line_hz = rate_hz / WINDOW as f64;
        let band_of = |line: usize| BARK_HZ.iter().position(|&hz| line as f64 * line_hz < hz).unwrap_or(BARK_HZ.len());
        let band: Vec<usize> = (0..WINDOW / 2).map(band_of).collect();
        let bands = band.iter().copied().max().unwrap_or(0).min(BARK_HZ.len() - 1) + 1;
        let row = |to: usize| -> Vec<f64> {
            let row: Vec<f64> = (0..bands).map(|from| from_db(spreading_db(to as f64 - from as f64))).collect();
            let sum: f64 = row.iter().sum();
            row.iter().map(|v| v / sum).collect()
        };
        let quiet = |b: usize| {
            let lines = band.iter().enumerate().filter(|&(_, &of)| of == b).map(|(line, _)| line as f64 * line_hz);
            let least = lines.map(|hz| quiet_db(hz.max(20.0))).fold(f64::INFINITY, f64::min);
            from_db(least - FULL_SCALE_SPL_DB)
        };
        let hann = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos();
        Model {
            window: (0..WINDOW).map(hann).collect(),
            spread: (0..bands).map(row).collect(),
            quiet: (0..bands).map(quiet).collect(),
            band,
            bands,
        }
    }

    /// Measures one window of `WINDOW` samples of full scale ±1.0.
    pub fn measure(&self, original: &[f32], copy: &[f32]) -> Measure {
        let signal: Vec<f64> = original.iter().map(|&s| f64::from(s)).collect();
        let noise: Vec<f64> = original.iter().zip(copy).map(|(&s, &c)| f64::from(c) - f64::from(s)).collect();
        let power = |v: &[f64]| v.iter().map(|s| s * s).sum::<f64>() / v.len() as f64;
        let snr_db = to_db(power(&signal) / power(&noise).max(1e-20));
        let threshold = self.threshold(&self.spectrum(&signal));
        let noise = self.by_band(&self.spectrum(&noise));
        let ratios: Vec<f64> = noise.iter().zip(&threshold).map(|(n, t)| n / t).collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        Measure {
            nmr_db: to_db(mean.max(1e-6)),
            worst_band_db: to_db(ratios.iter().copied().fold(1e-6, f64::max)),
            snr_db,
        }
    }

    /// Power of each line; a sine of full scale has about 1.
    fn spectrum(&self, samples: &[f64]) -> Vec<f64> {
        let mut lines: Vec<(f64, f64)> = samples.iter().zip(&self.window).map(|(s, w)| (s * w, 0.0)).collect();
        fft(&mut lines);
        let scale = 16.0 / (WINDOW * WINDOW) as f64;
        lines[..WINDOW / 2].iter().map(|(re, im)| (re * re + im * im) * scale).collect()
    }

    fn by_band(&self, spectrum: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.bands];
        spectrum.iter().zip(&self.band).filter(|&(_, &b)| b < self.bands).for_each(|(p, &b)| sums[b] += p);
        sums
    }

    /// Masking threshold of each band: spread power, lowered by 5.5 dB for noise and by 14.5 dB + band for tones.
    fn threshold(&self, spectrum: &[f64]) -> Vec<f64> {
        let floor = 1e-16;
        let logs = spectrum.iter().map(|p| (p + floor).ln()).sum::<f64>() / spectrum.len() as f64;
        let mean = spectrum.iter().sum::<f64>() / spectrum.len() as f64 + floor;
        let tonal = (to_db(logs.exp() / mean) / -60.0).clamp(0.0, 1.0);
        let power = self.by_band(spectrum);
        let masked = |(b, row): (usize, &Vec<f64>)| {
            let spread: f64 = row.iter().zip(&power).map(|(s, p)| s * p).sum();
            let offset_db = tonal * (14.5 + b as f64 + 1.0) + (1.0 - tonal) * 5.5;
            (spread * from_db(-offset_db)).max(self.quiet[b])
        };
        self.spread.iter().enumerate().map(masked).collect()
    }
}

/// Schroeder's spreading function over a distance in Bark, upwards positive.
fn spreading_db(bark: f64) -> f64 {
    let x = bark + 0.474;
    15.81 + 7.5 * x - 17.5 * (1.0 + x * x).sqrt()
}

/// Terhardt's threshold in quiet, dB SPL.
fn quiet_db(hz: f64) -> f64 {
    let khz = hz / 1_000.0;
    3.64 * khz.powf(-0.8) - 6.5 * (-0.6 * (khz - 3.3).powi(2)).exp() + 1e-3 * khz.powi(4)
}

fn to_db(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

fn from_db(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}

/// Radix-2 decimation in frequency, in place; the length is a power of two.
fn fft(values: &mut [(f64, f64)]) {
    let length = values.len();
    if length < 2 {
        return;
    }
    let half = length / 2;
    for i in 0..half {
        let (a, b) = (values[i], values[i + half]);
        let (sin, cos) = (-PI * i as f64 / half as f64).sin_cos();
        let (re, im) = (a.0 - b.0, a.1 - b.1);
        values[i] = (a.0 + b.0, a.1 + b.1);
        values[i + half] = (re * cos - im * sin, re * sin + im * cos);
    }
    let (low, high) = values.split_at_mut(half);
    fft(low);
    fft(high);
    let interleaved: Vec<(f64, f64)> = low.iter().zip(high.iter()).flat_map(|(&a, &b)| [a, b]).collect();
    values.copy_from_slice(&interleaved);
}
