//! The index on disk: its fields, opening it, changing it. Tantivy is known to this folder only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::query::TermQuery;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexSortByField, IndexWriter, Order, ReloadPolicy, TantivyDocument, Term,
};

use super::entry::Entry;
use super::words::Word;
use super::{Kind, SearchError, words};

/// Raised with every change to the fields or to how text becomes words: an index of another version is built anew.
const VERSION: &str = "3";
/// Bytes that the writer collects before it writes a segment.
const WRITER_BYTES: usize = 32_000_000;
/// Most documents of one release that are looked through for its former artists.
const MAX_FORMER: usize = 10_000;

/// The fields.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub kind: Field,
    pub id: Field,
    /// The id of an artist or a label, to be found by; releases and tracks are found by their release.
    pub named: Field,
    pub release: Field,
    pub artist: Field,
    pub label: Field,
    pub title: Field,
    pub credit: Field,
    pub cover: Field,
    /// Whole words.
    pub word: Field,
    /// Their beginnings, up to [`words::HEAD_CHARS`] letters.
    pub head: Field,
    /// What words sound like, where that is not how they are written.
    pub sound: Field,
    /// The whole title or name, by its letters and by its sound.
    pub name: Field,
    pub code: Field,
    pub genre: Field,
    pub language: Field,
    pub quality: Field,
    pub year: Field,
    pub length: Field,
}

/// The fast field that documents are ordered by, in the results and on the disk: the first that match are the best.
pub(super) const RANK: &str = "rank";
/// What results are narrowed down by, as fast fields.
pub(super) const GENRE: &str = "genre";
pub(super) const LABEL: &str = "label";
pub(super) const LANGUAGE: &str = "language";
pub(super) const QUALITY: &str = "quality";
pub(super) const YEAR: &str = "year";
/// In seconds.
pub(super) const LENGTH: &str = "length";

fn schema() -> (Schema, Fields, Field) {
    let mut schema = Schema::builder();
    let spaced = TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::Basic);
    let spaced = TextOptions::default().set_indexing_options(spaced.set_fieldnorms(false));
    let fields = Fields {
        kind: schema.add_text_field("kind", STRING | STORED),
        id: schema.add_text_field("id", STORED),
        named: schema.add_text_field("named", STRING),
        release: schema.add_text_field("release", STRING | STORED),
        artist: schema.add_text_field("artist", STORED),
        label: schema.add_text_field(LABEL, STRING | STORED | FAST),
        title: schema.add_text_field("title", STORED),
        credit: schema.add_text_field("credit", STORED),
        cover: schema.add_text_field("cover", STORED),
        word: schema.add_text_field("word", spaced.clone()),
        head: schema.add_text_field("head", spaced.clone()),
        sound: schema.add_text_field("sound", spaced),
        name: schema.add_text_field("name", STRING),
        code: schema.add_text_field("code", STRING),
        genre: schema.add_text_field(GENRE, STRING | FAST),
        language: schema.add_text_field(LANGUAGE, STRING | FAST),
        quality: schema.add_text_field(QUALITY, STRING | FAST),
        year: schema.add_u64_field(YEAR, FAST),
        length: schema.add_u64_field(LENGTH, FAST),
    };
    let rank = schema.add_u64_field(RANK, FAST);
    (schema.build(), fields, rank)
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
    rank: Field,
    pub mark: Mark,
}

/// Where this version's index lies: an older program beside us keeps its own.
pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(format!("v{VERSION}"))
}

/// Opens what is there; `None` when there is none that can be used.
pub(super) fn open(folder: &Path) -> Option<Open> {
    let (schema, fields, rank) = schema();
    let index = Index::open_in_dir(place(folder)).ok()?;
    if index.schema() != schema {
        return None;
    }
    let mark = Mark::from_payload(index.load_metas().ok()?.payload.as_deref().unwrap_or(""))?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().ok()?;
    Some(Open { index, reader, fields, rank, mark })
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
    let (schema, fields, rank) = schema();
    let directory = MmapDirectory::open(&place).map_err(|e| SearchError::Index(e.to_string()))?;
    let by_rank = IndexSortByField { field: RANK.to_owned(), order: Order::Desc };
    let settings = IndexSettings { sort_by_field: Some(by_rank), ..IndexSettings::default() };
    let index = Index::create(directory, schema, settings)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(Open { index, reader, fields, rank, mark: Mark::default() })
}

impl Open {
    /// The one writer of this index, in this process or any other.
    pub(super) fn writer(&self) -> Result<IndexWriter, SearchError> {
        Ok(self.index.writer_with_num_threads(1, WRITER_BYTES)?)
    }

    /// The artists and labels that the index knows of a release: they may have nothing else, and have to be looked at when
    /// it goes.
    pub(super) fn former(&self, release: &str) -> Result<[Vec<String>; 2], SearchError> {
        let query = TermQuery::new(Term::from_field_text(self.fields.release, release), IndexRecordOption::Basic);
        let searcher = self.reader.searcher();
        let found = searcher.search(&query, &tantivy::collector::DocSetCollector)?;
        let mut former = [Vec::new(), Vec::new()];
        for address in found.into_iter().take(MAX_FORMER) {
            let document: TantivyDocument = searcher.doc(address)?;
            for (field, ids) in [self.fields.artist, self.fields.label].into_iter().zip(&mut former) {
                ids.extend(document.get_all(field).filter_map(|v| v.as_str().map(str::to_owned)));
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
            writer.delete_term(Term::from_field_text(self.fields.release, release));
        }
        for id in named {
            writer.delete_term(Term::from_field_text(self.fields.named, id));
        }
        for entry in entries {
            self.add(writer, entry)?;
        }
        self.seal(writer, &mark)?;
        self.reader.reload()?;
        self.mark = mark;
        Ok(())
    }

    /// Gives an entry to the writer.
    pub(super) fn add(&self, writer: &IndexWriter, entry: &Entry) -> Result<(), SearchError> {
        writer.add_document(self.document(entry))?;
        Ok(())
    }

    /// Commits, and notes how far the catalogue has been followed.
    pub(super) fn seal(&self, writer: &mut IndexWriter, mark: &Mark) -> Result<(), SearchError> {
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&mark.to_payload());
        commit.commit()?;
        Ok(())
    }

    fn document(&self, entry: &Entry) -> TantivyDocument {
        let fields = &self.fields;
        let mut document = TantivyDocument::new();
        document.add_text(fields.kind, entry.kind.as_str());
        document.add_text(fields.id, &entry.id);
        if matches!(entry.kind, Kind::Artist | Kind::Label) {
            document.add_text(fields.named, &entry.id);
        }
        let facets = &entry.facets;
        facets.genres.iter().for_each(|genre| document.add_text(fields.genre, genre));
        facets.language.iter().for_each(|language| document.add_text(fields.language, language));
        facets.quality.iter().for_each(|quality| document.add_text(fields.quality, quality.as_str()));
        facets.year.iter().for_each(|year| document.add_u64(fields.year, *year));
        if entry.release.is_some() {
            document.add_u64(fields.length, facets.length_s);
        }
        document.add_text(fields.title, &entry.title);
        document.add_text(fields.credit, &entry.credit);
        entry.release.iter().for_each(|id| document.add_text(fields.release, id));
        entry.artists.iter().for_each(|id| document.add_text(fields.artist, id));
        entry.label.iter().for_each(|id| document.add_text(fields.label, id));
        entry.cover.iter().for_each(|id| document.add_text(fields.cover, id));
        entry.codes.iter().for_each(|code| document.add_text(fields.code, words::code(code)));
        let spoken: Vec<Word> = entry.text.iter().flat_map(|text| words::words(text)).collect();
        let found: BTreeSet<&str> = spoken.iter().flat_map(|word| word.folded.iter().map(String::as_str)).collect();
        let heads: BTreeSet<&str> = found.iter().flat_map(|word| words::heads(word)).collect();
        let sounds = spoken.iter().flat_map(|word| word.keys.iter().map(String::as_str));
        let sounds: BTreeSet<&str> = sounds.filter(|key| !found.contains(key)).collect();
        document.add_text(fields.word, joined(&found));
        document.add_text(fields.head, joined(&heads));
        document.add_text(fields.sound, joined(&sounds));
        let [letters, sound] = words::names(&entry.title);
        document.add_text(fields.name, words::by_letters(&letters));
        document.add_text(fields.name, words::by_sound(&sound));
        document.add_u64(self.rank, entry.rank);
        document
    }
}

fn joined(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(" ")
}
