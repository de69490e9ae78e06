//! Between master and encoder: downmix, resampling, float conversion and dither, each a pure function of the absolute
//! position, so that any segment can be prepared alone and gives the same samples.

use crate::pcm::{Samples, Source, Spec};
use crate::resample::{Resampler, check_rates};
use crate::{Error, Result};

/// round(n·out/in), half up.
pub fn resampled_length(length_frames: u64, in_hz: u32, out_hz: u32) -> u64 {
    if in_hz == out_hz {
        return length_frames;
    }
    let (n, i, o) = (u128::from(length_frames), u128::from(in_hz), u128::from(out_hz));
    // Fits: the length is limited and the rate never rises beyond a factor that a u64 holds.
    ((n * o * 2 + i) / (i * 2)) as u64
}

/// Whether samples of the one shape can be made into the other.
pub fn check(from: &Spec, to: &Spec) -> Result<()> {
    if from.channels != to.channels {
        downmix_matrix(from.channels, to.channels)?;
    }
    check_rates(from.rate_hz, to.rate_hz)
}

/// The master as the encoder wants it. `lossless`: what needs no change is handed on bit by bit, floats with whatever
/// they hold.
pub fn prepare(source: Box<dyn Source>, to: &Spec, lossless: bool) -> Result<Box<dyn Source>> {
    let from = source.spec();
    if from == *to && (lossless || !from.float) {
        return Ok(source);
    }
    let mut source: Box<dyn Source> = Box::new(Floats::new(source, to.channels)?);
    if from.rate_hz != to.rate_hz {
        source = Box::new(Resampler::new(source, to.rate_hz)?);
    }
    if !to.float {
        source = Box::new(Requantised { source, to: *to, at: 0, floats: Samples::Float(Vec::new()) });
    }
    Ok(source)
}

/// Floats beyond this are taken for it: 6 dB over full scale, as far as Opus goes too. No music is as loud, and an encoder
/// that is given 10^30 makes noise of the whole packet.
const FLOAT_LIMIT: f32 = 2.0;

/// A master's float as encoders can have it: what is no number is silence.
fn tame(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-FLOAT_LIMIT, FLOAT_LIMIT) }
}

/// Any samples as floats of full scale ±1.0, mixed down where fewer channels are wanted.
struct Floats {
    source: Box<dyn Source>,
    spec: Spec,
    matrix: Option<Vec<Vec<f32>>>,
    raw: Samples,
}

impl Floats {
    fn new(source: Box<dyn Source>, channels: u8) -> Result<Floats> {
        let from = source.spec();
        let matrix = (from.channels != channels).then(|| downmix_matrix(from.channels, channels)).transpose()?;
        let spec = Spec { rate_hz: from.rate_hz, channels, bits: 32, float: true };
        Ok(Floats { source, spec, matrix, raw: Samples::empty(&from) })
    }
}

impl Source for Floats {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        self.source.length_frames()
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.source.seek(frame)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let from = self.source.spec();
        let frames = self.source.read(&mut self.raw, max_frames)?;
        let out = out.floats_mut();
        match &self.raw {
            Samples::Float(v) => out.extend(v.iter().map(|&s| tame(s))),
            Samples::Int(v) => {
                let scale = 1.0 / (1i64 << (from.bits - 1)) as f32;
                out.extend(v.iter().map(|&s| s as f32 * scale));
            }
        }
        if let Some(matrix) = &self.matrix {
            mix(out, from.channels as usize, matrix);
        }
        Ok(frames)
    }
}

fn mix(samples: &mut Vec<f32>, channels: usize, matrix: &[Vec<f32>]) {
    let mixed = samples.chunks_exact(channels).flat_map(|frame| {
        matrix.iter().map(move |row| row.iter().zip(frame).map(|(gain, sample)| gain * sample).sum::<f32>())
    });
    *samples = mixed.collect();
}

/// Gains of centre and surround in a stereo downmix: −3 dB (ITU-R BS.775-4, table 2).
const MINUS_3_DB: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Rows are output channels, columns input channels in the order of WAVE_FORMAT_EXTENSIBLE; the LFE is left out, and the
/// whole is scaled so that full scale in every channel cannot clip.
fn downmix_matrix(from: u8, to: u8) -> Result<Vec<Vec<f32>>> {
    let c = MINUS_3_DB;
    let (left, right): (&[f32], &[f32]) = match from {
        3 => (&[1.0, 0.0, c], &[0.0, 1.0, c]),
        4 => (&[1.0, 0.0, c, 0.0], &[0.0, 1.0, 0.0, c]),
        5 => (&[1.0, 0.0, c, c, 0.0], &[0.0, 1.0, c, 0.0, c]),
        6 => (&[1.0, 0.0, c, 0.0, c, 0.0], &[0.0, 1.0, c, 0.0, 0.0, c]),
        7 => (&[1.0, 0.0, c, 0.0, 0.5, c, 0.0], &[0.0, 1.0, c, 0.0, 0.5, 0.0, c]),
        8 => (&[1.0, 0.0, c, 0.0, c, 0.0, c, 0.0], &[0.0, 1.0, c, 0.0, 0.0, c, 0.0, c]),
        _ => (&[], &[]),
    };
    if to != 2 || left.is_empty() {
        return Err(Error::Unsupported(format!("a mix of {from} channels into {to}")));
    }
    let scale = 1.0 / left.iter().sum::<f32>();
    Ok([left, right].iter().map(|row| row.iter().map(|gain| gain * scale).collect()).collect())
}

/// Floats made into integers with triangular dither of ±1 step, drawn from the absolute position of each sample.
struct Requantised {
    source: Box<dyn Source>,
    to: Spec,
    at: u64,
    floats: Samples,
}

impl Source for Requantised {
    fn spec(&self) -> Spec {
        self.to
    }

    fn length_frames(&self) -> u64 {
        self.source.length_frames()
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = frame;
        self.source.seek(frame)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let frames = self.source.read(&mut self.floats, max_frames)?;
        let first = self.at * u64::from(self.to.channels);
        self.at += frames as u64;
        let full = f64::from(1u32 << (self.to.bits - 1));
        let quantise = |(i, &sample): (usize, &f32)| {
            let dithered = f64::from(sample) * full + triangular(first + i as u64);
            dithered.round().clamp(-full, full - 1.0) as i32
        };
        if let Samples::Float(floats) = &self.floats {
            out.ints_mut().extend(floats.iter().enumerate().map(quantise));
        }
        Ok(frames)
    }
}

/// A number in (−1, 1) of triangular density that depends on `position` alone (SplitMix64 of it).
fn triangular(position: u64) -> f64 {
    let mut z = position.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x4752_414D_4F56_4152);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let unit = 1.0 / 4_294_967_296.0;
    ((z >> 32) as f64 - (z & 0xFFFF_FFFF) as f64) * unit
}
