//! What an import finds: files that are audio by name or by content, in the order of their names, folder by folder. Links
//! are never followed: what they point to within the tree is found by itself, and what lies outside is not asked for.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{FileOutcome, FileState, ImportError, Reason};

/// Files of a run at the most.
pub const MAX_FILES: usize = 1_000_000;
/// How deep folders may lie in each other.
pub const MAX_DEPTH: usize = 64;

/// Names that say audio, whether it can be sold or not.
const AUDIO_NAMES: [&str; 24] = [
    "flac", "wav", "wave", "aif", "aiff", "aifc", "m4a", "alac", "caf", "mp2", "mp3", "aac", "ogg", "oga", "opus",
    "wma", "wv", "ape", "tta", "mpc", "dsf", "dff", "spx", "ofr",
];
/// What a folder of a disc is called, before its number.
const DISC_NAMES: [&str; 6] = ["cd", "disc", "disk", "vinyl", "диск", "сд"];

/// A file to be imported.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub path: PathBuf,
    pub bytes: u64,
    pub modified_us: i64,
    /// The disc that the name of the folder says.
    pub disc: Option<u32>,
}

/// Files that may make up a release: those of a folder, with those of the folders of its discs.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub path: PathBuf,
    pub files: Vec<Candidate>,
}

/// What was found.
pub(super) struct Found {
    pub folders: Vec<Folder>,
    pub refused: Vec<FileOutcome>,
}

/// Finds everything at `paths`.
pub(super) fn walk(paths: &[PathBuf]) -> Result<Found, ImportError> {
    let mut walk = Walk { files: BTreeMap::new(), seen: BTreeSet::new(), refused: Vec::new() };
    for path in paths {
        match fs::canonicalize(path).and_then(|whole| Ok((fs::metadata(&whole)?, whole))) {
            Ok((meta, whole)) if meta.is_dir() => walk.folder(&whole, 0)?,
            Ok((meta, whole)) if meta.is_file() => {
                if !walk.file(&whole, &meta)? {
                    walk.refuse(
                        path,
                        Reason::Unreadable,
                        "it holds no audio that is known here, whatever its name".into(),
                    );
                }
            }
            Ok(_) => walk.refuse(path, Reason::Unreadable, "it is no file and no folder".into()),
            Err(e) => walk.refuse(path, Reason::Unreadable, e.to_string()),
        }
    }
    let folders = walk.files.into_iter().map(|(path, mut files)| {
        files.sort_by(|a, b| natural(&a.path.to_string_lossy(), &b.path.to_string_lossy()));
        Folder { path, files }
    });
    Ok(Found { folders: folders.collect(), refused: walk.refused })
}

struct Walk {
    files: BTreeMap<PathBuf, Vec<Candidate>>,
    seen: BTreeSet<PathBuf>,
    refused: Vec<FileOutcome>,
}

impl Walk {
    fn refuse(&mut self, path: &Path, reason: Reason, message: String) {
        self.refused.push(refusal(path, reason, message));
    }

    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), ImportError> {
        if depth > MAX_DEPTH {
            self.refuse(path, Reason::Limit, format!("the folder lies deeper than MAX_DEPTH ({MAX_DEPTH})"));
            return Ok(());
        }
        let entries = match fs::read_dir(path).and_then(|dir| dir.collect::<Result<Vec<_>, _>>()) {
            Ok(entries) => entries,
            Err(e) => {
                self.refuse(path, Reason::Unreadable, format!("the folder cannot be read: {e}"));
                return Ok(());
            }
        };
        let mut entries: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries.iter().filter(|path| !hidden(path)) {
            match fs::symlink_metadata(path) {
                Ok(meta) if meta.is_dir() => self.folder(path, depth + 1)?,
                Ok(meta) if meta.is_file() => drop(self.file(path, &meta)?),
                Ok(_) => {}
                Err(e) => self.refuse(path, Reason::Unreadable, e.to_string()),
            }
        }
        Ok(())
    }

    /// Takes a file in; says whether it may be audio.
    fn file(&mut self, path: &Path, meta: &Metadata) -> Result<bool, ImportError> {
        if !(named_audio(path) || holds_audio(path)) {
            return Ok(false);
        }
        if !self.seen.insert(path.to_owned()) {
            return Ok(true);
        }
        if self.seen.len() > MAX_FILES {
            return Err(ImportError::TooManyFiles);
        }
        let parent = path.parent().unwrap_or(Path::new("/"));
        let disc = parent.file_name().and_then(|name| disc_number(&name.to_string_lossy()));
        let folder = if disc.is_some() { parent.parent().unwrap_or(parent) } else { parent };
        let candidate = Candidate { path: path.to_owned(), bytes: meta.len(), modified_us: modified_us(meta), disc };
        self.files.entry(folder.to_owned()).or_default().push(candidate);
        Ok(true)
    }
}

/// The outcome of a file that is refused.
pub(super) fn refusal(path: &Path, reason: Reason, message: String) -> FileOutcome {
    FileOutcome {
        path: path.to_owned(),
        state: FileState::Refused,
        reason: Some(reason),
        message: Some(message),
        release_id: None,
        track_id: None,
        master_id: None,
        provenance: None,
    }
}

/// When a file was last written; 0 where the file system does not say.
pub(super) fn modified_us(meta: &Metadata) -> i64 {
    let since = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn named_audio(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|e| AUDIO_NAMES.contains(&e.as_str()))
}

/// A file that cannot be opened and is not called audio is nobody's business.
fn holds_audio(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(audio::master::HEAD_BYTES as u64).read_to_end(&mut head));
    read.is_ok() && audio::master::looks_like_audio(&head)
}

/// The number in "CD 2", "disc1", "Диск 3 – Live"; `None` for any other folder.
fn disc_number(name: &str) -> Option<u32> {
    let name = name.trim().to_lowercase();
    let rest = DISC_NAMES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let digits: String =
        rest.trim_start_matches([' ', '-', '_', '.', '#']).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|n| (1..=super::MAX_MEDIUM).contains(n))
}

/// The order of people: "2" before "10".
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (None, None) => return Ordering::Equal,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => match number(&mut a).cmp(&number(&mut b))
            {
                Ordering::Equal => {}
                other => return other,
            },
            (x, y) if x == y => {
                a.next();
                b.next();
            }
            (x, y) => return x.cmp(&y),
        }
    }
}

/// A run of digits as something that compares like its number, however long.
fn number(chars: &mut std::iter::Peekable<std::str::Chars>) -> (usize, String) {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        if !(digits.is_empty() && digit == '0') {
            digits.push(digit);
        }
    }
    (digits.len(), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_people() {
        let mut names = ["10 b", "2 a", "02 b", "1", "a10", "a9", "Ж"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["1", "2 a", "02 b", "10 b", "a9", "a10", "Ж"]);
    }

    #[test]
    fn folders_of_discs_are_told_from_others() {
        for (name, disc) in [
            ("CD1", Some(1)),
            ("disc 02", Some(2)),
            ("Диск 3 – Live", Some(3)),
            ("Discovery", None),
            ("CD", None),
            ("1999", None),
        ] {
            assert_eq!(disc_number(name), disc, "{name}");
        }
    }

    #[test]
    fn links_out_of_the_tree_and_files_that_are_no_audio_are_passed_over() {
        let tree = tempfile::tempdir().unwrap();
        let (inside, outside) = (tree.path().join("in"), tree.path().join("out"));
        for folder in [&inside, &outside] {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("song.flac"), b"x").unwrap();
        }
        fs::write(inside.join("notes.txt"), b"not a song").unwrap();
        fs::write(inside.join("._song.flac"), b"x").unwrap();
        fs::write(inside.join("nameless"), b"fLaC\0\0\0\x22").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("folder")).unwrap();
        std::os::unix::fs::symlink(outside.join("song.flac"), inside.join("link.flac")).unwrap();
        let found = walk(&[inside.clone(), inside.join("song.flac"), tree.path().join("absent")]).unwrap();
        let names: Vec<_> = found.folders.iter().flat_map(|f| &f.files).map(|f| f.path.file_name().unwrap()).collect();
        assert_eq!(names, ["nameless", "song.flac"]);
        assert_eq!(found.refused.len(), 1);
    }
}
