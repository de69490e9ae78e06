//! Windows Media Audio 2 by FFmpeg's encoder, where the program is found, in an ASF of our own. Every packet is of one
//! length, so all sizes are exact before encoding. A serial format: the program encodes a track from its start.

pub mod asf;
pub mod packets;

use std::io::Write;

use crate::codec::*;
use crate::feed;
use crate::pcm::{Source, Spec};
use crate::programs::{Limits, Program, run};
use crate::tags::Tags;
use crate::{Error, Result};

/// Rates that are made: those of music, all with blocks of 2,048 frames.
const RATES_HZ: [u32; 3] = [32_000, 44_100, 48_000];
/// Frames of a packet.
const PACKET_FRAMES: u64 = 2_048;
/// Silent packets ahead of the music, for which FFmpeg's decoder gives nothing.
const SILENT_BEFORE: u64 = 1;
/// Silent packets behind it: a packet's frames are whole only once the next was decoded.
const SILENT_BEHIND: u64 = 1;
const KBPS: [&str; 5] = ["320", "256", "192", "128", "64"];
/// What it needs of FFmpeg.
const ABILITY: &str = "encoder wmav2";
/// Changes when this module hands the program other samples or arguments, or passes on its output otherwise.
const VERSION: u32 = 1;
/// Seconds of CPU that the program gets, beside one for each second of music.
const MIN_CPU_S: u64 = 30;
/// Seconds that it may think before it writes.
const IDLE_S: u64 = 60;
/// The header that the program writes before its packets is far shorter.
const MAX_HEADER_BYTES: u64 = 4_096;

/// Windows Media Audio.
pub struct Wma;

fn packets(work: &Work) -> u64 {
    SILENT_BEFORE + work.length_frames.div_ceil(PACKET_FRAMES) + SILENT_BEHIND
}

fn stream(work: &Work) -> Result<asf::Stream> {
    let bits_per_s = work.setting.number()? * 1_000;
    let packet_bytes = u64::from(bits_per_s) * PACKET_FRAMES / (u64::from(work.spec.rate_hz) * 8);
    Ok(asf::Stream {
        rate_hz: work.spec.rate_hz,
        channels: work.spec.channels,
        bits_per_s,
        packet_bytes: packet_bytes as u32,
        packet_frames: PACKET_FRAMES as u32,
        packets: packets(work),
        length_frames: work.length_frames,
        id: work.stream_serial,
    })
}

/// The music with silence before it, and after it up to whole packets.
fn write_input(pcm: &mut dyn Source, work: &Work, to: &mut dyn Write) -> Result<()> {
    let frame = feed::frame_bytes(&work.spec);
    let silence = |frames: u64, to: &mut dyn Write| to.write_all(&vec![0; (frames * frame) as usize]);
    let before = SILENT_BEFORE * PACKET_FRAMES;
    silence(before, to)?;
    feed::write_pcm(pcm, work.length_frames, to)?;
    Ok(silence(packets(work) * PACKET_FRAMES - before - work.length_frames, to)?)
}

impl Codec for Wma {
    fn facts(&self) -> Facts {
        Facts { id: "wma", name: "Windows Media Audio", extension: "wma", mime: "audio/x-ms-wma" }
    }

    fn offers(&self) -> Vec<Offer> {
        let why_not = Program::Ffmpeg.able(ABILITY).err();
        let offer = |&quality: &&'static str| Offer {
            setting: Setting { mode: "cbr", quality },
            name: format!("WMA {quality} kbit/s"),
            class: Class::Lossy,
            size: SizeKnown::Exact,
            serial: true,
            starts: Starts::AtOnce,
            surround: false,
            why_not: why_not.clone(),
        };
        KBPS.iter().map(offer).collect()
    }

    fn encoder(&self) -> String {
        let version = Program::Ffmpeg.found().map_or("missing", |found| &found.version);
        format!("ffmpeg {version} wmav2, {VERSION}")
    }

    fn fit(&self, _: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        let none = || Error::Unsupported(format!("WMA of {} Hz", master.rate_hz));
        let rate_hz = nearest_lower_rate(master.rate_hz, &RATES_HZ).ok_or_else(none)?;
        Ok(Spec { rate_hz, channels: master.channels.min(2), bits: 32, float: true })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let stream = stream(work)?;
        let payload = PayloadSize::Exact(stream.packets * u64::from(stream.packet_bytes));
        Ok(Layout { segments: 1, payload, body_bytes: Some(stream.body_bytes()) })
    }

    fn encode_segment(&self, work: &Work, _: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let stream = stream(work)?;
        let (rate, channels, bits) =
            (stream.rate_hz.to_string(), stream.channels.to_string(), stream.bits_per_s.to_string());
        // No SIMD, one thread, no version strings: the same bytes on every machine.
        let args = [
            [
                "-v",
                "error",
                "-cpuflags",
                "0",
                "-protocol_whitelist",
                "pipe",
                "-f",
                "f32le",
                "-ar",
                &rate,
                "-ac",
                &channels,
            ]
            .as_slice(),
            &["-i", "pipe:0", "-c:a", "wmav2", "-b:a", &bits, "-threads", "1"],
            &["-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "wav", "pipe:1"],
        ]
        .concat();
        let limits = Limits {
            cpu_s: MIN_CPU_S + work.length_frames / u64::from(work.spec.rate_hz),
            idle_s: IDLE_S,
            output_bytes: stream.packets * u64::from(stream.packet_bytes) + MAX_HEADER_BYTES,
        };
        let mut packets = packets::Packets::new(stream);
        let mut input = |to: &mut dyn Write| write_input(pcm, work, to);
        run(Program::Ffmpeg.name(), &args, limits, &mut input, &mut |bytes| packets.take(bytes, out))?;
        packets.finish()
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        asf::head(&stream(work)?, tags).map(Some)
    }
}
