//! Any bytes as the index that an encode left.
#![no_main]

use audio::encode::{head, plan, segment_offsets};
use audio::pcm::{Spec, StreamInfo};

libfuzzer_sys::fuzz_target!(|index: &[u8]| {
    if let Ok(offsets) = segment_offsets(index) {
        assert!(offsets.is_sorted());
    }
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let master = StreamInfo { spec, length_frames: 1_000_000, md5: [0; 16] };
    for text in ["alac:lossless:default", "vorbis:vbr:5", "flac:lossless:5"] {
        let plan = plan(text.parse().expect("a format"), &master).expect("it fits");
        let _ = head(&plan, Some(index), &Default::default());
    }
});
