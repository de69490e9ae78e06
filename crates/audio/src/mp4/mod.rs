//! MP4 (ISO/IEC 14496-12) with one audio track, its index before the sound: everything up to the first byte of `mdat`'s
//! body. The movie's time scale is the sample rate, so that an edit list can be exact to the frame.

use crate::tags::{Tags, write::ilst};
use crate::{Error, Result};

/// Offsets here have 32 bits.
pub const MAX_MP4_BYTES: u64 = u32::MAX as u64 - (4 << 20);
/// Packets of a chunk: about a second.
const CHUNK_PACKETS: usize = 10;
/// Unity in 16.16.
const ONE: u32 = 0x1_0000;
/// No language: "und" in three times five bits.
const LANGUAGE: u32 = 0x55C4_0000;
const TRACK_ID: u32 = 1;
const TRACK_ENABLED: u32 = 7;
const DATA_IN_THIS_FILE: u32 = 1;

/// A track of packets that all last the same, except the last.
pub struct Track<'a> {
    /// Name of the sample entry.
    pub codec: [u8; 4],
    /// The codec's own box within the sample entry.
    pub config: Vec<u8>,
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u8,
    /// Bits per sample.
    pub bits: u8,
    /// Frames of a packet.
    pub packet_frames: u32,
    /// Frames of music.
    pub length_frames: u64,
    /// Bytes of each packet.
    pub packet_bytes: &'a [u32],
}

/// A box around a body.
pub fn plain_box(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = ((body.len() + 8) as u32).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(body);
    out
}

/// A box with version and flags.
pub fn full_box(name: &[u8; 4], version: u8, flags: u32, body: &[u8]) -> Vec<u8> {
    let head = u32::from(version) << 24 | flags;
    plain_box(name, &[&head.to_be_bytes()[..], body].concat())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// Everything before the first packet.
pub fn head(track: &Track, tags: &Tags) -> Result<Vec<u8>> {
    let ftyp = plain_box(b"ftyp", b"M4A \0\0\x02\0M4A mp42isom");
    let payload_bytes: u64 = track.packet_bytes.iter().map(|&n| u64::from(n)).sum();
    let user_data = plain_box(b"udta", &ilst::meta(tags)?);
    // The index holds offsets in the file, whose head it is part of; its own length doesn't depend on their values.
    let moov = |first_byte: u32| {
        let parts = [movie_header(track), track_box(track, first_byte), user_data.clone()];
        plain_box(b"moov", &parts.concat())
    };
    let head_bytes = ftyp.len() + moov(0).len() + 8;
    let mdat_bytes = payload_bytes + 8;
    if head_bytes as u64 + mdat_bytes > u64::from(u32::MAX) {
        return Err(Error::Limit { name: "MAX_MP4_BYTES", limit: MAX_MP4_BYTES });
    }
    let mut out = [ftyp, moov(head_bytes as u32)].concat();
    out.extend((mdat_bytes as u32).to_be_bytes());
    out.extend(b"mdat");
    Ok(out)
}

/// A header box that holds a duration: version 0 with 32 bits where they do, else version 1 with 64.
fn timed(name: &[u8; 4], flags: u32, before: &[u32], duration: u64, after: &[u8]) -> Vec<u8> {
    // Creation and modification time are left at 0: a file is a function of its music and tags.
    let (version, times, duration) = match u32::try_from(duration) {
        Ok(duration) => (0, vec![0; 8], duration.to_be_bytes().to_vec()),
        Err(_) => (1, vec![0; 16], duration.to_be_bytes().to_vec()),
    };
    full_box(name, version, flags, &[times, words(before), duration, after.to_vec()].concat())
}

fn matrix() -> Vec<u8> {
    words(&[ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000])
}

fn movie_header(track: &Track) -> Vec<u8> {
    // Rate 1.0, volume 1.0, reserved, matrix, six reserved words, the next track's id.
    let after = [words(&[ONE, 0x0100_0000, 0, 0]), matrix(), words(&[0; 6]), words(&[TRACK_ID + 1])].concat();
    timed(b"mvhd", 0, &[track.rate_hz], track.length_frames, &after)
}

fn track_box(track: &Track, first_byte: u32) -> Vec<u8> {
    // Two reserved words, layer and group, volume 1.0, matrix, no picture.
    let after = [words(&[0, 0, 0, 0x0100_0000]), matrix(), words(&[0, 0])].concat();
    let header = timed(b"tkhd", TRACK_ENABLED, &[TRACK_ID, 0], track.length_frames, &after);
    plain_box(b"trak", &[header, edit_list(track), media(track, first_byte)].concat())
}

/// One edit: the whole music from its first frame on.
fn edit_list(track: &Track) -> Vec<u8> {
    let entry = [&track.length_frames.to_be_bytes()[..], &0u64.to_be_bytes(), &ONE.to_be_bytes()].concat();
    let list = full_box(b"elst", 1, 0, &[&1u32.to_be_bytes()[..], &entry].concat());
    plain_box(b"edts", &list)
}

fn media(track: &Track, first_byte: u32) -> Vec<u8> {
    let header = timed(b"mdhd", 0, &[track.rate_hz], track.length_frames, &LANGUAGE.to_be_bytes());
    let handler = full_box(b"hdlr", 0, 0, b"\0\0\0\0soun\0\0\0\0\0\0\0\0\0\0\0\0SoundHandler\0");
    let here = full_box(b"url ", 0, DATA_IN_THIS_FILE, &[]);
    let references = full_box(b"dref", 0, 0, &[&1u32.to_be_bytes()[..], &here].concat());
    let parts = [full_box(b"smhd", 0, 0, &[0; 4]), plain_box(b"dinf", &references), sample_table(track, first_byte)];
    plain_box(b"mdia", &[header, handler, plain_box(b"minf", &parts.concat())].concat())
}

fn sample_table(track: &Track, first_byte: u32) -> Vec<u8> {
    let descriptions = full_box(b"stsd", 0, 0, &[&1u32.to_be_bytes()[..], &sample_entry(track)].concat());
    let count = track.packet_bytes.len() as u32;
    let sizes = [words(&[0, count]), words(track.packet_bytes)].concat();
    let parts = [
        descriptions,
        full_box(b"stts", 0, 0, &durations(track)),
        full_box(b"stsc", 0, 0, &chunk_runs(count)),
        full_box(b"stsz", 0, 0, &sizes),
        full_box(b"stco", 0, 0, &chunk_offsets(track, first_byte)),
    ];
    plain_box(b"stbl", &parts.concat())
}

fn sample_entry(track: &Track) -> Vec<u8> {
    // The rate's field has 16 bits; a rate beyond stands in the codec's own box only.
    let rate = if track.rate_hz <= 0xFFFF { track.rate_hz << 16 } else { 0 };
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    body.extend([0; 8]);
    body.extend(u16::from(track.channels).to_be_bytes());
    body.extend(u16::from(track.bits).to_be_bytes());
    body.extend([0; 4]);
    body.extend(rate.to_be_bytes());
    body.extend(&track.config);
    plain_box(&track.codec, &body)
}

/// All packets last the same, the last what is left.
fn durations(track: &Track) -> Vec<u8> {
    let count = track.packet_bytes.len() as u32;
    let before_last = u64::from(count.saturating_sub(1)) * u64::from(track.packet_frames);
    let last = track.length_frames.saturating_sub(before_last) as u32;
    if count > 1 && last != track.packet_frames {
        words(&[2, count - 1, track.packet_frames, 1, last])
    } else {
        words(&[1, count, last])
    }
}

fn chunk_runs(count: u32) -> Vec<u8> {
    let per_chunk = CHUNK_PACKETS as u32;
    let (full, rest) = (count / per_chunk, count % per_chunk);
    match (full, rest) {
        (0, rest) => words(&[1, 1, rest, 1]),
        (_, 0) => words(&[1, 1, per_chunk, 1]),
        (full, rest) => words(&[2, 1, per_chunk, 1, full + 1, rest, 1]),
    }
}

fn chunk_offsets(track: &Track, first_byte: u32) -> Vec<u8> {
    let mut at = first_byte;
    let mut offsets = vec![track.packet_bytes.len().div_ceil(CHUNK_PACKETS) as u32];
    for chunk in track.packet_bytes.chunks(CHUNK_PACKETS) {
        offsets.push(at);
        at = chunk.iter().fold(at, |at, &bytes| at.wrapping_add(bytes));
    }
    words(&offsets)
}
