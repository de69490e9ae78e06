//! Search: an index of releases, artists and tracks that follows the catalogue's change sequence. Only one process writes
//! it (`serve`); a lost or foreign index is built anew, and answers what it has meanwhile.

mod entry;
pub mod words;
mod index;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{IndexWriter, Order, TantivyDocument, Term};
use tokio::sync::Mutex;

use crate::db::{Db, DbError, Tx};
use crate::page::Page;
use crate::params;

use entry::Entry;
use index::{Fields, Mark, Open};

/// Changes that are indexed in one commit.
const CHANGES_AT_ONCE: i64 = 500;
/// Characters of a question that count.
pub const MAX_QUERY_CHARS: usize = 200;
/// Words of a question that count.
pub const MAX_QUERY_WORDS: usize = 12;
/// How deep one can page.
pub const MAX_DEPTH: usize = 10_000;
/// Characters from which on a question may be a code (ISRC, GTIN, catalogue number).
const MIN_CODE_CHARS: usize = 4;

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
    Release,
    Track,
}

impl Kind {
    /// As an address writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Artist => "artist",
            Kind::Release => "release",
            Kind::Track => "track",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::Artist, Kind::Release, Kind::Track].into_iter().find(|kind| kind.as_str() == text)
    }

    /// Artists before releases before tracks, and the newest of a kind first.
    fn rank(self, newest_us: u64) -> u64 {
        let kind = match self {
            Kind::Artist => 3,
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
    /// Title, or the artist's name.
    pub title: String,
    /// Who is credited; empty for an artist.
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
    artists: Vec<String>,
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
                open.replace(&mut taken, &batch.releases, &batch.artists, &batch.entries, batch.mark)?;
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
        let mut artists = BTreeSet::new();
        for release in &releases {
            artists.extend(open.former_artists(release)?);
        }
        let mark = Mark { seq: last.0, release: last.1 };
        let batch = db.read(move |tx| {
            let mut entries = Vec::new();
            for release in &releases {
                entries.extend(entry::of_release(tx, release)?);
            }
            artists.extend(entries.iter().flat_map(|entry| entry.artists.iter().cloned()));
            for artist in &artists {
                entries.extend(entry::of_artist(tx, artist)?);
            }
            Ok::<_, DbError>(Batch { changes, mark, releases, artists: artists.into_iter().collect(), entries })
        });
        Ok(batch.await?)
    }

    /// A page of what matches every word of `text` as the beginning of a word, or `text` as a code. Without `kind`: artists
    /// first, then releases, then tracks; within a kind the newest first. `after` is the `next` of the page before.
    pub fn find(
        &self,
        text: &str,
        kind: Option<Kind>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Hit>, SearchError> {
        let nothing = Page { items: Vec::new(), next: None };
        let from = after.and_then(|after| after.parse::<usize>().ok()).unwrap_or(0);
        let (Some(open), true) = (self.current(), from < MAX_DEPTH) else { return Ok(nothing) };
        let Some(query) = question(&open.fields, text, kind) else { return Ok(nothing) };
        let searcher = open.reader.searcher();
        let best = TopDocs::with_limit(limit as usize + 1).and_offset(from);
        let found = searcher.search(&query, &best.order_by_fast_field::<u64>(index::RANK, Order::Desc))?;
        let mut hits = Vec::with_capacity(found.len());
        for (_, address) in found {
            hits.extend(hit(&open.fields, &searcher.doc(address)?));
        }
        let next = (from + limit as usize).to_string();
        Ok(Page::cut(hits, limit, |_| next.clone()))
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

fn question(fields: &Fields, text: &str, kind: Option<Kind>) -> Option<BooleanQuery> {
    let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
    let words = words::fold(&text).take(MAX_QUERY_WORDS).map(|word| beginning(fields, &word));
    let words: Vec<Box<dyn Query>> = words.collect();
    if words.is_empty() {
        return None;
    }
    let mut either: Vec<Box<dyn Query>> = vec![Box::new(BooleanQuery::intersection(words))];
    let code = words::code(&text);
    if code.chars().count() >= MIN_CODE_CHARS {
        either.push(exact(Term::from_field_text(fields.code, &code)));
    }
    let mut all: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(BooleanQuery::union(either)))];
    if let Some(kind) = kind {
        all.push((Occur::Must, exact(Term::from_field_text(fields.kind, kind.as_str()))));
    }
    Some(BooleanQuery::new(all))
}

fn exact(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

/// A word as the beginning of a word.
fn beginning(fields: &Fields, word: &str) -> Box<dyn Query> {
    if word.chars().count() <= words::HEAD_CHARS {
        return exact(Term::from_field_text(fields.head, word));
    }
    Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(fields.word, word), 0, false))
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
