//! Any chunks behind a WAV's first header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for magic in [b"RIFF", b"RF64"] {
        audio_fuzz::import(&[&magic[..], &[0xff; 4], b"WAVE", bytes.get(12..).unwrap_or(&[])].concat());
    }
});
