//! Time and chance: the two things that come from outside, passed in so that a test can say what they are.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Gives the time and random bytes. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
    fill: Arc<Fill>,
}

/// Fills a slice with random bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Crockford's base 32 in lower case, in the order of its values.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Clock {
    /// The system's clock and the system's randomness.
    pub fn system() -> Clock {
        Clock { now: Arc::new(system_now_us), fill: Arc::new(system_random) }
    }

    /// A clock for tests: stands at `start_us`, moves on by a microsecond at each look, and by [`Clock::advance`] of the
    /// returned hand. Randomness is still real, so that ids stay unique.
    pub fn by_hand(start_us: i64) -> (Clock, Hand) {
        let at = Arc::new(Mutex::new(start_us));
        let hand = Hand { at: at.clone() };
        let now = move || {
            let mut at = at.lock().unwrap_or_else(|e| e.into_inner());
            *at += 1;
            *at
        };
        (Clock { now: Arc::new(now), fill: Arc::new(system_random) }, hand)
    }

    /// Microseconds since 1970 UTC.
    pub fn now_us(&self) -> i64 {
        (self.now)()
    }

    /// `N` random bytes, fit for secrets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill)(&mut bytes);
        bytes
    }

    /// A new id: 26 letters and digits that sort by time (48 bits of milliseconds, 80 random bits).
    pub fn new_id(&self) -> String {
        let millis = (self.now_us() / 1_000) as u128 & 0xffff_ffff_ffff;
        let chance = self.random::<10>().iter().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
        base32(millis << 80 | chance, 26)
    }
}

/// Moves a clock made by [`Clock::by_hand`].
#[derive(Clone)]
pub struct Hand {
    at: Arc<Mutex<i64>>,
}

impl Hand {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        *self.at.lock().unwrap_or_else(|e| e.into_inner()) += by.as_micros() as i64;
    }
}

/// The lowest `digits` base-32 digits of `value`, Crockford's alphabet in lower case.
pub fn base32(value: u128, digits: u32) -> String {
    (0..digits).rev().map(|i| CROCKFORD[(value >> (5 * i)) as usize & 31] as char).collect()
}

/// `YYYY-MM-DD` of a time, UTC (the civil calendar, Gregorian throughout).
pub fn day_of(at_us: i64) -> String {
    let days = at_us.div_euclid(86_400_000_000);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[allow(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
fn system_now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn system_random(bytes: &mut [u8]) {
    // Without randomness there are no secrets and no ids: better to stop than to go on with guessable ones.
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ_within_a_millisecond() {
        let (clock, hand) = Clock::by_hand(1_700_000_000_000_000);
        let first = clock.new_id();
        assert_ne!(first, clock.new_id());
        hand.advance(Duration::from_millis(2));
        let later = clock.new_id();
        assert!(first < later && first.len() == 26);
    }

    #[test]
    fn days_follow_the_civil_calendar() {
        for (us, day) in [
            (0, "1970-01-01"),
            (951_782_400_000_000, "2000-02-29"),
            (1_795_219_199_999_999, "2026-11-20"),
            (1_795_219_200_000_000, "2026-11-21"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(day_of(us), day);
        }
    }
}
