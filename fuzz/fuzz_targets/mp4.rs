//! Any boxes: the movie box, its tables, ALAC packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut file = bytes.to_vec();
    if let Some(name) = file.get_mut(4..8) {
        name.copy_from_slice(b"ftyp");
    }
    audio_fuzz::import(&file);
});
