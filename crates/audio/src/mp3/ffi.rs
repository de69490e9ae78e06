//! The only unsafe code of the MP3 codec: LAME, fed with floats and asked for frames.

use std::ffi::{CStr, c_int};

use mp3lame_sys as sys;

use crate::pcm::Spec;
use crate::{Error, Result};

/// What LAME is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Constant, reservoir off: every frame stands alone.
    Constant {
        /// kbit/s
        kbps: u32,
    },
    /// Average.
    Average {
        /// kbit/s
        kbps: u32,
    },
    /// Variable, V0 to V9.
    Variable {
        /// 0 is best.
        level: u32,
    },
}

/// `-q`: noise shaping and psychoacoustics; 3 measured as good as 0 and 40 % cheaper.
const QUALITY: c_int = 3;
/// LAME's own statement of what a call can write beyond 1.25 × the samples (lame.h).
const MP3_BUFFER_SLACK_BYTES: usize = 7_200;

/// A fresh encoder.
pub struct Encoder {
    raw: sys::lame_t,
    buffer: Vec<u8>,
}

/// LAME's version text.
pub fn version() -> String {
    // SAFETY: a static NUL-terminated string.
    unsafe { CStr::from_ptr(sys::get_lame_version()) }.to_string_lossy().into_owned()
}

impl Encoder {
    /// An encoder for one or two channels at a rate that MPEG has.
    pub fn new(spec: &Spec, rate: Rate) -> Result<Encoder> {
        // SAFETY: no arguments; NULL is checked.
        let raw = unsafe { sys::lame_init() };
        if raw.is_null() {
            return Err(Error::Encoder("LAME has no memory".into()));
        }
        let encoder = Encoder { raw, buffer: Vec::new() };
        let mode = if spec.channels == 1 { sys::MPEG_mode::MONO } else { sys::MPEG_mode::JOINT_STEREO };
        let mut ok = 0;
        // SAFETY: `raw` is a fresh encoder; all setters take plain numbers.
        unsafe {
            ok |= sys::lame_set_in_samplerate(raw, spec.rate_hz as c_int);
            ok |= sys::lame_set_out_samplerate(raw, spec.rate_hz as c_int);
            ok |= sys::lame_set_num_channels(raw, c_int::from(spec.channels));
            ok |= sys::lame_set_mode(raw, mode);
            ok |= sys::lame_set_quality(raw, QUALITY);
            ok |= sys::lame_set_bWriteVbrTag(raw, 0);
            ok |= sys::lame_set_findReplayGain(raw, 0);
            sys::lame_set_write_id3tag_automatic(raw, 0);
            ok |= set_rate(raw, rate);
            ok |= sys::lame_init_params(raw);
        }
        if ok != 0 {
            return Err(Error::Encoder(format!("LAME refused its settings ({rate:?}, {} Hz)", spec.rate_hz)));
        }
        Ok(encoder)
    }

    /// Encodes samples of full scale ±32768 and returns what came out; for mono both sides are the same slice.
    pub fn encode(&mut self, left: &[f32], right: &[f32]) -> Result<&[u8]> {
        let frames = left.len().min(right.len());
        self.buffer.resize(frames * 5 / 4 + MP3_BUFFER_SLACK_BYTES, 0);
        let room = self.buffer.len() as c_int;
        // SAFETY: both slices hold at least `frames` samples, the buffer `room` bytes.
        let written = unsafe {
            let (left, right) = (left.as_ptr(), right.as_ptr());
            sys::lame_encode_buffer_float(self.raw, left, right, frames as c_int, self.buffer.as_mut_ptr(), room)
        };
        self.written(written)
    }

    /// Ends the bit stream after the frame encoded last and returns the rest of it: the next frame refers to nothing before
    /// it (its reservoir is empty), while filters, windows and psychoacoustics go on. LAME's `--nogap` cuts albums so.
    pub fn cut(&mut self) -> Result<&[u8]> {
        self.buffer.resize(MP3_BUFFER_SLACK_BYTES, 0);
        let room = self.buffer.len() as c_int;
        // SAFETY: the buffer holds `room` bytes.
        let written = unsafe { sys::lame_encode_flush_nogap(self.raw, self.buffer.as_mut_ptr(), room) };
        self.written(written)
    }

    /// MP3 frames encoded since the beginning.
    pub fn frames(&self) -> u64 {
        // SAFETY: a live encoder.
        u64::try_from(unsafe { sys::lame_get_frameNum(self.raw) }).unwrap_or(0)
    }

    fn written(&self, written: c_int) -> Result<&[u8]> {
        let length = usize::try_from(written).map_err(|_| Error::Encoder(format!("LAME stopped with {written}")))?;
        Ok(&self.buffer[..length])
    }
}

/// # Safety
/// `raw` is a live encoder whose parameters aren't initialised yet.
unsafe fn set_rate(raw: sys::lame_t, rate: Rate) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        match rate {
            Rate::Constant { kbps } => {
                sys::lame_set_VBR(raw, sys::vbr_mode::vbr_off)
                    | sys::lame_set_brate(raw, kbps as c_int)
                    | sys::lame_set_disable_reservoir(raw, 1)
            }
            Rate::Average { kbps } => {
                sys::lame_set_VBR(raw, sys::vbr_mode::vbr_abr) | sys::lame_set_VBR_mean_bitrate_kbps(raw, kbps as c_int)
            }
            Rate::Variable { level } => {
                sys::lame_set_VBR(raw, sys::vbr_mode::vbr_mtrh) | sys::lame_set_VBR_quality(raw, level as f32)
            }
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by lame_init and closed once.
        unsafe { sys::lame_close(self.raw) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        /// `lame/huffman.c`
        fn gramovar_lame_same(seed: u32) -> c_int;
    }

    #[test]
    fn what_is_compiled_anew_chooses_as_lame_itself() {
        let spec = Spec { rate_hz: 44_100, channels: 2, bits: 32, float: true };
        let _tables = Encoder::new(&spec, Rate::Constant { kbps: 128 }).expect("an encoder");
        for seed in 0..20_000 {
            // SAFETY: takes a number, and LAME's tables are made.
            assert_eq!(unsafe { gramovar_lame_same(seed) }, 1, "lines of seed {seed}");
        }
    }
}
