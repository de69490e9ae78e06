//! Any bytes as a file: what it is, and everything an import does with it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| audio_fuzz::import(bytes));
