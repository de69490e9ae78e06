//! Opus (RFC 6716) in Ogg (RFC 7845) by libopus, on a grid: each segment by a fresh encoder after two seconds of warm-up.
//! Pages hold a fixed number of packets, so that their numbers and positions follow from the packet's number. Three to
//! eight channels are several streams in each packet (RFC 7845 §5.1.1.2); the rate is that of all together.

mod ffi;

use crate::codec::*;
use crate::ogg::{self, Page};
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::vorbis};
use crate::{Error, Result};

/// Opus always codes 48 kHz here.
const RATE_HZ: u32 = 48_000;
/// Frames of a packet: 20 ms.
const PACKET_FRAMES: u64 = 960;
/// Packets of a segment: a multiple of `PAGE_PACKETS`.
const SEGMENT_PACKETS: u64 = 800;
/// Packets encoded before a segment and thrown away.
const WARM_UP_PACKETS: u64 = 100;
/// Changes when the same libopus is made to give other bytes.
const SEGMENTS_VERSION: u32 = 2;
/// Packets of a page: 0.8 s; even 40 of the longest have no more than 255 lacing values.
const PAGE_PACKETS: u64 = 40;
/// Packets of the very first page, so that the first bytes are fast.
const FIRST_PAGE_PACKETS: u64 = 4;
/// libopus' delay at 48 kHz in its audio mode.
const PRE_SKIP_FRAMES: u64 = 312;
const _: () = assert!(SEGMENT_PACKETS.is_multiple_of(PAGE_PACKETS) && FIRST_PAGE_PACKETS < PAGE_PACKETS);
const _: () = assert!(PAGE_PACKETS as usize * (ffi::MAX_PACKET_BYTES[1] / 255 + 1) <= ogg::MAX_LACING_VALUES);
const _: () = assert!(ffi::MAX_PACKET_BYTES[0] <= ffi::MAX_PACKET_BYTES[1]);
/// From this rate on more than two channels are kept. Below some 10 kbit/s for each of them libopus leaves its full band
/// and, with a variable rate, sometimes every measure: two channels sound better there.
const SURROUND_LEAST_KBPS: u32 = 96;
/// Channels that have an order in Ogg.
const MAX_CHANNELS: u8 = 8;

const KBPS: [&str; 10] = ["256", "192", "160", "128", "112", "96", "80", "64", "48", "32"];
const LOWEST_KBPS: &str = "24";
/// What variable packets take of the rate asked for, in percent: rarely less.
const VBR_MIN_PERCENT: u64 = 40;
/// Rarely more than this and `VBR_MAX_SHARE_KBPS` on top, which weighs at low rates (docs/benchmarks/sizes.md).
const VBR_MAX_PERCENT: u64 = 138;
/// The same for several streams, each of which may take more: a pure tone in every channel took 194.
const VBR_MAX_PERCENT_SURROUND: u64 = 250;
const VBR_MAX_SHARE_KBPS: u64 = 17;
/// Allowed beyond the usual, for tracks of a few packets.
const VBR_SLACK_BYTES: u64 = 10_000;

/// Opus in Ogg.
pub struct Opus;

fn packets(work: &Work) -> u64 {
    (work.length_frames + PRE_SKIP_FRAMES).div_ceil(PACKET_FRAMES)
}

/// Bytes of a packet of a constant rate.
fn constant_packet_bytes(kbps: u32) -> u64 {
    u64::from(kbps) * 1_000 * PACKET_FRAMES / u64::from(RATE_HZ) / 8
}

/// Pages of the whole: the first page is split in two.
fn pages(packets: u64) -> u64 {
    packets.div_ceil(PAGE_PACKETS) + u64::from(packets > FIRST_PAGE_PACKETS)
}

/// Bytes of so many packets of a constant rate from the start, in their pages.
fn constant_body_bytes(kbps: u32, packets: u64) -> u64 {
    let bytes = constant_packet_bytes(kbps);
    (bytes + ogg::lacing_values(bytes as usize) as u64) * packets + pages(packets) * ogg::PAGE_HEADER_BYTES
}

impl Codec for Opus {
    fn facts(&self) -> Facts {
        Facts { id: "opus", name: "Opus", extension: "opus", mime: "audio/ogg" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |mode, quality: &'static str, name: String, size| Offer {
            setting: Setting { mode, quality },
            name,
            class: Class::Lossy,
            size,
            serial: false,
            starts: Starts::AtOnce,
            surround: quality.parse().is_ok_and(|kbps: u32| kbps >= SURROUND_LEAST_KBPS),
            why_not: None,
        };
        let rates = || KBPS.iter().chain([&LOWEST_KBPS]);
        let vbr = rates().map(|q| offer("vbr", q, format!("Opus {q} kbit/s"), SizeKnown::Range));
        let cbr = rates().map(|q| offer("cbr", q, format!("Opus {q} kbit/s constant"), SizeKnown::Exact));
        vbr.chain(cbr).collect()
    }

    fn encoder(&self) -> String {
        format!("{} segments {SEGMENTS_VERSION}", ffi::version())
    }

    fn fit(&self, setting: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        if master.channels > MAX_CHANNELS {
            return Err(Error::Unsupported(format!("Opus of {} channels", master.channels)));
        }
        let channels = if setting.number()? < SURROUND_LEAST_KBPS { master.channels.min(2) } else { master.channels };
        Ok(Spec { rate_hz: RATE_HZ, channels, bits: 32, float: true })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let kbps = work.setting.number()?;
        let packets = packets(work);
        let bytes = constant_packet_bytes(kbps) * packets;
        let max_percent = if work.spec.channels > 2 { VBR_MAX_PERCENT_SURROUND } else { VBR_MAX_PERCENT };
        let max_percent = max_percent + 100 * VBR_MAX_SHARE_KBPS / u64::from(kbps);
        let exact = work.setting.mode == "cbr";
        Ok(Layout {
            segments: packets.div_ceil(SEGMENT_PACKETS),
            payload: match exact {
                true => PayloadSize::Exact(bytes),
                false => PayloadSize::Range {
                    min: bytes * VBR_MIN_PERCENT / 100,
                    max: bytes * max_percent / 100 + VBR_SLACK_BYTES,
                },
            },
            body_bytes: exact.then(|| constant_body_bytes(kbps, packets)),
        })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let (first, total) = (number * SEGMENT_PACKETS, packets(work));
        let end = (first + SEGMENT_PACKETS).min(total);
        let mut encoder = ffi::Encoder::new(work.spec.channels, work.setting.number()?, work.setting.mode == "vbr")?;
        if encoder.look_ahead_frames()? != PRE_SKIP_FRAMES {
            return Err(Error::Encoder("libopus has another delay than this build expects".into()));
        }
        let page_number = first / PAGE_PACKETS + u64::from(first > 0);
        let mut page = Page::new(work.stream_serial, page_number as u32);
        let mut packet_number = first.saturating_sub(WARM_UP_PACKETS);
        let mut take = |samples: &[f32]| {
            let packet = encoder.encode(samples)?;
            let this = packet_number;
            packet_number += 1;
            if this < first {
                return Ok(());
            }
            page.push(packet);
            let done = this + 1;
            let last = done == total;
            if last || done.is_multiple_of(PAGE_PACKETS) || done == FIRST_PAGE_PACKETS {
                let granule = if last { PRE_SKIP_FRAMES + work.length_frames } else { done * PACKET_FRAMES };
                page.write(granule, last, out)?;
            }
            Ok(())
        };
        let start = first.saturating_sub(WARM_UP_PACKETS);
        let order = ogg::channel_order(work.spec.channels);
        let mut take_in_order = |samples: &[f32]| match order.len() {
            0..=2 => take(samples),
            channels => take(&samples.chunks(channels).flat_map(|f| order.iter().map(|&c| f[c])).collect::<Vec<f32>>()),
        };
        each_packet(pcm, start * PACKET_FRAMES, end * PACKET_FRAMES, &mut take_in_order)
    }

    fn segment_at(&self, work: &Work, number: u64) -> Option<u64> {
        let kbps = work.setting.number().ok().filter(|_| work.setting.mode == "cbr")?;
        Some(constant_body_bytes(kbps, (number * SEGMENT_PACKETS).min(packets(work))))
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        // RFC 7845 §5.1: version, channels, pre-skip, input rate, gain 0, mapping family.
        let mut id = b"OpusHead\x01".to_vec();
        id.push(work.spec.channels);
        id.extend((PRE_SKIP_FRAMES as u16).to_le_bytes());
        id.extend(work.spec.rate_hz.to_le_bytes());
        id.extend([0, 0]);
        if work.spec.channels > 2 {
            let mapping = ffi::mapping(work.spec.channels)?;
            id.extend([1, mapping.streams, mapping.coupled]);
            id.extend(mapping.table);
        } else {
            id.push(0);
        }
        let mut comment = b"OpusTags".to_vec();
        comment.extend(vorbis::comment_with_picture(tags, &self.encoder(), vorbis::Gain::R128)?);
        // Zeros after the comments are padding (§5.2); they make a short comment long enough for its pages.
        let least = ogg::COMMENT_PAGES as usize * 255;
        comment.resize(comment.len().max(least), 0);
        ogg::header_pages(work.stream_serial, &id, &[comment]).map(Some)
    }
}

/// Calls `take` with each packet of samples of [from, to), both multiples of a packet. Beyond the end stands the point
/// reflection of the last frames: the encoder sees no step there, and the decoder cuts it off.
fn each_packet(pcm: &mut dyn Source, from: u64, to: u64, take: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
    let (channels, length) = (usize::from(pcm.spec().channels), pcm.length_frames());
    let packet = PACKET_FRAMES as usize * channels;
    let mut pending: Vec<f32> = Vec::new();
    read_range(pcm, from.min(length), to.min(length), &mut |samples, _| {
        let Samples::Float(samples) = samples else {
            return Err(Error::Encoder("libopus was given integers".into()));
        };
        pending.extend_from_slice(samples);
        let whole = pending.len() / packet * packet;
        pending[..whole].chunks_exact(packet).try_for_each(&mut *take)?;
        pending.drain(..whole);
        Ok(())
    })?;
    if to > length {
        pending.extend(reflection(pcm, to - length.max(from))?);
        pending.chunks_exact(packet).try_for_each(take)?;
    }
    Ok(())
}

/// `frames` frames that go on after the end.
fn reflection(pcm: &mut dyn Source, frames: u64) -> Result<Vec<f32>> {
    let (channels, length) = (usize::from(pcm.spec().channels), pcm.length_frames());
    let from = length.saturating_sub(frames + 1);
    let mut end: Vec<f32> = Vec::new();
    read_range(pcm, from, length, &mut |samples, _| {
        if let Samples::Float(samples) = samples {
            end.extend_from_slice(samples);
        }
        Ok(())
    })?;
    let last = end.len() / channels - 1;
    let at = |frame: usize, c: usize| end[frame * channels + c];
    let mirrored = (1..=frames as usize).flat_map(|k| {
        (0..channels).map(move |c| (k, c)).map(|(k, c)| 2.0 * at(last, c) - at(last.saturating_sub(k), c))
    });
    Ok(mirrored.collect())
}
