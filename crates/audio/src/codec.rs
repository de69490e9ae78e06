//! What a codec is to the rest of the crate: the narrow trait that each codec folder fills, and the words it is spoken in.
//! No codec is named here; the list of them stands in `format`.

use crate::pcm::{Samples, Source, Spec, StreamInfo};
use crate::tags::Tags;
use crate::{Error, Result};

/// What sort of copy a format gives, for tariffs and choosers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Something was thrown away.
    Lossy,
    /// The samples of a CD-quality master, or a reduction to it.
    Lossless,
    /// Samples of more than 16 bits or more than 48 kHz, kept as they are.
    Hires,
}

/// Whether the number of payload bytes follows from the length alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeKnown {
    /// Exact before encoding.
    Exact,
    /// A range before encoding, exact after.
    Range,
}

/// When the first byte of a file can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Starts {
    /// As soon as the first segment's first block is encoded.
    AtOnce,
    /// Only when the whole has been encoded once (an index of packet sizes comes first in the file).
    AfterSizing,
}

impl Class {
    /// The stable name: `lossy`, `lossless` or `hires`.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Lossy => "lossy",
            Class::Lossless => "lossless",
            Class::Hires => "hires",
        }
    }
}

impl SizeKnown {
    /// The stable name: `exact` or `range`.
    pub fn as_str(self) -> &'static str {
        match self {
            SizeKnown::Exact => "exact",
            SizeKnown::Range => "range",
        }
    }
}

impl Starts {
    /// The stable name: `at_once` or `after_sizing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Starts::AtOnce => "at_once",
            Starts::AfterSizing => "after_sizing",
        }
    }
}

/// Mode and quality within a codec; both come from the codec's own list of offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Setting {
    /// Such as `cbr`, `vbr`, `lossless`, `pcm`.
    pub mode: &'static str,
    /// Such as `320`, `0`, `default`, `24`.
    pub quality: &'static str,
}

impl Setting {
    /// The quality as a number; for codecs whose qualities are numbers.
    pub fn number(&self) -> Result<u32> {
        self.quality.parse().map_err(|_| Error::Unsupported(format!("quality {} of mode {}", self.quality, self.mode)))
    }
}

/// One concrete setting that a codec offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Mode and quality.
    pub setting: Setting,
    /// For people: "MP3 320 kbit/s".
    pub name: String,
    /// The class for a CD-quality master.
    pub class: Class,
    /// Whether the size is known before encoding.
    pub size: SizeKnown,
    /// Encoded as one piece from the start, not as a grid of segments.
    pub serial: bool,
    /// When the first byte can be sent.
    pub starts: Starts,
    /// More than two channels are kept; elsewhere they are mixed down to two (ITU-R BS.775).
    pub surround: bool,
    /// Why it cannot be made on this machine, such as a program that is missing; `None` when it can.
    pub why_not: Option<String>,
}

/// What never changes about a codec in its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The first word of the format's text: "mp3".
    pub id: &'static str,
    /// For people: "MP3".
    pub name: &'static str,
    /// File name extension without the dot.
    pub extension: &'static str,
    /// Media type.
    pub mime: &'static str,
}

/// A wish to reduce a lossless copy: `@44100/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reduce {
    /// Frames per second.
    pub rate_hz: u32,
    /// Bits per sample, 16 or 24.
    pub bits: u8,
}

/// The work one rendition is: everything its bytes depend on besides the samples themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Mode and quality.
    pub setting: Setting,
    /// The samples that the codec will be given: `Codec::fit` said so.
    pub spec: Spec,
    /// How many frames of them.
    pub length_frames: u64,
    /// MD5 of exactly these samples (FLAC's definition) where it is known: the master's own, when nothing was changed.
    pub md5: Option<[u8; 16]>,
    /// For containers that number their streams (Ogg): a hash of master and format.
    pub stream_serial: u32,
}

/// Payload bytes before encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadSize {
    /// Exactly so many.
    Exact(u64),
    /// Between these; the upper end is safe to promise as a price.
    Range {
        /// Fewer are rare.
        min: u64,
        /// More are rare (about one track in a thousand).
        max: u64,
    },
}

/// How the body of a rendition is cut into segments, and what its size is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Segments, each made alone by a fresh encoder; 1 for a serial format.
    pub segments: u64,
    /// Payload bytes.
    pub payload: PayloadSize,
    /// Body bytes, where they are known before encoding.
    pub body_bytes: Option<u64>,
}

/// Where an encoded segment goes. The body is everything that is written, in order; the payload is what is paid for.
pub trait BodySink {
    /// Bytes of the body that carry audio.
    fn payload(&mut self, bytes: &[u8]) -> Result<()>;
    /// Bytes of the body that only frame it, such as page headers.
    fn framing(&mut self, bytes: &[u8]) -> Result<()>;
    /// A packet of payload whose size the container's index must know.
    fn packet(&mut self, bytes: &[u8]) -> Result<()>;
}

/// One codec in one container. Deciding (`fit`, `layout`) is apart from doing (`encode_segment`) and from framing (`head`).
pub trait Codec: Sync {
    /// What never changes.
    fn facts(&self) -> Facts;
    /// Every setting on offer, best known first.
    fn offers(&self) -> Vec<Offer>;
    /// Name and version of the encoder that makes the body; any change of it may change the bytes.
    fn encoder(&self) -> String;
    /// The samples this setting wants of such a master, or why it doesn't fit. Never upsamples, never adds bits.
    fn fit(&self, setting: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec>;
    /// The grid and the sizes.
    fn layout(&self, work: &Work) -> Result<Layout>;
    /// Encodes segment `number` (0-based) of the grid. `pcm` has the spec and length of `work` and is sought freely.
    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()>;
    /// Everything before the body. `None`: not known without the packet sizes of a finished encode.
    fn head(&self, work: &Work, sizes: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>>;
    /// Everything after the body: nothing, a pad byte, or tags that stand last. Its length depends on work and tags alone.
    fn tail(&self, _work: &Work, _tags: &Tags) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
    /// Where segment `number` begins in the body, where that follows from the work alone. `None`: only a finished encode
    /// knows.
    fn segment_at(&self, _work: &Work, _number: u64) -> Option<u64> {
        None
    }
}

/// What a finished encode knows of its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of each segment's body.
    pub segment_bytes: Vec<u64>,
    /// Bytes of each packet, where the codec reported packets.
    pub packet_bytes: Vec<u32>,
}

/// Most bits of an integer in a codec; plain samples may have more.
const MAX_CODEC_BITS: u8 = 24;

/// What the encoder must know of a master: the rules of fitting that all lossless codecs share.
pub fn fit_lossless(master: &Spec, reduce: Option<Reduce>, bits_wanted: Option<u8>) -> Result<Spec> {
    let master_bits = if master.float { 32 } else { master.bits };
    let rate_hz = reduce.map_or(master.rate_hz, |r| r.rate_hz);
    if rate_hz > master.rate_hz {
        return Err(Error::Unsupported(format!("{rate_hz} Hz from a master of {} Hz", master.rate_hz)));
    }
    let bits = match (reduce.map(|r| r.bits), bits_wanted) {
        (Some(r), Some(w)) if r != w => return Err(Error::Unsupported(format!("{w} bits reduced to {r} bits"))),
        (Some(bits), _) | (None, Some(bits)) => bits,
        (None, None) => master_bits,
    };
    if !master.float && bits > MAX_CODEC_BITS && bits_wanted.is_none() {
        return Err(Error::Unsupported(format!(
            "integers of {bits} bits; reduce the master to {MAX_CODEC_BITS} bits (@RATE/{MAX_CODEC_BITS})"
        )));
    }
    if bits > master_bits && bits > container_bits(master_bits) {
        return Err(Error::Unsupported(format!("{bits} bits from a master of {master_bits} bits")));
    }
    // A sample of 20 bits keeps its 20 bits in a container of 24: only fewer bits than the master's are a change.
    let bits = bits.min(master_bits);
    Ok(Spec { rate_hz, channels: master.channels, bits, float: master.float && bits == 32 })
}

/// Bits of the whole bytes that hold a sample of so many bits: 16 for up to 16, 24 for up to 24, 32.
pub fn container_bits(bits: u8) -> u8 {
    match bits {
        0..=16 => 16,
        17..=24 => 24,
        _ => 32,
    }
}

/// The nearest of `rates` that isn't above `rate_hz`, of the same family (44.1 or 48 kHz) if there is one.
pub fn nearest_lower_rate(rate_hz: u32, rates: &[u32]) -> Option<u32> {
    let lower = || rates.iter().copied().filter(move |&r| r <= rate_hz);
    lower().filter(|&r| rate_hz.is_multiple_of(r)).max().or_else(|| lower().max())
}

/// The class that samples of such a shape have in a lossless format.
pub fn lossless_class(spec: &Spec) -> Class {
    if spec.bits > 16 || spec.rate_hz > 48_000 { Class::Hires } else { Class::Lossless }
}

/// Duration of a stream in milliseconds, rounded up.
pub fn duration_ms(spec: &Spec, length_frames: u64) -> u64 {
    (length_frames * 1000).div_ceil(u64::from(spec.rate_hz.max(1)))
}

/// The least that music takes at such a rate, where the number was measured at 44.1 kHz or more: in proportion below 32 kHz.
pub fn least_at(rate_hz: u32, number: u64) -> u64 {
    if rate_hz < 32_000 { number * u64::from(rate_hz) / 44_100 } else { number }
}

/// The identity of a master's samples as the rendition's stream number.
pub fn stream_serial(master: &StreamInfo, format: &str) -> u32 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update(master.md5).chain_update(format.as_bytes()).finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Frames that are read from a source at once.
const READ_BLOCK_FRAMES: usize = 4_096;

/// Hands the frames [from, to) of `pcm` to `take`, block by block; a source that ends early is `Truncated`.
pub fn read_range(
    pcm: &mut dyn Source,
    from: u64,
    to: u64,
    take: &mut dyn FnMut(&Samples, usize) -> Result<()>,
) -> Result<()> {
    let mut block = Samples::empty(&pcm.spec());
    pcm.seek(from)?;
    let mut at = from;
    while at < to {
        let frames = pcm.read(&mut block, (to - at).min(READ_BLOCK_FRAMES as u64) as usize)?;
        if frames == 0 {
            return Err(Error::Truncated(format!("the master ends at frame {at} of {}", pcm.length_frames())));
        }
        take(&block, frames)?;
        at += frames as u64;
    }
    Ok(())
}
