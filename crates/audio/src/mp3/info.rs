//! The frame before the music: Xing/Info header with LAME's extension (gapless delay and padding, ReplayGain, checksum).
//! It is made from what is known before encoding, so a variable rate has no byte count and no seek table.

use super::frame::{HEADER_BYTES, Header, is_mpeg1};
use super::{ENCODER_DELAY_FRAMES, constant_bytes, end_padding, ffi, rate, total_frames};
use crate::Result;
use crate::codec::Work;
use crate::tags::Tags;

/// Bit rate of the Info frame of variable streams: room enough for it.
const VBR_FRAME_KBPS: (u32, u32) = (128, 64);

const HAS_FRAMES: u32 = 1;
const HAS_BYTES: u32 = 2;
const HAS_TOC: u32 = 4;
const HAS_QUALITY: u32 = 8;

/// The whole frame, its length fixed for a given work.
pub fn frame(work: &Work, tags: &Tags) -> Result<Vec<u8>> {
    let rate = rate(&work.setting)?;
    let kbps = match rate {
        ffi::Rate::Constant { kbps } => kbps,
        _ if is_mpeg1(&work.spec) => VBR_FRAME_KBPS.0,
        _ => VBR_FRAME_KBPS.1,
    };
    let header = Header::new(&work.spec, kbps);
    let mut frame = header.bytes().to_vec();
    frame.resize(HEADER_BYTES + header.side_info_bytes(), 0);
    let stream_bytes = match rate {
        ffi::Rate::Constant { kbps } => {
            // A stream of over 4 GiB has no place for its size.
            u32::try_from(constant_bytes(&work.spec, kbps, total_frames(work)) + header.frame_bytes() as u64).ok()
        }
        _ => None,
    };
    xing(&mut frame, work, rate, stream_bytes);
    lame(&mut frame, work, rate, tags, stream_bytes.unwrap_or(0));
    let crc = crc16(&frame);
    frame.extend(crc.to_be_bytes());
    frame.resize(header.frame_bytes().max(frame.len()), 0);
    Ok(frame)
}

/// The Xing header: frames, and for a constant rate bytes and a linear seek table.
fn xing(frame: &mut Vec<u8>, work: &Work, rate: ffi::Rate, stream_bytes: Option<u32>) {
    frame.extend(if stream_bytes.is_some() { b"Info" } else { b"Xing" });
    let flags = HAS_FRAMES | HAS_QUALITY | if stream_bytes.is_some() { HAS_BYTES | HAS_TOC } else { 0 };
    frame.extend(flags.to_be_bytes());
    frame.extend((total_frames(work) as u32).to_be_bytes());
    if let Some(bytes) = stream_bytes {
        frame.extend(bytes.to_be_bytes());
        frame.extend((0..100u32).map(|percent| (percent * 256 / 100) as u8));
    }
    // LAME's scale: 100 − 10·V − q, where the quality asked of the encoder is 3.
    let quality = match rate {
        ffi::Rate::Variable { level } => 100 - 10 * level - 3,
        _ => 57,
    };
    frame.extend(quality.to_be_bytes());
}

/// LAME's extension of the Xing header, up to its checksum (gabriel.mp3-tech.org, "Mp3 Info Tag rev 1").
fn lame(frame: &mut Vec<u8>, work: &Work, rate: ffi::Rate, tags: &Tags, stream_bytes: u32) {
    let (method, kbps) = match rate {
        ffi::Rate::Constant { kbps } => (1, kbps),
        ffi::Rate::Average { kbps } => (2, kbps),
        ffi::Rate::Variable { .. } => (4, 0),
    };
    frame.extend(b"LAME3.100");
    frame.push(method);
    // Low-pass: not stated.
    frame.push(0);
    let peak = tags.replay_gain.track_peak_millionths.unwrap_or(0).max(0);
    frame.extend((((peak << 23) / 1_000_000).min(i64::from(u32::MAX)) as u32).to_be_bytes());
    frame.extend(gain_field(1, tags.replay_gain.track_gain_cdb));
    frame.extend(gain_field(2, tags.replay_gain.album_gain_cdb));
    // Encoder flags (none) and ATH type (4).
    frame.push(4);
    frame.push(kbps.min(255) as u8);
    let (delay, padding) = (ENCODER_DELAY_FRAMES as u32, end_padding(work) as u32);
    frame.extend(&(delay << 12 | padding).to_be_bytes()[1..]);
    // Noise shaping, stereo mode, source rate: 44.1 kHz or not; MP3 gain 0; no preset.
    frame.extend([0, 0, 0, 0]);
    frame.extend(stream_bytes.to_be_bytes());
    // Checksum of the music: not known before it is made.
    frame.extend([0, 0]);
}

/// Three bits of name, three of originator (3: worked out by a program), a sign, nine bits of tenths of a dB.
fn gain_field(name: u16, gain_cdb: Option<i32>) -> [u8; 2] {
    let Some(gain_cdb) = gain_cdb else { return [0, 0] };
    let tenths = (gain_cdb.unsigned_abs() + 5) / 10;
    let sign = u16::from(gain_cdb < 0);
    (name << 13 | 3 << 10 | sign << 9 | tenths.min(511) as u16).to_be_bytes()
}

/// CRC-16 with the reflected polynomial 0xA001, start 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xA001 } else { crc >> 1 })
    })
}
