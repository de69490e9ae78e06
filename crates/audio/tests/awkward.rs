//! Masters that no studio makes: floats that are no numbers, one frame, silence, the lowest and highest rates, eight channels.
//! Every format either refuses one in `plan`, with a reason, or makes a file that others decode to the planned length.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use audio::encode::{Class, PayloadSize, Plan, encode, head, payload, plan, tail};
use audio::format::{self, FormatInfo};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;
use audio::{Error, Result};

/// A master in memory.
#[derive(Clone)]
struct Master {
    name: &'static str,
    spec: Spec,
    samples: Arc<Samples>,
    at: usize,
}

impl Master {
    fn info(&self) -> StreamInfo {
        StreamInfo { spec: self.spec, length_frames: self.length_frames(), md5: [0; 16] }
    }
}

impl Source for Master {
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
        let (from, to) = (self.at, (self.at + max_frames * channels).min(self.samples.len()));
        *out = match self.samples.as_ref() {
            Samples::Int(v) => Samples::Int(v[from..to].to_vec()),
            Samples::Float(v) => Samples::Float(v[from..to].to_vec()),
        };
        self.at = to;
        Ok((to - from) / channels)
    }
}

fn ints(name: &'static str, rate_hz: u32, bits: u8, channels: u8, frames: usize, of: fn(usize) -> f64) -> Master {
    let full = f64::from((1 << (bits - 1)) - 1);
    let samples = (0..frames * usize::from(channels)).map(|n| (of(n / usize::from(channels)) * full) as i32).collect();
    let spec = Spec { rate_hz, channels, bits, float: false };
    Master { name, spec, samples: Samples::Int(samples).into(), at: 0 }
}

fn floats(name: &'static str, rate_hz: u32, channels: u8, frames: usize, of: fn(usize) -> f32) -> Master {
    let samples = (0..frames * usize::from(channels)).map(|n| of(n / usize::from(channels))).collect();
    let spec = Spec { rate_hz, channels, bits: 32, float: true };
    Master { name, spec, samples: Samples::Float(samples).into(), at: 0 }
}

fn tone(frame: usize) -> f64 {
    0.5 * (frame as f64 * 0.05).sin()
}

/// A quiet tone, and from the 20,000th frame on for a while what is no sound at all.
fn broken(frame: usize) -> f32 {
    match frame {
        20_000..20_100 => f32::NAN,
        20_100..20_200 => f32::INFINITY,
        20_200..20_300 => f32::NEG_INFINITY,
        20_300..20_400 => 1e30,
        20_400..20_500 => -f32::MAX,
        20_500..20_600 => f32::MIN_POSITIVE / 8.0,
        _ => tone(frame) as f32,
    }
}

fn masters() -> Vec<Master> {
    vec![
        ints("one frame", 44_100, 16, 2, 1, |_| 0.5),
        ints("one frame of mono in 24 bits", 96_000, 24, 1, 1, |_| -1.0),
        ints("silence", 44_100, 16, 2, 100_001, |_| 0.0),
        ints("full scale", 48_000, 24, 2, 60_001, |n| if n / 50 % 2 == 0 { 1.0 } else { -1.0 }),
        ints("8 kHz", 8_000, 16, 1, 20_001, tone),
        ints("384 kHz", 384_000, 24, 2, 200_001, tone),
        ints("eight channels", 48_000, 24, 8, 30_001, tone),
        ints("5.1", 44_100, 16, 6, 30_001, tone),
        ints("8 bits", 11_025, 8, 2, 30_001, tone),
        floats("broken floats", 44_100, 2, 60_001, broken),
        floats("broken floats in 5.1 at 96 kHz", 96_000, 6, 60_001, broken),
    ]
}

/// What FFmpeg doesn't trim at its end, whoever made it.
const UNTRIMMED: [&str; 2] = ["musepack", "wma"];

/// What went wrong, in words.
type Checked<T> = std::result::Result<T, String>;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked<()> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The finished file, its payload counted again.
fn made(master: &Master, plan: &Plan) -> Checked<Vec<u8>> {
    let text = |e: Error| e.to_string();
    let open = || -> Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut body = Vec::new();
    let encoded = encode(plan, &open, 2, &mut |chunk| {
        body.extend(chunk.bytes);
        Ok(())
    });
    let encoded = encoded.map_err(text)?;
    let bytes = encoded.payload_bytes;
    let fits = match plan.payload {
        PayloadSize::Exact(planned) => bytes == planned,
        PayloadSize::Range { max, .. } => bytes <= max,
    };
    ensure(fits, || format!("{bytes} bytes, planned {:?}", plan.payload))?;
    let tags = Tags::default();
    let mut file = head(plan, Some(&encoded.index), &tags).map_err(text)?.ok_or("no head after encoding")?;
    file.extend(body);
    file.extend(tail(plan, &tags).map_err(text)?);
    let parsed = payload(&mut Cursor::new(&file)).map_err(text)?;
    ensure((parsed.bytes, parsed.sha256) == (bytes, encoded.payload_sha256), || "another payload re-parsed".into())?;
    Ok(file)
}

/// The samples of all channels as somebody else decodes them: oggdec where FFmpeg 5.1 doesn't trim a Vorbis of one page.
fn decoded(path: &Path, codec: &str, frames: u64) -> Checked<Vec<f32>> {
    let path = path.to_str().ok_or("a path that is no text")?;
    let run = |program: &str, args: &[&str]| {
        let out = Command::new(program).args(args).output().map_err(|e| format!("{program}: {e}"))?;
        ensure(out.status.success(), || format!("{program}: {}", String::from_utf8_lossy(&out.stderr)))?;
        Ok::<_, String>(out.stdout)
    };
    if codec == "vorbis" && frames < 10_000 {
        let raw = run("oggdec", &["--quiet", "--raw", "-o", "-", path])?;
        return Ok(raw.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect());
    }
    let raw = run("ffmpeg", &["-v", "error", "-i", path, "-map", "0:a", "-c:a", "pcm_f32le", "-f", "f32le", "-"])?;
    Ok(raw.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Whether a file was made.
fn check(master: &Master, info: &FormatInfo, folder: &Path) -> Checked<bool> {
    let planned = match plan(info.format, &master.info()) {
        Ok(planned) => planned,
        Err(Error::Unsupported(why)) => {
            return ensure(why.len() > 10, || format!("{why:?} is no reason")).map(|()| false);
        }
        Err(e) => return Err(e.to_string()),
    };
    let file = made(master, &planned)?;
    let path = folder.join(format!("file.{}", info.extension));
    std::fs::write(&path, file).map_err(|e| e.to_string())?;
    let samples = decoded(&path, info.codec, planned.length_frames)?;
    let expected = planned.length_frames * u64::from(planned.spec.channels);
    let found = samples.len() as u64;
    // Of an AAC shorter than half a packet FFmpeg gives the whole packet, whatever the edit list says.
    let untrimmed = UNTRIMMED.contains(&info.codec) || info.codec == "aac" && planned.length_frames <= 512;
    let trimmed = if untrimmed { found >= expected } else { found == expected };
    ensure(trimmed, || format!("{found} samples decoded of {expected}"))?;
    if planned.class == Class::Lossy || !planned.spec.float {
        let peak = samples.iter().fold(0f32, |peak, s| if s.is_finite() { peak.max(s.abs()) } else { f32::INFINITY });
        ensure(peak < 4.0, || format!("a peak of {peak}"))?;
        // What was broken lies well before the last third: that is the tone again.
        let tone = &samples[samples.len() * 2 / 3..];
        let power = tone.iter().map(|s| s * s).sum::<f32>() / tone.len().max(1) as f32;
        let usual = if master.name.starts_with("broken") { 0.01..0.25 } else { 0.0..4.0 };
        ensure(usual.contains(&power), || format!("a mean square of {power}"))?;
    }
    Ok(true)
}

#[test]
fn every_format_makes_a_right_file_of_every_awkward_master_or_says_why_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let formats: Vec<FormatInfo> = format::all().into_iter().filter(|f| f.available).collect();
    let (mut files, mut wrong) = (0, Vec::new());
    // Of each codec and mode the best, the middle and the last quality for most masters; every format for two of them.
    let place = |info: &FormatInfo| {
        let family: Vec<&FormatInfo> =
            formats.iter().filter(|f| (f.codec, f.mode) == (info.codec, info.mode)).collect();
        let at = family.iter().position(|f| f.quality == info.quality).unwrap_or_default();
        at == 0 || at == family.len() / 2 || at + 1 == family.len()
    };
    let thorough = ["one frame", "broken floats"];
    let wanted = |m: &Master, f: &FormatInfo| thorough.contains(&m.name) || place(f);
    let masters = masters();
    let work = masters.iter().flat_map(|m| formats.iter().map(move |f| (m, f)));
    for (master, info) in work.filter(|(m, f)| wanted(m, f)) {
        match check(master, info, folder.path()) {
            Ok(made) => files += usize::from(made),
            Err(what) => wrong.push(format!("{} of {}: {what}", info.format, master.name)),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(files > formats.len() * 3, "only {files} files of {} formats", formats.len());
}

#[test]
fn lossless_floats_keep_what_is_no_number() {
    let master = floats("broken floats", 44_100, 2, 60_001, broken);
    for text in ["wav:pcm:32f", "aiff:pcm:32f"] {
        let planned = plan(text.parse().expect(text), &master.info()).expect(text);
        let file = made(&master, &planned).expect(text);
        let put = |s: f32| if text.starts_with("wav") { s.to_le_bytes() } else { s.to_be_bytes() };
        let samples: Vec<u8> = (0..60_001).flat_map(|n| [broken(n), broken(n)]).flat_map(put).collect();
        assert!(file.windows(4_096).any(|w| w == &samples[..4_096]) && file.ends_with(&samples), "{text}");
    }
}
