//! Sizes of renditions before and after encoding, over many masters: what the ranges that `layout` promises are made from.
//!
//! `sizes encode SECONDS FORMAT[,FORMAT…] MASTER…` encodes SECONDS (0: all) of each master, from a fifth of it on, and
//! prints a line for each: format, seconds, payload bytes, least and most promised, PCM bytes, master.
//! `sizes table < LINES` makes a table of such lines: the spread, the promise, misses, and where one in a thousand lies.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;

use audio::encode::{PayloadSize, encode, plan};
use audio::pcm::{Samples, Source, Spec, StreamInfo};

/// Threads of one encode.
const THREADS: usize = 1;
/// Standard deviations above the mean beyond which one in a thousand of a normal distribution lies.
const SIGMAS: f64 = 3.09;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["encode", seconds, formats, ref masters @ ..] => {
            let seconds: u64 = seconds.parse()?;
            for master in masters {
                for format in formats.split(',') {
                    // A master that a format refuses says so and is left out.
                    let line = measure(master, format, seconds).unwrap_or_else(|e| format!("# {format} {master}: {e}"));
                    println!("{line}");
                }
            }
            Ok(())
        }
        ["table"] => table(&std::io::read_to_string(std::io::stdin())?),
        _ => Err("usage: sizes encode SECONDS FORMATS MASTER… | sizes table".into()),
    }
}

fn measure(master: &str, format: &str, seconds: u64) -> Result<String, Box<dyn Error>> {
    let open = || -> audio::Result<Box<dyn Source>> {
        let inner = audio::master::open(Box::new(BufReader::new(File::open(master)?)))?;
        let all = inner.length_frames();
        let wanted = if seconds == 0 { all } else { (seconds * u64::from(inner.spec().rate_hz)).min(all) };
        let from = if wanted == all { 0 } else { (all / 5).min(all - wanted) };
        Ok(Box::new(Excerpt { inner: Box::new(inner), from, length_frames: wanted, at: 0 }))
    };
    let source = open()?;
    // The MD5 only numbers streams and stands in heads.
    let info = StreamInfo { spec: source.spec(), length_frames: source.length_frames(), md5: [0; 16] };
    let plan = plan(format.parse()?, &info)?;
    let made = encode(&plan, &open, THREADS, &mut |_| Ok(()))?;
    let (min, max) = match plan.payload {
        PayloadSize::Exact(bytes) => (bytes, bytes),
        PayloadSize::Range { min, max } => (min, max),
    };
    let length_s = info.length_frames as f64 / f64::from(info.spec.rate_hz);
    let pcm = info.length_frames * u64::from(info.spec.channels) * u64::from(info.spec.bits.div_ceil(8));
    Ok(format!("{format} {length_s:.3} {} {min} {max} {pcm} {master}", made.payload_bytes))
}

/// A part of a master as if it were all of it.
struct Excerpt {
    inner: Box<dyn Source>,
    from: u64,
    length_frames: u64,
    at: u64,
}

impl Source for Excerpt {
    fn spec(&self) -> Spec {
        self.inner.spec()
    }

    fn length_frames(&self) -> u64 {
        self.length_frames
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = frame.min(self.length_frames);
        self.inner.seek(self.from + self.at)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        if self.at == 0 {
            self.inner.seek(self.from)?;
        }
        let frames = self.inner.read(out, max_frames.min((self.length_frames - self.at) as usize))?;
        self.at += frames as u64;
        Ok(frames)
    }
}

/// One encode: its size, and what was promised, in kbit/s or in percent of PCM.
struct Measured {
    size: f64,
    min: f64,
    max: f64,
}

fn table(lines: &str) -> Result<(), Box<dyn Error>> {
    let mut formats: BTreeMap<&str, Vec<Measured>> = BTreeMap::new();
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(7, ' ');
        let format = words.next().ok_or("a line without a format")?;
        let numbers: Vec<f64> = words.take(5).map(str::parse).collect::<Result<_, _>>()?;
        let &[seconds, size, min, max, pcm] = &numbers[..] else { return Err(format!("not a line: {line}").into()) };
        let unit = if format.contains(":lossless:") { 100.0 / pcm } else { 8.0 / 1000.0 / seconds };
        let measured = Measured { size: size * unit, min: min * unit, max: max * unit };
        formats.entry(format).or_default().push(measured);
    }
    println!("| format | tracks | least | median | 95 % | most | 1 in 1,000 | promised | below | above | width |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (format, measured) in &mut formats {
        println!("| `{format}` | {} |", row(measured));
    }
    Ok(())
}

fn row(measured: &mut [Measured]) -> String {
    measured.sort_by(|a, b| a.size.total_cmp(&b.size));
    let count = measured.len();
    let at = |part: f64| measured[((count - 1) as f64 * part).round() as usize].size;
    let (below, above) =
        (measured.iter().filter(|m| m.size < m.min).count(), measured.iter().filter(|m| m.size > m.max).count());
    let width = measured.iter().map(|m| (m.max - m.min) / m.size).sum::<f64>() / count as f64;
    // Short tracks have slack, so the longest promise says what is promised by the second.
    let promised = measured.iter().map(|m| (m.min, m.max)).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
    format!(
        "{count} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.0}–{:.0} | {below} | {above} | {:.0} %",
        at(0.0),
        at(0.5),
        at(0.95),
        at(1.0),
        one_in_a_thousand(measured),
        promised.0,
        promised.1,
        width * 100.0
    )
}

/// Where one in a thousand lies, if logarithms of sizes are normal above their median: the half below says nothing of the
/// tail above.
fn one_in_a_thousand(sorted: &[Measured]) -> f64 {
    let median = sorted[sorted.len() / 2].size.ln();
    let upper = &sorted[sorted.len() / 2..];
    let variance = upper.iter().map(|m| (m.size.ln() - median).powi(2)).sum::<f64>() / upper.len() as f64;
    (median + SIGMAS * variance.sqrt()).exp()
}
