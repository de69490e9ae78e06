//! `gramovar encode` as a script calls it: what it refuses, and what its exit codes blame.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::gramovar::{Home, PROGRAM, text, word};
use crate::masters;

fn encode(input: &Path, output: &Path) -> Output {
    Command::new(PROGRAM).arg("encode").args([input, output]).args(["--format", "wav:pcm:16"]).output().unwrap()
}

#[test]
fn a_master_is_never_written_over_nor_anything_that_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (master, link) = (folder.path().join("master.wav"), folder.path().join("link.wav"));
    masters::wav(&master, 1, 1, "Mine");
    std::fs::hard_link(&master, &link).unwrap();
    let before = std::fs::read(&master).unwrap();
    for output in [&master, &link, &folder.path().to_owned()] {
        let out = encode(&master, output);
        assert_eq!(out.status.code(), Some(2), "{}: {}", output.display(), text(&out.stderr));
    }
    assert!(std::fs::read(&master).unwrap() == before);
}

#[test]
fn an_input_that_cannot_be_read_is_blamed_and_an_output_that_cannot_be_written_is_too() {
    let folder = tempfile::tempdir().unwrap();
    let (master, out) = (folder.path().join("master.wav"), folder.path().join("out.wav"));
    masters::wav(&master, 1, 1, "Mine");
    let missing = encode(&folder.path().join("no.wav"), &out);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("no.wav"), "{}", text(&missing.stderr));
    let nowhere = encode(&master, &folder.path().join("no folder/out.wav"));
    assert_eq!(nowhere.status.code(), Some(2));
    // Every write beyond the first kilobyte fails, as on a full disk.
    let limited =
        format!("ulimit -f 1; trap '' XFSZ; exec '{PROGRAM}' encode '{}' '{}'", master.display(), out.display());
    let full = Command::new("sh").args(["-c", &limited]).output().unwrap();
    assert_eq!(full.status.code(), Some(2), "{}", text(&full.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn an_encode_that_is_interrupted_ended_or_killed_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (master, out) = (folder.path().join("master.wav"), folder.path().join("out.flac"));
    masters::wav(&master, 1, 120, "Mine");
    let mut cut_short = 0;
    for (signal, after_ms) in [("INT", 300), ("TERM", 400), ("KILL", 350), ("INT", 150)] {
        let words = ["--format", "flac:lossless:8", "--threads", "1"];
        let mut command = Command::new(PROGRAM);
        let mut child = command.arg("encode").args([&master, &out]).args(words).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after_ms));
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success() || out.exists(), "{signal}");
        if child.wait().unwrap().success() {
            std::fs::remove_file(&out).unwrap();
        } else {
            cut_short += 1;
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{signal}");
    }
    assert!(cut_short > 0, "no encode took long enough to be cut short");
}

/// What a running encode may hold of memory that is no file's.
const MAX_ENCODE_KB: u64 = 32 << 10;

/// The most that a process holds until it ends, seen every few milliseconds.
fn most_kb(mut child: std::process::Child) -> u64 {
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        most = most.max(line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap()));
        std::thread::sleep(Duration::from_millis(3));
    }
    assert!(child.wait().unwrap().success());
    most
}

#[test]
fn an_encode_of_a_hires_master_with_a_large_cover_stays_within_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let sound = "anoisesrc=r=96000:a=0.1:d=40,aformat=channel_layouts=stereo:sample_fmts=s32";
    for (side, codec, formats) in [
        (1_500, "mjpeg", &["flac:lossless:5", "alac:lossless:default", "opus:vbr:128", "mp3:vbr:0"][..]),
        (3_000, "mjpeg", &["flac:lossless:5", "opus:vbr:128"]),
        (6_000, "mjpeg", &["flac:lossless:5"]),
        (3_000, "png", &["flac:lossless:5"]),
    ] {
        let master = path("master.flac");
        let cover = format!("testsrc2=s={side}x{side}:d=1");
        let grain = format!("[1]noise=alls={}[cover]", if codec == "png" { 1 } else { 40 });
        let done = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", sound, "-f", "lavfi", "-i", &cover])
            .args(["-filter_complex", &grain, "-map", "0", "-map", "[cover]", "-frames:v", "1"])
            .args(["-c:v", codec, "-q:v", "8", "-disposition:v", "attached_pic", "-bits_per_raw_sample", "24"])
            .arg(&master)
            .output()
            .unwrap();
        assert!(done.status.success() && std::fs::metadata(&master).unwrap().len() > 700_000, "{}", text(&done.stderr));
        for format in formats {
            let mut command = Command::new(PROGRAM);
            let command = command.arg("encode").args([&master, &path("out")]);
            let most = most_kb(command.args(["--threads", "2", "--format", format]).spawn().unwrap());
            assert!(most < MAX_ENCODE_KB, "{format}, {codec} of {side} pixels: {most} kB");
        }
    }
}

/// A master with such samples, made by ffmpeg.
fn made(folder: &Path, name: &str, codec: &str) -> PathBuf {
    let path = folder.join(name);
    let sound = ["-v", "error", "-f", "lavfi", "-i", "aevalsrc=0.3*sin(900*t):s=44100:d=0.2", "-c:a", codec];
    assert!(Command::new("ffmpeg").args(sound).arg(&path).status().unwrap().success());
    path
}

#[test]
fn a_wav_or_aiff_keeps_the_bits_of_its_master_unless_others_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (name, codec, in_wav, in_aiff) in [
        ("16.wav", "pcm_s16le", "pcm_s16le", "pcm_s16be"),
        ("24.wav", "pcm_s24le", "pcm_s24le", "pcm_s24be"),
        ("float.wav", "pcm_f32le", "pcm_f32le", "pcm_f32be"),
    ] {
        let master = made(folder.path(), name, codec);
        for (out, expected) in [("out.wav", in_wav), ("out.aiff", in_aiff)] {
            let out = folder.path().join(out);
            let done = Command::new(PROGRAM).arg("encode").args([&master, &out]).output().unwrap();
            assert!(done.status.success(), "{}", text(&done.stderr));
            let show = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
            let probed = Command::new("ffprobe").args(show).arg(&out).output().unwrap();
            assert_eq!(text(&probed.stdout).trim(), expected, "{name} as {}", out.display());
        }
    }
}

#[test]
fn no_reason_is_said_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (master, out) = (folder.path().join("master.wav"), folder.path().join("no folder/out.wav"));
    masters::wav(&master, 1, 1, "Mine");
    let refused = [
        (encode(&master, &out), "No such file or directory"),
        (encode(&folder.path().join("no.wav"), &folder.path().join("out.wav")), "No such file or directory"),
        (encode(&master, &master), "the input itself"),
    ];
    for (said, reason) in refused {
        let said = text(&said.stderr);
        assert_eq!(said.matches(reason).count(), 1, "{said}");
    }
}

#[test]
fn a_master_comes_out_of_a_pipe_and_a_file_goes_into_one() {
    let folder = tempfile::tempdir().unwrap();
    let (master, out) = (folder.path().join("master.wav"), folder.path().join("out.flac"));
    masters::wav(&master, 1, 2, "Mine");
    assert!(Command::new(PROGRAM).arg("encode").args([&master, &out]).status().unwrap().success());
    let through = |input: &str| {
        let line = format!("cd '{}'; {input}", folder.path().display());
        Command::new("bash").args(["-c", &line]).env("G", PROGRAM).output().unwrap()
    };
    for line in [
        "\"$G\" encode - - --format flac:lossless:5 < master.wav",
        "cat master.wav | \"$G\" encode - - --format flac:lossless:5 | cat",
        "\"$G\" encode <(cat master.wav) - --format flac:lossless:5",
    ] {
        let done = through(line);
        assert!(done.status.success() && done.stdout == std::fs::read(&out).unwrap(), "{line}: {}", text(&done.stderr));
    }
    assert_eq!(through("\"$G\" encode master.wav -").status.code(), Some(2), "no format is said");
    assert_eq!(through("\"$G\" encode master.wav - --format flac:lossless:5 --json").status.code(), Some(2));
    assert_eq!(through("\"$G\" encode master.wav - --format flac:lossless:5 > /dev/full").status.code(), Some(2));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
}

#[test]
fn a_name_that_promises_another_format_is_kept_and_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let master = folder.path().join("master.wav");
    masters::wav(&master, 1, 1, "Mine");
    for (name, warned) in [("out.mp3", true), ("out.flac", false), ("out", false), ("out.part", false)] {
        let words = ["--format", "flac:lossless:5"];
        let done = Command::new(PROGRAM).arg("encode").args([&master, &folder.path().join(name)]).args(words).output();
        let done = done.unwrap();
        assert!(done.status.success());
        assert_eq!(text(&done.stderr).contains("whose files end in .flac"), warned, "{name}: {}", text(&done.stderr));
    }
}

#[test]
fn a_dry_run_of_an_import_writes_nothing_and_says_what_would_happen() {
    let (home, folder) = (Home::new(None), tempfile::tempdir().unwrap());
    masters::wav(&folder.path().join("master.wav"), 1, 1, "Mine");
    let said = home.done(&["import", "--dry-run", "--json", word(folder.path())], "");
    assert!(said.contains("\"imported\""), "{said}");
    assert!(!home.data.exists());
    home.done(&["import", word(folder.path())], "");
    let said = home.done(&["import", "--dry-run", "--json", word(folder.path())], "");
    assert!(said.contains("\"unchanged\""), "an existing shop is looked at: {said}");
}
