//! Masters that are less than they claim, made by other programs, and masters that only look like it. Needs `lame`, `oggenc`,
//! `oggdec` and `ffmpeg`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

use audio::master::examine;
use audio::provenance::{MARK_PERCENT, Provenance};

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn found(path: &Path) -> Provenance {
    examine(Box::new(BufReader::new(File::open(path).unwrap())), &mut |_, _| ()).unwrap().provenance
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What ffmpeg makes of a source of its own.
    fn made(&self, name: &str, source: &str, args: &[&str]) -> PathBuf {
        let path = self.path(name);
        let all = [&["-v", "error", "-y", "-f", "lavfi", "-i", source][..], args, &[path.to_str().unwrap()]].concat();
        run("ffmpeg", &all);
        path
    }

    /// A file through a command whose `IN` and `OUT` are replaced.
    fn through(&self, from: &Path, name: &str, command: &str) -> PathBuf {
        let path = self.path(name);
        let word = |w: &str| match w {
            "IN" => from.to_str().unwrap().to_owned(),
            "OUT" => path.to_str().unwrap().to_owned(),
            other => other.to_owned(),
        };
        let words: Vec<String> = command.split(' ').map(word).collect();
        run(&words[0], &words[1..].iter().map(String::as_str).collect::<Vec<_>>());
        path
    }
}

/// Something with the treble of an ensemble: chords that change, bells, and a hiss that swells.
fn ensemble(rate_hz: u32) -> String {
    let chord = "0.1*sin(2*PI*t*(196+49*mod(floor(t),3)))+0.08*sin(2*PI*t*(660+110*mod(floor(2*t),4)))";
    let bells = "0.2*exp(-7*mod(t,0.5))*sin(2*PI*t*5200)+0.15*exp(-9*mod(t,0.7))*sin(2*PI*t*9100)";
    let hiss = |n: u32| format!("0.04*(0.6+0.4*sin(t*{n}))*(2*random({n})-1)");
    format!("aevalsrc='{chord}+{bells}+{}|{chord}+{bells}+{}':d=12:s={rate_hz}", hiss(2), hiss(3))
}

#[test]
fn masters_that_were_lossy_once_are_marked_and_their_originals_are_not() {
    let folder = Folder::new();
    let original = folder.made("original.wav", &ensemble(44_100), &["-c:a", "pcm_s16le"]);
    let before = found(&original);
    assert!(!before.is_marked() && before.lossy_percent < 20, "{before:?}");
    for bitrate in ["-b128", "-b192", "-V2"] {
        let mp3 = folder.through(&original, "a.mp3", &format!("lame --quiet {bitrate} IN OUT"));
        let after = found(&folder.through(&mp3, "mp3.wav", "lame --quiet --decode IN OUT"));
        assert!(after.lossy_percent >= 90, "{bitrate}: {after:?}");
        assert!(after.cutoff_hz.is_some_and(|hz| (15_500..20_600).contains(&hz)), "{bitrate}: {after:?}");
        assert!(after.notes()[0].starts_with("it seems to come from a lossy file"), "{bitrate}");
    }
    let ogg = folder.through(&original, "a.ogg", "oggenc -Q -q 3 -o OUT IN");
    let after = found(&folder.through(&ogg, "ogg.wav", "oggdec -Q -o OUT IN"));
    assert!(after.lossy_percent >= MARK_PERCENT, "vorbis: {after:?}");
    let m4a = folder.through(&original, "a.m4a", "ffmpeg -v error -i IN -c:a aac -b:a 128k OUT");
    let after = found(&folder.through(&m4a, "m4a.wav", "ffmpeg -v error -i IN -c:a pcm_s16le OUT"));
    assert!(after.lossy_percent >= 90, "aac: {after:?}");
}

#[test]
fn hires_that_was_made_of_a_cd_is_marked_and_genuine_hires_is_not() {
    let folder = Folder::new();
    let genuine = found(&folder.made("genuine.flac", &ensemble(96_000), &["-sample_fmt", "s32"]));
    assert!(!genuine.is_marked() && genuine.real_bits == 24, "{genuine:?}");
    let cd = folder.made("cd.wav", &ensemble(44_100), &["-c:a", "pcm_s16le"]);
    for rate_hz in [88_200, 96_000, 192_000] {
        let raised = format!("ffmpeg -v error -y -i IN -af aresample={rate_hz}:filter_size=64 -c:a pcm_s24le OUT");
        let after = found(&folder.through(&cd, "raised.wav", &raised));
        assert!(after.upsampled_percent >= MARK_PERCENT && after.padded_percent == 0, "{rate_hz}: {after:?}");
        assert!(after.cutoff_hz.is_some_and(|hz| (20_000..27_000).contains(&hz)), "{rate_hz}: {after:?}");
    }
}

#[test]
fn padded_bits_are_marked_even_behind_a_change_of_volume() {
    let folder = Folder::new();
    let cd = folder.made("cd.wav", &ensemble(44_100), &["-c:a", "pcm_s16le"]);
    for filter in ["anull", "volume=0.83:precision=double"] {
        let padded = format!("ffmpeg -v error -y -i IN -af {filter} -c:a pcm_s24le OUT");
        let after = found(&folder.through(&cd, "padded.wav", &padded));
        assert!(after.padded_percent >= 90 && after.real_bits <= 17, "{filter}: {after:?}");
    }
}

#[test]
fn silence_old_recordings_and_instruments_without_treble_are_left_alone() {
    let folder = Folder::new();
    let sources = [
        ("silence", "anullsrc=r=44100:cl=stereo:d=5".to_owned()),
        ("half a second", "anoisesrc=d=0.5:r=44100".to_owned()),
        ("a flute", "aevalsrc='0.3*sin(2*PI*t*880)+0.1*sin(2*PI*t*1760)':d=12:s=44100".to_owned()),
        // Hiss that falls off gently from 3 kHz on, as tape and shellac have it.
        ("an old recording", "anoisesrc=color=pink:amplitude=0.4:d=12:r=44100,lowpass=f=3000:p=2".to_owned()),
        ("a quiet one", "anoisesrc=color=brown:amplitude=0.01:d=12:r=44100".to_owned()),
        ("white noise", "anoisesrc=amplitude=0.2:d=12:r=44100".to_owned()),
        ("a low rate", "anoisesrc=amplitude=0.2:d=12:r=22050".to_owned()),
    ];
    for (what, source) in sources {
        let after = found(&folder.made("a.wav", &source, &["-c:a", "pcm_s16le"]));
        assert!(!after.is_marked(), "{what}: {after:?}");
    }
}
