//! Any tags around a small encode: every reader finds the payload, and the texts where we can read them.
#![no_main]

use audio_fuzz::{MadeTags, Memory, round_trip};

libfuzzer_sys::fuzz_target!(|made: MadeTags| {
    let tags = made.into_tags();
    let spec = audio::pcm::Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let master = Memory::new(spec, (0..800).map(|n| n % 97 * 100).collect());
    // One setting of each codec: heads do not depend on it.
    let mut last = "";
    for info in audio::format::all().into_iter().filter(|info| info.available) {
        if info.codec != last {
            round_trip(&master, info.format, &tags);
        }
        last = info.codec;
    }
});
