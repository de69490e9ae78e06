//! Lists come in pages: at most so many items, and where the next page begins.

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
