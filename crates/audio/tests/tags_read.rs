//! Tags of every container, written by other programs or by hand, as they come back. Needs `ffmpeg`, `flac` and its
//! `metaflac`.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use audio::Error;
use audio::tags::{ReadTags, Tags, read};

const UUID: &str = "b1a9c0e9-d987-4042-ae91-78d6a3267d69";
/// The header of a picture of 600 by 400.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x58\0\0\x01\x90\x08\x02\0\0\0";

fn tags_of(bytes: &[u8]) -> audio::Result<ReadTags> {
    read(Box::new(Cursor::new(bytes.to_vec())))
}

fn run(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {args:?}");
}

/// A short tone as ffmpeg writes it, with `metadata` as `key=value`.
fn made(name: &str, args: &[&str], metadata: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut all = vec!["-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=0.1"];
    all.extend_from_slice(args);
    for pair in metadata {
        all.extend_from_slice(&["-metadata", pair]);
    }
    all.push(path.to_str().unwrap());
    run("ffmpeg", &all);
    std::fs::read(path).unwrap()
}

/// A FLAC with these comments, and a picture where there is one.
fn flac(comments: &[&str], picture: Option<&[u8]>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.flac"), made("a.flac", &["-bitexact"], &[])).unwrap();
    let mut args: Vec<String> = comments.iter().map(|comment| format!("--set-tag={comment}")).collect();
    if let Some(picture) = picture {
        std::fs::write(path("cover"), picture).unwrap();
        args.push(format!("--import-picture-from=3|image/png||600x400x24|{}", path("cover")));
    }
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let file = path("a.flac");
    args.push(&file);
    run("metaflac", &args);
    std::fs::read(Path::new(&file)).unwrap()
}

/// An ID3v2.4 tag with these text frames (`TXXX` values as description, NUL, value).
fn id3(frames: &[(&str, &str)]) -> Vec<u8> {
    let size = |bytes: usize| [21, 14, 7, 0].map(|shift| (bytes >> shift) as u8 & 0x7f);
    let mut body = Vec::new();
    for (id, text) in frames {
        body.extend_from_slice(id.as_bytes());
        body.extend_from_slice(&size(text.len() + 1));
        body.extend_from_slice(&[0, 0, 3]);
        body.extend_from_slice(text.as_bytes());
    }
    [b"ID3\x04\0\0".as_slice(), &size(body.len()), &body].concat()
}

/// A WAV or AIFF with one more chunk at its end.
fn with_chunk(mut bytes: Vec<u8>, id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let big = bytes.starts_with(b"FORM");
    let number = |n: usize| if big { (n as u32).to_be_bytes() } else { (n as u32).to_le_bytes() };
    bytes.extend_from_slice(id);
    bytes.extend_from_slice(&number(body.len()));
    bytes.extend_from_slice(body);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let form_bytes = number(bytes.len() - 8);
    bytes[4..8].copy_from_slice(&form_bytes);
    bytes
}

#[test]
fn a_flac_tagged_by_picard_gives_everything_back() {
    let mbid = |key: &str| format!("{key}={UUID}");
    let ids =
        ["MUSICBRAINZ_TRACKID", "MUSICBRAINZ_RELEASETRACKID", "MUSICBRAINZ_ALBUMID", "MUSICBRAINZ_RELEASEGROUPID"]
            .map(mbid);
    let artist_ids = [mbid("MUSICBRAINZ_ARTISTID"), mbid("MUSICBRAINZ_ARTISTID")];
    let mut comments = vec![
        "TITLE=  Весна\u{0301} ",
        "ARTIST=A feat. B",
        "ARTISTS=A",
        "ARTISTS=B",
        "ARTISTSORT=A, x feat. B, y",
        "ALBUM=Al",
        "ALBUMARTIST=AA",
        "TRACKNUMBER=03",
        "TOTALTRACKS=12",
        "DISCNUMBER=1/2",
        "DISCSUBTITLE=Ds",
        "DATE=2003-04-05",
        "ORIGINALYEAR=1999",
        "ORIGINALDATE=1999-01",
        "GENRE=Rock",
        "GENRE=Pop",
        "COMPOSER=C",
        "LABEL=L",
        "CATALOGNUMBER=N-1",
        "ISRC=us-rc1-76-07839",
        "BARCODE=4006381333931",
        "COPYRIGHT=(c)",
        "LANGUAGE=rus",
        "REPLAYGAIN_TRACK_GAIN=-7.21 dB",
        "REPLAYGAIN_TRACK_PEAK=0.987654",
        "REPLAYGAIN_ALBUM_GAIN=+1.00 dB",
        "REPLAYGAIN_ALBUM_PEAK=1.5",
    ];
    comments.extend(ids.iter().chain(&artist_ids).map(String::as_str));
    let ReadTags { tags, warnings } = tags_of(&flac(&comments, Some(PNG))).unwrap();
    assert_eq!(warnings, [""; 0]);
    let some = |text: &str| Some(text.to_owned());
    let credits: Vec<_> = tags
        .artists
        .iter()
        .map(|credit| (credit.name.as_str(), credit.join.as_str(), credit.sort.as_deref()))
        .collect();
    assert_eq!(credits, [("A", " feat. ", Some("A, x")), ("B", "", Some("B, y"))]);
    assert!(tags.artists.iter().all(|credit| credit.mbid == some(UUID)));
    assert_eq!(
        (&tags.title, &tags.album, tags.album_artists[0].name.as_str()),
        (&some("Весна\u{0301}"), &some("Al"), "AA")
    );
    assert_eq!(
        (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total),
        (Some(3), Some(12), Some(1), Some(2))
    );
    assert_eq!(
        (&tags.date, &tags.original_date, &tags.disc_subtitle),
        (&some("2003-04-05"), &some("1999-01"), &some("Ds"))
    );
    assert_eq!((tags.genres.join(","), tags.composers.join(",")), ("Rock,Pop".into(), "C".into()));
    assert_eq!(
        (&tags.label, &tags.catalog_number, &tags.copyright, &tags.language),
        (&some("L"), &some("N-1"), &some("(c)"), &some("rus"))
    );
    assert_eq!((&tags.isrc, &tags.barcode), (&some("USRC17607839"), &some("4006381333931")));
    for id in [&tags.mb_recording_id, &tags.mb_track_id, &tags.mb_release_id, &tags.mb_release_group_id] {
        assert_eq!(id, &some(UUID));
    }
    let gain = tags.replay_gain;
    assert_eq!((gain.track_gain_cdb, gain.track_peak_millionths), (Some(-721), Some(987_654)));
    assert_eq!((gain.album_gain_cdb, gain.album_peak_millionths), (Some(100), Some(1_500_000)));
    let picture = tags.picture.unwrap();
    assert_eq!(
        (picture.mime.as_str(), picture.width, picture.height, picture.data.as_slice()),
        ("image/png", 600, 400, PNG)
    );
}

#[test]
fn what_makes_no_sense_is_left_out_with_a_warning() {
    let comments = [
        "TITLE=T",
        "ISRC=nonsense",
        "BARCODE=4006381333932",
        "DATE=soon",
        "TRACKNUMBER=A1",
        "LANGUAGE=Russian",
        "MUSICBRAINZ_ALBUMID=1",
        "REPLAYGAIN_TRACK_GAIN=loud",
    ];
    let ReadTags { tags, warnings } = tags_of(&flac(&comments, Some(b"GIF89a, no cover of ours"))).unwrap();
    assert_eq!(tags, Tags { title: Some("T".into()), ..Tags::default() });
    assert_eq!(warnings.len(), 8, "{warnings:?}");
}

#[test]
fn tags_come_from_id3_in_wav_and_aiff_and_from_riff_info() {
    let frames = [
        ("TIT2", "Песня"),
        ("TPE1", "A & B"),
        ("TXXX", "ARTISTS\0A\0B"),
        ("TALB", "Al"),
        ("TRCK", "3/12"),
        ("TDRC", "2003-04"),
        ("TXXX", "BARCODE\x004006381333931"),
        ("TPUB", "L"),
        ("TCON", "Rock\0Pop"),
        ("TSST", "Ds"),
        ("TDOR", "1999"),
    ];
    let wav = with_chunk(made("a.wav", &[], &["title=Info", "artist=Info"]), b"id3 ", &id3(&frames));
    let aiff = with_chunk(made("a.aiff", &["-write_id3v2", "0"], &[]), b"ID3 ", &id3(&frames));
    for bytes in [wav, aiff] {
        let ReadTags { tags, warnings } = tags_of(&bytes).unwrap();
        assert_eq!(warnings, [""; 0]);
        assert_eq!((tags.title.as_deref(), tags.album.as_deref()), (Some("Песня"), Some("Al")));
        assert_eq!(tags.artists.iter().map(|c| format!("{}{}", c.name, c.join)).collect::<Vec<_>>(), ["A & ", "B"]);
        assert_eq!((tags.track_number, tags.track_total, tags.date.as_deref()), (Some(3), Some(12), Some("2003-04")));
        assert_eq!((tags.barcode.as_deref(), tags.label.as_deref()), (Some("4006381333931"), Some("L")));
        assert_eq!((tags.genres.join(","), tags.disc_subtitle.as_deref()), ("Rock,Pop".into(), Some("Ds")));
        assert_eq!(tags.original_date.as_deref(), Some("1999"));
    }
    let info =
        tags_of(&made("a.wav", &[], &["title=Info", "artist=Me", "album=Al", "date=2001", "genre=Rock", "track=4"]))
            .unwrap()
            .tags;
    assert_eq!(
        (info.title.as_deref(), info.album.as_deref(), info.date.as_deref()),
        (Some("Info"), Some("Al"), Some("2001"))
    );
    assert_eq!(
        (info.artists[0].name.as_str(), info.genres.join(","), info.track_number),
        ("Me", "Rock".into(), Some(4))
    );
}

#[test]
fn tags_come_from_a_long_wav_before_and_behind_its_samples() {
    let long = made("a.wav", &["-rf64", "always"], &["title=Длинный"]);
    assert!(long.starts_with(b"RF64"));
    assert_eq!(tags_of(&long).unwrap().tags.title.as_deref(), Some("Длинный"));
    let mut behind = long.clone();
    behind.extend(with_chunk(Vec::from(*b"RIFF\0\0\0\0WAVE"), b"id3 ", &id3(&[("TIT2", "Behind")]))[12..].iter());
    assert_eq!(tags_of(&behind).unwrap().tags.title.as_deref(), Some("Behind"), "ID3 counts more than INFO");
}

#[test]
fn tags_come_from_ilst_in_mp4() {
    let metadata = [
        "title=Песня",
        "artist=Me",
        "album=Al",
        "album_artist=AA",
        "date=2001-02-03",
        "track=4/9",
        "disc=1/2",
        "genre=Rock",
        "composer=C",
        "copyright=(c)",
    ];
    let tags = tags_of(&made("a.m4a", &["-c:a", "alac"], &metadata)).unwrap().tags;
    assert_eq!(
        (tags.title.as_deref(), tags.album.as_deref(), tags.date.as_deref()),
        (Some("Песня"), Some("Al"), Some("2001-02-03"))
    );
    assert_eq!(
        (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total),
        (Some(4), Some(9), Some(1), Some(2))
    );
    assert_eq!((tags.artists[0].name.as_str(), tags.album_artists[0].name.as_str()), ("Me", "AA"));
    assert_eq!(
        (tags.genres.join(","), tags.composers.join(","), tags.copyright.as_deref()),
        ("Rock".into(), "C".into(), Some("(c)"))
    );
}

#[test]
fn a_huge_tag_is_refused_by_its_limit() {
    let limit_of = |bytes: &[u8]| match tags_of(bytes) {
        Err(Error::Limit { name, .. }) => name,
        other => panic!("no limit: {:?}", other.map(|found| found.warnings)),
    };
    let wav = made("a.wav", &[], &[]);
    let long_title = "x".repeat(audio::tags::MAX_TAG_TEXT_BYTES + 1);
    assert_eq!(limit_of(&with_chunk(wav.clone(), b"id3 ", &id3(&[("TIT2", &long_title)]))), "MAX_TAG_TEXT_BYTES");
    let many = "x\0".repeat(audio::tags::MAX_TAG_VALUES + 1);
    assert_eq!(limit_of(&with_chunk(wav, b"id3 ", &id3(&[("TCON", &many)]))), "MAX_TAG_VALUES");
    let flac = made("a.flac", &["-bitexact"], &[]);
    let picture_block = [&[6, 0xff, 0xff, 0xff][..], &vec![0; 0xff_ffff]].concat();
    let mut many_pictures = flac[..42].to_vec();
    (0..5).for_each(|_| many_pictures.extend_from_slice(&picture_block));
    many_pictures.extend_from_slice(&flac[42..]);
    assert_eq!(limit_of(&many_pictures), "MAX_TAG_BYTES");
    audio::master::open(Box::new(Cursor::new(many_pictures))).map(|_| ()).expect("its audio is whole");
    assert_eq!(limit_of(&mp4_with_cover(audio::tags::MAX_PICTURE_BYTES + 1)), "MAX_PICTURE_BYTES");
}

/// An MP4 whose movie box comes last and was given a cover of so many bytes.
fn mp4_with_cover(cover_bytes: usize) -> Vec<u8> {
    let mut bytes = made("a.m4a", &["-c:a", "alac"], &["title=T"]);
    let boxed = |name: &[u8; 4], body: &[u8]| [&((body.len() + 8) as u32).to_be_bytes()[..], name, body].concat();
    let mut png = PNG.to_vec();
    png.resize(cover_bytes, 0);
    let data = boxed(b"data", &[&[0, 0, 0, 14, 0, 0, 0, 0][..], &png].concat());
    let cover = boxed(b"covr", &data);
    let moov = bytes.windows(4).position(|window| window == b"moov").unwrap();
    for name in [b"moov", b"udta", b"meta", b"ilst"] {
        let at = moov + bytes[moov..].windows(4).position(|window| window == name).unwrap() - 4;
        let length = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        assert_eq!(at + length as usize, bytes.len(), "the last box of its level");
        bytes[at..at + 4].copy_from_slice(&(length + cover.len() as u32).to_be_bytes());
    }
    bytes.extend_from_slice(&cover);
    bytes
}

#[test]
fn a_large_cover_within_the_limit_is_kept() {
    let tags = tags_of(&mp4_with_cover(5_000_000)).unwrap().tags;
    assert_eq!(tags.picture.map(|picture| picture.data.len()), Some(5_000_000));
}

#[test]
fn files_that_are_no_masters_are_refused_as_by_opening() {
    assert!(matches!(tags_of(b""), Err(Error::Truncated(_))));
    assert!(matches!(tags_of(b"plain text, whatever it is called"), Err(Error::Malformed(_))));
    assert!(matches!(tags_of(&made("a.mp3", &[], &["title=T"])), Err(Error::NotLossless(_))));
}
