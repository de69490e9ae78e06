//! Any bytes to the counter of payloads: never more than the file holds, unless an index names bytes twice.
#![no_main]

use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = audio::encode::payload(&mut Cursor::new(bytes)) else { return };
    let twice = bytes.get(4..8) == Some(b"ftyp");
    assert!(twice || found.bytes <= bytes.len() as u64);
});
