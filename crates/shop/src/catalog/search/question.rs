//! What somebody typed, as queries: from what he wrote to what he may have meant.

use tantivy::Term;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::index::Fields;
use super::words::{self, Word};
use super::{Kind, MAX_QUERY_CHARS, MAX_QUERY_WORDS, keyboard};

/// Characters from which on a question may be a code (ISRC, GTIN, catalogue number).
const MIN_CODE_CHARS: usize = 4;

/// How freely a question is read. All words must be answered in each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The whole name of something, or its code.
    Name,
    /// The whole name by its sound.
    NameBySound,
    /// Whole words.
    Words,
    /// Beginnings of words, or of a code.
    Beginnings,
    /// Beginnings of words by their sound.
    Sounds,
    /// Whole words with so many typos at most.
    Typos(u8),
    /// Beginnings of words with so many.
    TyposInBeginnings(u8),
}

/// What is looked for while there is room for more.
const AS_MEANT: [Reading; 5] =
    [Reading::Name, Reading::NameBySound, Reading::Words, Reading::Beginnings, Reading::Sounds];
/// What is looked for where nothing else was found.
const WITH_TYPOS: [Reading; 4] =
    [Reading::Typos(1), Reading::TyposInBeginnings(1), Reading::Typos(2), Reading::TyposInBeginnings(2)];

/// A question that has words.
pub(super) struct Question {
    /// What was typed, as it stands.
    text: String,
    words: Vec<Word>,
}

impl Question {
    /// `None` when there is no word in it.
    pub(super) fn new(text: &str) -> Option<Question> {
        let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let mut words = words::weighty(words::words(&text));
        words.truncate(MAX_QUERY_WORDS);
        (!words.is_empty()).then_some(Question { text, words })
    }

    /// The queries in whose order results come, those of a kind if one is given, in groups: one is asked only where those
    /// before it found nothing.
    pub(super) fn queries(&self, fields: Fields, kind: Option<Kind>) -> impl Iterator<Item = (usize, Box<dyn Query>)> {
        let other = keyboard::other(&self.text).and_then(|text| Question::new(&text));
        let as_typed = AS_MEANT.map(|reading| (0, reading, false));
        let on_other_keys = AS_MEANT.map(|reading| (1, reading, true));
        let with_typos = WITH_TYPOS
            .into_iter()
            .enumerate()
            .flat_map(|(place, reading)| [(2 + place, reading, false), (2 + place, reading, true)]);
        as_typed.into_iter().chain(on_other_keys).chain(with_typos).filter_map(
            move |(group, reading, on_other_keys)| {
                let question = if on_other_keys { other.as_ref()? } else { self };
                let query = question.query(fields, reading)?;
                Some((group, of_kind(fields, query, kind)))
            },
        )
    }

    /// `None` where this reading adds nothing to those before it.
    fn query(&self, fields: Fields, reading: Reading) -> Option<Box<dyn Query>> {
        match reading {
            Reading::Name => Some(self.named(fields)),
            Reading::NameBySound => {
                let [_, sound] = words::names(&self.text);
                Some(exact(fields.name, &words::by_sound(&sound)))
            }
            Reading::Typos(typos) | Reading::TyposInBeginnings(typos) if typos > self.most_typos() => None,
            Reading::Beginnings => Some(self.beginnings(fields)),
            _ => Some(self.all_words(fields, reading)),
        }
    }

    fn named(&self, fields: Fields) -> Box<dyn Query> {
        let [letters, _] = words::names(&self.text);
        let name = exact(fields.name, &words::by_letters(&letters));
        any_of([Some(name), self.code().map(|code| exact(fields.code, &code))].into_iter().flatten().collect())
    }

    fn beginnings(&self, fields: Fields) -> Box<dyn Query> {
        let begun = |code: String| -> Box<dyn Query> {
            Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(fields.code, &code), 0, false))
        };
        let words = self.all_words(fields, Reading::Beginnings);
        any_of([Some(words), self.code().map(begun)].into_iter().flatten().collect())
    }

    fn all_words(&self, fields: Fields, reading: Reading) -> Box<dyn Query> {
        all_of(self.words.iter().map(|word| asked(fields, word, reading)).collect())
    }

    /// The question as a code, if it may be one.
    fn code(&self) -> Option<String> {
        let code = words::code(&self.text);
        (code.chars().count() >= MIN_CODE_CHARS).then_some(code)
    }

    fn most_typos(&self) -> u8 {
        self.words.iter().flat_map(|word| &word.folded).map(|word| words::typos_in(word)).max().unwrap_or(0)
    }
}

/// A word in one of the readings.
fn asked(fields: Fields, word: &Word, reading: Reading) -> Box<dyn Query> {
    let written: Vec<Box<dyn Query>> = word.folded.iter().map(|word| written(fields, word, reading)).collect();
    if matches!(reading, Reading::Words | Reading::Beginnings) {
        return all_of(written);
    }
    let mut either = vec![all_of(written)];
    for key in &word.keys {
        let typos = match reading {
            Reading::Typos(most) | Reading::TyposInBeginnings(most) => most.min(words::typos_in(key)),
            _ => 0,
        };
        // A word that is written as it sounds stands among the words alone.
        for field in [fields.word, fields.sound] {
            let term = Term::from_field_text(field, key);
            either.push(match reading {
                Reading::Typos(_) => Box::new(FuzzyTermQuery::new(term, typos, true)),
                _ => Box::new(FuzzyTermQuery::new_prefix(term, typos, true)),
            });
        }
    }
    any_of(either)
}

/// A word by its letters.
fn written(fields: Fields, word: &str, reading: Reading) -> Box<dyn Query> {
    let term = || Term::from_field_text(fields.word, word);
    match reading {
        Reading::Words => exact(fields.word, word),
        Reading::Typos(most) => Box::new(FuzzyTermQuery::new(term(), most.min(words::typos_in(word)), true)),
        Reading::TyposInBeginnings(most) => {
            Box::new(FuzzyTermQuery::new_prefix(term(), most.min(words::typos_in(word)), true))
        }
        _ if word.chars().count() <= words::HEAD_CHARS => exact(fields.head, word),
        _ => Box::new(FuzzyTermQuery::new_prefix(term(), 0, false)),
    }
}

fn of_kind(fields: Fields, query: Box<dyn Query>, kind: Option<Kind>) -> Box<dyn Query> {
    match kind {
        Some(kind) => all_of(vec![query, exact(fields.kind, kind.as_str())]),
        None => query,
    }
}

fn exact(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

/// All of these.
pub(super) fn all_of(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.remove(0),
        _ => Box::new(BooleanQuery::intersection(queries)),
    }
}

/// Any of these.
pub(super) fn any_of(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.remove(0),
        _ => Box::new(BooleanQuery::new(queries.into_iter().map(|query| (Occur::Should, query)).collect())),
    }
}
