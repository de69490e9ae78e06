//! How a word may be written in another alphabet or by another transliteration: Чайковский, Tchaikovsky and Čajkovskij have a
//! key in common. A key is no spelling; two words that share one sound alike, no more is said.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Keys of one word: letters that are read in several ways multiply them.
pub const MAX_KEYS: usize = 6;
/// Keys of a word that somebody asks for: it is read in more ways.
pub const MAX_ASKED_KEYS: usize = 12;
/// Letters of the beginning of a word of [`SPOKEN`] that is taken for it.
const MIN_SPOKEN_CHARS: usize = 4;

/// What letters of the Latin alphabet are read as, the longest first. Capitals are the hushing sounds: C as in cheese, S as in
/// sheep, Z as in measure.
const LATIN: &[(&str, &[&str])] = &[
    ("schtsch", &["S"]),
    ("tzsch", &["C"]),
    ("shch", &["S"]),
    ("szcz", &["S"]),
    ("tsch", &["C"]),
    ("tch", &["C"]),
    ("sch", &["S", "sk"]),
    ("dzh", &["dZ"]),
    ("dsh", &["dZ"]),
    ("ch", &["C", "h", "S", "k"]),
    ("kh", &["h"]),
    ("sh", &["S"]),
    ("zh", &["Z"]),
    ("cz", &["C"]),
    ("sz", &["S", "s"]),
    ("th", &["t"]),
    ("ph", &["f"]),
    ("gh", &["g"]),
    ("rh", &["r"]),
    ("wh", &["v"]),
    ("ck", &["k"]),
    ("qu", &["kv"]),
    ("tz", &["ts"]),
    ("dj", &["dZ"]),
    ("ou", &["u", "ou"]),
    ("oo", &["u", "o"]),
    ("ee", &["i"]),
    ("ye", &["e"]),
    ("je", &["e", "dZe"]),
    ("ie", &["e", "i"]),
    ("oe", &["e"]),
    ("ae", &["e"]),
    ("yo", &["io", "e"]),
    ("jo", &["io", "dZo"]),
    ("ja", &["ia", "dZa"]),
    ("ju", &["iu", "dZu"]),
    ("x", &["ks"]),
    ("w", &["v"]),
    ("y", &["i"]),
    ("j", &["i", "dZ"]),
    ("q", &["k"]),
    ("z", &["z", "ts"]),
];

/// What else somebody may mean who types a text in Latin for one in Cyrillic, by whichever scheme.
const ASKED: &[(&str, &[&str])] = &[
    ("c", &["ts"]),
    ("ck", &["tsk"]),
    ("s", &["z"]),
    ("oe", &["oe"]),
    ("io", &["e"]),
    ("jo", &["e"]),
    ("ee", &["e"]),
    ("th", &["th"]),
    ("qu", &["ku"]),
];

/// Words that one language writes as they are spoken in another, with those that they are: no table of letters joins them.
static SPOKEN: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("spoken.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).collect()
});

/// The keys of a word, at most [`MAX_KEYS`] and one, the likeliest first; none for a word without letters. Its case does not matter,
/// its accents do: `č` is known to hush.
pub fn keys(word: &str) -> Vec<String> {
    let mut keys = keys_of(word, MAX_KEYS, |_, readings| readings);
    if let Some(spoken) = SPOKEN.get(lower(word).as_str()) {
        add(&mut keys, keys_of(spoken, 1, |_, readings| readings));
    }
    keys
}

/// The keys of a word that somebody asks for, or has begun to type: those that have [`keys`] first.
pub fn asked(word: &str) -> Vec<String> {
    let word = lower(word);
    let mut keys = keys(&word);
    if word.chars().count() >= MIN_SPOKEN_CHARS && !SPOKEN.contains_key(word.as_str()) {
        let begun = SPOKEN.iter().filter(|(written, _)| written.starts_with(&word));
        let mut begun: Vec<&str> = begun.map(|(_, spoken)| *spoken).collect();
        begun.sort_unstable();
        for spoken in begun {
            add(&mut keys, keys_of(spoken, 1, |_, readings| readings));
        }
    }
    let more = keys_of(&word, MAX_ASKED_KEYS, |pattern, mut readings| {
        let others = ASKED.iter().find(|(asked, _)| *asked == pattern).map_or(&[][..], |(_, others)| *others);
        readings.extend(others.iter().filter(|other| !readings.contains(other)).copied().collect::<Vec<_>>());
        readings
    });
    add(&mut keys, more);
    keys.truncate(MAX_ASKED_KEYS);
    keys
}

fn lower(word: &str) -> String {
    word.nfc().flat_map(char::to_lowercase).collect()
}

fn add(keys: &mut Vec<String>, others: Vec<String>) {
    for key in others {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
}

fn keys_of(word: &str, most: usize, more: impl Fn(&str, Vec<&'static str>) -> Vec<&'static str>) -> Vec<String> {
    let mut letters: Vec<char> = lower(word).chars().flat_map(bare).collect();
    // Two sounds as one letter: however often, it is heard once.
    letters.dedup_by(|a, b| a == b && *a == 'x');
    let mut keys = vec![String::with_capacity(letters.len())];
    let mut at = 0;
    while at < letters.len() {
        let (taken, readings) = read(&letters, at);
        let pattern: String = letters[at..at + taken].iter().collect();
        at += taken;
        extend(&mut keys, &more(&pattern, readings), most);
    }
    let keys = keys.iter().map(|key| without_repeats(key)).filter(|key| key.chars().any(char::is_alphabetic));
    let mut found = Vec::with_capacity(keys.size_hint().1.unwrap_or(0));
    add(&mut found, keys.collect());
    found
}

/// Appends each reading to each key; what would be more than `most` is left out.
fn extend(keys: &mut Vec<String>, readings: &[&str], most: usize) {
    let Some((first, others)) = readings.split_first() else { return };
    let stems = keys.clone();
    keys.iter_mut().for_each(|key| key.push_str(first));
    for other in others {
        let room = most.saturating_sub(keys.len());
        keys.extend(stems.iter().take(room).map(|stem| format!("{stem}{other}")));
    }
}

/// How many letters at this place are read together, and as what.
fn read(letters: &[char], at: usize) -> (usize, Vec<&'static str>) {
    let rest = &letters[at..];
    if let ['ь' | 'й', 'о', ..] = rest {
        return (2, vec!["e", "io"]);
    }
    if let Some(sound) = cyrillic(rest[0]) {
        return (1, vec![sound]);
    }
    let begins =
        |pattern: &str| pattern.chars().count() <= rest.len() && pattern.chars().zip(rest).all(|(a, b)| a == *b);
    if let Some((pattern, readings)) = LATIN.iter().find(|(pattern, _)| begins(pattern)) {
        return (pattern.chars().count(), readings.to_vec());
    }
    let is_before = |vowels: &str| rest.get(1).is_some_and(|next| vowels.contains(*next));
    match rest[0] {
        'c' if is_before("eiy") => (1, vec!["s", "ts"]),
        'c' => (1, vec!["k"]),
        'h' if is_before("aeiouyU") => (1, vec!["h", "g"]),
        'h' => (1, vec![]),
        'U' => (1, vec!["iu", "u"]),
        other => (1, sound_of(other).into_iter().collect()),
    }
}

/// A letter as what the tables above know: accents gone, unless they change the sound.
fn bare(c: char) -> Vec<char> {
    match c {
        'č' | 'ć' => vec!['C'],
        'š' | 'ś' | 'ş' | 'ș' | 'ŝ' => vec!['S'],
        'ž' | 'ź' | 'ż' => vec!['Z'],
        'ö' | 'ø' | 'œ' | 'ő' | 'ä' | 'æ' => vec!['e'],
        'ü' | 'ű' => vec!['U'],
        'å' => vec!['o'],
        'ß' => vec!['s'],
        'ł' => vec!['l'],
        'đ' => vec!['d', 'Z'],
        'ð' => vec!['d'],
        'þ' => vec!['t'],
        'ı' => vec!['i'],
        'й' | 'ё' | 'ї' | 'ў' => vec![c],
        _ => std::iter::once(c).nfkd().filter(|part| part.is_alphanumeric()).collect(),
    }
}

/// What a Cyrillic letter is read as.
fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'ђ' => "dZ",
        'е' | 'ё' | 'э' | 'є' => "e",
        'ж' => "Z",
        'з' | 'ѕ' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ј' | 'ы' => "i",
        'к' | 'ќ' => "k",
        'л' | 'љ' => "l",
        'м' => "m",
        'н' | 'њ' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "h",
        'ц' => "ts",
        'ч' | 'ћ' => "C",
        'ш' | 'щ' => "S",
        'џ' => "dZ",
        'ъ' | 'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        _ => return None,
    })
}

/// A letter that is read as it is written.
fn sound_of(c: char) -> Option<&'static str> {
    const AS_WRITTEN: &str = "abcdefghijklmnopqrstuvwxyz0123456789CSZ";
    AS_WRITTEN.find(c).map(|at| &AS_WRITTEN[at..=at])
}

fn without_repeats(key: &str) -> String {
    let mut once = String::with_capacity(key.len());
    for c in key.chars() {
        if c.is_ascii_digit() || !once.ends_with(c) {
            once.push(c);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(a: &str, b: &str) -> bool {
        let of_b = keys(b);
        keys(a).iter().any(|key| of_b.contains(key))
    }

    #[test]
    fn spellings_of_a_name_meet() {
        for spellings in [
            &["Чайковский", "Tchaikovsky", "Chaikovsky", "Čajkovskij", "Tschaikowsky", "Чайковський"][..],
            &["Шостакович", "Shostakovich", "Schostakowitsch", "Šostakovič", "Szostakowicz"],
            &["Прокофьев", "Prokofiev", "Prokofjev", "Prokofyev"],
            &["Рахманинов", "Rachmaninov", "Rakhmaninov"],
            &["Скрябин", "Skriabin", "Skrjabin", "Skryabin"],
            &["Мусоргский", "Musorgsky", "Mussorgskij", "Musorgskiy"],
            &["Бах", "Bach"],
            &["Брамс", "Brahms"],
            &["Малер", "Mahler"],
            &["Моцарт", "Mozart"],
            &["Шуман", "Schumann"],
            &["Шуберт", "Schubert"],
            &["Лист", "Liszt"],
            &["Гендель", "Händel", "Haendel"],
            &["Шёнберг", "Schönberg", "Schoenberg"],
            &["Вагнер", "Wagner"],
            &["Верди", "Verdi"],
            &["Вивальди", "Vivaldi"],
            &["Дворжак", "Dvoržak"],
            &["Кино", "Kino"],
            &["Земфира", "Zemfira"],
            &["Цой", "Tsoy", "Tsoi"],
            &["Высоцкий", "Vysotsky", "Vysotskij", "Wyssozki"],
            &["Щедрин", "Shchedrin", "Schtschedrin"],
            &["Хачатурян", "Khachaturian", "Khachaturyan"],
            &["Юлия", "Yulia", "Julija", "Iuliia"],
            &["Мария", "Maria", "Mariya"],
            &["Сергей", "Sergei", "Sergey", "Sergej"],
            &["Фёдор", "Fyodor", "Fedor"],
            &["Джаз", "Jazz"],
            &["Скерцо", "Scherzo"],
        ] {
            for other in &spellings[1..] {
                assert!(
                    meet(spellings[0], other),
                    "{}: {:?} {other}: {:?}",
                    spellings[0],
                    keys(spellings[0]),
                    keys(other)
                );
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_read_by_more_schemes() {
        for (asked_for, written) in [
            ("coj", "Цой"),
            ("vysockij", "Высоцкий"),
            ("serdce", "Сердце"),
            ("moe", "Моё"),
            ("mojo", "Моё"),
            ("njom", "Нём"),
            ("swesda", "Звезда"),
            ("бетховен", "Beethoven"),
            ("beethoven", "Бетховен"),
            ("шопен", "Chopin"),
            ("chopin", "Шопен"),
            ("битлз", "Beatles"),
            ("бьорк", "Björk"),
            ("куин", "Queen"),
        ] {
            let written = keys(written);
            assert!(
                asked(asked_for).iter().any(|key| written.contains(key)),
                "{asked_for}: {:?} {written:?}",
                asked(asked_for)
            );
        }
        assert!(asked("бетхо").contains(&keys("Beethoven")[0]), "who types has only begun");
    }

    #[test]
    fn other_words_do_not_meet() {
        for (a, b) in [
            ("Чайковский", "Маяковский"),
            ("Кино", "Вино"),
            ("Mozart", "Mahler"),
            ("Бах", "Бак"),
            ("Лист", "Last"),
            ("1", "11"),
        ] {
            assert!(!meet(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_word_has_few_keys_whatever_it_is() {
        for word in ["", "…", "12", "chchchchchchch", "zjczchszhoochjejo"] {
            assert!(keys(word).len() <= MAX_KEYS, "{word}");
            assert!(asked(word).len() <= MAX_ASKED_KEYS, "{word}");
        }
        assert_eq!(keys("12"), Vec::<String>::new());
        assert_eq!(keys("Kino"), ["kino"]);
    }
}
