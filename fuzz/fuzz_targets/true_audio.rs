//! Any small master as True Audio: a decoder written apart gives it back.
#![no_main]

use audio_fuzz::{MadeMaster, round_trip};

libfuzzer_sys::fuzz_target!(|made: MadeMaster| {
    let Some(master) = made.into_memory() else { return };
    round_trip(&master, "tta:lossless:default".parse().expect("a format"), &Default::default());
});
