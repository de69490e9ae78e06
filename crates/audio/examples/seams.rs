//! What the borders of an MP3's segments sound like: `seams FORMAT MASTER...`. Each master of CD quality is encoded on the
//! grid and by the LAME program in one piece; FFmpeg decodes both. Printed are noise-to-mask ratio and SNR of the windows
//! within ten frames of a border, of the rest, and of the same windows in LAME's own file, block types that differ, and
//! successions of windows that no decoder could overlap.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use audio::encode::{encode, head, plan, segment_offsets};
use audio::pcm::{Samples, Source, StreamInfo};
use audio::tags::Tags;

#[path = "../tests/renditions/nmr.rs"]
mod nmr;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Samples of a frame of MPEG-1, also the step of the measured windows.
const FRAME: usize = 1_152;
/// Samples by which a frame lies before the music it holds: encoder's and decoder's delay.
const DELAY: usize = 576 + 529;
/// Frames to each side of a border that count as near it.
const NEAR_FRAMES: usize = 10;

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, format, masters @ ..] = &args[..] else {
        return Err("usage: seams FORMAT MASTER...".into());
    };
    println!(
        "piece | seams | nmr near, serial, rest | worst d | snr d near | same near, rest % | types differ near, rest | bad windows | open | size %"
    );
    let mut all = Totals::default();
    for master in masters {
        let piece = measure(format, Path::new(master))?;
        println!("{} | {}", Path::new(master).file_stem().unwrap_or_default().to_string_lossy(), piece.line());
        all.add(piece);
    }
    println!("all | {}", all.line());
    Ok(())
}

/// Sums over windows and frames.
#[derive(Default)]
struct Totals {
    seams: usize,
    near: Vec<Window>,
    rest: Vec<Window>,
    types_near: usize,
    types_rest: usize,
    /// Successions of windows that do not overlap to the signal.
    bad_windows: usize,
    /// First frames of segments that refer to bits before them.
    open: usize,
    bytes: usize,
    serial_bytes: usize,
}

/// One window of the grid's file and of LAME's own.
struct Window {
    grid: nmr::Measure,
    serial: nmr::Measure,
    same: bool,
}

fn mean(windows: &[Window], value: impl Fn(&Window) -> f64) -> f64 {
    windows.iter().map(value).sum::<f64>() / windows.len().max(1) as f64
}

impl Totals {
    fn add(&mut self, other: Totals) {
        self.seams += other.seams;
        self.near.extend(other.near);
        self.rest.extend(other.rest);
        self.types_near += other.types_near;
        self.types_rest += other.types_rest;
        self.bad_windows += other.bad_windows;
        self.open += other.open;
        self.bytes += other.bytes;
        self.serial_bytes += other.serial_bytes;
    }

    fn line(&self) -> String {
        let worst = self.near.iter().map(|w| w.grid.nmr_db - w.serial.nmr_db).fold(f64::NEG_INFINITY, f64::max);
        let same = |windows: &[Window]| 100.0 * mean(windows, |w| f64::from(u8::from(w.same)));
        format!(
            "{} | {:.2} {:.2} {:.2} | {worst:+.2} | {:+.3} | {:.1} {:.1} | {} {} | {} | {} | {:.2}",
            self.seams,
            mean(&self.near, |w| w.grid.nmr_db),
            mean(&self.near, |w| w.serial.nmr_db),
            mean(&self.rest, |w| w.grid.nmr_db),
            mean(&self.near, |w| w.grid.snr_db - w.serial.snr_db),
            same(&self.near),
            same(&self.rest),
            self.types_near,
            self.types_rest,
            self.bad_windows,
            self.open,
            100.0 * self.bytes as f64 / self.serial_bytes as f64,
        )
    }
}

fn open(path: &Path) -> audio::Result<Box<dyn Source>> {
    Ok(Box::new(audio::master::open(Box::new(BufReader::new(File::open(path)?)))?))
}

fn measure(format: &str, master: &Path) -> Fallible<Totals> {
    let source = open(master)?;
    let spec = source.spec();
    if spec.float || spec.bits != 16 || spec.channels != 2 {
        return Err(format!("{}: not of CD quality", master.display()).into());
    }
    let info = StreamInfo { spec, length_frames: source.length_frames(), md5: [0; 16] };
    let plan = plan(format.parse()?, &info)?;
    let mut body = Vec::new();
    let encoded = encode(&plan, &|| open(master), 1, &mut |chunk| {
        body.extend(chunk.bytes);
        Ok(())
    })?;
    let head = head(&plan, None, &Tags::default())?.ok_or("no head")?;
    let folder = std::env::temp_dir().join(format!("seams-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (grid_path, serial_path) = (folder.join("grid.mp3"), folder.join("serial.mp3"));
    std::fs::write(&grid_path, [head, body.clone()].concat())?;
    let original = samples(source)?;
    serial(format, &original, spec.rate_hz, &serial_path)?;
    let (grid, whole) = (decoded(&grid_path)?, decoded(&serial_path)?);
    let serial_frames = frames(&std::fs::read(&serial_path)?);
    std::fs::remove_dir_all(&folder)?;
    let grid_frames = frames(&body);
    let seams = seams(&grid_frames, &segment_offsets(&encoded.index)?);
    let mut totals = Totals {
        seams: seams.len(),
        open: seams.iter().filter(|&&f| grid_frames[f].main_data_begin != 0).count(),
        bad_windows: bad_windows(&grid_frames),
        bytes: body.len(),
        // Without its Info frame.
        serial_bytes: serial_frames.iter().skip(1).map(|f| f.bytes).sum(),
        ..Totals::default()
    };
    let near = |frame: usize| seams.iter().any(|&s| frame + NEAR_FRAMES >= s && frame < s + NEAR_FRAMES);
    for (n, (a, b)) in grid_frames.iter().zip(&serial_frames[1..]).enumerate() {
        if a.block_types != b.block_types {
            *(if near(n) { &mut totals.types_near } else { &mut totals.types_rest }) += 1;
        }
    }
    let model = nmr::Model::new(f64::from(spec.rate_hz));
    let length = original[0].len();
    for n in 1..length.saturating_sub(nmr::WINDOW) / FRAME {
        let range = n * FRAME..n * FRAME + nmr::WINDOW;
        let frame = (n * FRAME + nmr::WINDOW / 2 + DELAY) / FRAME;
        for channel in 0..2 {
            let part = |of: &[Vec<f32>; 2]| of[channel][range.clone()].to_vec();
            let (original, grid, serial) = (part(&original), part(&grid), part(&whole));
            let window = Window {
                grid: model.measure(&original, &grid),
                serial: model.measure(&original, &serial),
                same: grid == serial,
            };
            if near(frame) { totals.near.push(window) } else { totals.rest.push(window) }
        }
    }
    Ok(totals)
}

fn samples(mut source: Box<dyn Source>) -> Fallible<[Vec<f32>; 2]> {
    let mut out = [Vec::new(), Vec::new()];
    let mut block = Samples::empty(&source.spec());
    while source.read(&mut block, 65_536)? > 0 {
        if let Samples::Int(samples) = &block {
            samples.chunks_exact(2).for_each(|s| (0..2).for_each(|c| out[c].push(s[c] as f32 / 32_768.0)));
        }
    }
    Ok(out)
}

/// LAME's own file, with its own Info frame.
fn serial(format: &str, samples: &[Vec<f32>; 2], rate_hz: u32, path: &PathBuf) -> Fallible<()> {
    let setting = match format.split(':').collect::<Vec<_>>()[..] {
        ["mp3", "vbr", level] => vec!["-V".to_string(), level.to_string()],
        ["mp3", "abr", kbps] => vec!["--abr".to_string(), kbps.to_string()],
        ["mp3", "cbr", kbps] => vec!["-b".to_string(), kbps.to_string(), "--nores".to_string()],
        _ => return Err("only MP3".into()),
    };
    let khz = format!("{}", f64::from(rate_hz) / 1_000.0);
    let mut lame = Command::new("lame")
        .args(["--quiet", "-q", "3", "-r", "-s", &khz, "--resample", &khz, "--bitwidth", "16", "--little-endian"])
        .args(setting)
        .arg("-")
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()?;
    let interleaved = samples[0].iter().zip(&samples[1]).flat_map(|(&l, &r)| [l, r]);
    let bytes: Vec<u8> = interleaved.flat_map(|s| ((s * 32_768.0) as i16).to_le_bytes()).collect();
    lame.stdin.take().ok_or("no pipe")?.write_all(&bytes)?;
    if lame.wait()?.success() { Ok(()) } else { Err("lame failed".into()) }
}

/// As FFmpeg decodes it, trimmed.
fn decoded(path: &Path) -> Fallible<[Vec<f32>; 2]> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-map", "0:a", "-ac", "2", "-f", "f32le", "-"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let mut out = [Vec::new(), Vec::new()];
    for (n, b) in output.stdout.chunks_exact(4).enumerate() {
        out[n % 2].push(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    }
    Ok(out)
}

/// What a decoder reads before the audio of a frame.
struct Frame {
    at: usize,
    bytes: usize,
    main_data_begin: u32,
    /// Two granules of two channels.
    block_types: [[u32; 2]; 2],
}

/// The frames of a stream of MPEG-1 layer III in stereo (11172-3 §2.4.1.7).
fn frames(bytes: &[u8]) -> Vec<Frame> {
    let kbps = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    let rates = [44_100, 48_000, 32_000, 1];
    let mut at = 0;
    if bytes.starts_with(b"ID3") {
        at = 10 + bytes[6..10].iter().fold(0, |n, &b| n << 7 | usize::from(b));
    }
    let mut frames = Vec::new();
    while at + 36 <= bytes.len() && bytes[at] == 0xFF {
        let header = bytes[at + 2];
        let length = 144_000 * kbps[usize::from(header >> 4)] / rates[usize::from(header >> 2 & 3)]
            + usize::from(header >> 1 & 1);
        let side = &bytes[at + 4..at + 36];
        let bits = |from: usize, count: usize| {
            (from..from + count).fold(0, |n, i| n << 1 | u32::from(side[i / 8] >> (7 - i % 8) & 1))
        };
        let block_type = |granule: usize, channel: usize| {
            let from = 20 + (granule * 2 + channel) * 59 + 12 + 9 + 8 + 4;
            if bits(from, 1) == 1 { bits(from + 1, 2) } else { 0 }
        };
        let block_types = [[block_type(0, 0), block_type(0, 1)], [block_type(1, 0), block_type(1, 1)]];
        frames.push(Frame { at, bytes: length, main_data_begin: bits(0, 9), block_types });
        at += length.max(1);
    }
    frames
}

/// The first frame of each segment but the first.
fn seams(frames: &[Frame], offsets: &[u64]) -> Vec<usize> {
    let inner = &offsets[1..offsets.len() - 1];
    inner.iter().filter_map(|&at| frames.iter().position(|f| f.at as u64 == at)).collect()
}

/// Granules whose window does not overlap with the one before: long 0, start 1, short 2, stop 3.
fn bad_windows(frames: &[Frame]) -> usize {
    let granules: Vec<[u32; 2]> = frames.iter().flat_map(|f| f.block_types).collect();
    let fits = |a: u32, b: u32| matches!((a, b), (0 | 3, 0 | 1) | (1 | 2, 2 | 3));
    granules.windows(2).map(|pair| (0..2).filter(|&c| !fits(pair[0][c], pair[1][c])).count()).sum()
}
