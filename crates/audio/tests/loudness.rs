//! Loudness and true peak against the reference signals of EBU Tech 3341 (version 4, table 1) that can be generated, the
//! filter of ITU-R BS.1770-4 worked out from its coefficients, and FFmpeg's meter.

use std::f64::consts::{PI, TAU};
use std::process::Command;

use audio::loudness::{Loudness, Meter};
use audio::pcm::{Samples, Spec};

/// What the shop holds itself to.
const MAX_OFF_CLU: i32 = 10;
const MAX_OFF_PEAK_DB: f64 = 0.2;

fn spec(rate_hz: u32, channels: u8) -> Spec {
    Spec { rate_hz, channels, bits: 24, float: false }
}

/// Measures what `sample(channel, frame)` gives, full scale ±1, as 24-bit samples in blocks of an odd size.
fn measured(spec: Spec, frames: u64, sample: impl Fn(u8, u64) -> f64) -> Loudness {
    let mut meter = Meter::new(&spec).unwrap();
    let mut block = Vec::new();
    for frame in 0..frames {
        block.extend((0..spec.channels).map(|channel| (sample(channel, frame) * 8_388_607.0).round() as i32));
        if block.len() >= 7_919 * usize::from(spec.channels) || frame + 1 == frames {
            meter.add(&Samples::Int(std::mem::take(&mut block))).unwrap();
        }
    }
    meter.finish().unwrap()
}

fn gain(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// A sine of `hz`, with tenths of seconds and the level of each channel in dBFS, part by part.
fn tones(spec: Spec, hz: f64, parts: &[(u64, &[f64])]) -> Loudness {
    let per_tenth = u64::from(spec.rate_hz) / 10;
    let frames = parts.iter().map(|(tenths, _)| tenths * per_tenth).sum();
    measured(spec, frames, |channel, frame| {
        let mut end = 0;
        let part = parts.iter().find(|(tenths, _)| {
            end += tenths * per_tenth;
            frame < end
        });
        let level = part.map_or(f64::NEG_INFINITY, |(_, levels)| levels[usize::from(channel)]);
        gain(level) * (frame as f64 * hz * TAU / f64::from(spec.rate_hz)).sin()
    })
}

fn assert_clufs(what: &str, loudness: &Loudness, wanted_clufs: i32) {
    let clufs = loudness.integrated_clufs().unwrap();
    assert!((clufs - wanted_clufs).abs() <= MAX_OFF_CLU, "{what}: {clufs} is not {wanted_clufs}");
}

fn peak_db(loudness: &Loudness) -> f64 {
    20.0 * (loudness.true_peak_millionths as f64 / 1e6).log10()
}

fn assert_peak(what: &str, loudness: &Loudness, wanted_db: f64) {
    let off_db = peak_db(loudness) - wanted_db;
    assert!(off_db.abs() <= MAX_OFF_PEAK_DB, "{what}: {} is not {wanted_db}", peak_db(loudness));
}

#[test]
fn cases_1_to_6_of_tech_3341_measure_as_they_must_at_every_rate() {
    const SILENT: f64 = f64::NEG_INFINITY;
    let (at, soft, hushed) = (&[-23.0; 2][..], &[-36.0; 2][..], &[-72.0; 2][..]);
    /// What it is called, its parts (tenths of a second, levels by channel), what it must measure.
    type Case<'a> = (&'a str, &'a [(u64, &'a [f64])], i32);
    let stereo: [Case; 5] = [
        ("case 1", &[(200, at)], -2_300),
        ("case 2", &[(200, &[-33.0; 2])], -3_300),
        ("case 3", &[(100, soft), (600, at), (100, soft)], -2_300),
        ("case 4", &[(100, hushed), (100, soft), (600, at), (100, soft), (100, hushed)], -2_300),
        ("case 5", &[(200, &[-26.0; 2]), (201, &[-20.0; 2]), (200, &[-26.0; 2])], -2_300),
    ];
    for (case, parts, wanted_clufs) in stereo {
        assert_clufs(case, &tones(spec(48_000, 2), 1_000.0, parts), wanted_clufs);
    }
    let five: &[(u64, &[f64])] = &[(200, &[-28.0, -28.0, -24.0, -30.0, -30.0])];
    assert_clufs("case 6 as 5.0", &tones(spec(48_000, 5), 1_000.0, five), -2_300);
    let six: &[(u64, &[f64])] = &[(200, &[-28.0, -28.0, -24.0, SILENT, -30.0, -30.0])];
    assert_clufs("case 6 as 5.1", &tones(spec(48_000, 6), 1_000.0, six), -2_300);
    for rate_hz in [8_000, 22_050, 44_100, 88_200, 96_000, 192_000] {
        assert_clufs(&format!("case 1 at {rate_hz} Hz"), &tones(spec(rate_hz, 2), 1_000.0, &[(60, at)]), -2_300);
        let gated = tones(spec(rate_hz, 2), 1_000.0, &[(20, soft), (300, at), (20, soft)]);
        assert_clufs(&format!("case 3, shorter, at {rate_hz} Hz"), &gated, -2_300);
    }
}

#[test]
fn each_channel_weighs_what_its_place_says() {
    // One channel of a stereo tone at −23 has half its energy; side and back channels count 1.41 times (1.5 dB).
    let (front, side) = (-2_600, -2_450);
    let layouts: [(u8, &[Option<i32>]); 5] = [
        (1, &[Some(front)]),
        (2, &[Some(front); 2]),
        (5, &[Some(front), Some(front), Some(front), Some(side), Some(side)]),
        (6, &[Some(front), Some(front), Some(front), None, Some(side), Some(side)]),
        (8, &[Some(front), Some(front), Some(front), None, Some(front), Some(front), Some(side), Some(side)]),
    ];
    for (channels, weights) in layouts {
        for (channel, wanted) in weights.iter().enumerate() {
            let mut levels = vec![f64::NEG_INFINITY; usize::from(channels)];
            levels[channel] = -23.0;
            let loudness = tones(spec(48_000, channels), 1_000.0, &[(20, &levels)]);
            match wanted {
                Some(clufs) => assert_clufs(&format!("channel {channel} of {channels}"), &loudness, *clufs),
                None => assert_eq!(loudness.integrated_clufs(), None, "channel {channel} of {channels}"),
            }
        }
    }
}

/// The power response of a biquad at `hz`, sampled at 48 kHz.
fn power(b: [f64; 3], a: [f64; 2], hz: f64) -> f64 {
    let w = hz * TAU / 48_000.0;
    let at = |c0: f64, c1: f64, c2: f64| {
        let (re, im) = (c0 + c1 * w.cos() + c2 * (2.0 * w).cos(), -c1 * w.sin() - c2 * (2.0 * w).sin());
        re * re + im * im
    };
    at(b[0], b[1], b[2]) / at(1.0, a[0], a[1])
}

#[test]
fn every_frequency_weighs_what_the_filter_of_bs_1770_says() {
    // Tables 1 and 2 of the recommendation.
    let shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [-1.69065929318241, 0.73248077421585]);
    let highpass = ([1.0, -2.0, 1.0], [-1.99004745483398, 0.99007225036621]);
    for hz in [25.0, 50.0, 100.0, 500.0, 997.0, 2_000.0, 5_000.0, 10_000.0, 15_000.0] {
        let weighted = power(shelf.0, shelf.1, hz) * power(highpass.0, highpass.1, hz);
        // A sine's power is half its square; two channels.
        let lufs = -0.691 + 10.0 * (2.0 * gain(-20.0).powi(2) / 2.0 * weighted).log10();
        let wanted = (lufs * 100.0).round() as i32;
        for rate_hz in [48_000, 96_000] {
            let loudness = tones(spec(rate_hz, 2), hz, &[(30, &[-20.0; 2])]);
            // The bilinear transform bends the top of the filter a little differently at another rate.
            let clufs = loudness.integrated_clufs().unwrap();
            let most = if rate_hz == 48_000 { 3 } else { MAX_OFF_CLU };
            assert!((clufs - wanted).abs() <= most, "{hz} Hz at {rate_hz} Hz: {clufs} is not {wanted}");
        }
    }
}

#[test]
fn true_peaks_between_the_samples_are_found_as_tech_3341_asks() {
    // Cases 15 to 19: the rate divided by so much, phase in degrees, level, and the peak.
    let sines: [(&str, f64, f64, f64, f64); 5] = [
        ("case 15", 4.0, 0.0, 0.5, -6.0),
        ("case 16", 4.0, 45.0, 0.5, -6.0),
        ("case 17", 6.0, 60.0, 0.5, -6.0),
        ("case 18", 8.0, 67.5, 0.5, -6.0),
        ("case 19", 4.0, 45.0, 1.41, 3.0),
    ];
    for rate_hz in [8_000, 44_100, 48_000] {
        for (case, divisor, degrees, level, wanted_db) in sines {
            let loudness = measured(spec(rate_hz, 2), 2 * u64::from(rate_hz), |_, frame| {
                // Without a click at the start, which would be a peak of its own.
                let fade = (frame as f64 / f64::from(rate_hz) / 0.5).min(1.0);
                fade * level * (frame as f64 * TAU / divisor + degrees / 180.0 * PI).sin()
            });
            assert_peak(&format!("{case} at {rate_hz} Hz"), &loudness, wanted_db);
        }
    }
}

#[test]
fn a_peak_is_found_wherever_it_falls_between_two_samples() {
    // Cases 20 to 23: one burst that reaches full scale 0 to 3 quarters of a sample after a sample.
    for rate_hz in [44_100, 48_000, 96_000] {
        for quarters in 0..4 {
            let middle = 24_000.0 + f64::from(quarters) / 4.0;
            let loudness = measured(spec(rate_hz, 2), 48_000, |_, frame| {
                let t = frame as f64 - middle;
                (-(t / 40.0).powi(2)).exp() * (t * TAU * 0.225).cos()
            });
            // Above 48 kHz twice the rate is what BS.1770-4 asks, which sees a quarter of a sample less well.
            let peak = peak_db(&loudness);
            let least = if rate_hz > 48_000 { -0.7 } else { -MAX_OFF_PEAK_DB };
            assert!((least..=MAX_OFF_PEAK_DB).contains(&peak), "{quarters} quarters at {rate_hz} Hz: {peak}");
        }
    }
}

/// FFmpeg's integrated loudness and true peak of `source`, one of its own signals.
fn ffmpeg_measures(source: &str) -> (f64, f64) {
    let args = ["-hide_banner", "-nostats", "-f", "lavfi", "-i", source, "-af", "ebur128=peak=true", "-f", "null", "-"];
    let report = String::from_utf8(Command::new("ffmpeg").args(args).output().unwrap().stderr).unwrap();
    let summary = &report[report.find("Summary:").expect("a summary")..];
    let value = |name: &str| {
        let line = summary.lines().find_map(|l| l.trim().strip_prefix(name)).expect(name);
        line.split_whitespace().next().expect(name).parse().expect(name)
    };
    (value("I:"), value("Peak:"))
}

fn ffmpeg_samples(source: &str) -> Vec<i32> {
    let args = ["-v", "error", "-f", "lavfi", "-i", source, "-f", "s32le", "-c:a", "pcm_s32le", "-"];
    let bytes = Command::new("ffmpeg").args(args).output().unwrap().stdout;
    bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) >> 8).collect()
}

#[test]
fn noise_measures_as_in_ffmpeg() {
    for (colour, amplitude) in [("pink", 0.5), ("white", 0.2), ("brown", 0.9)] {
        let noise = format!("anoisesrc=color={colour}:amplitude={amplitude}:seed=7:duration=20:sample_rate=48000");
        let source = format!("{noise},volume='if(lt(t,7),0.05,1)':eval=frame,aformat=channel_layouts=stereo");
        let (lufs, peak) = ffmpeg_measures(&source);
        let mut meter = Meter::new(&spec(48_000, 2)).unwrap();
        meter.add(&Samples::Int(ffmpeg_samples(&source))).unwrap();
        let ours = meter.finish().unwrap();
        // FFmpeg prints one decimal.
        let clufs = ours.integrated_clufs().unwrap();
        assert!((f64::from(clufs) / 100.0 - lufs).abs() <= 0.15, "{colour}: {clufs} against {lufs}");
        // Close to half the rate, where white noise has as much as anywhere, the interpolators differ, within BS.1770-4.
        if colour != "white" {
            assert!((peak_db(&ours) - peak).abs() <= MAX_OFF_PEAK_DB + 0.05, "{colour}: {}, {peak}", peak_db(&ours));
        }
    }
}
