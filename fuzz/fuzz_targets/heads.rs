//! Any tags around a small encode: every reader finds the payload, and the texts where we can read them.
#![no_main]

use audio::pcm::{Samples, Spec};
use audio_fuzz::{MadeTags, Memory, own_formats, round_trip};

libfuzzer_sys::fuzz_target!(|made: MadeTags| {
    let tags = made.into_tags();
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let master = Memory::new(spec, Samples::Int((0..800).map(|n| n % 97 * 100).collect()));
    // One setting of each codec: heads do not depend on it.
    let mut last = "";
    for format in own_formats() {
        if format.codec() != last {
            round_trip(&master, format, &tags);
        }
        last = format.codec();
    }
});
