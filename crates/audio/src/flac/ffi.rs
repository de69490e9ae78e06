//! The only unsafe code of the FLAC codec: a libFLAC stream encoder that hands out frames.

use std::ffi::{CStr, c_int, c_void};
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

unsafe extern "C" {
    /// libFLAC's own switch for its tests (share/private.h): no kernels that use these instructions.
    fn FLAC__stream_encoder_disable_instruction_set(encoder: *mut sys::FLAC__StreamEncoder, sets: c_int) -> c_int;
    /// The switch that flac has for files without an MD5 (share/private.h): a segment's MD5 is of no use to anybody.
    fn FLAC__stream_encoder_set_do_md5(encoder: *mut sys::FLAC__StreamEncoder, value: c_int) -> c_int;
}

/// No kernel needs to be left out: all but one compute with integers and give the same on every machine, and the one that
/// sums floats is ours where libFLAC would fuse multiplication with addition (`autocorrelation.c`).
const DISABLED: c_int = 0;

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
        Encoder::without(DISABLED, spec, level, block_frames)
    }

    /// The same without the kernels that use some instructions.
    fn without(disabled: c_int, spec: &Spec, level: u32, block_frames: u32) -> Result<Encoder> {
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
            FLAC__stream_encoder_disable_instruction_set(raw, disabled);
            FLAC__stream_encoder_set_do_md5(raw, 0);
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

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK_FRAMES: u32 = 4_096;

    fn encoded(disabled: c_int, bits: u8, level: u32) -> Vec<u8> {
        let spec = Spec { rate_hz: 44_100, channels: 2, bits, float: false };
        let full = f64::from(1 << (bits - 1));
        let mut noise = 1u32;
        let mut sample = |i: usize| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = (i / 2) as f64 / 44_100.0;
            let tones = (t * 2_765.0).sin() + 0.5 * (t * 9_100.0 + (i % 2) as f64).cos() + 0.2 * (t * 31_007.0).sin();
            (full * (0.4 * tones + 0.002 * f64::from(noise >> 8) / f64::from(1 << 24))) as i32
        };
        let samples: Vec<i32> = (0..2 * 120_000).map(&mut sample).collect();
        let mut encoder = Encoder::without(disabled, &spec, level, BLOCK_FRAMES).expect("an encoder");
        let mut frames = encoder.process(&samples, samples.len() / 2, 2).expect("frames");
        frames.extend(encoder.finish().expect("frames"));
        frames.concat()
    }

    #[test]
    fn the_machine_it_runs_on_does_not_change_a_byte() {
        // Fused multiplication, AVX2, SSE4.2, SSE4.1 and SSSE3 in turn; SSE2 is what every machine of 64 bits has.
        for (bits, level) in [(16, 5), (16, 8), (24, 5), (24, 8), (16, 2)] {
            let here = encoded(DISABLED, bits, level);
            for older in [32, 32 + 16, 32 + 16 + 64, 32 + 16 + 64 + 8, 32 + 16 + 64 + 8 + 4] {
                assert!(encoded(DISABLED | older, bits, level) == here, "{bits} bits, level {level}, without {older}");
            }
        }
    }
}
