//! Import: from folders of files to releases on sale. What is found, how files become releases and what is written stand
//! in the files beside this one; the run itself here.
//!
//! All objects of a release are stored before its one transaction. A crash before it leaves objects that nothing refers
//! to (`masters/…`, `covers/…`): harmless, and the next run writes the same ones again.

mod group;
mod walk;
mod examine;
pub mod examiner;
mod write;
mod places;
mod commit;
mod release;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use audio::provenance::Provenance;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::db::DbError;
use crate::files::FilesError;

pub use examiner::Examiner;
pub use walk::{MAX_DEPTH, MAX_FILES};

/// Highest number of a medium.
pub const MAX_MEDIUM: u32 = 999;
/// Highest number of a track on its medium.
pub const MAX_NUMBER: u32 = 9_999;

/// How to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// Say what would happen and write nothing.
    pub dry_run: bool,
    /// Files examined at once.
    pub threads: usize,
}

impl Default for ImportOptions {
    fn default() -> ImportOptions {
        ImportOptions { dry_run: false, threads: std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FileState {
    Imported,
    Updated,
    Unchanged,
    Refused,
}

impl FileState {
    /// As `--json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            FileState::Imported => "imported",
            FileState::Updated => "updated",
            FileState::Unchanged => "unchanged",
            FileState::Refused => "refused",
        }
    }
}

/// Why a file was refused; a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It ends before the length it announces, or is empty.
    Truncated,
    /// Audio of a lossy codec, whatever its name says.
    NotLossless,
    /// It has no TITLE.
    NoTitle,
    /// It cannot be read: damaged, no audio, unsupported, no permission.
    Unreadable,
    /// Over a named limit.
    Limit,
    /// Its samples do not match the MD5 that it carries.
    Md5Mismatch,
}

impl Reason {
    /// The code.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Truncated => "truncated",
            Reason::NotLossless => "not_lossless",
            Reason::NoTitle => "no_title",
            Reason::Unreadable => "unreadable",
            Reason::Limit => "limit",
            Reason::Md5Mismatch => "md5_mismatch",
        }
    }
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOutcome {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub state: FileState,
    /// Why it was refused.
    pub reason: Option<Reason>,
    /// A sentence: why it was refused, or what the operator should know of it.
    pub message: Option<String>,
    /// Its release, unless it was refused or the run was dry and would make it.
    pub release_id: Option<String>,
    /// Its track, likewise.
    pub track_id: Option<String>,
    /// Its master.
    pub master_id: Option<String>,
    /// What its samples say about their past; `None` when it was refused, or imported before anybody asked.
    pub provenance: Option<Provenance>,
}

/// How far the run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files found.
    pub files: u64,
    /// Files examined.
    pub files_done: u64,
    /// Bytes of all files found.
    pub bytes: u64,
    /// Bytes examined.
    pub bytes_done: u64,
}

/// How many files ended in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// New on sale.
    pub imported: u64,
    /// Known, with something changed.
    pub updated: u64,
    /// Known, with nothing changed.
    pub unchanged: u64,
    /// Refused.
    pub refused: u64,
}

impl Summary {
    /// All files.
    pub fn files(&self) -> u64 {
        self.imported + self.updated + self.unchanged + self.refused
    }

    fn count(&mut self, state: FileState) {
        match state {
            FileState::Imported => self.imported += 1,
            FileState::Updated => self.updated += 1,
            FileState::Unchanged => self.unchanged += 1,
            FileState::Refused => self.refused += 1,
        }
    }
}

/// Why a run stopped. What was committed before stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The object store failed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// More files than a run takes.
    #[error("more than {MAX_FILES} files; import them folder by folder")]
    TooManyFiles,
    /// A worker ended without an answer; for the log.
    #[error("a worker of the import failed: {0}")]
    Worker(String),
}

/// Called with the progress, from any thread.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Imports files into a catalogue.
#[derive(Clone)]
pub struct Importer {
    catalog: Catalog,
    examiner: Examiner,
}

impl Importer {
    /// Into this catalogue; files are looked at by `examiner`.
    pub fn new(catalog: Catalog, examiner: Examiner) -> Importer {
        Importer { catalog, examiner }
    }

    /// Imports everything at `paths` (files or folders, folders with all that is in them) and calls `on_file` for every
    /// file once it is decided, release by release. Refused files do not stop the rest; an error stops the run.
    pub async fn run(
        &self,
        paths: Vec<PathBuf>,
        options: ImportOptions,
        on_progress: OnProgress,
        mut on_file: impl FnMut(&FileOutcome) + Send,
    ) -> Result<Summary, ImportError> {
        let mut run = release::Run::new(self.catalog.clone(), self.examiner.clone(), options);
        let mut summary = Summary::default();
        let mut report = |outcomes: Vec<FileOutcome>| {
            for outcome in outcomes {
                summary.count(outcome.state);
                on_file(&outcome);
            }
        };
        let found = tokio::task::spawn_blocking(move || walk::walk(&paths))
            .await
            .map_err(|e| ImportError::Worker(e.to_string()))??;
        report(found.refused);
        run.all(found.folders, on_progress, &mut report).await?;
        Ok(summary)
    }
}
