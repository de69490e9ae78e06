//! Files that have no name until they are whole: nothing is left of them when the process ends, however it ends. Knows
//! nothing of what is in them.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use tempfile::{Builder, NamedTempFile};

/// What the user's umask leaves of it is what others may do.
const MODE: u32 = 0o666;
/// Where the system shows open files under a name that can be linked to.
const OPEN_FILES: &str = "/proc/self/fd";

/// A file that is being made in a folder.
pub(super) enum Nameless {
    /// In no folder at all.
    Unnamed(File),
    /// Where the file system has no files without a name (NFS): under a passing one.
    Named(NamedTempFile),
}

impl Nameless {
    /// An empty file.
    pub fn new_in(folder: &Path) -> io::Result<Nameless> {
        if !Path::new(OPEN_FILES).exists() {
            return named(folder);
        }
        let flags = OFlags::TMPFILE.bits() as i32;
        match OpenOptions::new().read(true).write(true).mode(MODE).custom_flags(flags).open(folder) {
            Ok(file) => Ok(Nameless::Unnamed(file)),
            // Kernels and file systems without them say any of these.
            Err(e) if matches!(e.kind(), io::ErrorKind::Unsupported | io::ErrorKind::IsADirectory) => named(folder),
            Err(e) => Err(e),
        }
    }

    /// The file.
    pub fn file(&mut self) -> &mut File {
        match self {
            Nameless::Unnamed(file) => file,
            Nameless::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives it its name, in the place of whatever had it.
    pub fn keep_as(self, path: &Path) -> io::Result<()> {
        let file = match self {
            Nameless::Named(file) => return file.persist(path).map(drop).map_err(|e| e.error),
            Nameless::Unnamed(file) => file,
        };
        let open_file = format!("{OPEN_FILES}/{}", file.as_raw_fd());
        let link = |path: &Path| linkat(CWD, &open_file, CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
        match link(path) {
            // A link never takes another's place, a file under a passing name does.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                Builder::new().make_in(folder_of(path), link)?.persist(path).map(drop).map_err(|e| e.error)
            }
            linked => linked,
        }
    }
}

fn named(folder: &Path) -> io::Result<Nameless> {
    Builder::new().permissions(Permissions::from_mode(MODE)).tempfile_in(folder).map(Nameless::Named)
}

/// The folder that a path lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_shows_only_when_it_is_kept_and_takes_the_place_of_another() {
        for new in [Nameless::new_in, named] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("it");
            for text in ["first", "second"] {
                let mut made = new(folder.path()).unwrap();
                made.file().write_all(text.as_bytes()).unwrap();
                made.keep_as(&path).unwrap();
                let mut found = String::new();
                File::open(&path).unwrap().read_to_string(&mut found).unwrap();
                assert_eq!((found.as_str(), names(folder.path())), (text, 1));
            }
        }
    }

    #[test]
    fn a_file_that_is_not_kept_leaves_nothing_and_an_unnamed_one_shows_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let unnamed = Nameless::new_in(folder.path()).unwrap();
        assert!(matches!(unnamed, Nameless::Named(_)) || names(folder.path()) == 0);
        drop((unnamed, named(folder.path()).unwrap()));
        assert_eq!(names(folder.path()), 0);
    }
}
