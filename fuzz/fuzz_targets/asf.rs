//! Any tags in an ASF, any output of the program whose packets go into it: a reader written apart finds what was written.
#![no_main]

use std::io::Cursor;

use audio::Error;
use audio::encode::payload;
use audio::wma::{asf, packets::Packets};
use audio_fuzz::{MadeTags, Pieces, check_asf};

libfuzzer_sys::fuzz_target!(|made: (MadeTags, u8, u16, Vec<u8>)| {
    let (tags, packets, step, bytes) = (made.0.into_tags(), u64::from(made.1), usize::from(made.2), made.3);
    let stream = asf::Stream {
        rate_hz: 44_100,
        channels: 2,
        bits_per_s: 64_000,
        packet_bytes: 37,
        packet_frames: 2_048,
        packets,
        length_frames: packets * 2_048,
        id: 7,
    };
    let head = match asf::head(&stream, &tags) {
        Err(Error::Limit { .. }) => return,
        head => head.expect("a head"),
    };
    check_asf(&head, &tags);
    let new = || Packets::new(stream);
    let wav = [b"RIFF\xff\xff\xff\xffWAVEfmt \x12\0\0\0\x61\x01\x02\0\x44\xac\0\0\0\0\0\0\x25\0\0\0\0\0", &bytes[..]]
        .concat();
    for bytes in [&bytes, &wav] {
        let made = Pieces::both_ways(bytes, step, new, |r, b, out| r.take(b, out), Packets::finish);
        let Some(pieces) = made else { continue };
        let counted = payload(&mut Cursor::new([head.clone(), pieces.all].concat())).expect("our own file");
        assert_eq!(counted.bytes, pieces.payload.len() as u64);
        assert_eq!(counted.bytes, packets * 37);
    }
});
