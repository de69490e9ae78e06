//! Heads: tags and covers read back by others, and independence of the body.

use std::io::Cursor;

use audio::Error;
use audio::encode::{head, payload, plan, tail};
use audio::format;
use audio::tags::write::{MAX_EMBEDDED_COVER_BYTES, MAX_TAG_TEXT_BYTES};
use audio::tags::{Credit, Picture, ReplayGain, Tags};

use crate::support::{Memory, Scratch, format as parsed, judge, probed_tags, render};

const FORMATS: &[&str] = &[
    "mp3:cbr:128",
    "mp3:vbr:4",
    "vorbis:vbr:4",
    "opus:vbr:64",
    "flac:lossless:5",
    "alac:lossless:default",
    "wavpack:lossless:default",
    "tta:lossless:default",
    "wav:pcm:16",
    "aiff:pcm:16",
    #[cfg(feature = "aac")]
    "aac:cbr:128",
    #[cfg(feature = "aac")]
    "aac:vbr:3",
];

fn credit(name: &str, join: &str) -> Credit {
    Credit { name: name.into(), join: join.into(), sort: Some(format!("{name}, sorted")), mbid: None }
}

fn tags() -> Tags {
    Tags {
        title: Some("Рассвет на Москве-реке".into()),
        artists: vec![credit("М. Мусоргский", " feat. "), credit("Хор & Оркестр", "")],
        album: Some("Хованщина".into()),
        album_artists: vec![credit("М. Мусоргский", "")],
        track_number: Some(3),
        track_total: Some(12),
        disc_number: Some(1),
        disc_total: Some(2),
        date: Some("1999-05-03".into()),
        genres: vec!["Opera".into()],
        composers: vec!["Modest Mussorgsky".into()],
        isrc: Some("RUA000000001".into()),
        replay_gain: ReplayGain {
            track_gain_cdb: Some(-703),
            track_peak_millionths: Some(988_553),
            album_gain_cdb: Some(-5),
            album_peak_millionths: Some(1_012_000),
        },
        ..Tags::default()
    }
}

/// A real picture of the wanted size, made by FFmpeg; PNG readers don't mind what follows its end.
fn picture(bytes: usize) -> Picture {
    let args = ["-v", "error", "-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", "-f", "image2", "-c:v"];
    let mut data = judge("ffmpeg", &[&args[..], &["png", "-"]].concat());
    data.resize(bytes.max(data.len()), 0);
    Picture { mime: "image/png".into(), width: 64, height: 64, data }
}

#[test]
fn tags_are_read_back_from_every_container() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100), Scratch::new());
    for &text in FORMATS {
        let found = probed_tags(&scratch.rendition(&render(&master, text, 1, &tags()).expect(text)));
        for expected in [
            "title=Рассвет на Москве-реке",
            "artist=М. Мусоргский feat. Хор & Оркестр",
            "album=Хованщина",
            "date=1999-05-03",
            "genre=Opera",
            "composer=Modest Mussorgsky",
        ] {
            assert!(found.iter().any(|t| t == expected), "{text}: {expected} in {found:?}");
        }
        let track = found.iter().find_map(|t| t.strip_prefix("track=")).unwrap_or_default();
        assert!(track == "3" || track == "3/12", "{text}: {track}");
        let gain = if text.starts_with("opus") { "r128_track_gain=-3080" } else { "replaygain_track_gain=-7.03 dB" };
        assert!(found.iter().any(|t| t == gain), "{text}: {gain} in {found:?}");
    }
}

#[test]
fn covers_of_any_size_are_read_back_from_every_container() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100), Scratch::new());
    for size in [0, MAX_EMBEDDED_COVER_BYTES] {
        for &text in FORMATS {
            let tags = Tags { picture: Some(picture(size)), ..tags() };
            let path = scratch.rendition(&render(&master, text, 1, &tags).expect(text));
            let args =
                ["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0"];
            let out = judge("ffprobe", &[&args[..], &[path.to_str().expect("a path")]].concat());
            assert_eq!(String::from_utf8_lossy(&out).trim(), "png,64", "{text} with {size} bytes");
        }
    }
}

/// A format of each mode of each codec that this machine makes; tags don't know of qualities.
fn one_of_each() -> Vec<String> {
    let mut found: Vec<format::FormatInfo> = Vec::new();
    for info in format::all().into_iter().filter(|f| f.available && f.quality != "32f") {
        if found.iter().all(|f| (f.codec, f.mode) != (info.codec, info.mode)) {
            found.push(info);
        }
    }
    found.iter().map(|f| f.format.to_string()).collect()
}

#[test]
fn a_correction_of_tags_keeps_the_audio_of_every_format_byte_for_byte() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 3 + 1);
    let corrected = Tags { title: Some("Рассвет".into()), picture: Some(picture(200_000)), ..tags() };
    for text in one_of_each() {
        let made = render(&master, &text, 2, &tags()).expect(&text);
        let head = head(&made.plan, Some(&made.encoded.index), &corrected).expect(&text).expect("a head");
        let other = [head, made.body.clone(), tail(&made.plan, &corrected).expect(&text)].concat();
        assert_ne!(other, made.file, "{text}");
        for file in [&made.file, &other] {
            let found = payload(&mut Cursor::new(file)).expect(&text);
            assert_eq!(found.sha256, made.encoded.payload_sha256, "{text}");
        }
    }
}

#[test]
fn ogg_pages_are_in_order_whatever_the_tags_are() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 22), Scratch::new());
    for (text, program) in [("vorbis:vbr:4", "ogginfo"), ("opus:vbr:64", "opusinfo")] {
        let small = render(&master, text, 2, &Tags::default()).expect(text);
        let big = render(&master, text, 2, &Tags { picture: Some(picture(300_000)), ..tags() }).expect(text);
        assert!(small.body == big.body, "{text}");
        for made in [small, big] {
            let out = judge(program, &[scratch.rendition(&made).to_str().expect("a path")]);
            let report = String::from_utf8_lossy(&out).into_owned();
            assert!(!report.to_lowercase().contains("warning"), "{text}: {report}");
        }
    }
}

#[test]
fn a_head_is_the_same_before_and_after_encoding() {
    let master = Memory::music(44_100, 16, 2, 44_100 * 3);
    for &text in FORMATS {
        let plan = plan(parsed(text), &master.info()).expect(text);
        let before = head(&plan, None, &tags()).expect(text);
        let made = render(&master, text, 2, &tags()).expect(text);
        match before {
            Some(before) => assert!(made.file.starts_with(&before) && made.file.len() >= before.len(), "{text}"),
            None => assert_eq!(plan.format.info().starts, audio::encode::Starts::AfterSizing, "{text}"),
        }
    }
}

#[test]
fn tags_over_the_limits_are_refused_by_name() {
    let master = Memory::music(44_100, 16, 2, 100);
    let cover = Tags { picture: Some(picture(MAX_EMBEDDED_COVER_BYTES + 1)), ..tags() };
    let text = Tags { title: Some("x".repeat(MAX_TAG_TEXT_BYTES)), ..tags() };
    let later = ["alac", "aac:vbr", "wavpack", "tta"];
    for &name in FORMATS.iter().filter(|f| later.iter().all(|l| !f.starts_with(l))) {
        let plan = plan(parsed(name), &master.info()).expect(name);
        let limit = |tags| match head(&plan, None, tags) {
            Err(Error::Limit { name, .. }) => name,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(limit(&cover), "MAX_EMBEDDED_COVER_BYTES", "{name}");
        assert_eq!(limit(&text), "MAX_TAG_TEXT_BYTES", "{name}");
    }
}
