//! Things made out of the fuzzer's bytes: tags, small masters, and FLAC streams whose checksums are right, so that what
//! lies behind them is reached.

use arbitrary::Arbitrary;
use audio::pcm::{Samples, Spec};
use audio::tags::{Credit, Picture, ReplayGain, Tags};

use crate::Memory;

/// Most samples of a made master.
const MAX_SAMPLES: usize = 20_000;

/// Tags as the reader could have given them: trimmed text without control characters.
#[derive(Debug, Arbitrary)]
pub struct MadeTags {
    texts: [Option<String>; 10],
    lists: [Vec<String>; 2],
    artists: Vec<(String, String, Option<String>)>,
    numbers: [Option<u16>; 4],
    gains: [Option<i16>; 2],
    peaks: [Option<u32>; 2],
    picture: Option<Vec<u8>>,
}

impl MadeTags {
    pub fn into_tags(self) -> Tags {
        let number = |n: Option<u16>| n.map(u32::from).filter(|n| *n > 0);
        let artists = self.artists.into_iter().filter_map(|(name, join, sort)| {
            Some(Credit { name: clean(name)?, join, sort: sort.and_then(clean), mbid: None })
        });
        let artists: Vec<Credit> = artists.collect();
        let [title, album, subtitle, label, catalog_number, copyright, a, b, c, d] =
            self.texts.map(|t| t.and_then(clean));
        let [genres, composers] = self.lists.map(|list| list.into_iter().filter_map(clean).collect());
        Tags {
            title,
            album_artists: artists.clone(),
            artists,
            album,
            track_number: number(self.numbers[0]),
            track_total: number(self.numbers[1]),
            disc_number: number(self.numbers[2]),
            disc_total: number(self.numbers[3]),
            disc_subtitle: subtitle,
            date: a,
            original_date: b,
            genres,
            composers,
            label,
            catalog_number,
            isrc: c,
            barcode: d,
            copyright,
            picture: self.picture.map(picture),
            replay_gain: ReplayGain {
                track_gain_cdb: self.gains[0].map(i32::from),
                track_peak_millionths: self.peaks[0].map(i64::from),
                album_gain_cdb: self.gains[1].map(i32::from),
                album_peak_millionths: self.peaks[1].map(i64::from),
            },
            ..Tags::default()
        }
    }
}

/// What the reader of tags would leave of a text.
fn clean(text: String) -> Option<String> {
    let text: String = text.chars().filter(|c| c.is_alphanumeric() || " -/;&.,".contains(*c)).collect();
    // Letters that change when they are composed would come back as others.
    let text: String = text.chars().filter(|c| c.is_ascii() || ('а'..='я').contains(c) && *c != 'й').collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A PNG as far as its header.
fn picture(rest: Vec<u8>) -> Picture {
    let mut data = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0".to_vec();
    data.extend(rest);
    Picture { mime: "image/png".into(), width: 2, height: 3, data }
}

/// A master of few frames.
#[derive(Debug, Arbitrary)]
pub struct MadeMaster {
    rate: u8,
    channels: u8,
    /// Modulo the kinds of samples; floats have their bits taken as they are.
    bits: u8,
    /// Repeated until there are so many samples.
    samples: Vec<i32>,
    frames: u16,
}

impl MadeMaster {
    pub fn into_memory(self) -> Option<Memory> {
        const RATES_HZ: [u32; 10] = [8_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000];
        const BITS: [u8; 6] = [8, 12, 16, 20, 24, 32];
        let bits = BITS[usize::from(self.bits) % BITS.len()];
        let rate_hz = RATES_HZ[usize::from(self.rate) % RATES_HZ.len()];
        let spec = Spec { rate_hz, channels: 1 + self.channels % 8, bits, float: bits == 32 };
        let channels = usize::from(spec.channels);
        let frames = (usize::from(self.frames) + 1).min(MAX_SAMPLES / channels);
        if self.samples.is_empty() {
            return None;
        }
        let shift = 32 - u32::from(bits);
        let samples = self.samples.iter().cycle().take(frames * channels);
        Some(Memory::new(
            spec,
            match spec.float {
                true => Samples::Float(samples.map(|s| f32::from_bits(*s as u32)).collect()),
                false => Samples::Int(samples.map(|s| s << shift >> shift).collect()),
            },
        ))
    }
}

/// A FLAC frame (RFC 9639 section 9): header codes as they come, a body as it comes, checksums right.
#[derive(Debug, Arbitrary)]
pub struct FrameMade {
    codes: [u8; 2],
    tail: Vec<u8>,
    body: Vec<u8>,
    /// Whether the coded number is that of the frame's place.
    in_order: bool,
    number: u8,
}

/// A FLAC stream of such frames.
#[derive(Debug, Arbitrary)]
pub struct MadeStream {
    block: [u16; 2],
    rate: u16,
    shape: u8,
    total_frames: u32,
    frames: Vec<FrameMade>,
}

impl MadeStream {
    /// The stream as a file without an MD5.
    pub fn into_file(self) -> Vec<u8> {
        let mut file = b"fLaC\x80\0\0\x22".to_vec();
        file.extend(self.block[0].to_be_bytes());
        file.extend(self.block[1].to_be_bytes());
        file.extend([0; 6]);
        let (channels, bits) =
            (u64::from(self.shape & 7), u64::from([7u8, 15, 19, 23][usize::from(self.shape >> 3) % 4]));
        let packed = u64::from(self.rate) << 44 | channels << 41 | bits << 36 | u64::from(self.total_frames);
        file.extend(packed.to_be_bytes());
        file.extend([0; 16]);
        for (place, frame) in self.frames.into_iter().enumerate() {
            file.extend(frame.into_bytes(place));
        }
        file
    }
}

impl FrameMade {
    fn into_bytes(self, place: usize) -> Vec<u8> {
        let number = if self.in_order { place.min(127) as u8 } else { self.number & 0x7f };
        let mut bytes = vec![0xff, 0xf8, self.codes[0], self.codes[1], number];
        let sized = match self.codes[0] >> 4 {
            6 => 1,
            7 => 2,
            _ => 0,
        } + match self.codes[0] & 15 {
            12 => 1,
            13 | 14 => 2,
            _ => 0,
        };
        bytes.extend((0..sized).map(|at| self.tail.get(at).copied().unwrap_or(0)));
        bytes.push(crc8(&bytes));
        bytes.extend(self.body);
        bytes.extend(crc16(&bytes).to_be_bytes());
        bytes
    }
}

/// CRC-8 of polynomial 0x07 (RFC 9639 section 9.1.8).
fn crc8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| crc << 1 ^ if crc & 0x80 != 0 { 0x07 } else { 0 }))
}

/// CRC-16 of polynomial 0x8005 (RFC 9639 section 9.3).
fn crc16(bytes: &[u8]) -> u16 {
    let step = |crc: u16, _| crc << 1 ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte) << 8, step))
}
