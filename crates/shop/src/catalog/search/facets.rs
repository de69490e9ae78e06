//! Narrowing results down, and counting what one could narrow them down to.

use std::collections::HashMap;
use std::ops::Range;

use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

use super::Quality;
use super::index::{GENRES, LABEL, LANGUAGE, LENGTH, QUALITY, YEAR};
use super::tags::{LazyTags, Tags};

/// Choices of a facet at the most.
pub const MAX_CHOICES: usize = 12;

/// What results are narrowed down to; nothing: they are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// One of these genres, by their ids; empty: any.
    pub genres: Vec<String>,
    /// A label's id.
    pub label: Option<String>,
    /// ISO 639-3.
    pub language: Option<String>,
    /// Of the masters.
    pub quality: Option<Quality>,
    /// From the first to the last.
    pub years: Option<(u64, u64)>,
    /// Seconds: at least, and less than.
    pub length_s: Option<(u64, u64)>,
}

/// What one could narrow down to, with how many results each would leave; the fullest first, at most [`MAX_CHOICES`] each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Releases and tracks.
    pub results: u64,
    /// By id.
    pub genres: Vec<(String, u64)>,
    /// By id.
    pub labels: Vec<(String, u64)>,
    /// ISO 639-3.
    pub languages: Vec<(String, u64)>,
    /// By name.
    pub qualities: Vec<(String, u64)>,
    /// The first year of each decade, the latest first.
    pub decades: Vec<(u64, u64)>,
    /// In the order of the bounds that were given: below the first, between the first and the second, …, from the last on.
    pub lengths: Vec<u64>,
}

impl Narrow {
    /// Whether it leaves everything.
    pub(super) fn is_all(&self) -> bool {
        *self == Narrow::default()
    }

    /// The same for the documents of a segment.
    pub(super) fn within(&self, segment: &SegmentReader) -> tantivy::Result<Narrowed> {
        let fast = segment.fast_fields();
        let quality = self.quality.map(|quality| quality.as_str().to_owned());
        let mut texts = Vec::new();
        for (field, value) in [(LABEL, &self.label), (LANGUAGE, &self.language), (QUALITY, &quality)] {
            if let Some(value) = value {
                texts.push(Among::of(fast.str(field)?, |text| text == value)?);
            }
        }
        if !self.genres.is_empty() {
            let has_one = |genres: &str| genres.split(' ').any(|id| self.genres.iter().any(|genre| genre == id));
            texts.push(Among::of(fast.str(GENRES)?, has_one)?);
        }
        let mut numbers = Vec::new();
        if let Some((from, until)) = self.years {
            numbers.push((fast.u64(YEAR)?, from..until.saturating_add(1)));
        }
        if let Some((from, until)) = self.length_s {
            numbers.push((fast.u64(LENGTH)?, from..until));
        }
        Ok(Narrowed { texts, numbers })
    }
}

/// What documents of a segment have to have.
pub(super) struct Narrowed {
    texts: Vec<Among>,
    numbers: Vec<(Column<u64>, Range<u64>)>,
}

impl Narrowed {
    /// Whether a document has it.
    pub(super) fn admits(&self, doc: DocId) -> bool {
        self.texts.iter().all(|texts| texts.has(doc))
            && self
                .numbers
                .iter()
                .all(|(column, range)| column.first(doc).is_some_and(|number| range.contains(&number)))
    }
}

/// Some of the texts of a column.
struct Among {
    column: Option<StrColumn>,
    is_one: Vec<bool>,
}

impl Among {
    fn of(column: Option<StrColumn>, is_one: impl Fn(&str) -> bool) -> tantivy::Result<Among> {
        let mut ones = Vec::new();
        if let Some(column) = &column {
            let mut texts = column.dictionary().stream()?;
            while texts.advance() {
                ones.push(std::str::from_utf8(texts.key()).is_ok_and(&is_one));
            }
        }
        Ok(Among { column, is_one: ones })
    }

    fn has(&self, doc: DocId) -> bool {
        let ord = self.column.as_ref().and_then(|column| column.ords().first(doc));
        ord.is_some_and(|ord| self.is_one.get(ord as usize) == Some(&true))
    }
}

/// For which genre a tag counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    of_tag: HashMap<String, String>,
    has_others: bool,
}

impl Choices {
    /// By tag; `has_others`: a tag that is not among them counts for itself, else for nothing.
    pub fn new(of_tag: HashMap<String, String>, has_others: bool) -> Choices {
        Choices { of_tag, has_others }
    }

    /// The genre that a tag counts for.
    pub fn of<'a>(&'a self, tag: &'a str) -> Option<&'a str> {
        let other = self.has_others.then_some(tag);
        self.of_tag.get(tag).map(String::as_str).or(other)
    }
}

/// Counts what is found in the segments, one after the other.
pub(super) struct Counting {
    /// Seconds, ascending.
    bounds_s: Vec<u64>,
    /// For which genre a tag counts.
    choices: Choices,
    sum: Part,
}

/// Names of one field, and how often each number of them came.
struct Names {
    column: Option<StrColumn>,
    counts: Vec<u64>,
}

impl Names {
    fn of(reader: &SegmentReader, field: &str) -> tantivy::Result<Names> {
        let column = reader.fast_fields().str(field)?;
        let counts = vec![0; column.as_ref().map_or(0, |column| column.num_terms())];
        Ok(Names { column, counts })
    }

    /// A document has one of them at the most.
    fn count(&mut self, doc: DocId) {
        let ord = self.column.as_ref().and_then(|column| column.ords().first(doc));
        if let Some(count) = ord.and_then(|ord| self.counts.get_mut(ord as usize)) {
            *count += 1;
        }
    }

    /// What was counted, by name.
    fn counted(&self) -> impl Iterator<Item = (String, u64)> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.filter_map(|(ord, count)| {
            let mut name = String::new();
            let is_there = self.column.as_ref()?.ord_to_str(ord as u64, &mut name).unwrap_or(false);
            is_there.then_some((name, *count))
        })
    }

    /// The fullest of this segment, several times as many as are shown, since segments are added up.
    fn fullest(&self) -> Vec<(String, u64)> {
        let least = {
            let mut counts: Vec<u64> = self.counts.iter().copied().filter(|count| *count > 0).collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            counts.get(MAX_CHOICES * 8).copied().unwrap_or(0)
        };
        let full = Names {
            column: self.column.clone(),
            counts: self.counts.iter().map(|count| if *count > least { *count } else { 0 }).collect(),
        };
        full.counted().collect()
    }

    /// The same for genres, of which a document has several as one value: each counts once for what its tags are within.
    fn of_genres(&self, tags: &Tags, choices: &Choices) -> Vec<(String, u64)> {
        let mut genres: Vec<(&str, u64)> = Vec::new();
        let mut genre_of = Vec::with_capacity(tags.names.len());
        for genre in tags.names.iter().map(|tag| choices.of(tag)) {
            let known = genres.iter().position(|(known, _)| Some(*known) == genre);
            if let Some(genre) = genre.filter(|_| known.is_none()) {
                genres.push((genre, 0));
            }
            genre_of.push(known.or(genre.map(|_| genres.len() - 1)));
        }
        let mut within = Vec::new();
        for (together, count) in tags.together.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            within.clear();
            for genre in together.iter().filter_map(|tag| genre_of[*tag]) {
                if !within.contains(&genre) {
                    within.push(genre);
                    genres[genre].1 += count;
                }
            }
        }
        genres.into_iter().filter(|(_, count)| *count > 0).map(|(genre, count)| (genre.to_owned(), count)).collect()
    }
}

/// What one segment has.
struct InSegment<'c> {
    names: [Names; 4],
    year: Column<u64>,
    length: Column<u64>,
    bounds_s: &'c [u64],
    part: Part,
}

/// What was counted, to be added up.
#[derive(Default)]
struct Part {
    results: u64,
    names: [HashMap<String, u64>; 4],
    decades: HashMap<u64, u64>,
    lengths: Vec<u64>,
}

impl InSegment<'_> {
    fn count(&mut self, doc: DocId) {
        // Artists and labels have no length.
        let Some(length_s) = self.length.first(doc) else { return };
        self.part.results += 1;
        self.names.iter_mut().for_each(|names| names.count(doc));
        if let Some(year) = self.year.first(doc) {
            *self.part.decades.entry(year / 10 * 10).or_default() += 1;
        }
        self.part.lengths[self.bounds_s.partition_point(|bound| *bound <= length_s)] += 1;
    }
}

impl Counting {
    /// Nothing yet.
    pub(super) fn new(bounds_s: Vec<u64>, choices: Choices) -> Counting {
        let lengths = vec![0; bounds_s.len() + 1];
        Counting { bounds_s, choices, sum: Part { lengths, ..Part::default() } }
    }

    /// Adds these documents of a segment, which nobody deleted.
    pub(super) fn add(
        &mut self,
        (segment, tags): (&SegmentReader, &LazyTags),
        docs: impl Iterator<Item = DocId>,
    ) -> tantivy::Result<()> {
        let mut here = InSegment {
            names: [
                Names::of(segment, GENRES)?,
                Names::of(segment, LABEL)?,
                Names::of(segment, LANGUAGE)?,
                Names::of(segment, QUALITY)?,
            ],
            year: segment.fast_fields().u64(YEAR)?,
            length: segment.fast_fields().u64(LENGTH)?,
            bounds_s: &self.bounds_s,
            part: Part { lengths: vec![0; self.bounds_s.len() + 1], ..Part::default() },
        };
        docs.for_each(|doc| here.count(doc));
        let (sum, InSegment { names, part, .. }) = (&mut self.sum, here);
        sum.results += part.results;
        for (place, (sum, names)) in sum.names.iter_mut().zip(names).enumerate() {
            let counted = match place {
                0 => names.of_genres(tags.of(names.column.as_ref())?, &self.choices),
                _ => names.fullest(),
            };
            counted.into_iter().for_each(|(name, count)| *sum.entry(name).or_default() += count);
        }
        part.decades.into_iter().for_each(|(decade, count)| *sum.decades.entry(decade).or_default() += count);
        sum.lengths.iter_mut().zip(part.lengths).for_each(|(sum, count)| *sum += count);
        Ok(())
    }

    /// What there was.
    pub(super) fn counts(self) -> Counts {
        let sum = self.sum;
        let [genres, labels, languages, qualities] = sum.names.map(fullest_first);
        let mut decades: Vec<(u64, u64)> = sum.decades.into_iter().collect();
        decades.sort_unstable_by(|a, b| b.cmp(a));
        decades.truncate(MAX_CHOICES);
        Counts { results: sum.results, genres, labels, languages, qualities, decades, lengths: sum.lengths }
    }
}

fn fullest_first(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(MAX_CHOICES);
    counts
}
