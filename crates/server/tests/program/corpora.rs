//! Other people's test files, good and broken, and real files cut anywhere: each is accepted with the length that ffprobe
//! sees, or refused with a reason, and soon. Needs `ffmpeg`, `ffprobe` and, once, the network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::gramovar::{Home, PROGRAM, text, word};

/// Reasons that a file of these corpora may be refused for.
const REASONS: [&str; 6] = ["truncated", "not_lossless", "no_title", "unreadable", "limit", "md5_mismatch"];
/// What one file may take, on a busy machine. They are all small.
const PATIENCE: Duration = Duration::from_secs(20);
/// Files out of the ordinary, with nothing wrong in them.
const GOOD: [&str; 6] = [
    "non_subset.flac",
    "nonstandard-02.wav",
    "pcmwaveformat-24bit-4byte-48kHz-stereo.wav",
    "waveformatextensible-24bit-4byte-48kHz-stereo.wav",
    "waveformatextensible-32bit-48kHz-stereo.wav",
    "empty.oggflac",
];
/// Places at which each kind of file is cut.
const CUTS: usize = 200;

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(all_files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn corpora() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/corpora");
    let fetched = Command::new(script).output().unwrap();
    assert!(fetched.status.success(), "the corpora cannot be fetched: {}", text(&fetched.stderr));
    PathBuf::from(text(&fetched.stdout).trim())
}

/// The last word of the process that looks at files.
fn examined(path: &Path) -> Value {
    let start = Instant::now();
    let out = Command::new(PROGRAM).arg("examine").arg(path).output().unwrap();
    assert!(start.elapsed() < PATIENCE, "{}: too slow", path.display());
    assert!(out.status.success(), "{}: {} {}", path.display(), out.status, text(&out.stderr));
    let lines = text(&out.stdout);
    let last = lines.lines().last().unwrap_or_else(|| panic!("{}: no word", path.display()));
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{}: {e}: {last}", path.display()))
}

/// Seconds of sound as ffprobe sees them, or, where the container does not say, as ffmpeg decodes them.
fn probed_s(path: &Path) -> f64 {
    let show = ["-v", "error", "-select_streams", "a:0", "-show_entries", "stream=duration", "-of", "csv=p=0"];
    let out = Command::new("ffprobe").args(show).arg(path).output().unwrap();
    if let Ok(seconds) = text(&out.stdout).trim().trim_end_matches(',').parse() {
        return seconds;
    }
    let args = ["-v", "error", "-f", "s16le", "-ac", "1", "-ar", "48000", "-"];
    let out = Command::new("ffmpeg").arg("-i").arg(path).args(args).output().unwrap();
    out.stdout.len() as f64 / 96_000.0
}

#[test]
fn files_of_other_projects_are_accepted_with_the_right_length_or_refused_with_a_reason() {
    let files = all_files(&corpora());
    assert!(files.len() >= 98 + 31 + 21, "{} files", files.len());
    let mut accepted = 0;
    for path in &files {
        let word = examined(path);
        let good = GOOD.iter().any(|name| path.ends_with(name));
        assert!(!good || word.get("refused").is_none(), "{}: {word}", path.display());
        if let Some(refused) = word.get("refused") {
            let reason = refused["reason"].as_str().unwrap();
            assert!(REASONS.contains(&reason) && refused["message"] != "", "{}: {refused}", path.display());
            continue;
        }
        let facts = &word["seen"]["samples"]["facts"];
        let seconds = facts["length_frames"].as_f64().unwrap() / facts["rate_hz"].as_f64().unwrap();
        let probed = probed_s(path);
        // ffprobe writes millionths.
        assert!((seconds - probed).abs() < 2e-6 + 0.5 / 44_100.0, "{}: {seconds} or {probed} s", path.display());
        accepted += 1;
    }
    assert!(accepted >= 30, "only {accepted} of {} accepted", files.len());
}

/// What an import says of each file, by its path.
fn imported(home: &Home, folder: &Path) -> BTreeMap<String, Value> {
    let out = home.run(&["import", "--json", word(folder)], "");
    let lines = text(&out.stdout);
    let said = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    said.map(|said| (said["path"].as_str().unwrap().to_owned(), said)).collect()
}

#[test]
fn an_import_names_every_file_of_other_projects_that_is_called_audio() {
    let (home, folder) = (Home::new(None), corpora());
    let start = Instant::now();
    let said = imported(&home, &folder);
    assert!(start.elapsed() < PATIENCE * 4, "{:?}", start.elapsed());
    assert!(said.len() >= 130, "{} files named", said.len());
    for (path, said) in &said {
        let refused = said["state"] == "refused" && said["reason"].is_string() && said["message"].is_string();
        // Some are the same sound as another file.
        let taken = ["imported", "unchanged"].iter().any(|state| said["state"] == *state);
        assert!(refused || taken, "{path}: {said}");
    }
    let state = |name: &str| said.iter().find(|(path, _)| path.ends_with(name)).unwrap().1["state"].clone();
    assert_eq!(state("silence-44-s.flac"), "imported");
    assert_eq!(state("ooming-header.flac"), "refused");
}

/// A file of one second with a title, made by ffmpeg.
fn made(folder: &Path, name: &str, args: &[&str]) -> Vec<u8> {
    let path = folder.join(name);
    let sound = ["-v", "error", "-f", "lavfi", "-i", "aevalsrc=0.3*sin(900*t)+0.1*random(0):s=44100:d=1", "-ac", "2"];
    let done = Command::new("ffmpeg").args(sound).args(["-metadata", "title=T"]).args(args).arg(&path).status();
    assert!(done.unwrap().success(), "{name}");
    std::fs::read(path).unwrap()
}

#[test]
fn a_file_cut_anywhere_is_refused_with_a_reason_or_whole_all_the_same() {
    let (home, scratch) = (Home::new(None), tempfile::tempdir().unwrap());
    let cuts = scratch.path().join("cuts");
    let kinds: [(&str, &[&str]); 5] = [
        ("a.flac", &[]),
        ("a.wav", &[]),
        ("a.aiff", &["-write_id3v2", "1"]),
        ("a.m4a", &["-c:a", "alac"]),
        ("front.m4a", &["-c:a", "alac", "-movflags", "+faststart"]),
    ];
    for (name, args) in kinds {
        let whole = made(scratch.path(), name, args);
        let folder = cuts.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for cut in 0..CUTS {
            // Half of them in the first two kilobytes, where the headers lie.
            let at = if cut % 2 == 0 { whole.len() * cut / CUTS } else { 2_048 * cut / CUTS };
            std::fs::write(folder.join(format!("{cut:03}-{at}-{name}")), &whole[..at]).unwrap();
        }
    }
    let start = Instant::now();
    let said = imported(&home, &cuts);
    assert!(start.elapsed() < PATIENCE * 10, "{:?}", start.elapsed());
    assert_eq!(said.len(), kinds.len() * CUTS);
    for (path, said) in &said {
        if said["state"] == "refused" {
            let reason = said["reason"].as_str().unwrap();
            assert!(["truncated", "unreadable", "no_title"].contains(&reason), "{path}: {said}");
        } else {
            // What was cut and yet is sold lost nothing but what stands behind its samples.
            let facts = &examined(Path::new(path))["seen"]["samples"]["facts"];
            assert_eq!(facts["length_frames"], 44_100, "{path}");
        }
    }
}

/// Writes a WAV whose ID3v2.4 tag has one compressed frame that unpacks to two gigabytes.
const BOMB: &str = r#"
import struct, sys, zlib
packer = zlib.compressobj(9)
packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(2048)) + packer.flush()
synchsafe = lambda n: bytes(n >> shift & 127 for shift in (21, 14, 7, 0))
frame = b"TXXX" + synchsafe(len(packed) + 4) + b"\0\x09" + synchsafe((1 << 28) - 1) + packed
tag = b"ID3\4\0\0" + synchsafe(len(frame)) + frame
chunk = lambda name, body: name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 44100, 88200, 2, 16)) + chunk(b"id3 ", tag) + chunk(b"data", bytes(88200))
open(sys.argv[1], "wb").write(b"RIFF" + struct.pack("<I", len(form) + 4) + b"WAVE" + form)
"#;

#[test]
fn a_tag_that_unpacks_to_gigabytes_takes_no_more_memory_than_a_file_may() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("bomb.wav");
    assert!(Command::new("python3").args(["-c", BOMB, word(&path)]).status().unwrap().success());
    let said = imported(&Home::new(None), &path);
    let said = said.values().next().expect("a word on the one file");
    // Where memory runs out decides whether the child is told no or is ended.
    assert!(said["state"] == "refused" && (said["reason"] == "limit" || said["reason"] == "unreadable"), "{said}");
}
