//! Any bytes as Monkey's Audio or True Audio, with FFmpeg behind: an answer in time, whatever it does.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for magic in [b"TTA1", b"MAC "] {
        let file = [&magic[..], bytes.get(4..).unwrap_or(&[])].concat();
        let _ = audio::tags::read(audio_fuzz::file(&file));
        audio_fuzz::import_by_program(&file);
    }
});
