//! AAC alone: what the container says, borders of segments, channels, and samples that no music has.

use audio::Error;
use audio::encode::{head, plan};
use audio::pcm::Spec;
use audio::tags::Tags;

use crate::exact::check;
use crate::nmr::{Model, WINDOW};
use crate::support::{Memory, Rendition, Scratch, decoded, format, judge, probed_tags, render};

const PACKET: usize = 1_024;
const SEGMENT_PACKETS: usize = 512;

/// One value that FFprobe says of the stream.
fn probed(path: &std::path::Path, entry: &str) -> String {
    let entries = format!("stream={entry}");
    let path = path.to_str().expect("a path");
    let out =
        judge("ffprobe", &["-v", "error", "-select_streams", "a", "-show_entries", &entries, "-of", "csv=p=0", path]);
    String::from_utf8_lossy(&out).trim().to_owned()
}

fn made(master: &Memory, text: &str) -> Rendition {
    render(master, text, 2, &Tags::default()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn the_container_says_the_length_to_the_frame_in_three_ways() {
    let scratch = Scratch::new();
    for frames in [513, 1_023, 44_100, 99_328, 136_711] {
        let master = Memory::music(44_100, 16, 2, frames);
        for text in ["aac:cbr:128", "aac:vbr:4"] {
            let path = scratch.rendition(&made(&master, text));
            assert_eq!(probed(&path, "duration_ts"), frames.to_string(), "{text}: the edit list");
            assert_eq!(decoded(&path).len(), 2 * frames, "{text}: decoded");
            let tags = probed_tags(&path);
            let smoothing = tags.iter().find_map(|t| t.strip_prefix("itunsmpb=")).expect("iTunSMPB");
            let numbers: Vec<u64> =
                smoothing.split_whitespace().map(|n| u64::from_str_radix(n, 16).expect("hexadecimal")).collect();
            assert_eq!((numbers.len(), numbers[2], numbers[3]), (12, 0, frames as u64), "{text}: {smoothing}");
            let packets: u64 = probed(&path, "nb_frames").parse().expect("a number");
            assert_eq!(numbers[1] + numbers[2] + numbers[3], packets * PACKET as u64, "{text}: {smoothing}");
        }
    }
}

#[test]
fn files_of_a_few_frames_are_exact_in_every_shape() {
    let scratch = Scratch::new();
    for frames in [577, 2_000] {
        for (rate_hz, bits, channels) in [(44_100, 16, 2), (48_000, 8, 1), (96_000, 24, 6)] {
            let master = Memory::music(rate_hz, bits, channels, frames);
            ["aac:cbr:160", "aac:vbr:3"].iter().for_each(|text| check(&master, text, &scratch));
        }
    }
}

#[test]
fn less_than_half_a_packet_of_music_has_a_right_edit_list_and_is_decoded() {
    let scratch = Scratch::new();
    for frames in [1, 2, 300, 512] {
        let master = Memory::music(44_100, 16, 2, frames);
        for text in ["aac:cbr:128", "aac:vbr:4"] {
            let path = scratch.rendition(&made(&master, text));
            assert_eq!(probed(&path, "duration_ts"), frames.to_string(), "{text}: the edit list");
            // FFmpeg cuts nothing off at the end.
            assert_eq!(decoded(&path).len(), 2 * PACKET, "{text}: decoded");
        }
    }
}

#[test]
fn atomic_parsley_walks_the_whole_file() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 136_711), Scratch::new());
    for text in ["aac:cbr:256", "aac:vbr:2"] {
        let path = scratch.rendition(&made(&master, text));
        let report = judge("AtomicParsley", &[path.to_str().expect("a path"), "-T", "1"]);
        let report = String::from_utf8_lossy(&report).into_owned();
        for expected in ["Low Complexity/LC Profile", "channels: [2]", "Movie duration: 3.100 seconds"] {
            assert!(report.contains(expected), "{text}: {expected} in {report}");
        }
    }
}

#[test]
fn rates_that_aac_has_are_kept_and_others_become_the_next_lower_of_their_family() {
    let scratch = Scratch::new();
    for (rate_hz, expected) in
        [(8_000, 8_000), (32_000, 32_000), (96_000, 96_000), (176_400, 88_200), (192_000, 96_000)]
    {
        let master = Memory::music(rate_hz, 24, 2, rate_hz as usize + 11);
        let made = made(&master, "aac:cbr:64");
        let path = scratch.rendition(&made);
        assert_eq!(probed(&path, "sample_rate"), expected.to_string());
        assert_eq!(decoded(&path).len() as u64, 2 * made.plan.length_frames);
    }
}

/// Level of a sine within samples, as a share of full scale.
fn level(samples: &[f64], hz: f64, rate_hz: f64) -> f64 {
    let step = hz / rate_hz * std::f64::consts::TAU;
    let sum = |f: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| s * f(n as f64 * step)).sum::<f64>();
    sum(f64::sin).hypot(sum(f64::cos)) * 2.0 / samples.len() as f64
}

#[test]
fn surround_keeps_every_channel_in_its_place() {
    let scratch = Scratch::new();
    // In the order of WAVE: left, right, centre, LFE, back left, back right.
    for (tones, text) in [
        (&[440.0, 550.0, 660.0, 60.0, 880.0, 990.0][..], "aac:cbr:320"),
        (&[440.0, 550.0, 660.0, 60.0, 880.0, 990.0][..], "aac:vbr:4"),
        (&[440.0, 550.0, 660.0, 880.0, 990.0][..], "aac:cbr:256"),
        (&[440.0, 550.0, 660.0][..], "aac:cbr:192"),
    ] {
        let (channels, frames) = (tones.len(), 48_000);
        let spec = Spec { rate_hz: 48_000, channels: channels as u8, bits: 16, float: false };
        let sample =
            |n: usize, hz: f64| (0.3 * 32_767.0 * (n as f64 * hz / 48_000.0 * std::f64::consts::TAU).sin()) as i32;
        let master = Memory::new(spec, (0..frames).flat_map(|n| tones.iter().map(move |&hz| sample(n, hz))).collect());
        let made = made(&master, text);
        assert_eq!(made.plan.spec.channels, channels as u8);
        let out = decoded(&scratch.rendition(&made));
        assert_eq!(out.len(), channels * frames);
        for (channel, &hz) in tones.iter().enumerate() {
            let one: Vec<f64> =
                out.iter().skip(channel).step_by(channels).map(|&s| f64::from(s) / 2f64.powi(31)).collect();
            let here = level(&one[4_000..44_000], hz, 48_000.0);
            assert!((here - 0.3).abs() < 0.02, "{text}: channel {channel} holds {here:.3} of {hz} Hz");
            for &other in tones.iter().filter(|&&other| other != hz) {
                let there = level(&one[4_000..44_000], other, 48_000.0);
                assert!(there < 0.01, "{text}: channel {channel} holds {there:.3} of {other} Hz");
            }
        }
    }
}

#[test]
fn other_counts_of_channels_and_few_bits_give_stereo() {
    for (channels, text) in [(4, "aac:cbr:320"), (7, "aac:vbr:5"), (8, "aac:cbr:256"), (6, "aac:cbr:128")] {
        let master = Memory::music(48_000, 16, channels, 20_000);
        let planned = plan(format(text), &master.info()).expect(text);
        assert_eq!(planned.spec.channels, 2, "{text} of {channels} channels");
        assert_eq!(planned.format.info().surround, text != "aac:cbr:128");
    }
    let mono = Memory::music(44_100, 16, 1, 20_000).info();
    assert_eq!(plan(format("aac:cbr:256"), &mono).expect("mono").spec.channels, 1);
    assert!(matches!(plan(format("aac:cbr:320"), &mono), Err(Error::Unsupported(_))), "more bits than a channel takes");
}

#[test]
fn the_index_of_a_constant_rate_stands_before_anything_is_encoded() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 30);
    let planned = plan(format("aac:cbr:192"), &master.info()).expect("a plan");
    let before = head(&planned, None, &Tags::default()).expect("a head").expect("at once");
    let made = made(&master, "aac:cbr:192");
    assert!(made.file.starts_with(&before));
    assert_eq!(planned.body_bytes, Some(made.body.len() as u64));
    let sized = plan(format("aac:vbr:5"), &master.info()).expect("a plan");
    assert_eq!(head(&sized, None, &Tags::default()).expect("no error"), None);
}

#[test]
fn constant_packets_keep_their_size_whatever_they_hold() {
    let scratch = Scratch::new();
    let mut seed = 7u32;
    let mut noise = |bits: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed as i32) >> (32 - bits)
    };
    let mut samples: Vec<i32> = (0..80_000).map(|_| noise(16)).collect();
    samples.extend(vec![0; 80_000]);
    samples.extend((0..80_000).map(|n| if n / 154 % 2 == 0 { 32_767 } else { -32_768 }));
    samples.extend((0..80_000).map(|n| if n % 20_000 < 2 { 32_767 } else { noise(3) }));
    samples.extend((0..80_000).map(|n| if n / 9_000 % 2 == 0 { noise(16) } else { 0 }));
    for channels in [1, 2] {
        let master = Memory::new(Spec { rate_hz: 44_100, channels, bits: 16, float: false }, samples.clone());
        for text in ["aac:cbr:64", "aac:cbr:96", "aac:cbr:128", "aac:cbr:192", "aac:cbr:256", "aac:vbr:1", "aac:vbr:5"]
        {
            let made = made(&master, text);
            let frames = decoded(&scratch.rendition(&made)).len() / usize::from(channels);
            assert_eq!(frames as u64, made.plan.length_frames, "{text}");
            assert!(made.plan.body_bytes.is_none_or(|bytes| bytes == made.body.len() as u64), "{text}");
        }
    }
}

/// Noise-to-mask ratio of each packet's window, left channel.
fn ratios(model: &Model, original: &[f32], copy: &[i32]) -> Vec<f64> {
    let copy: Vec<f32> = copy.iter().step_by(2).map(|&s| (f64::from(s) / 2f64.powi(31)) as f32).collect();
    let windows = (0..copy.len().saturating_sub(WINDOW)).step_by(PACKET);
    windows.map(|at| model.measure(&original[at..at + WINDOW], &copy[at..at + WINDOW]).nmr_db).collect()
}

#[test]
fn borders_of_segments_sound_as_the_same_music_does_within_a_segment() {
    let (scratch, model) = (Scratch::new(), Model::new(44_100.0));
    let shift = SEGMENT_PACKETS / 2 * PACKET;
    let whole = Memory::music(44_100, 16, 2, 5 * SEGMENT_PACKETS * PACKET + 777);
    let later = whole.cut(shift, 5 * SEGMENT_PACKETS * PACKET + 777);
    let left: Vec<f32> = whole.samples().iter().step_by(2).map(|&s| s as f32 / 32_768.0).collect();
    for text in ["aac:cbr:96", "aac:cbr:128", "aac:cbr:256", "aac:cbr:320", "aac:vbr:2", "aac:vbr:5"] {
        // The same music from another first frame on: its borders lie where the other has none.
        let here = ratios(&model, &left, &decoded(&scratch.rendition(&made(&whole, text))));
        let there = ratios(&model, &left[shift..], &decoded(&scratch.rendition(&made(&later, text))));
        let mut differences = Vec::new();
        for border in (1..5).map(|n| n * SEGMENT_PACKETS) {
            // A packet's sound begins three or four windows before its number, with all that is cut off at the start.
            for window in border - 8..border + 12 {
                differences.push(here[window] - there[window - SEGMENT_PACKETS / 2]);
            }
        }
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let worst = differences.iter().copied().fold(f64::MIN, f64::max);
        println!("{text}: mean {mean:+.3} dB, worst {worst:+.3} dB");
        assert!(mean < 0.05 && worst < 1.0, "{text}: mean {mean:+.3} dB, worst {worst:+.3} dB");
    }
}

#[test]
fn a_file_of_more_than_4_gib_has_offsets_of_64_bits() {
    let scratch = Scratch::new();
    let seconds = 36 * 3_600;
    let mut info = Memory::music(44_100, 16, 2, 10).info();
    info.length_frames = 44_100 * seconds;
    let planned = plan(format("aac:cbr:320"), &info).expect("a plan");
    let bytes = planned.body_bytes.expect("a constant rate");
    assert!(bytes > 1 << 32, "{bytes}");
    let front = head(&planned, None, &Tags::default()).expect("a head").expect("at once");
    // The sound is a hole of zeros: only the index is read.
    let path = scratch.file("long.m4a", &front);
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
    file.set_len(front.len() as u64 + bytes).expect("a hole");
    assert_eq!(probed(&path, "duration_ts"), info.length_frames.to_string());
    let packets: u64 = probed(&path, "nb_frames").parse().expect("a number");
    let last = format!("{}%+#1", seconds - 1);
    let args = ["-v", "error", "-read_intervals", &last, "-show_entries", "packet=pts,pos", "-of", "csv=p=0"];
    let out = judge("ffprobe", &[&args[..], &[path.to_str().expect("a path")]].concat());
    let said = String::from_utf8_lossy(&out).into_owned();
    let (pts, at) = said.trim().split_once(',').expect("a packet");
    let (pts, at): (u64, u64) = (pts.parse().expect("a time"), at.parse().expect("a place"));
    assert!(at > 1 << 32, "{said}");
    let priming = packets * PACKET as u64 - info.length_frames;
    let number = (pts + priming) / PACKET as u64;
    assert_eq!(at, front.len() as u64 + number * (bytes / packets), "{said}");
}
