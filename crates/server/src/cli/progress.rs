//! How far a long command is, on standard error: a bar on a terminal, a line every few seconds into anything else.

use std::sync::{Mutex, PoisonError};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use shop::clock::Clock;

/// How often a line is printed where no bar can be.
const LINE_EVERY_US: i64 = 5_000_000;

/// Shows bytes done out of bytes in all.
pub(super) struct Progress {
    bar: ProgressBar,
    /// When the last line was printed, or the command began; none where a bar shows it, or nobody asked.
    last_us: Option<Mutex<i64>>,
    clock: Clock,
}

impl Progress {
    /// `template`: of the bar. Shows nothing at all unless it is wanted.
    pub(super) fn new(wanted: bool, template: &str) -> anyhow::Result<Progress> {
        let bar = if wanted { ProgressBar::new(0) } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template(template)?);
        let clock = Clock::system();
        let last_us = (wanted && bar.is_hidden()).then(|| Mutex::new(clock.now_us()));
        Ok(Progress { bar, last_us, clock })
    }

    /// So many bytes are done; `note` says more of it.
    pub(super) fn set(&self, done: u64, all: u64, note: impl Fn() -> String) {
        match &self.last_us {
            Some(last_us) => {
                let mut last_us = last_us.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(line) = due(&mut last_us, self.clock.now_us(), done, all, note) {
                    eprintln!("{line}");
                }
            }
            None => {
                self.bar.set_length(all);
                self.bar.set_position(done);
                self.bar.set_message(note());
            }
        }
    }

    /// Says something beside it.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The line for now, if the last is long ago.
fn due(last_us: &mut i64, now_us: i64, done: u64, all: u64, note: impl Fn() -> String) -> Option<String> {
    if now_us - *last_us < LINE_EVERY_US {
        return None;
    }
    *last_us = now_us;
    let percent = (u128::from(done) * 100).checked_div(all.into()).unwrap_or(0);
    let line = format!("{} of about {}, {percent} % {}", HumanBytes(done), HumanBytes(all), note());
    Some(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::due;

    #[test]
    fn a_line_comes_every_five_seconds_and_says_how_far_it_is() {
        let mut last_us = 0;
        let line = |last_us: &mut i64, now_us, done| due(last_us, now_us, done, 4 << 20, String::new);
        assert_eq!(line(&mut last_us, 4_999_999, 1), None);
        assert_eq!(line(&mut last_us, 5_000_000, 1 << 20).as_deref(), Some("1.00 MiB of about 4.00 MiB, 25 %"));
        assert_eq!(line(&mut last_us, 9_999_999, 2 << 20), None);
        let noted = due(&mut last_us, 10_000_000, 0, 0, || "0/7 files".into());
        assert_eq!(noted.as_deref(), Some("0 B of about 0 B, 0 % 0/7 files"));
    }
}
