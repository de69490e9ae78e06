//! Making one segment: a fresh encoder led in by a warm-up and led out at the next segment's first block.

use super::PUSH_FRAMES;
use super::ffi::{Encoder, Packet};
use super::grid::Grid;
use crate::codec::{BodySink, Work, read_range};
use crate::ogg::Pages;
use crate::pcm::{Samples, Source};
use crate::{Error, Result};

/// Samples beyond this (12 dB over full scale) are cut: the click must stay louder, and packets have to fit their pages.
const MAX_SAMPLE: f32 = 4.0;
/// Frames that an encoder is given beyond its segment, for the decisions on its last blocks.
const LOOK_AHEAD_FRAMES: u64 = 4_096;
/// What is added to one frame of them, and how far behind the border: no music rises like that, so the encoder takes short
/// blocks up to it. The last block that is kept ends at the border.
const CLICK: f32 = 1.0e6;
const CLICK_AT_FRAMES: u64 = 64;

/// A segment and how far its encoder is.
struct Segment<'a> {
    grid: &'a Grid,
    number: u64,
    encoder: Encoder,
    /// Where the encoder's first frame lies in the track.
    start: u64,
    /// The warm-up is over.
    begun: bool,
    /// The last packet was taken.
    ended: bool,
    pages: Pages,
    /// Where the slot ends that is being filled.
    slot_end: u64,
}

/// Encodes one segment. libvorbis' bytes depend on how many samples a push holds: always `PUSH_FRAMES` from the start.
pub fn encode(work: &Work, grid: &Grid, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
    let mut encoder = Encoder::new(&work.spec, work.setting.number()?)?;
    // libvorbis wants its headers taken before the first samples.
    encoder.headers()?;
    let (from, start) = (grid.from(number), grid.warm_up_from(number));
    let mut segment = Segment {
        grid,
        number,
        encoder,
        start,
        begun: start == from,
        ended: false,
        pages: Pages::new(work.stream_serial, grid.first_page(number)),
        slot_end: grid.slot_end(number, from),
    };
    let end = grid.to(number).map_or(work.length_frames, |to| (to + LOOK_AHEAD_FRAMES).min(work.length_frames));
    each_push(pcm, start, end, grid.to(number), &mut |samples| segment.push(samples, out))?;
    if grid.to(number).is_none() {
        segment.push(&[], out)?;
    }
    if segment.ended { Ok(()) } else { Err(Error::Encoder("libvorbis gave no last packet".into())) }
}

impl Segment<'_> {
    fn push(&mut self, samples: &[f32], out: &mut dyn BodySink) -> Result<()> {
        if !self.ended {
            self.encoder.push(samples)?;
        }
        while !self.ended {
            let centre = self.start + self.encoder.next_centre();
            if self.grid.to(self.number).is_some_and(|to| centre >= to) {
                return self.leave_at(centre, out);
            }
            let from = self.grid.from(self.number);
            if !self.begun && centre + self.encoder.longest_step_frames() > from {
                self.encoder.begin_at(from - self.start)?;
                self.begun = true;
            }
            let Some(packet) = self.encoder.packet()? else { break };
            if self.begun {
                self.keep(packet, out)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, packet: Packet, out: &mut dyn BodySink) -> Result<()> {
        let granule = self.start + packet.granule;
        if granule >= self.slot_end && !packet.last {
            self.write(false, out)?;
            self.slot_end = self.grid.slot_end(self.number, granule);
        }
        self.pages.push(&packet.bytes, granule);
        if packet.last {
            self.ended = true;
            self.write(true, out)?;
        }
        Ok(())
    }

    /// Ends before the next segment's first block, which must be the short one that its own encoder begins with.
    fn leave_at(&mut self, centre: u64, out: &mut dyn BodySink) -> Result<()> {
        if self.grid.to(self.number) != Some(centre) || !self.encoder.next_is_short() {
            return Err(Error::Encoder(format!("libvorbis has no short block at the end of segment {}", self.number)));
        }
        self.ended = true;
        self.write(false, out)
    }

    fn write(&mut self, last: bool, out: &mut dyn BodySink) -> Result<()> {
        let pages = self.grid.pages_to(self.slot_end);
        self.pages.write(pages, last, out)
    }
}

/// Calls `take` with the frames [start, end), `PUSH_FRAMES` at a time, as libvorbis can bear them; behind `leave` a click.
fn each_push(
    pcm: &mut dyn Source,
    start: u64,
    end: u64,
    leave: Option<u64>,
    take: &mut dyn FnMut(&[f32]) -> Result<()>,
) -> Result<()> {
    let channels = usize::from(pcm.spec().channels);
    let push = PUSH_FRAMES * channels;
    let mut pending: Vec<f32> = Vec::new();
    let mut at = start;
    read_range(pcm, start, end, &mut |samples, frames| {
        let Samples::Float(samples) = samples else {
            return Err(Error::Encoder("libvorbis was given integers".into()));
        };
        let bearable = |&s: &f32| if s.is_nan() { 0.0 } else { s.clamp(-MAX_SAMPLE, MAX_SAMPLE) };
        let first = pending.len();
        pending.extend(samples.iter().map(bearable));
        let click = leave.and_then(|leave| (leave + CLICK_AT_FRAMES).checked_sub(at)).filter(|&i| i < frames as u64);
        if let Some(frame) = click {
            pending[first + frame as usize * channels..][..channels].iter_mut().for_each(|s| *s += CLICK);
        }
        at += frames as u64;
        let whole = pending.len() / push * push;
        pending[..whole].chunks_exact(push).try_for_each(&mut *take)?;
        pending.drain(..whole);
        Ok(())
    })?;
    if pending.is_empty() { Ok(()) } else { take(&pending) }
}
