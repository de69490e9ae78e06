//! Opus: channels at their places, sizes of constant rates, borders of segments that cannot be heard.

use audio::encode::{PayloadSize, segment_offsets};
use audio::pcm::Spec;
use audio::tags::Tags;

use crate::nmr::{Model, WINDOW};
use crate::support::{Memory, Scratch, decoded, judge, render};

/// A tone of its own in every channel, 300 Hz apart; the fourth of 5.1 and more (LFE) has 90 Hz.
fn tones(channels: u8, frames: usize) -> Memory {
    let spec = Spec { rate_hz: 48_000, channels, bits: 16, float: false };
    let hz = |channel: u8| tone_hz(channels, channel);
    let sample = |frame: usize, c: u8| (frame as f64 / 48_000.0 * hz(c) * std::f64::consts::TAU).sin() * 9_000.0;
    let frame = |n| (0..channels).map(move |c| sample(n, c) as i32);
    Memory::new(spec, (0..frames).flat_map(frame).collect())
}

fn tone_hz(channels: u8, channel: u8) -> f64 {
    if channels > 5 && channel == 3 { 90.0 } else { 300.0 * f64::from(channel + 1) }
}

/// Which channel's tone is loudest in the samples of one channel.
fn loudest(channels: u8, samples: &[f64]) -> u8 {
    let power = |c: u8| {
        let turn = |n: usize| n as f64 / 48_000.0 * tone_hz(channels, c) * std::f64::consts::TAU;
        let sum = |f: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| s * f(turn(n))).sum::<f64>();
        sum(f64::sin).powi(2) + sum(f64::cos).powi(2)
    };
    (0..channels).max_by(|&a, &b| power(a).total_cmp(&power(b))).expect("a channel")
}

/// The samples of a WAV of 32-bit floats.
fn floats(wav: &[u8]) -> Vec<f64> {
    let data = wav.windows(4).position(|four| four == b"data").expect("samples") + 8;
    wav[data..].chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect()
}

#[test]
fn three_to_eight_channels_come_out_at_their_places_and_every_frame_of_them() {
    let scratch = Scratch::new();
    for channels in 3..=8 {
        let master = tones(channels, 70_001);
        for text in ["opus:vbr:256", "opus:cbr:128"] {
            let made = render(&master, text, 2, &Tags::default()).expect(text);
            let path = scratch.rendition(&made);
            let by_ffmpeg: Vec<f64> = decoded(&path).iter().map(|&s| f64::from(s)).collect();
            // To a file, since what it pipes keeps Vorbis' order of channels.
            let wav = scratch.file("judged.wav", b"");
            judge("opusdec", &["--quiet", "--float", path.to_str().expect("a path"), wav.to_str().expect("a path")]);
            let by_opusdec = floats(&std::fs::read(wav).expect("a WAV"));
            for samples in [by_ffmpeg, by_opusdec] {
                assert_eq!(samples.len(), 70_001 * usize::from(channels), "{text}");
                for c in 0..channels {
                    let channel: Vec<f64> = samples.iter().skip(c.into()).step_by(channels.into()).copied().collect();
                    assert_eq!(loudest(channels, &channel[20_000..30_000]), c, "{text} of {channels} channels");
                }
            }
            let info = String::from_utf8(judge("opusinfo", &[path.to_str().expect("a path")])).expect("text");
            assert!(info.contains(&format!("Channels: {channels}")) && !info.contains("WARNING"), "{info}");
        }
    }
}

#[test]
fn constant_rates_have_their_sizes_and_borders_before_encoding() {
    for channels in [1, 2, 6, 8] {
        let master = Memory::music(48_000, 16, channels, 48_000 * 21);
        for (text, packet_bytes) in [("opus:cbr:24", 60), ("opus:cbr:96", 240), ("opus:cbr:256", 640)] {
            let made = render(&master, text, 2, &Tags::default()).expect(text);
            assert_eq!(made.plan.spec.channels, if text == "opus:cbr:24" { channels.min(2) } else { channels });
            let packets = (48_000 * 21 + 312u64).div_ceil(960);
            assert_eq!(made.plan.payload, PayloadSize::Exact(packets * packet_bytes), "{text}");
            assert_eq!(made.encoded.payload_bytes, packets * packet_bytes, "{text} of {channels} channels");
            assert_eq!(made.plan.body_bytes, Some(made.body.len() as u64), "{text} of {channels} channels");
            let starts = segment_offsets(&made.encoded.index).expect("offsets");
            assert_eq!(made.plan.segment_starts(), Some(starts), "{text} of {channels} channels");
        }
    }
}

/// Noise-to-mask ratio of one channel, window by window of 20 ms, in dB.
fn ratios(model: &Model, original: &[f32], copy: &[f32]) -> Vec<f64> {
    let starts = (0..original.len().min(copy.len()) - WINDOW).step_by(960);
    starts.map(|at| model.measure(&original[at..at + WINDOW], &copy[at..at + WINDOW]).nmr_db).collect()
}

#[test]
fn borders_of_segments_are_no_more_audible_than_the_same_place_inside_a_segment() {
    let (scratch, model) = (Scratch::new(), Model::new(48_000.0));
    for (channels, text) in [(2, "opus:vbr:96"), (2, "opus:vbr:192"), (2, "opus:cbr:64"), (6, "opus:vbr:256")] {
        let master = Memory::music(48_000, 16, channels, 48_000 * 44);
        let channel = |samples: &[i32], scale: f32| -> Vec<f32> {
            samples.iter().step_by(channels.into()).map(|&s| s as f32 / scale).collect()
        };
        let original = channel(master.samples(), 32_768.0);
        // Borders lie at 16 and 32 s of each file; of the second file, which begins 7 s later, at other places of the music.
        let late = 48_000 * 7;
        let copy = |from: usize| {
            let made = render(&master.cut(from, original.len()), text, 2, &Tags::default()).expect(text);
            channel(&decoded(&scratch.rendition(&made)), 2f32.powi(31))
        };
        let here = ratios(&model, &original, &copy(0));
        let moved = ratios(&model, &original[late..], &copy(late));
        for border in [800, 1_600] {
            let near = border - 10..border + 10;
            let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
            let (at_border, inside) = (&here[near.clone()], &moved[near.start - late / 960..near.end - late / 960]);
            assert!(mean(at_border) < mean(inside) + 0.3, "{text}: {:.2} dB, {:.2}", mean(at_border), mean(inside));
            for (n, (a, b)) in at_border.iter().zip(inside).enumerate() {
                assert!(*a < b.max(mean(inside)) + 2.0, "{text}: window {n}, {a:.2} dB at the border, {b:.2} inside");
            }
        }
    }
}
