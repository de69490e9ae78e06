//! Any small master in any format that fits it: our readers agree with our writers.
#![no_main]

use audio_fuzz::{MadeMaster, own_formats, round_trip};

libfuzzer_sys::fuzz_target!(|made: (u16, MadeMaster)| {
    let (choice, master) = made;
    let Some(master) = master.into_memory() else { return };
    let formats = own_formats();
    round_trip(&master, formats[usize::from(choice) % formats.len()], &Default::default());
});
