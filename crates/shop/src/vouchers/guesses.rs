//! How often somebody may guess codes: wrong ones are counted per user and per network address, over all doors of this
//! node. In memory; a restart forgets. What is being tried at this instant is bounded too, so that a thousand guesses at
//! once are not a thousand guesses, while many right codes at once are no guess at all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::clock::Clock;
use crate::users::network;

/// Wrong codes of one user within [`WINDOW`]; then he waits for its end.
pub const MAX_WRONG_OF_USER: u32 = 10;
/// Wrong codes from one network address, whoever enters them: a household stays far below.
pub const MAX_WRONG_OF_ADDRESS: u32 = 100;
/// Codes that one user may have in hand at the same time.
const MAX_PENDING_OF_USER: u32 = 32;
/// Codes in hand from one network address.
const MAX_PENDING_OF_ADDRESS: u32 = 512;
/// Wrong codes on this node, whoever enters them, that are worth an error in the log. Nobody is locked for it: that would
/// let strangers lock everybody.
pub const MANY_WRONG: u32 = 1_000;
/// Counted from the first wrong code; at its end all is forgotten.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wait of somebody who has too many codes in hand.
const CROWDED_S: u64 = 1;
/// Who is remembered at once. When it is full the oldest half is forgotten.
const MAX_REMEMBERED: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Everybody,
    User(String),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Count {
    since_us: i64,
    wrong: u32,
    pending: u32,
}

impl Count {
    fn is_over(&self, now_us: i64) -> bool {
        now_us - self.since_us >= WINDOW.as_micros() as i64
    }
}

/// The memory of wrong codes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Guesses {
    clock: Clock,
    counts: Arc<Mutex<HashMap<Who, Count>>>,
}

/// A code in hand. Dropped without a word it counts as wrong.
pub(crate) struct Try {
    guesses: Guesses,
    who: [(Who, u32); 3],
    right: bool,
}

impl Guesses {
    pub fn new(clock: Clock) -> Guesses {
        Guesses { clock, counts: Arc::default() }
    }

    /// Lets somebody try a code; else the seconds to wait.
    pub fn begin(&self, user_id: &str, address: IpAddr) -> Result<Try, u64> {
        let now_us = self.clock.now_us();
        let (user, address) = (Who::User(user_id.to_owned()), Who::Address(network(address)));
        let mut counts = self.lock();
        make_room(&mut counts, now_us);
        let limits =
            [(&user, MAX_WRONG_OF_USER, MAX_PENDING_OF_USER), (&address, MAX_WRONG_OF_ADDRESS, MAX_PENDING_OF_ADDRESS)];
        for (who, most, most_pending) in limits {
            let count = counts.get(who).filter(|count| !count.is_over(now_us));
            if let Some(count) = count.filter(|count| count.wrong >= most) {
                let left_us = count.since_us + WINDOW.as_micros() as i64 - now_us;
                return Err(u64::try_from(left_us).unwrap_or(0).div_ceil(1_000_000).max(1));
            }
            if counts.get(who).is_some_and(|count| count.pending >= most_pending) {
                return Err(CROWDED_S);
            }
        }
        let who = [(user, MAX_WRONG_OF_USER), (address, MAX_WRONG_OF_ADDRESS), (Who::Everybody, MANY_WRONG)];
        for (who, _) in &who {
            let count = counts.entry(who.clone()).or_insert(Count { since_us: now_us, wrong: 0, pending: 0 });
            if count.is_over(now_us) {
                *count = Count { since_us: now_us, wrong: 0, ..*count };
            }
            count.pending += 1;
        }
        Ok(Try { guesses: self.clone(), who, right: false })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Who, Count>> {
        self.counts.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Try {
    /// The code was a real one, whatever became of it.
    pub fn right(mut self) {
        self.right = true;
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        let mut counts = self.guesses.lock();
        for (who, most) in &self.who {
            let Some(count) = counts.get_mut(who) else { continue };
            count.pending = count.pending.saturating_sub(1);
            if self.right {
                continue;
            }
            count.wrong = count.wrong.saturating_add(1);
            if count.wrong == *most {
                match who {
                    Who::Everybody => tracing::error!(tries = most, "voucher codes are being guessed on this node"),
                    who => tracing::warn!(by = ?who, tries = most, "too many wrong voucher codes: locked for a while"),
                }
            }
        }
    }
}

fn make_room(counts: &mut HashMap<Who, Count>, now_us: i64) {
    if counts.len() < MAX_REMEMBERED {
        return;
    }
    counts.retain(|_, count| !count.is_over(now_us) || count.pending > 0);
    if counts.len() >= MAX_REMEMBERED {
        let mut since: Vec<i64> = counts.values().map(|count| count.since_us).collect();
        let (_, middle, _) = since.select_nth_unstable(MAX_REMEMBERED / 2);
        let middle = *middle;
        counts.retain(|_, count| count.since_us > middle || count.pending > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn guesses() -> (Guesses, crate::clock::Hand) {
        let (clock, hand) = Clock::by_hand(0);
        (Guesses::new(clock), hand)
    }

    #[test]
    fn ten_thousand_guesses_by_one_user_from_everywhere_end_at_ten() {
        let (guesses, hand) = guesses();
        let from = |n: u32| IpAddr::V4((n << 8).into());
        let passed = (0..10_000).filter(|n| guesses.begin("a", from(*n)).is_ok()).count();
        assert_eq!(passed, MAX_WRONG_OF_USER as usize);
        assert_eq!(guesses.begin("a", HOME).err(), Some(900));
        assert!(guesses.begin("b", HOME).is_ok(), "another user is free");
        hand.advance(WINDOW);
        assert!(guesses.begin("a", HOME).is_ok(), "the window has passed");
    }

    #[test]
    fn ten_thousand_guesses_by_many_users_from_one_address_end_at_a_hundred() {
        let (guesses, _) = guesses();
        let passed = (0..10_000).filter(|n| guesses.begin(&n.to_string(), HOME).is_ok()).count();
        assert_eq!(passed, MAX_WRONG_OF_ADDRESS as usize);
        let six = |n: u32| format!("2001:db8::{n:x}").parse::<IpAddr>().unwrap();
        let passed = (0..10_000).filter(|n| guesses.begin(&format!("x{n}"), six(*n)).is_ok()).count();
        assert_eq!(passed, MAX_WRONG_OF_ADDRESS as usize, "an IPv6 network is one guesser");
    }

    #[test]
    fn guesses_at_the_same_instant_are_few_and_all_count() {
        let (guesses, _) = guesses();
        let tries: Vec<Try> = (0..10_000).filter_map(|_| guesses.begin("a", HOME).ok()).collect();
        assert_eq!(tries.len(), MAX_PENDING_OF_USER as usize);
        assert_eq!(guesses.begin("a", HOME).err(), Some(CROWDED_S));
        drop(tries);
        assert_eq!(guesses.begin("a", HOME).err(), Some(900));
    }

    #[test]
    fn right_codes_never_lock_even_many_at_once() {
        let (guesses, _) = guesses();
        for _ in 0..10 {
            let tries: Vec<Try> = (0..200).map(|n| guesses.begin(&n.to_string(), HOME).ok().unwrap()).collect();
            tries.into_iter().for_each(Try::right);
        }
        assert!(guesses.begin("a", HOME).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let (guesses, _) = guesses();
        for n in 0..2 * MAX_REMEMBERED as u32 {
            drop(guesses.begin(&n.to_string(), IpAddr::V4((n << 8).into())));
        }
        assert!(guesses.lock().len() <= MAX_REMEMBERED + 3);
    }
}
