//! Ogg Vorbis (xiph.org, "Vorbis I specification") by aoTuV's libvorbis with the Lancer patches, on a grid:
//! each segment by a fresh encoder, which begins and ends with a short block at a place that is known beforehand.

mod ffi;
mod grid;
mod segment;

use self::grid::Grid;
use crate::codec::*;
use crate::ogg;
use crate::pcm::{Source, Spec};
use crate::tags::{Tags, write::vorbis};
use crate::{Error, Result};

/// Changes when segments or pages lie elsewhere.
const SEGMENTS_VERSION: u32 = 1;
/// Frames of one push.
const PUSH_FRAMES: usize = 1_024;
/// Rates that libvorbis has settings for, in Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=192_000;

const QUALITIES: [&str; 11] = ["10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
/// kbit/s that music takes at each quality (docs/benchmarks/sizes.md).
const KBPS: [(u64, u64); 11] = [
    (25, 103),
    (33, 125),
    (39, 148),
    (44, 177),
    (46, 192),
    (53, 226),
    (62, 267),
    (78, 340),
    (86, 382),
    (112, 465),
    (168, 625),
];
/// Allowed beyond the usual, for tracks of a few packets.
const SLACK_BYTES: u64 = 10_000;

/// Vorbis in Ogg.
pub struct Vorbis;

fn grid(work: &Work) -> Result<Grid> {
    let blocks = ffi::block_frames(&work.spec, work.setting.number()?)?;
    Ok(Grid::new(work, blocks))
}

impl Codec for Vorbis {
    fn facts(&self) -> Facts {
        Facts { id: "vorbis", name: "Ogg Vorbis", extension: "ogg", mime: "audio/ogg" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |quality: &'static str| Offer {
            setting: Setting { mode: "vbr", quality },
            name: format!("Ogg Vorbis q{quality}"),
            class: Class::Lossy,
            size: SizeKnown::Range,
            serial: false,
            starts: Starts::AtOnce,
            surround: true,
            why_not: None,
        };
        QUALITIES.map(offer).to_vec()
    }

    fn encoder(&self) -> String {
        format!("{} segments {SEGMENTS_VERSION}", ffi::version())
    }

    fn fit(&self, _: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        if ogg::channel_order(master.channels).is_empty() || !RATES_HZ.contains(&master.rate_hz) {
            return Err(Error::Unsupported(format!("Vorbis of {} channels at {} Hz", master.channels, master.rate_hz)));
        }
        Ok(Spec { bits: 32, float: true, ..*master })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let (min, max) = KBPS[work.setting.number()?.min(10) as usize];
        // A higher rate adds little: what lies above 20 kHz is mostly left out.
        let ms = duration_ms(&work.spec, work.length_frames);
        let high_rate = if work.spec.rate_hz > 50_000 { 2 } else { 1 };
        // Surround is mostly coded channel by channel, without what coupling saves; or the rears are nearly silent.
        let (min, max) = match u64::from(work.spec.channels) {
            1 => (min / 2, max),
            2 => (min, max),
            channels => (min / 2, max * channels * 2 / 3),
        };
        let min = least_at(work.spec.rate_hz, ms * min / 8);
        let payload = PayloadSize::Range { min, max: ms * max * high_rate / 8 + SLACK_BYTES };
        Ok(Layout { segments: grid(work)?.segments(), payload, body_bytes: None })
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        segment::encode(work, &grid(work)?, number, pcm, out)
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let [id, setup] = ffi::Encoder::new(&work.spec, work.setting.number()?)?.headers()?;
        let mut comment = b"\x03vorbis".to_vec();
        comment.extend(vorbis::comment_with_picture(tags, &ffi::version(), vorbis::Gain::ReplayGain)?);
        // The framing bit.
        comment.push(1);
        ogg::header_pages(work.stream_serial, &id, &[comment, setup]).map(Some)
    }
}
