//! What the borders of a Vorbis rendition's segments sound like: `vorbis_seams QUALITY MASTER...`. Each master is encoded
//! twice, whole and without its first half segment, so that the borders of the one lie in the middle of the other's
//! segments: the same encoder on the same music, with and without a border. FFmpeg decodes both. Printed are noise-to-mask
//! ratio and SNR of the windows at the borders, of the same windows without a border, and of windows elsewhere.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use audio::encode::{encode, head, plan, segment_offsets};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

#[path = "../tests/renditions/nmr.rs"]
mod nmr;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Windows at a border begin so far before it, in steps of `STEP`, and end so far after it.
const BEFORE: usize = 3_072;
const AFTER: usize = 1_024;
const STEP: usize = 256;
/// Steps of the windows elsewhere.
const REST_STEP: usize = 4_096;

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, quality, masters @ ..] = &args[..] else {
        return Err("usage: vorbis_seams QUALITY MASTER...".into());
    };
    println!(
        "piece | borders | NMR at them, same windows without, rest | NMR d at worst, rest 99.9 %, rest worst | SNR at them, same without, rest"
    );
    let mut all = Totals::default();
    for master in masters {
        let piece = measure(&format!("vorbis:vbr:{quality}"), Path::new(master))?;
        println!("{} | {}", Path::new(master).file_stem().unwrap_or_default().to_string_lossy(), piece.line());
        all.add(piece);
    }
    println!("all | {}", all.line());
    Ok(())
}

/// One window of the file with a border there, and of the one without.
struct Window {
    /// Its first frame.
    at: usize,
    with: nmr::Measure,
    without: nmr::Measure,
}

#[derive(Default)]
struct Totals {
    borders: usize,
    at: Vec<Window>,
    rest: Vec<Window>,
}

fn mean(windows: &[Window], value: impl Fn(&Window) -> f64) -> f64 {
    windows.iter().map(value).sum::<f64>() / windows.len().max(1) as f64
}

/// Differences of NMR, in rising order.
fn differences(windows: &[Window]) -> Vec<f64> {
    let mut all: Vec<f64> = windows.iter().map(|w| w.with.nmr_db - w.without.nmr_db).collect();
    all.sort_by(f64::total_cmp);
    all
}

impl Totals {
    fn add(&mut self, other: Totals) {
        self.borders += other.borders;
        self.at.extend(other.at);
        self.rest.extend(other.rest);
    }

    fn line(&self) -> String {
        let worse = |w: &Window| w.with.nmr_db - w.without.nmr_db;
        let worst_at = self.at.iter().max_by(|a, b| worse(a).total_cmp(&worse(b))).map_or(0, |w| w.at);
        let (at, rest) = (differences(&self.at), differences(&self.rest));
        let worst = |all: &[f64]| all.last().copied().unwrap_or_default();
        format!(
            "{} | {:.2} {:.2} {:.2} | {:+.2} (frame {worst_at}) {:+.2} {:+.2} | {:.2} {:.2} {:.2}",
            self.borders,
            mean(&self.at, |w| w.with.nmr_db),
            mean(&self.at, |w| w.without.nmr_db),
            mean(&self.rest, |w| w.with.nmr_db),
            worst(&at),
            rest.get(rest.len() * 999 / 1_000).copied().unwrap_or_default(),
            worst(&rest),
            mean(&self.at, |w| w.with.snr_db),
            mean(&self.at, |w| w.without.snr_db),
            mean(&self.rest, |w| w.with.snr_db),
        )
    }
}

/// A master without its first frames.
struct Cut {
    source: Box<dyn Source>,
    frames: u64,
}

impl Source for Cut {
    fn spec(&self) -> Spec {
        self.source.spec()
    }

    fn length_frames(&self) -> u64 {
        self.source.length_frames() - self.frames
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.source.seek(frame + self.frames)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        self.source.read(out, max_frames)
    }
}

fn open(path: &Path, cut_frames: u64) -> audio::Result<Box<dyn Source>> {
    let source = Box::new(audio::master::open(Box::new(BufReader::new(File::open(path)?)))?);
    let mut cut = Cut { source, frames: cut_frames };
    cut.seek(0)?;
    Ok(Box::new(cut))
}

/// The rendition, decoded, and the granule positions at which its segments begin.
fn rendered(format: &str, master: &Path, cut_frames: u64) -> Fallible<(Vec<Vec<f32>>, Vec<usize>)> {
    let source = open(master, cut_frames)?;
    let info = StreamInfo { spec: source.spec(), length_frames: source.length_frames(), md5: [0; 16] };
    let plan = plan(format.parse()?, &info)?;
    let mut file = head(&plan, None, &Tags::default())?.ok_or("no head")?;
    let head_bytes = file.len();
    let encoded = encode(&plan, &|| open(master, cut_frames), 2, &mut |chunk| {
        file.extend(chunk.bytes);
        Ok(())
    })?;
    let offsets = segment_offsets(&encoded.index)?;
    let borders = offsets[1..offsets.len() - 1].iter().map(|&at| border(&file, head_bytes + at as usize)).collect();
    Ok((decoded(file, info.spec.channels)?, borders))
}

/// The frame at which a segment begins whose first page lies at `at`: the last block before it is a short one, half of
/// which lies before its position. That block's position is the last page's.
fn border(file: &[u8], at: usize) -> usize {
    let before = file[..at].windows(4).rposition(|w| w == b"OggS").unwrap_or_default();
    let granule = &file[before + 6..before + 14];
    granule.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b))
}

/// As FFmpeg decodes it, channel by channel.
fn decoded(file: Vec<u8>, channels: u8) -> Fallible<Vec<Vec<f32>>> {
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "warning", "-i", "-", "-map", "0:a", "-f", "f32le", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = ffmpeg.stdin.take().ok_or("no pipe")?;
    let writer = std::thread::spawn(move || stdin.write_all(&file));
    let output = ffmpeg.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")??;
    let samples = output.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    Ok(by_channel(samples, channels))
}

fn by_channel(samples: impl Iterator<Item = f32>, channels: u8) -> Vec<Vec<f32>> {
    let mut out = vec![Vec::new(); channels.into()];
    samples.enumerate().for_each(|(n, sample)| out[n % usize::from(channels)].push(sample));
    out
}

fn original(mut source: Box<dyn Source>) -> Fallible<Vec<Vec<f32>>> {
    let spec = source.spec();
    let mut all = Vec::new();
    let mut block = Samples::empty(&spec);
    while source.read(&mut block, 65_536)? > 0 {
        match &block {
            Samples::Int(samples) => all.extend(samples.iter().map(|&s| s as f32 / (1u32 << (spec.bits - 1)) as f32)),
            Samples::Float(samples) => all.extend_from_slice(samples),
        }
    }
    Ok(by_channel(all.into_iter(), spec.channels))
}

fn measure(format: &str, master: &Path) -> Fallible<Totals> {
    let original = original(open(master, 0)?)?;
    let source = open(master, 0)?;
    let rate_hz = source.spec().rate_hz;
    let (with, borders) = rendered(format, master, 0)?;
    let half = borders.first().copied().unwrap_or_default() / 2;
    let (without, _) = rendered(format, master, half as u64)?;
    let model = nmr::Model::new(f64::from(rate_hz));
    let window = |at: usize, channel: usize| {
        let range = at..at + nmr::WINDOW;
        let part = |of: &Vec<f32>, cut: usize| of[range.start - cut..range.end - cut].to_vec();
        let original = part(&original[channel], 0);
        Window {
            at,
            with: model.measure(&original, &part(&with[channel], 0)),
            without: model.measure(&original, &part(&without[channel], half)),
        }
    };
    let length = original[0].len() - nmr::WINDOW;
    let channels = 0..original.len();
    let heard = |&(at, c): &(usize, usize)| original[c][at..at + nmr::WINDOW].iter().any(|&s| s != 0.0);
    let at_borders = borders.iter().flat_map(|&b| (b - BEFORE..b + AFTER).step_by(STEP)).filter(|&at| at < length);
    let clear = |at: &usize| {
        let far = |border: usize| at + nmr::WINDOW + BEFORE < border || *at > border + AFTER;
        borders.iter().all(|&b| far(b) && far(b + half))
    };
    let rest = (half + 65_536..length).step_by(REST_STEP).filter(clear);
    Ok(Totals {
        borders: borders.len(),
        at: at_borders
            .flat_map(|at| channels.clone().map(move |c| (at, c)))
            .filter(heard)
            .map(|(at, c)| window(at, c))
            .collect(),
        rest: rest
            .flat_map(|at| channels.clone().map(move |c| (at, c)))
            .filter(heard)
            .map(|(at, c)| window(at, c))
            .collect(),
    })
}
