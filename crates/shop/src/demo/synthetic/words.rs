//! The words that names are made of, out of the lists beside this file; and how Russian ones agree. Knows no chance.

use std::sync::LazyLock;

const PEOPLE: &str = include_str!("words/people.txt");
const TITLES: &str = include_str!("words/titles.txt");
const WORKS: &str = include_str!("words/composers.txt");

type List = Vec<String>;

/// All lists.
pub(super) struct Words {
    pub first: List,
    pub last: List,
    pub first_ru_m: List,
    pub first_ru_f: List,
    pub last_ru: List,
    pub adjective: List,
    pub noun: List,
    pub verb: List,
    pub place: List,
    /// Whole lines, by language: German, French, Spanish.
    pub lines: [List; 3],
    pub adjective_ru: List,
    /// Masculine, feminine, neuter.
    pub noun_ru: [List; 3],
    pub genitive_ru: List,
    pub line_ru: List,
    pub group: List,
    pub group_ru: List,
    pub label: List,
    pub composers: Vec<Composer>,
}

/// Somebody whose works are played.
pub(super) struct Composer {
    pub name: String,
    pub surname: String,
    pub name_ru: String,
    pub surname_ru: String,
    /// What his works are counted by: "Op.", "BWV".
    pub catalogue: String,
    /// Forms by their short name, and how many he wrote.
    pub forms: Vec<(String, usize)>,
    /// Is his language Russian.
    pub is_russian: bool,
}

/// Read once.
pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    first: list(PEOPLE, "first"),
    last: list(PEOPLE, "last"),
    first_ru_m: list(PEOPLE, "first_ru_m"),
    first_ru_f: list(PEOPLE, "first_ru_f"),
    last_ru: list(PEOPLE, "last_ru"),
    adjective: list(TITLES, "adjective"),
    noun: list(TITLES, "noun"),
    verb: list(TITLES, "verb"),
    place: list(TITLES, "place"),
    lines: ["german", "french", "spanish"].map(|name| list(TITLES, name)),
    adjective_ru: list(TITLES, "adjective_ru"),
    noun_ru: ["noun_ru_m", "noun_ru_f", "noun_ru_n"].map(|name| list(TITLES, name)),
    genitive_ru: list(TITLES, "genitive_ru"),
    line_ru: list(TITLES, "line_ru"),
    group: list(TITLES, "group"),
    group_ru: list(TITLES, "group_ru"),
    label: list(TITLES, "label"),
    composers: WORKS.lines().filter_map(composer).collect(),
});

/// The words under `[name]`; an underscore is a space within one.
fn list(text: &str, name: &str) -> List {
    let head = format!("[{name}]");
    let of_list = text.lines().skip_while(|line| *line != head).skip(1).take_while(|line| !line.starts_with('['));
    of_list.flat_map(str::split_whitespace).map(|word| word.replace('_', " ")).collect()
}

/// `name|surname|имя|фамилия|catalogue|form count, form count …`
fn composer(line: &str) -> Option<Composer> {
    let mut parts = line.split('|').map(str::to_owned);
    let (name, surname, name_ru, surname_ru) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let catalogue = parts.next()?;
    let forms = parts.next()?;
    let forms = forms.split(' ').filter_map(|form| {
        let digits = form.find(|c: char| c.is_ascii_digit())?;
        Some((form[..digits].to_owned(), form[digits..].parse().ok()?))
    });
    let forms = forms.collect();
    let is_russian = parts.next().as_deref() == Some("ru");
    Some(Composer { name, surname, name_ru, surname_ru, catalogue, forms, is_russian })
}

/// A Russian adjective, given in the masculine, as it goes with a noun of a gender: 0 masculine, 1 feminine, 2 neuter.
pub(super) fn agreed(adjective: &str, gender: usize) -> String {
    if gender == 0 {
        return adjective.to_owned();
    }
    let letters: Vec<char> = adjective.chars().collect();
    let (stem, ending) = letters.split_at(letters.len().saturating_sub(2));
    let stem: String = stem.iter().collect();
    let is_soft = ending == ['и', 'й'] && stem.ends_with('н');
    let ending = match (gender, is_soft) {
        (1, true) => "яя",
        (1, false) => "ая",
        (_, true) => "ее",
        (_, false) => "ое",
    };
    stem + ending
}

/// A Russian surname as a woman bears it.
pub(super) fn of_woman(surname: &str) -> String {
    match surname.strip_suffix("ий") {
        Some(stem) => format!("{stem}ая"),
        None => format!("{surname}а"),
    }
}

/// The same with a capital letter first.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjectives_agree_with_their_nouns() {
        for (adjective, [feminine, neuter]) in [
            ("белый", ["белая", "белое"]),
            ("синий", ["синяя", "синее"]),
            ("тихий", ["тихая", "тихое"]),
            ("золотой", ["золотая", "золотое"]),
            ("дальний", ["дальняя", "дальнее"]),
        ] {
            assert_eq!([agreed(adjective, 1), agreed(adjective, 2)], [feminine, neuter]);
        }
        assert_eq!(of_woman("Никольский"), "Никольская");
        assert_eq!(of_woman("Орлов"), "Орлова");
    }

    #[test]
    fn every_list_has_words_and_every_composer_works() {
        let words = &*WORDS;
        assert!(
            words.first.len() > 100 && words.last_ru.len() > 100 && words.noun_ru.iter().all(|list| list.len() > 30)
        );
        assert!(words.lines.iter().all(|list| list.len() > 20) && words.line_ru.contains(&"Там, где ты".to_owned()));
        assert!(words.composers.len() > 30 && words.composers.iter().all(|composer| !composer.forms.is_empty()));
    }
}
