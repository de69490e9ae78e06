//! `gramovar encode` as a script calls it: what it refuses, and what its exit codes blame.

use std::path::Path;
use std::process::{Command, Output};

use crate::gramovar::{PROGRAM, text};
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
