//! Looking for what answers to a question, reading by reading, in every segment of the index; and counting it.

use std::collections::HashSet;
use std::rc::Rc;

use tantivy::{DocAddress, DocId, SegmentReader, TERMINATED};

use super::facets::{Counting, Counts, Narrowed};
use super::index::Open;
use super::marks::Marks;
use super::matching::{Docs, Need, Wanted, documents, mark};
use super::question::{Group, Question, Way};
use super::{Found, Kind};

/// What is looked for.
pub(super) struct Asked<'a> {
    pub open: &'a Open,
    pub kinds: &'a [Kind],
    /// Of each segment.
    pub within: &'a [Narrowed<'a>],
}

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Most {
    OfAll(usize),
    OfEachKind(usize),
}

/// What was found, and by which readings.
pub(super) struct Answer {
    pub places: Vec<Place>,
    group: Group,
}

/// A document that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    kind: Kind,
    address: DocAddress,
    /// Which of the readings found it, from 0 on.
    reading: usize,
}

impl Place {
    /// What it is about; none if the index is damaged.
    pub(super) fn found(self, open: &Open) -> Option<Found> {
        open.seen.columns[self.address.segment_ord as usize].found(self.kind, self.address.doc_id)
    }
}

/// What the first readings find that find something.
pub(super) fn answer(asked: &Asked, question: &Rc<Question>, most: Most) -> tantivy::Result<Option<Answer>> {
    for group in question.groups(asked.open.fields) {
        if let Some(answer) = answer_of(asked, group, most)? {
            return Ok(Some(answer));
        }
    }
    by_some_words(asked, question, most)
}

fn answer_of(asked: &Asked, group: Group, most: Most) -> tantivy::Result<Option<Answer>> {
    let places = match most {
        Most::OfAll(most) => look(asked, group.all(), most)?,
        Most::OfEachKind(most) => {
            let (mut named, mut others) = (Vec::new(), Vec::new());
            for kind in &Kind::ALL {
                let asked = Asked { kinds: std::slice::from_ref(kind), ..*asked };
                let places = look(&asked, group.all(), most)?;
                let is_named = places.first().is_some_and(|place| place.reading == 0);
                if is_named { &mut named } else { &mut others }.extend(places.into_iter().take(most));
            }
            // A kind of which something is named so comes before those of which nothing is.
            named.append(&mut others);
            named
        }
    };
    Ok((!places.is_empty()).then_some(Answer { places, group }))
}

/// What has some of the words, where nothing has all: those that are nowhere are left out, then those that are in most.
fn by_some_words(asked: &Asked, question: &Rc<Question>, most: Most) -> tantivy::Result<Option<Answer>> {
    let mut found = Vec::new();
    for (place, wanted) in question.one_by_one(asked.open.fields).iter().enumerate() {
        let mut documents_of = 0;
        for (segment, _) in asked.open.seen.segments() {
            for kind in asked.kinds {
                documents_of += documents(segment, *kind, wanted, Need::All)?.most();
            }
        }
        found.extend((documents_of > 0).then_some((documents_of, place)));
    }
    found.sort_unstable();
    for few in (1..=found.len()).rev() {
        let mut places: Vec<usize> = found[..few].iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        let Some(group) = question.with(asked.open.fields, &places) else { continue };
        if let Some(answer) = answer_of(asked, group, most)? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// Finds `most` documents or some more: of a reading the best of each kind, kind by kind.
fn look<'w>(asked: &Asked, readings: impl Iterator<Item = &'w Wanted>, most: usize) -> tantivy::Result<Vec<Place>> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for (reading, wanted) in readings.enumerate() {
        for kind in asked.kinds {
            if found.len() >= most {
                return Ok(found);
            }
            // Those that an earlier reading found may be the first again.
            let new = best(asked, *kind, wanted, most)?.into_iter().filter(|address| seen.insert(*address));
            found.extend(new.map(|address| Place { kind: *kind, address, reading }));
        }
    }
    Ok(found)
}

/// The best documents of a kind in one reading.
fn best(asked: &Asked, kind: Kind, wanted: &Wanted, most: usize) -> tantivy::Result<Vec<DocAddress>> {
    let mut ranked = Vec::new();
    for ((number, (segment, columns)), narrowed) in (0..).zip(asked.open.seen.segments()).zip(asked.within) {
        let need = if narrowed.is_all() { Need::First(most) } else { Need::All };
        let mut docs = documents(segment, kind, wanted, need)?;
        let found = living(segment, &mut docs).filter(|doc| narrowed.admits(*doc)).take(most);
        ranked.extend(found.map(|doc| (columns.rank(doc), DocAddress::new(number, doc))));
    }
    if asked.within.len() > 1 {
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(most);
    }
    Ok(ranked.into_iter().map(|(_, address)| address).collect())
}

impl Answer {
    /// In which way it was found.
    pub(super) fn way(&self, asked: &Asked) -> tantivy::Result<Way> {
        match self.group.way {
            Way::Typed if look(asked, self.group.by_letters(), 1)?.is_empty() => Ok(Way::Sound),
            way => Ok(way),
        }
    }

    /// Counts all releases and tracks that answer in any of these readings.
    pub(super) fn count(&self, asked: &Asked, mut counting: Counting) -> tantivy::Result<Counts> {
        for ((segment, columns), narrowed) in asked.open.seen.segments().zip(asked.within) {
            let mut marks = Marks::none(segment);
            for kind in asked.kinds.iter().filter(|kind| matches!(kind, Kind::Release | Kind::Track)) {
                self.group.widest().try_for_each(|wanted| mark(segment, *kind, wanted, &mut marks))?;
            }
            let (mut tally, alive) = (counting.tally(columns.facts(segment)?), segment.alive_bitset());
            marks.each(|doc| {
                if alive.is_none_or(|alive| alive.is_alive(doc)) && narrowed.admits(doc) {
                    tally.count(doc);
                }
            });
            counting.add(tally);
        }
        Ok(counting.counts())
    }
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
