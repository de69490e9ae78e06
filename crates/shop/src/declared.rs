//! What an operator declares under an id of his own choosing: how such an id looks, and why a declaration is refused. No
//! tables: each noun keeps its own.

use crate::db::DbError;

/// Characters of an id at the most.
pub const MAX_ID_CHARS: usize = 64;
/// Characters of a name at the most.
pub const MAX_NAME_CHARS: usize = 200;

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
