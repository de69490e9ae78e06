//! What fuzzing found, each as a test that builds the input. What is found next comes here too.

use std::io::Cursor;

use audio::encode::{head, payload, plan};
use audio::pcm::Spec;
use audio::tags::{Picture, Tags};
use audio::{Error, master, tags};

use crate::support::{Memory, format, render};

#[test]
fn a_master_of_which_no_frame_is_left_at_a_lower_rate_is_refused_by_the_plan() {
    let spec = Spec { rate_hz: 384_000, channels: 1, bits: 16, float: false };
    let master = Memory::new(spec, vec![1]);
    for text in ["opus:vbr:128", "flac:lossless:5@44100/16"] {
        assert!(matches!(plan(format(text), &master.info()), Err(Error::Unsupported(_))), "{text}");
    }
}

#[test]
fn a_date_that_makes_no_sense_costs_only_the_date() {
    let master = Memory::music(44_100, 16, 2, 100);
    for text in ["wav:pcm:16", "aiff:pcm:16"] {
        let given = |date: &str| Tags {
            title: Some("T".into()),
            date: Some(date.into()),
            original_date: Some(date.into()),
            ..Tags::default()
        };
        for date in ["&&1&", "1999-99-99", "soon", "1"] {
            let file = render(&master, text, 1, &given(date)).unwrap().file;
            let found = tags::read(Box::new(Cursor::new(file))).unwrap_or_else(|e| panic!("{text} {date}: {e}")).tags;
            assert_eq!((found.title.as_deref(), found.date.as_deref()), (Some("T"), None), "{text} {date}");
        }
    }
}

#[test]
fn a_packet_larger_than_any_is_refused_before_memory_is_taken_for_it() {
    let master = Memory::music(44_100, 16, 2, 9_000);
    let mut file = render(&master, "alac:lossless:default", 1, &Tags::default()).unwrap().file;
    let table = file.windows(4).position(|name| name == b"stsz").unwrap();
    // One size for all packets, or the size of the first.
    for at in [table + 8, table + 16] {
        let kept: [u8; 4] = file[at..at + 4].try_into().unwrap();
        file[at..at + 4].copy_from_slice(&0xffff_fff0u32.to_be_bytes());
        let opened = master::open(Box::new(Cursor::new(file.clone())));
        assert!(matches!(opened, Err(Error::Limit { name: "MAX_PACKET_BYTES", .. })));
        file[at..at + 4].copy_from_slice(&kept);
    }
}

#[test]
fn an_index_of_another_file_is_no_reason_to_panic() {
    let plan = plan(format("alac:lossless:default"), &Memory::music(44_100, 16, 2, 9_000).info()).unwrap();
    for index in [&b""[..], b"\x01", b"\x01\x00\x00", b"\x01\x01\x05\x02\xff\xff\xff\xff\x0f\x01", b"\x09\x00\x00"] {
        let _ = head(&plan, Some(index), &Tags::default());
    }
}

/// An APEv2 tag with one item; the flags of a text are 0, of bytes 2.
fn ape_tag(flags: u32, key: &str, value: &[u8]) -> Vec<u8> {
    let [bytes, item_flags] = [value.len() as u32, flags].map(u32::to_le_bytes);
    let item = [&bytes[..], &item_flags, key.as_bytes(), &[0], value].concat();
    let end = |flags: u32| {
        let fields = [2_000, item.len() as u32 + 32, 1, flags, 0, 0];
        [b"APETAGEX".to_vec(), fields.iter().flat_map(|field: &u32| field.to_le_bytes()).collect()].concat()
    };
    [end(0xA000_0000), item.clone(), end(0x8000_0000)].concat()
}

#[test]
fn the_middle_of_a_word_is_never_taken_for_a_tag_of_another_kind() {
    // `APETAGEX` 131 bytes before the end has the `TAG` of an ID3v1 tag at its place.
    let master = Memory::music(44_100, 16, 2, 100);
    for length in 40..70 {
        let title = "x".repeat(length);
        let given = Tags { title: Some(title.clone()), ..Tags::default() };
        let ours = render(&master, "wavpack:lossless:default", 1, &given).unwrap().file;
        assert!(!ours[ours.len() - 128..].starts_with(b"TAG"), "a title of {length}");
        let bare = render(&master, "wavpack:lossless:default", 1, &Tags::default()).unwrap().file;
        let theirs = [bare, ape_tag(0, "Title", title.as_bytes())].concat();
        for file in [ours, theirs] {
            let found = tags::read(Box::new(Cursor::new(file))).unwrap().tags;
            assert_eq!(found.title.as_deref(), Some(title.as_str()));
        }
    }
}

#[test]
fn a_cover_in_an_apev2_tag_is_read_with_and_without_a_file_name() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0".to_vec();
    let picture = Picture { mime: "image/png".into(), width: 2, height: 3, data: png.clone() };
    let master = Memory::music(44_100, 16, 2, 100);
    let given = Tags { picture: Some(picture.clone()), ..Tags::default() };
    let ours = render(&master, "wavpack:lossless:default", 1, &given).unwrap().file;
    let bare = render(&master, "wavpack:lossless:default", 1, &Tags::default()).unwrap().file;
    let theirs = |key: &str, name: &[u8]| [bare.clone(), ape_tag(2, key, &[name, &png].concat())].concat();
    let named = theirs("Cover Art (Front)", b"front.png\0");
    let unnamed = theirs("COVER ART (FRONT)", b"");
    for file in [ours, named, unnamed, theirs("Cover Art (Other)", b"\0")] {
        let found = tags::read(Box::new(Cursor::new(file))).unwrap();
        assert_eq!((found.tags.picture.as_ref(), found.warnings.len()), (Some(&picture), 0));
    }
    let gif = theirs("Cover Art (Front)", b"cover.gif\0GIF89a\x01\0\x01\0");
    let found = tags::read(Box::new(Cursor::new(gif))).unwrap();
    assert_eq!((found.tags.picture, found.warnings.len()), (None, 1));
}

#[test]
fn a_first_page_of_flac_in_ogg_may_hold_more_than_its_first_packet() {
    let master = Memory::music(44_100, 16, 2, 9_000);
    let flac = render(&master, "flac:lossless:5", 1, &Tags::default()).unwrap().file;
    for body_bytes in [51, 254, 255, 4_000] {
        let (body, mut ogg) = ([b"\x7fFLAC\x01\0\0\0", &flac[..]].concat(), Vec::new());
        for (number, page) in body.chunks(body_bytes).enumerate() {
            ogg.extend([b"OggS\0", &[if number == 0 { 2 } else { 0 }][..], &[0; 8], b"mine"].concat());
            ogg.extend([&(number as u32).to_le_bytes()[..], &[0; 4]].concat());
            ogg.push((page.len() / 255 + 1) as u8);
            ogg.extend([&vec![255; page.len() / 255][..], &[(page.len() % 255) as u8], page].concat());
        }
        let opened = master::open(Box::new(Cursor::new(ogg))).unwrap_or_else(|e| panic!("{body_bytes}: {e}"));
        assert_eq!(opened.info().length_frames, 9_000);
    }
}

#[test]
fn lengths_beyond_all_files_are_refused_by_the_counter_of_payloads() {
    let musepack = [b"MPCKSH", &[0xff; 9][..], &[0x7f], &[0; 20]].concat();
    let header = |bytes: u64| [&b"\x30\x26\xb2\x75"[..], &[0; 12], &bytes.to_le_bytes(), &[0xff; 60]].concat();
    for file in [musepack, header(u64::MAX), header(u64::MAX - 10), header(40)] {
        assert!(payload(&mut Cursor::new(file)).is_err());
    }
}
