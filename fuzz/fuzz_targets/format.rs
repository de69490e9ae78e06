//! Any text as a format: what is read is written back the same.
#![no_main]

use audio::format::Format;

libfuzzer_sys::fuzz_target!(|text: &str| match text.parse::<Format>() {
    Ok(format) => assert_eq!(format.to_string().parse::<Format>(), Ok(format)),
    Err(error) => assert!(error.to_string().len() < 2_000),
});
