//! ALAC (Apple, "ALAC magic cookie description" and reference decoder) in MP4, by an encoder of our own: packets of 4,096
//! frames that decode alone. Its index comes first in the file, so a file starts after sizing.

mod bits;
mod golomb;
mod predict;
mod lpc;
mod packet;

use crate::codec::*;
use crate::mp4::{self, PacketBytes, Track};
use crate::pcm::{Samples, Source, Spec};
use crate::tags::Tags;
use crate::{Error, Result};

/// Packets of one segment.
const SEGMENT_PACKETS: u64 = 64;
/// Changes with anything that changes the bytes.
const ENCODER: &str = "gramovar-alac 2";
/// Size of music relative to its PCM, in percent: less is rare, more is rarer, and samples of more than 16 bits end in noise
/// (docs/benchmarks/sizes.md).
const MIN_PERCENT: u64 = 15;
const MAX_PERCENT: u64 = 93;
const MAX_PERCENT_DEEP: u64 = 97;
/// Bytes of a packet at worst beside its plain samples.
const PACKET_OVERHEAD_BYTES: u64 = 16;

/// ALAC in MP4.
pub struct Alac;

/// Bits of the samples in the file: ALAC has 16, 20 and 24.
fn file_bits(spec: &Spec) -> u8 {
    match spec.bits {
        0..=16 => 16,
        17..=20 => 20,
        _ => 24,
    }
}

fn packets(work: &Work) -> u64 {
    work.length_frames.div_ceil(packet::PACKET_FRAMES as u64)
}

/// The ALACSpecificConfig that a decoder needs.
fn magic_cookie(work: &Work) -> Vec<u8> {
    let mut cookie = (packet::PACKET_FRAMES as u32).to_be_bytes().to_vec();
    // Compatible version, bits, the three parameters of the code.
    cookie.extend([0, file_bits(&work.spec)]);
    cookie.extend([golomb::MEAN_WEIGHT as u8, golomb::MEAN_START as u8, golomb::MAX_PARAMETER as u8]);
    cookie.push(work.spec.channels);
    cookie.extend(255u16.to_be_bytes());
    // Longest packet and average rate: not stated.
    cookie.extend([0; 8]);
    cookie.extend(work.spec.rate_hz.to_be_bytes());
    cookie
}

impl Codec for Alac {
    fn facts(&self) -> Facts {
        Facts { id: "alac", name: "ALAC", extension: "m4a", mime: "audio/mp4" }
    }

    fn offers(&self) -> Vec<Offer> {
        vec![Offer {
            setting: Setting { mode: "lossless", quality: "default" },
            name: "ALAC".into(),
            class: Class::Lossless,
            size: SizeKnown::Range,
            serial: false,
            starts: Starts::AfterSizing,
            surround: false,
            why_not: None,
        }]
    }

    fn encoder(&self) -> String {
        ENCODER.into()
    }

    fn fit(&self, _: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
        let spec = fit_lossless(master, reduce, None)?;
        if spec.float {
            return Err(Error::Unsupported("floats in ALAC; reduce the master to 24 bits (@RATE/24)".into()));
        }
        // More are mixed down: this encoder makes packets of one or two.
        Ok(Spec { channels: spec.channels.min(2), ..spec })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let pcm_bytes = work.length_frames * u64::from(work.spec.channels) * u64::from(file_bits(&work.spec)) / 8;
        let max = if work.spec.bits > 16 { MAX_PERCENT_DEEP } else { MAX_PERCENT };
        if packets(work) > mp4::MAX_MP4_PACKETS {
            return Err(Error::Limit { name: "MAX_MP4_PACKETS", limit: mp4::MAX_MP4_PACKETS });
        }
        Ok(Layout {
            segments: packets(work).div_ceil(SEGMENT_PACKETS),
            payload: PayloadSize::Range {
                min: pcm_bytes * MIN_PERCENT / 100,
                max: pcm_bytes * max / 100 + PACKET_OVERHEAD_BYTES * packets(work),
            },
            body_bytes: None,
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let channels = usize::from(work.spec.channels);
        let bits = file_bits(&work.spec);
        let shift = bits - work.spec.bits;
        let from = number * SEGMENT_PACKETS * packet::PACKET_FRAMES as u64;
        let to = (from + SEGMENT_PACKETS * packet::PACKET_FRAMES as u64).min(work.length_frames);
        let mut encoder = packet::Encoder::new(channels, u32::from(bits));
        let full = packet::PACKET_FRAMES * channels;
        let mut pending: Vec<i32> = Vec::with_capacity(2 * full);
        read_range(pcm, from, to, &mut |samples, _| {
            let Samples::Int(samples) = samples else {
                return Err(Error::Encoder("ALAC was given floats".into()));
            };
            pending.extend(samples.iter().map(|s| s << shift));
            while pending.len() >= full {
                out.packet(&encoder.encode(&pending[..full]))?;
                pending.drain(..full);
            }
            Ok(())
        })?;
        if pending.is_empty() { Ok(()) } else { out.packet(&encoder.encode(&pending)) }
    }

    fn head(&self, work: &Work, sizes: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let Some(sizes) = sizes else { return Ok(None) };
        if sizes.packet_bytes.len() as u64 != packets(work) {
            return Err(Error::Malformed("an encode index of another rendition".into()));
        }
        let track = Track {
            codec: *b"alac",
            config: mp4::full_box(b"alac", 0, 0, &magic_cookie(work)),
            rate_hz: work.spec.rate_hz,
            channels: work.spec.channels,
            bits: file_bits(&work.spec),
            packet_frames: packet::PACKET_FRAMES as u32,
            priming_frames: 0,
            length_frames: work.length_frames,
            packet_bytes: PacketBytes::Each(&sizes.packet_bytes),
        };
        mp4::head(&track, tags).map(Some)
    }
}
