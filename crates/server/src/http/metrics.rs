//! What is counted while serving, and how a scraper reads it (the Prometheus text format, version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use shop::jobs::Count;
use shop::orders::MissedPromises;

/// Upper ends of the histogram of answer times, milliseconds.
const BUCKETS_MS: [u64; 9] = [1, 5, 10, 25, 100, 250, 1_000, 5_000, 30_000];
/// Route, method, status: the first two come from the router, so their number is bounded.
type Labels = (String, String, u16);

#[derive(Default)]
struct Served {
    count: u64,
    sum_us: u64,
    within: [u64; BUCKETS_MS.len()],
}

#[derive(Default)]
struct Counters {
    served: Mutex<BTreeMap<Labels, Served>>,
    downloads: AtomicU64,
    downloads_running: AtomicI64,
    download_bytes: AtomicU64,
    downloads_broken: AtomicU64,
}

/// The counters. Cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics {
    counters: Arc<Counters>,
}

impl Metrics {
    /// A request was answered; `took_us` until the first byte.
    pub fn answered(&self, route: &str, method: &str, status: u16, took_us: u64) {
        let mut all = self.counters.served.lock().unwrap_or_else(|e| e.into_inner());
        let served = all.entry((route.to_owned(), method.to_owned(), status)).or_default();
        served.count += 1;
        served.sum_us += took_us;
        for (within, end_ms) in served.within.iter_mut().zip(BUCKETS_MS) {
            *within += u64::from(took_us <= end_ms * 1_000);
        }
    }

    /// A file begins to be sent; the guard counts what goes out.
    pub fn download(&self) -> Sending {
        self.counters.downloads.fetch_add(1, Relaxed);
        self.counters.downloads_running.fetch_add(1, Relaxed);
        Sending { counters: self.counters.clone() }
    }

    /// Everything as text.
    pub fn text(&self, jobs: &[Count], encodes_running: usize, missed: MissedPromises) -> String {
        let mut out = String::new();
        self.requests(&mut out);
        let c = &self.counters;
        for (name, kind, value) in [
            ("gramovar_downloads_total", "counter", c.downloads.load(Relaxed)),
            ("gramovar_downloads_running", "gauge", c.downloads_running.load(Relaxed).max(0) as u64),
            ("gramovar_download_bytes_total", "counter", c.download_bytes.load(Relaxed)),
            ("gramovar_downloads_broken_total", "counter", c.downloads_broken.load(Relaxed)),
            ("gramovar_encodes_running", "gauge", encodes_running as u64),
            ("gramovar_promises_missed_total", "counter", missed.count),
            ("gramovar_promises_missed_micros_total", "counter", missed.micros),
        ] {
            line(&mut out, format_args!("# TYPE {name} {kind}"));
            line(&mut out, format_args!("{name} {value}"));
        }
        line(&mut out, format_args!("# TYPE gramovar_jobs gauge"));
        for Count { kind, state, count } in jobs {
            line(&mut out, format_args!("gramovar_jobs{{kind=\"{kind}\",state=\"{state}\"}} {count}"));
        }
        out
    }

    fn requests(&self, out: &mut String) {
        let all = self.counters.served.lock().unwrap_or_else(|e| e.into_inner());
        line(out, format_args!("# TYPE gramovar_request_seconds histogram"));
        for ((route, method, status), served) in all.iter() {
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            for (end_ms, count) in BUCKETS_MS.iter().zip(served.within) {
                let (s, ms) = (end_ms / 1_000, end_ms % 1_000);
                line(out, format_args!("gramovar_request_seconds_bucket{{{labels},le=\"{s}.{ms:03}\"}} {count}"));
            }
            line(out, format_args!("gramovar_request_seconds_bucket{{{labels},le=\"+Inf\"}} {}", served.count));
            let (s, us) = (served.sum_us / 1_000_000, served.sum_us % 1_000_000);
            line(out, format_args!("gramovar_request_seconds_sum{{{labels}}} {s}.{us:06}"));
            line(out, format_args!("gramovar_request_seconds_count{{{labels}}} {}", served.count));
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// A download under way.
pub struct Sending {
    counters: Arc<Counters>,
}

impl Sending {
    /// Bytes went out.
    pub fn sent(&self, bytes: usize) {
        self.counters.download_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// It cannot go on.
    pub fn broke(&self) {
        self.counters.downloads_broken.fetch_add(1, Relaxed);
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.counters.downloads_running.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_in_every_bucket_they_fit() {
        let metrics = Metrics::default();
        metrics.answered("/d/{token}", "GET", 206, 20_000);
        drop(metrics.download());
        let missed = MissedPromises { count: 2, micros: 1_500 };
        let text = metrics.text(&[Count { kind: "encode".into(), state: "queued".into(), count: 3 }], 0, missed);
        let labels = "route=\"/d/{token}\",method=\"GET\",status=\"206\"";
        for wanted in [
            format!("gramovar_request_seconds_bucket{{{labels},le=\"0.010\"}} 0"),
            format!("gramovar_request_seconds_bucket{{{labels},le=\"0.025\"}} 1"),
            format!("gramovar_request_seconds_sum{{{labels}}} 0.020000"),
            "gramovar_downloads_total 1".to_owned(),
            "gramovar_downloads_running 0".to_owned(),
            "gramovar_promises_missed_micros_total 1500".to_owned(),
            "gramovar_jobs{kind=\"encode\",state=\"queued\"} 3".to_owned(),
        ] {
            assert!(text.lines().any(|line| line == wanted), "{wanted}\n{text}");
        }
    }
}
