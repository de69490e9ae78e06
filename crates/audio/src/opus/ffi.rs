//! The only unsafe code of the Opus codec: libopus, one 20 ms packet at a time.

use std::ffi::{CStr, c_int};

use opusic_sys as sys;

use super::{PACKET_FRAMES, RATE_HZ};
use crate::{Error, Result};

/// What libopus calls the slowest and best.
const COMPLEXITY: c_int = 10;
/// libopus never makes a packet of 20 ms longer than this (RFC 6716 §3.4).
pub const MAX_PACKET_BYTES: usize = 1_275;

/// A fresh encoder.
pub struct Encoder {
    raw: *mut sys::OpusEncoder,
    channels: usize,
    packet: Vec<u8>,
}

/// libopus' version text.
pub fn version() -> String {
    // SAFETY: a static NUL-terminated string.
    unsafe { CStr::from_ptr(sys::opus_get_version_string()) }.to_string_lossy().into_owned()
}

impl Encoder {
    /// An encoder for one or two channels at 48 kHz.
    pub fn new(channels: u8, kbps: u32, variable: bool) -> Result<Encoder> {
        let mut error = 0;
        let application = sys::OPUS_APPLICATION_AUDIO;
        // SAFETY: plain numbers and a place for the error.
        let raw = unsafe { sys::opus_encoder_create(RATE_HZ as i32, c_int::from(channels), application, &mut error) };
        if raw.is_null() || error != 0 {
            return Err(Error::Encoder(format!("libopus has no encoder ({error})")));
        }
        let encoder = Encoder { raw, channels: usize::from(channels), packet: vec![0; MAX_PACKET_BYTES] };
        encoder.set(sys::OPUS_SET_BITRATE_REQUEST, kbps as c_int * 1_000)?;
        encoder.set(sys::OPUS_SET_VBR_REQUEST, c_int::from(variable))?;
        encoder.set(sys::OPUS_SET_VBR_CONSTRAINT_REQUEST, 0)?;
        encoder.set(sys::OPUS_SET_COMPLEXITY_REQUEST, COMPLEXITY)?;
        Ok(encoder)
    }

    fn set(&self, request: c_int, value: c_int) -> Result<()> {
        // SAFETY: all requests used here take one int.
        let result = unsafe { sys::opus_encoder_ctl(self.raw, request, value) };
        if result == 0 { Ok(()) } else { Err(Error::Encoder(format!("libopus refused setting {request} ({result})"))) }
    }

    /// Frames by which the decoded sound is later than the input.
    pub fn look_ahead_frames(&self) -> Result<u64> {
        let mut frames: c_int = 0;
        // SAFETY: this request writes one int.
        let result = unsafe { sys::opus_encoder_ctl(self.raw, sys::OPUS_GET_LOOKAHEAD_REQUEST, &raw mut frames) };
        u64::try_from(frames).ok().filter(|_| result == 0).ok_or_else(|| Error::Encoder("libopus has no delay".into()))
    }

    /// Encodes one packet of `PACKET_FRAMES` interleaved frames.
    pub fn encode(&mut self, samples: &[f32]) -> Result<&[u8]> {
        if samples.len() != PACKET_FRAMES as usize * self.channels {
            return Err(Error::Encoder("libopus was given part of a packet".into()));
        }
        let (frames, room) = (PACKET_FRAMES as c_int, self.packet.len() as i32);
        // SAFETY: `samples` holds one packet of samples, as was checked; the buffer `room` bytes.
        let written =
            unsafe { sys::opus_encode_float(self.raw, samples.as_ptr(), frames, self.packet.as_mut_ptr(), room) };
        let length = usize::try_from(written).map_err(|_| Error::Encoder(format!("libopus stopped with {written}")))?;
        Ok(&self.packet[..length])
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by opus_encoder_create and destroyed once.
        unsafe { sys::opus_encoder_destroy(self.raw) };
    }
}
