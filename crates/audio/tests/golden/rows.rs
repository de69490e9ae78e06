//! What the golden table is made of: the masters, the formats and the hashes of their bodies. Shared by the test that
//! holds the table and the example that writes it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use audio::encode::{encode, plan};
use audio::format::{self, Format};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use sha2::{Digest, Sha256};

/// The table, beside this file.
pub const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/table.txt");

/// Codecs whose bytes are another program's, so not ours to hold.
const EXTERNAL: [&str; 2] = ["musepack", "wma"];
/// Codecs that only some builds have: their rows are kept in the table and not missed.
pub const OPTIONAL: [&str; 1] = ["aac"];

/// Name of a master and text of a format.
pub type Row = (String, String);

/// A master that is the same everywhere, in memory.
#[derive(Clone)]
pub struct Master {
    /// As the table calls it.
    pub name: &'static str,
    spec: Spec,
    samples: Arc<Vec<i32>>,
    /// Next sample to be read.
    at: usize,
}

/// Name, rate, bits, channels, frames. The mono master is long enough for every format's second segment.
const MASTERS: [(&str, u32, u8, u8, u64); 3] =
    [("cd", 44_100, 16, 2, 250_007), ("hires", 96_000, 24, 2, 300_011), ("mono", 48_000, 16, 1, 48_000 * 43 + 17)];

/// All of them.
pub fn masters() -> Vec<Master> {
    let master = |(name, rate_hz, bits, channels, frames)| {
        let spec = Spec { rate_hz, bits, channels, float: false };
        let places = (0..frames).flat_map(|frame| (0..u64::from(channels)).map(move |channel| (frame, channel)));
        Master { name, spec, samples: Arc::new(places.map(|(f, c)| sample(&spec, f, c)).collect()), at: 0 }
    };
    MASTERS.map(master).to_vec()
}

/// A number in −1 … 1 that depends on `n` alone.
fn noise(n: u64) -> f64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Tones that wander, noise that comes and goes, and beats.
fn sample(spec: &Spec, frame: u64, channel: u64) -> i32 {
    let t = frame as f64 / f64::from(spec.rate_hz);
    let turn = std::f64::consts::TAU * t;
    let side = channel as f64;
    let tones = [110.0, 277.2, 659.3, 2_093.0, 7_040.0];
    let tone = |(i, hz): (usize, &f64)| {
        let slow = (turn * (0.11 + 0.07 * i as f64) + side).sin();
        (turn * hz * (1.0 + 0.002 * side) + slow).sin() * (0.5 + 0.5 * slow) / (1.0 + i as f64)
    };
    let beat = (-18.0 * (t % 0.47)).exp() * noise(frame * 2 + channel / 2);
    let hiss = 0.5 * (1.0 + (turn * 0.21).sin()) * noise(frame * 2 + channel);
    let value = 0.3 * tones.iter().enumerate().map(tone).sum::<f64>() + 0.3 * beat + 0.01 * hiss;
    let full = f64::from(1 << (spec.bits - 1));
    (value * full).clamp(-full, full - 1.0) as i32
}

impl Master {
    fn info(&self) -> StreamInfo {
        StreamInfo { spec: self.spec, length_frames: self.length_frames(), md5: [7; 16] }
    }
}

impl Source for Master {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        (self.samples.len() / usize::from(self.spec.channels)) as u64
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = frame as usize * usize::from(self.spec.channels);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let channels = usize::from(self.spec.channels);
        let to = (self.at + max_frames * channels).min(self.samples.len());
        let frames = (to - self.at) / channels;
        *out = Samples::Int(self.samples[self.at..to].to_vec());
        self.at = to;
        Ok(frames)
    }
}

fn formats() -> Vec<Format> {
    let ours = |f: &format::FormatInfo| f.available && !EXTERNAL.contains(&f.codec);
    let all = format::all().into_iter().filter(ours).map(|f| f.format);
    let reduced = ["flac:lossless:5@44100/16", "wav:pcm:24@48000/24"].map(|text| text.parse().expect("a format"));
    all.chain(reduced).collect()
}

/// SHA-256 of the whole body in hex, made in this thread; none where the format doesn't fit the master.
pub fn hash(master: &Master, format: Format) -> Option<String> {
    let plan = plan(format, &master.info()).ok()?;
    let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut hash = Sha256::new();
    let encoded = encode(&plan, &open, 1, &mut |chunk| {
        hash.update(&chunk.bytes);
        Ok(())
    });
    encoded.unwrap_or_else(|e| panic!("{format} of {}: {e}", master.name));
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Every row as this build makes it, on all cores.
pub fn made() -> BTreeMap<Row, String> {
    let masters = masters();
    let work: Vec<(&Master, Format)> =
        formats().into_iter().flat_map(|f| masters.iter().map(move |m| (m, f))).collect();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while let Some((master, format)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(hash) = hash(master, *format) {
                        let row = (master.name.to_string(), format.to_string());
                        rows.lock().expect("the rows").insert(row, hash);
                    }
                }
            });
        }
    });
    rows.into_inner().expect("the rows")
}

/// The table as it stands: for each row the hash of each class of processors.
pub fn parse(table: &str) -> BTreeMap<Row, BTreeMap<String, String>> {
    let mut lines = table.lines().filter(|line| !line.starts_with('#'));
    let classes: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().skip(2).collect();
    let row = |line: &str| {
        let mut words = line.split_whitespace().map(String::from);
        let row = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        (row, classes.iter().map(|c| c.to_string()).zip(words).filter(|(_, hash)| hash != "-").collect())
    };
    lines.map(row).collect()
}
