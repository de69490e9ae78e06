//! Looking for what answers to a question, reading by reading, in every segment of the index; and counting it.

use std::collections::HashSet;

use tantivy::{DocAddress, DocId, SegmentReader, TERMINATED};

use super::facets::{Counting, Counts, Narrow};
use super::index::{Fields, Open};
use super::matching::{Docs, Need, Wanted, documents};
use super::question::Question;
use super::{Found, Kind};

/// What is looked for.
pub(super) struct Asked<'a> {
    pub kinds: &'a [Kind],
    pub narrow: &'a Narrow,
    /// Readings of which the later ones come behind the earlier ones.
    pub group: &'a [Wanted],
}

/// A document that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    kind: Kind,
    address: DocAddress,
}

impl Place {
    /// What it is about; none if the index is damaged.
    pub(super) fn found(self, open: &Open) -> Option<Found> {
        open.seen.columns[self.address.segment_ord as usize].found(self.kind, self.address.doc_id)
    }
}

/// The readings of a question, group by group.
pub(super) fn groups(question: &Question, fields: Fields) -> impl Iterator<Item = (usize, Vec<Wanted>)> {
    let mut readings = question.readings(fields).peekable();
    std::iter::from_fn(move || {
        let (group, first) = readings.next()?;
        let mut all = vec![first];
        while let Some((_, wanted)) = readings.next_if(|(next, _)| *next == group) {
            all.push(wanted);
        }
        Some((group, all))
    })
}

/// Finds `most` documents or some more: of a reading the best of each kind, kind by kind.
pub(super) fn look(open: &Open, asked: &Asked, most: usize, found: &mut Vec<Place>) -> tantivy::Result<()> {
    let mut seen = HashSet::new();
    for wanted in asked.group {
        for kind in asked.kinds {
            if found.len() >= most {
                return Ok(());
            }
            // Those that an earlier reading found may be the first again.
            let best = best(open, (*kind, wanted, asked.narrow), most)?.into_iter();
            let new = best.filter(|address| seen.insert(*address));
            found.extend(new.map(|address| Place { kind: *kind, address }));
        }
    }
    Ok(())
}

/// The best documents of a kind in one reading.
fn best(
    open: &Open,
    (kind, wanted, narrow): (Kind, &Wanted, &Narrow),
    most: usize,
) -> tantivy::Result<Vec<DocAddress>> {
    let segments = open.seen.searcher.segment_readers();
    let mut ranked = Vec::new();
    for ((number, segment), columns) in (0..).zip(segments).zip(&open.seen.columns) {
        let need = if narrow.is_all() { Need::First(most) } else { Need::All };
        let (mut docs, narrowed) = (documents(segment, kind, wanted, need)?, narrow.within(segment)?);
        let found = living(segment, &mut docs).filter(|doc| narrowed.admits(*doc)).take(most);
        ranked.extend(found.map(|doc| (columns.rank(doc), DocAddress::new(number, doc))));
    }
    if segments.len() > 1 {
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(most);
    }
    Ok(ranked.into_iter().map(|(_, address)| address).collect())
}

/// Counts all documents that answer in any of the readings.
pub(super) fn count(open: &Open, asked: &Asked, mut counting: Counting) -> tantivy::Result<Counts> {
    for (segment, columns) in open.seen.searcher.segment_readers().iter().zip(&open.seen.columns) {
        let narrowed = asked.narrow.within(segment)?;
        for kind in asked.kinds.iter().filter(|kind| matches!(kind, Kind::Release | Kind::Track)) {
            let readings = asked.group.iter().map(|wanted| documents(segment, *kind, wanted, Need::All));
            let mut any = Docs::Any(readings.collect::<tantivy::Result<_>>()?);
            let living = living(segment, &mut any).filter(|doc| narrowed.admits(*doc));
            counting.add((segment, &columns.tags), living)?;
        }
    }
    Ok(counting.counts())
}

/// The documents that nobody deleted.
fn living<'d>(segment: &'d SegmentReader, docs: &'d mut Docs) -> impl Iterator<Item = DocId> + 'd {
    let mut from = 0;
    std::iter::from_fn(move || {
        let doc = docs.next(from);
        from = doc + 1;
        (doc != TERMINATED).then_some(doc)
    })
    .filter(|doc| segment.alive_bitset().is_none_or(|alive| alive.is_alive(*doc)))
}
