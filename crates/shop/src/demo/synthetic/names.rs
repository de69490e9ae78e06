//! Names of people, groups, labels and songs, by language. The same chance gives the same name.

use super::chance::Chance;
use super::words::{WORDS, agreed, capital, of_woman};

/// In what somebody sings and is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    German,
    French,
    Spanish,
    Russian,
}

impl Tongue {
    /// Mostly English and Russian.
    pub(super) fn by(chance: &mut Chance) -> Tongue {
        match chance.below(100) {
            0..48 => Tongue::English,
            48..82 => Tongue::Russian,
            82..88 => Tongue::German,
            88..94 => Tongue::French,
            _ => Tongue::Spanish,
        }
    }

    /// ISO 639-3.
    pub(super) fn code(self) -> &'static str {
        match self {
            Tongue::English => "eng",
            Tongue::German => "deu",
            Tongue::French => "fra",
            Tongue::Spanish => "spa",
            Tongue::Russian => "rus",
        }
    }
}

/// A name, and the same to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub name: String,
    pub sort: String,
}

/// A person. With `initial` a letter stands between the names, so that there are enough of them.
pub(super) fn person(chance: &mut Chance, tongue: Tongue, initial: bool) -> Name {
    let words = &*WORDS;
    let (first, last, letters) = if tongue == Tongue::Russian {
        let surname = chance.of(&words.last_ru);
        match chance.percent(45) {
            true => (chance.of(&words.first_ru_f).clone(), of_woman(surname), "АБВГДИКЛМНОПРСТФ"),
            false => (chance.of(&words.first_ru_m).clone(), surname.clone(), "АБВГДИКЛМНОПРСТФ"),
        }
    } else {
        (chance.of(&words.first).clone(), chance.of(&words.last).clone(), "ABCDEFGHJKLMNOPRSTVW")
    };
    let letters: Vec<char> = letters.chars().collect();
    let first = if initial { format!("{first} {}.", chance.of(&letters)) } else { first };
    Name { name: format!("{first} {last}"), sort: format!("{last}, {first}") }
}

/// A group.
pub(super) fn group(chance: &mut Chance, tongue: Tongue) -> Name {
    let words = &*WORDS;
    if tongue == Tongue::Russian {
        let name = match chance.below(6) {
            0 => noun_ru(chance),
            1 => format!("{} «{}»", chance.of(&words.group_ru), noun_ru(chance)),
            2 => format!("{} {}", noun_ru(chance), chance.of(&words.genitive_ru)),
            _ => described_ru(chance),
        };
        return Name { sort: name.clone(), name };
    }
    let plural = |chance: &mut Chance| format!("{}s", chance.of(&words.noun));
    let name = match chance.below(9) {
        0 => format!("The {}", plural(chance)),
        1 | 2 => format!("The {} {}", chance.of(&words.adjective), plural(chance)),
        3 => format!("{} & {}", chance.of(&words.noun), chance.of(&words.noun)),
        4 => format!("{} {}", chance.of(&words.place), chance.of(&words.group)),
        5 => format!("{} {} {}", chance.of(&words.last), chance.of(&words.noun), chance.of(&words.group)),
        6 => format!("{} {}", chance.of(&words.last), chance.of(&words.group)),
        7 => format!("{} of {}", chance.of(&words.noun), chance.of(&words.place)),
        _ => format!("{} {}", chance.of(&words.adjective), chance.of(&words.noun)),
    };
    let sort = name.strip_prefix("The ").map_or_else(|| name.clone(), |rest| format!("{rest}, The"));
    Name { name, sort }
}

/// An orchestra, choir or quartet.
pub(super) fn ensemble(chance: &mut Chance, tongue: Tongue) -> Name {
    let words = &*WORDS;
    let name = if tongue == Tongue::Russian {
        let of = chance.of(&["Симфонический оркестр", "Камерный оркестр", "Квартет", "Хор", "Капелла"]);
        match chance.percent(50) {
            true => format!("{of} «{}»", noun_ru(chance)),
            false => format!("{of} имени {}", person_in_genitive(chance)),
        }
    } else {
        let place = chance.of(&words.place);
        match chance.below(5) {
            0 => format!("{place} Philharmonic"),
            1 => format!("{place} {} Orchestra", chance.of(&["Chamber", "Radio Symphony", "Baroque", "Festival"])),
            2 => format!("{} Quartet", chance.of(&words.last)),
            3 => format!("{} Consort", chance.of(&words.last)),
            _ => format!("{} {} Ensemble", place, chance.of(&words.noun)),
        }
    };
    Name { sort: name.clone(), name }
}

fn person_in_genitive(chance: &mut Chance) -> String {
    let words = &*WORDS;
    let initials: Vec<char> = "АБВГДЕИКМНПСФ".chars().collect();
    let surname = chance.of(&words.last_ru);
    let surname = surname.strip_suffix("ий").map_or_else(|| format!("{surname}а"), |stem| format!("{stem}ого"));
    format!("{}. {}. {surname}", chance.of(&initials), chance.of(&initials))
}

/// A record company.
pub(super) fn label(chance: &mut Chance) -> String {
    let words = &*WORDS;
    match chance.below(10) {
        0 | 1 => format!("Фирма «{}»", noun_ru(chance)),
        2 => format!("{} звук", capital(chance.of::<String>(&words.adjective_ru))),
        3 => format!("{} & {}", chance.of(&words.last), chance.of(&words.last)),
        4 => format!("{} {}", chance.of(&words.place), chance.of(&words.label)),
        5 => format!("{} {}", chance.of(&words.last), chance.of(&words.label)),
        6 => format!("{} {}", chance.of(&words.noun), chance.of(&words.label)),
        _ => format!("{} {} {}", chance.of(&words.adjective), chance.of(&words.noun), chance.of(&words.label)),
    }
}

/// The title of a song or an album.
pub(super) fn title(chance: &mut Chance, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => english(chance),
        Tongue::Russian => russian(chance),
        Tongue::German => line(chance, 0),
        Tongue::French => line(chance, 1),
        Tongue::Spanish => line(chance, 2),
    }
}

/// One of the lines of a language; now and then a place or a number comes behind it.
fn line(chance: &mut Chance, language: usize) -> String {
    let words = &*WORDS;
    let line = chance.of(&words.lines[language]).clone();
    match chance.below(12) {
        0 => format!("{line} ({})", chance.of(&words.place)),
        1 => format!("{line} II"),
        2 | 3 => format!("{line} / {}", chance.of(&words.lines[language])),
        _ => line,
    }
}

fn english(chance: &mut Chance) -> String {
    let words = &*WORDS;
    let (noun, other, verb) = (chance.of(&words.noun), chance.of(&words.noun), chance.of(&words.verb));
    let adjective = chance.of(&words.adjective);
    match chance.below(16) {
        0 => noun.clone(),
        1 => format!("The {noun}"),
        2 => format!("{noun} of {other}"),
        3 => format!("{verb} the {noun}"),
        4 => format!("{verb} Me"),
        5 => format!("In the {noun}"),
        6 => format!("Don’t {verb}"),
        7 => format!("{noun} and {other}"),
        8 => format!("When We {verb}"),
        9 => format!("{} in {}", noun, chance.of(&words.place)),
        10 => format!("{verb} and {}", chance.of(&words.verb)),
        11 => format!("My {adjective} {noun}"),
        12 => format!("{} {}", chance.of(&words.place), noun),
        _ => format!("{adjective} {noun}"),
    }
}

fn russian(chance: &mut Chance) -> String {
    let words = &*WORDS;
    match chance.below(10) {
        0 | 1 => noun_ru(chance),
        2 => format!("{} {}", noun_ru(chance), chance.of(&words.genitive_ru)),
        3 | 4 => chance.of(&words.line_ru).clone(),
        5 => format!("{} и {}", noun_ru(chance), noun_ru(chance).to_lowercase()),
        _ => described_ru(chance),
    }
}

fn noun_ru(chance: &mut Chance) -> String {
    let words = &*WORDS;
    let gender = chance.below(3);
    capital(chance.of::<String>(&words.noun_ru[gender]))
}

/// An adjective with its noun.
fn described_ru(chance: &mut Chance) -> String {
    let words = &*WORDS;
    let gender = chance.below(3);
    let (adjective, noun) = (chance.of(&words.adjective_ru), chance.of(&words.noun_ru[gender]));
    format!("{} {noun}", capital(&agreed(adjective, gender)))
}

/// What may stand behind the title of a track.
pub(super) fn version(chance: &mut Chance, tongue: Tongue) -> &'static str {
    if !chance.percent(7) {
        return "";
    }
    match tongue {
        Tongue::Russian => {
            chance.of::<&str>(&[" (концертная запись)", " (акустика)", " (ремикс)", " (демо)", " (инструментал)"])
        }
        _ => chance.of::<&str>(&[" (Live)", " (Acoustic)", " (Remix)", " (Demo)", " (Instrumental)", " (Radio Edit)"]),
    }
}
