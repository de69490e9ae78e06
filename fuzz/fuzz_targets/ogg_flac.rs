//! FLAC in Ogg is the FLAC that it holds, however its pages are cut; any bytes as pages.
#![no_main]

use audio::master;
use audio_fuzz::{MadeStream, file, import, ogg_around};

libfuzzer_sys::fuzz_target!(|made: (MadeStream, Vec<u16>, Vec<u8>)| {
    let (stream, cuts, bytes) = made;
    let flac = stream.into_file();
    let ogg = ogg_around(&flac, &cuts);
    let opened = [&flac, &ogg].map(|bytes| master::open(file(bytes)).map(|master| master.info().clone()));
    if let [Ok(native), Ok(in_ogg)] = &opened {
        assert_eq!((native.spec, native.length_frames), (in_ogg.spec, in_ogg.length_frames));
    }
    assert_eq!(opened[0].is_ok(), opened[1].is_ok(), "{opened:?}");
    let examined = [&flac, &ogg].map(|bytes| master::examine(file(bytes), &mut |_, _| ()).ok().map(|e| e.master_id));
    assert_eq!(examined[0], examined[1]);
    import(&ogg);
    import(&[&ogg[..], &bytes].concat());
});
