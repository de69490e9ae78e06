//! What the fuzz targets share: the oracles. Each target in `fuzz_targets` makes something out of the fuzzer's bytes and
//! asks one of these; a wrong answer is a panic. Nothing here is part of the product.

mod asf;
mod made;
mod ogg;
mod pieces;
mod true_audio;
mod wavpack;

use std::io::Cursor;
use std::sync::{Arc, Once};

use audio::encode::{Encoded, Plan, encode, head, payload, plan, tail};
use audio::format::Format;
use audio::input::Reader;
use audio::master::{Container, Master};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;
use audio::{Error, Result, master, tags};
use md5::{Digest, Md5};

pub use asf::check as check_asf;
pub use made::{FrameMade, MadeMaster, MadeStream, MadeTags};
pub use ogg::ogg_around;
pub use pieces::Pieces;
pub use true_audio::decode as decode_true_audio;
pub use wavpack::{Replaced, whole_blocks};

/// Longer masters are opened but not decoded: how long a decode may take is the business of the process it runs in.
const MAX_DECODED_FRAMES: u64 = 1 << 20;

/// The bytes as a file.
pub fn file(bytes: &[u8]) -> Reader {
    let_libraries_panic();
    Box::new(Cursor::new(bytes.to_vec()))
}

/// A panic in a library is no finding where our code turns it into an error; one that nobody catches ends the target all
/// the same. A panic of our own always does.
fn let_libraries_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ends_the_target = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let ours = panic.location().is_none_or(|place| !place.file().contains("/registry/"));
            if ours {
                ends_the_target(panic);
            }
        }));
    });
}

/// Everything that the shop does with a file of unknown origin, where no program of somebody else's is needed for it.
pub fn import(bytes: &[u8]) {
    let _ = master::looks_like_audio(&bytes[..bytes.len().min(master::HEAD_BYTES)]);
    let Ok(opened) = master::open(file(bytes)) else { return };
    if !matches!(opened.info().container, Container::MonkeysAudio | Container::TrueAudio) {
        import_opened(bytes, opened);
    }
}

/// The same, with programs.
pub fn import_by_program(bytes: &[u8]) {
    if let Ok(opened) = master::open(file(bytes)) {
        import_opened(bytes, opened);
    }
}

/// What is accepted must be whole, and the same from wherever one starts.
fn import_opened(bytes: &[u8], mut opened: Master) {
    let (spec, length_frames) = (opened.spec(), opened.length_frames());
    assert!(length_frames > 0 && length_frames <= master::MAX_LENGTH_FRAMES);
    assert!((1..=master::MAX_CHANNELS).contains(&spec.channels) && spec.bits > 0);
    if length_frames > MAX_DECODED_FRAMES {
        return;
    }
    let Ok(examined) = master::examine(file(bytes), &mut |_, _| ()) else { return };
    assert_eq!(examined.info, *opened.info());
    let whole = read_all(&mut opened).expect("what was examined can be read");
    assert_eq!(whole.len() as u64, length_frames * u64::from(spec.channels));
    for frame in [length_frames / 2, 0, length_frames - 1, length_frames / 3, length_frames, 1] {
        let mut block = Samples::empty(&spec);
        let frame = frame.min(length_frames);
        let read = opened.seek(frame).and_then(|()| opened.read(&mut block, 500)).expect("a whole file from anywhere");
        let from = frame as usize * usize::from(spec.channels);
        assert_eq!(bits_of(&block), whole[from..from + read * usize::from(spec.channels)], "from frame {frame}");
    }
}

/// All samples of a source from its start.
fn read_all(source: &mut dyn Source) -> Result<Vec<u32>> {
    let (mut all, mut block) = (Vec::new(), Samples::empty(&source.spec()));
    source.seek(0)?;
    while source.read(&mut block, 4_096)? > 0 {
        all.extend(bits_of(&block));
    }
    Ok(all)
}

/// Samples as bits, so that floats compare too.
fn bits_of(block: &Samples) -> Vec<u32> {
    match block {
        Samples::Int(samples) => samples.iter().map(|sample| *sample as u32).collect(),
        Samples::Float(samples) => samples.iter().map(|sample| sample.to_bits()).collect(),
    }
}

/// A master in memory.
#[derive(Clone)]
pub struct Memory {
    pub spec: Spec,
    pub samples: Arc<Samples>,
    at: usize,
}

impl Memory {
    pub fn new(spec: Spec, samples: Samples) -> Memory {
        Memory { spec, samples: Arc::new(samples), at: 0 }
    }

    pub fn info(&self) -> StreamInfo {
        let (mut hash, bytes) = (Md5::new(), usize::from(self.spec.bits.div_ceil(8)));
        bits_of(&self.samples).iter().for_each(|s| hash.update(&s.to_le_bytes()[..bytes]));
        StreamInfo { spec: self.spec, length_frames: self.length_frames(), md5: hash.finalize().into() }
    }

    /// Whether no sample is anything but a number.
    fn sane(&self) -> bool {
        match self.samples.as_ref() {
            Samples::Int(_) => true,
            Samples::Float(samples) => samples.iter().all(|s| s.is_finite()),
        }
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
        let frames = max_frames.min(777).min((self.samples.len() - self.at) / channels);
        let end = self.at + frames * channels;
        *out = match self.samples.as_ref() {
            Samples::Int(samples) => Samples::Int(samples[self.at..end].to_vec()),
            Samples::Float(samples) => Samples::Float(samples[self.at..end].to_vec()),
        };
        self.at = end;
        Ok(frames)
    }
}

/// The formats that are made here and now, without somebody else's program.
pub fn own_formats() -> Vec<Format> {
    let formats = audio::format::all().into_iter().filter(|info| info.available);
    formats.map(|info| info.format).filter(|format| !matches!(format.codec(), "musepack" | "wma")).collect()
}

/// A master made into a format: the whole file, and what it was encoded to. `None` where the format doesn't fit it, or
/// a limit that is told refuses it.
pub fn made(master: &Memory, format: Format, given: &Tags) -> Option<(Plan, Vec<u8>, Encoded)> {
    let plan = plan(format, &master.info()).ok()?;
    let open = || -> Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
    let mut body = Vec::new();
    let encoded = encode(&plan, &open, 1, &mut |chunk| {
        body.extend(chunk.bytes);
        Ok(())
    });
    let encoded = match encoded {
        // Clicks in silence make True Audio of absurd size.
        Err(Error::Limit { name: "MAX_FRAME_BYTES", .. }) => return None,
        encoded => encoded.expect("what is planned can be encoded"),
    };
    assert_eq!(body.len() as u64, encoded.body_bytes);
    let before = head(&plan, None, given).expect("a head before the encode or none");
    let mut whole = match head(&plan, Some(&encoded.index), given) {
        // A head that cannot be made must be refused for what is in the tags, not for the encode.
        Err(Error::Limit { .. }) => return None,
        made => made.expect("a head").expect("a head after the encode"),
    };
    assert!(before.is_none_or(|before| before == whole), "the head depends on the encode");
    whole.extend(&body);
    whole.extend(tail(&plan, given).expect("a tail"));
    Some((plan, whole, encoded))
}

/// Encodes a master into a format that fits it and holds the file against every reader we have.
pub fn round_trip(master: &Memory, format: Format, given: &Tags) {
    let Some((plan, whole, encoded)) = made(master, format, given) else { return };
    let counted = payload(&mut Cursor::new(&whole)).expect("our own file can be parsed");
    assert_eq!((counted.bytes, counted.sha256), (encoded.payload_bytes, encoded.payload_sha256));
    match format.codec() {
        "flac" | "alac" | "wav" | "aiff" | "wavpack" if master.sane() => {
            same_samples(master, &plan, &whole);
            same_texts(given, &plan, &whole);
        }
        "tta" if plan.spec == master.spec => {
            let decoded: Vec<u32> = decode_true_audio(&whole, plan.spec.bits).iter().map(|s| *s as u32).collect();
            assert!(decoded == bits_of(&master.samples), "other samples");
        }
        _ => (),
    }
}

fn same_samples(master: &Memory, plan: &Plan, whole: &[u8]) {
    let examined = master::examine(file(whole), &mut |_, _| ()).expect("our own lossless file is a master");
    assert_eq!(examined.info.length_frames, master.length_frames());
    if plan.spec == master.spec {
        let mut opened = master::open(file(whole)).expect("opened before");
        // A WAV, AIFF or ALAC of 16 bits does not say, or not exactly, how many of them were used.
        let whole = matches!(plan.format.codec(), "wav" | "aiff" | "alac");
        let shift = if whole { opened.spec().bits - master.spec.bits } else { 0 };
        let expected: Vec<u32> = bits_of(&master.samples).iter().map(|sample| sample << shift).collect();
        let decoded = read_all(&mut opened).expect("examined before");
        assert!(decoded == expected, "other samples: {} {:?}", plan.format, plan.spec);
    }
}

/// What can be read back is what was written.
fn same_texts(given: &Tags, plan: &Plan, whole: &[u8]) {
    let read = tags::read(file(whole)).expect("our own tags can be read");
    let (found, warnings) = (read.tags, read.warnings);
    assert_eq!(found.title, given.title, "{}", plan.format);
    assert_eq!(found.album, given.album, "{}", plan.format);
    assert_eq!(
        found.picture.map(|p| p.data),
        given.picture.as_ref().map(|p| p.data.clone()),
        "{} {warnings:?}",
        plan.format
    );
}
