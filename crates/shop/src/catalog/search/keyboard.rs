//! What was typed while the keyboard stood on the other alphabet: `rbyj` is кино, `ьщяфке` is mozart.

/// The keys of a keyboard for Latin (United States), row by row, and at the same places those of the Russian one.
const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю";

/// The text as the same keys write it in the other alphabet; `None` when it has letters of both or of none of them.
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
    Some(lower.chars().map(swap).collect())
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
            assert_eq!(other(meant).as_deref(), Some(typed.to_lowercase().as_str()), "{meant}");
        }
    }

    #[test]
    fn two_alphabets_at_once_or_none_are_meant_as_they_are() {
        for text in ["", "2", "кино live", "…", "ελλάς"] {
            assert_eq!(other(text), None, "{text}");
        }
    }
}
