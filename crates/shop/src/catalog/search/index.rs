//! The index on disk: its fields, opening it, changing it. Tantivy is known to this folder only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::directory::MmapDirectory;
use tantivy::query::TermQuery;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{
    DocId, Index, IndexReader, IndexSettings, IndexSortByField, IndexWriter, Order, ReloadPolicy, Searcher,
    TantivyDocument, Term,
};

use super::entry::Entry;
use super::ids::{NOBODY, id_of, number_of};
use super::words::Word;
use super::{Kind, SearchError, words};

/// Raised with every change to the fields or to how text becomes words: an index of another version is built anew.
const VERSION: &str = "4";
/// Bytes that the writer collects before it writes a segment.
const WRITER_BYTES: usize = 32_000_000;
/// Most documents of one release that are looked through for its former artists.
const MAX_FORMER: usize = 10_000;
/// Bytes of an id.
const ID_BYTES: usize = 16;

/// The fields. Terms of [`Fields::searched`] begin with the letter of their document's kind: what is found of one kind is found without
/// passing by the others. Nothing is stored of a document but its id; the database says the rest.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// What a document goes with: of a release and its tracks the release's id, of an artist or a label its own.
    owner: Field,
    /// Of a release: the ids of its label and of its artists, with which it was indexed.
    named: Field,
    /// Whole words.
    pub word: Field,
    /// Their beginnings, up to [`words::HEAD_CHARS`] letters.
    pub head: Field,
    /// What words sound like, where that is not how they are written.
    pub sound: Field,
    /// The whole title or name, by its letters and by its sound.
    pub name: Field,
    pub code: Field,
    pub label: Field,
    pub genre: Field,
    pub language: Field,
    pub quality: Field,
    pub year: Field,
    pub length: Field,
    rank: Field,
    /// The two halves of the id.
    high: Field,
    low: Field,
}

/// The fast field that documents are ordered by, in the results and on the disk: the first that match are the best.
const RANK: &str = "rank";
const HIGH: &str = "high";
const LOW: &str = "low";
/// What results are narrowed down by, as fast fields.
pub(super) const GENRE: &str = "genre";
pub(super) const LABEL: &str = "label";
pub(super) const LANGUAGE: &str = "language";
pub(super) const QUALITY: &str = "quality";
pub(super) const YEAR: &str = "year";
/// In seconds.
pub(super) const LENGTH: &str = "length";

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let spaced = TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::Basic);
    let spaced = TextOptions::default().set_indexing_options(spaced.set_fieldnorms(false));
    let fields = Fields {
        owner: schema.add_text_field("owner", STRING),
        named: schema.add_bytes_field("named", STORED),
        word: schema.add_text_field("word", spaced.clone()),
        head: schema.add_text_field("head", spaced.clone()),
        sound: schema.add_text_field("sound", spaced),
        name: schema.add_text_field("name", STRING),
        code: schema.add_text_field("code", STRING),
        label: schema.add_text_field(LABEL, STRING | FAST),
        genre: schema.add_text_field(GENRE, STRING | FAST),
        language: schema.add_text_field(LANGUAGE, STRING | FAST),
        quality: schema.add_text_field(QUALITY, STRING | FAST),
        year: schema.add_u64_field(YEAR, FAST),
        length: schema.add_u64_field(LENGTH, FAST),
        rank: schema.add_u64_field(RANK, FAST),
        high: schema.add_u64_field(HIGH, FAST),
        low: schema.add_u64_field(LOW, FAST),
    };
    (schema.build(), fields)
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
        (version == VERSION).then_some(Mark { seq: seq.parse().ok()?, release: release.to_owned() })
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

/// Of one segment: rank and id of each document.
pub(super) struct Columns {
    rank: Column<u64>,
    high: Column<u64>,
    low: Column<u64>,
}

impl Columns {
    /// The higher the better.
    pub(super) fn rank(&self, doc: DocId) -> u64 {
        self.rank.first(doc).unwrap_or_default()
    }

    /// The id of what the document is about.
    pub(super) fn id(&self, doc: DocId) -> String {
        let half = |column: &Column<u64>| u128::from(column.first(doc).unwrap_or_default());
        id_of(half(&self.high) << 64 | half(&self.low))
    }
}

impl Seen {
    fn now(reader: &IndexReader) -> tantivy::Result<Arc<Seen>> {
        let searcher = reader.searcher();
        let columns = searcher.segment_readers().iter().map(|segment| {
            let column = |name| segment.fast_fields().u64(name);
            Ok(Columns { rank: column(RANK)?, high: column(HIGH)?, low: column(LOW)? })
        });
        let columns = columns.collect::<tantivy::Result<Vec<_>>>()?;
        Ok(Arc::new(Seen { searcher, columns }))
    }
}

/// Where this version's index lies: an older program beside us keeps its own.
pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(format!("v{VERSION}"))
}

/// Opens what is there; `None` when there is none that can be used.
pub(super) fn open(folder: &Path) -> Option<Open> {
    let (schema, fields) = schema();
    let index = Index::open_in_dir(place(folder)).ok()?;
    if index.schema() != schema {
        return None;
    }
    let mark = Mark::from_payload(index.load_metas().ok()?.payload.as_deref().unwrap_or(""))?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().ok()?;
    let seen = Seen::now(&reader).ok()?;
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
    open(folder).ok_or_else(|| SearchError::Index("what was built cannot be opened".into()))
}

fn create_at(place: PathBuf) -> Result<Open, SearchError> {
    match std::fs::remove_dir_all(&place) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
        _ => std::fs::create_dir_all(&place)?,
    }
    let (schema, fields) = schema();
    let directory = MmapDirectory::open(&place).map_err(|e| SearchError::Index(e.to_string()))?;
    let by_rank = IndexSortByField { field: RANK.to_owned(), order: Order::Desc };
    let settings = IndexSettings { sort_by_field: Some(by_rank), ..IndexSettings::default() };
    let index = Index::create(directory, schema, settings)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let seen = Seen::now(&reader)?;
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
        self.seen = Seen::now(&self.reader)?;
        Ok(())
    }

    /// The artists and labels that the index knows of a release: they may have nothing else, and have to be looked at when
    /// it goes.
    pub(super) fn former(&self, release: &str) -> Result<[Vec<String>; 2], SearchError> {
        let query = TermQuery::new(Term::from_field_text(self.fields.owner, release), IndexRecordOption::Basic);
        let searcher = &self.seen.searcher;
        let found = searcher.search(&query, &tantivy::collector::DocSetCollector)?;
        let mut former = [Vec::new(), Vec::new()];
        for address in found.into_iter().take(MAX_FORMER) {
            let document: TantivyDocument = searcher.doc(address)?;
            let Some(named) = document.get_first(self.fields.named).and_then(|value| value.as_bytes()) else {
                continue;
            };
            let ids = named.as_chunks::<ID_BYTES>().0.iter().map(|bytes| u128::from_be_bytes(*bytes));
            for (place, id) in ids.enumerate().filter(|(_, id)| *id != NOBODY) {
                // The label stands first.
                former[usize::from(place == 0)].push(id_of(id));
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
        for release in releases {
            writer.delete_term(Term::from_field_text(self.fields.owner, release));
        }
        for id in named {
            writer.delete_term(Term::from_field_text(self.fields.owner, id));
        }
        for entry in entries {
            self.add(writer, entry)?;
        }
        self.seal(writer, &mark)?;
        self.renew()?;
        self.mark = mark;
        Ok(())
    }

    /// Gives an entry to the writer.
    pub(super) fn add(&self, writer: &IndexWriter, entry: &Entry) -> Result<(), SearchError> {
        writer.add_document(self.document(entry)?)?;
        Ok(())
    }

    /// Commits, and notes how far the catalogue has been followed.
    pub(super) fn seal(&self, writer: &mut IndexWriter, mark: &Mark) -> Result<(), SearchError> {
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&mark.to_payload());
        commit.commit()?;
        Ok(())
    }

    /// Where the bytes lie: by field, in its dictionary, its lists and its columns; the most first.
    pub(super) fn bytes(&self) -> Result<Vec<(String, u64)>, SearchError> {
        let usage = self.seen.searcher.space_usage()?;
        let mut bytes = BTreeMap::<String, u64>::new();
        for segment in usage.segments() {
            *bytes.entry("ids of credited artists and labels".to_owned()).or_default() +=
                segment.store().total().get_bytes();
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

    fn document(&self, entry: &Entry) -> Result<TantivyDocument, SearchError> {
        let (fields, of) = (&self.fields, entry.kind.letter());
        let mut document = TantivyDocument::new();
        let id = number_of(&entry.id)?;
        document.add_u64(fields.high, (id >> 64) as u64);
        document.add_u64(fields.low, id as u64);
        document.add_u64(fields.rank, entry.rank);
        document.add_text(fields.owner, entry.release.as_ref().unwrap_or(&entry.id));
        if entry.kind == Kind::Release {
            document.add_bytes(fields.named, &named(entry)?);
        }
        let facets = &entry.facets;
        facets.genres.iter().for_each(|genre| document.add_text(fields.genre, genre));
        facets.language.iter().for_each(|language| document.add_text(fields.language, language));
        facets.quality.iter().for_each(|quality| document.add_text(fields.quality, quality.as_str()));
        facets.year.iter().for_each(|year| document.add_u64(fields.year, *year));
        if entry.release.is_some() {
            document.add_u64(fields.length, facets.length_s);
        }
        entry.label.iter().for_each(|id| document.add_text(fields.label, id));
        let term = |text: &str| format!("{of}{text}");
        entry.codes.iter().for_each(|code| document.add_text(fields.code, term(&words::code(code))));
        let spoken: Vec<Word> = entry.text.iter().flat_map(|text| words::words(text)).collect();
        let found: BTreeSet<&str> = spoken.iter().flat_map(|word| word.folded.iter().map(String::as_str)).collect();
        let heads: BTreeSet<&str> = found.iter().flat_map(|word| words::heads(word)).collect();
        let sounds = spoken.iter().flat_map(|word| word.keys.iter().map(String::as_str));
        let sounds: BTreeSet<&str> = sounds.filter(|key| !found.contains(key)).collect();
        let joined = |words: BTreeSet<&str>| words.into_iter().map(term).collect::<Vec<_>>().join(" ");
        document.add_text(fields.word, joined(found));
        document.add_text(fields.head, joined(heads));
        document.add_text(fields.sound, joined(sounds));
        let [letters, sound] = words::names(&entry.title);
        document.add_text(fields.name, term(&words::by_letters(&letters)));
        document.add_text(fields.name, term(&words::by_sound(&sound)));
        Ok(document)
    }
}

/// The label and the artists of a release as bytes.
fn named(entry: &Entry) -> Result<Vec<u8>, SearchError> {
    let label = entry.label.as_deref().map_or(Ok(NOBODY), number_of)?;
    let mut bytes = label.to_be_bytes().to_vec();
    for artist in &entry.artists {
        bytes.extend(number_of(artist)?.to_be_bytes());
    }
    Ok(bytes)
}
