//! True Audio (TTA1; en.true-audio.com, "TTA Lossless Audio Codec - Format Description") by an encoder of our own: frames
//! of about a second that decode alone, integers. Tags (ID3v2) and the table of the frames' sizes come first in the file, so
//! a file starts after sizing.

mod bits;
mod predict;
mod frame;

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::id3};
use crate::{Error, Result};

/// Frames of the format (not of PCM) in one segment.
const SEGMENT_FRAMES: u64 = 4;
/// Changes with anything that changes the bytes.
const ENCODER: &str = "gramovar-tta 1";
/// Size of music relative to its PCM, in percent: less is rare, more is rarer, and samples of more than 16 bits end in noise.
const MIN_PERCENT: u64 = 15;
const MAX_PERCENT: u64 = 95;
const MAX_PERCENT_DEEP: u64 = 97;
/// Bytes of a channel in a frame beside its samples: what the codes cost until they have adapted, and the checksum.
const FRAME_OVERHEAD_BYTES: u64 = 256;
/// The same at worst, where 24 bits begin at full scale: of tracks too short for the percentage to hold it.
const FIRST_OVERHEAD_BYTES_DEEP: u64 = 8 << 10;
/// Samples of a channel that FFmpeg takes the header's number for.
const MAX_TTA_SAMPLES: u64 = i32::MAX as u64;
/// Channels that the format means as we do; it has no word for others' places.
const CHANNELS: [u8; 4] = [1, 2, 4, 6];

/// True Audio.
pub struct Tta;

/// Bits of the samples in the file.
fn file_bits(spec: &Spec) -> u8 {
    if spec.bits <= 16 { 16 } else { 24 }
}

/// PCM frames in one of the format's: about 1.045 s.
fn frame_length(spec: &Spec) -> u64 {
    u64::from(spec.rate_hz) * 256 / 245
}

fn frames(work: &Work) -> u64 {
    work.length_frames.div_ceil(frame_length(&work.spec))
}

impl Codec for Tta {
    fn facts(&self) -> Facts {
        Facts { id: "tta", name: "True Audio", extension: "tta", mime: "audio/x-tta" }
    }

    fn offers(&self) -> Vec<Offer> {
        vec![Offer {
            setting: Setting { mode: "lossless", quality: "default" },
            name: "True Audio".into(),
            class: Class::Lossless,
            size: SizeKnown::Range,
            serial: false,
            starts: Starts::AfterSizing,
            surround: true,
            why_not: None,
        }]
    }

    fn encoder(&self) -> String {
        ENCODER.into()
    }

    fn fit(&self, _: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
        let spec = fit_lossless(master, reduce, None)?;
        if spec.float {
            return Err(Error::Unsupported("floats in True Audio; reduce the master to 24 bits (@RATE/24)".into()));
        }
        Ok(Spec { channels: if CHANNELS.contains(&spec.channels) { spec.channels } else { 2 }, ..spec })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        if work.length_frames > MAX_TTA_SAMPLES {
            return Err(Error::Limit { name: "MAX_TTA_SAMPLES", limit: MAX_TTA_SAMPLES });
        }
        let pcm_bytes = work.length_frames * u64::from(work.spec.channels) * u64::from(file_bits(&work.spec)) / 8;
        let (max, first) =
            if work.spec.bits > 16 { (MAX_PERCENT_DEEP, FIRST_OVERHEAD_BYTES_DEEP) } else { (MAX_PERCENT, 0) };
        let overhead = (frames(work) * FRAME_OVERHEAD_BYTES + first) * u64::from(work.spec.channels);
        Ok(Layout {
            segments: frames(work).div_ceil(SEGMENT_FRAMES),
            payload: PayloadSize::Range { min: pcm_bytes * MIN_PERCENT / 100, max: pcm_bytes * max / 100 + overhead },
            body_bytes: None,
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let channels = usize::from(work.spec.channels);
        let bits = file_bits(&work.spec);
        let shift = bits - work.spec.bits;
        let length = frame_length(&work.spec);
        let from = number * SEGMENT_FRAMES * length;
        let to = (from + SEGMENT_FRAMES * length).min(work.length_frames);
        let full = length as usize * channels;
        let mut pending: Vec<i32> = Vec::with_capacity(full);
        read_range(pcm, from, to, &mut |samples, _| {
            let Samples::Int(samples) = samples else {
                return Err(Error::Encoder("True Audio was given floats".into()));
            };
            pending.extend(samples.iter().map(|s| s << shift));
            while pending.len() >= full {
                out.packet(&frame::encode(&pending[..full], channels, bits)?)?;
                pending.drain(..full);
            }
            Ok(())
        })?;
        if pending.is_empty() { Ok(()) } else { out.packet(&frame::encode(&pending, channels, bits)?) }
    }

    fn head(&self, work: &Work, sizes: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let Some(sizes) = sizes else { return Ok(None) };
        if sizes.packet_bytes.len() as u64 != frames(work) {
            return Err(Error::Malformed("an encode index of another rendition".into()));
        }
        // Kind of file (1: plain), channels, bits; rate and length.
        let words = [1, u16::from(work.spec.channels), u16::from(file_bits(&work.spec))];
        let numbers = [work.spec.rate_hz, work.length_frames as u32];
        // Players that read APEv2 tags here are few; a tag without anything in it is none.
        let tag = if *tags == Tags::default() { Vec::new() } else { id3::tag(tags)? };
        let mut header = b"TTA1".to_vec();
        header.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        header.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let table = sizes.packet_bytes.iter().flat_map(|bytes| bytes.to_le_bytes()).collect();
        Ok(Some([tag, bits::checked(header), bits::checked(table)].concat()))
    }
}
