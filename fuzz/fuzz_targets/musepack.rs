//! Any output of the Musepack program: packets are told apart the same however they come, and our counter agrees.
#![no_main]

use std::io::Cursor;

use audio::encode::payload;
use audio::musepack::packets::Packets;
use audio_fuzz::Pieces;

libfuzzer_sys::fuzz_target!(|made: (u16, Vec<u8>)| {
    let (step, bytes) = (usize::from(made.0), [b"MPCK", &made.1[..]].concat());
    let taken = Pieces::both_ways(&bytes, step, Packets::default, |r, b, out| r.take(b, out), Packets::finish);
    if let Some(pieces) = taken {
        assert!(pieces.all == bytes, "a stream that was taken is handed on as it is");
        let counted = payload(&mut Cursor::new(bytes)).expect("our counter reads what was taken");
        assert_eq!(counted.bytes, pieces.payload.len() as u64);
    }
});
