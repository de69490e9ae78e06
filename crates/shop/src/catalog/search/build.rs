//! Building the index anew, all at once: beside the one that answers meanwhile, which it then takes the place of. Where there is
//! none, what is built answers as it grows.

use std::path::Path;

use tantivy::IndexWriter;
use tantivy::indexer::NoMergePolicy;

use super::entry::{self, Entry};
use super::index::{self, Mark, Open};
use super::{Kind, SearchError, blocking};
use crate::db::{Db, DbError, Tx};

/// Releases, artists or labels that are read at once.
const READ_AT_ONCE: i64 = 200;
/// Entries after which what is built can be searched.
const PUBLISHED_AT_ONCE: u64 = 200_000;
/// Threads that write, and what they collect before they write a segment.
const THREADS: usize = 2;
const WRITER_BYTES: usize = 200_000_000;
/// The kinds in the order in which they are built: what has entries of its own first.
const KINDS: [Kind; 3] = [Kind::Release, Kind::Artist, Kind::Label];

/// How far the catalogue has come, for the mark of an index that is built from what it is now.
pub(super) fn last_change(tx: &mut Tx) -> Result<Mark, DbError> {
    let row = tx.row("SELECT seq, release_id FROM catalog_changes ORDER BY seq DESC LIMIT 1", &[])?;
    row.map_or(Ok(Mark::default()), |row| Ok(Mark { seq: row.get(0)?, release: row.get(1)? }))
}

/// What is being built.
struct Building {
    open: Open,
    writer: IndexWriter,
    written: u64,
    published: u64,
}

impl Building {
    fn add(&mut self, entries: &[Entry]) -> Result<(), SearchError> {
        self.open.add(&self.writer, entries)?;
        self.written += entries.len() as u64;
        Ok(())
    }

    /// Lets what is there be searched; nobody takes it for whole.
    fn publish(&mut self) -> Result<(), SearchError> {
        self.published = self.written;
        self.writer.commit()?;
        self.open.renew()
    }

    /// One segment, so that a search looks in one place.
    fn finish(mut self, mark: &Mark) -> Result<(), SearchError> {
        self.writer.commit()?;
        let segments = self.open.index.searchable_segment_ids()?;
        if segments.len() > 1 {
            self.writer.merge(&segments).wait()?;
        }
        self.open.seal(&mut self.writer, mark)?;
        self.writer.garbage_collect_files().wait()?;
        Ok(self.writer.wait_merging_threads()?)
    }
}

/// Builds an index of the whole catalogue and returns it, open. `grown` is given what can be searched so far.
pub(super) async fn build(folder: &Path, db: &Db, grown: impl Fn(Open)) -> Result<Open, SearchError> {
    let mark = db.read(last_change).await?;
    tracing::info!(changes = mark.seq, "the search index is built anew");
    let place = folder.to_owned();
    let mut building = blocking(move || {
        let open = index::create_beside(&place)?;
        let writer = open.index.writer_with_num_threads(THREADS, WRITER_BYTES)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Building { open, writer, written: 0, published: 0 })
    })
    .await?;
    for kind in KINDS {
        let mut next = tokio::spawn(read(db.clone(), kind, String::new()));
        loop {
            let (last, entries) = next.await.map_err(|e| SearchError::Index(e.to_string()))??;
            let Some(last) = last else { break };
            // The next ones are read while these are written.
            next = tokio::spawn(read(db.clone(), kind, last));
            building = blocking(move || {
                building.add(&entries)?;
                if building.written - building.published >= PUBLISHED_AT_ONCE {
                    building.publish()?;
                    tracing::info!(entries = building.written, "the search index grows");
                }
                Ok(building)
            })
            .await?;
            grown(building.open.clone());
        }
    }
    let (written, place) = (building.written, folder.to_owned());
    let open = blocking(move || {
        building.finish(&mark)?;
        let open = index::take_place(&place)?;
        open.read_facts()?;
        Ok(open)
    });
    let open = open.await?;
    tracing::info!(entries = written, "the search index is whole");
    Ok(open)
}

/// The entries of a page of ids, and the last of these; none behind the end.
async fn read(db: Db, kind: Kind, after: String) -> Result<(Option<String>, Vec<Entry>), DbError> {
    db.read(move |tx| {
        let ids = entry::ids_after(tx, kind, &after, READ_AT_ONCE)?;
        let entries = match kind {
            Kind::Artist => entry::of_artists(tx, &ids)?,
            Kind::Label => entry::of_labels(tx, &ids)?,
            Kind::Release | Kind::Track => entry::of_releases(tx, &ids)?,
        };
        Ok((ids.last().cloned(), entries))
    })
    .await
}
