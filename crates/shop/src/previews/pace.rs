//! How many different previews one person hears within an hour. In memory of this node; a restart forgets. Hearing the same
//! one again costs nothing, so that the parts of a file count once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// Different previews within [`PREVIEW_WINDOW_S`] for somebody who is signed in.
pub const MAX_PREVIEWS_OF_LISTENER: usize = 600;
/// The same for a network address that nobody is signed in from: a household or a library.
pub const MAX_PREVIEWS_OF_ADDRESS: usize = 1_200;
/// Counted from the first one; at its end all is forgotten.
pub const PREVIEW_WINDOW_S: i64 = 3_600;
/// Who is remembered at once. When it is full, whose window is oldest is forgotten.
const MAX_REMEMBERED: usize = 20_000;

struct Heard {
    since_us: i64,
    previews: HashSet<u64>,
}

/// The memory of what was heard. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Pace {
    heard: Arc<Mutex<HashMap<String, Heard>>>,
}

impl Pace {
    /// Notes that `who` hears a preview; says how long to wait where that is one too many.
    pub(super) fn hears(&self, who: &str, preview: u64, most: usize, now_us: i64) -> Result<(), u64> {
        let mut heard = self.heard.lock().unwrap_or_else(|e| e.into_inner());
        if heard.len() >= MAX_REMEMBERED && !heard.contains_key(who) {
            make_room(&mut heard);
        }
        let one = heard.entry(who.to_owned()).or_insert_with(|| Heard { since_us: now_us, previews: HashSet::new() });
        if now_us - one.since_us >= PREVIEW_WINDOW_S * 1_000_000 {
            *one = Heard { since_us: now_us, previews: HashSet::new() };
        }
        if one.previews.len() >= most && !one.previews.contains(&preview) {
            let left_us = one.since_us + PREVIEW_WINDOW_S * 1_000_000 - now_us;
            return Err(u64::try_from(left_us).unwrap_or(0).div_ceil(1_000_000).max(1));
        }
        one.previews.insert(preview);
        Ok(())
    }
}

/// Forgets the older half.
fn make_room(heard: &mut HashMap<String, Heard>) {
    let mut since: Vec<i64> = heard.values().map(|one| one.since_us).collect();
    let at = since.len() / 2;
    let (_, middle, _) = since.select_nth_unstable(at);
    let middle = *middle;
    heard.retain(|_, one| one.since_us > middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_preview_too_many_waits_and_the_same_one_again_never_does() {
        let pace = Pace::default();
        for preview in 0..10 {
            assert_eq!(pace.hears("a", preview, 10, 0), Ok(()));
        }
        assert_eq!(pace.hears("a", 10, 10, 1), Err(3_600));
        assert_eq!(pace.hears("a", 3, 10, 1), Ok(()));
        assert_eq!(pace.hears("b", 10, 10, 1), Ok(()), "another person is free");
        assert_eq!(pace.hears("a", 10, 10, PREVIEW_WINDOW_S * 1_000_000), Ok(()), "the window has passed");
    }

    #[test]
    fn memory_is_bounded() {
        let pace = Pace::default();
        for n in 0..3 * MAX_REMEMBERED {
            assert_eq!(pace.hears(&n.to_string(), 0, 1, n as i64), Ok(()));
        }
        assert!(pace.heard.lock().unwrap().len() <= MAX_REMEMBERED);
    }
}
