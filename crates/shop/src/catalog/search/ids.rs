//! Ids as numbers, in which form the index keeps them: the clock's own, and short ones that somebody else gave.

use super::SearchError;
use crate::clock::{ID_CHARS, base32, base32_value};

/// Stands where there is nobody.
pub(super) const NOBODY: u128 = 0;
/// Told by it: the clock sets it in some thousand years.
const SHORT: u128 = 1 << 127;
/// Bytes of a short id.
const SHORT_BYTES: usize = 15;

/// The number of an id; refused is one that is neither of the clock nor short.
pub(super) fn number_of(id: &str) -> Result<u128, SearchError> {
    if let Some(number) = base32_value(id).filter(|number| *number < SHORT) {
        return Ok(number);
    }
    if id.is_empty() || id.len() > SHORT_BYTES || id.contains('\0') {
        return Err(SearchError::Index(format!("{id:?} is no id of this catalogue")));
    }
    Ok(SHORT | id.bytes().fold(0, |number, byte| number << 8 | u128::from(byte)))
}

/// The id of such a number.
pub(super) fn id_of(number: u128) -> String {
    if number < SHORT {
        return base32(number, ID_CHARS as u32);
    }
    let bytes = (number & !SHORT).to_be_bytes();
    String::from_utf8_lossy(&bytes).trim_start_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_number_again() {
        for id in ["01hq5m5f5a7q1c5etbnrzac005", "3zzzzzzzzzzzzzzzzzzzzzzzzz", "t1", "r", "fifteen letters", "жук"] {
            assert_eq!(id_of(number_of(id).unwrap()), id);
        }
        for none in ["", "sixteen letters!", "4zzzzzzzzzzzzzzzzzzzzzzzzz", "01hq5m5f5a7q1c5etbnrzac00l"] {
            assert!(number_of(none).is_err(), "{none}");
        }
    }
}
