//! What an operator declares under an id of his own choosing: how such an id looks, and why a declaration is refused. No
//! tables: each noun keeps its own.

use std::collections::BTreeMap;

use crate::db::DbError;

/// Characters of an id at the most.
pub const MAX_ID_CHARS: usize = 64;
/// Characters of a name at the most.
pub const MAX_NAME_CHARS: usize = 200;

/// Languages of a text at the most.
pub const MAX_LANGUAGES: usize = 50;

/// Why something is not as it was declared.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// A field cannot be what it says.
    #[error("{field}: {reason}")]
    Field {
        /// Its path within the declaration: `periods[1].from`.
        field: String,
        /// Why, for people.
        reason: String,
    },
    /// It is fine in itself, but not beside what stands or has happened.
    #[error("{field}: {reason}")]
    Conflict {
        /// Its path within the declaration.
        field: String,
        /// Why, for people.
        reason: String,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Refused {
    /// A field that cannot be what it says.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Refused {
        Refused::Field { field: field.into(), reason: reason.into() }
    }

    /// A field that does not fit what stands.
    pub fn conflict(field: impl Into<String>, reason: impl Into<String>) -> Refused {
        Refused::Conflict { field: field.into(), reason: reason.into() }
    }
}

/// Refuses an id that could not stand in an address or a file without quoting.
pub fn check_id(id: &str) -> Result<(), Refused> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if id.is_empty() || id.len() > MAX_ID_CHARS || !id.bytes().all(plain) {
        let reason = format!("an id has 1 to {MAX_ID_CHARS} characters out of a-z, 0-9 and the hyphen");
        return Err(Refused::field("id", reason));
    }
    Ok(())
}

/// Refuses words in languages: each language written like one, each text no longer than this, and at least one of them.
pub fn check_words(field: &str, words: &BTreeMap<String, String>, max_chars: usize) -> Result<(), Refused> {
    if words.is_empty() || words.len() > MAX_LANGUAGES {
        return Err(Refused::field(field, format!("it stands in 1 to {MAX_LANGUAGES} languages")));
    }
    for (language, text) in words {
        let field = format!("{field}.{language}");
        let is_language =
            (2..=8).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_language {
            return Err(Refused::field(field, "no language is written like this: en, ru"));
        }
        if text.trim().is_empty() || text.chars().count() > max_chars || text.contains('\0') {
            return Err(Refused::field(field, format!("a text has 1 to {max_chars} characters")));
        }
    }
    Ok(())
}

/// The words in a language, or in English, or in whichever there is; with the language they are in.
pub fn in_language<'w>(words: &'w BTreeMap<String, String>, language: &str) -> Option<(&'w str, &'w str)> {
    let wanted = words.get_key_value(language).or_else(|| words.get_key_value("en"));
    wanted.or_else(|| words.iter().next()).map(|(language, text)| (language.as_str(), text.as_str()))
}

/// Words as the database keeps them.
pub(crate) fn kept_words(words: &BTreeMap<String, String>) -> Result<String, DbError> {
    serde_json::to_string(words).map_err(|e| DbError::Failed(e.to_string()))
}

/// Reads what [`kept_words`] wrote.
pub(crate) fn words_of(kept: &str) -> Result<BTreeMap<String, String>, DbError> {
    serde_json::from_str(kept).map_err(|e| DbError::Failed(format!("stored words: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_can_stand_in_an_address() {
        for (id, fits) in [
            ("standard", true),
            ("2026-hires", true),
            ("", false),
            ("Standard", false),
            ("a b", false),
            ("a/b", false),
            ("ж", false),
        ] {
            assert_eq!(check_id(id).is_ok(), fits, "{id:?}");
        }
        assert!(check_id(&"a".repeat(MAX_ID_CHARS)).is_ok() && check_id(&"a".repeat(MAX_ID_CHARS + 1)).is_err());
    }
}
