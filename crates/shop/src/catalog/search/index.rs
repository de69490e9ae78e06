//! The index on disk: its fields, opening it, changing it. Tantivy is known to this folder only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::columnar::{Column, StrColumn};
use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::indexer::UserOperation;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::{
    DocId, Index, IndexReader, IndexSettings, IndexSortByField, IndexWriter, Order, ReloadPolicy, Searcher,
    SegmentReader, TantivyDocument,
};

use super::entry::Entry;
use super::facts::{ARTIST, Facts, GENRES, LABEL, LANGUAGE, LENGTH, LazyFacts, QUALITY, YEAR};
use super::owned::{OWNER, Owned};
use super::packed::Folder;
use super::words::Word;
use super::{Found, Kind, SearchError, sound, words};

/// Raised with every change to the fields or to how text becomes words: an index of another version is built anew.
const VERSION: u32 = 8;
/// Bytes that the writer collects before it writes a segment.
const WRITER_BYTES: usize = 32_000_000;
/// Numbers that are paired at the most.
const MOST_PAIRED: u64 = (1 << 31) - 1;

/// The fields. Terms that are searched begin with the letter of their document's kind: what is found of one kind is found without
/// passing by the others. Nothing is stored of a document but whose it is; the database says the rest.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// Whole words.
    pub word: Field,
    /// Their beginnings of [`words::HEAD_CHARS`] letters.
    pub head: Field,
    /// What words sound like, where that is not how they are written.
    pub sound: Field,
    /// The whole title or name, by its letters and by its sound.
    pub name: Field,
    pub code: Field,
    owner: Field,
    place: Field,
    rank: Field,
    artist: Field,
    label: Field,
    genres: Field,
    language: Field,
    quality: Field,
    year: Field,
    length: Field,
}

/// The column that documents are ordered by, in the results and on the disk: the first that match are the best.
const RANK: &str = "rank";
/// Of a track: which one of its release, by [`paired`] medium and number.
const PLACE: &str = "place";

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let terms = |tokenizer: &'static str| {
        let terms = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(IndexRecordOption::Basic);
        TextOptions::default().set_indexing_options(terms.set_fieldnorms(false))
    };
    let column: TextOptions = FAST.into();
    let fields = Fields {
        word: schema.add_text_field("word", terms("whitespace")),
        head: schema.add_text_field("head", terms("whitespace")),
        sound: schema.add_text_field("sound", terms("whitespace")),
        name: schema.add_text_field("name", terms("raw")),
        code: schema.add_text_field("code", terms("raw")),
        owner: schema.add_text_field(OWNER, column.clone()),
        place: schema.add_u64_field(PLACE, FAST),
        rank: schema.add_u64_field(RANK, FAST),
        artist: schema.add_text_field(ARTIST, column.clone()),
        label: schema.add_text_field(LABEL, column.clone()),
        genres: schema.add_text_field(GENRES, column.clone()),
        language: schema.add_text_field(LANGUAGE, column.clone()),
        quality: schema.add_text_field(QUALITY, column),
        year: schema.add_u64_field(YEAR, FAST),
        length: schema.add_u64_field(LENGTH, FAST),
    };
    (schema.build(), fields)
}

/// Two numbers as one, small where they are.
fn paired(a: u64, b: u64) -> u64 {
    let (a, b) = (a.min(MOST_PAIRED), b.min(MOST_PAIRED));
    if a < b { b * b + a } else { a * a + a + b }
}

/// The two numbers again.
fn unpaired(pair: u64) -> (u64, u64) {
    let root = pair.isqrt();
    let rest = pair - root * root;
    if rest < root { (rest, root) } else { (root, rest - root) }
}

/// Up to where the index has followed the catalogue: a change's number and the release it was about, which tells an index
/// of another catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub seq: i64,
    pub release: String,
}

impl Mark {
    fn to_payload(&self) -> String {
        format!("{VERSION} {} {}", self.seq, self.release)
    }

    fn from_payload(payload: &str) -> Option<Mark> {
        let (version, rest) = payload.split_once(' ')?;
        let (seq, release) = rest.split_once(' ')?;
        (version.parse() == Ok(VERSION)).then_some(Mark { seq: seq.parse().ok()?, release: release.to_owned() })
    }
}

/// An index that is open for reading.
#[derive(Clone)]
pub(super) struct Open {
    pub index: Index,
    pub reader: IndexReader,
    pub fields: Fields,
    pub mark: Mark,
    /// What there is to be searched now.
    pub seen: Arc<Seen>,
}

/// A state of the index, with the columns that every search needs.
pub(super) struct Seen {
    pub searcher: Searcher,
    pub columns: Vec<Columns>,
}

/// Of one segment: rank and owner of each document, and its place with it.
pub(super) struct Columns {
    rank: Column<u64>,
    place: Column<u64>,
    owner: Option<StrColumn>,
    artist: Option<StrColumn>,
    /// The same for as long as the segment is there.
    facts: Arc<LazyFacts>,
}

impl Columns {
    /// The higher the better.
    pub(super) fn rank(&self, doc: DocId) -> u64 {
        self.rank.first(doc).unwrap_or_default()
    }

    /// What the documents of this segment are narrowed down and counted by.
    pub(super) fn facts(&self, segment: &SegmentReader) -> tantivy::Result<&Facts> {
        self.facts.of(segment)
    }

    /// How many releases of an artist are there.
    pub(super) fn releases_of(&self, segment: &SegmentReader, artist: &str) -> tantivy::Result<u64> {
        let Some(number) =
            self.artist.as_ref().map(|column| column.dictionary().term_ord(artist)).transpose()?.flatten()
        else {
            return Ok(0);
        };
        let documents = self.facts(segment)?.releases_of(number);
        let alive = segment.alive_bitset();
        Ok(documents.iter().filter(|doc| alive.is_none_or(|alive| alive.is_alive(**doc))).count() as u64)
    }

    /// What the document is about; none if the index is damaged.
    pub(super) fn found(&self, kind: Kind, doc: DocId) -> Option<Found> {
        let (medium, number) = unpaired(self.place.first(doc).unwrap_or_default());
        Some(Found { kind, owner: text_of(self.owner.as_ref()?, doc)?, medium, number })
    }
}

/// The first value of a column of texts.
fn text_of(column: &StrColumn, doc: DocId) -> Option<String> {
    let mut text = String::new();
    let is_there = column.ord_to_str(column.ords().first(doc)?, &mut text).unwrap_or(false);
    is_there.then_some(text)
}

impl Seen {
    /// What is there now, with what was read of the segments that were there before.
    fn now(reader: &IndexReader, before: Option<&Seen>) -> tantivy::Result<Arc<Seen>> {
        let searcher = reader.searcher();
        let columns = searcher.segment_readers().iter().map(|segment| {
            let fast = segment.fast_fields();
            let (rank, place, owner, artist) = (fast.u64(RANK)?, fast.u64(PLACE)?, fast.str(OWNER)?, fast.str(ARTIST)?);
            let facts = before.and_then(|before| before.facts_of(segment.segment_id())).unwrap_or_default();
            Ok(Columns { rank, place, owner, artist, facts })
        });
        let columns = columns.collect::<tantivy::Result<Vec<_>>>()?;
        Ok(Arc::new(Seen { searcher, columns }))
    }

    fn facts_of(&self, segment: SegmentId) -> Option<Arc<LazyFacts>> {
        let mut known = self.segments().filter(|(reader, _)| reader.segment_id() == segment);
        known.next().map(|(_, columns)| columns.facts.clone())
    }

    /// The segments with their columns.
    pub(super) fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &Columns)> {
        self.searcher.segment_readers().iter().zip(&self.columns)
    }
}

/// Where this version's index lies: an older program beside us keeps its own.
pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(format!("v{VERSION}"))
}

/// Opens what is there; `None` when there is none that can be used.
pub(super) fn open(folder: &Path) -> Option<Open> {
    let (schema, fields) = schema();
    let index = Index::open(Folder(MmapDirectory::open(place(folder)).ok()?)).ok()?;
    if index.schema() != schema {
        return None;
    }
    let mark = Mark::from_payload(index.load_metas().ok()?.payload.as_deref().unwrap_or(""))?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().ok()?;
    let seen = Seen::now(&reader, None).ok()?;
    Some(Open { index, reader, fields, mark, seen })
}

/// Where an index is built that nobody uses yet.
fn beside(folder: &Path) -> PathBuf {
    folder.join(format!("v{VERSION}-next"))
}

/// Makes an empty index in place of whatever lies there.
#[cfg(test)]
pub(super) fn create(folder: &Path) -> Result<Open, SearchError> {
    create_at(place(folder))
}

/// Makes an empty index beside the one in use.
pub(super) fn create_beside(folder: &Path) -> Result<Open, SearchError> {
    create_at(beside(folder))
}

/// What was built beside takes the place of what was in use; who still reads that reads on.
pub(super) fn take_place(folder: &Path) -> Result<Open, SearchError> {
    let place = place(folder);
    match std::fs::remove_dir_all(&place) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
        _ => std::fs::rename(beside(folder), &place)?,
    }
    forget_older(folder)?;
    open(folder).ok_or_else(|| SearchError::Index("what was built cannot be opened".into()))
}

/// Removes what programs before this one left. None of them is running: one process serves from a data folder.
fn forget_older(folder: &Path) -> Result<(), SearchError> {
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let version = name.to_str().and_then(|name| name.strip_prefix('v')).map(|rest| rest.trim_end_matches("-next"));
        if version.and_then(|version| version.parse().ok()).is_some_and(|version: u32| version < VERSION) {
            tracing::info!(?name, "an older search index is removed");
            std::fs::remove_dir_all(folder.join(name))?;
        }
    }
    Ok(())
}

fn create_at(place: PathBuf) -> Result<Open, SearchError> {
    match std::fs::remove_dir_all(&place) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
        _ => std::fs::create_dir_all(&place)?,
    }
    let (schema, fields) = schema();
    let directory = MmapDirectory::open(&place).map_err(|e| SearchError::Index(e.to_string()))?;
    let by_rank = IndexSortByField { field: RANK.to_owned(), order: Order::Desc };
    // The folder packs, and that better than document by document.
    let settings = IndexSettings {
        sort_by_field: Some(by_rank),
        docstore_compression: Compressor::None,
        ..IndexSettings::default()
    };
    let index = Index::create(Folder(directory), schema, settings)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let seen = Seen::now(&reader, None)?;
    Ok(Open { index, reader, fields, mark: Mark::default(), seen })
}

impl Open {
    /// The one writer of this index, in this process or any other.
    pub(super) fn writer(&self) -> Result<IndexWriter, SearchError> {
        Ok(self.index.writer_with_num_threads(1, WRITER_BYTES)?)
    }

    /// Lets what was committed be searched.
    pub(super) fn renew(&mut self) -> Result<(), SearchError> {
        self.reader.reload()?;
        self.seen = Seen::now(&self.reader, Some(&self.seen))?;
        Ok(())
    }

    /// The artists and labels that the index knows of some releases: they may have nothing else, and have to be looked at when
    /// these go.
    pub(super) fn former(&self, releases: &[String]) -> Result<[BTreeSet<String>; 2], SearchError> {
        let owned = Owned::by(releases.iter());
        let mut former = [BTreeSet::new(), BTreeSet::new()];
        for segment in self.seen.searcher.segment_readers() {
            let fast = segment.fast_fields();
            let columns = [fast.str(ARTIST)?, fast.str(LABEL)?];
            for doc in owned.documents(segment)? {
                for (column, ids) in columns.iter().zip(&mut former) {
                    let Some(column) = column else { continue };
                    for ord in column.ords().values_for_doc(doc) {
                        let mut id = String::new();
                        if column.ord_to_str(ord, &mut id)? {
                            ids.insert(id);
                        }
                    }
                }
            }
        }
        Ok(former)
    }

    /// Puts entries in the place of all that the index has of these releases, artists and labels, and remembers the mark.
    pub(super) fn replace(
        &mut self,
        writer: &mut IndexWriter,
        releases: &[String],
        named: &[String],
        entries: &[Entry],
        mark: Mark,
    ) -> Result<(), SearchError> {
        writer.delete_query(Box::new(Owned::by(releases.iter().chain(named))))?;
        self.add(writer, entries)?;
        self.seal(writer, &mark)?;
        self.renew()?;
        self.mark = mark;
        Ok(())
    }

    /// Gives entries to the writer, all to the same segment: what ranks alike stays in this order.
    pub(super) fn add(&self, writer: &IndexWriter, entries: &[Entry]) -> Result<(), SearchError> {
        writer.run(entries.iter().map(|entry| UserOperation::Add(self.document(entry))))?;
        Ok(())
    }

    /// Commits, and notes how far the catalogue has been followed.
    pub(super) fn seal(&self, writer: &mut IndexWriter, mark: &Mark) -> Result<(), SearchError> {
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&mark.to_payload());
        commit.commit()?;
        Ok(())
    }

    /// Whether all is in memory that is kept there of each segment.
    pub(super) fn has_facts(&self) -> bool {
        self.seen.columns.iter().all(|columns| columns.facts.is_read())
    }

    /// Reads what is kept in memory of each segment, so that nobody who searches has to wait for it.
    pub(super) fn read_facts(&self) -> Result<(), SearchError> {
        for (segment, columns) in self.seen.segments() {
            columns.facts(segment)?;
        }
        Ok(())
    }

    /// Where the bytes lie: by field, in its dictionary, its lists and its columns; the most first.
    pub(super) fn bytes(&self) -> Result<Vec<(String, u64)>, SearchError> {
        let usage = self.seen.searcher.space_usage()?;
        let mut bytes = BTreeMap::<String, u64>::new();
        for segment in usage.segments() {
            for (what, fields) in
                [("terms", segment.termdict()), ("lists", segment.postings()), ("column", segment.fast_fields())]
            {
                for field in fields.fields() {
                    *bytes.entry(format!("{} ({what})", field.field_name())).or_default() += field.total().get_bytes();
                }
            }
        }
        let mut bytes: Vec<(String, u64)> = bytes.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
        bytes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(bytes)
    }

    fn document(&self, entry: &Entry) -> TantivyDocument {
        let (fields, of) = (&self.fields, entry.kind.letter());
        let mut document = TantivyDocument::new();
        let owner = entry.release.as_ref().unwrap_or(&entry.id);
        document.add_text(fields.owner, owner);
        document.add_u64(fields.place, paired(entry.place.0, entry.place.1));
        document.add_u64(fields.rank, entry.rank);
        let facets = &entry.facets;
        if !facets.genres.is_empty() {
            document.add_text(fields.genres, facets.genres.join(" "));
        }
        facets.language.iter().for_each(|language| document.add_text(fields.language, language));
        facets.quality.iter().for_each(|quality| document.add_text(fields.quality, quality.as_str()));
        facets.year.iter().for_each(|year| document.add_u64(fields.year, *year));
        if entry.release.is_some() {
            document.add_u64(fields.length, facets.length_s);
        }
        entry.label.iter().for_each(|id| document.add_text(fields.label, id));
        entry.artists.iter().for_each(|id| document.add_text(fields.artist, id));
        let term = |text: &str| format!("{of}{text}");
        entry.codes.iter().for_each(|code| document.add_text(fields.code, term(&words::code(code))));
        let spoken: Vec<Word> = entry.text.iter().flat_map(|text| words::words(text)).collect();
        let beside: Vec<Word> = entry.beside.iter().flat_map(|text| words::words(text)).collect();
        let compound: Vec<String> = entry.text.iter().flat_map(|text| words::joined(text)).collect();
        let folded = spoken.iter().flat_map(|word| word.folded.iter().map(String::as_str));
        let begun: BTreeSet<&str> = folded.chain(compound.iter().map(String::as_str)).collect();
        let heads: BTreeSet<&str> = begun.iter().map(|word| words::head(word)).collect();
        let beside = beside.iter().flat_map(|word| word.folded.iter().map(String::as_str));
        let year = facets.year.map(|year| words::dated(&year.to_string()));
        let label: Vec<Word> = entry.label_name.iter().flat_map(|name| words::words(name)).collect();
        let label_words: Vec<String> =
            label.iter().flat_map(|word| &word.folded).map(|word| words::of_label(word)).collect();
        let label_keys: Vec<String> =
            label.iter().flat_map(|word| &word.keys).map(|key| words::of_label(key)).collect();
        let told = year.iter().chain(&label_words).map(String::as_str);
        let found: BTreeSet<&str> = begun.iter().copied().chain(beside).chain(told).collect();
        let compound_keys: Vec<String> = compound.iter().flat_map(|word| sound::keys(word)).collect();
        let sounds = spoken.iter().flat_map(|word| &word.keys).chain(&compound_keys).map(String::as_str);
        let sounds = sounds.filter(|key| !begun.contains(key)).chain(label_keys.iter().map(String::as_str));
        let sounds: BTreeSet<&str> = sounds.collect();
        let joined = |words: BTreeSet<&str>| words.into_iter().map(term).collect::<Vec<_>>().join(" ");
        document.add_text(fields.word, joined(found));
        document.add_text(fields.head, joined(heads));
        document.add_text(fields.sound, joined(sounds));
        let [letters, sound] = words::names(&entry.title);
        document.add_text(fields.name, term(&words::by_letters(&letters)));
        // Tracks are many; by their sound they are found by their words.
        if entry.kind != Kind::Track {
            document.add_text(fields.name, term(&words::by_sound(&sound)));
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_two_numbers_again_and_small_where_they_are() {
        for (a, b) in (0..40).flat_map(|a| (0..40).map(move |b| (a, b))).chain([(1, MOST_PAIRED), (MOST_PAIRED, 0)]) {
            assert_eq!(unpaired(paired(a, b)), (a, b));
            assert!(paired(a, b) < (a.max(b) + 1).pow(2));
        }
    }
}
