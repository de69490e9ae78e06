//! Musepack SV8 (musepack.net, "SV8 specification") by the program mpcenc, where it is found. A serial format: the
//! program encodes a track from its start. Tags stand behind the audio (APEv2).

pub mod packets;

use std::io::Write;

use crate::codec::*;
use crate::feed;
use crate::pcm::{Source, Spec};
use crate::programs::{Limits, Program, run};
use crate::tags::{Tags, write::ape};
use crate::{Error, Result};

/// Rates that Musepack has.
const RATES_HZ: [u32; 4] = [32_000, 37_800, 44_100, 48_000];
/// Changes when this module hands the program other samples or arguments, or passes on its output otherwise.
const VERSION: u32 = 1;
/// Seconds of CPU that the program gets, beside one for each second of music.
const MIN_CPU_S: u64 = 30;
/// Seconds that it may think before it writes.
const IDLE_S: u64 = 60;

/// Musepack.
pub struct Musepack;

/// The program's scale, its name for that, and usual kbit/s at 44.1 kHz: quietest and loudest, plus room.
struct Quality {
    quality: &'static str,
    name: &'static str,
    kbps: (u64, u64),
}

static QUALITIES: [Quality; 3] = [
    Quality { quality: "5", name: "Musepack standard (q5)", kbps: (40, 300) },
    Quality { quality: "6", name: "Musepack extreme (q6)", kbps: (50, 340) },
    Quality { quality: "7", name: "Musepack insane (q7)", kbps: (60, 390) },
];

fn quality(setting: Setting) -> Result<&'static Quality> {
    let found = QUALITIES.iter().find(|q| q.quality == setting.quality);
    found.ok_or_else(|| Error::Unsupported(format!("quality {} of Musepack", setting.quality)))
}

impl Codec for Musepack {
    fn facts(&self) -> Facts {
        Facts { id: "musepack", name: "Musepack", extension: "mpc", mime: "audio/x-musepack" }
    }

    fn offers(&self) -> Vec<Offer> {
        let why_not = Program::Mpcenc.found().err().map(String::from);
        let offer = |q: &Quality| Offer {
            setting: Setting { mode: "vbr", quality: q.quality },
            name: q.name.into(),
            class: Class::Lossy,
            size: SizeKnown::Range,
            serial: true,
            starts: Starts::AtOnce,
            surround: false,
            why_not: why_not.clone(),
        };
        QUALITIES.iter().map(offer).collect()
    }

    fn encoder(&self) -> String {
        let version = Program::Mpcenc.found().map_or("missing", |found| &found.version);
        format!("mpcenc {version}, {VERSION}")
    }

    fn fit(&self, _: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        let none = || Error::Unsupported(format!("Musepack of {} Hz", master.rate_hz));
        let rate_hz = nearest_lower_rate(master.rate_hz, &RATES_HZ).ok_or_else(none)?;
        let channels = master.channels.min(2);
        let as_it_is = !master.float && rate_hz == master.rate_hz && channels == master.channels;
        Ok(Spec { rate_hz, channels, bits: if as_it_is { master.bits.min(24) } else { 24 }, float: false })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let (min, max) = quality(work.setting)?.kbps;
        let ms = duration_ms(&work.spec, work.length_frames);
        let payload = PayloadSize::Range {
            min: (ms * min / 8).saturating_sub(packets::MAX_FIXED_BYTES),
            max: ms * max / 8 + packets::MAX_FIXED_BYTES,
        };
        Ok(Layout { segments: 1, payload, body_bytes: None })
    }

    fn encode_segment(&self, work: &Work, _: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let quality = quality(work.setting)?.quality;
        // Output is a pipe: what points forward in the file (the seek table) cannot be filled in.
        let args = ["--silent", "--no_st", "--quality", quality, "-", "-"];
        let seconds = work.length_frames / u64::from(work.spec.rate_hz);
        let limits = Limits {
            cpu_s: MIN_CPU_S + seconds,
            idle_s: IDLE_S,
            output_bytes: feed::frame_bytes(&work.spec) * work.length_frames + packets::MAX_FIXED_BYTES,
        };
        let mut packets = packets::Packets::default();
        let mut input = |to: &mut dyn Write| feed::write_wav(pcm, work.length_frames, to);
        run(Program::Mpcenc.name(), &args, limits, &mut input, &mut |bytes| packets.take(bytes, out))?;
        packets.finish()
    }

    fn head(&self, _: &Work, _: Option<&Sizes>, _: &Tags) -> Result<Option<Vec<u8>>> {
        // The program's own stream header begins the body: it depends on samples and setting alone.
        Ok(Some(Vec::new()))
    }

    fn tail(&self, _: &Work, tags: &Tags) -> Result<Vec<u8>> {
        ape::tag(tags)
    }
}
