//! WavPack of our own whose blocks tell a decoder something else: what lies behind the checksum of samples is reached.
#![no_main]

use audio_fuzz::{MadeMaster, Replaced, import, made};

libfuzzer_sys::fuzz_target!(|input: (MadeMaster, Replaced)| {
    let (master, replaced) = input;
    let Some(master) = master.into_memory() else { return };
    let format = "wavpack:lossless:default".parse().expect("a format");
    if let Some((_, file, _)) = made(&master, format, &Default::default()) {
        import(&replaced.into(&file));
    }
});
