//! Vorbis: channels in their places, judged by FFmpeg's and Xiph's decoders.

use audio::pcm::Spec;
use audio::tags::Tags;

use crate::support::{Memory, Scratch, decoded, judge, render};

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
