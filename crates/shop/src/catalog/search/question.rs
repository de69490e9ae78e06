//! What somebody typed, as conditions: from what he wrote to what he may have meant.

use std::cell::{LazyCell, OnceCell};
use std::rc::Rc;

use tantivy::schema::Field;

use super::index::Fields;
use super::matching::{How, Pattern, Wanted};
use super::words::{self, Word};
use super::{MAX_QUERY_CHARS, MAX_QUERY_WORDS, keyboard, sound};

/// Characters of words that are not taken for beginnings where numbers were written to them.
const SHORT_CHARS: usize = 3;
/// Characters from which on a question may be a code (ISRC, GTIN, catalogue number), and from which on it may be the beginning of one.
const MIN_CODE_CHARS: usize = 3;
const MIN_BEGUN_CODE_CHARS: usize = 4;
/// Characters of a word from which on it may be a beginning with typos in it.
const MIN_BEGUN_CHARS: usize = 6;
/// Characters of a sound that may have typos.
const MIN_SOUND_CHARS: usize = 5;
/// Sounds of a word that are looked for with typos, the likeliest: each is a walk through all words.
const MAX_MISTYPED_KEYS: usize = 3;
/// Characters of a sound from which on it may be a beginning though letters fell together in it.
const MIN_BEGUN_SOUND_CHARS: usize = 4;
/// Characters of a part of a word that may be one of its own.
const MIN_PART_CHARS: usize = 2;

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
    /// By some of the words: nothing has all of them.
    SomeWords,
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
    /// The same, of the label's name too.
    WithLabel,
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
    /// Two words as one.
    Together,
    /// A word as two.
    Parted,
    /// Russian words without the endings of their case.
    Stems,
    /// Whole words with so many typos at most.
    TyposInLetters(u8),
    /// The same by their sound too.
    Typos(u8),
    /// The last word begun, with so many.
    TyposInBeginnings(u8),
}

/// What is looked for while there is room for more.
const AS_MEANT: [Reading; 9] = [
    Reading::Name,
    Reading::NameBySound,
    Reading::Words,
    Reading::Beginnings,
    Reading::WithLabel,
    Reading::Codes,
    Reading::Apart,
    Reading::Sounds,
    Reading::ApartBySound,
];
/// What is looked for first where the keys look like those of the other keyboard; letters alone are no words then.
const EXACTLY: [Reading; 2] = [Reading::Name, Reading::Words];
/// What is looked for where nothing else was found.
const OTHERWISE_WRITTEN: [Reading; 2] = [Reading::Together, Reading::Parted];
const IN_ANOTHER_CASE: [Reading; 1] = [Reading::Stems];
/// What is looked for by some of the words.
const BY_SOME_WORDS: [Reading; 6] =
    [Reading::Name, Reading::Words, Reading::Beginnings, Reading::WithLabel, Reading::Sounds, Reading::Stems];
/// What is looked for then, one after the other, of what was typed and of what the other keys are.
const WITH_TYPOS: [Reading; 5] = [
    Reading::TyposInLetters(1),
    Reading::Typos(1),
    Reading::TyposInBeginnings(1),
    Reading::Typos(2),
    Reading::TyposInBeginnings(2),
];

/// A question that has words, or signs that are a name.
pub(super) struct Question {
    /// What was typed, as it stands.
    text: String,
    words: Vec<Word>,
    /// The words where numbers are apart from letters; none where they are.
    apart: Vec<Word>,
}

impl Question {
    /// `None` when there is nothing in it.
    pub(super) fn new(text: &str) -> Option<Rc<Question>> {
        let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let words = words_of(&text);
        let apart = words::apart(&text).map_or(Vec::new(), |apart| words_of(&apart));
        (!text.trim().is_empty()).then(|| Rc::new(Question { text, words, apart }))
    }

    /// What is wanted of the documents, in groups: one is asked only where those before it found nothing.
    pub(super) fn groups(self: &Rc<Question>, fields: Fields) -> impl Iterator<Item = Group> {
        let other = LazyCell::new(|| keyboard::other(&self.text).and_then(|text| Question::new(&text)));
        let has_letter = self.words.iter().any(|word| word.folded.iter().any(|word| is_letter(word)));
        let exactly = if has_letter { &EXACTLY[..1] } else { &EXACTLY };
        let typed = move |readings: &[Reading]| Group::of(fields, Way::Typed, Some(self), readings);
        let looks_foreign = keyboard::looks_foreign(&self.text);
        let group = move |step: usize| match step {
            0 if looks_foreign => typed(exactly),
            0 => typed(&AS_MEANT),
            1 => Group::of(fields, Way::OtherKeys, other.as_ref(), &AS_MEANT),
            2 if looks_foreign => typed(&AS_MEANT),
            2 => typed(&[]),
            3 => typed(&OTHERWISE_WRITTEN),
            4 => Group::of(fields, Way::Typos, Some(self), &IN_ANOTHER_CASE),
            step => {
                let both = std::iter::once(self).chain(other.as_ref());
                Group::of(fields, Way::Typos, both, &WITH_TYPOS[step - 5..=step - 5])
            }
        };
        (0..5 + WITH_TYPOS.len()).map(group)
    }

    /// What each of several words wants for itself.
    pub(super) fn one_by_one(&self, fields: Fields) -> Vec<Wanted> {
        let several = if self.words.len() > 1 { &self.words[..] } else { &[] };
        several.iter().map(|word| all(fields, std::slice::from_ref(word), |_| Reading::Stems)).collect()
    }

    /// The same question by some of its words, told by their places; `None` where one says too little for itself.
    pub(super) fn with(&self, fields: Fields, places: &[usize]) -> Option<Group> {
        let words: Vec<Word> = places.iter().filter_map(|place| self.words.get(*place)).cloned().collect();
        let says_little = |word: &Word| {
            let word = word.folded.concat();
            words::is_number(&word) || word.chars().count() < SHORT_CHARS
        };
        if words.iter().all(says_little) {
            return None;
        }
        let text = words.iter().map(|word| word.folded.join(" ")).collect::<Vec<_>>().join(" ");
        let some = Rc::new(Question { text, words, apart: Vec::new() });
        Some(Group::of(fields, Way::SomeWords, Some(&some), &BY_SOME_WORDS))
    }

    /// `None` where this reading adds nothing to those before it.
    fn wanted(&self, fields: Fields, reading: Reading) -> Option<Wanted> {
        match reading {
            Reading::Name => Some(self.named(fields)),
            _ if self.words.is_empty() => None,
            Reading::NameBySound => {
                let [_, sound] = words::names(&self.text);
                Some(one(fields.name, words::by_sound(&sound), How::Whole))
            }
            Reading::Codes => Some(one(fields.code, self.code(MIN_BEGUN_CODE_CHARS)?, How::Beginning)),
            Reading::Apart | Reading::ApartBySound if self.apart.is_empty() => None,
            Reading::Apart => Some(self.all_apart(fields, [Reading::Words, Reading::Beginnings])),
            Reading::ApartBySound => {
                // A letter's sound and a number are in too many.
                let says_little = |word: &String| is_letter(word) && words::as_counted(word).next().is_none();
                let has_letter = self.apart.iter().any(|word| word.folded.iter().any(says_little));
                (!has_letter).then(|| self.all_apart(fields, [Reading::WholeSounds, Reading::Sounds]))
            }
            Reading::Together => self.together(fields),
            Reading::Parted => self.parted(fields),
            Reading::Stems
                if !self.words.iter().flat_map(|word| &word.folded).any(|word| words::stem(word).is_some()) =>
            {
                None
            }
            Reading::TyposInLetters(typos) | Reading::Typos(typos) | Reading::TyposInBeginnings(typos)
                if typos > self.most_typos() =>
            {
                None
            }
            Reading::TyposInLetters(_) | Reading::Typos(_) | Reading::TyposInBeginnings(_)
                if !self.apart.is_empty() =>
            {
                let either = [&self.words, &self.apart].map(|words| all(fields, words, |_| reading));
                Some(Wanted::Any(either.into()))
            }
            _ => Some(all(fields, &self.words, |_| reading)),
        }
    }

    /// All words, two that stand together as one: `u 2` is U2.
    fn together(&self, fields: Fields) -> Option<Wanted> {
        let paired = |place: usize| {
            let (first, second) = (self.words.get(place)?, self.words.get(place + 1)?);
            let mut words = self.words.clone();
            let joined = first.folded.concat() + &second.folded.concat();
            let keys = sound::asked(&joined);
            words.splice(place..place + 2, [Word { at: first.at.start..second.at.end, folded: vec![joined], keys }]);
            Some(all(fields, &words, |_| Reading::Sounds))
        };
        let any: Vec<Wanted> = (0..self.words.len().saturating_sub(1)).filter_map(paired).collect();
        (!any.is_empty()).then_some(Wanted::Any(any))
    }

    /// All words, those that may be two as these: `daftpunk` is Daft Punk.
    fn parted(&self, fields: Fields) -> Option<Wanted> {
        let last = self.words.len() - 1;
        let mut is_any_parted = false;
        let words = self.words.iter().enumerate().map(|(place, word)| {
            let whole = all(fields, std::slice::from_ref(word), |_| Reading::Sounds);
            let mut any = vec![whole];
            for (first, second) in word.folded.iter().filter(|_| word.folded.len() == 1).flat_map(|word| parts(word)) {
                is_any_parted = true;
                let first = one(fields.word, first.to_owned(), How::Whole);
                let is_begun = place == last && second.chars().count() >= SHORT_CHARS;
                let how = if is_begun { How::Beginning } else { How::Whole };
                any.push(Wanted::All(vec![first, one(fields.word, second.to_owned(), how)]));
            }
            Wanted::Any(any)
        });
        let words = words.collect();
        is_any_parted.then_some(Wanted::All(words))
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
        either.extend(self.code(MIN_CODE_CHARS).map(|code| pattern(fields.code, code, How::Whole)));
        Wanted::Term(either)
    }

    /// The question as a code, if it has as many characters.
    fn code(&self, least: usize) -> Option<String> {
        let dressed = self.text.chars().filter(|c| c.is_alphanumeric()).count();
        (dressed >= least).then(|| words::code(&self.text))
    }

    /// Whether its words can be spoken: what the other keys make of a text mostly cannot.
    fn is_spoken(&self) -> bool {
        let is_spoken = |word: &String| !word.chars().all(char::is_alphabetic) || word.chars().any(is_vowel);
        self.words.iter().flat_map(|word| &word.folded).all(is_spoken)
    }

    fn most_typos(&self) -> u8 {
        self.words
            .iter()
            .chain(&self.apart)
            .flat_map(|word| &word.folded)
            .map(|word| words::most_typos_in(word))
            .max()
            .unwrap_or(0)
    }
}

/// Readings of a question, of which the later ones come behind the earlier ones.
pub(super) struct Group {
    pub way: Way,
    fields: Fields,
    readings: Vec<Read>,
    /// Whether every word is longer than the beginnings that are indexed for themselves.
    has_long_words: bool,
}

/// A reading of a question, with what it wants as soon as somebody asks: mostly the first ones find enough.
struct Read {
    reading: Reading,
    question: Rc<Question>,
    wanted: OnceCell<Option<Wanted>>,
}

impl Read {
    fn wanted(&self, fields: Fields) -> Option<&Wanted> {
        self.wanted.get_or_init(|| self.question.wanted(fields, self.reading)).as_ref()
    }
}

impl Group {
    fn of<'q>(
        fields: Fields,
        way: Way,
        questions: impl IntoIterator<Item = &'q Rc<Question>>,
        readings: &[Reading],
    ) -> Group {
        let (mut read, mut has_long_words) = (Vec::new(), true);
        for question in questions {
            let is_meant =
                |reading: &&Reading| way != Way::OtherKeys || question.is_spoken() || !is_of_sound(**reading);
            let of =
                |reading: &Reading| Read { reading: *reading, question: question.clone(), wanted: OnceCell::new() };
            read.extend(readings.iter().filter(is_meant).map(of));
            let mut written = question.words.iter().flat_map(|word| &word.folded);
            has_long_words &= written.all(|word| word.chars().count() > words::HEAD_CHARS);
        }
        Group { way, fields, readings: read, has_long_words }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Wanted> {
        self.readings.iter().filter_map(|read| read.wanted(self.fields))
    }

    /// Those that find all that the others find as well: whoever is found by the beginning of a word is also found by its sound.
    pub(super) fn widest(&self) -> impl Iterator<Item = &Wanted> {
        let is_there =
            |of: Reading| self.readings.iter().any(|read| read.reading == of && read.wanted(self.fields).is_some());
        let is_wide = move |reading: Reading| match reading {
            Reading::Beginnings | Reading::WithLabel => !is_there(Reading::Sounds),
            Reading::Apart => !is_there(Reading::ApartBySound),
            // A short beginning is not looked for in all that whole words are.
            Reading::Words => !self.has_long_words,
            _ => true,
        };
        self.readings.iter().filter(move |read| is_wide(read.reading)).filter_map(|read| read.wanted(self.fields))
    }

    /// Those by what was typed, letter by letter.
    pub(super) fn by_letters(&self) -> impl Iterator<Item = &Wanted> {
        let is_by_letters =
            |reading: Reading| !matches!(reading, Reading::NameBySound | Reading::Sounds | Reading::ApartBySound);
        self.readings.iter().filter(move |read| is_by_letters(read.reading)).filter_map(|read| read.wanted(self.fields))
    }
}

/// The words of a question that count.
fn words_of(text: &str) -> Vec<Word> {
    let mut words = words::weighty(words::counting(words::asked(text)));
    words.truncate(MAX_QUERY_WORDS);
    words
}

/// A word in two parts, in all the ways in which these may be words.
fn parts(word: &str) -> impl Iterator<Item = (&str, &str)> {
    let chars = word.chars().count();
    let ends = word.char_indices().map(|(at, _)| at).enumerate();
    let is_part = move |at: &(usize, usize)| at.0 >= MIN_PART_CHARS && at.0 + MIN_PART_CHARS <= chars;
    ends.filter(is_part)
        .map(|(_, at)| word.split_at(at))
        .filter(|(first, second)| !words::is_number(first) && !words::is_number(second))
}

fn is_vowel(c: char) -> bool {
    "aeiouyаеиоуыэюя".contains(c)
}

/// Whether a word is one letter.
fn is_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Where a word stands among those that are asked for.
#[derive(Clone, Copy)]
struct Place {
    is_alone: bool,
    is_last: bool,
    /// A number follows.
    is_counted: bool,
    /// What numbers are counted by stands before.
    is_numbered: bool,
}

/// All of these words, each in the reading for its place.
fn all(fields: Fields, words: &[Word], reading: impl Fn(usize) -> Reading) -> Wanted {
    let is_like = |place: Option<usize>, is: &dyn Fn(&str) -> bool| {
        place.and_then(|place| words.get(place)).is_some_and(|word| word.folded.iter().any(|word| is(word)))
    };
    let placed = |place: usize| {
        let is_last = place + 1 == words.len();
        let is_end = place + 2 == words.len();
        let is_number =
            |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) || words::other_number(word, is_end).is_some();
        Place {
            is_alone: words.len() == 1,
            is_last,
            is_counted: is_like(Some(place + 1), &is_number),
            is_numbered: is_like(place.checked_sub(1), &|word| words::as_counted(word).next().is_some()),
        }
    };
    let asked = |(place, word)| asked(fields, word, reading(place), placed(place));
    Wanted::All(words.iter().enumerate().map(asked).collect())
}

/// A word in one of the readings.
fn asked(fields: Fields, word: &Word, reading: Reading, place: Place) -> Wanted {
    let mut written: Vec<Pattern> = word.folded.iter().map(|word| written(fields, word, reading, place)).collect();
    let mut others = Vec::new();
    if is_of_sound(reading) {
        let letters = word.folded.iter().map(|word| word.chars().count()).sum();
        let is_mistyped = matches!(reading, Reading::Typos(_) | Reading::TyposInBeginnings(_));
        let most_keys = if is_mistyped { MAX_MISTYPED_KEYS } else { word.keys.len() };
        for key in word.keys.iter().take(most_keys) {
            let how = sounding(key, letters, reading, place);
            // What begins with a longer one begins with a shorter one.
            let is_found = |shorter: &String| shorter != key && key.starts_with(shorter.as_str());
            if how == Some(How::Beginning)
                && word
                    .keys
                    .iter()
                    .any(|shorter| is_found(shorter) && sounding(shorter, letters, reading, place) == how)
            {
                continue;
            }
            // A word that is written as it sounds stands among the words alone.
            others.extend(
                how.into_iter()
                    .flat_map(|how| [fields.word, fields.sound].map(|field| pattern(field, key.clone(), how))),
            );
        }
    }
    if matches!(reading, Reading::WithLabel | Reading::Sounds) {
        let begun = word.folded.iter().filter(|word| word.chars().count() >= words::HEAD_CHARS);
        others.extend(begun.map(|word| pattern(fields.word, words::of_label(word), How::Beginning)));
    }
    if reading == Reading::Sounds {
        let keys = word.keys.iter().filter(|key| key.chars().count() > words::HEAD_CHARS);
        others.extend(keys.map(|key| pattern(fields.sound, words::of_label(key), How::Beginning)));
    }
    if written.len() == 1 {
        for word in &word.folded {
            let counted = words::as_counted(word).filter(|_| place.is_counted).map(str::to_owned);
            let number = words::other_number(word, place.is_last || place.is_numbered).filter(|_| !place.is_alone);
            let year = (words::is_year(word) && !place.is_alone).then(|| words::dated(word));
            let same = counted.chain(number).chain(year);
            written.extend(same.map(|other| pattern(fields.word, other, How::Whole)));
        }
        if reading == Reading::Stems {
            for stem in word.folded.iter().filter_map(|word| words::stem(word)) {
                written.push(pattern(fields.word, stem.to_owned(), How::Beginning));
                let keys = sound::keys(stem).into_iter();
                written.extend(keys.flat_map(|key| {
                    [fields.word, fields.sound].map(|field| pattern(field, key.clone(), How::Beginning))
                }));
            }
        }
        written.append(&mut others);
        return Wanted::Term(written);
    }
    let written = Wanted::All(written.into_iter().map(|pattern| Wanted::Term(vec![pattern])).collect());
    if others.is_empty() { written } else { Wanted::Any(vec![written, Wanted::Term(others)]) }
}

/// Whether words are also looked for by their sound.
fn is_of_sound(reading: Reading) -> bool {
    !matches!(
        reading,
        Reading::Name
            | Reading::Words
            | Reading::Beginnings
            | Reading::WithLabel
            | Reading::Codes
            | Reading::Apart
            | Reading::TyposInLetters(_)
    )
}

/// How a word of so many letters is looked for by a sound; not at all by one that says too little.
fn sounding(key: &str, letters: usize, reading: Reading, place: Place) -> Option<How> {
    let sounds = key.chars().count();
    let typos = |most: u8| if sounds < MIN_SOUND_CHARS { 0 } else { most.min(words::most_typos_in(key)) };
    match reading {
        _ if sounds == 1 && letters > 1 => None,
        Reading::Typos(most) => Some(How::Typos(typos(most))),
        Reading::TyposInBeginnings(most) if place.is_last && sounds >= MIN_BEGUN_CHARS => {
            Some(How::TyposInBeginning(most.min(words::typos_in(key, ""))))
        }
        Reading::TyposInBeginnings(most) => Some(How::Typos(typos(most))),
        Reading::WholeSounds => Some(How::Whole),
        _ if sounds < letters.min(MIN_BEGUN_SOUND_CHARS) => Some(How::Whole),
        _ => Some(How::Beginning),
    }
}

/// A word by its letters.
fn written(fields: Fields, word: &str, reading: Reading, place: Place) -> Pattern {
    let letters = word.chars().count();
    // A number is meant as it stands, unless it is being typed.
    let is_being_typed = place.is_alone || place.is_last && (letters > 1 || place.is_numbered);
    let is_whole_number = words::is_number(word) && !is_being_typed;
    // Who has typed three letters goes on typing.
    let most_typos = if place.is_alone && letters <= SHORT_CHARS { 0 } else { words::most_typos_in(word) };
    let how = match reading {
        Reading::TyposInLetters(most) | Reading::Typos(most) => How::Typos(most.min(most_typos)),
        Reading::TyposInBeginnings(most) if place.is_last && letters >= MIN_BEGUN_CHARS => {
            How::TyposInBeginning(most.min(words::typos_in(word, "")))
        }
        Reading::TyposInBeginnings(_) if place.is_last && !is_whole_number => How::Beginning,
        Reading::TyposInBeginnings(most) => How::Typos(most.min(most_typos)),
        Reading::Beginnings | Reading::WithLabel | Reading::Sounds | Reading::Stems if !is_whole_number => {
            How::Beginning
        }
        _ => How::Whole,
    };
    match (how, letters) {
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
