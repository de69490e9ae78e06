//! Codes: 80 bits in Crockford's base 32, in four groups of four and a check character, so that they can be read over a
//! telephone; and the hash that stands for one. No tables.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::clock::{Clock, base32};

/// Crockford's base 32 and the five more check characters.
const ALPHABET: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
/// Digits without the check character.
const DIGITS: usize = 16;
const BYTES: usize = 10;
/// Bytes of a seed.
pub(crate) const SEED_BYTES: usize = 32;

/// What is stored of a code.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hash(pub [u8; 32]);

impl Hash {
    /// Whether a stored hash is this one, in the same time wherever they differ.
    pub fn is(&self, stored: &[u8]) -> bool {
        self.0.ct_eq(stored).into()
    }
}

/// A new code.
pub(super) fn new(clock: &Clock) -> String {
    written(clock.random::<BYTES>())
}

/// The code that a seed stands for: always the same one.
pub(crate) fn of_seed(seed: &[u8; SEED_BYTES]) -> String {
    let digest = Sha256::digest([b"gramovar gift ".as_slice(), seed].concat());
    let mut bytes = [0; BYTES];
    digest.iter().zip(&mut bytes).for_each(|(from, to)| *to = *from);
    written(bytes)
}

fn written(bytes: [u8; BYTES]) -> String {
    let value = bytes.iter().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
    let digits = base32(value, DIGITS as u32).to_uppercase();
    let check = ALPHABET[(value % 37) as usize] as char;
    format!("{}-{}-{}-{}-{check}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
}

/// A code as it stands in a link: its check character may be one that an address or a reader of letters takes for its own.
pub fn in_link(code: &str) -> String {
    let letter = |letter: char| match letter {
        '*' => "%2A".to_owned(),
        '~' => "%7E".to_owned(),
        '$' => "%24".to_owned(),
        '=' => "%3D".to_owned(),
        other => other.to_string(),
    };
    code.chars().map(letter).collect()
}

/// The hash of a code as a person typed it: any case, any grouping, O for 0, I and L for 1. `None` when it cannot be a code,
/// which anybody can find out by the check character alone.
pub(crate) fn hash_of(code: &str) -> Option<Hash> {
    let mut values = Vec::with_capacity(DIGITS + 1);
    for letter in code.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}')) {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        values.push(ALPHABET.iter().position(|a| *a as char == letter)? as u128);
        if values.len() > DIGITS + 1 {
            return None;
        }
    }
    let (check, digits) = values.split_last()?;
    if digits.len() != DIGITS || digits.iter().any(|d| *d > 31) {
        return None;
    }
    let value = digits.iter().fold(0u128, |n, digit| n << 5 | digit);
    if value % 37 != *check {
        return None;
    }
    Some(Hash(Sha256::digest([b"gramovar voucher ".as_slice(), &value.to_be_bytes()].concat()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_people_type() {
        let (clock, _) = Clock::by_hand(0);
        for _ in 0..200 {
            let code = new(&clock);
            let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert!(hash_of(&typed) == hash_of(&code) && hash_of(&code).is_some(), "{code}");
            let slip = if code.starts_with('7') { code.replacen('7', "8", 1) } else { format!("7{}", &code[1..]) };
            assert!(hash_of(&slip).is_none(), "one wrong letter is noticed: {code} as {slip}");
            let swapped: String = [&code[1..2], &code[..1], &code[2..]].concat();
            assert!(swapped == code || hash_of(&swapped).is_none(), "two letters that changed places: {code}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for text in [
            "",
            "-",
            "0",
            "0000-0000-0000-0000",
            "0000-0000-0000-0000-1",
            "0000-0000-0000-0000-00",
            "ЯЯЯЯ",
            "=0",
            "UUUU-UUUU-UUUU-UUUU-U",
        ] {
            assert!(hash_of(text).is_none(), "{text}");
        }
        assert!(hash_of("0000 0000 0000 0000 0").is_some());
    }

    #[test]
    fn a_seed_always_gives_the_same_code_and_another_seed_another() {
        assert_eq!(of_seed(&[7; SEED_BYTES]), of_seed(&[7; SEED_BYTES]));
        assert_ne!(of_seed(&[7; SEED_BYTES]), of_seed(&[8; SEED_BYTES]));
        assert!(hash_of(&of_seed(&[7; SEED_BYTES])).is_some());
    }
}
