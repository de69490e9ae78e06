//! ASF ("Advanced Systems Format Specification", revision 01.20.03) for one stream of packets of one length: one packet
//! of audio in each data packet, so that every size is known before the first.

use crate::Result;
use crate::tags::Tags;
use crate::tags::write::asf::{self, object};

/// GUIDs as they stand in a file: clause 10 of the specification.
const HEADER: [u8; 16] = [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0, 0xAA, 0, 0x62, 0xCE, 0x6C];
const DATA: [u8; 16] = [0x36, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0, 0xAA, 0, 0x62, 0xCE, 0x6C];
const FILE: [u8; 16] = [0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0, 0xC0, 0x0C, 0x20, 0x53, 0x65];
const STREAM: [u8; 16] = [0x91, 7, 0xDC, 0xB7, 0xB7, 0xA9, 0xCF, 0x11, 0x8E, 0xE6, 0, 0xC0, 0x0C, 0x20, 0x53, 0x65];
const EXTENSION: [u8; 16] = [0xB5, 3, 0xBF, 0x5F, 0x2E, 0xA9, 0xCF, 0x11, 0x8E, 0xE3, 0, 0xC0, 0x0C, 0x20, 0x53, 0x65];
const EXTENSION_RESERVED: [u8; 16] =
    [0x11, 0xD2, 0xD3, 0xAB, 0xBA, 0xA9, 0xCF, 0x11, 0x8E, 0xE6, 0, 0xC0, 0x0C, 0x20, 0x53, 0x65];
const AUDIO: [u8; 16] = [0x40, 0x9E, 0x69, 0xF8, 0x4D, 0x5B, 0xCF, 0x11, 0xA8, 0xFD, 0, 0x80, 0x5F, 0x5C, 0x44, 0x2B];
const SPREAD: [u8; 16] = [0x50, 0xCD, 0xC3, 0xBF, 0x8F, 0x61, 0xCF, 0x11, 0x8B, 0xB2, 0, 0xAA, 0, 0xB4, 0xE2, 0x20];

/// Bytes that lead the audio in each data packet.
pub const PACKET_HEADER_BYTES: u64 = 26;
/// Bytes of the data object before its first packet.
const DATA_HEADER_BYTES: u64 = 50;
/// Bytes of a header object before the objects in it.
const HEADER_BYTES: u64 = 30;
/// Players fill a buffer of so many milliseconds before they begin; times in the file are later by it.
const PREROLL_MS: u64 = 3_000;
/// Times of whole files are counted in steps of 100 ns.
const STEPS_PER_S: u64 = 10_000_000;
const STEPS_PER_MS: u64 = 10_000;

/// The stream, as far as its container must know it.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// Frames per second.
    pub rate_hz: u32,
    /// One or two.
    pub channels: u8,
    /// Bits per second.
    pub bits_per_s: u32,
    /// Bytes of each packet of audio.
    pub packet_bytes: u32,
    /// Frames of each packet.
    pub packet_frames: u32,
    /// Packets.
    pub packets: u64,
    /// Frames of music.
    pub length_frames: u64,
    /// Tells this file from others.
    pub id: u32,
}

impl Stream {
    fn data_packet_bytes(&self) -> u64 {
        u64::from(self.packet_bytes) + PACKET_HEADER_BYTES
    }

    /// Bytes of all data packets.
    pub fn body_bytes(&self) -> u64 {
        self.packets * self.data_packet_bytes()
    }

    fn file_id(&self) -> [u8; 16] {
        let mut id = *b"gramovar\0\0\0\0wma\x01";
        id[8..12].copy_from_slice(&self.id.to_le_bytes());
        id
    }

    fn at_ms(&self, frame: u64) -> u64 {
        frame * 1_000 / u64::from(self.rate_hz)
    }
}

/// What leads the audio of packet `number`: one payload, no padding (clause 5.2).
pub fn packet_header(stream: &Stream, number: u64) -> Vec<u8> {
    let frames = u64::from(stream.packet_frames);
    let from_ms = stream.at_ms(number * frames);
    let duration_ms = stream.at_ms((number + 1) * frames) - from_ms;
    let time = ((from_ms + PREROLL_MS) as u32).to_le_bytes();
    // Error correction data, no lengths, the widths of the fields below.
    let mut header = vec![0x82, 0, 0, 0, 0x5D];
    header.extend(time);
    header.extend((duration_ms as u16).to_le_bytes());
    // Stream 1, every packet a key frame; its number, offset 0, 8 bytes that follow.
    header.extend([0x81, number as u8, 0, 0, 0, 0, 8]);
    header.extend(stream.packet_bytes.to_le_bytes());
    header.extend(time);
    header
}

/// Everything before the first data packet.
pub fn head(stream: &Stream, tags: &Tags) -> Result<Vec<u8>> {
    let tags = asf::objects(tags)?;
    let extension = [
        &EXTENSION_RESERVED[..],
        &6u16.to_le_bytes(),
        &(tags.in_extension.len() as u32).to_le_bytes(),
        &tags.in_extension,
    ]
    .concat();
    let rest = [stream_properties(stream), object(&EXTENSION, &extension), tags.in_header].concat();
    let file_object_bytes = file_properties(stream, 0).len() as u64;
    let header_bytes = HEADER_BYTES + file_object_bytes + rest.len() as u64;
    let file_bytes = header_bytes + DATA_HEADER_BYTES + stream.body_bytes();
    let mut head = HEADER.to_vec();
    head.extend(header_bytes.to_le_bytes());
    head.extend((3 + tags.in_header_count).to_le_bytes());
    head.extend([1, 2]);
    head.extend(file_properties(stream, file_bytes));
    head.extend(rest);
    head.extend(DATA);
    head.extend((DATA_HEADER_BYTES + stream.body_bytes()).to_le_bytes());
    head.extend(stream.file_id());
    head.extend(stream.packets.to_le_bytes());
    head.extend([1, 1]);
    Ok(head)
}

/// Clause 3.2. Created at no time at all: the head must not depend on when it was made.
fn file_properties(stream: &Stream, file_bytes: u64) -> Vec<u8> {
    let rate_hz = u128::from(stream.rate_hz);
    let music = (u128::from(stream.length_frames) * u128::from(STEPS_PER_S) / rate_hz) as u64;
    let sent =
        (u128::from(stream.packets * u64::from(stream.packet_frames)) * u128::from(STEPS_PER_S) / rate_hz) as u64;
    let mut body = stream.file_id().to_vec();
    for field in [file_bytes, 0, stream.packets, music + PREROLL_MS * STEPS_PER_MS, sent, PREROLL_MS] {
        body.extend(field.to_le_bytes());
    }
    // Seekable; every packet of the same length.
    let packet = stream.data_packet_bytes() as u32;
    for field in [2, packet, packet, stream.bits_per_s] {
        body.extend(field.to_le_bytes());
    }
    object(&FILE, &body)
}

/// Clause 3.3, with WAVEFORMATEX and the ten bytes in which WMA 2 keeps its options.
fn stream_properties(stream: &Stream) -> Vec<u8> {
    const WMA_2: u16 = 0x161;
    const OPTIONS: [u8; 10] = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    let packet = (stream.packet_bytes as u16).to_le_bytes();
    let mut format = WMA_2.to_le_bytes().to_vec();
    format.extend(u16::from(stream.channels).to_le_bytes());
    format.extend(stream.rate_hz.to_le_bytes());
    format.extend((stream.bits_per_s / 8).to_le_bytes());
    format.extend(packet);
    format.extend(16u16.to_le_bytes());
    format.extend((OPTIONS.len() as u16).to_le_bytes());
    format.extend(OPTIONS);
    let correction = [&[1], &packet[..], &packet, &[1, 0, 0]].concat();
    let mut body = [AUDIO, SPREAD].concat();
    body.extend(0u64.to_le_bytes());
    body.extend((format.len() as u32).to_le_bytes());
    body.extend((correction.len() as u32).to_le_bytes());
    // Stream number 1.
    body.extend(1u16.to_le_bytes());
    body.extend(0u32.to_le_bytes());
    body.extend(format);
    body.extend(correction);
    object(&STREAM, &body)
}
