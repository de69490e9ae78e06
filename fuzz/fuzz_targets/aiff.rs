//! Any chunks behind an AIFF's first header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for kind in [b"AIFF", b"AIFC"] {
        audio_fuzz::import(&[b"FORM", &[0xff; 4], &kind[..], bytes.get(12..).unwrap_or(&[])].concat());
    }
});
