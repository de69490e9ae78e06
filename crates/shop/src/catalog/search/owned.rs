//! The documents of some owners: of releases with their tracks, of artists and labels. They are found by reading the column of
//! owners once, however many are asked for; a term for each of them would be a twentieth of the index.

use std::collections::BTreeSet;
use std::sync::Arc;

use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{BitSet, DocId, Score, SegmentReader, TantivyError};

/// The column of what a document goes with: of a release and its tracks the release's id, of an artist or a label its own.
pub(super) const OWNER: &str = "owner";

/// Asks for everything that these own.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    ids: Arc<[String]>,
}

impl Owned {
    /// By these.
    pub(super) fn by<'a>(ids: impl Iterator<Item = &'a String>) -> Owned {
        Owned { ids: ids.cloned().collect() }
    }

    /// Its documents in a segment, in order, with those that were deleted.
    pub(super) fn documents(&self, segment: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
        let Some(owners) = segment.fast_fields().str(OWNER)? else { return Ok(Vec::new()) };
        let mut wanted = BTreeSet::new();
        for id in self.ids.iter() {
            wanted.extend(owners.dictionary().term_ord(id)?);
        }
        let Some((first, last)) = wanted.first().zip(wanted.last()) else { return Ok(Vec::new()) };
        let mut documents = Vec::new();
        let among = |owner: &u64| (first..=last).contains(&owner) && wanted.contains(owner);
        for doc in 0..segment.max_doc() {
            if owners.ords().first(doc).as_ref().is_some_and(among) {
                documents.push(doc);
            }
        }
        Ok(documents)
    }
}

impl Query for Owned {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Owned {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut all = BitSet::with_max_value(segment.max_doc());
        for doc in self.documents(segment)? {
            all.insert(doc);
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(all), boost)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        match self.documents(segment)?.binary_search(&doc) {
            Ok(_) => Ok(Explanation::new("owned", 1.0)),
            Err(_) => Err(TantivyError::InvalidArgument(format!("document {doc} is another's"))),
        }
    }
}
