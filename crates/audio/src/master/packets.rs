//! Packets: samples that have to be decoded, and how one comes to an exact frame of them. The only file that talks to
//! symphonia's readers and decoders after they are opened.

use std::io::{ErrorKind, Seek, SeekFrom};

use symphonia::core::audio::{Audio, GenericAudioBufferRef};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

use super::pcm_file::reuse_integers;
use crate::guard::guarded;
use crate::pcm::{Samples, Spec};
use crate::{Error, Result};

/// Most packets in a row that may hold no frame.
const MAX_EMPTY_PACKETS: usize = 1_024;
/// How far before the wanted frame a seek starts over when it came out too late; doubled at each try.
const SEEK_STEP_FRAMES: u64 = 65_536;

/// Makes the reader of a container from its stream, at the start.
pub(super) type OpenFormat = fn(MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>>;

/// A container and the decoder of its one audio track.
pub(super) struct Opened {
    /// There but for the moment in which it is opened again.
    format: Option<Box<dyn FormatReader>>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    exact_times: bool,
    /// How it is opened again from the start, where seeking may fail to go there.
    open_again: Option<OpenFormat>,
}

/// A stream of packets, positioned at a frame.
pub(super) struct PacketReader {
    opened: Opened,
    spec: Spec,
    /// The stream's frame that is the master's frame 0.
    first_frame: u64,
    end_frame: u64,
    /// The stream's frame at `decoded[consumed..]`.
    next_frame: u64,
    decoded: Vec<i32>,
    /// Samples of `decoded` that were given out already.
    consumed: usize,
    /// Set when an error left the decoder at an unknown place.
    lost: bool,
}

impl Opened {
    /// `exact_times`: whether a packet's time is the number of its first frame.
    pub fn new(
        format: Box<dyn FormatReader>,
        decoder: Box<dyn AudioDecoder>,
        track_id: u32,
        exact_times: bool,
        open_again: Option<OpenFormat>,
    ) -> Opened {
        Opened { format: Some(format), decoder, track_id, exact_times, open_again }
    }

    /// The length of a stream that does not state it, by walking over all its packets, then back to the start.
    pub fn count_frames(&mut self) -> Result<u64> {
        guarded("the stream", || {
            let mut frames = 0;
            while let Some(packet) = self.next_packet()? {
                frames += match self.exact_times {
                    true => packet.dur.get(),
                    false => self.decoder.decode(&packet).map_err(refusal)?.frames() as u64,
                };
                super::check_length(frames)?;
            }
            self.rewind()?;
            Ok(frames)
        })
    }

    /// The number of the first packet's first frame, where times are exact; then back to it.
    pub fn first_frame(&mut self) -> Result<u64> {
        guarded("the stream", || {
            let Some(packet) = self.next_packet()? else {
                return Err(Error::Truncated("it holds no packet".into()));
            };
            let first = u64::try_from(packet.pts.get()).map_err(|_| Error::Malformed("a time is negative".into()))?;
            self.rewind()?;
            Ok(first)
        })
    }

    /// Where the last packet ends, in frames: what it really decodes to, not what an index says. Then back to the start.
    pub fn end_frame(&mut self, indexed_end: u64) -> Result<u64> {
        guarded("the stream", || {
            let start = self.seek(indexed_end.saturating_sub(1))?;
            let Some(packet) = self.next_packet()? else {
                return Err(Error::Truncated("its last packet is missing".into()));
            };
            let frames = self.decoder.decode(&packet).map_err(refusal)?.frames();
            self.seek(0)?;
            Ok(start + frames as u64)
        })
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        for _ in 0..MAX_EMPTY_PACKETS {
            match self.format()?.next_packet().map_err(refusal)? {
                Some(packet) if packet.track_id != self.track_id => (),
                packet => return Ok(packet),
            }
        }
        Err(Error::Malformed("it holds packets without audio only".into()))
    }

    /// Goes to the packet that should hold `frame` and returns the first frame of the packet that it went to.
    fn seek(&mut self, frame: u64) -> Result<u64> {
        // Without exact times only the start is a place that is known for certain.
        let frame = if self.exact_times { frame } else { 0 };
        let ts = Timestamp::try_from(frame).map_err(|_| Error::Malformed("a time is out of range".into()))?;
        let to = SeekTo::Timestamp { ts, track_id: self.track_id };
        let reached = self.format()?.seek(SeekMode::Accurate, to).map_err(refusal)?;
        self.decoder.reset();
        u64::try_from(reached.actual_ts.get()).map_err(|_| Error::Malformed("a time is negative".into()))
    }

    /// Goes to the first packet. FLAC is searched from its middle even for that, in vain where the middle lies in the last
    /// packet: then it is opened again.
    fn rewind(&mut self) -> Result<()> {
        let Some(open_again) = self.open_again else { return self.seek(0).map(drop) };
        let format = self.format.take().ok_or_else(lost_format)?;
        let mut stream = format.into_inner();
        stream.seek(SeekFrom::Start(0))?;
        self.format = Some(open_again(stream)?);
        self.decoder.reset();
        Ok(())
    }

    fn format(&mut self) -> Result<&mut Box<dyn FormatReader>> {
        self.format.as_mut().ok_or_else(lost_format)
    }
}

/// It could not be opened again before.
fn lost_format() -> Error {
    Error::Malformed("its first packet cannot be found".into())
}

impl PacketReader {
    /// `first_frame`: the stream's frame where the music begins; `length_frames`: of the music.
    pub fn new(opened: Opened, spec: Spec, first_frame: u64, length_frames: u64) -> PacketReader {
        let end_frame = first_frame + length_frames;
        // With priming it is lost at first, so that the first read finds its place as after a seek.
        let (next_frame, lost) = (first_frame, first_frame != 0 && opened.open_again.is_none());
        PacketReader { opened, spec, first_frame, end_frame, next_frame, decoded: Vec::new(), consumed: 0, lost }
    }

    pub fn seek(&mut self, frame: u64) -> Result<()> {
        let wanted = self.first_frame + frame;
        let ahead = wanted.checked_sub(self.next_frame).filter(|ahead| *ahead <= self.pending_frames() as u64);
        match ahead {
            Some(ahead) if !self.lost => self.consume(ahead as usize),
            _ if wanted == self.end_frame => (self.next_frame, self.lost) = (wanted, true),
            _ => self.seek_packets(wanted)?,
        }
        Ok(())
    }

    pub fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        *out = reuse_integers(out);
        if max_frames == 0 || self.next_frame >= self.end_frame {
            return Ok(0);
        }
        if self.lost {
            self.seek_packets(self.next_frame)?;
        }
        if self.pending_frames() == 0 && !self.decode_next()? {
            let (got, all) = (self.next_frame - self.first_frame, self.end_frame - self.first_frame);
            return Err(Error::Truncated(format!("{got} of {all} frames are there")));
        }
        let left = (self.end_frame - self.next_frame).min(max_frames as u64) as usize;
        let frames = left.min(self.pending_frames());
        let Samples::Int(samples) = out else { return Ok(0) };
        samples.extend_from_slice(&self.decoded[self.consumed..self.consumed + frames * self.channels()]);
        self.consume(frames);
        Ok(frames)
    }

    fn channels(&self) -> usize {
        self.spec.channels.into()
    }

    fn pending_frames(&self) -> usize {
        (self.decoded.len() - self.consumed) / self.channels()
    }

    fn consume(&mut self, frames: usize) {
        self.consumed += frames * self.channels();
        self.next_frame += frames as u64;
    }

    /// Seeks by packets until the one that holds `wanted` is decoded and everything before it dropped. An index or a
    /// false frame header can lead too far; then it starts over from further ahead, at last from the beginning.
    fn seek_packets(&mut self, wanted: u64) -> Result<()> {
        self.lost = true;
        let mut back = 0;
        loop {
            let from = wanted.saturating_sub(back);
            if self.try_seek(from, wanted)? {
                self.lost = false;
                return Ok(());
            }
            if from <= self.first_in_stream() {
                return Err(Error::Truncated(format!("frame {} is missing", wanted - self.first_frame)));
            }
            back = if back == 0 { SEEK_STEP_FRAMES } else { back * 4 };
        }
    }

    /// The number of the stream's first frame: not zero in a FLAC that was cut out of a longer one. Elsewhere what lies before
    /// the music is a part of the stream.
    fn first_in_stream(&self) -> u64 {
        if self.opened.open_again.is_some() { self.first_frame } else { 0 }
    }

    /// Whether `wanted` was reached by going to the packet at `from` and decoding on.
    fn try_seek(&mut self, from: u64, wanted: u64) -> Result<bool> {
        self.decoded.clear();
        self.consumed = 0;
        let from_start = from <= self.first_in_stream();
        let sought = guarded("the stream", || match self.opened.open_again {
            Some(_) if from_start => self.opened.rewind().map(|()| self.first_in_stream()),
            _ => self.opened.seek(from),
        });
        let Ok(start) = sought else {
            return if from_start { Err(lost_format()) } else { Ok(false) };
        };
        if start > wanted {
            return Ok(false);
        }
        self.next_frame = start;
        loop {
            match self.decode_next() {
                Ok(true) => (),
                Ok(false) => return Ok(false),
                Err(Error::Io(error)) => return Err(Error::Io(error)),
                Err(error) if from_start => return Err(error),
                Err(_) => return Ok(false),
            }
            let skip = (wanted - self.next_frame).min(self.pending_frames() as u64);
            self.consume(skip as usize);
            if self.pending_frames() > 0 {
                return Ok(true);
            }
        }
    }

    /// Decodes the next packet that holds frames into `decoded`; false at the end of the stream.
    fn decode_next(&mut self) -> Result<bool> {
        self.decoded.clear();
        self.consumed = 0;
        self.lost = true;
        let PacketReader { opened, spec, decoded, next_frame, .. } = self;
        let more = guarded("the stream", || {
            for _ in 0..MAX_EMPTY_PACKETS {
                let Some(packet) = opened.next_packet()? else { return Ok(false) };
                if opened.exact_times && u64::try_from(packet.pts.get()) != Ok(*next_frame) {
                    return Err(Error::Malformed(format!("the frames from {next_frame} on are missing or broken")));
                }
                let block = opened.decoder.decode(&packet).map_err(refusal)?;
                interleave(&block, spec, decoded)?;
                if !decoded.is_empty() {
                    return Ok(true);
                }
            }
            Err(Error::Malformed("it holds empty packets only".into()))
        })?;
        self.lost = false;
        Ok(more)
    }
}

/// Appends a decoded block as right-justified samples in turn. The decoders in use left-justify theirs in 32 bits.
fn interleave(block: &GenericAudioBufferRef<'_>, spec: &Spec, out: &mut Vec<i32>) -> Result<()> {
    let GenericAudioBufferRef::S32(block) = block else {
        return Err(Error::Malformed("its samples are not integers".into()));
    };
    let channels = usize::from(spec.channels);
    if block.num_planes() != channels {
        return Err(Error::Malformed("its number of channels changes".into()));
    }
    if block.frames() == 0 {
        return Ok(());
    }
    let shift = 32 - u32::from(spec.bits);
    out.resize(block.frames() * channels, 0);
    for (channel, plane) in block.iter_planes().enumerate() {
        for (sample, decoded) in out[channel..].iter_mut().step_by(channels).zip(plane) {
            *sample = decoded >> shift;
        }
    }
    Ok(())
}

/// This crate's error for one of symphonia's.
pub(super) fn refusal(error: SymphoniaError) -> Error {
    match error {
        SymphoniaError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Error::Truncated("it ends in the middle of its audio".into())
        }
        SymphoniaError::IoError(error) => Error::Io(error),
        SymphoniaError::Unsupported(what) => Error::Unsupported(what.into()),
        error => Error::Malformed(error.to_string()),
    }
}
