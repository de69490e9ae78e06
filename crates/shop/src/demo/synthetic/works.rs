//! Works of classical music: their names in two languages, their movements. A work is called the same on every release.

use super::chance::Chance;
use super::words::Composer;

/// A form: its short name in the list of composers, its names, whether it is counted by a key, and its movements.
struct Form {
    short: &'static str,
    name: &'static str,
    name_ru: &'static str,
    movements: &'static [&'static str],
}

const FORMS: &[Form] = &[
    form(
        "symphony",
        "Symphony",
        "Симфония",
        &["Allegro con brio", "Andante", "Menuetto: Allegretto", "Finale: Presto"],
    ),
    form("pianoconcerto", "Piano Concerto", "Концерт для фортепиано с оркестром", FAST_SLOW_FAST),
    form("violinconcerto", "Violin Concerto", "Концерт для скрипки с оркестром", FAST_SLOW_FAST),
    form("concerto", "Concerto", "Концерт", FAST_SLOW_FAST),
    form("pianosonata", "Piano Sonata", "Соната для фортепиано", &["Allegro", "Adagio cantabile", "Scherzo", "Rondo"]),
    form("violinsonata", "Violin Sonata", "Соната для скрипки и фортепиано", FAST_SLOW_FAST),
    form("sonata", "Sonata", "Соната", &["Allegro"]),
    form("quartet", "String Quartet", "Струнный квартет", &["Allegro moderato", "Adagio", "Scherzo: Vivace", "Finale"]),
    form("trio", "Piano Trio", "Фортепианное трио", &["Allegro", "Andante con moto", "Finale: Vivace"]),
    form("suite", "Suite", "Сюита", &["Prelude", "Allemande", "Courante", "Sarabande", "Gigue"]),
    form("partita", "Partita", "Партита", &["Sinfonia", "Allemande", "Sarabande", "Capriccio"]),
    form("mass", "Mass", "Месса", &["Kyrie", "Gloria", "Credo", "Sanctus", "Agnus Dei"]),
    form("cantata", "Cantata", "Кантата", &["Coro", "Recitativo", "Aria", "Choral"]),
    form("gloria", "Gloria", "Глория", &["Gloria in excelsis", "Et in terra pax", "Laudamus te"]),
    form("motet", "Motet", "Мотет", &[]),
    form("prelude", "Prelude", "Прелюдия", &[]),
    form("etude", "Étude", "Этюд", &[]),
    form("nocturne", "Nocturne", "Ноктюрн", &[]),
    form("waltz", "Waltz", "Вальс", &[]),
    form("mazurka", "Mazurka", "Мазурка", &[]),
    form("ballade", "Ballade", "Баллада", &[]),
    form("impromptu", "Impromptu", "Экспромт", &[]),
    form("intermezzo", "Intermezzo", "Интермеццо", &[]),
    form("barcarolle", "Barcarolle", "Баркарола", &[]),
    form("rhapsody", "Rhapsody", "Рапсодия", &[]),
    form("march", "March", "Марш", &[]),
    form("dance", "Dance", "Танец", &[]),
    form("song", "Song", "Песня", &[]),
];
const FAST_SLOW_FAST: &[&str] = &["Allegro", "Larghetto", "Allegro vivace"];

const fn form(
    short: &'static str,
    name: &'static str,
    name_ru: &'static str,
    movements: &'static [&'static str],
) -> Form {
    Form { short, name, name_ru, movements }
}

const KEYS: [(&str, &str); 16] = [
    ("C major", "до мажор"),
    ("C minor", "до минор"),
    ("D major", "ре мажор"),
    ("D minor", "ре минор"),
    ("E-flat major", "ми-бемоль мажор"),
    ("E major", "ми мажор"),
    ("E minor", "ми минор"),
    ("F major", "фа мажор"),
    ("F minor", "фа минор"),
    ("G major", "соль мажор"),
    ("G minor", "соль минор"),
    ("A-flat major", "ля-бемоль мажор"),
    ("A major", "ля мажор"),
    ("A minor", "ля минор"),
    ("B-flat major", "си-бемоль мажор"),
    ("B minor", "си минор"),
];

/// A work, named in one language.
pub(super) struct Work {
    /// As on a sleeve: "Symphony No. 5".
    pub short: String,
    /// With key and number: "Symphony No. 5 in C minor, Op. 67".
    pub whole: String,
    /// The parts; a work of one has none.
    pub movements: &'static [&'static str],
}

/// One of the works of a composer, the first form of his list the likeliest.
pub(super) fn work(chance: &mut Chance, composer: &Composer, in_russian: bool) -> Work {
    let place = chance.zipf(composer.forms.len());
    let (short, count) = &composer.forms[place];
    let number = chance.zipf(*count) + 1;
    // The same work has the same key and the same number in the catalogue, whoever plays it.
    let said = composer.surname.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut of_work = Chance::new(said, place as u64, number as u64);
    let (key, key_ru) = of_work.of(&KEYS);
    let opus = of_work.below(9 + count.min(&600)) + number;
    let (name, name_ru, movements) = FORMS
        .iter()
        .find(|form| form.short == short)
        .map_or((short.as_str(), short.as_str(), &[][..]), |form| (form.name, form.name_ru, form.movements));
    let counted = composer.catalogue != "No.";
    if in_russian {
        let catalogue = if composer.catalogue == "Op." { "соч." } else { &composer.catalogue };
        let opus = if counted { format!(", {catalogue} {opus}") } else { String::new() };
        Work {
            short: format!("{name_ru} № {number}"),
            whole: format!("{name_ru} № {number} {key_ru}{opus}"),
            movements,
        }
    } else {
        let opus = if counted { format!(", {} {opus}", composer.catalogue) } else { String::new() };
        Work { short: format!("{name} No. {number}"), whole: format!("{name} No. {number} in {key}{opus}"), movements }
    }
}

/// Roman numbers for movements.
pub(super) const ROMAN: [&str; 8] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::synthetic::words::WORDS;

    #[test]
    fn every_form_of_every_composer_is_known() {
        for composer in &WORDS.composers {
            for (short, count) in &composer.forms {
                assert!(FORMS.iter().any(|form| form.short == short) && *count > 0, "{} {short}", composer.name);
            }
        }
    }

    #[test]
    fn a_work_is_called_the_same_in_each_language_whoever_plays_it() {
        let beethoven = WORDS.composers.iter().find(|composer| composer.surname == "Beethoven").unwrap();
        let named = |in_russian| {
            let mut names = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
            for number in 0..500 {
                let work = work(&mut Chance::new(1, 2, number), beethoven, in_russian);
                names.entry(work.short).or_default().insert(work.whole);
            }
            names
        };
        for names in [named(false), named(true)] {
            assert!(names.len() > 30 && names.values().all(|whole| whole.len() == 1), "{names:?}");
        }
        assert!(named(true).contains_key("Симфония № 1") && named(false).contains_key("Symphony No. 1"));
    }
}
