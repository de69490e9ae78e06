//! Any bytes as the front cover of a FLAC (RFC 9639 section 8.8).
#![no_main]

use audio::tags::read;

libfuzzer_sys::fuzz_target!(|picture: &[u8]| {
    let mut block = Vec::new();
    for word in [&3u32.to_be_bytes()[..], &10u32.to_be_bytes(), b"image/jpeg", &[0; 20]] {
        block.extend(word);
    }
    block.extend((picture.len() as u32).to_be_bytes());
    block.extend(picture);
    let mut file = b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\x01".to_vec();
    file.extend([0; 16]);
    file.push(0x86);
    file.extend(&(block.len() as u32).to_be_bytes()[1..]);
    file.extend(block);
    let found = read(audio_fuzz::file(&file)).expect("a FLAC with any picture");
    assert_eq!(found.tags.picture.is_none(), found.warnings.len() == 1, "{:?}", found.warnings);
});
