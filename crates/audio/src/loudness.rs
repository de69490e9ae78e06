//! Loudness: EBU R128 integrated loudness and true peak (ITU-R BS.1770-4), kept in a form that lets the loudness of an
//! album be computed from its tracks, and the ReplayGain 2 values that follow. Knows nothing of files and tags' texts.

use ebur128::{Channel, EbuR128, Mode};

use crate::pcm::{Samples, Spec};
use crate::tags::ReplayGain;
use crate::true_peak::TruePeak;
use crate::{Error, Result};

/// Loudness that ReplayGain 2 turns everything to, in hundredths of a LUFS.
pub const REFERENCE_CLUFS: i32 = -1_800;
/// Blocks quieter than this count for nothing (BS.1770-4, absolute gate), in hundredths of a LUFS.
const ABSOLUTE_GATE_CLUFS: i32 = -7_000;
/// Bins of a hundredth of a LU above the absolute gate; louder blocks (+30 LUFS) fall into the last one.
const BINS: usize = 10_001;
/// Blocks this far below the mean of the rest count for nothing (relative gate), in LU.
const RELATIVE_GATE_LU: f64 = -10.0;
/// Parts of a gating block of 400 ms, which overlap by three quarters.
const STEPS_PER_BLOCK: u64 = 4;
/// Full scale of samples shifted to 32 bits.
const FULL_SCALE: f32 = 2_147_483_648.0;
/// First byte of a histogram's serialised form.
const HISTOGRAM_VERSION: u8 = 1;

/// How many gating blocks had which loudness, to a hundredth of a LU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u32>,
}

/// Loudness and peak of a track or an album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loudness {
    /// The gating blocks.
    pub histogram: Histogram,
    /// True peak over all channels, in millionths of full scale.
    pub true_peak_millionths: i64,
}

impl Loudness {
    /// Integrated loudness in hundredths of a LUFS; `None` when it is silent or shorter than 400 ms.
    pub fn integrated_clufs(&self) -> Option<i32> {
        self.histogram.integrated_lufs().map(|lufs| (lufs * 100.0).round() as i32)
    }

    /// ReplayGain 2 in hundredths of a dB; `None` as for the loudness.
    pub fn gain_cdb(&self) -> Option<i32> {
        self.integrated_clufs().map(|clufs| REFERENCE_CLUFS - clufs)
    }
}

/// The loudness of an album: that of its tracks one after the other.
pub fn album<'a>(tracks: impl IntoIterator<Item = &'a Loudness>) -> Loudness {
    let mut whole = Loudness { histogram: Histogram::empty(), true_peak_millionths: 0 };
    for track in tracks {
        for (sum, count) in whole.histogram.counts.iter_mut().zip(&track.histogram.counts) {
            *sum = sum.saturating_add(*count);
        }
        whole.true_peak_millionths = whole.true_peak_millionths.max(track.true_peak_millionths);
    }
    whole
}

/// The ReplayGain 2 values of a track on its album. A silent one has a peak but no gain.
pub fn replay_gain(track: &Loudness, album: Option<&Loudness>) -> ReplayGain {
    ReplayGain {
        track_gain_cdb: track.gain_cdb(),
        track_peak_millionths: Some(track.true_peak_millionths),
        album_gain_cdb: album.and_then(Loudness::gain_cdb),
        album_peak_millionths: album.map(|album| album.true_peak_millionths),
    }
}

impl Histogram {
    /// No blocks.
    pub fn empty() -> Histogram {
        Histogram { counts: vec![0; BINS] }
    }

    /// Integrated loudness (BS.1770-4, both gates), to about a thousandth of a LU; `None` without a block over the gate.
    pub fn integrated_lufs(&self) -> Option<f64> {
        let relative_gate = self.mean_lufs(f64::NEG_INFINITY)? + RELATIVE_GATE_LU;
        self.mean_lufs(relative_gate)
    }

    /// Loudness of the mean energy of the blocks over `gate`.
    fn mean_lufs(&self, gate: f64) -> Option<f64> {
        let (mut blocks, mut energy) = (0u64, 0.0);
        for (bin, count) in self.counts.iter().enumerate().filter(|(bin, count)| **count > 0 && lufs_of(*bin) > gate) {
            blocks += u64::from(*count);
            energy += f64::from(*count) * 10f64.powf(lufs_of(bin) / 10.0);
        }
        (blocks > 0).then(|| 10.0 * (energy / blocks as f64).log10())
    }

    fn add(&mut self, lufs: f64) {
        let bin = ((lufs * 100.0).floor() - f64::from(ABSOLUTE_GATE_CLUFS)) as i64;
        if lufs.is_finite() && bin >= 0 {
            let count = &mut self.counts[(bin as usize).min(BINS - 1)];
            *count = count.saturating_add(1);
        }
    }

    /// A compact form, about 3 kB for a track: a version, then the distance to the next used bin and its count, in turn,
    /// as LEB128 numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![HISTOGRAM_VERSION];
        let mut last = 0;
        for (bin, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            push_number(&mut bytes, (bin - last) as u32);
            push_number(&mut bytes, *count);
            last = bin;
        }
        bytes
    }

    /// Reads what [`Histogram::to_bytes`] wrote; anything else is `Malformed`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Histogram> {
        let refused = || Error::Malformed("a loudness histogram is damaged".into());
        let (version, mut rest) = bytes.split_first().ok_or_else(refused)?;
        if *version != HISTOGRAM_VERSION {
            return Err(refused());
        }
        let mut histogram = Histogram::empty();
        let mut bin = 0usize;
        while !rest.is_empty() {
            bin += take_number(&mut rest).ok_or_else(refused)? as usize;
            *histogram.counts.get_mut(bin).ok_or_else(refused)? = take_number(&mut rest).ok_or_else(refused)?;
        }
        Ok(histogram)
    }
}

/// The middle of a bin.
fn lufs_of(bin: usize) -> f64 {
    (f64::from(ABSOLUTE_GATE_CLUFS) + bin as f64 + 0.5) / 100.0
}

fn push_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0u64;
    for shift in (0..35).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}

/// Measures samples as they come.
pub struct Meter {
    state: EbuR128,
    true_peak: TruePeak,
    histogram: Histogram,
    /// Left shift that makes an integer sample full scale in 32 bits.
    shift: u32,
    /// 100 ms.
    step_samples: usize,
    /// Samples of the present step so far.
    filled_samples: usize,
    steps: u64,
    scaled: Vec<i32>,
}

impl Meter {
    /// Ready for samples of the shape `spec`.
    pub fn new(spec: &Spec) -> Result<Meter> {
        let mut state = EbuR128::new(spec.channels.into(), spec.rate_hz, Mode::M).map_err(refusal)?;
        state.set_channel_map(channel_map(spec.channels)).map_err(refusal)?;
        let channels = usize::from(spec.channels);
        let step_samples = (spec.rate_hz as usize + 5) / 10 * channels;
        let shift = 32 - u32::from(spec.bits.clamp(1, 32));
        let histogram = Histogram::empty();
        let true_peak = TruePeak::new(spec.channels, spec.rate_hz);
        Ok(Meter { state, true_peak, histogram, shift, step_samples, filled_samples: 0, steps: 0, scaled: Vec::new() })
    }

    /// Measures a block of whole frames.
    pub fn add(&mut self, block: &Samples) -> Result<()> {
        match block {
            Samples::Int(samples) => {
                let mut scaled = std::mem::take(&mut self.scaled);
                scaled.clear();
                scaled.extend(samples.iter().map(|sample| sample << self.shift));
                self.true_peak.add(&scaled, |sample| sample as f32 / FULL_SCALE);
                self.in_steps(&scaled, EbuR128::add_frames_i32)?;
                self.scaled = scaled;
                Ok(())
            }
            Samples::Float(samples) => {
                self.true_peak.add(samples, |sample| sample);
                self.in_steps(samples, EbuR128::add_frames_f32)
            }
        }
    }

    /// Adds samples up to each boundary of 100 ms, where a gating block ends.
    fn in_steps<T>(
        &mut self,
        mut samples: &[T],
        add: fn(&mut EbuR128, &[T]) -> Result<(), ebur128::Error>,
    ) -> Result<()> {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(self.step_samples - self.filled_samples));
            add(&mut self.state, now).map_err(refusal)?;
            samples = later;
            self.filled_samples += now.len();
            if self.filled_samples == self.step_samples {
                self.filled_samples = 0;
                self.steps += 1;
                if self.steps >= STEPS_PER_BLOCK {
                    self.histogram.add(self.state.loudness_momentary().map_err(refusal)?);
                }
            }
        }
        Ok(())
    }

    /// The loudness of everything added.
    pub fn finish(self) -> Result<Loudness> {
        let peak = f64::from(self.true_peak.finish());
        Ok(Loudness { histogram: self.histogram, true_peak_millionths: (peak * 1e6).round() as i64 })
    }
}

/// Where each channel stands, in the order of WAVE_FORMAT_EXTENSIBLE; this decides its weight (BS.1770-4, table 4).
fn channel_map(channels: u8) -> &'static [Channel] {
    use Channel::{Center, Left, LeftSurround, Mm090, Mm135, Mp090, Mp135, Mp180, Right, RightSurround, Unused};
    match channels {
        1 => &[Center],
        2 => &[Left, Right],
        3 => &[Left, Right, Center],
        4 => &[Left, Right, LeftSurround, RightSurround],
        5 => &[Left, Right, Center, LeftSurround, RightSurround],
        6 => &[Left, Right, Center, Unused, LeftSurround, RightSurround],
        7 => &[Left, Right, Center, Unused, Mp180, Mp090, Mm090],
        _ => &[Left, Right, Center, Unused, Mp135, Mm135, Mp090, Mm090],
    }
}

fn refusal(error: ebur128::Error) -> Error {
    Error::Malformed(format!("its loudness cannot be measured: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    /// Parts of a 1 kHz tone: seconds, and the level of each channel in dBFS.
    fn measured(channels: u8, parts: &[(u32, &[f64])]) -> Loudness {
        let spec = Spec { rate_hz: RATE_HZ, channels, bits: 24, float: false };
        let mut meter = Meter::new(&spec).unwrap();
        for (seconds, levels_db) in parts {
            let frames = (0..seconds * RATE_HZ).flat_map(|frame| {
                let sine = (f64::from(frame) * 1_000.0 * std::f64::consts::TAU / f64::from(RATE_HZ)).sin();
                levels_db.iter().map(move |db| (sine * 10f64.powf(db / 20.0) * 8_388_607.0).round() as i32)
            });
            let samples: Vec<i32> = frames.collect();
            // In blocks that have nothing to do with 100 ms.
            for block in samples.chunks(usize::from(channels) * 7_919) {
                meter.add(&Samples::Int(block.to_vec())).unwrap();
            }
        }
        meter.finish().unwrap()
    }

    #[test]
    fn bass_effects_count_for_nothing() {
        assert_eq!(measured(6, &[(2, &[-200.0, -200.0, -200.0, 0.0, -200.0, -200.0])]).integrated_clufs(), None);
    }

    #[test]
    fn silence_has_a_peak_but_no_gain() {
        let spec = Spec { rate_hz: RATE_HZ, channels: 2, bits: 16, float: true };
        let mut meter = Meter::new(&spec).unwrap();
        meter.add(&Samples::Float(vec![0.0; 200_000])).unwrap();
        let silence = meter.finish().unwrap();
        let gain = replay_gain(&silence, Some(&album([&silence])));
        assert_eq!((gain.track_gain_cdb, gain.album_gain_cdb), (None, None));
        assert_eq!((gain.track_peak_millionths, gain.album_peak_millionths), (Some(0), Some(0)));
    }

    #[test]
    fn replay_gain_turns_to_eighteen_below() {
        let loudness = measured(2, &[(5, &[-23.0, -23.0])]);
        assert!((loudness.gain_cdb().unwrap() - 500).abs() <= 10);
        assert!((loudness.true_peak_millionths - 70_795).abs() < 100, "{}", loudness.true_peak_millionths);
    }

    #[test]
    fn an_album_is_as_loud_as_its_tracks_in_one() {
        let (soft, strong) = (&[-30.0, -30.0][..], &[-15.0, -15.0][..]);
        let whole = measured(2, &[(30, soft), (30, strong)]);
        let tracks = [measured(2, &[(30, soft)]), measured(2, &[(30, strong)])];
        let album = album(&tracks);
        assert!((album.integrated_clufs().unwrap() - whole.integrated_clufs().unwrap()).abs() <= 5);
        assert_eq!(album.true_peak_millionths, tracks[1].true_peak_millionths);
        assert_eq!(super::album([&tracks[0]]), tracks[0]);
    }

    #[test]
    fn a_histogram_survives_its_bytes_and_nothing_else_is_taken() {
        let histogram = measured(2, &[(3, &[-30.0, -30.0]), (3, &[-10.0, -20.0]), (3, &[0.0, 0.0])]).histogram;
        let bytes = histogram.to_bytes();
        assert_eq!(Histogram::from_bytes(&bytes).unwrap(), histogram);
        assert_eq!(Histogram::from_bytes(&Histogram::empty().to_bytes()).unwrap(), Histogram::empty());
        let bad: [&[u8]; 5] =
            [&[], &[2], &bytes[..bytes.len() - 1], &[1, 0xff, 0xff, 0x7f, 1], &[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]];
        for bytes in bad {
            assert!(Histogram::from_bytes(bytes).is_err(), "{bytes:?}");
        }
    }
}
