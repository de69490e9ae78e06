//! What somebody typed, as conditions: from what he wrote to what he may have meant.

use std::cell::LazyCell;

use tantivy::schema::Field;

use super::index::Fields;
use super::matching::{How, Pattern, Wanted};
use super::words::{self, Word};
use super::{MAX_QUERY_CHARS, MAX_QUERY_WORDS, keyboard};

/// Characters of words that are not taken for beginnings where numbers were written to them.
const SHORT_CHARS: usize = 3;
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
    /// Numbers apart from the letters that they were written to; of short words the whole ones.
    Apart,
    /// The same by sound.
    ApartBySound,
    /// Whole words by their sound.
    WholeSounds,
    /// Whole words with so many typos at most.
    Typos(u8),
    /// Beginnings of words with so many.
    TyposInBeginnings(u8),
}

/// What is looked for while there is room for more.
const AS_MEANT: [Reading; 8] = [
    Reading::Name,
    Reading::NameBySound,
    Reading::Words,
    Reading::Beginnings,
    Reading::Codes,
    Reading::Apart,
    Reading::Sounds,
    Reading::ApartBySound,
];
/// What is looked for where nothing else was found.
const WITH_TYPOS: [Reading; 4] =
    [Reading::Typos(1), Reading::TyposInBeginnings(1), Reading::Typos(2), Reading::TyposInBeginnings(2)];

/// A question that has words.
pub(super) struct Question {
    /// What was typed, as it stands.
    text: String,
    words: Vec<Word>,
    /// The words where numbers are apart from letters; none where they are.
    apart: Vec<Word>,
}

impl Question {
    /// `None` when there is no word in it.
    pub(super) fn new(text: &str) -> Option<Question> {
        let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let words = words_of(&text);
        let apart = words::apart(&text).map_or(Vec::new(), |apart| words_of(&apart));
        (!words.is_empty()).then_some(Question { text, words, apart })
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
            Reading::Apart | Reading::ApartBySound if self.apart.is_empty() => None,
            Reading::Apart => Some(self.all_apart(fields, [Reading::Words, Reading::Beginnings])),
            Reading::ApartBySound => Some(self.all_apart(fields, [Reading::WholeSounds, Reading::Sounds])),
            Reading::Typos(typos) | Reading::TyposInBeginnings(typos) if typos > self.most_typos() => None,
            Reading::Typos(_) | Reading::TyposInBeginnings(_) if !self.apart.is_empty() => {
                let either = [&self.words, &self.apart].map(|words| all(fields, words, |_| reading));
                Some(Wanted::Any(either.into()))
            }
            _ => Some(all(fields, &self.words, |_| reading)),
        }
    }

    /// All words apart: short ones in the first way, longer ones and the last in the second.
    fn all_apart(&self, fields: Fields, [short, long]: [Reading; 2]) -> Wanted {
        let is_short = |word: &Word| word.folded.iter().all(|word| word.chars().count() <= SHORT_CHARS);
        let way = |place: usize| match place + 1 < self.apart.len() && is_short(&self.apart[place]) {
            true => short,
            false => long,
        };
        all(fields, &self.apart, way)
    }

    fn named(&self, fields: Fields) -> Wanted {
        let [letters, _] = words::names(&self.text);
        let mut either = vec![pattern(fields.name, words::by_letters(&letters), How::Whole)];
        either.extend(self.code().map(|code| pattern(fields.code, code, How::Whole)));
        Wanted::Term(either)
    }

    /// The question as a code, if it may be one.
    fn code(&self) -> Option<String> {
        let code = words::code(&self.text);
        (code.chars().count() >= MIN_CODE_CHARS).then_some(code)
    }

    fn most_typos(&self) -> u8 {
        self.words
            .iter()
            .chain(&self.apart)
            .flat_map(|word| &word.folded)
            .map(|word| words::typos_in(word))
            .max()
            .unwrap_or(0)
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
            Reading::Beginnings | Reading::Apart => false,
            // A short beginning is not looked for in all that whole words are.
            Reading::Words => !self.has_long_words,
            _ => true,
        };
        self.readings.iter().filter(move |(reading, _)| is_wide(*reading)).map(|(_, wanted)| wanted)
    }

    /// Those by what was typed, letter by letter.
    pub(super) fn by_letters(&self) -> impl Iterator<Item = &Wanted> {
        let is_by_letters = |reading: &Reading| {
            matches!(reading, Reading::Name | Reading::Words | Reading::Beginnings | Reading::Codes | Reading::Apart)
        };
        self.readings.iter().filter(move |(reading, _)| is_by_letters(reading)).map(|(_, wanted)| wanted)
    }
}

/// The words of a question that count.
fn words_of(text: &str) -> Vec<Word> {
    let mut words = words::weighty(words::words(text));
    words.truncate(MAX_QUERY_WORDS);
    words
}

/// All of these words, each in the reading for its place.
fn all(fields: Fields, words: &[Word], reading: impl Fn(usize) -> Reading) -> Wanted {
    let is_number = |word: &Word| word.folded.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let is_counted = |place: usize| words.get(place + 1).is_some_and(is_number);
    let asked = |(place, word)| asked(fields, word, reading(place), is_counted(place));
    Wanted::All(words.iter().enumerate().map(asked).collect())
}

/// A word in one of the readings; `is_counted`: a number follows.
fn asked(fields: Fields, word: &Word, reading: Reading, is_counted: bool) -> Wanted {
    let mut written: Vec<Pattern> = word.folded.iter().map(|word| written(fields, word, reading)).collect();
    let mut others = Vec::new();
    if !matches!(reading, Reading::Words | Reading::Beginnings) {
        for key in &word.keys {
            let how = match reading {
                Reading::Typos(most) => How::Typos(most.min(words::typos_in(key))),
                Reading::TyposInBeginnings(most) => How::TyposInBeginning(most.min(words::typos_in(key))),
                Reading::WholeSounds => How::Whole,
                _ => How::Beginning,
            };
            // A word that is written as it sounds stands among the words alone.
            others.extend([fields.word, fields.sound].map(|field| pattern(field, key.clone(), how)));
        }
    }
    if written.len() == 1 {
        let counted = word.folded.iter().filter(|_| is_counted).flat_map(|word| words::as_counted(word));
        written.extend(counted.map(|other| pattern(fields.word, other.to_owned(), How::Whole)));
        written.append(&mut others);
        return Wanted::Term(written);
    }
    let written = Wanted::All(written.into_iter().map(|pattern| Wanted::Term(vec![pattern])).collect());
    if others.is_empty() { written } else { Wanted::Any(vec![written, Wanted::Term(others)]) }
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
