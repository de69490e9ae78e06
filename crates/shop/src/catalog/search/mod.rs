//! Search: an index of artists, labels, releases and tracks that follows the catalogue's change sequence. Only one process writes
//! it (`serve`); a lost or foreign index is built anew, and answers what it has meanwhile.

mod entry;
pub mod sound;
pub mod keyboard;
pub mod words;
mod index;
mod best;
mod question;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tantivy::schema::Value as _;
use tantivy::{IndexWriter, TantivyDocument};
use tokio::sync::Mutex;

use crate::db::{Db, DbError, Tx};
use crate::page::Page;
use crate::params;

use best::Best;
use entry::Entry;
use index::{Fields, Mark, Open};
use question::Question;

/// Changes that are indexed in one commit.
const CHANGES_AT_ONCE: i64 = 500;
/// Characters of a question that count.
pub const MAX_QUERY_CHARS: usize = 200;
/// Words of a question that count.
pub const MAX_QUERY_WORDS: usize = 12;
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

    /// Artists before labels before releases before tracks, and the newest of a kind first.
    fn rank(self, newest_us: u64) -> u64 {
        let kind = match self {
            Kind::Artist => 4,
            Kind::Label => 3,
            Kind::Release => 2,
            Kind::Track => 1,
        };
        kind << 60 | newest_us.min((1 << 60) - 1)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// The release of a release or track.
    pub release_id: Option<String>,
    /// Title, or the name of an artist or label.
    pub title: String,
    /// Who is credited; empty for an artist or label.
    pub credit: String,
    /// The cover's id.
    pub cover: Option<String>,
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
    /// Taken by whoever follows.
    writer: Mutex<Option<IndexWriter>>,
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
        let shared =
            Shared { folder: folder.to_owned(), open: RwLock::new(index::open(folder)), writer: Mutex::new(None) };
        Search { shared: Arc::new(shared) }
    }

    /// Brings the index up to the catalogue's present state; returns how many changes it took in. To be called by one
    /// process, again and again. A failure leaves the index as it was and the next call goes on from there.
    pub async fn follow(&self, db: &Db) -> Result<u64, SearchError> {
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
                self.build_anew(writer).await?;
                continue;
            };
            let mark = open.mark.clone();
            let Some(changed) = db.read(move |tx| changed_since(tx, &mark)).await? else {
                self.build_anew(writer).await?;
                continue;
            };
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
                Ok((open, taken))
            })
            .await?;
            *writer = Some(back);
            self.set(Some(open));
        }
    }

    /// Starts with an empty index. The lock of the old one is let go first.
    async fn build_anew(&self, writer: &mut Option<IndexWriter>) -> Result<(), SearchError> {
        let folder = self.shared.folder.clone();
        if let Some(open) = self.current()
            && writer.is_none()
        {
            // Not while another process writes it.
            *writer = Some(open.writer()?);
        }
        *writer = None;
        let open = blocking(move || index::create(&folder)).await?;
        self.set(Some(open));
        Ok(())
    }

    async fn batch(&self, db: &Db, open: &Open, changed: Vec<(i64, String)>) -> Result<Batch, SearchError> {
        let changes = changed.len() as u64;
        let last = changed.last().cloned().unwrap_or_default();
        let releases: BTreeSet<String> = changed.into_iter().map(|(_, release)| release).collect();
        let releases: Vec<String> = releases.into_iter().collect();
        let (mut artists, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for release in &releases {
            let [former_artists, former_labels] = open.former(release)?;
            artists.extend(former_artists);
            labels.extend(former_labels);
        }
        let mark = Mark { seq: last.0, release: last.1 };
        let batch = db.read(move |tx| {
            let mut entries = Vec::new();
            for release in &releases {
                entries.extend(entry::of_release(tx, release)?);
            }
            artists.extend(entries.iter().flat_map(|entry| entry.artists.iter().cloned()));
            labels.extend(entries.iter().filter_map(|entry| entry.label.clone()));
            for artist in &artists {
                entries.extend(entry::of_artist(tx, artist)?);
            }
            for label in &labels {
                entries.extend(entry::of_label(tx, label)?);
            }
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
    ) -> Result<Page<Hit>, SearchError> {
        let from = after.and_then(|after| after.parse::<usize>().ok()).unwrap_or(0);
        let (_, hits) = self.look(text, kind, from, limit as usize + 1)?;
        let next = (from + limit as usize).to_string();
        Ok(Page::cut(hits, limit, |_| next.clone()))
    }

    /// The best of each kind, at most `limit` of one, as [`Search::find`] finds them. A kind that could only be had by reading
    /// the question more freely than another is left out.
    pub fn overview(&self, text: &str, limit: u32) -> Result<Vec<Hit>, SearchError> {
        let mut looks = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            looks.push(self.look(text, Some(kind), 0, limit as usize)?);
        }
        let nearest = looks.iter().filter(|(_, hits)| !hits.is_empty()).map(|(group, _)| *group).min();
        let near = looks.into_iter().filter(|(group, _)| Some(*group) == nearest);
        Ok(near.flat_map(|(_, hits)| hits).collect())
    }

    /// What is found from a place on, and how freely the question had to be read.
    fn look(
        &self,
        text: &str,
        kind: Option<Kind>,
        from: usize,
        limit: usize,
    ) -> Result<(usize, Vec<Hit>), SearchError> {
        let nothing = (usize::MAX, Vec::new());
        let (Some(open), true) = (self.current(), from < MAX_DEPTH) else { return Ok(nothing) };
        let Some(question) = Question::new(text) else { return Ok(nothing) };
        let (searcher, wanted) = (open.reader.searcher(), from + limit);
        let (mut found, mut seen, mut found_in) = (Vec::new(), HashSet::new(), None);
        for (group, query) in question.queries(open.fields, kind) {
            if found.len() >= wanted || found_in.is_some_and(|found_in| found_in != group) {
                break;
            }
            // Those that an earlier reading found may be the first again.
            let best = searcher.search(&query, &Best(wanted))?;
            found.extend(best.into_iter().map(|(_, address)| address).filter(|address| seen.insert(*address)));
            found_in = found_in.or((!found.is_empty()).then_some(group));
        }
        found.truncate(wanted);
        let mut hits = Vec::new();
        for address in found.into_iter().skip(from) {
            hits.extend(hit(&open.fields, &searcher.doc(address)?));
        }
        Ok((found_in.unwrap_or(usize::MAX), hits))
    }

    fn current(&self) -> Option<Open> {
        self.shared.open.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn set(&self, open: Option<Open>) {
        *self.shared.open.write().unwrap_or_else(|e| e.into_inner()) = open;
    }
}

/// The changes behind a mark, in order, at most [`CHANGES_AT_ONCE`]; `None` when the mark is not of this catalogue.
fn changed_since(tx: &mut Tx, mark: &Mark) -> Result<Option<Vec<(i64, String)>>, DbError> {
    if mark.seq > 0 {
        let at_mark = tx.row("SELECT release_id FROM catalog_changes WHERE seq = $1", params![mark.seq])?;
        match at_mark {
            Some(row) if row.get::<String>(0)? == mark.release => {}
            _ => return Ok(None),
        }
    }
    let sql = "SELECT seq, release_id FROM catalog_changes WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows = tx.rows(sql, params![mark.seq, CHANGES_AT_ONCE])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Some)
}

fn hit(fields: &Fields, document: &TantivyDocument) -> Option<Hit> {
    let text = |field| document.get_first(field).and_then(|value| value.as_str().map(str::to_owned));
    Some(Hit {
        kind: Kind::parse(&text(fields.kind)?)?,
        id: text(fields.id)?,
        release_id: text(fields.release),
        title: text(fields.title)?,
        credit: text(fields.credit).unwrap_or_default(),
        cover: text(fields.cover),
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| SearchError::Index(e.to_string()))?
}
