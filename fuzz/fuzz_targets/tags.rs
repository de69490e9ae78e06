//! Any bytes to the reader of tags; what it finds obeys its own limits.
#![no_main]

use audio::tags::{MAX_PICTURE_BYTES, MAX_TAG_TEXT_BYTES, MAX_TAG_VALUES, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = read(audio_fuzz::file(bytes)) else { return };
    let tags = found.tags;
    assert!(tags.genres.len() <= MAX_TAG_VALUES && tags.artists.len() <= MAX_TAG_VALUES);
    assert!(
        tags.title.is_none_or(|title| !title.is_empty() && title.len() <= MAX_TAG_VALUES * (MAX_TAG_TEXT_BYTES + 2))
    );
    assert!(tags.picture.is_none_or(|p| p.data.len() <= MAX_PICTURE_BYTES && p.width > 0 && p.height > 0));
});
