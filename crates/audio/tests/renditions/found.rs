//! What fuzzing found, each as a test that builds the input. What is found next comes here too.

use std::io::Cursor;

use audio::encode::{head, plan};
use audio::pcm::Spec;
use audio::tags::Tags;
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
