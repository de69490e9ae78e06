//! Samples: lossless is lossless, neighbours join without a seam, segments join without a seam, resampling is clean.

use audio::encode::{encode, plan};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

use crate::support::{Memory, Scratch, decoded, format, render};

/// The master's samples in the 32 bits of `decoded`.
fn in_32_bits(master: &Memory) -> Vec<i32> {
    master.samples().iter().map(|s| s << (32 - master.spec.bits)).collect()
}

#[test]
fn lossless_formats_give_back_the_samples() {
    let scratch = Scratch::new();
    for (rate_hz, bits, channels, pcm) in [(44_100, 16, 2, "16"), (96_000, 24, 2, "24"), (48_000, 20, 1, "24")] {
        let master = Memory::music(rate_hz, bits, channels, 400_003);
        let pcm = [format!("wav:pcm:{pcm}"), format!("aiff:pcm:{pcm}")];
        let others = ["flac:lossless:0", "flac:lossless:5", "alac:lossless:default"].map(String::from);
        for text in pcm.iter().chain(&others) {
            let made = render(&master, text, 2, &Tags::default()).expect(text);
            assert!(decoded(&scratch.rendition(&made)) == in_32_bits(&master), "{text} at {bits} bits");
        }
    }
}

#[test]
fn alac_survives_noise_silence_and_full_scale() {
    let scratch = Scratch::new();
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 24, float: false };
    let full = (1 << 23) - 1;
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as i32 - (1 << 23)
    };
    let square = (0..30_000).map(|i| if i / 77 % 2 == 0 { full } else { -full - 1 });
    let mut samples: Vec<i32> = (0..30_000).map(|_| noise()).collect();
    samples.extend(square);
    samples.extend(vec![0; 30_000]);
    samples.extend((0..30_000).map(|i| i % 3 - 1));
    for (bits, channels) in [(16, 2), (20, 2), (24, 2), (16, 1), (20, 1), (24, 1)] {
        let samples = samples.iter().map(|s| s >> (24 - bits)).collect();
        let master = Memory::new(Spec { bits, channels, ..spec }, samples);
        let made = render(&master, "alac:lossless:default", 1, &Tags::default()).expect("ALAC");
        assert!(decoded(&scratch.rendition(&made)) == in_32_bits(&master), "{bits} bits, {channels} channels");
    }
}

/// Root mean square of the difference over windows of `window` samples.
fn errors(a: &[i32], b: &[i32], window: usize) -> Vec<f64> {
    let difference = |(a, b): (&i32, &i32)| ((f64::from(*a) - f64::from(*b)) / 2f64.powi(31)).powi(2);
    let squares: Vec<f64> = a.iter().zip(b).map(difference).collect();
    squares.chunks(window).map(|w| (w.iter().sum::<f64>() / w.len() as f64).sqrt()).collect()
}

#[test]
fn two_tracks_of_one_take_join_without_a_seam() {
    let scratch = Scratch::new();
    let whole = Memory::music(48_000, 16, 2, 48_000 * 8);
    let cut = 48_000 * 4 + 333;
    let (first, second) = (whole.cut(0, cut), whole.cut(cut, 48_000 * 8));
    let original = in_32_bits(&whole);
    for text in [
        "mp3:cbr:256",
        "mp3:vbr:0",
        "vorbis:vbr:8",
        "opus:vbr:192",
        #[cfg(feature = "aac")]
        "aac:cbr:256",
        #[cfg(feature = "aac")]
        "aac:vbr:5",
        "flac:lossless:5",
        "alac:lossless:default",
    ] {
        let file =
            |master: &Memory| decoded(&scratch.rendition(&render(master, text, 1, &Tags::default()).expect(text)));
        let joined = [file(&first), file(&second)].concat();
        assert_eq!(joined.len(), original.len(), "{text}");
        let window = 960;
        let errors = errors(&joined, &original, window);
        let seam = 2 * cut / window;
        let at_seam = errors[seam - 1..=seam + 1].iter().copied().fold(0.0, f64::max);
        let mut elsewhere: Vec<f64> = errors[10..seam - 5].to_vec();
        elsewhere.sort_by(f64::total_cmp);
        let usual_worst = elsewhere[elsewhere.len() * 99 / 100];
        assert!(at_seam <= usual_worst * 2.0 + 1e-4, "{text}: {at_seam:e} at the seam, {usual_worst:e} elsewhere");
    }
}

#[test]
fn opus_segments_join_without_a_seam() {
    let scratch = Scratch::new();
    let master = Memory::music(48_000, 16, 2, 48_000 * 50);
    let original = in_32_bits(&master);
    for text in ["opus:vbr:128", "opus:cbr:96"] {
        let made = render(&master, text, 2, &Tags::default()).expect(text);
        assert_eq!(made.plan.segments, 4);
        let errors = errors(&decoded(&scratch.rendition(&made)), &original, 2 * 960);
        let mut sorted = errors.clone();
        sorted.sort_by(f64::total_cmp);
        let usual_worst = sorted[sorted.len() * 99 / 100];
        for segment in [800, 1_600, 2_400] {
            let at_seam = errors[segment - 2..=segment + 2].iter().copied().fold(0.0, f64::max);
            // Half a decibel: the worst of five windows against the hundredth worst of all.
            assert!(at_seam <= usual_worst * 1.06, "{text}: {at_seam:e} at the seam, {usual_worst:e} elsewhere");
        }
    }
}

/// The same sound as floats.
struct Floats(Memory);

impl Source for Floats {
    fn spec(&self) -> Spec {
        Spec { bits: 32, float: true, ..self.0.spec }
    }

    fn length_frames(&self) -> u64 {
        self.0.length_frames()
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.0.seek(frame)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let mut ints = Samples::Int(Vec::new());
        let frames = self.0.read(&mut ints, max_frames)?;
        if let Samples::Int(v) = ints {
            *out = Samples::Float(v.iter().map(|&s| s as f32 / 32_768.0).collect());
        }
        Ok(frames)
    }
}

#[test]
fn a_float_master_gives_its_floats_and_dithered_integers() {
    let master = Memory::music(44_100, 16, 2, 50_000);
    let float = Spec { bits: 32, float: true, ..master.spec };
    let info = StreamInfo { spec: float, ..master.info() };
    let body = |text: &str| {
        let plan = plan(format(text), &info).expect(text);
        let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(Floats(master.clone()))) };
        let mut bytes = Vec::new();
        encode(&plan, &open, 2, &mut |chunk| {
            bytes.extend(chunk.bytes);
            Ok(())
        })
        .expect(text);
        bytes
    };
    let floats: Vec<u8> = master.samples().iter().flat_map(|&s| (s as f32 / 32_768.0).to_le_bytes()).collect();
    assert!(body("wav:pcm:32f") == floats);
    let ints = body("wav:pcm:16");
    let off = |(b, &s): (&[u8], &i32)| (i32::from(i16::from_le_bytes([b[0], b[1]])) - s).abs();
    let worst = ints.chunks_exact(2).zip(master.samples()).map(off).max();
    assert_eq!(worst, Some(1), "triangular dither moves a sample by at most one step");
    assert!(plan(format("flac:lossless:5"), &info).is_err());
    assert!(plan(format("flac:lossless:5@44100/24"), &info).is_ok());
}

/// A sine of the given frequency at 24 bits, through a resampled WAV, as floats of the left channel.
fn resampled(hz: f64, from_hz: u32, to: &str) -> (Vec<f64>, f64) {
    let spec = Spec { rate_hz: from_hz, channels: 1, bits: 24, float: false };
    let step = hz / f64::from(from_hz) * std::f64::consts::TAU;
    let samples = (0..from_hz as usize).map(|n| ((n as f64 * step).sin() * 0.5 * 8_388_607.0) as i32).collect();
    let master = Memory::new(spec, samples);
    let plan = plan(format(to), &master.info()).expect(to);
    let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut bytes = Vec::new();
    encode(&plan, &open, 1, &mut |chunk| {
        bytes.extend(chunk.bytes);
        Ok(())
    })
    .expect(to);
    let sample = |b: &[u8]| f64::from(i32::from_le_bytes([0, b[0], b[1], b[2]])) / 2f64.powi(31);
    (bytes.chunks_exact(3).map(sample).collect(), f64::from(plan.spec.rate_hz))
}

/// Level of what is left of a sine of amplitude 0.5 at `hz` with phase 0, in dB against it, away from the ends.
fn residue_db(samples: &[f64], rate_hz: f64, hz: f64) -> f64 {
    let step = hz / rate_hz * std::f64::consts::TAU;
    let middle = 2_000..samples.len() - 2_000;
    let squares = middle.clone().map(|n| (samples[n] - 0.5 * (n as f64 * step).sin()).powi(2));
    let rms = (squares.sum::<f64>() / middle.len() as f64).sqrt();
    20.0 * (rms / (0.5 / 2f64.sqrt())).log10()
}

#[test]
fn resampling_keeps_the_audible_band_and_its_phase() {
    for (from_hz, to) in
        [(96_000, "wav:pcm:24@44100/24"), (96_000, "wav:pcm:24@48000/24"), (88_200, "wav:pcm:24@44100/24")]
    {
        for hz in [100.0, 997.0, 10_007.0, 19_001.0] {
            let (samples, rate_hz) = resampled(hz, from_hz, to);
            let residue = residue_db(&samples, rate_hz, hz);
            assert!(residue < -110.0, "{hz} Hz of {from_hz} as {to}: {residue:.1} dB");
        }
    }
}

#[test]
fn resampling_lets_nothing_fold_back() {
    for hz in [25_000.0, 30_011.0, 43_000.0] {
        let (samples, _) = resampled(hz, 96_000, "wav:pcm:24@44100/24");
        let middle = &samples[2_000..samples.len() - 2_000];
        let rms = (middle.iter().map(|s| s * s).sum::<f64>() / middle.len() as f64).sqrt();
        let level = 20.0 * (rms / (0.5 / 2f64.sqrt())).log10();
        assert!(level < -110.0, "{hz} Hz: {level:.1} dB");
    }
}
