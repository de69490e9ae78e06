//! Narrowing results down, and counting what one could narrow them down to.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{EnableScoring, Query, RangeQuery};
use tantivy::schema::Field;
use tantivy::{DocId, SegmentReader, TantivyError, Term};

use super::Quality;
use super::index::{Fields, GENRE, LABEL, LANGUAGE, LENGTH, QUALITY, Seen, YEAR};
use super::matching::Docs;

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
    /// The conditions, in a segment.
    pub(super) fn conditions(
        &self,
        seen: &Seen,
        segment: &SegmentReader,
        fields: Fields,
    ) -> tantivy::Result<Vec<Docs>> {
        let quality = self.quality.map(|quality| quality.as_str().to_owned());
        let one = [(fields.label, &self.label), (fields.language, &self.language), (fields.quality, &quality)];
        let mut conditions = Vec::new();
        for (field, value) in one {
            if let Some(value) = value {
                conditions.push(Docs::of_term(segment, field, value)?);
            }
        }
        if !self.genres.is_empty() {
            let genres = self.genres.iter().map(|id| Docs::of_term(segment, fields.genre, id));
            conditions.push(Docs::Any(genres.collect::<tantivy::Result<_>>()?));
        }
        let scoring = EnableScoring::disabled_from_searcher(&seen.searcher);
        let range =
            |query: RangeQuery| Ok::<_, TantivyError>(Docs::Filtered(query.weight(scoring)?.scorer(segment, 1.0)?));
        let number = |field: Field, bound: Bound<u64>| bound.map(|number| Term::from_field_u64(field, number));
        if let Some((from, until)) = self.years {
            let bounds = [Bound::Included(from), Bound::Included(until)].map(|bound| number(fields.year, bound));
            let [from, until] = bounds;
            conditions.push(range(RangeQuery::new(from, until))?);
        }
        if let Some((from, until)) = self.length_s {
            let bounds = [Bound::Included(from), Bound::Excluded(until)].map(|bound| number(fields.length, bound));
            let [from, until] = bounds;
            conditions.push(range(RangeQuery::new(from, until))?);
        }
        Ok(conditions)
    }
}

/// Counts what is found in the segments, one after the other.
pub(super) struct Counting {
    /// Seconds, ascending.
    bounds_s: Vec<u64>,
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

    fn count(&mut self, doc: DocId) {
        let Some(column) = &self.column else { return };
        for ord in column.ords().values_for_doc(doc) {
            if let Some(count) = self.counts.get_mut(ord as usize) {
                *count += 1;
            }
        }
    }

    /// By name: the fullest of this segment, several times as many as are shown, since segments are added up.
    fn fullest(&self) -> HashMap<String, u64> {
        let Some(column) = &self.column else { return HashMap::new() };
        let mut ords: Vec<usize> = (0..self.counts.len()).filter(|ord| self.counts[*ord] > 0).collect();
        ords.sort_unstable_by(|a, b| self.counts[*b].cmp(&self.counts[*a]).then(a.cmp(b)));
        ords.truncate(MAX_CHOICES * 8);
        let mut named = HashMap::new();
        for ord in ords {
            let mut name = String::new();
            if column.ord_to_str(ord as u64, &mut name).unwrap_or(false) {
                named.insert(name, self.counts[ord]);
            }
        }
        named
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
    pub(super) fn new(bounds_s: Vec<u64>) -> Counting {
        let lengths = vec![0; bounds_s.len() + 1];
        Counting { bounds_s, sum: Part { lengths, ..Part::default() } }
    }

    /// Adds these documents of a segment, which nobody deleted.
    pub(super) fn add(&mut self, segment: &SegmentReader, docs: impl Iterator<Item = DocId>) -> tantivy::Result<()> {
        let mut here = InSegment {
            names: [
                Names::of(segment, GENRE)?,
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
        for (sum, names) in sum.names.iter_mut().zip(names) {
            names.fullest().into_iter().for_each(|(name, count)| *sum.entry(name).or_default() += count);
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
