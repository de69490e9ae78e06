//! Conditions, and the documents that meet them: in the order of the index, which is by rank, so that of what many meet only the
//! first are looked at. The word with the fewest documents leads.

use std::io;
use std::sync::Arc;

use tantivy::postings::{BlockSegmentPostings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

use super::marks::Marks;
use super::typos::Near;
use super::{Kind, words};

/// Lists that are read side by side; more of them are put together first.
const MAX_SIDE_BY_SIDE: usize = 8;
/// What it takes to look a document up in a list, in documents that are read one after the other.
const SEEK_COST: u64 = 8;
/// Documents that are put in order by sorting; more of them are marked.
const MAX_SORTED: u64 = 2_000;

/// What a document has to have.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// One of these terms.
    Term(Vec<Pattern>),
    /// All of these.
    All(Vec<Wanted>),
    /// One of these.
    Any(Vec<Wanted>),
}

/// Terms of a field.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub field: Field,
    pub text: String,
    pub how: How,
}

/// How terms are like a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// They are it.
    Whole,
    /// They begin with it.
    Beginning,
    /// They are it but for so many typos at most.
    Typos(u8),
    /// They begin with it but for so many.
    TyposInBeginning(u8),
}

impl Wanted {
    /// What is surely rare first: long words before short ones.
    fn letters(&self) -> usize {
        match self {
            Wanted::Term(patterns) => patterns.iter().map(|pattern| pattern.text.len()).max().unwrap_or(0),
            Wanted::All(all) | Wanted::Any(all) => all.iter().map(Wanted::letters).max().unwrap_or(0),
        }
    }
}

/// How many of the documents are needed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    All,
    /// So many living ones are enough.
    First(usize),
    /// Those that are among so many others at the most.
    Among(u64),
}

/// The documents of a kind in a segment that have what is wanted.
pub(super) fn documents(segment: &SegmentReader, kind: Kind, wanted: &Wanted, need: Need) -> tantivy::Result<Docs> {
    Ok(match wanted {
        Wanted::Term(patterns) => of_terms(segment, kind, patterns, need)?,
        Wanted::All(wanted) => {
            let mut wanted: Vec<&Wanted> = wanted.iter().collect();
            wanted.sort_by_key(|wanted| std::cmp::Reverse(wanted.letters()));
            let mut need = if wanted.len() == 1 { need } else { Need::All };
            let mut all = Vec::with_capacity(wanted.len());
            for wanted in wanted {
                let docs = documents(segment, kind, wanted, need)?;
                need = match (need, docs.most()) {
                    (_, 0) => return Ok(Docs::None),
                    (Need::Among(fewest), most) => Need::Among(fewest.min(most)),
                    (_, most) => Need::Among(most),
                };
                all.push(docs);
            }
            Docs::all(all)
        }
        Wanted::Any(wanted) => {
            let mut any = Vec::with_capacity(wanted.len());
            for wanted in wanted {
                any.push(documents(segment, kind, wanted, need)?);
            }
            any.retain(|docs| docs.most() > 0);
            match any.len() {
                0 => Docs::None,
                1 => any.remove(0),
                _ => Docs::Any(any),
            }
        }
    })
}

/// Marks all documents of a kind in a segment that have what is wanted.
pub(super) fn mark(segment: &SegmentReader, kind: Kind, wanted: &Wanted, marks: &mut Marks) -> tantivy::Result<()> {
    match wanted {
        Wanted::Term(patterns) => {
            for lists in Lists::of(segment, kind, patterns)? {
                lists.mark(marks)?;
            }
        }
        Wanted::Any(any) => any.iter().try_for_each(|wanted| mark(segment, kind, wanted, marks))?,
        Wanted::All(all) if all.len() == 1 => mark(segment, kind, &all[0], marks)?,
        Wanted::All(_) => match documents(segment, kind, wanted, Need::All)? {
            Docs::Marked { marks: found, .. } => marks.add(&found),
            mut found => {
                let mut doc = found.next(0);
                while doc != TERMINATED {
                    marks.mark(&[doc]);
                    doc = found.next(doc + 1);
                }
            }
        },
    }
    Ok(())
}

/// The lists of a field whose terms are wanted.
struct Lists {
    index: Arc<InvertedIndexReader>,
    terms: Vec<TermInfo>,
}

impl Lists {
    fn of(segment: &SegmentReader, kind: Kind, patterns: &[Pattern]) -> tantivy::Result<Vec<Lists>> {
        let lists = patterns.iter().map(|pattern| {
            let index = segment.inverted_index(pattern.field)?;
            let terms = terms(&index, kind, pattern)?;
            Ok(Lists { index, terms })
        });
        lists.collect()
    }

    fn open(&self) -> impl Iterator<Item = io::Result<SegmentPostings>> {
        self.terms.iter().map(|term| self.index.read_postings_from_terminfo(term, IndexRecordOption::Basic))
    }

    /// Gives one list after the other, block by block, each where it begins.
    fn each(&self, mut take: impl FnMut(&mut BlockSegmentPostings)) -> io::Result<()> {
        let Some((first, others)) = self.terms.split_first() else { return Ok(()) };
        let mut blocks = self.index.read_block_postings_from_terminfo(first, IndexRecordOption::Basic)?;
        take(&mut blocks);
        for term in others {
            self.index.reset_block_postings_from_terminfo(term, &mut blocks)?;
            take(&mut blocks);
        }
        Ok(())
    }

    /// The documents of all lists, some at a time.
    fn documents(&self, mut take: impl FnMut(&[DocId])) -> io::Result<()> {
        self.each(|blocks| {
            while blocks.block_len() > 0 {
                take(blocks.docs());
                blocks.advance();
            }
        })
    }

    fn mark(&self, marks: &mut Marks) -> io::Result<()> {
        self.documents(|docs| marks.mark(docs))
    }
}

fn of_terms(segment: &SegmentReader, kind: Kind, patterns: &[Pattern], need: Need) -> tantivy::Result<Docs> {
    let lists = Lists::of(segment, kind, patterns)?;
    let count: usize = lists.iter().map(|lists| lists.terms.len()).sum();
    let most: u64 = lists.iter().flat_map(|lists| &lists.terms).map(|term| u64::from(term.doc_freq)).sum();
    let all = || lists.iter().flat_map(Lists::open).collect::<io::Result<Vec<_>>>();
    Ok(match (count, need) {
        (0, _) => Docs::None,
        (1, _) => all()?.pop().map_or(Docs::None, |list| Docs::One(Box::new(list))),
        (2..=MAX_SIDE_BY_SIDE, _) => Docs::Few(all()?),
        // Looking each of the others up in all lists is less than reading these.
        (count, Need::Among(others)) if others * count as u64 * SEEK_COST < most => Docs::Few(all()?),
        (_, Need::First(first)) => Docs::Listed { docs: firsts(segment, &lists, first)?, at: 0 },
        _ => together(segment, &lists, most)?,
    })
}

/// Some of the terms may be the same.
fn terms(index: &InvertedIndexReader, kind: Kind, pattern: &Pattern) -> io::Result<Vec<TermInfo>> {
    let (dictionary, of) = (index.terms(), kind.letter());
    if words::is_told(&pattern.text) && matches!(kind, Kind::Artist | Kind::Label) {
        return Ok(Vec::new());
    }
    let whole = || format!("{of}{}", pattern.text);
    let near = |typos, is_beginning| Near::new(of as u8, &pattern.text, typos, is_beginning);
    let mut found = Vec::new();
    let (near, typos) = match pattern.how {
        How::Whole | How::Typos(0) => {
            found.extend(dictionary.get(whole())?);
            return Ok(found);
        }
        How::Beginning | How::TyposInBeginning(0) => {
            let begin = whole();
            // No letter's byte is as high.
            let end = [begin.as_bytes(), &[0xff]].concat();
            let mut terms = dictionary.range().ge(&begin).lt(&end).into_stream()?;
            while terms.advance() {
                found.push(terms.value().clone());
            }
            return Ok(found);
        }
        How::Typos(typos) => (near(typos, false), typos),
        How::TyposInBeginning(typos) => (near(typos, true), typos),
    };
    if let Some(near) = near {
        let mut terms = dictionary.search(&near).into_stream()?;
        while terms.advance() {
            let term = terms.key().get(1..).and_then(|term| std::str::from_utf8(term).ok()).unwrap_or_default();
            if is_meant(term, pattern, typos) {
                found.push(terms.value().clone());
            }
        }
    }
    Ok(found)
}

/// Whether a term that is near may have been meant: typos need letters, and nobody mistakes the first one of a word that he has only begun.
fn is_meant(term: &str, pattern: &Pattern, typos: u8) -> bool {
    match pattern.how {
        _ if words::is_told(term) => false,
        How::TyposInBeginning(_) => term.chars().next() == pattern.text.chars().next(),
        _ => typos <= words::typos_in(&pattern.text, term),
    }
}

/// Of many lists the documents that are among the first living ones of one of them, each once and in order.
fn firsts(segment: &SegmentReader, lists: &[Lists], first: usize) -> io::Result<Vec<DocId>> {
    let alive = segment.alive_bitset();
    let mut firsts = Vec::new();
    for lists in lists {
        lists.each(|blocks| {
            let enough = firsts.len() + first;
            while blocks.block_len() > 0 && firsts.len() < enough {
                let living = blocks.docs().iter().copied().filter(|doc| alive.is_none_or(|alive| alive.is_alive(*doc)));
                firsts.extend(living.take(enough - firsts.len()));
                blocks.advance();
            }
        })?;
    }
    firsts.sort_unstable();
    firsts.dedup();
    Ok(firsts)
}

/// The documents of many lists, `most` at the most, each once and in order.
fn together(segment: &SegmentReader, lists: &[Lists], most: u64) -> io::Result<Docs> {
    if most > MAX_SORTED {
        let mut marks = Marks::none(segment);
        lists.iter().try_for_each(|lists| lists.mark(&mut marks))?;
        return Ok(Docs::marked(marks));
    }
    let mut docs = Vec::new();
    lists.iter().try_for_each(|lists| lists.documents(|some| docs.extend_from_slice(some)))?;
    docs.sort_unstable();
    docs.dedup();
    Ok(Docs::Listed { docs, at: 0 })
}

/// Documents in order, read on from where one stands.
pub(super) enum Docs {
    None,
    One(Box<SegmentPostings>),
    Few(Vec<SegmentPostings>),
    Listed {
        docs: Vec<DocId>,
        at: usize,
    },
    Marked {
        marks: Marks,
        count: u64,
    },
    /// Those that are in each; the shortest leads.
    All(Vec<Docs>),
    Any(Vec<Docs>),
}

impl Docs {
    fn marked(marks: Marks) -> Docs {
        Docs::Marked { count: marks.count(), marks }
    }

    /// Those that are in each of these.
    fn all(all: Vec<Docs>) -> Docs {
        let mut marked: Option<Marks> = None;
        let mut others = Vec::with_capacity(all.len());
        for docs in all {
            match (docs, &mut marked) {
                (Docs::Marked { marks, .. }, Some(marked)) => marked.keep(&marks),
                (Docs::Marked { marks, .. }, none) => *none = Some(marks),
                (docs, _) => others.push(docs),
            }
        }
        let mut all = others;
        all.extend(marked.map(Docs::marked));
        all.sort_by_key(Docs::most);
        if all.len() == 1 { all.remove(0) } else { Docs::All(all) }
    }

    /// How many there may be.
    pub(super) fn most(&self) -> u64 {
        match self {
            Docs::None => 0,
            Docs::One(list) => u64::from(list.size_hint()),
            Docs::Few(lists) => lists.iter().map(|list| u64::from(list.size_hint())).sum(),
            Docs::Listed { docs, .. } => docs.len() as u64,
            Docs::Marked { count, .. } => *count,
            Docs::All(all) => all.iter().map(Docs::most).min().unwrap_or(0),
            Docs::Any(any) => any.iter().map(Docs::most).sum(),
        }
    }

    /// The first document from `from` on, or [`TERMINATED`]. Never asked for one before the last.
    pub(super) fn next(&mut self, from: DocId) -> DocId {
        match self {
            Docs::None => TERMINATED,
            Docs::One(list) => next_in(list, from),
            Docs::Few(lists) => lists.iter_mut().map(|list| next_in(list, from)).min().unwrap_or(TERMINATED),
            Docs::Listed { docs, at } => {
                *at += docs[*at..].partition_point(|doc| *doc < from);
                docs.get(*at).copied().unwrap_or(TERMINATED)
            }
            Docs::Marked { marks, .. } => marks.next(from),
            Docs::All(all) => next_in_all(all, from),
            Docs::Any(any) => any.iter_mut().map(|docs| docs.next(from)).min().unwrap_or(TERMINATED),
        }
    }
}

fn next_in(docs: &mut SegmentPostings, from: DocId) -> DocId {
    if docs.doc() >= from { docs.doc() } else { docs.seek(from) }
}

fn next_in_all(all: &mut [Docs], from: DocId) -> DocId {
    let Some((lead, others)) = all.split_first_mut() else { return TERMINATED };
    let mut candidate = lead.next(from);
    'candidates: while candidate != TERMINATED {
        for other in others.iter_mut() {
            let reached = other.next(candidate);
            if reached != candidate {
                candidate = lead.next(reached);
                continue 'candidates;
            }
        }
        break;
    }
    candidate
}
