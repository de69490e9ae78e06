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
    /// Frames, from the first that was pushed, that a decoder has given after it: the centre of its block.
    pub granule: u64,
    /// Whether it is the last.
    pub last: bool,
}

/// Frames of the two sizes of block, powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockFrames {
    /// Of a short block.
    pub short: u64,
    /// Of a long one; for low rates no longer than a short one.
    pub long: u64,
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
    block_frames: BlockFrames,
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

/// # Safety
/// `info` stays where it is as long as anything made from it. It is cleared by the caller unless this fails.
unsafe fn init_info(info: &mut sys::vorbis_info, spec: &Spec, quality: u32) -> Result<()> {
    let (channels, rate_hz) = (c_long::from(spec.channels), spec.rate_hz as c_long);
    // SAFETY: initialised in libvorbis' order; cleared on failure, as it asks for.
    unsafe {
        sys::vorbis_info_init(info);
        if sys::vorbis_encode_init_vbr(info, channels, rate_hz, quality as f32 / 10.0) != 0 {
            sys::vorbis_info_clear(info);
            return Err(Error::Unsupported(format!("Vorbis of {channels} channels at {rate_hz} Hz")));
        }
    }
    Ok(())
}

/// # Safety
/// `info` was initialised for encoding.
unsafe fn block_frames_of(info: &mut sys::vorbis_info) -> BlockFrames {
    // SAFETY: only reads.
    let [short, long] = [0, 1].map(|which| unsafe { sys::vorbis_info_blocksize(info, which) }.max(0) as u64);
    BlockFrames { short, long }
}

/// The sizes of block that an encoder of this quality uses.
pub fn block_frames(spec: &Spec, quality: u32) -> Result<BlockFrames> {
    // SAFETY: a plain C structure, initialised, read and cleared without being moved.
    unsafe {
        let mut info: Box<sys::vorbis_info> = Box::new(std::mem::zeroed());
        init_info(&mut info, spec, quality)?;
        let frames = block_frames_of(&mut info);
        sys::vorbis_info_clear(&mut *info);
        Ok(frames)
    }
}

impl Encoder {
    /// An encoder of quality 0 to 10, for 1 to 8 channels.
    pub fn new(spec: &Spec, quality: u32) -> Result<Encoder> {
        // SAFETY: these are plain C structures for which all zeros is a valid "not yet initialised".
        let mut raw: Box<Raw> = Box::new(unsafe { std::mem::zeroed() });
        // SAFETY: initialised in libvorbis' order; the box keeps them where they are.
        let block_frames = unsafe {
            init_info(&mut raw.info, spec, quality)?;
            sys::vorbis_analysis_init(&mut raw.state, &mut raw.info);
            sys::vorbis_block_init(&mut raw.state, &mut raw.block);
            block_frames_of(&mut raw.info)
        };
        Ok(Encoder { raw, channels: ogg::channel_order(spec.channels), block_frames })
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

    /// Takes at most `PUSH_FRAMES` interleaved frames; none: the end.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
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
        Ok(())
    }

    /// Where the next block has its centre, in frames from the first that was pushed.
    pub fn next_centre(&self) -> u64 {
        let state = &self.raw.state;
        // libvorbis keeps the centre in the middle of a long block's buffer, unless `begin_at` moved it.
        let moved = state.centerW - (self.block_frames.long / 2) as i64;
        (state.granulepos + moved).max(0) as u64
    }

    /// Whether the next block is a short one.
    pub fn next_is_short(&self) -> bool {
        self.raw.state.W == 0
    }

    /// The longest way from the next block's centre to that of the block after it.
    pub fn longest_step_frames(&self) -> u64 {
        let BlockFrames { short, long } = self.block_frames;
        (if self.next_is_short() { short } else { long }) / 4 + long / 4
    }

    /// Makes the next block a short one with its centre at `centre`, not before `next_centre` and less than half a long
    /// block after it: as if a short block had come before. What lies between is left out.
    pub fn begin_at(&mut self, centre: u64) -> Result<()> {
        let ahead = centre.checked_sub(self.next_centre()).filter(|&frames| frames < self.block_frames.long / 2);
        let ahead = ahead.ok_or_else(|| Error::Encoder("libvorbis is not where a segment begins".into()))?;
        // libvorbis' own invariant: size and centre of the next block stand in these fields before it is cut.
        let state = &mut self.raw.state;
        (state.lW, state.W) = (0, 0);
        state.centerW += ahead as c_long;
        Ok(())
    }

    /// The packet of the next block, once enough was pushed.
    pub fn packet(&mut self) -> Result<Option<Packet>> {
        let granule = self.next_centre();
        let Raw { state, block, .. } = &mut *self.raw;
        // SAFETY: the order of calls that libvorbis asks for; the packet is copied before the next call.
        unsafe {
            if check("cutting a block", sys::vorbis_analysis_blockout(state, block))? != 1 {
                return Ok(None);
            }
            let mut packet = no_packet();
            check("analysing", sys::vorbis_analysis(block, &mut packet))?;
            Ok(Some(Packet { bytes: copied(&packet), granule, last: packet.e_o_s != 0 }))
        }
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
