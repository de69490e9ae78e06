//! The only unsafe code of the Vorbis codec: aoTuV's libvorbis, samples in, packets out.

use std::ffi::{CStr, c_int, c_long};
use std::ptr;

use aotuv_lancer_vorbis_sys as sys;
use ogg_next_sys::ogg_packet;

use super::PUSH_FRAMES;
use crate::ogg;
use crate::pcm::Spec;
use crate::{Error, Result};

/// A packet and the position after it.
pub struct Packet {
    /// The packet.
    pub bytes: Vec<u8>,
    /// Frames that a decoder has given after it.
    pub granule: u64,
    /// Whether it is the last.
    pub last: bool,
}

/// libvorbis keeps pointers between these three, so they stay where they were made.
struct Raw {
    info: sys::vorbis_info,
    state: sys::vorbis_dsp_state,
    block: sys::vorbis_block,
}

/// A fresh encoder.
pub struct Encoder {
    raw: Box<Raw>,
    /// The place of each channel in a frame that is pushed.
    channels: &'static [usize],
}

/// libvorbis' version text.
pub fn version() -> String {
    // SAFETY: a static NUL-terminated string.
    unsafe { CStr::from_ptr(sys::vorbis_version_string()) }.to_string_lossy().into_owned()
}

fn no_packet() -> ogg_packet {
    ogg_packet { packet: ptr::null_mut(), bytes: 0, b_o_s: 0, e_o_s: 0, granulepos: 0, packetno: 0 }
}

fn check(what: &str, result: c_int) -> Result<c_int> {
    if result < 0 { Err(Error::Encoder(format!("libvorbis: {what} failed with {result}"))) } else { Ok(result) }
}

/// # Safety
/// `packet` was filled by libvorbis just now.
unsafe fn copied(packet: &ogg_packet) -> Vec<u8> {
    if packet.packet.is_null() || packet.bytes <= 0 {
        return Vec::new();
    }
    // SAFETY: libvorbis gives a pointer to so many bytes.
    unsafe { std::slice::from_raw_parts(packet.packet, packet.bytes as usize) }.to_vec()
}

impl Encoder {
    /// An encoder of quality 0 to 10, for 1 to 8 channels.
    pub fn new(spec: &Spec, quality: u32) -> Result<Encoder> {
        // SAFETY: these are plain C structures for which all zeros is a valid "not yet initialised".
        let mut raw: Box<Raw> = Box::new(unsafe { std::mem::zeroed() });
        let (channels, rate_hz) = (c_long::from(spec.channels), spec.rate_hz as c_long);
        // SAFETY: initialised in libvorbis' order; on failure the info alone is cleared, as it asks for.
        unsafe {
            sys::vorbis_info_init(&mut raw.info);
            let init = sys::vorbis_encode_init_vbr(&mut raw.info, channels, rate_hz, quality as f32 / 10.0);
            if init != 0 {
                sys::vorbis_info_clear(&mut raw.info);
                return Err(Error::Unsupported(format!("Vorbis of {channels} channels at {rate_hz} Hz")));
            }
            sys::vorbis_analysis_init(&mut raw.state, &mut raw.info);
            sys::vorbis_block_init(&mut raw.state, &mut raw.block);
        }
        Ok(Encoder { raw, channels: ogg::channel_order(spec.channels) })
    }

    /// The identification and setup headers.
    pub fn headers(&mut self) -> Result<[Vec<u8>; 2]> {
        // SAFETY: a C structure for which all zeros is valid before vorbis_comment_init.
        let mut comment: sys::vorbis_comment = unsafe { std::mem::zeroed() };
        let (mut id, mut comments, mut setup) = (no_packet(), no_packet(), no_packet());
        // SAFETY: the state is initialised; packets are copied before the comment is cleared.
        unsafe {
            sys::vorbis_comment_init(&mut comment);
            let state = &mut self.raw.state;
            let result = sys::vorbis_analysis_headerout(state, &mut comment, &mut id, &mut comments, &mut setup);
            let headers = [copied(&id), copied(&setup)];
            sys::vorbis_comment_clear(&mut comment);
            check("the headers", result)?;
            Ok(headers)
        }
    }

    /// Takes at most `PUSH_FRAMES` interleaved frames (none: the end) and returns the packets that they completed.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Packet>> {
        let frames = samples.len() / self.channels.len();
        if frames > PUSH_FRAMES {
            return Err(Error::Encoder("libvorbis was given too much at once".into()));
        }
        // SAFETY: libvorbis gives one buffer of PUSH_FRAMES floats per channel; no more than that is written.
        unsafe {
            if frames > 0 {
                let buffers = sys::vorbis_analysis_buffer(&mut self.raw.state, PUSH_FRAMES as c_int);
                for (channel, &place) in self.channels.iter().enumerate() {
                    let buffer = std::slice::from_raw_parts_mut(*buffers.add(channel), frames);
                    let of_channel = samples.iter().skip(place).step_by(self.channels.len());
                    buffer.iter_mut().zip(of_channel).for_each(|(to, from)| *to = *from);
                }
            }
            check("taking samples", sys::vorbis_analysis_wrote(&mut self.raw.state, frames as c_int))?;
        }
        self.packets()
    }

    fn packets(&mut self) -> Result<Vec<Packet>> {
        let mut packets = Vec::new();
        let Raw { state, block, .. } = &mut *self.raw;
        // SAFETY: the order of calls that libvorbis asks for; each packet is copied before the next call.
        unsafe {
            while check("cutting a block", sys::vorbis_analysis_blockout(state, block))? == 1 {
                check("analysing", sys::vorbis_analysis(block, ptr::null_mut()))?;
                check("adding a block", sys::vorbis_bitrate_addblock(block))?;
                let mut packet = no_packet();
                while check("taking a packet", sys::vorbis_bitrate_flushpacket(state, &mut packet))? == 1 {
                    let granule = packet.granulepos.max(0) as u64;
                    packets.push(Packet { bytes: copied(&packet), granule, last: packet.e_o_s != 0 });
                }
            }
        }
        Ok(packets)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: all three were initialised; cleared once, in libvorbis' order.
        unsafe {
            sys::vorbis_block_clear(&mut self.raw.block);
            sys::vorbis_dsp_clear(&mut self.raw.state);
            sys::vorbis_info_clear(&mut self.raw.info);
        }
    }
}
