//! True Audio, judged by FFmpeg: every sample of every shape, every checksum, the very bytes of its encoder.

use std::path::Path;
use std::process::Command;

use audio::Error;
use audio::encode::{Segments, plan, segment_offsets};
use audio::pcm::{Source, Spec};
use audio::tags::Tags;

use crate::support::{Memory, Rendition, Scratch, format, judge, render};

const FORMAT: &str = "tta:lossless:default";

fn made(master: &Memory) -> Rendition {
    render(master, FORMAT, 2, &Tags::default()).expect("a True Audio")
}

/// Samples in 32 bits; none where a checksum is wrong or anything else.
fn verified(path: &Path) -> Option<Vec<i32>> {
    let args = ["-v", "error", "-xerror", "-err_detect", "crccheck+explode", "-i", path.to_str().expect("a path")];
    let output = Command::new("ffmpeg").args(args).args(["-f", "s32le", "-"]).output().expect("ffmpeg");
    let good = output.status.success() && output.stderr.is_empty();
    good.then(|| output.stdout.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn in_32_bits(master: &Memory) -> Vec<i32> {
    master.samples().iter().map(|s| s << (32 - master.spec.bits)).collect()
}

#[test]
fn ffmpeg_gives_back_every_sample_of_every_shape() {
    let scratch = Scratch::new();
    for (rate_hz, bits, channels) in [
        (44_100, 16, 2),
        (44_100, 16, 1),
        (96_000, 24, 2),
        (48_000, 24, 6),
        (48_000, 20, 1),
        (32_000, 8, 2),
        (48_000, 16, 4),
        (8_000, 24, 1),
        (1_000, 16, 2),
        (192_000, 24, 2),
    ] {
        let master = Memory::music(rate_hz, bits, channels, 70_001);
        let found = verified(&scratch.rendition(&made(&master)));
        assert!(found == Some(in_32_bits(&master)), "{rate_hz} Hz, {bits} bits, {channels} channels");
    }
}

/// Noise, slow and fast squares of full scale, silence, tiny steps, clicks.
fn ordeals() -> Vec<i32> {
    let full = (1 << 23) - 1;
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as i32 - (1 << 23)
    };
    let mut samples: Vec<i32> = (0..60_000).map(|_| noise()).collect();
    samples.extend((0..60_000).map(|i| if i / 77 % 2 == 0 { full } else { -full - 1 }));
    samples.extend(vec![0; 60_000]);
    samples.extend((0..60_000).map(|i| i % 3 - 1));
    samples.extend((0..60_000).map(|i| if i % 9_000 == 0 { -full } else { 0 }));
    samples
}

#[test]
fn noise_silence_full_scale_and_clicks_come_back() {
    let scratch = Scratch::new();
    for (bits, channels) in [(16, 2), (20, 2), (24, 2), (16, 1), (24, 1)] {
        let samples = ordeals().iter().map(|s| s >> (24 - bits)).collect();
        let master = Memory::new(Spec { rate_hz: 44_100, channels, bits, float: false }, samples);
        let found = verified(&scratch.rendition(&made(&master)));
        assert!(found == Some(in_32_bits(&master)), "{bits} bits, {channels} channels");
    }
}

#[test]
fn channels_against_each_other_come_back_and_frames_without_end_are_refused() {
    let full = (1 << 23) - 1;
    let mut seed = 7u32;
    let mut die = |sides: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(seed) * u64::from(sides)) >> 32) as i32
    };
    // Their difference has 25 bits and no rule: the longest codes there are.
    let opposed = (0..100_000).map(|_| if die(2) == 0 { full } else { -full - 1 }).flat_map(|s| [s, -1 - s]).collect();
    let spec = Spec { rate_hz: 96_000, channels: 2, bits: 24, float: false };
    let master = Memory::new(spec, opposed);
    let found = verified(&Scratch::new().rendition(&made(&master)));
    assert!(found == Some(in_32_bits(&master)));
    // A click after the smallest steps is written in unary: megabytes, again and again.
    let clicks = (0..200_000).map(|i| if i % 1_000 == 999 { full } else { die(5) - 2 }).collect();
    let refused = render(&Memory::new(spec, clicks), FORMAT, 1, &Tags::default());
    assert!(matches!(refused, Err(Error::Limit { name: "MAX_FRAME_BYTES", .. })), "{:?}", refused.err());
}

#[test]
fn the_file_is_the_one_that_ffmpegs_encoder_makes() {
    let scratch = Scratch::new();
    for (bits, channels) in [(16, 1), (16, 2), (24, 2), (24, 6)] {
        let master = Memory::music(48_000, bits, channels, 48_000 * 5 + 11);
        let wav = render(&master, &format!("wav:pcm:{bits}"), 1, &Tags::default()).expect("a WAV");
        let wav = scratch.rendition(&wav);
        let args = ["-v", "error", "-i", wav.to_str().expect("a path"), "-c:a", "tta", "-bits_per_raw_sample"];
        let flags = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1", "-f", "tta", "-"];
        let theirs = judge("ffmpeg", &[&args[..], &[&bits.to_string()], &flags].concat());
        let ours = made(&master).file;
        let first = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert!(ours == theirs, "{bits} bits, {channels} channels: {} and {}, {first:?}", ours.len(), theirs.len());
    }
}

#[test]
fn any_segment_made_alone_is_the_one_of_the_whole() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 14);
    let whole = made(&master);
    assert!(whole.plan.segments > 2);
    let offsets = segment_offsets(&whole.encoded.index).expect("an index");
    let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    for number in (0..whole.plan.segments).rev() {
        let mut alone = Vec::new();
        let take = &mut |block: audio::encode::Block| {
            alone.extend(block.bytes);
            Ok(())
        };
        Segments::open(&whole.plan, &open).and_then(|mut s| s.make(number, take)).expect("a segment");
        let place = offsets[number as usize] as usize..offsets[number as usize + 1] as usize;
        assert!(alone == whole.body[place], "segment {number}");
    }
}

#[test]
fn a_changed_byte_anywhere_in_head_or_body_is_noticed() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 3), Scratch::new());
    let good = made(&master);
    assert!(verified(&scratch.rendition(&good)).is_some());
    let head_bytes = good.file.len() - good.body.len();
    for place in [head_bytes + 100, head_bytes + good.body.len() / 2, good.file.len() - 1] {
        let mut bad = good.file.clone();
        bad[place] ^= 4;
        let found = verified(&scratch.file("bad.tta", &bad));
        assert!(found.is_none(), "byte {place}: or the other tests verify nothing");
    }
}

#[test]
fn numbers_of_channels_without_a_place_in_the_format_are_mixed_down_and_floats_refused() {
    for (channels, kept) in [(1, 1), (2, 2), (3, 2), (4, 4), (5, 2), (6, 6), (7, 2), (8, 2)] {
        let plan = plan(format(FORMAT), &Memory::music(48_000, 24, channels, 1_000).info()).expect("a plan");
        assert_eq!(plan.spec.channels, kept);
    }
    let mut info = Memory::music(48_000, 24, 2, 1_000).info();
    info.spec = Spec { bits: 32, float: true, ..info.spec };
    assert!(matches!(plan(format(FORMAT), &info), Err(Error::Unsupported(_))));
    assert!(plan(format("tta:lossless:default@48000/24"), &info).is_ok());
}
