//! Narrowing results down, and counting what one could narrow them down to.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use tantivy::DocId;

use super::Quality;
use super::facts::{Facts, Sort};
use super::index::Open;

/// Choices of a facet at the most.
pub const MAX_CHOICES: usize = 12;
/// Labels of a segment that are added up with those of the others: what is far from the fullest in one of them is let go.
const MAX_ADDED: usize = 1_000;

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
    /// What it leaves of each segment, in their order.
    pub(super) fn within<'o>(&self, open: &'o Open) -> tantivy::Result<Vec<Narrowed<'o>>> {
        let is_all = *self == Narrow::default();
        let narrowed = open.seen.segments().map(|(segment, columns)| match is_all {
            true => Ok(Narrowed::All),
            false => Ok(self.among(columns.facts(segment)?)),
        });
        narrowed.collect()
    }

    fn among<'f>(&self, facts: &'f Facts) -> Narrowed<'f> {
        let label = match &self.label {
            None => None,
            Some(id) => match facts.labels.binary_search(id) {
                Ok(label) => Some(label),
                Err(_) => return Narrowed::None,
            },
        };
        // What is longer than a length can be here is as long as it can be.
        let length = |(from, until): (u64, u64)| from.min(facts.most_s())..=until.saturating_sub(1).min(facts.most_s());
        let sorts = facts.sorts.iter().map(|sort| self.admits(facts, sort)).collect();
        Narrowed::Some { facts, sorts, label, length_s: self.length_s.map(length) }
    }

    fn admits(&self, facts: &Facts, sort: &Sort) -> bool {
        let is = |names: &[String], place: Option<u32>, wanted: &str| {
            place.and_then(|place| names.get(place as usize)).is_some_and(|name| name == wanted)
        };
        let has_genre = || {
            let tags = sort.genres.and_then(|genres| facts.tags.together.get(genres as usize));
            tags.into_iter().flatten().any(|tag| self.genres.contains(&facts.tags.names[*tag]))
        };
        self.quality.is_none_or(|quality| is(&facts.qualities, sort.quality, quality.as_str()))
            && self.language.as_ref().is_none_or(|language| is(&facts.languages, sort.language, language))
            && self.years.is_none_or(|(from, until)| sort.year.is_some_and(|year| (from..=until).contains(&year)))
            && (self.length_s.is_none() || sort.has_length)
            && (self.genres.is_empty() || has_genre())
    }
}

/// Documents of a segment that something is narrowed down to.
pub(super) enum Narrowed<'f> {
    All,
    None,
    Some {
        facts: &'f Facts,
        /// For each sort.
        sorts: Vec<bool>,
        label: Option<usize>,
        length_s: Option<RangeInclusive<u64>>,
    },
}

impl Narrowed<'_> {
    /// Whether it is not narrowed down at all.
    pub(super) fn is_all(&self) -> bool {
        matches!(self, Narrowed::All)
    }

    /// Whether a document is among them.
    pub(super) fn admits(&self, doc: DocId) -> bool {
        match self {
            Narrowed::All => true,
            Narrowed::None => false,
            Narrowed::Some { facts, sorts, label, length_s } => {
                let fact = facts.of(doc);
                sorts[fact.sort]
                    && label.is_none_or(|label| label == fact.label)
                    && length_s.as_ref().is_none_or(|lengths| lengths.contains(&fact.length_s))
            }
        }
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
    results: u64,
    genres: HashMap<String, u64>,
    labels: HashMap<String, u64>,
    languages: HashMap<String, u64>,
    qualities: HashMap<String, u64>,
    decades: HashMap<u64, u64>,
    lengths: Vec<u64>,
}

/// How often each came in one segment.
pub(super) struct Tally<'f> {
    facts: &'f Facts,
    sorts: Vec<u32>,
    labels: Vec<u32>,
    /// As many as there are ranges of lengths, between these bounds.
    lengths: Vec<u64>,
    bounds_s: Vec<u64>,
}

impl Tally<'_> {
    /// One more.
    pub(super) fn count(&mut self, doc: DocId) {
        let fact = self.facts.of(doc);
        self.sorts[fact.sort] += 1;
        self.labels[fact.label] += 1;
        let range = self.bounds_s.iter().filter(|bound| **bound <= fact.length_s).count();
        self.lengths[range] += 1;
    }
}

impl Counting {
    /// Nothing yet.
    pub(super) fn new(bounds_s: Vec<u64>, choices: Choices) -> Counting {
        let names = HashMap::new;
        let lengths = vec![0; bounds_s.len() + 1];
        let (genres, labels, languages, qualities) = (names(), names(), names(), names());
        Counting {
            bounds_s,
            choices,
            results: 0,
            genres,
            labels,
            languages,
            qualities,
            decades: HashMap::new(),
            lengths,
        }
    }

    /// To count releases and tracks of a segment with.
    pub(super) fn tally<'f>(&self, facts: &'f Facts) -> Tally<'f> {
        Tally {
            facts,
            sorts: vec![0; facts.sorts.len()],
            labels: vec![0; facts.no_label() + 1],
            lengths: vec![0; self.lengths.len()],
            bounds_s: self.bounds_s.iter().map(|bound| (*bound).min(facts.most_s())).collect(),
        }
    }

    /// Adds what was counted in a segment.
    pub(super) fn add(&mut self, tally: Tally) {
        let facts = tally.facts;
        let mut together = vec![0; facts.tags.together.len()];
        let (mut languages, mut qualities) = (vec![0; facts.languages.len()], vec![0; facts.qualities.len()]);
        for (sort, count) in facts.sorts.iter().zip(&tally.sorts).filter(|(_, count)| **count > 0) {
            let count = u64::from(*count);
            self.results += count;
            for (place, counts) in
                [(sort.genres, &mut together), (sort.language, &mut languages), (sort.quality, &mut qualities)]
            {
                place.iter().for_each(|place| counts[*place as usize] += count);
            }
            sort.year.iter().for_each(|year| *self.decades.entry(year / 10 * 10).or_default() += count);
        }
        self.lengths.iter_mut().zip(tally.lengths).for_each(|(sum, count)| *sum += count);
        add_named(&mut self.languages, &facts.languages, &languages);
        add_named(&mut self.qualities, &facts.qualities, &qualities);
        self.add_genres(facts, &together);
        self.add_labels(facts, &tally.labels);
    }

    /// A document has several tags: it counts once for what each of them is within.
    fn add_genres(&mut self, facts: &Facts, together: &[u64]) {
        let genre_of: Vec<Option<&str>> = facts.tags.names.iter().map(|tag| self.choices.of(tag)).collect();
        let mut within = Vec::new();
        for (tags, count) in facts.tags.together.iter().zip(together).filter(|(_, count)| **count > 0) {
            within.clear();
            for genre in tags.iter().filter_map(|tag| genre_of[*tag]) {
                if !within.contains(&genre) {
                    within.push(genre);
                    add(&mut self.genres, genre, *count);
                }
            }
        }
    }

    fn add_labels(&mut self, facts: &Facts, counts: &[u32]) {
        let mut fullest: Vec<(u32, &String)> = counts.iter().copied().zip(&facts.labels).collect();
        fullest.retain(|(count, _)| *count > 0);
        if fullest.len() > MAX_ADDED {
            fullest.select_nth_unstable_by(MAX_ADDED, |a, b| b.cmp(a));
            fullest.truncate(MAX_ADDED);
        }
        fullest.into_iter().for_each(|(count, label)| add(&mut self.labels, label, u64::from(count)));
    }

    /// What there was.
    pub(super) fn counts(self) -> Counts {
        let mut decades: Vec<(u64, u64)> = self.decades.into_iter().collect();
        decades.sort_unstable_by(|a, b| b.cmp(a));
        decades.truncate(MAX_CHOICES);
        Counts {
            results: self.results,
            genres: fullest_first(self.genres),
            labels: fullest_first(self.labels),
            languages: fullest_first(self.languages),
            qualities: fullest_first(self.qualities),
            decades,
            lengths: self.lengths,
        }
    }
}

fn add(sums: &mut HashMap<String, u64>, name: &str, count: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum += count,
        None => _ = sums.insert(name.to_owned(), count),
    }
}

fn add_named(sums: &mut HashMap<String, u64>, names: &[String], counts: &[u64]) {
    let named = names.iter().zip(counts).filter(|(_, count)| **count > 0);
    named.for_each(|(name, count)| add(sums, name, *count));
}

fn fullest_first(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(MAX_CHOICES);
    counts
}
