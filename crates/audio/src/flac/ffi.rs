//! The only unsafe code of the FLAC codec: a libFLAC stream encoder that hands out frames.

use std::ffi::{CStr, c_void};
use std::ptr;

use libflac_sys as sys;

use crate::pcm::Spec;
use crate::{Error, Result};

/// A fresh encoder for one segment.
pub struct Encoder {
    raw: *mut sys::FLAC__StreamEncoder,
    /// Boxed, since libFLAC holds its address.
    frames: Box<Frames>,
}

/// Frames made since the last call.
#[derive(Default)]
struct Frames(Vec<Vec<u8>>);

/// libFLAC's version text.
pub fn version() -> String {
    // SAFETY: a static NUL-terminated string.
    unsafe { CStr::from_ptr(sys::FLAC__VERSION_STRING) }.to_string_lossy().into_owned()
}

unsafe extern "C" fn write(
    _: *const sys::FLAC__StreamEncoder,
    buffer: *const u8,
    bytes: usize,
    samples: u32,
    _: u32,
    frames: *mut c_void,
) -> sys::FLAC__StreamEncoderWriteStatus {
    // Without samples it is metadata, which is made elsewhere.
    if samples > 0 {
        // SAFETY: `frames` is the address given to init_stream, alive as long as the encoder; `buffer` has `bytes` bytes.
        unsafe { (*frames.cast::<Frames>()).0.push(std::slice::from_raw_parts(buffer, bytes).to_vec()) };
    }
    sys::FLAC__STREAM_ENCODER_WRITE_STATUS_OK
}

impl Encoder {
    /// An encoder of the given level (0 to 8) and block size for integer samples.
    pub fn new(spec: &Spec, level: u32, block_frames: u32) -> Result<Encoder> {
        // SAFETY: no arguments; NULL is checked.
        let raw = unsafe { sys::FLAC__stream_encoder_new() };
        if raw.is_null() {
            return Err(Error::Encoder("libFLAC has no memory".into()));
        }
        let mut encoder = Encoder { raw, frames: Box::default() };
        let frames = ptr::from_mut(encoder.frames.as_mut()).cast::<c_void>();
        // SAFETY: `raw` is a fresh encoder; the callback and its data live as long as it does.
        let status = unsafe {
            sys::FLAC__stream_encoder_set_streamable_subset(raw, 0);
            sys::FLAC__stream_encoder_set_channels(raw, u32::from(spec.channels));
            sys::FLAC__stream_encoder_set_bits_per_sample(raw, u32::from(spec.bits));
            sys::FLAC__stream_encoder_set_sample_rate(raw, spec.rate_hz);
            sys::FLAC__stream_encoder_set_compression_level(raw, level);
            sys::FLAC__stream_encoder_set_blocksize(raw, block_frames);
            sys::FLAC__stream_encoder_init_stream(raw, Some(write), None, None, None, frames)
        };
        if status != sys::FLAC__STREAM_ENCODER_INIT_STATUS_OK {
            return Err(Error::Encoder(format!("libFLAC refused its settings ({status})")));
        }
        Ok(encoder)
    }

    /// Takes interleaved samples and returns the frames that they completed.
    pub fn process(&mut self, samples: &[i32], frames: usize, channels: usize) -> Result<Vec<Vec<u8>>> {
        let frames = frames.min(samples.len() / channels.max(1)) as u32;
        // SAFETY: `samples` holds at least `frames` × channels samples.
        let ok = unsafe { sys::FLAC__stream_encoder_process_interleaved(self.raw, samples.as_ptr(), frames) };
        self.taken(ok != 0)
    }

    /// Ends the stream and returns the last frames.
    pub fn finish(&mut self) -> Result<Vec<Vec<u8>>> {
        // SAFETY: `raw` is an initialised encoder.
        let ok = unsafe { sys::FLAC__stream_encoder_finish(self.raw) };
        self.taken(ok != 0)
    }

    fn taken(&mut self, ok: bool) -> Result<Vec<Vec<u8>>> {
        if !ok {
            // SAFETY: `raw` is a live encoder.
            let state = unsafe { sys::FLAC__stream_encoder_get_state(self.raw) };
            return Err(Error::Encoder(format!("libFLAC stopped in state {state}")));
        }
        Ok(std::mem::take(&mut self.frames.0))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by FLAC__stream_encoder_new and deleted once; the callback's data still lives.
        unsafe { sys::FLAC__stream_encoder_delete(self.raw) };
    }
}
