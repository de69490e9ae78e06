//! Why the engine refuses something, told in a reader's language. The engine speaks English, for the API and the command line;
//! what it says is found among the English texts of `reasons.ftl` and told by the reader's text of the same id.

use std::sync::LazyLock;

use super::language::Lang;

/// The English texts, as the engine says them.
const SAID: &str = include_str!("../../locales/en/reasons.ftl");
/// What the places of a text are called, in their order.
const PLACES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A reason as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The words.
    pub text: String,
    /// Nobody has said it in the reader's language, which is not English.
    pub is_foreign: bool,
}

impl Lang {
    /// Tells a reason of the engine.
    pub fn reason(&self, said: impl AsRef<str>) -> Told {
        let said = said.as_ref();
        let foreign = || Told { text: said.to_owned(), is_foreign: *self != Lang::fallback() };
        told(self, said).map_or_else(foreign, |text| Told { text, is_foreign: false })
    }
}

/// A text of the engine: what stands between its places.
struct Phrase {
    id: &'static str,
    parts: Vec<&'static str>,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| SAID.lines().filter_map(Phrase::of_line).collect());

impl Phrase {
    /// Out of a line `id = text with { $a }`; none of a comment.
    fn of_line(line: &'static str) -> Option<Phrase> {
        let (id, text) = line.split_once(" = ").filter(|_| !line.starts_with('#'))?;
        let mut parts = Vec::new();
        let mut left = text;
        while let Some((before, after)) = left.split_once("{ $") {
            parts.push(before);
            left = after.split_once(" }")?.1;
        }
        parts.push(left);
        Some(Phrase { id, parts })
    }

    /// How many bytes of it are its own.
    fn own_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// What stands in its places, if `said` is this phrase.
    fn values<'t>(&self, said: &'t str) -> Option<Vec<&'t str>> {
        let (first, rest) = self.parts.split_first()?;
        let mut left = said.strip_prefix(first)?;
        let Some((last, middle)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
        let mut values = Vec::new();
        for part in middle {
            let (value, after) = left.split_once(part)?;
            values.push(value);
            left = after;
        }
        values.push(left.strip_suffix(last)?);
        Some(values)
    }
}

fn told(lang: &Lang, said: &str) -> Option<String> {
    let fitting = PHRASES.iter().filter_map(|phrase| Some((phrase, phrase.values(said)?)));
    if let Some((phrase, values)) = fitting.max_by_key(|(phrase, _)| phrase.own_bytes()) {
        let values: Vec<String> = values.iter().map(|value| placed(lang, value)).collect();
        let named: Vec<(&'static str, &str)> = PLACES.into_iter().zip(values.iter().map(String::as_str)).collect();
        return Some(lang.with(phrase.id, &named));
    }
    // A path of a field may stand before it.
    let (before, after) = said.split_once(": ")?;
    Some(format!("{before}: {}", told(lang, after)?))
}

/// What stands in a place: a reason itself, a moment, or words of somebody else.
fn placed(lang: &Lang, value: &str) -> String {
    let moment = || shop::clock::moment_from(value).filter(|_| value.ends_with('Z')).map(|at_us| lang.moment(at_us));
    told(lang, value).or_else(moment).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn russian() -> Lang {
        Lang::all().find(|lang| lang.code() == "ru").unwrap()
    }

    fn said_in_russian(said: &str) -> String {
        let told = russian().reason(said);
        assert!(!told.is_foreign, "{said}");
        told.text
    }

    #[test]
    fn a_reason_is_told_with_what_stands_in_it() {
        assert_eq!(said_in_russian("between 0 and 7"), "от 0 до 7");
        assert_eq!(
            said_in_russian("\"flac\" is no opus format that this program makes"),
            "\"flac\" — не формат opus, который делает эта программа"
        );
        assert_eq!(
            said_in_russian("it is between 1 and 30 seconds"),
            "здесь от 1 до 30 секунд",
            "the longer one counts"
        );
        assert_eq!(
            said_in_russian("the ledger refused: the balance is too small"),
            "книги не принимают: на балансе слишком мало"
        );
        assert_eq!(
            said_in_russian("periods[1].from: a period ends after it begins"),
            "periods[1].from: срок кончается позже, чем начинается"
        );
        let until = "a payment is under way: wait until it has arrived, or until it expires on 2026-11-21T04:22:34Z";
        assert!(said_in_russian(until).ends_with("21 ноября 2026\u{a0}г., 04:22 UTC"), "{}", said_in_russian(until));
        let in_english = Lang::fallback().reason(until);
        assert!(in_english.text.ends_with("expires on 21 November 2026, 04:22 UTC") && !in_english.is_foreign);
    }

    #[test]
    fn what_nobody_translated_stays_as_it_is_and_is_marked() {
        let said = "the moon is in the wrong house";
        assert_eq!(russian().reason(said), Told { text: said.to_owned(), is_foreign: true });
        assert_eq!(Lang::fallback().reason(said), Told { text: said.to_owned(), is_foreign: false });
    }

    /// The Rust sources below a folder, without those of tests.
    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if path.is_dir() {
                sources(&path, found);
            } else if name.ends_with(".rs") && !name.contains("tests") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// The first text after `mark` within the same statement, with its places and line breaks as a run makes them.
    fn first_text(source: &str, mark: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for (at, _) in source.match_indices(mark) {
            let statement = source[at + mark.len()..].split(";\n").next().unwrap();
            let mut quoted = statement.split('"').skip(1).step_by(2);
            // A field's name has no space in it, a reason always has.
            texts.extend(quoted.find(|text| text.contains(' ')).map(as_said));
        }
        texts
    }

    fn as_said(text: &str) -> String {
        let joined: String = text.split("\\\n").map(str::trim_start).collect();
        let mut said = String::new();
        for (n, part) in joined.split('{').enumerate() {
            said += if n == 0 { part } else { part.split_once('}').map_or(part, |(_, after)| after) };
            if n < joined.matches('{').count() {
                said += "X1";
            }
        }
        said
    }

    #[test]
    fn every_reason_in_the_sources_of_the_engine_is_told_in_every_language() {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shop/src"), &mut all);
        let marks =
            ["Refused::field(", "Refused::conflict(", "let reason = format!(", "let reason = \"", "let reason = || "];
        let reasons = all.iter().flat_map(|source| marks.iter().flat_map(move |mark| first_text(source, mark)));
        let reasons: std::collections::BTreeSet<String> = reasons.collect();
        assert!(reasons.len() > 90, "{} were found", reasons.len());
        let missing: Vec<&String> = reasons.iter().filter(|said| russian().reason(said).is_foreign).collect();
        assert!(missing.is_empty(), "add them to reasons.ftl: {missing:#?}");
    }
}
