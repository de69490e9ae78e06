//! One WavPack block: header, what a decoder must know before the residuals, and the residuals. A block holds one or two
//! channels of some frames; the blocks of all channels of the same frames follow each other.

use super::decorrelate::{DELTA, Pass};
use super::floats;
use super::words::{self, Medians, Words};
use crate::master::wavpack::block::{HEADER_BYTES, RATES_HZ, checksum};
use crate::pcm::Spec;

/// The stream's version: the first that allows equal channels to be kept as one.
const VERSION: u16 = 0x410;
/// The header's own length field doesn't count the first eight.
const UNCOUNTED_BYTES: usize = 8;

const FLAG_MONO: u32 = 1 << 2;
const FLAG_JOINT: u32 = 1 << 4;
const FLAG_CROSS: u32 = 1 << 5;
const FLAG_FLOAT: u32 = 1 << 7;
const FLAG_WASTED: u32 = 1 << 8;
const FLAG_FIRST: u32 = 1 << 11;
const FLAG_LAST: u32 = 1 << 12;
const FLAG_EQUAL: u32 = 1 << 30;
const SHIFT_AT: u32 = 13;
const MAGNITUDE_AT: u32 = 18;
const RATE_AT: u32 = 23;

const ID_TERMS: u8 = 0x02;
const ID_WEIGHTS: u8 = 0x03;
const ID_HISTORY: u8 = 0x04;
const ID_MEDIANS: u8 = 0x05;
const ID_FLOATS: u8 = 0x08;
const ID_WASTED: u8 = 0x09;
const ID_RESIDUALS: u8 = 0x0A;
const ID_REST_OF_FLOATS: u8 = 0x0C;
const ID_CHANNELS: u8 = 0x0D;
const ID_MODE: u8 = 0x25;
const ID_MD5: u8 = 0x26;
const ID_RATE: u8 = 0x27;
const ID_LARGE: u8 = 0x80;
const ID_ODD: u8 = 0x40;

/// Residuals stay below this where samples have up to 16 bits, so that decoders may multiply in 32 bits.
const MAX_NARROW_RESIDUAL: u32 = 1 << 18;
/// And below this elsewhere, so that no sum overflows.
const MAX_WIDE_RESIDUAL: u32 = 1 << 27;
/// Magnitudes from here on make decoders multiply in 64 bits.
const WIDE_MAGNITUDE_BITS: u32 = 16;

/// What all blocks of a file have in common.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// The shape of the samples.
    pub spec: Spec,
    /// Frames of the whole.
    pub length_frames: u64,
    /// Three bytes that tell the mode, for people.
    pub mode: [u8; 3],
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its first frame.
    pub frame: u64,
    /// It holds the first channel.
    pub first_channel: bool,
    /// It holds the last channel.
    pub last_channel: bool,
}

/// What a stream of one or two channels has learned in the blocks before; a hint, never needed by a decoder.
#[derive(Debug, Clone)]
pub struct Learned {
    passes: Vec<Pass>,
    medians: [Medians; 2],
}

impl Learned {
    /// Nothing yet, for such terms.
    pub fn new(terms: &[i8]) -> Learned {
        Learned { passes: terms.iter().map(|&term| Pass::new(term)).collect(), medians: Default::default() }
    }
}

/// Samples of a block, one vector for each of its one or two channels.
pub enum Channels {
    /// Right-justified.
    Ints(Vec<Vec<i32>>),
    /// Full scale ±1.0.
    Floats(Vec<Vec<f32>>),
}

/// Integers ready to be predicted, and what was done to make them.
struct Prepared {
    channels: Vec<Vec<i32>>,
    flags: u32,
    /// Sub-blocks that tell a decoder how to undo it.
    told: Vec<u8>,
    rest_of_floats: Vec<u8>,
}

/// A sub-block: its kind, its length in words, and its body.
fn sub_block(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    let odd = body.len() % 2;
    let words = body.len().div_ceil(2) as u32;
    let id = id | if odd == 1 { ID_ODD } else { 0 };
    if words > 255 {
        out.push(id | ID_LARGE);
        out.extend(&words.to_le_bytes()[..3]);
    } else {
        out.extend([id, words as u8]);
    }
    out.extend(body);
    out.extend(&[0][..odd]);
}

/// Magnitude bits of all samples.
fn magnitude_bits(channels: &[Vec<i32>]) -> u32 {
    32 - channels.iter().flatten().fold(0, |all, &s| all | (s ^ (s >> 31)) as u32).leading_zeros()
}

fn prepare(samples: Channels, stereo: bool) -> Prepared {
    let mut flags = if stereo { 0 } else { FLAG_MONO };
    let (mut told, mut rest_of_floats) = (Vec::new(), Vec::new());
    let mut channels = match samples {
        Channels::Floats(floats) => {
            let made = floats::integers(&floats);
            flags |= FLAG_FLOAT;
            sub_block(&mut told, ID_FLOATS, &made.info);
            if !made.rest.is_empty() {
                rest_of_floats = [&made.crc.to_le_bytes()[..], &made.rest].concat();
            }
            made.channels
        }
        Channels::Ints(mut channels) => {
            let wasted = channels.iter().flatten().fold(0, |all, &s| all | s).trailing_zeros();
            if (1..32).contains(&wasted) {
                flags |= FLAG_WASTED;
                sub_block(&mut told, ID_WASTED, &[0, wasted as u8, 0, 0]);
                channels.iter_mut().flatten().for_each(|s| *s >>= wasted);
            }
            channels
        }
    };
    // The rest of floats would lack the second channel.
    if stereo && rest_of_floats.is_empty() && channels[0] == channels[1] {
        flags |= FLAG_EQUAL;
        channels.truncate(1);
    }
    Prepared { channels, flags, told, rest_of_floats }
}

/// Makes difference and middle of a pair where they look smoother; says whether it did.
fn join(channels: &mut [Vec<i32>]) -> bool {
    let [left, right] = channels else { return false };
    let apart = roughness(left.iter().copied()) + roughness(right.iter().copied());
    let joint = || left.iter().zip(right.iter()).map(|(&l, &r)| (l - r, r + ((l - r) >> 1)));
    if roughness(joint().map(|(side, _)| side)) + roughness(joint().map(|(_, middle)| middle)) >= apart {
        return false;
    }
    for (l, r) in left.iter_mut().zip(right) {
        *l -= *r;
        *r += *l >> 1;
    }
    true
}

/// The sum of second differences: how much a short predictor would leave.
fn roughness(samples: impl Iterator<Item = i32>) -> u64 {
    let (mut before, mut last, mut sum) = (0i32, 0i32, 0u64);
    for sample in samples {
        sum += u64::from((sample - 2 * last + before).unsigned_abs());
        (before, last) = (last, sample);
    }
    sum
}

/// Residuals, and the bodies of the sub-blocks that tell the terms and weights they were made with.
struct Predicted {
    channels: Vec<Vec<i32>>,
    terms: Vec<u8>,
    weights: Vec<u8>,
}

/// Runs as many passes as keep residuals within a decoder's arithmetic; `passes` learn.
fn predict(channels: &[Vec<i32>], passes: &mut [Pass], magnitude_bits: u32) -> Predicted {
    let limit = if magnitude_bits < WIDE_MAGNITUDE_BITS { MAX_NARROW_RESIDUAL } else { MAX_WIDE_RESIDUAL };
    for count in [passes.len(), 2, 0] {
        let mut tried = passes[..count.min(passes.len())].to_vec();
        if let Some(predicted) = try_passes(channels, &mut tried, limit) {
            passes[..tried.len()].clone_from_slice(&tried);
            return predicted;
        }
    }
    Predicted { channels: channels.to_vec(), terms: Vec::new(), weights: Vec::new() }
}

fn try_passes(channels: &[Vec<i32>], passes: &mut [Pass], limit: u32) -> Option<Predicted> {
    let mut channels = channels.to_vec();
    let (mut terms, mut weights) = (Vec::new(), Vec::new());
    for pass in passes {
        terms.push((pass.term + 5) as u8 & 0x1F | (DELTA as u8) << 5);
        weights.extend(pass.begin(channels.len()));
        match &mut channels[..] {
            [left, right] => pass.run_stereo(left, right),
            [one] => pass.run_mono(one),
            _ => {}
        }
        if 1 << magnitude_bits_capped(&channels) > limit {
            return None;
        }
    }
    Some(Predicted { channels, terms, weights })
}

fn magnitude_bits_capped(channels: &[Vec<i32>]) -> u32 {
    magnitude_bits(channels).min(31)
}

/// Codes residuals, frame by frame.
fn code(channels: &[Vec<i32>], medians: [Medians; 2]) -> (Vec<u8>, [Medians; 2]) {
    let mut words = Words::new(medians);
    match channels {
        [left, right] => {
            for (&l, &r) in left.iter().zip(right) {
                words.put(0, l);
                words.put(1, r);
            }
        }
        _ => channels.iter().flatten().for_each(|&s| words.put(0, s)),
    }
    words.finish()
}

/// A whole block. `learned` is used and improved.
pub fn write(file: &File, place: Place, samples: Channels, learned: &mut Learned) -> Vec<u8> {
    let channels_in = match &samples {
        Channels::Ints(v) => v.len(),
        Channels::Floats(v) => v.len(),
    };
    let mut prepared = prepare(samples, channels_in == 2);
    let frames = prepared.channels.first().map_or(0, Vec::len);
    let magnitude = magnitude_bits(&prepared.channels);
    let crc = checksum(&prepared.channels);
    let mut flags = prepared.flags | header_flags(file, place, magnitude);
    if prepared.channels.len() == 2 {
        flags |= FLAG_CROSS | if join(&mut prepared.channels) { FLAG_JOINT } else { 0 };
    }
    // What looks at the other channel has nothing to look at in a mono block.
    let stereo = prepared.channels.len() == 2;
    let mut passes: Vec<Pass> = learned.passes.iter().filter(|p| stereo || p.term > 0).cloned().collect();
    let predicted = predict(&prepared.channels, &mut passes, magnitude);
    for pass in learned.passes.iter_mut().filter(|p| stereo || p.term > 0).zip(passes) {
        *pass.0 = pass.1;
    }
    let (medians_told, medians) = words::stored(&learned.medians[..prepared.channels.len()]);
    let (residuals, medians) = code(&predicted.channels, medians);
    learned.medians = medians;

    let mut out = header(file, place, frames as u32, flags, crc);
    sub_block(&mut out, ID_TERMS, &predicted.terms);
    sub_block(&mut out, ID_WEIGHTS, &predicted.weights);
    sub_block(&mut out, ID_HISTORY, &[]);
    sub_block(&mut out, ID_MEDIANS, &medians_told);
    out.extend(prepared.told);
    about(&mut out, file, place);
    sub_block(&mut out, ID_RESIDUALS, &residuals);
    if !prepared.rest_of_floats.is_empty() {
        sub_block(&mut out, ID_REST_OF_FLOATS, &prepared.rest_of_floats);
    }
    finished(out)
}

/// A block without samples, at the end of a file, that keeps the MD5 of its samples. As in the format's own encoder it
/// stands nowhere and is neither the first nor the last of its frames: FFmpeg would look for samples in it.
pub fn md5(file: &File, md5: &[u8; 16]) -> Vec<u8> {
    let place = Place { frame: 0, first_channel: false, last_channel: false };
    let mut out = header(file, place, 0, 0, 0);
    sub_block(&mut out, ID_MD5, md5);
    finished(out)
}

/// Bytes of a sample in the file that a decoder makes.
pub fn sample_bytes(spec: &Spec) -> u32 {
    u32::from(spec.bits.div_ceil(8)).max(1)
}

fn header_flags(file: &File, place: Place, magnitude_bits: u32) -> u32 {
    let bytes = sample_bytes(&file.spec);
    let rate = RATES_HZ.iter().position(|&r| r == file.spec.rate_hz).unwrap_or(RATES_HZ.len()) as u32;
    let shift = bytes * 8 - u32::from(file.spec.bits);
    (bytes - 1)
        | if place.first_channel { FLAG_FIRST } else { 0 }
        | if place.last_channel { FLAG_LAST } else { 0 }
        | shift << SHIFT_AT
        | magnitude_bits.min(31) << MAGNITUDE_AT
        | rate << RATE_AT
}

fn header(file: &File, place: Place, frames: u32, flags: u32, crc: u32) -> Vec<u8> {
    // 2^32 − 1 stands for "unknown" whatever the upper byte says, so a length jumps over it.
    let length = file.length_frames + file.length_frames / u64::from(u32::MAX);
    let mut out = Vec::with_capacity(HEADER_BYTES + frames as usize);
    out.extend(b"wvpk\0\0\0\0");
    out.extend(VERSION.to_le_bytes());
    out.extend([(place.frame >> 32) as u8, (length >> 32) as u8]);
    out.extend((length as u32).to_le_bytes());
    out.extend((place.frame as u32).to_le_bytes());
    out.extend(frames.to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(crc.to_le_bytes());
    out
}

/// What a decoder should know of the whole file: in every first block, since one may start anywhere.
fn about(out: &mut Vec<u8>, file: &File, place: Place) {
    if !RATES_HZ.contains(&file.spec.rate_hz) {
        sub_block(out, ID_RATE, &file.spec.rate_hz.to_le_bytes()[..3]);
    }
    if place.first_channel && file.spec.channels > 2 {
        let mask = crate::wav::channel_mask(file.spec.channels).to_le_bytes();
        let used = 4 - mask.iter().rev().take_while(|&&b| b == 0).count();
        sub_block(out, ID_CHANNELS, &[&[file.spec.channels], &mask[..used]].concat());
    }
    if place.first_channel && place.frame == 0 {
        sub_block(out, ID_MODE, &file.mode);
    }
}

fn finished(mut block: Vec<u8>) -> Vec<u8> {
    let counted = (block.len() - UNCOUNTED_BYTES) as u32;
    block[4..8].copy_from_slice(&counted.to_le_bytes());
    block
}
