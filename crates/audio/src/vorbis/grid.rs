//! Where segments, their warm-up and their pages lie: pure arithmetic, in frames of the track.

use super::ffi::BlockFrames;
use crate::codec::Work;
use crate::ogg::MAX_LACING_VALUES;

/// About how long a segment is.
const SEGMENT_S: u64 = 15;
/// About how long an encoder runs before its segment.
const WARM_UP_MS: u64 = 500;
/// Slots of a segment. A slot is a stretch of time whose packets fill a fixed number of pages: about a quarter second.
const SLOTS: u64 = 64;
/// Bytes that 4 samples may take: bursts of noise 12 dB over full scale at quality 10 took 4.6.
const MAX_BYTES_OF_4_SAMPLES: u64 = 7;
/// Packets that a slot may have beyond its length, at its ends.
const SPARE_PACKETS: u64 = 2;

/// The grid of one rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    length_frames: u64,
    segment_frames: u64,
    warm_up_frames: u64,
    /// The first page ends here, so that the first bytes are fast.
    first_page_frames: u64,
    /// Pages of a slot, enough for the largest packets.
    slot_pages: u64,
}

impl Grid {
    /// The grid for such blocks. Segments and warm-up are a number of long blocks between two short ones: so an encoder
    /// that meets no transients comes out at a border by itself.
    pub fn new(work: &Work, blocks: BlockFrames) -> Grid {
        let run = |ms: u64| {
            let longs = ms * u64::from(work.spec.rate_hz) / 1_000 / (blocks.long / 2);
            blocks.short / 2 + longs * (blocks.long / 2)
        };
        let segment_frames = run(SEGMENT_S * 1_000);
        let slot_frames = segment_frames.div_ceil(SLOTS);
        let bytes = slot_frames * u64::from(work.spec.channels) * MAX_BYTES_OF_4_SAMPLES / 4;
        let lacing_values = bytes / 255 + slot_frames / (blocks.short / 2) + SPARE_PACKETS;
        Grid {
            length_frames: work.length_frames,
            segment_frames,
            warm_up_frames: run(WARM_UP_MS),
            first_page_frames: blocks.long,
            slot_pages: lacing_values.div_ceil(MAX_LACING_VALUES as u64),
        }
    }

    /// Segments of the track; the last is between half and one and a half times as long as the others.
    pub fn segments(&self) -> u64 {
        ((self.length_frames + self.segment_frames / 2) / self.segment_frames).max(1)
    }

    /// Where a segment begins: the centre of its first block.
    pub fn from(&self, segment: u64) -> u64 {
        segment * self.segment_frames
    }

    /// Where the next segment begins, unless this is the last.
    pub fn to(&self, segment: u64) -> Option<u64> {
        (segment + 1 < self.segments()).then(|| self.from(segment + 1))
    }

    /// Where the encoder of a segment begins.
    pub fn warm_up_from(&self, segment: u64) -> u64 {
        self.from(segment).saturating_sub(self.warm_up_frames)
    }

    /// The number of a segment's first page: the very first slot has a page more.
    pub fn first_page(&self, segment: u64) -> u32 {
        (segment * SLOTS * self.slot_pages + u64::from(segment > 0)) as u32
    }

    /// Where the part of a slot that holds `frame` ends: at the first page's end, a slot's, or its segment's.
    pub fn slot_end(&self, segment: u64, frame: u64) -> u64 {
        if frame < self.first_page_frames {
            return self.first_page_frames;
        }
        let slot = (frame - self.from(segment)) * SLOTS / self.segment_frames;
        // The first frame of the next slot: rounded up, as the division above rounds down.
        self.from(segment) + ((slot + 1) * self.segment_frames).div_ceil(SLOTS)
    }

    /// Pages that a slot takes which ends there.
    pub fn pages_to(&self, slot_end: u64) -> usize {
        if slot_end == self.first_page_frames { 1 } else { self.slot_pages as usize }
    }
}
