//! What comes out of a pipe, as a file that can be read from anywhere. Knows nothing of what is in it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Where the system shows open files under a name that can be opened again.
const OPEN_FILES: &str = "/dev/fd";

/// A copy without a name: nothing is left of it, however the process ends.
pub struct Spooled {
    path: PathBuf,
    _file: File,
}

impl Spooled {
    /// Everything that `pipe` gives until it ends.
    pub fn of(pipe: &mut dyn io::Read) -> io::Result<Spooled> {
        let mut file = tempfile::tempfile()?;
        io::copy(pipe, &mut file)?;
        Ok(Spooled { path: format!("{OPEN_FILES}/{}", file.as_raw_fd()).into(), _file: file })
    }

    /// Where it can be opened, for as long as it is held.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
