//! Lists come in pages: at most so many items, and where the next page begins.

use crate::clock::ID_CHARS;
use crate::db::DbError;

/// Items of a page when the caller does not say.
pub const DEFAULT_LIMIT: u32 = 50;
/// Items of a page at the most.
pub const MAX_LIMIT: u32 = 200;

/// Some items of a list, and the place after which the rest follows (`None` at the end).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most the limit that was asked for.
    pub items: Vec<T>,
    /// To be handed back as `after`.
    pub next: Option<String>,
}

impl<T> Default for Page<T> {
    /// A page of nothing.
    fn default() -> Page<T> {
        Page { items: Vec::new(), next: None }
    }
}

impl<T> Page<T> {
    /// Makes a page of rows of which one more than `limit` was asked for; `place` names the position after an item.
    pub fn cut(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = if more { items.last().map(place) } else { None };
        Page { items, next }
    }

    /// The same page with every item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(turn).collect(), next: self.next }
    }
}

/// What was asked for, within 1 and [`MAX_LIMIT`].
pub fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}

/// Where a list that goes by ids, the newest first, goes on: before `after`, or from its start. What is no id is no place.
pub fn before_id(after: Option<&str>) -> Result<&str, DbError> {
    // Stands behind every id.
    let Some(after) = after else { return Ok("~") };
    id_of(after)
}

/// The id in a place.
pub(crate) fn id_of(place: &str) -> Result<&str, DbError> {
    let is_id = place.len() == ID_CHARS && place.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    is_id.then_some(place).ok_or(DbError::NoSuchPlace)
}

/// A number and what stands behind it in a place that was written `number-id`.
pub(crate) fn number_and_id(place: &str) -> Result<(i64, &str), DbError> {
    let (number, id) = place.split_once('-').ok_or(DbError::NoSuchPlace)?;
    Ok((number.parse().map_err(|_| DbError::NoSuchPlace)?, id_of(id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_that_a_page_named() {
        let id = crate::clock::Clock::system().new_id();
        assert_eq!((before_id(None).unwrap(), before_id(Some(&id)).unwrap()), ("~", id.as_str()));
        let place = format!("17-{id}");
        assert_eq!(number_and_id(&place).unwrap(), (17, id.as_str()));
        for nonsense in ["", "zzz", "17", "-", "x-01", "~", "17-zzz", &id[1..], &id.to_uppercase()] {
            assert!(before_id(Some(nonsense)).is_err() && number_and_id(nonsense).is_err(), "{nonsense}");
        }
    }
}
