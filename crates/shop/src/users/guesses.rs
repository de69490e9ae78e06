//! How often somebody may guess: failures counted per address of the network, and per that and e-mail together. In memory
//! of this node; a restart forgets. Counting happens before the guess, so a thousand at once count as a thousand.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Failures for one e-mail address from one network address within [`WINDOW`]; the next guess waits.
pub const MAX_FAILURES: u32 = 10;
/// Failures from one network address, whoever they are for: a household behind one address stays far below.
pub const MAX_FAILURES_OF_ADDRESS: u32 = 500;
/// Counted from the first failure; at its end all is forgotten.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Who is remembered at once. When it is full the oldest half is forgotten.
const MAX_REMEMBERED: usize = 100_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    Pair(IpAddr, String),
}

#[derive(Clone, Copy)]
struct Count {
    since_us: i64,
    failures: u32,
}

/// What a guess is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Go,
    /// Come back later. `first` is said once per window: it is worth a line in the log.
    Locked {
        retry_after_s: u64,
        first: bool,
    },
}

/// The memory of failures. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Guesses {
    counts: Arc<Mutex<HashMap<Who, Count>>>,
}

impl Guesses {
    /// Counts a guess about `email` as failed until [`Guesses::right`] says otherwise.
    pub(super) fn guess(&self, address: IpAddr, email: &str, now_us: i64) -> Answer {
        let address = network(address);
        let mut counts = self.lock();
        let pair = count(&mut counts, Who::Pair(address, email.to_owned()), now_us, MAX_FAILURES);
        match pair {
            Answer::Go => count(&mut counts, Who::Address(address), now_us, MAX_FAILURES_OF_ADDRESS),
            locked => locked,
        }
    }

    /// The guess was right: it did not count, and what was wrong before is forgiven.
    pub(super) fn right(&self, address: IpAddr, email: &str) {
        let address = network(address);
        let mut counts = self.lock();
        counts.remove(&Who::Pair(address, email.to_owned()));
        if let Some(count) = counts.get_mut(&Who::Address(address)) {
            count.failures = count.failures.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Who, Count>> {
        self.counts.lock().unwrap_or_else(|e| e.into_inner())
    }
}

fn count(counts: &mut HashMap<Who, Count>, who: Who, now_us: i64, most: u32) -> Answer {
    make_room(counts, now_us);
    let count = counts.entry(who).or_insert(Count { since_us: now_us, failures: 0 });
    if over(count, now_us) {
        *count = Count { since_us: now_us, failures: 0 };
    }
    count.failures = count.failures.saturating_add(1);
    if count.failures <= most {
        return Answer::Go;
    }
    let left_us = count.since_us + WINDOW.as_micros() as i64 - now_us;
    let retry_after_s = u64::try_from(left_us).unwrap_or(0).div_ceil(1_000_000).max(1);
    Answer::Locked { retry_after_s, first: count.failures == most + 1 }
}

fn over(count: &Count, now_us: i64) -> bool {
    now_us - count.since_us >= WINDOW.as_micros() as i64
}

fn make_room(counts: &mut HashMap<Who, Count>, now_us: i64) {
    if counts.len() < MAX_REMEMBERED {
        return;
    }
    counts.retain(|_, count| !over(count, now_us));
    if counts.len() >= MAX_REMEMBERED {
        let mut since: Vec<i64> = counts.values().map(|count| count.since_us).collect();
        let (_, middle, _) = since.select_nth_unstable(MAX_REMEMBERED / 2);
        let middle = *middle;
        counts.retain(|_, count| count.since_us > middle);
    }
}

/// IPv6 gives everybody 2^64 addresses: what counts is the network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn the_eleventh_guess_waits_and_is_logged_once() {
        let guesses = Guesses::default();
        for _ in 0..MAX_FAILURES {
            assert_eq!(guesses.guess(HOME, "a@b.cd", 0), Answer::Go);
        }
        assert_eq!(guesses.guess(HOME, "a@b.cd", 1), Answer::Locked { retry_after_s: 900, first: true });
        for _ in 0..10_000 {
            assert!(matches!(guesses.guess(HOME, "a@b.cd", 1), Answer::Locked { first: false, .. }));
        }
        assert_eq!(guesses.guess("192.0.2.2".parse().unwrap(), "a@b.cd", 1), Answer::Go, "another address is free");
        assert_eq!(guesses.guess(HOME, "a@b.cd", WINDOW.as_micros() as i64), Answer::Go, "the window has passed");
    }

    #[test]
    fn being_right_forgives_and_costs_nothing() {
        let guesses = Guesses::default();
        for _ in 0..10 * MAX_FAILURES_OF_ADDRESS {
            assert_eq!(guesses.guess(HOME, "a@b.cd", 0), Answer::Go);
            guesses.right(HOME, "a@b.cd");
        }
    }

    #[test]
    fn guessing_many_people_from_one_address_is_stopped() {
        let guesses = Guesses::default();
        let mut gone = 0;
        for n in 0..10_000 {
            gone += u32::from(guesses.guess(HOME, &format!("{n}@b.cd"), 0) == Answer::Go);
        }
        assert_eq!(gone, MAX_FAILURES_OF_ADDRESS);
    }

    #[test]
    fn one_ipv6_network_is_one_guesser() {
        let guesses = Guesses::default();
        for n in 0..MAX_FAILURES {
            guesses.guess(format!("2001:db8::{n:x}").parse().unwrap(), "a@b.cd", 0);
        }
        assert!(matches!(guesses.guess("2001:db8::ffff".parse().unwrap(), "a@b.cd", 0), Answer::Locked { .. }));
    }

    #[test]
    fn memory_is_bounded_and_the_newest_are_kept() {
        let guesses = Guesses::default();
        for n in 0..3 * MAX_REMEMBERED as u32 {
            guesses.guess(IpAddr::V4((n << 8).into()), "a@b.cd", n.into());
        }
        let counts = guesses.lock();
        assert!(counts.len() <= MAX_REMEMBERED + 1);
        let last = IpAddr::V4(((3 * MAX_REMEMBERED as u32 - 1) << 8).into());
        assert!(counts.contains_key(&Who::Pair(last, "a@b.cd".to_owned())));
    }
}
