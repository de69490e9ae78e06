//! Any bytes as WavPack blocks, as they come and with right lengths.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    audio_fuzz::import(&[b"wvpk", bytes.get(4..).unwrap_or(&[])].concat());
    audio_fuzz::import(&audio_fuzz::whole_blocks(bytes));
});
