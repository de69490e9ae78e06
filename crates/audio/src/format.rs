//! Formats: codec, mode and quality; how they are written (`codec:mode:quality[@RATE/BITS]`) and the one list of those
//! that exist. A new codec is one folder and one line in `CODECS`.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::codec::{Class, Codec, Facts, Offer, Reduce, Setting, SizeKnown, Starts};

/// Every codec there is, in the order in which people are shown them.
pub static CODECS: &[&dyn Codec] = &[
    &crate::mp3::Mp3,
    &crate::vorbis::Vorbis,
    &crate::opus::Opus,
    &crate::aac::Aac,
    &crate::musepack::Musepack,
    &crate::wma::Wma,
    &crate::flac::Flac,
    &crate::alac::Alac,
    &crate::wavpack::WavPack,
    &crate::tta::Tta,
    &crate::ape::Ape,
    &crate::wav::Wav,
    &crate::aiff::Aiff,
];

/// Rates that a lossless copy can be reduced to, in Hz.
pub const REDUCED_RATES_HZ: &[u32] = &[44_100, 48_000, 88_200, 96_000];
/// Bits that a lossless copy can be reduced to.
pub const REDUCED_BITS: &[u8] = &[16, 24];

/// A format that exists: made by parsing its text or taken from [`all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    codec: &'static str,
    setting: Setting,
    reduce: Option<Reduce>,
}

/// What a chooser, an API or a manual says of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatInfo {
    /// The format.
    pub format: Format,
    /// For people: "MP3 320 kbit/s".
    pub name: String,
    /// For people, the codec alone: "MP3".
    pub codec_name: &'static str,
    /// `mp3`, `flac`, …
    pub codec: &'static str,
    /// `cbr`, `vbr`, `lossless`, …
    pub mode: &'static str,
    /// `320`, `0`, `default`, …
    pub quality: &'static str,
    /// File name extension without the dot.
    pub extension: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// The class for a CD-quality master; `Plan::class` says it for a given one.
    pub class: Class,
    /// Whether payload bytes are exact before encoding.
    pub size: SizeKnown,
    /// When the first byte can be sent.
    pub starts: Starts,
    /// Encoded as one piece, so that no middle can be made alone.
    pub serial: bool,
    /// More than two channels are kept; elsewhere they are mixed down to two.
    pub surround: bool,
    /// Whether this build on this machine can make it.
    pub available: bool,
    /// Why not, if not.
    pub why_not: Option<String>,
}

impl Format {
    /// `mp3`, `flac`, …
    pub fn codec(&self) -> &'static str {
        self.codec
    }

    /// Mode and quality.
    pub fn setting(&self) -> Setting {
        self.setting
    }

    /// The reduction asked for, if any.
    pub fn reduce(&self) -> Option<Reduce> {
        self.reduce
    }

    /// The same format reduced, as `@RATE/BITS` in its text says.
    pub fn reduced(self, reduce: Reduce) -> Result<Format, FormatError> {
        check_reduce(&self, reduce)?;
        Ok(Format { reduce: Some(reduce), ..self })
    }

    /// What there is to say of it.
    pub fn info(&self) -> FormatInfo {
        let codec = self.implementation();
        let facts = codec.facts();
        let offer = codec.offers().into_iter().find(|o| o.setting == self.setting);
        let mut info = info_of(facts, offer.expect("a Format is only made from its codec's offers"));
        if let Some(reduce) = self.reduce {
            info.name = format!("{} ({} Hz, {} bit)", info.name, reduce.rate_hz, reduce.bits);
            info.format.reduce = Some(reduce);
        }
        info
    }

    /// The codec that makes it.
    pub(crate) fn implementation(&self) -> &'static dyn Codec {
        let found = CODECS.iter().copied().find(|c| c.facts().id == self.codec);
        found.expect("a Format is only made from the list of codecs")
    }
}

fn info_of(facts: Facts, offer: Offer) -> FormatInfo {
    FormatInfo {
        format: Format { codec: facts.id, setting: offer.setting, reduce: None },
        name: offer.name,
        codec_name: facts.name,
        codec: facts.id,
        mode: offer.setting.mode,
        quality: offer.setting.quality,
        extension: facts.extension,
        mime: facts.mime,
        class: offer.class,
        size: offer.size,
        starts: offer.starts,
        serial: offer.serial,
        surround: offer.surround,
        available: offer.why_not.is_none(),
        why_not: offer.why_not,
    }
}

/// Those whose files have this extension. Codecs of other files are not asked, so no program is started for them.
pub fn with_extension(extension: &str) -> Vec<FormatInfo> {
    let fitting = CODECS.iter().filter(|codec| codec.facts().extension == extension);
    fitting.flat_map(|c| c.offers().into_iter().map(|o| info_of(c.facts(), o))).collect()
}

/// Every concrete format on offer, without reductions.
pub fn all() -> Vec<FormatInfo> {
    CODECS.iter().flat_map(|c| c.offers().into_iter().map(|o| info_of(c.facts(), o))).collect()
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.codec, self.setting.mode, self.setting.quality)?;
        match self.reduce {
            Some(Reduce { rate_hz, bits }) => write!(f, "@{rate_hz}/{bits}"),
            None => Ok(()),
        }
    }
}

/// Why a text names no format; says what is allowed in the place that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no format \"{text}\": {what} must be {allowed}")]
pub struct FormatError {
    /// The text that was given, shortened.
    pub text: String,
    /// The part that is wrong.
    pub what: &'static str,
    /// What could stand there.
    pub allowed: String,
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Error {
        Error::Unsupported(error.to_string())
    }
}

/// Characters of a wrong text that its error repeats.
const MAX_ERROR_TEXT_CHARS: usize = 60;

fn wrong(text: &str, what: &'static str, allowed: String) -> FormatError {
    FormatError { text: text.chars().take(MAX_ERROR_TEXT_CHARS).collect(), what, allowed }
}

/// "a, b or c" without repeats, in the order given.
fn one_of(words: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    match seen.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => seen.concat(),
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Format, FormatError> {
        let (base, reduce) = match text.split_once('@') {
            Some((base, reduce)) => (base, Some(reduce)),
            None => (text, None),
        };
        let parts: Vec<&str> = base.split(':').collect();
        let [codec, mode, quality] = parts[..] else {
            return Err(wrong(text, "it", "codec:mode:quality, such as flac:lossless:5".into()));
        };
        let facts = |c: &&dyn Codec| c.facts().id.to_string();
        let found = CODECS.iter().find(|c| c.facts().id == codec);
        let found = found.ok_or_else(|| wrong(text, "the codec", one_of(CODECS.iter().map(facts))))?;
        let offers = found.offers();
        let of_mode: Vec<&Offer> = offers.iter().filter(|o| o.setting.mode == mode).collect();
        if of_mode.is_empty() {
            return Err(wrong(text, "the mode", one_of(offers.iter().map(|o| o.setting.mode.into()))));
        }
        let offer = of_mode.iter().find(|o| o.setting.quality == quality);
        let qualities = || one_of(of_mode.iter().map(|o| o.setting.quality.into()));
        let offer = offer.ok_or_else(|| wrong(text, "the quality", qualities()))?;
        let format = Format { codec: found.facts().id, setting: offer.setting, reduce: None };
        match reduce {
            Some(reduce) => format.reduced(parse_reduce(text, reduce)?),
            None => Ok(format),
        }
    }
}

fn parse_reduce(text: &str, reduce: &str) -> Result<Reduce, FormatError> {
    let shape = || wrong(text, "what follows @", "RATE/BITS, such as 44100/16".into());
    let (rate, bits) = reduce.split_once('/').ok_or_else(shape)?;
    Ok(Reduce { rate_hz: rate.parse().map_err(|_| shape())?, bits: bits.parse().map_err(|_| shape())? })
}

fn check_reduce(format: &Format, reduce: Reduce) -> Result<(), FormatError> {
    let text = format!("{format}@{}/{}", reduce.rate_hz, reduce.bits);
    if !matches!(format.setting.mode, "lossless" | "pcm") {
        return Err(wrong(&text, "what is reduced", "a lossless format".into()));
    }
    if !REDUCED_RATES_HZ.contains(&reduce.rate_hz) {
        return Err(wrong(&text, "the rate", one_of(REDUCED_RATES_HZ.iter().map(u32::to_string))));
    }
    if !REDUCED_BITS.contains(&reduce.bits) {
        return Err(wrong(&text, "the bits", one_of(REDUCED_BITS.iter().map(u8::to_string))));
    }
    if format.setting.mode == "pcm" && format.setting.quality != reduce.bits.to_string() {
        return Err(wrong(&text, "the bits", format.setting.quality.into()));
    }
    Ok(())
}
