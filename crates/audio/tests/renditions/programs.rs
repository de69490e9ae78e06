//! Formats that other people's programs make: right where the program is, and a reason to read where it is not.

use std::io::Cursor;
use std::path::Path;

use audio::Error;
use audio::encode::{PayloadSize, payload, plan};
use audio::tags::{Picture, ReplayGain, Tags};

use crate::support::{Memory, Rendition, Scratch, decoded, format, judge, probed_tags, render};

/// Makes a rendition, or proves that its absence is explained by the Debian package that is missing.
fn made(master: &Memory, text: &str, package: &str, tags: &Tags) -> Option<Rendition> {
    let info = format(text).info();
    if info.available {
        return Some(render(master, text, 2, tags).unwrap_or_else(|e| panic!("{text}: {e}")));
    }
    let why_not = info.why_not.expect("a reason");
    assert!(why_not.contains(package), "{why_not}");
    assert!(matches!(plan(format(text), &master.info()), Err(Error::Unsupported(why)) if why == why_not));
    None
}

fn check_sizes(made: &Rendition, text: &str) {
    let found = payload(&mut Cursor::new(&made.file)).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(found.bytes, made.encoded.payload_bytes, "{text}: re-parse");
    assert_eq!(found.sha256, made.encoded.payload_sha256, "{text}: re-parse");
    match made.plan.payload {
        PayloadSize::Exact(bytes) => assert_eq!(bytes, found.bytes, "{text}"),
        PayloadSize::Range { min, max } => assert!((min..=max).contains(&found.bytes), "{text}: {}", found.bytes),
    }
    assert!(made.plan.body_bytes.is_none_or(|n| n == made.body.len() as u64), "{text}: body");
    assert!(made.plan.serial && made.plan.segments == 1, "{text}");
}

/// The error against the master in dB below full scale, in the first, the middle and the last part.
fn errors_db(decoded: &[i32], master: &Memory) -> [f64; 3] {
    let full = master.samples();
    let part = full.len() / 8;
    [0, full.len() / 2, full.len() - part].map(|from| {
        let scale = f64::from(1u32 << (master.spec.bits - 1));
        let error = |i: usize| (f64::from(decoded[i]) / 2f64.powi(31) - f64::from(full[i]) / scale).powi(2);
        10.0 * ((from..from + part).map(error).sum::<f64>() / part as f64).log10()
    })
}

fn musepack_decoded(path: &Path, scratch: &Scratch) -> Vec<i32> {
    let wav = scratch.file("decoded.wav", b"");
    std::fs::remove_file(&wav).expect("it was just made");
    judge("mpcdec", &[path.to_str().expect("a path"), wav.to_str().expect("a path")]);
    decoded(&wav)
}

#[test]
fn musepack_has_every_frame_by_its_own_decoder() {
    let scratch = Scratch::new();
    for (rate_hz, bits, channels, frames) in
        [(44_100, 16, 2, 136_711), (48_000, 24, 2, 100_000), (32_000, 16, 1, 50_001), (44_100, 16, 2, 10)]
    {
        let master = Memory::music(rate_hz, bits, channels, frames);
        for text in ["musepack:vbr:5", "musepack:vbr:6", "musepack:vbr:7"] {
            let Some(made) = made(&master, text, "musepack-tools", &Tags::default()) else { continue };
            check_sizes(&made, text);
            let samples = musepack_decoded(&scratch.rendition(&made), &scratch);
            assert_eq!(samples.len(), frames * usize::from(channels), "{text} of {rate_hz} Hz");
            if frames > 1_000 {
                assert!(
                    errors_db(&samples, &master).iter().all(|&db| db < -35.0),
                    "{text}: {:?}",
                    errors_db(&samples, &master)
                );
            }
        }
    }
}

#[test]
fn musepack_of_a_hires_surround_master_is_stereo_at_48_khz() {
    let (master, scratch) = (Memory::music(96_000, 24, 6, 50_000), Scratch::new());
    if let Some(made) = made(&master, "musepack:vbr:5", "musepack-tools", &Tags::default()) {
        assert_eq!((made.plan.spec.rate_hz, made.plan.spec.channels), (48_000, 2));
        let samples = musepack_decoded(&scratch.rendition(&made), &scratch);
        assert_eq!(samples.len() as u64, made.plan.length_frames * 2);
    }
}

#[test]
fn wma_begins_with_the_first_frame_loses_none_and_states_its_length() {
    let scratch = Scratch::new();
    for (rate_hz, channels, frames) in [(44_100, 2, 136_711), (48_000, 2, 4_096), (32_000, 1, 50_001), (44_100, 1, 3)] {
        let master = Memory::music(rate_hz, 16, channels, frames);
        for text in ["wma:cbr:64", "wma:cbr:192", "wma:cbr:320"] {
            let Some(made) = made(&master, text, "ffmpeg", &Tags::default()) else { continue };
            check_sizes(&made, text);
            let path = scratch.rendition(&made);
            let samples = decoded(&path);
            let padding = samples.len() as i64 / i64::from(channels) - frames as i64;
            assert!((0..4_096).contains(&padding), "{text}: {padding} frames behind the music");
            if frames > 10_000 && text != "wma:cbr:64" {
                assert!(
                    errors_db(&samples, &master).iter().all(|&db| db < -35.0),
                    "{text}: {:?}",
                    errors_db(&samples, &master)
                );
            }
            if frames < 1_000 {
                continue;
            }
            let show = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
            let shown = judge("ffprobe", &[&show[..], &[path.to_str().expect("a path")]].concat());
            let duration: f64 = String::from_utf8_lossy(&shown).trim().parse().expect("a duration");
            assert!((duration - frames as f64 / f64::from(rate_hz)).abs() < 0.001, "{text}: {duration} s");
        }
    }
}

#[test]
fn programs_make_the_same_bytes_again() {
    let master = Memory::music(44_100, 16, 2, 200_000);
    for (text, package) in [("musepack:vbr:6", "musepack-tools"), ("wma:cbr:128", "ffmpeg")] {
        let once = made(&master, text, package, &Tags::default()).map(|m| m.file);
        assert!(once == made(&master, text, package, &Tags::default()).map(|m| m.file), "{text}");
    }
}

#[test]
fn tags_and_covers_stand_in_files_of_programs_too() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100), Scratch::new());
    let args = ["-v", "error", "-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", "-f", "image2", "-c:v"];
    let mut data = judge("ffmpeg", &[&args[..], &["png", "-"]].concat());
    // FFmpeg reads no longer picture in ASF.
    data.resize(60_000, 0);
    let tags = Tags {
        title: Some("Рассвет".into()),
        album: Some("Хованщина".into()),
        track_number: Some(3),
        date: Some("1999-05-03".into()),
        genres: vec!["Opera".into()],
        replay_gain: ReplayGain { track_gain_cdb: Some(-703), ..ReplayGain::default() },
        picture: Some(Picture { mime: "image/png".into(), width: 64, height: 64, data }),
        ..Tags::default()
    };
    for (text, package) in [("musepack:vbr:5", "musepack-tools"), ("wma:cbr:128", "ffmpeg")] {
        let Some(made) = made(&master, text, package, &tags) else { continue };
        let path = scratch.rendition(&made);
        let found: Vec<String> = probed_tags(&path).iter().map(|t| t.replace("wm/year", "date")).collect();
        for expected in
            ["title=Рассвет", "album=Хованщина", "date=1999-05-03", "genre=Opera", "replaygain_track_gain=-7.03 dB"]
        {
            assert!(found.iter().any(|t| t == expected), "{text}: {expected} in {found:?}");
        }
        let show =
            ["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0"];
        let out = judge("ffprobe", &[&show[..], &[path.to_str().expect("a path")]].concat());
        assert_eq!(String::from_utf8_lossy(&out).trim(), "png,64", "{text}");
    }
}

#[test]
fn a_master_that_ends_early_fails_a_program_with_its_own_reason() {
    let master = Memory::music(44_100, 16, 2, 100_000);
    let mut info = master.info();
    info.length_frames += 1_000;
    for text in ["musepack:vbr:5", "wma:cbr:128"].into_iter().filter(|t| format(t).info().available) {
        let plan = plan(format(text), &info).expect(text);
        let open = || -> audio::Result<Box<dyn audio::pcm::Source>> { Ok(Box::new(master.clone())) };
        let result = audio::encode::encode(&plan, &open, 1, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Truncated(_))), "{text}: {result:?}");
    }
}
