//! Names as keys: when two spellings are one artist, label or genre. No SQL.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::search::words;
use crate::clock::base32;

/// Letters of the id of a genre whose name has no Latin letters.
const HASHED_ID_DIGITS: u32 = 12;

/// Two names with the same key are one: case, spaces and Unicode composition do not matter.
pub(super) fn key(name: &str) -> String {
    let lower: String = name.nfc().flat_map(char::to_lowercase).nfc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The id of a genre follows from its name, so that an address stays good over a new import: "Hip-Hop" is `hip-hop`.
pub(super) fn genre_id(name: &str) -> String {
    let slug = words::fold(name).collect::<Vec<_>>().join("-");
    if !slug.is_empty() && slug.is_ascii() {
        return slug;
    }
    let hash = Sha256::digest(key(name).as_bytes());
    let number = hash.iter().take(16).fold(0u128, |n, byte| n << 8 | u128::from(*byte));
    format!("g-{}", base32(number, HASHED_ID_DIGITS))
}

/// An ISRC without hyphens and in capitals; `None` when it is none (ISO 3901: country, registrant, year, designation).
pub(crate) fn isrc(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).flat_map(char::to_uppercase).collect();
    let bytes = bare.as_bytes();
    let good = bytes.len() == 12
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..5].iter().all(u8::is_ascii_alphanumeric)
        && bytes[5..].iter().all(u8::is_ascii_digit);
    good.then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        assert_eq!(key("  BJÖRK\u{a0}Guðmundsdóttir "), key("Bjo\u{308}rk guðmundsdóttir"));
        assert_eq!(key("КИНО"), key("Кино"));
        assert_ne!(key("Bjork"), key("Björk"));
    }

    #[test]
    fn genres_have_readable_ids_where_their_names_are_latin() {
        assert_eq!(genre_id("Hip-Hop / Rap"), "hip-hop-rap");
        assert_eq!(genre_id("Música"), "musica");
        assert!(genre_id("Хор").starts_with("g-"));
        assert_eq!(genre_id("Хор"), genre_id("хор"));
        assert_ne!(genre_id("Хор"), genre_id("Рок"));
    }

    #[test]
    fn an_isrc_is_told_from_other_text() {
        assert_eq!(isrc("us-rc1-76-07839"), Some("USRC17607839".into()));
        for bad in ["", "USRC1760783", "17RC17607839", "USRC1760783X", "ЯЯRC17607839"] {
            assert_eq!(isrc(bad), None, "{bad}");
        }
    }
}
