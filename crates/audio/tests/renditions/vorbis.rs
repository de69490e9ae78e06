//! Vorbis: channels in their places, segments that join, judged by FFmpeg, Xiph's oggdec and ogginfo, and oggz-validate.

use audio::Result;
use audio::encode::{Segments, segment_offsets};
use audio::pcm::{Source, Spec};
use audio::tags::Tags;

use crate::nmr::{Model, WINDOW};
use crate::support::{Memory, Rendition, Scratch, decoded, judge, render};

const RATE_HZ: u32 = 48_000;
const SECONDS: u32 = 2;
/// The LFE's place in WAVE_FORMAT_EXTENSIBLE order, from 5.1 on.
const LFE: u8 = 3;

/// A tone for each channel; the LFE carries only the lowest.
fn tone_hz(channels: u8, channel: u8) -> f64 {
    if channels >= 6 && channel == LFE { 50.0 } else { 300.0 + 170.0 * f64::from(channel) }
}

/// A master in which every channel has a tone of its own.
fn tones(channels: u8) -> Memory {
    let spec = Spec { rate_hz: RATE_HZ, channels, bits: 16, float: false };
    let sample = |frame: u32, channel| {
        let phase = f64::from(frame) / f64::from(RATE_HZ) * tone_hz(channels, channel) * std::f64::consts::TAU;
        (phase.sin() * 8_000.0) as i32
    };
    let frames = 0..RATE_HZ * SECONDS;
    Memory::new(spec, frames.flat_map(|frame| (0..channels).map(move |c| sample(frame, c))).collect())
}

/// Power of a tone in one channel of interleaved samples, by correlation with sine and cosine.
fn power(samples: &[i32], channels: u8, channel: u8, hz: f64) -> f64 {
    let of_channel = samples.iter().skip(channel.into()).step_by(channels.into()).enumerate();
    let (sin, cos) = of_channel.fold((0.0, 0.0), |(sin, cos), (frame, &sample)| {
        let phase = frame as f64 / f64::from(RATE_HZ) * hz * std::f64::consts::TAU;
        (sin + f64::from(sample) * phase.sin(), cos + f64::from(sample) * phase.cos())
    });
    sin * sin + cos * cos
}

/// Speakers in WAVE_FORMAT_EXTENSIBLE order and in that of Vorbis I §4.3.9, by number of channels.
const SPEAKERS: [(&str, &str); 8] = [
    ("M", "M"),
    ("FL FR", "FL FR"),
    ("FL FR FC", "FL FC FR"),
    ("FL FR BL BR", "FL FR BL BR"),
    ("FL FR FC BL BR", "FL FC FR BL BR"),
    ("FL FR FC LFE BL BR", "FL FC FR BL BR LFE"),
    ("FL FR FC LFE BC SL SR", "FL FC FR SL SR BC LFE"),
    ("FL FR FC LFE BL BR SL SR", "FL FC FR SL SR BL BR LFE"),
];

/// Asserts that decoded samples, whose channels are `order`, have the tones that the master of `speakers` had there.
fn assert_tones(samples: &[i32], speakers: &str, order: &str, judge: &str) {
    let speakers: Vec<&str> = speakers.split(' ').collect();
    let channels = speakers.len() as u8;
    assert_eq!(samples.len(), (RATE_HZ * SECONDS) as usize * speakers.len(), "{order} by {judge}");
    for (channel, speaker) in order.split(' ').enumerate() {
        let power = |of: u8| power(samples, channels, channel as u8, tone_hz(channels, of));
        let own = speakers.iter().position(|s| s == &speaker).expect(speaker) as u8;
        for other in (0..channels).filter(|&other| other != own) {
            assert!(power(own) > 1_000.0 * power(other), "{judge}: {speaker} of {order} has the tone of {other}");
        }
    }
}

#[test]
fn every_channel_of_a_surround_master_comes_out_in_its_place() {
    let scratch = Scratch::new();
    for (channels, (wave, vorbis)) in (1..).zip(SPEAKERS) {
        let made = render(&tones(channels), "vorbis:vbr:5", 2, &Tags::default()).expect("a Vorbis");
        assert_eq!(made.plan.spec.channels, channels);
        let path = scratch.rendition(&made);
        assert_tones(&decoded(&path), wave, wave, "ffmpeg");
        // oggdec 1.4.2 knows the order of a WAV for few layouts; raw it keeps the stream's own.
        let raw = judge("oggdec", &["--quiet", "--raw", "-o", "-", path.to_str().expect("a path")]);
        let samples: Vec<i32> = raw.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]).into()).collect();
        assert_tones(&samples, wave, vorbis, "oggdec");
    }
}

/// Noise of a full scale, as many samples as asked for, the same every time.
fn noise(samples: usize) -> impl Iterator<Item = i32> {
    let mut seed = 1u64;
    (0..samples).map(move |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::from((seed >> 48) as u16 as i16)
    })
}

/// Asserts that Xiph's and oggz' checkers find nothing wrong, and that both decoders give the planned frames.
fn assert_sound(made: &Rendition, scratch: &Scratch, what: &str) {
    let path = scratch.rendition(made);
    let text = path.to_str().expect("a path");
    let info = String::from_utf8_lossy(&judge("ogginfo", &[text])).to_lowercase();
    for word in ["warning", "error", "hole", "negative"] {
        assert!(!info.contains(word), "{what}: {info}");
    }
    assert!(judge("oggz-validate", &[text]).is_empty(), "{what}");
    let channels = usize::from(made.plan.spec.channels);
    let raw = judge("oggdec", &["--quiet", "--raw", "-o", "-", text]);
    assert_eq!(raw.len() as u64, made.plan.length_frames * 2 * channels as u64, "{what}: by oggdec");
    assert_eq!(decoded(&path).len() as u64, made.plan.length_frames * channels as u64, "{what}: by ffmpeg");
}

/// The number and flags of each page, and its position.
fn pages(file: &[u8]) -> Vec<(u32, u8, u64)> {
    let mut pages = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let field = |from: usize, bytes: usize| {
            file[at + from..at + from + bytes].iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b))
        };
        pages.push((field(18, 4) as u32, file[at + 5], field(6, 8)));
        let values = usize::from(file[at + 26]);
        let body: usize = file[at + 27..at + 27 + values].iter().map(|&v| usize::from(v)).sum();
        at += 27 + values + body;
    }
    pages
}

#[test]
fn any_segment_made_alone_is_that_of_the_whole() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 50);
    let whole = render(&master, "vorbis:vbr:2", 2, &Tags::default()).expect("a Vorbis");
    let offsets = segment_offsets(&whole.encoded.index).expect("an index");
    assert_eq!(whole.plan.segments, 3);
    let open = || -> Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut segments = Segments::open(&whole.plan, &open).expect("a master");
    for number in [2, 0, 1] {
        let mut alone = Vec::new();
        let take = &mut |block: audio::encode::Block| {
            alone.extend(block.bytes);
            Ok(())
        };
        segments.make(number, take).expect("a segment");
        let [from, to] = [number, number + 1].map(|n| offsets[n as usize] as usize);
        assert!(alone == whole.body[from..to], "segment {number}");
    }
}

#[test]
fn pages_are_numbered_in_order_over_segments_and_their_positions_rise() {
    let scratch = Scratch::new();
    for (rate_hz, channels) in [(44_100, 2), (8_000, 1), (48_000, 6), (96_000, 2)] {
        let master = Memory::music(rate_hz, 16, channels, rate_hz as usize * 32);
        let made = render(&master, "vorbis:vbr:6", 2, &Tags::default()).expect("a Vorbis");
        assert_eq!(made.plan.segments, 2, "{rate_hz} Hz");
        assert_sound(&made, &scratch, &format!("{rate_hz} Hz"));
        let pages = pages(&made.file);
        assert!(pages.iter().map(|p| p.0).eq(0..pages.len() as u32), "{rate_hz} Hz: {pages:?}");
        let positions: Vec<u64> = pages.iter().map(|p| p.2).filter(|&p| p != u64::MAX).collect();
        assert!(positions.is_sorted() && positions.last() == Some(&made.plan.length_frames), "{rate_hz} Hz");
        let last_flags = pages.iter().filter(|p| p.1 & 4 != 0).count();
        assert_eq!((last_flags, pages[pages.len() - 1].1 & 4), (1, 4), "{rate_hz} Hz");
    }
}

#[test]
fn segments_of_noise_bursts_and_of_silence_keep_to_their_pages() {
    let scratch = Scratch::new();
    for (rate_hz, channels, quality) in [(44_100u32, 2u8, 10), (44_100, 8, 10), (192_000, 2, 10), (8_000, 2, 0)] {
        let spec = Spec { rate_hz, channels, bits: 16, float: false };
        let frames = rate_hz as usize * 25;
        let burst = |(n, sample): (usize, i32)| {
            let frame = n / usize::from(channels);
            // Bursts of noise, with silence around the border.
            let loud = frame % 700 < 350 && !(rate_hz as usize * 14..rate_hz as usize * 16).contains(&frame);
            if loud { sample } else { 0 }
        };
        let samples = noise(frames * usize::from(channels)).enumerate().map(burst).collect();
        let made = render(&Memory::new(spec, samples), &format!("vorbis:vbr:{quality}"), 2, &Tags::default());
        let made = made.unwrap_or_else(|e| panic!("{rate_hz} Hz, {channels} channels: {e}"));
        assert_eq!(made.plan.segments, 2);
        assert_sound(&made, &scratch, &format!("{rate_hz} Hz, {channels} channels"));
    }
}

#[test]
fn a_segment_comes_out_at_its_border_wherever_transients_fall() {
    // Clicks in faint noise at many distances from the border, loud ones and hardly audible ones.
    let spec = Spec { rate_hz: 44_100, channels: 1, bits: 16, float: false };
    let border = 44_100 * 15 / 1_024 * 1_024 + 128;
    let quiet: Vec<i32> = noise(44_100 * 24).map(|s| s / 2_000).collect();
    for step in 0..24 {
        let mut samples = quiet.clone();
        for click in 0..3 {
            let at = border - 2_500 + step * 200 + click * 700 + step;
            samples[at] = [30_000, -3_000, 300][(step + click) % 3];
        }
        let made = render(&Memory::new(spec, samples), "vorbis:vbr:4", 1, &Tags::default());
        let made = made.unwrap_or_else(|e| panic!("step {step}: {e}"));
        assert_eq!(made.plan.segments, 2);
    }
}

/// Noise-to-mask ratios of windows of the first channel.
fn ratios(original: &[f32], copy: &[f32], windows: impl Iterator<Item = usize>) -> Vec<f64> {
    let model = Model::new(44_100.0);
    windows.map(|at| model.measure(&original[at..at + WINDOW], &copy[at..at + WINDOW]).nmr_db).collect()
}

fn first_channel(samples: &[i32], full: f32) -> Vec<f32> {
    samples.iter().step_by(2).map(|&s| s as f32 / full).collect()
}

#[test]
fn the_borders_of_segments_are_as_clean_as_the_rest() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 50), Scratch::new());
    // The same music cut so that each master's borders lie inside the other's segments.
    let cut = 44_100 * 7;
    let shifted = master.cut(cut, 44_100 * 50);
    let original = first_channel(master.samples(), 32_768.0);
    for quality in [1, 5] {
        let copy = |master: &Memory| {
            let made = render(master, &format!("vorbis:vbr:{quality}"), 2, &Tags::default()).expect("a Vorbis");
            let offsets = segment_offsets(&made.encoded.index).expect("an index");
            let last_pages = offsets[1..offsets.len() - 1].iter().map(|&at| pages(&made.body[..at as usize]));
            let borders: Vec<usize> = last_pages.map(|p| p[p.len() - 1].2 as usize).collect();
            (first_channel(&decoded(&scratch.rendition(&made)), 2f32.powi(31)), borders)
        };
        let (with, borders) = copy(&master);
        let (without, _) = copy(&shifted);
        assert_eq!(borders.len(), 2);
        for border in borders {
            let windows = || (border - 3_072..border + 1_024).step_by(256);
            let at_border = ratios(&original, &with, windows());
            let elsewhere = ratios(&original[cut..], &without, windows().map(|at| at - cut));
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            let worst = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let difference = (mean(&at_border) - mean(&elsewhere), worst(&at_border) - worst(&elsewhere));
            assert!(difference.0 < 1.0 && difference.1 < 2.0, "q{quality} at {border}: {difference:?} dB");
        }
    }
}
