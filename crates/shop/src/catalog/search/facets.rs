//! Narrowing results down, and counting what one could narrow them down to.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{Query, RangeQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, Term};

use super::Quality;
use super::index::{Fields, GENRE, LABEL, LANGUAGE, LENGTH, QUALITY, YEAR};

/// Choices of a facet at the most.
pub const MAX_CHOICES: usize = 12;

/// What results are narrowed down to; nothing: they are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// A genre's id.
    pub genre: Option<String>,
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
    /// The conditions.
    pub(super) fn queries(&self, fields: Fields) -> Vec<Box<dyn Query>> {
        let quality = self.quality.map(|quality| quality.as_str().to_owned());
        let named = [
            (fields.genre, &self.genre),
            (fields.label, &self.label),
            (fields.language, &self.language),
            (fields.quality, &quality),
        ];
        let mut queries: Vec<Box<dyn Query>> = Vec::new();
        for (field, value) in named {
            queries.extend(value.iter().map(|value| -> Box<dyn Query> {
                Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
            }));
        }
        let number = |field: Field, bound: Bound<u64>| bound.map(|number| Term::from_field_u64(field, number));
        if let Some((from, until)) = self.years {
            let bounds = [Bound::Included(from), Bound::Included(until)].map(|bound| number(fields.year, bound));
            let [from, until] = bounds;
            queries.push(Box::new(RangeQuery::new(from, until)));
        }
        if let Some((from, until)) = self.length_s {
            let bounds = [Bound::Included(from), Bound::Excluded(until)].map(|bound| number(fields.length, bound));
            let [from, until] = bounds;
            queries.push(Box::new(RangeQuery::new(from, until)));
        }
        queries
    }
}

/// Counts all that match.
pub(super) struct Counting {
    /// Seconds, ascending.
    pub bounds_s: Vec<u64>,
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
pub(super) struct InSegment {
    results: u64,
    names: [Names; 4],
    year: Column<u64>,
    decades: HashMap<u64, u64>,
    length: Column<u64>,
    bounds_s: Vec<u64>,
    lengths: Vec<u64>,
}

/// The same, to be added up.
#[derive(Default)]
pub(super) struct Part {
    results: u64,
    names: [HashMap<String, u64>; 4],
    decades: HashMap<u64, u64>,
    lengths: Vec<u64>,
}

impl SegmentCollector for InSegment {
    type Fruit = Part;

    fn collect(&mut self, doc: DocId, _score: Score) {
        // Artists and labels have no length.
        let Some(length_s) = self.length.first(doc) else { return };
        self.results += 1;
        self.names.iter_mut().for_each(|names| names.count(doc));
        if let Some(year) = self.year.first(doc) {
            *self.decades.entry(year / 10 * 10).or_default() += 1;
        }
        self.lengths[self.bounds_s.partition_point(|bound| *bound <= length_s)] += 1;
    }

    fn harvest(self) -> Part {
        let names = [0, 1, 2, 3].map(|at: usize| self.names[at].fullest());
        Part { results: self.results, names, decades: self.decades, lengths: self.lengths }
    }
}

impl Collector for Counting {
    type Fruit = Counts;
    type Child = InSegment;

    fn for_segment(&self, _segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<InSegment> {
        Ok(InSegment {
            results: 0,
            names: [
                Names::of(reader, GENRE)?,
                Names::of(reader, LABEL)?,
                Names::of(reader, LANGUAGE)?,
                Names::of(reader, QUALITY)?,
            ],
            year: reader.fast_fields().u64(YEAR)?,
            decades: HashMap::new(),
            length: reader.fast_fields().u64(LENGTH)?,
            bounds_s: self.bounds_s.clone(),
            lengths: vec![0; self.bounds_s.len() + 1],
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, parts: Vec<Part>) -> tantivy::Result<Counts> {
        let mut sum = Part { lengths: vec![0; self.bounds_s.len() + 1], ..Part::default() };
        for part in parts {
            sum.results += part.results;
            for (sum, names) in sum.names.iter_mut().zip(part.names) {
                names.into_iter().for_each(|(name, count)| *sum.entry(name).or_default() += count);
            }
            part.decades.into_iter().for_each(|(decade, count)| *sum.decades.entry(decade).or_default() += count);
            sum.lengths.iter_mut().zip(part.lengths).for_each(|(sum, count)| *sum += count);
        }
        let [genres, labels, languages, qualities] = sum.names.map(fullest_first);
        let mut decades: Vec<(u64, u64)> = sum.decades.into_iter().collect();
        decades.sort_unstable_by(|a, b| b.cmp(a));
        decades.truncate(MAX_CHOICES);
        Ok(Counts { results: sum.results, genres, labels, languages, qualities, decades, lengths: sum.lengths })
    }
}

fn fullest_first(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(MAX_CHOICES);
    counts
}
