//! Text as words that can be compared: case, accents and punctuation do not matter, in Latin and in Cyrillic. The same
//! for what is indexed and for what is asked.

use unicode_normalization::UnicodeNormalization;

/// Letters at the start of a word that are indexed for themselves, so that short beginnings are found at once.
pub const HEAD_CHARS: usize = 3;

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
        '\'' | '’' | 'ʼ' => {}
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
    } else if !unicode_normalization::char::is_combining_mark(part) {
        folded.push(' ');
    }
}

/// The beginnings of a word that are indexed for themselves.
pub fn heads(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().take(HEAD_CHARS).map(|(at, c)| &word[..at + c.len_utf8()])
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
    fn codes_are_compared_without_their_dress() {
        assert_eq!(code("US-RC1-76-07839"), "usrc17607839");
        assert_eq!(code("0 12345 67890 5"), code("0012345678905"));
        assert_eq!(code("ECM 1064/65"), "ecm106465");
    }

    #[test]
    fn heads_are_whole_letters() {
        assert_eq!(heads("лед").collect::<Vec<_>>(), ["л", "ле", "лед"]);
        assert_eq!(heads("quartet").collect::<Vec<_>>(), ["q", "qu", "qua"]);
    }
}
