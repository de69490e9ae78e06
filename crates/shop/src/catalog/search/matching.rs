//! Conditions, and the documents that meet them: in the order of the index, which is by rank, so that of what many meet only the
//! first are looked at. The word with the fewest documents leads.

use std::io;

use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

use super::Kind;
use super::typos::Near;

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

fn of_terms(segment: &SegmentReader, kind: Kind, patterns: &[Pattern], need: Need) -> tantivy::Result<Docs> {
    let mut lists = Vec::new();
    for pattern in patterns {
        let index = segment.inverted_index(pattern.field)?;
        for term in terms(&index, kind, pattern)? {
            lists.push(index.read_postings_from_terminfo(&term, IndexRecordOption::Basic)?);
        }
    }
    lists.retain(|list| list.doc() != TERMINATED);
    let most = |lists: &[SegmentPostings]| lists.iter().map(|list| u64::from(list.size_hint())).sum::<u64>();
    Ok(match (lists.len(), need) {
        (0, _) => Docs::None,
        (1, _) => Docs::One(Box::new(lists.remove(0))),
        (2..=MAX_SIDE_BY_SIDE, _) => Docs::Few(lists),
        // Looking each of the others up in all lists is less than reading these.
        (count, Need::Among(others)) if others * count as u64 * SEEK_COST < most(&lists) => Docs::Few(lists),
        (_, Need::First(first)) => Docs::Listed { docs: together(segment, lists, Some(first)), at: 0 },
        _ => Docs::Listed { docs: together(segment, lists, None), at: 0 },
    })
}

/// Some of the terms may be the same.
fn terms(index: &InvertedIndexReader, kind: Kind, pattern: &Pattern) -> io::Result<Vec<TermInfo>> {
    let (dictionary, of) = (index.terms(), kind.letter());
    let whole = || format!("{of}{}", pattern.text);
    let near = |typos, is_beginning| Near::new(of as u8, &pattern.text, typos, is_beginning);
    let mut found = Vec::new();
    let near = match pattern.how {
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
        How::Typos(typos) => near(typos, false),
        How::TyposInBeginning(typos) => near(typos, true),
    };
    if let Some(near) = near {
        let mut terms = dictionary.search(&near).into_stream()?;
        while terms.advance() {
            found.push(terms.value().clone());
        }
    }
    Ok(found)
}

/// The documents of many lists, each once and in order. Where the first living ones are enough, these are among the first of each list.
fn together(segment: &SegmentReader, lists: Vec<SegmentPostings>, first: Option<usize>) -> Vec<DocId> {
    let most: u64 = lists.iter().map(|list| u64::from(list.size_hint())).sum();
    if first.is_none() && most > MAX_SORTED {
        return marked(segment, lists);
    }
    let alive = segment.alive_bitset();
    let mut docs = Vec::new();
    for mut list in lists {
        let mut taken = 0;
        while list.doc() != TERMINATED && first.is_none_or(|first| taken < first) {
            if alive.is_none_or(|alive| alive.is_alive(list.doc())) {
                docs.push(list.doc());
                taken += 1;
            }
            list.advance();
        }
    }
    docs.sort_unstable();
    docs.dedup();
    docs
}

/// The same for many documents: a bit for each that there is.
fn marked(segment: &SegmentReader, lists: Vec<SegmentPostings>) -> Vec<DocId> {
    let mut marks = vec![0u64; segment.max_doc() as usize / 64 + 1];
    for mut list in lists {
        while list.doc() != TERMINATED {
            marks[list.doc() as usize / 64] |= 1 << (list.doc() % 64);
            list.advance();
        }
    }
    let mut docs = Vec::new();
    for (place, mut marks) in marks.into_iter().enumerate() {
        while marks != 0 {
            docs.push(place as DocId * 64 + marks.trailing_zeros());
            marks &= marks - 1;
        }
    }
    docs
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
    /// Those that are in each; the shortest leads.
    All(Vec<Docs>),
    Any(Vec<Docs>),
}

impl Docs {
    /// Those that are in each of these.
    fn all(mut all: Vec<Docs>) -> Docs {
        all.sort_by_key(Docs::most);
        if all.len() == 1 { all.remove(0) } else { Docs::All(all) }
    }

    /// How many there may be.
    fn most(&self) -> u64 {
        match self {
            Docs::None => 0,
            Docs::One(list) => u64::from(list.size_hint()),
            Docs::Few(lists) => lists.iter().map(|list| u64::from(list.size_hint())).sum(),
            Docs::Listed { docs, .. } => docs.len() as u64,
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
