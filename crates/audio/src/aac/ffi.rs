//! The only unsafe code of the AAC codec: Fraunhofer's FDK encoder, one packet of 1,024 frames at a time. Built with the
//! feature `aac` alone; `without.rs` stands in for it elsewhere.

use std::ffi::{CStr, c_void};
use std::ptr::{null, null_mut};

use fdk_aac_sys as sys;

use super::{PACKET_FRAMES, Rate};
use crate::pcm::Spec;
use crate::{Error, Result};

/// Why AAC cannot be made by this build.
pub const WHY_NOT: Option<&str> = None;

/// AAC-LC (14496-3, table 1.17).
const OBJECT_TYPE: u32 = 2;
/// Samples come in the order of WAVE_FORMAT_EXTENSIBLE.
const WAVE_ORDER: u32 = 1;
/// Packets alone, without any transport around them.
const RAW: u32 = 0;
/// Analysis by synthesis: better for its time.
const AFTERBURNER: u32 = 1;
/// No packet is longer, for so many channels at once (6,144 bits each).
const MAX_PACKET_BYTES: usize = 768 * super::MAX_CHANNELS as usize;
/// `FDK_MODULE_LAST`: entries of the library's list of its parts.
const MODULES: usize = sys::FDK_MODULE_ID_FDK_MODULE_LAST as usize;

/// A fresh encoder.
pub struct Encoder {
    raw: sys::HANDLE_AACENCODER,
    packet_samples: usize,
    packet: Vec<u8>,
}

/// The library's version text.
pub fn version() -> String {
    // SAFETY: the struct is plain data, for which zeros are valid; the library fills at most `MODULES` of them.
    let mut parts: [sys::LIB_INFO; MODULES] = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    unsafe { sys::aacEncGetLibInfo(parts.as_mut_ptr()) };
    let encoder = parts.iter().find(|p| p.module_id == sys::FDK_MODULE_ID_FDK_AACENC);
    let text = encoder.map(|p| {
        // SAFETY: the library writes a NUL-terminated text into the fixed array.
        unsafe { CStr::from_ptr(p.versionStr.as_ptr()) }.to_string_lossy().into_owned()
    });
    format!("fdk-aac {}", text.unwrap_or_default())
}

impl Encoder {
    /// An encoder for 1, 2, 3, 5 or 6 channels at a rate that AAC has.
    pub fn new(spec: &Spec, rate: Rate) -> Result<Encoder> {
        let mut raw = null_mut();
        let channels = u32::from(spec.channels);
        // SAFETY: `raw` takes the handle; 1 asks for the core encoder without SBR.
        let opened = unsafe { sys::aacEncOpen(&mut raw, 1, channels) };
        if opened != sys::AACENC_ERROR_AACENC_OK || raw.is_null() {
            return Err(Error::Encoder(format!("fdk-aac has no memory ({opened:#x})")));
        }
        let packet_samples = PACKET_FRAMES as usize * usize::from(spec.channels);
        let encoder = Encoder { raw, packet_samples, packet: vec![0; MAX_PACKET_BYTES] };
        encoder.set(sys::AACENC_PARAM_AACENC_AOT, OBJECT_TYPE)?;
        encoder.set(sys::AACENC_PARAM_AACENC_SAMPLERATE, spec.rate_hz)?;
        // For these counts the channel mode is the channel configuration of MPEG.
        encoder.set(sys::AACENC_PARAM_AACENC_CHANNELMODE, channels)?;
        encoder.set(sys::AACENC_PARAM_AACENC_CHANNELORDER, WAVE_ORDER)?;
        encoder.set(sys::AACENC_PARAM_AACENC_TRANSMUX, RAW)?;
        encoder.set(sys::AACENC_PARAM_AACENC_AFTERBURNER, AFTERBURNER)?;
        encoder.set_rate(rate)?;
        // SAFETY: no buffers: the call only takes the settings over.
        let ready = unsafe { sys::aacEncEncode(encoder.raw, null(), null(), null(), null_mut()) };
        match ready {
            sys::AACENC_ERROR_AACENC_OK => Ok(encoder),
            code => Err(Error::Encoder(format!("fdk-aac refused its settings ({rate:?}, {spec:?}, {code:#x})"))),
        }
    }

    fn set_rate(&self, rate: Rate) -> Result<()> {
        match rate {
            Rate::Constant { bits_per_second, bandwidth_hz } => {
                self.set(sys::AACENC_PARAM_AACENC_BITRATEMODE, 0)?;
                self.set(sys::AACENC_PARAM_AACENC_BITRATE, bits_per_second)?;
                // No packet may borrow from another.
                self.set(sys::AACENC_PARAM_AACENC_PEAK_BITRATE, bits_per_second)?;
                self.set(sys::AACENC_PARAM_AACENC_BANDWIDTH, bandwidth_hz)
            }
            Rate::Variable { level, bandwidth_hz } => {
                self.set(sys::AACENC_PARAM_AACENC_BITRATEMODE, level)?;
                self.set(sys::AACENC_PARAM_AACENC_BANDWIDTH, bandwidth_hz)
            }
        }
    }

    fn set(&self, parameter: sys::AACENC_PARAM, value: u32) -> Result<()> {
        // SAFETY: a live encoder and plain numbers.
        let code = unsafe { sys::aacEncoder_SetParam(self.raw, parameter, value) };
        match code {
            sys::AACENC_ERROR_AACENC_OK => Ok(()),
            code => Err(Error::Encoder(format!("fdk-aac refused {value} for setting {parameter:#x} ({code:#x})"))),
        }
    }

    /// The encoder's delay in frames and its AudioSpecificConfig.
    pub fn facts(&self) -> Result<(u64, Vec<u8>)> {
        // SAFETY: plain data, for which zeros are valid.
        let mut info: sys::AACENC_InfoStruct = unsafe { std::mem::zeroed() };
        // SAFETY: a live encoder and a place for what it says.
        let code = unsafe { sys::aacEncInfo(self.raw, &mut info) };
        let config = info.confBuf.get(..info.confSize as usize);
        match (code, config) {
            (sys::AACENC_ERROR_AACENC_OK, Some(config)) => Ok((u64::from(info.nDelay), config.to_vec())),
            _ => Err(Error::Encoder(format!("fdk-aac says nothing of itself ({code:#x})"))),
        }
    }

    /// Encodes `PACKET_FRAMES` interleaved frames into one packet.
    pub fn encode(&mut self, samples: &[i16]) -> Result<&[u8]> {
        if samples.len() != self.packet_samples {
            return Err(Error::Encoder("fdk-aac was given part of a packet".into()));
        }
        let (mut input, mut output) = (samples.as_ptr() as *mut c_void, self.packet.as_mut_ptr() as *mut c_void);
        let (mut input_id, mut output_id) =
            (sys::AACENC_BufferIdentifier_IN_AUDIO_DATA as i32, sys::AACENC_BufferIdentifier_OUT_BITSTREAM_DATA as i32);
        let (mut input_bytes, mut output_bytes) = (size_of_val(samples) as i32, self.packet.len() as i32);
        let (mut input_element, mut output_element) = (size_of::<i16>() as i32, size_of::<u8>() as i32);
        let from = sys::AACENC_BufDesc {
            numBufs: 1,
            bufs: &mut input,
            bufferIdentifiers: &mut input_id,
            bufSizes: &mut input_bytes,
            bufElSizes: &mut input_element,
        };
        let to = sys::AACENC_BufDesc {
            numBufs: 1,
            bufs: &mut output,
            bufferIdentifiers: &mut output_id,
            bufSizes: &mut output_bytes,
            bufElSizes: &mut output_element,
        };
        let given = sys::AACENC_InArgs { numInSamples: samples.len() as i32, numAncBytes: 0 };
        let mut made = sys::AACENC_OutArgs { numOutBytes: 0, numInSamples: 0, numAncBytes: 0, bitResState: 0 };
        // SAFETY: both descriptions name live buffers with their true sizes; the input is only read.
        let code = unsafe { sys::aacEncEncode(self.raw, &from, &to, &given, &mut made) };
        if code != sys::AACENC_ERROR_AACENC_OK || made.numInSamples != given.numInSamples {
            return Err(Error::Encoder(format!("fdk-aac stopped ({code:#x})")));
        }
        match usize::try_from(made.numOutBytes) {
            Ok(bytes @ 1..) => Ok(&self.packet[..bytes.min(self.packet.len())]),
            _ => Err(Error::Encoder("fdk-aac made no packet".into())),
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by aacEncOpen and closed once. What it says changes nothing any more.
        unsafe { sys::aacEncClose(&mut self.raw) };
    }
}
