//! Text as words that can be compared: case, accents and punctuation do not matter, in Latin and in Cyrillic. The same
//! for what is indexed and for what is asked.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::sound;

/// Letters at the start of a word that are indexed for themselves, so that short beginnings are found at once. Shorter ones are
/// found by all that go on from them.
pub const HEAD_CHARS: usize = 2;

/// Words that say nothing of what is meant, unless there is no other.
const SMALL: &[&str] = &["the", "feat", "ft", "featuring", "and", "и", "und", "et"];

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its bytes in the text.
    pub at: Range<usize>,
    /// As it is compared: one or more, where a sign stands for several.
    pub folded: Vec<String>,
    /// What it sounds like.
    pub keys: Vec<String>,
}

/// The words of a text with their places.
pub fn words(text: &str) -> Vec<Word> {
    let is_of_word = |c: char| c.is_alphanumeric() || is_combining_mark(c) || is_apostrophe(c);
    let mut found = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begin, is_of_word(c)) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                begin = None;
                let folded: Vec<String> = fold(&text[from..at]).collect();
                if !folded.is_empty() {
                    found.push(Word { at: from..at, folded, keys: sound::keys(&text[from..at]) });
                }
            }
            _ => {}
        }
    }
    found
}

/// The words that count: all but the small ones, or all where there is no other.
pub fn weighty(words: Vec<Word>) -> Vec<Word> {
    let is_small = |word: &Word| word.folded.iter().all(|folded| SMALL.contains(&folded.as_str()));
    if words.iter().all(is_small) { words } else { words.into_iter().filter(|word| !is_small(word)).collect() }
}

/// A whole name as it is compared, whatever stands between its words: by its letters, and by its sound.
pub fn names(text: &str) -> [String; 2] {
    let words = weighty(words(text));
    let sound = |word: &Word| word.keys.first().cloned().unwrap_or_else(|| word.folded.concat());
    [words.iter().map(|word| word.folded.concat()).collect(), words.iter().map(sound).collect()]
}

/// A whole name by its letters, as the index and a question name it.
pub fn by_letters(name: &str) -> String {
    format!("={name}")
}

/// A whole name by its sound.
pub fn by_sound(name: &str) -> String {
    format!("~{name}")
}

/// The places of `text` that answer to the question, as bytes, in order.
pub fn marks(text: &str, question: &str) -> Vec<Range<usize>> {
    let asked: Vec<Word> = [Some(question.to_owned()), super::keyboard::other(question)]
        .into_iter()
        .flatten()
        .flat_map(|question| weighty(words(&question)))
        .collect();
    words(text).into_iter().filter_map(|word| asked.iter().find_map(|asked| mark(text, &word, asked))).collect()
}

/// A text in parts, each with whether it answers to the question.
pub fn parts<'t>(text: &'t str, question: &str) -> Vec<(&'t str, bool)> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for mark in marks(text, question) {
        parts.push((&text[at..mark.start], false));
        at = mark.end;
        parts.push((&text[mark], true));
    }
    parts.push((&text[at..], false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

/// The part of a word that answers to an asked one.
fn mark(text: &str, word: &Word, asked: &Word) -> Option<Range<usize>> {
    let (letters, wanted) = (word.folded.concat(), asked.folded.concat());
    if letters.starts_with(&wanted) {
        let taken = |end: usize| fold(&text[word.at.start..end]).collect::<String>().len();
        let ends = text[word.at.clone()].char_indices().map(|(at, c)| word.at.start + at + c.len_utf8());
        let end = ends.into_iter().find(|end| taken(*end) >= wanted.len()).unwrap_or(word.at.end);
        return Some(word.at.start..end);
    }
    let sounds = asked.keys.iter().any(|asked| word.keys.iter().any(|key| key.starts_with(asked.as_str())));
    let typos = typos_in(&wanted);
    let is_near = typos > 0 && strsim::osa_distance(&letters, &wanted) <= usize::from(typos);
    (sounds || is_near).then(|| word.at.clone())
}

/// How many typos a word of this length may have.
pub fn typos_in(word: &str) -> u8 {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

/// The words of a text, folded, in order.
pub fn fold(text: &str) -> impl Iterator<Item = String> {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfc().flat_map(char::to_lowercase) {
        push_folded(&mut folded, c);
    }
    folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn push_folded(folded: &mut String, c: char) {
    match c {
        // A letter of its own, though Unicode takes it apart into и and a breve.
        'й' => folded.push('й'),
        _ if is_apostrophe(c) => {}
        _ => match letters(c) {
            Some(letters) => folded.push_str(letters),
            None => std::iter::once(c).nfkd().for_each(|part| push_part(folded, part)),
        },
    }
}

/// Letters that Unicode does not take apart.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        _ => return None,
    })
}

fn push_part(folded: &mut String, part: char) {
    if part.is_alphanumeric() {
        folded.extend(part.to_lowercase());
    } else if !is_combining_mark(part) {
        folded.push(' ');
    }
}

/// The beginning of a word that is indexed for itself.
pub fn head(word: &str) -> &str {
    word.char_indices().nth(HEAD_CHARS).map_or(word, |(end, _)| &word[..end])
}

/// A code (ISRC, GTIN, catalogue number) as it is compared: letters and digits only, an EAN as its UPC.
pub fn code(text: &str) -> String {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match bare.trim_start_matches('0') {
        digits if bare.chars().all(|c| c.is_ascii_digit()) => digits.to_owned(),
        _ => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        for (text, expected) in [
            ("Sigur Rós — Ágætis byrjun", "sigur ros agaetis byrjun"),
            ("Dvořák: Z Nového světa", "dvorak z noveho sveta"),
            ("AC/DC", "ac dc"),
            ("Don’t Stop", "dont stop"),
            ("Straße", "strasse"),
            ("ＦＵＬＬ　Width", "full width"),
            ("Ёлка", "елка"),
            ("Е\u{308}ЛКА", "елка"),
            ("Чайковский", "чайковский"),
            ("Чайковскии\u{306}", "чайковский"),
            ("Осень", "осень"),
            ("…", ""),
        ] {
            assert_eq!(folded(text), expected);
        }
    }

    #[test]
    fn small_words_do_not_count_where_there_are_others() {
        let counted = |text: &str| weighty(words(text)).iter().map(|word| word.folded.concat()).collect::<Vec<_>>();
        assert_eq!(counted("The Doors feat. Ray"), ["doors", "ray"]);
        assert_eq!(counted("The The"), ["the", "the"]);
        assert_eq!(names("The Doors")[0], names("doors")[0]);
        assert_eq!(names("AC/DC")[0], names("acdc")[0]);
        assert_eq!(names("Чайковский")[1], names("Tchaikovsky")[1]);
    }

    #[test]
    fn what_answers_is_marked() {
        let marked = |text: &str, question: &str| {
            marks(text, question).into_iter().map(|at| text[at].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(marked("Sigur Rós", "ro"), ["Ró"]);
        assert_eq!(marked("Don’t Stop", "dont"), ["Don’t"]);
        assert_eq!(marked("Е\u{308}лка и ёж", "ёл"), ["Е\u{308}л"]);
        assert_eq!(marked("Пётр Ильич Чайковский", "tchaik"), ["Чайковский"]);
        assert_eq!(marked("Кино", "rby"), ["Кин"]);
        assert_eq!(marked("Mozart: Requiem", "mozrat requem"), ["Mozart", "Requiem"]);
        assert_eq!(marked("Straße", "strass"), ["Straß"]);
        assert_eq!(marked("Nothing", "other"), Vec::<String>::new());
        assert_eq!(parts("Sigur Rós", "ro"), [("Sigur ", false), ("Ró", true), ("s", false)]);
    }

    #[test]
    fn codes_are_compared_without_their_dress() {
        assert_eq!(code("US-RC1-76-07839"), "usrc17607839");
        assert_eq!(code("0 12345 67890 5"), code("0012345678905"));
        assert_eq!(code("ECM 1064/65"), "ecm106465");
    }

    #[test]
    fn heads_are_whole_letters() {
        assert_eq!(["лед", "quartet", "я", "ua", ""].map(head), ["ле", "qu", "я", "ua", ""]);
    }
}
