//! One segment of the grid: a fresh encoder, its warm-up thrown away, the segment's frames passed on. The bit stream is cut
//! where the warm-up ends and where the segment ends, so that no frame refers to bits of another segment's frames.

use super::frame::{HEADER_BYTES, Header, without_slack};
use super::{SEGMENT_FRAMES, WARM_UP_FRAMES, ffi, frame_frames, total_frames, warm_up};
use crate::codec::{BodySink, Work, read_range};
use crate::pcm::{Samples, Source};
use crate::{Error, Result};

/// LAME encodes a frame when it has been given the samples of so many more.
const LOOK_AHEAD_FRAMES: u64 = 1;
/// What LAME calls full scale.
const FULL_SCALE: f32 = 32_768.0;
/// 12 dB above full scale: floats may overshoot, but what goes on beyond is no sound, and LAME's arithmetic has limits.
const MAX_SAMPLE: f32 = 4.0 * FULL_SCALE;

/// Encodes segment `number`.
pub fn encode(work: &Work, rate: ffi::Rate, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
    let first = number * SEGMENT_FRAMES;
    let end = (first + SEGMENT_FRAMES).min(total_frames(work));
    let samples = frame_frames(&work.spec);
    let constant = matches!(rate, ffi::Rate::Constant { .. });
    let warm_up = if constant { warm_up::frames(pcm, first, samples)? } else { WARM_UP_FRAMES.min(first) };
    let start = first - warm_up;
    let (from, to) = (start * samples, (end + LOOK_AHEAD_FRAMES) * samples);
    let (music_from, music_to) = (from.min(work.length_frames), to.min(work.length_frames));
    let mut maker = Maker {
        encoder: ffi::Encoder::new(&work.spec, rate)?,
        left: Vec::with_capacity(samples as usize),
        right: Vec::with_capacity(samples as usize),
        block_frames: samples as usize,
        warm_up,
        frames: Frames { pending: Vec::new(), want: end - first, reservoir: !constant },
        out,
    };
    let channels = usize::from(work.spec.channels);
    read_range(pcm, music_from, music_to, &mut |samples, _| maker.feed(samples, channels))?;
    // As LAME itself does at the end of its input.
    maker.silence((to - from) - (music_to - music_from))?;
    maker.end(end - start)
}

/// Between samples in blocks of any size and the frames of one segment.
struct Maker<'a> {
    encoder: ffi::Encoder,
    /// The samples of the frame that is being gathered.
    left: Vec<f32>,
    right: Vec<f32>,
    block_frames: usize,
    /// Frames still to be thrown away.
    warm_up: u64,
    frames: Frames,
    out: &'a mut dyn BodySink,
}

impl Maker<'_> {
    /// Takes interleaved samples of one or two channels.
    fn feed(&mut self, samples: &Samples, channels: usize) -> Result<()> {
        let Samples::Float(samples) = samples else {
            return Err(Error::Encoder("LAME was given integers".into()));
        };
        let mut rest = samples.as_slice();
        while !rest.is_empty() {
            let room = (self.block_frames - self.left.len()) * channels;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.left.extend(now.iter().step_by(channels).map(|&s| scaled(s)));
            if channels > 1 {
                self.right.extend(now.iter().skip(1).step_by(channels).map(|&s| scaled(s)));
            }
            rest = later;
            self.encode_if_full()?;
        }
        Ok(())
    }

    fn silence(&mut self, mut frames: u64) -> Result<()> {
        while frames > 0 {
            let now = frames.min((self.block_frames - self.left.len()) as u64);
            self.left.resize(self.left.len() + now as usize, 0.0);
            self.right.resize(self.left.len(), 0.0);
            frames -= now;
            self.encode_if_full()?;
        }
        Ok(())
    }

    /// Gives LAME one frame's samples, so that it encodes at most one frame: the cut after the warm-up falls exactly.
    fn encode_if_full(&mut self) -> Result<()> {
        if self.left.len() < self.block_frames {
            return Ok(());
        }
        let right = if self.right.is_empty() { &self.left } else { &self.right };
        let bytes = self.encoder.encode(&self.left, right)?;
        if self.warm_up == 0 {
            self.frames.take(bytes, self.out)?;
        } else if self.encoder.frames() == self.warm_up {
            self.encoder.cut()?;
            self.warm_up = 0;
        }
        self.left.clear();
        self.right.clear();
        Ok(())
    }

    /// Passes on what LAME still holds of `frames` frames encoded, warm-up included.
    fn end(&mut self, frames: u64) -> Result<()> {
        let encoded = self.encoder.frames();
        if encoded != frames {
            return Err(Error::Encoder(format!("LAME made {encoded} frames where {frames} were due")));
        }
        self.frames.take(self.encoder.cut()?, self.out)?;
        match self.frames.want {
            0 if self.frames.pending.is_empty() => Ok(()),
            missing => Err(Error::Encoder(format!("LAME kept {missing} frames back"))),
        }
    }
}

/// LAME's scale. What is not a number is silence; LAME would stop the program over it.
fn scaled(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { (sample * FULL_SCALE).clamp(-MAX_SAMPLE, MAX_SAMPLE) }
}

/// Cuts LAME's output into frames.
struct Frames {
    pending: Vec<u8>,
    want: u64,
    /// Frames may leave room to later ones, and the segment's last has none after it.
    reservoir: bool,
}

impl Frames {
    fn take(&mut self, bytes: &[u8], out: &mut dyn BodySink) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while self.pending.len() >= at + HEADER_BYTES {
            let header = Header::parse(&self.pending[at..]);
            let header = header.ok_or_else(|| Error::Encoder("LAME wrote something that is no frame".into()))?;
            let length = header.frame_bytes();
            let Some(frame) = self.pending.get(at..at + length) else { break };
            self.want = self.want.checked_sub(1).ok_or_else(|| Error::Encoder("LAME wrote a frame too many".into()))?;
            if self.want == 0 && self.reservoir {
                out.payload(&without_slack(frame))?;
            } else {
                out.payload(frame)?;
            }
            at += length;
        }
        self.pending.drain(..at);
        Ok(())
    }
}
