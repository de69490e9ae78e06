//! What the documents of a segment are narrowed down and counted by, in memory: a number for each document. Counting takes all of what
//! was found apart, and the columns on the disk would have to be asked six times for each.

use std::collections::HashMap;
use std::sync::OnceLock;

use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader};

/// The columns on the disk. All genres of a document are one value, with spaces between.
pub(super) const GENRES: &str = "genres";
pub(super) const LABEL: &str = "label";
/// Of a release: the credited artists, of its tracks too.
pub(super) const ARTIST: &str = "artist";
pub(super) const LANGUAGE: &str = "language";
pub(super) const QUALITY: &str = "quality";
pub(super) const YEAR: &str = "year";
/// In seconds.
pub(super) const LENGTH: &str = "length";

/// Of a segment. A document's number holds, from the lowest bits on, its sort, its label, and its length in seconds, which the highest
/// number stands for where it does not fit.
pub(super) struct Facts {
    documents: Vec<u64>,
    sort_bits: u32,
    label_bits: u32,
    pub sorts: Vec<Sort>,
    /// In order of their bytes.
    pub labels: Vec<String>,
    pub tags: Tags,
    pub languages: Vec<String>,
    pub qualities: Vec<String>,
    by_artist: ByArtist,
}

/// The documents of each value of the column of artists, one list behind the other.
#[derive(Default)]
struct ByArtist {
    /// Where the list of each artist begins, and where the last one ends.
    starts: Vec<u32>,
    documents: Vec<DocId>,
}

/// What many documents have in common; texts as their places in the segment's lists of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sort {
    pub genres: Option<u32>,
    pub language: Option<u32>,
    pub quality: Option<u32>,
    pub year: Option<u64>,
    /// Artists and labels have none.
    pub has_length: bool,
}

/// What of a document is not of its sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    /// A place in [`Facts::sorts`].
    pub sort: usize,
    /// A place among the labels; [`Facts::no_label`] without one.
    pub label: usize,
    pub length_s: u64,
}

/// The same, read when it is wanted first.
#[derive(Default)]
pub(super) struct LazyFacts(OnceLock<Facts>);

impl LazyFacts {
    pub(super) fn is_read(&self) -> bool {
        self.0.get().is_some()
    }

    /// Of this segment.
    pub(super) fn of(&self, segment: &SegmentReader) -> tantivy::Result<&Facts> {
        if let Some(facts) = self.0.get() {
            return Ok(facts);
        }
        let facts = Facts::read(segment)?;
        Ok(self.0.get_or_init(|| facts))
    }
}

impl Facts {
    fn read(segment: &SegmentReader) -> tantivy::Result<Facts> {
        let fast = segment.fast_fields();
        let texts = [fast.str(GENRES)?, fast.str(LANGUAGE)?, fast.str(QUALITY)?];
        let (labels, years, lengths) = (fast.str(LABEL)?, fast.u64(YEAR)?, fast.u64(LENGTH)?);
        let place = |column: &Option<StrColumn>, doc| column.as_ref().and_then(|column| column.ords().first(doc));
        let (mut sorts, mut known) = (Vec::new(), HashMap::new());
        let mut sort_of = Vec::with_capacity(segment.max_doc() as usize);
        for doc in 0..segment.max_doc() {
            let [genres, language, quality] =
                [0, 1, 2].map(|field| place(&texts[field], doc).map(|place| place as u32));
            let has_length = lengths.first(doc).is_some();
            let sort = Sort { genres, language, quality, year: years.first(doc), has_length };
            sort_of.push(*known.entry(sort).or_insert_with(|| {
                sorts.push(sort);
                sorts.len() as u64 - 1
            }));
        }
        let label_names = names(labels.as_ref())?;
        let no_label = label_names.len() as u64;
        let (sort_bits, label_bits) = (bits(sorts.len() as u64), bits(no_label));
        let most_s = u64::MAX >> (sort_bits + label_bits);
        let number = |(doc, sort): (DocId, &u64)| {
            let label = place(&labels, doc).unwrap_or(no_label);
            let length_s = lengths.first(doc).unwrap_or(0).min(most_s);
            length_s << (sort_bits + label_bits) | label << sort_bits | sort
        };
        let documents = (0..).zip(&sort_of).map(number).collect();
        let [genres, languages, qualities] = &texts;
        let tags = genres.as_ref().map_or(Ok(Tags::default()), Tags::read)?;
        let (languages, qualities) = (names(languages.as_ref())?, names(qualities.as_ref())?);
        let by_artist =
            fast.str(ARTIST)?.map_or(ByArtist::default(), |column| ByArtist::read(&column, segment.max_doc()));
        Ok(Facts {
            documents,
            sort_bits,
            label_bits,
            sorts,
            labels: label_names,
            tags,
            languages,
            qualities,
            by_artist,
        })
    }

    /// The documents of the releases of an artist, by the number that the segment's column has for the id.
    pub(super) fn releases_of(&self, artist: u64) -> &[DocId] {
        self.by_artist.of(artist as usize).unwrap_or_default()
    }

    /// Of a document.
    pub(super) fn of(&self, doc: DocId) -> Fact {
        let number = self.documents[doc as usize];
        Fact {
            sort: (number & !(u64::MAX << self.sort_bits)) as usize,
            label: (number >> self.sort_bits & !(u64::MAX << self.label_bits)) as usize,
            length_s: number >> (self.sort_bits + self.label_bits),
        }
    }

    /// The longest length that a document can have here; longer ones are as long.
    pub(super) fn most_s(&self) -> u64 {
        u64::MAX >> (self.sort_bits + self.label_bits)
    }

    /// What stands in the place of a label where there is none.
    pub(super) fn no_label(&self) -> usize {
        self.labels.len()
    }
}

impl ByArtist {
    fn read(column: &StrColumn, documents: DocId) -> ByArtist {
        let mut named: Vec<(u64, DocId)> = Vec::new();
        for doc in 0..documents {
            named.extend(column.ords().values_for_doc(doc).map(|artist| (artist, doc)));
        }
        named.sort_unstable();
        named.dedup();
        let mut starts = vec![0; column.num_terms() + 1];
        for (artist, _) in &named {
            starts[*artist as usize + 1] += 1;
        }
        for artist in 1..starts.len() {
            starts[artist] += starts[artist - 1];
        }
        ByArtist { starts, documents: named.into_iter().map(|(_, doc)| doc).collect() }
    }

    fn of(&self, artist: usize) -> Option<&[DocId]> {
        let (from, until) = (*self.starts.get(artist)?, *self.starts.get(artist + 1)?);
        self.documents.get(from as usize..until as usize)
    }
}

/// Bits that numbers up to this one have.
fn bits(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// The texts of a column, in order.
fn names(column: Option<&StrColumn>) -> tantivy::Result<Vec<String>> {
    let mut names = Vec::new();
    if let Some(column) = column {
        let mut texts = column.dictionary().stream()?;
        while texts.advance() {
            names.push(String::from_utf8_lossy(texts.key()).into_owned());
        }
    }
    Ok(names)
}

/// The tags of genres of a segment. All tags of a document are one value of the column, with spaces between.
#[derive(Default)]
pub(super) struct Tags {
    pub names: Vec<String>,
    /// Which of them documents have together, by the number of that value, as places in `names`.
    pub together: Vec<Vec<usize>>,
}

impl Tags {
    fn read(column: &StrColumn) -> tantivy::Result<Tags> {
        let (mut tags, mut known) = (Tags::default(), HashMap::<String, usize>::new());
        for value in names(Some(column))? {
            let number = |tag: &str| match known.get(tag) {
                Some(number) => *number,
                None => {
                    tags.names.push(tag.to_owned());
                    known.insert(tag.to_owned(), tags.names.len() - 1);
                    tags.names.len() - 1
                }
            };
            let together = value.split(' ').map(number).collect();
            tags.together.push(together);
        }
        Ok(tags)
    }
}
