//! MP3 alone: borders of segments, other people's decoders, and samples that no music has.

use audio::encode::{encode, plan, segment_offsets};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

use crate::nmr::{Model, WINDOW};
use crate::support::{Memory, Rendition, Scratch, decoded, format, judge, render};

const FRAME: usize = 1_152;
/// Encoder's and decoder's delay.
const DELAY: usize = 576 + 529;

/// Where each frame of MPEG-1 stereo begins, its length, `main_data_begin` and the block types of its four granules.
fn frames(body: &[u8]) -> Vec<(usize, u32, [u32; 4])> {
    let kbps = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    let rates = [44_100, 48_000, 32_000, 1];
    let mut at = 0;
    let mut frames = Vec::new();
    while at < body.len() {
        assert_eq!(body[at..at + 2], [0xFF, 0xFB], "a frame at {at}");
        let rates = rates[usize::from(body[at + 2] >> 2 & 3)];
        let length = 144_000 * kbps[usize::from(body[at + 2] >> 4)] / rates + usize::from(body[at + 2] >> 1 & 1);
        let bits = |from: usize, count: usize| {
            let bit = |i: usize| u32::from(body[at + 4 + i / 8] >> (7 - i % 8) & 1);
            (from..from + count).fold(0, |n, i| n << 1 | bit(i))
        };
        let block_type = |n: usize| if bits(53 + 59 * n, 1) == 1 { bits(54 + 59 * n, 2) } else { 0 };
        frames.push((at, bits(0, 9), [0, 1, 2, 3].map(block_type)));
        at += length;
    }
    assert_eq!(at, body.len());
    frames
}

fn seams(made: &Rendition) -> Vec<usize> {
    let offsets = segment_offsets(&made.encoded.index).expect("an index");
    let frames = frames(&made.body);
    let seam = |&at: &u64| frames.iter().position(|f| f.0 as u64 == at).expect("a segment begins with a frame");
    offsets[1..offsets.len() - 1].iter().map(seam).collect()
}

/// A drum and a bell over the usual chord, so that there are windows of every kind.
fn busy(seconds: usize) -> Memory {
    let calm = Memory::music(44_100, 16, 2, 44_100 * seconds);
    let mut noise = 9u32;
    let beat = |(n, &sample): (usize, &i32)| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let since = (n / 2 % 9_000) as f64;
        let drum = (-since / 900.0).exp() * f64::from((noise >> 16) as i32 - 32_768) * 0.4;
        (f64::from(sample) * 0.6 + drum) as i32
    };
    Memory::new(calm.spec, calm.samples().iter().enumerate().map(beat).collect())
}

#[test]
fn a_segment_stands_alone_and_its_windows_overlap_with_its_neighbours() {
    let master = busy(64);
    for text in ["mp3:vbr:0", "mp3:vbr:4", "mp3:abr:128", "mp3:cbr:128"] {
        let made = render(&master, text, 2, &Tags::default()).expect(text);
        let frames = frames(&made.body);
        let seams = seams(&made);
        assert!(seams.len() == 4, "{text}: {seams:?}");
        assert!(seams.iter().all(|&f| frames[f].1 == 0), "{text}: a segment begins with its own bits");
        let lives_on = frames.iter().filter(|f| f.1 > 0).count();
        assert_eq!(lives_on > frames.len() / 2, !text.contains("cbr"), "{text}: {lives_on} frames use the reservoir");
        // Long 0, start 1, short 2, stop 3.
        let fits = |a: u32, b: u32| matches!((a, b), (0 | 3, 0 | 1) | (1 | 2, 2 | 3));
        let granules: Vec<[u32; 2]> = frames.iter().flat_map(|f| [[f.2[0], f.2[1]], [f.2[2], f.2[3]]]).collect();
        assert!(granules.iter().any(|g| g.contains(&2)), "{text}: no short blocks at all");
        for pair in granules.windows(2) {
            assert!(fits(pair[0][0], pair[1][0]) && fits(pair[0][1], pair[1][1]), "{text}: {pair:?}");
        }
    }
}

/// Noise-to-mask ratio of each frame's window, left channel, by frame of the stream.
fn ratios(model: &Model, original: &[f32], copy: &[f32]) -> Vec<f64> {
    let windows = (0..copy.len().saturating_sub(WINDOW)).step_by(FRAME);
    windows.map(|at| model.measure(&original[at..at + WINDOW], &copy[at..at + WINDOW]).nmr_db).collect()
}

fn left(samples: &[i32]) -> Vec<f32> {
    samples.iter().step_by(2).map(|&s| (f64::from(s) / 2f64.powi(31)) as f32).collect()
}

/// The LAME program's file of the same samples.
fn whole(scratch: &Scratch, master: &Memory, args: &[&str]) -> std::path::PathBuf {
    let wav = scratch.rendition(&render(master, "wav:pcm:16", 1, &Tags::default()).expect("a WAV"));
    let mp3 = scratch.file("whole.mp3", &[]);
    let files = [wav.to_str().expect("a path"), mp3.to_str().expect("a path")];
    judge("lame", &[&["--quiet", "-q", "3"], args, &files].concat());
    mp3
}

#[test]
fn borders_of_segments_are_no_more_audible_than_the_same_place_in_one_piece() {
    let (master, scratch, model) = (busy(64), Scratch::new(), Model::new(44_100.0));
    let original: Vec<f32> = master.samples().iter().step_by(2).map(|&s| s as f32 / 32_768.0).collect();
    for (text, args) in [("mp3:vbr:0", ["-V", "0"]), ("mp3:vbr:5", ["-V", "5"]), ("mp3:abr:128", ["--abr", "128"])] {
        let made = render(&master, text, 2, &Tags::default()).expect(text);
        let grid = ratios(&model, &original, &left(&decoded(&scratch.rendition(&made))));
        let serial = ratios(&model, &original, &left(&decoded(&whole(&scratch, &master, &args))));
        let seams = seams(&made);
        let near = |n: &usize| seams.iter().any(|s| n.abs_diff(s - DELAY.div_ceil(FRAME)) <= 10);
        let mean = |of: &[f64]| {
            let near: Vec<f64> = (0..of.len()).filter(near).map(|n| of[n]).collect();
            near.iter().sum::<f64>() / near.len() as f64
        };
        // A decibel below the mask nothing is heard: a beat may come where the reservoir is still empty.
        let heard = |nmr_db: f64| nmr_db.max(-1.0);
        assert!(
            heard(mean(&grid)) < heard(mean(&serial)) + 0.05,
            "{text}: {:.3} dB, in one piece {:.3}",
            mean(&grid),
            mean(&serial)
        );
        for n in (0..grid.len().min(serial.len())).filter(near) {
            assert!(
                heard(grid[n]) < heard(serial[n].max(mean(&serial))) + 2.0,
                "{text}: window {n}, {} and {}",
                grid[n],
                serial[n]
            );
        }
    }
}

#[test]
fn constant_frames_are_lames_own_after_a_sudden_fall_too() {
    // LAME remembers loud music for over a hundred frames; the border lies within them.
    let (steady, scratch) = (busy(24), Scratch::new());
    for quiet_frames in [20, 60, 90] {
        let from = 2 * FRAME * (784 - quiet_frames);
        let fallen = |(n, &s): (usize, &i32)| if n < from { s } else { s / 60 };
        let master = Memory::new(steady.spec, steady.samples().iter().enumerate().map(fallen).collect());
        let ours = render(&master, "mp3:cbr:128", 2, &Tags::default()).expect("an MP3");
        assert_eq!(ours.plan.segments, 2);
        let serial = std::fs::read(whole(&scratch, &master, &["-b", "128", "--nores", "-t"])).expect("LAME's file");
        assert!(ours.body == serial, "{quiet_frames} frames after the fall");
    }
}

#[test]
fn mpg123_and_lame_give_the_masters_length() {
    let scratch = Scratch::new();
    let shapes =
        [(44_100, 2, 500_001), (48_000, 2, 90_000), (22_050, 1, 300_007), (16_000, 2, 260_000), (44_100, 1, 1)];
    for (rate_hz, channels, frames) in shapes {
        let master = Memory::music(rate_hz, 16, channels, frames);
        for text in ["mp3:cbr:96", "mp3:vbr:0", "mp3:vbr:9", "mp3:abr:128"] {
            let made = render(&master, text, 2, &Tags::default()).expect(text);
            assert_eq!(made.plan.spec.rate_hz, rate_hz, "{text} keeps the rate");
            let path = scratch.rendition(&made);
            let path = path.to_str().expect("a path");
            let bytes = 2 * usize::from(channels) * frames;
            let mpg123 = judge("mpg123", &["-q", "-e", "s16", "-s", path]).len();
            assert_eq!(mpg123, bytes, "{text} at {rate_hz} Hz, {channels} channels by mpg123");
            // LAME's decoder opens no file of two frames, its own neither.
            if frames > FRAME {
                let lame = judge("lame", &["--quiet", "--decode", "-t", path, "-"]).len();
                assert_eq!(lame, bytes, "{text} at {rate_hz} Hz, {channels} channels by LAME");
            }
        }
    }
}

/// A master of any floats.
#[derive(Clone)]
struct Floats {
    samples: Vec<f32>,
    at: usize,
}

impl Source for Floats {
    fn spec(&self) -> Spec {
        Spec { rate_hz: 44_100, channels: 2, bits: 32, float: true }
    }

    fn length_frames(&self) -> u64 {
        self.samples.len() as u64 / 2
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = 2 * frame as usize;
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let end = (self.at + 2 * max_frames).min(self.samples.len());
        *out = Samples::Float(self.samples[self.at..end].to_vec());
        let frames = (end - self.at) / 2;
        self.at = end;
        Ok(frames)
    }
}

#[test]
fn samples_that_are_no_sound_stop_nothing() {
    let scratch = Scratch::new();
    let mut seed = 3u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let length = 2 * 60_000;
    let kinds: [(&str, Vec<f32>); 7] = [
        ("silence", vec![0.0; length]),
        ("square", (0..length).map(|n| if n / 200 % 2 == 0 { 1.0 } else { -1.0 }).collect()),
        ("noise", (0..length).map(|_| noise()).collect()),
        ("denormal", (0..length).map(|_| noise() * 1e-40).collect()),
        ("huge", (0..length).map(|_| noise() * 1e30).collect()),
        ("not a number", (0..length).map(|n| if n % 3 == 0 { f32::NAN } else { 0.5 }).collect()),
        ("infinite", (0..length).map(|n| if n % 5 == 0 { f32::INFINITY } else { f32::NEG_INFINITY }).collect()),
    ];
    for (kind, samples) in kinds {
        let master = Floats { samples, at: 0 };
        let info = StreamInfo { spec: master.spec(), length_frames: master.length_frames(), md5: [0; 16] };
        for text in ["mp3:cbr:320", "mp3:cbr:96", "mp3:vbr:0", "mp3:vbr:9", "mp3:abr:128"] {
            let plan = plan(format(text), &info).expect(text);
            let mut body = Vec::new();
            let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
            let made = encode(&plan, &open, 1, &mut |chunk| {
                body.extend(chunk.bytes);
                Ok(())
            });
            made.unwrap_or_else(|e| panic!("{text} of {kind}: {e}"));
            let head = audio::encode::head(&plan, None, &Tags::default()).expect(text).expect("a head");
            let path = scratch.file("odd.mp3", &[head, body].concat());
            assert_eq!(decoded(&path).len(), length, "{text} of {kind}");
        }
    }
}
