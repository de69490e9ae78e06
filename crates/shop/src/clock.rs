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

/// Characters of an id.
pub const ID_CHARS: usize = 26;

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

    /// A clock for what is told as if it had happened: like [`Clock::by_hand`], but its chance comes from `seed` and is the same
    /// each time, so nothing that it gives may be a secret.
    pub fn told(start_us: i64, seed: u64) -> (Clock, Hand) {
        let (clock, hand) = Clock::by_hand(start_us);
        let state = Mutex::new(seed);
        let fill = move |bytes: &mut [u8]| {
            let mut state = state.lock().unwrap_or_else(|e| e.into_inner());
            for part in bytes.chunks_mut(8) {
                // SplitMix64.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..part.len()]);
            }
        };
        (Clock { fill: Arc::new(fill), ..clock }, hand)
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
        base32(millis << 80 | chance, ID_CHARS as u32)
    }
}

/// Moves a clock made by [`Clock::by_hand`] or [`Clock::told`].
#[derive(Clone)]
pub struct Hand {
    at: Arc<Mutex<i64>>,
}

impl Hand {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        *self.at.lock().unwrap_or_else(|e| e.into_inner()) += by.as_micros() as i64;
    }

    /// Sets the clock.
    pub fn set(&self, at_us: i64) {
        *self.at.lock().unwrap_or_else(|e| e.into_inner()) = at_us;
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

/// Whether the IANA database knows a time zone of this name.
pub fn is_zone(zone: &str) -> bool {
    jiff::tz::TimeZone::get(zone).is_ok()
}

/// The day of the week (0: Monday) and the minute of the day that clocks in a time zone show; none for no zone.
pub fn local_minute(at_us: i64, zone: &str) -> Option<(u8, u32)> {
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    let local = jiff::Timestamp::from_microsecond(at_us).ok()?.to_zoned(zone);
    let day = u8::try_from(local.weekday().to_monday_zero_offset()).ok()?;
    let minute = u32::try_from(i64::from(local.hour()) * 60 + i64::from(local.minute())).ok()?;
    Some((day, minute))
}

/// The first instants (UTC) of the calendar month before that of a time, and of that month itself.
pub fn month_before(at_us: i64) -> (i64, i64) {
    let first = |at_us: i64| moment_from(&format!("{}-01", &day_of(at_us)[..7])).unwrap_or(at_us);
    let this = first(at_us);
    (first(this - 1), this)
}

/// A time as RFC 3339, UTC, to the second.
pub fn moment_of(at_us: i64) -> String {
    let second = at_us.div_euclid(1_000_000).rem_euclid(86_400);
    format!("{}T{:02}:{:02}:{:02}Z", day_of(at_us), second / 3_600, second / 60 % 60, second % 60)
}

/// The time that an RFC 3339 text names, or the first instant (UTC) of the day that `YYYY-MM-DD` names; none for all else.
pub fn moment_from(text: &str) -> Option<i64> {
    let (day, rest) = (text.get(..10)?, &text[10..]);
    let day_s = days_of(day)? * 86_400;
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else { return rest.is_empty().then_some(day_s * 1_000_000) };
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = time.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (hour, minute, second) = (number(0..2)?, number(3..5)?, number(6..8)?);
    if time.get(2..3) != Some(":") || time.get(5..6) != Some(":") || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = &time[8..];
    let (micros, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let padded = format!("{:0<6}", &rest[..digits]);
            ((digits > 0).then(|| padded[..6].parse::<i64>().ok())??, &rest[digits..])
        }
    };
    Some((day_s + hour * 3_600 + minute * 60 + second - offset_s(zone)?) * 1_000_000 + micros)
}

/// Seconds by which a zone of RFC 3339 is ahead of UTC.
fn offset_s(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = zone.strip_prefix('+').map(|r| (1, r)).or_else(|| zone.strip_prefix('-').map(|r| (-1, r)))?;
    let (hours, minutes) = rest.split_once(':')?;
    let number =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    let (hours, minutes): (i64, i64) = (number(hours)?, number(minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970 of `YYYY-MM-DD`.
fn days_of(day: &str) -> Option<i64> {
    let plain = day.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if day.len() != 10 || !plain {
        return None;
    }
    let (year, month, date): (i64, i64, i64) =
        (day[..4].parse().ok()?, day[5..7].parse().ok()?, day[8..].parse().ok()?);
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + date - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468;
    // The way back is the check that there is such a day.
    (day_of(days * 86_400_000_000) == day).then_some(days)
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
    fn what_is_told_twice_has_the_same_ids() {
        let ids = |seed| {
            let (clock, hand) = Clock::told(0, seed);
            hand.set(1_700_000_000_000_000);
            [clock.new_id(), clock.new_id()]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert_ne!(ids(1)[0], ids(1)[1]);
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

    #[test]
    fn the_month_before_january_is_december() {
        let at = |text: &str| moment_from(text).unwrap();
        assert_eq!(month_before(at("2026-01-31T23:59:59Z")), (at("2025-12-01"), at("2026-01-01")));
        assert_eq!(month_before(at("2026-03-01")), (at("2026-02-01"), at("2026-03-01")));
    }

    #[test]
    fn clocks_elsewhere_follow_their_zone_and_its_summer_time() {
        let at = |text: &str, zone| local_minute(moment_from(text).unwrap(), zone);
        assert_eq!(at("2026-11-21T23:30:00Z", "UTC"), Some((5, 23 * 60 + 30)));
        assert_eq!(at("2026-11-21T23:30:00Z", "Europe/Berlin"), Some((6, 30)));
        assert_eq!(at("2026-07-01T12:00:00Z", "Europe/Berlin"), Some((2, 14 * 60)));
        assert_eq!(at("2026-07-01T12:00:00Z", "Asia/Kolkata"), Some((2, 17 * 60 + 30)));
        assert_eq!(at("2026-07-01T12:00:00Z", "Mars/Olympus"), None);
        assert!(is_zone("Europe/Moscow") && !is_zone("") && !is_zone("../../etc/passwd"));
    }

    #[test]
    fn a_moment_is_read_as_it_is_written_and_nonsense_is_not() {
        for at_us in [0, 951_782_400_000_000, 1_795_219_199_000_000, -1_000_000] {
            assert_eq!(moment_from(&moment_of(at_us)), Some(at_us));
        }
        for (text, at_us) in [
            ("1970-01-02", Some(86_400_000_000)),
            ("1970-01-01T03:00:00+03:00", Some(0)),
            ("1970-01-01T00:00:00.25z", Some(250_000)),
            ("1969-12-31 23:00:00-01:00", Some(0)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-01-00", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01T00:00Z", None),
            ("2026-01-01T00:00:00+3:00", None),
            ("yesterday, at noon", None),
            ("ж026-01-01", None),
            ("", None),
        ] {
            assert_eq!(moment_from(text), at_us, "{text:?}");
        }
    }
}
