//! AAC-LC (ISO/IEC 14496-3) in MP4 by Fraunhofer's FDK encoder, on a grid. Constant rates have packets of one and the same
//! size, so that the index can be written before the first sample; variable rates start after sizing.
//!
//! The encoder is C++ under a licence of its own, so it is built with the feature `aac` alone; the rest stands either way.

#[cfg(feature = "aac")]
mod ffi;
#[cfg(not(feature = "aac"))]
#[path = "without.rs"]
mod ffi;
mod fill;
mod feed;
#[cfg(all(test, feature = "aac"))]
mod tests;

use crate::codec::*;
use crate::mp4::{self, PacketBytes, Track};
use crate::pcm::{Source, Spec};
use crate::tags::Tags;
use crate::{Error, Result};

/// Frames of a packet.
const PACKET_FRAMES: u64 = 1_024;
/// Packets of a segment: 12 s of a CD.
const SEGMENT_PACKETS: u64 = 512;
/// Packets encoded before a segment and thrown away.
const WARM_UP_PACKETS: u64 = 32;
/// The encoder's delay: a decoder gives so many frames before the first that went in.
const DELAY_FRAMES: u64 = 1_600;
/// Frames of mirrored music before the first, at least.
const MIN_LEAD_IN_FRAMES: u64 = PACKET_FRAMES;
/// Channels at most: 5.1.
const MAX_CHANNELS: u8 = 6;
/// Bits of a packet at most, for each channel but the LFE (14496-3 §4.5.3).
const MAX_CHANNEL_BITS: u64 = 6_144;
/// What is beyond is not coded where the choice is ours.
const MAX_BANDWIDTH_HZ: u32 = 20_000;
/// Changes with anything here that changes the bytes.
const VERSION: u32 = 1;

/// Sampling frequencies by index (14496-3 table 1.18).
const RATES_HZ: [u32; 12] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];
const CBR_KBPS: [&str; 7] = ["320", "256", "192", "160", "128", "96", "64"];
const VBR_LEVELS: [&str; 5] = ["5", "4", "3", "2", "1"];
/// Below this rate 5.1 would be poor, and is mixed down.
const MIN_SURROUND_KBPS: u32 = 160;
/// kbit/s of one channel that music takes at levels 1 to 5. Of 45 seconds each of 158 varied tracks, one in mono, the most took
/// 63, 67, 71, 84 and 136.
const VBR_CHANNEL_KBPS: [(u64, u64); 5] = [(18, 75), (20, 80), (22, 88), (25, 105), (36, 200)];
/// Allowed beyond the usual, for tracks of a few packets.
const VBR_SLACK_BYTES: u64 = 8_000;

/// AAC-LC in MP4.
pub struct Aac;

/// What the encoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Constant: no packet borrows from another.
    Constant {
        /// For the whole stream.
        bits_per_second: u32,
        /// Where the low pass lies; 0 leaves it to the encoder.
        bandwidth_hz: u32,
    },
    /// Variable.
    Variable {
        /// 1 to 5, 5 is best.
        level: u32,
        /// As above.
        bandwidth_hz: u32,
    },
}

/// Frames of mirrored music before the first: so many that the last packet ends with the music. Many decoders, FFmpeg's
/// among them, cut off the priming as the edit list asks, but never the padding; so there is none. They also drop a packet
/// of which less than half is music; so what is shorter than that begins with a packet instead.
fn lead_in_frames(work: &Work) -> u64 {
    let music = if work.length_frames > PACKET_FRAMES / 2 { work.length_frames } else { 0 };
    let least = DELAY_FRAMES + MIN_LEAD_IN_FRAMES + music;
    MIN_LEAD_IN_FRAMES + least.next_multiple_of(PACKET_FRAMES) - least
}

/// Frames that a decoder drops before the music.
fn priming_frames(work: &Work) -> u64 {
    DELAY_FRAMES + lead_in_frames(work)
}

/// Packets of the whole: priming and music.
fn packets(work: &Work) -> u64 {
    (priming_frames(work) + work.length_frames).div_ceil(PACKET_FRAMES)
}

/// Bytes of every packet of a constant rate: what is offered is never exceeded.
fn constant_packet_bytes(rate_hz: u32, kbps: u32) -> u64 {
    u64::from(kbps) * 1_000 * PACKET_FRAMES / 8 / u64::from(rate_hz.max(1))
}

fn rate(work: &Work) -> Result<Rate> {
    let number = work.setting.number()?;
    if work.setting.mode == "vbr" {
        // The encoder's best level codes all there is; of a rate beyond 48 kHz most of that is nothing to hear.
        let bandwidth_hz = if work.spec.rate_hz > 48_000 && number == 5 { MAX_BANDWIDTH_HZ } else { 0 };
        return Ok(Rate::Variable { level: number, bandwidth_hz });
    }
    // The encoder may write a byte more than its mean, so its mean is a byte less than the packet.
    let mean_bits = (constant_packet_bytes(work.spec.rate_hz, number) - 1) * 8;
    let bits_per_second = (mean_bits * u64::from(work.spec.rate_hz)).div_ceil(PACKET_FRAMES) as u32;
    Ok(Rate::Constant { bits_per_second, bandwidth_hz: bandwidth_hz(&work.spec, number) })
}

/// The encoder's own choice ends at 17 kHz however many bits there are; from 128 kbit/s a stereo pair's channel has enough
/// for all that is heard.
fn bandwidth_hz(spec: &Spec, kbps: u32) -> u32 {
    let full_channels = u32::from(spec.channels.min(MAX_CHANNELS - 1)).max(1);
    if kbps / full_channels >= 128 { (spec.rate_hz / 2).min(MAX_BANDWIDTH_HZ) } else { 0 }
}

/// The AudioSpecificConfig (14496-3 §1.6.2.1): object type 2, index of the rate, channel configuration, no options.
fn audio_specific_config(spec: &Spec) -> [u8; 2] {
    let index = RATES_HZ.iter().position(|&r| r == spec.rate_hz).unwrap_or(0) as u16;
    (2 << 11 | index << 7 | u16::from(spec.channels) << 3).to_be_bytes()
}

fn offer(mode: &'static str, quality: &'static str) -> Offer {
    let constant = mode == "cbr";
    let setting = Setting { mode, quality };
    Offer {
        setting,
        name: if constant { format!("AAC {quality} kbit/s") } else { format!("AAC VBR {quality}") },
        class: Class::Lossy,
        size: if constant { SizeKnown::Exact } else { SizeKnown::Range },
        serial: false,
        starts: if constant { Starts::AtOnce } else { Starts::AfterSizing },
        surround: keeps_surround(setting),
        why_not: ffi::WHY_NOT.map(String::from),
    }
}

fn keeps_surround(setting: Setting) -> bool {
    setting.mode == "vbr" || setting.number().is_ok_and(|kbps| kbps >= MIN_SURROUND_KBPS)
}

impl Codec for Aac {
    fn facts(&self) -> Facts {
        Facts { id: "aac", name: "AAC", extension: "m4a", mime: "audio/mp4" }
    }

    fn offers(&self) -> Vec<Offer> {
        let cbr = CBR_KBPS.iter().map(|q| offer("cbr", q));
        cbr.chain(VBR_LEVELS.iter().map(|q| offer("vbr", q))).collect()
    }

    fn encoder(&self) -> String {
        format!("{} gramovar-aac {VERSION}", ffi::version())
    }

    fn fit(&self, setting: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        let rate_hz = nearest_lower_rate(master.rate_hz, &RATES_HZ);
        let rate_hz =
            rate_hz.ok_or_else(|| Error::Unsupported(format!("AAC from a master of {} Hz", master.rate_hz)))?;
        // MPEG has a configuration for what WAVE calls 3.0, 5.0 and 5.1; four channels are a square there, not here.
        let kept = match master.channels {
            1 | 2 => true,
            3 | 5 | 6 => keeps_surround(setting),
            _ => false,
        };
        let channels = if kept { master.channels } else { 2 };
        let full_channels = u64::from(channels.min(MAX_CHANNELS - 1));
        let too_many = setting.mode == "cbr"
            && constant_packet_bytes(rate_hz, setting.number()?) * 8 > MAX_CHANNEL_BITS * full_channels;
        if too_many {
            let what = format!("AAC of {} kbit/s at {rate_hz} Hz with {channels} channels", setting.quality);
            return Err(Error::Unsupported(what));
        }
        let unchanged = !master.float && rate_hz == master.rate_hz && channels == master.channels;
        Ok(Spec { rate_hz, channels, bits: if unchanged { master.bits.min(16) } else { 16 }, float: false })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let packets = packets(work);
        let segments = packets.div_ceil(SEGMENT_PACKETS);
        let number = work.setting.number()?;
        if work.setting.mode == "cbr" {
            let bytes = packets * constant_packet_bytes(work.spec.rate_hz, number);
            return Ok(Layout { segments, payload: PayloadSize::Exact(bytes), body_bytes: Some(bytes) });
        }
        let (min, max) = VBR_CHANNEL_KBPS[number.clamp(1, 5) as usize - 1];
        let ms = duration_ms(&work.spec, packets * PACKET_FRAMES);
        let bytes = |kbps: u64| ms * kbps * u64::from(work.spec.channels) / 8;
        let min = least_at(work.spec.rate_hz, bytes(min));
        let payload = PayloadSize::Range { min, max: bytes(max) + VBR_SLACK_BYTES };
        Ok(Layout { segments, payload, body_bytes: None })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let first = number * SEGMENT_PACKETS;
        let end = (first + SEGMENT_PACKETS).min(packets(work));
        let mut at = first.saturating_sub(WARM_UP_PACKETS);
        let lead_in = lead_in_frames(work) as i64;
        let frame = |packet: u64| (packet * PACKET_FRAMES) as i64 - lead_in;
        let constant = match work.setting.mode {
            "cbr" => Some(constant_packet_bytes(work.spec.rate_hz, work.setting.number()?) as usize),
            _ => None,
        };
        let mut encoder = ffi::Encoder::new(&work.spec, rate(work)?)?;
        if encoder.facts()? != (DELAY_FRAMES, audio_specific_config(&work.spec).to_vec()) {
            return Err(Error::Encoder("fdk-aac has another delay or configuration than this build expects".into()));
        }
        feed::each_packet(pcm, frame(at), frame(end), &mut |samples| {
            let packet = encoder.encode(samples)?;
            at += 1;
            match constant {
                _ if at <= first => Ok(()),
                None => out.packet(packet),
                Some(bytes) => {
                    let mut packet = packet.to_vec();
                    fill::fill(&mut packet, bytes)?;
                    out.payload(&packet)
                }
            }
        })
    }

    fn head(&self, work: &Work, sizes: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let packets = packets(work);
        let packet_bytes = match (work.setting.mode, sizes) {
            ("cbr", _) => {
                let bytes = constant_packet_bytes(work.spec.rate_hz, work.setting.number()?) as u32;
                PacketBytes::Constant { bytes, packets }
            }
            (_, Some(sizes)) if sizes.packet_bytes.len() as u64 == packets => PacketBytes::Each(&sizes.packet_bytes),
            (_, Some(_)) => return Err(Error::Malformed("an encode index of another rendition".into())),
            (_, None) => return Ok(None),
        };
        let mut track = Track {
            codec: *b"mp4a",
            config: Vec::new(),
            rate_hz: work.spec.rate_hz,
            channels: work.spec.channels,
            bits: 16,
            packet_frames: PACKET_FRAMES as u32,
            priming_frames: priming_frames(work),
            length_frames: work.length_frames,
            packet_bytes,
        };
        track.config = mp4::elementary_stream(&track, &audio_specific_config(&work.spec));
        mp4::head(&track, tags).map(Some)
    }

    fn segment_at(&self, work: &Work, number: u64) -> Option<u64> {
        let kbps = work.setting.number().ok().filter(|_| work.setting.mode == "cbr")?;
        Some(number * SEGMENT_PACKETS * constant_packet_bytes(work.spec.rate_hz, kbps))
    }
}
