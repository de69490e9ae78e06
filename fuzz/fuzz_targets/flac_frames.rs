//! FLAC streams with right checksums around whatever the fuzzer thinks of.
#![no_main]

use audio_fuzz::MadeStream;

libfuzzer_sys::fuzz_target!(|stream: MadeStream| audio_fuzz::import(&stream.into_file()));
