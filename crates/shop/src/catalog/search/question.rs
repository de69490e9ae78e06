//! What somebody typed, as conditions: from what he wrote to what he may have meant.

use std::cell::LazyCell;

use tantivy::schema::Field;

use super::index::Fields;
use super::matching::{How, Pattern, Wanted};
use super::words::{self, Word};
use super::{MAX_QUERY_CHARS, MAX_QUERY_WORDS, keyboard};

/// Characters from which on a question may be a code (ISRC, GTIN, catalogue number).
const MIN_CODE_CHARS: usize = 4;

/// In which way an answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By what was typed.
    Typed,
    /// By what it sounds like, as another alphabet or another transliteration writes it.
    Sound,
    /// By what the same keys are on the other keyboard.
    OtherKeys,
    /// By what may have been meant, but for typos.
    Typos,
}

impl Way {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Typed => "typed",
            Way::Sound => "sound",
            Way::OtherKeys => "other_keys",
            Way::Typos => "typos",
        }
    }
}

/// How freely a question is read. All words must be answered in each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The whole name of something, or its code.
    Name,
    /// The whole name by its sound.
    NameBySound,
    /// Whole words.
    Words,
    /// Beginnings of words.
    Beginnings,
    /// The beginning of a code.
    Codes,
    /// Beginnings of words by their sound.
    Sounds,
    /// Whole words with so many typos at most.
    Typos(u8),
    /// Beginnings of words with so many.
    TyposInBeginnings(u8),
}

/// What is looked for while there is room for more.
const AS_MEANT: [Reading; 6] =
    [Reading::Name, Reading::NameBySound, Reading::Words, Reading::Beginnings, Reading::Codes, Reading::Sounds];
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

    /// What is wanted of the documents, in groups: one is asked only where those before it found nothing.
    pub(super) fn groups(&self, fields: Fields) -> impl Iterator<Item = Group> {
        let other = LazyCell::new(|| keyboard::other(&self.text).and_then(|text| Question::new(&text)));
        let group = move |step: usize| match step.checked_sub(2) {
            None if step == 0 => Group::of(fields, Way::Typed, Some(self), &AS_MEANT),
            None => Group::of(fields, Way::OtherKeys, other.as_ref(), &AS_MEANT),
            Some(typos) => {
                let both = std::iter::once(self).chain(other.as_ref());
                Group::of(fields, Way::Typos, both, &WITH_TYPOS[typos..=typos])
            }
        };
        (0..2 + WITH_TYPOS.len()).map(group).filter(|group| !group.readings.is_empty())
    }

    /// `None` where this reading adds nothing to those before it.
    fn wanted(&self, fields: Fields, reading: Reading) -> Option<Wanted> {
        match reading {
            Reading::Name => Some(self.named(fields)),
            Reading::NameBySound => {
                let [_, sound] = words::names(&self.text);
                Some(one(fields.name, words::by_sound(&sound), How::Whole))
            }
            Reading::Codes => Some(one(fields.code, self.code()?, How::Beginning)),
            Reading::Typos(typos) | Reading::TyposInBeginnings(typos) if typos > self.most_typos() => None,
            _ => Some(self.all_words(fields, reading)),
        }
    }

    fn named(&self, fields: Fields) -> Wanted {
        let [letters, _] = words::names(&self.text);
        let mut either = vec![pattern(fields.name, words::by_letters(&letters), How::Whole)];
        either.extend(self.code().map(|code| pattern(fields.code, code, How::Whole)));
        Wanted::Term(either)
    }

    fn all_words(&self, fields: Fields, reading: Reading) -> Wanted {
        Wanted::All(self.words.iter().map(|word| asked(fields, word, reading)).collect())
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

/// Readings of a question, of which the later ones come behind the earlier ones.
pub(super) struct Group {
    pub way: Way,
    readings: Vec<(Reading, Wanted)>,
    /// Whether every word is longer than the beginnings that are indexed for themselves.
    has_long_words: bool,
}

impl Group {
    fn of<'q>(
        fields: Fields,
        way: Way,
        questions: impl IntoIterator<Item = &'q Question>,
        readings: &[Reading],
    ) -> Group {
        let (mut wanted, mut has_long_words) = (Vec::new(), true);
        for question in questions {
            let readings = readings.iter().filter_map(|reading| Some((*reading, question.wanted(fields, *reading)?)));
            wanted.extend(readings);
            let mut written = question.words.iter().flat_map(|word| &word.folded);
            has_long_words &= written.all(|word| word.chars().count() > words::HEAD_CHARS);
        }
        Group { way, readings: wanted, has_long_words }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Wanted> {
        self.readings.iter().map(|(_, wanted)| wanted)
    }

    /// Those that find all that the others find as well: whoever is found by the beginning of a word is also found by its sound.
    pub(super) fn widest(&self) -> impl Iterator<Item = &Wanted> {
        let is_wide = |reading| match reading {
            Reading::Beginnings => false,
            // A short beginning is not looked for in all that whole words are.
            Reading::Words => !self.has_long_words,
            _ => true,
        };
        self.readings.iter().filter(move |(reading, _)| is_wide(*reading)).map(|(_, wanted)| wanted)
    }

    /// Those by what was typed, letter by letter.
    pub(super) fn by_letters(&self) -> impl Iterator<Item = &Wanted> {
        let is_by_letters = |reading: &Reading| {
            matches!(reading, Reading::Name | Reading::Words | Reading::Beginnings | Reading::Codes)
        };
        self.readings.iter().filter(move |(reading, _)| is_by_letters(reading)).map(|(_, wanted)| wanted)
    }
}

/// A word in one of the readings.
fn asked(fields: Fields, word: &Word, reading: Reading) -> Wanted {
    let mut written: Vec<Pattern> = word.folded.iter().map(|word| written(fields, word, reading)).collect();
    let mut sounds = Vec::new();
    if !matches!(reading, Reading::Words | Reading::Beginnings) {
        for key in &word.keys {
            let how = match reading {
                Reading::Typos(most) => How::Typos(most.min(words::typos_in(key))),
                Reading::TyposInBeginnings(most) => How::TyposInBeginning(most.min(words::typos_in(key))),
                _ => How::Beginning,
            };
            // A word that is written as it sounds stands among the words alone.
            sounds.extend([fields.word, fields.sound].map(|field| pattern(field, key.clone(), how)));
        }
    }
    if written.len() == 1 {
        written.append(&mut sounds);
        return Wanted::Term(written);
    }
    let written = Wanted::All(written.into_iter().map(|pattern| Wanted::Term(vec![pattern])).collect());
    if sounds.is_empty() { written } else { Wanted::Any(vec![written, Wanted::Term(sounds)]) }
}

/// A word by its letters.
fn written(fields: Fields, word: &str, reading: Reading) -> Pattern {
    let how = match reading {
        Reading::Typos(most) => How::Typos(most.min(words::typos_in(word))),
        Reading::TyposInBeginnings(most) => How::TyposInBeginning(most.min(words::typos_in(word))),
        Reading::Beginnings | Reading::Sounds => How::Beginning,
        _ => How::Whole,
    };
    match (how, word.chars().count()) {
        (How::Beginning, words::HEAD_CHARS) => pattern(fields.head, word.to_owned(), How::Whole),
        (How::Beginning, 0..words::HEAD_CHARS) => pattern(fields.head, word.to_owned(), How::Beginning),
        _ => pattern(fields.word, word.to_owned(), how),
    }
}

fn pattern(field: Field, text: String, how: How) -> Pattern {
    Pattern { field, text, how }
}

fn one(field: Field, text: String, how: How) -> Wanted {
    Wanted::Term(vec![pattern(field, text, how)])
}
