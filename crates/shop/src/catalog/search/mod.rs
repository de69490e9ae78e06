//! Search: an index of artists, labels, releases and tracks that follows the catalogue's change sequence. Only one process writes
//! it (`serve`); a lost or foreign index is built anew, and answers what it has meanwhile.

mod entry;
pub mod sound;
pub mod keyboard;
pub mod words;
mod packed;
mod owned;
mod facts;
mod index;
mod build;
mod typos;
mod marks;
mod matching;
mod question;
mod facets;
mod looking;
mod hits;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use tantivy::IndexWriter;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::db::{Db, DbError, Tx};
use crate::page::Page;
use crate::params;

use entry::Entry;
use facets::Counting;
pub use facets::{Choices, Counts, MAX_CHOICES, Narrow};
pub use hits::Hit;
pub(super) use hits::{KeptHits, hits};
use index::{Mark, Open};
use looking::{Answer, Asked, Most, answer};
use question::Question;
pub use question::Way;

/// Changes that are indexed in one commit.
const CHANGES_AT_ONCE: i64 = 500;
/// Changes that are followed one by one; behind more the index is built anew.
const MOST_FOLLOWED: i64 = 20_000;
/// Characters of a question that count.
pub const MAX_QUERY_CHARS: usize = 200;
/// Words of a question that count.
pub const MAX_QUERY_WORDS: usize = 12;
/// How exactly the index knows when something came: finer, and every document would take more bits.
const INSTANT_US: i64 = 60_000_000;
/// How deep one can page.
pub const MAX_DEPTH: usize = 10_000;

/// What can go wrong with a search.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process writes this index.
    #[error("another process writes the search index")]
    Locked,
    /// The index failed; for the log.
    #[error("the search index failed: {0}")]
    Index(String),
    /// Its folder failed; for the log.
    #[error("the folder of the search index failed: {0}")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> SearchError {
        match error {
            tantivy::TantivyError::LockFailure(..) => SearchError::Locked,
            other => SearchError::Index(other.to_string()),
        }
    }
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Artist,
    Label,
    Release,
    Track,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Artist, Kind::Release, Kind::Track, Kind::Label];
    /// The same as results come: see [`Kind::rank`].
    const BY_RANK: [Kind; 4] = [Kind::Artist, Kind::Label, Kind::Release, Kind::Track];

    /// As an address writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Artist => "artist",
            Kind::Label => "label",
            Kind::Release => "release",
            Kind::Track => "track",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Artists before labels before releases before tracks, of a kind the most popular first, of these the newest. In few bits: every
    /// document has one. What came within an instant came at once, and stands as it was written: tracks in their order.
    fn rank(self, level: u64, created_us: i64) -> u64 {
        let kind = match self {
            Kind::Artist => 3,
            Kind::Label => 2,
            Kind::Release => 1,
            Kind::Track => 0,
        };
        let newest = u64::try_from(created_us / INSTANT_US).unwrap_or(0).min((1 << 32) - 1);
        kind << 38 | level.min(63) << 32 | newest
    }

    /// Begins the terms of its documents.
    fn letter(self) -> char {
        match self {
            Kind::Artist => 'a',
            Kind::Label => 'l',
            Kind::Release => 'r',
            Kind::Track => 't',
        }
    }
}

/// How good a master is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// It was lossy once, as its samples show.
    Lossy,
    /// Up to 16 bits and 48 kHz.
    Cd,
    /// More than that.
    HiRes,
}

impl Quality {
    /// All, the least first.
    pub const ALL: [Quality; 3] = [Quality::Lossy, Quality::Cd, Quality::HiRes];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Quality::Lossy => "lossy",
            Quality::Cd => "cd",
            Quality::HiRes => "hires",
        }
    }

    /// Reads what [`Quality::as_str`] writes.
    pub fn parse(text: &str) -> Option<Quality> {
        Quality::ALL.into_iter().find(|quality| quality.as_str() == text)
    }

    fn of(is_lossy: bool, rate_hz: u64, bits: u32) -> Quality {
        match (is_lossy, rate_hz > 48_000 || bits > 16) {
            (true, _) => Quality::Lossy,
            (false, true) => Quality::HiRes,
            (false, false) => Quality::Cd,
        }
    }
}

/// What was found; [`super::Catalog::hits`] says more of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its id, or that of its release if it is a track.
    pub owner: String,
    /// Where a track stands on its release.
    pub medium: u64,
    /// The same.
    pub number: u64,
}

/// What a page of results shows.
#[derive(Debug, Default)]
pub struct Results {
    /// What was found; without a next page where all kinds stand on one.
    pub page: Page<Found>,
    /// What it could be narrowed down to.
    pub counts: Counts,
    /// In which way it was found; none where nothing was.
    pub way: Option<Way>,
}

/// The search. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    /// `None` until the first index is there.
    open: RwLock<Option<Open>>,
    /// How many there were.
    opened: AtomicU64,
    /// Taken by whoever follows.
    writer: Mutex<Option<IndexWriter>>,
    /// Taken by whoever wants nobody to follow for a while.
    held: Arc<Mutex<()>>,
}

/// What has to be changed in the index.
struct Batch {
    changes: u64,
    mark: Mark,
    releases: Vec<String>,
    /// Artists and labels.
    named: Vec<String>,
    entries: Vec<Entry>,
}

impl Search {
    /// Opens the index in `folder` for reading. Nothing is written there before [`Search::follow`] is called.
    pub fn open(folder: &Path) -> Search {
        let shared = Shared {
            folder: folder.to_owned(),
            open: RwLock::new(index::open(folder)),
            opened: AtomicU64::new(0),
            writer: Mutex::new(None),
            held: Arc::default(),
        };
        Search { shared: Arc::new(shared) }
    }

    /// Lets the index stand as it is until the returned guard goes: what changes meanwhile is taken in afterwards, at once.
    pub async fn hold(&self) -> OwnedMutexGuard<()> {
        self.shared.held.clone().lock_owned().await
    }

    /// Brings the index up to the catalogue's present state; returns how many changes it took in. To be called by one
    /// process, again and again. A failure leaves the index as it was and the next call goes on from there.
    pub async fn follow(&self, db: &Db) -> Result<u64, SearchError> {
        let Ok(_free) = self.shared.held.try_lock() else { return Ok(0) };
        let mut writer = self.shared.writer.lock().await;
        let followed = self.follow_locked(db, &mut writer).await;
        if followed.is_err() {
            // Whatever is wrong with it, the next call opens the index anew, and builds it when it cannot be opened.
            *writer = None;
            self.set(index::open(&self.shared.folder));
        }
        followed
    }

    async fn follow_locked(&self, db: &Db, writer: &mut Option<IndexWriter>) -> Result<u64, SearchError> {
        let mut done = 0;
        loop {
            let Some(mut open) = self.current() else {
                done += self.build_anew(db, writer).await?;
                continue;
            };
            let mark = open.mark.clone();
            let Some(changed) = db.read(move |tx| changed_since(tx, &mark)).await? else {
                done += self.build_anew(db, writer).await?;
                continue;
            };
            if !open.has_facts() {
                blocking({
                    let open = open.clone();
                    move || open.read_facts()
                })
                .await?;
            }
            if changed.is_empty() {
                return Ok(done);
            }
            let batch = self.batch(db, &open, changed).await?;
            done += batch.changes;
            let mut taken = match writer.take() {
                Some(writer) => writer,
                None => open.writer()?,
            };
            let (open, back) = blocking(move || {
                open.replace(&mut taken, &batch.releases, &batch.named, &batch.entries, batch.mark)?;
                open.read_facts()?;
                Ok((open, taken))
            })
            .await?;
            *writer = Some(back);
            self.set(Some(open));
        }
    }

    /// Builds the index from what the catalogue is now; returns how many changes that takes in. What there is answers meanwhile.
    async fn build_anew(&self, db: &Db, writer: &mut Option<IndexWriter>) -> Result<u64, SearchError> {
        let known = self.current();
        if let Some(open) = &known
            && writer.is_none()
        {
            // Not while another process writes it.
            *writer = Some(open.writer()?);
        }
        let open = build::build(&self.shared.folder, db, |grown| {
            if known.is_none() {
                self.set(Some(grown));
            }
        });
        let open = open.await?;
        // The lock of the old one, which is gone.
        *writer = None;
        let changes = open.mark.seq.unsigned_abs();
        self.set(Some(open));
        Ok(changes)
    }

    async fn batch(&self, db: &Db, open: &Open, changed: Vec<(i64, String)>) -> Result<Batch, SearchError> {
        let changes = changed.len() as u64;
        let last = changed.last().cloned().unwrap_or_default();
        let releases: BTreeSet<String> = changed.into_iter().map(|(_, release)| release).collect();
        let releases: Vec<String> = releases.into_iter().collect();
        let [artists, labels] = open.former(&releases)?;
        let mark = Mark { seq: last.0, release: last.1 };
        let batch = db.read(move |tx| {
            let mut entries = entry::of_releases(tx, &releases)?;
            let [now_artists, now_labels] = entry::named_in(&entries);
            let artists: Vec<String> = artists.union(&now_artists).cloned().collect();
            let labels: Vec<String> = labels.union(&now_labels).cloned().collect();
            entries.extend(entry::of_artists(tx, &artists)?);
            entries.extend(entry::of_labels(tx, &labels)?);
            let named = artists.into_iter().chain(labels).collect();
            Ok::<_, DbError>(Batch { changes, mark, releases, named, entries })
        });
        Ok(batch.await?)
    }

    /// A page of what answers to every word of `text`, or has it as a code: first what is named so, then whole words, then
    /// beginnings of words, then what sounds so; where there is nothing, what the other keyboard or some typos make of it.
    /// Within each of these artists first, then labels, releases and tracks unless `kind` says one; within a kind the newest
    /// first. `after` is the `next` of the page before.
    pub fn find(
        &self,
        text: &str,
        kind: Option<Kind>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Found>, SearchError> {
        Ok(self.find_among((text, kind), &Narrow::default(), (after, limit))?.0)
    }

    /// The same among what [`Narrow`] leaves, and in which way it was found: none where nothing was.
    pub fn find_among(
        &self,
        asked: (&str, Option<Kind>),
        narrow: &Narrow,
        (after, limit): (Option<&str>, u32),
    ) -> Result<(Page<Found>, Option<Way>), SearchError> {
        self.asked(asked, narrow, |asked, question| match paged(asked, question, after, limit)? {
            (Some(answer), from) => Ok((page(asked, &answer, from, limit), Some(answer.way(asked)?))),
            _ => Ok(Default::default()),
        })
    }

    /// The best of each kind, at most `limit` of one, as [`Search::find`] finds them. A kind that could only be had by reading
    /// the question more freely than another is left out.
    pub fn overview(&self, text: &str, limit: u32) -> Result<Vec<Found>, SearchError> {
        self.asked((text, None), &Narrow::default(), |asked, question| {
            let answer = answer(asked, question, Most::OfEachKind(limit as usize))?;
            Ok(answer.map_or(Vec::new(), |answer| found(asked, &answer)))
        })
    }

    /// What the releases and tracks among all results could be narrowed down to; `bounds_s` cuts lengths into ranges, `choices` says for
    /// which genre a tag counts.
    pub fn counts(
        &self,
        asked: (&str, Option<Kind>),
        narrow: &Narrow,
        (bounds_s, choices): (Vec<u64>, Choices),
    ) -> Result<Counts, SearchError> {
        self.asked(asked, narrow, |asked, question| match answer(asked, question, Most::OfAll(1))? {
            Some(answer) => answer.count(asked, Counting::new(bounds_s, choices)),
            None => Ok(Counts::default()),
        })
    }

    /// All that a page of results shows, the question read once: of one kind what [`Search::find_among`] finds, of all the best of each,
    /// as [`Search::overview`] finds them; with [`Search::counts`].
    pub fn results(
        &self,
        asked: (&str, Option<Kind>),
        narrow: &Narrow,
        (after, limit): (Option<&str>, u32),
        (bounds_s, choices): (Vec<u64>, Choices),
    ) -> Result<Results, SearchError> {
        let kind = asked.1;
        self.asked(asked, narrow, |asked, question| {
            let (answer, from) = match kind {
                None => (answer(asked, question, Most::OfEachKind(limit as usize))?, 0),
                Some(_) => paged(asked, question, after, limit)?,
            };
            let Some(answer) = answer else { return Ok(Results::default()) };
            let page = match kind {
                None => Page { items: found(asked, &answer), next: None },
                Some(_) => page(asked, &answer, from, limit),
            };
            let counts = answer.count(asked, Counting::new(bounds_s, choices))?;
            Ok(Results { page, counts, way: Some(answer.way(asked)?) })
        })
    }

    /// What answers a question; nothing if it has no words or there is no index.
    fn asked<T: Default>(
        &self,
        (text, kind): (&str, Option<Kind>),
        narrow: &Narrow,
        answered: impl FnOnce(&Asked, &Rc<Question>) -> tantivy::Result<T>,
    ) -> Result<T, SearchError> {
        let (Some(open), Some(question)) = (self.current(), Question::new(text)) else { return Ok(T::default()) };
        let kinds = kind.as_ref().map_or(&Kind::BY_RANK[..], std::slice::from_ref);
        let within = narrow.within(&open)?;
        Ok(answered(&Asked { open: &open, kinds, within: &within }, &question)?)
    }

    /// How many releases there are that an artist is credited on, as a whole or for a track.
    pub fn releases_of(&self, artist: &str) -> Result<u64, SearchError> {
        let Some(open) = self.current() else { return Ok(0) };
        let counts = open.seen.segments().map(|(segment, columns)| columns.releases_of(segment, artist));
        Ok(counts.sum::<tantivy::Result<u64>>()?)
    }

    /// Where the index's bytes lie: what for, and how many; the most first.
    pub fn bytes(&self) -> Result<Vec<(String, u64)>, SearchError> {
        self.current().map_or(Ok(Vec::new()), |open| open.bytes())
    }

    fn current(&self) -> Option<Open> {
        self.shared.open.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn set(&self, open: Option<Open>) {
        *self.shared.open.write().unwrap_or_else(|e| e.into_inner()) = open;
        self.shared.opened.fetch_add(1, Ordering::Release);
    }

    /// A number that grows whenever something else may be found than before.
    pub fn seen(&self) -> u64 {
        self.shared.opened.load(Ordering::Acquire)
    }
}

/// An answer that is long enough for a page, and where this begins.
fn paged(
    asked: &Asked,
    question: &Rc<Question>,
    after: Option<&str>,
    limit: u32,
) -> tantivy::Result<(Option<Answer>, usize)> {
    let from = after.and_then(|after| after.parse::<usize>().ok()).unwrap_or(0);
    if from >= MAX_DEPTH {
        return Ok((None, from));
    }
    Ok((answer(asked, question, Most::OfAll(from + limit as usize + 1))?, from))
}

fn page(asked: &Asked, answer: &Answer, from: usize, limit: u32) -> Page<Found> {
    let next = (from + limit as usize).to_string();
    let Page { items, next } = Page::cut(answer.places.iter().skip(from).collect(), limit, |_| next.clone());
    Page { items: items.into_iter().filter_map(|place| place.found(asked.open)).collect(), next }
}

fn found(asked: &Asked, answer: &Answer) -> Vec<Found> {
    answer.places.iter().filter_map(|place| place.found(asked.open)).collect()
}

/// The changes behind a mark, in order, at most [`CHANGES_AT_ONCE`]; `None` when the mark is not of this catalogue, or so far
/// behind that all of it is read sooner than what changed.
fn changed_since(tx: &mut Tx, mark: &Mark) -> Result<Option<Vec<(i64, String)>>, DbError> {
    if mark.seq > 0 {
        let at_mark = tx.row("SELECT release_id FROM catalog_changes WHERE seq = $1", params![mark.seq])?;
        match at_mark {
            Some(row) if row.get::<String>(0)? == mark.release => {}
            _ => return Ok(None),
        }
    }
    let last = build::last_change(tx)?;
    if last.seq - mark.seq > MOST_FOLLOWED {
        return Ok(None);
    }
    let sql = "SELECT seq, release_id FROM catalog_changes WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows = tx.rows(sql, params![mark.seq, CHANGES_AT_ONCE])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Some)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| SearchError::Index(e.to_string()))?
}
