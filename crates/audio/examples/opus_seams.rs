//! What the borders of an Opus file's segments sound like: `opus_seams FORMAT MASTER...`. Each master is encoded twice, once
//! without its first seven seconds, so that what lies at a border in the one lies inside a segment in the other. FFmpeg
//! decodes both. Printed are noise-to-mask ratio and SNR, in dB, of the windows within ten packets of a border, and of the same music
//! inside a segment.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use audio::encode::{encode, head, plan};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

#[path = "../tests/renditions/nmr.rs"]
mod nmr;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Frames of a packet at 48 kHz, and of a segment.
const PACKET: usize = 960;
const SEGMENT_PACKETS: usize = 1_000;
/// Packets to each side of a border that count as near it.
const NEAR_PACKETS: usize = 10;
/// What the second encode leaves out.
const LATE_S: usize = 7;

/// A master at 48 kHz in memory.
#[derive(Clone)]
struct Memory(Spec, std::sync::Arc<Vec<f32>>, usize);

impl Source for Memory {
    fn spec(&self) -> Spec {
        self.0
    }

    fn length_frames(&self) -> u64 {
        (self.1.len() / usize::from(self.0.channels)) as u64
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.2 = frame as usize * usize::from(self.0.channels);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let channels = usize::from(self.0.channels);
        let to = (self.2 + max_frames * channels).min(self.1.len());
        *out = Samples::Float(self.1[self.2..to].to_vec());
        let frames = (to - self.2) / channels;
        self.2 = to;
        Ok(frames)
    }
}

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, format, masters @ ..] = &args[..] else {
        return Err("usage: opus_seams FORMAT MASTER...".into());
    };
    println!("piece | borders | nmr at borders, inside | worst window above inside | snr at borders above inside");
    let (mut all, mut pieces) = ([0.0; 5], 0.0);
    for master in masters {
        let row = measure(format, Path::new(master))?;
        println!("{} | {}", Path::new(master).file_stem().unwrap_or_default().to_string_lossy(), line(&row));
        all.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        pieces += 1.0;
    }
    println!("mean | {}", line(&all.map(|v| v / pieces)));
    Ok(())
}

fn line(row: &[f64; 5]) -> String {
    format!("{:.0} | {:.2}, {:.2} | {:+.2} | {:+.3}", row[0], row[1], row[2], row[3], row[4])
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// What FFmpeg decodes, at 48 kHz.
fn decoded(path: &str, input: &[u8]) -> Fallible<Vec<f32>> {
    let args = ["-v", "error", "-i", path, "-map", "0:a", "-ar", "48000", "-f", "f32le", "-"];
    let mut program = Command::new("ffmpeg").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = program.stdin.take().ok_or("no way into ffmpeg")?;
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let out = program.wait_with_output()?;
    feeder.join().map_err(|_| "the feeder panicked")??;
    Ok(samples(&out.stdout))
}

fn copy(format: &str, master: &Memory) -> Fallible<Vec<f32>> {
    let info = StreamInfo { spec: master.0, length_frames: master.length_frames(), md5: [0; 16] };
    let plan = plan(format.parse()?, &info)?;
    let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut file = head(&plan, None, &Tags::default())?.ok_or("no head")?;
    encode(&plan, &open, 2, &mut |chunk| {
        file.extend(&chunk.bytes);
        Ok(())
    })?;
    decoded("pipe:0", &file)
}

/// Borders, ratio at them and inside, the worst difference, and how far the SNR at borders lies above that inside.
fn measure(format: &str, path: &Path) -> Fallible<[f64; 5]> {
    let channels = audio::master::open(Box::new(BufReader::new(File::open(path)?)))?.spec().channels;
    let whole = decoded(path.to_str().ok_or("a path that is no text")?, &[])?;
    let spec = Spec { rate_hz: 48_000, channels, bits: 32, float: true };
    let late = LATE_S * 48_000;
    let memory = |from: usize| Memory(spec, whole[from * usize::from(channels)..].to_vec().into(), 0);
    let (here, moved) = (copy(format, &memory(0))?, copy(format, &memory(late))?);
    let model = nmr::Model::new(48_000.0);
    let frames = whole.len() / usize::from(channels);
    let one = |of: &[f32], c: u8, at: usize| -> Vec<f32> {
        let step = usize::from(channels);
        of[at * step..(at + nmr::WINDOW) * step].iter().skip(c.into()).step_by(step).copied().collect()
    };
    let mut rows = Vec::new();
    let borders = (1..).map(|n| n * SEGMENT_PACKETS).take_while(|n| (n + 2 * NEAR_PACKETS) * PACKET < frames);
    let near: Vec<usize> = borders.clone().flat_map(|b| b - NEAR_PACKETS..b + NEAR_PACKETS).collect();
    for (packet, c) in near.iter().flat_map(|&n| (0..channels).map(move |c| (n, c))) {
        let original = one(&whole, c, packet * PACKET);
        let at_border = model.measure(&original, &one(&here, c, packet * PACKET));
        rows.push((at_border, model.measure(&original, &one(&moved, c, packet * PACKET - late))));
    }
    let mean =
        |value: fn(&(nmr::Measure, nmr::Measure)) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let worst = rows.iter().map(|(a, b)| a.nmr_db - b.nmr_db).fold(f64::MIN, f64::max);
    let snr = mean(|(a, b)| a.snr_db - b.snr_db);
    Ok([borders.count() as f64, mean(|(a, _)| a.nmr_db), mean(|(_, b)| b.nmr_db), worst, snr])
}
