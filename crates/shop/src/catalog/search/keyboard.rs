//! What was typed while the keyboard stood on the other alphabet: `rbyj` is кино, `ьщяфке` is mozart.

/// The keys of a keyboard for Latin (United States), row by row, and at the same places those of the Russian one.
const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю";

/// Letters that no Russian word begins with.
const NEVER_FIRST: [char; 3] = ['ь', 'ъ', 'ы'];

/// The text as the same keys write it in the other alphabet; `None` when it has letters of both or of none of them, or when what the keys
/// write is no text: less than half of the letters, or words that begin as none does.
pub fn other(text: &str) -> Option<String> {
    let lower: String = text.chars().flat_map(char::to_lowercase).collect();
    let has = |letters: fn(char) -> bool| lower.chars().any(letters);
    let (is_latin, is_russian) = (has(|c| c.is_ascii_alphabetic()), has(|c| matches!(c, 'а'..='я' | 'ё')));
    let (from, to) = match (is_latin, is_russian) {
        (true, false) => (LATIN, RUSSIAN),
        (false, true) => (RUSSIAN, LATIN),
        _ => return None,
    };
    let swap = |c| from.chars().position(|key| key == c).and_then(|at| to.chars().nth(at)).unwrap_or(c);
    let other: String = lower.chars().map(swap).collect();
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    let is_text = letters(&other) * 2 >= letters(&lower);
    (is_text && !other.split_whitespace().any(|word| word.starts_with(NEVER_FIRST))).then_some(other)
}

/// Whether signs stand in a Latin text where Russian has letters on the same keys: before a letter of the same word.
pub fn looks_foreign(text: &str) -> bool {
    let is_sign = |word: &[u8], at: usize| match word[at] {
        b'[' | b']' | b';' | b',' | b'.' => true,
        b'\'' => at == 0,
        _ => false,
    };
    let is_foreign = |word: &str| {
        let word = word.as_bytes();
        (1..word.len()).any(|at| word[at].is_ascii_alphabetic() && is_sign(word, at - 1))
    };
    text.is_ascii() && text.split_whitespace().any(is_foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_in_the_other_alphabet() {
        for (typed, meant) in [
            ("rbyj", "кино"),
            ("Rbyj", "кино"),
            ("ьщяфке", "mozart"),
            ("xfqrjdcrbq", "чайковский"),
            ("ihtr 2", "шрек 2"),
            ("gthtgtkrf", "перепелка"),
            (",f[", "бах"),
            ("'njn", "этот"),
        ] {
            assert_eq!(other(typed).as_deref(), Some(meant), "{typed}");
            if let Some(back) = other(meant) {
                assert_eq!(back, typed.to_lowercase(), "{meant}");
            }
        }
    }

    #[test]
    fn what_is_no_text_by_the_other_keys_is_meant_as_it_is() {
        for text in ["moby", "любэ", "s"] {
            assert_eq!(other(text), None, "{text}");
        }
        for (text, is) in [
            (",f[", true),
            ("rj,s", true),
            ("'yth", true),
            ("m.i.a.", true),
            ("don't stop", false),
            ("love, actually", false),
            ("mozart", false),
            ("бах", false),
        ] {
            assert_eq!(looks_foreign(text), is, "{text}");
        }
    }

    #[test]
    fn two_alphabets_at_once_or_none_are_meant_as_they_are() {
        for text in ["", "2", "кино live", "…", "ελλάς"] {
            assert_eq!(other(text), None, "{text}");
        }
    }
}
