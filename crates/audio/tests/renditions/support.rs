//! What the rendition tests share: masters in memory, files made of plans, and the programs that judge them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use audio::Result;
use audio::encode::{Encoded, Plan, encode, head, plan, tail};
use audio::format::Format;
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

/// A master in memory.
#[derive(Clone)]
pub struct Memory {
    pub spec: Spec,
    samples: Arc<Vec<i32>>,
    at: usize,
}

impl Memory {
    pub fn new(spec: Spec, samples: Vec<i32>) -> Memory {
        Memory { spec, samples: Arc::new(samples), at: 0 }
    }

    /// Something like music: a chord that swells, with a bell now and then and a little noise, the same every time.
    pub fn music(rate_hz: u32, bits: u8, channels: u8, frames: usize) -> Memory {
        let spec = Spec { rate_hz, channels, bits, float: false };
        let full = f64::from(1 << (bits - 1)) - 1.0;
        let mut noise = 1u64;
        let mut samples = Vec::with_capacity(frames * usize::from(channels));
        for frame in 0..frames {
            let t = frame as f64 / f64::from(rate_hz);
            let bell = (-6.0 * (t % 1.7)).exp() * (t * 9_300.0).sin();
            for channel in 0..channels {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let hiss = (noise >> 40) as f64 / f64::from(1 << 24) - 0.5;
                let detune = 1.0 + 0.003 * f64::from(channel);
                let chord = [196.0, 246.9, 293.7, 1_174.7].map(|hz| (t * hz * detune * std::f64::consts::TAU).sin());
                let swell = 0.6 + 0.4 * (t * 0.9 + f64::from(channel)).sin();
                let value = 0.14 * swell * chord.iter().sum::<f64>() + 0.2 * bell + 0.004 * hiss;
                samples.push((value * full) as i32);
            }
        }
        Memory::new(spec, samples)
    }

    /// The same sound cut into the frames [from, to).
    pub fn cut(&self, from: usize, to: usize) -> Memory {
        let channels = usize::from(self.spec.channels);
        Memory::new(self.spec, self.samples[from * channels..to * channels].to_vec())
    }

    pub fn samples(&self) -> &[i32] {
        &self.samples
    }

    /// What the shop knows of it: the MD5 is of the samples as FLAC counts it.
    pub fn info(&self) -> StreamInfo {
        use md5::{Digest, Md5};
        let bytes = usize::from(self.spec.bits.div_ceil(8));
        let mut hash = Md5::new();
        self.samples.iter().for_each(|s| hash.update(&s.to_le_bytes()[..bytes]));
        StreamInfo { spec: self.spec, length_frames: self.length_frames(), md5: hash.finalize().into() }
    }
}

impl Source for Memory {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        (self.samples.len() / usize::from(self.spec.channels)) as u64
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = frame as usize * usize::from(self.spec.channels);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let channels = usize::from(self.spec.channels);
        // Blocks of odd sizes, as decoders give them.
        let frames = max_frames.min(1_777).min((self.samples.len() - self.at) / channels);
        let end = self.at + frames * channels;
        *out = Samples::Int(self.samples[self.at..end].to_vec());
        self.at = end;
        Ok(frames)
    }
}

/// A rendition made whole.
pub struct Rendition {
    pub plan: Plan,
    pub encoded: Encoded,
    pub body: Vec<u8>,
    pub file: Vec<u8>,
}

pub fn format(text: &str) -> Format {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// Encodes a master with so many threads and puts head and tail around it.
pub fn render(master: &Memory, text: &str, threads: usize, tags: &Tags) -> Result<Rendition> {
    let plan = plan(format(text), &master.info())?;
    let open = || -> Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut body = Vec::new();
    let encoded = encode(&plan, &open, threads, &mut |chunk| {
        body.extend(chunk.bytes);
        Ok(())
    })?;
    let mut file = head(&plan, Some(&encoded.index), tags)?.expect("a head after encoding");
    file.extend(&body);
    file.extend(tail(&plan, tags).unwrap());
    Ok(Rendition { plan, encoded, body, file })
}

/// A file in a folder of this process that goes with it.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new() -> Scratch {
        Scratch(tempfile::tempdir().expect("a scratch folder"))
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }

    /// A rendition as a file with its format's extension.
    pub fn rendition(&self, rendition: &Rendition) -> PathBuf {
        let info = rendition.plan.format.info();
        self.file(&format!("{}-{}.{}", info.mode, info.quality, info.extension), &rendition.file)
    }
}

/// Runs a program that must succeed and be silent about errors; returns what it wrote.
pub fn judge(program: &str, args: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    output.stdout
}

/// Samples as FFmpeg decodes them, trimmed as the file asks, in 32 bits.
pub fn decoded(path: &Path) -> Vec<i32> {
    let path = path.to_str().expect("a path in UTF-8");
    let args = ["-v", "error", "-i", path, "-map", "0:a", "-c:a", "pcm_s32le", "-f", "s32le", "-"];
    let bytes = judge("ffmpeg", &args);
    bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// FFprobe's tags, one `key=value` a line, keys in lower case; APEv2's year is called what others call it.
pub fn probed_tags(path: &Path) -> Vec<String> {
    let path = path.to_str().expect("a path in UTF-8");
    let entries = "format_tags:stream_tags";
    let out = judge("ffprobe", &["-v", "error", "-show_entries", entries, "-of", "default=nw=1", path]);
    let lines = String::from_utf8_lossy(&out).into_owned();
    let tag = |line: &str| {
        let (key, value) = line.strip_prefix("TAG:")?.split_once('=')?;
        let key = if key == "Year" { "date".into() } else { key.to_lowercase() };
        Some(format!("{key}={value}"))
    };
    lines.lines().filter_map(tag).collect()
}
