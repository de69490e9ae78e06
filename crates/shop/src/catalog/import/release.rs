//! The run: folders are planned, files examined by worker threads, and each folder's releases stored and committed as soon
//! as its last file has been examined.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::commit::{self, Decided, Refusal, joined};
use super::examine::{self, Examined, Known, Refused};
use super::examiner::Examiner;
use super::walk::{Candidate, Folder, modified_us, refusal};
use super::write::{CoverRow, File, Group};
use super::{FileOutcome, FileState, ImportError, ImportOptions, OnProgress, Progress, Reason, group};
use crate::catalog::cover::{self, MAX_COVER_FILE_BYTES};
use crate::catalog::kept::KeptTags;
use crate::catalog::{Catalog, CatalogError};
use crate::db::DbError;

/// Tracks of a release at the most.
pub const MAX_TRACKS: usize = 5_000;

/// What a cover beside the music is called, the best first.
const COVER_NAMES: [&str; 3] = ["cover", "folder", "front"];
/// Endings of such a file.
const COVER_ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];

type Report<'a> = &'a mut (dyn FnMut(Vec<FileOutcome>) + Send);

/// A running import.
pub(super) struct Run {
    catalog: Catalog,
    examiner: Examiner,
    options: ImportOptions,
}

/// A folder whose files have to be examined.
struct Planned {
    path: PathBuf,
    files: Vec<Candidate>,
    known: Vec<Option<Known>>,
    picture: Option<Picture>,
    examined: Vec<Option<Result<Examined, Refused>>>,
    left: usize,
}

/// A picture that lies beside the music.
#[derive(Clone)]
struct Picture {
    id: String,
    path: PathBuf,
}

/// Files examined and their answers.
struct Workers {
    answers: mpsc::UnboundedReceiver<Answer>,
    stop: Arc<AtomicBool>,
}

struct Answer {
    folder: usize,
    file: usize,
    examined: Result<Examined, Refused>,
}

impl Drop for Workers {
    /// Nobody waits for the answers any more.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Run {
    pub(super) fn new(catalog: Catalog, examiner: Examiner, options: ImportOptions) -> Run {
        Run { catalog, examiner, options }
    }

    pub(super) async fn all(
        &mut self,
        folders: Vec<Folder>,
        on_progress: OnProgress,
        report: Report<'_>,
    ) -> Result<(), ImportError> {
        let progress = Arc::new(Meter::new(&folders, on_progress));
        let mut planned = Vec::new();
        for folder in folders {
            match self.plan(folder).await? {
                Plan::Unchanged(outcomes, bytes) => {
                    progress.done(outcomes.len() as u64, bytes);
                    report(outcomes);
                }
                Plan::Examine(folder) => planned.push(folder),
            }
        }
        let mut workers = start(&planned, &self.examiner, self.options.threads, progress);
        let mut folders: Vec<Option<Planned>> = planned.into_iter().map(Some).collect();
        let mut left = folders.len();
        while left > 0 {
            let answer = workers.answers.recv().await.ok_or_else(|| ImportError::Worker("it ended early".into()))?;
            let slot = folders.get_mut(answer.folder);
            let Some(slot) = slot else { continue };
            let Some(folder) = slot else { continue };
            folder.examined[answer.file] = Some(answer.examined);
            folder.left -= 1;
            if folder.left == 0
                && let Some(folder) = slot.take()
            {
                left -= 1;
                self.folder(folder, report).await?;
            }
        }
        Ok(())
    }

    /// A folder in which no file and no picture changed is done without reading a file.
    async fn plan(&self, folder: Folder) -> Result<Plan, ImportError> {
        let keys: Vec<String> = folder.files.iter().map(|file| path_key(&file.path)).collect();
        let mut found = self.catalog.db.read(move |tx| commit::known(tx, &keys)).await?;
        let known: Vec<_> = folder.files.iter().map(|file| found.remove(&path_key(&file.path))).collect();
        let path = folder.path.clone();
        let discs: Vec<PathBuf> = folder.files.iter().filter_map(|f| f.path.parent().map(Path::to_owned)).collect();
        let picture = blocking(move || beside(&path, &discs)).await?;
        let picture_id = picture.as_ref().map(|picture| picture.id.clone());
        let same = |(file, known): (&Candidate, &Option<Known>)| {
            known.as_ref().is_some_and(|known| {
                known.bytes == file.bytes && known.modified_us == file.modified_us && known.folder_cover == picture_id
            })
        };
        if folder.files.iter().zip(&known).all(same) {
            let bytes = folder.files.iter().map(|file| file.bytes).sum();
            let outcomes = folder.files.iter().zip(known.into_iter().flatten()).map(unchanged).collect();
            return Ok(Plan::Unchanged(outcomes, bytes));
        }
        let left = folder.files.len();
        let examined = (0..left).map(|_| None).collect();
        Ok(Plan::Examine(Planned { path: folder.path, files: folder.files, known, picture, examined, left }))
    }

    /// Commits the releases of a folder.
    async fn folder(&self, folder: Planned, report: Report<'_>) -> Result<(), ImportError> {
        let title = folder.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let picture = folder.picture;
        let mut refused = Vec::new();
        let mut good = Vec::new();
        for (file, examined) in folder.files.into_iter().zip(folder.examined) {
            match examined {
                Some(Ok(examined)) => good.push((file, examined)),
                Some(Err(why)) => refused.push(refusal(&file.path, why.reason, why.message)),
                None => refused.push(refusal(&file.path, Reason::Unreadable, "the file was not examined".into())),
            }
        }
        report(refused);
        let tags: Vec<&KeptTags> = good.iter().map(|(_, examined)| &examined.tags).collect();
        let groups = group::releases(&tags);
        let mut good: Vec<Option<(Candidate, Examined)>> = good.into_iter().map(Some).collect();
        for places in groups {
            let files: Vec<_> = places.into_iter().filter_map(|place| good.get_mut(place)?.take()).collect();
            report(self.release(files, &title, picture.clone()).await?);
        }
        Ok(())
    }

    /// Stores the objects of a release, then commits it.
    async fn release(
        &self,
        files: Vec<(Candidate, Examined)>,
        folder: &str,
        picture: Option<Picture>,
    ) -> Result<Vec<FileOutcome>, ImportError> {
        let mut outcomes = Vec::new();
        let mut kept: Vec<(Candidate, File)> = Vec::new();
        for (candidate, examined) in files {
            if kept.len() == MAX_TRACKS {
                let message = format!("the release has more than MAX_TRACKS ({MAX_TRACKS}) tracks");
                outcomes.push(refusal(&candidate.path, Reason::Limit, message));
                continue;
            }
            match self.store_master(&candidate, &examined).await? {
                Ok(object_key) => {
                    let folder_cover = picture.as_ref().map(|picture| picture.id.clone());
                    let file = file_of(&candidate, examined, folder_cover, object_key);
                    kept.push((candidate, file));
                }
                Err(why) => outcomes.push(refusal(&candidate.path, why.reason, why.message)),
            }
        }
        if kept.is_empty() {
            return Ok(outcomes);
        }
        let (cover, cover_warning) = self.cover(&kept, picture).await?;
        let (candidates, files): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        let group = Group { files, folder: folder.to_owned(), cover };
        let decided = self.commit(group).await?;
        for (place, (candidate, decided)) in candidates.into_iter().zip(decided).enumerate() {
            let mut outcome = outcome(&candidate, decided);
            if place == 0 {
                outcome.message = joined(outcome.message, cover_warning.clone());
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn commit(&self, group: Group) -> Result<Vec<Decided>, ImportError> {
        let (clock, dry_run, group) = (self.catalog.clock.clone(), self.options.dry_run, Arc::new(group));
        let written = self.catalog.db.write(move |tx| {
            let decided = commit::commit(tx, &clock, &group)?;
            // A dry run does the same and takes it back.
            if dry_run { Err(Refusal::DryRun(decided)) } else { Ok(decided) }
        });
        match written.await {
            Ok(decided) => Ok(decided),
            Err(Refusal::DryRun(decided)) => Ok(decided.into_iter().map(Decided::without_new_ids).collect()),
            Err(Refusal::Db(e)) => Err(e.into()),
        }
    }

    /// Stores the file as its master's object, unless there is one; returns the object's name. The name holds the file's
    /// own hash, so that two imports of one master in different wrappings never write to the same object.
    async fn store_master(
        &self,
        file: &Candidate,
        examined: &Examined,
    ) -> Result<Result<String, Refused>, ImportError> {
        let Some(measured) = &examined.measured else { return Ok(Ok(String::new())) };
        let (id, sha256) = (examined.facts.id.clone(), &examined.file_sha256);
        let object_key = format!("masters/{id}-{}.{}", sha256.get(..16).unwrap_or(sha256), measured.container);
        let there = self.catalog.db.read(move |tx| commit::has_master(tx, &id)).await?;
        if there || self.options.dry_run {
            return Ok(Ok(object_key));
        }
        self.catalog.files.put_file(&object_key, &file.path).await?;
        let still = std::fs::metadata(&file.path).map(|meta| (meta.len(), modified_us(&meta)));
        match still {
            Ok(now) if now == (file.bytes, file.modified_us) => Ok(Ok(object_key)),
            _ => {
                let message = "the file changed while it was being read; import it again".to_owned();
                Ok(Err(Refused { reason: Reason::Unreadable, message }))
            }
        }
    }

    /// The cover of a release: the picture in its first file that holds one, else the one beside the music. A picture that
    /// cannot be used is a warning.
    async fn cover(
        &self,
        files: &[(Candidate, File)],
        beside: Option<Picture>,
    ) -> Result<(Option<CoverRow>, Option<String>), ImportError> {
        let embedded = files.iter().find_map(|(candidate, file)| {
            let id = file.examined.picture.clone()?;
            Some((Picture { id, path: candidate.path.clone() }, true))
        });
        let mut warning = None;
        for (picture, embedded) in embedded.into_iter().chain(beside.map(|picture| (picture, false))) {
            let id = picture.id.clone();
            if let Some(row) = self.catalog.db.read(move |tx| commit::cover_row(tx, &id)).await? {
                return Ok((Some(row), warning));
            }
            match blocking(move || prepared(&picture, embedded)).await? {
                Ok(cover) => return Ok((Some(self.store_cover(cover).await?), warning)),
                Err(why) => warning = joined(warning, Some(format!("no cover: {why}"))),
            }
        }
        Ok((None, warning))
    }

    async fn store_cover(&self, made: cover::Cover) -> Result<CoverRow, ImportError> {
        let embedded = made.embedded;
        let object_key = cover::embedded_key(&made.id);
        if !self.options.dry_run {
            for cover::Shown { size, jpeg, webp } in made.shown {
                self.catalog.files.put(&cover::object_key(&made.id, size), jpeg.into()).await?;
                self.catalog.files.put(&cover::webp_key(&made.id, size), webp.into()).await?;
            }
            self.catalog.files.put(&object_key, embedded.data.into()).await?;
        }
        Ok(CoverRow { id: made.id, object_key, width: embedded.width, height: embedded.height })
    }
}

enum Plan {
    Unchanged(Vec<FileOutcome>, u64),
    Examine(Planned),
}

fn unchanged((file, known): (&Candidate, Known)) -> FileOutcome {
    FileOutcome {
        path: file.path.clone(),
        state: FileState::Unchanged,
        reason: None,
        message: None,
        release_id: Some(known.release_id),
        track_id: Some(known.track_id),
        master_id: Some(known.master.id),
        provenance: known.provenance,
    }
}

fn file_of(candidate: &Candidate, examined: Examined, folder_cover: Option<String>, object_key: String) -> File {
    File {
        path_key: path_key(&candidate.path),
        bytes: candidate.bytes,
        modified_us: candidate.modified_us,
        disc: candidate.disc,
        folder_cover,
        object_key,
        examined,
    }
}

fn outcome(candidate: &Candidate, decided: Decided) -> FileOutcome {
    FileOutcome {
        path: candidate.path.clone(),
        state: decided.state,
        reason: None,
        message: decided.message,
        release_id: decided.release_id,
        track_id: decided.track_id,
        master_id: Some(decided.master_id),
        provenance: Some(decided.provenance),
    }
}

/// A path as the database keeps it; one that is no text as its bytes.
fn path_key(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("bytes:{}", hex::encode(path.as_os_str().as_encoded_bytes())),
    }
}

/// The picture beside the music: in the release's folder, else in those of its discs.
fn beside(folder: &Path, discs: &[PathBuf]) -> Option<Picture> {
    let mut places = vec![folder.to_owned()];
    places.extend(discs.iter().cloned());
    places.dedup();
    places.iter().find_map(|place| cover_in(place))
}

fn cover_in(folder: &Path) -> Option<Picture> {
    let mut found: Vec<(usize, usize, PathBuf)> = Vec::new();
    for path in std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()) {
        let lower =
            |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().to_lowercase()).unwrap_or_default();
        let name = COVER_NAMES.iter().position(|name| *name == lower(path.file_stem()));
        let ending = COVER_ENDINGS.iter().position(|ending| *ending == lower(path.extension()));
        let usable = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= MAX_COVER_FILE_BYTES);
        if let (Some(name), Some(ending), true) = (name, ending, usable) {
            found.push((name, ending, path));
        }
    }
    let (_, _, path) = found.into_iter().min()?;
    Some(Picture { id: examine::file_sha256(&path).ok()?, path })
}

/// Reads a picture and makes a cover of it.
fn prepared(picture: &Picture, embedded: bool) -> Result<cover::Cover, String> {
    let bytes = if embedded {
        embedded_picture(&picture.path)?
    } else {
        std::fs::read(&picture.path).map_err(|e| e.to_string())?
    };
    if cover::id_of(&bytes) != picture.id {
        return Err("the picture changed while it was being read".to_owned());
    }
    cover::prepare(&bytes)
}

fn embedded_picture(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let read = audio::tags::read(Box::new(std::io::BufReader::new(file))).map_err(|e| e.to_string())?;
    read.tags.picture.map(|picture| picture.data).ok_or_else(|| "the picture is gone".to_owned())
}

/// Counts what is done.
struct Meter {
    files: u64,
    bytes: u64,
    files_done: AtomicU64,
    bytes_done: AtomicU64,
    tell: OnProgress,
}

impl Meter {
    fn new(folders: &[Folder], tell: OnProgress) -> Meter {
        let files = || folders.iter().flat_map(|folder| &folder.files);
        let (files, bytes) = (files().count() as u64, files().map(|file| file.bytes).sum());
        Meter { files, bytes, files_done: AtomicU64::new(0), bytes_done: AtomicU64::new(0), tell }
    }

    fn done(&self, files: u64, bytes: u64) {
        let files_done = self.files_done.fetch_add(files, Ordering::Relaxed) + files;
        let bytes_done = self.bytes_done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.tell)(Progress { files: self.files, files_done, bytes: self.bytes, bytes_done });
    }
}

/// Starts the threads. Each takes the next file until none is left.
fn start(planned: &[Planned], examiner: &Examiner, threads: usize, meter: Arc<Meter>) -> Workers {
    let jobs = planned.iter().enumerate().flat_map(|(folder, planned)| {
        let files = planned.files.iter().zip(&planned.known).enumerate();
        files.map(move |(place, (file, known))| (folder, place, file.clone(), known.clone()))
    });
    let jobs: Arc<Vec<_>> = Arc::new(jobs.collect());
    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (answer, answers) = mpsc::unbounded_channel();
    for _ in 0..threads.clamp(1, jobs.len().max(1)) {
        let (jobs, next, stop, answer, meter) =
            (jobs.clone(), next.clone(), stop.clone(), answer.clone(), meter.clone());
        let examiner = examiner.clone();
        std::thread::spawn(move || {
            while let Some((folder, place, file, known)) = jobs.get(next.fetch_add(1, Ordering::Relaxed))
                && !stop.load(Ordering::Relaxed)
            {
                let examined = examined(&examiner, file, known.as_ref(), &meter);
                // Nobody listens any more when the run was given up.
                let _ = answer.send(Answer { folder: *folder, file: *place, examined });
            }
        });
    }
    Workers { answers, stop }
}

fn examined(examiner: &Examiner, file: &Candidate, known: Option<&Known>, meter: &Meter) -> Result<Examined, Refused> {
    let mut told = 0;
    // Samples whose past nobody asked for yet are decoded again.
    let known_sha256 = known.filter(|known| known.provenance.is_some()).map(|known| known.file_sha256.as_str());
    let seen = examiner.see(&file.path, known_sha256, &mut |thousandths| {
        let now = file.bytes * thousandths.min(1_000) / 1_000;
        meter.done(0, now - told);
        told = now;
    });
    meter.done(1, file.bytes - told);
    examine::decided(seen, known)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ImportError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| ImportError::Worker(e.to_string()))
}

impl From<CatalogError> for ImportError {
    fn from(error: CatalogError) -> ImportError {
        match error {
            CatalogError::Db(e) => e.into(),
            CatalogError::Files(e) => e.into(),
        }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Refusal {
        Refusal::Db(error)
    }
}
