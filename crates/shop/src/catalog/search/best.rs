//! The first documents that match, in the order of the index: by rank, best first. Not one is looked at that is not wanted.

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::query::Weight;
use tantivy::{DocAddress, DocId, DocSet, Score, SegmentOrdinal, SegmentReader, TERMINATED};

use super::index::RANK;

/// At most so many of them.
pub(super) struct Best(pub usize);

/// Those of one segment, with their rank.
type Ranked = Vec<(u64, DocAddress)>;

/// What [`Collector`] asks for; [`Best::collect_segment`] does its work.
pub(super) struct Unused;

impl SegmentCollector for Unused {
    type Fruit = Ranked;

    fn collect(&mut self, _doc: DocId, _score: Score) {}

    fn harvest(self) -> Ranked {
        Vec::new()
    }
}

impl Collector for Best {
    type Fruit = Ranked;
    type Child = Unused;

    fn for_segment(&self, _segment: SegmentOrdinal, _reader: &SegmentReader) -> tantivy::Result<Unused> {
        Ok(Unused)
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<Ranked> {
        let ranks = reader.fast_fields().u64(RANK)?.first_or_default_col(0);
        let mut matching = weight.scorer(reader, 1.0)?;
        let mut found = Vec::with_capacity(self.0.min(64));
        let mut doc = matching.doc();
        while doc != TERMINATED && found.len() < self.0 {
            if reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                found.push((ranks.get_val(doc), DocAddress::new(segment, doc)));
            }
            doc = matching.advance();
        }
        Ok(found)
    }

    fn merge_fruits(&self, segments: Vec<Ranked>) -> tantivy::Result<Ranked> {
        let mut all: Ranked = segments.into_iter().flatten().collect();
        all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        all.truncate(self.0);
        Ok(all)
    }
}
