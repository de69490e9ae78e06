//! Sizes, lengths and bytes: what was planned is what comes out, however it is made.

use std::io::Cursor;

use audio::Error;
use audio::encode::{PayloadSize, encode, payload, plan, segment_offsets};
use audio::format;
use audio::pcm::{Samples, Source, Spec};
use audio::tags::Tags;

use crate::support::{Memory, Scratch, decoded, format as parsed, judge, render};

pub fn check(master: &Memory, text: &str, scratch: &Scratch) {
    let made = render(master, text, 2, &Tags::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let frames = decoded(&scratch.rendition(&made)).len() as u64 / u64::from(made.plan.spec.channels);
    assert_eq!(frames, made.plan.length_frames, "{text}: frames that FFmpeg decodes");
    let bytes = made.encoded.payload_bytes;
    match made.plan.payload {
        PayloadSize::Exact(planned) => assert_eq!(bytes, planned, "{text}: payload"),
        PayloadSize::Range { min, max } => assert!((min..=max).contains(&bytes), "{text}: {bytes} in {min}..={max}"),
    }
    assert!(made.plan.body_bytes.is_none_or(|n| n == made.body.len() as u64), "{text}: body");
    let reparsed = payload(&mut Cursor::new(&made.file)).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!((reparsed.bytes, reparsed.sha256), (bytes, made.encoded.payload_sha256), "{text}: re-parse");
    let offsets = segment_offsets(&made.encoded.index).expect("an index");
    assert_eq!(offsets.last(), Some(&(made.body.len() as u64)), "{text}: offsets");
}

#[test]
fn every_lossy_format_decodes_to_the_planned_frames_and_sizes() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 136_711), Scratch::new());
    // What other programs make is judged in `programs`.
    let ours = |f: &format::FormatInfo| f.available && !["musepack", "wma"].contains(&f.codec);
    let lossy = format::all().into_iter().filter(|f| f.class == audio::encode::Class::Lossy && ours(f));
    let formats: Vec<String> = lossy.map(|f| f.format.to_string()).collect();
    assert!(formats.len() > 50, "{formats:?}");
    formats.iter().for_each(|text| check(&master, text, &scratch));
}

#[test]
fn every_lossless_format_of_a_cd_decodes_to_the_planned_frames_and_sizes() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 136_711), Scratch::new());
    let levels = (0..=8).map(|l| format!("flac:lossless:{l}"));
    let others =
        ["alac:lossless:default", "wavpack:lossless:fast", "tta:lossless:default", "wav:pcm:16", "aiff:pcm:16"]
            .map(String::from);
    levels.chain(others).for_each(|text| check(&master, &text, &scratch));
}

#[test]
fn hires_masters_give_hires_reduced_and_resampled_copies_of_the_right_length() {
    let (master, scratch) = (Memory::music(96_000, 24, 2, 200_001), Scratch::new());
    for text in [
        "wav:pcm:24",
        "aiff:pcm:24",
        "flac:lossless:8",
        "alac:lossless:default",
        "wavpack:lossless:high",
        "tta:lossless:default",
        "tta:lossless:default@48000/16",
        "wav:pcm:16",
        "flac:lossless:5@44100/16",
        "alac:lossless:default@48000/24",
        "aiff:pcm:16@44100/16",
        "mp3:cbr:320",
        "mp3:vbr:2",
        #[cfg(feature = "aac")]
        "aac:cbr:320",
        #[cfg(feature = "aac")]
        "aac:vbr:5",
        "opus:vbr:128",
        "vorbis:vbr:5",
    ] {
        check(&master, text, &scratch);
    }
    let reduced = plan(parsed("flac:lossless:5@44100/16"), &master.info()).expect("a plan");
    assert_eq!(reduced.length_frames, 91_875, "200,001 × 147/320, rounded");
    assert_eq!(reduced.class, audio::encode::Class::Lossless);
    assert_eq!(plan(parsed("flac:lossless:5"), &master.info()).expect("a plan").class, audio::encode::Class::Hires);
}

#[test]
fn mono_odd_rates_and_odd_bits_come_out_whole() {
    let scratch = Scratch::new();
    let shapes = [(44_100, 16, 1), (48_000, 20, 2), (22_050, 16, 1), (32_000, 8, 2), (88_200, 24, 1)];
    for (rate_hz, bits, channels) in shapes {
        let master = Memory::music(rate_hz, bits, channels, 70_001);
        let pcm = if bits > 16 { "24" } else { "16" };
        let wav = format!("wav:pcm:{pcm}");
        for text in [
            "mp3:cbr:128",
            "opus:cbr:64",
            #[cfg(feature = "aac")]
            "aac:cbr:96",
            "vorbis:vbr:5",
            "flac:lossless:5",
            "alac:lossless:default",
            "wavpack:lossless:default",
            "tta:lossless:default",
            &wav,
        ] {
            check(&master, text, &scratch);
        }
    }
}

#[test]
fn surround_masters_keep_their_channels_or_are_mixed_down() {
    let scratch = Scratch::new();
    for channels in [4, 6, 8] {
        let master = Memory::music(48_000, 24, channels, 50_003);
        let lossy = ["mp3:cbr:192", "vorbis:vbr:4"];
        for text in ["flac:lossless:5", "tta:lossless:default", "wavpack:lossless:high", "wav:pcm:24", "aiff:pcm:16"]
            .iter()
            .chain(&lossy)
        {
            check(&master, text, &scratch);
        }
    }
}

#[test]
fn renditions_made_side_by_side_are_those_made_alone() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 6);
    for text in ["vorbis:vbr:5", "mp3:vbr:2", "opus:vbr:96"] {
        let alone = render(&master, text, 1, &Tags::default()).expect(text);
        std::thread::scope(|scope| {
            let make = || render(&master, text, 1, &Tags::default()).expect(text);
            let together: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            for made in together {
                assert!(made.join().expect(text).file == alone.file, "{text}");
            }
        });
    }
}

#[test]
fn a_file_shorter_than_a_packet_is_still_exact() {
    let scratch = Scratch::new();
    for frames in [2, 50, 577] {
        let master = Memory::music(44_100, 16, 2, frames);
        for text in [
            "mp3:cbr:192",
            "mp3:vbr:2",
            "opus:vbr:96",
            "flac:lossless:8",
            "alac:lossless:default",
            "tta:lossless:default",
        ] {
            check(&master, text, &scratch);
        }
    }
}

#[test]
fn a_vorbis_file_of_one_page_is_exact_by_its_own_decoder() {
    // FFmpeg 5.1 doesn't trim a stream whose first page is its last, its own encoder's neither.
    let scratch = Scratch::new();
    for frames in [1, 50, 577, 3_000] {
        let master = Memory::music(44_100, 16, 2, frames);
        let made = render(&master, "vorbis:vbr:4", 1, &Tags::default()).expect("a Vorbis");
        let path = scratch.rendition(&made);
        let raw = judge("oggdec", &["--quiet", "--raw", "-o", "-", path.to_str().expect("a path")]);
        assert_eq!(raw.len(), 4 * frames);
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 45);
    for text in [
        "mp3:cbr:128",
        "opus:vbr:96",
        #[cfg(feature = "aac")]
        "aac:cbr:128",
        #[cfg(feature = "aac")]
        "aac:vbr:4",
        "flac:lossless:1",
        "alac:lossless:default",
        "wavpack:lossless:default",
        "tta:lossless:default",
        "vorbis:vbr:3",
        "wav:pcm:16",
    ] {
        let one = render(&master, text, 1, &Tags::default()).expect("one thread");
        let three = render(&master, text, 3, &Tags::default()).expect("three threads");
        assert!(one.file == three.file, "{text}");
        assert_eq!(one.encoded, three.encoded, "{text}");
        assert!(one.plan.serial == (one.plan.segments == 1), "{text}: {} segments", one.plan.segments);
    }
}

#[test]
fn a_resampled_rendition_does_not_depend_on_threads_either() {
    let master = Memory::music(96_000, 24, 2, 96_000 * 21);
    for text in ["opus:cbr:128", "flac:lossless:0@44100/16"] {
        let one = render(&master, text, 1, &Tags::default()).expect("one thread");
        let two = render(&master, text, 2, &Tags::default()).expect("two threads");
        assert!(one.file == two.file, "{text}");
    }
}

#[test]
fn constant_mp3_frames_are_those_of_the_lame_program() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 41), Scratch::new());
    let wav = scratch.rendition(&render(&master, "wav:pcm:16", 1, &Tags::default()).expect("a WAV"));
    let args = ["--quiet", "-q", "3", "-b", "192", "--nores", "-t", wav.to_str().expect("a path"), "-"];
    let program = judge("lame", &args);
    let ours = render(&master, "mp3:cbr:192", 2, &Tags::default()).expect("an MP3");
    assert!(ours.plan.segments > 1);
    assert!(ours.body == program, "{} bytes here, {} there", ours.body.len(), program.len());
}

#[test]
fn flac_tests_itself_and_its_md5() {
    let (master, scratch) = (Memory::music(48_000, 24, 2, 48_000 * 15), Scratch::new());
    for level in ["1", "5", "8"] {
        let made = render(&master, &format!("flac:lossless:{level}"), 2, &Tags::default()).expect("a FLAC");
        assert!(made.plan.segments > 1);
        judge("flac", &["-t", "--warnings-as-errors", "--silent", scratch.rendition(&made).to_str().expect("a path")]);
    }
}

#[test]
fn a_sink_that_has_enough_ends_the_work() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 30);
    let plan = plan(parsed("flac:lossless:8"), &master.info()).expect("a plan");
    let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut chunks = 0;
    let result = encode(&plan, &open, 2, &mut |_| {
        chunks += 1;
        if chunks == 3 { Err(Error::Io(std::io::ErrorKind::BrokenPipe.into())) } else { Ok(()) }
    });
    assert!(matches!(result, Err(Error::Io(e)) if e.kind() == std::io::ErrorKind::BrokenPipe));
    assert_eq!(chunks, 3);
}

/// A master that ends before the length that it announces.
struct Short(Memory);

impl Source for Short {
    fn spec(&self) -> Spec {
        self.0.spec()
    }

    fn length_frames(&self) -> u64 {
        self.0.length_frames() + 1_000_000
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.0.seek(frame.min(self.0.length_frames()))
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        self.0.read(out, max_frames)
    }
}

#[test]
fn a_master_that_ends_early_fails_the_rendition() {
    let master = Memory::music(44_100, 16, 2, 100_000);
    let mut info = master.info();
    info.length_frames += 1_000_000;
    for text in ["flac:lossless:5", "mp3:cbr:128", "mp3:vbr:0", "opus:vbr:64", "vorbis:vbr:5", "wav:pcm:16"] {
        let plan = plan(parsed(text), &info).expect("a plan");
        let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(Short(master.clone()))) };
        let result = encode(&plan, &open, 2, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Truncated(_))), "{text}: {result:?}");
    }
}

#[test]
fn nothing_is_upsampled_and_no_bits_are_added() {
    let cd = Memory::music(44_100, 16, 2, 100).info();
    for text in ["wav:pcm:24", "wav:pcm:32f", "aiff:pcm:24", "flac:lossless:5@48000/16", "flac:lossless:5@44100/24"] {
        assert!(matches!(plan(parsed(text), &cd), Err(Error::Unsupported(_))), "{text}");
    }
    let surround = Memory::music(48_000, 16, 6, 4_800).info();
    assert_eq!(plan(parsed("mp3:cbr:320"), &surround).expect("a downmix").spec.channels, 2);
    assert_eq!(plan(parsed("flac:lossless:5"), &surround).expect("all channels").spec.channels, 6);
    assert_eq!(plan(parsed("opus:vbr:128"), &surround).expect("all channels").spec.channels, 6);
}

#[test]
fn texts_of_formats_go_there_and_back_and_wrong_ones_say_what_is_allowed() {
    for info in format::all() {
        assert_eq!(info.format.to_string().parse(), Ok(info.format));
    }
    let text = "flac:lossless:5@44100/16";
    assert_eq!(parsed(text).to_string(), text);
    for (text, expected) in [
        ("mp4:cbr:1", "the codec must be mp3, vorbis"),
        ("mp3:lossless:1", "the mode must be cbr, vbr or abr"),
        ("mp3:cbr:321", "the quality must be 320, 256"),
        ("mp3", "codec:mode:quality"),
        ("mp3:cbr:320@44100/16", "a lossless format"),
        ("flac:lossless:5@44100", "RATE/BITS"),
        ("flac:lossless:5@12345/16", "44100, 48000"),
        ("wav:pcm:24@44100/16", "the bits must be 24"),
    ] {
        let error = text.parse::<format::Format>().expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
