//! The only unsafe code of the Opus codec: libopus, one 20 ms packet at a time.

use std::ffi::{CStr, c_int};

use opusic_sys as sys;

use super::{PACKET_FRAMES, RATE_HZ};
use crate::{Error, Result};

/// What libopus calls the slowest and best.
const COMPLEXITY: c_int = 10;
/// Room for a packet. 1,275 bytes are the most for a packet of 20 ms of one stream (RFC 6716 §3.4); several streams share
/// what six lacing values of a page hold, far above any rate on offer.
pub const MAX_PACKET_BYTES: [usize; 2] = [1_275, 6 * 255 - 1];
/// Speakers in Vorbis' order, with several streams (RFC 7845 §5.1.1.2).
const SURROUND_FAMILY: c_int = 1;

/// One stream of one or two channels, or several streams.
enum Raw {
    Single(*mut sys::OpusEncoder),
    Surround(*mut sys::OpusMSEncoder),
}

/// Which stream carries which channel (RFC 7845 §5.1.1).
pub struct Mapping {
    pub streams: u8,
    /// How many of them carry two channels; they come first.
    pub coupled: u8,
    /// For each channel in Vorbis' order the number of the decoded channel.
    pub table: Vec<u8>,
}

/// A fresh encoder.
pub struct Encoder {
    raw: Raw,
    channels: usize,
    packet: Vec<u8>,
}

/// libopus' version text.
pub fn version() -> String {
    // SAFETY: a static NUL-terminated string.
    unsafe { CStr::from_ptr(sys::opus_get_version_string()) }.to_string_lossy().into_owned()
}

/// How libopus spreads so many channels over streams.
pub fn mapping(channels: u8) -> Result<Mapping> {
    surround(channels).map(|(_, mapping)| mapping)
}

/// An encoder of several streams, dropped with the `Encoder`.
fn surround(channels: u8) -> Result<(Encoder, Mapping)> {
    let (mut streams, mut coupled, mut error) = (0, 0, 0);
    let mut table = vec![0; usize::from(channels)];
    // SAFETY: plain numbers, places for three numbers, and a table of as many bytes as channels.
    let raw = unsafe {
        sys::opus_multistream_surround_encoder_create(
            RATE_HZ as i32,
            c_int::from(channels),
            SURROUND_FAMILY,
            &mut streams,
            &mut coupled,
            table.as_mut_ptr(),
            sys::OPUS_APPLICATION_AUDIO,
            &mut error,
        )
    };
    if raw.is_null() || error != 0 {
        return Err(Error::Encoder(format!("libopus has no encoder of {channels} channels ({error})")));
    }
    let packet = vec![0; MAX_PACKET_BYTES[1]];
    let encoder = Encoder { raw: Raw::Surround(raw), channels: table.len(), packet };
    Ok((encoder, Mapping { streams: streams as u8, coupled: coupled as u8, table }))
}

fn single(channels: u8) -> Result<Encoder> {
    let mut error = 0;
    let application = sys::OPUS_APPLICATION_AUDIO;
    // SAFETY: plain numbers and a place for the error.
    let raw = unsafe { sys::opus_encoder_create(RATE_HZ as i32, c_int::from(channels), application, &mut error) };
    if raw.is_null() || error != 0 {
        return Err(Error::Encoder(format!("libopus has no encoder ({error})")));
    }
    Ok(Encoder { raw: Raw::Single(raw), channels: usize::from(channels), packet: vec![0; MAX_PACKET_BYTES[0]] })
}

impl Encoder {
    /// An encoder for one to eight channels at 48 kHz; `kbps` is the rate of all together.
    pub fn new(channels: u8, kbps: u32, variable: bool) -> Result<Encoder> {
        let encoder = if channels > 2 { surround(channels)?.0 } else { single(channels)? };
        encoder.set(sys::OPUS_SET_BITRATE_REQUEST, kbps as c_int * 1_000)?;
        encoder.set(sys::OPUS_SET_VBR_REQUEST, c_int::from(variable))?;
        encoder.set(sys::OPUS_SET_VBR_CONSTRAINT_REQUEST, 0)?;
        encoder.set(sys::OPUS_SET_COMPLEXITY_REQUEST, COMPLEXITY)?;
        Ok(encoder)
    }

    fn set(&self, request: c_int, value: c_int) -> Result<()> {
        // SAFETY: all requests used here take one int.
        let result = unsafe {
            match self.raw {
                Raw::Single(raw) => sys::opus_encoder_ctl(raw, request, value),
                Raw::Surround(raw) => sys::opus_multistream_encoder_ctl(raw, request, value),
            }
        };
        if result == 0 { Ok(()) } else { Err(Error::Encoder(format!("libopus refused setting {request} ({result})"))) }
    }

    /// Frames by which the decoded sound is later than the input.
    pub fn look_ahead_frames(&self) -> Result<u64> {
        let (mut frames, request): (c_int, _) = (0, sys::OPUS_GET_LOOKAHEAD_REQUEST);
        // SAFETY: this request writes one int.
        let result = unsafe {
            match self.raw {
                Raw::Single(raw) => sys::opus_encoder_ctl(raw, request, &raw mut frames),
                Raw::Surround(raw) => sys::opus_multistream_encoder_ctl(raw, request, &raw mut frames),
            }
        };
        u64::try_from(frames).ok().filter(|_| result == 0).ok_or_else(|| Error::Encoder("libopus has no delay".into()))
    }

    /// Encodes one packet of `PACKET_FRAMES` interleaved frames, channels in Vorbis' order.
    pub fn encode(&mut self, samples: &[f32]) -> Result<&[u8]> {
        if samples.len() != PACKET_FRAMES as usize * self.channels {
            return Err(Error::Encoder("libopus was given part of a packet".into()));
        }
        let (frames, room) = (PACKET_FRAMES as c_int, self.packet.len() as i32);
        let (samples, packet) = (samples.as_ptr(), self.packet.as_mut_ptr());
        // SAFETY: `samples` holds one packet of samples, as was checked; the buffer `room` bytes.
        let written = unsafe {
            match self.raw {
                Raw::Single(raw) => sys::opus_encode_float(raw, samples, frames, packet, room),
                Raw::Surround(raw) => sys::opus_multistream_encode_float(raw, samples, frames, packet, room),
            }
        };
        let length = usize::try_from(written).map_err(|_| Error::Encoder(format!("libopus stopped with {written}")))?;
        Ok(&self.packet[..length])
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by the function of its kind and destroyed once.
        unsafe {
            match self.raw {
                Raw::Single(raw) => sys::opus_encoder_destroy(raw),
                Raw::Surround(raw) => sys::opus_multistream_encoder_destroy(raw),
            }
        }
    }
}
