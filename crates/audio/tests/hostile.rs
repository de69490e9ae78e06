//! Damaged files of every kind: whatever is done to their bytes, an answer comes, and soon. Needs `ffmpeg`.

use std::io::Cursor;
use std::process::Command;
use std::time::{Duration, Instant};

use audio::input::Reader;
use audio::pcm::{Samples, Source};
use audio::{master, tags};

/// Cuts and changes per file.
const TRIES: usize = 150;
/// Far more than any of these small files needs, far less than a hang.
const PATIENCE: Duration = Duration::from_secs(10);

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn made(name: &str, args: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let tone = ["-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=0.3", "-ac", "2"];
    let tagged = ["-metadata", "title=T", "-metadata", "artist=A", "-metadata", "track=1/2"];
    let status = Command::new("ffmpeg").args(tone).args(tagged).args(args).arg(&path).status().unwrap();
    assert!(status.success(), "ffmpeg {args:?}");
    std::fs::read(path).unwrap()
}

/// Everything that an import does with a file; only that it ends without a panic counts here.
fn try_everything(bytes: &[u8], what: &str) {
    let reader = || -> Reader { Box::new(Cursor::new(bytes.to_vec())) };
    let start = Instant::now();
    let examined = master::examine(reader(), &mut |_, _| ()).is_ok();
    if let Ok(mut master) = master::open(reader()) {
        let mut block = Samples::empty(&master.spec());
        let length = master.length_frames();
        for frame in [length / 2, 0, length.saturating_sub(1), u64::MAX, length / 3] {
            let read = master.seek(frame).and_then(|()| master.read(&mut block, 1_000));
            assert!(!examined || read.is_ok(), "{what}: whole, but not from {frame}: {read:?}");
        }
    }
    let read = tags::read(reader()).map(|found| found.warnings.len());
    assert!(start.elapsed() < PATIENCE, "{what}: too slow, {read:?}");
}

#[test]
fn no_damage_leads_to_a_panic_or_a_hang() {
    let mut numbers = Numbers(5);
    let kinds: [(&str, &[&str]); 7] = [
        ("a.wav", &[]),
        ("rf64.wav", &["-rf64", "always"]),
        ("a.aiff", &["-write_id3v2", "1"]),
        ("a.flac", &[]),
        ("a.m4a", &["-c:a", "alac"]),
        ("fast.m4a", &["-c:a", "alac", "-movflags", "+faststart"]),
        ("a.mov", &["-c:a", "alac"]),
    ];
    for (name, args) in kinds {
        let whole = made(name, args);
        try_everything(&whole, name);
        for index in 0..TRIES {
            let cut = numbers.below(if index % 2 == 0 { whole.len() } else { whole.len().min(600) });
            try_everything(&whole[..cut], &format!("{name} cut at {cut}"));
            let mut changed = whole.clone();
            for _ in 0..1 + numbers.below(6) {
                let span = if index % 3 == 0 { whole.len() } else { whole.len().min(400) };
                let at = if index % 3 == 2 { whole.len() - 1 - numbers.below(span) } else { numbers.below(span) };
                changed[at] =
                    [0, 0xff, numbers.below(256) as u8, changed[at] ^ (1 << numbers.below(8))][numbers.below(4)];
            }
            try_everything(&changed, &format!("{name}, change {index}"));
        }
    }
}
